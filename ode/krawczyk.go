package ode

import (
	"math/big"

	"muflow/ode/ball"
)

// A Map encloses f(x) and the slopes ∂f_i/∂x_k at every point of a box x, for
// as many functions as unknowns.
type Map func(x []*ball.Ball) (values []*ball.Ball, slopes [][]*ball.Ball, err error)

// Krawczyk polishes an approximate zero of a map by three steps of Newton's
// method and proves that there is one and only one zero in a box X around the
// result m, a few times larger than the last step:
//
//	K = m − Y·f(m) + (I − Y·f'(X))·(X − m) ⊂ interior of X
//
// It returns K, which holds the zero, at the precision given in bits. It fails
// with ErrNotVerified where the inclusion is not shown.
// Encloses the exact value.
// See ball.Krawczyk.
func Krawczyk(f Map, start []*big.Float, precision uint) ([]*ball.Ball, error) {
	point := make([]*ball.Ball, len(start))
	for i := range point {
		point[i] = ball.New(precision).SetFloat(start[i])
	}
	var inverse [][]*ball.Ball
	for range 3 {
		values, slopes, err := f(point)
		if err != nil {
			return nil, err
		}
		if inverse, err = approximateInverse(slopes, precision); err != nil {
			return nil, err
		}
		for i, step := range times(inverse, values, precision) {
			if point[i].Sub(point[i], step); !point[i].IsFinite() {
				return nil, ErrNotVerified
			}
			point[i].SetFloat(point[i].Mid())
		}
	}
	values, _, err := f(point)
	if err != nil {
		return nil, err
	}
	box := make([]*ball.Ball, len(point))
	for i, step := range times(inverse, values, precision) {
		// A few times the last step, and never below the working precision.
		radius := ball.New(64).Abs(step)
		radius.MulInt64(radius, 4)
		floor := ball.New(64).Abs(point[i])
		radius.Add(radius, floor.MulPow2(floor, 8-int(precision)))
		tiny := ball.New(64).SetInt64(1)
		radius.Add(radius, tiny.MulPow2(tiny, -2*int(precision)))
		if !radius.IsFinite() {
			return nil, ErrNotVerified
		}
		box[i] = ball.New(precision).Set(point[i]).AddError(radius.Upper())
	}
	_, slopes, err := f(box)
	if err != nil {
		return nil, err
	}
	zero, ok := ball.Krawczyk(point, box, values, slopes, inverse)
	if !ok {
		return nil, ErrNotVerified
	}
	return zero, nil
}

// approximateInverse inverts the midpoints of a matrix.
func approximateInverse(matrix [][]*ball.Ball, precision uint) ([][]*ball.Ball, error) {
	field := newFloats()
	a, b := make([][]*big.Float, len(matrix)), make([][]*big.Float, len(matrix))
	for i, row := range matrix {
		for k, x := range row {
			if !x.IsFinite() {
				return nil, ErrNotVerified
			}
			a[i] = append(a[i], field.fresh(precision).Set(x.Mid()))
			b[i] = append(b[i], field.fresh(precision))
			if i == k {
				b[i][k].SetInt64(1)
			}
		}
	}
	if err := eliminate(field, a, b); err != nil {
		return nil, err
	}
	out := make([][]*ball.Ball, len(b))
	for i, row := range b {
		for _, x := range row {
			out[i] = append(out[i], ball.New(precision).SetFloat(x))
		}
	}
	return out, nil
}

// times returns a·x.
func times(a [][]*ball.Ball, x []*ball.Ball, precision uint) []*ball.Ball {
	out := make([]*ball.Ball, len(a))
	term := ball.New(precision)
	for i, row := range a {
		out[i] = ball.New(precision)
		for k, factor := range row {
			out[i].Add(out[i], term.Mul(factor, x[k]))
		}
	}
	return out
}
