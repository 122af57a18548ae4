package prove

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
)

// A WalkSharing says which steps share μ where the thoughts of all instances were
// generated with the same rational logits > 0, one for each of Step thoughts.
type WalkSharing struct {
	Step   int // c
	Logits []*big.Rat
	Label  graph.Law // an instance does not count without a label
	Alpha  *big.Rat  // α
}

// A WalkPopulation is a Population with walk weights, and its asymptotic rate, nil
// unless the limit is finite.
type WalkPopulation struct {
	Population
	Rate *ball.Ball `json:"-"` // −f'(μ*) of μ' = f(μ), per unit of gradient-flow time
}

// WalkPopulationOf decides exactly where μ goes from any start under the Coconut
// loss, and encloses the limit and the rate to so many digits.
//
//	μ' = (1/n_voc)·mean_i αs_i(d*_i − F_i(μ)),  n_voc the most vertices of an instance
//
// with s_i, d_v and F_i of the walk weights of each instance: as no F_i falls, the
// signs at both ends are those of the rational numbers d*_i − d_min,i and
// d*_i − d_max,i. Encloses the exact value for every point of the inputs.
// theory.md section 3, walk weights.
func WalkPopulationOf(ctx context.Context, instances []graph.Instance, s WalkSharing, digits int) (*WalkPopulation, error) {
	out := &WalkPopulation{}
	var steps []graph.Step
	var exact []*theory.WalkStep
	for i, step := range s.Label.StepsOf(instances, s.Step) {
		x, err := theory.WalkStepOf(step, s.Logits)
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		sign, err := WalkStartSign(x, s.Alpha)
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		bounded := x.Limit(theory.Coconut) == theory.FiniteLimit
		out.Instances++
		count(&out.Bounded, bounded)
		count(&out.Positive, sign > 0)
		count(&out.Both, bounded && sign > 0)
		steps, exact = append(steps, step), append(exact, x)
	}
	if len(steps) == 0 {
		return nil, s.none()
	}
	if out.Limit = theory.SharedWalkLimit(exact); out.Limit != theory.FiniteLimit {
		return out, nil
	}
	drift, err := newExactWalkDrift(steps, s.Logits, s.Alpha, mostVertices(instances))
	if err != nil {
		return nil, err
	}
	mu, rate, err := drift.rest(ctx, stillTogether(exact), digits)
	out.Theta, out.Rate = []*ball.Ball{mu}, rate
	return out, err
}

func (s WalkSharing) none() error {
	return fmt.Errorf("no instance has a step %d with a label of the law %v", s.Step, s.Label)
}

// WalkFlowOf is SharedFlowOf under the Coconut loss with walk weights: it follows the
// flow of WalkPopulationOf.
//
// Encloses the exact value for every point of the inputs.
// theory.md section 3, walk weights. Units: t = learning rate × steps.
func WalkFlowOf(ctx context.Context, instances []graph.Instance, s WalkSharing, start *big.Rat, times []*big.Rat, digits int) (*SharedFlow, error) {
	var exact []*theory.WalkStep
	for i, step := range s.Label.StepsOf(instances, s.Step) {
		x, err := theory.WalkStepOf(step, s.Logits)
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		exact = append(exact, x)
	}
	if len(exact) == 0 {
		return nil, s.none()
	}
	vertices := mostVertices(instances)
	d := &mixtureDrift{scale: big.NewRat(1, int64(vertices)*int64(len(exact))), kept: map[uint]*driftNumbers{}}
	d.scale.Mul(d.scale, s.Alpha)
	features := make([][]int64, len(exact))
	units := make([]*big.Int, len(exact))
	for i, x := range exact {
		var err error
		if features[i], units[i], err = wholeFeatures(x); err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
	}
	d.build = func(precision uint) *driftNumbers {
		out := &driftNumbers{}
		for i, x := range exact {
			n, unit := newWalkNumbers(x, s.Alpha, precision), new(big.Rat).SetFrac(big.NewInt(1), units[i])
			sigma := ball.New(precision).MulRat(n.sigma, unit)
			f := &driftFamily{fixed: true, sigma: i, factor: walkSigma(x, unit, precision)}
			for j, g := range features[i] {
				at := slices.IndexFunc(f.groups, func(x driftGroup) bool { return x.feature == g })
				if at < 0 {
					at = len(f.groups)
					f.groups = append(f.groups, driftGroup{g, ball.New(precision).MulInt64(sigma, g), ball.New(precision), ball.New(precision)})
				}
				f.groups[at].outside.Add(f.groups[at].outside, n.weights[j])
			}
			f.width = slices.Max(features[i]) - slices.Min(features[i])
			out.sigmas, out.families = append(out.sigmas, sigma), append(out.families, f)
		}
		return out
	}
	still := theory.SharedWalkLimit(exact) == theory.Stationary || startOf(start).Sign() == 0 && stillTogether(exact)
	return d.follow(ctx, vertices, startOf(start), still, times, digits)
}

