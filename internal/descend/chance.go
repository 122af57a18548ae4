package descend

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"muflow/internal/portable"
	"muflow/internal/runlog"
)

// falseAlarm is the probability at which the mean over seeds of a training may
// leave its band at some look, in some comparison, though the flow is right.
const falseAlarm = 1e-6

// A chance is what is seen of a stochastic training at the looks, and what is
// expected, for every comparison.
type chance struct {
	seen     [][][]float64 // seen[seed][look][comparison]
	expected []expectation // of each look
}

// An expectation is what the moments say at one look, for every comparison.
type expectation struct {
	mean, plain, variance, largest []float64
	second                         []float64 // the variance of second order, NaN if it is unknown
}

// chance runs the seeds of a stochastic training.
func (t *task) chance(ctx context.Context, o Options, index uint64, j *judge) (*chance, error) {
	out := &chance{}
	var err error
	if out.expected, err = t.moments(ctx, j); err != nil {
		return nil, err
	}
	out.seen, err = runlog.Map(ctx, o.Seeds, o.Jobs, o.Progress, func(ctx context.Context, i int) ([][]float64, error) {
		return t.draw(ctx, j.steps, rand.New(rand.NewPCG(o.Seed, index<<32+uint64(i))))
	})
	return out, err
}

// observed evaluates what is compared.
func (t *task) observed(tapes []*tape, w []float64) []float64 {
	out := make([]float64, len(tapes))
	for i, x := range tapes {
		out[i] = x.value(w, x.scratch())
	}
	return out
}

func (t *task) tapes() []*tape {
	out := make([]*tape, len(t.compared))
	for i, c := range t.compared {
		out[i] = newTape(c.trained, len(t.names))
	}
	return out
}

// draw runs stochastic gradient descent: each step draws a batch of different
// terms, every batch equally likely, independently of the other steps.
func (t *task) draw(ctx context.Context, steps []int, rng *rand.Rand) ([][]float64, error) {
	tapes, terms, batch := t.tapes(), len(t.terms), t.training.Batch
	w, gradient, s := t.floats(), make([]float64, len(t.names)), t.scratches()
	order := make([]int, terms)
	for i := range order {
		order[i] = i
	}
	out := [][]float64{t.observed(tapes, w)}
	for k := 1; len(out) < len(steps); k++ {
		clear(gradient)
		for i := range batch {
			at := i + rng.IntN(terms-i)
			order[i], order[at] = order[at], order[i]
			t.terms[order[i]].gradient(gradient, 1, w, s[order[i]])
		}
		for i, g := range gradient {
			w[i] -= float64(t.factors[i] * (g / float64(batch)))
		}
		if !finite(w) {
			return nil, &divergence{"a seed of the training", k}
		}
		if k%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if k == steps[len(out)] {
			seen := t.observed(tapes, w)
			if !finite(seen) {
				return nil, &divergence{"what is compared at a seed", k}
			}
			out = append(out, seen)
		}
	}
	return out, nil
}

