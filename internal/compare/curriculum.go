package compare

import (
	"context"
	"errors"
	"fmt"
	"math"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/sim"
)

// A Descent says how the simulated transformer is trained through a
// curriculum. The learning rates are the times of the curriculum by the steps.
type Descent struct {
	Steps     int    // of each stage of thoughts
	LastSteps int    // of the prediction stage
	Batch     int    // samples in a step, each with a fresh relabelling; 0: the exact average over all
	Seed      uint64 // of the samples
	Workers   int    // 0: one for each processor
}

// A SimulatedStage is a stage of thoughts in the simulated transformer.
type SimulatedStage struct {
	Step   int     `json:"step"`
	Start  float64 `json:"start"` // mean diagonal of the score matrix
	End    float64 `json:"end"`
	Spread float64 `json:"spread"` // standard deviation of the diagonal at the end
}

// A SimulatedRun is a curriculum in the simulated transformer.
type SimulatedRun struct {
	Stages  []SimulatedStage `json:"stages"`
	Carry   float64          `json:"mu_A"`
	Lift    float64          `json:"mu_R"`
	Right   int              `json:"right"` // instances whose target has the largest logit
	Between int              `json:"right_between_candidates"`
}

// SimulateCurriculum trains the transformer through the stages of a curriculum
// by gradient descent under the Coconut loss, with thoughts that are given as
// uniform superpositions, given as those of the earlier logits, or generated
// by the transformer itself, and answers every instance at the end.
// Approximate: no error bound.
// arXiv 2509.23365, curriculum and Theorem 3; theory.md, assumptions A5, A8, A13.
// Units: t = learning rate × steps since the start of a stage.
func SimulateCurriculum(ctx context.Context, instances []graph.Instance, c prove.Curriculum, d Descent, progress runlog.Progress) (*SimulatedRun, error) {
	if d.Steps < 1 || d.LastSteps < 1 {
		return nil, fmt.Errorf("%d and %d steps, expected at least 1", d.Steps, d.LastSteps)
	}
	symbols, longest := 0, 0
	for i := range instances {
		symbols, longest = max(symbols, instances[i].Graph.Order()), max(longest, instances[i].Steps())
	}
	gain, _ := c.Alpha.Float64()
	net, err := sim.NewModel(symbols, gain, sim.Dials{})
	if err != nil {
		return nil, err
	}
	source := sim.Superposition
	if c.Thoughts == prove.CurrentThoughts {
		source = sim.GeneratedUnit
		if c.Free {
			source = sim.Generated
		}
	}
	w, err := sim.NewWeights(sim.Diagonal, symbols)
	if err != nil {
		return nil, err
	}
	out := &SimulatedRun{}
	done, total := 0, longest*d.Steps+d.LastSteps
	train := func(tasks []*sim.Task, steps int, rate float64) error {
		trainer, err := sim.NewTrainer(net, tasks, w, sim.Settings{LearningRate: rate, Batch: d.Batch, Seed: d.Seed, Thoughts: source, Start: done, Workers: d.Workers})
		if err != nil {
			return err
		}
		for range steps {
			if _, err := trainer.Step(ctx); err != nil {
				return err
			}
			if done++; progress != nil {
				progress(done, total)
			}
		}
		w = trainer.Weights()
		return nil
	}
	var logits []float64
	for step := range longest {
		tasks, err := sim.NewTasks(instances, step, sim.Coconut)
		if err == nil && c.Thoughts == prove.FrozenThoughts && step > 0 {
			tasks, err = giveThoughts(instances, tasks, c, step, logits)
		}
		if err != nil {
			return nil, err
		}
		stage := SimulatedStage{Step: step}
		if !c.Carry {
			if err := w.SetScores(0, 0); err != nil {
				return nil, err
			}
		}
		stage.Start = w.Probe().Diagonal.Mean
		if err := train(tasks, d.Steps, c.StageTime/float64(d.Steps)); err != nil {
			return nil, fmt.Errorf("stage of step %d: %w", step, err)
		}
		diagonal := w.Probe().Diagonal
		stage.End, stage.Spread = diagonal.Mean, diagonal.Spread
		logits = append(logits, stage.End)
		out.Stages = append(out.Stages, stage)
	}
	tasks, err := sim.NewTasks(instances, 0, sim.Prediction)
	if err == nil && c.Thoughts == prove.FrozenThoughts {
		tasks, err = giveThoughts(instances, tasks, c, -1, logits)
	}
	if err != nil {
		return nil, err
	}
	if err := train(tasks, d.LastSteps, c.LastTime/float64(d.LastSteps)); err != nil {
		return nil, fmt.Errorf("prediction stage: %w", err)
	}
	out.Carry, out.Lift = w.Carry(), w.Lift()
	for i, task := range tasks {
		overall, between, err := Answer(net, task, w, source, &instances[i])
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		if overall {
			out.Right++
		}
		if between {
			out.Between++
		}
	}
	return out, nil
}

// giveThoughts replaces the last thought of tasks that stand in the order of
// the instances which have the step, −1: of all instances, after their paths.
func giveThoughts(instances []graph.Instance, tasks []*sim.Task, c prove.Curriculum, step int, logits []float64) ([]*sim.Task, error) {
	var out []*sim.Task
	for i := range instances {
		if step >= instances[i].Steps() {
			continue
		}
		if len(out) == len(tasks) {
			return nil, errors.New("fewer tasks than instances with the step")
		}
		task, err := tasks[len(out)].WithThought(c.ThoughtOf(&instances[i], step, logits))
		if err != nil {
			return nil, err
		}
		out = append(out, task)
	}
	return out, nil
}

// Answer lets the transformer think, if it is to, and read out. It reports
// whether the target has the largest logit of all vertices, and whether it has
// the larger one of the two candidates.
func Answer(net sim.Network, task *sim.Task, w *sim.Weights, source sim.Thoughts, in *graph.Instance) (overall, between bool, err error) {
	if source != sim.Superposition && task.Step() > 0 {
		thoughts, err := sim.Think(net, task, nil, w, source == sim.GeneratedUnit)
		if err != nil {
			return false, false, err
		}
		if task, err = task.WithThought(thoughts[task.Step()-1]); err != nil {
			return false, false, err
		}
	}
	e, err := sim.Evaluate(net, task, nil, w)
	if err != nil {
		return false, false, err
	}
	mine, best := e.Logits[in.Target], math.Inf(-1)
	for v, x := range e.Logits {
		if v != in.Target {
			best = max(best, x)
		}
	}
	return mine > best, mine > e.Logits[in.Other], nil
}
