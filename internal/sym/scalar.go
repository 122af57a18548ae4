// Package sym is exact algebra: polynomials in y whose coefficients are
// polynomials in e with integer coefficients, the ring Z[e][y]. The letter e
// stands for e^{αs}, which is transcendental for rational α > 0, so that
// equality in the ring is equality of numbers. All values are immutable.
package sym

import (
	"fmt"
	"math/big"
	"strings"
)

// A Scalar is a polynomial in e with integer coefficients, Σ c_i e^i. The zero
// value is 0.
type Scalar struct{ c []*big.Int } // trimmed: the last entry is not 0

// NewScalar returns Σ c[i]·e^i.
func NewScalar(c ...int64) Scalar {
	for len(c) > 0 && c[len(c)-1] == 0 {
		c = c[:len(c)-1]
	}
	if len(c) == 0 {
		return Scalar{}
	}
	out := make([]*big.Int, len(c))
	for i, v := range c {
		if v >= 0 && v < int64(len(small)) {
			out[i] = &small[v]
			continue
		}
		out[i] = big.NewInt(v)
	}
	return Scalar{out}
}

// small are the first integers, to be read only.
var small = func() (out [256]big.Int) {
	for i := range out {
		out[i].SetInt64(int64(i))
	}
	return out
}()

// integers returns so many integers.
func integers(n int) []*big.Int {
	values, out := make([]big.Int, n), make([]*big.Int, n)
	for i := range out {
		out[i] = &values[i]
	}
	return out
}

func trim(c []*big.Int) Scalar {
	for len(c) > 0 && c[len(c)-1].Sign() == 0 {
		c = c[:len(c)-1]
	}
	return Scalar{c}
}

// isOne reports whether a is 1.
func (a Scalar) isOne() bool { return len(a.c) == 1 && a.c[0].IsInt64() && a.c[0].Int64() == 1 }

// Degree returns the degree in e, −1 for 0.
func (a Scalar) Degree() int { return len(a.c) - 1 }

// IsZero reports whether a is 0.
func (a Scalar) IsZero() bool { return len(a.c) == 0 }

// Coefficient returns the coefficient of e^i.
func (a Scalar) Coefficient(i int) *big.Int {
	if i < 0 || i >= len(a.c) {
		return new(big.Int)
	}
	return new(big.Int).Set(a.c[i])
}

// Add returns a + b.
func (a Scalar) Add(b Scalar) Scalar {
	if len(a.c) < len(b.c) {
		a, b = b, a
	}
	if b.IsZero() {
		return a
	}
	out := integers(len(b.c))
	for i, v := range b.c {
		out[i].Add(a.c[i], v)
	}
	return trim(append(out, a.c[len(b.c):]...))
}

// Neg returns −a.
func (a Scalar) Neg() Scalar {
	out := integers(len(a.c))
	for i, v := range a.c {
		out[i].Neg(v)
	}
	return Scalar{out}
}

// Sub returns a − b.
func (a Scalar) Sub(b Scalar) Scalar {
	if b.IsZero() {
		return a
	}
	out := integers(max(len(a.c), len(b.c)))
	for i, v := range a.c {
		out[i].Set(v)
	}
	for i, v := range b.c {
		out[i].Sub(out[i], v)
	}
	return trim(out)
}

// Mul returns a·b.
func (a Scalar) Mul(b Scalar) Scalar {
	if a.IsZero() || b.IsZero() {
		return Scalar{}
	}
	out := integers(len(a.c) + len(b.c) - 1)
	term := new(big.Int)
	for i, x := range a.c {
		for j, y := range b.c {
			out[i+j].Add(out[i+j], term.Mul(x, y))
		}
	}
	return trim(out)
}

// MulInt returns n·a.
func (a Scalar) MulInt(n *big.Int) Scalar {
	if n.Sign() == 0 {
		return Scalar{}
	}
	out := make([]*big.Int, len(a.c))
	for i, v := range a.c {
		out[i] = new(big.Int).Mul(v, n)
	}
	return Scalar{out}
}

// Equal reports whether a and b are the same polynomial.
func (a Scalar) Equal(b Scalar) bool { return a.Sub(b).IsZero() }

// Signs returns 1 if all coefficients are ≥ 0 and some are > 0, −1 for the
// opposite, and 0 for the polynomial 0; fixed is false where signs mix. A
// fixed sign is that of the value at every e > 0.
func (a Scalar) Signs() (sign int, fixed bool) {
	for _, v := range a.c {
		switch s := v.Sign(); {
		case s == 0:
		case sign == 0:
			sign = s
		case sign != s:
			return 0, false
		}
	}
	return sign, true
}

// Eval returns the value at a rational e.
func (a Scalar) Eval(e *big.Rat) *big.Rat {
	sum := new(big.Rat)
	for i := len(a.c) - 1; i >= 0; i-- {
		sum.Mul(sum, e)
		sum.Add(sum, new(big.Rat).SetInt(a.c[i]))
	}
	return sum
}

