package descend

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"muflow/internal/check"
	"muflow/internal/portable"
	"muflow/internal/runlog"
	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// Options say how trainings are run and looked at; the zero value works.
type Options struct {
	Seed     uint64
	Seeds    int // runs of a stochastic training, 64 if 0
	Looks    int // times at which a training is compared with its flow, 8 if 0
	Jobs     int // workers, all processors if 0; results do not depend on it
	Progress runlog.Progress
}

// A Point is one comparison at one time.
type Point struct {
	Step       int            `json:"step"`
	Time       string         `json:"t"`
	Trained    float64        `json:"trained"`                    // of stochastic trainings the mean over seeds
	Flow       *prove.Number  `json:"flow,omitempty"`             // as the theory states it
	Difference *float64       `json:"difference,omitempty"`       // trained less flow, less Expected if there is one
	Bound      *float64       `json:"bound,omitempty"`            // of its absolute value
	Expected   *float64       `json:"expected,omitempty"`         // of a stochastic training: mean less flow
	Spread     *float64       `json:"spread,omitempty"`           // standard deviation over seeds
	Predicted  *float64       `json:"predicted_spread,omitempty"` // of the moments
	Apart      bool           `json:"flows_apart,omitempty"`      // the flow of the loss is elsewhere, both enclosed
	Verdict    theory.Verdict `json:"verdict"`
}

// A Comparison follows one formula of the trained states.
type Comparison struct {
	Name    string         `json:"name"`
	With    string         `json:"with"` // the formula along the stated flow
	Verdict theory.Verdict `json:"verdict"`
	Reason  string         `json:"reason,omitempty"`
	Points  []Point        `json:"points"`
}

// An Order is how the distance from the flow of the loss falls when the rate is
// halved: 2^order. Both distances are the largest ones over all looks.
// Approximate: no error bound.
type Order struct {
	Distance float64 `json:"distance"`
	Halved   float64 `json:"distance_at_half_rate"`
	Order    float64 `json:"order"`
}

// A Result is what is known of one training.
type Result struct {
	Line        int            `json:"line"`
	States      []string       `json:"states"`
	Rate        string         `json:"rate"`
	Steps       int            `json:"steps"`
	Terms       int            `json:"terms,omitempty"` // of a mean
	Batch       int            `json:"batch,omitempty"` // different terms a step; absent for all
	Seed        uint64         `json:"seed,omitempty"`
	Seeds       int            `json:"seeds,omitempty"`
	FalseAlarm  float64        `json:"false_alarm,omitempty"` // probability at which a true flow is found inconsistent
	Verdict     theory.Verdict `json:"verdict"`
	Reason      string         `json:"reason"`
	Order       *Order         `json:"order,omitempty"`
	Notes       []string       `json:"notes,omitempty"`
	Comparisons []Comparison   `json:"comparisons"`
}

// FalseAlarm bounds the probability at which one or more of so many stochastic
// trainings find a true flow inconsistent.
func FalseAlarm(trainings int) float64 { return min(1, float64(trainings)*falseAlarm) }

// Theory runs every training of a theory. An error is one of the file, or that of
// the context.
func Theory(ctx context.Context, th *script.Theory, o Options) ([]Result, error) {
	o.Seeds, o.Looks = cmp.Or(o.Seeds, 64), cmp.Or(o.Looks, 8)
	tasks := make([]*task, len(th.Trainings))
	for i := range th.Trainings {
		var err error
		if tasks[i], err = newTask(th, &th.Trainings[i]); err != nil {
			return nil, mistake(th, i, err)
		}
	}
	out := []Result{}
	for i, t := range tasks {
		r, err := t.run(ctx, o, uint64(i))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, mistake(th, i, err)
		}
		out = append(out, *r)
	}
	return out, nil
}

// mistake gives an error its place in the file.
func mistake(th *script.Theory, training int, err error) error {
	return &script.Error{File: th.File, Line: th.Trainings[training].Line, Column: 1, Message: "train: " + err.Error()}
}

// A look is what a training left at a step.
type look struct {
	step    int
	weights []float64
	error   float64 // bound of the distance from the flow of the loss, see bounder
}

// looks are the steps at which a training is looked at, 0 among them.
func (t *task) looks(count int) []int {
	out := []int{0}
	for j := 1; j <= count; j++ {
		k := int(int64(t.training.Steps) * int64(j) / int64(count))
		if k > out[len(out)-1] {
			out = append(out, k)
		}
	}
	return out
}

// mean is the gradient of the mean over all terms, in place of that of a draw.
func (t *task) mean(sum, w []float64, s []*scratch) {
	clear(sum)
	for i, x := range t.terms {
		x.gradient(sum, 1/float64(len(t.terms)), w, s[i])
	}
}

func (t *task) scratches() []*scratch {
	out := make([]*scratch, len(t.terms))
	for i, x := range t.terms {
		out[i] = x.scratch()
	}
	return out
}

