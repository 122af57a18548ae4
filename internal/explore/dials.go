package explore

import (
	"context"
	"errors"
	"math"
	"math/big"
	"slices"

	"muflow/graph"
	numbers "muflow/internal/reduced"
	"muflow/sim"
	"muflow/theory"
)

const (
	derived  = "derived: one shared logit, sign of its exact drift"
	measured = "open: measured only"
)

func rational(x float64) *big.Rat {
	q := new(big.Rat)
	if q.SetFloat64(x) == nil {
		return big.NewRat(1, 1)
	}
	return q
}

// modelDial is a dial of sim.Dials that keeps all symbols alike, so that the
// reduced theory is again one logit.
func modelDial(id, name string, positions []float64, at func(x float64) sim.Dials) *Dial {
	return &Dial{ID: id, Name: name, Theory: derived, Positions: positions, model: at,
		Predict: func(s *Setting, x float64) (Finding, error) { return newReduced(s, 1, at(x)).finding(0), nil },
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			return simulate(ctx, s, 1, at(x), descent{}, sim.Coconut)
		},
	}
}

// coherenceWidth is the number of dimensions in which coherent embeddings lie.
const coherenceWidth = 8

func coherence() *Dial {
	dials := func(x float64) sim.Dials {
		if x == 0 {
			return sim.Dials{}
		}
		return sim.Dials{Coherence: x, Width: coherenceWidth, EmbeddingSeed: 3}
	}
	return &Dial{ID: "A2", Name: "coherence κ of the embeddings (8 dimensions)", Theory: "derived for one shared logit, average over 24 relabellings", Positions: []float64{0, 0.05, 0.1, 0.2, 0.4, 0.8},
		Predict: func(s *Setting, x float64) (Finding, error) {
			d := dials(x)
			r := newReduced(s, 1, d)
			if x > 0 {
				net, err := sim.NewModel(r.n, 1, d)
				if err != nil {
					return Finding{}, err
				}
				if r, err = r.named(net); err != nil {
					return Finding{}, err
				}
			}
			return r.finding(0), nil
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			how := descent{}
			if x > 0 {
				how.samples = 1
			}
			return simulate(ctx, s, 1, dials(x), how, sim.Coconut)
		},
	}
}

// mismatch trains the entries beside the diagonal at a rate of its own.
func mismatch() *Dial {
	return &Dial{ID: "A3", Name: "rate of the entries beside the diagonal", Theory: "derived: overlap in (d, KD−d), exact", Positions: []float64{0, 0.1, 0.3, 1},
		Predict: func(s *Setting, x float64) (Finding, error) {
			if x == 0 {
				return newReduced(s, 1, sim.Dials{}).finding(0), nil
			}
			kind, err := separation(s)
			return Finding{Bounded: sign(kind == theory.Overlap)}, err
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			how := descent{beside: x}
			if x > 0 {
				eta, err := fullRate(s)
				if err != nil {
					return Finding{}, err
				}
				how.eta = eta
			}
			return simulate(ctx, s, 1, sim.Dials{}, how, sim.Coconut)
		},
	}
}

// separation decides the full score matrix for a setting.
func separation(s *Setting) (theory.Separation, error) {
	f, err := theory.FullFamily(s.Step, theory.Coconut, big.NewRat(1, 1))
	if err != nil {
		return 0, err
	}
	x, err := f.Contrasts()
	if err != nil {
		return 0, err
	}
	d, err := theory.Separate(theory.Vectors(x))
	if err != nil {
		return 0, err
	}
	return d.Kind, nil
}

func fullRate(s *Setting) (float64, error) {
	f, err := theory.FullFamily(s.Step, theory.Coconut, big.NewRat(1, 1))
	if err != nil {
		return 0, err
	}
	field, err := numbers.NewField(f)
	if err != nil {
		return 0, err
	}
	return 1.5 / field.Smoothness(), nil
}

// ownNames lets vertices keep their names in a share of the samples.
func ownNames() *Dial {
	return &Dial{ID: "A4", Name: "share of samples that are not relabelled", Theory: "derived: bounded in the end below 1, if slowly; at 1 overlap over sources, exact", Positions: []float64{0, 0.25, 0.5, 0.75, 1}, Discrete: true,
		Predict: func(s *Setting, x float64) (Finding, error) {
			whole := newReduced(s, 1, sim.Dials{}).finding(0)
			if x == 0 {
				return whole, nil
			}
			if x < 1 {
				return Finding{Bounded: whole[Bounded]}, nil
			}
			kind, err := ownSeparation(s)
			return Finding{Bounded: sign(kind == theory.Overlap)}, err
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			how := descent{own: x}
			if x > 0 {
				how.samples = 1
			}
			return simulate(ctx, s, 1, sim.Dials{}, how, sim.Coconut)
		},
	}
}

