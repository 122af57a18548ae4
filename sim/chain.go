package sim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"muflow/internal/portable"
	"slices"

	"muflow/sim/kernel"
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
	// Uneven ε multiplies the score of edge j of a task by 1 + εη_j (A6), with the
	// normal numbers η_j of Deviations, drawn from UnevenSeed, that no weight sees.
	Uneven     float64
	UnevenSeed uint64
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
	// Value says what of the value map is trained (A15), or that the weight of
	// the carry-over is (A18).
	Value ValueMap
}

func (d Dials) validate() error {
	for _, x := range []struct {
		name  string
		value float64
		most  float64
	}{{"leak", d.Leak, 1}, {"coherence", d.Coherence, 1}, {"softmax", d.Softmax, 1}, {"normalise", d.Normalise, math.MaxFloat64},
		{"square", d.Square, math.MaxFloat64}, {"uneven", d.Uneven, math.MaxFloat64}, {"noise", d.Noise, 1}, {"value gain", d.ValueGain, math.MaxFloat64}} {
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
	case d.Uneven == 0 && d.UnevenSeed != 0:
		return fmt.Errorf("seed %d of even scores", d.UnevenSeed)
	case (d.Softmax > 0) != (d.ValueGain > 0):
		return fmt.Errorf("softmax %g with value gain %g, expected both or neither", d.Softmax, d.ValueGain)
	case d.Value < FixedValue || d.Value > CarryValue:
		return fmt.Errorf("value map %d, expected 0 to 3", int(d.Value))
	}
	return nil
}

// Deviations returns the numbers η_j of the first so many edges of a task: standard
// normal, and rounded to a thousandth.
func (d *Dials) Deviations(count int) []float64 {
	rng := rand.New(Stream(d.UnevenSeed, 0, 0, unevenStream))
	out := make([]float64, count)
	for j := range out {
		out[j] = math.Round(1000*portable.Normal(rng)) / 1000
	}
	return out
}

// factors returns 1 + εη_j.
func (d *Dials) factors(count int) []float64 {
	out := d.Deviations(count)
	for j, eta := range out {
		out[j] = 1 + float64(d.Uneven*eta)
	}
	return out
}

// A chainPass computes a model edge by edge, over the symbols, with any dials
// and any number of steps: derivatives flow back through all of them.
type chainPass struct {
	model   *Model
	edges   [][2]int  // in symbols
	factors []float64 // of the scores of the edges, with uneven ones only
	lambda  [][]float64
	steps   []chainStep
	count   int       // steps done
	score   []float64 // of the sources, at the last step
	after   []float64 // G t″
	norm    float64   // ‖t″‖
	divisor float64   // ‖t″‖^ρ
	logits  []float64 // of the vertices
	dlogits []float64 // likewise
	d       []float64 // derivative by what a step ends in
	before  []float64 // by what it starts from
	dweight []float64 // by the attention of the edges, then by their scores
	memory  [4][]float64
	loss    entropy
}

// A chainStep is what a step keeps for the way back. λ before step i is
// lambda[i], t″ after the last one is lambda[count].
type chainStep struct {
	query  []float64 // Gλ
	chosen chosen
	raw    []float64 // x_e
	share  []float64 // softmax(x)_e
	weight []float64 // y_e
	raised []float64 // t', with an MLP only
	norm   float64   // by which t″ was divided to become the next λ
}

// begin takes up a task at a thought.
func (p *chainPass) begin(t *Task, thought []float64, label []int) {
	p.edges = p.edges[:0]
	for _, e := range t.edges {
		p.edges = append(p.edges, [2]int{label[e[0]], label[e[1]]})
	}
	if d := &p.model.dials; d.Uneven != 0 && len(p.factors) != len(p.edges) {
		p.factors = d.factors(len(p.edges))
	}
	p.room(1)
	p.lambda[0] = kernel.Zeroed(p.lambda[0], p.model.symbols)
	for v, x := range thought {
		p.lambda[0][label[v]] = x
	}
}

// room makes memory for so many steps.
func (p *chainPass) room(count int) {
	for len(p.steps) < count {
		p.steps = append(p.steps, chainStep{})
	}
	for len(p.lambda) <= count {
		p.lambda = append(p.lambda, nil)
	}
}

// next writes t″ after one step.
func (p *chainPass) next(t *Task, thoughts [][]float64, label []int, w *Weights, weights []float64) {
	p.begin(t, thoughts[len(thoughts)-1], label)
	p.step(0, w)
	for v := range weights {
		weights[v] = p.lambda[1][label[v]]
	}
}

