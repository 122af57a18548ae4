package fixed

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkProducts is the cost of a sum of products, and of one product of
// words in it.
func BenchmarkProducts(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range []struct{ order, words int }{{16, 2}, {64, 4}, {128, 7}, {340, 17}} {
		x, y := NewSeries(size.order, size.words), NewSeries(size.order, size.words)
		for k := range size.order + 1 {
			for _, s := range []*Series{x, y} {
				z := Number{Negative: rng.IntN(2) == 0}
				for range size.words - k*size.words/(size.order+1) {
					z.Words = append(z.Words, rng.Uint64()|1)
				}
				s.Put(k, z)
			}
		}
		for _, form := range []string{"processor", "portable"} {
			b.Run(fmt.Sprintf("%s/%d", form, size.order), func(b *testing.B) {
				defer func(p bool) { portable = p }(portable)
				portable = portable || form == "portable"
				var s Sum
				products, k := 0, size.order/2
				s.BeginProducts(64*size.words, x, y, 0)
				for i := range k + 1 {
					for j := range x.lengths[i] {
						products += max(0, min(y.lengths[k-i], y.lengths[k-i]+j-s.base/64))
					}
				}
				for b.Loop() {
					s.BeginProducts(64*size.words, x, y, 0)
					s.Products(x, y, 0, k, k)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*products), "ns/product")
			})
		}
	}
}
