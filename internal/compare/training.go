package compare

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/internal/runlog"
	"muflow/sim"
	"muflow/theory"
)

// A Simulation is the transformer of package sim on one step, from weights 0.
// As many symbols as the instance has vertices, so that a relabelling is a
// permutation.
type Simulation struct {
	Step  graph.Step
	Alpha *big.Rat // α, the readout gain
	Loss  theory.Loss
	Full  bool // train all of the score matrix, not its diagonal
}

// A Logits is what a training leaves in the score matrix: μ from the diagonal
// and ν from the entries beside it, with the standard deviation of each kind of
// entry. ν is 0 for a diagonal matrix.
type Logits struct {
	Mean, Spread [2]float64
}

// LossOf returns the loss of thought generation in the words of package sim.
func LossOf(loss theory.Loss) sim.Loss {
	if loss == theory.CoconutBFS {
		return sim.CoconutBFS
	}
	return sim.Coconut
}

// parts returns the network, the task, one for each label, and weights 0.
func (x Simulation) parts() (*sim.Model, []*sim.Task, *sim.Weights, error) {
	gain, _ := x.Alpha.Float64()
	n := x.Step.Instance.Graph.Order()
	form := sim.Diagonal
	if x.Full {
		form = sim.Full
	}
	net, err := sim.NewModel(n, gain, sim.Dials{})
	if err != nil {
		return nil, nil, nil, err
	}
	task, err := sim.NewTask(x.Step.Instance, x.Step.C, LossOf(x.Loss))
	if err != nil {
		return nil, nil, nil, err
	}
	group := []*sim.Task{task}
	if x.Loss == theory.Coconut && x.Step.Law() != graph.PathLaw {
		group = nil
		for _, v := range x.Step.Labels() {
			one, err := task.WithTargets(v)
			if err != nil {
				return nil, nil, nil, err
			}
			group = append(group, one)
		}
	}
	w, err := sim.NewWeights(form, n)
	return net, group, w, err
}

// Trainer returns a trainer before its first step.
func (x Simulation) Trainer(settings sim.Settings) (*sim.Trainer, error) {
	net, group, w, err := x.parts()
	if err != nil {
		return nil, err
	}
	return TrainerOf(x.Step.Law(), net, [][]*sim.Task{group}, w, settings)
}

