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
	buffer   [12][]F
	single   []int       // 0 to B: rows of the samples where each has one
	fresh    bool        // the next gradient of a matrix of the layers is its first
	packed   *weights[F] // shared by passes, nil: none
	loose    [3]kernel.Factor[F]
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
	p.logits = kernel.Resize(p.logits, len(samples)*m.Readout)
	kernel.Affine(p.work, kernel.Matrix(p.logits, len(samples), m.Readout, m.Readout), p.rows(hidden), p.readout(m.Theta).T().Whole(), nil)
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
	s.last.forward(p.work, x, m.tensor(m.Theta, m.gain), m.tensor(m.Theta, m.shift), s.hidden)
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
	x := float64(float64(kernel.Dot(query, key)) * m.scoreScale())
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
				kernel.Add(p.work, row, embedding[int(second)*d:][:d])
			}
			if positions != nil {
				kernel.Add(p.work, row, positions[(s.start[b]+r-s.from[b])*d:][:d])
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
	t.norm1.forward(p.work, x, m.tensor(m.Theta, l.gain1), m.tensor(m.Theta, l.shift1), t.normed)
	queries, rows := n, s.from
	if all {
		t.queryIn = t.normed
	} else {
		queries, rows = len(p.samples), p.single
		t.queryIn = p.lastRows(s, t.normed, t.queryIn)
	}
	t.query, t.mixed, t.middle = kernel.Resize(t.query, queries*d), kernel.Resize(t.mixed, queries*d), kernel.Resize(t.middle, queries*d)
	total := 0
	p.eachBlock(index, s, func(a attentionBlock[F]) { total += a.count * a.stride })
	t.attention = kernel.Resize(t.attention, total)
	p.prepareThinned(t, total)
	keyValue, query, output := p.factor(0, l.keyValue), p.factor(1, l.query), p.factor(2, l.output)
	p.near(s, all, func(first, last, from, to int) {
		p.keysAndValues(index, s, first, last, keyValue)
		kernel.Affine(p.work, p.rows(t.query[from*d:to*d]), p.rows(t.queryIn[from*d:to*d]), query, m.tensor(m.Theta, l.queryBias))
		p.attend(index, s, first, last)
		kernel.Affine(p.work, p.rows(t.middle[from*d:to*d]), p.rows(t.mixed[from*d:to*d]), output, m.tensor(m.Theta, l.outputBias))
	})
	t.keptMixed = p.drop(t.keptMixed, t.middle, rows)
	if all {
		kernel.Add(p.work, t.middle, x)
	} else {
		for b := range p.samples {
			kernel.Add(p.work, t.middle[b*d:][:d], x[(s.from[b+1]-1)*d:])
		}
	}
	if !in(m.MLP, index) {
		t.out = t.middle
		return
	}
	t.normed2, t.up, t.act = kernel.Resize(t.normed2, queries*d), kernel.Resize(t.up, queries*4*d), kernel.Resize(t.act, queries*4*d)
	t.out = kernel.Resize(t.out, queries*d)
	t.norm2.forward(p.work, t.middle, m.tensor(m.Theta, l.gain2), m.tensor(m.Theta, l.shift2), t.normed2)
	up, down := p.factor(0, l.up), p.factor(1, l.down)
	stripes(queries, func(from, to int) {
		part := t.up[from*4*d : to*4*d]
		kernel.Affine(p.work, p.wide(part), p.rows(t.normed2[from*d:to*d]), up, m.tensor(m.Theta, l.upBias))
		kernel.GELU(p.work, t.act[from*4*d:to*4*d], part, part)
		kernel.Affine(p.work, p.rows(t.out[from*d:to*d]), p.wide(t.act[from*4*d:to*4*d]), down, m.tensor(m.Theta, l.downBias))
	})
	t.keptMLP = p.drop(t.keptMLP, t.out, rows)
	kernel.Add(p.work, t.out, t.middle)
}

// keysAndValues writes those of some samples into the cache.
func (p *pass[F]) keysAndValues(index int, s *segment[F], first, last int, factor kernel.Factor[F]) {
	m, t := p.model, &s.blocks[index]
	d, from, to := m.Width, s.from[first], s.from[last]
	keyValue := p.room(0, (to-from)*2*d)
	kernel.Affine(p.work, kernel.Matrix(keyValue, to-from, 2*d, 2*d), p.rows(t.normed[from*d:to*d]), factor, m.tensor(m.Theta, m.layers[index].keyValueBias))
	for b := first; b < last; b++ {
		copy(p.cache[index][(p.base[b]+s.start[b])*2*d:], keyValue[(s.from[b]-from)*2*d:(s.from[b+1]-from)*2*d])
	}
}

