package explore

import (
	"context"
	"math/big"
	"muflow/internal/portable"

	"muflow/sim"
	"muflow/theory"
)

// A Dial moves one assumption. It says what is trained at a position; the
// reduced theory of that is the prediction, unless the dial foretells more.
type Dial struct {
	ID        string    // of the assumption
	Name      string    // what is moved
	Theory    string    // which reduced theory predicts it, and how far that is derived
	Positions []float64 // coarse grid; the first is 0, the theorem's setting
	Discrete  bool      // only these positions make sense
	// One of them: a dial of the simulated model, or what else is trained at x,
	// given the theorem's setting.
	model func(d *sim.Dials, x float64)
	at    func(t *trial, x float64) error
	// What holds at x if it is not what the reduced theory finds, which is given.
	foretell func(t *trial, x float64, found Finding) (Finding, error)
	// How it is measured if not by training once.
	measure func(ctx context.Context, t *trial, x float64) (Finding, error)
}

const (
	derived  = "derived: one shared logit, sign of its exact drift"
	measured = "open: measured only"
)

// coherenceWidth is the number of dimensions in which coherent embeddings lie.
const coherenceWidth = 8

// table are the dials in the order of the assumptions.
var table = []*Dial{
	{ID: "A1", Name: "leak ε of the copy layer", Theory: derived, Positions: []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7},
		model: func(d *sim.Dials, x float64) { d.Leak = x }},
	{ID: "A2", Name: "coherence κ of the embeddings (8 dimensions)", Theory: "derived for one shared logit, average over 24 relabellings", Positions: []float64{0, 0.05, 0.1, 0.2, 0.4, 0.8},
		at: func(t *trial, x float64) error {
			if x > 0 {
				t.dials = sim.Dials{Coherence: x, Width: coherenceWidth, EmbeddingSeed: 3}
				t.how.samples = 1
			}
			return nil
		}},
	{ID: "A3", Name: "rate of the entries beside the diagonal", Theory: "derived: overlap in (d, KD−d), exact", Positions: []float64{0, 0.1, 0.3, 1},
		at: func(t *trial, x float64) (err error) {
			if t.how.beside = x; x > 0 {
				t.how.eta, err = fullRate(t.setting)
			}
			return err
		},
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			if x == 0 {
				return found, nil
			}
			kind, err := separate(t.setting.contrasts())
			return Finding{Bounded: sign(kind == theory.Overlap)}, err
		}},
	{ID: "A4", Name: "share of samples that are not relabelled", Theory: "derived: bounded in the end below 1, if slowly; at 1 separated (A4-separated)", Positions: []float64{0, 0.25, 0.5, 0.75, 1}, Discrete: true,
		at: func(t *trial, x float64) error {
			if t.how.own = x; x > 0 {
				t.how.samples = 1
			}
			return nil
		},
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			switch x {
			case 0:
				return found, nil
			case 1:
				kind, err := separate(t.setting.ownContrasts())
				return Finding{Bounded: sign(kind == theory.Overlap)}, err
			}
			return Finding{Bounded: found[Bounded]}, nil
		}},
	{ID: "A5", Name: "starting logit −μ(0)", Theory: "derived: the same limit (global attraction)", Positions: []float64{0, 1, 2, 4, 8},
		at: func(t *trial, x float64) error { t.how.start = -x; return nil }},
	{ID: "A6", Name: "from linear (0) to softmax attention (1), value gain 10", Theory: derived, Positions: []float64{0, 0.25, 0.5, 0.75, 0.9, 1},
		model: func(d *sim.Dials, x float64) {
			if x > 0 {
				d.Softmax, d.ValueGain = x, 10
			}
		}},
	// With ρ < 1 the largest degree wins as μ → ∞, so there is a finite limit,
	// but it runs away.
	{ID: "A7", Name: "power ρ of the norm that the thought is divided by", Theory: derived + "; a limit beyond 1000 counts as none (for ρ < 1 there is one)", Positions: []float64{0, 0.25, 0.5, 0.75, 1},
		model: func(d *sim.Dials, x float64) { d.Normalise = x }},
	{ID: "A8", Name: "from uniform to walk weights (μ = 1)", Theory: derived, Positions: []float64{0, 0.25, 0.5, 0.75, 1},
		at: func(t *trial, x float64) (err error) {
			if x > 0 {
				t.thought, err = t.setting.walkWeights(x, big.NewRat(1, 1))
			}
			return err
		}},
	{ID: "A9", Name: "in-degree of the demonstrated vertex above d*", Theory: "derived: sign certificate, exact", Positions: []float64{0, 1, 2, 3}, Discrete: true,
		at: func(t *trial, x float64) (err error) { t.setting, err = t.setting.higher(int(x)); return err },
		foretell: func(t *trial, _ float64, found Finding) (Finding, error) {
			found[Bounded] = sign(theory.ProfileOf(t.setting.Step).Certify(theory.Coconut).Limit() == theory.FiniteLimit)
			return found, nil
		}},
	// α raises F(0) where N_c holds the larger degrees.
	{ID: "A10", Name: "log₂ of the readout gain α", Theory: derived, Positions: []float64{0, 1, 2, 3, 4},
		at: func(t *trial, x float64) error { t.alpha = portable.Exp2(x); return nil }},
	{ID: "A11", Name: "share of the vertices outside N_{c+1} left out (Coconut-BFS)", Theory: "derived: n_out, exact", Positions: []float64{0, 0.25, 0.5, 0.75, 1}, Discrete: true,
		at: func(t *trial, x float64) (err error) {
			t.loss = sim.CoconutBFS
			t.setting, err = t.setting.without(x)
			return err
		},
		foretell: func(t *trial, _ float64, _ Finding) (Finding, error) {
			limit := theory.ProfileOf(t.setting.Step).Certify(theory.CoconutBFS).Limit()
			// T1a promises growth without bound: boundedness is a failure here.
			return Finding{Grows: sign(limit == theory.PlusInfinity), Bounded: sign(limit == theory.Stationary), Monotone: 1}, nil
		}},
	{ID: "A12", Name: "weight of a second instance that diverges upward", Theory: "derived: population rule, exact", Positions: []float64{0, 0.25, 0.5, 0.75, 0.95, 1}, Discrete: true,
		at: func(t *trial, x float64) error {
			if t.setting.partner == nil {
				return errNoPosition
			}
			if t.partner = x; x > 0 {
				t.how.steps = populationSteps
			}
			return nil
		},
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			if x == 0 {
				return found, nil
			}
			one, two := newReduced(t.setting, 1, sim.Dials{}), newReduced(t.setting.partner, 1, sim.Dials{})
			return Finding{Grows: sign(float64((1-x)*one.drift(0))+float64(x*two.drift(0)) > 0), Bounded: sign(x < 1), Monotone: 1}, nil
		}},
	{ID: "A13", Name: "rate of the thoughts during the prediction stage", Theory: "derived: the thought converges with μ, Theorem 3 applies in the limit", Positions: []float64{0, 0.1, 0.5, 1}, Discrete: true,
		at:       func(t *trial, _ float64) error { t.how.steps = [3]int{100, 600, 1200}; return nil },
		foretell: func(*trial, float64, Finding) (Finding, error) { return Finding{Answers: 1}, nil },
		measure:  trainThoughts},
	{ID: "A14", Name: "log₂ of the learning rate over the theory's 1.5/L", Theory: "derived: settles for η < 2/(κVar_{μ*}(d)), enclosed (T1b-steps-unstable), passing μ* beyond half of it", Positions: []float64{0, 1, 2, 3, 4, 5, 6},
		at: func(t *trial, x float64) error {
			eta, err := rate(t.setting, 1)
			t.how.eta = eta * portable.Exp2(x)
			return err
		},
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			monotone, err := t.passesEnd()
			if err != nil || x == 0 {
				found[Monotone] = monotone
				return found, err
			}
			bounded, err := settlesAt(t.setting, t.how.eta)
			return Finding{Bounded: bounded, Monotone: monotone}, err
		}},
	{ID: "A14", Name: "momentum β", Theory: "derived: the same limit, as η < 2(1+β)/(κVar), wound round if (1+β−ηκVar)² < 4β", Positions: []float64{0, 0.5, 0.9, 0.97},
		at: func(t *trial, x float64) error { t.how.momentum = x; return nil },
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			out := Finding{Grows: found[Grows], Bounded: 1, Monotone: 1}
			if x == 0 {
				return out, nil
			}
			net, err := t.network()
			if err != nil {
				return out, err
			}
			how, err := t.settle(net)
			if err == nil {
				out[Monotone], err = spirals(t.setting, how.eta, x)
			}
			return out, err
		}},
	{ID: "A14", Name: "Adam (1) for gradient descent (0)", Theory: measured, Positions: []float64{0, 1}, Discrete: true,
		at: func(t *trial, x float64) error {
			if x == 1 {
				t.how.adam, t.how.eta = true, 0.01
			}
			return nil
		},
		foretell: func(_ *trial, x float64, found Finding) (Finding, error) {
			if x == 0 {
				return found, nil
			}
			return Finding{}, nil
		}},
	{ID: "A15", Name: "strength m of an MLP m·max(x,0)²", Theory: derived, Positions: []float64{0, 0.1, 0.3, 1, 3},
		model: func(d *sim.Dials, x float64) { d.Square = x }},
	{ID: "A15", Name: "further attention heads", Theory: derived, Positions: []float64{0, 1, 3, 7}, Discrete: true,
		model: func(d *sim.Dials, x float64) { d.Heads = int(x) }},
	{ID: "labels", Name: "share q of labels drawn at random", Theory: derived, Positions: []float64{0, 0.1, 0.25, 0.5, 0.75, 0.95, 1},
		model: func(d *sim.Dials, x float64) { d.Noise = x }},
}

