package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode/ball"
)

// encloseFirstZero encloses the first zero of a scalar drift on the way from
// 0, where the flow from μ(0) = 0 tends, to so many digits. The drift need not
// be monotone. The caller has proved that there is one.
//
//	drift ≠ 0 on [0, a] by interval evaluation on pieces
//	drift' < 0 on [a, b] ∋ zero: the only one there
//
// Encloses the exact value for every point of the inputs.
func encloseFirstZero(ctx context.Context, x *Mixture, digits int) ([]*ball.Ball, error) {
	const precision = 128
	coarse := newEquations(x, 64)
	start, err := signAtZero(x)
	if err != nil {
		return nil, err
	}
	sign := func(u *big.Float) (int, bool) {
		drift, _ := coarse.at([]*ball.Ball{ball.New(precision).SetFloat(u)})
		return drift[0].Sign()
	}
	low, high := new(big.Float).SetPrec(precision), big.NewFloat(float64(start)/16).SetPrec(precision)
	for n := 0; ; n++ { // low has the sign of the start, high is to have the other
		s, ok := sign(high)
		if !ok || s != start {
			break
		}
		if n > 400 {
			return nil, errors.New("no change of sign found on the way from 0")
		}
		low.Set(high)
		high.Mul(high, big.NewFloat(1.125))
	}
	for attempt := 0; attempt < 64; attempt++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for n := 0; n < 16; n++ {
			middle := halfway(low, high, precision)
			s, ok := sign(middle)
			if !ok {
				break
			}
			if s == start {
				low = middle
			} else {
				high = middle
			}
		}
		middle := halfway(low, high, precision)
		near, err := coarse.monotoneFrom(middle)
		if err != nil {
			return nil, err
		}
		earlier, err := coarse.keepsSign(ctx, near, start)
		if err != nil {
			return nil, err
		}
		if earlier == nil {
			return refineZero(ctx, x, middle, near, digits)
		}
		low, high = new(big.Float).SetPrec(precision), earlier // a change of sign before: start over
	}
	return nil, errors.New("the drift changes its sign too often on the way from 0")
}

// signAtZero decides the sign of the drift at 0.
func signAtZero(x *Mixture) (int, error) {
	for precision := uint(128); precision <= 1<<14; precision *= 2 {
		drift, _ := newEquations(x, precision).at([]*ball.Ball{ball.New(precision)})
		if s, ok := drift[0].Sign(); ok && s != 0 {
			return s, nil
		}
	}
	return 0, fmt.Errorf("sign of the drift at 0 not decided with %d bits", 1<<14)
}

// monotoneFrom returns the nearest point to 0 from which on, up to a point as
// far behind the given one, the drift is proved to fall.
func (e *equations) monotoneFrom(u *big.Float) (*big.Float, error) {
	radius := new(big.Float).Abs(u)
	for range 100 {
		radius.SetMantExp(radius, -1)
		box := ball.New(e.precision).SetFloat(u)
		box.AddError(radius)
		_, jacobian := e.at([]*ball.Ball{box}) // of the negated drift
		if s, ok := jacobian[0][0].Sign(); ok && s > 0 {
			near := new(big.Float).SetPrec(e.precision).SetMode(big.ToPositiveInf).Sub(new(big.Float).Abs(u), radius)
			if u.Sign() < 0 {
				near.Neg(near)
			}
			return near, nil
		}
	}
	return nil, errors.New("the drift does not fall through its zero: a multiple zero, or none")
}

// keepsSign proves that the drift has a sign on all of [0, end], or returns a
// point where it has the other one.
func (e *equations) keepsSign(ctx context.Context, end *big.Float, sign int) (earlier *big.Float, err error) {
	zero := new(big.Float).SetPrec(e.precision)
	path := span[*big.Float]{zero, end}
	if end.Sign() < 0 {
		path = span[*big.Float]{end, zero}
	}
	err = settle(ctx, []span[*big.Float]{path}, func(part span[*big.Float]) (*big.Float, bool, error) {
		box := ball.New(e.precision).SetInterval(part.low, part.high)
		middle := box.Mid()
		at, _ := e.at([]*ball.Ball{ball.New(e.precision).SetFloat(middle)})
		if s, ok := at[0].Sign(); ok && s != sign {
			earlier = middle
			return nil, false, errStop
		}
		drift, jacobian := e.at([]*ball.Ball{box})
		if s, ok := drift[0].Sign(); ok && s == sign {
			return middle, true, nil
		}
		// Mean value form.
		spread := ball.New(e.precision).Sub(box, ball.New(e.precision).SetFloat(middle))
		spread.Mul(spread, jacobian[0][0])
		s, ok := spread.Sub(at[0], spread).Sign()
		return middle, ok && s == sign, nil
	})
	if err != nil && !errors.Is(err, errStop) {
		return nil, fmt.Errorf("sign of the drift: %w", err)
	}
	return earlier, nil
}

// refineZero encloses the zero near u, and checks that it is the one beyond
// near that was found.
func refineZero(ctx context.Context, x *Mixture, u, near *big.Float, digits int) ([]*ball.Ball, error) {
	want := ball.Bits(digits)
	start := []*big.Float{u}
	radius := new(big.Float).SetMode(big.ToZero).Sub(u, near)
	for precision := uint(128); precision <= maxPrecision; precision *= 2 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		zero, ok := newEquations(x, precision).zero(start)
		if !ok {
			continue
		}
		start[0] = zero[0].Mid()
		distance := ball.New(precision).Sub(zero[0], ball.New(precision).SetFloat(u))
		if distance.Abs(distance).Upper().Cmp(radius.Abs(radius)) >= 0 {
			return nil, errors.New("the zero found is not the one that was looked for")
		}
		theta := ball.New(precision).Quo(zero[0], ball.New(precision).SetRat(x.alpha()))
		if theta.RelativeAccuracyBits() >= int(want) {
			return []*ball.Ball{theta}, nil
		}
	}
	return nil, fmt.Errorf("zero not enclosed to %d digits", digits)
}
