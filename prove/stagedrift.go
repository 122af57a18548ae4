package prove

import (
	"context"
	"fmt"
	"math"

	"muflow/graph"
	"muflow/internal/reduced"
)

// A stageDrift is the right-hand side μ' of one stage of a curriculum, in
// float64, from vertex to vertex; walkDrift has it with bounds.
type stageDrift struct {
	curriculum Curriculum
	step       int
	scale      float64 // α/(n·instances)
	alpha      float64
	steps      []graph.Step
	fixed      [][]float64 // thoughts that do not depend on μ, nil if they do
	next       []float64
	thought    []float64
}

func newStageDrift(instances []graph.Instance, c Curriculum, step, symbols int, logits []float64) *stageDrift {
	d := &stageDrift{curriculum: c, step: step}
	d.alpha, _ = c.Alpha.Float64()
	for _, s := range c.Label.StepsOf(instances, step) {
		d.steps = append(d.steps, s)
		if c.Thoughts != CurrentThoughts {
			d.fixed = append(d.fixed, c.ThoughtOf(s.Instance, step, logits))
		}
	}
	d.scale = d.alpha / float64(symbols*len(d.steps))
	return d
}

// at returns μ' and a bound of the curvature of the loss, whose thoughts are
// held: (α²/(n·I))·Σ_i (max_v b_v − min_v b_v)²/4 (Popoviciu).
//
// Approximate: no error bound.
func (d *stageDrift) at(mu float64) (drift, curvature float64) {
	for i, s := range d.steps {
		in := s.Instance
		n := in.Graph.Order()
		if len(d.next) < n {
			d.next, d.thought = make([]float64, n), make([]float64, n)
		}
		thought, next := d.thought[:n], d.next[:n]
		if d.fixed != nil {
			copy(thought, d.fixed[i])
		} else {
			clear(thought)
			thought[in.Root] = 1
			for range d.step {
				expand(in.Graph, thought, mu, next)
				thought, next = next, thought
				if !d.curriculum.Free {
					normalise(thought)
				}
			}
		}
		clear(next)
		for _, e := range in.Graph.Edges() {
			next[e[1]] += thought[e[0]]
		}
		least, most := next[0], next[0]
		for v, b := range next { // the logits
			thought[v] = d.alpha * (thought[v] + float64(mu*b))
			least, most = min(least, b), max(most, b)
		}
		label := 0.
		for _, p := range s.Labels() {
			label += next[p]
		}
		drift += label/float64(len(s.Labels())) - reduced.Mean(thought, nil, next)
		curvature += float64((most - least) * (most - least) / 4)
	}
	return d.scale * drift, d.scale * d.alpha * curvature
}

// flow follows the drift from a start for a time. It ends early where a zero is
// so near ahead that float64 cannot tell, or so near that the flow is there for
// all that float64 tells at the end of the time: it does not pass it.
//
// Approximate: no error bound; failure is the difference of two runs, widened
// tenfold.
func (d *stageDrift) flow(ctx context.Context, start, until float64) (end, failure float64, err error) {
	slope := func(_ float64, y, dy []float64) { dy[0], _ = d.at(y[0]) }
	end = start
	for t, part := 0., until/(1<<18); t < until; part *= 8 {
		next := min(until, t+part)
		to, off, err := reduced.IntegrateTwice(ctx, slope, []float64{end}, next-t)
		if err != nil {
			return 0, 0, err
		}
		t, end, failure = next, to[0], failure+off
		drift, _ := d.at(end)
		if ahead, _ := d.at(end + math.Copysign(1e-12*(1+math.Abs(end)), drift)); ahead*drift <= 0 {
			break
		}
		if zero, ok := d.settled(end, drift, until-t); ok {
			return zero, failure, nil
		}
	}
	return end, failure, nil
}

// settled returns the zero ahead of a point if the drift is a line as far as
// there, and what is left of the way after a time is less than e^{−50} of it.
func (d *stageDrift) settled(x, drift, left float64) (float64, bool) {
	near := math.Copysign(1e-6*(1+math.Abs(x)), drift)
	far, _ := d.at(x + near)
	if far*drift >= 0 {
		return 0, false
	}
	if slope := (drift - far) / near; left*slope < 50 {
		return 0, false
	}
	low, high := x, x+near
	for range 60 {
		middle := low + float64((high-low)/2)
		if f, _ := d.at(middle); f*drift > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return low, true
}

// A Beside is gradient descent beside the flow of the same drift from the same
// start.
type Beside struct {
	End       float64 `json:"end"`       // of gradient descent
	Flow      float64 `json:"flow"`      // of the flow
	Bound     float64 `json:"bound"`     // how far apart they can be
	Curvature float64 `json:"curvature"` // learning rate × bound of the curvature; a premise is that it is at most 2
	Rounding  float64 `json:"-"`         // how far errors of 1e-13 in each step can grow
}

// descend follows gradient descent, x_{n+1} = x_n + η·f(x_n), and compares it
// with the flow. The flow takes from x_n to x_{n+1} the time
//
//	τ_n = ∫ dx/f(x) ∈ η·f(x_n)·[1/max f, 1/min f],  max and min between the two
//
// as long as f keeps its sign, so that x_N is where the flow is at the time
// Σ τ_n. A first step k across a zero of a falling f, with η·|f'| ≤ 2, leaves it
// and all later ones within η·|f(x_k)| of the zero.
//
// Approximate: no error bound; extremes of f are those at the ends, and what
// they say of the time is widened by a fifth.
// theory.md, assumption A14.
func (d *stageDrift) descend(ctx context.Context, start float64) (*Beside, error) {
	eta := d.curriculum.StageTime / float64(d.curriculum.Steps)
	x, least, most := start, 0., 0. // of Σ τ_n − η
	out := &Beside{}
	f, curvature := d.at(x)
	crossed, before, reach := false, x, 0.
	for range d.curriculum.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out.Curvature = max(out.Curvature, eta*curvature)
		next := x + float64(eta*f)
		g, c := d.at(next)
		if !crossed && f*g <= 0 && f != 0 {
			crossed, before, reach = true, x, 2*eta*math.Abs(f)
		}
		if !crossed && f != 0 {
			low, high := min(f/g, 1), max(f/g, 1)
			least, most = least+float64(eta*(low-1)), most+float64(eta*(high-1))
		}
		growth := 1.
		if step := next - x; math.Abs(step) > 1e-9*(1+math.Abs(x)) {
			growth = math.Abs(1 + eta*(g-f)/step)
		}
		out.Rounding = float64(out.Rounding*growth) + float64(1e-13*(1+math.Abs(next)))
		x, f, curvature = next, g, c
	}
	out.End = x
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, fmt.Errorf("gradient descent with learning rate %g leaves the numbers", eta)
	}
	if out.Curvature > 2 {
		return out, nil
	}
	times := []float64{max(0, d.curriculum.StageTime+float64(1.2*least)), d.curriculum.StageTime, d.curriculum.StageTime + float64(1.2*most)}
	ends, t, at := [3]float64{}, 0., start
	for k, until := range times {
		end, off, err := d.flow(ctx, at, until-t)
		if err != nil {
			return nil, err
		}
		ends[k], t, at = end, until, end
		out.Bound += off
	}
	out.Flow = ends[1]
	if crossed {
		out.Bound += max(0, math.Copysign(1, before-start)*(before-out.Flow)) + reach
	} else {
		out.Bound += max(math.Abs(ends[0]-out.Flow), math.Abs(ends[2]-out.Flow))
	}
	return out, nil
}
