package sim

import (
	"errors"
	"fmt"
	"math"
	"muflow/internal/portable"
	"muflow/sim/kernel"
)

// A Network is a Model, or what the tests put in its place.
type Network interface {
	// Symbols returns n, how many symbols a vertex can be called by.
	Symbols() int

	// check fails on weights of another kind than the network's.
	check(w *Weights) error
	// newPass returns memory for one sample at a time, for one step, or through
	// all the steps of a task.
	newPass(through bool) pass
}

// A pass evaluates one sample at a time and reuses its memory. The arguments
// have been checked. Thoughts start with [t_0] = u_r; entry i weighs the
// vertices in [t_i].
type pass interface {
	// forward returns the loss after the last of the thoughts. In a pass
	// through all steps some thoughts may be missing: they are those of the
	// network, of unit norm.
	forward(t *Task, thoughts [][]float64, label []int, w *Weights) float64
	// backward adds the gradient of the loss that forward returned last.
	backward(t *Task, thoughts [][]float64, label []int, w, gradient *Weights)
	// readout returns the logits ξ_v that forward computed last.
	readout() []float64
	// sources returns the scores of the sources in its last step.
	sources() []float64
	// next writes the weights of the thought that follows the last one.
	next(t *Task, thoughts [][]float64, label []int, w *Weights, weights []float64)
}

// An Evaluation is one sample pushed through a network and back.
type Evaluation struct {
	Loss     float64   // nats
	Logits   []float64 // ξ_v of the vertices of the instance
	Gradient *Weights  // of the loss
}

// Evaluate returns loss, logits and gradient of one task in which vertex v is
// called label[v], or v if label is nil.
//
//	[t_{c+1}] = [t_c] + Σ_{(u→v)∈E} (Σ_w λ_w W_{wu}) u_v,   ξ_v = α⟨u_v, [t_{c+1}]⟩
//	ξ_v = μ_A λ_v + μ_R 1{v candidate}                      (prediction stage)
//	ℓ = −log( Σ_{v∈S} e^{ξ_v} / Σ_v e^{ξ_v} )
//
// It fails on weights of another order than the network's, on labels that are
// not different symbols of the network, and if a result is not finite.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, model and losses of Theorems 1 and 3.
// Units: nats.
func Evaluate(net Network, t *Task, label []int, w *Weights) (*Evaluation, error) {
	label, err := checkSample(net, t, label, w)
	if err != nil {
		return nil, err
	}
	gradient := w.Clone()
	clear(gradient.values)
	p := net.newPass(false)
	e := &Evaluation{Gradient: gradient}
	e.Loss = p.forward(t, t.thoughts, label, w)
	p.backward(t, t.thoughts, label, w, gradient)
	e.Logits = append([]float64(nil), p.readout()...)
	if !finite(e.Loss) {
		return nil, &NonFiniteError{Tensor: "loss"}
	}
	if name := gradient.nonFinite(); name != "" {
		return nil, &NonFiniteError{Tensor: "gradient of the " + name}
	}
	return e, nil
}

// Think returns the c+1 thoughts [t_1] … [t_{c+1}] that the network generates
// by itself from the root on the graph of the task, as weights of the vertices;
// unit says whether each is scaled to unit norm before the next. The thoughts
// that the task holds are not used.
//
//	[t_{i+1}] = [t_i] + Σ_{(u→v)∈E} (Σ_w λ_w W_{wu}) u_v,   [t_0] = u_r
//
// It fails as Evaluate does.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, thought generation.
func Think(net Network, t *Task, label []int, w *Weights, unit bool) ([][]float64, error) {
	label, err := checkSample(net, t, label, w)
	if err != nil {
		return nil, err
	}
	mode := Generated
	if unit {
		mode = GeneratedUnit
	}
	thoughts := generate(net.newPass(false), t, t.step+1, mode, label, w, nil)
	for _, thought := range thoughts {
		for _, x := range thought {
			if !finite(x) {
				return nil, &NonFiniteError{Tensor: "generated thought"}
			}
		}
	}
	return thoughts[1:], nil
}

