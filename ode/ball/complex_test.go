package ball

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestMulComplex compares products of complex balls with those of points in
// them, in fractions, and with the same by four products of balls, which are not
// much narrower.
func TestMulComplex(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 2))
	number := func(precision uint) *Ball {
		z := New(precision).SetRat(big.NewRat(rng.Int64N(2_000_001)-1_000_000, 1+rng.Int64N(999)))
		z.MulPow2(z, rng.IntN(60)-30)
		switch rng.IntN(4) {
		case 0:
			z.SetInt64(rng.Int64N(3) - 1)
		case 1:
			z.widen(above(&z.mid).scale(-int64(rng.IntN(80))))
		}
		return z
	}
	point := func(x *Ball) *big.Rat {
		side := rng.Int64N(3) - 1
		return endpoint(x, side)
	}
	checks, narrow := 0, 0
	for range 4000 {
		p := uint(40 + rng.IntN(300))
		a, b, c, d := number(p), number(p), number(p), number(p)
		var x [4]*big.Rat
		for i, z := range []*Ball{a, b, c, d} {
			x[i] = point(z)
		}
		re := new(big.Rat).Sub(new(big.Rat).Mul(x[0], x[2]), new(big.Rat).Mul(x[1], x[3]))
		im := new(big.Rat).Add(new(big.Rat).Mul(x[0], x[3]), new(big.Rat).Mul(x[1], x[2]))
		slow := New(p).Sub(New(p+8).Mul(a, c), New(p+8).Mul(b, d))
		fastRe, fastIm := New(p), New(p)
		switch rng.IntN(3) { // results may be operands
		case 0:
			fastRe, fastIm = a, b
		case 1:
			fastRe, fastIm = d, c
		}
		MulComplex(fastRe, fastIm, a, b, c, d)
		if !fastRe.Contains(re) || !fastIm.Contains(im) {
			t.Fatalf("%v + i·%v misses a product of points", fastRe, fastIm)
		}
		checks++
		if fastRe.rad.cmp(slow.rad.scale(2)) <= 0 {
			narrow++
		}
	}
	if checks != 4000 || narrow < 3900 {
		t.Errorf("%d checks, %d about as narrow as four products of balls", checks, narrow)
	}
	z := [2]*Ball{New(64), New(64)}
	MulComplex(z[0], z[1], New(64).Indeterminate(), New(64), New(64), New(64))
	if z[0].IsFinite() || z[1].IsFinite() {
		t.Error("the product with the whole line is finite")
	}
	// Parts so far apart that their sum would fill the memory.
	far, one := New(64).MulPow2(integer(1), 1<<29), New(64).SetInt64(1)
	MulComplex(z[0], z[1], far, one, far, one)
	if !z[0].Overlaps(New(64).Sub(New(64).Sqr(far), one)) || !z[1].Overlaps(New(64).MulPow2(far, 1)) {
		t.Errorf("%v + i·%v", z[0], z[1])
	}
}

// TestMulComplexRounding: products of exact numbers, of which nothing but roundings
// is in the radius. The real part cancels all but those of the products.
func TestMulComplexRounding(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	for i := range 300 {
		const p = 64
		part := func() *Ball {
			return New(90).SetFloat(new(big.Float).SetPrec(90).SetInt(new(big.Int).Rsh(new(big.Int).Lsh(new(big.Int).SetUint64(rng.Uint64()|1), 60), uint(i%30))))
		}
		a, b := part(), part()
		c, d := New(90).Set(b), New(90).Set(a) // a·c − b·d is 0, but for what is added
		d.mid.SetMantExp(new(big.Float).SetPrec(90).Add(&d.mid, big.NewFloat(1)), 0)
		re, im := New(p), New(p)
		MulComplex(re, im, a, b, c, d)
		x := func(z *Ball) *big.Rat { return endpoint(z, 1) }
		want := new(big.Rat).Sub(new(big.Rat).Mul(x(a), x(c)), new(big.Rat).Mul(x(b), x(d)))
		if !re.Contains(want) {
			t.Fatalf("%v misses %s", re, want.FloatString(3))
		}
	}
}
