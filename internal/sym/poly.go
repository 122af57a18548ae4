package sym

import "math/big"

// A Poly is a polynomial in y with coefficients in Z[e]. The zero value is 0.
type Poly struct{ c []Scalar } // trimmed: the last entry is not 0

// NewPoly returns Σ c[i]·y^i.
func NewPoly(c ...Scalar) Poly { return trimPoly(append([]Scalar(nil), c...)) }

// Monomial returns c·y^degree.
func Monomial(c Scalar, degree int) Poly {
	out := make([]Scalar, degree+1)
	out[degree] = c
	return trimPoly(out)
}

func trimPoly(c []Scalar) Poly {
	for len(c) > 0 && c[len(c)-1].IsZero() {
		c = c[:len(c)-1]
	}
	return Poly{c}
}

// Degree returns the degree in y, −1 for 0.
func (p Poly) Degree() int { return len(p.c) - 1 }

// IsZero reports whether p is 0.
func (p Poly) IsZero() bool { return len(p.c) == 0 }

// Coefficient returns the coefficient of y^i.
func (p Poly) Coefficient(i int) Scalar {
	if i < 0 || i >= len(p.c) {
		return Scalar{}
	}
	return p.c[i]
}

// Lowest returns the exponent of the lowest power of y in p, 0 for 0.
func (p Poly) Lowest() int {
	for i, c := range p.c {
		if !c.IsZero() {
			return i
		}
	}
	return 0
}

// Strip returns p/y^Lowest().
func (p Poly) Strip() Poly { return Poly{p.c[p.Lowest():]} }

// Add returns p + q.
func (p Poly) Add(q Poly) Poly { return p.zip(q, Scalar.Add) }

// Sub returns p − q.
func (p Poly) Sub(q Poly) Poly { return p.zip(q, Scalar.Sub) }

// zip combines the coefficients of each power.
func (p Poly) zip(q Poly, combine func(a, b Scalar) Scalar) Poly {
	out := make([]Scalar, max(len(p.c), len(q.c)))
	for i := range out {
		out[i] = combine(p.Coefficient(i), q.Coefficient(i))
	}
	return trimPoly(out)
}

// Mul returns p·q.
func (p Poly) Mul(q Poly) Poly {
	if p.IsZero() || q.IsZero() {
		return Poly{}
	}
	out := make([]Scalar, len(p.c)+len(q.c)-1)
	width := p.width() + q.width() - 1
	sums, term := integers(width), new(big.Int)
	all := integers(width * len(out))
	for k := range out {
		top := 0 // one above the highest power of e
		for i := max(0, k-len(q.c)+1); i <= min(k, len(p.c)-1); i++ {
			for a, x := range p.c[i].c {
				for b, y := range q.c[k-i].c {
					for ; top <= a+b; top++ {
						sums[top].SetInt64(0)
					}
					sums[a+b].Add(sums[a+b], term.Mul(x, y))
				}
			}
		}
		if top > 0 {
			c := all[:top:top]
			all = all[top:]
			for a := range c {
				c[a].Set(sums[a])
			}
			out[k] = trim(c)
		}
	}
	return trimPoly(out)
}

// width returns one more than the largest degree in e.
func (p Poly) width() int {
	width := 0
	for _, c := range p.c {
		width = max(width, len(c.c))
	}
	return width
}

// Scale returns c·p.
func (p Poly) Scale(c Scalar) Poly { return p.Mul(NewPoly(c)) }

// Equal reports whether p and q are the same polynomial.
func (p Poly) Equal(q Poly) bool { return p.Sub(q).IsZero() }

// Derivative returns dp/dy.
func (p Poly) Derivative() Poly {
	if len(p.c) < 2 {
		return Poly{}
	}
	out := make([]Scalar, len(p.c)-1)
	for i := range out {
		out[i] = p.c[i+1].MulInt(big.NewInt(int64(i + 1)))
	}
	return trimPoly(out)
}

// AtOne returns the value at y = 1, a polynomial in e.
func (p Poly) AtOne() Scalar {
	var sum Scalar
	for _, c := range p.c {
		sum = sum.Add(c)
	}
	return sum
}

// ShiftByOne returns the polynomial p(1 + x) in x.
func (p Poly) ShiftByOne() Poly {
	out := append([]Scalar(nil), p.c...)
	for i := range out { // repeated synthetic division by x
		for j := len(out) - 2; j >= i; j-- {
			out[j] = out[j].Add(out[j+1])
		}
	}
	return trimPoly(out)
}

// Eval returns the value at rational e and y.
func (p Poly) Eval(e, y *big.Rat) *big.Rat {
	sum := new(big.Rat)
	for i := len(p.c) - 1; i >= 0; i-- {
		sum.Mul(sum, y)
		sum.Add(sum, p.c[i].Eval(e))
	}
	return sum
}

// NonNegative reports whether every coefficient of every power is ≥ 0, so that
// p ≥ 0 for all y ≥ 0 and e ≥ 0.
func (p Poly) NonNegative() bool {
	for _, c := range p.c {
		if sign, fixed := c.Signs(); !fixed || sign < 0 {
			return false
		}
	}
	return true
}

