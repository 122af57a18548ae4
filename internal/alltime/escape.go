package alltime

import (
	"fmt"
	"maps"
	"math/big"
	"slices"

	"muflow/internal/sym"
	"muflow/ode"
)

// region returns a box that no solution leaves: one on the levels of conserved
// quantities, bounded by starts beyond which unknowns move away from them,
//
//	x_j ≥ min x_j(0) (or ≤ max) for some j, where x_j' ≥ 0 (≤ 0) on that face,
//
// by the lemma of trap. exists reports whether the right-hand side is defined and
// has bounded values in it, or is otherwise seen to grow at most linearly, so
// that the solutions exist at all times.
func (f *flow) region() (box []interval, chain string, exists bool) {
	f.effort.work.begins("looking for a box that is never left")
	box, chain, exists = f.confined()
	if !f.alone(box) {
		return box, chain, false
	}
	moving := f.of(dynamic)
	var claims []claim
	for _, j := range moving {
		rate := f.graded(f.rhs[j]).over(f.start)
		for _, way := range []struct {
			points bool
			end    *big.Float
			sign   int64
		}{{rate.nonNegative(), f.start[j].low, 1}, {rate.nonPositive(), f.start[j].high, -1}} {
			if way.points && !way.end.IsInf() {
				claims = append(claims, claim{ode.State(j).Sub(ode.Rational(ratOf(way.end))).Scale(big.NewRat(way.sign, 1)), isNonNegative})
			}
		}
	}
	for len(claims) > 0 {
		s := &trap{flow: f, claims: claims, box: append([]interval(nil), box...)}
		for _, c := range claims {
			s.corners = append(s.corners, s.bounds(c))
		}
		for i, x := range s.box {
			s.box[i].openLow, s.box[i].openHigh = x.low.IsInf(), x.high.IsInf()
		}
		var kept []claim
		for n, c := range claims {
			if s.corners[n].unknown >= 0 && s.face(n) == nil {
				kept = append(kept, c)
			}
		}
		if len(kept) == len(claims) {
			for i := range moving {
				box[moving[i]] = box[moving[i]].intersect(s.box[moving[i]])
			}
			break
		}
		claims = kept
	}
	if !exists {
		exists = f.linearGrowth() || f.boundedRates(box)
	}
	return box, chain, exists
}

// boundedRates reports whether the right-hand side is defined in a box and grows
// at most linearly there: each of its terms is bounded, or an unknown times what is.
func (f *flow) boundedRates(box []interval) bool {
	bounded := func(x *ode.Expr) bool {
		return f.function(x).over(box)[0].bounded() || isShare(x, box)
	}
	for _, i := range f.of(dynamic) {
		if f.function(f.rhs[i]).over(box)[0].undefined {
			return false
		}
		for _, term := range terms(f.rhs[i], big.NewRat(1, 1)) {
			linear := func(j int) bool {
				forms := f.forms()
				form, err := forms.of(term.of)
				if err != nil {
					return false
				}
				rest, ok := form.num.QuoExact(sym.Variable(stateName(j)))
				return ok && bounded(forms.expr(struct{ num, den sym.Multivariate }{rest, form.den}))
			}
			if !bounded(term.of) && !slices.ContainsFunc(f.of(dynamic), linear) {
				return false
			}
		}
	}
	return true
}

// isShare reports whether an expression is seen to be a bounded quotient, as a
// softmax is: the monomials below are ≥ 0 and sum up to more than 0, and those
// above are among them,
//
//	|Σ c_k·m_k / Σ d_k·m_k| ≤ max |c_k/d_k|,  m_k ≥ 0, all d_k of one sign.
func isShare(x *ode.Expr, box []interval) bool {
	forms := newForms()
	form, err := forms.of(x)
	if err != nil || newFunction(forms.polynomial(form.den)).over(box)[0].hasZero() {
		return false
	}
	key := func(monomial []sym.Power) string { return fmt.Sprint(monomial) }
	below, sign, ok := map[string]bool{}, 0, true
	form.den.Terms(func(c *big.Rat, monomial []sym.Power) {
		below[key(monomial)] = true
		if sign == 0 {
			sign = c.Sign()
		}
		ok = ok && c.Sign() == sign
		for _, p := range monomial {
			ok = ok && (p.Exponent%2 == 0 || newFunction(forms.atoms[p.Variable]).over(box)[0].nonNegative())
		}
	})
	form.num.Terms(func(_ *big.Rat, monomial []sym.Power) { ok = ok && below[key(monomial)] })
	return ok
}

