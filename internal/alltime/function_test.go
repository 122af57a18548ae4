package alltime

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/ode"
)

// exactlyAt evaluates an expression at a rational point by rational arithmetic, ok
// is false where it has no value.
func exactlyAt(x *ode.Expr, point []*big.Rat) (v *big.Rat, ok bool) {
	var a []*big.Rat
	for _, y := range x.Operands() {
		w, ok := exactlyAt(y, point)
		if !ok {
			return nil, false
		}
		a = append(a, w)
	}
	v = new(big.Rat)
	switch x.Operation() {
	case ode.OpRational:
		return x.Value(), true
	case ode.OpState:
		return point[x.Index()], true
	case ode.OpAdd:
		return v.Add(a[0], a[1]), true
	case ode.OpSub:
		return v.Sub(a[0], a[1]), true
	case ode.OpMul:
		return v.Mul(a[0], a[1]), true
	case ode.OpQuo:
		if a[1].Sign() == 0 {
			return nil, false
		}
		return v.Quo(a[0], a[1]), true
	case ode.OpNeg:
		return v.Neg(a[0]), true
	case ode.OpAbs:
		return v.Abs(a[0]), true
	}
	v.SetInt64(1) // a power
	for range x.Index() {
		v.Mul(v, a[0])
	}
	return v, true
}

// TestFunctionsHoldValues: random expressions with shared parts, at points and
// over boxes, against rational arithmetic.
func TestFunctionsHoldValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	small := func() *big.Rat { return q(int64(rng.IntN(9)-4), int64(rng.IntN(3)+1)) }
	checks := 0
	for range 3000 {
		pool := []*ode.Expr{ode.Integer(1), ode.State(0), ode.State(1), ode.Rational(small())}
		rng.Shuffle(len(pool), func(i, k int) { pool[i], pool[k] = pool[k], pool[i] })
		for range 8 {
			a, b := pool[rng.IntN(len(pool))], pool[rng.IntN(len(pool))]
			pool = append(pool, []*ode.Expr{a.Add(b), a.Sub(b), a.Mul(b), a.Quo(b), a.Neg(), a.Abs(), a.Power(2), a.Power(3)}[rng.IntN(8)])
		}
		x := pool[len(pool)-1].Add(pool[len(pool)-2])
		point, single, box := make([]*big.Rat, 2), make([]interval, 2), make([]interval, 2)
		for i := range point {
			point[i] = small()
			single[i] = between(point[i], point[i])
			below := new(big.Rat).Sub(point[i], new(big.Rat).Abs(small()))
			box[i] = between(below, new(big.Rat).Add(point[i], new(big.Rat).Abs(small())))
		}
		want, ok := exactlyAt(x, point)
		for _, over := range [][]interval{single, box} {
			for _, v := range []interval{newFunction(x).over(over)[0], newGraded(x).over(over)} {
				switch {
				case v.undefined:
				case !ok:
					t.Fatalf("%v at %v has no value, and is in %v", x, point, v)
				case v.disjoint(between(want, want)):
					t.Fatalf("%v at %v is %v, not in %v", x, point, want, v)
				default:
					checks++
				}
			}
		}
	}
	if checks < 5000 {
		t.Errorf("%d checks", checks)
	}
}
