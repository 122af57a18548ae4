package main

import (
	"context"
	"math/big"

	"muflow/graph"
	"muflow/prove"
	"muflow/sim"
	"muflow/theory"
)

// A trainTheory is what the reduced theory says about the data of a training.
type trainTheory struct {
	Data    string       `json:"data"`              // what it speaks of
	Dropped []string     `json:"dropped,omitempty"` // assumptions, by their ids, that the training does not keep
	Stages  []trainStage `json:"stages"`
}

// A trainStage says where the shared logits of one stage go.
type trainStage struct {
	Stage     int           `json:"stage"`
	Thoughts  int           `json:"thoughts"` // before the step
	Instances int           `json:"instances"`
	Status    theory.Limit  `json:"status"`
	Mu        *prove.Number `json:"mu,omitempty"`
	Nu        *prove.Number `json:"nu,omitempty"`
}

// consult applies Theorem 1 for data sets to each stage of thought generation:
// to the training's own data, or to the graphs on which it is measured. What
// of the theorem's assumptions the training drops is listed; of a network that
// learns everything that is nearly all, and the numbers are for comparison.
func (p trainPreset) consult(ctx context.Context, session sim.Session, loss sim.Loss) (*trainTheory, error) {
	out := &trainTheory{Data: "the graphs that it is measured on"}
	x := question{loss: loss, alpha: big.NewRat(1, 1), instances: session.(interface{ HeldOut() []graph.Instance }).HeldOut()}
	if s := p.sim; s != nil {
		x.alpha.SetFloat64(s.Gain)
		x.full, x.law, x.steps = s.Form == sim.Full, s.Label, len(s.StageSteps)
		if s.Restart {
			out.Data, x.steps = "the same data", sim.Stages(x.instances)-1
		} else {
			out.Dropped = append(out.Dropped, "A5")
		}
		if s.Dials.Softmax > 0 {
			out.Dropped = append(out.Dropped, "A6")
		}
		if s.Thoughts == sim.Through {
			out.Dropped = append(out.Dropped, "A8")
		}
		if s.Dials.Value != sim.FixedValue {
			out.Dropped = append(out.Dropped, "A15")
		}
	} else {
		out.Dropped = []string{"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A13", "A14", "A15", "A18"}
		x.law, x.carry = p.learned.Label, true
		for _, s := range p.learned.Stages {
			x.steps = max(x.steps, min(s.Hop+1, graph.MostSteps(x.instances)))
		}
	}
	for c := range x.steps {
		stage, err := x.stage(ctx, c)
		if err != nil {
			return nil, err
		}
		out.Stages = append(out.Stages, *stage)
	}
	return out, nil
}

// A question is what the theory is asked.
type question struct {
	instances []graph.Instance
	loss      sim.Loss
	steps     int // c = 0, …
	alpha     *big.Rat
	full      bool      // score matrix
	law       graph.Law // of the Coconut label
	carry     bool      // the carry-over weight is trained
}

// stage answers for one step. Under the BFS loss that is Theorem 1(a), which is
// about diagonal score matrices and a carry-over weight that is not trained
// (A18) only.
func (x *question) stage(ctx context.Context, c int) (*trainStage, error) {
	stage := &trainStage{Stage: c + 1, Thoughts: c}
	if x.loss == sim.CoconutBFS {
		return stage, stage.search(x.instances, x.full || x.carry)
	}
	p, err := prove.SharedPopulation(ctx, x.instances, prove.Sharing{Steps: []int{c}, Label: x.law, Full: x.full, Alpha: x.alpha}, trainDigits)
	if err != nil {
		return nil, err
	}
	stage.Status, stage.Instances = p.Limit, p.Instances
	if p.Limit == theory.FiniteLimit {
		stage.Mu = new(prove.Enclose(p.Theta[0], trainDigits))
		if x.full {
			stage.Nu = new(prove.Enclose(p.Theta[1], trainDigits))
		}
	}
	return stage, nil
}

// search decides a stage under the BFS loss: the drift of the shared logit is
// a sum of drifts that are positive where the premise of Theorem 1(a) holds
// and 0 elsewhere, and such sums diverge like the slowest of them.
func (s *trainStage) search(instances []graph.Instance, silent bool) error {
	premise := false
	for _, at := range graph.StepsOf(instances, s.Thoughts) {
		s.Instances++
		premise = premise || theory.ProfileOf(at).Certify(theory.CoconutBFS).Limit() == theory.PlusInfinity
	}
	if premise && !silent {
		s.Status = theory.PlusInfinity
	}
	return nil
}
