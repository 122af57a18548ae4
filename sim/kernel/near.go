package kernel

// A coming is what a product reads later, cut into pieces for tiles to bring near:
// one starts every advance numbers, and so many more lie between, phase apart.
type coming struct {
	data          []float32
	advance       int
	phases, phase int
	step          int // between the places that a tile brings near
	taken, pieces int
}

// following returns what is read of A after the rows before end: the next ones, or
// the first of the next columns.
func (w *Workspace[F]) following(a View[float32], end, from, depth int, strip bool) coming {
	if end == a.Rows {
		end, from = 0, from+depth
	}
	rows := min(together, a.Rows-end)
	next := coming{advance: a.RowStep, phases: 1, step: a.ColStep * w.kernel.every, pieces: rows}
	if strip {
		next.advance, next.phases, next.phase = stripWidth, w.kernel.every, a.ColStep
		next.pieces = (rows + stripWidth - 1) / stripWidth * next.phases
	}
	if start := end*a.RowStep + from*a.ColStep; from < a.Cols && start < len(a.Data) {
		next.data = a.Data[start:]
		return next
	}
	return coming{}
}

// take returns the next piece.
func (c *coming) take() (at *float32, step int) {
	if c.taken >= c.pieces {
		return &zeroRow[0], 0
	}
	place := c.taken/c.phases*c.advance + c.taken%c.phases*c.phase
	if c.taken++; place >= len(c.data) {
		return &zeroRow[0], 0
	}
	return &c.data[place], c.step
}
