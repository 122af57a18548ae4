package ball

import (
	"math"
	"math/big"
)

// Log1p sets z to log(1 + x), accurate relative to x near 0; a ball that is
// not above −1 gives the indeterminate ball.
//
//	log(1 + x) = 2 artanh(x/(2+x))
//
// Encloses the exact value for every point of the input.
func (z *Ball) Log1p(x *Ball) *Ball {
	if x.beyond {
		return z.Indeterminate()
	}
	p := z.precisionFor(x)
	z.mid.SetPrec(p)
	if x.IsZero() {
		return z.SetInt64(0)
	}
	if x.rad.cmp(wideArgument) > 0 {
		if x.Lower().Cmp(minusOne) <= 0 {
			return z.Indeterminate()
		}
		return z.overEnds((*Ball).Log1p, x)
	}
	small := -x.mid.MantExp(nil) // |x| < 2^-small
	if x.mid.Sign() == 0 || small < 8 || 40*uint(small) < p {
		extra := uint(0)
		if x.mid.Sign() != 0 {
			extra = uint(max(small, 0))
		}
		work := max(p, x.mid.Prec()) + extra + 8
		sum := spare.Get().(*Ball).clear(work).AddInt64(x, 1)
		defer spare.Put(sum)
		z.mid.SetPrec(p)
		return z.Log(sum)
	}
	work := p + 16
	center := New(work).Midpoint(x)
	h := New(work).Quo(center, New(work).AddInt64(center, 2))
	sum := New(work).odd(h, false)
	sum.MulPow2(sum, 1)
	gap := new(big.Float).SetPrec(x.mid.Prec()+work).Sub(&x.mid, &center.mid)
	radius := x.rad.add(above(gap))
	if !radius.isZero() {
		// |log(1+m+δ) − log(1+m)| ≤ r/(1 − |m| − r), |m| + r < 1/4
		least, _ := below(floatOne).minus(above(&center.mid).add(radius))
		sum.rad = sum.rad.add(radius.quo(least))
	}
	return z.Set(sum)
}

// odd sets z to Σ_n s^n·h^{2n+1}/(2n+1), s = −1 if alternating and 1 if not, for
// |h| ≤ 1/4, z not h.
func (z *Ball) odd(h *Ball, alternating bool) *Ball {
	work := z.mid.Prec()
	size := above(&h.mid).add(h.rad)
	if h.beyond || size.cmp(power(-2)) > 0 {
		return z.Indeterminate()
	}
	square := New(work).Sqr(h)
	if alternating {
		square.Neg(square)
	}
	terms, tail := int64(0), size
	limit := power(int64(h.mid.MantExp(nil)) - int64(work))
	for !tail.isZero() && tail.cmp(limit) > 0 {
		terms++
		tail = tail.mul(size).mul(size)
	}
	z.SetInt64(0)
	for n := terms - 1; n >= 0; n-- {
		z.Mul(z, square)
		z.Add(z, New(work).Quo(New(64).SetInt64(1), New(64).SetInt64(2*n+1)))
	}
	z.Mul(z, h)
	z.rad = z.rad.add(artanhTail(tail))
	return z
}

// artanhTail is what the series leaves, after which next bounds the next power,
//
//	|h|^{2n+1}/(2n+1) + … ≤ |h|^{2n+1}/(1 − h²) ≤ 2 next,  |h| ≤ ¼
func artanhTail(next magnitude) magnitude { return next.scale(1) }

// Arg sets z to the argument of x + iy, in (−π, π); a box that touches the
// ray of the real numbers ≤ 0 gives the indeterminate ball.
//
// Encloses the exact value for every point of the inputs.
func (z *Ball) Arg(x, y *Ball) *Ball {
	if x.beyond || y.beyond {
		return z.Indeterminate()
	}
	signX, okX := x.Sign()
	signY, okY := y.Sign()
	if !(okX && signX > 0) && !(okY && signY != 0) {
		return z.Indeterminate()
	}
	if x.wide() || y.wide() { // the extreme rays of a box pass through corners
		return z.overCorners((*Ball).Arg, x, y)
	}
	p := z.precisionFor(x, y)
	z.mid.SetPrec(p)
	work := p + 16
	mx, my := New(work).Midpoint(x), New(work).Midpoint(y)
	var sum *Ball
	switch {
	case mx.mid.Sign() > 0 && cmpAbs(mx, my) >= 0:
		sum = New(work).arctan(my, mx)
	case cmpAbs(my, mx) > 0: // ±π/2 − atan(x/y)
		sum = New(work).arctan(mx, my)
		quarter := Pi(work)
		quarter.MulPow2(quarter, -1)
		if my.mid.Sign() < 0 {
			quarter.Neg(quarter)
		}
		sum.Sub(quarter, sum)
	default: // x < 0: atan(y/x) ± π
		sum = New(work).arctan(my, mx)
		half := Pi(work)
		if my.mid.Sign() < 0 {
			half.Neg(half)
		}
		sum.Add(sum, half)
	}
	if sum.beyond {
		return z.Indeterminate()
	}
	rx, ry := x.rad.add(rounding(x, mx)), y.rad.add(rounding(y, my))
	if !rx.isZero() || !ry.isZero() {
		// |∂arg/∂x| = |y|/(x² + y²), |∂arg/∂y| = |x|/(x² + y²), over the box,
		// which does not meet the ray.
		sizeX, sizeY := above(&mx.mid).add(rx), above(&my.mid).add(ry)
		least := new(big.Float).SetPrec(64).SetMode(big.ToZero)
		for _, side := range []*Ball{x, y} {
			if low := New(64).Abs(side).Lower(); low.Sign() > 0 {
				least.Add(least, new(big.Float).SetPrec(64).SetMode(big.ToZero).Mul(low, low))
			}
		}
		if least.Sign() <= 0 {
			return z.Indeterminate()
		}
		sum.rad = sum.rad.add(sizeY.mul(rx).add(sizeX.mul(ry)).quo(below(least)))
	}
	return z.Set(sum)
}

