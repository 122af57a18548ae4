package ode

import (
	"context"
	"errors"
	"fmt"
	"math/big"
)

// ErrNoEvent says that an expression was not seen to pass a level.
var ErrNoEvent = errors.New("the level is not passed")

// probes is the number of points in each step at which an event is looked for.
const probes = 16

// Event returns the first time at which an expression in the unknowns passes a
// level: its sign relative to the level at one of the points looked at (the
// ends of the steps and 15 between) differs from that at time 0.
//
//	g(t) = x(unknowns at t) − level,  t ← t − g(t)/g'(t) within the bracket
//
// A pair of passages between two neighbouring points is missed. If there is
// none, the error is ErrNoEvent; a start on the level is time 0.
// Approximate: no error bound.
// Newton's method on the dense output, with bisection where it leaves the
// bracket. The result has the path's precision.
func (p *Path) Event(ctx context.Context, x *Expr, level *big.Rat) (*big.Float, error) {
	if level == nil {
		return nil, errors.New("an event without a level")
	}
	program, err := p.system.compile(x.Sub(Rational(level)))
	if err != nil {
		return nil, err
	}
	field := newFloats()
	j := newJet(program, field, 1, uniform(p.settings.Precision))
	if err := field.failure(); err != nil {
		return nil, err
	}
	slot := p.system.Dimension
	// measure evaluates g and g' at a state; a constant expression has slope 0.
	measure := func(state []*big.Float) (value, slope *big.Float, err error) {
		j.start(state)
		j.expand()
		j.level(1)
		value, _ = j.output(slot, 0)
		if rate, ok := j.output(slot, 1); ok {
			return value, rate, field.failure()
		}
		return value, new(big.Float), field.failure()
	}
	first, err := p.At(new(big.Rat))
	if err != nil {
		return nil, err
	}
	value, _, err := measure(first)
	if err != nil {
		return nil, err
	}
	sign := value.Sign()
	if sign == 0 {
		return new(big.Float).SetPrec(p.settings.Precision), nil
	}
	for i := range p.segments {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s := &p.segments[i]
		low := field.fresh(p.settings.Precision)
		for n := int64(1); n <= probes; n++ {
			high := field.fresh(p.settings.Precision)
			field.mul(high, s.length, big.NewFloat(float64(n)/probes))
			value, _, err := measure(s.at(field, high))
			if err != nil {
				return nil, err
			}
			if value.Sign() == sign {
				low = high
				continue
			}
			offset, err := s.crossing(field, low, high, sign, measure)
			if err != nil {
				return nil, err
			}
			t := field.fresh(p.settings.Precision)
			field.rational(t, s.from)
			field.add(t, t, offset)
			return t, field.failure()
		}
	}
	return nil, ErrNoEvent
}

// crossing narrows a bracket of one sign change within a segment.
func (s *segment) crossing(field *floats, low, high *big.Float, sign int, measure func([]*big.Float) (value, slope *big.Float, err error)) (*big.Float, error) {
	precision := low.Prec()
	at := field.fresh(precision)
	field.add(at, low, high)
	field.overInteger(at, at, 2)
	step := field.fresh(precision)
	for range 4*precision + 64 { // bisection alone needs precision + a few
		value, slope, err := measure(s.at(field, at))
		if err != nil {
			return nil, err
		}
		switch value.Sign() {
		case 0:
			return at, nil
		case sign:
			low = at
		default:
			high = at
		}
		next := field.fresh(precision)
		if slope.Sign() != 0 {
			field.quo(step, value, slope)
			field.sub(next, at, step)
		}
		if slope.Sign() == 0 || next.Cmp(low) <= 0 || next.Cmp(high) >= 0 {
			field.add(next, low, high)
			field.overInteger(next, next, 2)
			field.sub(step, next, at)
		}
		if err := field.failure(); err != nil {
			return nil, err
		}
		if step.Sign() == 0 || step.MantExp(nil) < high.MantExp(nil)-int(precision)+8 {
			return next, nil
		}
		at = next
	}
	return nil, fmt.Errorf("the time of passage did not settle")
}
