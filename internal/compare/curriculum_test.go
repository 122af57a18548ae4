package compare

import (
	"context"
	"math"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/prove"
)

// The transformer that is trained through all stages by the exact average does
// what gradient descent on the reduced drift does, to rounding, whatever the
// thoughts and the starts, and answers as many instances correctly.
func TestCurriculumInTheTransformer(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	instances = instances[:20]
	compared, positive := 0, 0
	for _, c := range []prove.Curriculum{
		{Thoughts: prove.UniformThoughts}, {Thoughts: prove.UniformThoughts, Carry: true},
		{Thoughts: prove.FrozenThoughts}, {Thoughts: prove.FrozenThoughts, Free: true},
		{Thoughts: prove.CurrentThoughts}, {Thoughts: prove.CurrentThoughts, Carry: true}, {Thoughts: prove.CurrentThoughts, Carry: true, Free: true},
	} {
		c.Alpha, c.StageTime, c.LastTime, c.Digits, c.Steps, c.LastSteps = big.NewRat(1, 1), 300, 2000, 6, 60, 800
		run, err := prove.RunCurriculum(context.Background(), instances, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		simulated, err := SimulateCurriculum(context.Background(), instances, c, Descent{Steps: 60, LastSteps: 800}, nil)
		if err != nil {
			t.Fatal(err)
		}
		near := func(what string, a, b float64) {
			t.Helper()
			if math.Abs(a-b) > 1e-10*(1+math.Abs(a)) {
				t.Errorf("%v thoughts, carry %v, free %v, %s: transformer %g, descent %g", c.Thoughts, c.Carry, c.Free, what, a, b)
			}
			compared++
		}
		for k, s := range simulated.Stages {
			near("stage", s.End, run.Stages[k].Beside.End)
			if s.Spread > 1e-12 {
				t.Errorf("the diagonal spreads by %g", s.Spread)
			}
		}
		near("μ_A", simulated.Carry, run.End.Beside[0].End)
		near("μ_R", simulated.Lift, run.End.Beside[1].End)
		if simulated.Right != run.End.Right || simulated.Between != run.End.Between {
			t.Errorf("%v thoughts: %d right, %d between the candidates, the flow has %d and %d", c.Thoughts, simulated.Right, simulated.Between, run.End.Right, run.End.Between)
		}
		if run.End.Positive {
			positive++
		}
	}
	if compared != 7*6 || positive < 4 {
		t.Errorf("%d comparisons, %d with positive logits", compared, positive)
	}
}