// wholeFeatures returns the d_v − d* of the groups of a step times the least integer
// that makes them whole.
func wholeFeatures(x *theory.WalkStep) (out []int64, unit *big.Int, err error) {
	unit = big.NewInt(1)
	var all []*big.Rat
	for _, g := range x.Groups {
		d := new(big.Rat).Sub(g.In, x.Target)
		all = append(all, d)
		unit.Div(new(big.Int).Mul(unit, d.Denom()), new(big.Int).GCD(nil, nil, unit, d.Denom()))
	}
	for _, d := range all {
		d.Mul(d, new(big.Rat).SetInt(unit))
		if d.Num().BitLen() > 40 {
			return nil, nil, fmt.Errorf("in-degrees of more than 40 bits over a common denominator: the logits are too long")
		}
		out = append(out, d.Num().Int64())
	}
	return out, unit, nil
}

// stillTogether reports whether the drift that steps share is 0 at μ = 0 as their
// Σ (d* − d_v) e^{αs w_v} cancel where both √q and the softmax sum Q(1) are the same,
// for every α at once. False proves nothing.
func stillTogether(steps []*theory.WalkStep) bool {
	sums := map[string]theory.WalkStart{}
	for _, x := range steps {
		counts := map[string]int{}
		var names []string
		for _, g := range x.Groups {
			name := g.Weight.RatString()
			if counts[name] == 0 {
				names = append(names, name)
			}
			counts[name] += g.Count
		}
		slices.Sort(names)
		var key strings.Builder
		key.WriteString(x.Square.RatString())
		for _, name := range names {
			fmt.Fprintf(&key, " %s:%d", name, counts[name])
		}
		sums[key.String()] = append(sums[key.String()], x.Start()...)
	}
	for _, sum := range sums {
		if !sum.Collected().IsZero() {
			return false
		}
	}
	return true
}

// LawLimits returns where μ goes under the Coconut loss with each label law, by its
// name: exactly, as for one law, and without an entry where no instance has a label.
func (c *Crowd) LawLimits() map[string]theory.Limit {
	out := map[string]theory.Limit{}
	for i, law := range graph.Laws {
		if x := c.laws[i]; x.any {
			out[law.String()] = theory.LimitBetween(x.below, x.above)
		}
	}
	return out
}

// LawLimits is that of a Crowd with walk weights.
func (s WalkSharing) LawLimits(instances []graph.Instance) (map[string]theory.Limit, error) {
	out := map[string]theory.Limit{}
	for _, law := range graph.Laws {
		var steps []*theory.WalkStep
		for _, at := range law.StepsOf(instances, s.Step) {
			x, err := theory.WalkStepOf(at, s.Logits)
			if err != nil {
				return nil, err
			}
			steps = append(steps, x)
		}
		if len(steps) > 0 {
			out[law.String()] = theory.SharedWalkLimit(steps)
		}
	}
	return out, nil
}
