package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
)

// A Population says where the logits that a data set shares go under the
// Coconut loss at one step.
type Population struct {
	Instances int          `json:"instances"` // instances whose demonstrated path has the step
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
	out := &Population{}
	mixture := &Mixture{}
	position := map[string]int{}
	var profiles []*theory.Profile
	var contrasts [][]int
	ties := true
	for i := range instances {
		in := &instances[i]
		p, err := theory.ProfileOf(in, step)
		if errors.Is(err, theory.ErrNoStep) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		sign, err := StartSign(p, alpha)
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		out.Instances++
		bounded := p.Certify(theory.Coconut).Limit() == theory.FiniteLimit
		count(&out.Bounded, bounded)
		count(&out.Positive, sign > 0)
		count(&out.Both, bounded && sign > 0)
		ties = ties && p.Start().IsZero()
		profiles = append(profiles, p)
		family, err := p.Family(theory.Coconut, alpha)
		if full {
			family, err = theory.FullFamily(in.Graph, in.Reached(step), in.Path[step+1], theory.Coconut, alpha)
		}
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		x, err := family.Contrasts()
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		contrasts = append(contrasts, x...)
		key := family.Key()
		at, seen := position[key]
		if !seen {
			at = len(mixture.Families)
			position[key] = at
			mixture.Families = append(mixture.Families, family)
			mixture.Weights = append(mixture.Weights, 0)
		}
		mixture.Weights[at]++
	}
	if out.Instances == 0 {
		return nil, fmt.Errorf("no instance has step %d", step)
	}
	out.Limit = theory.MixtureLimit(profiles)
	if full {
		d, err := theory.Separate(theory.Vectors(contrasts))
		switch {
		case err != nil:
			return nil, err
		case d.Kind != theory.Overlap:
			out.Limit = theory.Unbounded
		case len(d.Stationary) > 0:
			return nil, errors.New("all contrasts lie on one line: the limit depends on the start, and is not enclosed")
		default:
			out.Limit = theory.FiniteLimit
		}
	}
	if out.Limit != theory.FiniteLimit {
		return out, nil
	}
	if !full && ties { // every term vanishes at μ = 0
		out.Theta = []*ball.Ball{ball.New(bitsOf(digits))}
		return out, nil
	}
	theta, err := EncloseEquilibrium(ctx, mixture, digits)
	out.Theta = theta
	return out, err
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}
