package alltime

import (
	"math/big"
	"muflow/ode"
	"muflow/ode/ball"
)

// increasing is an increasing function by its values at the ends; at an
// infinite end it is the limit.
func (x interval) increasing(f func(*ball.Ball) *ball.Ball, atMinus, atPlus *big.Float) interval {
	if x.undefined {
		return undefined
	}
	z := interval{openLow: x.openLow, openHigh: x.openHigh}
	at := func(end *big.Float) *ball.Ball { return f(ball.New(bits).SetFloat(end)) }
	if x.low.IsInf() {
		z.low = atMinus
	} else {
		z.low = lower().Set(at(x.low).Lower())
	}
	if x.high.IsInf() {
		z.high = atPlus
	} else {
		z.high = upper().Set(at(x.high).Upper())
	}
	return z.settled()
}

// within widens an interval so that its finite ends are at most so large, where an
// increasing function hardly changes, or its values are too far apart to add.
func (x interval) within(most int64) interval {
	if x.undefined {
		return x
	}
	high := new(big.Float).SetInt64(most)
	low := new(big.Float).Neg(high)
	switch {
	case x.low.Cmp(high) > 0:
		x.low, x.openLow = high, true
	case x.low.Cmp(low) < 0:
		x.low, x.openLow = infinite(-1), true
	}
	switch {
	case x.high.Cmp(low) < 0:
		x.high, x.openHigh = low, true
	case x.high.Cmp(high) > 0:
		x.high, x.openHigh = infinite(1), true
	}
	return x
}

// apply encloses a function of one operand, with whatever exponent it has.
func apply(op ode.Operation, index int, x interval) interval {
	if x.undefined {
		return undefined
	}
	zero := new(big.Float)
	point := func(b *ball.Ball) *ball.Ball {
		v, err := ode.Evaluate(ode.Apply(op, 0, ode.State(0)), []*ball.Ball{b}, bits)
		if err != nil {
			return ball.New(bits).Indeterminate()
		}
		return v
	}
	switch op {
	case ode.OpNeg:
		return x.neg()
	case ode.OpPower:
		return x.power(index)
	case ode.OpAbs:
		return x.abs()
	case ode.OpExp:
		z := x.within(100_000).increasing(func(b *ball.Ball) *ball.Ball { return b.Exp(b) }, zero, infinite(1))
		if z.low.Sign() <= 0 { // e^x is positive
			z.low, z.openLow = lower(), true
		}
		return z.settled()
	case ode.OpLog:
		if !x.positive() {
			return undefined
		}
		z := interval{low: infinite(-1), high: x.high, openHigh: x.openHigh}
		if x.low.Sign() > 0 {
			z.low = lower().Set(ball.New(bits).Log(ball.New(bits).SetFloat(x.low)).Lower())
			z.openLow = x.openLow
		}
		if !x.high.IsInf() {
			z.high = upper().Set(ball.New(bits).Log(ball.New(bits).SetFloat(x.high)).Upper())
		}
		return z.settled()
	case ode.OpSqrt:
		if !x.nonNegative() {
			return undefined
		}
		z := x
		z.low = lower().Set(ball.New(bits).Sqrt(ball.New(bits).SetFloat(x.low)).Lower())
		if !x.high.IsInf() {
			z.high = upper().Set(ball.New(bits).Sqrt(ball.New(bits).SetFloat(x.high)).Upper())
		}
		if z.low.Sign() < 0 {
			z.low = lower()
		}
		return z
	case ode.OpTanh:
		one := new(big.Float).SetInt64(1)
		return x.within(64).increasing(point, new(big.Float).Neg(one), one)
	case ode.OpAtan:
		two := new(big.Float).SetInt64(2)
		return x.increasing(point, new(big.Float).Neg(two), two)
	}
	unit := interval{low: lower().SetInt64(-1), high: upper().SetInt64(1)}
	if x.bounded() && (op == ode.OpSin || op == ode.OpCos) {
		if v := point(x.ball(bits)); v.IsFinite() {
			return fromBall(v).intersect(unit)
		}
	}
	if op == ode.OpSin || op == ode.OpCos {
		return unit
	}
	return undefined
}