// QuoMonomial returns p/(c·y^degree) if that is a polynomial over Z[e].
func (p Poly) QuoMonomial(c Scalar, degree int) (Poly, bool) {
	if p.IsZero() {
		return p, !c.IsZero()
	}
	if p.Lowest() < degree {
		return Poly{}, false
	}
	out := make([]Scalar, len(p.c)-degree)
	for i := range out {
		var ok bool
		if out[i], ok = p.c[i+degree].quo(c); !ok {
			return Poly{}, false
		}
	}
	return trimPoly(out), true
}

// Content returns the gcd in Z[e] of the coefficients, with a positive leading
// coefficient; 0 for 0.
func (p Poly) Content() Scalar {
	var g Scalar
	for _, c := range p.c {
		if g = gcdScalar(g, c); g.isOne() {
			break
		}
	}
	return g
}

// Primitive returns p divided by the gcd in Z[e] of its coefficients, with a
// leading coefficient whose own leading coefficient is positive.
func (p Poly) Primitive() Poly {
	if p.IsZero() {
		return p
	}
	g := p.Content()
	if lead := p.c[len(p.c)-1]; lead.c[len(lead.c)-1].Sign() < 0 {
		g = g.Neg()
	}
	if g.isOne() {
		return p
	}
	out := make([]Scalar, len(p.c))
	for i, c := range p.c {
		out[i], _ = c.quo(g)
	}
	return trimPoly(out)
}

// pseudoRemainder returns the remainder of l^k·p by q, l the leading
// coefficient of q.
func pseudoRemainder(p, q Poly) Poly {
	lead := q.c[len(q.c)-1]
	for p.Degree() >= q.Degree() && !p.IsZero() {
		p = p.Scale(lead).Sub(q.Mul(Monomial(p.c[len(p.c)-1], p.Degree()-q.Degree())))
	}
	return p
}

// GCD returns the primitive greatest common divisor of p and q over Q(e), by
// the primitive remainder sequence.
func GCD(p, q Poly) Poly {
	p, q = p.Primitive(), q.Primitive()
	if p.Degree() < q.Degree() {
		p, q = q, p
	}
	for !q.IsZero() {
		p, q = q, pseudoRemainder(p, q).Primitive()
	}
	return p
}

// Quo returns the primitive part of p/q for a q that divides p over Q(e); ok
// is false if it does not.
func Quo(p, q Poly) (quotient Poly, ok bool) {
	if q.IsZero() {
		return Poly{}, false
	}
	lead := q.c[len(q.c)-1]
	var out Poly
	for p.Degree() >= q.Degree() && !p.IsZero() {
		term := Monomial(p.c[len(p.c)-1], p.Degree()-q.Degree())
		p = p.Scale(lead).Sub(q.Mul(term))
		out = out.Scale(lead).Add(term)
	}
	return out.Primitive(), p.IsZero()
}

// A Factor is a square-free polynomial with the multiplicity of its roots.
type Factor struct {
	Poly         Poly
	Multiplicity int
}

// SquareFree returns the square-free decomposition of p over Q(e): pairwise
// coprime primitive square-free factors of positive degree whose powers
// multiply to p up to a factor in Q(e). (D. Y. Y. Yun 1976.)
func SquareFree(p Poly) []Factor {
	var out []Factor
	if p.Degree() < 1 {
		return nil
	}
	if p.Degree() == 1 || coprime(p, p.Derivative()) {
		return []Factor{{p.Primitive(), 1}}
	}
	common := GCD(p, p.Derivative())
	rest, _ := Quo(p, common)
	for m := 1; rest.Degree() > 0; m++ {
		shared := GCD(rest, common)
		if f, _ := Quo(rest, shared); f.Degree() > 0 {
			out = append(out, Factor{f, m})
		}
		rest = shared
		common, _ = Quo(common, shared)
	}
	return out
}

// String writes the polynomial, highest power first.
func (p Poly) String() string { return p.text(Scalar.String, "−", "y^%d") }

// LaTeX writes the polynomial in LaTeX.
func (p Poly) LaTeX() string { return p.text(Scalar.LaTeX, "-", "y^{%d}") }

func (p Poly) text(scalar func(Scalar) string, minus, power string) string {
	return sum(len(p.c), minus, func(i int) (string, bool) {
		c := p.c[i]
		terms := 0
		for _, v := range c.c {
			if v.Sign() != 0 {
				terms++
			}
		}
		if terms > 1 {
			if sign, fixed := c.Signs(); fixed && sign < 0 {
				return "(" + scalar(c.Neg()) + ")", true
			}
			return "(" + scalar(c) + ")", false
		}
		if sign, _ := c.Signs(); sign < 0 {
			return scalar(c.Neg()), true
		}
		return scalar(c), false
	}, func(i int) bool { return !p.c[i].IsZero() }, "y", power)
}
