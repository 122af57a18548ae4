package sim

import (
	"context"
	"errors"
	"fmt"
	"math"

	"muflow/sim/kernel"
)

var errNotInvariant = errors.New("average over relabellings at weights that a relabelling changes, expected μI + ν(11ᵀ−I)")

// checkSymmetric refuses the exact average over relabellings for a network
// that tells its symbols apart.
func checkSymmetric(net Network) error {
	if m, ok := net.(*Model); ok && m.gram != nil {
		return errors.New("exact average over relabellings with coherent embeddings, expected samples")
	}
	return nil
}

// averaged is mean over all n! ways to call vertices by symbols, at weights that
// no relabelling changes.
//
//	ℓ̄(W) = (1/n!) Σ_P ℓ(PWPᵀ),   ∇ℓ̄(W) = (1/n!) Σ_P Pᵀ∇ℓ(W)P   at W = μI + ν(11ᵀ−I)
//
// There the loss is the same for all P, and the average of a matrix over all
// relabellings replaces the entries on the diagonal by their mean and those
// beside it by theirs.
// Reference: arXiv 2509.23365, Lemma 1 (dataset loss over all vertex
// permutations).
func (b *batch) averaged(ctx context.Context, w, gradient *Weights) (float64, error) {
	loss, err := b.mean(ctx, w, gradient)
	gradient.average()
	return loss, err
}

// Settings of a training by plain gradient descent.
type Settings struct {
	LearningRate float64 // η
	// Batch is B, the samples in a step, each a task and a relabelling drawn
	// uniformly at random. 0 takes instead the exact average over all tasks and
	// all relabellings; the weights must then start as μI + ν(11ᵀ−I).
	Batch    int
	Seed     uint64   // of the samples; 0 if there are none
	Thoughts Thoughts // where the thoughts before a step come from
	Start    int      // steps done before, to go on with weights that were kept
	Workers  int      // 0: one for each processor
}

// A Trainer moves weights down the gradient of the mean loss of some tasks.
//
//	W_{k+1} = W_k − (η/B) Σ_{b<B} ∇ℓ_b(W_k)
//
// Sample b of step k depends on the seed, k and b only.
type Trainer struct {
	settings Settings
	batch    *batch
	weights  *Weights
	gradient *Weights
	trial    *Weights
	step     int
}

// NewTrainer returns a trainer that starts from a copy of the weights. It
// fails on settings out of range, on a seed without samples, on no tasks or
// tasks that do not fit the network or the weights.
// Reference: arXiv 2509.23365, dataset losses; assumptions A4, A12, A14.
// Units: t = learning rate × steps.
func NewTrainer(net Network, tasks []*Task, w *Weights, s Settings) (*Trainer, error) {
	return newTrainer(net, singly(tasks), false, w, s)
}

// NewLabelTrainer is NewTrainer for groups of tasks: a sample draws a group
// and then one of its tasks, which differ in the label that is shown; the exact
// average is the mean over the groups of the means of their tasks.
func NewLabelTrainer(net Network, groups [][]*Task, w *Weights, s Settings) (*Trainer, error) {
	return newTrainer(net, groups, true, w, s)
}

func newTrainer(net Network, groups [][]*Task, labels bool, w *Weights, s Settings) (*Trainer, error) {
	switch {
	case !(s.LearningRate > 0) || math.IsInf(s.LearningRate, 0):
		return nil, fmt.Errorf("learning rate %g, expected a positive finite number", s.LearningRate)
	case s.Batch < 0 || s.Start < 0 || s.Workers < 0:
		return nil, fmt.Errorf("batch %d, start %d, %d workers, expected none to be negative", s.Batch, s.Start, s.Workers)
	case s.Batch == 0 && s.Seed != 0:
		return nil, fmt.Errorf("seed %d without samples to draw", s.Seed)
	}
	if err := checkTasks(net, groups, s); err != nil {
		return nil, err
	}
	if err := checkWeights(net, w); err != nil {
		return nil, err
	}
	if s.Batch == 0 {
		if !w.invariant() {
			return nil, errNotInvariant
		}
		if err := checkSymmetric(net); err != nil {
			return nil, err
		}
	}
	return &Trainer{s, newBatch(net, groups, labels, s.Thoughts, s.Workers), w.Clone(), w.Clone(), w.Clone(), s.Start}, nil
}

// Done returns how many steps have been done, those before Start included.
func (t *Trainer) Done() int { return t.step }

// Weights returns a copy of the present weights.
func (t *Trainer) Weights() *Weights { return t.weights.Clone() }

// Step does one step and returns the mean loss of its samples at the weights
// before it. On an error, of ctx or a *NonFiniteError, the weights are those
// before the step.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, training by gradient descent. Units: nats.
func (t *Trainer) Step(ctx context.Context) (float64, error) {
	loss, count := 0.0, 1
	var err error
	if t.settings.Batch == 0 {
		loss, err = t.batch.averaged(ctx, t.weights, t.gradient)
	} else {
		count = t.settings.Batch
		loss, err = t.batch.sum(ctx, count, t.weights, t.gradient, func(i int, k *worker) (*Task, []int) {
			return t.batch.relabelled(t.settings.Seed, t.step, i, k)
		})
		loss /= float64(count)
	}
	if err != nil {
		return 0, err
	}
	copy(t.trial.values, t.weights.values)
	kernel.AddScaled(t.trial.values, -t.settings.LearningRate/float64(count), t.gradient.values)
	if err := checkFinite(t.step, loss, t.trial); err != nil {
		return 0, err
	}
	t.weights, t.trial = t.trial, t.weights
	t.step++
	return loss, nil
}

// MeanLoss returns the mean over the groups of the means over their tasks at the
// present weights, vertices called by their own numbers.
// Approximate: no error bound. Units: nats.
func (t *Trainer) MeanLoss(ctx context.Context) (float64, error) {
	loss, err := t.batch.mean(ctx, t.weights, t.gradient)
	if err == nil && !finite(loss) {
		err = &NonFiniteError{t.step, "loss"}
	}
	return loss, err
}

// Advance does steps until so many are done.
func (t *Trainer) Advance(ctx context.Context, steps int) error {
	for t.step < steps {
		if _, err := t.Step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func checkTasks(net Network, groups [][]*Task, s Settings) error {
	if s.Thoughts < Superposition || s.Thoughts > Through {
		return fmt.Errorf("unknown source of thoughts %d", int(s.Thoughts))
	}
	if len(groups) == 0 {
		return errors.New("no tasks")
	}
	for i, group := range groups {
		if len(group) == 0 {
			return fmt.Errorf("task %d: no label", i)
		}
		for _, t := range group {
			switch {
			case t == nil || len(t.thoughts) == 0:
				return fmt.Errorf("task %d: %w", i, errNoTask)
			case t.order > net.Symbols():
				return fmt.Errorf("task %d: %d vertices for %d symbols", i, t.order, net.Symbols())
			case t.given && s.Thoughts != Superposition:
				return fmt.Errorf("task %d: a given thought is not used when thoughts are generated", i)
			case t.loss == Prediction && s.Thoughts == Through:
				return fmt.Errorf("task %d: the prediction stage trains no thoughts", i)
			}
		}
	}
	return nil
}

func checkFinite(step int, loss float64, w *Weights) error {
	if !finite(loss) {
		return &NonFiniteError{step, "loss"}
	}
	if name := w.nonFinite(); name != "" {
		return &NonFiniteError{step, name}
	}
	return nil
}
