package prove

import (
	"bufio"
	"context"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// An unbounded row is one of testdata/unbounded.txt, made by mpmath 1.3.0.
type unboundedRow struct {
	profile *theory.Profile
	alpha   *big.Rat
	numbers []*big.Rat // t and μ(t), or μ* and the step that turns it unstable
	eta     *big.Rat
	path    []*big.Rat // gradient descent after the steps of pathSteps
}

var pathSteps = []int64{1, 2, 7, 60}

func unboundedRows(t *testing.T) (rows []unboundedRow) {
	t.Helper()
	file, err := os.Open("testdata/unbounded.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		f := strings.Fields(lines.Text())
		r := unboundedRow{profile: &theory.Profile{}, alpha: new(big.Rat)}
		var target int
		if _, err := fmt.Sscan(strings.Join(f[:3], " "), &r.profile.N, &r.profile.K, &target); err != nil {
			t.Fatal(err)
		}
		r.profile.TargetDegree = theory.WholeDegree(target)
		r.alpha.SetString(f[3])
		for _, c := range strings.Split(f[4], ",") {
			var in, d, m int
			if _, err := fmt.Sscanf(c, "%d:%d:%d", &in, &d, &m); err != nil {
				t.Fatal(err)
			}
			r.profile.Classes = append(r.profile.Classes, theory.Class{InSet: in == 1, Degree: d, Count: m})
		}
		for i, text := range f[5:] {
			x, ok := new(big.Rat).SetString(text)
			switch {
			case !ok:
				t.Fatal(text)
			case i < 2:
				r.numbers = append(r.numbers, x)
			case i == 2:
				r.eta = x
			default:
				r.path = append(r.path, x)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// A claim under another has its premise.
func TestClaimsUnderOthers(t *testing.T) {
	under := 0
	for i, r := range unboundedRows(t) {
		for _, c := range Claims {
			if c.Under == "" || c.Unit != OnProfile {
				continue
			}
			under++
			other, known := ClaimByID(c.Under)
			if !known || other.Under != "" {
				t.Fatalf("%s under %q", c.ID, c.Under)
			}
			e := &Subject{Profile: r.profile, Alpha: r.alpha, Digits: 20}
			own, err := c.Premise(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			if theirs, err := other.Premise(t.Context(), e); err != nil || own != theirs {
				t.Errorf("row %d, %s: %q, %s: %q, %v", i, c.ID, own, c.Under, theirs, err)
			}
		}
	}
	if under < 1000 {
		t.Errorf("%d premises", under)
	}
}

// The claims of logits without an equilibrium, and of gradient descent, against
// mpmath: flows and enclosures hold its numbers to 30 digits, and its flows and
// paths keep to the bounds.
func TestUnboundedAgainstMpmath(t *testing.T) {
	const bits = 160
	claims := map[string]int{}
	near := func(x *big.Rat, n Number) bool {
		b, err := n.Ball(bits)
		if err != nil {
			t.Fatal(err)
		}
		away := ball.New(bits).Sub(b, ball.New(bits).SetRat(x))
		small := new(big.Rat).Abs(x)
		small.Quo(small, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(30), nil)))
		return away.Abs(away).Lower().Cmp(ball.New(bits).SetRat(small).Upper()) <= 0
	}
	below := func(x, y *ball.Ball) bool { return x.Lower().Cmp(y.Upper()) <= 0 }
	for i, r := range unboundedRows(t) {
		results, err := Theorem1(context.Background(), r.profile, r.alpha, 32, theory.Coconut)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]map[string]Number{}
		for _, x := range results {
			if x.Verdict == theory.Proved {
				values[x.Claim] = x.Values
				claims[x.Claim]++
			} else if x.Verdict != theory.NotApplicable {
				t.Errorf("row %d, %s: %v (%s)", i, x.Claim, x.Verdict, x.Reason)
			}
		}
		if values["T1b"] != nil { // |μ_k − μ*| falls, and the step is that of mpmath
			if !near(r.numbers[0], values["T1b"]["mu"]) || !near(r.numbers[1], values["T1b-steps-unstable"]["step"]) {
				t.Errorf("row %d: μ* %v, step %v", i, values["T1b"]["mu"], values["T1b-steps-unstable"]["step"])
			}
			step, _ := new(big.Rat).SetString(values["T1b-steps"]["step"].Hi)
			if step.Cmp(r.eta) <= 0 || step.Cmp(new(big.Rat).Mul(r.numbers[1], big.NewRat(1000001, 1000000))) > 0 {
				t.Errorf("row %d: step %v of the theorem, %v of the path, unstable from %v", i, step.FloatString(9), r.eta.FloatString(9), r.numbers[1].FloatString(9))
			}
			last := new(big.Rat).Abs(r.numbers[0])
			for _, mu := range r.path {
				away := new(big.Rat).Sub(mu, r.numbers[0])
				if away.Abs(away); away.Cmp(last) > 0 {
					t.Errorf("row %d: the path leads away from μ*", i)
				}
				last = away
			}
			continue
		}
		flow, err := FlowOf(context.Background(), r.profile, FlowRequest{Loss: theory.Coconut, Alpha: r.alpha, Times: r.numbers[:1], Digits: 32})
		if err != nil || !near(r.numbers[1], flow.Mu[0]) {
			t.Errorf("row %d: %v, %v, expected %s", i, flow, err, r.numbers[1].FloatString(34))
			continue
		}
		unit := reduced.Sigma(r.alpha, r.profile.K, bits)
		unit.MulInt64(unit, int64(leaving.gap(r.profile)))
		height := func(mu *big.Rat) *ball.Ball { return ball.New(bits).Mul(unit, ball.New(bits).SetRat(mu)) }
		var b [2]*ball.Ball
		for side, name := range sideNames {
			if b[side], err = values["T1b-diverges-steps"][name].Ball(bits); err != nil {
				t.Fatal(err)
			}
		}
		if lo, hi := logarithm(b[0], r.numbers[0], bits), logarithm(b[1], r.numbers[0], bits); !below(lo, height(r.numbers[1])) || !below(height(r.numbers[1]), hi) {
			t.Errorf("row %d: αs g μ = %v outside %v, %v", i, height(r.numbers[1]), lo, hi)
		}
		jump := ball.New(bits).MulRat(b[1], r.eta)
		jump.Exp(jump)
		jump.AddInt64(jump, -1)
		for j, mu := range r.path {
			k := big.NewRat(pathSteps[j], 1)
			lo, hi := logarithm(b[0], new(big.Rat).Mul(r.eta, k), bits), logarithm(jump, k, bits)
			if !below(lo, height(mu)) || !below(height(mu), hi) {
				t.Errorf("row %d, step %v: αs g μ = %v outside %v, %v", i, k, height(mu), lo, hi)
			}
		}
	}
	for claim, want := range map[string]int{"T1b": 100, "T1b-steps": 100, "T1b-steps-unstable": 100, "T1b-diverges": 100, "T1b-diverges-lower": 100, "T1b-diverges-upper": 100, "T1b-diverges-steps": 100} {
		if claims[claim] != want {
			t.Errorf("%s on %d rows, expected %d", claim, claims[claim], want)
		}
	}
}
