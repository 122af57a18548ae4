package alltime

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/long"
	"muflow/ode"
)

// flows is how many random flows are looked at.
func flows(all int) int {
	if *long.Tests {
		return all
	}
	return all / 4
}

// A ratPoly is a polynomial with rational coefficients, the constant one first:
// an oracle that shares no code, by Sturm's theorem.
type ratPoly []*big.Rat

func (p ratPoly) trim() ratPoly {
	for len(p) > 0 && p[len(p)-1].Sign() == 0 {
		p = p[:len(p)-1]
	}
	return p
}

func (p ratPoly) times(r ratPoly) ratPoly {
	if len(p) == 0 || len(r) == 0 {
		return nil
	}
	out := make(ratPoly, len(p)+len(r)-1)
	for i := range out {
		out[i] = new(big.Rat)
	}
	for i, a := range p {
		for j, b := range r {
			out[i+j].Add(out[i+j], new(big.Rat).Mul(a, b))
		}
	}
	return out.trim()
}

func (p ratPoly) at(x *big.Rat) *big.Rat {
	sum := new(big.Rat)
	for i := len(p) - 1; i >= 0; i-- {
		sum.Mul(sum, x)
		sum.Add(sum, p[i])
	}
	return sum
}

func (p ratPoly) remainder(r ratPoly) ratPoly {
	out := make(ratPoly, len(p))
	for i := range p {
		out[i] = new(big.Rat).Set(p[i])
	}
	out = out.trim()
	for len(out) >= len(r) {
		c := new(big.Rat).Quo(out[len(out)-1], r[len(r)-1])
		for i := range r {
			at := len(out) - len(r) + i
			out[at].Sub(out[at], new(big.Rat).Mul(c, r[i]))
		}
		out = out[:len(out)-1].trim()
	}
	return out
}

// sturm counts the distinct roots in (low, high], neither end a root unless high.
func (p ratPoly) sturm(low, high *big.Rat) int {
	if len(p) < 2 {
		return 0
	}
	derivative := make(ratPoly, len(p)-1)
	for i := range derivative {
		derivative[i] = new(big.Rat).Mul(p[i+1], big.NewRat(int64(i+1), 1))
	}
	chain := []ratPoly{p, derivative}
	for {
		r := chain[len(chain)-2].remainder(chain[len(chain)-1])
		if len(r) == 0 {
			break
		}
		for i := range r {
			r[i].Neg(r[i])
		}
		chain = append(chain, r)
	}
	changes := func(x *big.Rat) int {
		n, last := 0, 0
		for _, c := range chain {
			if s := c.at(x).Sign(); s != 0 {
				if s == -last {
					n++
				}
				last = s
			}
		}
		return n
	}
	return changes(low) - changes(high)
}

// next returns the first root beyond x in a direction, to 10^−9, by counting;
// ok is false if there is none up to ±10^6.
func (p ratPoly) next(x *big.Rat, direction int) (root *big.Rat, ok bool) {
	mirrored := make(ratPoly, len(p))
	for i := range p {
		mirrored[i] = new(big.Rat).Set(p[i])
		if direction < 0 && i%2 == 1 {
			mirrored[i].Neg(p[i])
		}
	}
	low := new(big.Rat).Mul(x, big.NewRat(int64(direction), 1))
	high := big.NewRat(1000000, 1)
	if mirrored.sturm(low, high) == 0 {
		return nil, false
	}
	for range 60 {
		m := new(big.Rat).Add(low, high)
		m.Quo(m, big.NewRat(2, 1))
		if mirrored.at(m).Sign() == 0 && mirrored.sturm(low, m) == 1 {
			low, high = m, m
			break
		}
		for mirrored.at(m).Sign() == 0 { // not a root
			m.Add(m, new(big.Rat).Quo(new(big.Rat).Sub(high, m), big.NewRat(3, 1)))
		}
		if mirrored.sturm(low, m) > 0 {
			high = m
		} else {
			low = m
		}
	}
	return high.Mul(high, big.NewRat(int64(direction), 1)), true
}

func (p ratPoly) expr(x *ode.Expr) *ode.Expr {
	var coefficients []*ode.Expr
	for _, c := range p {
		coefficients = append(coefficients, ode.Rational(c))
	}
	return ode.Horner(coefficients, x)
}

