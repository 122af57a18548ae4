package runs

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The deviation by windows is that of the double sum with Bartlett's weights,
// term by term.
func TestNeweyWestAgainstDoubleSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, points := range []int{6, 9, 20, 57} {
		x, y := make([]float64, points), make([]float64, points)
		for k := range x {
			x[k], y[k] = math.Log(float64(10+3*k)), rng.NormFloat64()+float64(k)
		}
		f := slopeOf(x)
		value, deviation, _ := f.at(y, make([]float64, 2*points+1))
		rest := make([]float64, points)
		f.rest(y, rest)
		window := math.Round(bandwidth * float64(points))
		sum, slope := 0.0, 0.0
		for j := range rest {
			slope += f.weights[j] * y[j]
			for k := range rest {
				if w := 1 - math.Abs(float64(j-k))/window; w > 0 {
					sum += w * f.weights[j] * rest[j] * f.weights[k] * rest[k]
				}
			}
		}
		want := math.Sqrt(sum * float64(points) / float64(points-2))
		if math.Abs(deviation-want) > 1e-12*want || math.Abs(value-slope) > 1e-12 {
			t.Errorf("%d points: %v ± %v, expected %v ± %v", points, value, deviation, slope, want)
		}
	}
}

// For a mean, a regressor that stays where it is, the simulated critical value
// without autocorrelation is the published one: Kiefer and Vogelsang (2005),
// Bartlett's kernel, 97.5 %, 1.9600 + 2.9694b + 0.4160b² − 0.5324b³. For a trend
// it is larger, which is why it is simulated.
func TestCriticalValuesAgainstPublished(t *testing.T) {
	const b = bandwidth
	published := 1.9600 + 2.9694*b + 0.4160*b*b - 0.5324*b*b*b
	level := meanOf(mostPoints)
	if got := quantile(level.reference(0), wideLevel); math.Abs(got-published) > 0.06*published {
		t.Errorf("mean: %.3f, published %.3f", got, published)
	}
	x := make([]float64, mostPoints)
	for k := range x {
		x[k] = math.Log(float64(mostPoints + k))
	}
	trend := slopeOf(x)
	if got := quantile(trend.reference(0), wideLevel); got < 1.15*published {
		t.Errorf("trend: %.3f, expected more than the published %.3f", got, published)
	}
}

// Student's t of two degrees of freedom: t_{0.975} = √(2·0.95²/(1−0.95²)) = 4.302653,
// and P(|T| > t) = 1 − t/√(2+t²).
func TestSeedsAgainstClosedForm(t *testing.T) {
	e := severalSeeds([]float64{1, 2, 3})
	deviation := 1 / math.Sqrt(3)
	half := math.Sqrt(2*0.95*0.95/(1-0.95*0.95)) * deviation
	ratio := 2 / deviation
	if math.Abs(e.Wide[1]-2-half) > 1e-9 || math.Abs(e.P-(1-ratio/math.Sqrt(2+ratio*ratio))) > 1e-9 {
		t.Errorf("%+v, half %v", e, half)
	}
	if e := severalSeeds([]float64{2, 2, 2}); e.P != 0 || e.Wide != [2]float64{2, 2} {
		t.Errorf("equal numbers: %+v", e)
	}
}

// The example of Holm's rule: 0.01·4, 0.02·3, then the larger of what is before.
func TestHolm(t *testing.T) {
	got := Holm([]float64{0.02, 0.04, 0.01, 0.03})
	for i, want := range []float64{0.06, 0.06, 0.04, 0.06} {
		if math.Abs(got[i]-want) > 1e-15 {
			t.Errorf("%v", got)
		}
	}
	if len(Holm(nil)) != 0 {
		t.Error("no tests")
	}
}

// A curve means the same in other units of y and t, and does not depend on who
// asked before.
func TestVerdictsScale(t *testing.T) {
	s := Simulation{LinearKind, 60, 0.03, 0.5, 1}
	c := s.Draw(rand.New(rand.NewPCG(5, 6)))[0]
	a := Judge([]*Curve{c}, plain)
	scaled := &Curve{Steps: c.Steps}
	for k := range c.Y {
		scaled.Times, scaled.Y = append(scaled.Times, c.Times[k]*1e-4), append(scaled.Y, c.Y[k]*1e60)
	}
	b := Judge([]*Curve{scaled}, plain)
	if a.Verdict != b.Verdict || a.Shape != b.Shape || math.Abs(a.Windows[0].Slope.Value*1e60/b.Windows[0].Slope.Value-1) > 1e-9 {
		t.Errorf("%+v against %+v", a.Windows[0], b.Windows[0])
	}
	references.known = nil
	if again := Judge([]*Curve{c}, plain); again.Windows[0].Slope != a.Windows[0].Slope {
		t.Errorf("%+v, then %+v", a.Windows[0], again.Windows[0])
	}
}

// What is no curve to judge is undecided.
func TestTooLittleIsUndecided(t *testing.T) {
	for name, c := range map[string]*Curve{
		"none":       {},
		"one":        {Steps: []float64{1}, Times: []float64{1}, Y: []float64{1}},
		"time 0":     {Steps: []float64{0}, Times: []float64{0}, Y: []float64{1}},
		"five":       {Steps: []float64{1, 2, 3, 4, 5}, Times: []float64{1, 2, 3, 4, 5}, Y: []float64{1, 2, 3, 4, 5}},
		"still time": {Steps: []float64{1, 2, 3, 4, 5, 6, 7, 8}, Times: []float64{1, 1, 1, 1, 1, 1, 1, 1}, Y: []float64{1, 2, 3, 4, 5, 6, 7, 8}},
	} {
		if j := Judge([]*Curve{c}, plain); j.Verdict != Undecided || j.Shape != NoShape {
			t.Errorf("%s: %+v", name, j)
		}
		condition := &Condition{Judgement: Judge([]*Curve{c}, plain)}
		for _, expectation := range Expectations {
			if expectation != "collapsed" && expectation != "overshot" && condition.Holds(expectation, "y") != Open {
				t.Errorf("%s: %s is decided", name, expectation)
			}
		}
	}
}

var plain = Settings{From: math.NaN(), Margin: 0.05}
