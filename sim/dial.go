package sim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Dials move the assumptions of thought generation away from the theory's.
// The zero value is the theory's model, bit for bit that of Compact. The
// prediction stage is not changed by any of them.
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
	}
	return nil
}

// A Dialed is the compact form with some assumptions moved by Dials.
type Dialed struct {
	symbols int
	gain    float64
	dials   Dials
	gram    [][]float64 // inner products of the embeddings, nil if orthonormal
}

// NewDialed returns the compact form over n symbols with readout gain α and
// the given dials. It fails as NewCompact does, on dials out of range, and on
// one that is set but not used.
//
//	q = Gλ,  x_e = (1+H)·⟨qᵀW G, (1−ε)src + ε tgt⟩,  y_e = (1−τ)x_e + τ g softmax(x)_e
//	t' = λ + Σ_e y_e((1−ε)u_tgt + ε u_src),  t″ = t' + m·max(t',0)²,  ξ = αG t″/‖t″‖^ρ
//	ℓ = (1−q)·ℓ_S + q·(1/n)Σ_v(−log softmax(ξ)_v)
//
// Approximate: no error bound.
func NewDialed(symbols int, gain float64, d Dials) (*Dialed, error) {
	if err := checkNetwork(symbols, gain); err != nil {
		return nil, err
	}
	if err := d.validate(); err != nil {
		return nil, err
	}
	out := &Dialed{symbols: symbols, gain: gain, dials: d}
	if d.Coherence > 0 {
		if symbols > MaxFullSymbols {
			return nil, fmt.Errorf("coherent embeddings of %d symbols, expected at most %d", symbols, MaxFullSymbols)
		}
		out.gram = coherentGram(symbols, d)
	}
	return out, nil
}

// coherentGram draws unit vectors and returns (1−κ)I + κRRᵀ.
func coherentGram(symbols int, d Dials) [][]float64 {
	rng := rand.New(Stream(d.EmbeddingSeed, 0, 0, embeddingStream))
	rows := make([][]float64, symbols)
	for i := range rows {
		rows[i] = make([]float64, d.Width)
		for j := range rows[i] {
			rows[i][j] = rng.NormFloat64()
		}
		normalise(rows[i])
	}
	gram := make([][]float64, symbols)
	for i := range gram {
		gram[i] = make([]float64, symbols)
		for j := range gram[i] {
			for k, x := range rows[i] {
				gram[i][j] += d.Coherence * x * rows[j][k]
			}
		}
		gram[i][i] = 1
	}
	return gram
}

// Symbols returns n.
func (d *Dialed) Symbols() int { return d.symbols }

// Gain returns α.
func (d *Dialed) Gain() float64 { return d.gain }

// Dials returns the positions of the dials.
func (d *Dialed) Dials() Dials { return d.dials }

// Gram returns the inner product of the embeddings of two symbols.
func (d *Dialed) Gram(u, v int) float64 {
	switch {
	case d.gram != nil:
		return d.gram[u][v]
	case u == v:
		return 1
	}
	return 0
}

func (d *Dialed) newPass() pass { return &dialedPass{net: d} }

// A dialedPass holds, forward, the score of each source, the attention to each
// edge before and after the softmax, and the new thought at its stages; their
// derivatives backward.
type dialedPass struct {
	net                    *Dialed
	query, key             []float64 // over symbols, with coherent embeddings only
	chosen                 chosen    // memory for match and backMatch
	score                  []float64 // ⟨key, source buffer direction of v⟩
	raw, power, attention  []float64 // by edge: x, softmax(x), y
	raised, bent, after    []float64 // t', t″, and what is read out
	norm, divisor          float64
	logits, dlogits        []float64
	dbent, dscore, dweight []float64
	dquery                 []float64
	loss                   entropy
}

// project writes Gx over the vertices of a task, x itself if orthonormal.
func (p *dialedPass) project(x []float64, label []int, out []float64) []float64 {
	out = resize(out, len(x))
	if p.net.gram == nil {
		copy(out, x)
		return out
	}
	for v := range out {
		row := p.net.gram[label[v]]
		out[v] = 0
		for w, weight := range x {
			out[v] += row[label[w]] * weight
		}
	}
	return out
}

