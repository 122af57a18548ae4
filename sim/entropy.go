package sim

import (
	"math"
	"muflow/internal/portable"
	"slices"

	"muflow/sim/kernel"
)

// An entropy is the loss at the end of the network, a softmax over the n
// vertices of an instance with a set S of right ones.
//
//	ℓ = −log( Σ_{v∈S} e^{ξ_v} / Σ_v e^{ξ_v} ) = log(1 + e^δ)
//	δ = log Σ_{v∉S} e^{ξ_v} − log Σ_{v∈S} e^{ξ_v}
//
// In this form neither a tiny loss nor a tiny gradient is lost to cancellation.
type entropy struct {
	power   []float64  // e^{ξ_v − shift of v's side}
	sum     [2]float64 // of the powers; [1] is S, [0] the rest
	missing float64    // σ(δ) = 1/(1+e^{−δ}), the mass outside S
}

// tame bounds sums of powers from which δ comes without a shift.
const tame = 1e140

// forward returns ℓ.
func (x *entropy) forward(logits []float64, targets []bool) float64 {
	x.power = kernel.Resize(x.power, len(logits))
	kernel.Exp(x.power, logits)
	var rest, right float64
	for v, p := range x.power[:len(targets)] {
		in := float64(side(targets[v]))
		right += float64(in * p)
		rest += float64((1 - in) * p)
	}
	if !(min(rest, right) >= 1/tame && max(rest, right) <= tame) {
		return x.shifted(logits, targets)
	}
	x.sum = [2]float64{rest, right}
	odds := rest / right // e^δ
	x.missing = odds / (1 + odds)
	if odds > 1 {
		return portable.Log(1 + odds) // as good there, and faster
	}
	return portable.Log1p(odds)
}

// shifted is forward for any logits: each side is measured from its largest.
func (x *entropy) shifted(logits []float64, targets []bool) float64 {
	top := [2]float64{math.Inf(-1), math.Inf(-1)}
	for v, l := range logits {
		s := side(targets[v])
		top[s] = max(top[s], l)
	}
	x.sum = [2]float64{}
	for v, l := range logits {
		s := side(targets[v])
		x.power[v] = portable.Exp(l - top[s])
		x.sum[s] += x.power[v]
	}
	if x.sum[0] == 0 { // S is everything
		x.missing = 0
		return 0
	}
	surplus := top[0] - top[1] + portable.Log(x.sum[0]/x.sum[1])
	x.missing = 1 / (1 + portable.Exp(-surplus))
	return max(surplus, 0) + portable.Log1p(portable.Exp(-math.Abs(surplus)))
}

// backward writes dξ.
//
//	dξ_v = σ(δ)·e^{ξ_v}/Σ_{w∉S} e^{ξ_w}     for v outside S
//	dξ_v = −σ(δ)·e^{ξ_v}/Σ_{w∈S} e^{ξ_w}    for v in S
func (x *entropy) backward(targets []bool, dlogits []float64) {
	scale := [2]float64{0, -x.missing / x.sum[1]}
	if x.sum[0] > 0 {
		scale[0] = x.missing / x.sum[0]
	}
	power := x.power[:len(dlogits)]
	targets = targets[:len(dlogits)]
	for v := range dlogits {
		dlogits[v] = scale[side(targets[v])] * power[v]
	}
}

func side(inside bool) int {
	if inside {
		return 1
	}
	return 0
}

// uniform returns the mean of −log softmax(ξ)_v over all vertices, and adds
// its derivative times q to dlogits, if not nil.
func uniform(logits []float64, q float64, dlogits []float64) float64 {
	top, sum, mean := slices.Max(logits), 0.0, 0.0
	n := float64(len(logits))
	for _, l := range logits {
		sum += portable.Exp(l - top)
		mean += (l - top) / n
	}
	for v := range dlogits {
		dlogits[v] += float64(q * (portable.Exp(logits[v]-top)/sum - 1/n))
	}
	return portable.Log(sum) - mean
}