// ownSeparation decides one labelled instance with a logit for each source.
func ownSeparation(s *Setting) (theory.Separation, error) {
	in := s.Instance
	set, target := s.Set(), s.Target()
	var sources []int
	for v, inside := range set {
		if inside {
			sources = append(sources, v)
		}
	}
	var contrasts [][]int
	for v := range set {
		x := make([]int, len(sources))
		zero := true
		for i, u := range sources {
			x[i] = indicator(in.Graph.HasEdge(u, target)) - indicator(in.Graph.HasEdge(u, v))
			zero = zero && x[i] == 0
		}
		if !zero {
			contrasts = append(contrasts, x)
		}
	}
	d, err := theory.Separate(theory.Vectors(contrasts))
	if err != nil {
		return 0, err
	}
	return d.Kind, nil
}

func indicator(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// startingLogit starts from another μ(0).
func startingLogit() *Dial {
	return &Dial{ID: "A5", Name: "starting logit −μ(0)", Theory: "derived: the same limit (global attraction)", Positions: []float64{0, 1, 2, 4, 8},
		Predict: func(s *Setting, x float64) (Finding, error) { return newReduced(s, 1, sim.Dials{}).finding(-x), nil },
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			return simulate(ctx, s, 1, sim.Dials{}, descent{start: -x}, sim.Coconut)
		},
	}
}

