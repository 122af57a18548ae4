package ode

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode/ball"
)

// An Enclosure answers a Request by proof.
type Enclosure struct {
	Values   [][]*ball.Ball // Values[i][j]: time i, observable j
	Flowpipe *Flowpipe
}

// Enclose encloses the values asked for along the solution from constant
// expressions, and raises the effort until each is enclosed to a width of at
// most 10^−Digits of it, or contains 0 with a width of at most 10^(−2·Digits),
// relative to the largest unknown if that is below 1: then it is 0 as far as this
// effort can tell. Digits, order, precision and
// budget of the settings must be left to the request. After six attempts it
// fails with a *StopError of status BudgetExhausted. When a flowpipe stops
// early, its error is returned with an enclosure that holds the proved prefix
// in Flowpipe and no values.
// Encloses the exact value.
// Time is the system's.
func Enclose(ctx context.Context, system *System, start []*Expr, request Request, settings FlowSettings) (*Enclosure, error) {
	if settings.Settings != (Settings{}) {
		return nil, errors.New("digits, order, precision and budget follow from the request, expected none in the settings")
	}
	until, base, observables, err := request.prepare(system)
	if err != nil {
		return nil, err
	}
	var last error
	extra := 6
	for range attempts {
		settings.Settings = Settings{Digits: base.Digits + extra, Budget: base.Budget, Work: base.Work}
		state, err := constants(start, bitsFor(settings.Digits)+16)
		if err != nil {
			return nil, err
		}
		pipe, err := Propagate(ctx, system, state, until, settings)
		if err != nil {
			return &Enclosure{Flowpipe: pipe}, err
		}
		if base.Work > 0 {
			base.Work = max(1, base.Work-pipe.Work())
		}
		values, missing, at, err := enclosePipe(pipe, observables, request.Times, base.Digits)
		if err != nil {
			return &Enclosure{Flowpipe: pipe}, err
		}
		if missing == 0 {
			return &Enclosure{values, pipe}, nil
		}
		last = &StopError{BudgetExhausted, at, fmt.Errorf("%d digits were not reached by a flowpipe at %d", base.Digits, settings.Digits)}
		extra += min(missing+4, 2*settings.Digits)
	}
	return nil, last
}

// enclosePipe returns the values and, if some are too wide, about how many
// digits are missing and where.
func enclosePipe(pipe *Flowpipe, observables []*Expr, times []*big.Rat, digits int) (values [][]*ball.Ball, missing int, at *big.Rat, err error) {
	values = make([][]*ball.Ball, len(times))
	for i, t := range times {
		state, err := pipe.At(t)
		if err != nil {
			return nil, 0, nil, err
		}
		scale := scaleOfBalls(state)
		for _, x := range observables {
			value, err := Evaluate(x, state, pipe.settings.Precision)
			if err != nil {
				return nil, 0, nil, err
			}
			values[i] = append(values[i], value)
			if value.IsZero() || reaches(value, digits) || vanishes(value, scale, 2*digits) {
				continue
			}
			short := digits // of a value that may be 0
			if !value.ContainsZero() {
				short = max(1, digits-int(float64(value.RelativeAccuracyBits())/bitsPerDigit))
			}
			if short > missing {
				missing, at = short, t
			}
		}
	}
	return values, missing, at, nil
}

// scaleOfBalls returns the exponent of the largest unknown that is not 0, 0 if
// that is 1 or more or there is none.
func scaleOfBalls(state []*ball.Ball) int {
	scale, found := 0, false
	for _, x := range state {
		if m := x.Mid(); !x.ContainsZero() && (!found || m.MantExp(nil) > scale) {
			scale, found = m.MantExp(nil), true
		}
	}
	return min(scale, 0)
}

// vanishes reports whether a value contains 0 and has a width of at most
// 2^scale·10^−digits.
func vanishes(x *ball.Ball, scale, digits int) bool {
	return x.IsFinite() && x.ContainsZero() && new(big.Float).SetMantExp(x.Radius(), 1-scale).Cmp(parseTenth(digits)) <= 0
}

// reaches reports whether the width is at most 10^−digits of every point.
func reaches(x *ball.Ball, digits int) bool {
	if !x.IsFinite() || x.ContainsZero() {
		return false
	}
	least := x.Lower()
	if least.Sign() < 0 {
		least = new(big.Float).Neg(x.Upper())
	}
	width := new(big.Float).SetPrec(firstBits).SetMode(big.ToPositiveInf).Sub(x.Upper(), x.Lower())
	ten := new(big.Float).SetPrec(firstBits).SetMode(big.ToPositiveInf)
	ten.SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
	return width.Mul(width, ten).Cmp(least) <= 0
}
