package compare

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/theory"
)

// A Drift is the mean of the reduced drifts of steps that share one logit.
//
//	μ' = (1/n)(1/I) Σ_i α s_i (E_{S_i}[d] − E_{V_i}[d])(μ)
type Drift struct {
	members []weighted // one for each profile
	total   float64
}

type weighted struct {
	field  *reduced.Field
	weight float64
}

// DriftOf returns the drift of steps that share the logits of so many symbols.
func DriftOf(steps []graph.Step, symbols int, loss theory.Loss, alpha *big.Rat) (*Drift, error) {
	d := &Drift{total: float64(len(steps))}
	position := map[string]int{}
	for _, s := range steps {
		p := theory.ProfileOf(s)
		at, seen := position[p.Key()]
		if !seen {
			family, err := p.Family(loss, alpha)
			if err != nil {
				return nil, err
			}
			family.Rates = []*big.Rat{big.NewRat(1, int64(symbols))}
			field, err := reduced.NewField(family)
			if err != nil {
				return nil, err
			}
			at = len(d.members)
			position[p.Key()] = at
			d.members = append(d.members, weighted{field: field})
		}
		d.members[at].weight++
	}
	return d, nil
}

// At returns the drift at μ.
// Approximate: no error bound.
func (d *Drift) At(mu float64) float64 {
	sum := 0.0
	for _, m := range d.members {
		sum += float64(m.weight * m.field.Drift([]float64{mu})[0])
	}
	return sum / d.total
}

// Descent returns μ after 0, 1, 2, … steps of gradient descent from 0.
//
//	μ_{k+1} = μ_k + η·μ'(μ_k)
//
// Approximate: no error bound.
func (d *Drift) Descent(ctx context.Context, rate float64, steps int) ([]float64, error) {
	out := make([]float64, 1, steps+1)
	for k := range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		next := out[k] + float64(rate*d.At(out[k]))
		if math.IsNaN(next) || math.IsInf(next, 0) {
			return nil, fmt.Errorf("descent on the reduced drift left the finite numbers at step %d", k+1)
		}
		out = append(out, next)
	}
	return out, nil
}

// StepsAt returns step c of every instance that has it, with a label of the law.
func StepsAt(instances []graph.Instance, c int, law graph.Law) (steps []graph.Step) {
	for _, s := range law.StepsOf(instances, c) {
		steps = append(steps, s)
	}
	return steps
}
