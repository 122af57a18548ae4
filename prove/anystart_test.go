package prove

import (
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// The bounds from any start against 100 flows of mpmath 1.3.0; with the
// constants of μ(0) = 0 some of them fail.
func TestAnyStartAgainstMpmath(t *testing.T) {
	text, err := os.ReadFile("testdata/anystart.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(rows) != 100 {
		t.Fatalf("%d rows", len(rows))
	}
	const bits = 160
	number := func(text string) *ball.Ball { return ball.New(bits).SetRat(rational(t, text)) }
	proved, wrong := map[string]int{}, map[string]int{}
	for i, row := range rows {
		f := strings.Fields(row)
		var n, k, target int
		if _, err := fmt.Sscan(f[1]+" "+f[2]+" "+f[3], &n, &k, &target); err != nil {
			t.Fatal(err)
		}
		var classes []theory.Class
		for _, c := range strings.Split(f[5], ",") {
			var in, d, m int
			if _, err := fmt.Sscanf(c, "%d:%d:%d", &in, &d, &m); err != nil {
				t.Fatal(err)
			}
			classes = append(classes, theory.Class{InSet: in == 1, Degree: d, Count: m})
		}
		p, err := theory.NewProfile(n, k, target, classes)
		if err != nil {
			t.Fatal(err)
		}
		alpha, start, time := rational(t, f[4]), rational(t, f[6]), rational(t, f[7])
		way := number(f[8])
		way.Abs(way.Sub(way, number(f[6])))
		for _, c := range claimsWith(func(c *Claim) bool { return c.Number == AnyStart }) {
			if c.Losses[0].String() != f[0] {
				continue
			}
			// keeps reports whether the path keeps to the claim with the constants of a start.
			keeps := func(from *big.Rat) (holds, known bool) {
				r, err := c.DecideOn(t.Context(), &Subject{Profile: p, Alpha: alpha, Start: from, Digits: 25})
				if err != nil || r.Verdict == theory.Undecided {
					t.Fatalf("row %d, %s: %v %v", i, c.ID, r, err)
				}
				if r.Verdict != theory.Proved {
					return false, false
				}
				value := func(name string) *ball.Ball {
					b, err := r.Values[name].Ball(bits)
					if err != nil {
						t.Fatal(err)
					}
					return b
				}
				if c == rateStart {
					rest := number(f[9])
					if !value("mu").Overlaps(rest) {
						t.Errorf("row %d: μ* = %v, mpmath %s", i, r.Values["mu"], f[9])
					}
					left, first := ball.New(bits).Sub(number(f[8]), rest), ball.New(bits).Sub(number(f[6]), rest)
					decay := ball.New(bits).Mul(value("rate"), ball.New(bits).SetRat(time))
					decay.Exp(decay.Neg(decay))
					decay.Mul(decay, first.Abs(first))
					return left.Abs(left).Lower().Cmp(decay.Upper()) <= 0, true
				}
				unit := reduced.Sigma(alpha, k, bits)
				gap := spreading.gap
				if c == leavingStart {
					gap = leaving.gap
				}
				g := gap(p)
				unit.MulInt64(unit, int64(max(g, -g)))
				var bounds [2]*ball.Ball
				for side, name := range sideNames {
					bounds[side] = logarithm(value(name), time, bits)
					bounds[side].Quo(bounds[side], unit)
				}
				return bounds[lowerSide].Lower().Cmp(way.Upper()) <= 0 && way.Lower().Cmp(bounds[upperSide].Upper()) <= 0, true
			}
			holds, known := keeps(start)
			if !known {
				continue
			}
			if proved[c.ID]++; !holds {
				t.Errorf("row %d: %s fails: %s", i, c.ID, row)
			}
			if holds, _ := keeps(nil); !holds {
				wrong[c.ID]++
			}
		}
	}
	t.Log(proved, wrong)
	for _, c := range claimsWith(func(c *Claim) bool { return c.Number == AnyStart }) {
		if proved[c.ID] < 10 || wrong[c.ID] < 3 {
			t.Errorf("%s: proved %d times, refuted with the constants of μ(0) = 0 %d times", c.ID, proved[c.ID], wrong[c.ID])
		}
	}
}
