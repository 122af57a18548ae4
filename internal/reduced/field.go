package reduced

import (
	"fmt"
	"math"

	"muflow/theory"
)

// A Field is the right-hand side of the flow of a log-linear family in
// float64, with what the comparison of a discrete path with the flow needs.
type Field struct {
	sigma    float64     // α/√K
	rates    []float64   // diagonal of C
	features [][]float64 // φ_v by unknown and group
	biases   []float64   // b_v
	counts   []float64   // vertices in V
	targets  []float64   // of these, vertices in S
	label    []float64   // E_S[φ] of a drawn label, nil: the mean over S
	convex   bool        // E_S[φ] does not depend on θ
}

// NewField returns the float64 form of a family.
func NewField(f *theory.Family) (*Field, error) {
	x := &Field{sigma: Scale(f.Scale.Alpha, f.Scale.K), features: make([][]float64, f.Dimension())}
	if !(x.sigma > 0) || math.IsInf(x.sigma, 0) {
		return nil, fmt.Errorf("scale %v of %d vertices, expected a positive number", f.Scale.Alpha, f.Scale.K)
	}
	_, x.convex = f.Label()
	if d := f.Drawn; d != nil {
		for _, sum := range d.Sum {
			x.label = append(x.label, float64(sum)/float64(d.Count))
		}
	}
	for _, r := range f.Rates {
		rate, _ := r.Float64()
		x.rates = append(x.rates, rate)
	}
	for _, g := range f.Groups {
		x.biases, x.counts, x.targets = append(x.biases, float64(g.Bias)), append(x.counts, float64(g.Count)), append(x.targets, float64(g.Targets))
		for i, c := range g.Feature {
			x.features[i] = append(x.features[i], float64(c))
		}
	}
	return x, nil
}

// Dimension returns the number of unknowns θ.
func (x *Field) Dimension() int { return len(x.rates) }

// logits returns the scaled logit of every class at θ, in nats.
func (x *Field) logits(theta []float64) []float64 {
	logits := make([]float64, len(x.biases))
	for j, b := range x.biases {
		logits[j] = b
		for i, c := range theta {
			logits[j] += float64(c * x.features[i][j])
		}
		logits[j] *= x.sigma
	}
	return logits
}

// Drift returns the time derivative of the unknowns.
//
//	θ' = C·σ·(E_S[φ] − E_V[φ]),   ξ_v = σ·(b_v + ⟨θ, φ_v⟩)
//
// Defined for every finite θ; the largest logit is taken out of the
// exponentials, so nothing overflows.
// Approximate: no error bound.
// arXiv 2509.23365, Theorem 1 (reduced flow); theory.md section 6.
// Units: logits in nats, t = learning rate × steps.
func (x *Field) Drift(theta []float64) []float64 {
	logits := x.logits(theta)
	out := make([]float64, len(x.rates))
	for i, feature := range x.features {
		label := 0.0
		if x.label != nil {
			label = x.label[i]
		} else {
			label = Mean(logits, x.targets, feature)
		}
		out[i] = x.rates[i] * x.sigma * (label - Mean(logits, x.counts, feature))
	}
	return out
}

// Slope writes the drift at y, for Integrate.
func (x *Field) Slope(_ float64, y, dy []float64) { copy(dy, x.Drift(y)) }

// Norm returns the length of a vector in which convex flows do not expand.
//
//	‖x‖ = √(xᵀ C⁻¹ x)
//
// Approximate: no error bound.
// theory.md section 6.
func (x *Field) Norm(vector []float64) float64 {
	sum := 0.0
	for i, v := range vector {
		sum += v * v / x.rates[i]
	}
	return math.Sqrt(sum)
}

// Smoothness returns an upper bound L of the curvature of a loss with one
// target vertex or a drawn label, up to rounding.
//
//	‖C^{1/2} ∇²ℓ C^{1/2}‖ = σ²·‖Cov_V(C^{1/2}φ)‖ ≤ L = (σ²/4)·max_{v,w} ‖C^{1/2}(φ_v − φ_w)‖²
//
// since the variance of a number in an interval is at most a quarter of the
// squared width (T. Popoviciu 1935). Holds for all θ at once.
// Approximate: no error bound.
// theory.md, assumption A14.
func (x *Field) Smoothness() float64 {
	widest := 0.0
	for i := range x.biases {
		for j := range i {
			distance := 0.0
			for k, feature := range x.features {
				d := feature[i] - feature[j]
				distance += float64(x.rates[k] * d * d)
			}
			widest = max(widest, distance)
		}
	}
	return x.sigma * x.sigma / 4 * widest
}

// Descent returns the path θ_0 = 0, θ_1, … of gradient descent with step η.
//
//	θ_{k+1} = θ_k + η·θ'(θ_k)
//
// Approximate: no error bound.
// theory.md, assumption A14.
func (x *Field) Descent(eta float64, steps int) []float64 {
	theta := make([]float64, x.Dimension())
	for range steps {
		for i, d := range x.Drift(theta) {
			theta[i] += float64(eta * d)
		}
	}
	return theta
}

// Roundoff bounds the rounding of a path in float64 far from tightly: single
// steps are accurate to some ten units in the last place of numbers below
// 100, they do not expand, and there are at most a million.
const Roundoff = 1e-8

// EulerBound returns how far gradient descent with step η can be from the
// flow, both from 0, at every time up to T = η·steps, in Norm.
//
//	‖θ_N − θ(T)‖ ≤ (η T/2)·L·‖θ'(0)‖
//
// The flow leaves one Euler step with a defect ∫_0^η (η−τ)·θ″(t+τ) dτ, and
// ‖θ″‖ ≤ L·‖θ'‖ ≤ L·‖θ'(0)‖, because the speed of the gradient flow of a
// convex loss does not grow in this norm: the defect is at most
// (η²/2)·L·‖θ'(0)‖. For η·L ≤ 2 the Euler map does not expand the distance of
// two points, as its derivative has its spectrum in [1−ηL, 1] ⊂ [−1, 1], so the
// T/η defects add up and do not grow.
// It is an error if the loss has several target vertices (it need not be
// convex) or if η·L > 2.
// Approximate: no error bound.
// theory.md, assumption A14.
func (x *Field) EulerBound(eta, horizon float64) (float64, error) {
	smoothness := x.Smoothness()
	switch {
	case !x.convex:
		return 0, fmt.Errorf("several target vertices, expected one: the loss need not be convex")
	case !(eta > 0) || !(eta*smoothness <= 2):
		return 0, fmt.Errorf("learning rate %g with curvature up to %g, expected a product of at most 2", eta, smoothness)
	}
	start := make([]float64, x.Dimension())
	return float64(eta*horizon/2*smoothness*x.Norm(x.Drift(start))) + Roundoff, nil
}
