package runs

import (
	"math"
	"math/rand/v2"

	"muflow/internal/portable"
)

// A Kind is a shape of simulated curves.
type Kind string

// The kinds of simulated curves, each of level 1 at its end; the noise is
// added to that.
const (
	FlatKind        Kind = "flat"           // y = 1
	BoundedKind     Kind = "bounded"        // y = 1 − e^{−t/τ}, τ a tenth of the run
	LogarithmicKind Kind = "logarithmic"    // y ∝ log(1 + 20t)
	LinearKind      Kind = "linear in logs" // y = 1 + 0.2·log₁₀ t: a fifth of the level a decade
	OvershootKind   Kind = "overshooting"   // up to 2 and back to 1
)

// Kinds lists them.
func Kinds() []Kind {
	return []Kind{FlatKind, BoundedKind, LogarithmicKind, LinearKind, OvershootKind}
}

// mean returns the curve without noise at a part t of its length.
func (k Kind) mean(t float64) float64 {
	switch k {
	case BoundedKind:
		return -portable.Expm1(-10 * t)
	case LogarithmicKind:
		return portable.Log1p(2000*t) / portable.Log1p(2000)
	case LinearKind:
		return 1 + float64(0.2*portable.Log(max(t, 1e-9))/math.Ln10)
	case OvershootKind:
		x := 6 * t
		return -portable.Expm1(-float64(x*x)*4) * (1 + float64(1.25*portable.Exp(-x)))
	}
	return 1
}

// A Simulation draws curves at equally spaced steps with noise of first order
// autocorrelation, the same in all seeds.
type Simulation struct {
	Kind        Kind    `json:"kind"`
	Points      int     `json:"points"` // of a curve
	Noise       float64 `json:"noise"`  // standard deviation
	Correlation float64 `json:"correlation"`
	Seeds       int     `json:"seeds"`
}

// Draw returns the curves of one condition.
func (s Simulation) Draw(rng *rand.Rand) []*Curve {
	var out []*Curve
	noise := make([]float64, s.Points)
	for range s.Seeds {
		correlated(rng, s.Correlation, noise)
		c := &Curve{}
		for k := range s.Points {
			step := float64(k+1) * 100
			c.Steps, c.Times = append(c.Steps, step), append(c.Times, step)
			c.Y = append(c.Y, s.Kind.mean(float64(k+1)/float64(s.Points))+float64(s.Noise*noise[k]))
		}
		out = append(out, c)
	}
	return out
}

// A Tally counts what was said of the curves of a simulation.
type Tally struct {
	Simulation
	Curves      int `json:"curves"`
	Still       int `json:"still"`
	Growing     int `json:"growing"`
	Falling     int `json:"falling"`
	Undecided   int `json:"undecided"`
	Logarithmic int `json:"logarithmic"`
	Bounded     int `json:"bounded"`
	Overshot    int `json:"overshot"`
	// Curves of which something was said that is false of the curve without
	// noise; more than 5 % of them for one kind of statement: see Wrong.
	False int `json:"false"`
}

// Count judges so many curves of a simulation.
func (s Simulation) Count(rng *rand.Rand, curves int, settings Settings) Tally {
	t := Tally{Simulation: s, Curves: curves}
	truth := s
	truth.Noise, truth.Seeds = 0, 1
	exact := exactly(truth.Draw(rng)[0], settings)
	for range curves {
		j := Judge(s.Draw(rng), settings)
		wrong := false
		for _, said := range []struct {
			yes, right bool
			count      *int
		}{
			{j.Verdict == Still, exact.still, &t.Still},
			{j.Verdict == Growing, exact.slope > 0, &t.Growing},
			{j.Verdict == Falling, exact.slope < 0, &t.Falling},
			{j.Verdict == Undecided, true, &t.Undecided},
			{j.Shape == Logarithmic, exact.logarithmic, &t.Logarithmic},
			{j.Shape == Bounded, exact.bounded, &t.Bounded},
			{j.Overshoot != nil && j.Overshoot.Seen, s.Kind == OvershootKind, &t.Overshot},
		} {
			if said.yes {
				*said.count++
				wrong = wrong || !said.right
			}
		}
		if wrong {
			t.False++
		}
	}
	return t
}

// A truth is what holds of a curve without noise.
type truth struct {
	slope                       float64
	still, logarithmic, bounded bool
}

// exactly says by slopes alone what holds of a curve without noise.
func exactly(c *Curve, s Settings) truth {
	first, last := span([]*Curve{c})
	from := math.Sqrt(first) * math.Sqrt(last)
	if !math.IsNaN(s.From) {
		from = timeOf([]*Curve{c}, s.From)
	}
	window := c.since(from)
	middle := math.Sqrt(window.Times[0]) * math.Sqrt(last)
	a, b := leastSquares(window.before(middle)), leastSquares(window.since(middle))
	bound := s.Margin * math.Abs(mean(window.Y))
	out := truth{slope: leastSquares(window)}
	if math.Abs(out.slope) < 1e-9 {
		out.slope = 0
	}
	out.still = math.Abs(out.slope) <= bound
	out.bounded = math.Abs(b) <= s.Margin*math.Abs(mean(window.since(middle).Y))
	out.logarithmic = a > 0 && b > 0 && math.Abs(b-a) <= bound
	return out
}
