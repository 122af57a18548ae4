package prove

import (
	"fmt"
	"math"
	"math/big"

	"muflow/internal/portable"
	"muflow/theory"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// loss returns Σ w_i ℓ_i at u = αθ, whose gradient is the negated drift.
func (x *Mixture) loss(u []float64) float64 {
	total := 0.0
	for k, f := range x.Families {
		alpha, _ := f.Scale.Alpha.Float64()
		s := 1 / math.Sqrt(float64(f.Scale.K))
		var all, target []float64
		for _, g := range f.Groups {
			logit := alpha * float64(g.Bias)
			for i, c := range g.Feature {
				logit += float64(u[i] * float64(c))
			}
			all = append(all, float64(s*logit)+portable.Log(float64(g.Count)))
			if g.Targets > 0 {
				target = append(target, float64(s*logit)+portable.Log(float64(g.Targets)))
			}
		}
		label := 0.0 // up to a constant that does not depend on u
		if d := f.Drawn; d != nil {
			for i, sum := range d.Sum {
				label += float64(s * u[i] * float64(sum) / float64(d.Count))
			}
		} else {
			label = floats.LogSumExp(target)
		}
		total += float64(float64(x.Weights[k]) * (floats.LogSumExp(all) - label))
	}
	return total
}

// slopes returns the gradient of the loss at u = αθ and, by rows up to the
// diagonal, its second derivatives.
// Approximate: no error bound.
func (x *Mixture) slopes(u []float64) (gradient []float64, second [][]float64) {
	m := len(u)
	gradient, second = make([]float64, m), make([][]float64, m)
	for i := range second {
		second[i] = make([]float64, i+1)
	}
	mean, product, logits := make([]float64, m), make([][]float64, m), []float64{}
	for i := range product {
		product[i] = make([]float64, i+1)
	}
	for k, f := range x.Families {
		alpha, _ := f.Scale.Alpha.Float64()
		s := 1 / math.Sqrt(float64(f.Scale.K))
		logits = logits[:0]
		for _, g := range f.Groups {
			logit := alpha * float64(g.Bias)
			for i, c := range g.Feature {
				logit += float64(u[i] * float64(c))
			}
			logits = append(logits, float64(s*logit))
		}
		// add adds the moments under the softmax over so many vertices of each group.
		add := func(sign float64, count func(g theory.Group) int) {
			top, total := math.Inf(-1), 0.0
			for j, g := range f.Groups {
				if count(g) > 0 {
					top = max(top, logits[j])
				}
			}
			clear(mean)
			for i := range product {
				clear(product[i])
			}
			for j, g := range f.Groups {
				if count(g) == 0 {
					continue
				}
				weight := float64(float64(count(g)) * portable.Exp(logits[j]-top))
				total += weight
				for i, c := range g.Feature {
					mean[i] += float64(weight * float64(c))
					for l, d := range g.Feature[:i+1] {
						product[i][l] += float64(weight * float64(c) * float64(d))
					}
				}
			}
			w := float64(sign * float64(x.Weights[k]) * s)
			for i := range mean {
				mean[i] /= total
				gradient[i] += float64(w * mean[i])
				for l := range product[i] {
					second[i][l] += float64(w * s * (product[i][l]/total - float64(mean[i]*mean[l])))
				}
			}
		}
		add(1, func(g theory.Group) int { return g.Count })
		if d := f.Drawn; d != nil {
			for i, sum := range d.Sum {
				gradient[i] -= float64(float64(x.Weights[k]) * s * float64(sum) / float64(d.Count))
			}
		} else {
			add(-1, func(g theory.Group) int { return g.Targets })
		}
	}
	return gradient, second
}

// minimise finds an approximate minimiser of the convex loss of a mixture of
// several unknowns u = αθ in float64.
func minimise(x *Mixture) ([]*big.Float, error) {
	m := x.Families[0].Dimension()
	problem := optimize.Problem{
		Func: x.loss,
		Grad: func(grad, u []float64) {
			gradient, _ := x.slopes(u)
			copy(grad, gradient)
		},
		Hess: func(h *mat.SymDense, u []float64) {
			_, second := x.slopes(u)
			for i, row := range second {
				for j, y := range row {
					h.SetSym(i, j, y)
				}
			}
		},
	}
	result, err := optimize.Minimize(problem, make([]float64, m), nil, &optimize.Newton{})
	if result == nil {
		return nil, fmt.Errorf("minimising the loss: %w", err)
	}
	start := make([]*big.Float, m)
	for i, v := range result.X {
		start[i] = big.NewFloat(v)
	}
	return start, nil
}
