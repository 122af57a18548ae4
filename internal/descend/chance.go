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
	n, tapes := len(t.names), t.tapes()
	m, plain, c, s := t.floats(), t.floats(), square(n), t.scratches()
	gradient, jump := make([]float64, n), 0.0
	step := func(w []float64) []float64 {
		out := slices.Clone(w)
		t.mean(gradient, w, s)
		for i, g := range gradient {
			out[i] -= float64(t.factors[i] * g)
		}
		return out
	}
	out := []expectation{t.expect(tapes, m, plain, c, 0)}
	blocks := j.bound.blocks
	for k := 1; len(out) < len(j.steps); k++ {
		for len(blocks) > 0 && blocks[0].last < k {
			blocks = blocks[1:]
		}
		growth := math.Inf(1)
		if len(blocks) > 0 {
			growth = blocks[0].growth
		}
		noise, largest := t.noise(m, s)
		if jump *= growth; math.IsNaN(jump) { // 0 times infinity
			jump = math.Inf(1)
		}
		jump = max(jump, largest)
		middle := step(m)
		mean := slices.Clone(middle)
		for _, column := range root(c) {
			high, low := step(moved(m, column, 1)), step(moved(m, column, -1))
			for i := range mean {
				mean[i] += float64(0.5 * ((high[i] - middle[i]) - (middle[i] - low[i])))
				high[i] = float64(0.5 * (high[i] - low[i]))
			}
			for i := range n {
				for l := range n {
					noise[i][l] += float64(high[i] * high[l])
				}
			}
		}
		m, c, plain = mean, noise, step(plain)
		if !finite(m) || !finite(slices.Concat(c...)) {
			return nil, &divergence{"the expectation of the training", k}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if k == j.steps[len(out)] {
			e := t.expect(tapes, m, plain, c, jump)
			if !finite(slices.Concat(e.mean, e.plain, e.variance)) {
				return nil, &divergence{"the expectation of what is compared", k}
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// noise returns the covariance that one step adds, and the largest deviation in
// the norm of bounder.
func (t *task) noise(m []float64, s []*scratch) (covariance [][]float64, largest float64) {
	n, terms, batch := len(m), float64(len(t.terms)), float64(t.training.Batch)
	covariance = square(n)
	if terms == batch {
		return covariance, 0
	}
	gradients, mean := make([][]float64, len(t.terms)), make([]float64, n)
	for k, x := range t.terms {
		gradients[k] = make([]float64, n)
		x.gradient(gradients[k], 1, m, s[k])
		for i, g := range gradients[k] {
			mean[i] += g / terms
		}
	}
	share := (terms - batch) / (batch * (terms - 1)) / terms
	for _, g := range gradients {
		length := 0.0
		for i := range g {
			g[i] = float64(t.factors[i] * (g[i] - mean[i]))
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
func (t *task) expect(tapes []*tape, m, plain []float64, c [][]float64, jump float64) expectation {
	middle := t.observed(tapes, m)
	e := expectation{mean: slices.Clone(middle), plain: t.observed(tapes, plain), variance: make([]float64, len(tapes))}
	for _, column := range root(c) {
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
// a part.
func (e *expectation) band(i, seeds int, failure float64) float64 {
	half := float64(0.5*math.Abs(e.mean[i]-e.plain[i])) + float64(1e-12*(1+math.Abs(e.mean[i])))
	if v := e.variance[i]; v > 0 {
		if math.IsInf(e.largest[i], 1) {
			return math.Inf(1)
		}
		n := float64(seeds)
		half += portable.Bennett(v/n, e.largest[i]/n, failure)
	}
	return half
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
