package kernel

import "fmt"

// depthBlock is the most rows of B that are added up in one chain.
const depthBlock = 256

// width is how many columns of B stand side by side.
func (w *Workspace[F]) width() int {
	if w.unit != nil {
		return w.kernel.width
	}
	return portableWidth
}

// Multiply adds a product to a matrix whose rows are contiguous.
//
//	C_ij += Σ_p A_ip B_pj
//
// It panics if the shapes do not fit: that is a mistake of the program.
// Approximate: no error bound beyond that of the package.
func Multiply[F Float](w *Workspace[F], c, a, b View[F]) {
	product(w, c, a, b.Whole(), nil, nil)
}

// MultiplyBy is Multiply by a factor.
func MultiplyBy[F Float](w *Workspace[F], c, a View[F], b Factor[F]) { product(w, c, a, b, nil, nil) }

// MultiplySums is Multiply that also adds up columns, from the first row on; if
// fresh, the product takes the place of C.
//
//	sum_j += Σ_p B_pj
func MultiplySums[F Float](w *Workspace[F], c, a, b View[F], sum []F, fresh bool) {
	var start []F
	if fresh {
		start = zeros[F](b.Cols)
	}
	product(w, c, a, b.Whole(), start, sum[:b.Cols])
}

// Affine writes a product plus the same row everywhere, of zeros if it is nil.
//
//	C_ij = shift_j + Σ_p A_ip B_pj
//
// The bits are those of Multiply to rows that hold the shift.
// It panics and is bounded as Multiply.
func Affine[F Float](w *Workspace[F], c, a View[F], b Factor[F], shift []F) {
	if shift == nil {
		shift = zeros[F](b.Cols)
	}
	product(w, c, a, b, shift[:b.Cols], nil)
}

// product adds AB to C, or to the row start, and the rows of B to sum; the last
// two may be nil.
func product[F Float](w *Workspace[F], c, a View[F], b Factor[F], start, sum []F) {
	if c.Rows != a.Rows || c.Cols != b.Cols || a.Cols != b.Rows || c.ColStep != 1 && c.Cols > 1 {
		panic(fmt.Sprintf("kernel: %d×%d times %d×%d into %d×%d", a.Rows, a.Cols, b.Rows, b.Cols, c.Rows, c.Cols))
	}
	if c.Rows == 0 || c.Cols == 0 {
		return
	}
	if start != nil && a.Cols == 0 {
		for i := range c.Rows {
			copy(c.Data[i*c.RowStep:], start)
		}
	}
	for from := 0; from < a.Cols && (w.ctx == nil || w.ctx.Err() == nil); from += depthBlock {
		depth := min(depthBlock, a.Cols-from)
		if w.unit != nil {
			multiplyBlock(any(w).(*Workspace[float32]), any(c).(View[float32]), any(a).(View[float32]), any(b).(Factor[float32]), from, depth, floats(start), floats(sum))
		} else {
			portableBlock(w, c, a, b, from, depth, start, sum)
		}
		start = nil
	}
}

// few is how many blocks of rows of C are too few to pack B for.
const few = 3

// multiplyBlock adds columns from…from+depth of A times these rows of B to C, or
// to start.
func multiplyBlock(w *Workspace[float32], c, a View[float32], b Factor[float32], from, depth int, start, sum []float32) {
	rows, width := len(w.kernel.tiles), w.kernel.width
	panels := (c.Cols + width - 1) / width
	var right []float32
	rightStep, panelStep := width, w.panelSize(depth)
	switch {
	case b.panels != nil:
		right = b.panels[from/depthBlock*panels*w.panelSize(depthBlock):]
	case b.ColStep == 1 && b.Filled == panels*width && sum == nil && c.Rows <= few*rows:
		right, rightStep, panelStep = b.Data[from*b.RowStep:], b.RowStep, width
	default:
		w.panel = Resize(w.panel, panels*panelStep)
		right = w.panel
		pack(w, right, b, from, depth, sum)
	}
	strip := panels > 1 && a.RowStep == 1 && a.ColStep >= stripWidth
	byRows := panels*panelStep <= small // C in the order of memory
	for first := 0; first < c.Rows; first += together {
		end := min(first+together, c.Rows)
		if strip {
			w.packLeft(a, first, end-first, from, depth)
		}
		next := w.following(a, end, from, depth, strip)
		blocks := (end - first + rows - 1) / rows
		spread := (width + blocks - 1) / blocks // of a row of the next panel, what a tile brings near
		outer, inner := panels, blocks
		if byRows {
			outer, inner = blocks, panels
		}
		for x := range outer {
			for y := range inner {
				j, block := x, y
				if byRows {
					j, block = y, x
				}
				i := first + block*rows
				count := min(rows, end-i)
				at, rowStep, colStep := &a.Data[i*a.RowStep+from*a.ColStep], a.RowStep, a.ColStep
				if strip {
					at, rowStep, colStep = &w.left[block*(rows*depth+stripWidth)], 1, rows
				}
				left, leftStep := next.take()
				near, nearStep := &zeroRow[0], 0
				if place := (j+1)*panelStep + block*depth*spread; place < len(right) {
					near, nearStep = &right[place], spread*w.kernel.every
				}
				panel, place := &right[j*panelStep], i*c.RowStep+j*width
				if (j+1)*width > c.Cols {
					w.block = Resize(w.block, rows*width)
					w.kernel.tiles[count-1](depth, at, rowStep, colStep, panel, rightStep, &w.block[0], width, &zeroRow[0], 0, left, leftStep, near, nearStep)
					addBlock(c, place, count, c.Cols-j*width, w.block, width, start, j*width)
					continue
				}
				old, oldStep := &c.Data[place], c.RowStep
				if start != nil {
					old, oldStep = &start[j*width], 0
				}
				w.kernel.tiles[count-1](depth, at, rowStep, colStep, panel, rightStep, &c.Data[place], c.RowStep, old, oldStep, left, leftStep, near, nearStep)
			}
		}
	}
}

