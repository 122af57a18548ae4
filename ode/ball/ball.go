package ball

import (
	"cmp"
	"math/big"
	"math/bits"
)

// A Ball is a real number known up to a radius.
type Ball struct {
	mid    big.Float
	rad    magnitude
	beyond bool // indeterminate: the whole line
}

// maxExponent bounds the binary exponents of midpoints and radii.
const maxExponent = 1 << 30

// New returns the exact number 0 with the given precision in bits.
func New(precision uint) *Ball {
	z := new(Ball)
	z.mid.SetPrec(precision)
	return z
}

// Prec returns the precision of the midpoint in bits.
func (z *Ball) Prec() uint { return z.mid.Prec() }

// SetPrec sets the precision in bits and rounds the midpoint to it.
func (z *Ball) SetPrec(precision uint) *Ball {
	if z.beyond || precision == 0 {
		z.mid.SetPrec(precision)
		return z
	}
	z.mid.SetPrec(precision)
	return z.rounded(z.rad)
}

// precisionFor fixes the receiver's precision before an operation.
func (z *Ball) precisionFor(operands ...*Ball) uint {
	if p := z.mid.Prec(); p != 0 {
		return p
	}
	p := uint(0)
	for _, x := range operands {
		p = max(p, x.mid.Prec())
	}
	return max(p, 64)
}

// roundingError is the largest error of a number with an exponent (of a
// mantissa in [½, 1)) that was rounded to nearest.
func roundingError(exp int64, precision uint) magnitude { return power(exp - int64(precision) - 1) }

// rounded finishes an operation: the midpoint was just rounded to nearest, and
// the rounding error joins the radius.
func (z *Ball) rounded(radius magnitude) *Ball {
	if z.mid.IsInf() {
		return z.Indeterminate()
	}
	exp := int64(z.mid.MantExp(nil))
	if z.mid.Acc() != big.Exact {
		if z.mid.Sign() == 0 {
			return z.Indeterminate() // underflow
		}
		radius = radius.add(roundingError(exp, z.mid.Prec()))
	}
	if exp > maxExponent || exp < -maxExponent || radius.exp > maxExponent || radius.exp < -2*maxExponent {
		return z.Indeterminate()
	}
	z.rad, z.beyond = radius, false
	return z
}

// Indeterminate sets z to the whole real line.
func (z *Ball) Indeterminate() *Ball {
	z.mid.SetInt64(0)
	z.rad, z.beyond = magnitude{}, true
	return z
}

// IsFinite reports whether the ball is bounded, i.e. not indeterminate.
func (z *Ball) IsFinite() bool { return !z.beyond }

// IsExact reports whether the ball is one point.
func (z *Ball) IsExact() bool { return !z.beyond && z.rad.isZero() }

// IsZero reports whether the ball is exactly the number 0.
func (z *Ball) IsZero() bool { return z.IsExact() && z.mid.Sign() == 0 }

// Set copies x, rounding to the precision of z.
func (z *Ball) Set(x *Ball) *Ball {
	if x.beyond {
		return z.Indeterminate()
	}
	radius := x.rad
	z.mid.SetPrec(z.precisionFor(x)).Set(&x.mid)
	return z.rounded(radius)
}

// SetInt64 sets z to an integer.
func (z *Ball) SetInt64(x int64) *Ball {
	z.mid.SetPrec(z.precisionFor()).SetInt64(x)
	return z.rounded(magnitude{})
}

// SetInt sets z to an integer.
func (z *Ball) SetInt(x *big.Int) *Ball {
	z.mid.SetPrec(z.precisionFor()).SetInt(x)
	return z.rounded(magnitude{})
}

// SetRat sets z to an enclosure of a rational number.
func (z *Ball) SetRat(x *big.Rat) *Ball {
	p := z.precisionFor()
	if x.IsInt() {
		return z.SetInt(x.Num())
	}
	numerator, denominator := New(p+8).SetInt(x.Num()), New(p+8).SetInt(x.Denom())
	z.mid.SetPrec(p)
	return z.Quo(numerator, denominator)
}

// SetFloat sets z to a finite floating-point number; an infinity gives the
// indeterminate ball.
func (z *Ball) SetFloat(x *big.Float) *Ball {
	p := z.mid.Prec()
	if p == 0 {
		p = max(x.Prec(), 64)
	}
	if x.IsInf() {
		return z.Indeterminate()
	}
	z.mid.SetPrec(p).Set(x)
	return z.rounded(magnitude{})
}

// SetFloat64 sets z to a finite float64; NaN and infinities give the
// indeterminate ball.
func (z *Ball) SetFloat64(x float64) *Ball {
	if x != x || x-x != 0 {
		return z.Indeterminate()
	}
	z.mid.SetPrec(z.precisionFor()).SetFloat64(x)
	return z.rounded(magnitude{})
}

