package sim

import (
	"muflow/sim/kernel"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A Literal is the model with tokens and embeddings, position by position:
//
//	X    T×D   embedded sequence, thoughts as they are
//	H    T×D   X + layer 1, two positional copy heads
//	out  D     row q of H + layer 2, linear attention from q to all positions up to q
//
// Thoughts are generated at the last position before <A>, which holds the last
// thought (the root at first); the answer is read at <A>.
type Literal struct {
	vocabulary Vocabulary
	gain       float64
	embedding  *Embedding
	content    [][]float64 // u of every token, V rows of D
	source     [][]float64 // source buffer of every symbol, n rows of D
	toSource   *mat.Dense  // D×D, content → source buffer
	toTarget   *mat.Dense  // D×D, content → target buffer
	value      *mat.Dense  // D×D, target buffer → content, the value map of layer 2
}

// NewLiteral returns the literal form over n symbols with readout gain α and
// the embedding of the given seed. It fails as NewModel and NewEmbedding do.
func NewLiteral(symbols int, gain float64, seed uint64) (*Literal, error) {
	if _, err := NewModel(symbols, gain, Dials{}); err != nil {
		return nil, err
	}
	vocabulary := Vocabulary{symbols}
	e, err := NewEmbedding(vocabulary.Size(), seed)
	if err != nil {
		return nil, err
	}
	return &Literal{
		vocabulary: vocabulary,
		gain:       gain,
		embedding:  e,
		content:    e.rows(contentSpace, vocabulary.Size()),
		source:     e.rows(sourceSpace, symbols),
		toSource:   e.transfer(contentSpace, sourceSpace),
		toTarget:   e.transfer(contentSpace, targetSpace),
		value:      e.transfer(targetSpace, contentSpace),
	}, nil
}

// Symbols returns n.
func (l *Literal) Symbols() int { return l.vocabulary.Symbols }

func (l *Literal) check(*Weights) error { return nil }

func (l *Literal) newPass(bool) pass { return &literalPass{net: l} }

// A literalPass holds the residual stream and, of layer 2, the position q that
// reads, key (what it looks for), mixed (the attended positions, added up by
// score) and out (its row after the layer).
type literalPass struct {
	net            *Literal
	tokens         []Token
	stream         *mat.Dense // H
	query          int        // q
	key            []float64  // D
	mixed          []float64  // D
	out            []float64  // D
	logits         []float64
	dlogits        []float64
	dout           []float64 // D
	dmixed         []float64 // D
	dkey           []float64 // D
	loss           entropy
	cells, scratch []float64
}

func (p *literalPass) forward(t *Task, thoughts [][]float64, label []int, w *Weights) float64 {
	gain := p.net.gain
	p.embed(t, thoughts, label)
	p.copyLayer()
	if t.loss == Prediction {
		gain = 1
		p.query = len(p.tokens) - 1
		p.net.conclude(p.row(p.query), w, p.key)
	} else {
		p.query = len(p.tokens) - 2
		p.net.look(p.row(p.query), w, p.key)
	}
	p.attentionLayer()
	p.logits = kernel.Resize(p.logits, t.order)
	p.net.readout(gain, label, p.out, p.logits)
	return p.loss.forward(p.logits, t.targets)
}

func (p *literalPass) backward(t *Task, thoughts [][]float64, label []int, w, gradient *Weights) {
	l, gain := p.net, p.net.gain
	if t.loss == Prediction {
		gain = 1
	}
	width := l.embedding.Width()
	p.dlogits = kernel.Resize(p.dlogits, t.order)
	p.dout, p.dmixed, p.dkey = kernel.Zeroed(p.dout, width), kernel.Zeroed(p.dmixed, width), kernel.Zeroed(p.dkey, width)
	p.loss.backward(t.targets, p.dlogits)
	l.backReadout(gain, label, p.dlogits, p.dout)
	l.backValue(p.dout, p.dmixed)
	backAttend(p.stream, p.query, p.dmixed, p.dkey)
	if t.loss == Prediction {
		l.backConclude(p.row(p.query), p.dkey, gradient)
	} else {
		l.backKey(p.row(p.query), p.dkey, gradient)
	}
}

func (p *literalPass) next(t *Task, thoughts [][]float64, label []int, w *Weights, weights []float64) {
	p.embed(t, thoughts, label)
	p.copyLayer()
	p.query = len(p.tokens) - 2
	p.net.look(p.row(p.query), w, p.key)
	p.attentionLayer()
	p.net.readout(1, label, p.out, weights)
}

func (p *literalPass) readout() []float64 { return p.logits }

func (p *literalPass) sources() []float64 { return nil }

func (p *literalPass) row(position int) []float64 { return p.stream.RawRowView(position) }

// embed writes X: a row for each position, the content of its token or, for a
// thought, the sum of the contents by weight.
func (p *literalPass) embed(t *Task, thoughts [][]float64, label []int) {
	l, width := p.net, p.net.embedding.Width()
	p.tokens = l.vocabulary.appendSequence(p.tokens[:0], t.edges, t.candidates, t.root, label, len(thoughts)-1)
	p.cells = kernel.Zeroed(p.cells, len(p.tokens)*width)
	p.stream = mat.NewDense(len(p.tokens), width, p.cells)
	p.key, p.mixed, p.out = kernel.Zeroed(p.key, width), kernel.Zeroed(p.mixed, width), kernel.Zeroed(p.out, width)
	next := 1
	for i, token := range p.tokens {
		if token != Thought {
			copy(p.row(i), l.content[token])
			continue
		}
		for v, weight := range thoughts[next] {
			floats.AddScaled(p.row(i), weight, l.content[label[v]])
		}
		next++
	}
}

// copied says that one position receives a copy of what another holds.
type copied struct{ to, from int }

// copies returns the attention pattern of layer 1, one entry a pair of
// positions with score 1. Each <e> receives its source, two positions before,
// in the source buffer and its target, one before, in the target buffer; <R>
// receives both candidates and <A> the last thought, in the target buffer.
func (l *Literal) copies(tokens []Token) (source, target []copied) {
	for i, token := range tokens {
		switch token {
		case l.vocabulary.special(edgeToken):
			source = append(source, copied{i, i - 2})
			target = append(target, copied{i, i - 1})
		case l.vocabulary.special(reasonToken):
			target = append(target, copied{i, i - 1}, copied{i, i - 2})
		case l.vocabulary.special(answerToken):
			target = append(target, copied{i, i - 1})
		}
	}
	return source, target
}

// copyLayer turns X into H.
//
//	H = X + C_S X (content → source buffer) + C_T X (content → target buffer)
//
// with the 0-1 matrices C_S, C_T of the copies. Rows that are read hold
// tokens or thoughts and are not written, so H can take the place of X.
func (p *literalPass) copyLayer() {
	l := p.net
	source, target := l.copies(p.tokens)
	p.copyHead(source, l.toSource)
	p.copyHead(target, l.toTarget)
}

func (p *literalPass) copyHead(copies []copied, through *mat.Dense) {
	if len(copies) == 0 {
		return
	}
	width := p.net.embedding.Width()
	p.scratch = kernel.Resize(p.scratch, 2*len(copies)*width)
	read := mat.NewDense(len(copies), width, p.scratch[:len(copies)*width])
	moved := mat.NewDense(len(copies), width, p.scratch[len(copies)*width:])
	for i, c := range copies {
		copy(read.RawRowView(i), p.row(c.from))
	}
	moved.Mul(read, through)
	for i, c := range copies {
		floats.Add(p.row(c.to), moved.RawRowView(i))
	}
}

// look writes what a thought h looks for: key = Σ_{w,u} ⟨u_w, h⟩ W_{wu} s_u, with
// s_u the direction of u in the source buffer.
func (l *Literal) look(h []float64, w *Weights, key []float64) {
	for x := range l.Symbols() {
		weight := floats.Dot(l.content[x], h)
		if w.form == Diagonal {
			floats.AddScaled(key, weight*w.values[x], l.source[x])
			continue
		}
		for u := range l.Symbols() {
			floats.AddScaled(key, weight*w.values[x*w.symbols+u], l.source[u])
		}
	}
}

// backKey: dW_{wu} += ⟨u_w, h⟩⟨s_u, dkey⟩.
func (l *Literal) backKey(h, dkey []float64, gradient *Weights) {
	for x := range l.Symbols() {
		weight := floats.Dot(l.content[x], h)
		if gradient.form == Diagonal {
			gradient.values[x] += weight * floats.Dot(l.source[x], dkey)
			continue
		}
		for u := range l.Symbols() {
			gradient.values[x*gradient.symbols+u] += weight * floats.Dot(l.source[u], dkey)
		}
	}
}

// conclude writes what <A> looks for: key = ⟨u_A, h⟩(μ_A u_A + μ_R u_R).
func (l *Literal) conclude(h []float64, w *Weights, key []float64) {
	answer, reason := l.content[l.vocabulary.special(answerToken)], l.content[l.vocabulary.special(reasonToken)]
	weight := floats.Dot(answer, h)
	floats.AddScaled(key, weight*w.Carry(), answer)
	floats.AddScaled(key, weight*w.Lift(), reason)
}

// backConclude: dμ_A += ⟨u_A, h⟩⟨u_A, dkey⟩, dμ_R += ⟨u_A, h⟩⟨u_R, dkey⟩.
func (l *Literal) backConclude(h, dkey []float64, gradient *Weights) {
	answer, reason := l.content[l.vocabulary.special(answerToken)], l.content[l.vocabulary.special(reasonToken)]
	weight := floats.Dot(answer, h)
	gradient.values[len(gradient.values)-2] += weight * floats.Dot(answer, dkey)
	gradient.values[len(gradient.values)-1] += weight * floats.Dot(reason, dkey)
}

// attentionLayer is layer 2 at position q.
//
//	mixed = Σ_{j≤q} ⟨key, h_j⟩ h_j,   out = h_q + mixed·(target buffer → content)
//
// The residual h_q carries the last thought over into the next; that of <A>
// has no vertex in its content.
func (p *literalPass) attentionLayer() {
	for j := range p.query + 1 {
		floats.AddScaled(p.mixed, floats.Dot(p.key, p.row(j)), p.row(j))
	}
	width := len(p.out)
	mat.NewDense(1, width, p.out).Mul(mat.NewDense(1, width, p.mixed), p.net.value)
	floats.Add(p.out, p.row(p.query))
}

// backAttend: dkey += Σ_{j≤q} ⟨dmixed, h_j⟩ h_j.
func backAttend(stream *mat.Dense, query int, dmixed, dkey []float64) {
	for j := range query + 1 {
		floats.AddScaled(dkey, floats.Dot(dmixed, stream.RawRowView(j)), stream.RawRowView(j))
	}
}

// backValue: dmixed = dout·(target buffer → content)ᵀ.
func (l *Literal) backValue(dout, dmixed []float64) {
	width := len(dout)
	mat.NewDense(1, width, dmixed).Mul(mat.NewDense(1, width, dout), l.value.T())
}

// readout: ξ_v = gain·⟨u_v, out⟩ for the vertices of the instance.
func (l *Literal) readout(gain float64, label []int, out, logits []float64) {
	for v, symbol := range label {
		logits[v] = gain * floats.Dot(l.content[symbol], out)
	}
}

// backReadout: dout += gain·Σ_v dξ_v u_v.
func (l *Literal) backReadout(gain float64, label []int, dlogits, dout []float64) {
	for v, symbol := range label {
		floats.AddScaled(dout, gain*dlogits[v], l.content[symbol])
	}
}
