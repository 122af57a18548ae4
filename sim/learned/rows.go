package learned

import "muflow/sim/kernel"

// lastRows gathers the last row of each sample.
func (p *pass[F]) lastRows(s *segment[F], x, to []F) []F {
	d := p.model.Width
	to = kernel.Resize(to, len(p.samples)*d)
	for b := range p.samples {
		copy(to[b*d:][:d], x[(s.from[b+1]-1)*d:])
	}
	return to
}

// rows returns x as rows of width d.
func (p *pass[F]) rows(x []F) kernel.View[F] {
	return kernel.Matrix(x, len(x)/p.model.Width, p.model.Width, p.model.Width)
}

// wide returns x as rows of width 4d.
func (p *pass[F]) wide(x []F) kernel.View[F] {
	d := 4 * p.model.Width
	return kernel.Matrix(x, len(x)/d, d, d)
}

// A weights holds the matrices of a model packed for products, by tensor; those
// that are not there are packed when they are needed.
type weights[F kernel.Float] struct {
	straight, turned []kernel.Factor[F]
	ready            bool // packed since the parameters changed
}

// factor returns a matrix of the parameters as a right factor, valid until the
// next one in the same slot.
func (p *pass[F]) factor(slot, tensor int) kernel.Factor[F] {
	if p.packed != nil && p.packed.ready {
		return p.packed.straight[tensor]
	}
	p.loose[slot].Pack(p.work, p.weight(p.model.Theta, tensor))
	return p.loose[slot]
}

// turned is factor of the transposed matrix.
func (p *pass[F]) turned(slot, tensor int) kernel.Factor[F] {
	if p.packed != nil && p.packed.ready {
		return p.packed.turned[tensor]
	}
	p.loose[slot].Pack(p.work, p.weight(p.model.Theta, tensor).T())
	return p.loose[slot]
}

// stripe is how many rows are computed before something else is done to them
// while they are near.
const stripe = 96

// stripes calls visit for consecutive rows.
func stripes(rows int, visit func(from, to int)) {
	for from := 0; from < rows; from += stripe {
		visit(from, min(rows, from+stripe))
	}
}

// near calls visit for consecutive samples of a segment, with the rows of their
// queries in a layer.
func (p *pass[F]) near(s *segment[F], all bool, visit func(first, last, from, to int)) {
	for first, last := 0, 0; first < len(p.samples); first = last {
		for last = first + 1; last < len(p.samples) && s.from[last]-s.from[first] < 2*stripe; last++ {
		}
		if all {
			visit(first, last, s.from[first], s.from[last])
		} else {
			visit(first, last, first, last)
		}
	}
}

func (p *pass[F]) weight(x []F, tensor int) kernel.View[F] {
	t := p.model.tensors[tensor]
	return kernel.Matrix(p.model.tensor(x, tensor), t.Rows, t.Cols, t.Cols)
}

// readout returns the rows of E that are read out.
func (p *pass[F]) readout(x []F) kernel.View[F] {
	m := p.model
	return kernel.Matrix(m.tensor(x, m.embed), m.Readout, m.Width, m.Width)
}

// backWeight: of y = x·W + bias, dW += xᵀ·dy, dbias += Σ_rows dy.
func (p *pass[F]) backWeight(x, dy kernel.View[F], weight, bias int, gradient []F) {
	kernel.MultiplySums(p.work, p.weight(gradient, weight), x.T(), dy, p.model.tensor(gradient, bias), p.fresh)
}
