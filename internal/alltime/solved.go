package alltime

import (
	"math/big"

	"muflow/ode"
)

// solved writes the equilibrium that the solutions of a piece tend to, for each
// value of the constants, as an expression; nil if none is found. It is a
// rational number, or
//
//	y = log(E)/k  with E rational, or with c_0 + c_n·(e^{k·y})^n the numerator
//	              of the right-hand side and E = (−c_0/c_n)^{1/n}
//
// and proved: the right-hand side is 0 there, and it lies where the equilibrium is
// the only one.
func (s *scalar) solved(p *piece) *ode.Expr {
	if p.point == nil || p.fate != settles && p.fate != rests {
		return nil
	}
	if p.point.root != nil && p.point.root.Exact() {
		return ode.Rational(p.point.root.Low)
	}
	if y, ok := s.solutions[p.point]; ok {
		return y
	}
	if s.solutions == nil {
		s.solutions = map[*critical]*ode.Expr{}
	}
	s.solutions[p.point] = nil
	for _, y := range append(s.logarithms(p), s.roots()...) {
		at := s.flow.graded(y).over(s.flow.box())
		values := make([]*ode.Expr, s.at+1)
		values[s.at] = y
		rate := s.flow.rhs[s.at].Substitute(values)
		if !at.undefined && p.point.within.contains(at) && isZero(rate) && !s.flow.graded(rate).over(s.flow.box()).undefined {
			s.solutions[p.point] = y
			return y
		}
	}
	return nil
}

// logarithms guesses numbers.
func (s *scalar) logarithms(p *piece) (out []*ode.Expr) {
	for _, k := range []int64{1, 2, 3, 4} {
		e := apply(ode.OpExp, 0, p.limit.mul(fromInteger(k)))
		if e.undefined || !e.bounded() {
			continue
		}
		if q := shortest(e.middle()); q != nil && q.Sign() > 0 {
			out = append(out, ode.Rational(q).Log().Scale(big.NewRat(1, k)))
		}
	}
	return out
}

// roots solves for the one exponential in which y occurs.
func (s *scalar) roots() []*ode.Expr {
	forms := s.flow.forms()
	form, err := forms.of(s.flow.rhs[s.at])
	if err != nil {
		return nil
	}
	name := ""
	for _, v := range form.num.Variables() {
		for _, i := range unknownsOf(forms.atoms[v]) {
			if i == s.at {
				if name != "" {
					return nil
				}
				name = v
			}
		}
	}
	if name == "" || forms.atoms[name].Operation() != ode.OpExp {
		return nil
	}
	exponent := forms.atoms[name].Operands()[0]
	k := exponent.Derivative(s.at)
	values := make([]*ode.Expr, s.at+1)
	values[s.at] = ode.Integer(0)
	if len(unknownsOf(k)) > 0 || !isZero(exponent.Substitute(values)) {
		return nil
	}
	c := form.num.Coefficients(name)
	for i := 1; i < len(c)-1; i++ {
		if !c[i].IsZero() {
			return nil
		}
	}
	if len(c) < 2 || c[0].IsZero() {
		return nil
	}
	power := forms.polynomial(c[0]).Neg().Quo(forms.polynomial(c[len(c)-1]))
	return []*ode.Expr{power.Log().Quo(k.Scale(big.NewRat(int64(len(c)-1), 1)))}
}
