package ball

import (
	"math/big"
	"sync"
)

// A tableKey names one of the numbers that arguments are reduced by.
type tableKey struct {
	class    uint
	level, b int
	angle    bool
}

var tables struct {
	sync.RWMutex
	entries map[tableKey]*big.Int
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
	tables.RLock()
	c, ok := tables.entries[key]
	tables.RUnlock()
	if !ok {
		c = newEntry(key)
		tables.Lock()
		if tables.entries == nil {
			tables.entries = map[tableKey]*big.Int{}
		}
		tables.entries[key] = c
		tables.Unlock()
	}
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
//	log(1 + b/q) = 2 artanh(b/(2q + b)),  atan(b/q)
func newEntry(key tableKey) *big.Int {
	const guard = 32
	numerator := int64(key.b)
	denominator := new(big.Int).Lsh(big.NewInt(1), uint(8*key.level))
	if !key.angle {
		denominator.Lsh(denominator, 1)
		denominator.Add(denominator, big.NewInt(numerator))
	}
	top, square := big.NewInt(numerator), big.NewInt(numerator*numerator)
	power := new(big.Int).Lsh(top, key.class+guard)
	power.Quo(power, denominator)
	sum, term := new(big.Int), new(big.Int)
	if key.b == 256 && key.level == 1 { // atan 1 = π/4
		quarter := Pi(key.class + guard)
		quarter.MulPow2(quarter, int(key.class)-2)
		quarter.mid.Int(sum)
		return sum
	}
	for n := int64(0); power.Sign() != 0; n++ { // each term off by less than 4 units of 2^-(class+guard)
		term.Quo(power, term.SetInt64(2*n+1))
		if key.angle && n%2 == 1 {
			term.Neg(term)
		}
		sum.Add(sum, term)
		power.Mul(power, square)
		power.Quo(power, denominator)
		power.Quo(power, denominator)
	}
	if !key.angle {
		sum.Lsh(sum, 1)
	}
	return sum.Rsh(sum, guard)
}
