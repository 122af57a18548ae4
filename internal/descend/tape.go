package descend

import (
	floats "muflow/internal/tape"
	"muflow/ode"
)

// A tape is an expression in float64, with its gradient by reverse
// differentiation: it shares no code with the symbolic derivatives from which
// flows are made. The same bits come out on every processor.
type tape struct {
	*floats.Tape
	unknowns int
}

// A scratch is what one evaluation of a tape writes to.
type scratch struct{ values, slopes []float64 }

// newTape lists the operations of an expression in so many unknowns, equal ones
// once. Numbers are rounded to float64.
func newTape(x *ode.Expr, unknowns int) *tape { return &tape{floats.New(x), unknowns} }

func (t *tape) scratch() *scratch {
	n := t.Len()
	return &scratch{make([]float64, n), make([]float64, n)}
}

// value evaluates the expression.
// Approximate: no error bound.
func (t *tape) value(w []float64, s *scratch) float64 {
	var out [1]float64
	t.Values(out[:], w, s.values)
	return out[0]
}

// gradient adds weight times the gradient at w to a sum, and returns the value.
// Approximate: no error bound.
func (t *tape) gradient(sum []float64, weight float64, w []float64, s *scratch) float64 {
	out := t.value(w, s)
	v, d := s.values, s.slopes
	clear(d)
	d[len(d)-1] = weight
	for n := t.Len() - 1; n >= 0; n-- {
		o, slope := &t.Operations[n], d[n]
		if slope == 0 {
			continue
		}
		switch o.Op {
		case ode.OpRational:
		case ode.OpState:
			sum[o.Index] += slope
		case ode.OpAdd:
			d[o.A] += slope
			d[o.B] += slope
		case ode.OpSub:
			d[o.A] += slope
			d[o.B] -= slope
		case ode.OpMul:
			d[o.A] += float64(slope * v[o.B])
			d[o.B] += float64(slope * v[o.A])
		case ode.OpQuo:
			d[o.A] += slope / v[o.B]
			d[o.B] -= float64(slope*v[n]) / v[o.B]
		default:
			d[o.A] += float64(slope * slopeOf(o.Op, o.Index, v[o.A], v[n]))
		}
	}
	return out
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
		return float64(index) * floats.Apply(ode.OpPower, index-1, x)
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
		return floats.Apply(ode.OpCos, 0, x)
	case ode.OpCos:
		return -floats.Apply(ode.OpSin, 0, x)
	}
	return 1 / (1 + float64(x*x)) // atan
}
