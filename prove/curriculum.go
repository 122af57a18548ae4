package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"muflow/internal/portable"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/internal/runlog"
	"muflow/theory"
)

// A ThoughtSource says which thoughts a stage of the curriculum starts from.
type ThoughtSource uint8

// The thoughts before a stage.
const (
	UniformThoughts ThoughtSource = iota // uniform superpositions of N_c (assumption A8)
	FrozenThoughts                       // walk weights of the logits that the earlier stages ended with
	CurrentThoughts                      // walk weights of the present logit, generated anew all the time
)

var sourceNames = [...]string{"uniform", "frozen", "current"}

// String returns the word of the command line.
func (s ThoughtSource) String() string { return sourceNames[s] }

// MarshalText writes the word of String.
func (s ThoughtSource) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Curriculum is the training of all stages in a row under the Coconut loss:
// stage c+1 moves the one logit μ on the step c of the instances that have
// one, and the last stage moves μ_A and μ_R on the thoughts after all steps.
type Curriculum struct {
	Alpha     *big.Rat      // α
	Thoughts  ThoughtSource // what the stages start from
	Free      bool          // thoughts keep the norm that they grow to, else each has unit norm
	Carry     bool          // each stage starts where the one before ended, else from 0 (assumption A5)
	StageTime float64       // t = learning rate × steps of a stage of thoughts
	LastTime  float64       // the same of the prediction stage
	Digits    int           // of the limits
	Steps     int           // of gradient descent in each stage of thoughts, to go beside the flow; 0: none
	LastSteps int           // the same in the prediction stage
	Prove     bool          // prove a collapse: no equilibrium on the way from a start > 0 down to 0
}

// A CurriculumStage is one stage of thoughts. Start and End are those of the
// integrated flow. Limit is where the flow from Start tends, a zero that is
// proved; that the flow gets there rests on the integration.
type CurriculumStage struct {
	Step      int       `json:"step"`
	Instances int       `json:"instances"`
	Start     float64   `json:"start"`
	End       float64   `json:"end"`
	Error     float64   `json:"integration_error"` // of End: the difference of two runs, widened tenfold
	Descent   *float64  `json:"descent,omitempty"` // the end of gradient descent on the same drift, from its own start
	Status    string    `json:"status"`            // finite, plus-infinity or minus-infinity
	Limit     *Number   `json:"limit,omitempty"`
	Threshold *Number   `json:"threshold,omitempty"`       // the largest unstable zero below the limit, if it is > 0: from below it the flow falls
	Collapse  bool      `json:"collapse_proved,omitempty"` // μ' < 0 on all of [0, Start], proved: every start there falls to 0 and below
	Logits    []float64 `json:"logits,omitempty"`          // of the thoughts that the stage starts from, if not the present one
}

// A CurriculumEnd is the prediction stage after the thoughts.
type CurriculumEnd struct {
	Instances int       `json:"instances"`
	Positive  bool      `json:"positive"` // all logits of the thoughts are > 0, the premise of Theorems 2 and 3
	Carry     float64   `json:"mu_A"`     // at LastTime
	Lift      float64   `json:"mu_R"`
	Error     float64   `json:"integration_error"`
	Descent   []float64 `json:"descent,omitempty"`     // (μ_A, μ_R) by gradient descent
	Ratio     *float64  `json:"ratio_limit,omitempty"` // of the thoughts: m + Δ, or −1/Δ; nil if not Positive
	Right     int       `json:"right"`                 // instances whose target has the largest logit at LastTime
	Between   int       `json:"right_between_candidates"`
	Promised  int       `json:"promised"` // instances of which T3-answer says that they become right and stay so
	Logits    []float64 `json:"logits,omitempty"`
}

// A CurriculumRun is one curriculum, as a trajectory.
type CurriculumRun struct {
	Thoughts ThoughtSource     `json:"thoughts"`
	Free     bool              `json:"free_norm,omitempty"`
	Carry    bool              `json:"carry"`
	Stages   []CurriculumStage `json:"stages"`
	End      CurriculumEnd     `json:"prediction"`
}

