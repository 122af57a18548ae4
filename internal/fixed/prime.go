package fixed

import (
	"math/bits"
	"sync"
)

// A prime is a field with less than 2^50 elements that has roots of unity of
// order 2^24. Numbers modulo p are kept below 2p, and are multiplied by a
// constant w with the quotient w' = ⌊w·2^52/p⌋ at hand,
//
//	x·w − ⌊x·w'/2^52⌋·p < 2p  for x < 2^52,
//
// after V. Shoup; see D. Harvey, Faster arithmetic for number-theoretic
// transforms, J. Symbolic Computation 60 (2014).
type prime struct {
	p       uint64
	root    uint64 // of order 2^24
	inverse uint64 // ⌊2^64/p⌋
	against uint64 // −1/p modulo 2^52
	crt     uint64 // of the product of the others, the inverse modulo p
	others  [2]uint64
	weight  float64 // 1/p

	growing sync.Mutex
	roots   constants // roots.w[h+j] is a root of order 2h to the power j < h
}

// constants are multipliers with their quotients.
type constants struct{ w, quotients []uint64 }

const (
	residueBits = 52
	residueMask = 1<<residueBits - 1
	maxLog      = 24 // of the length of a transform
)

// primes are the largest three with roots of order 2^24 below 2^50, each with a
// number that is no square; their product is between 2^149 and 2^150.
var primes = [3]*prime{newPrime(0x3ffffe4000001, 5), newPrime(0x3ffffdc000001, 3), newPrime(0x3ffffdb000001, 5)}

// productOfPrimes has three words.
var productOfPrimes [3]uint64

func init() {
	for i, p := range primes {
		a, b := primes[(i+1)%3], primes[(i+2)%3]
		p.others[1], p.others[0] = bits.Mul64(a.p, b.p)
		p.crt = p.power(p.times(a.p%p.p, b.p%p.p), p.p-2)
	}
	h, l := bits.Mul64(primes[0].others[0], primes[0].p)
	productOfPrimes[0] = l
	h2, l2 := bits.Mul64(primes[0].others[1], primes[0].p)
	var c uint64
	productOfPrimes[1], c = bits.Add64(h, l2, 0)
	productOfPrimes[2] = h2 + c
}

func newPrime(p, nonresidue uint64) *prime {
	f := &prime{p: p, inverse: ^uint64(0) / p, weight: 1 / float64(p)}
	f.root = f.power(nonresidue, (p-1)>>maxLog)
	inverse := p // of p modulo 2^3, and twice as many bits each time
	for range 5 {
		inverse *= 2 - p*inverse
	}
	f.against = -inverse & residueMask
	return f
}

// times returns x·y modulo p, for x < p.
func (f *prime) times(x, y uint64) uint64 {
	high, low := bits.Mul64(x, y)
	return bits.Rem64(high, low, f.p)
}

func (f *prime) power(x, n uint64) uint64 {
	z := uint64(1)
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			z = f.times(z, x)
		}
		x = f.times(x, x)
	}
	return z
}

// quotient returns that of a constant below p.
func (f *prime) quotient(w uint64) uint64 {
	q, _ := bits.Div64(w>>(64-residueBits), w<<residueBits, f.p)
	return q
}

// times returns x·w modulo p, below 2p, for a constant with its quotient.
func shoup(x, w, quotient, p uint64) uint64 {
	q, _ := bits.Mul64(x, quotient<<(64-residueBits))
	return x*w - q*p
}

// below returns x or x − m, for x < 2m.
func below(x, m uint64) uint64 { return min(x, x-m) }

// rootsFor returns the roots for transforms of a length.
func (f *prime) rootsFor(length int) constants {
	f.growing.Lock()
	defer f.growing.Unlock()
	if len(f.roots.w) < length {
		w, quotients := make([]uint64, length), make([]uint64, length)
		for h := 1; h < length; h *= 2 {
			root := f.power(f.root, 1<<(maxLog-bits.Len(uint(h))))
			q, x := f.quotient(root), uint64(1)
			for j := range h {
				w[h+j], quotients[h+j] = x, f.quotient(x)
				x = below(shoup(x, root, q, f.p), f.p)
			}
		}
		f.roots = constants{w, quotients}
	}
	return f.roots
}

// forward replaces a, of numbers below 2p and a length of a power of 2, ≥ 64, by
// its values at all roots of unity of that order, below p, in an order of its
// own.
func (f *prime) forward(a []uint64, roots constants) {
	if h := len(a) / 2; len(a) > cached {
		f.part(a, h, roots)
		f.forward(a[:h], roots)
		f.forward(a[h:], roots)
		return
	}
	if vectors {
		for h := len(a) / 2; h >= 8; h /= 2 {
			f.part(a, h, roots)
		}
		forwardLast(&a[0], len(a), &roots.w[0], &roots.quotients[0], f.p)
		return
	}
	for h := len(a) / 2; h >= 1; h /= 2 {
		f.part(a, h, roots)
	}
	for i, x := range a {
		a[i] = below(x, f.p)
	}
}

