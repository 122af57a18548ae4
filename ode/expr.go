package ode

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// An Operation says what an expression is made of, see Expr.Parts.
type Operation uint8

// The operations, with their operands.
const (
	OpRational Operation = iota // a number, Expr.Value
	OpState                     // an unknown, Expr.Index
	OpAdd
	OpSub
	OpMul
	OpQuo
	OpNeg
	OpPower // with the exponent Expr.Index
	OpExp
	OpLog
	OpSqrt
	OpSin
	OpCos
	OpTanh
	OpAtan
	OpAbs
)

var functionNames = [...]string{"exp", "log", "sqrt", "sin", "cos", "tanh", "atan", "abs"}

// String returns the sign or the name of an operation, as Starlark writes it.
func (op Operation) String() string {
	switch {
	case op >= OpExp && int(op-OpExp) < len(functionNames):
		return functionNames[op-OpExp]
	case op <= OpPower:
		return [...]string{"number", "unknown", "+", "-", "*", "/", "-", "**"}[op]
	}
	return "operation " + strconv.Itoa(int(op))
}

// An Expr is an immutable expression in the unknowns of a system. A
// subexpression that occurs several times, as the same pointer or as an equal
// expression, is computed once; one without unknowns is computed once per
// precision. Mistakes such as a missing operand are reported by whatever uses
// the expression, see System.Validate.
type Expr struct {
	op    Operation
	a, b  *Expr
	value *big.Rat // of OpRational
	index int      // of OpState: which unknown; of OpPower: the exponent
}

// Rational returns the number q.
func Rational(q *big.Rat) *Expr {
	if q == nil {
		return &Expr{op: OpRational}
	}
	return &Expr{op: OpRational, value: new(big.Rat).Set(q)}
}

// Integer returns the number n.
func Integer(n int64) *Expr { return Rational(big.NewRat(n, 1)) }

// State returns the unknown with the given 0-based index.
func State(index int) *Expr { return &Expr{op: OpState, index: index} }

// Add returns x + y.
func (x *Expr) Add(y *Expr) *Expr { return &Expr{op: OpAdd, a: x, b: y} }

// Sub returns x − y.
func (x *Expr) Sub(y *Expr) *Expr { return &Expr{op: OpSub, a: x, b: y} }

// Mul returns x·y.
func (x *Expr) Mul(y *Expr) *Expr { return &Expr{op: OpMul, a: x, b: y} }

// Quo returns x/y.
func (x *Expr) Quo(y *Expr) *Expr { return &Expr{op: OpQuo, a: x, b: y} }

// Neg returns −x.
func (x *Expr) Neg() *Expr { return &Expr{op: OpNeg, a: x} }

// Scale returns q·x.
func (x *Expr) Scale(q *big.Rat) *Expr { return Rational(q).Mul(x) }

// Power returns x^n for any integer n; x^0 is 1 also at x = 0.
func (x *Expr) Power(n int) *Expr { return &Expr{op: OpPower, a: x, index: n} }

// Exp returns e^x.
func (x *Expr) Exp() *Expr { return &Expr{op: OpExp, a: x} }

// Log returns the natural logarithm of x.
func (x *Expr) Log() *Expr { return &Expr{op: OpLog, a: x} }

// Sqrt returns the square root of x.
func (x *Expr) Sqrt() *Expr { return &Expr{op: OpSqrt, a: x} }

// Sin returns the sine of x.
func (x *Expr) Sin() *Expr { return &Expr{op: OpSin, a: x} }

// Cos returns the cosine of x.
func (x *Expr) Cos() *Expr { return &Expr{op: OpCos, a: x} }

// Tanh returns the hyperbolic tangent of x.
func (x *Expr) Tanh() *Expr { return &Expr{op: OpTanh, a: x} }

// Atan returns the arctangent of x, in (−π/2, π/2).
func (x *Expr) Atan() *Expr { return &Expr{op: OpAtan, a: x} }

// Abs returns |x|. It has a derivative where x is not 0: a flow stops there.
func (x *Expr) Abs() *Expr { return &Expr{op: OpAbs, a: x} }

