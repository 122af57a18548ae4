package fixed

import (
	"math/bits"
	"slices"
)

// An Online adds up the products of two power series while their coefficients
// are being found: Σ x_i·y_{k−i} is asked for at k = 0, 1, 2, …, when
// coefficients below k are known. What blocks of n coefficients contribute to
// sums to come is computed in one transform as soon as both are known, for
// several n: blocks I, J ≥ 1 of a level with min(I, J) < growth, at k = (I+J)n,
// where the last level has no bound. What is left to sums of single products has
// i or j below the least n.
//
// A block is the integer polynomial Σ_{i,p} ±word_{i,p}·X^{(i−In)·S+p} with S
// places a coefficient; its product with another has the sums of products of
// words of one place as coefficients, below 2^148 in size, and is found modulo
// three primes. So the result is that of Sum.Products, to the bit.
//
// J. van der Hoeven, Relax, but don't be too lazy, J. Symbolic Computation 34
// (2002); and Faster relaxed multiplication, ISSAC 2014, for the blocks.
type Online struct {
	x, y    *Series
	order   int
	stride  int // S
	levels  []*level
	bottom  int // the least place that counts, −1 before the first sum
	until   int // sums below this are asked for, in this order
	width   int // words of a sum
	ahead   []uint64
	scratch [3][]uint64
}

// A level has blocks of one length.
type level struct {
	shape
	bound int // of min(I, J)
	x, y  *spectra
}

// A shape is how a series is cut into blocks.
type shape struct {
	block, length int // coefficients of a block, numbers of a transform
	stride        int // S
	slots         int // blocks that are kept
}

// Spectra are transforms of blocks of one series, for all sums of products that it
// occurs in: those that are cut alike share them.
type spectra struct {
	shape
	slot []spectrum
}

// A spectrum is the transform of a block.
type spectrum struct {
	block   int // which, −1 for none
	used    int // words of its longest coefficient; 0: nothing was transformed
	residue [3][]uint64
}

// spectraOf returns what is shared by sums that cut the series in this way.
func (s *Series) spectraOf(cut shape) *spectra {
	for _, known := range s.spectra {
		if known.shape == cut {
			return known
		}
	}
	made := &spectra{cut, make([]spectrum, cut.slots)}
	s.spectra = append(s.spectra, made)
	made.forget()
	return made
}

func (s *spectra) forget() {
	for i := range s.slot {
		s.slot[i].block = -1
	}
}

const (
	growth      = 8  // most blocks of a level in one of the next
	few         = 24 // most blocks of the last level
	firstLength = 64 // least length of a transform
	leastBlock  = 6
	mostNumbers = 1 << 27 // in the transforms of two series, of 8 bytes
)

// NewOnline returns an Online for coefficients 0…order of two series, which may
// be one, or nil where sums of single products are faster or the transforms would
// take a gigabyte.
func NewOnline(x, y *Series, order int) *Online {
	least := 96
	if vectors {
		least = 48
	}
	if min(x.Words(), y.Words()) < least {
		return nil
	}
	o := &Online{x: x, y: y, stride: x.Words() + y.Words() - 1}
	length := firstLength
	for length < 2*leastBlock*o.stride {
		length *= 2
	}
	if o.build(length, order); len(o.levels) == 0 || o.numbers() > mostNumbers {
		return nil
	}
	o.share()
	return o
}

// share finds the transforms of both series, of which there are none yet or those
// of other sums.
func (o *Online) share() {
	for _, l := range o.levels {
		l.x, l.y = o.x.spectraOf(l.shape), o.y.spectraOf(l.shape)
	}
}

// numbers is how many the transforms hold at most.
func (o *Online) numbers() int64 {
	total := int64(0)
	for _, l := range o.levels {
		total += 2 * int64(len(primes)) * int64(l.slots) * int64(l.length)
	}
	return total
}

// build makes levels from a length on, each with blocks of at most growth those of
// the one before, until there are few.
func (o *Online) build(length, order int) {
	o.order = order
	block := length / (2 * o.stride)
	words := min(o.x.Words(), o.y.Words())
	for 2*block <= order && block*words < 1<<19 && length < 1<<maxLog {
		l := &level{shape: shape{block: block, length: length, stride: o.stride}, bound: order/block + 1}
		o.levels = append(o.levels, l)
		if l.bound <= few {
			break
		}
		l.bound = 2
		for l.bound < growth && order/(block*l.bound) >= few {
			l.bound *= 2
		}
		block, length = block*l.bound, length*l.bound
	}
	for i, l := range o.levels {
		l.slots = 2 * l.bound
		if i == len(o.levels)-1 {
			l.bound = order/l.block + 1
			l.slots = l.bound
		}
	}
	o.width = o.x.Words() + o.y.Words() + 2
	o.Reset()
}

// Reset begins anew, with other coefficients.
func (o *Online) Reset() {
	if o != nil {
		o.bottom, o.until = -1, 0
	}
}

// slot is where the transform of a block is kept.
func (l *level) slot(i int) int {
	if i < l.bound {
		return i
	}
	return l.bound + i%l.bound
}

// Products is Sum.Products of the two series for k = 0, 1, 2, …, for from and
// k−to below the least block; without an Online, of x and y.
func (o *Online) Products(s *Sum, x, y *Series, from, to, k int) {
	if !o.follows(s, k) {
		s.Products(x, y, from, to, k)
		return
	}
	first := o.levels[0].block
	low, high := min(to, first-1), max(first, k-first+1)
	s.Products(x, y, from, low, k)
	s.Products(x, y, high, to, k)
	if o.bottom > 0 && x.used > 0 && y.used > 0 {
		s.dropped += uint64(max(0, k+1-2*first)) * uint64(min(x.used, y.used)+1)
	}
	o.add(s, k)
}

