package sim

import (
	"fmt"
	"math"
	"slices"
)

// A Form says which entries of the score matrix W are trained.
type Form int

const (
	Diagonal Form = iota + 1 // W = diag(μ_v), the rest fixed at 0 (assumption A3)
	Full                     // all n² entries
)

func (f Form) String() string {
	switch f {
	case Diagonal:
		return "diagonal"
	case Full:
		return "full"
	}
	return fmt.Sprintf("Form(%d)", int(f))
}

// Weights are the trained numbers of the model, or a gradient with respect to
// them: the score matrix W of thought generation, n×n over the symbols, and
// the two logits of the prediction stage.
type Weights struct {
	form    Form
	symbols int       // n
	values  []float64 // W (n or n² numbers, row by row), then μ_A, μ_R
}

// MaxFullSymbols is the most symbols of a full score matrix.
const MaxFullSymbols = 1024

// NewWeights returns weights that are all 0.
func NewWeights(form Form, symbols int) (*Weights, error) {
	if form != Diagonal && form != Full {
		return nil, fmt.Errorf("score matrix of form %v, expected diagonal or full", form)
	}
	if symbols < 1 {
		return nil, fmt.Errorf("score matrix over %d symbols, expected at least 1", symbols)
	}
	count := symbols
	if form == Full {
		if symbols > MaxFullSymbols {
			return nil, fmt.Errorf("full score matrix over %d symbols, expected at most %d", symbols, MaxFullSymbols)
		}
		count *= symbols
	}
	return &Weights{form, symbols, make([]float64, count+2)}, nil
}

// SetScores sets the score matrix to the one that no relabelling changes.
//
//	W = μI + ν(11ᵀ − I)
//
// It fails for a diagonal form and ν ≠ 0, and if a number is not finite.
// Correctly rounded.
// Reference: arXiv 2509.23365, Lemma 1. Units: nats.
func (w *Weights) SetScores(mu, nu float64) error {
	if !finite(mu) || !finite(nu) {
		return fmt.Errorf("scores %g and %g, expected finite numbers", mu, nu)
	}
	if w.form == Diagonal && nu != 0 {
		return fmt.Errorf("score %g beside the diagonal of a diagonal matrix, expected 0", nu)
	}
	for i := range w.scores() {
		w.values[i] = nu
		if w.onDiagonal(i) {
			w.values[i] = mu
		}
	}
	return nil
}

// SetAnswer sets the logits of the prediction stage, carry-over μ_A and
// candidate lift μ_R. It fails if one is not finite.
func (w *Weights) SetAnswer(carry, lift float64) error {
	if !finite(carry) || !finite(lift) {
		return fmt.Errorf("prediction logits %g and %g, expected finite numbers", carry, lift)
	}
	w.values[len(w.values)-2], w.values[len(w.values)-1] = carry, lift
	return nil
}

// Form returns which entries of W are trained.
func (w *Weights) Form() Form { return w.form }

// Symbols returns n, the order of W.
func (w *Weights) Symbols() int { return w.symbols }

// Values returns W row by row (its diagonal only, if that is the form), then
// μ_A and μ_R. The slice belongs to w: changing it changes the weights.
func (w *Weights) Values() []float64 { return w.values }

// Score returns W at the given row (thought) and column (source of an edge).
func (w *Weights) Score(row, column int) float64 {
	switch {
	case w.form == Full:
		return w.values[row*w.symbols+column]
	case row == column:
		return w.values[row]
	}
	return 0
}

// Carry returns μ_A, the carry-over logit of the prediction stage.
func (w *Weights) Carry() float64 { return w.values[len(w.values)-2] }

// Lift returns μ_R, the candidate-lift logit of the prediction stage.
func (w *Weights) Lift() float64 { return w.values[len(w.values)-1] }

// Clone returns a copy.
func (w *Weights) Clone() *Weights {
	return &Weights{w.form, w.symbols, slices.Clone(w.values)}
}

