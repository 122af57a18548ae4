package alltime

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestIntervalProducts holds sums and products against exact ones of all pairs of
// ends, and against those of intervals turned about 0.
func TestIntervalProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 7))
	random := func() interval {
		end := func() *big.Float { // often 0 or the same
			return new(big.Float).SetPrec(bits).SetMantExp(big.NewFloat(float64(rng.IntN(9)-4)+rng.Float64()*float64(rng.IntN(2))), rng.IntN(3)*rng.IntN(60))
		}
		x := interval{low: end(), high: end(), openLow: rng.IntN(3) == 0, openHigh: rng.IntN(3) == 0}
		if x.low.Cmp(x.high) > 0 {
			x.low, x.high = x.high, x.low
		}
		if x.low.Cmp(x.high) == 0 {
			x.openLow, x.openHigh = false, false
		}
		switch rng.IntN(8) {
		case 0:
			x.low, x.openLow = infinite(-1), true
		case 1:
			x.high, x.openHigh = infinite(1), true
		}
		return x
	}
	same := func(x, y interval) bool {
		return x.low.Cmp(y.low) == 0 && x.high.Cmp(y.high) == 0 && x.openLow == y.openLow && x.openHigh == y.openHigh && x.undefined == y.undefined
	}
	exact := 0
	for range 3000 {
		x, y := random(), random()
		z := x.mul(y)
		for name, other := range map[string]interval{"yx": y.mul(x), "(−x)(−y)": x.neg().mul(y.neg()), "−(x(−y))": x.mul(y.neg()).neg(), "−((−x)y)": x.neg().mul(y).neg()} {
			if !same(z, other) {
				t.Fatalf("%v (open %v, %v) times %v (open %v, %v): %v (open %v, %v), and %v (open %v, %v) as %s", x, x.openLow, x.openHigh, y, y.openLow, y.openHigh, z, z.openLow, z.openHigh, other, other.openLow, other.openHigh, name)
			}
		}
		if !same(x.sub(y), x.add(y.neg())) {
			t.Fatalf("%v less %v: %v, not %v", x, y, x.sub(y), x.add(y.neg()))
		}
		if !x.bounded() || !y.bounded() {
			continue
		}
		exact++
		var low, high *big.Rat
		attainedLow, attainedHigh := false, false
		for _, a := range []struct {
			end  *big.Float
			open bool
		}{{x.low, x.openLow}, {x.high, x.openHigh}} {
			for _, b := range []struct {
				end  *big.Float
				open bool
			}{{y.low, y.openLow}, {y.high, y.openHigh}} {
				p := new(big.Rat).Mul(ratOf(a.end), ratOf(b.end))
				in := !a.open && !b.open || a.end.Sign() == 0 && !a.open || b.end.Sign() == 0 && !b.open
				if low == nil || p.Cmp(low) < 0 {
					low, attainedLow = p, false
				}
				attainedLow = attainedLow || in && p.Cmp(low) == 0
				if high == nil || p.Cmp(high) > 0 {
					high, attainedHigh = p, false
				}
				attainedHigh = attainedHigh || in && p.Cmp(high) == 0
			}
		}
		want := between(low, high)
		want.openLow, want.openHigh = !attainedLow, !attainedHigh
		if !same(z, want) {
			t.Fatalf("%v (open %v, %v) times %v (open %v, %v): %v, expected %v", x, x.openLow, x.openHigh, y, y.openLow, y.openHigh, z, want)
		}
	}
	if exact < 1000 {
		t.Fatalf("%d products were exact", exact)
	}
}
