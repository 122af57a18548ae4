package ode

import (
	"context"
	"math/big"
	"testing"
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
