package reduced

import (
	"math"
	"math/big"
	"muflow/internal/portable"
)

// Mean returns a mean under the softmax of logits.
//
//	Σ_v c_v e^{ξ_v} x_v / Σ_v c_v e^{ξ_v}
//
// Without counts c_v = 1. Entries with count 0 are not looked at; the largest
// logit of the others is taken out, so that nothing overflows.
// Approximate: no error bound.
func Mean(logits, counts, values []float64) float64 {
	top := math.Inf(-1)
	for v, x := range logits {
		if counts == nil || counts[v] > 0 {
			top = max(top, x)
		}
	}
	sum, mean := 0.0, 0.0
	for v, x := range logits {
		if counts != nil && counts[v] == 0 {
			continue
		}
		w := portable.Exp(x - top)
		if counts != nil {
			w *= counts[v]
		}
		sum += w
		mean += float64(w * values[v])
	}
	return mean / sum
}

// Scale returns σ = α/√K.
//
// Approximate: no error bound.
func Scale(alpha *big.Rat, k int) float64 {
	gain, _ := alpha.Float64()
	return gain / math.Sqrt(float64(k))
}
