package alltime

import (
	"math/big"

	"muflow/ode/ball"
)

// bits is the precision of the ends of intervals.
const bits = 96

// An interval is the set of numbers from low to high. An end that is open is
// not attained, and an infinite end never is: so e^{−x} on [1, ∞) is in
// (0, e^{−1}], which is positive. Ends are rounded outward.
type interval struct {
	low, high         *big.Float
	openLow, openHigh bool
	undefined         bool // not defined at every point
}

func lower() *big.Float { return new(big.Float).SetPrec(bits).SetMode(big.ToNegativeInf) }
func upper() *big.Float { return new(big.Float).SetPrec(bits).SetMode(big.ToPositiveInf) }

func infinite(sign int) *big.Float { return new(big.Float).SetInf(sign < 0) }

var undefined = interval{low: infinite(-1), high: infinite(1), openLow: true, openHigh: true, undefined: true}

// everything is the real line.
func everything() interval {
	return interval{low: infinite(-1), high: infinite(1), openLow: true, openHigh: true}
}

// between encloses the numbers from a to b.
func between(a, b *big.Rat) interval {
	z := interval{low: lower().SetRat(a), high: upper().SetRat(b)}
	return z
}

func fromInteger(n int64) interval {
	return interval{low: lower().SetInt64(n), high: upper().SetInt64(n)}
}

// fromBall encloses the points of a ball.
func fromBall(x *ball.Ball) interval {
	if !x.IsFinite() {
		return undefined
	}
	return interval{low: lower().Set(x.Lower()), high: upper().Set(x.Upper())}
}

// ball encloses a bounded interval.
func (x interval) ball(precision uint) *ball.Ball {
	if x.low.IsInf() || x.high.IsInf() {
		return ball.New(precision).Indeterminate()
	}
	return ball.New(precision).SetInterval(x.low, x.high)
}

func (x interval) bounded() bool { return !x.low.IsInf() && !x.high.IsInf() }

// isZero reports whether x is exactly the number 0.
func (x interval) isZero() bool { return x.low.Sign() == 0 && x.high.Sign() == 0 }

// positive and the like hold at every point of x.
func (x interval) positive() bool {
	return !x.undefined && (x.low.Sign() > 0 || x.low.Sign() == 0 && x.openLow)
}
func (x interval) negative() bool {
	return !x.undefined && (x.high.Sign() < 0 || x.high.Sign() == 0 && x.openHigh)
}
func (x interval) nonNegative() bool { return !x.undefined && x.low.Sign() >= 0 }
func (x interval) nonPositive() bool { return !x.undefined && x.high.Sign() <= 0 }

// hasZero reports whether 0 may be in x.
func (x interval) hasZero() bool { return !x.positive() && !x.negative() }

// contains reports whether every point of y is in x.
func (x interval) contains(y interval) bool {
	low, high := x.low.Cmp(y.low), x.high.Cmp(y.high)
	return (low < 0 || low == 0 && (!x.openLow || y.openLow)) && (high > 0 || high == 0 && (!x.openHigh || y.openHigh))
}

// disjoint reports whether x and y share no point.
func (x interval) disjoint(y interval) bool {
	return x.high.Cmp(y.low) < 0 || y.high.Cmp(x.low) < 0
}

// hull contains both.
func (x interval) hull(y interval) interval {
	z := x
	z.undefined = x.undefined || y.undefined
	if c := y.low.Cmp(x.low); c < 0 || c == 0 && !y.openLow {
		z.low, z.openLow = y.low, y.openLow
	}
	if c := y.high.Cmp(x.high); c > 0 || c == 0 && !y.openHigh {
		z.high, z.openHigh = y.high, y.openHigh
	}
	return z
}

// intersect returns the points of both, known not to be empty.
func (x interval) intersect(y interval) interval {
	if x.undefined {
		return x
	}
	if y.undefined {
		return y
	}
	z := x
	if c := y.low.Cmp(x.low); c > 0 || c == 0 && y.openLow {
		z.low, z.openLow = y.low, y.openLow
	}
	if c := y.high.Cmp(x.high); c < 0 || c == 0 && y.openHigh {
		z.high, z.openHigh = y.high, y.openHigh
	}
	return z
}

