package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"muflow/internal/portable"
	"slices"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/internal/runlog"
	"muflow/ode/ball"
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
	Label     graph.Law     // of the labels; an instance is left out at a step without one
	Thoughts  ThoughtSource // what the stages start from
	Free      bool          // thoughts keep the norm that they grow to, else each has unit norm
	Carry     bool          // each stage starts where the one before ended, else from 0 (assumption A5)
	StageTime float64       // t = learning rate × steps of a stage of thoughts
	LastTime  float64       // the same of the prediction stage
	Digits    int           // of the limits and of the ends that they rest on
	Steps     int           // of gradient descent in each stage of thoughts, to go beside the flow; 0: none
	LastSteps int           // the same in the prediction stage
}

// A CurriculumStage is one stage of thoughts. Start and End are those of the
// flow in float64; Limit is where the flow from Start tends, proved.
type CurriculumStage struct {
	Step      int          `json:"step"`
	Instances int          `json:"instances"`
	Start     float64      `json:"start"`
	End       float64      `json:"end"`
	Error     float64      `json:"integration_error"`    // of End: the difference of two runs, widened tenfold
	EndBounds *Number      `json:"end_bounds,omitempty"` // of the end, where something rests on it
	Beside    *Beside      `json:"descent,omitempty"`    // gradient descent, on the ends of its own earlier stages
	Status    theory.Limit `json:"status"`
	Limit     *Number      `json:"limit,omitempty"`
	Threshold *Number      `json:"threshold,omitempty"` // the largest zero below the limit, if there is one > 0 (to digits, or places near 0): from below it the flow falls
	Collapse  *Collapse    `json:"collapse,omitempty"`
	Reason    string       `json:"reason,omitempty"` // why something is undecided
	Logits    []float64    `json:"logits,omitempty"` // of the thoughts that the stage starts from, if not the present one
}

// A Collapse is the claim that with thoughts generated anew μ' < 0 for every
// μ ≥ 0: no equilibrium is there, and every start falls below 0.
type Collapse struct {
	Verdict theory.Verdict `json:"verdict"` // proved, or consistent: this flow fell
	Reason  string         `json:"reason,omitempty"`
}

