package prove

import (
	"context"
	"math/big"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
)

// A Population says where the logits that a data set shares go under the
// Coconut loss at one step.
type Population struct {
	Instances int          `json:"instances"` // instances whose demonstrated path has the step; pairs of both for several steps
	Bounded   int          `json:"bounded"`   // of these, with d_min < d* < d_max
	Positive  int          `json:"positive"`  // with d* > F(0)
	Both      int          `json:"both"`
	Limit     theory.Limit `json:"status"`
	Theta     []*ball.Ball `json:"-"` // (μ*) or (μ*, ν*) if the limit is finite
}

// PopulationOf decides exactly whether the shared logit μ, or (μ, ν) for the
// full score matrix, has a finite limit, and encloses it to so many digits.
//
//	Σ_i s_i (φ_{p_i} − E_{V_i}[φ])(θ*) = 0
//
// Each softmax runs over the instance's own vertices; instances without the
// step do not count. Encloses the exact value for every point of the inputs.
// theory.md sections 3 (Population) and 6.
func PopulationOf(ctx context.Context, instances []graph.Instance, step int, full bool, alpha *big.Rat, digits int) (*Population, error) {
	return SharedPopulation(ctx, instances, Sharing{Steps: []int{step}, Full: full, Alpha: alpha}, digits)
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}