// rounding bounds the distance of the midpoints of a ball and of its copy.
func rounding(x, copied *Ball) magnitude {
	if x.mid.Cmp(&copied.mid) == 0 {
		return magnitude{}
	}
	return above(new(big.Float).SetPrec(max(x.mid.Prec(), copied.mid.Prec())+8).Sub(&x.mid, &copied.mid)).scale(1)
}

func cmpAbs(x, y *Ball) int {
	a, b := new(big.Float).Abs(&x.mid), new(big.Float).Abs(&y.mid)
	return a.Cmp(b)
}

// arctan sets z to the arctangent of y/x for exact |y| ≤ |x|.
func (z *Ball) arctan(y, x *Ball) *Ball {
	shift := x.mid.MantExp(nil)
	small := shift - y.mid.MantExp(nil)
	if y.mid.Sign() == 0 || small > 32 {
		return z.atan(New(z.mid.Prec()).Quo(y, x))
	}
	w := kernelBits(z.mid.Prec() + uint(small))
	var a, b big.Float
	a.SetMantExp(&x.mid, -shift)
	b.SetMantExp(&y.mid, -shift)
	if a.Sign() < 0 {
		a.Neg(&a)
		b.Neg(&b)
	}
	s := kernels.Get().(*kernel)
	defer kernels.Put(s)
	z.mid.SetInt(s.fixedAtan(setFixed(&s.argument, &a, w), setFixed(&s.second, &b, w), w))
	z.rounded(normal(kernelUnits(levels(w)), 0))
	return z.shift(-int(w))
}

// atan sets z to the arctangent of v for |v| ≤ 2^-32, or for any |v| ≤ 1 with
// more work.
//
//	atan v = 2^k·atan(v_k),  v_{i+1} = v_i/(1 + √(1 + v_i²)),  atan v = Σ_n (−1)^n v^{2n+1}/(2n+1)
func (z *Ball) atan(v *Ball) *Ball {
	p := z.mid.Prec()
	if v.IsZero() {
		return z.SetInt64(0)
	}
	halvings := max(0, int(math.Sqrt(float64(p))/3)+2+min(0, v.mid.MantExp(nil)))
	work := p + uint(halvings) + 16
	t := New(work).Set(v)
	square, root := New(work), New(work)
	for range halvings {
		square.Sqr(t)
		root.AddInt64(square, 1)
		root.Sqrt(root)
		root.AddInt64(root, 1)
		t.Quo(t, root)
	}
	sum := New(work).odd(t, true)
	return z.Set(sum.MulPow2(sum, halvings))
}

// pis is π by precision class.
var pis = store[uint, *Ball]{compute: func(class uint) *Ball { return combine(class+32, true, []inverse{{16, 5}, {-4, 239}}) }}

// Pi returns an enclosure of π.
//
//	π = 16 atan(1/5) − 4 atan(1/239)
//
// Encloses the exact value.
func Pi(precision uint) *Ball { return New(precision).Set(pis.at(precisionClass(precision))) }

var minusOne = big.NewFloat(-1)

// Expm1 sets z to e^x − 1, accurate relative to x near 0.
//
// Encloses the exact value for every point of the input.
func (z *Ball) Expm1(x *Ball) *Ball {
	if x.beyond {
		return z.Indeterminate()
	}
	p := z.precisionFor(x)
	if x.IsZero() {
		z.mid.SetPrec(p)
		return z.SetInt64(0)
	}
	if x.rad.cmp(wideArgument) > 0 {
		return z.overEnds((*Ball).Expm1, x)
	}
	small, radius := -x.mid.MantExp(nil), x.rad
	if x.mid.Sign() == 0 || small > int(p) {
		// |e^m − 1 − m| ≤ m² ≤ |m|·2^−p, |e^{m+δ} − e^m| ≤ e^m·(e^r − 1)
		m := above(&x.mid)
		z.mid.SetPrec(p).Set(&x.mid)
		return z.rounded(m.scale(-int64(p)).add(power(0).add(m.scale(1)).mul(expSpread(radius))))
	}
	sum := New(p + uint(max(0, small)) + 8).Exp(x)
	sum.AddInt64(sum, -1)
	z.mid.SetPrec(p)
	return z.Set(sum)
}