// match writes the score of every source.
func (p *dialedPass) match(t *Task, thought []float64, label []int, w *Weights) {
	p.score = zeroed(p.score, t.order)
	gram := p.net.gram
	if gram == nil {
		match(t, thought, label, w, p.score, &p.chosen)
		return
	}
	n := p.net.symbols
	p.query, p.key = zeroed(p.query, n), zeroed(p.key, n)
	for s := range n {
		for v, weight := range thought {
			p.query[s] += gram[s][label[v]] * weight
		}
	}
	for s, q := range p.query {
		if w.form == Diagonal {
			p.key[s] = q * w.values[s]
			continue
		}
		for u := range n {
			p.key[u] += q * w.values[s*n+u]
		}
	}
	for v := range p.score {
		for s, k := range p.key {
			p.score[v] += k * gram[s][label[v]]
		}
	}
}

// attend writes the attention to every edge.
func (p *dialedPass) attend(t *Task) {
	d := &p.net.dials
	m := len(t.edges)
	p.raw, p.power, p.attention = resize(p.raw, m), resize(p.power, m), resize(p.attention, m)
	heads := float64(1 + d.Heads)
	top := math.Inf(-1)
	for i, e := range t.edges {
		p.raw[i] = heads * ((1-d.Leak)*p.score[e[0]] + d.Leak*p.score[e[1]])
		top = max(top, p.raw[i])
	}
	if d.Softmax == 0 {
		copy(p.attention, p.raw)
		return
	}
	sum := 0.0
	for i, x := range p.raw {
		p.power[i] = math.Exp(x - top)
		sum += p.power[i]
	}
	for i, x := range p.raw {
		p.power[i] /= sum
		p.attention[i] = (1-d.Softmax)*x + d.Softmax*d.ValueGain*p.power[i]
	}
}

// next writes t″, the new thought before it is normalised.
func (p *dialedPass) next(t *Task, thoughts [][]float64, label []int, w *Weights, weights []float64) {
	d, thought := &p.net.dials, thoughts[len(thoughts)-1]
	p.match(t, thought, label, w)
	p.attend(t)
	p.raised = resize(p.raised, t.order)
	copy(p.raised, thought)
	for i, e := range t.edges {
		p.raised[e[1]] += (1 - d.Leak) * p.attention[i]
		if d.Leak != 0 {
			p.raised[e[0]] += d.Leak * p.attention[i]
		}
	}
	for v, x := range p.raised {
		weights[v] = x
		if d.Square != 0 {
			positive := max(x, 0)
			weights[v] += d.Square * positive * positive
		}
	}
}

func (p *dialedPass) forward(t *Task, thoughts [][]float64, label []int, w *Weights) float64 {
	p.bent = resize(p.bent, t.order)
	p.logits = resize(p.logits, t.order)
	if t.loss == Prediction {
		conclude(t, thoughts[len(thoughts)-1], w, p.logits)
		return p.loss.forward(p.logits, t.targets)
	}
	d := &p.net.dials
	p.next(t, thoughts, label, w, p.bent)
	p.after = p.project(p.bent, label, p.after)
	p.norm, p.divisor = 1, 1
	if d.Normalise != 0 {
		square := 0.0
		for v, x := range p.bent {
			square += x * p.after[v]
		}
		p.norm = math.Sqrt(square)
		p.divisor = math.Pow(p.norm, d.Normalise)
	}
	for v, x := range p.after {
		p.logits[v] = p.net.gain * x / p.divisor
	}
	loss := p.loss.forward(p.logits, t.targets)
	if d.Noise != 0 {
		loss = (1-d.Noise)*loss + d.Noise*p.uniform(nil)
	}
	return loss
}

