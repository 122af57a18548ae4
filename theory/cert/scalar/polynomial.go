package scalar

import (
	"fmt"
	"math/big"
	"strings"
)

// at returns the sign at a rational number, or at ±∞ where x is nil.
func (p Polynomial) at(x *big.Rat, side int) int {
	if len(p) == 0 {
		return 0
	}
	if x == nil {
		sign := p[len(p)-1].Sign()
		if side < 0 && len(p)%2 == 0 {
			sign = -sign
		}
		return sign
	}
	sum, scale := new(big.Int), big.NewInt(1)
	for i := len(p) - 1; i >= 0; i-- { // Σ c_i a^i b^{n−i}
		sum.Mul(sum, x.Num())
		sum.Add(sum, new(big.Int).Mul(p[i], scale))
		scale.Mul(scale, x.Denom())
	}
	return sum.Sign()
}

// trimmed drops leading coefficients that are 0.
func (p Polynomial) trimmed() Polynomial {
	for len(p) > 0 && p[len(p)-1].Sign() == 0 {
		p = p[:len(p)-1]
	}
	return p
}

// plus returns p + c·q.
func (p Polynomial) plus(c *big.Int, q Polynomial) Polynomial {
	out := make(Polynomial, max(len(p), len(q)))
	for i := range out {
		out[i] = new(big.Int)
		if i < len(q) {
			out[i].Mul(c, q[i])
		}
		if i < len(p) {
			out[i].Add(out[i], p[i])
		}
	}
	return out.trimmed()
}

func (p Polynomial) minus(q Polynomial) Polynomial { return p.plus(big.NewInt(-1), q) }

func (p Polynomial) scaled(c *big.Int) Polynomial { return Polynomial{}.plus(c, p) }

func (p Polynomial) times(q Polynomial) Polynomial {
	out := Polynomial{}
	for i, c := range p {
		out = out.plus(c, append(zeros(i), q...))
	}
	return out
}

// zeros is x^n without its leading coefficient.
func zeros(n int) Polynomial {
	out := make(Polynomial, n)
	for i := range out {
		out[i] = new(big.Int)
	}
	return out
}

func (p Polynomial) derivative() Polynomial {
	out := Polynomial{}
	for i := 1; i < len(p); i++ {
		out = append(out, new(big.Int).Mul(p[i], big.NewInt(int64(i))))
	}
	return out
}

// primitive divides by the content, which is positive.
func (p Polynomial) primitive() Polynomial {
	content := new(big.Int)
	for _, c := range p {
		content.GCD(nil, nil, content, new(big.Int).Abs(c))
	}
	if content.Sign() == 0 {
		return p
	}
	out := make(Polynomial, len(p))
	for i, c := range p {
		out[i] = new(big.Int).Quo(c, content)
	}
	return out
}

// divide returns quotient and remainder of m·p by q ≠ 0, for some integer m > 0.
func (p Polynomial) divide(q Polynomial) (quotient, remainder Polynomial) {
	lead, m := q[len(q)-1], new(big.Int).Abs(q[len(q)-1])
	for quotient = (Polynomial{}); len(p) >= len(q); {
		n := len(p) - len(q)
		c := new(big.Int).Mul(p[len(p)-1], big.NewInt(int64(lead.Sign())))
		quotient = quotient.scaled(m).plus(big.NewInt(1), append(zeros(n), c))
		p = p.scaled(m).minus(append(zeros(n), q...).scaled(c)) // m·p − c·x^n·q
	}
	return quotient, p
}

// gcd is a greatest common divisor.
func gcd(p, q Polynomial) Polynomial {
	for len(q) > 0 {
		_, r := p.divide(q)
		p, q = q, r.primitive()
	}
	return p.primitive()
}

// shared reports whether p and q have a common zero in a mark.
func (c *checker) shared(p, q Polynomial, m place) bool {
	key := fmt.Sprint(p, ",", q)
	if c.divisors[key] == nil {
		c.divisors[key] = gcd(p, q)
	}
	return c.count(c.divisors[key], m.low, m.high) == 1
}

// chain is the Sturm chain of the square-free part of p ≠ 0,
//
//	p_0 = p/gcd(p, p'),  p_1 = p_0',  p_{i+1} = −rem(p_{i−1}, p_i),
//
// up to positive factors: with V(x) changes of sign at x, p has V(a) − V(b) different roots in
// (a, b] (C. Sturm, 1829).
func (c *checker) chain(p Polynomial) []Polynomial {
	key := fmt.Sprint(p)
	if out, ok := c.chains[key]; ok {
		return out
	}
	free, _ := p.divide(gcd(p, p.derivative()))
	out := []Polynomial{free.primitive()}
	for next := out[0].derivative().primitive(); len(next) > 0; {
		out = append(out, next)
		_, rest := out[len(out)-2].divide(next)
		next = rest.scaled(big.NewInt(-1)).primitive()
	}
	c.chains[key] = out
	return out
}

// count returns how many different roots p ≠ 0 has in the open interval (a, b); an end that is nil
// is infinite.
func (c *checker) count(p Polynomial, a, b *big.Rat) int {
	if a != nil && b != nil && a.Cmp(b) >= 0 {
		return 0
	}
	changes := func(x *big.Rat, side int) (n int) {
		last := 0
		for _, q := range c.chain(p) {
			if s := q.at(x, side); s != 0 {
				if s == -last {
					n++
				}
				last = s
			}
		}
		return n
	}
	n := changes(a, -1) - changes(b, 1)
	if b != nil && p.at(b, 0) == 0 {
		n--
	}
	return n
}

// Sign returns the sign at a rational number.
func (p Polynomial) Sign(x *big.Rat) int { return p.at(x, 0) }

// Common returns a greatest common divisor with q ≠ 0.
func (p Polynomial) Common(q Polynomial) Polynomial { return gcd(p, q) }

// Counter returns a function that counts the different roots of p ≠ 0 in an open interval; an end that
// is nil is infinite.
func (p Polynomial) Counter() func(a, b *big.Rat) int {
	c := &checker{chains: map[string][]Polynomial{}}
	return func(a, b *big.Rat) int { return c.count(p, a, b) }
}

func (p Polynomial) String() string {
	var out strings.Builder
	for i := len(p) - 1; i >= 0; i-- {
		c := p[i]
		if c.Sign() == 0 {
			continue
		}
		switch {
		case out.Len() == 0 && c.Sign() < 0:
			out.WriteString("-")
		case out.Len() > 0 && c.Sign() < 0:
			out.WriteString(" - ")
		case out.Len() > 0:
			out.WriteString(" + ")
		}
		power := map[bool]string{true: "x", false: fmt.Sprintf("x^%d", i)}[i == 1]
		switch size := new(big.Int).Abs(c).String(); {
		case i == 0:
			out.WriteString(size)
		case size == "1":
			out.WriteString(power)
		default:
			out.WriteString(size + "*" + power)
		}
	}
	if out.Len() == 0 {
		return "0"
	}
	return out.String()
}

func (q Quotient) String() string {
	if len(q.Denominator) == 1 && q.Denominator[0].IsInt64() && q.Denominator[0].Int64() == 1 {
		return q.Numerator.String()
	}
	return fmt.Sprintf("(%v)/(%v)", q.Numerator, q.Denominator)
}
