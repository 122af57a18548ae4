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

// up is math.Nextafter(x, +Inf).
func up(x float64) float64 {
	switch b := math.Float64bits(x); {
	case x < 0:
		return math.Float64frombits(b - 1)
	case x > 0 && x <= math.MaxFloat64:
		return math.Float64frombits(b + 1)
	case x == 0:
		return math.SmallestNonzeroFloat64
	}
	return x
}

func down(x float64) float64 { return -up(-x) }

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
	high := low
	if x.low != x.high {
		high = function(ball.New(precision), ball.New(precision).SetFloat64(x.high))
	}
	if !low.IsFinite() || !high.IsFinite() {
		f.fail(domain)
		*z = interval{}
		return
	}
	a, _ := low.Lower().Float64()
	b, _ := high.Upper().Float64()
	f.outward(z, a, b)
}

// exp takes ball arithmetic for an end only where its rounding is in doubt.
func (f *intervals) exp(z, x *interval) {
	low, okLow := nearestExp(x.low)
	high, okHigh := low, okLow
	if x.low != x.high {
		high, okHigh = nearestExp(x.high)
	}
	if !okLow {
		low, okLow = expEnd(x.low, (*ball.Ball).Lower)
	}
	if !okHigh {
		high, okHigh = expEnd(x.high, (*ball.Ball).Upper)
	}
	if !okLow || !okHigh {
		f.fail(errOverflow)
		*z = interval{}
		return
	}
	f.outward(z, low, high)
	z.low = max(z.low, 0)
}

// expEnd returns a bound of e^x to nearest, false beyond all numbers.
func expEnd(x float64, bound func(*ball.Ball) *big.Float) (y float64, ok bool) {
	b := ball.New(64).SetFloat64(x)
	if b.Exp(b); !b.IsFinite() {
		return 0, false
	}
	y, _ = bound(b).Float64()
	return y, true
}

// whole encloses a function of the whole interval by ball arithmetic.
func (f *intervals) whole(z, x *interval, function func(z, x *ball.Ball) *ball.Ball) {
	y := function(ball.New(64), x.ball())
	f.overBall(z, y)
}

func (f *intervals) sin(z, x *interval)  { f.whole(z, x, (*ball.Ball).Sin) }
func (f *intervals) cos(z, x *interval)  { f.whole(z, x, (*ball.Ball).Cos) }
func (f *intervals) atan(z, x *interval) { f.through(z, x, (*ball.Ball).Atan, errOverflow) }

func (f *intervals) abs(z, x *interval) {
	switch {
	case x.low >= 0:
		*z = *x
	case x.high <= 0:
		f.neg(z, x)
	default:
		*z = interval{0, max(-x.low, x.high)}
	}
}

