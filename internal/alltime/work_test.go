package alltime

import (
	"math/big"
	"strings"
	"testing"

	"muflow/ode"
)

// blowUp is g' = h' = gh, k' = k(g − h) from 1, 1, 2, which ends at t = 1.
func blowUp() *Problem {
	g, h, k := ode.State(0), ode.State(1), ode.State(2)
	one := Point(big.NewRat(1, 1))
	return &Problem{System: &ode.System{Dimension: 3, RightHandSide: []*ode.Expr{g.Mul(h), h.Mul(g), k.Mul(g.Sub(h))}},
		Start: []Start{one, one, Point(big.NewRat(2, 1))}, Memory: NewMemory()}
}

func TestReductionsEnd(t *testing.T) {
	k, two := ode.State(2), ode.Integer(2)
	checks := 0
	for _, s := range []Statement{Always(Relation{k, Equal, two}), Limit(k, two)} {
		d, err := Decide(t.Context(), blowUp(), s)
		if err != nil || d.Verdict == Proved { // the solution ends
			t.Errorf("%v, %v", d, err)
		}
		checks++
	}
	if checks != 2 {
		t.Errorf("%d checks", checks)
	}
}

// What is recalled costs what it cost when it was found, so that no decision
// depends on those before it.
func TestRecalledWorkIsCharged(t *testing.T) {
	x, y := ode.State(0), ode.State(1)
	p := &Problem{System: &ode.System{Dimension: 2, RightHandSide: []*ode.Expr{y.Sub(x).Sub(x.Power(3)), x.Neg().Sub(y)}},
		Start: []Start{Point(big.NewRat(2, 1)), Point(big.NewRat(1, 1))}, Memory: NewMemory()}
	var left []int64
	for range 3 {
		d, err := Decide(t.Context(), p, Limit(x, ode.Integer(0)))
		if err != nil || d.Verdict != Proved {
			t.Fatalf("%v, %v", d, err)
		}
		left = append(left, p.Memory.work.left)
	}
	if left[0] != left[1] || left[1] != left[2] || left[0] >= mostWork {
		t.Errorf("work left %d", left)
	}
}

func TestSpentWorkIsUndecided(t *testing.T) {
	m := &meter{left: 10, doing: "trying"}
	d, err := m.within(func() (*Decision, error) {
		m.spend(11)
		return &Decision{Verdict: Proved}, nil
	})
	if err != nil || d.Verdict != Undecided || !strings.Contains(d.Reason, "ran out while trying") {
		t.Errorf("%v, %v", d, err)
	}
}
