package ball

import "math/big"

// A DotProduct is the slow twin of Convolver: sums of products with one rounding
// at the end.
type DotProduct struct {
	sum, term big.Float
}

// Forward sets z to Σ_i xs[i]·ys[i].
//
// Encloses the exact value for every point of the inputs.
func (d *DotProduct) Forward(z *Ball, xs, ys []*Ball) *Ball {
	return d.products(z, xs, ys, false)
}

// Convolve sets z to Σ_i xs[i]·ys[n−1−i] for slices of the same length n.
//
// Encloses the exact value for every point of the inputs.
func (d *DotProduct) Convolve(z *Ball, xs, ys []*Ball) *Ball {
	return d.products(z, xs, ys, true)
}

func (d *DotProduct) products(z *Ball, xs, ys []*Ball, reverse bool) *Ball {
	p := z.mid.Prec()
	if p == 0 {
		p = 64
	}
	const guard = 32
	d.sum.SetPrec(p + guard).SetInt64(0)
	d.term.SetPrec(p + guard)
	var radius magnitude
	top, roundings := int64(0), uint64(0)
	for i, x := range xs {
		y := ys[i]
		if reverse {
			y = ys[len(ys)-1-i]
		}
		if x.beyond || y.beyond {
			return z.Indeterminate()
		}
		if !x.rad.isZero() || !y.rad.isZero() {
			radius = radius.add(productRadius(x, y))
		}
		if x.mid.Sign() == 0 || y.mid.Sign() == 0 {
			continue
		}
		d.term.Mul(&x.mid, &y.mid)
		d.sum.Add(&d.sum, &d.term)
		e := max(int64(d.term.MantExp(nil)), int64(d.sum.MantExp(nil)))
		if roundings == 0 || e > top {
			top = e
		}
		roundings += 2
	}
	if roundings > 0 {
		if d.sum.IsInf() || d.term.IsInf() {
			return z.Indeterminate()
		}
		// Every rounding is off by at most half a unit in the last place of a
		// number below 2^top.
		radius = radius.add(normal(roundings, top-int64(p+guard)-1))
	}
	z.mid.SetPrec(p).Set(&d.sum)
	return z.rounded(radius)
}
