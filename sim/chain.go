package sim

import (
	"fmt"
	"math"
	"slices"

	"muflow/graph"
)

// An Attention says how the scores of the edges become weights.
type Attention int

const (
	LinearAttention  Attention = iota // the score itself, as in the theory (assumption A6)
	SoftmaxAttention                  // softmax over all edges of the instance
)

// A ValueMap says what an edge adds to the thought, and what of it is trained.
type ValueMap int

const (
	FixedValue  ValueMap = iota // g times the target of the edge, g fixed
	GainValue                   // the same, g trained
	MatrixValue                 // row t of an n×n matrix, trained, g times the identity at the start
)

// A Chain is the model of thought generation when it lives on its own
// thoughts: from a start it does several steps and derivatives flow back
// through all of them. Over n symbols, with [t_0] the start:
//
//	z_e = Σ_w λ_w W_{w,s(e)}                      score of an edge s→t
//	a_e = z_e,  or softmax over the edges
//	x   = λ + Σ_e a_e·(row t(e) of the value map)
//	λ⁺  = x/‖x‖,  after the last step ξ = αx
//
// With linear attention, g = 1 and one step it is Compact.
type Chain struct {
	Symbols   int  // n
	Form      Form // trained entries of the score matrix W
	Attention Attention
	Value     ValueMap
	Gain      float64 // g at the start
	Readout   float64 // α
	rules     chainRules
}

// NewChain checks a chain: positive size and gains, known kinds.
func NewChain(c Chain) (*Chain, error) {
	if err := checkNetwork(c.Symbols, c.Readout); err != nil {
		return nil, err
	}
	if c.Symbols > MaxFullSymbols {
		return nil, fmt.Errorf("chain over %d symbols, expected at most %d", c.Symbols, MaxFullSymbols)
	}
	if c.Form != Diagonal && c.Form != Full {
		return nil, fmt.Errorf("score matrix of form %v, expected diagonal or full", c.Form)
	}
	if c.Attention < LinearAttention || c.Attention > SoftmaxAttention || c.Value < FixedValue || c.Value > MatrixValue {
		return nil, fmt.Errorf("attention %d and value map %d, expected 0 or 1 and 0 to 2", int(c.Attention), int(c.Value))
	}
	if !finite(c.Gain) || c.Gain == 0 {
		return nil, fmt.Errorf("value gain %g, expected a finite number that is not 0", c.Gain)
	}
	c.rules = exactChain
	return &c, nil
}

// ChainWeights are the trained numbers of a chain or their gradient: W as an
// n×n matrix (off the diagonal 0 in diagonal form), and the value map, empty,
// one gain, or an n×n matrix.
type ChainWeights struct {
	Score []float64
	Value []float64
}

// Start returns the weights before training: W = 0.
func (c *Chain) Start() *ChainWeights {
	w := &ChainWeights{Score: make([]float64, c.Symbols*c.Symbols)}
	switch c.Value {
	case GainValue:
		w.Value = []float64{c.Gain}
	case MatrixValue:
		w.Value = make([]float64, c.Symbols*c.Symbols)
		for i := range c.Symbols {
			w.Value[i*c.Symbols+i] = c.Gain
		}
	}
	return w
}

// Clone returns a copy.
func (w *ChainWeights) Clone() *ChainWeights {
	return &ChainWeights{slices.Clone(w.Score), slices.Clone(w.Value)}
}

func (w *ChainWeights) clear() {
	clear(w.Score)
	clear(w.Value)
}

func (w *ChainWeights) add(scale float64, x *ChainWeights) {
	for i, v := range x.Score {
		w.Score[i] += scale * v
	}
	for i, v := range x.Value {
		w.Value[i] += scale * v
	}
}

// nonFinite names the first tensor that holds a number that is not finite, or
// returns "".
func (w *ChainWeights) nonFinite() string {
	for _, x := range w.Score {
		if !finite(x) {
			return "score matrix W"
		}
	}
	for _, x := range w.Value {
		if !finite(x) {
			return "value map"
		}
	}
	return ""
}

// A Walk is a sample of a chain in the names of symbols.
type Walk struct {
	Edges   [][2]int
	Present []int     // symbols of the instance, over which the loss takes its softmax
	Targets []bool    // the set S among them, in the order of Present
	Start   []float64 // λ at the start, over the symbols
	Steps   int       // steps to the logits; Steps − 1 thoughts lie between
}

// NewWalk returns the walk of a task in which vertex v is called label[v]:
// from the root over as many thoughts of its own as the task has, or, if given,
// one step from the thought that the task holds.
func (c *Chain) NewWalk(t *Task, label []int, given bool) (*Walk, error) {
	if t == nil || len(t.thoughts) == 0 {
		return nil, errNoTask
	}
	if t.loss == Prediction {
		return nil, fmt.Errorf("loss %v, expected coconut or bfs", t.loss)
	}
	if err := checkLabel(label, t.order, c.Symbols); err != nil {
		return nil, err
	}
	w := &Walk{}
	w.set(c.Symbols, t, label, given)
	return w, nil
}

