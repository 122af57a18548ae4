package alltime

import (
	"fmt"
	"math/big"

	"muflow/ode"
)

// A trap is a set where g_1, …, g_m ⋈ 0 that is to be shown never to be left.
//
// Lemma. Let along the flow g_i' = q_i·g_i + r_i with r_i ≥ 0 in the set, for
// all i. Then no solution leaves the set where all g_i > 0: up to the first time
// at which one is 0 it would be at least its first value times exp(∫q_i) > 0.
// With it its closure is not left, as solutions depend on their starts
// continuously; the set where all g_i ≥ 0 is that closure if all g_i are affine
// and some point has all g_i > 0, or if there is one g only, and it has a
// gradient where it is 0.
//
// For g = ±(x − b) the remainder r is g' at x = b, whatever g' is, as g' is
// continuously differentiable.
type trap struct {
	flow    *flow
	claims  []claim
	box     []interval // around the set
	corners []corners  // bounds of single unknowns, from g = ±(x − b)
}

// corners says which unknown a relation bounds, and where.
type corners struct {
	unknown int // −1 for none
	bound   *ode.Expr
	from    bool // from below
}

// invariant decides whether the set of some relations is never left.
func (f *flow) invariant(relations []Relation) *Decision {
	f.effort.work.begins("looking at the faces of the set")
	s := &trap{flow: f, box: f.box()}
	for _, r := range relations {
		s.claims = append(s.claims, r.claims()...)
	}
	for _, c := range s.claims {
		s.corners = append(s.corners, s.bounds(c))
	}
	for i, x := range s.box { // what is divided by must not be 0 on the faces either
		s.box[i].openLow, s.box[i].openHigh = x.low.IsInf(), x.high.IsInf()
	}
	for n := range s.claims {
		if d := s.face(n); d != nil {
			return d
		}
	}
	closed := false
	for _, c := range s.claims {
		closed = closed || c.want == isNonNegative
	}
	if closed && !s.regular() {
		return undecided("the faces are never crossed, but the set is not shown to be the closure of its interior; strict relations may settle it")
	}
	return &Decision{Verdict: Proved, Reason: fmt.Sprintf("the flow points inward, or along, on each of the %d faces", len(s.claims))}
}

// bounds reads a relation as the bound of one unknown, and narrows the box.
func (s *trap) bounds(c claim) corners {
	none := corners{unknown: -1}
	for _, i := range unknownsOf(c.g) {
		if s.flow.kinds[i] != dynamic {
			continue
		}
		slope := c.g.Derivative(i)
		forms := s.flow.forms()
		f, err := forms.of(slope)
		if err != nil {
			return none
		}
		q, ok := rational(f)
		if !ok || q.Sign() == 0 {
			return none
		}
		values := make([]*ode.Expr, i+1)
		values[i] = ode.Integer(0)
		bound := c.g.Substitute(values).Scale(new(big.Rat).Neg(new(big.Rat).Inv(q)))
		for _, k := range unknownsOf(bound) {
			if s.flow.kinds[k] != constant {
				return none
			}
		}
		at := s.flow.graded(bound).over(s.flow.start)
		if at.undefined {
			return none
		}
		from := q.Sign() > 0
		limit := interval{low: infinite(-1), openLow: true, high: at.high, openHigh: c.want == isPositive || at.openHigh}
		if from {
			limit = interval{low: at.low, openLow: c.want == isPositive || at.openLow, high: infinite(1), openHigh: true}
		}
		if s.box[i].disjoint(limit) {
			return none
		}
		s.box[i] = s.box[i].intersect(limit)
		return corners{i, bound, from}
	}
	return none
}

