package ode

import (
	"math"
	"math/rand/v2"
	"testing"

	"muflow/ode/ball"
)

// Where e^x is not in doubt, it is what ball arithmetic with 64 and with 200 bits
// rounds to, for numbers of every size and about multiples of log 2; and it is
// seldom in doubt.
func TestNearestExp(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	xs := []float64{0, math.Copysign(0, -1), 1, -1, math.Ln2, -math.Ln2, 0x1p-1074, -0x1p-1074, 600, -600}
	for range 20_000 {
		xs = append(xs, 600*(2*rng.Float64()-1), 3*(2*rng.Float64()-1), math.Ldexp(2*rng.Float64()-1, -rng.IntN(80)))
		near := float64(rng.IntN(1600)-800) * math.Ln2
		xs = append(xs, near+float64(1e-12*(rng.Float64()-0.5)), float64(rng.IntN(64))/64)
	}
	doubts := 0
	for _, x := range xs {
		got, ok := nearestExp(x)
		if !ok {
			doubts++
			continue
		}
		for _, precision := range []uint{64, 200} {
			e := ball.New(precision).SetFloat64(x)
			e.Exp(e)
			low, _ := e.Lower().Float64()
			high, _ := e.Upper().Float64()
			if got != low || got != high {
				t.Fatalf("e^%v: %v, not in [%v, %v] of %d bits", x, got, low, high, precision)
			}
		}
	}
	if part := float64(doubts) / float64(len(xs)); part > 0.1 {
		t.Errorf("a part of %v in doubt", part)
	}
	for _, x := range []float64{601, -601, math.Inf(1), math.Inf(-1), math.NaN()} {
		if _, ok := nearestExp(x); ok {
			t.Errorf("e^%v is not in doubt", x)
		}
	}
}
