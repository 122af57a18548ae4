package ode

import (
	"math/big"

	"muflow/internal/fixed"
	"muflow/ode/ball"
)

// A cell is a node of the program.
type cell struct {
	row      *fixed.Series // nil for constants
	weighted *fixed.Series // k·c_k, of the argument of exp, of a logarithm
	zero     bool          // a row of zeros, because of the constant 0
	number   fixed.Number  // of a constant, of 1/b for a quotient by a constant b
	around   float64       // ≥ |constant|
	radius   magnitude     // |constant − number| ≤ radius
	inverse  fixed.Number  // of what is divided by
	inexact  int           // |inverse − exact| < 2^inexact
	unit     int           // of what is divided
	residue  uint64        // rounding there over all k, in that unit
	errors   uint64        // rounding of the row over all k, in its unit
	heavy    uint64        // rounding of the weighted row, in its unit
	lead     uint64        // of that, rounding of c_0 of exp, log and sqrt
	online   *fixed.Online // its sums of products, nil for short ones
}

// A magnitude is factor·2^exponent, ≥ 0.
type magnitude struct {
	factor   float64
	exponent int
}

// vanishes reports whether a node is 0 because of a constant that is.
func (e *expansion) vanishes(x node) bool {
	zero := func(n int) bool {
		c := &e.cells[n]
		return c.zero || c.row == nil && len(c.number.Words) == 0 && c.radius.factor == 0
	}
	switch x.op {
	case OpAdd, OpSub:
		return zero(x.a) && zero(x.b)
	case OpMul:
		return zero(x.a) || zero(x.b)
	case OpNeg, OpQuo:
		return zero(x.a)
	}
	return false
}

// set takes a constant.
func (c *cell) set(x *ball.Ball, words int) {
	number, unit, exact := fixed.NumberOf(x.Mid(), words)
	c.number = number
	if !exact {
		c.radius = magnitude{1, unit}
	}
	if r := x.Radius(); r.Sign() != 0 {
		mantissa := new(big.Float)
		e := r.MantExp(mantissa)
		f, _ := mantissa.Float64()
		if !exact && unit > e {
			f, e = f+1, unit
		} else if !exact {
			f++
		}
		c.radius = magnitude{up(f), e}
	}
	f, _ := ball.New(64).Abs(x).Upper().Float64()
	c.around = up(f)
}
