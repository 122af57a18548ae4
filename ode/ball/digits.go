package ball

import (
	"math/big"
	"math/bits"
	"sync"
)

const (
	wordBits  = bits.UintSize
	wordShift = 5 + wordBits>>6 // log2 of wordBits
)

// Digits is a ball, or a number without error, with its midpoint in base
// B = 2^wordBits,
//
//	±Σ_i words[i]·B^{i+shift},
//
// made once for many dot products. The zero value is 0.
type Digits struct {
	words    []uint
	shift    int
	negative bool
	beyond   bool
	top      int64     // |midpoint| < 2^top
	size     magnitude // ≥ |midpoint|
	radius   magnitude
	outer    magnitude // ≥ size + radius
}

// SetFloat sets d to a finite number without error.
func (d *Digits) SetFloat(x *big.Float) {
	d.beyond, d.radius = x.IsInf(), magnitude{}
	if d.beyond {
		return
	}
	d.load(x)
	d.size, d.outer = magnitude{}, magnitude{}
}

// SetBall sets d to a ball.
func (d *Digits) SetBall(x *Ball) {
	if d.beyond = x.beyond; d.beyond {
		return
	}
	d.load(&x.mid)
	d.radius = x.rad
	d.size = above(&x.mid)
	d.outer = d.size.add(d.radius)
}

// load takes the digits of x, exactly.
func (d *Digits) load(x *big.Float) {
	d.words = d.words[:0]
	if x.Sign() == 0 {
		return
	}
	e := x.MantExp(nil)
	low := e - int(x.MinPrec()) // x is a multiple of 2^low
	d.shift = low >> wordShift
	d.negative, d.top = x.Signbit(), int64(e)
	t := scratch.Get().(*big.Float)
	t.SetPrec(0).SetMantExp(x, -wordBits*d.shift)
	n := integerScratch.Get().(*big.Int)
	t.Int(n)
	for _, w := range n.Bits() {
		d.words = append(d.words, uint(w))
	}
	integerScratch.Put(n)
	scratch.Put(t)
}

var integerScratch = sync.Pool{New: func() any { return new(big.Int) }}

// A Convolver computes sums of products of Digits with one rounding at the
// end. The zero value is ready; it keeps scratch space and must not be shared.
type Convolver struct {
	sums   [2][]uint // of the products ≥ 0, and of the others
	totals [2]big.Int
}

// Convolve sets z to Σ_i xs[i]·ys[n−1−i] for slices of the same length n.
//
// Encloses the exact value for every point of the inputs.
func (c *Convolver) Convolve(z *Ball, xs, ys []*Digits) *Ball {
	var radius magnitude
	for i, x := range xs {
		y := ys[len(ys)-1-i]
		if x.beyond || y.beyond {
			return z.Indeterminate()
		}
		// |x|·r_y + r_x·(|y| + r_y)
		if !y.radius.isZero() {
			radius = radius.add(x.size.mul(y.radius))
		}
		if !x.radius.isZero() {
			radius = radius.add(x.radius.mul(y.outer))
		}
	}
	dropped, cut, exact := c.ConvolveFloat(&z.mid, xs, ys)
	if !exact && !z.mid.IsInf() {
		radius = radius.add(power(int64(z.mid.MantExp(nil)) - int64(z.mid.Prec()) - 1))
	}
	if dropped > 0 {
		radius = radius.add(normal(dropped, cut))
	}
	return z.rounded(radius)
}

// ConvolveFloat sets z to Σ_i xs[i]·ys[n−1−i] without radii: a sum that is off
// by less than dropped·2^cut, far below the last place of the largest product,
// is rounded to nearest unless exact.
//
// Approximate: no error bound.
func (c *Convolver) ConvolveFloat(z *big.Float, xs, ys []*Digits) (dropped uint64, cut int64, exact bool) {
	p := z.Prec()
	top, found := int64(0), false
	for i, x := range xs {
		y := ys[len(ys)-1-i]
		if len(x.words) > 0 && len(y.words) > 0 {
			if t := x.top + y.top; !found || t > top {
				top, found = t, true
			}
		}
	}
	if !found {
		z.SetInt64(0)
		return 0, 0, true
	}
	// The words from base on are kept: 32 bits more than the precision, the
	// bits that a cut can reach, and as many above as the sum can grow.
	base := int((top-int64(p)-32)>>wordShift) - 2
	length := int(top>>wordShift) + 2 - base
	for k := range c.sums {
		if cap(c.sums[k]) < length {
			c.sums[k] = make([]uint, length)
		}
		c.sums[k] = c.sums[k][:length]
		clear(c.sums[k])
	}
	for i, x := range xs {
		y := ys[len(ys)-1-i]
		if len(x.words) == 0 || len(y.words) == 0 {
			continue
		}
		k := 0
		if x.negative != y.negative {
			k = 1
		}
		if addProduct(c.sums[k], x.words, y.words, x.shift+y.shift-base) {
			// Those that begin one word below are less than B^{base+1}, and not
			// more than min(n_x, n_y); the others are small against one of them.
			dropped += uint64(min(len(x.words), len(y.words)) + 1)
		}
	}
	for k, sum := range c.sums {
		words := c.totals[k].Bits()[:0]
		for _, w := range sum {
			words = append(words, big.Word(w))
		}
		c.totals[k].SetBits(words)
	}
	z.SetInt(c.totals[0].Sub(&c.totals[0], &c.totals[1]))
	exact = z.Acc() == big.Exact
	z.SetMantExp(z, wordBits*base)
	return dropped, wordBits * (int64(base) + 1), exact
}

// addProduct adds x·y·2^{64·at} to a sum, without the partial products that
// begin below its first word, and reports whether there were any.
func addProduct(sum, x, y []uint, at int) (cut bool) {
	for j, v := range x {
		from := at + j
		row := y
		if from < 0 {
			cut = true
			if -from >= len(row) {
				continue
			}
			row, from = row[-from:], 0
		}
		if v == 0 {
			continue
		}
		carry := addRow(sum[from:from+len(row)], row, v)
		for k := from + len(row); carry != 0; k++ {
			sum[k], carry = bits.Add(sum[k], carry, 0)
		}
	}
	return cut
}

// addRow adds v·row to a sum of the same length and returns the carry. Four
// words at a time have their products first and then two chains of carries.
func addRow(sum, row []uint, v uint) (carry uint) {
	var c uint
	for len(row) >= 4 && len(sum) >= 4 {
		h0, l0 := bits.Mul(v, row[0])
		h1, l1 := bits.Mul(v, row[1])
		h2, l2 := bits.Mul(v, row[2])
		h3, l3 := bits.Mul(v, row[3])
		l0, c = bits.Add(l0, carry, 0)
		l1, c = bits.Add(l1, h0, c)
		l2, c = bits.Add(l2, h1, c)
		l3, c = bits.Add(l3, h2, c)
		h3, _ = bits.Add(h3, 0, c)
		sum[0], c = bits.Add(sum[0], l0, 0)
		sum[1], c = bits.Add(sum[1], l1, c)
		sum[2], c = bits.Add(sum[2], l2, c)
		sum[3], c = bits.Add(sum[3], l3, c)
		carry, _ = bits.Add(h3, 0, c)
		row, sum = row[4:], sum[4:]
	}
	for i, w := range row {
		h, l := bits.Mul(v, w)
		l, c = bits.Add(l, carry, 0)
		h += c
		sum[i], c = bits.Add(sum[i], l, 0)
		carry = h + c
	}
	return carry
}
