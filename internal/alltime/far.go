package alltime

import (
	"math/big"
	"muflow/internal/sym"
	"muflow/ode"
)

// beyond proves the sign of f on a half-line, and what becomes of a solution
// that runs out on it:
//
//	|f| ≤ a + b·|x| ⇒ it exists for all t, and is unbounded, as f has no zero;
//	|f| ≥ c·x², c > 0 ⇒ it ends within 1/(c·|x|);
//	f > 0 continuous, f ~ c·e^{b·x}·x^a ⇒ the first for b < 0 or b = 0, a ≤ 1,
//	                                      and for b > 0 or a > 1 it ends, as ∫dx/f is finite.
//
// A half-line on the left is looked at in −x.
func (s *scanner) beyond(end *big.Float, side int) (sign int, far fate) {
	f, x := s.flow.rhs[s.at], ode.State(s.at)
	if side == 0 {
		values := make([]*ode.Expr, s.at+1)
		values[s.at] = x.Neg()
		f, end = f.Substitute(values).Neg(), new(big.Float).Neg(end)
	}
	if end.Sign() <= 0 {
		return 0, unknown
	}
	s.box[s.at] = halfLine(end, 1)
	sign, far = s.runsOut(f)
	for range 8 { // further out, more may be seen
		if sign != 1 || far != unknown {
			break
		}
		end = new(big.Float).Mul(end, new(big.Float).SetInt64(4))
		s.box[s.at] = halfLine(end, 1)
		_, far = s.runsOut(f)
	}
	if side == 0 {
		sign = -sign
	}
	return sign, far
}

// runsOut is beyond for a half-line of positive numbers, in the box.
func (s *scanner) runsOut(f *ode.Expr) (sign int, far fate) {
	x := ode.State(s.at)
	b := s.flow.barrier(s.box)
	b.forms.raw = true
	if form, err := b.forms.of(f); err == nil {
		num, n, ok := s.leading(b.forms, form.num)
		den, d, also := s.leading(b.forms, form.den)
		if ok && also && !num.hasZero() && !den.hasZero() {
			if sign = 1; num.positive() != den.positive() {
				sign = -1
			}
			switch {
			case n-d <= 1 && den.abs().low.Sign() > 0:
				far = escapes
			case n-d >= 2 && num.abs().low.Sign() > 0 && !den.abs().high.IsInf():
				far = blowsUp
			}
			return sign, far
		}
	}
	over := func(x *ode.Expr) interval { return newFunction(x).over(s.box)[0] }
	value, slope, bend := over(f), f.Quo(x), f.Quo(x.Power(2))
	switch {
	case value.positive():
		sign = 1
	case value.negative():
		return -1, unknown
	default:
		return 0, unknown
	}
	// f/x is bounded where it does not increase, and f/x² is bounded below
	// where it does not decrease.
	claims := func(x *ode.Expr) bool {
		b := s.flow.barrier(s.box)
		form, err := b.forms.of(x.Derivative(s.at))
		if err != nil {
			return false
		}
		return b.claim(form.den, isPositive, 3) && b.claim(form.num, isNonNegative, 3)
	}
	rises := farther(f, s.at, 1, s.box)
	switch {
	case value.bounded() || over(slope).bounded() || rises.small() || rises.is == leads && rises.order.cmp(newOrder(0, 1, 0)) <= 0:
		far = escapes
	case over(bend).low.Sign() > 0 || rises.is == leads && (rises.order[0].Sign() > 0 || rises.order[0].Sign() == 0 && rises.order[1].Cmp(big.NewRat(1, 1)) > 0):
		far = blowsUp
	case claims(slope.Neg()):
		far = escapes
	case claims(bend):
		far = blowsUp
	}
	return sign, far
}

// leading encloses p/x^n over the half-line in the box, n the degree of p in x:
// a polynomial in u = 1/x over (0, 1/end]. It fails where x is in an atom.
func (s *scanner) leading(forms *forms, p sym.Multivariate) (interval, int, bool) {
	name := stateName(s.at)
	for _, v := range p.Variables() {
		if v == name {
			continue
		}
		for _, i := range unknownsOf(forms.atoms[v]) {
			if i == s.at {
				return undefined, 0, false
			}
		}
	}
	coefficients := p.Coefficients(name)
	if len(coefficients) == 0 {
		return undefined, 0, false
	}
	u := s.box[s.at].inverse()
	sum := fromInteger(0)
	for _, c := range coefficients { // by Horner's rule
		sum = sum.mul(u).add(newFunction(forms.polynomial(c)).over(s.box)[0])
	}
	return sum, len(coefficients) - 1, true
}
