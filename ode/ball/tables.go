package ball

import (
	"math"
	"math/big"
	"muflow/internal/portable"
	"sync"
	"sync/atomic"
)

// A tableKey names one of the numbers that arguments are reduced by.
type tableKey struct {
	class    uint
	level, b int
	angle    bool
}

// A store keeps what was computed once.
type store[K comparable, V any] struct {
	sync.RWMutex
	compute func(K) V
	entries map[K]V
}

func (s *store[K, V]) at(key K) V {
	s.RLock()
	v, ok := s.entries[key]
	s.RUnlock()
	if !ok {
		v = s.compute(key)
		s.Lock()
		if s.entries == nil {
			s.entries = map[K]V{}
		}
		s.entries[key] = v
		s.Unlock()
	}
	return v
}

var tables = store[tableKey, *big.Int]{compute: newEntry}

// firstTables are what tables hold for the lowest class of precision, by angle, level and
// b: read without a lock, as most functions of most programs are.
var firstTables [2][maxLevels][2 * mostFirst]atomic.Pointer[big.Int]

const firstClass, mostFirst = 256, 1 << 9

// entry is what tables hold at a key.
func entry(key tableKey) *big.Int {
	if key.class != firstClass || key.b < -mostFirst || key.b >= mostFirst {
		return tables.at(key)
	}
	at := &firstTables[boolInt(key.angle)][key.level-1][key.b+mostFirst]
	c := at.Load()
	if c == nil {
		c = tables.at(key)
		at.Store(c)
	}
	return c
}

// addEntry adds sign times log(1 + b·2^{-8·level}), or atan(b·2^{-8·level}) if
// angle, to z, in units of 2^-w, with an error of at most 2 units.
func (s *kernel) addEntry(z *big.Int, level, b int, angle bool, w uint, sign int) {
	if b == 0 {
		return
	}
	if angle && b < 0 {
		b, sign = -b, -sign
	}
	key := tableKey{precisionClass(w), level, b, angle}
	c := entry(key)
	view := s.cut(c, key.class-w)
	if (sign < 0) == (c.Sign() < 0) {
		z.Add(z, view)
	} else {
		z.Sub(z, view)
	}
}

// cut returns |c|·2^-shift, rounded down, for a shift by whole words; it shares
// the words of c and is to be read only.
func (s *kernel) cut(c *big.Int, shift uint) *big.Int {
	words := c.Bits()
	return s.view.SetBits(words[min(int(shift/wordBits), len(words)):])
}

// newEntry computes a constant in units of 2^-class, off by less than 2.
//
//	log(1 + b/q) = 2 artanh(b/(2q + b))
//	atan(b/q) = π/4 − atan((q − b)/(q + b)), where b/q > 1/2
func newEntry(key tableKey) *big.Int {
	const guard = 16
	q := new(big.Int).Lsh(unit, uint(8*key.level))
	b := big.NewInt(int64(key.b))
	if !key.angle {
		bottom := new(big.Int).Lsh(q, 1)
		sum := oddSum(b, bottom.Add(bottom, b), key.class+guard-1, false)
		return sum.Rsh(sum, guard-2)
	}
	if new(big.Int).Lsh(b, 1).Cmp(q) <= 0 {
		sum := oddSum(b, q, key.class+guard, true)
		return sum.Rsh(sum, guard)
	}
	sum := toFixed(&Pi(key.class+guard).mid, key.class+guard-2) // π/4
	sum.Sub(sum, oddSum(new(big.Int).Sub(q, b), new(big.Int).Add(q, b), key.class+guard, true))
	return sum.Rsh(sum, guard)
}

// oddSum returns Σ_n s^n·(a/b)^{2n+1}/(2n+1), s = −1 if alternating and 1 if
// not, in units of 2^-p, off by less than 2, for |a/b| ≤ 1/2: the fraction that
// the first terms add up to, by halves (binary splitting), rounded down.
//
// The terms left out are less than (4/3)·|a/b|^{2n+1} ≤ 2^-p.
func oddSum(a, b *big.Int, p uint, alternating bool) *big.Int {
	if a.Sign() == 0 {
		return new(big.Int)
	}
	x, _ := new(big.Float).Quo(new(big.Float).SetPrec(64).SetInt(a), new(big.Float).SetPrec(64).SetInt(b)).Float64()
	terms := 1
	if rate := -portable.Log2(math.Abs(x)); rate > 0 {
		terms += 1 + int(float64(p)/(2*rate)*(1+1e-9))
	}
	s := oddSplit{power: new(big.Int).Mul(a, a), divisor: new(big.Int).Mul(b, b)}
	if alternating {
		s.power.Neg(s.power)
	}
	part := s.sum(0, terms)
	part.top.Mul(part.top, a)
	part.top.Lsh(part.top, p)
	part.product.Mul(part.product, part.divisor)
	part.product.Mul(part.product, b)
	// Rounded down, whatever the signs.
	if part.product.Sign() < 0 {
		part.top.Neg(part.top)
		part.product.Neg(part.product)
	}
	return part.top.Div(part.top, part.product)
}

// oddSplit adds up (power/divisor)^k/(2k+1).
type oddSplit struct{ power, divisor *big.Int }

// A part of the sum, over k from l to h−1, is top/(product·divisor) times
// (power/divisor)^l: product is that of 2k+1, divisor that of h−l−1 divisors.
type oddPart struct{ power, divisor, product, top *big.Int }

func (s *oddSplit) sum(l, h int) oddPart {
	if h-l <= 12 {
		return s.leaf(l, h)
	}
	middle := (l + h) / 2
	x, y := s.sum(l, middle), s.sum(middle, h)
	// With P/D = power/divisor to the number of terms of x:
	//
	//	x.top/(x.product·x.divisor) + (P/D)·y.top/(y.product·y.divisor)
	x.power.Mul(x.power, s.power)
	x.divisor.Mul(x.divisor, s.divisor) // D; what x lacks of it is one divisor
	y.top.Mul(y.top, x.power)
	y.top.Mul(y.top, x.product)
	x.top.Mul(x.top, s.divisor)
	x.top.Mul(x.top, y.divisor)
	x.top.Mul(x.top, y.product)
	x.top.Add(x.top, y.top)
	x.power.Mul(x.power, y.power)
	x.divisor.Mul(x.divisor, y.divisor)
	x.product.Mul(x.product, y.product)
	return x
}

// leaf is sum, term by term.
func (s *oddSplit) leaf(l, h int) oddPart {
	values := make([]big.Int, 5)
	x := oddPart{values[0].SetInt64(1), values[1].SetInt64(1), values[2].SetInt64(int64(2*l + 1)), values[3].SetInt64(1)}
	other, small := &values[4], new(big.Int)
	times := func(z **big.Int, y *big.Int) { // z ← z·y, the old z is the next scratch
		other.Mul(*z, y)
		*z, other = other, *z
	}
	for k := l + 1; k < h; k++ {
		small.SetInt64(int64(2*k + 1))
		times(&x.power, s.power)
		times(&x.divisor, s.divisor)
		times(&x.top, s.divisor)
		x.top.Mul(x.top, small)
		x.top.Add(x.top, other.Mul(x.product, x.power))
		x.product.Mul(x.product, small)
	}
	return x
}