// layerBackward adds the gradient of a layer, given dout, M×d, which it uses up,
// and returns dx, N×d, valid until the next call. The keys and values of the
// segment have received what comes from later segments.
func (p *pass[F]) layerBackward(index int, s *segment[F], dout, gradient []F) (dx []F) {
	m, t, l := p.model, &s.blocks[index], &p.model.layers[index]
	d, n, queries := m.Width, s.rows, len(dout)/m.Width
	dmiddle := dout
	if in(m.MLP, index) {
		dact, dnormed2, dout := p.room(1, queries*4*d), p.room(2, queries*d), p.dropped(t.keptMLP, dout)
		down, up := p.turned(0, l.down), p.turned(1, l.up)
		stripes(queries, func(from, to int) {
			part := dact[from*4*d : to*4*d]
			kernel.Affine(p.work, p.wide(part), p.rows(dout[from*d:to*d]), down, nil)
			kernel.Times(p.work, part, t.up[from*4*d:to*4*d])
			kernel.Affine(p.work, p.rows(dnormed2[from*d:to*d]), p.wide(part), up, nil)
		})
		p.backWeight(p.wide(t.act), p.rows(dout), l.down, l.downBias, gradient)
		p.backWeight(p.rows(t.normed2), p.wide(dact), l.up, l.upBias, gradient)
		t.norm2.backward(p.work, m.tensor(m.Theta, l.gain2), dnormed2, m.tensor(gradient, l.gain2), m.tensor(gradient, l.shift2), dmiddle)
	}
	dmixed, dquery, dadded := p.room(3, queries*d), p.room(4, queries*d), p.dropped(t.keptMixed, dmiddle)
	dnormed, dqueryIn, dkeyValue := p.room(5, n*d), p.room(6, queries*d), p.room(7, n*2*d)
	if t.all {
		dx, dqueryIn = dmiddle, dnormed
	} else {
		dx = p.room(9, n*d)
		clear(dx)
		clear(dnormed)
	}
	pair := func(from, to int) kernel.View[F] { return kernel.Matrix(dkeyValue[from*2*d:], to-from, 2*d, 2*d) }
	output, query, keyValue := p.turned(0, l.output), p.turned(1, l.query), p.turned(2, l.keyValue)
	p.near(s, t.all, func(first, last, from, to int) {
		kernel.Affine(p.work, p.rows(dmixed[from*d:to*d]), p.rows(dadded[from*d:to*d]), output, nil)
		p.backAttend(index, s, first, last, dmixed, dquery, gradient)
		kernel.Affine(p.work, p.rows(dqueryIn[from*d:to*d]), p.rows(dquery[from*d:to*d]), query, nil)
		for b := first; b < last; b++ {
			if !t.all {
				at := (s.from[b+1] - 1) * d
				copy(dnormed[at:][:d], dqueryIn[b*d:])
				copy(dx[at:][:d], dmiddle[b*d:])
			}
			copy(dkeyValue[s.from[b]*2*d:s.from[b+1]*2*d], p.dcache[index][(p.base[b]+s.start[b])*2*d:])
		}
		begin, end := s.from[first], s.from[last]
		kernel.MultiplyBy(p.work, p.rows(dnormed[begin*d:end*d]), pair(begin, end), keyValue)
	})
	p.backWeight(p.rows(t.mixed), p.rows(dadded), l.output, l.outputBias, gradient)
	p.backWeight(p.rows(t.queryIn), p.rows(dquery), l.query, l.queryBias, gradient)
	p.backWeight(p.rows(t.normed), pair(0, n), l.keyValue, l.keyValueBias, gradient)
	t.norm1.backward(p.work, m.tensor(m.Theta, l.gain1), dnormed, m.tensor(gradient, l.gain1), m.tensor(gradient, l.shift1), dx)
	return dx
}

// room returns memory that is used again, with anything in it.
func (p *pass[F]) room(which, length int) []F {
	p.buffer[which] = kernel.Resize(p.buffer[which], length)
	return p.buffer[which]
}

// backward adds scale times the gradient of the loss that forward returned last;
// if fresh, to 0 instead of what stands there.
func (p *pass[F]) backward(scale F, gradient []F, fresh bool) {
	if p.fresh = fresh; fresh {
		p.model.clearRest(gradient)
	}
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
	dhidden, dlast := p.room(10, samples*d), p.room(11, samples*d)
	dl := kernel.Matrix(dlogits, samples, m.Readout, m.Readout)
	kernel.Affine(p.work, p.rows(dhidden), dl, p.readout(m.Theta).Whole(), nil)
	kernel.Multiply(p.work, p.readout(gradient), dl.T(), p.rows(p.segments[len(p.segments)-1].hidden))
	for i := len(p.segments) - 1; i >= 0; i-- {
		s := &p.segments[i]
		clear(dlast)
		s.last.backward(p.work, m.tensor(m.Theta, m.gain), dhidden, m.tensor(gradient, m.gain), m.tensor(gradient, m.shift), dlast)
		dx := dlast
		for layer := m.depth() - 1; layer >= 0; layer-- {
			dx = p.layerBackward(layer, s, dx, gradient)
		}
		p.backEmbed(i, dx, dhidden, gradient)
		p.fresh = false
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
				kernel.Add(p.work, embedding[int(first)*d:][:d], row)
			}
			if second >= 0 {
				kernel.Add(p.work, embedding[int(second)*d:][:d], row)
			}
			if positions != nil {
				kernel.Add(p.work, positions[(s.start[b]+r-s.from[b])*d:][:d], row)
			}
		}
	}
}
