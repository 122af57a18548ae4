package ball

import (
	"math/big"
	"math/bits"
)

// wide reports whether the radius may be more than an eighth of the midpoint, and
// is more than a sixteenth: a bound by slopes is then far from the range, and the
// ends are taken.
func (z *Ball) wide() bool {
	return !z.rad.isZero() && (z.mid.Sign() == 0 || z.rad.exp+32 > int64(z.mid.MantExp(nil))-4)
}

// ends returns both ends of a finite ball as points, rounded outward.
func (z *Ball) ends() [2]*Ball {
	low, high := z.Lower(), z.Upper()
	return [2]*Ball{New(low.Prec()).SetFloat(low), New(high.Prec()).SetFloat(high)}
}

// overEnds sets z to the range of a monotone function of one ball.
//
// Encloses the exact value for every point of the input.
func (z *Ball) overEnds(f func(z, x *Ball) *Ball, x *Ball) *Ball {
	p := z.precisionFor(x)
	ends := x.ends()
	for i, end := range ends {
		ends[i] = f(New(p+8), end)
	}
	z.mid.SetPrec(p)
	return z.Union(ends[0], ends[1])
}

// overCorners sets z to the range of a function of two balls that has its
// extremes at corners.
//
// Encloses the exact value for every point of the inputs.
func (z *Ball) overCorners(f func(z, x, y *Ball) *Ball, x, y *Ball) *Ball {
	p := z.precisionFor(x, y)
	var hull *Ball
	for _, a := range x.ends() {
		for _, b := range y.ends() {
			c := f(New(p+8), a, b)
			if hull == nil {
				hull = New(p + 8).Set(c)
			}
			hull.Union(hull, c)
		}
	}
	z.mid.SetPrec(p)
	return z.Set(hull)
}

// apart reports whether one midpoint is far below the last of p bits of the
// other: package big would write out all the places between them for a sum.
func apart(x, y *Ball, p uint) bool {
	const least = 1 << 20
	gap := x.mid.MantExp(nil) - y.mid.MantExp(nil)
	return (gap > least || gap < -least) && uint(max(gap, -gap)) > max(p, x.Prec(), y.Prec()) && x.mid.Sign() != 0 && y.mid.Sign() != 0
}

// raised returns x, or, where it is so far below the last place of y that of it only the sign
// matters to sums with y that are rounded to p bits, or 32, a nearer number of that sign.
func raised(x, y *big.Float, p uint) *big.Float {
	last := y.MantExp(nil) - int(max(p, y.Prec(), 32)) - 8
	if x.Sign() == 0 || y.Sign() == 0 || last <= big.MinExp || x.MantExp(nil) > last {
		return x
	}
	return new(big.Float).SetMantExp(big.NewFloat(float64(x.Sign())), last)
}

// A span is the interval from low·2^exp to high·2^exp, |low|, |high| < 2^57.
type span struct {
	low, high int64
	exp       int64
}

// span returns an interval that contains a finite wide ball and is longer by
// 2^−50 of it at most: |m| < 2^{e+35} for a radius man·2^e, in units of 2^{e−20}.
func (z *Ball) span() span {
	exp := z.rad.exp - 20
	man, at, exact := leadingWord(&z.mid)
	least := uint64(0)
	if man != 0 { // shifts of 64 and more give 0
		least = man >> (exp - at)
		exact = exact && least<<(exp-at) == man
	}
	low, high := int64(least), int64(least)
	if !exact {
		high++
	}
	if z.mid.Sign() < 0 {
		low, high = -high, -low
	}
	radius := int64(z.rad.man << 20)
	return span{low - radius, high + radius, exp}
}

// mulWide sets z to the range of x·y for two finite wide balls: the extremes are
// at corners.
//
// Encloses the exact value for every point of the inputs.
func (z *Ball) mulWide(x, y *Ball) *Ball {
	a, b, p := x.span(), y.span(), z.precisionFor(x, y)
	z.mid.SetPrec(p)
	low := product(a.low, b.low)
	high := low
	for _, c := range [3]wideInt{product(a.low, b.high), product(a.high, b.low), product(a.high, b.high)} {
		if c.less(low) {
			low = c
		}
		if high.less(c) {
			high = c
		}
	}
	exp := a.exp + b.exp - 1 // of the sum of the ends, twice the middle
	middle, width := low.add(high), high.add(low.neg())
	negative := middle.high < 0
	if negative {
		middle = middle.neg()
	}
	man, shift, exact := middle.leading(min(64, p))
	radius, up, whole := width.leading(63)
	if !whole {
		radius++
	}
	size := normal(radius, exp+int64(up))
	if !exact {
		size = size.add(power(exp + int64(shift)))
	}
	z.mid.SetUint64(man)
	if negative {
		z.mid.Neg(&z.mid)
	}
	if exp > maxExponent || exp < -2*maxExponent {
		return z.Indeterminate()
	}
	z.mid.SetMantExp(&z.mid, int(exp)+shift)
	return z.rounded(size)
}

// A wideInt is the integer high·2^64 + low.
type wideInt struct {
	high int64
	low  uint64
}

func product(a, b int64) wideInt {
	high, low := bits.Mul64(uint64(a), uint64(b))
	if a < 0 {
		high -= uint64(b)
	}
	if b < 0 {
		high -= uint64(a)
	}
	return wideInt{int64(high), low}
}

func (x wideInt) less(y wideInt) bool { return x.high < y.high || x.high == y.high && x.low < y.low }

func (x wideInt) add(y wideInt) wideInt {
	low, carry := bits.Add64(x.low, y.low, 0)
	high, _ := bits.Add64(uint64(x.high), uint64(y.high), carry)
	return wideInt{int64(high), low}
}

func (x wideInt) neg() wideInt {
	low, borrow := bits.Sub64(0, x.low, 0)
	high, _ := bits.Sub64(0, uint64(x.high), borrow)
	return wideInt{int64(high), low}
}

// leading returns man·2^shift ≤ x for x ≥ 0, man of at most so many bits, and
// whether it is equal.
func (x wideInt) leading(most uint) (man uint64, shift int, exact bool) {
	length := bits.Len64(uint64(x.high)) + 64
	if x.high == 0 {
		length = bits.Len64(x.low)
	}
	shift = max(0, length-int(most))
	switch {
	case shift == 0:
		return x.low, 0, true
	case shift < 64:
		return uint64(x.high)<<(64-shift) | x.low>>shift, shift, x.low<<(64-shift) == 0
	}
	return uint64(x.high) >> (shift - 64), shift, x.low == 0 && uint64(x.high)&(1<<(shift-64)-1) == 0
}
