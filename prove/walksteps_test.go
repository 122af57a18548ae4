package prove

import (
	"context"
	"math/big"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/ode/ball"
	"muflow/theory"
)

// TestWalkRateAgainstMpmath: μ(t) of walk.py keeps to the rate, and gradient descent
// with the drift of walkDrift, which is made from numbers of walks, keeps to the
// bounds of the claims about finite steps.
func TestWalkRateAgainstMpmath(t *testing.T) {
	const precision = 160
	checks := map[string]int{}
	for _, r := range walkRows(t) {
		values := map[string]map[string]Number{}
		for _, c := range []*Claim{walkRate, walkSpreadingSteps, walkContraction, walkRepulsion, walkLeavingSteps} {
			got, err := c.DecideOn(context.Background(), r.subject)
			if err != nil || got.Verdict != theory.Proved && got.Verdict != theory.NotApplicable {
				t.Fatalf("%s: %v, %v\n%s", c.ID, got, err, r.everything)
			}
			if c.Losses[0] != r.loss {
				continue
			}
			if moves := map[string]bool{"T1b-walk-rate": r.status == "finite", "T1b-walk-steps": r.status == "finite", "T1b-walk-unstable": r.status == "finite",
				"T1a-walk-steps": strings.HasSuffix(r.status, "infinity"), "T1b-walk-end-steps": strings.HasSuffix(r.status, "infinity")}[c.ID]; moves != (got.Verdict == theory.Proved) {
				t.Errorf("%s: %v\n%s", c.ID, got, r.everything)
			}
			values[c.ID] = got.Values
		}
		x, err := r.subject.walk()
		if err != nil {
			t.Fatal(err)
		}
		number := func(claim, name string) *ball.Ball {
			b, err := values[claim][name].Ball(precision)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		below := func(a, b *ball.Ball) bool { return a.Lower().Cmp(b.Upper()) <= 0 }
		if r.status == "finite" && r.mu != "0.0" {
			mu := number("T1b-walk-rate", "mu")
			rest := ball.New(precision).SetRat(r.time)
			rest.Mul(rest, number("T1b-walk-rate", "rate"))
			rest.Exp(rest.Neg(rest))
			rest.Mul(rest, ball.New(precision).Abs(mu))
			apart := ball.New(precision).Sub(mu, ball.New(precision).SetRat(r.height))
			if !below(apart.Abs(apart), rest) {
				t.Errorf("|μ(t) − μ*| above the rate\n%s", r.everything)
			}
			checks["rate"]++
		}
		if r.loss != theory.Coconut || r.status == "stationary" {
			continue
		}
		drift, err := newExactWalkDrift([]graph.Step{x.step}, walkLogits(r.subject.Step, r.subject.Logit), r.subject.Alpha, x.exact.N)
		if err != nil {
			t.Fatal(err)
		}
		descend := func(eta *ball.Ball, visit func(k int, mu *ball.Ball)) {
			mu := ball.New(precision)
			for k := 1; k <= 12; k++ {
				step := drift.at(mu, 0)[0]
				step.Mul(step, eta)
				mu = ball.New(precision).Midpoint(mu.Add(mu, step))
				visit(k, mu)
			}
		}
		if r.status == "finite" {
			mu, last := number("T1b-walk-rate", "mu"), ball.New(precision).Abs(number("T1b-walk-rate", "mu"))
			eta := number("T1b-walk-steps", "step")
			if !below(eta, number("T1b-walk-unstable", "step")) {
				t.Errorf("a step of %v contracts, of %v does not\n%s", values["T1b-walk-steps"], values["T1b-walk-unstable"], r.everything)
			}
			descend(eta.MulRat(eta, big.NewRat(1, 2)), func(_ int, at *ball.Ball) {
				apart := ball.New(precision).Sub(mu, at)
				if sign, ok := apart.Sign(); ok && mu.Mid().Sign() != 0 && sign != mu.Mid().Sign() || !below(apart.Abs(apart), last) {
					t.Errorf("passed μ*, or away from it\n%s", r.everything)
				}
				last = apart
			})
			checks["contraction"]++
			continue
		}
		for _, eta := range []*big.Rat{big.NewRat(1, 4), big.NewRat(50, 1)} {
			size := ball.New(precision).SetRat(eta)
			descend(size, func(k int, at *ball.Ball) {
				high := ball.New(precision).Mul(size, number("T1b-walk-end-steps", "b_hi"))
				high.AddInt64(high.Exp(high), -1)
				count := big.NewRat(int64(k), 1)
				low := logarithm(ball.New(precision).Mul(size, number("T1b-walk-end-steps", "b_lo")), count, precision)
				top, height := logarithm(high, count, precision), ball.New(precision).Abs(at)
				height.Mul(height, number("T1b-walk-end-steps", "pace"))
				if !below(low, height) || !below(height, top) {
					t.Errorf("step %d of %s: %v, between %v and %v\n%s", k, eta.RatString(), height.Mid(), low.Mid(), top.Mid(), r.everything)
				}
				checks["bounds"]++
			})
		}
	}
	for name, least := range map[string]int{"rate": 40, "contraction": 40, "bounds": 500} {
		if checks[name] < least {
			t.Errorf("%d checks of %s, expected %d", checks[name], name, least)
		}
	}
}

// TestWalkLogitsAreThoseOfEachLogit: the limits between, and at, critical logits are
// those that the step has with a rational logit there.
func TestWalkLogitsAreThoseOfEachLogit(t *testing.T) {
	between, at := 0, 0
	for _, r := range walkRows(t) {
		if r.subject.Step == 0 || r.loss != theory.Coconut {
			continue
		}
		x, err := r.subject.walk()
		if err != nil {
			t.Fatal(err)
		}
		l, err := x.logitLimits()
		if err != nil {
			t.Fatal(err)
		}
		limit := func(logit *big.Rat) theory.Limit {
			exact, err := theory.WalkStepOf(x.step, walkLogits(x.step.C, logit))
			if err != nil {
				t.Fatal(err)
			}
			return exact.Limit(theory.Coconut)
		}
		before := new(big.Rat)
		for i, m := range l.marks {
			middle := new(big.Rat).Add(before, m.Low)
			if got := limit(middle.Quo(middle, big.NewRat(2, 1))); got != l.limits[2*i] {
				t.Errorf("L = %v: %v, expected %v\n%s", middle, got, l.limits[2*i], r.everything)
			}
			if m.Exact() {
				at++
				if got := limit(m.Low); got != l.limits[2*i+1] {
					t.Errorf("L = %v: %v, expected %v\n%s", m.Low, got, l.limits[2*i+1], r.everything)
				}
			}
			before, between = m.High, between+1
		}
		last := new(big.Rat).Add(before, big.NewRat(1, 1))
		if got := limit(last); got != l.limits[len(l.limits)-1] {
			t.Errorf("L = %v: %v, expected %v\n%s", last, got, l.limits[len(l.limits)-1], r.everything)
		}
	}
	if between < 20 || at < 5 {
		t.Errorf("%d critical logits, %d of them rational", between, at)
	}
}

// TestWalkFlowIsThatOfMpmath: the flow of one step as a population of one is at t
// where walk.py found it.
func TestWalkFlowIsThatOfMpmath(t *testing.T) {
	checks, of := 0, 0
	for _, r := range walkRows(t) {
		if r.loss != theory.Coconut || r.status == "stationary" || r.height == nil || r.mu == "0.0" {
			continue
		}
		if of++; !*long.Tests && of%15 != 0 {
			continue
		}
		sharing := WalkSharing{Step: r.subject.Step, Logits: walkLogits(r.subject.Step, r.subject.Logit), Label: r.subject.Label, Alpha: r.subject.Alpha}
		flow, err := WalkFlowOf(context.Background(), []graph.Instance{*r.subject.Input}, sharing, nil, []*big.Rat{r.time}, 22)
		if err != nil {
			t.Errorf("%v\n%s", err, r.everything)
			continue
		}
		lo, hi, _ := flow.Mu[0].ends()
		slack := new(big.Rat).Abs(r.height)
		slack.Quo(slack, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(20), nil)))
		if lo.Cmp(new(big.Rat).Add(r.height, slack)) > 0 || hi.Cmp(new(big.Rat).Sub(r.height, slack)) < 0 || !flow.Mu[0].reaches(20) {
			t.Errorf("%v, expected %s\n%s", flow.Mu[0], r.height.FloatString(25), r.everything)
		}
		checks++
	}
	if of < 60 || checks < of/15 {
		t.Errorf("%d of %d flows", checks, of)
	}
}
