// Package fixed computes with power series whose coefficients are fixed-point
// numbers of a few 64-bit words, all multiples of one unit. A coefficient that
// is small against the others has fewer words, so that products of high ones
// cost less; products below the unit are left out, and counted. Words of the
// same place lie side by side, so that the sums of products that a power
// series consists of run over consecutive memory.
//
// Every rounding is counted in units: the package bounds what it drops, and
// its results can be part of a proof.
package fixed

import (
	"math"
	"math/big"
	"math/bits"
)

// A Number is ±Σ_i Words[i]·2^{64i+Unit}, least word first.
type Number struct {
	Words    []uint64
	Unit     int
	Negative bool
}

// NumberOf returns x with so many words at most, and whether that is exact;
// otherwise it is nearer to 0 by less than 2^{Unit} with the Unit returned.
func NumberOf(x *big.Float, words int) (z Number, unit int, exact bool) {
	if x.Sign() == 0 || x.IsInf() {
		return Number{}, 0, !x.IsInf()
	}
	unit = x.MantExp(nil) - 64*words
	var scaled big.Float
	scaled.SetMantExp(x, -unit)
	n, accuracy := scaled.Int(nil)
	z = Number{Words: wordsOf(n), Unit: unit, Negative: x.Signbit()}
	for len(z.Words) > 0 && z.Words[0] == 0 {
		z.Words, z.Unit = z.Words[1:], z.Unit+64
	}
	return z, unit, accuracy == big.Exact
}

func wordsOf(n *big.Int) []uint64 {
	limbs := n.Bits()
	if bits.UintSize == 64 {
		out := make([]uint64, len(limbs))
		for i, w := range limbs {
			out[i] = uint64(w)
		}
		return out
	}
	out := make([]uint64, (len(limbs)+1)/2)
	for i, w := range limbs {
		out[i/2] |= uint64(w) << (32 * (i % 2))
	}
	return out
}

// Float returns the number exactly.
func (x Number) Float() *big.Float {
	z := new(big.Float).SetPrec(uint(max(64*len(x.Words), 64)))
	limbs := make([]big.Word, 0, 2*len(x.Words))
	for _, w := range x.Words {
		if limbs = append(limbs, big.Word(w)); bits.UintSize == 32 {
			limbs = append(limbs, big.Word(w>>32))
		}
	}
	z.SetInt(new(big.Int).SetBits(limbs))
	if x.Negative {
		z.Neg(z)
	}
	return z.SetMantExp(z, x.Unit)
}

// A Series is a power series with coefficients of at most so many words.
type Series struct {
	unit    int
	planes  [][]uint64 // planes[j][k]: word j of coefficient k
	lengths []int      // words of coefficient k without leading zeros
	signs   []uint64   // all ones for coefficients < 0
	last    []int      // the last k with planes[j][k] ≠ 0 or a higher word, −1 if none
	used    int        // planes with a word ≠ 0
	spectra []*spectra // see Online
}

// NewSeries returns a series with coefficients 0…order of so many words.
func NewSeries(order, words int) *Series {
	s := &Series{planes: make([][]uint64, words), lengths: make([]int, order+1), signs: make([]uint64, order+1), last: make([]int, words)}
	all := make([]uint64, words*(order+1))
	for j := range s.planes {
		s.planes[j], all = all[:order+1:order+1], all[order+1:]
	}
	s.Reset(0)
	return s
}

// Reset forgets all coefficients and chooses a unit, 2^unit.
func (s *Series) Reset(unit int) {
	s.unit, s.used = unit, 0
	for j := range s.last {
		s.last[j] = -1
	}
	for _, blocks := range s.spectra {
		blocks.forget()
	}
}

// Unit returns the exponent of the unit.
func (s *Series) Unit() int { return s.unit }

// Top returns an exponent such that all coefficients so far are below 2^Top.
func (s *Series) Top() int { return s.unit + 64*s.used }

// Words returns the most words of a coefficient.
func (s *Series) Words() int { return len(s.planes) }

// gather copies the words of coefficient k.
func (s *Series) gather(k int, into []uint64) []uint64 {
	into = into[:0]
	for j := range s.lengths[k] {
		into = append(into, s.planes[j][k])
	}
	return into
}

// put sets coefficient k to words without leading zeros; coefficients are set
// in ascending order.
func (s *Series) put(k int, words []uint64, negative bool) {
	s.lengths[k], s.signs[k] = len(words), 0
	if negative {
		s.signs[k] = math.MaxUint64
	}
	for j, plane := range s.planes {
		if j >= len(words) {
			plane[k] = 0
			continue
		}
		plane[k], s.last[j] = words[j], k
	}
	s.used = max(s.used, len(words))
}

// Coefficient returns coefficient k exactly.
func (s *Series) Coefficient(k int) Number {
	return Number{s.gather(k, nil), s.unit, s.signs[k] != 0}
}

// Float64 returns coefficient k times 2^scale, off by at most 2^−52 of it, but
// 2^−1000 where it is less and not 0; it may overflow.
func (s *Series) Float64(k, scale int) float64 {
	n := s.lengths[k]
	if n == 0 {
		return 0
	}
	x := float64(s.planes[n-1][k])
	if n > 1 {
		x += float64(0x1p-64 * float64(s.planes[n-2][k]))
	}
	if e := s.unit + 64*(n-1) + scale; e > -900 && e < 900 {
		x *= math.Float64frombits(uint64(1023+e) << 52)
	} else {
		x = max(math.Ldexp(x, e), 0x1p-1000)
	}
	if s.signs[k] != 0 {
		return -x
	}
	return x
}

// A Polynomial is a copy of the coefficients of a series, without its spare
// room. It is immutable.
type Polynomial struct {
	unit    int
	words   []uint64
	offsets []uint32 // coefficient k has the words offsets[k] to offsets[k+1]
	signs   []uint64
}

// Polynomial copies coefficients 0…order.
func (s *Series) Polynomial(order int) *Polynomial {
	total := 0
	for _, n := range s.lengths[:order+1] {
		total += n
	}
	p := &Polynomial{s.unit, make([]uint64, 0, total), make([]uint32, order+2), make([]uint64, order+1)}
	copy(p.signs, s.signs)
	for k := range order + 1 {
		for j := range s.lengths[k] {
			p.words = append(p.words, s.planes[j][k])
		}
		p.offsets[k+1] = uint32(len(p.words))
	}
	return p
}

// Order returns the index of the last coefficient.
func (p *Polynomial) Order() int { return len(p.signs) - 1 }

// Coefficient returns coefficient k exactly, not to be written.
func (p *Polynomial) Coefficient(k int) Number {
	return Number{p.words[p.offsets[k]:p.offsets[k+1]], p.unit, p.signs[k] != 0}
}
