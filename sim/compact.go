package sim

import "muflow/sim/kernel"

// A Compact is the model in the coefficients of the orthonormal basis.
type Compact struct {
	symbols int
	gain    float64
	rules   compactRules
}

// NewCompact returns the compact form over n symbols with readout gain α. It
// fails unless both are positive and α is finite.
func NewCompact(symbols int, gain float64) (*Compact, error) {
	if err := checkNetwork(symbols, gain); err != nil {
		return nil, err
	}
	return &Compact{symbols, gain, exactCompact}, nil
}

// Symbols returns n.
func (c *Compact) Symbols() int { return c.symbols }

// Gain returns α.
func (c *Compact) Gain() float64 { return c.gain }

func (c *Compact) newPass() pass { return &compactPass{net: c} }

// compactRules are the forward and backward rules of the compact form, as
// values so that tests can put a mistake in the place of each.
type compactRules struct {
	match        func(t *Task, thought []float64, label []int, w *Weights, score []float64, c *chosen)
	expand       func(t *Task, thought, score, next []float64)
	conclude     func(t *Task, thought []float64, w *Weights, next []float64)
	entropy      func(x *entropy, logits []float64, targets []bool) float64
	backEntropy  func(x *entropy, targets []bool, dlogits []float64)
	backReadout  func(gain float64, dlogits []float64)
	backExpand   func(t *Task, dnext, dscore []float64)
	backMatch    func(t *Task, thought []float64, label []int, dscore []float64, scale float64, gradient *Weights, c *chosen)
	backConclude func(t *Task, thought, dnext []float64, scale float64, gradient *Weights)
}

var exactCompact = compactRules{
	match, expand, conclude, (*entropy).forward,
	(*entropy).backward, backReadout, backExpand, backMatch, backConclude,
}

// A compactPass holds score_u, the attention to the edges from u, and λ', the
// weights of the next thought.
type compactPass struct {
	net                  *Compact
	score, after, logits []float64
	dscore, dlogits      []float64
	chosen               chosen
	loss                 entropy
}

func (p *compactPass) forward(t *Task, thoughts [][]float64, label []int, w *Weights) float64 {
	gain := p.output(t, thoughts, label, w)
	p.logits = resize(p.logits, t.order)
	for v, x := range p.after {
		p.logits[v] = gain * x
	}
	return p.net.rules.entropy(&p.loss, p.logits, t.targets)
}

func (p *compactPass) backward(t *Task, thoughts [][]float64, label []int, w *Weights, scale float64, gradient *Weights) {
	r, thought := &p.net.rules, thoughts[len(thoughts)-1]
	p.dlogits = resize(p.dlogits, t.order)
	r.backEntropy(&p.loss, t.targets, p.dlogits)
	if t.loss == Prediction {
		r.backConclude(t, thought, p.dlogits, scale, gradient)
		return
	}
	r.backReadout(p.net.gain, p.dlogits)
	p.dscore = zeroed(p.dscore, t.order)
	r.backExpand(t, p.dlogits, p.dscore)
	r.backMatch(t, thought, label, p.dscore, scale, gradient, &p.chosen)
}

// output leaves in p.after what is read out, and returns with which gain.
func (p *compactPass) output(t *Task, thoughts [][]float64, label []int, w *Weights) float64 {
	p.after = resize(p.after, t.order)
	if t.loss == Prediction {
		p.net.rules.conclude(t, thoughts[len(thoughts)-1], w, p.after)
		return 1
	}
	p.next(t, thoughts, label, w, p.after)
	return p.net.gain
}

func (p *compactPass) next(t *Task, thoughts [][]float64, label []int, w *Weights, weights []float64) {
	thought := thoughts[len(thoughts)-1]
	p.score = resize(p.score, t.order)
	p.net.rules.match(t, thought, label, w, p.score, &p.chosen)
	p.net.rules.expand(t, thought, p.score, weights)
}

func (p *compactPass) readout() []float64 { return p.logits }

// A chosen is the part of a thought that is not zero, in symbols, and memory
// for a row of W. match chooses, backMatch takes what was chosen.
type chosen struct {
	rows    []int
	weights []float64
	row     []float64
}

// choose sets the part to that of a thought.
func (c *chosen) choose(thought []float64, label []int, symbols int) {
	c.rows, c.weights, c.row = c.rows[:0], c.weights[:0], resize(c.row, symbols)
	for v, weight := range thought {
		if weight != 0 {
			c.rows, c.weights = append(c.rows, label[v]), append(c.weights, weight)
		}
	}
}

// match: score_u = Σ_w λ_w W_{wu}, the attention from the thought to the edges
// that leave u. The rows of W are added up in symbols and then read by label.
func match(t *Task, thought []float64, label []int, w *Weights, score []float64, c *chosen) {
	if w.form == Diagonal {
		for x, weight := range thought {
			score[x] = weight * w.values[label[x]]
		}
		return
	}
	c.choose(thought, label, w.symbols)
	kernel.CombineRows(c.row, c.weights, c.rows, w.scores())
	for u, l := range label {
		score[u] = c.row[l]
	}
}

// backMatch: dW_{wu} += λ_w·scale·dscore_u, for the thought that match saw last.
func backMatch(t *Task, thought []float64, label []int, dscore []float64, scale float64, gradient *Weights, c *chosen) {
	if gradient.form == Diagonal {
		for x, weight := range thought {
			gradient.values[label[x]] += scale * weight * dscore[x]
		}
		return
	}
	clear(c.row)
	for u, l := range label {
		c.row[l] = scale * dscore[u]
	}
	kernel.SpreadRows(gradient.scores(), c.rows, c.weights, c.row)
}

// expand: λ'_v = λ_v + Σ_{u→v} score_u, the residual and the targets of the
// edges.
func expand(t *Task, thought, score, next []float64) {
	copy(next, thought)
	for i := range t.edges { // a copy of the edge would go through memory
		next[t.edges[i][1]] += score[t.edges[i][0]]
	}
}

// backExpand: dscore_u += Σ_{u→v} dλ'_v.
func backExpand(t *Task, dnext, dscore []float64) {
	for i := range t.edges {
		dscore[t.edges[i][0]] += dnext[t.edges[i][1]]
	}
}

// backReadout: ξ = αλ', so dλ' = α·dξ, in place.
func backReadout(gain float64, dlogits []float64) {
	for v := range dlogits {
		dlogits[v] *= gain
	}
}

// conclude: λ'_v = μ_A λ_v + μ_R·1{v candidate}, what <A> reads from the last
// thought and from <R>.
func conclude(t *Task, thought []float64, w *Weights, next []float64) {
	for v, x := range thought {
		next[v] = w.Carry() * x
	}
	for _, v := range t.candidates {
		next[v] += w.Lift()
	}
}

// backConclude: dμ_A += scale·Σ_v λ_v dξ_v, dμ_R += scale·Σ_{v candidate} dξ_v.
func backConclude(t *Task, thought, dnext []float64, scale float64, gradient *Weights) {
	carry, lift := &gradient.values[len(gradient.values)-2], &gradient.values[len(gradient.values)-1]
	for v, x := range thought {
		*carry += scale * x * dnext[v]
	}
	for _, v := range t.candidates {
		*lift += scale * dnext[v]
	}
}
