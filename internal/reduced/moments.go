package reduced

import "muflow/internal/portable"

// Moments returns the drift and its Jacobian.
//
//	J = C·σ²·(Cov_S(φ) − Cov_V(φ)),   Cov_S = 0 for a drawn label
//
// Defined for every finite θ.
// Approximate: no error bound.
// theory.md section 6.
func (x *Field) Moments(theta []float64) (drift []float64, jacobian [][]float64) {
	logits := x.logits(theta)
	all, allSpread := x.momentsOver(logits, x.counts)
	target, targetSpread := x.label, [][]float64(nil)
	if target == nil {
		target, targetSpread = x.momentsOver(logits, x.targets)
	}
	drift, jacobian = make([]float64, len(x.rates)), make([][]float64, len(x.rates))
	for i, rate := range x.rates {
		drift[i] = rate * x.sigma * (target[i] - all[i])
		jacobian[i] = make([]float64, len(x.rates))
		for j := range x.rates {
			spread := -allSpread[i][j]
			if targetSpread != nil {
				spread += targetSpread[i][j]
			}
			jacobian[i][j] = rate * x.sigma * x.sigma * spread
		}
	}
	return drift, jacobian
}

// momentsOver returns mean and covariance of the features under the softmax of
// some counts.
func (x *Field) momentsOver(logits, counts []float64) (mean []float64, covariance [][]float64) {
	top, found := 0.0, false
	for j, c := range counts {
		if c > 0 && (!found || logits[j] > top) {
			top, found = logits[j], true
		}
	}
	weights, sum := make([]float64, len(counts)), 0.0
	for j, c := range counts {
		if c > 0 {
			weights[j] = float64(c * portable.Exp(logits[j]-top))
			sum += weights[j]
		}
	}
	mean, covariance = make([]float64, len(x.rates)), make([][]float64, len(x.rates))
	for i, feature := range x.features {
		for j, w := range weights {
			mean[i] += float64(w * feature[j])
		}
		mean[i] /= sum
	}
	for i := range covariance {
		covariance[i] = make([]float64, len(x.rates))
		for k := range covariance[i] {
			for j, w := range weights {
				covariance[i][k] += float64(w * (x.features[i][j] - mean[i]) * (x.features[k][j] - mean[k]))
			}
			covariance[i][k] /= sum
		}
	}
	return mean, covariance
}
