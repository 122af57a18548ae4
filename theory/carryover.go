package theory

import "math/big"

// A CarryOver is the flow of Coconut-BFS in which the weight ω of the carry-over
// is trained beside μ (assumption A18 dropped): ξ_v = αs(ω a_v + μ d_v).
type CarryOver struct {
	Alpha  *big.Rat // α > 0
	Ratio  *big.Rat // r > 0, the rate of μ over that of ω
	Logit  *big.Rat // μ_0
	Weight *big.Rat // ω_0
}

// Conserved returns q·(e^{−αμ} − r m e^{−αω}) at the start, q the denominator of
// r: the number that the flow conserves where N_c is a root with m children.
// Exponents are rational, so that it is 0 only if both terms cancel, for which
// ω_0 = μ_0 and r m = 1 is necessary (Lindemann).
// theory.md section 3.
func (c *CarryOver) Conserved(children int) ExponentialSum {
	exponent := func(x *big.Rat) *big.Rat { return new(big.Rat).Neg(new(big.Rat).Mul(c.Alpha, x)) }
	second := new(big.Int).Mul(c.Ratio.Num(), big.NewInt(int64(-children)))
	return NewExponentialSum(1, []ExponentialTerm{
		{new(big.Int).Set(c.Ratio.Denom()), exponent(c.Logit), new(big.Rat)},
		{second, exponent(c.Weight), new(big.Rat)},
	})
}

// Collapse returns, up to a positive factor,
//
//	1 − r(d_F − d_N)⁺(d_N + E),  E = Σ_{v∉N_c} d_v y_0^{d_v}/(m_N e^{αsω_0} y_0^{d_N})
//
// with d_N and d_F the largest in-degrees in N_c and outside, and m_N the
// vertices of N_c with d_N.
// theory.md section 3.
func (c *CarryOver) Collapse(p *Profile) ExponentialSum {
	inside, count := p.MaxDegreeAmong(true)
	outside, _ := p.MaxDegreeAmong(false)
	gap := int64(max(outside-inside, 0))
	constant := new(big.Int).Sub(c.Ratio.Denom(), new(big.Int).Mul(c.Ratio.Num(), big.NewInt(gap*int64(inside))))
	terms := []ExponentialTerm{{constant.Mul(constant, big.NewInt(int64(count))), new(big.Rat), new(big.Rat)}}
	for _, x := range p.Classes {
		if !x.InSet {
			factor := new(big.Int).Mul(big.NewInt(-gap*int64(x.Degree)), big.NewInt(int64(x.Count)))
			terms = append(terms, c.term(factor.Mul(factor, c.Ratio.Num()), x.Degree-inside, -1))
		}
	}
	return NewExponentialSum(p.K, terms)
}

// Spread returns, up to a positive factor,
//
//	r(d_F − d_N)⁺B − 1,  B = d_F m_F y_0^{d_F}/(e^{αsω_0} Σ_{v∈N_c} y_0^{d_v})
//
// with m_F the vertices outside N_c with d_F.
// theory.md section 3.
func (c *CarryOver) Spread(p *Profile) ExponentialSum {
	inside, _ := p.MaxDegreeAmong(true)
	outside, count := p.MaxDegreeAmong(false)
	factor := new(big.Int).Mul(big.NewInt(int64(max(outside-inside, 0))*int64(outside)), big.NewInt(int64(count)))
	terms := []ExponentialTerm{c.term(factor.Mul(factor, c.Ratio.Num()), outside, 0)}
	for _, x := range p.Classes {
		if x.InSet {
			terms = append(terms, c.term(new(big.Int).Mul(c.Ratio.Denom(), big.NewInt(int64(-x.Count))), x.Degree, 1))
		}
	}
	return NewExponentialSum(p.K, terms)
}

// term is factor·e^{αs(degree·μ_0 + carry·ω_0)}.
func (c *CarryOver) term(factor *big.Int, degree, carry int) ExponentialTerm {
	exponent := new(big.Rat).Mul(c.Logit, big.NewRat(int64(degree), 1))
	exponent.Add(exponent, new(big.Rat).Mul(c.Weight, big.NewRat(int64(carry), 1)))
	return ExponentialTerm{factor, new(big.Rat), exponent.Mul(exponent, c.Alpha)}
}

// Children returns m, the number of children, where N_c is a root without an
// edge into it and no degree is above 1, as at c = 0.
func (p *Profile) Children() (m int, star bool) {
	for _, c := range p.Classes {
		switch {
		case c.InSet && c.Degree > 0 || c.Degree > 1:
			return 0, false
		case c.Degree == 1:
			m = c.Count
		}
	}
	return m, p.K == 1
}

// MaxDegreeAmong returns the largest in-degree from N_c of the vertices of N_c,
// or of those outside, and how many vertices have it.
func (p *Profile) MaxDegreeAmong(inSet bool) (degree, count int) {
	for _, c := range p.Classes { // by degree
		if c.InSet == inSet {
			degree, count = c.Degree, c.Count
		}
	}
	return degree, count
}
