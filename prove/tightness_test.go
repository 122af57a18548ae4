package prove

import (
	"context"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/ode/ball"
)

// No share exceeds 1, every inequality is tried, and the constants that are
// left agree with what is known: b_lo is the slope at t = 0, b_hi that at
// infinity, and the ceiling is attained.
func TestTightness(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	found, err := TightnessOf(context.Background(), instances[2:3], big.NewRat(1, 1), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 8 {
		t.Fatalf("%d inequalities", len(found))
	}
	one := ball.New(64).SetInt64(1)
	for _, x := range found {
		low, err := x.Loosest.Ball(120)
		if err != nil {
			t.Fatal(err)
		}
		high, err := x.Tightest.Ball(120)
		if err != nil {
			t.Fatal(err)
		}
		above := ball.New(120).Sub(high, one)
		if sign, ok := above.Sign(); ok && sign > 0 {
			t.Errorf("%s: share %v above 1", x.Claim, x.Tightest)
		}
		if sign, ok := low.Sign(); x.Tried < 1 || ok && sign < 0 {
			t.Errorf("%s: loosest %v of %d", x.Claim, x.Loosest, x.Tried)
		}
		factor, err := x.Factor.Ball(120)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := factor.Mid().Float64()
		switch x.Claim {
		case "T1a-lower", "T1b-diverges-lower": // at t = 1 hardly more than at 0
			if f < 1-1e-9 || f > 1.1 {
				t.Errorf("b_lo may be %g times as large", f)
			}
		case "T1b-ceiling":
			if f < 1-1e-9 || f > 1+1e-9 {
				t.Errorf("ceiling: factor %g, expected 1 (attained)", f)
			}
		case "T1a-upper", "T1b-diverges-upper", "T3-direction":
			if f > 1+1e-9 || f <= 0 {
				t.Errorf("%s: factor %g", x.Claim, f)
			}
		case "T1b-rate":
			if f < 1-0.011 {
				t.Errorf("rate: factor %g", f)
			}
		}
	}
}
