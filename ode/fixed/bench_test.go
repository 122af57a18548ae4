package fixed

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkDot is the cost of one product of words within a sum.
func BenchmarkDot(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{8, 32, 128} {
		x, y, m := make([]uint64, n), make([]uint64, n), make([]uint64, n)
		for i := range x {
			x[i], y[i], m[i] = rng.Uint64(), rng.Uint64(), -(rng.Uint64() & 1)
		}
		for name, f := range map[string]func(lo, hi, top uint64, x, y, masks []uint64) (uint64, uint64, uint64){"portable": dotWords, "processor": dot} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				var lo, hi, top uint64
				for b.Loop() {
					lo, hi, top = f(lo, hi, top, x, y, m)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/product")
			})
		}
	}
}
