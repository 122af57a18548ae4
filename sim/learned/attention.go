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
	at           int // of weights among those of the segment
	weights      []F // count×keys
}

// eachBlock calls visit for all queries of a segment, always in the same
// order, with the place of their attention weights.
func (p *pass[F]) eachBlock(index int, s *segment[F], visit func(a attentionBlock[F])) {
	t := &s.blocks[index]
	at := 0
	place := func(a attentionBlock[F]) {
		for h := range p.model.Heads {
			a.head, a.at, a.weights = h, at, nil
			if at+a.count*a.keys <= len(t.attention) {
				a.weights = t.attention[at:][:a.count*a.keys]
			}
			at += a.count * a.keys
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

// attend: for a query at position i and keys at j ≤ i
//
//	z_j = (1 + εη_j)⟨q, k_j⟩/√w + bias_{i−j},   a = softmax(z) or z,   y = Σ_j a_j v_j
//
// where dropout thins a in the sum.
func (p *pass[F]) attend(index int, s *segment[F]) {
	m, t := p.model, &s.blocks[index]
	total := 0
	p.eachBlock(index, s, func(a attentionBlock[F]) { total += a.count * a.keys })
	t.attention = kernel.Zeroed(t.attention, total)
	t.mixed = kernel.Zeroed(t.mixed, len(t.query))
	p.prepareThinned(t, total)
	scale, relative := F(m.scoreScale()), m.tensor(m.Theta, m.layers[index].relative)
	p.eachBlock(index, s, func(a attentionBlock[F]) {
		weights := kernel.Matrix(a.weights, a.count, a.keys, a.keys)
		multiplyRows(p.work, weights, p.queriesOf(a, t.query), p.keysOf(a, p.cache[index]).T())
		for i := range a.count {
			last := a.position + i
			row := a.weights[i*a.keys:][:a.keys]
			clear(row[last+1:])
			row = row[:last+1]
			for j := range row {
				row[j] *= scale
			}
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
		if p.dropping() {
			weights = p.thin(t, a)
		}
		multiplyRows(p.work, p.queriesOf(a, t.mixed), weights, p.valuesOf(a, p.cache[index]))
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
		weights, dy := kernel.Matrix(a.weights, a.count, a.keys, a.keys), p.queriesOf(a, dmixed)
		if p.dropping() {
			weights = p.thinned(t, a)
		}
		outerRows(p.work, p.valuesOf(a, dcache), weights, dy)
		p.scratch = kernel.Zeroed(p.scratch, a.count*a.keys)
		dweights := kernel.Matrix(p.scratch, a.count, a.keys, a.keys)
		multiplyRows(p.work, dweights, dy, p.valuesOf(a, p.cache[index]).T())
		for i := range a.count {
			last := a.position + i
			row := p.scratch[i*a.keys:][:a.keys]
			clear(row[last+1:])
			row = row[:last+1]
			if p.dropping() {
				p.backDrop(t.keptAttention[a.at+i*a.keys:], row)
			}
			if !in(m.Linear, index) {
				backSoftmax(a.weights[i*a.keys:][:last+1], row)
			}
			if drelative != nil {
				backRelative(drelative[a.head*m.Length:][:m.Length], row, last)
			}
			for j := range row {
				row[j] *= scale
			}
			m.unevenly(index, row)
		}
		multiplyRows(p.work, p.queriesOf(a, dquery), dweights, p.keysOf(a, p.cache[index]))
		outerRows(p.work, p.keysOf(a, dcache), dweights, p.queriesOf(a, t.query))
	})
}

// few is the most rows for which packing a matrix costs more than it saves.
const few = 2

// multiplyRows is kernel.Multiply, without packing when a has few rows.
func multiplyRows[F kernel.Float](w *kernel.Workspace[F], c, a, b kernel.View[F]) {
	if a.Rows > few {
		kernel.Multiply(w, c, a, b)
		return
	}
	for i := range a.Rows {
		x, to := a.Data[i*a.RowStep:][:a.Cols], c.Data[i*c.RowStep:][:c.Cols]
		if b.ColStep == 1 {
			for p, v := range x {
				row := b.Data[p*b.RowStep:][:len(to)]
				for j := range to {
					to[j] += F(v * row[j])
				}
			}
			continue
		}
		for j := range to { // b is transposed: its columns are contiguous
			to[j] += dot(x, b.Data[j*b.ColStep:])
		}
	}
}

// outerRows: c += aᵀ·b, without packing when a has few rows.
func outerRows[F kernel.Float](w *kernel.Workspace[F], c, a, b kernel.View[F]) {
	if a.Rows > few {
		kernel.Multiply(w, c, a.T(), b)
		return
	}
	for i := range a.Rows {
		x, y := a.Data[i*a.RowStep:][:a.Cols], b.Data[i*b.RowStep:][:b.Cols]
		for j, v := range x {
			to := c.Data[j*c.RowStep:][:len(y)]
			for k := range to {
				to[k] += F(v * y[k])
			}
		}
	}
}

func dot[F kernel.Float](x, y []F) F {
	y = y[:len(x)]
	var a, b, c, d F
	for len(x) >= 4 && len(y) >= 4 {
		a += F(x[0] * y[0])
		b += F(x[1] * y[1])
		c += F(x[2] * y[2])
		d += F(x[3] * y[3])
		x, y = x[4:], y[4:]
	}
	for i, v := range x {
		a += F(v * y[i])
	}
	return (a + b) + (c + d)
}
