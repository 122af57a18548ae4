package sim

import (
	"errors"
	"fmt"
	"math"
)

// A ValueMap says what of the value map is trained: what an edge adds to the
// thought, times its attention.
type ValueMap int

const (
	FixedValue  ValueMap = iota // the target of the edge
	GainValue                   // g times the target, g trained from 1
	MatrixValue                 // row t of an n×n matrix, trained from the identity
)

// Dials move the assumptions of thought generation away from the theory's.
// The zero value is the theory's model. The prediction stage is not changed by
// any of them.
type Dials struct {
	// Leak ε makes layer 1 copy imperfectly (A1): the source buffer of an edge
	// token holds (1−ε) times its source and ε times its target, the target
	// buffer the reverse, as with a positional head that looks one place beside.
	Leak float64
	// Coherence κ replaces the orthonormal embeddings (A2) by unit vectors with
	// inner products κ·⟨r_u, r_v⟩, r_v random unit vectors of Width dimensions
	// drawn from EmbeddingSeed. At 1 all symbols lie in Width dimensions.
	Coherence     float64
	Width         int
	EmbeddingSeed uint64
	// Softmax τ mixes linear attention (0) with a softmax over the edge tokens
	// times the value gain g (1) (A6).
	Softmax   float64
	ValueGain float64
	// Normalise ρ divides the new thought by the ρ-th power of its norm before
	// the readout (A7).
	Normalise float64
	// Heads is the number of further attention heads tied to the first (A15).
	Heads int
	// Square m adds m·max(x,0)² to each coefficient x of the new thought, an MLP
	// with one neuron a symbol (A15).
	Square float64
	// Noise q is the share of training labels that are drawn uniformly.
	Noise float64
	// Value says what of the value map is trained (A15).
	Value ValueMap
}

func (d Dials) validate() error {
	for _, x := range []struct {
		name  string
		value float64
		most  float64
	}{{"leak", d.Leak, 1}, {"coherence", d.Coherence, 1}, {"softmax", d.Softmax, 1}, {"normalise", d.Normalise, math.MaxFloat64},
		{"square", d.Square, math.MaxFloat64}, {"noise", d.Noise, 1}, {"value gain", d.ValueGain, math.MaxFloat64}} {
		if !(x.value >= 0 && x.value <= x.most) {
			return fmt.Errorf("dial %s %g, expected 0 to %g", x.name, x.value, x.most)
		}
	}
	switch {
	case d.Heads < 0 || d.Width < 0:
		return errors.New("a negative number of heads or dimensions")
	case (d.Coherence > 0) != (d.Width > 0):
		return fmt.Errorf("coherence %g with %d dimensions, expected both or neither", d.Coherence, d.Width)
	case d.Coherence == 0 && d.EmbeddingSeed != 0:
		return fmt.Errorf("embedding seed %d without coherence", d.EmbeddingSeed)
	case (d.Softmax > 0) != (d.ValueGain > 0):
		return fmt.Errorf("softmax %g with value gain %g, expected both or neither", d.Softmax, d.ValueGain)
	case d.Value < FixedValue || d.Value > MatrixValue:
		return fmt.Errorf("value map %d, expected 0 to 2", int(d.Value))
	}
	return nil
}

// A Model is the transformer in the coefficients of its embeddings, with the
// assumptions that its dials move.
type Model struct {
	symbols int
	gain    float64
	dials   Dials
	gram    [][]float64 // inner products of the embeddings, nil if orthonormal
	chain   bool        // no compact pass
}

// NewModel returns the model over n symbols with readout gain α and the given
// dials. It fails unless n and α are positive and α is finite, on dials out of
// range, and on one that is set but not used.
//
//	q = Gλ,  x_e = (1+H)·⟨qᵀW G, (1−ε)src + ε tgt⟩,  y_e = (1−τ)x_e + τ g softmax(x)_e
//	t' = λ + Σ_e y_e((1−ε)V_tgt + ε V_src),  t″ = t' + m·max(t',0)²,  ξ = αG t″/‖t″‖^ρ
//	ℓ = (1−q)·ℓ_S + q·(1/n)Σ_v(−log softmax(ξ)_v)
//
// with V_v = u_v unless the value map is trained. Between two steps of a chain
// the next thought is λ⁺ = t″/‖t″‖, of the coefficients.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, model of Theorems 1 and 3 at zero dials.
func NewModel(symbols int, gain float64, d Dials) (*Model, error) {
	if symbols < 1 {
		return nil, fmt.Errorf("network over %d symbols, expected at least 1", symbols)
	}
	if !(gain > 0) || math.IsInf(gain, 0) {
		return nil, fmt.Errorf("readout gain %g, expected a positive finite number", gain)
	}
	if err := d.validate(); err != nil {
		return nil, err
	}
	m := &Model{symbols: symbols, gain: gain, dials: d}
	if d.Coherence > 0 {
		if symbols > MaxFullSymbols {
			return nil, fmt.Errorf("coherent embeddings of %d symbols, expected at most %d", symbols, MaxFullSymbols)
		}
		m.gram = coherentGram(symbols, d)
	}
	return m, nil
}

// EdgeByEdge returns the same model without the short cut that is taken at
// zero dials: models beside each other then differ by their dials alone, not by
// the order in which they add up.
func (m *Model) EdgeByEdge() *Model {
	out := *m
	out.chain = true
	return &out
}

// Symbols returns n.
func (m *Model) Symbols() int { return m.symbols }

// Start returns the weights before training: W = 0, the value map as it is
// when it is not trained.
func (m *Model) Start(form Form) (*Weights, error) {
	w, err := newWeights(form, m.dials.Value, m.symbols)
	if err != nil {
		return nil, err
	}
	switch m.dials.Value {
	case GainValue:
		w.Value()[0] = 1
	case MatrixValue:
		w.matrices()[1].set(1, 0)
	}
	return w, nil
}

func (m *Model) check(w *Weights) error {
	if w.value != m.dials.Value {
		return fmt.Errorf("weights with value map %d for a model with %d", int(w.value), int(m.dials.Value))
	}
	return nil
}

// newPass returns the compact pass if it is the same model.
func (m *Model) newPass(through bool) pass {
	if !through && !m.chain && m.dials == (Dials{}) {
		return &compactPass{gain: m.gain}
	}
	return &chainPass{model: m}
}
