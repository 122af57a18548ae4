package alltime

import (
	"math/big"
	"slices"

	"muflow/internal/sym"
)

// A univariate is a polynomial with integer coefficients, the constant one
// first and the last not 0; it is empty for 0.
type univariate []*big.Int

// univariateOf returns a polynomial in one variable up to a positive factor;
// ok is false where another variable occurs.
func univariateOf(p sym.Multivariate, variable string) (univariate, bool) {
	denominator := p.Denominator()
	var out univariate
	for _, c := range p.Coefficients(variable) {
		q, ok := c.Rational()
		if !ok {
			return nil, false
		}
		q.Mul(q, new(big.Rat).SetInt(denominator))
		out = append(out, new(big.Int).Set(q.Num()))
	}
	return out, true
}

// at returns the sign of the value at a rational number.
func (p univariate) at(x *big.Rat) int {
	a, b := x.Num(), x.Denom()
	sum, scale := new(big.Int), big.NewInt(1)
	for i := len(p) - 1; i >= 0; i-- { // Σ c_i a^i b^{n−i}
		sum.Mul(sum, a)
		sum.Add(sum, new(big.Int).Mul(p[i], scale))
		scale.Mul(scale, b)
	}
	return sum.Sign()
}

// poly converts to a package that has square-free decompositions.
func (p univariate) poly() sym.Poly {
	var out sym.Poly
	for i, c := range p {
		out = out.Add(sym.Monomial(sym.NewScalar(1).MulInt(c), i))
	}
	return out
}

func fromPoly(p sym.Poly) univariate {
	var out univariate
	for i := range p.Degree() + 1 {
		out = append(out, p.Coefficient(i).Coefficient(0))
	}
	return out
}

// gcd is the greatest common divisor, without multiplicities of its own.
func (p univariate) gcd(q univariate) univariate { return fromPoly(sym.GCD(p.poly(), q.poly())) }

// squareFree has the same roots, each once.
func (p univariate) squareFree() univariate {
	if len(p) < 2 {
		return p
	}
	product := sym.Monomial(sym.NewScalar(1), 0)
	for _, f := range sym.SquareFree(p.poly()) {
		product = product.Mul(f.Poly)
	}
	return fromPoly(product)
}

// A root of a square-free polynomial: the only one in (low, high), or the
// number low = high.
type root struct {
	of        univariate
	low, high *big.Rat
}

func (r *root) exact() bool { return r.low.Cmp(r.high) == 0 }

// variations counts the changes of sign in the coefficients of
// (1+x)^n·p((low + high·x)/(1+x)): by Descartes' rule at least the number of
// roots in (low, high), and that number if it is 0 or 1.
func (p univariate) variations(low, high *big.Rat) int {
	n := len(p) - 1
	// p(low + (high−low)·y), then reversed, then shifted by 1.
	c := make([]*big.Rat, n+1)
	for i := range c {
		c[i] = new(big.Rat).SetInt(p[i])
	}
	shift(c, low)
	width, scale := new(big.Rat).Sub(high, low), big.NewRat(1, 1)
	for i := range c {
		c[i].Mul(c[i], scale)
		scale = new(big.Rat).Mul(scale, width)
	}
	slices.Reverse(c)
	shift(c, big.NewRat(1, 1))
	changes, last := 0, 0
	for _, x := range c {
		if s := x.Sign(); s != 0 {
			if s == -last {
				changes++
			}
			last = s
		}
	}
	return changes
}

// shift replaces the coefficients of p(x) by those of p(x + a).
func shift(c []*big.Rat, a *big.Rat) {
	for i := range c {
		for j := len(c) - 2; j >= i; j-- {
			c[j].Add(c[j], new(big.Rat).Mul(a, c[j+1]))
		}
	}
}

// roots isolates all real roots of a square-free polynomial, in ascending
// order, by Descartes' rule of signs and bisection (G. E. Collins and A. G.
// Akritas, Polynomial real root isolation using Descartes' rule of signs, 1976).
func (p univariate) roots() []root {
	if len(p) < 2 {
		return nil
	}
	// All roots are within ±(1 + max |c_i/c_n|); a power of 2 keeps ends short.
	bound := big.NewInt(1)
	for _, c := range p[:len(p)-1] {
		q := new(big.Int).Quo(new(big.Int).Abs(c), new(big.Int).Abs(p[len(p)-1]))
		if q.Cmp(bound) > 0 {
			bound = q
		}
	}
	b := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(bound.BitLen())+2))
	var out []root
	var visit func(low, high *big.Rat)
	visit = func(low, high *big.Rat) {
		switch p.variations(low, high) {
		case 0:
		case 1:
			out = append(out, root{p, low, high})
		default:
			m := new(big.Rat).Add(low, high)
			m.Quo(m, big.NewRat(2, 1))
			visit(low, m)
			if p.at(m) == 0 {
				out = append(out, root{p, m, m})
			}
			visit(m, high)
		}
	}
	visit(new(big.Rat).Neg(b), b)
	for i := range out {
		out[i].refine(8)
	}
	return out
}

// refine halves the interval of a root so many times.
func (r *root) refine(times int) {
	for range times {
		if r.exact() {
			return
		}
		m := new(big.Rat).Add(r.low, r.high)
		m.Quo(m, big.NewRat(2, 1))
		left, middle, right := r.of.at(r.low), r.of.at(m), r.of.at(r.high)
		below := left == -middle // a root on the left half, by the signs
		if left*right == 0 {     // an end may be another root
			below = r.of.variations(r.low, m)%2 == 1
		}
		switch {
		case middle == 0:
			r.low, r.high = m, m
		case below:
			r.high = m
		default:
			r.low = m
		}
	}
}

// cmp compares a root with a rational number.
func (r *root) cmp(x *big.Rat) int {
	if r.of.at(x) == 0 && r.low.Cmp(x) <= 0 && x.Cmp(r.high) <= 0 {
		if r.exact() || r.low.Cmp(x) < 0 && x.Cmp(r.high) < 0 {
			r.low, r.high = x, x
			return 0
		}
	}
	for {
		switch {
		case r.exact():
			return r.low.Cmp(x)
		case r.low.Cmp(x) >= 0:
			return 1
		case r.high.Cmp(x) <= 0:
			return -1
		}
		r.refine(1)
	}
}

// interval encloses a root.
func (r *root) interval() interval { return between(r.low, r.high) }