// middle returns a number inside a bounded interval, and of a half-line one
// about twice as far out.
func (x interval) middle() *big.Float {
	m := new(big.Float).SetPrec(bits)
	one := new(big.Float).SetInt64(1)
	switch {
	case x.bounded():
		m.Add(x.low, x.high)
		return m.Quo(m, new(big.Float).SetInt64(2))
	case !x.low.IsInf():
		m.Abs(x.low)
		return m.Add(m.Add(m, one), x.low)
	case !x.high.IsInf():
		m.Abs(x.high)
		m.Add(m, one)
		return m.Sub(x.high, m)
	}
	return m
}

// halves cuts x at its middle.
func (x interval) halves() (interval, interval) {
	m := x.middle()
	a, b := x, x
	a.high, a.openHigh = m, false
	b.low, b.openLow = m, false
	return a, b
}

// width returns an upper bound of the width, +∞ if there is none.
func (x interval) width() *big.Float {
	if !x.bounded() {
		return infinite(1)
	}
	return upper().Sub(x.high, x.low)
}

// newEnds returns two numbers to be set to the ends of an interval, rounded outward.
func newEnds() (low, high *big.Float) {
	both := new([2]big.Float)
	return both[0].SetPrec(bits).SetMode(big.ToNegativeInf), both[1].SetPrec(bits).SetMode(big.ToPositiveInf)
}

// number is the interval of one number.
func number(m *big.Float) interval { return interval{low: m, high: m} }

func (x interval) add(y interval) interval {
	z := interval{openLow: x.openLow || y.openLow, openHigh: x.openHigh || y.openHigh, undefined: x.undefined || y.undefined}
	if x.low.IsInf() && y.low.IsInf() && x.low.Sign() != y.low.Sign() || x.high.IsInf() && y.high.IsInf() && x.high.Sign() != y.high.Sign() {
		return undefined
	}
	z.low, z.high = newEnds()
	z.low.Add(x.low, y.low)
	z.high.Add(x.high, y.high)
	return z.settled()
}

// widest bounds the exponents of ends: beyond it they are moved to 0 or to
// infinity, as math/big would write out all digits of a sum.
const widest = 1 << 14

// settled moves ends that are too large or too small outward, and marks
// infinite ends as open.
func (x interval) settled() interval {
	x.low, x.openLow = moved(x.low, x.openLow, -1)
	x.high, x.openHigh = moved(x.high, x.openHigh, 1)
	x.openLow = x.openLow || x.low.IsInf()
	x.openHigh = x.openHigh || x.high.IsInf()
	return x
}

// moved moves one end outward, which is up for a positive sign.
func moved(x *big.Float, open bool, sign int) (*big.Float, bool) {
	if x.Sign() == 0 || x.IsInf() {
		return x, open
	}
	exponent := x.MantExp(nil)
	switch away := x.Sign() == sign; { // outward is away from 0
	case exponent > widest && away:
		return infinite(sign), true
	case exponent > widest:
		return new(big.Float).SetMantExp(big.NewFloat(float64(-sign)), widest), false
	case exponent < -widest && away:
		return new(big.Float).SetMantExp(big.NewFloat(float64(sign)), -widest), false
	case exponent < -widest:
		return new(big.Float), true
	}
	return x, open
}

func (x interval) neg() interval {
	z := interval{openLow: x.openHigh, openHigh: x.openLow, undefined: x.undefined}
	z.low, z.high = newEnds()
	z.low.Neg(x.high)
	z.high.Neg(x.low)
	return z
}

func (x interval) sub(y interval) interval {
	z := interval{openLow: x.openLow || y.openHigh, openHigh: x.openHigh || y.openLow, undefined: x.undefined || y.undefined}
	if x.low.IsInf() && y.high.IsInf() && x.low.Sign() == y.high.Sign() || x.high.IsInf() && y.low.IsInf() && x.high.Sign() == y.low.Sign() {
		return undefined
	}
	z.low, z.high = newEnds()
	z.low.Sub(x.low, y.high)
	z.high.Sub(x.high, y.low)
	return z.settled()
}

// corner is two ends to be multiplied; the product is attained unless open.
type corner struct {
	a, b *big.Float
	open bool
}

// products are those of low and low, low and high, high and low, high and high.
func products(x, y interval) [4]corner {
	c := func(a *big.Float, openA bool, b *big.Float, openB bool) corner {
		open := openA || openB
		if a.Sign() == 0 && !openA || b.Sign() == 0 && !openB {
			open = false // 0 times anything
		}
		return corner{a, b, open}
	}
	return [4]corner{
		c(x.low, x.openLow, y.low, y.openLow), c(x.low, x.openLow, y.high, y.openHigh),
		c(x.high, x.openHigh, y.low, y.openLow), c(x.high, x.openHigh, y.high, y.openHigh),
	}
}