// Thoughts says where the c thoughts before a step come from.
type Thoughts int

const (
	Superposition Thoughts = iota // those of the task: uniform on N_1 … N_c, or given
	Generated                     // by the network itself with its present weights
	GeneratedUnit                 // the same, each scaled to unit norm
	Through                       // the same, and derivatives flow back through them
)

// generate returns [t_0] … [t_count] in the memory of buffer.
func generate(p pass, t *Task, count int, mode Thoughts, label []int, w *Weights, buffer [][]float64) [][]float64 {
	for len(buffer) < count+1 {
		buffer = append(buffer, nil)
	}
	buffer = buffer[:count+1]
	buffer[0] = append(buffer[0][:0], t.thoughts[0]...)
	for i := range count {
		buffer[i+1] = kernel.Resize(buffer[i+1], t.order)
		p.next(t, buffer[:i+1], label, w, buffer[i+1])
		if mode == GeneratedUnit {
			normalise(buffer[i+1])
		}
	}
	return buffer
}

// normalise scales x to unit norm.
func normalise(x []float64) {
	norm := 0.0
	for _, v := range x {
		norm = portable.Hypot(norm, v)
	}
	for i := range x {
		x[i] /= norm
	}
}

// unit scales x to unit norm and returns the norm that it had.
func unit(x []float64) float64 {
	norm := 0.0
	for _, v := range x {
		norm += float64(v * v)
	}
	norm = math.Sqrt(norm)
	for i := range x {
		x[i] /= norm
	}
	return norm
}

// backUnit: λ = x/‖x‖, so dx = (dλ − λ⟨λ, dλ⟩)/‖x‖, in place.
func backUnit(unit []float64, norm float64, d []float64) {
	along := 0.0
	for i, x := range unit {
		along += float64(x * d[i])
	}
	for i, x := range unit {
		d[i] = (d[i] - float64(x*along)) / norm
	}
}

func checkSample(net Network, t *Task, label []int, w *Weights) ([]int, error) {
	if err := checkWeights(net, w); err != nil {
		return nil, err
	}
	if t == nil || len(t.thoughts) == 0 {
		return nil, errNoTask
	}
	if label == nil {
		label = identity(t.order)
	}
	return label, checkLabel(label, t.order, net.Symbols())
}

// checkLabel checks that label calls each of order vertices by a symbol of its
// own among the given number.
func checkLabel(label []int, order, symbols int) error {
	if len(label) != order {
		return fmt.Errorf("labels for %d vertices, expected %d", len(label), order)
	}
	seen := make([]bool, symbols)
	for v, l := range label {
		if l < 0 || l >= symbols {
			return fmt.Errorf("vertex %d is called %d, expected 0 to %d", v, l, symbols-1)
		}
		if seen[l] {
			return fmt.Errorf("two vertices are called %d, expected different symbols", l)
		}
		seen[l] = true
	}
	return nil
}

var errNoTask = errors.New("task that was not made by NewTask")

func checkWeights(net Network, w *Weights) error {
	if w == nil || len(w.values) == 0 {
		return errors.New("weights that were not made by NewWeights")
	}
	if w.symbols != net.Symbols() {
		return fmt.Errorf("weights over %d symbols for a network with %d", w.symbols, net.Symbols())
	}
	if name := w.nonFinite(); name != "" {
		return &NonFiniteError{Tensor: name}
	}
	return net.check(w)
}

func identity(order int) []int {
	label := make([]int, order)
	for v := range label {
		label[v] = v
	}
	return label
}

// A NonFiniteError says where the first number appeared that is not finite.
type NonFiniteError struct {
	Step   int    // of the training, 0 outside of one
	Tensor string // loss, score matrix W, …
}

func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("step %d: %s is not finite", e.Step, e.Tensor)
}
