package learned

import "muflow/sim/kernel"

// eachRows calls visit for each sample with its first row in the segment, the
// number of its rows and their place in the caches.
func (p *pass[F]) eachRows(s *segment[F], visit func(b, from, count, at int)) {
	for b := range p.samples {
		visit(b, s.from[b], s.from[b+1]-s.from[b], p.base[b]+s.start[b])
	}
}

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

func (p *pass[F]) weight(x []F, tensor int) kernel.View[F] {
	t := p.model.tensors[tensor]
	return kernel.Matrix(p.model.tensor(x, tensor), t.Rows, t.Cols, t.Cols)
}

// readout returns the rows of E that are read out.
func (p *pass[F]) readout(x []F) kernel.View[F] {
	m := p.model
	return kernel.Matrix(m.tensor(x, m.embed), m.Readout, m.Width, m.Width)
}

func add[F kernel.Float](to, x []F) {
	x = x[:len(to)]
	for i := range to {
		to[i] += x[i]
	}
}