func (w *Walk) set(symbols int, t *Task, label []int, given bool) {
	w.Edges, w.Present = w.Edges[:0], append(w.Present[:0], label...)
	for _, e := range t.edges {
		w.Edges = append(w.Edges, [2]int{label[e[0]], label[e[1]]})
	}
	w.Targets = t.targets
	w.Start = zeroed(w.Start, symbols)
	from := 0
	if w.Steps = t.step + 1; given {
		from, w.Steps = t.step, 1
	}
	for v, x := range t.thoughts[from] {
		w.Start[label[v]] = x
	}
}

// chainRules are the rules of the chain as values, so that tests can put a
// mistake in the place of each.
type chainRules struct {
	backEntropy   func(x *entropy, targets []bool, dlogits []float64)
	backValue     func(c *Chain, w *Walk, weights *ChainWeights, attention, dx, dattention []float64, gradient *ChainWeights)
	backAttention func(attention, dattention []float64)
	backScore     func(c *Chain, w *Walk, weights *ChainWeights, lambda, dattention, dlambda []float64, gradient *ChainWeights)
	backUnit      func(unit []float64, norm float64, d []float64)
}

var exactChain = chainRules{(*entropy).backward, backChainValue, backSoftmax, backChainScore, backUnit}

// A chainPass holds λ, the attention and the norm of every step.
type chainPass struct {
	chain      *Chain
	lambda     [][]float64 // before step i, and after the last
	attention  [][]float64
	norm       []float64
	score      []float64
	logits     []float64
	dlogits    []float64
	d, before  []float64
	dattention []float64
	loss       entropy
}

func (p *chainPass) forward(w *Walk, weights *ChainWeights) float64 {
	n := p.chain.Symbols
	for len(p.lambda) <= w.Steps {
		p.lambda, p.attention, p.norm = append(p.lambda, nil), append(p.attention, nil), append(p.norm, 0)
	}
	p.lambda[0] = append(p.lambda[0][:0], w.Start...)
	for i := range w.Steps {
		p.attention[i] = resize(p.attention[i], len(w.Edges))
		p.attend(w, weights, p.lambda[i], p.attention[i])
		next := resize(p.lambda[i+1], n)
		p.lambda[i+1] = next
		copy(next, p.lambda[i])
		for j, e := range w.Edges {
			a := p.attention[i][j]
			switch p.chain.Value {
			case FixedValue:
				next[e[1]] += a * p.chain.Gain
			case GainValue:
				next[e[1]] += a * weights.Value[0]
			case MatrixValue:
				for v, x := range weights.Value[e[1]*n : (e[1]+1)*n] {
					next[v] += a * x
				}
			}
		}
		if i < w.Steps-1 {
			p.norm[i+1] = unit(next)
		}
	}
	p.logits = resize(p.logits, len(w.Present))
	for i, v := range w.Present {
		p.logits[i] = p.chain.Readout * p.lambda[w.Steps][v]
	}
	return p.loss.forward(p.logits, w.Targets)
}

// attend leaves in p.score the scores by source, and in attention the weights
// of the edges.
func (p *chainPass) attend(w *Walk, weights *ChainWeights, lambda, attention []float64) {
	n := p.chain.Symbols
	p.score = zeroed(p.score, n)
	for x, weight := range lambda {
		if weight == 0 {
			continue
		}
		if p.chain.Form == Diagonal {
			p.score[x] = weight * weights.Score[x*n+x]
			continue
		}
		for u, s := range weights.Score[x*n : (x+1)*n] {
			p.score[u] += weight * s
		}
	}
	for j, e := range w.Edges {
		attention[j] = p.score[e[0]]
	}
	if p.chain.Attention == SoftmaxAttention && len(attention) > 0 {
		top, sum := slices.Max(attention), 0.0
		for j, z := range attention {
			attention[j] = math.Exp(z - top)
			sum += attention[j]
		}
		for j := range attention {
			attention[j] /= sum
		}
	}
}

// unit scales x to unit norm and returns the norm that it had.
func unit(x []float64) float64 {
	norm := 0.0
	for _, v := range x {
		norm += v * v
	}
	norm = math.Sqrt(norm)
	for i := range x {
		x[i] /= norm
	}
	return norm
}

// backward adds the gradient of the loss that forward returned last.
func (p *chainPass) backward(w *Walk, weights, gradient *ChainWeights) {
	c, r := p.chain, &p.chain.rules
	p.dlogits = resize(p.dlogits, len(w.Present))
	r.backEntropy(&p.loss, w.Targets, p.dlogits)
	p.d = zeroed(p.d, c.Symbols)
	for i, v := range w.Present {
		p.d[v] = c.Readout * p.dlogits[i]
	}
	for i := w.Steps - 1; i >= 0; i-- {
		p.dattention = zeroed(p.dattention, len(w.Edges))
		r.backValue(c, w, weights, p.attention[i], p.d, p.dattention, gradient)
		if c.Attention == SoftmaxAttention {
			r.backAttention(p.attention[i], p.dattention)
		}
		p.before = append(p.before[:0], p.d...) // the residual
		r.backScore(c, w, weights, p.lambda[i], p.dattention, p.before, gradient)
		p.d, p.before = p.before, p.d
		if i > 0 {
			r.backUnit(p.lambda[i], p.norm[i], p.d)
		}
	}
}

