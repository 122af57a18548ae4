package sim

import "muflow/sim/kernel"

// A compactPass computes one step of the model at zero dials from the scores of
// the sources, over the vertices of the task: score_u is the attention to every
// edge from u, and after the weights λ' of the next thought.
type compactPass struct {
	gain                 float64
	score, after, logits []float64
	dscore, dlogits      []float64
	chosen               chosen
	loss                 entropy
}

func (p *compactPass) forward(t *Task, thoughts [][]float64, label []int, w *Weights) float64 {
	thought, gain := thoughts[len(thoughts)-1], p.gain
	p.after = kernel.Resize(p.after, t.order)
	if t.loss == Prediction {
		gain = 1
		conclude(t, thought, w, p.after)
	} else {
		p.next(t, thoughts, label, w, p.after)
	}
	p.logits = kernel.Resize(p.logits, t.order)
	for v, x := range p.after {
		p.logits[v] = gain * x
	}
	return p.loss.forward(p.logits, t.targets)
}

func (p *compactPass) backward(t *Task, thoughts [][]float64, label []int, w, gradient *Weights) {
	thought := thoughts[len(thoughts)-1]
	p.dlogits = kernel.Resize(p.dlogits, t.order)
	p.loss.backward(t.targets, p.dlogits)
	if t.loss == Prediction {
		backConclude(t, thought, p.dlogits, gradient)
		return
	}
	for v := range p.dlogits { // ξ = αλ', so dλ' = α·dξ, in place
		p.dlogits[v] *= p.gain
	}
	p.dscore = kernel.Zeroed(p.dscore, t.order)
	backExpand(t, p.dlogits, p.dscore)
	backMatch(thought, label, p.dscore, gradient, &p.chosen)
}

func (p *compactPass) next(t *Task, thoughts [][]float64, label []int, w *Weights, weights []float64) {
	thought := thoughts[len(thoughts)-1]
	p.score = kernel.Resize(p.score, t.order)
	match(thought, label, w, p.score, &p.chosen)
	expand(t, thought, p.score, weights)
}

func (p *compactPass) readout() []float64 { return p.logits }

func (p *compactPass) sources() []float64 { return p.score }

// A chosen is the part of a thought that is not zero, in symbols, and memory
// for a row of W. match chooses, backMatch takes what was chosen.
type chosen struct {
	rows    []int
	weights []float64
	row     []float64
}

// choose sets the part to that of a thought; without labels it is over the
// symbols.
func (c *chosen) choose(thought []float64, label []int) {
	c.rows, c.weights = c.rows[:0], c.weights[:0]
	for v, weight := range thought {
		if weight != 0 {
			if label != nil {
				v = label[v]
			}
			c.rows, c.weights = append(c.rows, v), append(c.weights, weight)
		}
	}
}

// match: score_u = Σ_w λ_w W_{wu}, the attention from the thought to the edges
// that leave u. The rows of W are added up in symbols and then read by label.
func match(thought []float64, label []int, w *Weights, score []float64, c *chosen) {
	if w.form == Diagonal {
		for x, weight := range thought {
			score[x] = weight * w.values[label[x]]
		}
		return
	}
	c.choose(thought, label)
	c.row = kernel.Resize(c.row, w.symbols)
	kernel.CombineRows(c.row, c.weights, c.rows, w.scores().entries)
	for u, l := range label {
		score[u] = c.row[l]
	}
}

// backMatch: dW_{wu} += λ_w dscore_u, for the thought that match saw last.
func backMatch(thought []float64, label []int, dscore []float64, gradient *Weights, c *chosen) {
	if gradient.form == Diagonal {
		for x, weight := range thought {
			gradient.values[label[x]] += float64(weight * dscore[x])
		}
		return
	}
	clear(c.row)
	for u, l := range label {
		c.row[l] = dscore[u]
	}
	kernel.SpreadRows(gradient.scores().entries, c.rows, c.weights, c.row)
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

// backConclude: dμ_A += Σ_v λ_v dξ_v, dμ_R += Σ_{v candidate} dξ_v.
func backConclude(t *Task, thought, dnext []float64, gradient *Weights) {
	carry, lift := &gradient.values[len(gradient.values)-2], &gradient.values[len(gradient.values)-1]
	for v, x := range thought {
		*carry += float64(x * dnext[v])
	}
	for _, v := range t.candidates {
		*lift += dnext[v]
	}
}
