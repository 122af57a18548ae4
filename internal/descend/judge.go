package descend

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/internal/check"
	"muflow/internal/portable"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// A judge compares a training with flows.
type judge struct {
	task   *task
	own    *check.Pipe // the flow of the loss
	bound  *bounder
	looks  []look
	steps  []int
	stated []check.Enclosed // of each comparison
	chance *chance          // nil for gradient descent
	result *Result
}

// mostResidual is what rounding may leave of a step, relative to the weights:
// beyond it the gradient in float64 is not to be relied on.
const mostResidual = 1e-9

// shownDigits are the digits of flows that are shown.
const shownDigits = 12

// conclude fills in the comparisons and the verdict; trouble is why the training
// did not come to its end.
func (j *judge) conclude(trouble error) error {
	r := j.result
	if b := j.bound; b.largest > mostResidual {
		b.stop(0, fmt.Errorf("the gradient in float64 is off by %.2g of the weights in a step", b.largest))
		for i := range j.looks {
			j.looks[i].error = math.Inf(1)
		}
	}
	var kept []int
	for i, c := range j.task.compared {
		if values := j.stated[i].Values; c.ansatz && len(values) > 0 {
			if own := j.own.Along(c.trained, j.task.times(j.steps[:1])); len(own.Values) > 0 && !own.Values[0].Overlaps(values[0]) {
				r.Notes = append(r.Notes, fmt.Sprintf("%s does not start at %s: the reduction is not compared", c.name, c.with))
				continue
			}
		}
		kept = append(kept, i)
	}
	for _, i := range kept {
		c, err := j.compare(i, falseAlarm/float64(len(kept)*(len(j.steps)-1)))
		if err != nil {
			return err
		}
		if len(c.Points) < len(j.steps) && c.Verdict == theory.Consistent {
			c.Verdict, c.Reason = theory.Undecided, errorOr(trouble, "the training ended early").Error()
		}
		r.Comparisons = append(r.Comparisons, *c)
	}
	j.sum(trouble)
	return nil
}

// sum gives the training the verdict of its comparisons.
func (j *judge) sum(trouble error) {
	r := j.result
	reasons := map[theory.Verdict]string{}
	for _, c := range r.Comparisons {
		if reasons[c.Verdict] == "" {
			reasons[c.Verdict] = fmt.Sprintf("%s, compared with %s: %s", c.Name, c.With, c.Reason)
		}
	}
	for _, v := range []theory.Verdict{theory.Refuted, theory.Inconsistent, theory.Undecided} {
		if reason, ok := reasons[v]; ok {
			r.Verdict, r.Reason = v, reason
			return
		}
	}
	switch {
	case trouble != nil:
		r.Reason = trouble.Error()
	case len(r.Comparisons) == 0:
		r.Reason = "there is nothing to compare with"
	case j.chance != nil:
		r.Verdict = theory.Consistent
		r.Reason = fmt.Sprintf("the means over %d seeds are within their bands, which right flows leave with a probability of at most %.0e", len(j.chance.seen), falseAlarm)
	default:
		r.Verdict, r.Reason = theory.Consistent, "every difference is within its proved bound"
	}
}

// trained encloses what is compared at the weights of gradient descent.
func (j *judge) trained(i, at int) (*ball.Ball, error) {
	w := make([]*ball.Ball, len(j.task.names))
	for k, x := range j.looks[at].weights {
		w[k] = ball.New(constantBits).SetFloat64(x)
	}
	return ode.Evaluate(j.task.compared[i].trained, w, constantBits)
}

// compare makes one comparison, with a probability of false alarm at each point.
func (j *judge) compare(i int, failure float64) (*Comparison, error) {
	c := &Comparison{Name: j.task.compared[i].name, With: j.task.compared[i].with, Points: []Point{}}
	own := j.own.Along(j.task.compared[i].trained, j.task.times(j.steps))
	bounds, err := j.bounds(i)
	if err != nil {
		return nil, err
	}
	for at, step := range j.steps {
		if at >= len(j.looks) || j.chance == nil && j.result.Batch > 0 && at > 0 {
			break // the training ended early
		}
		p := Point{Step: step, Time: j.task.time(step).RatString()}
		value, err := j.trained(i, at)
		if err != nil {
			return nil, fmt.Errorf("%s after step %d: %w", c.Name, step, err)
		}
		if p.Trained, _ = value.Mid().Float64(); math.IsInf(p.Trained, 0) {
			return nil, fmt.Errorf("%s after step %d is too large for float64", c.Name, step)
		}
		if j.chance != nil && at > 0 {
			var seen []float64
			for _, run := range j.chance.seen {
				seen = append(seen, run[at][i])
			}
			mean, variance := portable.Moments(seen)
			value.SetFloat64(mean)
			p.Trained, p.Spread, p.Predicted = mean, new(math.Sqrt(variance)), new(j.chance.expected[at].spread(i))
		}
		reason := ""
		if at < len(j.stated[i].Values) {
			flow := j.stated[i].Values[at]
			p.Flow = new(prove.Enclose(flow, shownDigits))
			p.Apart = at < len(own.Values) && !own.Values[at].Overlaps(flow)
			if j.chance == nil || at == 0 {
				reason = j.within(&p, value, flow, bounds[at])
			} else {
				reason = j.inBand(&p, i, at, value, flow, own, failure)
			}
			if p.Apart {
				p.Verdict = theory.Refuted
				reason = fmt.Sprintf("at t = %s the flow of the loss is %v, the stated one %v", p.Time, prove.Enclose(own.Values[at], shownDigits), *p.Flow)
			}
		} else {
			reason = fmt.Sprintf("the stated flow is not known at t = %s: %v", p.Time, errorOr(j.stated[i].Err, "it ends before"))
		}
		c.add(p, reason)
	}
	return c, nil
}

