package ode

import (
	"context"
	"errors"
	"math/big"
	"testing"

	"muflow/ode/ball"
)

func TestFlowpipesContainKnownValues(t *testing.T) {
	checks := 0
	for _, p := range knownProblems() {
		times := make([]*big.Rat, len(p.values))
		for i, v := range p.values {
			times[i] = v.t
		}
		for _, digits := range []int{12, 40} {
			e, err := Enclose(context.Background(), p.system, p.start, Request{Times: times, Digits: digits}, FlowSettings{})
			if err != nil {
				t.Errorf("%s: %v", p.name, err)
				continue
			}
			for i, v := range p.values {
				for k, text := range v.unknowns {
					requireEnclosure(t, p.name, e.Values[i][k], text, digits)
					checks++
				}
			}
			t.Logf("%s %d: %d steps, order %d, %d bits", p.name, digits, e.Flowpipe.Steps(), e.Flowpipe.Order(), e.Flowpipe.Precision())
		}
	}
	if checks != 30 {
		t.Fatalf("%d checks ran", checks)
	}
}

func TestFlowpipesOfReducedFlows(t *testing.T) {
	checks := 0
	for _, f := range reducedFlows {
		forms := []func(bool) (*System, []*Expr, *Expr){f.in.rational}
		if !f.breadthFirst { // the other form is a difference of nearly equal means, which boxes do not see
			forms = append(forms, f.in.exponential)
		}
		for _, form := range forms {
			system, start, mu := form(f.breadthFirst)
			e, err := Enclose(context.Background(), system, start, Request{
				Times: []*big.Rat{big.NewRat(f.until, 1)}, Observables: []*Expr{mu}, Digits: 20}, FlowSettings{})
			if err != nil {
				t.Errorf("%s: %v", f.name, err)
				continue
			}
			requireEnclosure(t, f.name, e.Values[0][0], f.mu, 20)
			t.Logf("%s: %d steps, order %d, %d bits", f.name, e.Flowpipe.Steps(), e.Flowpipe.Order(), e.Flowpipe.Precision())
			checks++
		}
	}
	if checks != 6 {
		t.Fatalf("%d checks ran", checks)
	}
}

func TestFlowpipeEndsWithItsWork(t *testing.T) {
	x, y := State(0), State(1)
	system := &System{Dimension: 2, RightHandSide: []*Expr{y, x.Neg()}}
	start := []*ball.Ball{ball.New(64).SetInt64(1), ball.New(64)}
	var last *big.Rat
	for range 2 {
		pipe, err := Propagate(t.Context(), system, start, big.NewRat(1000, 1), FlowSettings{Settings: Settings{Work: 1_000_000}})
		if !errors.Is(err, ErrBudget) || pipe.Work() < 1_000_000 || pipe.Until().Sign() <= 0 {
			t.Fatalf("%v", err)
		}
		if last != nil && last.Cmp(pipe.Until()) != 0 {
			t.Errorf("it ends at %v and at %v", last, pipe.Until())
		}
		last = pipe.Until()
	}
}