// content returns the non-negative gcd of the coefficients.
func (a Scalar) content() *big.Int {
	g, size := new(big.Int), new(big.Int)
	for _, v := range a.c {
		g.GCD(nil, nil, g, size.Abs(v))
	}
	return g
}

// quoInt returns a/n for an n that divides all coefficients.
func (a Scalar) quoInt(n *big.Int) Scalar {
	out := make([]*big.Int, len(a.c))
	for i, v := range a.c {
		out[i] = new(big.Int).Quo(v, n)
	}
	return Scalar{out}
}

// quo returns a/b if b divides a in Z[e].
func (a Scalar) quo(b Scalar) (Scalar, bool) {
	if b.IsZero() {
		return Scalar{}, false
	}
	if len(b.c) == 1 {
		return a.over(b.c[0])
	}
	rest := append([]*big.Int(nil), a.c...)
	out := make([]*big.Int, max(len(a.c)-len(b.c)+1, 0))
	lead := b.c[len(b.c)-1]
	for i := len(out) - 1; i >= 0; i-- {
		q, r := new(big.Int).QuoRem(rest[i+len(b.c)-1], lead, new(big.Int))
		if r.Sign() != 0 {
			return Scalar{}, false
		}
		out[i] = q
		for j, v := range b.c {
			rest[i+j] = new(big.Int).Sub(rest[i+j], new(big.Int).Mul(q, v))
		}
	}
	return trim(out), trim(rest).IsZero()
}

// over returns a/n if n divides a.
func (a Scalar) over(n *big.Int) (Scalar, bool) {
	if n.IsInt64() && n.Int64() == 1 {
		return a, true
	}
	out, rest := make([]*big.Int, len(a.c)), new(big.Int)
	for i, v := range a.c {
		out[i], _ = new(big.Int).QuoRem(v, n, rest)
		if rest.Sign() != 0 {
			return Scalar{}, false
		}
	}
	return Scalar{out}, true
}

// gcdScalar returns the greatest common divisor in Z[e] with a positive
// leading coefficient, by the primitive remainder sequence.
func gcdScalar(a, b Scalar) Scalar {
	content := new(big.Int).GCD(nil, nil, a.content(), b.content())
	switch {
	case a.IsZero() || b.IsZero():
	case a.Degree() == 0 || b.Degree() == 0:
		return Scalar{[]*big.Int{content}}
	case a.Degree() == 1 && b.Degree() == 1: // constants, unless they are proportional
		if new(big.Int).Mul(a.c[0], b.c[1]).Cmp(new(big.Int).Mul(a.c[1], b.c[0])) != 0 {
			return Scalar{[]*big.Int{content}}
		}
	}
	for !b.IsZero() {
		b = b.quoInt(b.content())
		rest := a
		for rest.Degree() >= b.Degree() {
			shift := rest.Degree() - b.Degree()
			shifted := Scalar{append(integers(shift), b.MulInt(rest.c[len(rest.c)-1]).c...)}
			rest = rest.MulInt(b.c[len(b.c)-1]).Sub(shifted)
		}
		a, b = b, rest
	}
	if a.IsZero() {
		return a
	}
	a = a.quoInt(a.content()).MulInt(content)
	if a.c[len(a.c)-1].Sign() < 0 {
		a = a.Neg()
	}
	return a
}

// String writes the polynomial, highest power first, for instance 2e^2 − e + 3.
func (a Scalar) String() string { return a.text("e^%d", "−") }

// LaTeX writes the polynomial in LaTeX.
func (a Scalar) LaTeX() string { return a.text("e^{%d}", "-") }

func (a Scalar) text(power, minus string) string {
	return sum(len(a.c), minus, func(i int) (string, bool) {
		return new(big.Int).Abs(a.c[i]).String(), a.c[i].Sign() < 0
	}, func(i int) bool { return a.c[i].Sign() != 0 }, "e", power)
}

// sum writes terms from the highest power to the lowest.
func sum(n int, minus string, coefficient func(int) (string, bool), present func(int) bool, letter, power string) string {
	var b strings.Builder
	for i := n - 1; i >= 0; i-- {
		if !present(i) {
			continue
		}
		text, negative := coefficient(i)
		switch {
		case negative && b.Len() == 0:
			b.WriteString(minus)
		case negative:
			b.WriteString(" " + minus + " ")
		case b.Len() > 0:
			b.WriteString(" + ")
		}
		if text != "1" || i == 0 {
			b.WriteString(text)
		}
		switch {
		case i == 1:
			b.WriteString(letter)
		case i > 1:
			fmt.Fprintf(&b, power, i)
		}
	}
	if b.Len() == 0 {
		return "0"
	}
	return b.String()
}
