package learned

import "muflow/sim/kernel"

// queryBlock is how many queries of a sample are attended at once, so that few
// scores beyond the diagonal are computed.
const queryBlock = 32

// An attentionBlock is some consecutive queries of one sample in one head.
type attentionBlock[F kernel.Float] struct {
	sample, head int
	row, count   int // rows of the queries in query and mixed
	position     int // of the first query
	keys         int // positions that the last query sees
	stride       int // between rows of weights
	at           int // of weights among those of the segment
	weights      []F // count×stride, from keys on 0
}

// strideOf leaves room for whole blocks of every kernel.
func strideOf(keys int) int { return (keys + 31) &^ 31 }

// eachBlock calls visit for all queries of a segment, always in the same
// order, with the place of their attention weights.
func (p *pass[F]) eachBlock(index int, s *segment[F], visit func(a attentionBlock[F])) {
	p.blocksOf(index, s, 0, len(p.samples), visit)
}

// blocksOf is eachBlock for the samples from first on, up to last.
func (p *pass[F]) blocksOf(index int, s *segment[F], first, last int, visit func(a attentionBlock[F])) {
	t := &s.blocks[index]
	at := 0
	place := func(a attentionBlock[F]) {
		a.stride = strideOf(a.keys)
		size := a.count * a.stride
		for h := range p.model.Heads {
			a.head, a.at, a.weights = h, at, nil
			if at+size <= len(t.attention) {
				a.weights = t.attention[at:][:size]
			}
			at += size
			if first <= a.sample {
				visit(a)
			}
		}
	}
	for b := range last {
		rows, start := s.from[b+1]-s.from[b], s.start[b]
		if !t.all {
			place(attentionBlock[F]{sample: b, row: b, count: 1, position: start + rows - 1, keys: start + rows})
			continue
		}
		for i := 0; i < rows; i += queryBlock {
			count := min(queryBlock, rows-i)
			place(attentionBlock[F]{sample: b, row: s.from[b] + i, count: count, position: start + i, keys: start + i + count})
		}
	}
}

// queriesOf returns the rows of query or mixed in x, in the head of the block.
func (p *pass[F]) queriesOf(a attentionBlock[F], x []F) kernel.View[F] {
	d, w := p.model.Width, p.model.Width/p.model.Heads
	return kernel.Matrix(x[a.row*d+a.head*w:], a.count, w, d)
}

// keysOf returns the keys in a cache, valuesOf the values, those of one head.
func (p *pass[F]) keysOf(a attentionBlock[F], cache []F) kernel.View[F] {
	d, w := p.model.Width, p.model.Width/p.model.Heads
	return kernel.Matrix(cache[p.base[a.sample]*2*d+a.head*w:], a.keys, w, 2*d)
}

func (p *pass[F]) valuesOf(a attentionBlock[F], cache []F) kernel.View[F] {
	return p.keysOf(a, cache[p.model.Width:])
}

// few is the most queries that are multiplied one by one, all heads at once.
const few = 2

// together calls visit for each query of a block, with the places of its row
// among queries and among the weights of a head.
func (p *pass[F]) together(a attentionBlock[F], visit func(row, weight int)) {
	for i := range a.count {
		visit((a.row+i)*p.model.Width, i*a.stride)
	}
}

// allHeads returns the keys in a cache, or the values behind them.
func (p *pass[F]) allHeads(a attentionBlock[F], cache []F) kernel.Heads[F] {
	d := p.model.Width
	return kernel.Heads[F]{View: kernel.Matrix(cache[p.base[a.sample]*2*d:], a.keys, d, 2*d), Count: p.model.Heads, Step: a.count * a.stride}
}

// bring has the rows of a sample in caches brought near, which are read head by
// head, before its first block.
func (p *pass[F]) bring(a attentionBlock[F], s *segment[F], caches ...[]F) {
	if a.head > 0 || a.count > few && a.position > s.start[a.sample] {
		return
	}
	b := a.sample
	keys := s.start[b] + s.from[b+1] - s.from[b]
	for _, cache := range caches {
		kernel.Touch(p.work, cache[p.base[b]*2*p.model.Width:][:keys*2*p.model.Width])
	}
}

// padded is a matrix with a row for every key, turned, as the factor of scores.
func (a attentionBlock[F]) padded(keys kernel.View[F]) kernel.Factor[F] {
	f := keys.T().Whole()
	f.Cols = a.stride
	return f
}

// over returns rows of weights as a matrix of so many columns.
func (a attentionBlock[F]) over(weights []F, columns int) kernel.View[F] {
	return kernel.Matrix(weights, a.count, columns, a.stride)
}