func (p *chainPass) forward(t *Task, thoughts [][]float64, label []int, w *Weights) float64 {
	m, d := p.model, &p.model.dials
	p.logits = kernel.Resize(p.logits, t.order)
	if t.loss == Prediction {
		conclude(t, thoughts[len(thoughts)-1], w, p.logits)
		return p.loss.forward(p.logits, t.targets)
	}
	p.begin(t, thoughts[len(thoughts)-1], label)
	p.count = t.step + 2 - len(thoughts)
	p.room(p.count)
	for i := range p.count {
		p.step(i, w)
		if i < p.count-1 {
			p.steps[i].norm = unit(p.lambda[i+1])
		}
	}
	last := p.lambda[p.count]
	p.after = m.project(last, p.memory[0])
	p.memory[0] = p.after
	p.norm, p.divisor = 1, 1
	if d.Normalise != 0 {
		square := 0.0
		for v, x := range last {
			square += float64(x * p.after[v])
		}
		p.norm = math.Sqrt(square)
		p.divisor = portable.Pow(p.norm, d.Normalise)
	}
	for v, l := range label {
		p.logits[v] = m.gain * p.after[l] / p.divisor
	}
	loss := p.loss.forward(p.logits, t.targets)
	if d.Noise != 0 {
		loss = float64((1-d.Noise)*loss) + float64(d.Noise*uniform(p.logits, 0, nil))
	}
	return loss
}

// step writes lambda[i+1] = t″ from lambda[i].
func (p *chainPass) step(i int, w *Weights) {
	n, d, s := p.model.symbols, &p.model.dials, &p.steps[i]
	p.attend(s, p.lambda[i], w)
	next := append(p.lambda[i+1][:0], p.lambda[i]...)
	p.lambda[i+1] = next
	if w.value == CarryValue {
		for v := range next {
			next[v] *= w.Value()[0]
		}
	}
	for j, e := range p.edges {
		near, far := (1-d.Leak)*s.weight[j], d.Leak*s.weight[j]
		switch w.value {
		case GainValue:
			near, far = near*w.Value()[0], far*w.Value()[0]
			fallthrough
		case FixedValue, CarryValue:
			next[e[1]] += near
			if far != 0 {
				next[e[0]] += far
			}
		case MatrixValue:
			kernel.AddScaled(next, near, w.Value()[e[1]*n:][:n])
			if far != 0 {
				kernel.AddScaled(next, far, w.Value()[e[0]*n:][:n])
			}
		}
	}
	if d.Square != 0 {
		s.raised = append(s.raised[:0], next...)
		for v, x := range next {
			positive := max(x, 0)
			next[v] += float64(d.Square * positive * positive)
		}
	}
}

// attend writes the scores of the sources and the attention to every edge.
func (p *chainPass) attend(s *chainStep, lambda []float64, w *Weights) {
	m, d, n := p.model, &p.model.dials, p.model.symbols
	s.query = m.project(lambda, s.query)
	p.score = kernel.Zeroed(p.score, n)
	if w.form == Diagonal {
		for x, q := range s.query {
			p.score[x] = q * w.values[x]
		}
	} else {
		s.chosen.choose(s.query, nil)
		kernel.CombineRows(p.score, s.chosen.weights, s.chosen.rows, w.scores().entries)
	}
	if m.gram != nil {
		p.memory[1] = append(p.memory[1][:0], p.score...)
		p.score = m.project(p.memory[1], p.score)
	}
	count := len(p.edges)
	s.raw, s.share, s.weight = kernel.Resize(s.raw, count), kernel.Resize(s.share, count), kernel.Resize(s.weight, count)
	for j, e := range p.edges {
		s.raw[j] = float64(1+d.Heads) * (float64((1-d.Leak)*p.score[e[0]]) + float64(d.Leak*p.score[e[1]]))
	}
	for j, u := range p.factors {
		s.raw[j] *= u
	}
	if d.Softmax == 0 || count == 0 {
		copy(s.weight, s.raw)
		return
	}
	top, sum := slices.Max(s.raw), 0.0
	for j, x := range s.raw {
		s.share[j] = portable.Exp(x - top)
		sum += s.share[j]
	}
	for j, x := range s.raw {
		s.share[j] /= sum
		s.weight[j] = float64((1-d.Softmax)*x) + float64(d.Softmax*d.ValueGain*s.share[j])
	}
}