func randomPoly(rng *rand.Rand, factors int) ratPoly {
	p := ratPoly{big.NewRat(int64(1-2*rng.IntN(2))*int64(1+rng.IntN(3)), 1)}
	for range factors {
		f := ratPoly{big.NewRat(int64(rng.IntN(13)-6), int64(1+rng.IntN(3))), big.NewRat(1, 1)}
		if rng.IntN(3) == 0 { // x² + bx + c, with real roots or none
			f = ratPoly{big.NewRat(int64(rng.IntN(9)-4), 1), big.NewRat(int64(rng.IntN(5)-2), 1), big.NewRat(1, 1)}
		}
		p = p.times(f)
		if rng.IntN(4) == 0 {
			p = p.times(f)
		}
	}
	return p
}

// TestRandomScalarFlows holds random rational flows, with multiple roots and
// poles, against an independent decision.
func TestRandomScalarFlows(t *testing.T) {
	rng := rand.New(rand.NewPCG(20, 26))
	x := ode.State(0)
	tally := map[string]int{}
	for n := range flows(200) {
		numerator, denominator := randomPoly(rng, 1+rng.IntN(3)), ratPoly{big.NewRat(1, 1)}
		if rng.IntN(2) == 0 {
			denominator = randomPoly(rng, 1+rng.IntN(2))
		}
		start := big.NewRat(int64(rng.IntN(25)-12), int64(1+rng.IntN(4)))
		if denominator.at(start).Sign() == 0 {
			continue
		}
		problem := flowOf([]*ode.Expr{numerator.expr(x).Quo(denominator.expr(x))}, Point(start))
		name := fmt.Sprintf("%d: x' = %v from %v", n, problem.System.RightHandSide[0], start.RatString())
		decide := func(s Statement) *Decision {
			d, err := Decide(context.Background(), problem, s)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return d
		}
		direction := numerator.at(start).Sign() * denominator.at(start).Sign()
		var root *big.Rat
		want := "rests"
		if direction != 0 {
			zero, isZero := numerator.next(start, direction)
			pole, isPole := denominator.next(start, direction)
			first := func(a, b *big.Rat) bool { // a before b
				return new(big.Rat).Sub(b, a).Sign()*direction > 0
			}
			gap := new(big.Rat)
			if isZero && isPole {
				if gap.Sub(zero, pole).Abs(gap).Cmp(big.NewRat(1, 100000)) < 0 {
					continue // a common root: 0/0 there
				}
			}
			switch {
			case isZero && (!isPole || first(zero, pole)):
				want, root = "settles", zero
			case isPole:
				want = "breaks"
			case len(numerator)-len(denominator) <= 1:
				want = "escapes"
			default:
				want = "blows up"
			}
		} else {
			root = start
		}
		tally[want]++
		converges, up, down := decide(Converges(x)), decide(Infinite(x, 1)), decide(Infinite(x, -1))
		verdicts := [3]Verdict{Refuted, Refuted, Refuted}
		switch {
		case root != nil:
			verdicts[0] = Proved
		case want == "escapes" && direction > 0:
			verdicts[1] = Proved
		case want == "escapes":
			verdicts[2] = Proved
		}
		if got := [3]Verdict{converges.Verdict, up.Verdict, down.Verdict}; got != verdicts {
			t.Errorf("%s, which %s: %v, expected %v (%s)", name, want, got, verdicts, converges.Reason)
			continue
		}
		if root == nil {
			continue
		}
		near := new(big.Rat).Sub(root, ratOf(converges.Values[0].Ball.Mid()))
		if near.Abs(near).Cmp(big.NewRat(1, 1000000)) > 0 {
			t.Errorf("%s tends to %v, expected %s", name, converges.Values[0].Ball, root.FloatString(9))
		}
		off := new(big.Rat).Add(root, big.NewRat(1, 1000))
		if d := decide(Limit(x, ode.Rational(off))); d.Verdict != Refuted {
			t.Errorf("%s: the limit %s + 1/1000 is %v", name, root.FloatString(9), d.Verdict)
		}
		if direction == 0 {
			continue
		}
		// A little beyond the limit is never reached, a little before it is.
		side := new(big.Rat).Mul(big.NewRat(int64(direction), 100000), new(big.Rat).Abs(new(big.Rat).Sub(root, start)))
		beyond, before := new(big.Rat).Add(root, side), new(big.Rat).Sub(root, side)
		for _, c := range []struct {
			bound *big.Rat
			want  Verdict
		}{{beyond, Proved}, {before, Refuted}} {
			relation := Relation{x, Less, ode.Rational(c.bound)}
			if direction < 0 {
				relation.Comparison = Greater
			}
			if d := decide(Always(relation)); d.Verdict != c.want {
				t.Errorf("%s: %v %s is %v, expected %v: %s", name, relation.Comparison, c.bound.FloatString(9), d.Verdict, c.want, d.Reason)
			}
		}
	}
	t.Log(tally)
	for _, kind := range []string{"rests", "settles", "breaks", "escapes", "blows up"} {
		if *long.Tests && tally[kind] == 0 {
			t.Errorf("no flow %s", kind)
		}
	}
}

