package sim

import (
	"context"
	"slices"
	"testing"
)

// averaged returns the mean over tasks of loss and gradient, averaged over all
// ways to call vertices by symbols.
func averaged(net Network, tasks []*Task, w *Weights, thoughts Thoughts) (float64, *Weights, error) {
	trainer, err := NewTrainer(net, tasks, w, Settings{LearningRate: 1, Thoughts: thoughts})
	if err != nil {
		return 0, nil, err
	}
	gradient := w.Clone()
	loss, err := trainer.batch.averaged(context.Background(), w, gradient)
	if err == nil {
		err = checkFinite(0, loss, gradient)
	}
	return loss, gradient, err
}

// relabel returns the weights in which symbol v is called label[v].
func relabel(t testing.TB, w *Weights, label []int) *Weights {
	t.Helper()
	if err := checkLabel(label, w.symbols, w.symbols); err != nil {
		t.Fatal(err)
	}
	out := w.Clone()
	for i, x := range w.scores().entries {
		if w.form == Full {
			out.values[label[i/w.symbols]*w.symbols+label[i%w.symbols]] = x
		} else {
			out.values[label[i]] = x
		}
	}
	return out
}

// A record is the state of a training after a number of steps.
type record struct {
	step, stage int
	loss        float64
	Probe
}

func recordOf(t *Trainer) (record, error) {
	loss, err := t.MeanLoss(context.Background())
	return record{step: t.step, loss: loss, Probe: t.weights.Probe()}, err
}

// run does steps and tells the observer the state before the first, after every
// step whose number is a multiple of every, and after the last.
func run(ctx context.Context, t *Trainer, steps, every int, observe func(record) error) error {
	tell := func() error {
		r, err := recordOf(t)
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

// through evaluates a task through all its steps.
func through(m *Model, t *Task, label []int, w *Weights) (loss float64, logits []float64, gradient *Weights) {
	p := m.newPass(true)
	gradient = w.Clone()
	clear(gradient.values)
	loss = p.forward(t, t.thoughts[:1], label, w)
	p.backward(t, t.thoughts[:1], label, w, gradient)
	return loss, slices.Clone(p.readout()), gradient
}
