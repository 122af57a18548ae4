package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"muflow/ode"
	"muflow/ode/ball"
)

// A curve is a function of one unknown with its slope, evaluated over intervals.
type curve struct {
	expr *ode.Expr
	both *ode.Function // value and slope
}

func newCurve(x *ode.Expr) (*curve, error) {
	both, err := ode.NewFunction([]*ode.Expr{x, x.Derivative(0)}, 1)
	return &curve{x, both}, err
}

// all is the range of a function that could not be evaluated.
var all = ode.Range{Low: math.Inf(-1), High: math.Inf(1)}

// over encloses the function and its slope over [low, high], one by one.
func (c *curve) over(low, high float64) (value, slope ode.Range) {
	r, err := c.both.Over([]ode.Range{{Low: low, High: high}})
	if err != nil {
		return all, all
	}
	return r[0], r[1]
}

// at encloses the function at a point.
func (c *curve) at(x float64) ode.Range {
	value, _ := c.over(x, x)
	return value
}

// signOf returns the sign of all numbers of a range, 0 if they have none in common.
func signOf(r ode.Range) int {
	switch {
	case r.Low > 0:
		return 1
	case r.High < 0:
		return -1
	}
	return 0
}

// on encloses the function over [low, high], in mean value form where that is
// narrower, with its slope there.
func (c *curve) on(low, high float64) (value, slope ode.Range) {
	value, slope = c.over(low, high)
	middle := low + float64((high-low)/2)
	at := c.at(middle)
	reach := float64(max(-slope.Low, slope.High) * max(high-middle, middle-low))
	reach = math.Nextafter(float64(reach*(1+0x1p-50)), math.Inf(1)) // two roundings: the difference and the product
	return ode.Range{
		Low:  max(value.Low, math.Nextafter(at.Low-reach, math.Inf(-1))),
		High: min(value.High, math.Nextafter(at.High+reach, math.Inf(1))),
	}, slope
}

// extremes encloses the least and the largest value on [low, high]: they are met
// at ends of cells on which the slope has a sign, or lie in the enclosures of cells
// that are narrow or have no number between their ends. A least value that is not shown
// to be positive is an error.
func (c *curve) extremes(low, high float64, precision uint) (least, largest *ball.Ball, err error) {
	first := c.at(low)
	met, outer := ode.Range{Low: first.High, High: first.Low}, first // spanned by values at points, and holding all
	meet := func(x ode.Range) {
		met.Low, met.High = min(met.Low, x.High), max(met.High, x.Low)
		outer.Low, outer.High = min(outer.Low, x.Low), max(outer.High, x.High)
	}
	meet(c.at(high))
	pending := [][2]float64{{low, high}}
	for len(pending) > 0 {
		if outer.Low <= 0 {
			return nil, nil, errors.New("the values on an interval are not shown to be positive")
		}
		x := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		value, slope := c.on(x[0], x[1])
		if value.Low >= met.Low && value.High <= met.High || signOf(slope) != 0 {
			continue
		}
		middle := x[0] + float64((x[1]-x[0])/2)
		if x[1]-x[0] < float64((high-low)*0x1p-10) || middle <= x[0] || middle >= x[1] { // no number lies between
			outer.Low, outer.High = min(outer.Low, value.Low), max(outer.High, value.High)
			continue
		}
		meet(c.at(middle))
		pending = append(pending, [2]float64{middle, x[1]}, [2]float64{x[0], middle})
	}
	if math.IsInf(outer.Low, 0) || math.IsInf(outer.High, 0) {
		return nil, nil, errors.New("the values on an interval are not bounded in float64")
	}
	least = ball.New(precision).SetInterval(big.NewFloat(outer.Low), big.NewFloat(max(outer.Low, met.Low)))
	return least, ball.New(precision).SetInterval(big.NewFloat(min(outer.High, met.High)), big.NewFloat(outer.High)), nil
}