func errorOr(err error, text string) error {
	if err == nil {
		return errors.New(text)
	}
	return err
}

// add adds a point. The worst verdict is that of the comparison, with the reason
// of the first point that has it.
func (c *Comparison) add(p Point, reason string) {
	rank := func(v theory.Verdict) int {
		return map[theory.Verdict]int{theory.Refuted: 3, theory.Inconsistent: 2, theory.Undecided: 1}[v]
	}
	if len(c.Points) == 0 || rank(p.Verdict) > rank(c.Verdict) {
		c.Verdict, c.Reason = p.Verdict, reason
	}
	c.Points = append(c.Points, p)
}

// within judges a difference of gradient descent, which is proved either way.
func (j *judge) within(p *Point, value, flow *ball.Ball, bound float64) string {
	gap := ball.New(constantBits).Sub(value, flow)
	difference, _ := gap.Mid().Float64()
	if !math.IsInf(difference, 0) {
		p.Difference = &difference
	}
	if math.IsInf(bound, 1) || bound != bound {
		why := j.bound.trouble
		return fmt.Sprintf("no bound at t = %s: %v, after step %d", p.Time, errorOr(why, "its formula has no derivative there"), j.bound.troubled)
	}
	p.Bound = &bound
	limit := new(big.Float).SetFloat64(bound)
	if gap.Lower().Cmp(limit) > 0 || gap.Upper().Cmp(limit.Neg(limit)) < 0 {
		p.Verdict = theory.Refuted
		return fmt.Sprintf("at t = %s the difference %.3g is beyond the bound %.3g of the loss", p.Time, difference, bound)
	}
	p.Verdict = theory.Consistent
	return ""
}

// inBand judges a mean over seeds.
func (j *judge) inBand(p *Point, i, at int, value, flow *ball.Ball, own check.Enclosed, failure float64) string {
	if at >= len(own.Values) {
		return fmt.Sprintf("the flow of the loss is not known at t = %s: %v", p.Time, errorOr(own.Err, "it ends before"))
	}
	e := &j.chance.expected[at]
	shift := ball.New(constantBits).SetFloat64(e.mean[i])
	shift.Sub(shift, own.Values[at])
	gap := ball.New(constantBits).Sub(value, flow)
	gap.Sub(gap, shift)
	expected, _ := shift.Mid().Float64()
	difference, _ := gap.Mid().Float64()
	p.Expected, p.Difference = &expected, &difference
	half := e.band(i, len(j.chance.seen), failure)
	if math.IsInf(half, 1) || half != half {
		return fmt.Sprintf("no band at t = %s: %v, after step %d", p.Time, errorOr(j.bound.trouble, "its steps have no bound"), j.bound.troubled)
	}
	p.Bound = &half
	switch {
	case math.Abs(difference) <= half:
	case math.IsNaN(e.second[i]):
		return fmt.Sprintf("at t = %s the mean over seeds is beyond its band %.3g of first order, and that of second order is not known", p.Time, half)
	case *p.Spread > math.Sqrt2*e.spread(i):
		return fmt.Sprintf("at t = %s the mean over seeds is beyond its band %.3g, but their spread is %.3g where the moments lead one to expect %.3g", p.Time, half, *p.Spread, e.spread(i))
	default:
		p.Verdict = theory.Inconsistent
		return fmt.Sprintf("at t = %s the mean over seeds is %.3g from what the flow leads one to expect, beyond the band %.3g", p.Time, difference, half)
	}
	p.Verdict = theory.Consistent
	return ""
}

// bounds returns, for each look, a bound of the difference of a formula at the
// weights of gradient descent and at the flow of the loss,
//
//	|g(w) − g(φ)| ≤ Σ_i max|∂_i g|·√R_i·‖e‖
//
// over the box that both are in; infinite where there is none.
func (j *judge) bounds(i int) ([]float64, error) {
	out := make([]float64, len(j.looks))
	var slopes []*ode.Expr
	for k := range j.task.names {
		slopes = append(slopes, j.task.compared[i].trained.Derivative(k))
	}
	function, err := ode.NewFunction(slopes, len(j.task.names))
	if err != nil {
		return nil, err
	}
	for at, l := range j.looks {
		out[at] = math.Inf(1)
		if math.IsInf(l.error, 1) || j.own.Flowpipe == nil {
			continue
		}
		flow, err := j.own.At(j.task.time(l.step))
		if err != nil {
			continue
		}
		values, err := function.Over(j.bound.widened(enclosings(flow), l.error))
		if err != nil {
			continue
		}
		if out[at] = 0; l.error == 0 {
			continue
		}
		for k, v := range values {
			if m := size(v); m > 0 {
				out[at] = up(out[at] + up(m*up(j.bound.scale[k].High*l.error)))
			}
		}
	}
	return out, nil
}
