package compare

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/sim"
	"muflow/theory"
)

// A TrainedPair is where the softmax model with a trained value gain was last
// seen.
type TrainedPair struct {
	Logit float64 // z = μ/√K
	Gain  float64 // g
	Loss  float64
	Steps int
	Moves [2]float64 // of z and g in the last steps
}

// TrainPair trains the softmax model with a trained value gain on step c of one
// instance, from z = 0 and the given gain, by gradient descent on the exact
// average over all relabellings: all diagonal entries of the score matrix move
// by the mean of their derivatives. The learning rate, shared by both, is
// doubled after every step and halved until the loss falls by at least half of
// what its slope says, z moves by at most 1/10 and g by at most 1/20 of itself,
// or of 1. It ends after so many steps, or when it has arrived, or where |z| or
// |g| exceeds 300, or no step lowers the loss any more.
// Approximate: no error bound.
func TrainPair(ctx context.Context, in *graph.Instance, c int, gain float64, steps int, arrived func(TrainedPair) bool) (TrainedPair, error) {
	task, err := sim.NewTask(in, c, sim.Coconut)
	if err != nil {
		return TrainedPair{}, err
	}
	n := in.Graph.Order()
	model, err := sim.NewModel(n, 1, sim.Dials{Softmax: 1, ValueGain: 1, Value: sim.GainValue})
	if err != nil {
		return TrainedPair{}, err
	}
	w, err := model.Start(sim.Diagonal)
	if err != nil {
		return TrainedPair{}, err
	}
	k := 0.0
	for _, reached := range in.Reached(c) {
		if reached {
			k++
		}
	}
	evaluate := func(mu, g float64) (loss, dmu, dg float64, err error) {
		if err := w.SetScores(mu, 0); err != nil {
			return 0, 0, 0, err
		}
		w.Value()[0] = g
		e, err := sim.Evaluate(model, task, nil, w)
		if err != nil {
			return 0, 0, 0, err
		}
		for v := range n {
			dmu += e.Gradient.Score(v, v) / float64(n)
		}
		return e.Loss, dmu, e.Gradient.Value()[0], nil
	}
	const far, least, most = 300, 1e-12, 1e300
	mu, g, rate := 0.0, gain, 0.1
	loss, dmu, dg, err := evaluate(mu, g)
	p := TrainedPair{Gain: gain, Loss: loss}
	for err == nil && p.Steps < steps && math.Abs(mu) < far*math.Sqrt(k) && math.Abs(g) < far {
		if err = ctx.Err(); err != nil {
			break
		}
		rate = min(most, 2*rate)
		rate = min(rate, 0.1*math.Sqrt(k)/max(math.Abs(dmu), 1/most), 0.05*max(1, math.Abs(g))/max(math.Abs(dg), 1/most))
		var next, a, b float64
		for ; rate > least; rate /= 2 {
			if next, a, b, err = evaluate(mu-float64(rate*dmu), g-float64(rate*dg)); err != nil || next < loss && next <= loss-float64(rate*(float64(float64(n)*dmu*dmu)+float64(dg*dg))/2) {
				break
			}
		}
		if err != nil || rate <= least {
			break
		}
		p.Moves = [2]float64{-rate * dmu / math.Sqrt(k), -rate * dg}
		mu, g, loss, dmu, dg = mu-float64(rate*dmu), g-float64(rate*dg), next, a, b
		p.Logit, p.Gain, p.Loss = mu/math.Sqrt(k), g, loss
		if p.Steps++; arrived(p) {
			break
		}
	}
	return p, err
}

// Where a trained pair counts as arrived: the finite numbers to one part in a
// hundred (of 1, if they are smaller), a logit without limit beyond 5 and still
// on its way, a gain without limit beyond 100 and still growing, with the
// attention within 1/5 of that of the largest margin.
const (
	pairShare  = 0.01
	pairLogit  = 5
	pairGain   = 100
	pairWeight = 0.2
)

// Arrived reports whether a trained pair is where the limit says, given the
// attention weight w at its logit.
func (p TrainedPair) Arrived(l *prove.PairLimit, w float64) bool {
	near := func(x float64, goal *ball.Ball) bool {
		to, _ := goal.Mid().Float64()
		return math.Abs(x-to) <= pairShare*max(1, math.Abs(to))
	}
	switch l.End {
	case prove.PairFinite:
		return near(p.Logit, l.Logit) && near(p.Gain, l.Gain)
	case prove.PairLeaving:
		return p.Logit > pairLogit && p.Moves[0] > 0 && near(p.Gain, l.Gain)
	case prove.PairOthers:
		return p.Logit < -pairLogit && p.Moves[0] < 0 && near(p.Gain, l.Gain)
	case prove.PairGrowing:
		least, _ := l.Margin.Least.Float64()
		greatest, _ := l.Margin.Greatest.Float64()
		return math.Abs(p.Gain) > pairGain && p.Moves[1]*p.Gain > 0 && w > least-pairWeight && w < greatest+pairWeight
	}
	return false
}