// A boundary is what is known of a function at an end of an interval.
type boundary struct {
	sign  int // of the function near the end, inside: −1 or 1
	order int // multiplicity of the zero at the end, 0 if there is none
}

// A crossing is an interval with one zero of a function, at which it changes
// its sign.
type crossing struct {
	low, high float64
	before    int // sign below the zero
}

const (
	maxCells   = 20_000
	leastShare = 0x1p-46 // of an interval, the narrowest cell
)

// zeros lists the zeros of a function inside (low, high) in their order, and
// proves that there are no others. A cell has none where an enclosure over it
// excludes 0, at most one where the slope has a sign, and none beside its end with
// a zero of order m there where the m-th derivative has a sign.
func (c *curve) zeros(ctx context.Context, low, high float64, left, right boundary) ([]crossing, error) {
	higher := map[int]*ode.Function{}
	for _, b := range []boundary{left, right} {
		if b.order > 0 && higher[b.order] == nil {
			x := c.expr
			for range b.order {
				x = x.Derivative(0)
			}
			f, err := ode.NewFunction([]*ode.Expr{x}, 1)
			if err != nil {
				return nil, err
			}
			higher[b.order] = f
		}
	}
	type cell struct {
		low, high   float64
		left, right boundary
	}
	var out []crossing
	pending := []cell{{low, high, left, right}}
	for n := 0; len(pending) > 0; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		last := len(pending) - 1
		x := pending[last]
		pending = pending[:last]
		order, touching := x.left.order, 0
		if order > 0 {
			touching++
		}
		if x.right.order > 0 {
			order, touching = x.right.order, touching+1
		}
		if touching == 0 {
			value, slope := c.on(x.low, x.high)
			if signOf(value) != 0 {
				continue
			}
			if signOf(slope) != 0 {
				if x.left.sign != x.right.sign {
					out = append(out, crossing{x.low, x.high, x.left.sign})
				}
				continue
			}
		} else if touching == 1 && signOf(derivative(higher[order], x.low, x.high)) != 0 {
			continue
		}
		if n == maxCells || x.high-x.low < float64((high-low)*leastShare) {
			return nil, &UndecidedError{fmt.Errorf("zeros near %.6g are not told apart: there may be a multiple one", x.low)}
		}
		middle, sign := 0.0, 0
		for _, share := range []float64{0.5, 0.4375, 0.5625, 0.375} {
			middle = x.low + float64((x.high-x.low)*share)
			if sign = signOf(c.at(middle)); sign != 0 {
				break
			}
		}
		if sign == 0 {
			return nil, &UndecidedError{fmt.Errorf("the sign near %.6g is not decided", middle)}
		}
		at := boundary{sign: sign}
		pending = append(pending, cell{middle, x.high, at, x.right}, cell{x.low, middle, x.left, at})
	}
	slices.SortFunc(out, func(a, b crossing) int { return int(math.Copysign(1, a.low-b.low)) })
	return out, nil
}

// derivative encloses a higher derivative over [low, high].
func derivative(f *ode.Function, low, high float64) ode.Range {
	r, err := f.Over([]ode.Range{{Low: low, High: high}})
	if err != nil {
		return all
	}
	return r[0]
}

// refine encloses the zero of a crossing to so many digits. At the ends of the
// bracket the sign may not be known to float64, so that it shrinks first.
func (c *curve) refine(ctx context.Context, x crossing, digits int) (*ball.Ball, error) {
	for range 64 {
		if signOf(c.at(x.low))*signOf(c.at(x.high)) < 0 {
			break
		}
		middle := x.low + float64((x.high-x.low)/2)
		switch signOf(c.at(middle)) {
		case x.before:
			x.low = middle
		case -x.before:
			x.high = middle
		}
	}
	return ode.EncloseRoot(ctx, c.expr, new(big.Rat).SetFloat64(x.low), new(big.Rat).SetFloat64(x.high), digits)
}
