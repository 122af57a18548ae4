package explore

import (
	"context"

	"muflow/sim"
)

// This file adds a loss and a dial to the theory, and shows how: a loss is the
// set S of right vertices, for the reduced flow and for the simulated model; a
// dial is a Dial that registers itself.

func init() { register(twoPaths()) }

// second returns another newly reached vertex than the demonstrated one, the
// first of a different in-degree.
func second(s *Setting) (int, error) {
	in := s.Instance
	set, next, p := s.Set(), s.Next(), s.Target()
	degree := func(v int) (d int) {
		for _, u := range in.Graph.In(v) {
			d += indicator(set[u])
		}
		return d
	}
	for v := range next {
		if next[v] && v != p && degree(v) > 0 && degree(v) != degree(p) {
			return v, nil
		}
	}
	return 0, errNoPosition
}

// twoPaths demonstrates two paths at once, ℓ = −log(softmax(ξ)_p + softmax(ξ)_{p'}).
func twoPaths() *Dial {
	return &Dial{ID: "paths", Name: "two demonstrated vertices (1) for one (0)", Theory: derived, Positions: []float64{0, 1}, Discrete: true,
		Predict: func(s *Setting, x float64) (Finding, error) {
			r := newReduced(s, 1, sim.Dials{})
			if x == 1 {
				v, err := second(s)
				if err != nil {
					return Finding{}, err
				}
				r.targets[v] = 1
			}
			return r.finding(0), nil
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			net, err := sim.NewModel(s.Instance.Graph.Order(), 1, sim.Dials{})
			if err != nil {
				return Finding{}, err
			}
			task, err := sim.NewTask(s.Instance, s.C, sim.Coconut)
			if err != nil {
				return Finding{}, err
			}
			if x == 1 {
				v, err := second(s)
				if err != nil {
					return Finding{}, err
				}
				if task, err = task.WithTargets(s.Target(), v); err != nil {
					return Finding{}, err
				}
			}
			how := descent{steps: exactSteps}
			if how.eta, err = rate(s, 1); err != nil {
				return Finding{}, err
			}
			t, err := how.run(ctx, net, []part{{task, 1}}, 1)
			if err != nil {
				return Finding{}, err
			}
			return t.finding(net, s, task)
		},
	}
}
