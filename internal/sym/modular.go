package sym

import (
	"math/big"
	"math/bits"
)

// modulus is the prime 2^61 − 1.
const modulus = 1<<61 - 1

func mulModulo(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	_, rest := bits.Div64(high, low, modulus)
	return rest
}

func powerModulo(a, n uint64) uint64 {
	result := uint64(1)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result = mulModulo(result, a)
		}
		a = mulModulo(a, a)
	}
	return result
}

// images returns the coefficients of p at a number e modulo the prime, nil if
// the leading one is 0 there.
func (p Poly) images(e uint64) []uint64 {
	out := make([]uint64, len(p.c))
	var rest, prime big.Int
	prime.SetUint64(modulus)
	for i, c := range p.c {
		for k := len(c.c) - 1; k >= 0; k-- {
			out[i] = mulModulo(out[i], e)
			out[i] = (out[i] + rest.Mod(c.c[k], &prime).Uint64()) % modulus
		}
	}
	if out[len(out)-1] == 0 {
		return nil
	}
	return out
}

// coprime reports whether p and q, both not 0, are proved to have no common
// factor of positive degree over Q(e), by their images at one number e modulo
// a prime: a common factor in Z[e][y] would have an image of the same degree,
// as its leading coefficient divides that of p, which is not 0 there, and its
// image would divide both. False proves nothing.
func coprime(p, q Poly) bool {
	const e = 0x1234567_89abcde // any number but few
	a, b := p.images(e), q.images(e)
	if a == nil || b == nil {
		return false
	}
	for len(b) > 1 {
		if len(a) < len(b) {
			a, b = b, a
			continue
		}
		inverse := powerModulo(b[len(b)-1], modulus-2)
		for len(a) >= len(b) {
			factor := modulus - mulModulo(a[len(a)-1], inverse)
			shift := len(a) - len(b)
			for i, v := range b {
				a[shift+i] = (a[shift+i] + mulModulo(v, factor)) % modulus
			}
			for len(a) > 0 && a[len(a)-1] == 0 {
				a = a[:len(a)-1]
			}
		}
		a, b = b, a
	}
	return len(b) == 1
}
