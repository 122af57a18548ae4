package sim

import (
	"fmt"
	"math"
)

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
//	q = Gλ,  x_e = (1+H)(1+ε_uη_e)·⟨qᵀW G, (1−ε)src + ε tgt⟩,  y_e = (1−τ)x_e + τ g softmax(x)_e
//	t' = λ + Σ_e y_e((1−ε)V_tgt + ε V_src),  t″ = t' + m·max(t',0)²,  ξ = αG t″/‖t″‖^ρ
//	ℓ = (1−q)·ℓ_S + q·(1/n)Σ_v(−log softmax(ξ)_v)
//
// with V_v = u_v unless the value map is trained, and ωλ for λ in t' where the
// weight of the carry-over is (A18). Between two steps of a chain
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
	case GainValue, CarryValue:
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
