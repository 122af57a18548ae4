package descend

import (
	"math"

	"muflow/internal/portable"
	"muflow/ode"
	"muflow/ode/ball"
)

// A tape is an expression in float64, with its gradient by reverse
// differentiation: it shares no code with the symbolic derivatives from which
// flows are made. The same bits come out on every processor.
type tape struct {
	operations []operation
	unknowns   int
}

// An operation works on the values of earlier ones.
type operation struct {
	op    ode.Operation
	a, b  int
	index int     // of an unknown, or an exponent
	value float64 // of a number
}

// A scratch is what one evaluation of a tape writes to.
type scratch struct{ values, slopes []float64 }

// newTape lists the operations of an expression in so many unknowns, equal ones
// once. Numbers are rounded to float64.
func newTape(x *ode.Expr, unknowns int) *tape {
	type key struct {
		operation
		text string
	}
	t := &tape{unknowns: unknowns}
	byExpr, byKey := map[*ode.Expr]int{}, map[key]int{}
	var visit func(x *ode.Expr) int
	visit = func(x *ode.Expr) int {
		if at, ok := byExpr[x]; ok {
			return at
		}
		o := operation{op: x.Operation(), index: x.Index()}
		k := key{}
		if q := x.Value(); q != nil {
			o.value, _ = q.Float64()
			k.text = q.RatString()
		}
		operands := x.Operands()
		if len(operands) > 0 {
			o.a = visit(operands[0])
		}
		if len(operands) > 1 {
			o.b = visit(operands[1])
		}
		k.operation = o
		at, ok := byKey[k]
		if !ok {
			at = len(t.operations)
			t.operations = append(t.operations, o)
			byKey[k] = at
		}
		byExpr[x] = at
		return at
	}
	visit(x)
	return t
}

func (t *tape) scratch() *scratch {
	n := len(t.operations)
	return &scratch{make([]float64, n), make([]float64, n)}
}

// value evaluates the expression.
// Approximate: no error bound.
func (t *tape) value(w []float64, s *scratch) float64 {
	v := s.values
	for n := range t.operations {
		o := &t.operations[n]
		switch o.op {
		case ode.OpRational:
			v[n] = o.value
		case ode.OpState:
			v[n] = w[o.index]
		case ode.OpAdd:
			v[n] = v[o.a] + v[o.b]
		case ode.OpSub:
			v[n] = v[o.a] - v[o.b]
		case ode.OpMul:
			v[n] = float64(v[o.a] * v[o.b])
		case ode.OpQuo:
			v[n] = v[o.a] / v[o.b]
		default:
			v[n] = apply(o.op, o.index, v[o.a])
		}
	}
	return v[len(v)-1]
}

// gradient adds weight times the gradient at w to a sum, and returns the value.
// Approximate: no error bound.
func (t *tape) gradient(sum []float64, weight float64, w []float64, s *scratch) float64 {
	out := t.value(w, s)
	v, d := s.values, s.slopes
	clear(d)
	d[len(d)-1] = weight
	for n := len(t.operations) - 1; n >= 0; n-- {
		o, slope := &t.operations[n], d[n]
		if slope == 0 {
			continue
		}
		switch o.op {
		case ode.OpRational:
		case ode.OpState:
			sum[o.index] += slope
		case ode.OpAdd:
			d[o.a] += slope
			d[o.b] += slope
		case ode.OpSub:
			d[o.a] += slope
			d[o.b] -= slope
		case ode.OpMul:
			d[o.a] += float64(slope * v[o.b])
			d[o.b] += float64(slope * v[o.a])
		case ode.OpQuo:
			d[o.a] += slope / v[o.b]
			d[o.b] -= float64(slope*v[n]) / v[o.b]
		default:
			d[o.a] += float64(slope * slopeOf(o.op, o.index, v[o.a], v[n]))
		}
	}
	return out
}

// apply is a function of one number, or a power.
func apply(op ode.Operation, index int, x float64) float64 {
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

// slopeOf is the derivative of such a function at x, where it has the value y.
func slopeOf(op ode.Operation, index int, x, y float64) float64 {
	switch op {
	case ode.OpNeg:
		return -1
	case ode.OpPower:
		if index == 0 {
			return 0
		}
		return float64(index) * power(x, index-1)
	case ode.OpExp:
		return y
	case ode.OpLog:
		return 1 / x
	case ode.OpSqrt:
		return 0.5 / y
	case ode.OpAbs:
		return x / y // NaN at 0
	case ode.OpTanh:
		return float64((1 - y) * (1 + y))
	case ode.OpSin:
		return through(x, (*ball.Ball).Cos)
	case ode.OpCos:
		return -through(x, (*ball.Ball).Sin)
	}
	return 1 / (1 + float64(x*x)) // atan
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

// through evaluates a function by ball arithmetic, which has the same bits on
// every processor.
func through(x float64, function func(z, x *ball.Ball) *ball.Ball) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return math.NaN()
	}
	y, _ := function(ball.New(80), ball.New(80).SetFloat64(x)).Mid().Float64()
	return y
}
