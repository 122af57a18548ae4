package prove

import (
	"context"
	"errors"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/theory"
)

// TestAnswerFlowAgainstTheLogits compares the moving frame with the flow of
// (μ_A, μ_R) in log(1+t) as it stands, integrated by mpmath 1.3.0 (odefun, 25
// digits): weights .5 .4 .3 .6 .2, target .3, 10 vertices outside.
func TestAnswerFlowAgainstTheLogits(t *testing.T) {
	p, err := theory.NewPrediction(rats(t, ".5", ".4", ".3", ".6", ".2"), 2, 10)
	if err != nil {
		t.Fatal(err)
	}
	flow, err := EncloseAnswerFlow(context.Background(), []*theory.Prediction{p}, rats(t, "1", "3", "6", "100"), 12)
	if err != nil {
		t.Fatal(err)
	}
	contains := func(name string, x Number, want, tolerance string) {
		t.Helper()
		lo, hi, digits, slack := rats(t, x.Lo)[0], rats(t, x.Hi)[0], rats(t, want)[0], rats(t, tolerance)[0]
		if lo.Sub(lo, slack).Cmp(digits) > 0 || hi.Add(hi, slack).Cmp(digits) < 0 {
			t.Errorf("%s: %v does not contain %s", name, x, want)
		}
	}
	for i, want := range [][2]string{
		{"0.28594208046181579005", "1.32300056451418442566"},
		{"2.35518835296740841164", "4.62051743185395689695"},
		{"11.35780219355348783873", "9.13094991144236251317"},
	} {
		contains("μ_A", flow.States[i].Carry, want[0], "1e-19")
		contains("μ_R", flow.States[i].Lift, want[1], "1e-19")
	}
	// At t = e^100 the offset is that of theory.AnswerLimit.Offset: log(1.18/0.18)
	// = 1.8803128665695… (mpmath 1.3.0) and the error offset/μ_A, about m·offset/s.
	contains("offset", flow.States[3].Offset, "1.88031286656950877", "1e-12")
	if x := rats(t, flow.States[3].Error.Hi)[0]; x.Cmp(rats(t, "0.006")[0]) > 0 {
		t.Errorf("error %v at t = e^100", flow.States[3].Error)
	}
	bounded, err := theory.NewPrediction(rats(t, "10", "9"), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := EncloseAnswerFlow(context.Background(), []*theory.Prediction{bounded}, rats(t, "1"), 5); err == nil {
		t.Error("a frame whose support vectors do not bind was accepted")
	}
}

// TestConverse: the constructed instance is answered wrongly and the next
// smaller one is not; under uniform weights there is none.
func TestConverse(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	logit := big.NewRat(1, 1)
	train, err := CohortOf(instances, -1, logit)
	if err != nil {
		t.Fatal(err)
	}
	limit, err := theory.AnswerLimitOf(train.Predictions)
	if err != nil {
		t.Fatal(err)
	}
	if seen := AnswerUnseen(limit, train); seen.Right != len(instances) || len(seen.Wrong) != 0 {
		t.Errorf("of its own training instances: %+v", seen)
	}
	in, p, err := Converse(limit, 3, logit)
	if err != nil {
		t.Fatal(err)
	}
	if limit.Answer(p) != -1 {
		t.Errorf("excess %v is not above %v", p.Excess(), limit.Ratio)
	}
	width := len(in.Graph.Out(in.Root)) - 1
	smaller, err := hubInstance(width-1, 3)
	if err != nil {
		t.Fatal(err)
	}
	near, err := theory.PredictionOf(smaller, 3, walkLogits(3, logit))
	if err != nil || limit.Answer(near) < 0 {
		t.Errorf("an instance of width %d is wrong too (%v)", width-1, err)
	}
	cohort, err := CohortOf([]graph.Instance{*in}, -1, logit)
	if err != nil {
		t.Fatal(err)
	}
	if u := AnswerUnseen(limit, cohort); u.Instances != 1 || len(u.Wrong) != 1 {
		t.Errorf("%+v", u)
	}
	if _, _, err := Converse(limit, 3, nil); !errors.Is(err, ErrNoConverse) {
		t.Errorf("uniform weights: %v", err)
	}
}