// moments follows mean and covariance of stochastic gradient descent. With
// G(w) = w − hR∇L(w), Σ the covariance of the gradients of the terms, M of them in
// all and B drawn without replacement, and c_j the columns of a root of C,
//
//	m ← G(m) + ½ Σ_j (G(m + c_j) − 2G(m) + G(m − c_j))
//	C ← Σ_j d_j d_jᵀ + h²RΣ(m)R·(M − B)/(B(M − 1)),   d_j = (G(m + c_j) − G(m − c_j))/2
//
// which is, to first order in h, the linear-noise approximation about the flow,
// dC/dt = JC + CJᵀ + hRΣR/B, with the drift ½F”:C of the mean that belongs to it.
// Left out are the third cumulants, and the change of Σ over the spread: both
// change the mean by terms of order h² where the drift is one of order h.
//
// The largest contribution of one step to a deviation is that of the term that is
// farthest from the mean, times the bounds of ‖I + hA‖ since.
// Approximate: no error bound.
// Reference: N. G. van Kampen, Stochastic Processes in Physics and Chemistry,
// chapter X (system size expansion), here in discrete time.
func (t *task) moments(ctx context.Context, j *judge) ([]expectation, error) {
	tapes, at, plain, s, jump := t.tapes(), t.origin(), t.floats(), t.scratches(), 0.0
	out := []expectation{t.expect(tapes, at, plain, 0)}
	blocks := j.bound.blocks
	for k := 1; len(out) < len(j.steps); k++ {
		for len(blocks) > 0 && blocks[0].last < k {
			blocks = blocks[1:]
		}
		growth := math.Inf(1)
		if len(blocks) > 0 {
			growth = blocks[0].growth
		}
		if jump *= growth; math.IsNaN(jump) { // 0 times infinity
			jump = math.Inf(1)
		}
		var largest float64
		at, largest = t.advance(at, s)
		jump, plain = max(jump, largest), t.step(plain, s)
		if !finite(at.mean) || !finite(slices.Concat(at.covariance...)) {
			return nil, &divergence{"the expectation of the training", k}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if k == j.steps[len(out)] {
			e := t.expect(tapes, at, plain, jump)
			if !finite(slices.Concat(e.mean, e.plain, e.variance)) {
				return nil, &divergence{"the expectation of what is compared", k}
			}
			out = append(out, e)
		}
	}
	return out, t.second(ctx, j.steps, out)
}

// A moment is mean and covariance of the weights after a step.
type moment struct {
	mean       []float64
	covariance [][]float64
}

// origin is the moment before the first step.
func (t *task) origin() moment { return moment{t.floats(), square(len(t.names))} }

// step is a step of gradient descent on the mean over all terms.
func (t *task) step(w []float64, s []*scratch) []float64 {
	out, gradient := slices.Clone(w), make([]float64, len(w))
	t.mean(gradient, w, s)
	for i, g := range gradient {
		out[i] -= float64(t.factors[i] * g)
	}
	return out
}

// advance takes a step, and returns the largest deviation that it adds, in the
// norm of bounder.
func (t *task) advance(at moment, s []*scratch) (next moment, largest float64) {
	noise, largest := t.noise(at.mean, s)
	middle := t.step(at.mean, s)
	mean := slices.Clone(middle)
	for _, column := range root(at.covariance) {
		high, low := t.step(moved(at.mean, column, 1), s), t.step(moved(at.mean, column, -1), s)
		for i := range mean {
			mean[i] += float64(0.5 * ((high[i] - middle[i]) - (middle[i] - low[i])))
			high[i] = float64(0.5 * (high[i] - low[i]))
		}
		for i := range mean {
			for l := range mean {
				noise[i][l] += float64(high[i] * high[l])
			}
		}
	}
	return moment{mean, noise}, largest
}

// deviations are the steps that each term alone adds to that of the mean.
func (t *task) deviations(w []float64, s []*scratch) [][]float64 {
	n, terms := len(w), float64(len(t.terms))
	out, mean := make([][]float64, len(t.terms)), make([]float64, n)
	for k, x := range t.terms {
		out[k] = make([]float64, n)
		x.gradient(out[k], 1, w, s[k])
		for i, g := range out[k] {
			mean[i] += g / terms
		}
	}
	for _, g := range out {
		for i := range g {
			g[i] = -float64(t.factors[i] * (g[i] - mean[i]))
		}
	}
	return out
}

// noise returns the covariance that one step adds, and the largest deviation in
// the norm of bounder.
func (t *task) noise(m []float64, s []*scratch) (covariance [][]float64, largest float64) {
	terms, batch := float64(len(t.terms)), float64(t.training.Batch)
	covariance = square(len(m))
	if terms == batch {
		return covariance, 0
	}
	share := newDraws(len(t.terms), t.training.Batch).share
	for _, g := range t.deviations(m, s) {
		length := 0.0
		for i := range g {
			scale, _ := t.scale[i].Mid().Float64()
			length += float64((g[i] / scale) * (g[i] / scale))
		}
		largest = max(largest, math.Sqrt(length)*min(1, (terms-batch)/batch))
		for i := range g {
			for l := range g {
				covariance[i][l] += float64(share * float64(g[i]*g[l]))
			}
		}
	}
	return covariance, largest
}

// expect takes the moments of what is compared.
func (t *task) expect(tapes []*tape, at moment, plain []float64, jump float64) expectation {
	m, middle := at.mean, t.observed(tapes, at.mean)
	e := expectation{mean: slices.Clone(middle), plain: t.observed(tapes, plain), variance: make([]float64, len(tapes)), second: make([]float64, len(tapes))}
	for _, column := range root(at.covariance) {
		high, low := t.observed(tapes, moved(m, column, 1)), t.observed(tapes, moved(m, column, -1))
		for i := range middle {
			e.mean[i] += float64(0.5 * ((high[i] - middle[i]) - (middle[i] - low[i])))
			half := float64(0.5 * (high[i] - low[i]))
			e.variance[i] += float64(half * half)
		}
	}
	for _, x := range tapes {
		slope, total := make([]float64, len(m)), 0.0
		x.gradient(slope, 1, m, x.scratch())
		for i, g := range slope {
			scale, _ := t.scale[i].Mid().Float64()
			total += float64((g * scale) * (g * scale))
		}
		e.largest = append(e.largest, math.Sqrt(total)*jump)
	}
	return e
}

// band is half the width of the band of the mean over seeds, of which rounding is
// a part. The parts of first and of second order leave theirs with a probability of
// half of failure: the first by Bennett's inequality, the second as a quadratic
// form in normal variables does, whose largest eigenvalue is at most √(variance/2),
//
//	√(2vl) + √(2v)·l/√n,   v the variance of the mean, l = log(4/failure)
//
// Without the second order, NaN, it is the band of the first.
func (e *expectation) band(i, seeds int, failure float64) float64 {
	half, n := float64(0.5*math.Abs(e.mean[i]-e.plain[i]))+float64(1e-12*(1+math.Abs(e.mean[i]))), float64(seeds)
	if v := e.variance[i]; v > 0 {
		if math.IsInf(e.largest[i], 1) {
			return math.Inf(1)
		}
		half += portable.Bennett(v/n, e.largest[i]/n, failure/2)
	}
	if v := e.second[i] / n; v > 0 {
		l := portable.Log(4 / failure)
		half += math.Sqrt(float64(2*v)*l) + float64(math.Sqrt(float64(2*v)/n)*l)
	}
	return half
}

// spread is the standard deviation of one seed.
func (e *expectation) spread(i int) float64 {
	if v := e.second[i]; v > 0 {
		return math.Sqrt(e.variance[i] + v)
	}
	return math.Sqrt(e.variance[i])
}

func square(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
	}
	return out
}

func moved(m, column []float64, sign float64) []float64 {
	out := slices.Clone(m)
	for i, x := range column {
		out[i] += float64(sign * x)
	}
	return out
}

// root returns the columns of a triangular root of a covariance, without those
// that are 0: C = Σ_j c_j c_jᵀ.
func root(c [][]float64) (columns [][]float64) {
	n := len(c)
	left := square(n)
	for i := range c {
		copy(left[i], c[i])
	}
	for j := range n {
		if !(left[j][j] > 1e-14*c[j][j]) { // rounding
			continue
		}
		column, d := make([]float64, n), math.Sqrt(left[j][j])
		for i := j; i < n; i++ {
			column[i] = left[i][j] / d
		}
		for i := j; i < n; i++ {
			for l := j; l < n; l++ {
				left[i][l] -= float64(column[i] * column[l])
			}
		}
		columns = append(columns, column)
	}
	return columns
}