// cached is a length that the caches near a core hold.
const cached = 1 << 12

// part is one level of a transform, over all blocks of 2h numbers:
//
//	u, v ← u + v, (u − v)·w_j
func (f *prime) part(a []uint64, h int, roots constants) {
	if vectors && h >= 8 {
		forwardPart(&a[0], len(a), h, &roots.w[h], &roots.quotients[h], f.p)
		return
	}
	p, w, quotients := f.p, roots.w[h:2*h], roots.quotients[h:2*h]
	for ; len(a) > 0; a = a[2*h:] {
		low, high := a[:h], a[h:2*h]
		for j, u := range low {
			v := high[j]
			low[j] = below(u+v, 2*p)
			high[j] = shoup(u-v+2*p, w[j], quotients[j], p)
		}
	}
}

// back undoes forward, for numbers below 2p, but for a factor len(a), and with the
// numbers after the first in the opposite order.
func (f *prime) back(a []uint64, roots constants) {
	if h := len(a) / 2; len(a) > cached {
		f.back(a[:h], roots)
		f.back(a[h:], roots)
		f.join(a, h, roots)
		return
	}
	first := 1
	if vectors {
		backFirst(&a[0], len(a), &roots.w[0], &roots.quotients[0], f.p)
		first = 8
	}
	for h := first; h < len(a); h *= 2 {
		f.join(a, h, roots)
	}
}

// join is one level of a transform back, over all blocks of 2h numbers:
//
//	u, v ← u + v·w_j, u − v·w_j
func (f *prime) join(a []uint64, h int, roots constants) {
	if vectors && h >= 8 {
		backPart(&a[0], len(a), h, &roots.w[h], &roots.quotients[h], f.p)
		return
	}
	p, w, quotients := f.p, roots.w[h:2*h], roots.quotients[h:2*h]
	for ; len(a) > 0; a = a[2*h:] {
		low, high := a[:h], a[h:2*h]
		for j, u := range low {
			v := shoup(high[j], w[j], quotients[j], p)
			low[j] = below(u+v, 2*p)
			high[j] = below(u-v+2*p, 2*p)
		}
	}
}

// maxPairs bounds the pairs of a sum of products of residues.
const maxPairs = 15

// products sets z to the sums Σ_i x[i]·y[i]·2^-52 of residues below p, times a
// constant, below 2p, for at most maxPairs pairs.
func (f *prime) products(z []uint64, x, y [][]uint64, w uint64) {
	quotient := f.quotient(w)
	if vectors {
		var pairs [2 * maxPairs]*uint64
		for i := range x {
			pairs[2*i], pairs[2*i+1] = &x[i][0], &y[i][0]
		}
		sumProducts(&z[0], len(z), &pairs[0], len(x), f.p, f.against, w, quotient)
		return
	}
	for at := range z {
		var low, high uint64 // high·2^52 + low
		for i := range x {
			h, l := bits.Mul64(x[i][at], y[i][at])
			low += l & residueMask
			high += h<<(64-residueBits) | l>>residueBits
		}
		m := low * f.against & residueMask
		h, l := bits.Mul64(m, f.p)
		low += l & residueMask
		high += h<<(64-residueBits) | l>>residueBits
		z[at] = shoup(high+low>>residueBits, w, quotient, f.p)
	}
}

// residue returns x modulo p, below 2p.
func (f *prime) residue(x uint64) uint64 {
	q, _ := bits.Mul64(x, f.inverse)
	return x - q*f.p
}

// combine returns the number of three words in two's complement, of size below
// a quarter of the product of the primes, whose residues times the inverse of
// the product of the other primes are v, each below 2p.
func combine(v [3]uint64) (z [3]uint64) {
	turns := 0.5
	for i, f := range primes {
		x := below(v[i], f.p)
		turns += float64(float64(x) * f.weight)
		h, l := bits.Mul64(x, f.others[0])
		h2, l2 := bits.Mul64(x, f.others[1])
		var c, c2 uint64
		z[0], c = bits.Add64(z[0], l, 0)
		z[1], c = bits.Add64(z[1], h, c)
		z[2] += h2 + c
		z[1], c2 = bits.Add64(z[1], l2, 0)
		z[2] += c2
	}
	n := uint64(turns)
	h, l := bits.Mul64(n, productOfPrimes[0])
	h2, l2 := bits.Mul64(n, productOfPrimes[1])
	var b, b2 uint64
	z[0], b = bits.Sub64(z[0], l, 0)
	z[1], b = bits.Sub64(z[1], h, b)
	z[1], b2 = bits.Sub64(z[1], l2, 0)
	z[2] -= b + b2 + h2 + n*productOfPrimes[2]
	return z
}