func (p *chainPass) backward(t *Task, thoughts [][]float64, label []int, w, gradient *Weights) {
	m, d := p.model, &p.model.dials
	p.dlogits = kernel.Resize(p.dlogits, t.order)
	p.loss.backward(t.targets, p.dlogits)
	if t.loss == Prediction {
		backConclude(t, thoughts[len(thoughts)-1], p.dlogits, gradient)
		return
	}
	if d.Noise != 0 {
		for v := range p.dlogits {
			p.dlogits[v] *= 1 - d.Noise
		}
		uniform(p.logits, d.Noise, p.dlogits)
	}
	// ξ = αG t″ N^{−ρ}, N² = t″ᵀG t″: dt″ = G·(α N^{−ρ}dξ − ρ(Σ dξ·ξ) t″/N²)
	p.d = kernel.Zeroed(p.d, m.symbols)
	inner := 0.0
	for v, l := range label {
		p.d[l] = m.gain * p.dlogits[v] / p.divisor
		inner += float64(p.d[l] * p.after[l])
	}
	if d.Normalise != 0 {
		for v, x := range p.lambda[p.count] {
			p.d[v] -= float64(d.Normalise * inner / (p.norm * p.norm) * x)
		}
	}
	if m.gram != nil {
		p.memory[2] = append(p.memory[2][:0], p.d...)
		p.d = m.project(p.memory[2], p.d)
	}
	for i := p.count - 1; i >= 0; i-- {
		s := &p.steps[i]
		if d.Square != 0 {
			for v, x := range s.raised {
				p.d[v] *= 1 + float64(2*d.Square*max(x, 0))
			}
		}
		p.backValue(s, w, gradient)
		if d.Softmax != 0 {
			backSoftmax(s.share, d.Softmax, d.ValueGain, p.dweight)
		}
		for j, u := range p.factors {
			p.dweight[j] *= u
		}
		p.before = append(p.before[:0], p.d...) // the residual
		if w.value == CarryValue {
			for v, x := range p.lambda[i] {
				gradient.Value()[0] += float64(x * p.d[v])
				p.before[v] *= w.Value()[0]
			}
		}
		p.backScore(s, i > 0, w, gradient)
		p.d, p.before = p.before, p.d
		if i > 0 {
			backUnit(p.lambda[i], p.steps[i-1].norm, p.d)
		}
	}
}

// backValue: t' = λ + Σ_e y_e V_e with V_e = (1−ε)V_tgt + ε V_src, so
// dy_e = ⟨V_e, dt'⟩ and dV_e += y_e dt'.
func (p *chainPass) backValue(s *chainStep, w, gradient *Weights) {
	n, d := p.model.symbols, &p.model.dials
	p.dweight = kernel.Zeroed(p.dweight, len(p.edges))
	for j, e := range p.edges {
		for end, share := range [2]float64{d.Leak, 1 - d.Leak} {
			if share == 0 {
				continue
			}
			at := e[end]
			switch w.value {
			case FixedValue, CarryValue:
				p.dweight[j] += float64(share * p.d[at])
			case GainValue:
				p.dweight[j] += float64(share * (w.Value()[0] * p.d[at]))
				gradient.Value()[0] += float64(share * s.weight[j] * p.d[at])
			case MatrixValue:
				row, drow := w.Value()[at*n:][:n], gradient.Value()[at*n:][:n]
				for v, x := range row {
					p.dweight[j] += float64(share * x * p.d[v])
					drow[v] += float64(share * s.weight[j] * p.d[v])
				}
			}
		}
	}
}

// backSoftmax: dx_e = (1−τ)dy_e + τ g p_e(dy_e − Σ p dy), in place, with p the
// softmax of x.
func backSoftmax(share []float64, mixed, gain float64, d []float64) {
	mean := 0.0
	for j, p := range share {
		mean += float64(p * d[j])
	}
	for j, p := range share {
		d[j] = float64((1-mixed)*d[j]) + float64(mixed*gain*p*(d[j]-mean))
	}
}

// backScore: x_e = (1+H)⟨qᵀW G, (1−ε)src + ε tgt⟩ with q = Gλ, so with k what
// dx makes of the sources, through G: dW += q kᵀ for one of the tied heads and
// dλ += (1+H)·G W k, which is not needed at the first step.
func (p *chainPass) backScore(s *chainStep, back bool, w, gradient *Weights) {
	m, d, n := p.model, &p.model.dials, p.model.symbols
	scores, dscores, dquery := w.values, gradient.values, p.before
	if m.gram != nil {
		p.memory[3] = kernel.Zeroed(p.memory[3], n)
		dquery = p.memory[3]
	}
	source := func(u int, dz float64) {
		heads := float64(1+d.Heads) * dz
		if w.form == Diagonal {
			dscores[u] += float64(s.query[u] * dz)
			dquery[u] += float64(scores[u] * heads)
			return
		}
		for x, q := range s.query {
			dscores[x*n+u] += float64(q * dz)
		}
		if back {
			for x := range dquery {
				dquery[x] += float64(scores[x*n+u] * heads)
			}
		}
	}
	if m.gram == nil {
		for j, e := range p.edges {
			source(e[0], (1-d.Leak)*p.dweight[j])
			if d.Leak != 0 {
				source(e[1], d.Leak*p.dweight[j])
			}
		}
		return
	}
	dkey := kernel.Zeroed(p.memory[1], n)
	p.memory[1] = dkey
	for j, e := range p.edges {
		dkey[e[0]] += float64((1 - d.Leak) * p.dweight[j])
		dkey[e[1]] += float64(d.Leak * p.dweight[j])
	}
	p.memory[2] = m.project(dkey, p.memory[2])
	for u, dz := range p.memory[2] {
		source(u, dz)
	}
	if back {
		p.memory[2] = m.project(dquery, p.memory[2])
		kernel.AddScaled(p.before, 1, p.memory[2])
	}
}

func (p *chainPass) readout() []float64 { return p.logits }

func (p *chainPass) sources() []float64 { return p.score }