// small is how many numbers of B stay near while they are read again and again.
const small = 1 << 15

// together is how many rows of C are computed panel by panel, so that a panel of B
// stays near; a multiple of the rows of every tile.
const together = 96

// addBlock writes to a block of C, in place of it, what it was or start plus what
// a tile has computed.
func addBlock(c View[float32], place, rows, columns int, block []float32, width int, start []float32, at int) {
	for r := range rows {
		to := c.Data[place+r*c.RowStep:][:columns]
		old := to
		if start != nil {
			old = start[at:]
		}
		for x := range to {
			to[x] = old[x] + block[r*width+x]
		}
	}
}

// The block of the portable kernel.
const portableRows, portableWidth = 4, 4

// portableBlock is multiplyBlock without assembly.
func portableBlock[F Float](w *Workspace[F], c, a View[F], b Factor[F], from, depth int, start, sum []F) {
	panels := (c.Cols + portableWidth - 1) / portableWidth
	right, size := b.panels, w.panelSize(depth)
	if right != nil {
		right = right[from/depthBlock*panels*w.panelSize(depthBlock):]
	} else {
		w.panel = Resize(w.panel, panels*size)
		right = w.panel
		pack(w, right, b, from, depth, sum)
	}
	w.left = Resize(w.left, portableRows*depth)
	for i := 0; i < c.Rows; i += portableRows {
		count := min(portableRows, c.Rows-i)
		if count < portableRows {
			clear(w.left)
		}
		for r := range count { // four values of a column side by side
			row := a.Data[(i+r)*a.RowStep+from*a.ColStep:]
			for p := range depth {
				w.left[p*portableRows+r] = row[p*a.ColStep]
			}
		}
		for j := range panels {
			var block [portableRows * portableWidth]F
			portableTile(&block, w.left, right[j*size:][:depth*portableWidth])
			for r := range count {
				to := c.Data[(i+r)*c.RowStep+j*portableWidth:]
				to = to[:min(portableWidth, c.Cols-j*portableWidth)]
				old := to
				if start != nil {
					old = start[j*portableWidth:]
				}
				for x := range to {
					to[x] = old[x] + block[r*portableWidth+x]
				}
			}
		}
	}
}

func portableTile[F Float](sum *[16]F, a, b []F) {
	var c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23, c30, c31, c32, c33 F
	for len(a) >= 4 && len(b) >= 4 {
		a0, a1, a2, a3 := a[0], a[1], a[2], a[3]
		b0, b1, b2, b3 := b[0], b[1], b[2], b[3]
		c00 += F(a0 * b0)
		c01 += F(a0 * b1)
		c02 += F(a0 * b2)
		c03 += F(a0 * b3)
		c10 += F(a1 * b0)
		c11 += F(a1 * b1)
		c12 += F(a1 * b2)
		c13 += F(a1 * b3)
		c20 += F(a2 * b0)
		c21 += F(a2 * b1)
		c22 += F(a2 * b2)
		c23 += F(a2 * b3)
		c30 += F(a3 * b0)
		c31 += F(a3 * b1)
		c32 += F(a3 * b2)
		c33 += F(a3 * b3)
		a, b = a[4:], b[4:]
	}
	*sum = [16]F{c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23, c30, c31, c32, c33}
}
