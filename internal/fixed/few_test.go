package fixed

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFewProducts compares sums of a few products of long numbers with integers of
// math/big: products of words at and above the last place, of either sign, of
// numbers of any length, 0 too.
func TestFewProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 19))
	for _, processor := range []bool{true, false} {
		func() {
			defer func(p bool) { portable = p }(portable)
			portable = portable || !processor
			var fast, other Sum
			signs := 0
			for range 200 {
				order := rng.IntN(40)
				x, y := randomSeries(rng, order, manyWords+rng.IntN(30)), randomSeries(rng, order, manyWords+rng.IntN(30))
				if x.used == 0 || y.used == 0 {
					continue
				}
				k := rng.IntN(order + 1)
				from := rng.IntN(k + 1)
				to := min(k, from+rng.IntN(mostFew))
				unit := x.unit + y.unit + rng.IntN(64*x.Words()+1)
				fast.BeginProducts(unit, x, y, 0)
				other.BeginProducts(unit, x, y, 0)
				start := rng.Uint64() // the sum is not 0 before
				fast.words[0], other.words[0] = start, start
				bottom := (fast.base - x.unit - y.unit) >> 6
				fast.fewProducts(x, y, from, to, k, bottom)
				want := new(big.Int).SetUint64(start)
				for i := from; i <= to; i++ {
					for p := range x.lengths[i] {
						for q := max(0, bottom-p); q < y.lengths[k-i]; q++ {
							z := new(big.Int).Mul(new(big.Int).SetUint64(x.planes[p][i]), new(big.Int).SetUint64(y.planes[q][k-i]))
							if z.Lsh(z, uint(64*(p+q-bottom))); x.signs[i] != y.signs[k-i] {
								z.Neg(z)
								signs++
							}
							want.Add(want, z)
						}
					}
				}
				got, modulus := new(big.Int), new(big.Int).Lsh(big.NewInt(1), uint(64*len(fast.words)))
				for j, w := range fast.words {
					got.Add(got, new(big.Int).Lsh(new(big.Int).SetUint64(w), uint(64*j)))
				}
				if want.Mod(want, modulus); got.Cmp(want) != 0 {
					t.Fatalf("%d of %d to %d, %d and %d words from place %d: %x, expected %x", k, from, to, x.used, y.used, bottom, got, want)
				}
				if other.Products(x, y, from, to, k); !slices.Equal(fast.words, other.words) {
					t.Fatalf("%d of %d to %d: %x, and %x of few products", k, from, to, other.words, fast.words)
				}
			}
			if signs < 10_000 {
				t.Errorf("only %d products below 0", signs)
			}
		}()
	}
}
