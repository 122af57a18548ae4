package sim

import (
	"context"
	"errors"
	"fmt"
	"math"

	"muflow/sim/kernel"
)

// Averaged returns the mean over the tasks of loss and gradient, averaged over
// all n! ways to call vertices by symbols, at weights that no relabelling
// changes.
//
//	ℓ̄(W) = (1/n!) Σ_P ℓ(PWPᵀ),   ∇ℓ̄(W) = (1/n!) Σ_P Pᵀ∇ℓ(W)P   at W = μI + ν(11ᵀ−I)
//
// There the loss is the same for all P, and the average of a matrix over all
// relabellings replaces the entries on the diagonal by their mean and those
// beside it by theirs. It fails on other weights, on tasks that do not fit the
// network, and if a result is not finite. Thoughts may be the network's own.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, Lemma 1 (dataset loss over all vertex
// permutations). Units: nats.
func Averaged(ctx context.Context, net Network, tasks []*Task, w *Weights, thoughts Thoughts) (loss float64, gradient *Weights, err error) {
	if err := checkTasks(net, tasks, thoughts); err != nil {
		return 0, nil, err
	}
	if err := checkWeights(net, w); err != nil {
		return 0, nil, err
	}
	if !w.invariant() {
		return 0, nil, errNotInvariant
	}
	if err := checkSymmetric(net); err != nil {
		return 0, nil, err
	}
	gradient = w.Clone()
	loss, err = newBatch(net, tasks, thoughts, 0).averaged(ctx, w, gradient)
	if err != nil {
		return 0, nil, err
	}
	if err := checkFinite(0, loss, gradient); err != nil {
		return 0, nil, err
	}
	return loss, gradient, nil
}

var errNotInvariant = errors.New("average over relabellings at weights that a relabelling changes, expected μI + ν(11ᵀ−I)")

// checkSymmetric refuses the exact average over relabellings for a network
// that tells its symbols apart.
func checkSymmetric(net Network) error {
	if d, ok := net.(*Dialed); ok && d.gram != nil {
		return errors.New("exact average over relabellings with coherent embeddings, expected samples")
	}
	return nil
}

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
	switch {
	case !(s.LearningRate > 0) || math.IsInf(s.LearningRate, 0):
		return nil, fmt.Errorf("learning rate %g, expected a positive finite number", s.LearningRate)
	case s.Batch < 0 || s.Start < 0 || s.Workers < 0:
		return nil, fmt.Errorf("batch %d, start %d, %d workers, expected none to be negative", s.Batch, s.Start, s.Workers)
	case s.Batch == 0 && s.Seed != 0:
		return nil, fmt.Errorf("seed %d without samples to draw", s.Seed)
	}
	if err := checkTasks(net, tasks, s.Thoughts); err != nil {
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
	return &Trainer{s, newBatch(net, tasks, s.Thoughts, s.Workers), w.Clone(), w.Clone(), w.Clone(), s.Start}, nil
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

// A Record is the state of a training after a number of steps.
type Record struct {
	Step  int     `json:"step"`  // steps done since the start of the run
	Stage int     `json:"stage"` // stage c+1 trains N_c → N_{c+1}; 0 outside a run of stages
	Loss  float64 `json:"loss"`  // mean over all tasks, vertices called by their own numbers; nats
	Probe
	// Measures of the model on the data set, nil outside a run of stages.
	Measures *Measures `json:"measures,omitempty"`
}

// Record describes the present weights.
func (t *Trainer) Record(ctx context.Context) (Record, error) {
	loss, err := t.batch.mean(ctx, t.weights, t.gradient)
	if err != nil {
		return Record{}, err
	}
	if !finite(loss) {
		return Record{}, &NonFiniteError{t.step, "loss"}
	}
	return Record{Step: t.step, Loss: loss, Probe: t.weights.Probe()}, nil
}

// An Observer is told the state of a training; its error stops the training.
type Observer func(Record) error

// Run does the given number of steps and tells the observer the state before
// the first, after every step whose number is a multiple of every, and after
// the last. It stops at the first error, with the valid steps kept.
func (t *Trainer) Run(ctx context.Context, steps, every int, observe Observer) error {
	if steps < 0 || every < 1 || observe == nil {
		return fmt.Errorf("%d steps observed every %d, expected at least 0 and at least 1, and an observer", steps, every)
	}
	tell := func() error {
		r, err := t.Record(ctx)
		if err != nil {
			return err
		}
		return observe(r)
	}
	if err := tell(); err != nil {
		return err
	}
	for i := range steps {
		if _, err := t.Step(ctx); err != nil {
			return err
		}
		if t.step%every == 0 || i == steps-1 {
			if err := tell(); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkTasks(net Network, tasks []*Task, thoughts Thoughts) error {
	if thoughts < Superposition || thoughts > GeneratedUnit {
		return fmt.Errorf("unknown source of thoughts %d", int(thoughts))
	}
	if len(tasks) == 0 {
		return errors.New("no tasks")
	}
	for i, t := range tasks {
		if t == nil || len(t.thoughts) == 0 {
			return fmt.Errorf("task %d: %w", i, errNoTask)
		}
		if t.order > net.Symbols() {
			return fmt.Errorf("task %d: %d vertices for %d symbols", i, t.order, net.Symbols())
		}
		if t.given && thoughts != Superposition {
			return fmt.Errorf("task %d: a given thought is not used when thoughts are generated", i)
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
