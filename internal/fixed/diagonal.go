package fixed

import "math/bits"

// A diagonal is the products of words whose places have one sum, over all
// pairs of coefficients of a sum of products, with a number of three words in
// two's complement that they are added to. Its assembly knows the fields.
type diagonal struct {
	x, y             *uint64 // word 0 of coefficient 0
	strideX, strideY int     // bytes from plane to plane
	lastX, lastY     *int
	masks            *uint64 // of the first pair of coefficients
	counts           *uint64
	from, to, k      int
	planeX, planeY   int // the first pair of planes: up in x, down in y
	pairs            int // of planes, 0 after all were added by the assembly
	sum              [3]uint64
}

// addWords is the portable form of add, for the series that d was made from.
func (d *diagonal) addWords(x, y *Series, masks, counts []uint64) {
	lo, hi, top, c := d.sum[0], d.sum[1], d.sum[2], uint64(0)
	for p := range d.pairs {
		i, j := d.planeX+p, d.planeY-p
		first, end := max(d.from, d.k-y.last[j]), min(d.to, x.last[i])+1
		if first >= end {
			continue
		}
		lo, hi, top = dot(lo, hi, top, x.planes[i][first:end], y.planes[j][d.k-end+1:d.k-first+1], masks[first-d.from:end-d.from])
		lo, c = bits.Add64(lo, counts[end-d.from]-counts[first-d.from], 0)
		hi, c = bits.Add64(hi, 0, c)
		top += c
	}
	d.sum = [3]uint64{lo, hi, top}
}

// dot adds Σ_i x[i]·y[n−1−i] to a number of three words, with a product whose
// mask is all ones complemented: that is its negative less 1.
func dot(lo, hi, top uint64, x, y, masks []uint64) (uint64, uint64, uint64) {
	var c uint64
	y, masks = y[:len(x)], masks[:len(x)]
	for i, v := range x {
		h, l := bits.Mul64(v, y[len(y)-1-i])
		m := masks[i]
		lo, c = bits.Add64(lo, l^m, 0)
		hi, c = bits.Add64(hi, h^m, c)
		top, _ = bits.Add64(top, m, c)
	}
	return lo, hi, top
}