// isZero reports whether x is written as the number 0.
func (x *Expr) isZero() bool {
	return x != nil && x.op == OpRational && x.value != nil && x.value.Sign() == 0
}

// Horner returns a polynomial in nested form, one product a degree:
//
//	c_0 + x·(c_1 + x·(c_2 + …))
func Horner(coefficients []*Expr, x *Expr) *Expr {
	if len(coefficients) == 0 {
		return Integer(0)
	}
	sum := coefficients[len(coefficients)-1]
	for i := len(coefficients) - 2; i >= 0; i-- {
		sum = sum.Mul(x)
		if c := coefficients[i]; !c.isZero() {
			sum = sum.Add(c)
		}
	}
	return sum
}

// PowerSum returns a polynomial as a sum over the powers of x. Several
// polynomials in one x share those powers, and squares cost half a product, so
// this form is the faster one for two or more polynomials; see Horner.
//
//	Σ_i c_i·x^i
func PowerSum(coefficients []*Expr, x *Expr) *Expr {
	var sum *Expr
	for i, c := range coefficients {
		if c.isZero() {
			continue
		}
		term := c
		if i > 0 {
			term = c.Mul(x.Power(i))
		}
		if sum == nil {
			sum = term
		} else {
			sum = sum.Add(term)
		}
	}
	if sum == nil {
		return Integer(0)
	}
	return sum
}

// maxPrinted bounds the length of a printed expression: shared subexpressions
// are written out at every place.
const maxPrinted = 4096

// String writes the expression for people, x0, x1, … for the unknowns. A very
// long expression is cut and ends in "…".
func (x *Expr) String() string {
	var b strings.Builder
	x.print(&b)
	if b.Len() > maxPrinted {
		return strings.ToValidUTF8(b.String()[:maxPrinted], "") + "…"
	}
	return b.String()
}

func (x *Expr) print(b *strings.Builder) {
	if b.Len() > maxPrinted {
		return
	}
	if x == nil {
		b.WriteString("missing")
		return
	}
	switch x.op {
	case OpRational:
		switch {
		case x.value == nil:
			b.WriteString("missing")
		case x.value.IsInt() && x.value.Sign() >= 0:
			b.WriteString(x.value.RatString())
		default:
			b.WriteString("(" + x.value.RatString() + ")")
		}
	case OpState:
		b.WriteString("x" + strconv.Itoa(x.index))
	case OpAdd, OpSub, OpMul, OpQuo:
		b.WriteByte('(')
		x.a.print(b)
		b.WriteString([...]string{" + ", " - ", "*", "/"}[x.op-OpAdd])
		x.b.print(b)
		b.WriteByte(')')
	case OpNeg:
		b.WriteString("-")
		x.a.print(b)
	case OpPower:
		if x.a != nil && (x.a.op == OpNeg || x.a.op == OpPower) { // (−x)² is not −x²
			b.WriteByte('(')
			x.a.print(b)
			b.WriteByte(')')
		} else {
			x.a.print(b)
		}
		fmt.Fprintf(b, "^%d", x.index)
	default:
		b.WriteString(x.op.String() + "(")
		x.a.print(b)
		b.WriteByte(')')
	}
}

// A System is the autonomous equation
//
//	x_i' = RightHandSide[i](x_0, …, x_{Dimension−1})
type System struct {
	Dimension     int
	RightHandSide []*Expr
}

// Validate reports what keeps s from being a system: no unknown, another
// number of right-hand sides than unknowns, a missing operand, an unknown that
// does not exist, or a constant that cannot be computed, such as 1/0.
func (s *System) Validate() error {
	_, err := s.compile()
	return err
}

func (s *System) compile(more ...*Expr) (*program, error) {
	if s == nil {
		return nil, errMissing
	}
	if s.Dimension < 1 {
		return nil, fmt.Errorf("system of dimension %d, expected at least 1", s.Dimension)
	}
	if len(s.RightHandSide) != s.Dimension {
		return nil, fmt.Errorf("%d right-hand sides for %d unknowns", len(s.RightHandSide), s.Dimension)
	}
	return compile(append(append([]*Expr(nil), s.RightHandSide...), more...), s.Dimension)
}