// Nearing reports whether a trained pair last moved to where the limit says: z
// to its limit, or a gain that grows outward.
func (p TrainedPair) Nearing(l *prove.PairLimit) bool {
	switch l.End {
	case prove.PairFinite:
		z, _ := l.Logit.Mid().Float64()
		return p.Moves[0]*(z-p.Logit) > 0
	case prove.PairLeaving:
		return p.Moves[0] > 0
	case prove.PairOthers:
		return p.Moves[0] < 0
	case prove.PairGrowing:
		return p.Moves[1]*p.Gain > 0
	}
	return false
}

// A PairCount counts steps with the same separation in the plane (d_v, D_v − d_v),
// whose trained gain took the same side and has the same end there.
type PairCount struct {
	Separation theory.Separation `json:"separation"`
	Side       int               `json:"side"` // sign of the trained gain
	End        prove.PairEnd     `json:"end"`  // proved for this side
	Instances  int               `json:"instances"`
	Arrived    int               `json:"arrived"`  // trained pairs that are there
	Nearing    int               `json:"nearing"`  // trained pairs that are on the way
	Proved     int               `json:"proved"`   // steps whose gain cannot leave the side of the start, where the loss is below that at g = 0
	AsSlope    int               `json:"as_slope"` // steps whose gain took the side of D_p − E[D] at z = g = 0
}

// TrainPairs trains the pair (z, g) on one step of every instance that has it,
// from (0, gain), and counts the ends beside those of prove.DecidePair. The
// counts are the same for any number of jobs.
// Approximate: no error bound.
// theory.md section 7a.
func TrainPairs(ctx context.Context, instances []graph.Instance, step int, gain float64, steps, jobs int, progress runlog.Progress) ([]PairCount, error) {
	all, err := runlog.Map(ctx, len(instances), jobs, progress, func(ctx context.Context, i int) (*PairCount, error) {
		count, err := trainOnePair(ctx, &instances[i], step, gain, steps)
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		return count, nil
	})
	if err != nil {
		return nil, err
	}
	var out []PairCount
	for _, c := range all {
		if c == nil {
			continue
		}
		at := slices.IndexFunc(out, func(x PairCount) bool { return x.Separation == c.Separation && x.Side == c.Side && x.End == c.End })
		if at < 0 {
			out = append(out, *c)
			continue
		}
		x := &out[at]
		x.Instances, x.Arrived, x.Nearing, x.Proved, x.AsSlope = x.Instances+1, x.Arrived+c.Arrived, x.Nearing+c.Nearing, x.Proved+c.Proved, x.AsSlope+c.AsSlope
	}
	slices.SortFunc(out, func(x, y PairCount) int {
		return cmp.Or(cmp.Compare(x.Separation, y.Separation), -cmp.Compare(x.Side, y.Side), cmp.Compare(x.End, y.End))
	})
	return out, nil
}

// trainOnePair returns nil for an instance without the step, or one that does
// not move.
func trainOnePair(ctx context.Context, in *graph.Instance, step int, gain float64, steps int) (*PairCount, error) {
	s, err := in.Step(step)
	if err != nil {
		return nil, nil
	}
	a := theory.AttentionOf(s)
	if !a.Moves() {
		return nil, nil
	}
	one := big.NewRat(1, 1)
	plane, err := a.Family(one, 1, theory.OnLeaving, theory.OnOthers)
	if err != nil {
		return nil, err
	}
	contrasts, err := plane.Contrasts()
	if err != nil {
		return nil, err
	}
	separation, err := theory.Separate(theory.Vectors(contrasts))
	if err != nil {
		return nil, err
	}
	field, err := NewAttentionField(a, 1)
	if err != nil {
		return nil, err
	}
	var limits [2]*prove.PairLimit // for g > 0 and g < 0
	for i, sign := range []int{1, -1} {
		if limits[i], err = prove.DecidePair(ctx, a, one, sign); err != nil {
			return nil, err
		}
	}
	arrived := func(p TrainedPair) bool { return p.Arrived(limits[indicator(p.Gain < 0)], field.Weight(p.Logit)) }
	pair, err := TrainPair(ctx, in, step, gain, steps, arrived)
	if err != nil {
		return nil, err
	}
	limit := limits[indicator(pair.Gain < 0)]
	count := &PairCount{Separation: separation.Kind, Side: 1, Instances: 1, End: limit.End, Arrived: indicator(arrived(pair))}
	if pair.Gain < 0 {
		count.Side = -1
	}
	count.Nearing = indicator(count.Arrived == 0 && pair.Nearing(limit))
	_, slope := field.Drift(0, 0)
	count.Proved = indicator(field.Loss(0, gain) < field.Loss(0, 0))
	count.AsSlope = indicator(float64(count.Side)*slope > 0)
	return count, nil
}

func indicator(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
