package checkpoint

import (
	"math"

	"muflow/internal/portable"
	"muflow/sim/learned"
)

// A Mean is a mean of numbers, null in JSON if there are none.
type Mean = learned.Mean

// entropy is −Σ a log a; nats.
func entropy(weights []float32) (sum float64) {
	for _, a := range weights {
		if a > 0 {
			sum -= float64(float64(a) * portable.Log(float64(a)))
		}
	}
	return sum
}

func softmax(logits []float32) []float64 {
	out := make([]float64, len(logits))
	top := logits[learned.Largest(logits)]
	sum := 0.0
	for v, x := range logits {
		out[v] = portable.Exp(float64(x) - float64(top))
		sum += out[v]
	}
	for v := range out {
		out[v] /= sum
	}
	return out
}

func dot(x, y []float32) (sum float64) {
	for i, v := range x {
		sum += float64(float64(v) * float64(y[i]))
	}
	return sum
}

func norm(x []float32) float64 { return math.Sqrt(dot(x, x)) }