// backChainValue: x = λ + Σ_e a_e V_{t(e)}, so da_e = ⟨V_{t(e)}, dx⟩ and
// dV_{t(e)} += a_e dx.
func backChainValue(c *Chain, w *Walk, weights *ChainWeights, attention, dx, dattention []float64, gradient *ChainWeights) {
	n := c.Symbols
	for j, e := range w.Edges {
		switch c.Value {
		case FixedValue:
			dattention[j] = c.Gain * dx[e[1]]
		case GainValue:
			dattention[j] = weights.Value[0] * dx[e[1]]
			gradient.Value[0] += attention[j] * dx[e[1]]
		case MatrixValue:
			row, drow := weights.Value[e[1]*n:(e[1]+1)*n], gradient.Value[e[1]*n:(e[1]+1)*n]
			for v, x := range row {
				dattention[j] += x * dx[v]
				drow[v] += attention[j] * dx[v]
			}
		}
	}
}

// backSoftmax: dz_e = a_e (da_e − Σ_f a_f da_f), in place.
func backSoftmax(attention, dattention []float64) {
	mean := 0.0
	for j, a := range attention {
		mean += a * dattention[j]
	}
	for j, a := range attention {
		dattention[j] = a * (dattention[j] - mean)
	}
}

// backChainScore: z_e = Σ_w λ_w W_{w,s(e)}, so dW_{w,s(e)} += λ_w dz_e and
// dλ_w += W_{w,s(e)} dz_e.
func backChainScore(c *Chain, w *Walk, weights *ChainWeights, lambda, dz, dlambda []float64, gradient *ChainWeights) {
	n := c.Symbols
	for j, e := range w.Edges {
		u := e[0]
		if c.Form == Diagonal {
			gradient.Score[u*n+u] += lambda[u] * dz[j]
			dlambda[u] += weights.Score[u*n+u] * dz[j]
			continue
		}
		for x := range n {
			gradient.Score[x*n+u] += lambda[x] * dz[j]
			dlambda[x] += weights.Score[x*n+u] * dz[j]
		}
	}
}

// backUnit: λ = x/‖x‖, so dx = (dλ − λ⟨λ, dλ⟩)/‖x‖, in place.
func backUnit(unit []float64, norm float64, d []float64) {
	along := 0.0
	for i, x := range unit {
		along += x * d[i]
	}
	for i, x := range unit {
		d[i] = (d[i] - x*along) / norm
	}
}

// Evaluate returns loss, logits (in the order of walk.Present) and gradient of
// one walk. It fails if a result is not finite.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, thought generation. Units: nats.
func (c *Chain) Evaluate(walk *Walk, weights *ChainWeights) (loss float64, logits []float64, gradient *ChainWeights, err error) {
	p := &chainPass{chain: c}
	gradient = weights.Clone()
	gradient.clear()
	loss = p.forward(walk, weights)
	p.backward(walk, weights, gradient)
	if !finite(loss) {
		return 0, nil, nil, &NonFiniteError{Tensor: "loss"}
	}
	if name := gradient.nonFinite(); name != "" {
		return 0, nil, nil, &NonFiniteError{Tensor: "gradient of the " + name}
	}
	return loss, slices.Clone(p.logits), gradient, nil
}

// chainTasks returns the tasks of a step.
func chainTasks(instances []graph.Instance, c int, loss Loss) ([]*Task, error) {
	if loss != Coconut && loss != CoconutBFS {
		return nil, fmt.Errorf("loss %v, expected coconut or bfs", loss)
	}
	return NewTasks(instances, c, loss)
}

// FrontierMass returns the mean softmax mass on N_{c+1}∖N_c after the step c,
// from the uniform superposition if given, else from the chain's own thoughts,
// with vertices called by their own numbers.
// Approximate: no error bound.
func (c *Chain) FrontierMass(instances []graph.Instance, step int, w *ChainWeights, given bool) (float64, error) {
	tasks, err := NewTasks(instances, step, CoconutBFS)
	if err != nil {
		return 0, err
	}
	p, walk, mass := &chainPass{chain: c}, &Walk{}, 0.0
	label := identity(c.Symbols)
	for i, t := range tasks {
		if t.order > c.Symbols {
			return 0, fmt.Errorf("task %d: %d vertices for %d symbols", i, t.order, c.Symbols)
		}
		walk.set(c.Symbols, t, label[:t.order], given)
		p.forward(walk, w)
		_, newest := shares(t, p.logits)
		mass += newest / float64(len(tasks))
	}
	return mass, nil
}
