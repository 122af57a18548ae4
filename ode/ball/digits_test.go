package ball

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestConvolverAgainstRationals: the sums contain the exact ones at points of
// the operands, and are no wider than those of DotProduct but for rounding.
func TestConvolverAgainstRationals(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	checks := 0
	var c Convolver
	var plain DotProduct
	for range 1200 {
		p := precisions[rng.IntN(len(precisions))]
		n := 1 + rng.IntN(9)
		xs, ys := make([]*Ball, n), make([]*Ball, n)
		dx, dy := make([]*Digits, n), make([]*Digits, n)
		var px, py [][2]*big.Rat
		for i := range n {
			x, a := randomBall(rng, p)
			y, b := randomBall(rng, precisions[rng.IntN(len(precisions))])
			xs[i], ys[i], dx[i], dy[i] = x, y, new(Digits), new(Digits)
			dx[i].SetBall(x)
			dx[i].SetBall(x) // a second time into the same space
			dy[i].SetBall(y)
			px, py = append(px, a), append(py, b)
		}
		z := c.Convolve(New(p), dx, dy)
		for k := range 2 {
			sum := new(big.Rat)
			for i := range n {
				sum.Add(sum, new(big.Rat).Mul(px[i][k], py[n-1-i][k]))
			}
			if !z.Contains(sum) {
				t.Fatalf("%d terms at %d bits: %v ± %v misses %v", n, p, z.Mid(), z.Radius(), sum)
			}
			checks++
		}
		old := plain.Convolve(New(p), xs, ys)
		limit := new(big.Float).Mul(old.Radius(), big.NewFloat(1+1e-6))
		ulp := new(big.Float).SetMantExp(big.NewFloat(1), z.Mid().MantExp(nil)-int(p))
		if z.Radius().Cmp(limit.Add(limit, ulp)) > 0 {
			t.Fatalf("%d terms at %d bits: radius %v, DotProduct %v", n, p, z.Radius(), old.Radius())
		}
	}
	if checks != 2400 {
		t.Fatalf("%d checks", checks)
	}
	var none Digits
	none.SetBall(New(64).Indeterminate())
	if c.Convolve(New(64), []*Digits{&none}, []*Digits{new(Digits)}).IsFinite() {
		t.Error("an indeterminate factor gives a finite sum")
	}
	none.SetBall(New(64))
	if !c.Convolve(New(64), []*Digits{&none, new(Digits)}, []*Digits{new(Digits), &none}).IsZero() {
		t.Error("0·0 + 0·0 is not the exact 0")
	}
}

// TestProductsWithHugeCarries: words of ones, where every carry runs.
func TestProductsWithHugeCarries(t *testing.T) {
	ones := func(words int) *big.Float {
		n := new(big.Int).Lsh(big.NewInt(1), uint(64*words))
		return new(big.Float).SetInt(n.Sub(n, big.NewInt(1)))
	}
	var c Convolver
	for a := 1; a < 8; a++ {
		for b := 1; b < 8; b++ {
			for _, p := range []uint{20, 64, 128, 200, 1000} {
				x, y := new(Digits), new(Digits)
				x.SetFloat(ones(a))
				y.SetFloat(ones(b))
				minus := new(Digits)
				minus.SetFloat(new(big.Float).Neg(ones(b)))
				many := []*Digits{x, x, x, x, x}
				exact := new(big.Float).SetPrec(2000).Mul(ones(a), ones(b))
				for signs, ys := range map[int64][]*Digits{5: {y, y, y, y, y}, -1: {minus, y, minus, y, minus}} {
					z := c.Convolve(New(p), many, ys)
					want, _ := new(big.Float).SetPrec(2000).Mul(exact, big.NewFloat(float64(signs))).Rat(nil)
					if !z.Contains(want) || z.RelativeAccuracyBits() < int(p)-4 {
						t.Fatalf("%d·%d words, %d bits, %d: %v ± %v", a, b, p, signs, z.Mid(), z.Radius())
					}
				}
			}
		}
	}
}
