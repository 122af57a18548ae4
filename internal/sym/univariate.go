package sym

import (
	"math/big"
	"slices"
)

// A Univariate is a polynomial with integer coefficients, the constant one
// first and the last not 0; it is empty for 0.
type Univariate []*big.Int

// UnivariateOf returns a polynomial in one variable up to a positive factor;
// ok is false where another variable occurs.
func UnivariateOf(p Multivariate, variable string) (Univariate, bool) {
	denominator := p.Denominator()
	var out Univariate
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

// Sign returns the sign of the value at a rational number.
func (p Univariate) Sign(x *big.Rat) int {
	a, b := x.Num(), x.Denom()
	sum, next, scale, term := new(big.Int), new(big.Int), big.NewInt(1), new(big.Int)
	for i := len(p) - 1; i >= 0; i-- { // Σ c_i a^i b^{n−i}
		next.Mul(sum, a)
		sum.Add(next, term.Mul(p[i], scale))
		if i > 0 {
			scale, next = next.Mul(scale, b), scale
		}
	}
	return sum.Sign()
}

// Poly converts to a polynomial in y, of which there are square-free decompositions.
func (p Univariate) Poly() Poly {
	var out Poly
	for i, c := range p {
		out = out.Add(Monomial(NewScalar(1).MulInt(c), i))
	}
	return out
}

// UnivariateFrom converts back a polynomial whose coefficients are integers.
func UnivariateFrom(p Poly) Univariate {
	var out Univariate
	for i := range p.Degree() + 1 {
		out = append(out, p.Coefficient(i).Coefficient(0))
	}
	return out
}

// GCD is the greatest common divisor, without multiplicities of its own.
func (p Univariate) GCD(q Univariate) Univariate { return UnivariateFrom(GCD(p.Poly(), q.Poly())) }

// SquareFree has the same roots, each once.
func (p Univariate) SquareFree() Univariate {
	if len(p) < 2 {
		return p
	}
	product := Monomial(NewScalar(1), 0)
	for _, f := range SquareFree(p.Poly()) {
		product = product.Mul(f.Poly)
	}
	return UnivariateFrom(product)
}

// A Root of a square-free polynomial: the only one in (low, high), or the
// number low = high.
type Root struct {
	Of        Univariate
	Low, High *big.Rat
}

// Exact reports whether the root is known as a rational number.
func (r *Root) Exact() bool { return r.Low.Cmp(r.High) == 0 }

// Variations counts the changes of sign in the coefficients of
// (1+x)^n·p((low + high·x)/(1+x)): by Descartes' rule at least the number of
// Roots in (low, high), and that number if it is 0 or 1.
func (p Univariate) Variations(low, high *big.Rat) int {
	n := len(p) - 1
	// With both ends in units of 1/unit: unit^n·p((l + w·y)/unit), w = h − l, then reversed, then shifted by 1.
	unit := new(big.Int).Mul(low.Denom(), high.Denom())
	l, w := new(big.Int).Mul(low.Num(), high.Denom()), new(big.Int).Mul(high.Num(), low.Denom())
	w.Sub(w, l)
	if common := new(big.Int).GCD(nil, nil, unit, new(big.Int).GCD(nil, nil, w, l)); common.BitLen() > 1 {
		unit.Quo(unit, common)
		l.Quo(l, common)
		w.Quo(w, common)
	}
	c, scale := make([]*big.Int, n+1), big.NewInt(1)
	for i := n; i >= 0; i-- {
		c[i] = new(big.Int).Mul(p[i], scale)
		scale.Mul(scale, unit)
	}
	shift(c, l)
	scale.SetInt64(1)
	for i := range c {
		c[i].Mul(c[i], scale)
		scale.Mul(scale, w)
	}
	slices.Reverse(c)
	shift(c, big.NewInt(1))
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
func shift(c []*big.Int, a *big.Int) {
	one, product := a.IsInt64() && a.Int64() == 1, new(big.Int)
	for i := range c {
		for j := len(c) - 2; j >= i; j-- {
			if one {
				c[j].Add(c[j], c[j+1])
			} else {
				c[j].Add(c[j], product.Mul(a, c[j+1]))
			}
		}
	}
}

// Roots isolates all real roots of a square-free polynomial, in ascending
// order, by Descartes' rule of signs and bisection (G. E. Collins and A. G.
// Akritas, Polynomial real root isolation using Descartes' rule of signs, 1976).
func (p Univariate) Roots() []Root {
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
	var out []Root
	var visit func(low, high *big.Rat)
	visit = func(low, high *big.Rat) {
		switch p.Variations(low, high) {
		case 0:
		case 1:
			out = append(out, Root{p, low, high})
		default:
			m := new(big.Rat).Add(low, high)
			m.Quo(m, big.NewRat(2, 1))
			visit(low, m)
			if p.Sign(m) == 0 {
				out = append(out, Root{p, m, m})
			}
			visit(m, high)
		}
	}
	visit(new(big.Rat).Neg(b), b)
	for i := range out {
		out[i].Refine(8)
	}
	return out
}

// Refine halves the interval of a root so many times.
func (r *Root) Refine(times int) {
	if r.Exact() {
		return
	}
	left, right := r.Of.Sign(r.Low), r.Of.Sign(r.High)
	for range times {
		m := r.Middle()
		middle := r.Of.Sign(m)
		below := left == -middle // a root on the left half, by the signs
		if left*right == 0 {     // an end may be another root
			below = r.Of.Variations(r.Low, m)%2 == 1
		}
		switch {
		case middle == 0:
			r.Low, r.High = m, m
			return
		case below:
			r.High, right = m, middle
		default:
			r.Low, left = m, middle
		}
	}
}

// Cmp compares a root with a rational number.
func (r *Root) Cmp(x *big.Rat) int {
	if r.Of.Sign(x) == 0 && r.Low.Cmp(x) <= 0 && x.Cmp(r.High) <= 0 {
		if r.Exact() || r.Low.Cmp(x) < 0 && x.Cmp(r.High) < 0 {
			r.Low, r.High = x, x
			return 0
		}
	}
	for {
		switch {
		case r.Exact():
			return r.Low.Cmp(x)
		case r.Low.Cmp(x) >= 0:
			return 1
		case r.High.Cmp(x) <= 0:
			return -1
		}
		r.Refine(1)
	}
}

// Shared reports whether r is a root of p.
func (r *Root) Shared(p Univariate) bool {
	if len(p) < 2 {
		return false
	}
	if r.Exact() {
		return p.Sign(r.Low) == 0
	}
	common := r.Of.GCD(p)
	return len(common) > 1 && common.Variations(r.Low, r.High)%2 == 1
}

// Middle returns a number in the interval of r.
func (r *Root) Middle() *big.Rat {
	m := new(big.Rat).Add(r.Low, r.High)
	return m.Quo(m, big.NewRat(2, 1))
}

// Compare compares two roots.
func (r *Root) Compare(q *Root) int {
	if q.Exact() {
		return r.cmpExact(q.Low)
	}
	if r.Exact() {
		return -q.cmpExact(r.Low)
	}
	if common := r.Of.GCD(q.Of); len(common) > 1 {
		for {
			low, high := r.Low, r.High
			if q.Low.Cmp(low) > 0 {
				low = q.Low
			}
			if q.High.Cmp(high) < 0 {
				high = q.High
			}
			if low.Cmp(high) >= 0 {
				break
			}
			switch common.Variations(low, high) {
			case 1:
				return 0
			case 0:
				return r.whenApart(q)
			}
			r.Refine(1)
			q.Refine(1)
		}
	}
	return r.whenApart(q)
}

// whenApart compares roots that are known to differ.
func (r *Root) whenApart(q *Root) int {
	for {
		switch {
		case r.Exact() && q.Exact():
			return r.Low.Cmp(q.Low)
		case q.Exact():
			return r.Cmp(q.Low)
		case r.Exact():
			return -q.Cmp(r.Low)
		case r.High.Cmp(q.Low) <= 0:
			return -1
		case q.High.Cmp(r.Low) <= 0:
			return 1
		}
		r.Refine(1)
		q.Refine(1)
	}
}

func (r *Root) cmpExact(x *big.Rat) int {
	if r.Exact() {
		return r.Low.Cmp(x)
	}
	return r.Cmp(x)
}

// Apart refines roots until their intervals share no point.
func Apart(roots []Root) []Root {
	for i := 1; i < len(roots); i++ {
		for roots[i-1].High.Cmp(roots[i].Low) >= 0 {
			roots[i-1].Refine(1)
			roots[i].Refine(1)
		}
	}
	return roots
}

// Derivative returns dp/dx.
func (p Univariate) Derivative() Univariate {
	var out Univariate
	for i := 1; i < len(p); i++ {
		out = append(out, new(big.Int).Mul(p[i], big.NewInt(int64(i))))
	}
	return out
}
