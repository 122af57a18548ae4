package prove

import (
	"context"
	"math"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
)

func builtinPart(t *testing.T, count int) []graph.Instance {
	t.Helper()
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return instances[:count]
}

// TestBoundsOnACell: the drift at points of a cell, from Taylor coefficients, is
// between its bounds on the cell, on both sides of 0 and across it, from cells
// of 10^−60 on and for drifts of the order of e^{−1000}; bounds of a narrow cell
// have its sign.
func TestBoundsOnACell(t *testing.T) {
	instances := builtinPart(t, 2)
	compared, narrow, signs := 0, 0, 0
	for _, alpha := range []*big.Rat{big.NewRat(1, 1000), big.NewRat(3, 2), big.NewRat(50, 1), big.NewRat(1000, 1)} {
		for i := range 6 {
			c := Curriculum{Thoughts: CurrentThoughts, Free: i%2 != 0, Alpha: alpha}
			d, err := newWalkDrift(newStageDrift(instances, c, i/2, 28, nil).steps, c, 28, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, low := range []float64{0, 1e-60, 0.25, 3, -1e-60, -0.5, -2} {
				for _, width := range []float64{0x1p-200, 0x1p-30, 0x1p-4, 1} {
					x := big.NewFloat(low)
					high := new(big.Float).SetPrec(300).Add(x, big.NewFloat(width))
					bounds := d.bounds(ball.New(64).SetInterval(x, high))
					for _, share := range []float64{0, 0.3, 0.5, 1} {
						at := new(big.Float).SetPrec(300).Mul(big.NewFloat(share), big.NewFloat(width))
						value := d.at(ball.New(128).SetFloat(at.Add(at, x)), 0)[0]
						if bounds[0].Lower().Cmp(value.Upper()) > 0 || value.Lower().Cmp(bounds[1].Upper()) > 0 {
							t.Errorf("α = %v, step %d, %g of %g … %.6g: %v is not from %v to %v", alpha, i/2, share, low, high, value, bounds[0], bounds[1])
						}
						compared++
					}
					if width < 1e-50 && low != 1e-60 && low != -1e-60 {
						narrow++
						if bounds[0].Lower().Sign() > 0 || bounds[1].Upper().Sign() < 0 {
							signs++
						}
					}
				}
			}
		}
	}
	if compared != 2688 || signs < narrow-8 {
		t.Errorf("%d comparisons, %d signs of %d narrow cells", compared, signs, narrow)
	}
}

// TestStageDriftInBothForms: the drift that limits are proved with, of numbers
// of walks, and its slope are those of the float64 drift that goes from vertex
// to vertex, for all sources of thoughts.
func TestStageDriftInBothForms(t *testing.T) {
	instances := builtinPart(t, 6)
	logits, compared := []float64{2.5, 0.75, 1.25}, 0
	for _, c := range []Curriculum{{Thoughts: FrozenThoughts}, {Thoughts: FrozenThoughts, Free: true}, {Thoughts: CurrentThoughts}, {Thoughts: CurrentThoughts, Free: true}} {
		c.Alpha = big.NewRat(3, 2)
		for step := range 3 {
			d := newStageDrift(instances, c, step, 28, logits)
			exact, err := newWalkDrift(d.steps, c, 28, heldLogits(c, logits[:step]))
			if err != nil {
				t.Fatal(err)
			}
			for _, mu := range []float64{-0.7, 0.3, 1.9} {
				value := exact.at(ball.New(80).SetFloat64(mu), 1)
				for k, want := range []float64{at(d, mu), (at(d, mu+1e-6) - at(d, mu-1e-6)) / 2e-6} {
					got, _ := value[k].Mid().Float64()
					if tolerance := []float64{1e-12, 1e-6}[k]; math.Abs(got-want) > tolerance*(d.scale+math.Abs(want)) {
						t.Errorf("%v, step %d, μ = %g, order %d: %g in float64, %g enclosed", c.Thoughts, step, mu, k, want, got)
					}
					compared++
				}
				for _, radius := range []float64{1e-6, 0.1, 2} {
					over := exact.at(ball.New(80).SetFloat64(mu).AddError(big.NewFloat(radius)), 0)[0]
					for _, share := range []float64{-1, -0.3, 0.5, 1} {
						want := ball.New(80).SetFloat64(at(d, mu+share*radius)).AddError(big.NewFloat(1e-12))
						if !over.Overlaps(want) || radius < 1e-5 && over.Radius().Cmp(big.NewFloat(1e-5)) > 0 {
							t.Errorf("%v, step %d, μ = %g ± %g: %v, %v at a point", c.Thoughts, step, mu, radius, over, want)
						}
						compared++
					}
				}
			}
		}
	}
	if compared != 504 {
		t.Errorf("%d comparisons", compared)
	}
}

func at(d *stageDrift, mu float64) float64 {
	drift, _ := d.at(mu)
	return drift
}

// heldLogits returns logits as balls, nil for thoughts of the present one.
func heldLogits(c Curriculum, logits []float64) []heldLogit {
	if c.Thoughts == CurrentThoughts {
		return nil
	}
	out := []heldLogit{}
	for _, x := range logits {
		out = append(out, held(ball.New(64).SetFloat64(x)))
	}
	return out
}

// TestCurriculumLimits: with uniform thoughts the limits of the stages are the
// equilibria of the population, whatever the start, and the flow reaches them.
func TestCurriculumLimits(t *testing.T) {
	instances := builtinPart(t, 25)
	ctx, one := context.Background(), big.NewRat(1, 1)
	for _, carry := range []bool{false, true} {
		run, err := RunCurriculum(ctx, instances, Curriculum{Alpha: one, Carry: carry, StageTime: 2e4, LastTime: 100, Digits: 12}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(run.Stages) != 4 || run.Stages[0].Status != theory.PlusInfinity || run.End.Promised != 25 {
			t.Fatalf("%+v", run)
		}
		for _, s := range run.Stages[1:] {
			population, err := PopulationOf(ctx, instances, s.Step, false, one, 12)
			if err != nil {
				t.Fatal(err)
			}
			limit, err := s.Limit.Ball(100)
			if err != nil || !limit.Overlaps(population.Theta[0]) {
				t.Errorf("step %d: limit %v, population %v", s.Step, s.Limit, population.Theta[0].Mid())
			}
			if mu, _ := population.Theta[0].Mid().Float64(); math.Abs(mu-s.End) > 1e-6 || s.Error > 1e-5 {
				t.Errorf("step %d: the flow ends at %g ± %g, limit %g", s.Step, s.End, s.Error, mu)
			}
		}
	}
}

// TestThoughtsOfACurriculum: float64 thoughts are the exact walk weights.
func TestThoughtsOfACurriculum(t *testing.T) {
	c := Curriculum{Thoughts: FrozenThoughts, Free: true}
	logits := []float64{0.5, -1.25, 3}
	exact := []*big.Rat{big.NewRat(1, 2), big.NewRat(-5, 4), big.NewRat(3, 1)}
	compared := 0
	for _, in := range builtinPart(t, 10) {
		want, err := theory.WalkWeights(in.Graph, in.Root, exact)
		if err != nil {
			t.Fatal(err)
		}
		for v, got := range c.ThoughtOf(&in, 3, logits) {
			w, _ := want[v].Float64()
			if math.Abs(got-w) > 1e-13*(1+math.Abs(w)) {
				t.Errorf("vertex %d: %g, want %g", v, got, w)
			}
			compared++
		}
	}
	if compared < 100 {
		t.Errorf("%d comparisons", compared)
	}
}
