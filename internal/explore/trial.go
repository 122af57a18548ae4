package explore

import (
	"context"

	"muflow/sim"
)

// A trial is one training: a setting, the model and how it is trained.
type trial struct {
	setting *Setting
	alpha   float64
	dials   sim.Dials
	loss    sim.Loss
	thought []float64 // in place of the superposition
	also    []int     // right vertices beside the demonstrated one
	labels  []int     // from which the label is drawn, nil: the demonstrated vertex
	anew    bool      // thoughts are generated with the present logit
	partner float64   // weight of the setting's partner
	how     descent   // η = 0 and no steps: those that suit the setting
}

// reduced returns the reduced theory of the trial.
func (t *trial) reduced(net *sim.Model) *reduced {
	r := newReduced(t.setting, t.alpha, t.dials)
	if t.thought != nil {
		r.lambda = t.thought
	}
	for _, v := range t.also {
		r.targets[v] = 1
	}
	if len(t.labels) > 0 {
		clear(r.targets)
		for _, v := range t.labels {
			r.targets[v] = 1
		}
		r.drawn = true
	}
	if t.anew {
		r.anew = t.setting.C
	}
	return r.named(net)
}

// network returns what is trained.
func (t *trial) network() (*sim.Model, error) {
	n := t.setting.Instance.Graph.Order()
	if t.partner > 0 {
		n = max(n, t.setting.partner.Instance.Graph.Order())
	}
	return sim.NewModel(n, t.alpha, t.dials)
}

func (t *trial) reduce() (Finding, error) {
	net, err := t.network()
	if err != nil {
		return Finding{}, err
	}
	return t.reduced(net).finding(t.how.start), nil
}

// task returns the step as it is trained.
func (t *trial) task() (*sim.Task, error) {
	task, err := sim.NewTask(t.setting.Instance, t.setting.C, t.loss)
	if err == nil && t.thought != nil && t.setting.C > 0 {
		task, err = task.WithThought(t.thought)
	}
	if err == nil && t.also != nil {
		task, err = task.WithTargets(append([]int{t.setting.Target()}, t.also...)...)
	}
	return task, err
}

// settle chooses the learning rate and the steps that were left open.
func (t *trial) settle(net *sim.Model) (how descent, err error) {
	how = t.how
	how.anew = t.anew
	if how.eta == 0 {
		if how.eta, err = rate(t.setting, t.alpha); err != nil {
			return how, err
		}
		slow := t.reduced(net).rate(how.start, how.eta)
		switch {
		case t.dials != (sim.Dials{}) || t.anew:
			how.eta = slow
		case how.samples == 0: // so that no step passes the end
			how.eta = min(how.eta, slow)
			if t.partner > 0 {
				how.eta = min(how.eta, newReduced(t.setting.partner, t.alpha, t.dials).rate(how.start, how.eta))
			}
		}
		how.eta /= max(1, float64(how.value*float64(net.Symbols()))) // one weight, not n
		if how.samples > 0 {                                         // a sample's curvature is not shared by all n logits
			how.eta /= float64(net.Symbols())
		}
	}
	if how.steps[2] == 0 {
		how.steps = exactSteps
		if how.samples > 0 {
			how.steps = sampleSteps
		}
	}
	return how, nil
}

// train trains the simulated transformer.
func (t *trial) train(ctx context.Context) (*sim.Model, *sim.Task, *trained, error) {
	net, err := t.network()
	if err != nil {
		return nil, nil, nil, err
	}
	task, err := t.task()
	if err != nil {
		return nil, nil, nil, err
	}
	parts := []part{{task, 1 - t.partner}}
	if len(t.labels) > 0 {
		parts = nil
		for _, v := range t.labels {
			towards, err := task.WithTargets(v)
			if err != nil {
				return nil, nil, nil, err
			}
			parts = append(parts, part{towards, 1 / float64(len(t.labels))})
		}
	}
	if t.partner > 0 {
		other, err := sim.NewTask(t.setting.partner.Instance, t.setting.partner.C, t.loss)
		if err != nil {
			return nil, nil, nil, err
		}
		parts = append(parts, part{other, t.partner})
	}
	how, err := t.settle(net)
	if err != nil {
		return nil, nil, nil, err
	}
	end, err := how.run(ctx, net, parts, 1)
	return net, task, end, err
}

// simulate trains and reads the conclusions off the end.
func (t *trial) simulate(ctx context.Context) (Finding, error) {
	net, task, end, err := t.train(ctx)
	if err != nil {
		return Finding{}, err
	}
	return end.finding(net, t.setting, task)
}

// trainThoughts keeps training the thoughts at a rate while the prediction
// stage trains.
func trainThoughts(ctx context.Context, t *trial, rate float64) (Finding, error) {
	net, step, end, err := t.train(ctx) // the thought as the generation stage leaves it
	if err != nil {
		return Finding{}, err
	}
	in := t.setting.Instance
	answer, err := sim.NewTask(in, in.Steps(), sim.Prediction)
	if err != nil {
		return Finding{}, err
	}
	how, err := t.settle(net)
	if err != nil {
		return Finding{}, err
	}
	w := end.weights
	right := false
	for range 4000 {
		if err := ctx.Err(); err != nil {
			return Finding{}, err
		}
		thoughts, err := sim.Think(net, answer, nil, w, true)
		if err != nil {
			return Finding{}, err
		}
		given, err := answer.WithThought(thoughts[answer.Step()-1])
		if err != nil {
			return Finding{}, err
		}
		e, err := sim.Evaluate(net, given, nil, w)
		if err != nil {
			return Finding{}, err
		}
		right = true
		for v, l := range e.Logits {
			right = right && (v == in.Target || l < e.Logits[in.Target])
		}
		g, err := symmetric(net, step, w)
		if err != nil {
			return Finding{}, err
		}
		values := w.Values()
		for i := range values {
			if i >= len(values)-2 {
				values[i] -= float64(0.5 * e.Gradient.Values()[i])
			} else if rate > 0 {
				values[i] -= float64(rate * how.eta * g[i])
			}
		}
	}
	return Finding{Answers: sign(right)}, nil
}
