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
			visit(a)
		}
	}
	for b := range p.samples {
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

// heads returns the views of a block: rows of query or mixed in x, and keys and
// values in a cache.
func (p *pass[F]) queriesOf(a attentionBlock[F], x []F) kernel.View[F] {
	d, w := p.model.Width, p.model.Width/p.model.Heads
	return kernel.Matrix(x[a.row*d+a.head*w:], a.count, w, d)
}

func (p *pass[F]) keysOf(a attentionBlock[F], cache []F) kernel.View[F] {
	d, w := p.model.Width, p.model.Width/p.model.Heads
	return kernel.Matrix(cache[p.base[a.sample]*2*d+a.head*w:], a.keys, w, 2*d)
}

func (p *pass[F]) valuesOf(a attentionBlock[F], cache []F) kernel.View[F] {
	d, w := p.model.Width, p.model.Width/p.model.Heads
	return kernel.Matrix(cache[p.base[a.sample]*2*d+d+a.head*w:], a.keys, w, 2*d)
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
func (p *pass[F]) attend(index int, s *segment[F]) {
	m, t := p.model, &s.blocks[index]
	total := 0
	p.eachBlock(index, s, func(a attentionBlock[F]) { total += a.count * a.stride })
	t.attention, t.mixed = kernel.Resize(t.attention, total), kernel.Resize(t.mixed, len(t.query))
	p.prepareThinned(t, total)
	scale, relative := F(m.scoreScale()), m.tensor(m.Theta, m.layers[index].relative)
	p.eachBlock(index, s, func(a attentionBlock[F]) {
		p.products(a.over(a.weights, a.stride), p.queriesOf(a, t.query), p.keysOf(a, p.cache[index]), a)
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
		weights := a.over(a.weights, a.keys)
		if p.dropping() {
			weights = p.thin(t, a)
		}
		p.combine(p.queriesOf(a, t.mixed), weights, p.valuesOf(a, p.cache[index]))
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
// by backSoftmax, dq += Σ_j dz_j k_j/√w, dk_j += dz_j q/√w.
func (p *pass[F]) backAttend(index int, s *segment[F], dmixed, dquery, gradient []F) {
	m, t := p.model, &s.blocks[index]
	scale, dcache := F(m.scoreScale()), p.dcache[index]
	drelative := m.tensor(gradient, m.layers[index].relative)
	p.eachBlock(index, s, func(a attentionBlock[F]) {
		weights, dy := a.over(a.weights, a.keys), p.queriesOf(a, dmixed)
		if p.dropping() {
			weights = p.thinned(t, a)
		}
		p.spread(p.valuesOf(a, dcache), weights, dy)
		p.scratch = kernel.Resize(p.scratch, a.count*a.stride)
		p.products(a.over(p.scratch, a.stride), dy, p.valuesOf(a, p.cache[index]), a)
		for i := range a.count {
			end := a.position + i + 1
			row := p.scratch[i*a.stride:][:a.stride]
			clear(row[end:])
			if p.dropping() {
				p.backDrop(t.keptAttention[a.at+i*a.stride:], row[:end])
			}
		}
		if !in(m.Linear, index) {
			columns := (a.keys + 7) &^ 7 // the last of them 0
			kernel.BackSoftmax(p.work, a.over(a.weights, columns), a.over(p.scratch, columns))
		}
		for i := range a.count {
			last := a.position + i
			row := p.scratch[i*a.stride:][:last+1]
			if drelative != nil {
				backRelative(drelative[a.head*m.Length:][:m.Length], row, last)
			}
			kernel.Scale(p.work, row, scale)
			m.unevenly(index, row)
		}
		dweights := a.over(p.scratch, a.keys)
		p.combine(p.queriesOf(a, dquery), dweights, p.keysOf(a, p.cache[index]))
		p.spread(p.keysOf(a, dcache), dweights, p.queriesOf(a, t.query))
	})
}

// few is the most queries that are multiplied one by one.
const few = 2

// products: c = queries·keysᵀ, in columns beyond the keys 0 or anything.
func (p *pass[F]) products(c, queries, keys kernel.View[F], a attentionBlock[F]) {
	if queries.Rows > few {
		kernel.Affine(p.work, c, queries, a.padded(keys), nil)
		return
	}
	for i := range queries.Rows {
		row := c.Data[i*c.RowStep:][:keys.Rows]
		clear(row)
		kernel.Dots(p.work, row, queries.Data[i*queries.RowStep:][:queries.Cols], keys)
	}
}

// combine: c = weights·values.
func (p *pass[F]) combine(c, weights, values kernel.View[F]) {
	if weights.Rows > few {
		kernel.Affine(p.work, c, weights, values.Whole(), nil)
		return
	}
	for i := range weights.Rows {
		row := c.Data[i*c.RowStep:][:c.Cols]
		clear(row)
		kernel.Combine(p.work, row, weights.Data[i*weights.RowStep:][:weights.Cols], values)
	}
}

// spread: c += weightsᵀ·queries.
func (p *pass[F]) spread(c, weights, queries kernel.View[F]) {
	if weights.Rows > few {
		kernel.Multiply(p.work, c, weights.T(), queries)
		return
	}
	for i := range weights.Rows {
		kernel.Spread(p.work, c, weights.Data[i*weights.RowStep:][:weights.Cols], queries.Data[i*queries.RowStep:][:queries.Cols])
	}
}