// unequalWeights goes from the uniform superposition to walk weights at μ = 1.
func unequalWeights() *Dial {
	weights := func(s *Setting, x float64) ([]float64, error) {
		logits := make([]*big.Rat, s.C)
		for i := range logits {
			logits[i] = big.NewRat(1, 1)
		}
		walks, err := theory.WalkWeights(s.Instance.Graph, s.Instance.Root, logits)
		if err != nil {
			return nil, err
		}
		out, uniform := make([]float64, len(walks)), newReduced(s, 1, sim.Dials{}).lambda
		norm := 0.0
		for v, q := range walks {
			out[v], _ = q.Float64()
			norm = math.Hypot(norm, out[v])
		}
		total := 0.0
		for v := range out {
			out[v] = (1-x)*uniform[v] + x*out[v]/norm
			total = math.Hypot(total, out[v])
		}
		for v := range out {
			out[v] /= total
		}
		if x == 0 {
			return uniform, nil
		}
		return out, nil
	}
	return &Dial{ID: "A8", Name: "from uniform to walk weights (μ = 1)", Theory: derived, Positions: []float64{0, 0.25, 0.5, 0.75, 1},
		Predict: func(s *Setting, x float64) (Finding, error) {
			w, err := weights(s, x)
			if err != nil {
				return Finding{}, err
			}
			r := newReduced(s, 1, sim.Dials{})
			r.lambda = w
			return r.finding(0), nil
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			if x == 0 || s.C == 0 {
				return simulate(ctx, s, 1, sim.Dials{}, descent{}, sim.Coconut)
			}
			w, err := weights(s, x)
			if err != nil {
				return Finding{}, err
			}
			net, err := sim.NewModel(s.Instance.Graph.Order(), 1, sim.Dials{})
			if err != nil {
				return Finding{}, err
			}
			task, err := sim.NewTask(s.Instance, s.C, sim.Coconut)
			if err != nil {
				return Finding{}, err
			}
			if task, err = task.WithThought(w); err != nil {
				return Finding{}, err
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

// targetDegree moves the demonstrated vertex to one of a larger in-degree.
func targetDegree() *Dial {
	moved := func(s *Setting, x float64) (*Setting, error) {
		if x == 0 {
			return s, nil
		}
		degrees := s.Degrees()
		want := degrees[s.Target()] + int(x)
		for v, d := range degrees {
			if d == want {
				if other, ok := s.withTarget(v); ok {
					return other, nil
				}
			}
		}
		return nil, errNoPosition
	}
	return &Dial{ID: "A9", Name: "in-degree of the demonstrated vertex above d*", Theory: "derived: sign certificate, exact", Positions: []float64{0, 1, 2, 3}, Discrete: true,
		Predict: func(s *Setting, x float64) (Finding, error) {
			m, err := moved(s, x)
			if err != nil {
				return Finding{}, err
			}
			p := theory.ProfileOf(m.Step)
			out := newReduced(m, 1, sim.Dials{}).finding(0)
			out[Bounded] = sign(p.Certify(theory.Coconut).Limit() == theory.FiniteLimit)
			return out, nil
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			m, err := moved(s, x)
			if err != nil {
				return Finding{}, err
			}
			return simulate(ctx, m, 1, sim.Dials{}, descent{}, sim.Coconut)
		},
	}
}

// readoutGain raises α, which raises F(0) where N_c holds the larger degrees.
func readoutGain() *Dial {
	return &Dial{ID: "A10", Name: "log₂ of the readout gain α", Theory: derived, Positions: []float64{0, 1, 2, 3, 4},
		Predict: func(s *Setting, x float64) (Finding, error) {
			return newReduced(s, math.Exp2(x), sim.Dials{}).finding(0), nil
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			return simulate(ctx, s, math.Exp2(x), sim.Dials{}, descent{}, sim.Coconut)
		},
	}
}

// outsideShare leaves out vertices outside N_{c+1}, under Coconut-BFS.
func outsideShare() *Dial {
	left := func(s *Setting, x float64) (*Setting, error) {
		if x == 0 {
			return s, nil
		}
		in := s.Instance
		next := s.Next()
		var outside []int
		for v := range next {
			if !next[v] && !slices.Contains(in.Path, v) {
				outside = append(outside, v)
			}
		}
		path := in.Path[:s.C+2] // the path beyond the step is outside, too
		outside = append(outside, in.Path[s.C+2:]...)
		count := int(math.Round(x * float64(len(outside))))
		drop := map[int]bool{}
		for _, v := range outside[:count] {
			drop[v] = true
		}
		place := make([]int, in.Graph.Order())
		n := 0
		for v := range place {
			place[v] = -1
			if !drop[v] {
				place[v] = n
				n++
			}
		}
		var edges [][2]int
		for _, e := range in.Graph.Edges() {
			if place[e[0]] >= 0 && place[e[1]] >= 0 {
				edges = append(edges, [2]int{place[e[0]], place[e[1]]})
			}
		}
		g, err := graph.New(n, edges)
		if err != nil {
			return nil, err
		}
		out := graph.Instance{Graph: g, Root: place[in.Root], Target: place[path[len(path)-1]], Other: place[in.Root]}
		if place[in.Other] >= 0 {
			out.Other = place[in.Other]
		}
		for _, v := range path {
			out.Path = append(out.Path, place[v])
		}
		smaller, err := out.Step(s.C)
		return &Setting{Step: smaller}, errors.Join(err, out.Validate())
	}
	return &Dial{ID: "A11", Name: "share of the vertices outside N_{c+1} left out (Coconut-BFS)", Theory: "derived: n_out, exact", Positions: []float64{0, 0.25, 0.5, 0.75, 1}, Discrete: true,
		Predict: func(s *Setting, x float64) (Finding, error) {
			m, err := left(s, x)
			if err != nil {
				return Finding{}, err
			}
			p := theory.ProfileOf(m.Step)
			limit := p.Certify(theory.CoconutBFS).Limit()
			// T1a promises growth without bound: boundedness is a failure here.
			return Finding{Grows: sign(limit == theory.PlusInfinity), Bounded: sign(limit == theory.Stationary)}, nil
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			m, err := left(s, x)
			if err != nil {
				return Finding{}, err
			}
			return simulate(ctx, m, 1, sim.Dials{}, descent{}, sim.CoconutBFS)
		},
	}
}

// population mixes the setting with one that diverges upward alone.
func population() *Dial {
	return &Dial{ID: "A12", Name: "weight of a second instance that diverges upward", Theory: "derived: population rule, exact", Positions: []float64{0, 0.25, 0.5, 0.75, 0.95, 1}, Discrete: true,
		Predict: func(s *Setting, x float64) (Finding, error) {
			if s.partner == nil {
				return Finding{}, errNoPosition
			}
			one := newReduced(s, 1, sim.Dials{})
			if x == 0 {
				return one.finding(0), nil
			}
			return Finding{Grows: sign((1-x)*one.drift(0)+x*newReduced(s.partner, 1, sim.Dials{}).drift(0) > 0), Bounded: sign(x < 1)}, nil
		},
		Measure: func(ctx context.Context, s *Setting, x float64) (Finding, error) {
			if s.partner == nil {
				return Finding{}, errNoPosition
			}
			if x == 0 {
				return simulate(ctx, s, 1, sim.Dials{}, descent{}, sim.Coconut)
			}
			n := max(s.Instance.Graph.Order(), s.partner.Instance.Graph.Order())
			net, err := sim.NewModel(n, 1, sim.Dials{})
			if err != nil {
				return Finding{}, err
			}
			one, err := sim.NewTask(s.Instance, s.C, sim.Coconut)
			if err != nil {
				return Finding{}, err
			}
			two, err := sim.NewTask(s.partner.Instance, s.partner.C, sim.Coconut)
			if err != nil {
				return Finding{}, err
			}
			how := descent{steps: [3]int{200, 1200, 7200}}
			if how.eta, err = rate(s, 1); err != nil {
				return Finding{}, err
			}
			t, err := how.run(ctx, net, []part{{one, 1 - x}, {two, x}}, 1)
			if err != nil {
				return Finding{}, err
			}
			return t.finding(net, s, one)
		},
	}
}

// registered are the dials of files that add their own.
var registered []*Dial

// register adds a dial, from the init of its file.
func register(d *Dial) { registered = append(registered, d) }

// Dials returns every dial, in the order of the assumptions, and then those
// that were registered.
func Dials() []*Dial {
	return append([]*Dial{
		modelDial("A1", "leak ε of the copy layer", []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7}, func(x float64) sim.Dials { return sim.Dials{Leak: x} }),
		coherence(),
		mismatch(),
		ownNames(),
		startingLogit(),
		modelDial("A6", "from linear (0) to softmax attention (1), value gain 10", []float64{0, 0.25, 0.5, 0.75, 0.9, 1}, func(x float64) sim.Dials {
			if x == 0 {
				return sim.Dials{}
			}
			return sim.Dials{Softmax: x, ValueGain: 10}
		}),
		beyond(modelDial("A7", "power ρ of the norm that the thought is divided by", []float64{0, 0.25, 0.5, 0.75, 1}, func(x float64) sim.Dials { return sim.Dials{Normalise: x} })),
		unequalWeights(),
		targetDegree(),
		readoutGain(),
		outsideShare(),
		population(),
		movingThoughts(),
		stepSize(),
		momentum(),
		adam(),
		modelDial("A15", "strength m of an MLP m·max(x,0)²", []float64{0, 0.1, 0.3, 1, 3}, func(x float64) sim.Dials { return sim.Dials{Square: x} }),
		heads(),
		modelDial("labels", "share q of labels drawn at random", []float64{0, 0.1, 0.25, 0.5, 0.75, 0.95, 1}, func(x float64) sim.Dials { return sim.Dials{Noise: x} }),
	}, registered...)
}

// beyond says that a finite limit too far out to be seen counts as none: with
// ρ < 1 the largest degree wins as μ → ∞, so there is one, but it runs away.
func beyond(d *Dial) *Dial {
	d.Theory = derived + "; a limit beyond 1000 counts as none (for ρ < 1 there is one)"
	return d
}

func heads() *Dial {
	d := modelDial("A15", "further attention heads", []float64{0, 1, 3, 7}, func(x float64) sim.Dials { return sim.Dials{Heads: int(x)} })
	d.Discrete = true
	return d
}

// Settings returns one step of each of the first count instances that have one
// with d_min < d* < d_max and d* > F(0), each with a partner that diverges
// upward alone.
func Settings(instances []graph.Instance, count int) ([]Setting, error) {
	var out []Setting
	var partner *Setting
	last := -1 // an instance gives one step
	for i, s := range graph.StepsOf(instances, -1) {
		if i == last {
			continue
		}
		p := theory.ProfileOf(s)
		sign, _ := p.Start().Sign()
		switch limit := p.Certify(theory.Coconut).Limit(); {
		case limit == theory.PlusInfinity && s.C > 0 && partner == nil:
			partner, last = &Setting{Step: s}, i
		case limit == theory.FiniteLimit && sign > 0 && len(out) < count:
			out, last = append(out, Setting{Step: s}), i
		}
	}
	for i := range out {
		out[i].partner = partner
	}
	return out, nil
}