// SetInterval sets z to a ball that contains the interval from low to high.
func (z *Ball) SetInterval(low, high *big.Float) *Ball {
	if low.IsInf() || high.IsInf() || low.Cmp(high) > 0 {
		return z.Indeterminate()
	}
	p := z.mid.Prec()
	if p == 0 {
		p = max(low.Prec(), high.Prec(), 64)
	}
	low, high = raised(low, high, p), raised(high, low, p)
	middle, half := scratch.Get().(*big.Float), scratch.Get().(*big.Float)
	defer scratch.Put(middle)
	defer scratch.Put(half)
	middle.SetPrec(0).SetMode(big.ToNearestEven).SetPrec(p).Add(low, high)
	middle.SetMantExp(middle, -1)
	half.SetPrec(0).SetMode(big.ToPositiveInf).SetPrec(32).Sub(high, middle)
	radius := above(half)
	half.Sub(middle, low)
	if other := above(half); other.cmp(radius) > 0 {
		radius = other
	}
	z.mid.SetPrec(p).Set(middle)
	return z.rounded(radius)
}

// Union sets z to a ball that contains both x and y.
func (z *Ball) Union(x, y *Ball) *Ball {
	if x.beyond || y.beyond {
		return z.Indeterminate()
	}
	var ends [4]*big.Float
	for i := range ends {
		ends[i] = scratch.Get().(*big.Float)
		defer scratch.Put(ends[i])
	}
	low, high := outer(x.end(ends[0], -1), y.end(ends[1], -1), -1), outer(x.end(ends[2], 1), y.end(ends[3], 1), 1)
	z.mid.SetPrec(z.precisionFor(x, y))
	return z.SetInterval(low, high)
}

// outer returns the lower (side −1) or upper (1) of two numbers.
func outer(x, y *big.Float, side int) *big.Float {
	if y.Cmp(x) == side {
		return y
	}
	return x
}

// Mid returns a copy of the midpoint.
func (z *Ball) Mid() *big.Float { return new(big.Float).Copy(&z.mid) }

// Radius returns the radius.
func (z *Ball) Radius() *big.Float { return z.rad.float() }

// AddError widens the ball by |err| on both sides.
func (z *Ball) AddError(err *big.Float) *Ball {
	if err.IsInf() {
		return z.Indeterminate()
	}
	return z.widen(above(err))
}

// widen adds to the radius.
func (z *Ball) widen(radius magnitude) *Ball {
	if z.beyond {
		return z
	}
	if z.rad = z.rad.add(radius); z.rad.exp > maxExponent {
		return z.Indeterminate()
	}
	return z
}

// Lower returns a floating-point number ≤ every point of the ball, −∞ for the
// indeterminate one.
func (z *Ball) Lower() *big.Float {
	if z.beyond {
		return new(big.Float).SetInf(true)
	}
	return z.end(new(big.Float), -1)
}

// end sets x to a number that is ≤ every point of a finite ball (side −1), or
// ≥ every one (1).
func (z *Ball) end(x *big.Float, side int) *big.Float {
	radius := scratch.Get().(*big.Float)
	defer scratch.Put(radius)
	x.SetPrec(0).SetMode(big.ToPositiveInf).SetPrec(z.mid.Prec() + 32)
	reach := raised(z.rad.set(radius), &z.mid, x.Prec())
	if side < 0 {
		return x.SetMode(big.ToNegativeInf).Sub(&z.mid, reach)
	}
	return x.Add(&z.mid, reach)
}

// Upper returns a floating-point number ≥ every point of the ball, +∞ for the
// indeterminate one.
func (z *Ball) Upper() *big.Float {
	if z.beyond {
		return new(big.Float).SetInf(false)
	}
	return z.end(new(big.Float), 1)
}

// RelativeAccuracyBits returns the number of bits to which the ball fixes its
// value: −log2(width/|value|) rounded down. It is very large for exact balls
// and negative for balls that contain 0.
func (z *Ball) RelativeAccuracyBits() int {
	switch {
	case z.beyond:
		return -maxExponent
	case z.rad.isZero():
		return maxExponent
	case z.ContainsZero():
		return -maxExponent
	}
	return z.mid.MantExp(nil) - 2 - int(z.rad.exp+32)
}

// ContainsZero reports whether 0 is in the ball.
func (z *Ball) ContainsZero() bool {
	_, ok := z.Sign()
	return !ok || z.IsZero()
}

// Sign returns the sign that all points of the ball share, if they do.
func (z *Ball) Sign() (sign int, ok bool) {
	if z.beyond {
		return 0, false
	}
	if z.rad.isZero() {
		return z.mid.Sign(), true
	}
	if int64(z.mid.MantExp(nil))-1 >= z.rad.exp+32 && z.mid.Sign() != 0 { // radius < 2^{exp+32} ≤ |middle|
		return z.mid.Sign(), true
	}
	if s := z.Lower().Sign(); s > 0 {
		return 1, true
	}
	if s := z.Upper().Sign(); s < 0 {
		return -1, true
	}
	return 0, false
}

