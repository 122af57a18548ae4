package runs

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"
)

// A Theory names the reduced flow that curves of μ are held against: that of one
// step of one instance, or of all instances that share μ.
type Theory struct {
	Instances []graph.Instance
	Law       graph.Law
	Step      int // c
	Loss      theory.Loss
	Alpha     *big.Rat
	Full      bool // of μ in a full score matrix, with ν beside it; approximate
}

// fitDigits are the digits to which the flow is enclosed at samples.
const fitDigits = 10

// Question returns how curves of a training are held against the theory. Where
// time is nominal, of an adaptive optimiser, nothing is known of its noise.
func (t Theory) Question(how Descent, nominal bool) (*Question, error) {
	model, err := t.model(t.Alpha)
	if err != nil {
		return nil, err
	}
	if nominal {
		how = Descent{}
	}
	q := &Question{Model: model, Descent: how, Nominal: nominal}
	if !t.Full {
		q.Flow = t.enclose
	}
	q.Alpha = func(_ context.Context, factor float64) (*Model, error) {
		scaled := new(big.Rat).SetFloat64(factor)
		if scaled == nil {
			return nil, errors.New("a gain that is not finite")
		}
		return t.model(scaled.Mul(scaled, t.Alpha))
	}
	return q, nil
}

func (t Theory) model(alpha *big.Rat) (*Model, error) {
	var steps []graph.Step
	symbols := 0
	for i := range t.Instances {
		symbols = max(symbols, t.Instances[i].Graph.Order())
	}
	for _, s := range t.Law.StepsOf(t.Instances, t.Step) {
		steps = append(steps, s)
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("no instance has a step %d", t.Step)
	}
	return NewModel(steps, symbols, t.Loss, alpha, t.Full)
}

// enclose encloses μ at times, as verify flow and verify population do.
func (t Theory) enclose(ctx context.Context, times []float64) ([]prove.Number, error) {
	exact := make([]*big.Rat, len(times))
	for i, x := range times {
		exact[i] = new(big.Rat).SetFloat64(x)
	}
	if len(t.Instances) > 1 {
		sharing := prove.Sharing{Label: t.Law, Steps: []int{t.Step}, Alpha: t.Alpha}
		if t.Loss == theory.CoconutBFS {
			sharing.BFS = big.NewRat(1, 1)
		}
		flow, err := prove.SharedFlowOf(ctx, t.Instances, sharing, nil, exact, fitDigits)
		if err != nil {
			return nil, err
		}
		return flow.Mu, nil
	}
	step, err := t.Law.Step(&t.Instances[0], t.Step)
	if err != nil {
		return nil, err
	}
	flow, err := prove.FlowOf(ctx, theory.ProfileOf(step), prove.FlowRequest{Loss: t.Loss, Alpha: t.Alpha, Times: exact, Digits: fitDigits})
	if err != nil {
		return nil, err
	}
	return flow.Mu, nil
}