// A CurriculumEnd is the prediction stage after the thoughts.
type CurriculumEnd struct {
	Instances int       `json:"instances"`
	Positive  bool      `json:"positive"` // all logits of the thoughts are > 0, proved: the premise of Theorems 2 and 3
	Carry     float64   `json:"mu_A"`     // at LastTime
	Lift      float64   `json:"mu_R"`
	Error     float64   `json:"integration_error"`
	Beside    []Beside  `json:"descent,omitempty"`     // gradient descent on (μ_A, μ_R), on the ends of its own stages
	Ratio     *Number   `json:"ratio_limit,omitempty"` // m + Δ, or −1/Δ; nil where the premise of Theorem 3 is not proved on every instance
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

func (c *Curriculum) validate() error {
	switch {
	case c.Carry && c.Thoughts == FrozenThoughts:
		return errors.New("thoughts of earlier logits go with a start from 0")
	case !(c.StageTime > 0) || !(c.LastTime > 0) || math.IsInf(c.StageTime, 0) || math.IsInf(c.LastTime, 0):
		return fmt.Errorf("times %g and %g, expected positive finite ones", c.StageTime, c.LastTime)
	case c.Free && c.Thoughts == UniformThoughts:
		return errors.New("uniform thoughts have unit norm")
	case c.Steps < 0 || c.LastSteps < 0 || (c.Steps == 0) != (c.LastSteps == 0):
		return fmt.Errorf("%d and %d steps of gradient descent, expected both or none", c.Steps, c.LastSteps)
	}
	return nil
}

// RunCurriculum follows the reduced flow through all stages. With thoughts
// of weights λ, and n the most vertices of an instance,
//
//	μ' = (α/n)·mean_i( b_p − E[b] ),   b_v = Σ_{u→v} λ_u,  ξ_v = α(λ_v + μ b_v)
//
// with the mean over the labels in the place of b_p, and where λ itself depends on μ if it is generated anew; as in training, no
// derivative is taken through it. Limits are proved, on enclosed ends of the
// stages before, or undecided; Start, End and the prediction stage are
// approximate: no error bound.
// arXiv 2509.23365, curriculum; theory.md sections 2, 4 and 5.
func RunCurriculum(ctx context.Context, instances []graph.Instance, c Curriculum, progress runlog.Progress) (*CurriculumRun, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	run := &CurriculumRun{Thoughts: c.Thoughts, Free: c.Free, Carry: c.Carry}
	longest, symbols := 0, 0
	for i := range instances {
		longest, symbols = max(longest, instances[i].Steps()), max(symbols, instances[i].Graph.Order())
	}
	var logits, descents []float64 // where the stages ended
	var ends []*stageEnd           // the same, nil where not enclosed
	for step := range longest {
		d := newStageDrift(instances, c, step, symbols, logits)
		if len(d.steps) == 0 {
			return nil, fmt.Errorf("stage of step %d: the law %v gives no instance a label", step, c.Label)
		}
		stage := CurriculumStage{Step: step, Instances: len(d.steps)}
		if c.Thoughts == FrozenThoughts {
			stage.Logits = append([]float64{}, logits...)
		}
		carried := c.Carry && step > 0
		if carried {
			stage.Start = logits[step-1]
		}
		var err error
		if stage.End, stage.Error, err = d.flow(ctx, stage.Start, c.StageTime); err != nil {
			return nil, fmt.Errorf("stage of step %d: %w", step, err)
		}
		end, err := stage.decide(ctx, instances, d.steps, c, symbols, ends)
		if err != nil {
			return nil, fmt.Errorf("stage of step %d: %w", step, err)
		}
		if c.Steps > 0 {
			start := 0.
			if carried {
				start = descents[step-1]
			}
			if stage.Beside, err = newStageDrift(instances, c, step, symbols, descents).descend(ctx, start); err != nil {
				return nil, fmt.Errorf("stage of step %d: %w", step, err)
			}
			descents = append(descents, stage.Beside.End)
		}
		logits, ends = append(logits, stage.End), append(ends, end)
		run.Stages = append(run.Stages, stage)
		if progress != nil {
			progress(step+1, longest+1)
		}
	}
	var err error
	run.End, err = lastStage(ctx, instances, c, logits, descents, ends)
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
func lastStage(ctx context.Context, instances []graph.Instance, c Curriculum, logits, descents []float64, ends []*stageEnd) (CurriculumEnd, error) {
	out := CurriculumEnd{Instances: len(instances), Positive: true}
	if c.Thoughts == CurrentThoughts {
		logits, descents, ends = logits[len(logits)-1:], descents[max(0, len(descents)-1):], ends[len(ends)-1:]
	}
	if c.Thoughts != UniformThoughts {
		out.Logits = append([]float64{}, logits...)
		for _, end := range ends {
			out.Positive = out.Positive && end != nil && end.sign > 0
		}
	}
	premise := out.Positive
	for i := range instances {
		in := &instances[i]
		if _, err := theory.PredictionOf(in, in.Steps(), nil); err == nil && out.Positive {
			out.Promised++
		} else if err != nil {
			if premise = false; !isPremise(err) {
				return out, err
			}
		}
	}
	if premise {
		at := make([]*ball.Ball, len(ends))
		for k, end := range ends {
			if c.Thoughts == UniformThoughts {
				continue
			}
			if end.tighten != nil {
				if err := end.narrow(ctx); err != nil {
					premise = false
					break
				}
			}
			at[k] = end.at
		}
		if premise {
			out.Ratio = c.ratio(instances, at)
		}
	}
	s := newAnswerStage(instances, &c, logits)
	end, failure, err := s.flow(ctx, c.LastTime)
	if err != nil {
		return out, fmt.Errorf("prediction stage: %w", err)
	}
	out.Carry, out.Lift, out.Error = end[0], end[1], failure
	if c.LastSteps > 0 {
		if out.Beside, err = newAnswerStage(instances, &c, descents).descend(ctx); err != nil {
			return out, fmt.Errorf("prediction stage: %w", err)
		}
	}
	for i := range instances {
		overall, between := AnswerRight(&instances[i], s.lambda[i], end[0], end[1])
		count(&out.Right, overall)
		count(&out.Between, between)
	}
	return out, nil
}

// ratio encloses the limit of μ_R/μ_A for the thoughts after all steps, nil if
// it is not known to be m + Δ or −1/Δ.
//
// Encloses the exact value for every point of the inputs.
func (c *Curriculum) ratio(instances []graph.Instance, logits []*ball.Ball) *Number {
	precision := ball.Bits(c.Digits) + 64
	number := func() *ball.Ball { return ball.New(precision) }
	var less, excess *ball.Ball // −m, Δ
	larger := func(x, y *ball.Ball) *ball.Ball {
		if x == nil {
			return number().Set(y)
		}
		return number().Max(x, y)
	}
	for i := range instances {
		in := &instances[i]
		weights, square := make([]*ball.Ball, in.Graph.Order()), number()
		reached := in.Reached(in.Steps())
		for v := range weights {
			weights[v] = number()
			if c.Thoughts == UniformThoughts && reached[v] || v == in.Root {
				weights[v].SetInt64(1)
			}
		}
		for step := 0; c.Thoughts != UniformThoughts && step < in.Steps(); step++ {
			next := make([]*ball.Ball, len(weights))
			for v := range next {
				next[v] = number()
				for _, u := range in.Graph.In(v) {
					next[v].Add(next[v], weights[u])
				}
				next[v].Mul(next[v], logits[min(step, len(logits)-1)])
				next[v].Add(next[v], weights[v])
			}
			weights = next
		}
		for _, w := range weights {
			square.Add(square, number().Sqr(w))
		}
		square.Sqrt(square)
		if c.Free {
			square.SetInt64(1)
		}
		target := number().Quo(weights[in.Target], square)
		less = larger(less, number().Neg(target))
		for v, w := range weights {
			if v != in.Target {
				w.Quo(w, square)
				excess = larger(excess, w.Sub(w, target))
			}
		}
	}
	ratio := number().Sub(excess, less)
	closed := number().Mul(excess, ratio)
	switch sign, ok := closed.AddInt64(closed, 1).Sign(); {
	case !ok:
		return nil
	case sign < 0:
		ratio.Neg(ratio.Quo(number().SetInt64(1), excess))
	}
	if !ratio.IsFinite() {
		return nil
	}
	return new(Enclose(ratio, c.Digits))
}

// An answerStage is the prediction stage on thoughts.
type answerStage struct {
	curriculum *Curriculum
	instances  []graph.Instance
	lambda     [][]float64
}

func newAnswerStage(instances []graph.Instance, c *Curriculum, logits []float64) *answerStage {
	s := &answerStage{c, instances, make([][]float64, len(instances))}
	for i := range instances {
		s.lambda[i] = c.ThoughtOf(&instances[i], -1, logits)
	}
	return s
}

// drift writes (μ_A, μ_R)'.
func (s *answerStage) drift(y, dy []float64) {
	dy[0], dy[1] = 0, 0
	for i := range s.instances {
		a, r := answerDrift(&s.instances[i], s.lambda[i], y[0], y[1])
		dy[0] += a
		dy[1] += r
	}
	dy[0] /= float64(len(s.instances))
	dy[1] /= float64(len(s.instances))
}

// curvature bounds that of the loss: ‖Cov φ‖ is at most the sum of the two
// variances, and those a quarter of the squared widths (Popoviciu).
func (s *answerStage) curvature() float64 {
	total := 0.
	for _, lambda := range s.lambda {
		total += float64((portable.Pow(slices.Max(lambda)-min(0, slices.Min(lambda)), 2) + 1) / 4)
	}
	return total / float64(len(s.lambda))
}

// flow returns (μ_A, μ_R) at a time from (0, 0), followed in s = log(1+t).
func (s *answerStage) flow(ctx context.Context, until float64) ([]float64, float64, error) {
	return reduced.IntegrateTwice(ctx, func(log float64, y, dy []float64) {
		s.drift(y, dy)
		dy[0] *= portable.Exp(log)
		dy[1] *= portable.Exp(log)
	}, []float64{0, 0}, portable.Log1p(until))
}

// descend follows gradient descent from (0, 0). With η·L ≤ 2 its map does not
// expand, as the loss is convex, nor does the flow; between two points the
// drift f changes by what it changes between them, so that the two are never
// farther apart than
//
//	η·Σ_n ‖f(θ_{n+1}) − f(θ_n)‖
//
// Approximate: no error bound.
// theory.md, assumption A14.
func (s *answerStage) descend(ctx context.Context) ([]Beside, error) {
	eta := s.curriculum.LastTime / float64(s.curriculum.LastSteps)
	x, f, g := make([]float64, 2), make([]float64, 2), make([]float64, 2)
	s.drift(x, f)
	bound, rounding := 0., 0.
	for range s.curriculum.LastSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for k := range x {
			x[k] += float64(eta * f[k])
		}
		s.drift(x, g)
		bound += float64(eta * portable.Hypot(g[0]-f[0], g[1]-f[1]))
		rounding += float64(1e-13 * (1 + portable.Hypot(x[0], x[1])))
		f, g = g, f
	}
	end, failure, err := s.flow(ctx, s.curriculum.LastTime)
	if err != nil {
		return nil, err
	}
	out := make([]Beside, 2)
	for k := range out {
		out[k] = Beside{x[k], end[k], bound + failure, eta * s.curvature(), rounding}
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