// Below reports whether every point of the ball is less than n.
func (z *Ball) Below(n int64) bool {
	if z.beyond {
		return false
	}
	top := int64(z.mid.MantExp(nil)) // |middle| < 2^top, and so the radius
	if !z.rad.isZero() {
		top = max(top, z.rad.exp+32)
	}
	if n < 0 && top <= int64(bits.Len64(uint64(-n)))-2 { // |x| < 2^{top+1} ≤ −n
		return false
	}
	return z.Upper().Cmp(new(big.Float).SetInt64(n)) < 0
}

// CmpMid compares the midpoints of two finite balls.
func (z *Ball) CmpMid(x *Ball) int { return z.mid.Cmp(&x.mid) }

// ContainsBall reports whether every point of x is in z.
func (z *Ball) ContainsBall(x *Ball) bool {
	if z.beyond || x.beyond {
		return z.beyond
	}
	return compareEnds(z, -1, x, -1) <= 0 && compareEnds(x, 1, z, 1) <= 0
}

// Contains reports whether q is in the ball.
func (z *Ball) Contains(q *big.Rat) bool {
	if z.beyond {
		return true
	}
	low, expLow := z.exactEnd(-1)
	high, expHigh := z.exactEnd(1)
	return compareDyadics(low.Mul(low, q.Denom()), expLow, new(big.Int).Set(q.Num()), 0) <= 0 &&
		compareDyadics(high.Mul(high, q.Denom()), expHigh, new(big.Int).Set(q.Num()), 0) >= 0
}

// Overlaps reports whether the balls share a point.
func (z *Ball) Overlaps(x *Ball) bool {
	if z.beyond || x.beyond {
		return true
	}
	return compareEnds(z, -1, x, 1) <= 0 && compareEnds(x, -1, z, 1) <= 0
}

// compareEnds compares the lower (side −1) or upper (1) end of x with one of y,
// exactly.
//
//	m_x + s_x·r_x against m_y + s_y·r_y
func compareEnds(x *Ball, sideX int, y *Ball, sideY int) int {
	var gap, reach, rx, ry big.Float
	rx.Set(x.rad.float())
	ry.Set(y.rad.float())
	if sideX < 0 {
		rx.Neg(&rx)
	}
	if sideY < 0 {
		ry.Neg(&ry)
	}
	// m_x − m_y against r_y − r_x, each with enough bits to be exact, or, where
	// exponents are too far apart for that, by integers.
	if !exactly(&gap, &x.mid, &y.mid) || !exactly(&reach, &ry, &rx) {
		manX, expX := x.exactEnd(sideX)
		manY, expY := y.exactEnd(sideY)
		return compareDyadics(manX, expX, manY, expY)
	}
	return gap.Cmp(&reach)
}

// exactly sets z to x − y, and reports whether that is without error.
func exactly(z, x, y *big.Float) bool {
	bits := 64
	if x.Sign() != 0 && y.Sign() != 0 {
		top := max(x.MantExp(nil), y.MantExp(nil)) + 1
		low := min(x.MantExp(nil)-int(x.MinPrec()), y.MantExp(nil)-int(y.MinPrec()))
		bits = top - low
	} else {
		bits = max(int(x.MinPrec()), int(y.MinPrec()), 1)
	}
	if bits > 1<<24 {
		return false
	}
	z.SetPrec(uint(bits)).Sub(x, y)
	return z.Acc() == big.Exact
}

// exactEnd returns the lower (side −1) or upper (1) end of a finite ball, man·2^exp.
func (z *Ball) exactEnd(side int) (man *big.Int, exp int) {
	man, exp = new(big.Int), int(z.rad.exp)
	if z.mid.Sign() != 0 {
		exp = z.mid.MantExp(nil) - int(z.mid.MinPrec())
		new(big.Float).SetMantExp(&z.mid, -exp).Int(man)
	}
	radius := new(big.Int).SetUint64(z.rad.man)
	if side < 0 {
		radius.Neg(radius)
	}
	if radius.Sign() != 0 {
		exp = alignDyadics(man, exp, radius, int(z.rad.exp))
	}
	return man.Add(man, radius), exp
}

// alignDyadics scales integers x·2^ex and y·2^ey to one exponent, which it returns.
func alignDyadics(x *big.Int, ex int, y *big.Int, ey int) int {
	if ex > ey {
		x.Lsh(x, uint(ex-ey))
		return ey
	}
	y.Lsh(y, uint(ey-ex))
	return ex
}

// compareDyadics compares x·2^ex with y·2^ey, and changes x and y.
func compareDyadics(x *big.Int, ex int, y *big.Int, ey int) int {
	if x.Sign()*y.Sign() <= 0 {
		return cmp.Compare(x.Sign(), y.Sign())
	}
	if top := cmp.Compare(ex+x.BitLen(), ey+y.BitLen()); top != 0 {
		return top * x.Sign()
	}
	alignDyadics(x, ex, y, ey)
	return x.Cmp(y)
}
