package alltime

import (
	"fmt"
	"math/big"

	"muflow/internal/sym"
	"muflow/ode"
)

// A level is a quantity Q that is defined and analytic on the whole space, whose
// derivative along the flow vanishes identically: every solution stays where
// Q = Q(0).
type level struct {
	of    *ode.Expr
	value interval  // of Q(0), over all starts and parameters
	exact *ode.Expr // Q(0) in constants, nil where a start is an interval
}

// levels returns those of the known conserved quantities for which that is seen.
func (f *flow) levels() []level {
	var out []level
	for _, x := range f.given {
		if f.isKept(x) {
			l := level{of: x, value: f.graded(x).over(f.start), exact: f.atStart(x)}
			for _, i := range unknownsOf(l.exact) {
				if f.kinds[i] != constant {
					l.exact = nil
					break
				}
			}
			if !l.value.undefined {
				out = append(out, l)
			}
		}
	}
	return out
}

// isKept proves that a quantity is one.
func (f *flow) isKept(x *ode.Expr) bool {
	still := func(i int) bool { return f.kinds[i] == constant }
	return KeepsValue(x, still) && !f.function(x).over(f.box())[0].undefined && isZero(f.derivative(x))
}

// confined narrows the whole space to a box that no solution leaves, by each
// level of the form
//
//	Q = ±(a·x^{2m} + R), a > 0, R without x:  a·x^{2m} ≤ sup ±Q(0) − inf R,
//
// and says by which. It is bounded where all moving unknowns are, and the
// right-hand side is defined in it: then solutions exist at all times.
func (f *flow) confined() (box []interval, reason string, bounded bool) {
	box = f.box()
	for range 2 {
		for _, l := range f.levels() {
			forms := f.forms()
			form, err := forms.of(l.of)
			if err != nil {
				continue
			}
			scale, ok := form.den.Rational()
			if !ok {
				continue
			}
			for _, i := range f.of(dynamic) {
				if bound, ok := f.radius(forms, form.num.Mul(sym.Constant(scale.Inv(new(big.Rat).Set(scale)))), i, l.value, box); ok {
					if box[i] == everything() || !box[i].bounded() || bound.width().Cmp(box[i].width()) < 0 {
						box[i] = box[i].intersect(bound)
						reason = fmt.Sprintf("on the level of %s", f.brief(l.of))
					}
				}
			}
		}
	}
	bounded = true
	for _, i := range f.of(dynamic) {
		bounded = bounded && box[i].bounded()
	}
	for _, i := range f.of(dynamic) {
		bounded = bounded && !f.function(f.rhs[i]).over(box)[0].undefined
	}
	return box, reason, bounded
}

// radius bounds one unknown on the level q = value.
func (f *flow) radius(forms *forms, q sym.Multivariate, i int, value interval, box []interval) (interval, bool) {
	name := stateName(i)
	c := q.Coefficients(name)
	n := len(c) - 1
	if n < 2 || n%2 == 1 {
		return interval{}, false
	}
	for k := 1; k < n; k++ {
		if !c[k].IsZero() {
			return interval{}, false
		}
	}
	for _, v := range q.Variables() {
		for _, k := range unknownsOf(forms.atoms[v]) {
			if k == i && v != name {
				return interval{}, false
			}
		}
	}
	a, ok := c[n].Rational()
	if !ok || a.Sign() == 0 {
		return interval{}, false
	}
	rest := f.graded(forms.polynomial(c[0])).over(box)
	power := value.sub(rest).mul(between(a, a).inverse()) // holds x^n
	if power.undefined || power.high.IsInf() || power.high.Sign() < 0 {
		return interval{}, false
	}
	// x ≤ r where r^n ≥ sup x^n.
	r := new(big.Float).SetPrec(bits).SetMode(big.ToPositiveInf)
	if at := power.high.MantExp(nil); power.high.Sign() > 0 {
		r.SetMantExp(big.NewFloat(1), at/n+2)
	}
	low := new(big.Float).SetPrec(bits)
	for range 60 { // r^n stays at least that
		m := new(big.Float).SetPrec(bits).Add(low, r)
		m.Quo(m, big.NewFloat(2))
		if number(m).power(n).low.Cmp(power.high) >= 0 {
			r = m
		} else {
			low = m
		}
	}
	if number(r).power(n).low.Cmp(power.high) < 0 {
		return interval{}, false
	}
	return interval{low: lower().Neg(r), high: upper().Set(r)}, true
}

// onLevels proves a claim on a box that is never left, with multiples of
// Q − Q(0), which is 0, added:
//
//	g + λ·(Q − Q(0)) > 0 on the box  ⇒  g > 0 along the solutions.
func (f *flow) onLevels(g *ode.Expr, want sign, box []interval) bool {
	if f.function(g).over(box)[0].undefined {
		return false
	}
	for _, l := range f.levels() {
		if l.exact == nil {
			continue
		}
		gap := l.of.Sub(l.exact)
		for _, factor := range [][2]int64{{1, 1}, {-1, 1}, {1, 2}, {-1, 2}, {2, 1}, {-2, 1}} {
			sum := g.Add(gap.Scale(big.NewRat(factor[0], factor[1])))
			b := f.barrier(box)
			form, err := b.forms.of(sum)
			if err != nil {
				continue
			}
			if positive, known := b.sign(form.den); known {
				if !positive {
					form.num = form.num.Neg()
				}
				if b.claim(form.num, want, 2) {
					return true
				}
			}
		}
	}
	return false
}
