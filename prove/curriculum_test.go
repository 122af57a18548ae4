package prove

import (
	"context"
	"math"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/ode"
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

// TestStageDriftInBothForms: the expression that limits are proved with is the
// float64 drift that is integrated, for all sources of thoughts.
func TestStageDriftInBothForms(t *testing.T) {
	instances := builtinPart(t, 6)
	compared := 0
	for _, c := range []Curriculum{{Thoughts: UniformThoughts}, {Thoughts: FrozenThoughts}, {Thoughts: FrozenThoughts, Free: true}, {Thoughts: CurrentThoughts}, {Thoughts: CurrentThoughts, Free: true}} {
		c.Alpha = big.NewRat(3, 2)
		for step := range 3 {
			d, err := newStageDrift(instances, c, step, 28, []float64{2.5, 0.75, 1.25})
			if err != nil {
				t.Fatal(err)
			}
			x, err := d.expression()
			if err != nil {
				t.Fatal(err)
			}
			for _, mu := range []float64{-0.7, 0.3, 1.9} {
				value, err := ode.Evaluate(x, []*ball.Ball{ball.New(80).SetFloat64(mu)}, 80)
				if err != nil {
					t.Fatal(err)
				}
				want, _ := value.Mid().Float64()
				want *= d.scale
				if got := d.at(mu); math.Abs(got-want) > 1e-12*(d.scale+math.Abs(want)) {
					t.Errorf("%v, step %d, μ = %g: %g in float64, %g enclosed", c.Thoughts, step, mu, got, want)
				}
				compared++
			}
		}
	}
	if compared != 45 {
		t.Errorf("%d comparisons", compared)
	}
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
		if len(run.Stages) != 4 || run.Stages[0].Status != "plus-infinity" || run.End.Promised != 25 {
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

// TestFallsBelowTheThreshold: with thoughts generated anew the drift is proved
// negative below the unstable zero, and not proved beyond it.
func TestFallsBelowTheThreshold(t *testing.T) {
	instances := builtinPart(t, 8)
	c := Curriculum{Thoughts: CurrentThoughts, Carry: true, Alpha: big.NewRat(1, 1), StageTime: 300, LastTime: 10, Digits: 8}
	run, err := RunCurriculum(context.Background(), instances, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if run.Stages[1].Threshold == nil {
		t.Fatalf("no threshold: %+v", run.Stages[1])
	}
	threshold, _ := rats(t, run.Stages[1].Threshold.Lo)[0].Float64()
	d, err := newStageDrift(instances, c, 1, 28, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		end  float64
		want bool
	}{{0.9 * threshold, true}, {1.5 * threshold, false}} {
		if got, err := d.falls(context.Background(), x.end); err != nil || got != x.want {
			t.Errorf("up to %g, threshold %g: %v %v", x.end, threshold, got, err)
		}
	}
}
