package ball

import (
	"math/big"
	"math/bits"
	"sync"
)

// A magnitude is an upper bound of a non-negative real number: man·2^exp with
// man = 0 or 2^31 ≤ man < 2^32. Every operation rounds up.
type magnitude struct {
	man uint64
	exp int64
}

// normal scales a mantissa to 32 bits, rounding up.
func normal(man uint64, exp int64) magnitude {
	if man == 0 {
		return magnitude{}
	}
	shift := bits.Len64(man) - 32
	if shift <= 0 {
		return magnitude{man << -shift, exp + int64(shift)}
	}
	up := man >> shift
	if up<<shift != man {
		up++
	}
	if up == 1<<32 {
		up >>= 1
		shift++
	}
	return magnitude{up, exp + int64(shift)}
}

// power returns 2^exp.
func power(exp int64) magnitude { return magnitude{1 << 31, exp - 31} }

func (a magnitude) isZero() bool { return a.man == 0 }

func (a magnitude) add(b magnitude) magnitude {
	if a.man == 0 {
		return b
	}
	if b.man == 0 {
		return a
	}
	if a.exp < b.exp {
		a, b = b, a
	}
	gap := a.exp - b.exp
	if gap > 31 {
		return normal(a.man+1, a.exp)
	}
	return normal(a.man<<gap+b.man, b.exp)
}

func (a magnitude) mul(b magnitude) magnitude {
	return normal(a.man*b.man, a.exp+b.exp)
}

// quo returns an upper bound of a/b for a lower bound b > 0.
func (a magnitude) quo(b magnitude) magnitude {
	if a.man == 0 {
		return a
	}
	return normal((a.man<<31)/b.man+1, a.exp-b.exp-31)
}

func (a magnitude) scale(n int64) magnitude {
	if a.man == 0 {
		return a
	}
	return magnitude{a.man, a.exp + n}
}

func (a magnitude) cmp(b magnitude) int {
	switch {
	case a.man == 0 || b.man == 0:
		return boolInt(a.man != 0) - boolInt(b.man != 0)
	case a.exp != b.exp:
		if a.exp < b.exp {
			return -1
		}
		return 1
	}
	return boolInt(a.man > b.man) - boolInt(a.man < b.man)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// above returns the least magnitude ≥ |x|, below the largest ≤ |x|.
func above(x *big.Float) magnitude {
	man, exp, exact := leadingWord(x)
	if !exact { // the bits cut off count
		man++
		if man == 0 {
			man, exp = 1<<63, exp+1
		}
	}
	return normal(man, exp)
}

func below(x *big.Float) magnitude {
	man, exp, _ := leadingWord(x)
	if man == 0 {
		return magnitude{}
	}
	return magnitude{man >> 32, exp + 32}
}

// scratch keeps numbers, with the space of their mantissas.
var scratch = sync.Pool{New: func() any { return new(big.Float) }}

// leadingWord returns man·2^exp ≤ |x| with the 64 leading bits of x, and
// whether it is equal. The copy shares the mantissa of x and only reads it: its
// precision is such that nothing is rounded.
func leadingWord(x *big.Float) (man uint64, exp int64, exact bool) {
	if x.Sign() == 0 {
		return 0, 0, true
	}
	t := *x
	e := t.MantExp(nil)
	t.SetPrec(big.MaxPrec)
	t.SetMantExp(&t, 64-e)
	man, accuracy := t.Abs(&t).Uint64()
	return man, int64(e) - 64, accuracy == big.Exact
}

// minus returns a lower bound of a − b for a lower bound a and an upper bound
// b; ok is false where the difference is small against a.
func (a magnitude) minus(b magnitude) (z magnitude, ok bool) {
	if b.man == 0 {
		return a, true
	}
	gap := a.exp - b.exp
	if gap < 2 {
		return a, false
	}
	left := a.man << 31
	if gap < 62 {
		left -= b.man << 31 >> gap
	}
	left-- // what was shifted out
	shift := bits.Len64(left) - 32
	return magnitude{left >> shift, a.exp - 31 + int64(shift)}, true
}

// float returns the magnitude exactly.
func (a magnitude) float() *big.Float { return a.set(new(big.Float)) }

// set sets f to the magnitude, exactly.
func (a magnitude) set(f *big.Float) *big.Float {
	f.SetPrec(0).SetMode(big.ToNearestEven).SetPrec(64).SetUint64(a.man)
	return f.SetMantExp(f, int(a.exp))
}