// attend: for a query at position i and keys at j ≤ i
//
//	z_j = (1 + εη_j)⟨q, k_j⟩/√w + bias_{i−j},   a = softmax(z) or z,   y = Σ_j a_j v_j
//
// where dropout thins a in the sum.
func (p *pass[F]) attend(index int, s *segment[F], first, last int) {
	m, t, cache := p.model, &s.blocks[index], p.cache[index]
	scale, relative := F(m.scoreScale()), m.tensor(m.Theta, m.layers[index].relative)
	p.blocksOf(index, s, first, last, func(a attentionBlock[F]) {
		p.bring(a, s, cache)
		if a.count > few {
			kernel.Affine(p.work, a.over(a.weights, a.stride), p.queriesOf(a, t.query), a.padded(p.keysOf(a, cache)), nil)
		} else if a.head == 0 {
			all := t.attention[a.at:][:m.Heads*len(a.weights)]
			clear(all)
			p.together(a, func(row, weight int) { kernel.Dots(p.work, all[weight:], t.query[row:], p.allHeads(a, cache)) })
		}
		for i := range a.count {
			last := a.position + i
			row := a.weights[i*a.stride:][:a.stride]
			clear(row[last+1:])
			row = row[:last+1]
			kernel.Scale(p.work, row, scale)
			m.unevenly(index, row)
			if relative != nil {
				bias := relative[a.head*m.Length:][:last+1]
				for j := range row {
					row[j] += bias[last-j]
				}
			}
			if !in(m.Linear, index) {
				kernel.Softmax(p.work, row)
			}
		}
		weights := t.attention
		if p.dropping() {
			p.thin(t, a)
			weights = t.thinned
		}
		if a.count > few {
			kernel.Affine(p.work, p.queriesOf(a, t.mixed), a.over(weights[a.at:], a.keys), p.valuesOf(a, cache).Whole(), nil)
		} else if a.head == m.Heads-1 {
			all := weights[a.at-a.head*len(a.weights):]
			p.together(a, func(row, weight int) {
				mixed := t.mixed[row:][:m.Width]
				clear(mixed)
				kernel.Combine(p.work, mixed, all[weight:], p.allHeads(a, cache[m.Width:]))
			})
		}
	})
}

// unevenly multiplies scores, or what the loss changes by them, by 1 + εη_j in
// the later layers.
func (m *Model[F]) unevenly(index int, row []F) {
	if m.factors == nil || index == 0 {
		return
	}
	for j := range row {
		row[j] *= m.factors[j]
	}
}

// backAttend: dv_j += a_j dy, da_j = ⟨v_j, dy⟩, both where dropout kept a_j, dz
// by backSoftmax, dq = Σ_j dz_j k_j/√w, dk_j += dz_j q/√w.
func (p *pass[F]) backAttend(index int, s *segment[F], first, last int, dmixed, dquery, gradient []F) {
	m, t := p.model, &s.blocks[index]
	scale, cache, dcache := F(m.scoreScale()), p.cache[index], p.dcache[index]
	drelative := m.tensor(gradient, m.layers[index].relative)
	weights := t.attention
	if p.dropping() {
		weights = t.thinned
	}
	p.blocksOf(index, s, first, last, func(a attentionBlock[F]) {
		p.bring(a, s, cache, dcache)
		if a.head == 0 {
			p.scratch = kernel.Resize(p.scratch, m.Heads*len(a.weights))
		}
		dscores := p.scratch[a.head*len(a.weights):][:len(a.weights)]
		if a.count > few {
			dy := p.queriesOf(a, dmixed)
			kernel.Multiply(p.work, p.valuesOf(a, dcache), a.over(weights[a.at:], a.keys).T(), dy)
			kernel.Affine(p.work, a.over(dscores, a.stride), dy, a.padded(p.valuesOf(a, cache)), nil)
		} else if a.head == 0 {
			clear(p.scratch)
			p.together(a, func(row, weight int) {
				kernel.Spread(p.work, p.allHeads(a, dcache[m.Width:]), weights[a.at+weight:], dmixed[row:][:m.Width])
				kernel.Dots(p.work, p.scratch[weight:], dmixed[row:], p.allHeads(a, cache[m.Width:]))
			})
		}
		for i := range a.count {
			end := a.position + i + 1
			row := dscores[i*a.stride:][:a.stride]
			clear(row[end:])
			if p.dropping() {
				p.backDrop(t.keptAttention[a.at+i*a.stride:], row[:end])
			}
		}
		if !in(m.Linear, index) {
			columns := (a.keys + 7) &^ 7 // the last of them 0
			kernel.BackSoftmax(p.work, a.over(a.weights, columns), a.over(dscores, columns))
		}
		for i := range a.count {
			last := a.position + i
			row := dscores[i*a.stride:][:last+1]
			if drelative != nil {
				backRelative(drelative[a.head*m.Length:][:m.Length], row, last)
			}
			kernel.Scale(p.work, row, scale)
			m.unevenly(index, row)
		}
		if a.count > few {
			kernel.Affine(p.work, p.queriesOf(a, dquery), a.over(dscores, a.keys), p.keysOf(a, cache).Whole(), nil)
			kernel.Multiply(p.work, p.keysOf(a, dcache), a.over(dscores, a.keys).T(), p.queriesOf(a, t.query))
		} else if a.head == m.Heads-1 {
			p.together(a, func(row, weight int) {
				to := dquery[row:][:m.Width]
				clear(to)
				kernel.Combine(p.work, to, p.scratch[weight:], p.allHeads(a, cache))
				kernel.Spread(p.work, p.allHeads(a, dcache), p.scratch[weight:], t.query[row:][:m.Width])
			})
		}
	})
}
