package alltime

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/sym"
	"muflow/ode"
)

// limit decides x → v for solutions that contract.
func (t *tail) limit(ctx context.Context, statement Statement) *Decision {
	f := t.flow
	at := t.flow.graded(statement.X).over(t.limits())
	target := t.flow.graded(statement.Value).over(f.box())
	switch {
	case at.undefined || !at.bounded() || target.undefined:
		return undecided("%s, where %s or its value is not shown to be defined", t.describe(), f.brief(statement.X))
	case at.disjoint(target):
		return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("%s, where %s is %s and not %s", t.describe(), f.brief(statement.X), at, target), Values: t.values(at)}
	case t.isZeroAtLimit(statement.X.Sub(statement.Value)):
		return &Decision{Verdict: Proved, Reason: t.describe(), Values: t.values(at.intersect(target))}
	}
	if d := f.refuteLimit(ctx, statement); d != nil {
		return d
	}
	return undecided("%s, where %s is %s; that this is exactly the limit stated is not shown", t.describe(), f.brief(statement.X), at)
}

// isZeroAtLimit proves that g is 0 at the equilibria, exactly: for all
// parameters, in one of three ways.
//
//	g = Σ_i c_i·f_i for the right-hand sides f_i, from how g is written
//	f_i = q·g with q ≠ 0 where the equilibria are, for some i
//	g(z) = 0 at a rational z with f(z) = 0 in the ball, which is the equilibrium
func (t *tail) isZeroAtLimit(g *ode.Expr) bool {
	f := t.flow
	// The right-hand sides are 0 there.
	at := g.Rewrite(func(x *ode.Expr) *ode.Expr {
		for _, i := range t.moving {
			if x == f.rhs[i] {
				return ode.Integer(0)
			}
		}
		return nil
	}, map[*ode.Expr]*ode.Expr{})
	if isZero(at) {
		return true
	}
	for _, i := range t.moving {
		if divides(g, f.rhs[i], t.limits()) {
			return true
		}
	}
	z := t.rationalEquilibrium()
	return z != nil && isZero(g.Substitute(z))
}

// divides proves f = q·g with q ≠ 0 in a box, so that g vanishes where f does:
// by dividing numerators, with roots as roots or as variables of their own, and
// without logarithms in g.
func divides(g, f *ode.Expr, box []interval) bool {
	h := withoutLogs(g)
	return dividesAsWritten(g, f, box) || h != nil && dividesAsWritten(h, f, box)
}

func dividesAsWritten(g, f *ode.Expr, box []interval) bool {
	for _, free := range []bool{false, true} {
		forms := newForms()
		forms.free = free
		divisor, err := forms.of(g)
		dividend, other := forms.of(f)
		if err != nil || other != nil || dividend.num.IsZero() || divisor.num.IsZero() {
			return false
		}
		clear := func(p sym.Multivariate) bool {
			v := newGraded(forms.polynomial(p)).over(box)
			return !v.undefined && !v.hasZero()
		}
		for _, name := range divisor.num.Variables() {
			factor, quotient, remainder := sym.Divide(dividend.num, divisor.num, name)
			if remainder.IsZero() && clear(quotient) && clear(factor.Mul(divisor.den)) && clear(dividend.den) {
				return true
			}
		}
	}
	return false
}

// rationalEquilibrium returns the equilibrium where it is a vector of short
// rational numbers, nil elsewhere.
func (t *tail) rationalEquilibrium() []*ode.Expr {
	f := t.flow
	values := make([]*ode.Expr, len(f.rhs))
	box := f.box()
	for k, i := range t.moving {
		z := shortest(t.center[k].low)
		if z == nil {
			return nil
		}
		values[i] = ode.Rational(z)
		box[i] = between(z, z)
	}
	if norm(t.away(box)).Cmp(t.contraction.radius) > 0 {
		return nil
	}
	for _, i := range t.moving {
		if !isZero(f.rhs[i].Substitute(values)) {
			return nil
		}
	}
	return values
}

