package prove

import (
	"context"
	"errors"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/ode/ball"
)

// A ShortRun is every run of a few steps of stochastic gradient descent on the
// diagonal of W from 0, one sample a step, with its probability: all relabellings and
// labels of every step, the relabelling of the first but for symmetry, which changes
// none of the numbers here. Notation: Stochastic.
type ShortRun struct {
	Scatter *ball.Ball // E σ²‖W_k − μ_k I‖² after the last step
	Offset  *ball.Ball // E σ(μ_k − g_k), g_k gradient descent on the reduced drift
	spreads []*ball.Ball
	offsets []*ball.Ball // the largest σ‖W − μI‖ and σ|μ − g| of each run
}

// shortRuns bounds how many runs are gone through.
const shortRuns = 1000

// ErrManyRuns says that there are too many runs to go through all.
var ErrManyRuns = errors.New("more than 1000 different runs")

// ShortRunOf goes through all runs of so many steps with the step η.
//
// Encloses the exact values.
// theory.md section 7b.
func ShortRunOf(ctx context.Context, s graph.Step, alpha, rate *big.Rat, steps int, precision uint) (*ShortRun, error) {
	n, labels := s.Instance.Graph.Order(), s.Labels()
	count := 1
	for i := range steps {
		for m := 2; m <= n && i > 0 && count <= shortRuns; m++ {
			count *= m
		}
		if count *= len(labels); count > shortRuns {
			return nil, ErrManyRuns
		}
	}
	x := &sampler{step: s, set: s.Set(), precision: precision}
	k := 0
	for _, inside := range x.set {
		k += indicator(inside)
	}
	x.sigma = reduced.Sigma(alpha, k, precision)
	x.rate = ball.New(precision).MulRat(ball.New(precision).Sqr(x.sigma), rate)
	x.orders = arrangements(n, steps > 1)
	straight := slices.Repeat([]*ball.Ball{ball.New(precision)}, n)
	for range steps { // all relabellings have the same mean on the line W = μI
		moved := ball.New(precision)
		for _, p := range labels {
			moved.Add(moved, x.mean(x.moved(straight, x.orders[0], p)))
		}
		moved.QuoInt64(moved, int64(len(labels)))
		x.centre = append(x.centre, moved)
		straight = slices.Repeat([]*ball.Ball{moved}, n)
	}
	out := &ShortRun{Scatter: ball.New(precision), Offset: ball.New(precision)}
	if err := x.walk(ctx, out, slices.Repeat([]*ball.Ball{ball.New(precision)}, n), 0, ball.New(precision), ball.New(precision)); err != nil {
		return nil, err
	}
	out.Scatter.QuoInt64(out.Scatter, int64(count))
	out.Offset.QuoInt64(out.Offset, int64(count))
	return out, nil
}

// Escape encloses the probability that σ‖W − μI‖ > x or σ|μ − g| > y after some step.
//
// Encloses the exact value.
func (r *ShortRun) Escape(x, y *big.Rat, precision uint) *ball.Ball {
	low, high := 0, 0
	for i := range r.spreads {
		far, open := false, false
		for _, pair := range [2]*ball.Ball{
			ball.New(precision).Sub(r.spreads[i], ball.New(precision).SetRat(x)), ball.New(precision).Sub(r.offsets[i], ball.New(precision).SetRat(y)),
		} {
			sign, ok := pair.Sign()
			far, open = far || ok && sign > 0, open || !ok
		}
		low, high = low+indicator(far), high+indicator(far || open)
	}
	count := int64(len(r.spreads))
	return ball.New(precision).Union(ball.New(precision).SetRat(big.NewRat(int64(low), count)), ball.New(precision).SetRat(big.NewRat(int64(high), count)))
}

// A sampler takes steps in units of σμ.
type sampler struct {
	step      graph.Step
	set       []bool
	sigma     *ball.Ball
	rate      *ball.Ball // ησ²
	orders    [][]int
	centre    []*ball.Ball // σg_k
	precision uint
}

// walk goes on from weights after so many steps.
func (x *sampler) walk(ctx context.Context, out *ShortRun, w []*ball.Ball, done int, spread, offset *ball.Ball) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	number := func() *ball.Ball { return ball.New(x.precision) }
	orders := x.orders
	if done == 0 {
		orders = orders[:1]
	}
	for _, order := range orders {
		for _, p := range x.step.Labels() {
			next := x.moved(w, order, p)
			mean, square := x.mean(next), number()
			for _, v := range next {
				off := number().Sub(v, mean)
				square.Add(square, off.Sqr(off))
			}
			off := number().Sub(mean, x.centre[done])
			// Rounding may leave less than 0 in a sum of squares.
			wide := number().Max(spread, number().Sqrt(number().Max(square, number())))
			far := number().Max(offset, number().Abs(off))
			if done+1 < len(x.centre) {
				if err := x.walk(ctx, out, next, done+1, wide, far); err != nil {
					return err
				}
				continue
			}
			out.Scatter.Add(out.Scatter, square)
			out.Offset.Add(out.Offset, off)
			out.spreads, out.offsets = append(out.spreads, wide), append(out.offsets, far)
		}
	}
	return nil
}

func (x *sampler) mean(w []*ball.Ball) *ball.Ball {
	sum := ball.New(x.precision)
	for _, v := range w {
		sum.Add(sum, v)
	}
	return sum.QuoInt64(sum, int64(len(w)))
}

// moved is w after a step on the label p, with vertex v called order[v].
func (x *sampler) moved(w []*ball.Ball, order []int, p int) []*ball.Ball {
	number := func() *ball.Ball { return ball.New(x.precision) }
	g, total := x.step.Instance.Graph, number()
	shares, out := make([]*ball.Ball, len(w)), make([]*ball.Ball, len(w))
	for v := range w {
		logit := number()
		if x.set[v] {
			logit.Set(x.sigma)
		}
		for _, u := range g.In(v) {
			if x.set[u] {
				logit.Add(logit, w[order[u]])
			}
		}
		shares[v] = logit.Exp(logit)
		total.Add(total, shares[v])
	}
	for u := range w {
		out[order[u]] = number().Set(w[order[u]])
		if !x.set[u] {
			continue
		}
		pull := number()
		for _, v := range g.Out(u) {
			pull.Add(pull, shares[v])
		}
		pull.Neg(pull.Quo(pull, total))
		if g.HasEdge(u, p) {
			pull.AddInt64(pull, 1)
		}
		out[order[u]].Add(out[order[u]], pull.Mul(pull, x.rate))
	}
	return out
}

// arrangements lists the permutations of 0 to n − 1, that of no change first, or it
// alone.
func arrangements(n int, all bool) [][]int {
	out := [][]int{{}}
	for i := range n {
		var longer [][]int
		for _, p := range out {
			for at := len(p); at >= 0 && (all || at == len(p)); at-- {
				longer = append(longer, slices.Insert(slices.Clone(p), at, i))
			}
		}
		out = longer
	}
	return out
}
