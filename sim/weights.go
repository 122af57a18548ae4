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

// A ValueMap says what of the value map is trained: what an edge adds to the
// thought, times its attention.
type ValueMap int

const (
	FixedValue  ValueMap = iota // the target of the edge
	GainValue                   // g times the target, g trained from 1
	MatrixValue                 // row t of an n×n matrix, trained from the identity
	CarryValue                  // the target of the edge; ω times the last thought is carried over, ω trained from 1
)

// Weights are the trained numbers of the model, or a gradient with respect to
// them: the score matrix W of thought generation, n×n over the symbols, the
// value map if that is trained, and the two logits of the prediction stage.
type Weights struct {
	form    Form
	value   ValueMap
	symbols int       // n
	values  []float64 // W (n or n² numbers, row by row), the value map (0, 1 or n²), then μ_A, μ_R
}

// MaxFullSymbols is the most symbols of a full matrix.
const MaxFullSymbols = 1024

// NewWeights returns weights that are all 0, those before training of a model
// whose value map is not trained.
func NewWeights(form Form, symbols int) (*Weights, error) {
	return newWeights(form, FixedValue, symbols)
}

func newWeights(form Form, value ValueMap, symbols int) (*Weights, error) {
	if form != Diagonal && form != Full {
		return nil, fmt.Errorf("score matrix of form %v, expected diagonal or full", form)
	}
	if symbols < 1 {
		return nil, fmt.Errorf("score matrix over %d symbols, expected at least 1", symbols)
	}
	if (form == Full || value == MatrixValue) && symbols > MaxFullSymbols {
		return nil, fmt.Errorf("full matrix over %d symbols, expected at most %d", symbols, MaxFullSymbols)
	}
	count := symbols
	if form == Full {
		count *= symbols
	}
	switch value {
	case GainValue, CarryValue:
		count++
	case MatrixValue:
		count += symbols * symbols
	}
	return &Weights{form, value, symbols, make([]float64, count+2)}, nil
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
	w.scores().set(mu, nu)
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

// Values returns W row by row (its diagonal only, if that is the form), the
// value map if it is trained, then μ_A and μ_R. The slice belongs to w:
// changing it changes the weights.
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

// Value returns the trained value map: nothing, its gain, row t of the matrix
// for the target t of an edge, row by row, or the weight of the carry-over. It belongs to w as Values do.
func (w *Weights) Value() []float64 {
	return w.values[len(w.scores().entries) : len(w.values)-2]
}

// Carry returns μ_A, the carry-over logit of the prediction stage.
func (w *Weights) Carry() float64 { return w.values[len(w.values)-2] }

// Lift returns μ_R, the candidate-lift logit of the prediction stage.
func (w *Weights) Lift() float64 { return w.values[len(w.values)-1] }

// Clone returns a copy.
func (w *Weights) Clone() *Weights {
	return &Weights{w.form, w.value, w.symbols, slices.Clone(w.values)}
}

// A square is an n×n matrix over the symbols, or its diagonal.
type square struct {
	entries  []float64
	symbols  int // n
	diagonal bool
}

// scores returns W.
func (w *Weights) scores() square {
	if w.form == Diagonal {
		return square{w.values[:w.symbols], w.symbols, true}
	}
	return square{w.values[:w.symbols*w.symbols], w.symbols, false}
}

// matrices returns the trained matrices.
func (w *Weights) matrices() []square {
	if w.value == MatrixValue {
		return []square{w.scores(), {w.Value(), w.symbols, false}}
	}
	return []square{w.scores()}
}

// onDiagonal reports whether entry i lies there.
func (s square) onDiagonal(i int) bool { return s.diagonal || i/s.symbols == i%s.symbols }

// set sets all entries on the diagonal to one number, and all beside it.
func (s square) set(diagonal, beside float64) {
	for i := range s.entries {
		s.entries[i] = beside
		if s.onDiagonal(i) {
			s.entries[i] = diagonal
		}
	}
}

// split returns the entries on the diagonal and beside it.
func (s square) split() (diagonal, beside []float64) {
	for i, x := range s.entries {
		if s.onDiagonal(i) {
			diagonal = append(diagonal, x)
		} else {
			beside = append(beside, x)
		}
	}
	return diagonal, beside
}

// means returns the means of the entries on the diagonal and beside it.
func (s square) means() (diagonal, beside float64) {
	for i, x := range s.entries {
		if s.onDiagonal(i) {
			diagonal += x
		} else {
			beside += x
		}
	}
	n := float64(s.symbols)
	if s.symbols > 1 {
		beside /= n * (n - 1)
	}
	return diagonal / n, beside
}

// average replaces the weights by their average over all n! relabellings: the
// diagonal of a matrix by its mean, the entries beside it by theirs.
func (w *Weights) average() {
	for _, s := range w.matrices() {
		s.set(s.means())
	}
}

// invariant reports whether no relabelling changes the weights.
func (w *Weights) invariant() bool {
	for _, s := range w.matrices() {
		for i, x := range s.entries {
			if s.onDiagonal(i) && x != s.entries[0] || !s.onDiagonal(i) && x != s.entries[1] {
				return false
			}
		}
	}
	return true
}

// nonFinite names the first tensor that holds a number that is not finite, or
// returns "".
func (w *Weights) nonFinite() string {
	last, scores := len(w.values)-1, len(w.scores().entries)
	for i, x := range w.values {
		if !finite(x) {
			switch {
			case i == last:
				return "candidate lift μ_R"
			case i == last-1:
				return "carry-over logit μ_A"
			case i >= scores:
				return "value map"
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
	Mean   float64
	Spread float64 // standard deviation, the divisor is the number of entries
	Min    float64
	Max    float64
}

// A Probe is what can be read off the weights.
type Probe struct {
	Diagonal Summary  // the index-matching logits μ_v
	Beside   *Summary // the index-mismatch logits ν, nil if there are none
	Value    *float64 // the gain of the value map, the mean diagonal of its matrix, or the weight of the carry-over; nil if none is trained
	Carry    float64  // μ_A
	Lift     float64  // μ_R
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
	diagonal, beside := w.scores().split()
	p.Diagonal = summarise(diagonal)
	if len(beside) > 0 {
		s := summarise(beside)
		p.Beside = &s
	}
	switch w.value {
	case GainValue, CarryValue:
		gain := w.Value()[0]
		p.Value = &gain
	case MatrixValue:
		mean, _ := w.matrices()[1].means()
		p.Value = &mean
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
		s.Spread += float64((v - s.Mean) * (v - s.Mean))
	}
	s.Spread = math.Sqrt(s.Spread / float64(len(x)))
	return s
}
