package ball

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestSqrtAgainstIntegers compares with integer square roots, at powers of 2
// and their neighbours, squares and their neighbours, and random numbers.
func TestSqrtAgainstIntegers(t *testing.T) {
	rng := rand.New(rand.NewPCG(65, 1))
	checks, exact := 0, 0
	for _, p := range []uint{2, 24, 53, 64, 90, 91, 128, 192, 333, 1024, 3354, 3400} {
		for _, bits := range []uint{p, 2*p + 10, 30} {
			numbers := edges(rng, max(bits, 12))
			for _, n := range edges(rng, max(bits/2, 12)) { // squares
				square := new(big.Int).Mul(n, n)
				numbers = append(numbers, square, new(big.Int).Add(square, unit), new(big.Int).Sub(square, unit))
			}
			for _, n := range numbers {
				if n.Sign() <= 0 {
					continue
				}
				shift := rng.IntN(400) - 200
				x := new(Ball).SetFloat(new(big.Float).SetPrec(uint(max(n.BitLen(), 64))).SetInt(n))
				x.MulPow2(x, shift)
				z := New(p).Sqrt(x)
				// ⌊√(n·2^shift·4^k)⌋·2^-k and the next
				k := int(p) + 300
				whole := new(big.Int).Lsh(n, uint(2*k+shift))
				low := new(big.Int).Sqrt(whole)
				perfect := new(big.Int).Mul(low, low).Cmp(whole) == 0
				high := new(big.Int).Add(low, unit)
				if perfect {
					high.Set(low)
				}
				scaled := func(v *big.Int) *big.Rat { return new(big.Rat).SetFrac(v, new(big.Int).Lsh(unit, uint(k))) }
				if endpoint(z, -1).Cmp(scaled(high)) > 0 || endpoint(z, 1).Cmp(scaled(low)) < 0 {
					t.Fatalf("√(%x·2^%d) at %d bits: %v ± %v", n, shift, p, z.Mid(), z.Radius())
				}
				// Half a unit in the last place, and a little of the bound.
				most := new(big.Float).SetMantExp(big.NewFloat(0.5+1.0/64), z.Mid().MantExp(nil)-int(p))
				if z.Radius().Cmp(most) > 0 {
					t.Fatalf("√(%x·2^%d) at %d bits: radius %v, at most %v", n, shift, p, z.Radius(), most)
				}
				if root, _ := new(big.Float).SetPrec(p).SetInt(low).Int(nil); perfect && root.Cmp(low) == 0 {
					if !z.IsExact() {
						t.Fatalf("√(%x·2^%d) at %d bits is not exact", n, shift, p)
					}
					exact++
				}
				checks++
			}
		}
	}
	if checks < 3000 || exact < 300 {
		t.Errorf("%d checks, %d exact", checks, exact)
	}
}