// alone narrows a box by what unknowns do whose rates depend on no other, by the
// signs of these. It fails where one of them may not exist for all t.
func (f *flow) alone(box []interval) bool {
	for _, j := range f.of(dynamic) {
		if slices.ContainsFunc(unknownsOf(f.rhs[j]), func(i int) bool { return i != j && f.kinds[i] != constant }) {
			continue
		}
		if t := (&translator{at: stateName(j)}); len(t.quotient(f.rhs[j]).Numerator) == 0 {
			continue // no exact line, and a search for one at every call takes long
		}
		var all *interval
		for _, p := range f.pieces(f.phaseLine(j), j) {
			values := p.values
			switch p.fate {
			case settles, rests, bounded:
				values = values.hull(p.limit)
			case escapes:
			default:
				return false
			}
			if all == nil {
				all = &values
			} else {
				*all = all.hull(values)
			}
		}
		if all != nil {
			box[j] = box[j].intersect(*all)
		}
	}
	return true
}

// forever decides a statement about one expression by the sign of its derivative
// on a box that no solution leaves; nil where that does not help.
//
// Lemma. If X' ≥ c_M > 0 in the box as long as X ≤ M, for every M, then X → +∞:
// as X' > 0 it is increasing, and it would be at least X(0) + c_M·t while X ≤ M.
func (f *flow) forever(statement Statement) *Decision {
	if len(f.of(clock)) > 0 {
		return nil
	}
	x, sign := statement.X, statement.Sign
	if sign < 0 || statement.Kind == KindDecreases {
		x = x.Neg()
	}
	box, _, exists := f.region()
	if !exists {
		return nil
	}
	value, slope := f.function(x).over(box)[0], f.derivative(x)
	if value.undefined || f.function(slope).over(box)[0].undefined {
		return nil
	}
	where := fmt.Sprintf("in the box %s, which is never left,", f.boxText(box))
	switch statement.Kind {
	case KindInfinite:
		if !value.high.IsInf() {
			return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("%s %s is at most %s", where, f.brief(x), short(value.high))}
		}
		if place, ok := f.escapes(x, slope, box); ok {
			return &Decision{Verdict: Proved, Reason: fmt.Sprintf("%s the derivative of %s is away from 0 as long as that is bounded (%s)", where, f.brief(x), place)}
		}
	case KindIncreases, KindDecreases:
		if f.signOver(slope, isPositive, box) {
			return &Decision{Verdict: Proved, Reason: fmt.Sprintf("%s the derivative of %s is positive", where, f.brief(x))}
		}
	case KindConverges:
		for _, way := range []struct {
			slope *ode.Expr
			kept  bool
		}{{slope, !value.high.IsInf()}, {slope.Neg(), !value.low.IsInf()}} {
			if way.kept && f.signOver(way.slope, isNonNegative, box) {
				return &Decision{Verdict: Proved, Reason: fmt.Sprintf("%s %s is monotone and bounded", where, f.brief(x)), Values: []Value{{"limit", value.ball(bits)}}}
			}
		}
	}
	return nil
}

// boxText writes the sides of a box that are no whole lines.
func (f *flow) boxText(box []interval) string {
	out := ""
	for _, i := range f.of(dynamic) {
		if box[i].low.IsInf() && box[i].high.IsInf() {
			continue
		}
		if out != "" {
			out += ", "
		}
		switch x := box[i]; {
		case x.high.IsInf():
			out += fmt.Sprintf("%s ≥ %s", f.names[i], short(x.low))
		case x.low.IsInf():
			out += fmt.Sprintf("%s ≤ %s", f.names[i], short(x.high))
		default:
			out += fmt.Sprintf("%s ≤ %s ≤ %s", short(x.low), f.names[i], short(x.high))
		}
	}
	if out == "" {
		return "of all states"
	}
	return out
}

// signOver proves a sign over a box, of an expression or of its normal form.
func (f *flow) signOver(g *ode.Expr, want sign, box []interval) bool {
	if f.function(g).over(box)[0].undefined {
		return false
	}
	for _, x := range variants(g) {
		if ok, _ := f.graded(x).shown(want, box, barrierCells); ok {
			return true
		}
	}
	return false
}

