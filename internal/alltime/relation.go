package alltime

import (
	"fmt"
	"math/big"

	"muflow/internal/sym"

	"muflow/ode"
)

// limit decides x → v.
func (s *scalar) limit(x, v *ode.Expr) *Decision {
	d, ok := s.exists()
	if d != nil {
		return d
	}
	target := s.flow.graded(v).over(s.flow.box())
	if target.undefined {
		return undecided("the value %s is not shown to be defined", s.flow.brief(v))
	}
	open := ""
	var values []Value
	for i := range s.pieces {
		p := &s.pieces[i]
		switch p.fate {
		case unknown, breaks, blowsUp:
			continue
		case escapes:
			far, end, _ := s.farAway(x, p)
			if far != 0 && s.certain(p) {
				return &Decision{Verdict: Refuted, Reason: s.describe(p) + ", and " + s.flow.brief(x) + " with it"}
			}
			if end != nil {
				at := s.flow.graded(end).over(s.flow.box())
				if at.disjoint(target) && s.certain(p) {
					return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("%s, where %s tends to %s and not to %s", s.describe(p), s.flow.brief(x), at, target), Values: []Value{{"limit", at.ball(bits)}}}
				}
				if !at.undefined && isZero(end.Sub(v)) {
					values = append(values, Value{"limit", at.intersect(target).ball(bits)})
					continue
				}
			}
			open = fmt.Sprintf("%s, and the limit of %s is not known", s.describe(p), s.flow.brief(x))
			continue
		}
		at := s.limitOf(x, p)
		if !at.undefined && at.bounded() && at.disjoint(target) && s.certain(p) {
			return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("%s, where %s is %s and not %s", s.describe(p), s.flow.brief(x), at, target), Values: []Value{{"limit", at.ball(bits)}}}
		}
		if at.undefined || !s.limitIs(x, v, p) {
			open = fmt.Sprintf("%s, where %s is %s; that this is the limit stated is not shown", s.describe(p), s.flow.brief(x), at)
			continue
		}
		values = append(values, Value{"limit", at.intersect(target).ball(bits)})
	}
	switch {
	case !ok:
		return s.undecidedPiece()
	case open != "":
		return undecided("%s", open)
	}
	return &Decision{Verdict: Proved, Reason: s.chain(), Values: values}
}

// limitIs proves that x has the value v at the limit of a piece: exactly at a
// rational point or at the start, and otherwise as an equation for the moving
// unknown y,
//
//	x = a·y + b,  f((v − b)/a) = 0  ⇒  y = (v − b)/a is the equilibrium,
//
// where it lies in an interval with one equilibrium; or as f = q·(x − v).
func (s *scalar) limitIs(x, v *ode.Expr, p *piece) bool {
	put := func(value *ode.Expr) *ode.Expr {
		values := make([]*ode.Expr, s.at+1)
		values[s.at] = value
		return x.Sub(v).Substitute(values)
	}
	switch {
	case p.fate == rests && p.point == nil:
		return isZero(s.flow.atStart(x.Sub(v)))
	case p.point == nil:
		return false
	case p.point.root != nil && p.point.root.Exact():
		return isZero(put(ode.Rational(p.point.root.Low)))
	}
	box := s.flow.box()
	box[s.at] = p.limit
	if divides(x.Sub(v), s.flow.rhs[s.at], box) {
		return true
	}
	if y := s.solved(p); y != nil && isZero(put(y)) {
		return true
	}
	slope := x.Derivative(s.at)
	forms := s.flow.forms()
	form, err := forms.of(slope)
	if err != nil || form.num.IsZero() {
		return err == nil && isZero(put(ode.Integer(0))) // x is constant
	}
	for _, i := range unknownsOf(forms.expr(form)) {
		if i == s.at {
			return false
		}
	}
	values := make([]*ode.Expr, s.at+1)
	values[s.at] = ode.Integer(0)
	y := v.Sub(x.Substitute(values)).Quo(forms.expr(form))
	values[s.at] = y
	if !isZero(s.flow.rhs[s.at].Substitute(values)) {
		return false
	}
	at := s.flow.graded(y).over(s.flow.box())
	return !at.undefined && p.point.within.contains(at)
}

// monotone decides whether x increases (direction 1) or decreases.
//
//	x(y(t))' = x'(y)·y' > 0, except at isolated points, as solutions are analytic
func (s *scalar) monotone(x *ode.Expr, direction int) *Decision {
	d, ok := s.exists()
	if d != nil {
		return d
	}
	slope := x.Derivative(s.at)
	if _, moves := s.exactRational(slope); isZero(slope) && moves {
		return &Decision{Verdict: Refuted, Reason: s.flow.brief(x) + " is constant"}
	}
	open := ""
	for i := range s.pieces {
		p := &s.pieces[i]
		if p.fate == rests {
			if s.certain(p) {
				return &Decision{Verdict: Refuted, Reason: s.describe(p)}
			}
			open = s.describe(p)
			continue
		}
		if p.sign == 0 {
			ok = false
			continue
		}
		up, down := slope, slope.Neg()
		if p.sign*direction < 0 {
			up, down = down, up
		}
		if shown, _, _ := s.relation(p, up, isPositive); shown {
			continue
		}
		if shown, _, _ := s.relation(p, up, isNonNegative); shown && !isZero(slope) && s.oneSign(p, up) {
			continue
		}
		if shown, _, _ := s.relation(p, down, isPositive); shown && s.certain(p) {
			return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("%s, which moves %s the other way", s.describe(p), s.flow.brief(x))}
		}
		open = fmt.Sprintf("%s, and the sign of the derivative %s there is not shown", s.describe(p), s.flow.brief(slope))
	}
	switch {
	case !ok:
		return s.undecidedPiece()
	case open != "":
		return undecided("%s", open)
	}
	return &Decision{Verdict: Proved, Reason: s.chain()}
}

