package ball

import (
	"math"
	"math/big"
	"sync"
)

// Fixed-point kernels of exp, log and atan, in units of 2^-w. An argument is
// reduced by factors 1 + b·2^{-8j}, or rotations by atan(b·2^{-8j}), with small
// integers b for j = 1 … levels (H. Briggs, Arithmetica logarithmica, 1624, in
// base 256), so that products with them cost no more than a sum, and a short
// series remains. The logarithms and arctangents of these numbers are kept.

// levels is the number of reductions that suits a precision.
func levels(w uint) int { return min(2+int(w)/160, 24) }

type tableKey struct {
	class    uint
	level, b int
	angle    bool
}

var tables struct {
	sync.RWMutex
	entries map[tableKey]*big.Int
}

// entry adds sign times log(1 + b·2^{-8·level}), or atan(b·2^{-8·level}) if
// angle, to z, in units of 2^-w, with an error of at most 2 units.
func addEntry(z, scratch *big.Int, level, b int, angle bool, w uint, sign int) {
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
	scratch.Rsh(c, key.class-w)
	if sign < 0 {
		z.Sub(z, scratch)
	} else {
		z.Add(z, scratch)
	}
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

// toFixed returns x in units of 2^-w, rounded down.
func toFixed(x *big.Float, w uint) *big.Int {
	var scaled big.Float
	scaled.SetMantExp(x, int(w))
	z, accuracy := scaled.Int(nil)
	if accuracy == big.Above { // rounded towards 0
		z.Sub(z, big.NewInt(1))
	}
	return z
}

// leading returns z·2^-w in float64, about.
func leading(z *big.Int, w uint) float64 {
	n := z.BitLen()
	if n <= 62 {
		return math.Ldexp(float64(z.Int64()), -int(w))
	}
	var top big.Int
	top.Rsh(z, uint(n-62))
	return math.Ldexp(float64(top.Int64()), n-62-int(w))
}

// fixedExp returns e^r in units of 2^-w for |r| < 1/2, r in units of 2^-w too,
// off by at most rule.kernel units. It overwrites r.
func fixedExp(r *big.Int, w uint) *big.Int {
	n := levels(w)
	digits := make([]int, n)
	var scratch big.Int
	for j := range digits {
		x := leading(r, w)
		if j == 0 {
			x = math.Expm1(x)
		}
		digits[j] = int(math.RoundToEven(math.Ldexp(x, 8*(j+1))))
		addEntry(r, &scratch, j+1, digits[j], false, w, -1)
	}
	// |r| is at most about 2^{-8n}; Σ r^k/k! from the last term down.
	size := int(w) - r.BitLen()
	terms := int64(1)
	for bits := size; r.Sign() != 0 && bits < int(w)+2; terms++ {
		bits += size + int(math.Log2(float64(terms)))
	}
	terms += rule.terms
	one := new(big.Int).Lsh(big.NewInt(1), w)
	sum := new(big.Int).Set(one)
	var divisor big.Int
	for k := terms; k > 0; k-- {
		scratch.Mul(sum, r)
		sum.Rsh(&scratch, w)
		sum.Quo(sum, divisor.SetInt64(k))
		sum.Add(sum, one)
	}
	for j := n - 1; j >= 0; j-- {
		if digits[j] != 0 {
			scratch.Mul(sum, divisor.SetInt64(int64(digits[j])))
			scratch.Rsh(&scratch, uint(8*(j+1)))
			sum.Add(sum, &scratch)
		}
	}
	return sum
}

// fixedLog returns log f in units of 2^-w for f in [3/4, 3/2], f in units of
// 2^-w too, off by at most rule.kernel units. It overwrites f.
func fixedLog(f *big.Int, w uint) *big.Int {
	n := levels(w)
	one := new(big.Int).Lsh(big.NewInt(1), w)
	sum := new(big.Int)
	var scratch, gap, small big.Int
	for j := range n {
		var b int
		if j == 0 {
			b = int(math.RoundToEven(256 * (1/leading(f, w) - 1)))
		} else {
			b = -int(math.RoundToEven(math.Ldexp(leading(gap.Sub(f, one), w), 8*(j+1))))
		}
		if b == 0 {
			continue
		}
		scratch.Mul(f, small.SetInt64(int64(b)))
		f.Add(f, scratch.Rsh(&scratch, uint(8*(j+1))))
		addEntry(sum, &scratch, j+1, b, false, w, -1)
	}
	// log f = 2 artanh((f−1)/(f+1))
	gap.Sub(f, one)
	scratch.Lsh(&gap, w)
	f.Add(f, one)
	u := gap.Quo(&scratch, f)
	series := oddSeries(u, w, false)
	return sum.Add(sum, series.Lsh(series, 1))
}

// oddSeries returns Σ s^n·u^{2n+1}/(2n+1) in units of 2^-w, s = −1 if
// alternating, for |u| < 2^-8.
func oddSeries(u *big.Int, w uint, alternating bool) *big.Int {
	square, scratch := new(big.Int).Mul(u, u), new(big.Int)
	square.Rsh(square, w)
	if alternating {
		square.Neg(square)
	}
	terms := int64(1)
	if square.Sign() != 0 {
		terms += int64(w) / int64(int(w)-square.BitLen())
	}
	terms += rule.terms
	one := new(big.Int).Lsh(big.NewInt(1), w)
	sum, term, divisor := new(big.Int), new(big.Int), new(big.Int)
	for k := terms; k >= 0; k-- {
		scratch.Mul(sum, square)
		sum.Rsh(scratch, w)
		sum.Add(sum, term.Quo(one, divisor.SetInt64(2*k+1)))
	}
	scratch.Mul(sum, u)
	return sum.Rsh(scratch, w)
}

// fixedAtan returns atan(y/x) in units of 2^-w for 1/2 ≤ x ≤ 1, |y| ≤ x, all
// in units of 2^-w, off by at most rule.kernel units. It overwrites x and y.
func fixedAtan(x, y *big.Int, w uint) *big.Int {
	n := levels(w)
	sum := new(big.Int)
	var scratch, other, small big.Int
	for j := range n {
		shift := uint(8 * (j + 1))
		b := int(math.RoundToEven(math.Ldexp(leading(y, w)/leading(x, w), int(shift))))
		if b == 0 {
			continue
		}
		small.SetInt64(int64(b))
		scratch.Mul(y, &small)
		other.Mul(x, &small)
		x.Add(x, scratch.Rsh(&scratch, shift))
		y.Sub(y, other.Rsh(&other, shift))
		addEntry(sum, &scratch, j+1, b, true, w, 1)
	}
	scratch.Lsh(y, w)
	u := y.Quo(&scratch, x)
	return sum.Add(sum, oddSeries(u, w, true))
}
