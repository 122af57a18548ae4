package ball

import (
	"math"
	"math/big"
	"math/bits"
	"muflow/internal/portable"
	"sync"
)

// Fixed-point kernels of exp, log and atan, in units of 2^-w, w a multiple of
// 64. An argument is reduced by factors 1 + b·2^{-8j}, or rotations by
// atan(b·2^{-8j}), with small integers b for j = 1 … levels (H. Briggs,
// Arithmetica logarithmica, 1624, in base 256), so that products with them cost
// no more than a sum, and a short series remains.

const maxLevels = 40

// levels is the number of reductions that suits a precision.
func levels(w uint) int { return min(2+int(w)/128, maxLevels) }

// kernelUnits bounds the error of exp, log and atan in units of 2^-w. With n
// levels: a constant from the tables is off by 2 units at most, and there are n
// of them, multiplied in log and atan by 1; each of the n products adds 2, the
// series 6, the argument, its quotient and the remainder of the series 8. A
// factor 2 covers |e^r| < 2 and the growth 3/2 of later errors.
func kernelUnits(levels int) uint64 { return uint64(16 * (levels + 4)) }

// kernelBits returns the precision of the kernels for a result with p bits.
func kernelBits(p uint) uint { return (p + 32 + 63) / 64 * 64 }

var kernels = sync.Pool{New: func() any { return new(kernel) }}

// toFixed returns x in units of 2^-w, rounded down.
func toFixed(x *big.Float, w uint) *big.Int { return setFixed(new(big.Int), x, w) }

// setFixed sets z to x in units of 2^-w, rounded down.
func setFixed(z *big.Int, x *big.Float, w uint) *big.Int {
	scaled := scratch.Get().(*big.Float)
	scaled.SetPrec(0).SetMantExp(x, int(w))
	_, accuracy := scaled.Int(z)
	scratch.Put(scaled)
	if accuracy == big.Above { // rounded towards 0
		z.Sub(z, unit)
	}
	return z
}

var unit = big.NewInt(1)

// fixedExp returns e^r in units of 2^-w for |r| < 1/2, r in units of 2^-w too,
// off by at most kernelUnits units. It overwrites r; the result belongs to s.
func (s *kernel) fixedExp(r *big.Int, w uint) *big.Int {
	n := levels(w)
	for j := range n {
		b := 0
		if j == 0 {
			b = int(math.RoundToEven(256 * portable.Expm1(leading(r, w))))
		} else {
			b = int((window(r.Bits(), int(w)-8*(j+1)-40) + 1<<39) >> 40)
			if r.Sign() < 0 {
				b = -b
			}
		}
		s.digits[j] = b
		s.addEntry(r, j+1, b, false, w, -1)
	}
	// Now |r| is about 2^{-8n}, and r^k/k! is left out where it is below 2^-(w+2).
	size, terms := int(w)-r.BitLen(), 0
	for left := int(w) + 2 - size; r.Sign() != 0 && left > 0; {
		terms++
		left -= size + bits.Len(uint(terms))
	}
	steps, over := s.expSteps(terms)
	s.sum.Set(s.series(r, w, steps, over))
	digits := s.room(&s.sum, w)
	for j := n - 1; j >= 0; j-- {
		if s.digits[j] != 0 {
			addMultiple(digits, s.digits[j], uint(8*(j+1)))
		}
	}
	return s.sum.SetBits(digits)
}

// room returns the words of z ≥ 0, with zeros above up to a word before the
// point.
func (s *kernel) room(z *big.Int, w uint) []big.Word {
	words := z.Bits()
	for len(words) < int(w/wordBits)+1 {
		words = append(words, 0)
	}
	return words
}

// fixedLog returns log f in units of 2^-w for f in [3/4, 3/2], f in units of
// 2^-w too, off by at most kernelUnits units. It overwrites f; the result
// belongs to s.
func (s *kernel) fixedLog(f *big.Int, w uint) *big.Int {
	n := levels(w)
	s.sum.SetInt64(0)
	words := s.room(f, w)
	for j := range n {
		b := 0
		if shift := 8 * (j + 1); j == 0 {
			b = int(math.RoundToEven(256 * (1/leading(f, w) - 1)))
		} else { // −2^shift·(f − 1), rounded
			gap := window(words, int(w)-shift-40) - 1<<uint(shift+40) // modulo 2^64, where it fits
			b = -int((gap + 1<<39) >> 40)
		}
		if b != 0 {
			addMultiple(words, b, uint(8*(j+1)))
			s.addEntry(&s.sum, j+1, b, false, w, -1)
		}
	}
	// log f = 2 artanh((f−1)/(f+1))
	f.SetBits(words)
	s.other.Lsh(unit, w)
	s.gap.Sub(f, &s.other)
	f.Add(f, &s.other)
	s.other.Lsh(&s.gap, w)
	s.gap.Quo(&s.other, f)
	series := s.oddSeries(&s.gap, w, false)
	return s.sum.Add(&s.sum, series.Lsh(series, 1))
}

// oddSeries returns Σ s^n·u^{2n+1}/(2n+1) in units of 2^-w, s = −1 if
// alternating, for |u| < 2^-8; u is none of the numbers of s but gap.
func (s *kernel) oddSeries(u *big.Int, w uint, alternating bool) *big.Int {
	square := s.other.Mul(u, u)
	square.Rsh(square, w)
	terms := 0
	if square.Sign() != 0 {
		terms = 1 + int(w)/(int(w)-square.BitLen())
	}
	if alternating {
		square.Neg(square)
	}
	steps, over := s.oddSteps(terms)
	s.product.Mul(s.series(square, w, steps, over), u)
	return s.product.Rsh(&s.product, w)
}

// fixedAtan returns atan(y/x) in units of 2^-w for 1/2 ≤ x ≤ 1, |y| ≤ x, all
// in units of 2^-w, off by at most kernelUnits units. It overwrites x and y;
// the result belongs to s.
func (s *kernel) fixedAtan(x, y *big.Int, w uint) *big.Int {
	n := levels(w)
	s.sum.SetInt64(0)
	for j := range n {
		shift := uint(8 * (j + 1))
		b := int(math.RoundToEven(math.Ldexp(leading(y, w)/leading(x, w), int(shift))))
		if b == 0 {
			continue
		}
		s.small.SetInt64(int64(b))
		s.gap.Mul(y, &s.small)
		s.other.Mul(x, &s.small)
		x.Add(x, s.gap.Rsh(&s.gap, shift))
		y.Sub(y, s.other.Rsh(&s.other, shift))
		s.addEntry(&s.sum, j+1, b, true, w, 1)
	}
	s.other.Lsh(y, w)
	s.gap.Quo(&s.other, x)
	return s.sum.Add(&s.sum, s.oddSeries(&s.gap, w, true))
}
