package ball

import (
	"math/big"
	"math/bits"
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
func above(x *big.Float) magnitude { return round(x, big.ToPositiveInf) }
func below(x *big.Float) magnitude { return round(x, big.ToZero) }

func round(x *big.Float, mode big.RoundingMode) magnitude {
	if x.Sign() == 0 {
		return magnitude{}
	}
	var t big.Float
	t.SetPrec(32).SetMode(big.ToZero).Set(x)
	t.Abs(&t)
	exp := t.MantExp(&t)
	t.SetMantExp(&t, 32)
	man, _ := t.Uint64()
	if mode == big.ToPositiveInf {
		var exact big.Float
		exact.SetMantExp(exact.SetUint64(man), exp-32)
		var size big.Float
		if exact.Cmp(size.Abs(x)) < 0 {
			return normal(man+1, int64(exp)-32)
		}
	}
	return magnitude{man, int64(exp) - 32}
}

// float returns the magnitude exactly.
func (a magnitude) float() *big.Float {
	f := new(big.Float).SetPrec(64).SetUint64(a.man)
	return f.SetMantExp(f, int(a.exp))
}