func (f *intervals) signed(z, x, s *interval) {
	switch {
	case s.low > 0:
		*z = *x
	case s.high < 0:
		f.neg(z, x)
	default:
		f.fail(errAbs)
		*z = interval{}
	}
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

// convolve adds up in float64 without moving outward at each term, and widens
// the sums by a bound of all roundings: n sums and 2n products are each off by
// at most 2^−53 of a number that is at most the sum of the absolute values.
func (f *intervals) convolve(z *interval, xs, ys []*interval) {
	low, high, size := 0.0, 0.0, 0.0
	terms := 0
	for i, x := range xs {
		y := ys[len(ys)-1-i]
		if x.low == 0 && x.high == 0 || y.low == 0 && y.high == 0 {
			continue
		}
		a, b := extremes(x, y)
		low, high = low+a, high+b
		size += max(-a, b)
		terms++
	}
	if terms == 0 {
		*z = interval{}
		return
	}
	slack := float64(size*(float64(terms+8)*0x1p-52)) + float64(float64(terms)*0x1p-1070)
	f.outward(z, low-slack, high+slack)
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

// ball returns a ball around x.
func (x *interval) ball() *ball.Ball {
	return ball.New(64).SetInterval(big.NewFloat(x.low), big.NewFloat(x.high))
}

// polynomialRange encloses Σ c_k σ^k for σ in the j-th of the slices of [0, 1],
// by the value in the middle and the range of the derivative.
func (f *intervals) polynomialRange(c []*interval, j int) *interval {
	a, b := float64(float64(j)/slices), float64(float64(j+1)/slices) // exact
	centre := float64((a + b) / 2)
	middle, whole := interval{centre, centre}, interval{a, b}
	var value, slope, factor interval
	for k := len(c) - 1; k >= 0; k-- {
		f.mul(&value, &value, &middle)
		f.add(&value, &value, c[k])
		if k > 0 {
			f.timesInteger(&factor, c[k], int64(k))
			f.mul(&slope, &slope, &whole)
			f.add(&slope, &slope, &factor)
		}
	}
	const half = 0.5 / slices
	f.mul(&slope, &slope, &interval{-half, half})
	f.add(&value, &value, &slope)
	return &value
}

// A logarithmicNorm belongs to ‖W^{−1}x‖_2, W the diagonal matrix of weights.
type logarithmicNorm struct {
	ratios    [][]interval // weights[j]/weights[i]
	symmetric [][]interval
	pivots    [][]interval
}

func newLogarithmicNorm(f *intervals, weights []*ball.Ball) *logarithmicNorm {
	square := func() [][]interval {
		out := make([][]interval, len(weights))
		for i := range out {
			out[i] = make([]interval, len(weights))
		}
		return out
	}
	norm := &logarithmicNorm{square(), square(), square()}
	for i, row := range norm.ratios {
		for j := range row {
			if i != j {
				f.overBall(&row[j], ball.New(64).Quo(weights[j], weights[i]))
			}
		}
	}
	return norm
}

// bound bounds from above, for every matrix in an interval matrix A, the
// largest eigenvalue of the symmetric part of W^{−1}AW.
func (norm *logarithmicNorm) bound(f *intervals, a [][]*interval) float64 {
	n, s := len(a), norm.symmetric
	for i := range s {
		for j := range s[i] {
			if i == j {
				s[i][i] = *a[i][i]
				continue
			}
			var x, y interval
			f.mul(&x, a[i][j], &norm.ratios[i][j])
			f.mul(&y, a[j][i], &norm.ratios[j][i])
			f.add(&x, &x, &y)
			f.mul(&s[i][j], &x, &interval{0.5, 0.5})
		}
	}
	// Gershgorin's discs, then bisection with proofs that λ − S is positive
	// definite.
	low, high := math.Inf(-1), math.Inf(-1)
	for i := range s {
		disc := s[i][i].high
		for j := range s[i] {
			if j != i {
				disc = up(disc + s[i][j].magnitude())
			}
		}
		low, high = max(low, s[i][i].low), max(high, disc)
	}
	if n == 1 {
		return high
	}
	for range 30 {
		middle := low + float64((high-low)/2)
		if !(middle > low && middle < high) {
			break
		}
		if norm.below(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// below reports whether λ − S is proved positive definite for every symmetric
// matrix in S, by the pivots of its elimination.
func (norm *logarithmicNorm) below(lambda float64) bool {
	var f intervals
	m := norm.pivots
	n := len(m)
	for i := range m {
		for j := range m[i] {
			f.neg(&m[i][j], &norm.symmetric[i][j])
		}
		f.add(&m[i][i], &m[i][i], &interval{lambda, lambda})
	}
	var factor, term interval
	for c := range n {
		if !(m[c][c].low > 0) {
			return false
		}
		for r := c + 1; r < n; r++ {
			f.quo(&factor, &m[r][c], &m[c][c])
			for k := c + 1; k < n; k++ {
				f.mul(&term, &factor, &m[c][k])
				f.sub(&m[r][k], &m[r][k], &term)
			}
		}
	}
	return f.failure() == nil
}
