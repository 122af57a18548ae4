package ode

import (
	"math"
	"math/big"

	"muflow/ode/ball"
)

// An interval is [low, high] with float64 ends, for remainders and slopes over
// whole boxes, where a few digits are plenty.
type interval struct{ low, high float64 }

// intervals is rigorous interval arithmetic on float64: each end is rounded to
// nearest by IEEE 754 (the conversions keep a compiler from fusing operations)
// and then moved outward to the next number, so that every operation encloses.
// Overflow is a failure; underflow ends at 0 or at the least number.
type intervals struct{ failed }

func newIntervals() *intervals { return &intervals{} }

func down(x float64) float64 { return math.Nextafter(x, math.Inf(-1)) }
func up(x float64) float64   { return math.Nextafter(x, math.Inf(1)) }

// outward widens an interval after rounding to nearest; the exact 0 stays.
func (f *intervals) outward(z *interval, low, high float64) {
	z.low, z.high = down(low), up(high)
	if !(z.low > math.Inf(-1) && z.high < math.Inf(1)) {
		f.fail(errOverflow)
		z.low, z.high = 0, 0
	}
}

func (f *intervals) fresh(uint) *interval { return new(interval) }

func (f *intervals) set(z, x *interval) { *z = *x }

func (f *intervals) rational(z *interval, q *big.Rat) {
	x, exact := q.Float64()
	if exact {
		*z = interval{x, x}
		return
	}
	f.outward(z, x, x)
}

func (f *intervals) add(z, x, y *interval) { f.outward(z, x.low+y.low, x.high+y.high) }
func (f *intervals) sub(z, x, y *interval) { f.outward(z, x.low-y.high, x.high-y.low) }
func (f *intervals) neg(z, x *interval)    { z.low, z.high = -x.high, -x.low }

// extremes returns the least and the largest product of ends, rounded to
// nearest.
func extremes(x, y *interval) (low, high float64) {
	if x.low >= 0 && y.low >= 0 {
		return float64(x.low * y.low), float64(x.high * y.high)
	}
	a, b := float64(x.low*y.low), float64(x.low*y.high)
	c, d := float64(x.high*y.low), float64(x.high*y.high)
	return min(a, b, c, d), max(a, b, c, d)
}

func (f *intervals) mul(z, x, y *interval) {
	if x == y {
		low, high := float64(x.low*x.low), float64(x.high*x.high)
		if low > high {
			low, high = high, low
		}
		if x.low <= 0 && x.high >= 0 {
			low = 0
		}
		f.outward(z, low, high)
		z.low = max(z.low, 0)
		return
	}
	low, high := extremes(x, y)
	f.outward(z, low, high)
}

func (f *intervals) quo(z, x, y *interval) {
	if y.low <= 0 && y.high >= 0 {
		f.fail(errDivision)
		*z = interval{}
		return
	}
	a, b, c, d := x.low/y.low, x.low/y.high, x.high/y.low, x.high/y.high
	f.outward(z, min(a, b, c, d), max(a, b, c, d))
}

func (f *intervals) timesInteger(z, x *interval, n int64) {
	f.mul(z, x, &interval{float64(n), float64(n)})
}

func (f *intervals) overInteger(z, x *interval, n int64) {
	f.quo(z, x, &interval{float64(n), float64(n)})
}

// through encloses a function by ball arithmetic.
func (f *intervals) through(z, x *interval, function func(z, x *ball.Ball) *ball.Ball, domain error) {
	const precision = 64
	low := function(ball.New(precision), ball.New(precision).SetFloat64(x.low))
	high := function(ball.New(precision), ball.New(precision).SetFloat64(x.high))
	if !low.IsFinite() || !high.IsFinite() {
		f.fail(domain)
		*z = interval{}
		return
	}
	a, _ := low.Lower().Float64()
	b, _ := high.Upper().Float64()
	f.outward(z, a, b)
}

func (f *intervals) exp(z, x *interval) {
	f.through(z, x, (*ball.Ball).Exp, errOverflow)
	z.low = max(z.low, 0)
}

func (f *intervals) log(z, x *interval) { f.through(z, x, (*ball.Ball).Log, errLog) }

func (f *intervals) sqrt(z, x *interval) {
	if x.low < 0 {
		f.fail(errSqrt)
		*z = interval{}
		return
	}
	f.outward(z, math.Sqrt(x.low), math.Sqrt(x.high))
	z.low = max(z.low, 0)
}

func (f *intervals) convolve(z *interval, xs, ys []*interval) {
	low, high := 0.0, 0.0
	for i, x := range xs {
		y := ys[len(ys)-1-i]
		if *x == (interval{}) || *y == (interval{}) {
			continue
		}
		a, b := extremes(x, y)
		low, high = down(low+down(a)), up(high+up(b))
	}
	if !(low > math.Inf(-1) && high < math.Inf(1)) {
		f.fail(errOverflow)
		low, high = 0, 0
	}
	*z = interval{low, high}
}

// magnitude is the largest absolute value in x.
func (x *interval) magnitude() float64 { return max(-x.low, x.high) }

// overBall returns an interval around a ball.
func (f *intervals) overBall(z *interval, x *ball.Ball) {
	if !x.IsFinite() {
		f.fail(errOverflow)
		*z = interval{}
		return
	}
	low, _ := x.Lower().Float64()
	high, _ := x.Upper().Float64()
	f.outward(z, low, high)
}
