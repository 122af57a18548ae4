package learned

import (
	"math"
	"muflow/internal/portable"

	"muflow/sim/kernel"
)

// A norm keeps of a LayerNorm its normalised rows and their 1/deviation.
type norm[F kernel.Float] struct {
	unit        []F // N×d
	inverse     []F // N
	mean, along []F // N, for the moment
}

const normEpsilon = 1e-5

// forward: y = gain·(x − mean)/√(variance + ε) + shift, row by row.
func (n *norm[F]) forward(w *kernel.Workspace[F], x, gain, shift, y []F) {
	d := len(gain)
	rows := len(x) / d
	n.unit, n.inverse, n.mean = kernel.Resize(n.unit, len(x)), kernel.Resize(n.inverse, rows), kernel.Resize(n.mean, rows)
	kernel.Moments(w, x, d, n.mean, n.inverse)
	for i, squares := range n.inverse {
		n.inverse[i] = F(1 / math.Sqrt(float64(squares)/float64(d)+normEpsilon))
		at := i * d
		kernel.Norm(w, n.unit[at:][:d], y[at:][:d], x[at:][:d], gain, shift, n.mean[i], n.inverse[i])
	}
}

// backward: with g = dy·gain, dx += (g − mean(g) − unit·mean(g·unit))/deviation,
// dgain += dy·unit, dshift += dy.
func (n *norm[F]) backward(w *kernel.Workspace[F], gain, dy, dgain, dshift, dx []F) {
	d := len(gain)
	n.mean, n.along = kernel.Resize(n.mean, len(n.inverse)), kernel.Resize(n.along, len(n.inverse))
	kernel.BackMoments(w, dy, n.unit, gain, n.mean, n.along)
	for i, inverse := range n.inverse {
		at := i * d
		kernel.BackNorm(w, dx[at:][:d], dgain, dshift, dy[at:][:d], n.unit[at:][:d], gain, n.mean[i], n.along[i], inverse)
	}
}

// backRelative: z_j has the bias of offset last − j added, so dbias of that
// offset += dz_j.
func backRelative[F kernel.Float](dbias, dscore []F, last int) {
	for j, x := range dscore {
		dbias[last-j] += x
	}
}

// entropyLoss turns logits into the softmax p, in place, and returns
//
//	ℓ = −log Σ_{v∈S} p_v = log Σ_v e^{x_v} − log Σ_{v∈S} e^{x_v}
func entropyLoss[F kernel.Float](x []F, targets []int32) float64 {
	top, best := math.Inf(-1), math.Inf(-1)
	for _, v := range x {
		top = max(top, float64(v))
	}
	for _, v := range targets {
		best = max(best, float64(x[v]))
	}
	all, right := 0.0, 0.0
	for _, v := range x {
		all += portable.Exp(float64(v) - top)
	}
	for _, v := range targets {
		right += portable.Exp(float64(x[v]) - best)
	}
	loss := portable.Log(all) + top - portable.Log(right) - best
	for i, v := range x {
		x[i] = F(portable.Exp(float64(v)-top) / all)
	}
	return loss
}

// backEntropy: dx_v = p_v − 1{v∈S} p_v/Σ_S p.
func backEntropy[F kernel.Float](p []F, targets []int32, dlogits []F) {
	copy(dlogits, p)
	var right F
	for _, v := range targets {
		right += p[v]
	}
	for _, v := range targets {
		if right > 0 {
			dlogits[v] -= p[v] / right
		} else {
			dlogits[v] -= 1 / F(len(targets))
		}
	}
}
