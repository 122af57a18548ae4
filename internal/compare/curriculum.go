package compare

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/sim"
	"muflow/theory"
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
	train := func(law graph.Law, groups [][]*sim.Task, steps int, rate float64) error {
		trainer, err := TrainerOf(law, net, groups, w, sim.Settings{LearningRate: rate, Batch: d.Batch, Seed: d.Seed, Thoughts: source, Start: done, Workers: d.Workers})
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
		groups, err := sim.Groups(c.Label, instances, step, sim.Coconut)
		if err == nil && c.Thoughts == prove.FrozenThoughts && step > 0 {
			groups, err = giveThoughts(instances, groups, c, step, logits)
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
		if err := train(c.Label, groups, d.Steps, c.StageTime/float64(d.Steps)); err != nil {
			return nil, fmt.Errorf("stage of step %d: %w", step, err)
		}
		diagonal := w.Probe().Diagonal
		stage.End, stage.Spread = diagonal.Mean, diagonal.Spread
		logits = append(logits, stage.End)
		out.Stages = append(out.Stages, stage)
	}
	tasks, err := sim.NewTasks(instances, 0, sim.Prediction)
	if err != nil {
		return nil, err
	}
	groups := slices.Collect(slices.Chunk(tasks, 1))
	if c.Thoughts == prove.FrozenThoughts {
		if groups, err = giveThoughts(instances, groups, c, -1, logits); err != nil {
			return nil, err
		}
	}
	if err := train(graph.PathLaw, groups, d.LastSteps, c.LastTime/float64(d.LastSteps)); err != nil {
		return nil, fmt.Errorf("prediction stage: %w", err)
	}
	out.Carry, out.Lift = w.Carry(), w.Lift()
	for i, group := range groups {
		overall, between, err := Answer(net, group[0], w, source, &instances[i])
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

// Bands of JudgeCurriculum: how far the transformer may be from gradient descent
// on the reduced drift with the same steps (rounding, far from tightly), and how
// far gradient descent from the flow for its steps to count as short.
const (
	roundingBand = 1e-7
	farFromFlow  = 0.01 // times 1 + |μ|
)

// A Judgement is what a training in the transformer says of the reduced flow.
type Judgement struct {
	Verdict    theory.Verdict `json:"verdict"`
	Reason     string         `json:"reason"`
	Difference float64        `json:"largest_difference"` // of a logit, transformer minus gradient descent on the reduced drift
}

// JudgeCurriculum compares a training by the exact average with the flow.
// Where learning rate × curvature is at most 2 (assumption A14) gradient descent
// does not expand errors, and the transformer must do what gradient descent on
// the reduced drift does, and that must be as near the flow as prove.Beside
// says: else inconsistent. It is consistent if they are near, and
// not-applicable if the premise fails or the steps are so long that gradient
// descent ends elsewhere than the flow.
func JudgeCurriculum(run *prove.CurriculumRun, simulated *SimulatedRun) Judgement {
	out := Judgement{Verdict: theory.Consistent, Reason: "gradient descent, transformer and flow agree"}
	settle := func(v theory.Verdict, format string, args ...any) {
		// inconsistent outweighs not-applicable, the first of a kind is told
		if out.Verdict == theory.Consistent || v == theory.Inconsistent && out.Verdict != v {
			out.Verdict, out.Reason = v, fmt.Sprintf(format, args...)
		}
	}
	premise := true // a stage that fails it spoils what comes after
	judge := func(what string, b prove.Beside, trained float64) {
		difference := math.Abs(trained - b.End)
		out.Difference = max(out.Difference, difference)
		switch {
		case !premise:
		case !(b.Curvature <= 2):
			premise = false
			settle(theory.NotApplicable, "A14: %s: learning rate × curvature ≤ %.3g, expected at most 2", what, b.Curvature)
		case !(b.Rounding <= roundingBand):
			premise = false
			settle(theory.NotApplicable, "A14: %s: the steps may let rounding grow to %.1g", what, b.Rounding)
		case !(difference <= roundingBand):
			settle(theory.Inconsistent, "%s: the transformer ends %.3g from gradient descent on the reduced drift", what, difference)
		case !(math.Abs(b.End-b.Flow) <= b.Bound+roundingBand):
			settle(theory.Inconsistent, "%s: gradient descent ends %.3g from the flow, at most %.3g was expected", what, math.Abs(b.End-b.Flow), b.Bound)
		case !(math.Abs(b.End-b.Flow) <= farFromFlow*(1+math.Abs(b.Flow))):
			settle(theory.NotApplicable, "A14: %s: steps too long for the flow: gradient descent ends at %.6g, the flow at %.6g", what, b.End, b.Flow)
		}
	}
	for k, s := range run.Stages {
		judge(fmt.Sprintf("step %d", s.Step), *s.Beside, simulated.Stages[k].End)
	}
	judge("prediction, μ_A", run.End.Beside[0], simulated.Carry)
	judge("prediction, μ_R", run.End.Beside[1], simulated.Lift)
	return out
}

// giveThoughts replaces the last thought of groups of tasks that stand in the
// order of the instances which have the step, −1: of all instances, after their
// paths.
func giveThoughts(instances []graph.Instance, groups [][]*sim.Task, c prove.Curriculum, step int, logits []float64) ([][]*sim.Task, error) {
	var out [][]*sim.Task
	for i := range instances {
		if step >= 0 {
			if _, err := c.Label.Step(&instances[i], step); err != nil {
				continue
			}
		}
		if len(out) == len(groups) {
			return nil, errors.New("fewer tasks than instances with the step")
		}
		var group []*sim.Task
		thought := c.ThoughtOf(&instances[i], step, logits)
		for _, task := range groups[len(out)] {
			given, err := task.WithThought(thought)
			if err != nil {
				return nil, err
			}
			group = append(group, given)
		}
		out = append(out, group)
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
