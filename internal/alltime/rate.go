package alltime

import (
	"context"
	"fmt"
	"math/big"

	"muflow/ode"
)

// bound proves a claim about a g that contains t, on the tail by comparison
// with the rate of the contraction: with the equilibrium z and h the gradient
// of g in the coordinates W·x,
//
//	g(t, x) ≥ g(t, z) − M·r·e^{−λ(t − T)},  M ≥ ‖h‖, r ≥ ‖W(x(T) − z)‖,
//
// or with ½M_2·r²·e^{−2λ(t − T)} where h vanishes at z and M_2 bounds the
// second derivatives. What is left depends on t alone and is a claim of its own.
func (t *tail) bound(ctx context.Context, g *ode.Expr, want sign) (reason string, ok bool) {
	at := -1
	for _, i := range unknownsOf(g) {
		if t.flow.kinds[i] == clock {
			at = i
		}
	}
	z := t.rationalEquilibrium()
	if at < 0 || z == nil {
		return "", false
	}
	trial := *t
	for range 6 {
		if trial.outlasts(g, want, at, z) {
			if trial.pipe != nil {
				if shown, _ := trial.pipe.shows(ctx, g, want); !shown {
					return "", false
				}
			}
			*t = trial
			return fmt.Sprintf("from t = %s on by comparison with the rate %s", t.time.FloatString(2), short(t.rate)), true
		}
		if !trial.extended(ctx, 16) {
			return "", false
		}
	}
	return "", false
}

// outlasts proves the claim for t ≥ T.
func (t *tail) outlasts(g *ode.Expr, want sign, at int, z []*ode.Expr) bool {
	f := t.flow
	box := t.onTail()
	quadratic := true
	var gradient []*ode.Expr
	for _, i := range t.moving {
		slope := g.Derivative(i)
		gradient = append(gradient, slope)
		quadratic = quadratic && isZero(slope.Substitute(z))
	}
	distance := number(t.radius).add(number(t.least()))
	var size interval
	if quadratic {
		n := len(t.moving)
		h := make(matrix, n)
		for i := range h {
			for _, k := range t.moving {
				h[i] = append(h[i], t.flow.function(gradient[i].Derivative(k)).over(box)[0])
			}
		}
		var all []interval
		for _, row := range t.v.transposed().mul(h).mul(t.v) {
			all = append(all, row...)
		}
		size = number(norm(all)).mul(distance.power(2)).mul(between(big.NewRat(1, 2), big.NewRat(1, 2)))
	} else {
		row := make(matrix, 1)
		for _, slope := range gradient {
			row[0] = append(row[0], t.flow.function(slope).over(box)[0])
		}
		size = number(norm(row.mul(t.v)[0])).mul(distance)
	}
	if size.undefined || !size.bounded() {
		return false
	}
	// λ rounded down to a short number.
	rate := ratOf(new(big.Float).SetPrec(24).SetMode(big.ToNegativeInf).Set(t.rate))
	if quadratic {
		rate.Mul(rate, big.NewRat(2, 1))
	}
	most := ratOf(new(big.Float).SetPrec(48).SetMode(big.ToPositiveInf).Set(size.high))
	values := append([]*ode.Expr(nil), z...)
	values[at] = ode.State(at).Add(ode.Rational(t.time))
	left := g.Substitute(values).Sub(ode.State(at).Scale(rate).Neg().Exp().Scale(most))
	_, ok := f.barrier(f.box()).proves(left, want)
	return ok
}