// face proves that a relation goes on to hold, nil, or says why not.
func (s *trap) face(n int) *Decision {
	f, c := s.flow, s.claims[n]
	slope := f.derivative(c.g)
	box := append([]interval(nil), s.box...)
	b := f.barrier(box)
	for k, other := range s.claims {
		if k != n {
			b.help(other.g, false)
		}
	}
	if at := s.corners[n]; at.unknown >= 0 {
		if s.flow.function(slope.Derivative(at.unknown)).over(box)[0].undefined {
			return undecided("the flow is not shown to be differentiable at %s = 0", f.brief(c.g))
		}
		values := make([]*ode.Expr, len(f.rhs))
		values[at.unknown] = at.bound
		onFace := slope.Substitute(values)
		box[at.unknown] = s.flow.graded(at.bound).over(f.start)
		b.box = box
		if form, err := b.forms.of(onFace); err == nil {
			if positive, known := b.sign(form.den); known {
				if !positive {
					form.num = form.num.Neg()
				}
				if b.claim(form.num, isNonNegative, 3) {
					return nil
				}
			}
		}
		if ok, _ := s.flow.graded(onFace).shown(isNonNegative, box, f.effort.Cells/10); ok {
			return nil
		}
		return s.leaves(n, box, slope)
	}
	if s.inward(n, slope) {
		return nil
	}
	g, err := b.forms.of(c.g)
	if err == nil {
		if _, ok := b.divides(g); ok {
			return nil
		}
	}
	return s.leaves(n, s.box, slope)
}

// leaves looks for a point on a face where the flow points outward.
func (s *trap) leaves(n int, box []interval, slope *ode.Expr) *Decision {
	f := s.flow
	face := s.corners[n]
	if face.unknown >= 0 {
		for sample := range 125 {
			at, code := f.middle(), sample
			for _, i := range f.of(dynamic) {
				part := code % 5
				code /= 5
				x := box[i]
				if i == face.unknown {
					continue
				}
				if !x.bounded() {
					m := x.middle()
					at[i] = number(new(big.Float).Mul(m, big.NewFloat(float64(part+1)/2)))
					continue
				}
				w := new(big.Float).Sub(x.high, x.low)
				w.Mul(w, big.NewFloat(float64(part+1)/6))
				at[i] = number(w.Add(w, x.low))
			}
			at[face.unknown] = s.flow.function(face.bound).over(at)[0]
			// In the set, or next to points of it where the face is not: what
			// holds strictly holds there, too.
			inside := true
			for k, c := range s.claims {
				if want := min(c.want, s.claims[n].want); k != n {
					inside = inside && want.holds(s.flow.function(c.g).over(at)[0])
				}
			}
			if v := s.flow.function(slope).over(at)[0]; inside && v.negative() {
				state := make([]Value, 0, len(at))
				for i := range at {
					state = append(state, Value{f.names[i], at[i].ball(bits)})
				}
				return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("where %s = %s, at %s, the flow leaves by %s", f.brief(s.claims[n].g), "0", startOf(f, at), v), Values: state}
			}
		}
	}
	return undecided("on the face %s = 0 the flow is not shown to point inward", f.brief(s.claims[n].g))
}

func startOf(f *flow, at []interval) string {
	g := *f
	g.start = at
	return g.startText()
}

// regular proves that the set of all g ≥ 0 is the closure of that of all g > 0.
func (s *trap) regular() bool {
	if len(s.claims) == 1 {
		g := s.claims[0].g
		sum := g.Power(2)
		for _, i := range s.flow.of(dynamic) {
			sum = sum.Add(g.Derivative(i).Power(2))
		}
		b := s.flow.barrier(s.box)
		if f, err := b.forms.of(sum); err == nil && len(f.den.Variables()) == 0 && b.claim(f.num, isPositive, 1) {
			return true
		}
		ok, _ := s.flow.graded(sum).shown(isPositive, s.box, s.flow.effort.Cells/10)
		return ok
	}
	for _, c := range s.claims {
		for _, i := range s.flow.of(dynamic) {
			for _, k := range s.flow.of(dynamic) {
				if !isZero(c.g.Derivative(i).Derivative(k)) {
					return false
				}
			}
		}
	}
	box := s.flow.box()
	for _, i := range s.flow.of(dynamic) {
		box[i] = number(s.box[i].middle())
	}
	for _, c := range s.claims {
		if !s.flow.graded(c.g).over(box).positive() {
			return false
		}
	}
	return true
}