// oneSign reports whether a slope ≥ 0 vanishes at isolated points only, for
// each parameter: it is an exact polynomial in the moving unknown that is not 0.
func (s *scalar) oneSign(p *piece, slope *ode.Expr) bool {
	g, ok := s.exactRational(slope)
	return ok && len(g.num) > 0
}

// A ratio is a quotient of polynomials in the moving unknown.
type ratio struct{ num, den sym.Univariate }

// exactRational reads an expression as a quotient of polynomials in the moving
// unknown alone.
func (s *scalar) exactRational(x *ode.Expr) (ratio, bool) {
	forms := s.flow.forms()
	forms.raw = true
	form, err := forms.of(x)
	if err != nil {
		return ratio{}, false
	}
	num, ok := sym.UnivariateOf(form.num, stateName(s.at))
	den, also := sym.UnivariateOf(form.den, stateName(s.at))
	return ratio{num, den}, ok && also && len(den) > 0
}

// relation proves g > 0 or g ≥ 0 for the solutions of a piece. It reports
// broken where the opposite is proved for one of them.
func (s *scalar) relation(p *piece, g *ode.Expr, want sign) (shown, broken bool, reason string) {
	g = s.withoutAbs(p, g)
	if p.fate == rests && (p.point == nil || p.point.root != nil && p.point.root.Exact()) {
		values := make([]*ode.Expr, len(s.flow.rhs))
		values[s.at] = s.flow.value[s.at]
		if p.point != nil {
			values[s.at] = ode.Rational(p.point.root.Low)
		} else if s.flow.value[s.at] == nil {
			values[s.at] = ode.Rational(s.flow.low[s.at])
		}
		g = g.Substitute(values)
	}
	if ratio, ok := s.exactRational(g); ok && s.exactly(p) {
		shown = s.exactSign(p, ratio, want)
		return shown, !shown && s.certain(p), "by exact signs of polynomials"
	}
	box := s.flow.box()
	box[s.at] = p.values
	if ok, _ := s.flow.graded(g).shown(want, box, s.flow.effort.Cells/20); ok {
		return true, false, "by intervals"
	}
	if s.towardsZero(p, g) {
		return true, false, "as it decreases to 0 at the equilibrium"
	}
	flow := *s.flow
	flow.start = append([]interval(nil), flow.start...)
	flow.start[s.at] = p.from
	b := flow.barrier(box)
	if s.exactly(p) {
		b.decides = func(q sym.Multivariate, want sign) (holds, ok bool) {
			num, ok := sym.UnivariateOf(q, stateName(s.at))
			return ok && s.exactSign(p, ratio{num, sym.Univariate{big.NewInt(1)}}, want), ok
		}
	}
	b.vanishes = func(g *ode.Expr) bool { return !s.flow.hasClock(g) && s.towardsZero(p, g) }
	for _, x := range s.known {
		b.help(x, false)
	}
	if p.sign != 0 {
		y, way := ode.State(s.at), flow.rhs[s.at]
		start := flow.atStart(y)
		moved := y.Sub(start)
		if p.sign < 0 {
			way, moved = way.Neg(), moved.Neg()
		}
		b.help(way, true)
		if start.Operation() != ode.OpState || start.Index() != s.at {
			b.help(moved, false)
		}
	}
	if reason, ok := b.proves(g, want); ok {
		return true, false, reason
	}
	if (p.fate == settles || p.fate == rests) && !s.flow.hasClock(g) {
		broken = s.limitOf(g, p).negative() && s.certain(p)
	}
	return false, broken, "in the limit"
}

// exactly reports whether the ends of the values of a piece are known exactly.
func (s *scalar) exactly(p *piece) bool {
	if len(s.flow.of(constant)) > 0 || s.flow.low[s.at] == nil {
		return false
	}
	for i := range s.line.points {
		if s.line.points[i].root == nil {
			return false
		}
	}
	return p.sign != 0 && p.fate != unknown || p.fate == rests
}

// towardsZero proves g > 0 on the values of a piece, for a g without t that
// vanishes at the limit: near the limit it decreases along the solutions, and
// elsewhere it is positive by intervals.
func (s *scalar) towardsZero(p *piece, g *ode.Expr) bool {
	if p.fate != settles || !s.limitIs(g, ode.Integer(0), p) {
		return false
	}
	if s.flow.hasClock(g) {
		return false
	}
	slope := g.Derivative(s.at)
	if p.sign > 0 {
		slope = slope.Neg()
	}
	value, decreases := s.flow.graded(g), s.flow.graded(slope)
	box := s.flow.box()
	near, far := p.values, p.values
	for range 24 {
		if box[s.at] = near.hull(p.limit); decreases.over(box).positive() {
			if near == p.values {
				return true
			}
			box[s.at] = far
			ok, _ := value.shown(isPositive, box, barrierCells)
			return ok
		}
		if !near.bounded() {
			return false
		}
		a, b := near.halves()
		if p.sign > 0 {
			far.high, far.openHigh, near = a.high, false, b
		} else {
			far.low, far.openLow, near = b.low, false, a
		}
	}
	return false
}
