package learned

import (
	"math"
	"muflow/internal/portable"

	"muflow/sim/kernel"
)

// A norm keeps of a LayerNorm its normalised rows and their 1/deviation.
type norm[F kernel.Float] struct {
	unit    []F // N×d
	inverse []F // N
}

const normEpsilon = 1e-5

// forward: y = gain·(x − mean)/√(variance + ε) + shift, row by row.
func (n *norm[F]) forward(x, gain, shift, y []F) {
	d := len(gain)
	rows := len(x) / d
	n.unit, n.inverse = kernel.Resize(n.unit, len(x)), kernel.Resize(n.inverse, rows)
	for i := range rows {
		row, unit, out := x[i*d:][:d], n.unit[i*d:][:d], y[i*d:][:d]
		var mean, variance F
		for _, v := range row {
			mean += v
		}
		mean /= F(d)
		for _, v := range row {
			variance += F((v - mean) * (v - mean))
		}
		inverse := F(1 / math.Sqrt(float64(variance)/float64(d)+normEpsilon))
		n.inverse[i] = inverse
		for j, v := range row {
			u := (v - mean) * inverse
			unit[j] = u
			out[j] = F(gain[j]*u) + shift[j]
		}
	}
}

// backward: with g = dy·gain, dx += (g − mean(g) − unit·mean(g·unit))/deviation,
// dgain += dy·unit, dshift += dy.
func (n *norm[F]) backward(gain, dy, dgain, dshift, dx []F) {
	d := len(gain)
	for i, inverse := range n.inverse {
		row, unit, out := dy[i*d:][:d], n.unit[i*d:][:d], dx[i*d:][:d]
		var mean, along F
		for j, v := range row {
			dgain[j] += F(v * unit[j])
			dshift[j] += v
			g := F(v * gain[j])
			mean += g
			along += F(g * unit[j])
		}
		mean /= F(d)
		along /= F(d)
		for j, v := range row {
			out[j] += F((F(v*gain[j]) - mean - F(unit[j]*along)) * inverse)
		}
	}
}

// linear: y = x·W + bias.
func linear[F kernel.Float](w *kernel.Workspace[F], x, weight kernel.View[F], bias []F, y kernel.View[F]) {
	for i := range y.Rows {
		copy(y.Data[i*y.RowStep:][:y.Cols], bias)
	}
	kernel.Multiply(w, y, x, weight)
}

// backLinear: dx += dy·Wᵀ, dW += xᵀ·dy, dbias += Σ_rows dy.
func backLinear[F kernel.Float](w *kernel.Workspace[F], x, dy, weight kernel.View[F], dx kernel.View[F], dweight kernel.View[F], dbias []F) {
	kernel.Multiply(w, dx, dy, weight.T())
	kernel.Multiply(w, dweight, x.T(), dy)
	for i := range dy.Rows {
		row := dy.Data[i*dy.RowStep:][:dy.Cols]
		for j, v := range row {
			dbias[j] += v
		}
	}
}

// backSoftmax: dz = a·(da − ⟨a, da⟩), in place of da.
func backSoftmax[F kernel.Float](a, da []F) {
	var mean F
	for j, x := range a {
		mean += F(x * da[j])
	}
	for j, x := range a {
		da[j] = x * (da[j] - mean)
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
