package report

import (
	"context"
	"math/big"
	"strings"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// A Case is one step of one instance under one loss, the object of most
// figures.
type Case struct {
	Step    graph.Step
	Index   int // place of its instance in the data
	Loss    theory.Loss
	Alpha   *big.Rat // α
	Profile *theory.Profile
}

// NewCase returns the case of a step of the instance at a place.
func NewCase(s graph.Step, index int, loss theory.Loss, alpha *big.Rat) *Case {
	return &Case{s, index, loss, alpha, theory.ProfileOf(s)}
}

// flowBits is the precision of the numbers behind figures, in bits.
const flowBits = 96

// flowDigits is how many significant digits of them are kept.
const flowDigits = 15

// Flow encloses μ(t) of the reduced flow from μ(0) = 0 at some times.
//
//	y' = κ y R(y)/Q(y) or κ y n_out P(y)/(Q_in(y) Q(y)),  y(0) = 1,  μ = log(y)/σ
//
// Encloses the exact value.
// arXiv 2509.23365, Theorem 1; theory.md section 2.
// Units: t = learning rate × steps.
func (x *Case) Flow(ctx context.Context, times []*big.Rat) ([]prove.Number, error) {
	flow, err := prove.FlowOf(ctx, x.Profile, prove.FlowRequest{Loss: x.Loss, Alpha: x.Alpha, Times: times, Digits: flowDigits, Method: prove.ElementaryMethod})
	if err != nil {
		return nil, err
	}
	return flow.Mu, nil
}

// Corridor encloses what Theorem 1 says of μ(t) by closed formulas alone, from
// μ(0) = 0: under Coconut-BFS the two logarithmic bounds, under Coconut the
// exponential bound around μ*. It returns the ids of the claims, or nothing if
// no claim applies.
//
//	log(1 + b_lo t)/(σ d_max) ≤ μ(t) ≤ log(1 + b_hi t)/(σ d_max)
//	|μ(t) − μ*| ≤ |μ*| e^{−κvt},  μ(t) between 0 and μ*
//
// Encloses the exact value.
// arXiv 2509.23365, Theorem 1; theory.md section 3.
func (x *Case) Corridor(ctx context.Context, times []*big.Rat) (claims string, bounds []prove.Number, err error) {
	results, err := prove.Theorem1(ctx, x.Profile, x.Alpha, flowDigits, x.Loss)
	if err != nil {
		return "", nil, err
	}
	values := map[string]*ball.Ball{}
	var drawn []*prove.Claim
	var ids []string
	for _, r := range results {
		claim, _ := prove.ClaimByID(r.Claim)
		if claim.Bound == nil {
			continue
		}
		if r.Verdict == theory.NotApplicable {
			continue
		}
		if r.Verdict != theory.Proved {
			return "", nil, nil
		}
		drawn, ids = append(drawn, claim), append(ids, claim.ID)
		for name, v := range r.Values {
			if values[name], err = v.Ball(flowBits); err != nil {
				return "", nil, err
			}
		}
	}
	if len(drawn) == 0 {
		return "", nil, nil
	}
	e := &prove.Subject{Profile: x.Profile, Alpha: x.Alpha}
	for _, t := range times {
		all := drawn[0].Bound(e, values, t, flowBits)
		for _, claim := range drawn[1:] {
			all.Union(all, claim.Bound(e, values, t, flowBits))
		}
		bounds = append(bounds, prove.Enclose(all, flowDigits))
	}
	return strings.Join(ids, ", "), bounds, nil
}