// TestRandomPlanarFlows: linear systems against trace and determinant, and
// gradient flows of convex quartics against Newton's method.
func TestRandomPlanarFlows(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	x, y := ode.State(0), ode.State(1)
	proved, undecided := 0, 0
	for n := range flows(60) {
		var a [2][2]int64
		for i := range a {
			for j := range a[i] {
				a[i][j] = int64(rng.IntN(9) - 5)
			}
		}
		u, v := int64(1+rng.IntN(5)), int64(rng.IntN(7)-3)
		rhs := []*ode.Expr{x.Scale(q(a[0][0], 1)).Add(y.Scale(q(a[0][1], 1))), x.Scale(q(a[1][0], 1)).Add(y.Scale(q(a[1][1], 1)))}
		problem := flowOf(rhs, point(u, 1), point(v, 1))
		stable := a[0][0]+a[1][1] < 0 && a[0][0]*a[1][1]-a[0][1]*a[1][0] > 0
		if a[0][1] == 0 {
			stable = a[0][0] <= 0
		}
		// A start on an eigenvector is a matter of one eigenvalue.
		p, r := a[0][0]*u+a[0][1]*v, a[1][0]*u+a[1][1]*v
		if !stable && p*v == r*u {
			continue
		}
		d, err := Decide(context.Background(), problem, Converges(x))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case d.Verdict == Proved && !stable:
			t.Errorf("%d: %v from (%d, %d) is proved to converge: %s", n, a, u, v, d.Reason)
		case d.Verdict != Proved && stable:
			t.Errorf("%d: %v from (%d, %d) converges, %v: %s", n, a, u, v, d.Verdict, d.Reason)
		case d.Verdict == Proved:
			proved++
		default:
			undecided++
		}
		if stable && a[0][1] != 0 {
			if d, _ := Decide(context.Background(), problem, Limit(x, num(1, 100))); d.Verdict != Refuted {
				t.Errorf("%d: the limit 1/100 is %v", n, d.Verdict)
			}
			if d, _ := Decide(context.Background(), problem, Limit(x, num(0, 1))); d.Verdict != Proved {
				t.Errorf("%d: the limit 0 is %v: %s", n, d.Verdict, d.Reason)
			}
		}
	}
	t.Log(proved, undecided)
	for n := range flows(40) {
		// ½(d₀x² + d₁y²) + ¼(ax + by)⁴ − cx − ey
		d0, d1 := int64(1+rng.IntN(3)), int64(1+rng.IntN(3))
		a, b, c, e := int64(rng.IntN(5)-2), int64(rng.IntN(5)-2), int64(rng.IntN(5)-2), int64(rng.IntN(5)-2)
		cube := x.Scale(q(a, 1)).Add(y.Scale(q(b, 1))).Power(3)
		rhs := []*ode.Expr{
			num(c, 1).Sub(x.Scale(q(d0, 1))).Sub(cube.Scale(q(a, 1))),
			num(e, 1).Sub(y.Scale(q(d1, 1))).Sub(cube.Scale(q(b, 1))),
		}
		start := []Start{between4(int64(rng.IntN(3)-1), 1, 1, 1), point(int64(rng.IntN(5)-2), 1)}
		d, err := Decide(context.Background(), flowOf(rhs, start...), Converges(x.Add(y)))
		if err != nil {
			t.Fatal(err)
		}
		if d.Verdict != Proved {
			t.Errorf("gradient flow %d, %v: %v: %s", n, rhs, d.Verdict, d.Reason)
			continue
		}
		// Gradient descent in float64.
		p, r := 0.0, 0.0
		for range 20000 {
			s := math.Pow(float64(a)*p+float64(b)*r, 3)
			p, r = p+0.003*(float64(c)-float64(d0)*p-float64(a)*s), r+0.003*(float64(e)-float64(d1)*r-float64(b)*s)
		}
		if got, _ := d.Values[0].Ball.Mid().Float64(); math.Abs(got-p-r) > 1e-6 {
			t.Errorf("gradient flow %d tends to %g, descent to %g", n, got, p+r)
		}
	}
}