// Relabel returns the weights in which symbol v is called label[v]; label must
// be a permutation of the symbols.
func (w *Weights) Relabel(label []int) (*Weights, error) {
	if err := checkLabel(label, w.symbols, w.symbols); err != nil {
		return nil, err
	}
	out := w.Clone()
	for i := range w.scores() {
		if w.form == Full {
			out.values[label[i/w.symbols]*w.symbols+label[i%w.symbols]] = w.values[i]
		} else {
			out.values[label[i]] = w.values[i]
		}
	}
	return out, nil
}

func (w *Weights) scores() []float64 { return w.values[:len(w.values)-2] }

func (w *Weights) onDiagonal(i int) bool {
	return w.form == Diagonal || i/w.symbols == i%w.symbols
}

// average replaces the weights by their average over all n! relabellings: the
// diagonal of W by its mean, the entries beside it by theirs.
func (w *Weights) average() {
	diagonal, beside := w.means()
	for i := range w.scores() {
		w.values[i] = beside
		if w.onDiagonal(i) {
			w.values[i] = diagonal
		}
	}
}

func (w *Weights) means() (diagonal, beside float64) {
	for i, x := range w.scores() {
		if w.onDiagonal(i) {
			diagonal += x
		} else {
			beside += x
		}
	}
	n := float64(w.symbols)
	if w.symbols > 1 {
		beside /= n * (n - 1)
	}
	return diagonal / n, beside
}

// invariant reports whether no relabelling changes the weights.
func (w *Weights) invariant() bool {
	for i, x := range w.scores() {
		reference := w.values[0]
		if !w.onDiagonal(i) {
			reference = w.values[1]
		}
		if x != reference {
			return false
		}
	}
	return true
}

// nonFinite names the first tensor that holds a number that is not finite, or
// returns "".
func (w *Weights) nonFinite() string {
	last := len(w.values) - 1
	for i, x := range w.values {
		if !finite(x) {
			switch {
			case i == last:
				return "candidate lift μ_R"
			case i == last-1:
				return "carry-over logit μ_A"
			default:
				return "score matrix W"
			}
		}
	}
	return ""
}

func finite(x float64) bool { return x-x == 0 }

// A Summary describes a set of numbers.
type Summary struct {
	Mean   float64 `json:"mean"`
	Spread float64 `json:"spread"` // standard deviation, the divisor is the number of entries
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// A Probe is what can be read off the weights.
type Probe struct {
	Diagonal Summary  `json:"diagonal"`         // the index-matching logits μ_v
	Beside   *Summary `json:"beside,omitempty"` // the index-mismatch logits ν, nil if there are none
	Carry    float64  `json:"carry"`            // μ_A
	Lift     float64  `json:"lift"`             // μ_R
}

// Probe summarises the diagonal of W and the entries beside it.
//
//	μ = mean of W_vv,  ν = mean of W_wu over w ≠ u
//
// Every finite matrix; numbers that are not finite carry over.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, index-matching reparametrisation. Units: nats.
func (w *Weights) Probe() Probe {
	p := Probe{Carry: w.Carry(), Lift: w.Lift()}
	var diagonal, beside []float64
	for i, x := range w.scores() {
		if w.onDiagonal(i) {
			diagonal = append(diagonal, x)
		} else {
			beside = append(beside, x)
		}
	}
	p.Diagonal = summarise(diagonal)
	if len(beside) > 0 {
		s := summarise(beside)
		p.Beside = &s
	}
	return p
}

func summarise(x []float64) Summary {
	s := Summary{Min: slices.Min(x), Max: slices.Max(x)}
	for _, v := range x {
		s.Mean += v
	}
	s.Mean /= float64(len(x))
	for _, v := range x {
		s.Spread += (v - s.Mean) * (v - s.Mean)
	}
	s.Spread = math.Sqrt(s.Spread / float64(len(x)))
	return s
}
