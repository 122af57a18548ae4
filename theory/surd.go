package theory

import (
	"fmt"
	"math/big"
	"strings"
)

// A Surd is the real number Sign·√Square with a rational square, such as the
// weight 3/√14 of a vertex in a thought of unit norm. Surds are compared
// exactly.
type Surd struct {
	sign   int // −1, 0, 1
	square *big.Rat
}

// NewSurd returns coefficient/√square for a positive square.
func NewSurd(coefficient, square *big.Rat) Surd {
	s := new(big.Rat).Mul(coefficient, coefficient)
	return Surd{coefficient.Sign(), s.Quo(s, square)}
}

// Rational returns a rational number as a surd.
func Rational(q *big.Rat) Surd { return NewSurd(q, big.NewRat(1, 1)) }

// Sign returns −1, 0 or 1.
func (x Surd) Sign() int { return x.sign }

// Square returns x².
func (x Surd) Square() *big.Rat {
	if x.square == nil {
		return new(big.Rat)
	}
	return new(big.Rat).Set(x.square)
}

// Cmp compares x and y: −1 for x < y, 0 for x = y, 1 for x > y.
func (x Surd) Cmp(y Surd) int {
	if x.sign != y.sign || x.sign == 0 {
		return min(max(x.sign-y.sign, -1), 1)
	}
	return x.sign * x.square.Cmp(y.square)
}

// Mul returns x·y.
func (x Surd) Mul(y Surd) Surd {
	return Surd{x.sign * y.sign, new(big.Rat).Mul(x.Square(), y.Square())}
}

// Neg returns −x.
func (x Surd) Neg() Surd { return Surd{-x.sign, x.Square()} }

// Inv returns 1/x for x ≠ 0.
func (x Surd) Inv() Surd { return Surd{x.sign, new(big.Rat).Inv(x.square)} }

// Rat returns the number if it is rational.
func (x Surd) Rat() (*big.Rat, bool) {
	root, ok := rationalRoot(x.Square())
	if !ok {
		return nil, false
	}
	if x.sign < 0 {
		root.Neg(root)
	}
	return root, true
}

// String writes the number exactly: 3/5, √(2/7) or −√(2/7).
func (x Surd) String() string {
	if q, ok := x.Rat(); ok {
		return q.RatString()
	}
	mark := ""
	if x.sign < 0 {
		mark = "−"
	}
	return mark + "√(" + x.square.RatString() + ")"
}

// rationalRoot returns √q if that is rational, for q ≥ 0.
func rationalRoot(q *big.Rat) (*big.Rat, bool) {
	a, b := new(big.Int).Sqrt(q.Num()), new(big.Int).Sqrt(q.Denom())
	root := new(big.Rat).SetFrac(a, b)
	return root, new(big.Rat).Mul(root, root).Cmp(q) == 0
}

// A SurdSum is a sum of surds; nil is 0.
type SurdSum []Surd

// Plus returns the sum of both.
func (x SurdSum) Plus(y ...Surd) SurdSum {
	return append(append(SurdSum(nil), x...), y...)
}

// Times returns the sum times a surd.
func (x SurdSum) Times(y Surd) SurdSum {
	out := make(SurdSum, len(x))
	for i, s := range x {
		out[i] = s.Mul(y)
	}
	return out
}

// Minus returns the difference.
func (x SurdSum) Minus(y SurdSum) SurdSum {
	return x.Plus(y.Times(Rational(big.NewRat(-1, 1)))...)
}

// Collected returns the sum with terms collected whose ratio is rational. As
// the roots of different square-free integers are linearly independent over
// the rationals, it is empty exactly if the sum is 0.
func (x SurdSum) Collected() SurdSum {
	type term struct {
		coefficient *big.Rat
		root        *big.Rat // square
	}
	var terms []term
next:
	for _, s := range x {
		if s.sign == 0 {
			continue
		}
		for _, t := range terms { // s = ±√(s²/t²)·√(t²)
			if ratio, ok := rationalRoot(new(big.Rat).Quo(s.square, t.root)); ok {
				if s.sign < 0 {
					ratio.Neg(ratio)
				}
				t.coefficient.Add(t.coefficient, ratio)
				continue next
			}
		}
		terms = append(terms, term{big.NewRat(int64(s.sign), 1), s.square})
	}
	var out SurdSum
	for _, t := range terms {
		if t.coefficient.Sign() != 0 {
			out = append(out, NewSurd(t.coefficient, new(big.Rat).Inv(t.root)))
		}
	}
	return out
}

// Rat returns the number if it is rational.
func (x SurdSum) Rat() (*big.Rat, bool) {
	switch c := x.Collected(); len(c) {
	case 0:
		return new(big.Rat), true
	case 1:
		return c[0].Rat()
	}
	return nil, false
}

// Sign returns the sign of the sum, exactly: 0 is told by Collected, and any
// other sum by integer square roots of growing precision.
func (x SurdSum) Sign() int {
	c := x.Collected()
	switch len(c) {
	case 0:
		return 0
	case 1:
		return c[0].sign
	}
	for bits := uint(64); ; bits *= 2 {
		low := new(big.Int) // of the sum in units of 2^−bits; the sum is below low + len(c)
		for _, s := range c {
			n := new(big.Int).Lsh(s.square.Num(), 2*bits)
			n.Sqrt(n.Quo(n, s.square.Denom())) // n ≤ √(square)·2^bits < n + 1
			if s.sign > 0 {
				low.Add(low, n)
			} else {
				low.Sub(low, n.Add(n, big.NewInt(1)))
			}
		}
		if low.Sign() > 0 {
			return 1
		}
		if low.Add(low, big.NewInt(int64(len(c)))).Sign() <= 0 {
			return -1
		}
	}
}

// Cmp compares two sums exactly.
func (x SurdSum) Cmp(y SurdSum) int { return x.Minus(y).Sign() }

// String writes the sum exactly.
func (x SurdSum) String() string {
	c := x.Collected()
	if len(c) == 0 {
		return "0"
	}
	parts := make([]string, len(c))
	for i, s := range c {
		parts[i] = fmt.Sprint(s)
	}
	return strings.ReplaceAll(strings.Join(parts, " + "), "+ −", "− ")
}
