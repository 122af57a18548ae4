package learned

import (
	"math/rand/v2"

	"muflow/sim/kernel"
)

// A Position holds the tokens whose embeddings are added up there; the second
// is −1 if there is one only.
type Position [2]int32

// A Sample is one input. In a chunk all samples have the same number of
// thoughts and suffixes of the same length.
type Sample struct {
	Prompt   []Position
	Thoughts int        // continuous thoughts after the prompt
	Suffix   []Position // after the thoughts
	Targets  []int32    // the set S of the loss, among the tokens that are read out
	// Noise draws what is dropped, in an order that depends on this sample only;
	// nil, for all samples of a chunk, drops nothing.
	Noise rand.Source
}

// A segment is what can be computed at once: the prompt, or a thought and, after
// the last one, the suffix. Row ranges of the samples follow each other.
type segment[F kernel.Float] struct {
	rows   int
	from   []int      // first row of each sample, and the end
	start  []int      // position of the first row of each sample
	tokens []Position // of each row, {−1, −1} for a thought
	x      []F        // X⁰, N×d
	kept   []bool     // of x, empty without dropout
	blocks []block[F] // of each layer
	last   norm[F]
	hidden []F // h at the last position of each sample, B×d
}

// A block keeps what one layer computed in a segment. M is N if all rows have
// queries and B if only the last row of each sample has one.
type block[F kernel.Float] struct {
	x         []F // input, N×d; not owned
	all       bool
	norm1     norm[F]
	normed    []F // N×d
	queryIn   []F // M×d, rows of normed; not owned if all
	query     []F // M×d
	attention []F // weights, for each sample, head and query a row of keys
	thinned   []F // the same after dropout; not used without
	mixed     []F // M×d
	middle    []F // M×d, after the attention
	norm2     norm[F]
	normed2   []F // M×d
	up, act   []F // M×4d, up after GELU its slope
	out       []F // M×d

	keptAttention, keptMixed, keptMLP []bool // entries that dropout kept; empty without
}

// A pass evaluates chunks of samples, with memory that is used again.
type pass[F kernel.Float] struct {
	model    *Model[F]
	work     *kernel.Workspace[F]
	apart    bool     // forward only, the suffix is a segment of its own
	shared   block[F] // of all layers, then
	samples  []Sample
	base     []int // first row of each sample in the caches, and the end
	segments []segment[F]
	cache    [][]F // keys and values of each layer, rows of 2d
	dcache   [][]F
	logits   []F // B×R, after forward the softmax
	scratch  []F
	buffer   [9][]F
	single   []int // 0 to B: rows of the samples where each has one
}

func newPass[F kernel.Float](m *Model[F], k *kernel.Kernel) *pass[F] {
	return &pass[F]{model: m, work: kernel.NewWorkspace[F](k), cache: make([][]F, m.depth()), dcache: make([][]F, m.depth())}
}

// forward returns the sum of the losses of the samples.
func (p *pass[F]) forward(samples []Sample) float64 {
	m := p.model
	p.plan(samples)
	for i := range p.segments {
		p.segmentForward(i)
	}
	hidden := p.segments[len(p.segments)-1].hidden
	p.logits = kernel.Zeroed(p.logits, len(samples)*m.Readout)
	kernel.Multiply(p.work, kernel.Matrix(p.logits, len(samples), m.Readout, m.Readout), p.rows(hidden), p.readout(m.Theta).T())
	loss := 0.0
	for b := range samples {
		loss += entropyLoss(p.logits[b*m.Readout:][:m.Readout], samples[b].Targets)
	}
	return loss
}

// segmentForward computes a segment after those before it.
func (p *pass[F]) segmentForward(i int) {
	m, s := p.model, &p.segments[i]
	p.embed(i)
	x, last := s.x, len(m.layers)-1
	for layer := range m.layers {
		t := &s.blocks[layer]
		if p.apart { // no backward pass: what it would need is the same memory in all layers
			t.normed, t.mixed, t.normed2, t.up, t.act = p.shared.normed, p.shared.mixed, p.shared.normed2, p.shared.up, p.shared.act
		}
		p.layerForward(layer, s, x, layer < last)
		if p.apart {
			p.shared = *t
		}
		x = t.out
	}
	s.hidden = kernel.Resize(s.hidden, len(p.samples)*m.Width)
	s.last.forward(x, m.tensor(m.Theta, m.gain), m.tensor(m.Theta, m.shift), s.hidden)
}