// variants are an expression as it is, as its normal form, as a sum of those of
// its terms, and with these as shares.
func variants(g *ode.Expr) []*ode.Expr {
	out := []*ode.Expr{g}
	forms := newForms()
	if form, err := forms.of(g); err == nil {
		out = append(out, forms.expr(form))
	}
	sum, split := ode.Integer(0), ode.Integer(0)
	for _, term := range terms(g, big.NewRat(1, 1)) {
		form, err := forms.of(term.of)
		if err != nil {
			return out
		}
		sum = sum.Add(forms.expr(form).Scale(term.times))
		split = split.Add(forms.shares(form).Scale(term.times))
	}
	return append(out, sum, split)
}

// shares writes a form as shares,
//
//	Σ_k c_k·m_k / Σ_i d_i·m_i = Σ_k c_k / Σ_i d_i·(m_i/m_k),
//
// which shows bounds where both sides of the first quotient have none.
func (s *forms) shares(f form) *ode.Expr {
	sum := ode.Integer(0)
	f.num.Terms(func(c *big.Rat, above []sym.Power) {
		below := ode.Integer(0)
		f.den.Terms(func(d *big.Rat, monomial []sym.Power) {
			powers := map[string]int{}
			for _, p := range monomial {
				powers[p.Variable] += p.Exponent
			}
			for _, p := range above {
				powers[p.Variable] -= p.Exponent
			}
			part := ode.Rational(d)
			for _, name := range slices.Sorted(maps.Keys(powers)) {
				if n := powers[name]; n != 0 {
					part = part.Mul(s.atoms[name].Power(n))
				}
			}
			below = below.Add(part)
		})
		sum = sum.Add(ode.Rational(c).Quo(below))
	})
	return sum
}

// maxHalves is how often a side of the box is cut to see that X' is away from 0.
const maxHalves = 7

// escapes proves what forever needs: with z = X in the place of one unknown, of
// which X is a multiple and a rest without it, X' is away from 0 for z ≤ M, in
// each of some parts of the box.
func (f *flow) escapes(x, slope *ode.Expr, box []interval) (string, bool) {
	start := f.graded(x).over(f.start)
	if start.undefined || start.low.IsInf() {
		return "", false
	}
	for _, i := range unknownsOf(x) {
		if f.kinds[i] != dynamic {
			continue
		}
		forms := f.forms()
		form, err := forms.of(x.Derivative(i))
		if err != nil {
			continue
		}
		a, ok := rational(form)
		if !ok || a.Sign() == 0 {
			continue
		}
		// x_i = (z − X(x_i = 0))/a, and z has the number i.
		values := make([]*ode.Expr, len(f.rhs))
		values[i] = ode.Integer(0)
		values[i] = ode.State(i).Sub(x.Substitute(values)).Scale(new(big.Rat).Inv(a))
		moved := append([]interval(nil), box...)
		moved[i] = interval{low: start.low, high: infinite(1), openHigh: true}
		if x.Operation() == ode.OpState {
			moved[i] = moved[i].intersect(box[i])
		}
		for _, y := range variants(slope.Substitute(values)) {
			if awayFromZero(f.function(y), unknownsOf(y), moved, i, maxHalves) {
				return fmt.Sprintf("in terms of it and the others than %s", f.names[i]), true
			}
		}
	}
	return "", false
}

// awayFromZero proves that a function is away from 0 for each bound of the
// unknown at a place, in parts of a box.
func awayFromZero(g *function, unknowns []int, box []interval, place, depth int) bool {
	if g.reaches(box, place).positive() {
		return true
	}
	if depth == 0 {
		return false
	}
	at := -1
	for _, i := range unknowns { // the longest side, that of X last
		if box[i].width().Sign() > 0 && (at < 0 || at == place || i != place && box[i].width().Cmp(box[at].width()) > 0) {
			at = i
		}
	}
	if at < 0 {
		return false
	}
	a, b := append([]interval(nil), box...), append([]interval(nil), box...)
	a[at], b[at] = box[at].halves()
	return awayFromZero(g, unknowns, a, place, depth-1) && awayFromZero(g, unknowns, b, place, depth-1)
}
