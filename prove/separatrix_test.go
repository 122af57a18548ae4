package prove

import (
	"encoding/json"
	"math/big"
	"testing"

	"muflow/internal/long"
	"muflow/ode/ball"
	"muflow/theory"
)

// A thresholdRow is one of testdata/threshold.json, made by threshold.py with mpmath 1.3.0.
type thresholdRow struct {
	Profile                          json.RawMessage
	Alpha, Ratio, Mu0, Omega0, Limit string
	End                              string
}

// A18-always and A18-threshold against 100 paths of mpmath: where they end, and ω* to
// the digits that are enclosed. A certificate of the other side, or with a line that is
// steeper, is refused.
func TestSeparatrixAgainstMpmath(t *testing.T) {
	rows := oracleRows[thresholdRow](t, "threshold.json")
	proved, between, certified, turned := map[string]int{}, 0, 0, 0
	share := 1
	if !*long.Tests {
		share = 3
	}
	for i, r := range rows {
		if i%share != 0 {
			continue
		}
		p, err := theory.DecodeProfile(r.Profile)
		if err != nil {
			t.Fatal(err)
		}
		e := &Subject{Profile: p, Alpha: rational(t, r.Alpha), Start: rational(t, r.Mu0), Digits: 20,
			Carry: CarryOver{Ratio: rational(t, r.Ratio), Weight: rational(t, r.Omega0)}}
		got := map[string]Result{}
		for _, c := range []*Claim{collapse, spreadCarry, spreadAlways, separatrix} {
			x, err := c.DecideOn(t.Context(), e)
			if err != nil || x.Verdict == theory.Undecided {
				t.Fatalf("row %d, %s: %v %v", i, c.ID, x, err)
			}
			if x.Verdict == theory.Proved {
				got[c.ID] = x
				proved[c.ID]++
			}
		}
		if _, early := got["A18-collapse"]; early && r.End != "collapse" {
			t.Errorf("row %d: A18-collapse, and the path ends in %s", i, r.End)
		}
		if _, early := got["A18-spread"]; early && r.End != "spread" {
			t.Errorf("row %d: A18-spread, and the path ends in %s", i, r.End)
		}
		x, threshold := got["A18-threshold"]
		if _, always := got["A18-always"]; always == threshold || threshold != (r.Limit != "") || always && r.End != "spread" {
			t.Errorf("row %d: %v, expected %s", i, got, r.End)
		}
		if len(got) == 1 && threshold {
			between++
		}
		if end, err := CarryEnd(t.Context(), p, e.Alpha, e.Start, e.Carry); err != nil || end != map[string]int{"collapse": 1, "spread": -1}[r.End] {
			t.Errorf("row %d: end %d, expected %s: %v", i, end, r.End, err)
		}
		if !threshold {
			continue
		}
		wide, err := x.Values["threshold"].Ball(160)
		if err != nil {
			t.Fatal(err)
		}
		at := wide
		if i%4 == 0 || *long.Tests {
			if at, err = e.separatrix(t.Context(), func(*ball.Ball) bool { return false }); err != nil {
				t.Fatalf("row %d: %v", i, err)
			}
			if at.Radius().Cmp(big.NewFloat(1e-11)) > 0 && at.RelativeAccuracyBits() < 36 {
				t.Errorf("row %d: ω* = %v", i, at)
			}
		}
		// The digits of mpmath are 30.
		limit := ball.New(160).SetRat(rational(t, r.Limit))
		limit.AddError(new(big.Float).SetMantExp(big.NewFloat(1), -95))
		if !limit.Overlaps(at) || !limit.Overlaps(wide) {
			t.Errorf("row %d: ω* = %v in %v, expected %s", i, at, x.Values["threshold"], r.Limit)
		}
		if x.Certificate == nil || x.Certificate.Status != r.End {
			t.Errorf("row %d: certificate %v, expected one for %s", i, x.Certificate, r.End)
			continue
		}
		certified++
		other := *x.Certificate
		other.Status = map[string]string{"collapse": "spread", "spread": "collapse"}[r.End]
		if err := new(Subject).accepts(other); err == nil {
			t.Errorf("row %d: a certificate of the other side is accepted", i)
		}
		if len(other.Marks) < 2 {
			continue
		}
		other = *x.Certificate
		other.Marks = append([][2]*big.Rat(nil), other.Marks...)
		far := big.NewRat(1, 4)
		if r.End == "spread" {
			far.Neg(far)
		}
		other.Marks[1] = [2]*big.Rat{other.Marks[1][0], new(big.Rat).Add(other.Marks[1][1], far)}
		if err := new(Subject).accepts(other); err == nil {
			t.Errorf("row %d: a line beyond the path is accepted", i)
		}
		turned++
	}
	t.Log(proved, between, certified, turned)
	if proved["A18-always"]*share < 5 || proved["A18-threshold"]*share < 50 || between*share < 10 || turned*share < 10 {
		t.Errorf("proved %v, %d between both premises, %d lines", proved, between, turned)
	}
}

// On the line between the ends, by integers, and next to it.
func TestOnTheSeparatrix(t *testing.T) {
	p := &theory.Profile{N: 6, K: 2, TargetDegree: theory.WholeDegree(2), Classes: []theory.Class{{Count: 2}, {Degree: 2, Count: 2}, {InSet: true, Degree: 1, Count: 2}}}
	for _, c := range []struct{ omega, status string }{{"0", "balance"}, {"1/1000000", "collapse"}, {"-1/1000000", "spread"}, {"1/1000000000000000000000", "collapse"}} {
		// r g(d_N + E) = 1/3·(1 + 4/2) = 1 at ω = μ = 0.
		e := &Subject{Profile: p, Alpha: big.NewRat(1, 1), Digits: 20, Carry: CarryOver{Ratio: big.NewRat(1, 3), Weight: rational(t, c.omega)}}
		r, err := separatrix.DecideOn(t.Context(), e)
		if err != nil || r.Verdict != theory.Proved || r.Certificate == nil || r.Certificate.Status != c.status {
			t.Errorf("ω(0) = %s: %v %v, expected %s", c.omega, r, err, c.status)
		}
	}
}