// uniform returns the mean of −log softmax(ξ)_v over all vertices, and adds
// its derivative times q to dlogits, if not nil.
func (p *dialedPass) uniform(dlogits []float64) float64 {
	top, sum, mean := math.Inf(-1), 0.0, 0.0
	for _, l := range p.logits {
		top = max(top, l)
	}
	n := float64(len(p.logits))
	for _, l := range p.logits {
		sum += math.Exp(l - top)
		mean += (l - top) / n
	}
	for v := range dlogits {
		dlogits[v] += p.net.dials.Noise * (math.Exp(p.logits[v]-top)/sum - 1/n)
	}
	return math.Log(sum) - mean
}

func (p *dialedPass) backward(t *Task, thoughts [][]float64, label []int, w *Weights, scale float64, gradient *Weights) {
	d, thought := &p.net.dials, thoughts[len(thoughts)-1]
	p.dlogits = resize(p.dlogits, t.order)
	p.loss.backward(t.targets, p.dlogits)
	if t.loss == Prediction {
		backConclude(t, thought, p.dlogits, scale, gradient)
		return
	}
	if d.Noise != 0 {
		for v := range p.dlogits {
			p.dlogits[v] *= 1 - d.Noise
		}
		p.uniform(p.dlogits)
	}
	// ξ = αG t″ N^{−ρ}, N² = t″ᵀG t″: dt″ = G·(α N^{−ρ}dξ − ρ(Σ dξ·ξ) t″/N²)
	for v := range p.dlogits {
		p.dlogits[v] = p.net.gain * p.dlogits[v] / p.divisor
	}
	if d.Normalise != 0 {
		inner := 0.0
		for v, g := range p.dlogits {
			inner += g * p.after[v]
		}
		for v, x := range p.bent {
			p.dlogits[v] -= d.Normalise * inner / (p.norm * p.norm) * x
		}
	}
	p.dbent = p.project(p.dlogits, label, p.dbent)
	if d.Square != 0 {
		for v, x := range p.raised {
			p.dbent[v] *= 1 + 2*d.Square*max(x, 0)
		}
	}
	p.backAttend(t)
	p.backMatch(t, thought, label, scale, gradient)
}

// backAttend: dscore from dt'.
//
//	dy_e = (1−ε)dt'_tgt + ε dt'_src,   dx_e = (1−τ)dy_e + τ g p_e(dy_e − Σ p dy)
func (p *dialedPass) backAttend(t *Task) {
	d := &p.net.dials
	p.dscore, p.dweight = zeroed(p.dscore, t.order), resize(p.dweight, len(t.edges))
	mean := 0.0
	for i, e := range t.edges {
		p.dweight[i] = (1 - d.Leak) * p.dbent[e[1]]
		if d.Leak != 0 {
			p.dweight[i] += d.Leak * p.dbent[e[0]]
		}
		if d.Softmax != 0 {
			mean += p.power[i] * p.dweight[i]
		}
	}
	heads := float64(1 + d.Heads)
	for i, e := range t.edges {
		dx := p.dweight[i]
		if d.Softmax != 0 {
			dx = (1-d.Softmax)*dx + d.Softmax*d.ValueGain*p.power[i]*(dx-mean)
		}
		dx *= heads
		p.dscore[e[0]] += (1 - d.Leak) * dx
		if d.Leak != 0 {
			p.dscore[e[1]] += d.Leak * dx
		}
	}
	for v := range p.dscore { // the derivative with respect to one of the tied heads
		p.dscore[v] /= heads
	}
}

// backMatch: dW_{su} += scale·q_s·(G dscore)_u.
func (p *dialedPass) backMatch(t *Task, thought []float64, label []int, scale float64, gradient *Weights) {
	gram := p.net.gram
	if gram == nil {
		backMatch(t, thought, label, p.dscore, scale, gradient, &p.chosen)
		return
	}
	n := p.net.symbols
	p.dquery = zeroed(p.dquery, n)
	for u := range n {
		for v, g := range p.dscore {
			p.dquery[u] += gram[u][label[v]] * g
		}
	}
	for s, q := range p.query {
		if gradient.form == Diagonal {
			gradient.values[s] += scale * q * p.dquery[s]
			continue
		}
		for u, g := range p.dquery {
			gradient.values[s*n+u] += scale * q * g
		}
	}
}

func (p *dialedPass) readout() []float64 { return p.logits }
