package explore

import (
	"context"
	"math"

	"muflow/sim"
)

// movingThoughts keeps training the thoughts while the prediction stage trains.
func movingThoughts() *Dial {
	return &Dial{ID: "A13", Name: "rate of the thoughts during the prediction stage", Theory: "derived: the thought converges with μ, Theorem 3 applies in the limit", Positions: []float64{0, 0.1, 0.5, 1}, Discrete: true,
		Predict: func(s *Setting, x float64) (Finding, error) { return Finding{Answers: 1}, nil },
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			n := s.Instance.Graph.Order()
			net, err := sim.NewModel(n, 1, sim.Dials{})
			if err != nil {
				return Finding{}, err
			}
			step, err := sim.NewTask(s.Instance, s.C, sim.Coconut)
			if err != nil {
				return Finding{}, err
			}
			answer, err := sim.NewTask(s.Instance, s.Instance.Steps(), sim.Prediction)
			if err != nil {
				return Finding{}, err
			}
			how := descent{steps: [3]int{100, 600, 1200}}
			if how.eta, err = rate(s, 1); err != nil {
				return Finding{}, err
			}
			t, err := how.run(ctx, net, []part{{step, 1}}, 1) // the thought as the generation stage leaves it
			if err != nil {
				return Finding{}, err
			}
			w := t.weights
			right := false
			for range 4000 {
				if err := ctx.Err(); err != nil {
					return Finding{}, err
				}
				thoughts, err := sim.Think(net, answer, nil, w, true)
				if err != nil {
					return Finding{}, err
				}
				given, err := answer.WithThought(thoughts[answer.Step()-1])
				if err != nil {
					return Finding{}, err
				}
				e, err := sim.Evaluate(net, given, nil, w)
				if err != nil {
					return Finding{}, err
				}
				right = true
				for v, l := range e.Logits {
					right = right && (v == s.Instance.Target || l < e.Logits[s.Instance.Target])
				}
				g, err := symmetric(net, step, w)
				if err != nil {
					return Finding{}, err
				}
				values := w.Values()
				for i := range values {
					if i >= len(values)-2 {
						values[i] -= 0.5 * e.Gradient.Values()[i]
					} else if x > 0 {
						values[i] -= x * how.eta * g[i]
					}
				}
			}
			return Finding{Answers: sign(right)}, nil
		},
	}
}

// stepSize raises the learning rate of plain gradient descent.
func stepSize() *Dial {
	// The reference is an eighth of the largest stable rate 2/(κ Var_{μ*}(d)).
	base := func(s *Setting) (float64, float64, error) {
		eta, err := rate(s, 1)
		if err != nil {
			return 0, 0, err
		}
		r := newReduced(s, 1, sim.Dials{})
		mu, _ := r.end(0)
		const h = 1e-4
		speed := (r.drift(mu-h) - r.drift(mu+h)) / (2 * h) // κ Var_{μ*}(d)
		return eta, 2 / speed, nil
	}
	return &Dial{ID: "A14", Name: "log₂ of the learning rate over the theory's 1.5/L", Theory: "derived: settles for η < 2/(κVar_{μ*}(d))", Positions: []float64{0, 1, 2, 3, 4, 5, 6},
		Predict: func(s *Setting, x float64) (Finding, error) {
			eta, largest, err := base(s)
			if err != nil {
				return Finding{}, err
			}
			if x == 0 {
				return newReduced(s, 1, sim.Dials{}).finding(0), nil
			}
			return Finding{Bounded: sign(eta*math.Exp2(x) < largest)}, nil
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			eta, _, err := base(s)
			if err != nil {
				return Finding{}, err
			}
			return simulate(ctx, s, 1, sim.Dials{}, descent{eta: eta * math.Exp2(x)}, sim.Coconut)
		},
	}
}

// momentum adds momentum at the theory's learning rate.
func momentum() *Dial {
	return &Dial{ID: "A14", Name: "momentum β", Theory: "derived: the same limit, as η < 2(1+β)/(κVar)", Positions: []float64{0, 0.5, 0.9, 0.97},
		Predict: func(s *Setting, x float64) (Finding, error) {
			return Finding{Grows: newReduced(s, 1, sim.Dials{}).finding(0)[Grows], Bounded: 1}, nil
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			return simulate(ctx, s, 1, sim.Dials{}, descent{momentum: x}, sim.Coconut)
		},
	}
}

// adam replaces gradient descent by Adam.
func adam() *Dial {
	return &Dial{ID: "A14", Name: "Adam (1) for gradient descent (0)", Theory: measured, Positions: []float64{0, 1}, Discrete: true,
		Predict: func(s *Setting, x float64) (Finding, error) {
			if x == 0 {
				return newReduced(s, 1, sim.Dials{}).finding(0), nil
			}
			return Finding{}, nil
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			how := descent{}
			if x == 1 {
				how.adam, how.eta = true, 0.01
			}
			return simulate(ctx, s, 1, sim.Dials{}, how, sim.Coconut)
		},
	}
}
