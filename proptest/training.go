package proptest

import (
	"context"
	"math/big"

	"muflow/sim"
)

// A Logits is what a training of the transformer leaves in its score matrix:
// μ from the diagonal and ν from the entries beside it, with the standard
// deviation of each kind of entry. ν is 0 for a diagonal matrix.
type Logits struct {
	Mean, Spread [2]float64
}

// model returns the transformer, a task and weights 0 for one step with the
// Coconut loss. As many symbols as the instance has vertices, so that a
// relabelling is a permutation.
func model(s Step, full bool, alpha *big.Rat, literal bool) (sim.Network, *sim.Task, *sim.Weights, error) {
	gain, _ := alpha.Float64()
	n := s.Instance.Graph.Order()
	form := sim.Diagonal
	if full {
		form = sim.Full
	}
	var net sim.Network
	var err error
	if literal {
		net, err = sim.NewLiteral(n, gain, 1)
	} else {
		net, err = sim.NewCompact(n, gain)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	task, err := sim.NewTask(&s.Instance, s.C, sim.Coconut)
	if err != nil {
		return nil, nil, nil, err
	}
	w, err := sim.NewWeights(form, n)
	return net, task, w, err
}

// logitsOf reads μ and ν off the weights.
func logitsOf(w *sim.Weights) Logits {
	p := w.Probe()
	out := Logits{Mean: [2]float64{p.Diagonal.Mean}, Spread: [2]float64{p.Diagonal.Spread}}
	if p.Beside != nil {
		out.Mean[1], out.Spread[1] = p.Beside.Mean, p.Beside.Spread
	}
	return out
}

// Descend trains the transformer on one step from 0 with the Coconut loss by
// gradient descent on the exact average over all relabellings (batch 0) or by
// stochastic gradient descent with a fresh relabelling for every sample.
// Approximate: no error bound.
// arXiv 2509.23365, dataset loss over all vertex permutations; assumption A4.
func Descend(ctx context.Context, s Step, full bool, alpha *big.Rat, settings sim.Settings, steps int) (Logits, error) {
	return descendIn(ctx, s, full, alpha, settings, steps, false)
}

func descendIn(ctx context.Context, s Step, full bool, alpha *big.Rat, settings sim.Settings, steps int, literal bool) (Logits, error) {
	net, task, w, err := model(s, full, alpha, literal)
	if err != nil {
		return Logits{}, err
	}
	trainer, err := sim.NewTrainer(net, []*sim.Task{task}, w, settings)
	if err != nil {
		return Logits{}, err
	}
	for range steps {
		if _, err := trainer.Step(ctx); err != nil {
			return Logits{}, err
		}
	}
	return logitsOf(trainer.Weights()), nil
}

// Simulate is the Trainer that runs the theory's transformer of package sim.
func Simulate(ctx context.Context, t Training) (Trained, error) {
	out, err := Descend(ctx, t.Step, false, t.Alpha, sim.Settings{LearningRate: t.LearningRate, Batch: t.Batch, Seed: t.Seed, Workers: 1}, t.Steps)
	return Trained{out.Mean[0], out.Spread[0]}, err
}