// times multiplies ends; 0·∞ is 0, as no point is infinite.
func times(z, a, b *big.Float) *big.Float {
	if a.Sign() == 0 || b.Sign() == 0 {
		return z.SetInt64(0)
	}
	return z.Mul(a, b)
}

func (x interval) mul(y interval) interval {
	z := interval{undefined: x.undefined || y.undefined}
	z.low, z.high = newEnds()
	all, low, high := products(x, y), -1, -1
	switch { // which products are the ends, if signs tell
	case x.low.Sign() >= 0 && y.low.Sign() >= 0:
		low, high = 0, 3
	case x.high.Sign() <= 0 && y.high.Sign() <= 0:
		low, high = 3, 0
	case x.low.Sign() >= 0 && y.high.Sign() <= 0:
		low, high = 2, 1
	case x.high.Sign() <= 0 && y.low.Sign() >= 0:
		low, high = 1, 2
	}
	if low >= 0 {
		times(z.low, all[low].a, all[low].b)
		times(z.high, all[high].a, all[high].b)
		z.openLow, z.openHigh = all[low].open, all[high].open
		return z.settled()
	}
	for i, c := range all {
		low, high := newEnds()
		times(low, c.a, c.b)
		times(high, c.a, c.b)
		if d := low.Cmp(z.low); i == 0 || d < 0 || d == 0 && !c.open {
			z.low, z.openLow = low, c.open
		}
		if d := high.Cmp(z.high); i == 0 || d > 0 || d == 0 && !c.open {
			z.high, z.openHigh = high, c.open
		}
	}
	return z.settled()
}

// inverse is 1/x.
func (x interval) inverse() interval {
	switch {
	case x.undefined || x.hasZero() || x.positive() && x.negative(): // or empty
		return undefined
	case x.negative():
		return x.neg().inverse().neg()
	}
	one := new(big.Float).SetInt64(1)
	z := interval{openLow: x.openHigh, openHigh: x.openLow}
	if z.low = lower(); !x.high.IsInf() {
		z.low.Quo(one, x.high)
	}
	if z.high = upper(); x.low.Sign() == 0 {
		z.high.SetInf(false)
	} else {
		z.high.Quo(one, x.low)
	}
	return z.settled()
}

func (x interval) quo(y interval) interval { return x.mul(y.inverse()) }

// abs is |x|.
func (x interval) abs() interval {
	switch {
	case x.low.Sign() >= 0:
		return x
	case x.high.Sign() <= 0:
		return x.neg()
	}
	z := interval{low: lower(), high: upper().Neg(x.low), openHigh: x.openLow, undefined: x.undefined}
	if c := x.high.Cmp(z.high); c > 0 || c == 0 && !x.openHigh {
		z.high, z.openHigh = x.high, x.openHigh
	}
	return z
}

func (x interval) power(n int) interval {
	switch {
	case n < 0:
		return x.power(-n).inverse()
	case n == 0:
		z := fromInteger(1)
		z.undefined = x.undefined
		return z
	case n%2 == 0:
		x = x.abs()
	}
	z := x
	raise := func(z, x *big.Float) *big.Float { // by squaring, all one way
		base := new(big.Float).SetPrec(bits).SetMode(z.Mode()).Set(x)
		z.SetInt64(1)
		for k := n; k > 0; k /= 2 {
			if k%2 == 1 {
				times(z, z, base)
			}
			base = times(new(big.Float).SetPrec(bits).SetMode(z.Mode()), base, base)
		}
		return z
	}
	if x.low.Sign() >= 0 {
		z.low, z.high = raise(lower().Set(x.low), x.low), raise(upper().Set(x.high), x.high)
		return z.settled()
	}
	// An odd power increases; negative ends are raised by their size.
	raised := func(end *big.Float, round func() *big.Float, opposite func() *big.Float) *big.Float {
		if end.Sign() >= 0 {
			return raise(round().Set(end), end)
		}
		size := new(big.Float).Neg(end)
		out := raise(opposite().Set(size), size)
		return out.Neg(out)
	}
	z.low = raised(x.low, lower, upper)
	z.high = raised(x.high, upper, lower)
	return z.settled()
}
