package sim

import "math"

// An entropy is the loss at the end of the network, a softmax over the n
// vertices of an instance with a set S of right ones.
//
//	ℓ = −log( Σ_{v∈S} e^{ξ_v} / Σ_v e^{ξ_v} ) = log(1 + e^δ)
//	δ = log Σ_{v∉S} e^{ξ_v} − log Σ_{v∈S} e^{ξ_v}
//
// In this form neither a tiny loss nor a tiny gradient is lost to cancellation.
type entropy struct {
	power   []float64  // e^{ξ_v − top of v's side}
	sum     [2]float64 // of the powers; [1] is S, [0] the rest
	surplus float64    // δ, −∞ if S is everything
}

// forward returns ℓ.
func (x *entropy) forward(logits []float64, targets []bool) float64 {
	top := [2]float64{math.Inf(-1), math.Inf(-1)}
	for v, l := range logits {
		s := side(targets[v])
		top[s] = max(top[s], l)
	}
	x.power, x.sum = resize(x.power, len(logits)), [2]float64{}
	for v, l := range logits {
		s := side(targets[v])
		x.power[v] = math.Exp(l - top[s])
		x.sum[s] += x.power[v]
	}
	if x.sum[0] == 0 {
		x.surplus = math.Inf(-1)
		return 0
	}
	x.surplus = top[0] - top[1] + math.Log(x.sum[0]/x.sum[1])
	return max(x.surplus, 0) + math.Log1p(math.Exp(-math.Abs(x.surplus)))
}

// backward writes dξ.
//
//	dξ_v = σ(δ)·e^{ξ_v}/Σ_{w∉S} e^{ξ_w}     for v outside S
//	dξ_v = −σ(δ)·e^{ξ_v}/Σ_{w∈S} e^{ξ_w}    for v in S,   σ(δ) = 1/(1+e^{−δ})
func (x *entropy) backward(targets []bool, dlogits []float64) {
	missing := 1 / (1 + math.Exp(-x.surplus))
	scale := [2]float64{0, -missing / x.sum[1]}
	if x.sum[0] > 0 {
		scale[0] = missing / x.sum[0]
	}
	for v := range dlogits {
		dlogits[v] = scale[side(targets[v])] * x.power[v]
	}
}

func side(inside bool) int {
	if inside {
		return 1
	}
	return 0
}

// resize returns a slice of the given length that reuses the memory of x. Its
// contents are arbitrary.
func resize[T any](x []T, length int) []T {
	if cap(x) < length {
		return make([]T, length)
	}
	return x[:length]
}

// zeroed is resize with all entries zero.
func zeroed[T any](x []T, length int) []T {
	x = resize(x, length)
	clear(x)
	return x
}