// shortest returns a rational number with a denominator of at most 10^5 that is
// within 10^−18 of x, relative to max(1, |x|), by its continued fraction.
func shortest(x *big.Float) *big.Rat {
	exact := ratOf(x)
	scale := new(big.Rat).Abs(exact)
	if scale.Cmp(big.NewRat(1, 1)) < 0 {
		scale.SetInt64(1)
	}
	tolerance := new(big.Rat).Mul(scale, new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil)))
	rest := new(big.Rat).Set(exact)
	p0, q0, p1, q1 := big.NewInt(0), big.NewInt(1), big.NewInt(1), big.NewInt(0)
	for range 40 {
		a := new(big.Int).Div(rest.Num(), rest.Denom())
		p0, p1 = p1, new(big.Int).Add(new(big.Int).Mul(a, p1), p0)
		q0, q1 = q1, new(big.Int).Add(new(big.Int).Mul(a, q1), q0)
		if q1.Cmp(big.NewInt(100000)) > 0 {
			return nil
		}
		z := new(big.Rat).SetFrac(p1, q1)
		if gap := new(big.Rat).Sub(z, exact); gap.Abs(gap).Cmp(tolerance) <= 0 {
			return z
		}
		rest.Sub(rest, new(big.Rat).SetInt(a))
		if rest.Sign() == 0 {
			return nil
		}
		rest.Inv(rest)
	}
	return nil
}

// monotone decides whether x increases.
//
// Where x' ≥ 0 and x' > 0 at the start, x increases strictly: solutions are
// analytic, so that x' vanishes at isolated times only.
func (t *tail) monotone(ctx context.Context, x *ode.Expr) *Decision {
	f := t.flow
	slope := f.derivative(x)
	reason, ok := t.claim(ctx, slope, isPositive)
	if !ok && f.analytic(x) && f.barrier(f.start).startHolds(slope, isPositive) {
		reason, ok = t.claim(ctx, slope, isNonNegative)
	}
	if !ok {
		return undecided("%s; the sign of the derivative %s: %s", t.describe(), f.brief(slope), reason)
	}
	return &Decision{Verdict: Proved, Reason: t.describe() + "; the derivative is positive " + reason, Values: t.values(number(t.radius))[1:]}
}

// monotoneEverywhere proves that the derivative has a sign along every solution,
// without following one.
func (f *flow) monotoneEverywhere(statement Statement) *Decision {
	if !f.linearGrowth() {
		return nil
	}
	slope := f.derivative(statement.X)
	if statement.Kind == KindDecreases {
		slope = slope.Neg()
	}
	reason := "by intervals"
	ok, _ := f.graded(slope).shown(isPositive, f.box(), barrierCells)
	if !ok {
		b := f.barrier(f.box())
		if reason, ok = b.proves(slope, isPositive); !ok && f.analytic(statement.X) && b.startHolds(slope, isPositive) {
			reason, ok = b.proves(slope, isNonNegative)
		}
	}
	if !ok {
		return nil
	}
	return &Decision{Verdict: Proved, Reason: "the right-hand side grows at most linearly, so that solutions exist at all times; the derivative is positive: " + reason}
}

// refuteMonotone looks for a time at which x moves the other way.
func (f *flow) refuteMonotone(ctx context.Context, statement Statement) *Decision {
	slope := f.derivative(statement.X)
	if statement.Kind == KindDecreases {
		slope = slope.Neg()
	}
	d := f.refuteAlways(ctx, Always(Relation{slope, GreaterEqual, ode.Integer(0)}))
	if d != nil {
		d.Reason = "the derivative along the flow: " + d.Reason
	}
	return d
}

// analytic reports whether an expression and the flow are analytic where they
// are defined.
func (f *flow) analytic(x *ode.Expr) bool {
	found := false
	for _, y := range append([]*ode.Expr{x}, f.rhs...) {
		y.Rewrite(func(z *ode.Expr) *ode.Expr {
			found = found || z.Operation() == ode.OpAbs
			return nil
		}, map[*ode.Expr]*ode.Expr{})
	}
	return !found
}
