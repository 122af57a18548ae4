package runs

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestMedianAgainstSorting takes medians of numbers with and without ties, in
// order, against it, at random, and as two slopes that meet.
func TestMedianAgainstSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for n := 1; n < 2000; n += 1 + n/7 {
		for _, kinds := range []int{2, 10, 1 << 30} {
			for order := range 4 {
				x := make([]float64, n)
				for i := range x {
					x[i] = float64(rng.IntN(kinds))
				}
				sorted := slices.Sorted(slices.Values(x))
				switch order {
				case 0:
					copy(x, sorted)
				case 1:
					copy(x, sorted)
					slices.Reverse(x)
				case 2:
					for i, y := range sorted {
						if i%2 == 0 {
							x[i/2] = y
						} else {
							x[n-1-i/2] = y
						}
					}
				}
				want := (sorted[(n-1)/2] + sorted[n/2]) / 2
				if got := median(x); got != want {
					t.Fatalf("%d numbers of %d kinds, order %d: %v, expected %v", n, kinds, order, got, want)
				}
				if slices.Sort(x); !slices.Equal(x, sorted) {
					t.Fatalf("%d numbers of %d kinds, order %d: others than before", n, kinds, order)
				}
			}
		}
	}
}
