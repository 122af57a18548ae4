package ball

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestRefineRoot follows rational roots of products of linear factors: the
// root stays inside, and a simple one is found to the precision.
func TestRefineRoot(t *testing.T) {
	rng := rand.New(rand.NewPCG(81, 1))
	narrowed := 0
	for range 400 {
		roots := make([]*big.Rat, 1+rng.IntN(6))
		for i := range roots {
			roots[i] = big.NewRat(rng.Int64N(2001)-1000, 1+rng.Int64N(300))
		}
		if roots[0].Sign() == 0 {
			roots[0].SetInt64(1)
		}
		multiple := len(roots) > 1 && rng.IntN(4) == 0
		if multiple {
			roots[1] = roots[0]
		}
		c := []*big.Rat{big.NewRat(1, 1)}
		for _, q := range roots {
			next := make([]*big.Rat, len(c)+1)
			for i := range next {
				next[i] = new(big.Rat)
				if i > 0 {
					next[i].Add(next[i], c[i-1])
				}
				if i < len(c) {
					next[i].Sub(next[i], new(big.Rat).Mul(q, c[i]))
				}
			}
			c = next
		}
		precision := []uint{64, 100, 333, 1024}[rng.IntN(4)]
		balls := make([]*Ball, len(c))
		for i := range c {
			balls[i] = New(precision + 100).SetRat(c[i])
		}
		start := New(64 + uint(rng.IntN(200))).SetRat(roots[0])
		radius := new(big.Float).SetMantExp(start.Mid(), -rng.IntN(60))
		start.AddError(radius.Abs(radius))
		offset := new(big.Float).SetPrec(100).Mul(radius, big.NewFloat(1.9*rng.Float64()-0.95))
		start.mid.Add(&start.mid, offset)
		root := RefineRoot(balls, start, precision)
		if start.Contains(roots[0]) && !root.Contains(roots[0]) {
			t.Fatalf("%v is not in %v ± %v, from %v ± %v", roots[0], root.Mid(), root.Radius(), start.Mid(), start.Radius())
		}
		if root.RelativeAccuracyBits() >= int(precision)-30 {
			narrowed++
		}
		if multiple && root.RelativeAccuracyBits() > start.RelativeAccuracyBits() {
			t.Errorf("a double root of %v narrowed to %d bits", roots, root.RelativeAccuracyBits())
		}
	}
	if narrowed < 200 {
		t.Errorf("%d of 400 narrowed", narrowed)
	}
}
