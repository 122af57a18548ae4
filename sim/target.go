package sim

import (
	"errors"
	"fmt"
)

// WithTargets returns the same step with another set S of right vertices in the
// loss of thought generation, which is how a loss is added:
//
//	ℓ = −log( Σ_{v∈S} e^{ξ_v} / Σ_v e^{ξ_v} )
//
// It fails in the prediction stage, and unless S names existing vertices and
// is not empty.
func (t *Task) WithTargets(vertices ...int) (*Task, error) {
	if t.loss == Prediction {
		return nil, errors.New("targets of the prediction stage, expected thought generation")
	}
	if len(vertices) == 0 {
		return nil, errors.New("an empty target set")
	}
	out := *t
	out.targets = make([]bool, t.order)
	for _, v := range vertices {
		if v < 0 || v >= t.order {
			return nil, fmt.Errorf("target %d, expected 0 to %d", v, t.order-1)
		}
		out.targets[v] = true
	}
	return &out, nil
}