// Square is Sum.Square in the same way.
func (o *Online) Square(s *Sum, x *Series, skip, k int) {
	if !o.follows(s, k) || k < 2*o.levels[0].block {
		s.Square(x, skip, k)
		return
	}
	first := o.levels[0].block
	s.Products(x, x, skip, first-1, k)
	s.Double()
	if o.bottom > 0 && x.used > 0 {
		s.dropped += uint64(k+1-2*first) * uint64(x.used+1)
	}
	o.add(s, k)
}

// follows takes note of a sum that begins, and reports whether what was computed
// ahead is of use for it.
func (o *Online) follows(s *Sum, k int) bool {
	if o == nil {
		return false
	}
	bottom := (s.base - o.x.unit - o.y.unit) >> 6
	if k == 0 || o.bottom < 0 {
		if o.ahead == nil {
			o.ahead = make([]uint64, o.width*(o.order+1))
		}
		clear(o.ahead)
		o.bottom, o.until = bottom, k
	}
	if bottom != o.bottom || k != o.until {
		o.until = -1
		return false
	}
	o.until++
	for _, l := range o.levels {
		if k%l.block == 0 && k >= 2*l.block {
			o.contribute(l, k/l.block)
		}
	}
	return true
}

// add adds what was computed ahead.
func (o *Online) add(s *Sum, k int) {
	row := o.ahead[k*o.width : (k+1)*o.width]
	var carry, sign uint64
	for i := range s.words {
		v := sign
		if i < len(row) {
			v = row[i]
			sign = -(v >> 63)
		}
		s.words[i], carry = bits.Add64(s.words[i], v, carry)
	}
}

// contribute adds the products of all pairs of blocks I + J = r to sums to come.
func (o *Online) contribute(l *level, r int) {
	var xs, ys [3][][]uint64
	top := 0 // places of the sum of products
	most := min(maxPairs, (1<<20-1)/(l.block*min(o.x.Words(), o.y.Words())))
	for i := 1; i < r; i++ {
		if j := r - i; min(i, j) < l.bound {
			x, y := o.x.transform(l.x, l.slot(i), i), o.y.transform(l.y, l.slot(j), j)
			if x.used > 0 && y.used > 0 {
				for p := range primes {
					xs[p], ys[p] = append(xs[p], x.residue[p]), append(ys[p], y.residue[p])
				}
				top = max(top, x.used+y.used-1)
			}
		}
		if n := len(xs[0]); n == most || n > 0 && i == r-1 {
			o.collect(l, r, top, xs, ys)
			for p := range primes {
				xs[p], ys[p] = xs[p][:0], ys[p][:0]
			}
		}
	}
}

// transform returns the transform of block number at, which it keeps in a slot.
func (s *Series) transform(into *spectra, slot, at int) *spectrum {
	z := &into.slot[slot]
	if z.block == at {
		return z
	}
	from := at * into.block
	z.block, z.used = at, slices.Max(s.lengths[from:from+into.block])
	if z.used == 0 {
		return z
	}
	for p, f := range primes {
		if z.residue[p] == nil {
			// Not all at one place of the caches.
			apart := 72 * (len(primes)*(slot%32) + p)
			z.residue[p] = make([]uint64, into.length+apart)[apart:]
		} else {
			clear(z.residue[p])
		}
		a := z.residue[p]
		for j, plane := range s.planes[:z.used] {
			words, signs := plane[from:from+into.block], s.signs[from:from+into.block]
			for k, w := range words {
				if w == 0 {
					continue
				}
				v := f.residue(w)
				if signs[k] != 0 {
					v = below(2*f.p-below(v, f.p), 2*f.p)
				}
				a[k*into.stride+j] = v
			}
		}
		f.forward(a, f.rootsFor(into.length))
	}
	return z
}

// collect adds the sum of products of transforms, which has so many places, to the
// sums from k = r·block on.
func (o *Online) collect(l *level, r, top int, xs, ys [3][][]uint64) {
	var v [3][]uint64
	for p, f := range primes {
		if cap(o.scratch[p]) < l.length {
			o.scratch[p] = make([]uint64, l.length)
		}
		v[p] = o.scratch[p][:l.length]
		// 2^52·crt/length
		w := f.times(f.power(uint64(l.length), f.p-2), f.times(f.crt, 1<<residueBits%f.p))
		f.products(v[p], xs[p], ys[p], w)
		f.back(v[p], f.rootsFor(l.length))
	}
	mask := l.length - 1
	for i := range min(2*l.block-1, o.order+1-r*l.block) {
		row := o.ahead[(r*l.block+i)*o.width:][:o.width]
		var sum [3]uint64
		var c uint64
		for at := range row {
			if place := at + o.bottom; place < top && place >= 0 {
				t := -(i*o.stride + place) & mask
				z := combine([3]uint64{v[0][t], v[1][t], v[2][t]})
				sum[0], c = bits.Add64(sum[0], z[0], 0)
				sum[1], c = bits.Add64(sum[1], z[1], c)
				sum[2] += z[2] + c
			}
			row[at], c = bits.Add64(row[at], sum[0], 0)
			sum[0], c = bits.Add64(sum[1], 0, c)
			sum[1] = sum[2] + c
			sum[2] = uint64(int64(sum[1]) >> 63)
		}
	}
}