// plan lays out the rows of the samples.
func (p *pass[F]) plan(samples []Sample) {
	p.samples = samples
	thoughts, suffix := samples[0].Thoughts, len(samples[0].Suffix)
	p.base = append(p.base[:0], 0)
	p.single = append(p.single[:0], 0)
	for i := range samples {
		p.single = append(p.single, i+1)
		p.base = append(p.base, p.base[i]+len(samples[i].Prompt)+thoughts+suffix)
	}
	count := thoughts + 1
	if p.apart && suffix > 0 {
		count++
	}
	for len(p.segments) < count {
		p.segments = append(p.segments, segment[F]{blocks: make([]block[F], p.model.depth())})
	}
	p.segments = p.segments[:count]
	for i := range p.segments {
		s := &p.segments[i]
		s.from, s.start, s.tokens = append(s.from[:0], 0), s.start[:0], s.tokens[:0]
		for j := range samples {
			start := 0
			if i == 0 {
				s.tokens = append(s.tokens, samples[j].Prompt...)
			} else {
				start = len(samples[j].Prompt) + i - 1
			}
			if i > 0 && i <= thoughts {
				s.tokens = append(s.tokens, Position{-1, -1})
			}
			if i == count-1 {
				s.tokens = append(s.tokens, samples[j].Suffix...)
			}
			s.start = append(s.start, start)
			s.from = append(s.from, len(s.tokens))
		}
		s.rows = len(s.tokens)
	}
	for i := range p.cache {
		p.cache[i] = kernel.Resize(p.cache[i], p.base[len(samples)]*2*p.model.Width)
	}
}

// score is the attention logit of the last query of a sample in a segment for
// the key at a position.
func (p *pass[F]) score(layer, head int, s *segment[F], sample, at int) float64 {
	m, t := p.model, &s.blocks[layer]
	row, width := sample, m.Width/m.Heads
	if t.all {
		row = s.from[sample+1] - 1
	}
	query := t.query[row*m.Width+head*width:][:width]
	key := p.cache[layer][(p.base[sample]+at)*2*m.Width+head*width:][:width]
	x := float64(float64(dot(query, key)) * m.scoreScale())
	if relative := m.tensor(m.Theta, m.layers[layer].relative); relative != nil {
		last := s.start[sample] + s.from[sample+1] - s.from[sample] - 1
		x += float64(relative[head*m.Length+last-at])
	}
	return x
}

// embed writes X⁰ of a segment.
func (p *pass[F]) embed(i int) {
	m, s := p.model, &p.segments[i]
	d := m.Width
	s.x = kernel.Resize(s.x, s.rows*d)
	embedding, positions := m.tensor(m.Theta, m.embed), m.tensor(m.Theta, m.position)
	for b := range p.samples {
		for r := s.from[b]; r < s.from[b+1]; r++ {
			row := s.x[r*d:][:d]
			first, second := s.tokens[r][0], s.tokens[r][1]
			if first < 0 {
				copy(row, p.segments[i-1].hidden[b*d:][:d])
			} else {
				copy(row, embedding[int(first)*d:][:d])
			}
			if second >= 0 {
				add(row, embedding[int(second)*d:][:d])
			}
			if positions != nil {
				add(row, positions[(s.start[b]+r-s.from[b])*d:][:d])
			}
		}
	}
	s.kept = p.drop(s.kept, s.x, s.from)
}