// finite reports whether all weights are numbers.
func finite(w []float64) bool {
	return !slices.ContainsFunc(w, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
}

// A divergence is a training that left the finite numbers.
type divergence struct {
	what string
	step int
}

func (d *divergence) Error() string {
	return fmt.Sprintf("%s is not finite after step %d", d.what, d.step)
}

// descend runs gradient descent with factors times the rate, looks at some steps,
// and follows a bound if there is a bounder.
func (t *task) descend(ctx context.Context, steps []int, factor float64, b *bounder, progress runlog.Progress) ([]look, error) {
	const chunk = 256
	n := len(t.names)
	w, gradient, before, s := t.floats(), make([]float64, n), make([]float64, n), t.scratches()
	var roundings []float64
	path := [][]float64{slices.Clone(w)} // since the last block
	out := []look{{0, slices.Clone(w), math.Inf(1)}}
	if b != nil {
		out[0].error = b.error
	}
	for k := 0; len(out) < len(steps); {
		copy(before, w)
		t.mean(gradient, w, s)
		for i, g := range gradient {
			w[i] -= float64(float64(t.factors[i]*factor) * g)
		}
		k++
		if !finite(w) {
			return out, &divergence{"the training", k}
		}
		if b != nil && b.trouble == nil {
			rho, err := b.rounding(before, w)
			if err != nil {
				b.stop(k-1, err)
			}
			roundings, path = append(roundings, rho), append(path, slices.Clone(w))
		}
		due := k == steps[len(out)]
		if due || k%chunk == 0 {
			if err := ctx.Err(); err != nil {
				return out, err
			}
			if progress != nil {
				progress(k, steps[len(steps)-1])
			}
			if b != nil && b.trouble == nil {
				if err := b.over(ctx, roundings, path); err != nil {
					return out, err
				}
			}
			roundings, path = roundings[:0], append(path[:0], slices.Clone(w))
		}
		if due {
			at := look{k, slices.Clone(w), math.Inf(1)}
			if b != nil && b.trouble == nil {
				at.error = b.error
			}
			out = append(out, at)
		}
	}
	return out, nil
}

// run runs one training.
func (t *task) run(ctx context.Context, o Options, index uint64) (*Result, error) {
	x := t.training
	r := &Result{Line: x.Line, States: t.names, Rate: x.Rate.RatString(), Steps: x.Steps, Terms: len(x.Terms), Batch: x.Batch}
	steps := t.looks(o.Looks)
	own := check.Follow(ctx, t.flow, t.start, t.time(x.Steps), flowDigits)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := newBounder(t, own, t.floats())
	looks, err := t.descend(ctx, steps, 1, b, o.Progress)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	trouble := err
	stated := t.stated(ctx, steps, own)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	judged := &judge{task: t, own: own, bound: b, looks: looks, steps: steps, stated: stated, result: r}
	if x.Batch > 0 {
		r.Seed, r.Seeds, r.FalseAlarm = o.Seed, o.Seeds, falseAlarm
		if trouble == nil {
			judged.chance, trouble = t.chance(ctx, o, index, judged)
		}
	} else if trouble == nil && own.Err == nil {
		r.Order, err = t.order(ctx, steps, looks, own)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil && trouble == nil {
		r.Notes = append(r.Notes, "at half the rate "+err.Error())
	}
	return r, judged.conclude(trouble)
}

// order compares the distances from the flow of the loss at the rate and at half
// of it.
func (t *task) order(ctx context.Context, steps []int, looks []look, own *check.Pipe) (*Order, error) {
	twice := make([]int, len(steps))
	for i, k := range steps {
		twice[i] = 2 * k
	}
	halved, err := t.descend(ctx, twice, 0.5, nil, nil)
	if err != nil {
		return nil, err
	}
	distance := func(at look, step int) (float64, error) {
		flow, err := own.At(t.time(step))
		if err != nil {
			return 0, err
		}
		sum := 0.0
		for i, x := range flow {
			gap, _ := x.Sub(ball.New(constantBits).SetFloat64(at.weights[i]), x).Mid().Float64()
			scale, _ := t.scale[i].Mid().Float64()
			sum += float64((gap / scale) * (gap / scale))
		}
		return math.Sqrt(sum), nil
	}
	o := &Order{}
	for i, k := range steps {
		full, err := distance(looks[i], k)
		if err != nil {
			return nil, err
		}
		half, err := distance(halved[i], k)
		if err != nil {
			return nil, err
		}
		o.Distance, o.Halved = max(o.Distance, full), max(o.Halved, half)
	}
	if !(o.Halved > 1e-12 && o.Distance < math.MaxFloat64) { // only rounding is left, or nothing to compare
		return nil, nil
	}
	o.Order = math.Round(float64(portable.Log2(o.Distance/o.Halved)*1000)) / 1000
	return o, nil
}

// widened encloses the weights after gradient descent: the flow of the loss, widened
// by the bound on all sides.
func (b *bounder) widened(flow []ode.Range, radius float64) []ode.Range {
	out := make([]ode.Range, len(flow))
	for i, x := range flow {
		r := up(radius * b.scale[i].High)
		out[i] = ode.Range{Low: down(x.Low - r), High: up(x.High + r)}
	}
	return out
}
