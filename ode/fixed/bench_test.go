package fixed

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkDot is the cost of one product of words within a sum.
func BenchmarkDot(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n = 64
	x, y, m := make([]uint64, n), make([]uint64, n), make([]uint64, n)
	for i := range x {
		x[i], y[i], m[i] = rng.Uint64(), rng.Uint64(), -(rng.Uint64() & 1)
	}
	var lo, hi, top uint64
	for b.Loop() {
		lo, hi, top = dot(lo, hi, top, x, y, m)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/product")
}
