package ball

import (
	"math"
	"math/big"
	"math/bits"
)

// A kernel is the scratch space of the fixed-point functions, to be used again.
type kernel struct {
	float                                        big.Float
	argument, second                             big.Int
	sum, gap, other, product, value, view, small big.Int
	limbs                                        []big.Word
	steps                                        []step
	digits                                       [maxLevels]int
}

// A step of a series: V ← V·times/over, then V ← q·V + add.
type step struct{ times, over, add uint }

// roomBits bounds the integers of a step, so that V keeps to one word before
// the point.
const roomBits = wordBits - 3

// expSteps are those of Σ_{k≤n} q^k/k!: with V = c·sum, sum ← 1 + q·sum/k is
// V ← q·V + c·k, where c ← c·k, and V is divided by c where that grows too large.
func (s *kernel) expSteps(n int) (steps []step, over uint) {
	steps = append(s.steps[:0], step{1, 1, 1})
	c := uint(1)
	for k := uint(n); k > 0; k-- {
		next := step{1, 1, 0}
		if high, low := bits.Mul(c, k); high == 0 && bits.Len(low) <= roomBits {
			c = low
		} else {
			next.over, c = c, k
		}
		next.add = c
		steps = append(steps, next)
	}
	s.steps = steps
	return steps, c
}

// oddSteps are those of Σ_{k≤n} q^k/(2k+1): with V = c·sum, c a product of
// denominators, V ← q·V + c/(2k+1).
func (s *kernel) oddSteps(n int) (steps []step, over uint) {
	steps = s.steps[:0]
	c := uint(1)
	for high := n; high >= 0; {
		product, low := uint(2*high+1), high
		for low > 0 {
			top, next := bits.Mul(product, uint(2*low-1))
			if top != 0 || bits.Len(next) > roomBits {
				break
			}
			product, low = next, low-1
		}
		for k := high; k >= low; k-- {
			steps = append(steps, step{1, 1, product / uint(2*k+1)})
		}
		at := &steps[len(steps)-1-(high-low)]
		if high < n {
			at.times, at.over = product, c
		}
		c, high = product, low-1
	}
	s.steps = steps
	return steps, c
}

// series returns V/over after all steps, in units of 2^-w, w a multiple of the
// bits of a word, for |q| < 2^-8 and a series whose coefficients are at most 1.
//
// V is multiplied by q^k yet after the step of q^k, so that its last words
// weigh less than a unit there, and are left out: with |q| < 2^-size and d_k
// words of them, the floor of the product, the words of q without partners and
// the division are off by at most 4·2^{64·d_k} ≤ 4·2^{size·k}/2^guard in units
// of the sum, which is less than 1/64 of a unit in all; the words that are not
// left out add 4·2^{-size·k}, and the last division 1: less than 6 units.
func (s *kernel) series(q *big.Int, w uint, steps []step, over uint) *big.Int {
	words := int(w / wordBits)
	size := int(w) - q.BitLen()
	guard := 8 + bits.Len(uint(len(steps)))
	left := func(k int) int { return min(max(0, size*k-guard)/wordBits, words-1) }
	digits := q.Bits()
	negative := q.Sign() < 0
	if cap(s.limbs) < words+1 {
		s.limbs = make([]big.Word, words+1)
	}
	before := left(len(steps) - 1)
	limbs := s.limbs[:words-before+1]
	clear(limbs)
	limbs[words-before] = big.Word(steps[0].add)
	s.value.SetBits(limbs)
	for i, step := range steps[1:] {
		if step.times != 1 {
			s.value.Mul(&s.value, s.small.SetUint64(uint64(step.times)))
		}
		if step.over != 1 {
			s.value.Quo(&s.value, s.small.SetUint64(uint64(step.over)))
		}
		now := left(len(steps) - 2 - i)
		s.product.Mul(&s.value, s.view.SetBits(digits[min(now, len(digits)):]))
		product := s.product.Bits()
		product = product[min(words-before, len(product)):]
		limbs = s.limbs[:words-now+1]
		if negative {
			var borrow uint
			for j, v := range product {
				var digit uint
				digit, borrow = bits.Sub(0, uint(v), borrow)
				limbs[j] = big.Word(digit)
			}
			for j := len(product); j < len(limbs); j++ {
				limbs[j] = -big.Word(borrow)
			}
		} else {
			clear(limbs[copy(limbs, product):])
		}
		limbs[words-now] += big.Word(step.add)
		s.value.SetBits(limbs)
		before = now
	}
	if over != 1 {
		s.value.Quo(&s.value, s.small.SetUint64(uint64(over)))
	}
	return &s.value
}

// addMultiple adds b·x·2^-shift to x ≥ 0, off by less than 2 units, |b| < 2^16;
// the sum must be ≥ 0 and fit, and the top word of x be below 2^{wordBits−16}.
func addMultiple(x []big.Word, b int, shift uint) {
	factor := uint(max(b, -b))
	skip, turn := int(shift/wordBits), shift%wordBits
	if skip >= len(x) {
		return
	}
	high, low := bits.Mul(uint(x[skip]), factor)
	if skip > 0 { // what the word before carries, but for a unit
		before, _ := bits.Mul(uint(x[skip-1]), factor)
		var c uint
		low, c = bits.Add(low, before, 0)
		high += c
	}
	var carry uint
	for i := range x {
		var next uint
		if at := skip + i + 1; at < len(x) {
			h, l := bits.Mul(uint(x[at]), factor)
			var c uint
			next, c = bits.Add(l, high, 0)
			high = h + c
		} else {
			next, high = high, 0
		}
		term := low>>turn | next<<(wordBits-turn)
		var v uint
		if b < 0 {
			v, carry = bits.Sub(uint(x[i]), term, carry)
		} else {
			v, carry = bits.Add(uint(x[i]), term, carry)
		}
		x[i] = big.Word(v)
		low = next
	}
}

// window returns x·2^{-shift} mod 2^64 as a signed number, rounded down, where
// x counts from below.
func window(x []big.Word, shift int) int64 {
	at, turn := shift/wordBits, uint(shift%wordBits)
	var out uint64
	for i := 0; i*wordBits < 64+int(turn); i++ {
		if at+i < 0 || at+i >= len(x) {
			continue
		}
		word := uint64(x[at+i])
		if offset := i*wordBits - int(turn); offset >= 0 {
			out |= word << uint(offset)
		} else {
			out |= word >> uint(-offset)
		}
	}
	return int64(out)
}

// leading returns z·2^-w in float64, about.
func leading(z *big.Int, w uint) float64 {
	low := max(0, z.BitLen()-62)
	top := math.Ldexp(float64(window(z.Bits(), low)), low-int(w))
	if z.Sign() < 0 {
		return -top
	}
	return top
}
