package alltime

import "muflow/ode"

// A reach is what is known of an expression over boxes whose first side is
// [a, M], for every M at once: values encloses all values for all M; and for each
// M by itself there is a number strictly between the end of values and all values
// where awayLow (or awayHigh) is set. So 1/(1 + e^x) on [0, ∞) is in (0, 1/2], and
// away from 0 for each M, which e^{−y} is not where y has no bound.
type reach struct {
	values            interval
	awayLow, awayHigh bool
}

// lowKept reports whether the values have a lower bound for each M, and highKept
// an upper one.
func (r reach) lowKept() bool  { return !r.values.low.IsInf() || r.awayLow }
func (r reach) highKept() bool { return !r.values.high.IsInf() || r.awayHigh }

// positive reports whether for each M all values are more than some number > 0.
func (r reach) positive() bool {
	return !r.values.undefined && (r.values.low.Sign() > 0 || r.values.low.Sign() == 0 && r.awayLow)
}

func (r reach) neg() reach { return reach{r.values.neg(), r.awayHigh, r.awayLow} }

func (r reach) add(s reach) reach {
	out := reach{values: r.values.add(s.values)}
	out.awayLow, out.awayHigh = r.awayLow || s.awayLow, r.awayHigh || s.awayHigh
	if out.values.low.IsInf() {
		out.awayLow = r.lowKept() && s.lowKept()
	}
	if out.values.high.IsInf() {
		out.awayHigh = r.highKept() && s.highKept()
	}
	return out
}

func (r reach) mul(s reach) reach {
	out := reach{values: r.values.mul(s.values)}
	if out.values.undefined {
		return out
	}
	switch {
	case r.values.isZero() || s.values.isZero():
		return out
	case r.values.nonPositive() && s.values.nonPositive():
		return r.neg().mul(s.neg())
	case r.values.nonPositive() && s.values.nonNegative():
		return r.neg().mul(s).neg()
	case r.values.nonNegative() && s.values.nonPositive():
		return r.mul(s.neg()).neg()
	case r.values.nonNegative() && s.values.nonNegative():
		out.awayLow = out.values.low.Sign() == 0 && r.positive() && s.positive()
		out.awayHigh = out.values.high.IsInf() && r.highKept() && s.highKept()
		return out
	}
	kept := r.lowKept() && r.highKept() && s.lowKept() && s.highKept()
	out.awayLow, out.awayHigh = out.values.low.IsInf() && kept, out.values.high.IsInf() && kept
	return out
}

func (r reach) inverse() reach {
	switch {
	case r.neg().positive():
		return r.neg().inverse().neg()
	case !r.positive():
		if r.values.positive() { // at each point, and nothing is known beside
			return reach{values: r.values.inverse()}
		}
		return reach{values: undefined}
	}
	r.values.openLow = r.values.openLow || r.values.low.Sign() == 0
	out := reach{values: r.values.inverse()}
	out.awayLow = out.values.low.Sign() == 0 && r.highKept()
	out.awayHigh = out.values.high.IsInf()
	return out
}

func (r reach) power(n int) reach {
	switch {
	case n < 0:
		return r.power(-n).inverse()
	case n == 0:
		return reach{values: r.values.power(0)}
	case r.values.nonNegative() || r.values.isZero():
		out := reach{values: r.values.power(n)}
		out.awayLow = out.values.low.Sign() == 0 && r.positive()
		out.awayHigh = out.values.high.IsInf() && r.highKept()
		return out
	case r.values.nonPositive() && n%2 == 0:
		return r.neg().power(n)
	case r.values.nonPositive():
		return r.neg().power(n).neg()
	}
	out, kept := reach{values: r.values.power(n)}, r.lowKept() && r.highKept()
	out.awayLow, out.awayHigh = out.values.low.IsInf() && kept, out.values.high.IsInf() && kept
	return out
}

// apply is a function of one operand: an increasing one takes bounds to bounds.
func (r reach) apply(op ode.Operation, index int) reach {
	switch op {
	case ode.OpNeg:
		return r.neg()
	case ode.OpPower:
		return r.power(index)
	}
	out := reach{values: apply(op, index, r.values)}
	if out.values.undefined {
		return out
	}
	switch op {
	case ode.OpExp:
		out.awayLow = out.values.low.Sign() == 0 && r.lowKept()
		out.awayHigh = out.values.high.IsInf() && r.highKept()
	case ode.OpLog:
		out.awayLow = out.values.low.IsInf() && r.positive()
		out.awayHigh = out.values.high.IsInf() && r.highKept()
	case ode.OpSqrt:
		out.awayLow = out.values.low.Sign() == 0 && r.positive()
		out.awayHigh = out.values.high.IsInf() && r.highKept()
	case ode.OpAbs:
		out.awayHigh = out.values.high.IsInf() && r.lowKept() && r.highKept()
	}
	return out
}

// reaches evaluates a function over a box in which the unknown at a place is what
// has no bound above but each M.
func (f *function) reaches(box []interval, place int) reach {
	values := make([]reach, len(f.steps))
	for n, s := range f.steps {
		switch s.op {
		case ode.OpRational:
			values[n] = reach{values: s.value}
		case ode.OpState:
			values[n] = reach{values: box[s.index], awayHigh: s.index == place && box[s.index].high.IsInf()}
		case ode.OpAdd:
			values[n] = values[s.a].add(values[s.b])
		case ode.OpSub:
			values[n] = values[s.a].add(values[s.b].neg())
		case ode.OpMul:
			values[n] = values[s.a].mul(values[s.b])
		case ode.OpQuo:
			values[n] = values[s.a].mul(values[s.b].inverse())
		default:
			values[n] = values[s.a].apply(s.op, s.index)
		}
	}
	return values[f.outputs[0]]
}
