package ball

import (
	"math"
	"math/big"
)

// Sqrt sets z to √x; a ball with negative points gives the indeterminate ball.
//
//	|√m − r| = |m − r²|/(√m + r),  √m ≥ r − |m − r²|/r,
//
// for the number r that Newton's method finds, with m − r² exact.
// Encloses the exact value for every point of the input.
func (z *Ball) Sqrt(x *Ball) *Ball {
	if x.beyond || x.mid.Sign() < 0 || !x.rad.isZero() && x.Lower().Sign() < 0 {
		return z.Indeterminate()
	}
	p := z.precisionFor(x)
	if x.mid.Sign() == 0 {
		z.mid.SetPrec(p).SetInt64(0)
		return z.rounded(magnitude{})
	}
	if x.wide() {
		return z.overEnds((*Ball).Sqrt, x)
	}
	if p < 32 {
		z.mid.SetPrec(p)
		return z.Set(New(64).Sqrt(x))
	}
	root := newtonRoot(&x.mid, p)
	square := new(big.Float).SetPrec(2*p).Mul(root, root)
	var rest big.Float
	if !exactly(&rest, &x.mid, square) {
		return z.Indeterminate()
	}
	least := below(root)
	var radius magnitude
	if rest.Sign() != 0 {
		residual := above(&rest)
		smaller, ok := least.minus(residual.quo(least)) // ≤ √m
		if !ok {
			return z.Indeterminate()
		}
		radius = residual.quo(smaller).scale(-1) // |√m − r| = |m − r²|/(√m + r)
		least = smaller
	}
	if !x.rad.isZero() {
		// |√x − √m| ≤ r/(√m + √(m−r)) ≤ 0.517 r/√m for r ≤ m/8
		radius = radius.add(x.rad.quo(least).mul(magnitude{2220498092, -32}))
	}
	z.mid.SetPrec(p).Set(root)
	return z.rounded(radius)
}

// newtonRoot returns the square root of x > 0, rounded to p bits from about 14
// more.
//
//	y ← y + y·(1 − x·y²)/2 → 1/√x,  √x ≈ s + y·(x − s²)/2,  s = x·y to half of the bits
//
// Approximate: no error bound.
// A. H. Karp, P. Markstein, High-precision division and square root, ACM TOMS
// 23 (1997).
func newtonRoot(x *big.Float, p uint) *big.Float {
	half := (x.MantExp(nil) + 1) >> 1
	m := new(big.Float).SetPrec(min(x.Prec(), p+32)) // in [1/4, 1)
	m.SetMode(big.ToNearestEven).Set(x)
	m.SetMantExp(m, -2*half)
	man, exp, _ := leadingWord(m)
	const first = 48 // bits of the inverse root in float64
	var y, s, t, cut big.Float
	y.SetFloat64(1 / math.Sqrt(math.Ldexp(float64(man), int(exp))))
	last := p/2 + 10 // bits wanted of the inverse root
	for accuracy := uint(first); accuracy < last; {
		next := last // doubled but for a few bits, in steps of about the same ratio
		for next > 2*accuracy-6 {
			next = next/2 + 4
		}
		accuracy = next
		t.SetPrec(accuracy+16).Mul(&y, &y)
		t.Mul(&t, cut.SetPrec(accuracy+16).Set(m))
		t.Sub(floatOne, &t)
		t.SetPrec(accuracy/2+24).Mul(&t, &y)
		t.SetMantExp(&t, -1)
		s.SetPrec(accuracy+8).Add(&y, &t)
		y, s = s, y
	}
	y.SetPrec(last + 8)
	s.SetPrec(last+8).Mul(cut.SetPrec(last+16).Set(m), &y)
	t.SetPrec(2*last+16).Mul(&s, &s)
	t.SetPrec(2*last+16).Sub(m, &t)
	t.SetPrec(last+16).Mul(&t, &y)
	t.SetMantExp(&t, -1)
	root := new(big.Float).SetPrec(p).Add(&s, &t)
	return root.SetMantExp(root, half)
}