// RunCurriculum follows the reduced flow through all stages. With thoughts
// of weights λ, and n the most vertices of an instance,
//
//	μ' = (α/n)·mean_i( b_p − E[b] ),   b_v = Σ_{u→v} λ_u,  ξ_v = α(λ_v + μ b_v)
//
// where λ itself depends on μ if it is generated anew; as in training, no
// derivative is taken through it. Limits are enclosed; Start, End and the
// prediction stage are approximate: no error bound.
// arXiv 2509.23365, curriculum; theory.md sections 2, 4 and 5.
func RunCurriculum(ctx context.Context, instances []graph.Instance, c Curriculum, progress runlog.Progress) (*CurriculumRun, error) {
	if c.Carry && c.Thoughts == FrozenThoughts {
		return nil, errors.New("thoughts of earlier logits go with a start from 0")
	}
	if !(c.StageTime > 0) || !(c.LastTime > 0) || math.IsInf(c.StageTime, 0) || math.IsInf(c.LastTime, 0) {
		return nil, fmt.Errorf("times %g and %g, expected positive finite ones", c.StageTime, c.LastTime)
	}
	if c.Free && c.Thoughts == UniformThoughts {
		return nil, errors.New("uniform thoughts have unit norm")
	}
	run := &CurriculumRun{Thoughts: c.Thoughts, Free: c.Free, Carry: c.Carry}
	longest, symbols := 0, 0
	for i := range instances {
		longest, symbols = max(longest, instances[i].Steps()), max(symbols, instances[i].Graph.Order())
	}
	if c.Steps < 0 || c.LastSteps < 0 || (c.Steps == 0) != (c.LastSteps == 0) {
		return nil, fmt.Errorf("%d and %d steps of gradient descent, expected both or none", c.Steps, c.LastSteps)
	}
	var logits, descents []float64 // where the stages ended
	for step := range longest {
		d, err := newStageDrift(instances, c, step, symbols, logits)
		if err != nil {
			return nil, err
		}
		stage := CurriculumStage{Step: step, Instances: len(d.steps)}
		if c.Thoughts == FrozenThoughts {
			stage.Logits = append([]float64{}, logits...)
		}
		if c.Carry && step > 0 {
			stage.Start = run.Stages[step-1].End
		}
		end, failure, err := reduced.IntegrateTwice(ctx, func(_ float64, y, dy []float64) { dy[0] = d.at(y[0]) }, []float64{stage.Start}, c.StageTime)
		if err != nil {
			return nil, fmt.Errorf("stage of step %d: %w", step, err)
		}
		stage.End, stage.Error = end[0], failure
		if err := d.limit(ctx, &stage, c.Digits); err != nil {
			return nil, fmt.Errorf("stage of step %d: %w", step, err)
		}
		if c.Prove && c.Thoughts == CurrentThoughts && stage.Start > 0 && stage.End < 0 {
			if stage.Collapse, err = d.falls(ctx, stage.Start); err != nil {
				return nil, fmt.Errorf("stage of step %d: %w", step, err)
			}
		}
		if c.Steps > 0 {
			start := 0.0
			if c.Carry && step > 0 {
				start = descents[step-1]
			}
			below, err := newStageDrift(instances, c, step, symbols, descents)
			if err != nil {
				return nil, err
			}
			x, err := below.descend(ctx, start)
			if err != nil {
				return nil, err
			}
			stage.Descent = &x
			descents = append(descents, x)
		}
		logits = append(logits, stage.End)
		run.Stages = append(run.Stages, stage)
		if progress != nil {
			progress(step+1, longest+1)
		}
	}
	var err error
	run.End, err = lastStage(ctx, instances, c, logits, descents)
	if err == nil && progress != nil {
		progress(longest+1, longest+1)
	}
	return run, err
}

// ThoughtOf returns the thought of an instance after so many steps (below 0:
// all of its demonstrated path). The logits are those that the thoughts were
// generated with, one for each step; the last one stands for all further ones.
//
// Approximate: no error bound.
// theory.md section 4.
func (c *Curriculum) ThoughtOf(in *graph.Instance, steps int, logits []float64) []float64 {
	if steps < 0 {
		steps = in.Steps()
	}
	weights := make([]float64, in.Graph.Order())
	if c.Thoughts == UniformThoughts {
		for v, inside := range in.Reached(steps) {
			if inside {
				weights[v] = 1
			}
		}
		normalise(weights)
		return weights
	}
	weights[in.Root] = 1
	next := make([]float64, len(weights))
	for i := range steps {
		expand(in.Graph, weights, logits[min(i, len(logits)-1)], next)
		weights, next = next, weights
		if !c.Free {
			normalise(weights)
		}
	}
	return weights
}

func expand(g *graph.Digraph, weights []float64, logit float64, next []float64) {
	copy(next, weights)
	for _, e := range g.Edges() {
		next[e[1]] += float64(logit * weights[e[0]])
	}
}

func normalise(weights []float64) {
	norm := 0.0
	for _, w := range weights {
		norm = portable.Hypot(norm, w)
	}
	for v := range weights {
		weights[v] /= norm
	}
}

