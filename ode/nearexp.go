package ode

import (
	"math"
	"math/big"
	"math/bits"
	"sync"

	"muflow/ode/ball"
)

// log 2 in units of 2^−64 and of 2^−128, rounded down.
const (
	log2High = 0xB17217F7D1CF79AB
	log2Low  = 0xC9E3B39803F2F6AF
)

// expRoots are e^{i/64} in units of 2^−63, each off by less than one.
var expRoots = sync.OnceValue(func() (out [45]uint64) {
	for i := range out {
		x := ball.New(128).SetRat(big.NewRat(int64(i), 64))
		out[i], _ = new(big.Float).SetMantExp(x.Exp(x).Mid(), 63).Uint64()
	}
	return out
})

// expTerms are 1/k! in units of 2^−64, rounded down, from k = 2 on.
var expTerms = func() (out [8]uint64) {
	rest := uint64(1 << 63)
	for k := range out {
		out[k] = rest
		rest /= uint64(k + 3)
	}
	return out
}()

// nearestExp returns the float64 nearest to e^x; ok is false where this is in doubt.
//
//	e^x = 2^k·e^{i/64}·(1 + s + s²/2 + …),  s = x − k·log 2 − i/64 < 1/64
//
// In units of 2^−63, x and k·log 2 are off by less than one each and the
// series by less than two, which a factor below 2 doubles; the root and its
// product are off by less than three. So e^x·2^{63−k} is off by less than 16, and
// in doubt is what lies within 32 of the middle between two numbers: the bounds of a
// ball of 64 bits then round to the same number.
func nearestExp(x float64) (y float64, ok bool) {
	size := math.Abs(x)
	if !(size <= 600) {
		return 0, false
	}
	k := int(math.Floor(float64(x * math.Log2E)))
	whole := uint64(size)
	high, low := whole, uint64(math.Ldexp(size-float64(whole), 64))
	carry := uint64(0)
	shift, rest := bits.Mul64(uint64(max(k, -k)), log2High)
	guard, _ := bits.Mul64(uint64(max(k, -k)), log2Low)
	rest, carry = bits.Add64(rest, guard, 0)
	shift += carry
	if x >= 0 { // k ≥ 0
		low, carry = bits.Sub64(low, rest, 0)
		high -= shift + carry
	} else {
		low, carry = bits.Sub64(rest, low, 0)
		high = shift - high - carry
	}
	i := low >> 58
	if high != 0 || i >= 45 { // k is another one
		return 0, false
	}
	s := low << 6 >> 6
	sum := uint64(0)
	for k := len(expTerms) - 1; k >= 0; k-- {
		sum, _ = bits.Mul64(s, expTerms[k]+sum)
	}
	sum, _ = bits.Mul64(s, sum)
	roots := expRoots()
	product, _ := bits.Mul64(roots[i], s+sum)
	mantissa, over := bits.Add64(roots[i], product, 0)
	const half, doubt = 1 << 10, 32
	last := mantissa & (2*half - 1)
	if over != 0 || mantissa>>63 == 0 || mantissa > math.MaxUint64-half || last > half-doubt && last < half+doubt {
		return 0, false
	}
	return math.Ldexp(float64((mantissa+half)&^(2*half-1)), k-63), true
}
