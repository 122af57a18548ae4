package sym

import (
	"math/big"
	"slices"
)

// A Power is a variable with a positive exponent.
type Power struct {
	Variable string
	Exponent int
}

// Terms visits the terms of p in a fixed order, each with the powers of its
// monomial ascending by name.
func (p Multivariate) Terms(visit func(coefficient *big.Rat, monomial []Power)) {
	for _, t := range p.terms {
		monomial := make([]Power, len(t.monomial))
		for i, x := range t.monomial {
			monomial[i] = Power{x.variable, x.exponent}
		}
		visit(new(big.Rat).Set(t.coefficient), monomial)
	}
}

// Len returns the number of terms.
func (p Multivariate) Len() int { return len(p.terms) }

// Variables lists the variables that occur in p, in ascending order.
func (p Multivariate) Variables() []string {
	var out []string
	for _, t := range p.terms {
		for _, x := range t.monomial {
			if at, found := slices.BinarySearch(out, x.variable); !found {
				out = slices.Insert(out, at, x.variable)
			}
		}
	}
	return out
}

// Rational returns the number that p is; ok is false for anything else.
func (p Multivariate) Rational() (q *big.Rat, ok bool) {
	switch {
	case p.IsZero():
		return new(big.Rat), true
	case len(p.terms) == 1 && len(p.terms[0].monomial) == 0:
		return new(big.Rat).Set(p.terms[0].coefficient), true
	}
	return nil, false
}

// Coefficients returns p as a polynomial in one variable, from the constant
// coefficient on; the last one is not 0. It is empty for 0.
func (p Multivariate) Coefficients(variable string) []Multivariate {
	var parts [][]term
	for _, t := range p.terms {
		exponent, monomial := 0, t.monomial
		if i, found := find(monomial, variable); found {
			exponent = monomial[i].exponent
			monomial = slices.Delete(slices.Clone(monomial), i, i+1)
		}
		for len(parts) <= exponent {
			parts = append(parts, nil)
		}
		parts[exponent] = append(parts[exponent], term{monomial, t.coefficient})
	}
	out := make([]Multivariate, len(parts))
	for i, terms := range parts {
		out[i] = collect(terms)
	}
	return out
}

// Divide is the division of p by q as polynomials in one variable, without
// fractions: factor·p = quotient·q + remainder, where the factor is a power of
// the leading coefficient of q and the remainder has a lower degree than q in
// the variable. It needs a q ≠ 0.
func Divide(p, q Multivariate, variable string) (factor, quotient, remainder Multivariate) {
	divisor := q.Coefficients(variable)
	degree := len(divisor) - 1
	lead := divisor[degree]
	constant, isConstant := lead.Rational()
	factor, remainder = Integer(1), p
	for {
		rest := remainder.Coefficients(variable)
		if len(rest)-1 < degree || len(rest) == 0 {
			return factor, quotient, remainder
		}
		step := rest[len(rest)-1].Mul(Variable(variable).Pow(len(rest) - 1 - degree))
		if isConstant {
			step = step.Mul(Constant(new(big.Rat).Inv(constant)))
			quotient = quotient.Add(step)
			remainder = remainder.Sub(step.Mul(q))
			continue
		}
		factor = factor.Mul(lead)
		quotient = quotient.Mul(lead).Add(step)
		remainder = remainder.Mul(lead).Sub(step.Mul(q))
	}
}

// QuoExact returns p/q; ok is false where q does not divide p or is 0.
func (p Multivariate) QuoExact(q Multivariate) (quotient Multivariate, ok bool) {
	if q.IsZero() {
		return Multivariate{}, false
	}
	if p.IsZero() {
		return p, true
	}
	variables := q.Variables()
	if len(variables) == 0 {
		value, _ := q.Rational()
		return p.Mul(Constant(value.Inv(value))), true
	}
	for _, name := range variables { // degrees add
		low, high := p.degrees(name)
		if least, most := q.degrees(name); low < least || high < most || high-low < most-least {
			return Multivariate{}, false
		}
	}
	variable := variables[0]
	divisor := q.Coefficients(variable)
	for !p.IsZero() {
		rest := p.Coefficients(variable)
		if len(rest) < len(divisor) {
			return Multivariate{}, false
		}
		lead, divides := rest[len(rest)-1].QuoExact(divisor[len(divisor)-1])
		if !divides {
			return Multivariate{}, false
		}
		step := lead.Mul(Variable(variable).Pow(len(rest) - len(divisor)))
		quotient = quotient.Add(step)
		p = p.Sub(step.Mul(q))
	}
	return quotient, true
}

// degrees returns the lowest and the highest power of a variable in the terms of
// p, which is not 0.
func (p Multivariate) degrees(variable string) (low, high int) {
	for n, t := range p.terms {
		exponent := 0
		if i, found := find(t.monomial, variable); found {
			exponent = t.monomial[i].exponent
		}
		if n == 0 {
			low = exponent
		}
		low, high = min(low, exponent), max(high, exponent)
	}
	return low, high
}

// Bits is the length of the longest coefficient of p, 0 for 0.
func (p Multivariate) Bits() (bits int) {
	for _, t := range p.terms {
		bits = max(bits, t.coefficient.Num().BitLen()+t.coefficient.Denom().BitLen())
	}
	return bits
}
