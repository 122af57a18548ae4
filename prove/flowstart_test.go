package prove

import (
	"context"
	"math/big"
	"testing"

	"muflow/theory"
)

// flowFrom returns the flow at one time from a start.
func flowFrom(t *testing.T, p *theory.Profile, loss theory.Loss, start, until string, digits int, method FlowMethod) *Flow {
	t.Helper()
	flow, err := FlowOf(context.Background(), p, FlowRequest{Loss: loss, Alpha: one, Start: mustRat(start), Times: []*big.Rat{mustRat(until)}, Digits: digits, Method: method})
	if err != nil {
		t.Fatalf("%v %v from %s to %s: %v", method, loss, start, until, err)
	}
	if x := flow.Mu[0]; !x.reaches(digits) {
		t.Fatalf("%v %v from %s to %s: %v is too wide", method, loss, start, until, x)
	}
	return flow
}

// Every method agrees with the time ∫dμ/f(μ) from another start: mpmath 1.3.0,
// quad of 1/f over 8 pieces and Newton's method at 40 digits.
func TestFlowFromOtherStarts(t *testing.T) {
	checks := 0
	for _, c := range []struct {
		profile             string
		loss                theory.Loss
		start, until, value string
	}{
		{"A", theory.Coconut, "3", "10", "2.9421512417036599755741185841679"},
		{"A", theory.Coconut, "-2", "1000", "1.6485392261975650254982520714214"},
		{"B", theory.Coconut, "-1/2", "100", "0.21176806847001121228784874589487"},
		{"B", theory.Coconut, "5", "100", "3.5136404513610749289394718981065"},
		{"D", theory.Coconut, "-3", "50", "-2.190862214003468237439313622044"},
		{"A", theory.CoconutBFS, "1", "1000", "4.8978051931501064579232459667519"},
		{"A", theory.CoconutBFS, "-2", "1000", "4.2775049467342355892059460496485"},
		{"B", theory.CoconutBFS, "2/3", "100", "0.93889012888907384168641965350942"},
	} {
		for m := range flowMethodNames {
			method := FlowMethod(m)
			x := flowFrom(t, referenceProfiles[c.profile], c.loss, c.start, c.until, 28, method).Mu[0]
			if contains, _ := within(t, x, c.value); !contains && method <= FlowpipeExponentialMethod || (x.Evidence == Enclosure) != (method <= FlowpipeExponentialMethod) {
				t.Errorf("%v %s %v from %s: %v, reference %s", method, c.profile, c.loss, c.start, x, c.value)
			}
			near := new(big.Rat).Sub(mustRat(x.Lo), mustRat(c.value))
			if near.Abs(near).Cmp(tenToMinus(26)) > 0 {
				t.Errorf("%v %s %v from %s: %v, reference %s", method, c.profile, c.loss, c.start, x, c.value)
			}
			checks++
		}
	}
	if checks != 40 {
		t.Fatalf("%d checks", checks)
	}
}

// The bounds of Theorem 1(a) from another start agree with their closed forms
// (mpmath 1.3.0, 40 digits) and hold the flow.
func TestBoundsFromOtherStarts(t *testing.T) {
	for _, c := range []struct{ start, lower, upper string }{
		{"-2", "0.950094494629591222282970716846", "6.06688048407748002596995575581"},
		{"1", "3.63809339962757038312840438204", "6.09237358287550043548244531294"},
	} {
		flow := flowFrom(t, referenceProfiles["A"], theory.CoconutBFS, c.start, "1000", 25, ElementaryMethod)
		for side, value := range []string{c.lower, c.upper} {
			if contains, _ := within(t, flow.Bounds[0][side], value); !contains {
				t.Errorf("from %s: %v, reference %s", c.start, flow.Bounds[0][side], value)
			}
		}
	}
	for name, p := range referenceProfiles {
		for _, start := range []string{"-20", "-1", "-1/3", "0", "1e-9", "2", "40"} {
			for _, until := range []string{"1e-6", "1", "1e5"} {
				flow := flowFrom(t, p, theory.CoconutBFS, start, until, 20, ElementaryMethod)
				mu, bounds := flow.Mu[0], flow.Bounds[0]
				if mustRat(bounds[0].Lo).Cmp(mustRat(mu.Hi)) > 0 || mustRat(mu.Lo).Cmp(mustRat(bounds[1].Hi)) > 0 {
					t.Errorf("%s from %s at %s: %v outside of %v", name, start, until, mu, bounds)
				}
			}
		}
	}
}

// With as many vertices of N_c without an edge as new ones with two, d* = 1 and
// nothing outside, μ = 1/2 is the equilibrium for every α: e^{σ} = e^{2σ/2}. A
// start there stays, by integers; starts beside it go to it; and a start next to
// an equilibrium is told from it.
func TestFlowFromAnEquilibrium(t *testing.T) {
	p := mustProfile(9, 4, 1, [][3]int{{1, 0, 3}, {1, 1, 1}, {0, 1, 2}, {0, 2, 3}})
	for m := range flowMethodNames {
		method := FlowMethod(m)
		if x := flowFrom(t, p, theory.Coconut, "1/2", "1e9", 30, method).Mu[0]; x.Lo != "0.5" || x.Hi != "0.5" || x.Evidence != Enclosure {
			t.Errorf("%v: %v", method, x)
		}
	}
	for _, start := range []string{"0.4999999999999999999999999999999999999999", "0.5000000000000000000000000000000000000001", "-7", "7"} {
		at := flowFrom(t, p, theory.Coconut, start, "1", 60, ElementaryMethod).Mu[0]
		if below := mustRat(at.Hi).Cmp(big.NewRat(1, 2)); below == mustRat(at.Lo).Cmp(mustRat(start)) || below != mustRat(start).Cmp(big.NewRat(1, 2)) {
			t.Errorf("from %s to %v, expected to approach 1/2", start, at)
		}
	}
	if contains, _ := within(t, flowFrom(t, p, theory.Coconut, "1", "1e6", 20, ElementaryMethod).Mu[0], "0.5"); !contains {
		t.Error("from 1 elsewhere than to 1/2")
	}
}

// Where the flow passes 0 the digits are relative to a small number, and still
// reached.
func TestFlowFromAStartThroughZero(t *testing.T) {
	p := referenceProfiles["A"]
	low, high := mustRat("1"), mustRat("1000") // μ < 0 and > 0 at these times
	for range 100 {
		middle := new(big.Rat).Add(low, high)
		middle.Mul(middle, big.NewRat(1, 2))
		if x := flowFrom(t, p, theory.Coconut, "-2", middle.RatString(), 10, ElementaryMethod).Mu[0]; x.Lo[0] == '-' {
			low = middle
		} else {
			high = middle
		}
	}
	x := flowFrom(t, p, theory.Coconut, "-2", low.RatString(), 30, ElementaryMethod).Mu[0]
	if width := new(big.Rat).Quo(x.Width(), mustRat(x.Hi)); mustRat(x.Lo).Cmp(mustRat("-1e-20")) < 0 || width.Abs(width).Cmp(tenToMinus(30)) > 0 {
		t.Errorf("%v", x)
	}
}
