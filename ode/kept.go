package ode

import (
	"math/big"

	"muflow/ode/ball"
)

// kept is a number with its digits for dot products, made when first needed.
type kept[V any] struct {
	value  V
	digits ball.Digits
	known  bool
}

// keeping is an arithmetic of kept numbers: that of their values, with dot
// products from digits.
type keeping[V any] struct {
	field  arithmetic[V]
	load   func(d *ball.Digits, x V)
	dot    func(z V, xs, ys []*ball.Digits)
	xs, ys []*ball.Digits
}

// keepingFloats returns approximate arithmetic on kept numbers.
func keepingFloats(field *floats) *keeping[*big.Float] {
	var c ball.Convolver
	return &keeping[*big.Float]{
		field: field,
		load:  (*ball.Digits).SetFloat,
		dot: func(z *big.Float, xs, ys []*ball.Digits) {
			c.ConvolveFloat(z, xs, ys)
			field.finite(z)
		},
	}
}

// keepingBalls returns rigorous arithmetic on kept numbers.
func keepingBalls(field *balls) *keeping[*ball.Ball] {
	var c ball.Convolver
	return &keeping[*ball.Ball]{
		field: field,
		load:  (*ball.Digits).SetBall,
		dot:   func(z *ball.Ball, xs, ys []*ball.Digits) { field.finite(c.Convolve(z, xs, ys), errOverflow) },
	}
}

// keep wraps values, which are not copied.
func keep[V any](values []V) []*kept[V] {
	out := make([]*kept[V], len(values))
	for i, v := range values {
		out[i] = &kept[V]{value: v}
	}
	return out
}

// valuesOf returns the values of rows of kept numbers, not copied.
func valuesOf[V any](rows [][]*kept[V]) [][]V {
	out := make([][]V, len(rows))
	for i, row := range rows {
		out[i] = make([]V, len(row))
		for k, x := range row {
			out[i][k] = x.value
		}
	}
	return out
}

// to returns the destination of an operation, whose digits become stale.
func (z *kept[V]) to() V {
	z.known = false
	return z.value
}

func (f *keeping[V]) fresh(precision uint) *kept[V] { return &kept[V]{value: f.field.fresh(precision)} }
func (f *keeping[V]) set(z, x *kept[V])             { f.field.set(z.to(), x.value) }
func (f *keeping[V]) rational(z *kept[V], q *big.Rat) {
	f.field.rational(z.to(), q)
}
func (f *keeping[V]) add(z, x, y *kept[V]) { f.field.add(z.to(), x.value, y.value) }
func (f *keeping[V]) sub(z, x, y *kept[V]) { f.field.sub(z.to(), x.value, y.value) }
func (f *keeping[V]) mul(z, x, y *kept[V]) { f.field.mul(z.to(), x.value, y.value) }
func (f *keeping[V]) quo(z, x, y *kept[V]) { f.field.quo(z.to(), x.value, y.value) }
func (f *keeping[V]) neg(z, x *kept[V])    { f.field.neg(z.to(), x.value) }
func (f *keeping[V]) exp(z, x *kept[V])    { f.field.exp(z.to(), x.value) }
func (f *keeping[V]) log(z, x *kept[V])    { f.field.log(z.to(), x.value) }
func (f *keeping[V]) sqrt(z, x *kept[V])   { f.field.sqrt(z.to(), x.value) }
func (f *keeping[V]) failure() error       { return f.field.failure() }

func (f *keeping[V]) timesInteger(z, x *kept[V], n int64) {
	f.field.timesInteger(z.to(), x.value, n)
}

func (f *keeping[V]) overInteger(z, x *kept[V], n int64) {
	f.field.overInteger(z.to(), x.value, n)
}

func (f *keeping[V]) convolve(z *kept[V], xs, ys []*kept[V]) {
	f.xs, f.ys = f.digits(f.xs[:0], xs), f.digits(f.ys[:0], ys)
	f.dot(z.to(), f.xs, f.ys)
}

func (f *keeping[V]) digits(out []*ball.Digits, xs []*kept[V]) []*ball.Digits {
	for _, x := range xs {
		if !x.known {
			f.load(&x.digits, x.value)
			x.known = true
		}
		out = append(out, &x.digits)
	}
	return out
}
