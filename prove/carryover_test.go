package prove

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// A carryRow is one of testdata/carry.json, made by carry.py with mpmath 1.3.0.
type carryRow struct {
	Profile                   json.RawMessage
	Alpha, Ratio, Mu0, Omega0 string
	T                         int64
	Mu, Omega, Limit          string
}

func rational(t *testing.T, text string) *big.Rat {
	t.Helper()
	q, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is not a number", text)
	}
	return q
}

// The claims of a trained carry-over against paths and limits of mpmath in 100
// cases: numbers hold to 28 digits, and the paths keep to the bounds and to
// their side of the line. Wrong rules are noticed.
func TestCarryOverAgainstMpmath(t *testing.T) {
	rows := oracleRows[carryRow](t, "carry.json")
	const bits = 160
	number := func(q *big.Rat) *ball.Ball { return ball.New(bits).SetRat(q) }
	zero := func() *ball.Ball { return ball.New(bits) }
	near := func(x, y *ball.Ball) bool {
		away, size := zero().Sub(x, y), zero().Abs(y)
		away.Abs(away).Quo(away, size.AddInt64(size, 1))
		limit, _ := zero().SetInt64(1).MulPow2(zero().SetInt64(1), -93).Mid().Float64() // 10^−28
		f, _ := away.Upper().Float64()
		return f < limit
	}
	proved, wrong := map[string]int{}, map[string]int{}
	for i, r := range rows {
		p, err := theory.DecodeProfile(r.Profile)
		if err != nil {
			t.Fatal(err)
		}
		e := &Subject{Profile: p, Alpha: rational(t, r.Alpha), Start: rational(t, r.Mu0), Digits: 30,
			Carry: CarryOver{Ratio: rational(t, r.Ratio), Weight: rational(t, r.Omega0)}}
		mu, omega := number(rational(t, r.Mu)), number(rational(t, r.Omega))
		up, along := zero().Sub(mu, number(e.Start)), zero().Sub(omega, number(e.Carry.Weight))
		holds := func(c *Claim, ok bool) {
			if !ok {
				t.Errorf("row %d: %s fails: %s", i, c.ID, r.Profile)
			}
		}
		least := func(c *Claim, x, y *ball.Ball) { holds(c, x.Upper().Cmp(y.Lower()) >= 0) }
		unit := zero().MulInt64(reduced.Sigma(e.Alpha, p.K, bits), 1)
		for _, c := range claimsWith(func(c *Claim) bool { return c.Number == CarryTrained }) {
			x, err := c.DecideOn(t.Context(), e)
			if err != nil || x.Verdict == theory.Undecided {
				t.Fatalf("row %d, %s: %v %v", i, c.ID, x, err)
			}
			if x.Verdict != theory.Proved {
				continue
			}
			proved[c.ID]++
			value := func(name string) *ball.Ball {
				b, err := x.Values[name].Ball(bits)
				if err != nil {
					t.Fatalf("row %d, %s: %s: %v", i, c.ID, name, err)
				}
				return b
			}
			inside, _ := p.MaxDegreeAmong(true)
			outside, _ := p.MaxDegreeAmong(false)
			gap := int64(max(outside-inside, 0))
			switch c {
			case conservedCarry:
				children, _ := p.Children()
				conserved := func(m int64, ratio *big.Rat) *ball.Ball {
					a, b := zero().MulRat(mu, e.Alpha), zero().MulRat(omega, e.Alpha)
					a.Exp(a.Neg(a))
					b.Exp(b.Neg(b))
					return a.Sub(a, b.MulInt64(b.MulRat(b, ratio), m))
				}
				holds(c, near(conserved(int64(children), e.Carry.Ratio), value("delta")))
				if !near(conserved(int64(children)+1, e.Carry.Ratio), value("delta")) {
					wrong["m + 1"]++
				}
				if q := inverse(e.Carry.Ratio); q.Cmp(e.Carry.Ratio) != 0 && !near(conserved(int64(children), q), value("delta")) {
					wrong["1/r"]++
				}
			case boundedCarry:
				holds(c, near(value("mu"), number(rational(t, r.Limit))))
				holds(c, mu.Upper().Cmp(value("mu").Lower()) < 0)
			case divergingCarry:
				holds(c, near(value("omega"), number(rational(t, r.Limit))))
				holds(c, omega.Upper().Cmp(value("omega").Lower()) < 0)
			case tiedCarry:
				holds(c, near(mu, omega))
			case laterCarry:
				least(c, up, zero().Mul(value("slope"), along))
				if f := zero().MulInt64(zero().Mul(value("slope"), along), 2); f.Lower().Cmp(up.Upper()) > 0 {
					wrong["twice the slope"]++
				}
			case slowCarry:
				bound := logarithm(value("b_lo"), big.NewRat(r.T, 1), bits)
				bound.Quo(bound, zero().Mul(unit, value("power")))
				least(c, up, bound)
				if f := zero().MulInt64(bound, 8); f.Lower().Cmp(up.Upper()) > 0 {
					wrong["eight times the lower bound"]++
				}
			case fastCarry:
				bound := logarithm(value("b_hi"), big.NewRat(r.T, 1), bits)
				bound.Quo(bound, zero().MulInt64(unit, int64(p.MaxDegree())))
				least(c, bound, up)
				if f := zero().QuoInt64(bound, 4); f.Upper().Cmp(up.Lower()) < 0 {
					wrong["a quarter of the upper bound"]++
				}
			case collapse:
				least(c, along, zero().MulInt64(up, gap))
			case spreadCarry:
				least(c, zero().MulInt64(up, gap), along)
			}
		}
	}
	for _, c := range claimsWith(func(c *Claim) bool { return c.Number == CarryTrained }) {
		if proved[c.ID] == 0 {
			t.Errorf("%s was never proved", c.ID)
		}
	}
	t.Log(proved, wrong)
	for _, rule := range []string{"m + 1", "1/r", "twice the slope", "eight times the lower bound", "a quarter of the upper bound"} {
		if wrong[rule] < 2 {
			t.Errorf("the wrong rule %q was noticed %d times", rule, wrong[rule])
		}
	}
}