// layerForward computes a layer from its input x, N×d. Without all the queries
// are those of the last row of each sample.
func (p *pass[F]) layerForward(index int, s *segment[F], x []F, all bool) {
	m, t, l := p.model, &s.blocks[index], &p.model.layers[index]
	d, n := m.Width, s.rows
	t.x, t.all = x, all
	t.normed = kernel.Resize(t.normed, n*d)
	t.norm1.forward(x, m.tensor(m.Theta, l.gain1), m.tensor(m.Theta, l.shift1), t.normed)

	keyValue := kernel.Resize(p.buffer[0], n*2*d)
	p.buffer[0] = keyValue
	linear(p.work, p.rows(t.normed), p.weight(m.Theta, l.keyValue), m.tensor(m.Theta, l.keyValueBias), kernel.Matrix(keyValue, n, 2*d, 2*d))
	p.eachRows(s, func(b, from, count, at int) {
		copy(p.cache[index][at*2*d:][:count*2*d], keyValue[from*2*d:])
	})

	queries, rows := n, s.from
	if all {
		t.queryIn = t.normed
	} else {
		queries, rows = len(p.samples), p.single
		t.queryIn = p.lastRows(s, t.normed, t.queryIn)
	}
	t.query = kernel.Resize(t.query, queries*d)
	linear(p.work, p.rows(t.queryIn), p.weight(m.Theta, l.query), m.tensor(m.Theta, l.queryBias), p.rows(t.query))
	p.attend(index, s)

	t.middle = kernel.Resize(t.middle, queries*d)
	linear(p.work, p.rows(t.mixed), p.weight(m.Theta, l.output), m.tensor(m.Theta, l.outputBias), p.rows(t.middle))
	t.keptMixed = p.drop(t.keptMixed, t.middle, rows)
	if all {
		add(t.middle, x)
	} else {
		for b := range p.samples {
			add(t.middle[b*d:][:d], x[(s.from[b+1]-1)*d:])
		}
	}
	if !in(m.MLP, index) {
		t.out = t.middle
		return
	}
	t.normed2, t.up, t.act = kernel.Resize(t.normed2, queries*d), kernel.Resize(t.up, queries*4*d), kernel.Resize(t.act, queries*4*d)
	t.out = kernel.Resize(t.out, queries*d)
	t.norm2.forward(t.middle, m.tensor(m.Theta, l.gain2), m.tensor(m.Theta, l.shift2), t.normed2)
	linear(p.work, p.rows(t.normed2), p.weight(m.Theta, l.up), m.tensor(m.Theta, l.upBias), kernel.Matrix(t.up, queries, 4*d, 4*d))
	kernel.GELU(p.work, t.act, t.up, t.up)
	linear(p.work, kernel.Matrix(t.act, queries, 4*d, 4*d), p.weight(m.Theta, l.down), m.tensor(m.Theta, l.downBias), p.rows(t.out))
	t.keptMLP = p.drop(t.keptMLP, t.out, rows)
	add(t.out, t.middle)
}

// layerBackward adds the gradient of a layer, given dout, M×d, which it uses up,
// and adds to dx, N×d. The keys and values of the segment have received what
// comes from later segments.
func (p *pass[F]) layerBackward(index int, s *segment[F], dout, dx, gradient []F) {
	m, t, l := p.model, &s.blocks[index], &p.model.layers[index]
	d, n, queries := m.Width, s.rows, len(dout)/m.Width
	dmiddle := dout
	if in(m.MLP, index) {
		dact := kernel.Zeroed(p.buffer[1], queries*4*d)
		p.buffer[1] = dact
		wide := func(x []F) kernel.View[F] { return kernel.Matrix(x, queries, 4*d, 4*d) }
		backLinear(p.work, wide(t.act), p.rows(p.dropped(t.keptMLP, dout)), p.weight(m.Theta, l.down), wide(dact), p.weight(gradient, l.down), m.tensor(gradient, l.downBias))
		kernel.BackGELU(dact, t.up)
		dnormed2 := kernel.Zeroed(p.buffer[2], queries*d)
		p.buffer[2] = dnormed2
		backLinear(p.work, p.rows(t.normed2), wide(dact), p.weight(m.Theta, l.up), p.rows(dnormed2), p.weight(gradient, l.up), m.tensor(gradient, l.upBias))
		t.norm2.backward(m.tensor(m.Theta, l.gain2), dnormed2, m.tensor(gradient, l.gain2), m.tensor(gradient, l.shift2), dmiddle)
	}
	dmixed := kernel.Zeroed(p.buffer[3], queries*d)
	p.buffer[3] = dmixed
	backLinear(p.work, p.rows(t.mixed), p.rows(p.dropped(t.keptMixed, dmiddle)), p.weight(m.Theta, l.output), p.rows(dmixed), p.weight(gradient, l.output), m.tensor(gradient, l.outputBias))
	dquery := kernel.Zeroed(p.buffer[4], queries*d)
	p.buffer[4] = dquery
	p.backAttend(index, s, dmixed, dquery, gradient)

	dnormed := kernel.Zeroed(p.buffer[5], n*d)
	p.buffer[5] = dnormed
	if t.all {
		backLinear(p.work, p.rows(t.queryIn), p.rows(dquery), p.weight(m.Theta, l.query), p.rows(dnormed), p.weight(gradient, l.query), m.tensor(gradient, l.queryBias))
		add(dx, dmiddle)
	} else {
		dqueryIn := kernel.Zeroed(p.buffer[6], queries*d)
		p.buffer[6] = dqueryIn
		backLinear(p.work, p.rows(t.queryIn), p.rows(dquery), p.weight(m.Theta, l.query), p.rows(dqueryIn), p.weight(gradient, l.query), m.tensor(gradient, l.queryBias))
		for b := range p.samples {
			last := (s.from[b+1] - 1) * d
			copy(dnormed[last:][:d], dqueryIn[b*d:])
			add(dx[last:][:d], dmiddle[b*d:])
		}
	}
	dkeyValue := kernel.Resize(p.buffer[7], n*2*d)
	p.buffer[7] = dkeyValue
	p.eachRows(s, func(b, from, count, at int) {
		copy(dkeyValue[from*2*d:][:count*2*d], p.dcache[index][at*2*d:])
	})
	backLinear(p.work, p.rows(t.normed), kernel.Matrix(dkeyValue, n, 2*d, 2*d), p.weight(m.Theta, l.keyValue), p.rows(dnormed), p.weight(gradient, l.keyValue), m.tensor(gradient, l.keyValueBias))
	t.norm1.backward(m.tensor(m.Theta, l.gain1), dnormed, m.tensor(gradient, l.gain1), m.tensor(gradient, l.shift1), dx)
}

