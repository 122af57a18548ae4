package ball

import (
	"math/big"
	"math/bits"
	"slices"
)

// operate sets z to an operation on the midpoints with a radius. Where z is an
// operand package big would allocate: the result is made apart, and changes
// places with the old midpoint.
func (z *Ball) operate(f func(z, x, y *big.Float) *big.Float, x, y *Ball, radius magnitude) *Ball {
	if x.beyond || y.beyond {
		return z.Indeterminate()
	}
	p := z.precisionFor(x, y)
	if z != x && z != y {
		f(z.mid.SetPrec(p), &x.mid, &y.mid)
		return z.rounded(radius)
	}
	t := scratch.Get().(*big.Float)
	f(t.SetPrec(0).SetMode(big.ToNearestEven).SetPrec(p), &x.mid, &y.mid)
	z.mid, *t = *t, z.mid
	scratch.Put(t)
	return z.rounded(radius)
}

func sumRadius(x, y *Ball) magnitude { return x.rad.add(y.rad) }

// productRadius bounds |xy − m_x m_y| ≤ |m_x| r_y + |m_y| r_x + r_x r_y.
func productRadius(x, y *Ball) magnitude {
	var sum magnitude
	if !y.rad.isZero() {
		sum = above(&x.mid).mul(y.rad)
	}
	if x.rad.isZero() {
		return sum
	}
	return sum.add(above(&y.mid).add(y.rad).mul(x.rad))
}

// quotientRadius bounds |x/y − m_x/m_y| ≤ (r_x + |m_x/m_y| r_y)/|y|, with q the
// quotient of the midpoints, rounded, and |y| ≥ least.
func quotientRadius(x, y *Ball, q *big.Float, least magnitude) magnitude {
	slope := above(q)
	if q.Acc() != big.Exact && !q.IsInf() {
		slope = slope.add(roundingError(int64(q.MantExp(nil)), q.Prec()))
	}
	return x.rad.add(slope.mul(y.rad)).quo(least)
}

// Add sets z to x + y.
//
// Encloses the exact value for every point of the inputs.
func (z *Ball) Add(x, y *Ball) *Ball {
	p := z.precisionFor(x, y)
	if !apart(x, y, p) {
		return z.operate((*big.Float).Add, x, y, sumRadius(x, y))
	}
	if x.mid.MantExp(nil) < y.mid.MantExp(nil) {
		x, y = y, x
	}
	radius := y.rad.add(above(&y.mid))
	z.mid.SetPrec(p)
	return z.Set(x).widen(radius)
}

// Sub sets z to x − y.
//
// Encloses the exact value for every point of the inputs.
func (z *Ball) Sub(x, y *Ball) *Ball {
	if apart(x, y, z.precisionFor(x, y)) {
		return z.Add(x, New(y.Prec()).Neg(y))
	}
	return z.operate((*big.Float).Sub, x, y, sumRadius(x, y))
}

// Neg sets z to −x.
func (z *Ball) Neg(x *Ball) *Ball {
	z.Set(x)
	z.mid.Neg(&z.mid)
	return z
}

// Abs sets z to |x|.
//
// Encloses the exact value for every point of the inputs.
func (z *Ball) Abs(x *Ball) *Ball {
	sign, ok := x.Sign()
	switch {
	case x.beyond:
		return z.Indeterminate()
	case ok && sign >= 0:
		return z.Set(x)
	case ok:
		return z.Neg(x)
	}
	low := x.Lower()
	high := outer(x.Upper(), low.Neg(low), 1)
	z.mid.SetPrec(z.precisionFor(x))
	return z.SetInterval(new(big.Float), high)
}

// Max sets z to the larger of x and y.
//
// Encloses the exact value for every point of the inputs.
func (z *Ball) Max(x, y *Ball) *Ball {
	if x.beyond || y.beyond {
		return z.Indeterminate()
	}
	if x.Lower().Cmp(y.Upper()) >= 0 {
		return z.Set(x)
	}
	if y.Lower().Cmp(x.Upper()) >= 0 {
		return z.Set(y)
	}
	low, high := outer(x.Lower(), y.Lower(), 1), outer(x.Upper(), y.Upper(), 1)
	z.mid.SetPrec(z.precisionFor(x, y))
	return z.SetInterval(low, high)
}

// Mul sets z to x·y.
//
// Encloses the exact value for every point of the inputs.
func (z *Ball) Mul(x, y *Ball) *Ball {
	if x.wide() && y.wide() && !x.beyond && !y.beyond {
		return z.mulWide(x, y)
	}
	return z.operate((*big.Float).Mul, x, y, productRadius(x, y))
}

// Sqr sets z to x².
//
// Encloses the exact value for every point of the input.
func (z *Ball) Sqr(x *Ball) *Ball {
	if x.wide() && !x.beyond {
		size := New(x.Prec() + 32).Abs(x)
		return z.overEnds(func(z, x *Ball) *Ball { return z.Mul(x, x) }, size)
	}
	return z.Mul(x, x)
}