// inverse returns 1/q.
func inverse(q *big.Rat) *big.Rat { return new(big.Rat).Inv(q) }

// δ = 0 is decided by integers, and so are both sides of the line.
func TestCarryOverTies(t *testing.T) {
	star := &theory.Profile{N: 6, K: 1, TargetDegree: theory.WholeDegree(1), Classes: []theory.Class{{Count: 2}, {Degree: 1, Count: 3}, {InSet: true, Count: 1}}}
	for _, c := range []struct {
		ratio, mu, omega string
		proved           string
	}{
		{"1/3", "0", "0", "A18-both"},
		{"1/3", "5/7", "5/7", "A18-both"},
		{"1/3", "0", "1/1000000", "A18-bounded A18-collapse"},
		{"1/3", "0", "-1/1000000", "A18-diverges A18-spread"},
		{"333333333333/1000000000000", "0", "0", "A18-bounded A18-collapse"},
		{"333333333334/1000000000000", "0", "0", "A18-diverges A18-spread"},
		{"1", "-1000", "-999", "A18-diverges A18-spread"},
		{"1", "1000", "100000", "A18-bounded A18-collapse"},
	} {
		e := &Subject{Profile: star, Alpha: big.NewRat(1, 1), Digits: 20, Start: rational(t, c.mu), Carry: CarryOver{rational(t, c.ratio), rational(t, c.omega)}}
		var got []string
		for _, claim := range []*Claim{boundedCarry, divergingCarry, tiedCarry, collapse, spreadCarry} {
			r, err := claim.DecideOn(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict == theory.Proved {
				got = append(got, r.Claim)
			}
		}
		if strings.Join(got, " ") != c.proved {
			t.Errorf("r = %s, μ_0 = %s, ω_0 = %s: %v, expected %s", c.ratio, c.mu, c.omega, got, c.proved)
		}
	}
}