// registered are the dials of files that add their own.
var registered []*Dial

// register adds a dial, from the init of its file.
func register(d *Dial) { registered = append(registered, d) }

// Dials returns every dial, in the order of the assumptions, and then those
// that were registered.
func Dials() []*Dial { return append(table[:len(table):len(table)], registered...) }

// Key names a dial on the command line and in files: its assumption, and a
// letter where there are several.
func (d *Dial) Key() string {
	position, same := 0, 0
	for _, other := range Dials() {
		if other.ID == d.ID {
			same++
			if other.Name == d.Name {
				position = same
			}
		}
	}
	if same == 1 {
		return d.ID
	}
	return d.ID + string(rune('a'+position-1))
}

// Find returns the dial with a key.
func Find(key string) (*Dial, bool) {
	for _, d := range Dials() {
		if d.Key() == key {
			return d, true
		}
	}
	return nil, false
}

// trial returns what is trained at a position.
func (d *Dial) trial(s *Setting, x float64) (*trial, error) {
	t := &trial{setting: s, alpha: 1, loss: sim.Coconut}
	if d.model != nil {
		d.model(&t.dials, x)
		return t, nil
	}
	return t, d.at(t, x)
}

// Predict says which conclusions hold at a position by the theory.
func (d *Dial) Predict(s *Setting, x float64) (Finding, error) {
	t, err := d.trial(s, x)
	if err != nil {
		return Finding{}, err
	}
	found, err := t.reduce()
	if err != nil || d.foretell == nil {
		return found, err
	}
	return d.foretell(t, x, found)
}

// Measure says which of them hold in the simulated transformer.
func (d *Dial) Measure(ctx context.Context, s *Setting, x float64) (Finding, error) {
	t, err := d.trial(s, x)
	if err != nil {
		return Finding{}, err
	}
	if d.measure != nil {
		return d.measure(ctx, t, x)
	}
	return t.simulate(ctx)
}
