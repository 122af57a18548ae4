package kernel

// A Factor is the right factor of a product, packed once for many products if
// Pack has done so.
type Factor[F Float] struct {
	View[F]
	Filled int // columns of it, the others are 0 and need no memory
	panels []F
}

// Whole returns a matrix as a factor.
func (v View[F]) Whole() Factor[F] { return Factor[F]{View: v, Filled: v.Cols} }

// Pack makes a factor of a matrix in the order in which the kernel of w reads
// it, in the memory of f. It holds until the matrix changes.
func (f *Factor[F]) Pack(w *Workspace[F], b View[F]) {
	panels, blocks := (b.Cols+w.width()-1)/w.width(), (b.Rows+depthBlock-1)/depthBlock
	size := panels * w.panelSize(depthBlock)
	f.View, f.Filled, f.panels = b, b.Cols, Resize(f.panels, panels*(b.Rows*w.width()+blocks*stripWidth))
	for block := range blocks {
		from := block * depthBlock
		pack(w, f.panels[block*size:], b.Whole(), from, min(depthBlock, b.Rows-from), nil)
	}
}

// panelSize is how far panels of so many rows lie apart: a line of cache further
// than they are long, as panels are written side by side, and a power of two
// would have them drive each other out.
func (w *Workspace[F]) panelSize(depth int) int { return depth*w.width() + stripWidth }

// pack copies rows from…from+depth of b into panels, columns of 0 after the
// last, and adds these rows to sum if that is not nil.
func pack[F Float](w *Workspace[F], to []F, b Factor[F], from, depth int, sum []F) {
	width, size := w.width(), w.panelSize(depth)
	done := 0 // panels
	if w.unit != nil && b.ColStep == 1 {
		if done = b.Filled / width; done > 0 {
			packRows(w.unit, floats(to), width, size, any(b.View).(View[float32]), done, from, depth, floats(sum))
		}
	}
	for j := done; j*width < b.Cols; j++ {
		columns := max(0, min(width, b.Filled-j*width))
		panel := to[j*size:][:depth*width]
		if columns < width {
			clear(panel)
		}
		if columns == 0 {
			continue
		}
		if b.ColStep == 1 {
			for p := range depth {
				row := b.Data[(from+p)*b.RowStep+j*width:][:columns]
				copy(panel[p*width:], row)
				if sum != nil {
					for x, v := range row {
						sum[j*width+x] += v
					}
				}
			}
			continue
		}
		turned, rows := 0, 0 // columns, and rows of them
		if w.unit != nil && b.RowStep == 1 && depth >= 8 && sum == nil {
			turned, rows = columns&^7, depth&^7
			for x := 0; x < turned; x += 8 {
				w.unit.turn(rows, &floats(b.Data)[from+(j*width+x)*b.ColStep], b.ColStep, &floats(panel)[x], width)
			}
		}
		for x := range columns {
			first := 0
			if x < turned {
				first = rows
			}
			for p := first; p < depth; p++ {
				v := b.Data[(from+p)*b.RowStep+(j*width+x)*b.ColStep]
				panel[p*width+x] = v
				if sum != nil {
					sum[j*width+x] += v
				}
			}
		}
	}
}

// stripWidth is how many numbers of a row are copied at once.
const stripWidth = 16

// packRows is pack of whole panels of rows that are contiguous.
func packRows(u *unit, to []float32, width, size int, b View[float32], panels, from, depth int, sum []float32) {
	at := &b.Data[from*b.RowStep]
	if sum != nil {
		u.stripsSum(depth, panels, width/stripWidth, at, b.RowStep, width, &to[0], width, size, &sum[0])
	} else {
		u.strips(depth, panels, width/stripWidth, at, b.RowStep, width, &to[0], width, size)
	}
}

// packLeft copies count rows from i on of a transposed matrix, those of a block
// side by side.
func (w *Workspace[F]) packLeft(a View[float32], i, count, from, depth int) {
	rows := len(w.kernel.tiles)
	blocks, size := (count+rows-1)/rows, rows*depth+stripWidth
	w.left = Resize(w.left, blocks*size)
	left := floats(w.left)
	whole, last := depth, i+(blocks-1)*rows
	if last+(from+depth-1)*a.ColStep+stripWidth > len(a.Data) { // a strip would read beyond the end
		whole--
	}
	if whole > 0 { // each strip is written over what the last one left to its right
		w.unit.strips(whole, blocks, 1, &a.Data[i+from*a.ColStep], a.ColStep, rows, &left[0], rows, size)
	}
	for b := 0; b < blocks && whole < depth; b++ {
		copy(left[b*size+whole*rows:][:min(rows, count-b*rows)], a.Data[i+b*rows+(from+whole)*a.ColStep:])
	}
}
