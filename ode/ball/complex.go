package ball

import (
	"math/big"
	"sync"
)

// MulComplex sets (re, im) to the product of the complex numbers (a, b) and (c, d);
// the results may be operands, and are not the same ball.
//
//	re = a·c − b·d,  im = a·d + b·c
//
// Encloses the exact values for every point of the inputs.
func MulComplex(re, im, a, b, c, d *Ball) {
	if a.beyond || b.beyond || c.beyond || d.beyond {
		re.Indeterminate()
		im.Indeterminate()
		return
	}
	s := fours.Get().(*four)
	defer fours.Put(s)
	p, q := re.precisionFor(a, b, c, d), im.precisionFor(a, b, c, d)
	product := func(i int, x, y *Ball) (*big.Float, magnitude) {
		z := s[i].SetPrec(0).SetPrec(max(p, q)+8).Mul(&x.mid, &y.mid)
		if z.Acc() == big.Exact || z.IsInf() {
			return z, magnitude{}
		}
		return z, roundingError(int64(z.MantExp(nil)), z.Prec())
	}
	ac, errAC := product(0, a, c)
	bd, errBD := product(1, b, d)
	ad, errAD := product(2, a, d)
	bc, errBC := product(3, b, c)
	errRe, errIm := errAC.add(errBD), errAD.add(errBC)
	for i := range s {
		// What package big would panic at, or round to 0.
		if z := &s[i]; z.IsInf() || z.Acc() != big.Exact && z.Sign() == 0 {
			re.Indeterminate()
			im.Indeterminate()
			return
		}
	}
	if !a.rad.isZero() || !b.rad.isZero() || !c.rad.isZero() || !d.rad.isZero() {
		// |m_x| r_y + (|m_y| + r_y) r_x, see productRadius
		sizeA, sizeB := above(&a.mid), above(&b.mid)
		outerC, outerD := above(&c.mid).add(c.rad), above(&d.mid).add(d.rad)
		errRe = errRe.add(sizeA.mul(c.rad)).add(outerC.mul(a.rad)).add(sizeB.mul(d.rad)).add(outerD.mul(b.rad))
		errIm = errIm.add(sizeA.mul(d.rad)).add(outerD.mul(a.rad)).add(sizeB.mul(c.rad)).add(outerC.mul(b.rad))
	}
	re.mid.SetPrec(p)
	re.sum(ac, bd.Neg(bd), errRe)
	im.mid.SetPrec(q)
	im.sum(ad, bc, errIm)
}

// sum sets z to x + y with a radius.
func (z *Ball) sum(x, y *big.Float, radius magnitude) {
	const most = 1 << 20 // places that package big may write out
	if gap := x.MantExp(nil) - y.MantExp(nil); (gap > most || gap < -most) && x.Sign() != 0 && y.Sign() != 0 {
		z.Add(New(0).SetFloat(x), New(0).SetFloat(y)).widen(radius)
		return
	}
	z.mid.Add(x, y)
	z.rounded(radius)
}

// A four holds the products of parts.
type four [4]big.Float

var fours = sync.Pool{New: func() any { return new(four) }}