// lastStage follows the two logits of the prediction stage in log(1+t).
func lastStage(ctx context.Context, instances []graph.Instance, c Curriculum, logits, descents []float64) (CurriculumEnd, error) {
	out := CurriculumEnd{Instances: len(instances), Positive: true}
	if c.Thoughts == CurrentThoughts {
		logits, descents = logits[len(logits)-1:], descents[max(0, len(descents)-1):]
	}
	if c.Thoughts != UniformThoughts {
		out.Logits = append([]float64{}, logits...)
		for _, mu := range logits {
			out.Positive = out.Positive && mu > 0
		}
	}
	lambda := make([][]float64, len(instances))
	least, excess := math.Inf(1), math.Inf(-1)
	for i := range instances {
		in := &instances[i]
		lambda[i] = c.ThoughtOf(in, -1, logits)
		if _, err := theory.PredictionOf(in, in.Steps(), nil); err == nil && out.Positive {
			out.Promised++
		} else if err != nil && !isPremise(err) {
			return out, err
		}
		least = min(least, lambda[i][in.Target])
		for v, w := range lambda[i] {
			if v != in.Target {
				excess = max(excess, w-lambda[i][in.Target])
			}
		}
	}
	if out.Positive {
		ratio := least + excess
		if 1+float64(excess*ratio) < 0 {
			ratio = -1 / excess
		}
		out.Ratio = &ratio
	}
	drift := func(lambda [][]float64, y, dy []float64) { // y = (μ_A, μ_R)
		dy[0], dy[1] = 0, 0
		for i := range instances {
			a, r := answerDrift(&instances[i], lambda[i], y[0], y[1])
			dy[0] += a
			dy[1] += r
		}
		dy[0] /= float64(len(instances))
		dy[1] /= float64(len(instances))
	}
	end, failure, err := reduced.IntegrateTwice(ctx, func(s float64, y, dy []float64) { // s = log(1+t)
		drift(lambda, y, dy)
		dy[0] *= portable.Exp(s)
		dy[1] *= portable.Exp(s)
	}, []float64{0, 0}, portable.Log1p(c.LastTime))
	if err != nil {
		return out, fmt.Errorf("prediction stage: %w", err)
	}
	if c.LastSteps > 0 {
		given := make([][]float64, len(instances))
		for i := range instances {
			given[i] = c.ThoughtOf(&instances[i], -1, descents)
		}
		out.Descent = []float64{0, 0}
		dy := make([]float64, 2)
		for range c.LastSteps {
			if err := ctx.Err(); err != nil {
				return out, err
			}
			drift(given, out.Descent, dy)
			for k := range dy {
				out.Descent[k] += float64(c.LastTime / float64(c.LastSteps) * dy[k])
			}
		}
	}
	out.Carry, out.Lift, out.Error = end[0], end[1], failure
	for i := range instances {
		overall, between := AnswerRight(&instances[i], lambda[i], end[0], end[1])
		count(&out.Right, overall)
		count(&out.Between, between)
	}
	return out, nil
}

// answerDrift returns −∂ℓ/∂μ_A and −∂ℓ/∂μ_R of one instance.
func answerDrift(in *graph.Instance, lambda []float64, carry, lift float64) (a, r float64) {
	logit := func(v int) float64 {
		x := float64(carry * lambda[v])
		if v == in.Target || v == in.Other {
			x += lift
		}
		return x
	}
	mine := logit(in.Target)
	missing := 0.0
	top := 0.0
	for v := range lambda {
		top = max(top, logit(v)-mine)
	}
	total := portable.Exp(-top)
	for v := range lambda {
		if v == in.Target {
			continue
		}
		w := portable.Exp(logit(v) - mine - top)
		total += w
		a += float64(w * (lambda[in.Target] - lambda[v]))
		if v != in.Other {
			missing += w
		}
	}
	return a / total, missing / total
}

// AnswerRight reports, for a thought and the two logits, whether the target has
// the largest logit of all vertices, and whether it has the larger one of the
// two candidates.
//
//	ξ_v = μ_A λ_v + μ_R 1{v candidate}
//
// Approximate: no error bound.
// arXiv 2509.23365, Theorem 3.
func AnswerRight(in *graph.Instance, lambda []float64, carry, lift float64) (overall, between bool) {
	mine := float64(carry*lambda[in.Target]) + lift
	overall = true
	for v, w := range lambda {
		x := float64(carry * w)
		if v == in.Other {
			x += lift
		}
		overall = overall && (v == in.Target || mine > x)
	}
	return overall, carry*lambda[in.Target] > carry*lambda[in.Other]
}
