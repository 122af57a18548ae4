package fixed

import (
	"math"
	"math/bits"
)

// Sums of at most so many products of numbers of at least so many words go along
// the words of each product, not over the products of each pair of words.
const mostFew, manyWords = 16, 24

// A transposition has the words of a few coefficients side by side: coefficient i of
// its series is word i, and a plane one of the coefficients.
type transposition struct {
	x, y        *Series
	none, all   []uint64 // masks of products ≥ 0 and < 0
	zeros, ramp []uint64 // how many are < 0 before each
}

// newTransposition has room for so many words.
func newTransposition(words int) *transposition {
	t := &transposition{x: NewSeries(words-1, mostFew), y: NewSeries(words-1, mostFew)}
	t.none, t.all = make([]uint64, words), make([]uint64, words)
	t.zeros, t.ramp = make([]uint64, words+1), make([]uint64, words+1)
	for i := range words {
		t.all[i], t.ramp[i+1] = math.MaxUint64, uint64(i+1)
	}
	return t
}

// transpose copies coefficients from…to of x, and those of y that they are
// multiplied with in the opposite order, products ≥ 0 first. It returns how many
// these are.
func (t *transposition) transpose(x, y *Series, from, to, k int) (positive int) {
	n := to - from + 1
	negative := n
	for i := from; i <= to; i++ {
		at := positive
		if x.signs[i] == y.signs[k-i] {
			positive++
		} else {
			negative--
			at = negative
		}
		t.x.row(at, x, i)
		t.y.row(n-1-at, y, k-i)
	}
	return positive
}

// row makes a plane of the words of coefficient i of x.
func (s *Series) row(plane int, x *Series, i int) {
	words := s.planes[plane]
	for j := range x.lengths[i] {
		words[j] = x.planes[j][i]
	}
	s.last[plane] = x.lengths[i] - 1
}

// fewProducts adds what Products adds.
func (s *Sum) fewProducts(x, y *Series, from, to, k, bottom int) {
	if words := max(x.Words(), y.Words()); s.few == nil || len(s.few.none) < words {
		s.few = newTransposition(words)
	}
	t, n := s.few, to-from+1
	positive := t.transpose(x, y, from, to, k)
	d := &s.diagonal
	*d = diagonal{
		x: &t.x.planes[0][0], strideX: 8 * len(t.x.signs), lastX: &t.x.last[0],
		y: &t.y.planes[0][0], strideY: 8 * len(t.y.signs), lastY: &t.y.last[0],
	}
	for at, w := range s.words {
		var c uint64
		d.sum[0], c = bits.Add64(d.sum[0], w, 0)
		d.sum[1], c = bits.Add64(d.sum[1], 0, c)
		d.sum[2] += c
		d.k = bottom + at
		d.from, d.to = max(0, d.k-y.used+1), min(d.k, x.used-1)
		if d.from <= d.to && positive > 0 {
			d.planeX, d.planeY, d.pairs, d.masks, d.counts = 0, n-1, positive, &t.none[0], &t.zeros[0]
			d.add(t.x, t.y, t.none, t.zeros)
		}
		if d.from <= d.to && positive < n {
			d.planeX, d.planeY, d.pairs, d.masks, d.counts = positive, n-1-positive, n-positive, &t.all[0], &t.ramp[0]
			d.add(t.x, t.y, t.all, t.ramp)
		}
		s.words[at] = d.sum[0]
		d.sum = [3]uint64{d.sum[1], d.sum[2], uint64(int64(d.sum[2]) >> 63)}
	}
}
