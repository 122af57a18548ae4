package compare

import (
	"context"
	"math"
	"math/big"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/prove"
	"muflow/theory"
)

// The transformer that is trained through all stages by the exact average does
// what gradient descent on the reduced drift does, to rounding, whatever the
// thoughts and the starts, and answers as many instances correctly.
func TestCurriculumInTheTransformer(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	instances = instances[:8]
	if !*long.Tests {
		instances = instances[:4]
	}
	compared, positive := 0, 0
	for _, c := range []prove.Curriculum{
		{Thoughts: prove.UniformThoughts}, {Thoughts: prove.UniformThoughts, Carry: true},
		{Thoughts: prove.FrozenThoughts}, {Thoughts: prove.FrozenThoughts, Free: true},
		{Thoughts: prove.CurrentThoughts}, {Thoughts: prove.CurrentThoughts, Carry: true}, {Thoughts: prove.CurrentThoughts, Carry: true, Free: true},
		{Thoughts: prove.FrozenThoughts, Label: graph.FrontierLaw}, {Thoughts: prove.CurrentThoughts, Label: graph.FrontierLaw},
	} {
		if !*long.Tests && (c.Thoughts == prove.CurrentThoughts && c.Carry || c.Free) {
			continue
		}
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
	if compared < 5*6 || positive < 2 {
		t.Errorf("%d comparisons, %d with positive logits", compared, positive)
	}
}

// TestJudgeCurriculum: long steps are told apart from a training that does not
// do what the reduced drift says.
func TestJudgeCurriculum(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	instances = instances[:4]
	c := prove.Curriculum{Alpha: big.NewRat(1, 1), StageTime: 500, LastTime: 500, Digits: 6, Steps: 100, LastSteps: 500}
	judge := func(change func(*prove.Curriculum), spoil func(*SimulatedRun)) Judgement {
		t.Helper()
		x := c
		change(&x)
		run, err := prove.RunCurriculum(context.Background(), instances, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		simulated, err := SimulateCurriculum(context.Background(), instances, x, Descent{Steps: x.Steps, LastSteps: x.LastSteps}, nil)
		if err != nil {
			t.Fatal(err)
		}
		spoil(simulated)
		return JudgeCurriculum(run, simulated)
	}
	same, none := func(*prove.Curriculum) {}, func(*SimulatedRun) {}
	for _, x := range []struct {
		name   string
		change func(*prove.Curriculum)
		spoil  func(*SimulatedRun)
		want   theory.Verdict
		reason string
	}{
		{"short steps", same, none, theory.Consistent, "agree"},
		{"another training", same, func(s *SimulatedRun) { s.Stages[1].End += 1e-6 }, theory.Inconsistent, "step 1"},
		{"another prediction", same, func(s *SimulatedRun) { s.Lift -= 1e-6 }, theory.Inconsistent, "μ_R"},
		{"beyond 2/L", func(c *prove.Curriculum) { c.StageTime = 500_000 }, none, theory.NotApplicable, "expected at most 2"},
		{"large gain", func(c *prove.Curriculum) { c.Alpha = big.NewRat(50, 1) }, none, theory.NotApplicable, "A14"},
		{"stable and far", func(c *prove.Curriculum) { c.StageTime, c.Steps = 200, 2 }, none, theory.NotApplicable, "too long for the flow"},
		{"beyond 2/L and another training", func(c *prove.Curriculum) { c.StageTime = 500_000 }, func(s *SimulatedRun) { s.Stages[1].End++ }, theory.NotApplicable, "A14"},
	} {
		if got := judge(x.change, x.spoil); got.Verdict != x.want || !strings.Contains(got.Reason, x.reason) {
			t.Errorf("%s: %+v", x.name, got)
		}
	}
}
