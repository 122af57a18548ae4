package prove

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/sym"
	"muflow/theory"
)

// TestLogitLimitsByDivisors: at the critical logits of random rooms, some of which share
// zeros or have double ones, the limits are those by greatest common divisors.
func TestLogitLimitsByDivisors(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	factor := func() sym.Poly {
		return (sym.Univariate{big.NewInt(random.Int64N(7) - 4), big.NewInt(random.Int64N(3) + 1)}).Poly()
	}
	shared := 0
	for range 300 {
		var rooms []sym.Univariate
		common := factor()
		for range 1 + random.IntN(4) {
			f := factor().Mul(factor())
			for range random.IntN(3) {
				f = f.Mul(common)
			}
			if random.IntN(3) == 0 {
				f = f.Mul(sym.Univariate{new(big.Int), big.NewInt(1)}.Poly())
			}
			rooms = append(rooms, sym.UnivariateFrom(f))
		}
		l, err := logitLimitsOf(rooms)
		if err != nil {
			t.Fatal(err)
		}
		for i := range l.marks {
			r, below, above := &l.marks[i], false, false
			for _, f := range rooms {
				if r.Shared(f) {
					shared++
					continue
				}
				below, above = below || f.Sign(r.Low) > 0, above || f.Sign(r.Low) < 0
			}
			if want := theory.LimitBetween(below, above); l.limits[2*i+1] != want {
				t.Fatalf("%v at mark %d: %v, expected %v", rooms, i, l.limits[2*i+1], want)
			}
		}
	}
	if shared < 300 {
		t.Errorf("only %d zeros of rooms at critical logits", shared)
	}
}