// Quo sets z to x/y; a divisor that contains 0 gives the indeterminate ball.
//
// Encloses the exact value for every point of the inputs.
func (z *Ball) Quo(x, y *Ball) *Ball {
	if x.beyond || y.beyond || y.ContainsZero() {
		return z.Indeterminate()
	}
	if x.IsZero() {
		z.mid.SetPrec(z.precisionFor(x, y)).SetInt64(0)
		return z.rounded(magnitude{})
	}
	if y.wide() {
		inverse := func(z, x *Ball) *Ball { return z.Quo(integer(1), x) }
		return z.Mul(x, New(64).overEnds(inverse, y))
	}
	p := z.precisionFor(x, y)
	quotient := scratch.Get().(*big.Float)
	defer scratch.Put(quotient)
	quotient.SetPrec(0).SetMode(big.ToNearestEven).SetPrec(p).Quo(&x.mid, &y.mid)
	var radius magnitude
	if !x.rad.isZero() || !y.rad.isZero() {
		least, ok := below(&y.mid).minus(y.rad)
		if !ok {
			var size, difference big.Float
			size.Abs(&y.mid)
			difference.SetPrec(32).SetMode(big.ToZero).Sub(&size, y.rad.float())
			least = below(&difference)
		}
		radius = quotientRadius(x, y, quotient, least)
	}
	z.mid, *quotient = *quotient, z.mid
	return z.rounded(radius)
}

// integers holds the exact balls from −64 to 1023, which are never written.
var integers = func() []*Ball {
	out := make([]*Ball, 64+1024)
	for i := range out {
		out[i] = New(64).SetInt64(int64(i) - 64)
	}
	return out
}()

// integer returns the exact ball n, to be read only.
func integer(n int64) *Ball {
	if n >= -64 && n < 1024 {
		return integers[n+64]
	}
	return New(64).SetInt64(n)
}

// AddInt64 sets z to x + n.
//
// Encloses the exact value for every point of the input.
func (z *Ball) AddInt64(x *Ball, n int64) *Ball { return z.Add(x, integer(n)) }

// MulInt64 sets z to n·x.
//
// Encloses the exact value for every point of the input.
func (z *Ball) MulInt64(x *Ball, n int64) *Ball { return z.Mul(x, integer(n)) }

// QuoInt64 sets z to x/n; n = 0 gives the indeterminate ball.
//
// Encloses the exact value for every point of the input.
func (z *Ball) QuoInt64(x *Ball, n int64) *Ball { return z.Quo(x, integer(n)) }

// MulRat sets z to q·x.
//
// Encloses the exact value for every point of the input.
func (z *Ball) MulRat(x *Ball, q *big.Rat) *Ball {
	if !q.Num().IsInt64() || !q.Denom().IsInt64() {
		return z.Mul(x, New(z.Prec()+8).SetRat(q))
	}
	z.MulInt64(x, q.Num().Int64())
	if n := q.Denom().Int64(); n != 1 {
		z.QuoInt64(z, n)
	}
	return z
}

// MulPow2 sets z to x·2^n.
func (z *Ball) MulPow2(x *Ball, n int) *Ball {
	z.Set(x)
	return z.shift(n)
}

// shift multiplies z by 2^n.
func (z *Ball) shift(n int) *Ball {
	if z.beyond || n > maxExponent || n < -maxExponent {
		return z.Indeterminate()
	}
	z.mid.SetMantExp(&z.mid, n)
	return z.rounded(z.rad.scale(int64(n)))
}

// PowInt sets z to x^n by repeated squaring; x^0 is 1, and 0^n with n < 0 gives
// the indeterminate ball.
//
// Encloses the exact value for every point of the input.
func (z *Ball) PowInt(x *Ball, n int64) *Ball {
	if n == 0 {
		return z.SetInt64(1)
	}
	if n == 1 {
		return z.Set(x)
	}
	if x.beyond || n < 0 && x.ContainsZero() {
		return z.Indeterminate()
	}
	p := z.precisionFor(x)
	m := uint64(n)
	if n < 0 {
		m = -m
	}
	// A radius of r makes one of about m·r in units of the power.
	if x.rad.mul(normal(m, 0)).cmp(above(&x.mid).scale(-3)) > 0 {
		base := x
		if n%2 == 0 && x.ContainsZero() {
			base = New(x.Prec() + 32).Abs(x)
		}
		return z.overEnds(func(z, x *Ball) *Ball { return z.PowInt(x, n) }, base)
	}
	work := p + 16 + uint(bits.Len64(m))
	base, result := New(work).Set(x), New(work).SetInt64(1)
	for ; m != 0; m /= 2 {
		if m%2 != 0 {
			result.Mul(result, base)
		}
		if m > 1 {
			base.Mul(base, base)
		}
	}
	if n < 0 {
		result.Quo(New(work).SetInt64(1), result)
	}
	z.mid.SetPrec(p)
	return z.Set(result)
}

// EvalPolynomial sets z to Σ coefficients[i]·x^i by Horner's rule.
//
// Encloses the exact value for every point of the inputs.
func (z *Ball) EvalPolynomial(coefficients []*Ball, x *Ball) *Ball {
	p := z.mid.Prec()
	if p == 0 {
		p = z.precisionFor(append(slices.Clone(coefficients), x)...)
	}
	sum := spare.Get().(*Ball).clear(p + 8)
	defer spare.Put(sum)
	for i := len(coefficients) - 1; i >= 0; i-- {
		if !sum.IsZero() {
			sum.Mul(sum, x)
		}
		if !coefficients[i].IsZero() {
			sum.Add(sum, coefficients[i])
		}
	}
	if x.beyond && len(coefficients) > 1 {
		sum.Indeterminate()
	}
	z.mid.SetPrec(p)
	return z.Set(sum)
}

// Midpoint sets z to the midpoint of x, forgetting the radius.
//
// Approximate: no error bound.
func (z *Ball) Midpoint(x *Ball) *Ball {
	if x.beyond {
		return z.Indeterminate()
	}
	z.mid.SetPrec(z.precisionFor(x)).Set(&x.mid)
	z.rad, z.beyond = magnitude{}, false
	return z
}
