// Package tape evaluates expressions in float64, with the same bits on every
// processor.
package tape

import (
	"math"

	"muflow/internal/portable"
	"muflow/ode"
	"muflow/ode/ball"
)

// A Tape is a list of expressions in float64.
type Tape struct {
	Operations []Operation
	outputs    []int
}

// An Operation works on the values of earlier ones, A and B.
type Operation struct {
	Op    ode.Operation
	A, B  int
	Index int     // of an unknown, or an exponent
	Value float64 // of a number
}

// New lists the operations of expressions, equal ones once. Numbers are rounded
// to float64.
func New(exprs ...*ode.Expr) *Tape {
	type key struct {
		Operation
		text string
	}
	t := &Tape{}
	byExpr, byKey := map[*ode.Expr]int{}, map[key]int{}
	var visit func(x *ode.Expr) int
	visit = func(x *ode.Expr) int {
		if at, ok := byExpr[x]; ok {
			return at
		}
		o := Operation{Op: x.Operation(), Index: x.Index()}
		k := key{}
		if q := x.Value(); q != nil {
			o.Value, _ = q.Float64()
			k.text = q.RatString()
		}
		operands := x.Operands()
		if len(operands) > 0 {
			o.A = visit(operands[0])
		}
		if len(operands) > 1 {
			o.B = visit(operands[1])
		}
		k.Operation = o
		at, ok := byKey[k]
		if !ok {
			at = len(t.Operations)
			t.Operations = append(t.Operations, o)
			byKey[k] = at
		}
		byExpr[x] = at
		return at
	}
	for _, x := range exprs {
		t.outputs = append(t.outputs, visit(x))
	}
	return t
}

// Len returns how many numbers an evaluation works with.
func (t *Tape) Len() int { return len(t.Operations) }

// Values writes the values of the expressions at w, where work has Len numbers.
// What has no value is no number.
//
// Approximate: no error bound.
func (t *Tape) Values(out, w, work []float64) {
	for n := range t.Operations {
		o := &t.Operations[n]
		switch o.Op {
		case ode.OpRational:
			work[n] = o.Value
		case ode.OpState:
			work[n] = w[o.Index]
		case ode.OpAdd:
			work[n] = work[o.A] + work[o.B]
		case ode.OpSub:
			work[n] = work[o.A] - work[o.B]
		case ode.OpMul:
			work[n] = float64(work[o.A] * work[o.B])
		case ode.OpQuo:
			work[n] = work[o.A] / work[o.B]
		default:
			work[n] = Apply(o.Op, o.Index, work[o.A])
		}
	}
	for i, at := range t.outputs {
		out[i] = work[at]
	}
}

// Apply is a function of one number, or with index n the power x^n.
//
// Approximate: no error bound.
func Apply(op ode.Operation, index int, x float64) float64 {
	switch op {
	case ode.OpNeg:
		return -x
	case ode.OpPower:
		return power(x, index)
	case ode.OpExp:
		return portable.Exp(x)
	case ode.OpLog:
		return portable.Log(x)
	case ode.OpSqrt:
		return math.Sqrt(x)
	case ode.OpAbs:
		return math.Abs(x)
	case ode.OpTanh:
		u := portable.Expm1(-2 * math.Abs(x))
		return math.Copysign(-u/(2+u), x)
	case ode.OpSin:
		return through(x, (*ball.Ball).Sin)
	case ode.OpCos:
		return through(x, (*ball.Ball).Cos)
	}
	return through(x, (*ball.Ball).Atan)
}

// power is x^n by squaring.
func power(x float64, n int) float64 {
	if n < 0 {
		return 1 / power(x, -n)
	}
	z := 1.0
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			z = float64(z * x)
		}
		x = float64(x * x)
	}
	return z
}

// through evaluates a function by ball arithmetic.
func through(x float64, function func(z, x *ball.Ball) *ball.Ball) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return math.NaN()
	}
	y, _ := function(ball.New(80), ball.New(80).SetFloat64(x)).Mid().Float64()
	return y
}