// backward adds scale times the gradient of the loss that forward returned last.
func (p *pass[F]) backward(scale F, gradient []F) {
	m := p.model
	d, samples := m.Width, len(p.samples)
	for i := range p.dcache {
		p.dcache[i] = kernel.Zeroed(p.dcache[i], p.base[samples]*2*d)
	}
	dlogits := kernel.Resize(p.scratch, samples*m.Readout)
	p.scratch = dlogits
	for b := range p.samples {
		row := dlogits[b*m.Readout:][:m.Readout]
		backEntropy(p.logits[b*m.Readout:][:m.Readout], p.samples[b].Targets, row)
		for v := range row {
			row[v] *= scale
		}
	}
	dhidden := make([]F, samples*d)
	dl := kernel.Matrix(dlogits, samples, m.Readout, m.Readout)
	kernel.Multiply(p.work, p.rows(dhidden), dl, p.readout(m.Theta))
	kernel.Multiply(p.work, p.readout(gradient), dl.T(), p.rows(p.segments[len(p.segments)-1].hidden))
	dout := make([]F, samples*d)
	var dx [2][]F
	for i := len(p.segments) - 1; i >= 0; i-- {
		s := &p.segments[i]
		clear(dout)
		s.last.backward(m.tensor(m.Theta, m.gain), dhidden, m.tensor(gradient, m.gain), m.tensor(gradient, m.shift), dout)
		from := dout
		for layer := m.depth() - 1; layer >= 0; layer-- {
			to := kernel.Zeroed(dx[layer%2], s.rows*d)
			dx[layer%2] = to
			p.layerBackward(layer, s, from, to, gradient)
			from = to
		}
		p.backEmbed(i, from, dhidden, gradient)
	}
}

// backEmbed: what reached a row of X⁰ goes to its tokens and its position, or
// to the thought, which is the hidden state of the segment before.
func (p *pass[F]) backEmbed(i int, dx, dhidden, gradient []F) {
	m, s := p.model, &p.segments[i]
	d := m.Width
	dx = p.dropped(s.kept, dx)
	embedding, positions := m.tensor(gradient, m.embed), m.tensor(gradient, m.position)
	for b := range p.samples {
		for r := s.from[b]; r < s.from[b+1]; r++ {
			row := dx[r*d:][:d]
			first, second := s.tokens[r][0], s.tokens[r][1]
			if first < 0 {
				copy(dhidden[b*d:][:d], row)
			} else {
				add(embedding[int(first)*d:][:d], row)
			}
			if second >= 0 {
				add(embedding[int(second)*d:][:d], row)
			}
			if positions != nil {
				add(positions[(s.start[b]+r-s.from[b])*d:][:d], row)
			}
		}
	}
}
