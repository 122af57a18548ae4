package compare

import (
	"fmt"
	"math"
	"muflow/internal/portable"
	"slices"

	"muflow/internal/reduced"
	"muflow/theory"
)

// An AttentionField is the reduced flow of softmax attention in float64, with
// a fixed value gain (unknown z) or a trained one (unknowns z, g).
type AttentionField struct {
	step  *theory.Attention
	alpha float64
}

// NewAttentionField returns the float64 form of a step that Moves.
func NewAttentionField(a *theory.Attention, alpha float64) (*AttentionField, error) {
	if !a.Moves() {
		return nil, fmt.Errorf("no edge, every edge, or a constant h: the attention logit does not move")
	}
	if !(alpha > 0) || math.IsInf(alpha, 0) {
		return nil, fmt.Errorf("readout gain %g, expected a positive finite number", alpha)
	}
	return &AttentionField{a, alpha}, nil
}

// Weight returns w, the attention on the edges that leave N_c.
//
//	w = M_c e^z/(M_c e^z + M − M_c)
//
// Approximate: no error bound.
func (x *AttentionField) Weight(z float64) float64 {
	m, c := float64(x.step.Edges), float64(x.step.Leaving)
	return c / (c + float64((m-c)*portable.Exp(-z)))
}

// value is A_v of a group.
func (x *AttentionField) value(z float64, i int) float64 {
	w, c, group := x.Weight(z), float64(x.step.Leaving), x.step.Groups[i]
	return w*float64(group.Degree)/c + (1-w)*float64(group.Total-group.Degree)/(float64(x.step.Edges)-c)
}

// logits are the ξ_v of the groups.
func (x *AttentionField) logits(z, g float64) []float64 {
	logit := make([]float64, len(x.step.Groups))
	for i, group := range x.step.Groups {
		logit[i] = float64(x.alpha * g * x.value(z, i))
		if group.InSet {
			logit[i] += x.alpha / math.Sqrt(float64(x.step.K))
		}
	}
	return logit
}

// Drift returns z' at value gain g, and g' if the value gain is trained too,
// with rate 1.
//
//	z' = (s²αg/n)·w(1−w)/(M_c(M−M_c))·(h_p − E_w[h]),   g' = α·(A_p − E[A])
//
// Approximate: no error bound.
// theory.md section 7a.
func (x *AttentionField) Drift(z, g float64) (dz, dg float64) {
	target := x.step.Target
	var counts, contrasts, values []float64 // h_p − h_v and A_p − A_v
	for i, group := range x.step.Groups {
		counts = append(counts, float64(group.Count))
		contrasts = append(contrasts, float64(x.step.Contrast(target)-x.step.Contrast(i)))
		values = append(values, x.value(z, target)-x.value(z, i))
	}
	logits := x.logits(z, g)
	w, c, m := x.Weight(z), float64(x.step.Leaving), float64(x.step.Edges)
	rest := (m - c) / (m - c + float64(c*portable.Exp(z))) // 1 − w without cancellation
	dz = x.alpha * g / float64(x.step.N) / float64(x.step.K) * w * rest / (c * (m - c)) * reduced.Mean(logits, counts, contrasts)
	return dz, x.alpha * reduced.Mean(logits, counts, values)
}

// Loss returns the Coconut loss at z and value gain g.
// Approximate: no error bound.
func (x *AttentionField) Loss(z, g float64) float64 {
	logit := x.logits(z, g)
	top := slices.Max(logit)
	sum := 0.0
	for i, group := range x.step.Groups {
		sum += float64(float64(group.Count) * portable.Exp(logit[i]-top))
	}
	return portable.Log(sum) + top - logit[x.step.Target]
}