// TrainerOf returns a trainer whose samples draw a group, and of it the label if
// the law has several.
func TrainerOf(law graph.Law, net sim.Network, groups [][]*sim.Task, w *sim.Weights, settings sim.Settings) (*sim.Trainer, error) {
	if law == graph.PathLaw {
		return sim.NewTrainer(net, slices.Concat(groups...), w, settings)
	}
	return sim.NewLabelTrainer(net, groups, w, settings)
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

// Family returns the reduced flow that the theory states for the simulation.
func (x Simulation) Family() (*theory.Family, error) {
	if x.Full {
		return theory.FullFamily(x.Step, x.Loss, x.Alpha)
	}
	return theory.ProfileOf(x.Step).Family(x.Loss, x.Alpha)
}

// Simulate is the Trainer that runs the theory's transformer of package sim.
func Simulate(ctx context.Context, t Training) (path Path, err error) {
	trainer, err := Simulation{Step: t.Step, Alpha: t.Alpha}.Trainer(sim.Settings{LearningRate: t.LearningRate, Batch: t.Batch, Seed: t.Seed, Workers: 1})
	if err != nil {
		return path, err
	}
	return Follow(ctx, trainer, t.Steps)
}

// Follow trains for so many steps and looks at each.
func Follow(ctx context.Context, trainer *sim.Trainer, steps int) (path Path, err error) {
	for k := 0; ; k++ {
		diagonal := trainer.Weights().Probe().Diagonal
		path.Mean, path.Spread = append(path.Mean, diagonal.Mean), append(path.Spread, diagonal.Spread)
		if k == steps {
			return path, nil
		}
		if _, err := trainer.Step(ctx); err != nil {
			return path, err
		}
	}
}

// AverageTolerance bounds the difference of two descents that do the same steps
// in float64 by other formulas, relative to 1 + |logit|.
const AverageTolerance = 1e-9

// Averages compares gradient descent of the transformer on the loss averaged
// over all relabellings with gradient descent on the reduced drift, step for
// step the same but for rounding: A4 holds exactly, A14 plays no part.
type Averages struct {
	Descents int            `json:"descents"` // both losses, diagonal and full score matrix
	Steps    int            `json:"steps"`    // of each
	Largest  float64        `json:"largest_difference"`
	Notices  float64        `json:"notices"` // smallest relative error of the drift that every descent would notice; 0: some would not
	Verdict  theory.Verdict `json:"verdict"`
}

// CompareAverages runs so many steps of averaged descent on each step of an
// instance under both losses with the diagonal and the full score matrix, so many
// steps of instances at a time.
func CompareAverages(ctx context.Context, steps []graph.Step, alpha *big.Rat, count, jobs int) (*Averages, error) {
	parts, err := runlog.Map(ctx, len(steps), jobs, nil, func(ctx context.Context, i int) ([][2]float64, error) {
		var part [][2]float64 // off and moved
		for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
			for _, full := range []bool{false, true} {
				x := Simulation{Step: steps[i], Alpha: alpha, Loss: loss, Full: full}
				family, err := x.Family()
				if err != nil {
					return nil, err
				}
				off, moved, err := x.Against(ctx, family, count)
				if err != nil {
					return nil, err
				}
				part = append(part, [2]float64{off, moved})
			}
		}
		return part, nil
	})
	if err != nil {
		return nil, err
	}
	out, least := &Averages{Steps: count, Verdict: theory.Consistent}, math.Inf(1)
	for _, x := range slices.Concat(parts...) {
		out.Descents++
		out.Largest, least = max(out.Largest, x[0]), min(least, x[1])
		if !(x[0] <= AverageTolerance) {
			out.Verdict = theory.Inconsistent
		}
	}
	if out.Descents == 0 {
		return nil, fmt.Errorf("no steps to compare")
	}
	if least > 0 {
		out.Notices = (AverageTolerance + out.Largest) / least
	}
	return out, nil
}

// Against returns the largest difference between averaged descent of the
// transformer and descent on the drift of a family, with steps of size 1/L,
// after 1, 2, 4, … and so many steps, relative to 1 + |logit|: an error of the
// drift shows on the way, where the end may be a common equilibrium. Spread of
// the entries counts as difference. It also returns how much the drift times
// 1 + ε would move a logit at one of these steps, t|θ'|/(1 + |θ|) for each unit of ε.
// Approximate: no error bound.
func (x Simulation) Against(ctx context.Context, family *theory.Family, steps int) (largest, moved float64, err error) {
	field, err := reduced.NewField(family)
	if err != nil {
		return 0, 0, err
	}
	eta := 1.0
	if l := field.Smoothness(); l > 0 {
		eta = 1 / l
	}
	trainer, err := x.Trainer(sim.Settings{LearningRate: eta, Workers: 1})
	if err != nil {
		return 0, 0, err
	}
	for at := 1; ; at = min(2*at, steps) {
		if err := trainer.Advance(ctx, at); err != nil {
			return 0, 0, err
		}
		trained, predicted := logitsOf(trainer.Weights()), field.Descent(eta, at)
		drift := field.Drift(predicted)
		for i, theta := range predicted {
			off := max(math.Abs(trained.Mean[i]-theta), trained.Spread[i]) / (1 + math.Abs(theta))
			if math.IsNaN(off) {
				return 0, 0, fmt.Errorf("descent with η = %g is not finite", eta)
			}
			largest = max(largest, off)
			moved = max(moved, eta*float64(at)*math.Abs(drift[i])/(1+math.Abs(theta)))
		}
		if at == steps {
			return largest, moved, nil
		}
	}
}
