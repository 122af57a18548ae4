// Package kernel holds the arithmetic that a learned transformer spends its
// time in: products of matrices in blocks, and exponentials of rows.
//
// In float32 a product runs on the vector unit that was chosen, in assembly
// that a program under tools writes, or in portable Go; in float64, which is
// for checks, always in portable Go. Every kernel adds up in an order that
// depends on the shapes alone, so results have the same bits for any number of
// goroutines. Between kernels they differ by rounding:
//
//	|C − AB|_ij ≤ (depth + 2)·u/(1 − (depth + 2)u) · (|A||B| + |C|)_ij,  u = 2⁻²⁴ or 2⁻⁵³
//
// holds for each of them, and exponentials differ by units in the last place;
// avx2 and avx512 agree to the last bit, because both
// give every element one chain of fused multiply-adds in the same order.
//
// Exp, AddScaled, CombineRows and SpreadRows work on rows of float64 and have one result everywhere;
// there is no kernel to choose.
package kernel

import (
	"context"
	"fmt"
	"strings"
)

// A Float is an element of a matrix.
type Float interface{ float32 | float64 }

// A Kernel multiplies blocks of float32.
type Kernel struct {
	name        string
	rows, width int // of the block of C that one call of tile computes
	tile        func(depth int, a *float32, rowStep, colStep int, b *float32, c *float32, stride int)
	// On eights of numbers, see exp.go: x ← e^{x−top} with its sum; GELU and slope.
	exp  func(count int, x *float32, top float32) float32
	gelu func(count int, y, slope, x *float32)
}

// Name returns the name that Named finds the kernel by.
func (k *Kernel) Name() string { return k.name }

// Portable is the kernel in Go, for every processor.
var Portable = &Kernel{name: "portable"}

// Names lists the kernels that this processor can run, the fastest first.
func Names() []string {
	var names []string
	for _, k := range available() {
		names = append(names, k.name)
	}
	return names
}

// Best returns the fastest kernel of this processor.
func Best() *Kernel { return available()[0] }

// Named returns a kernel of this processor by its name.
func Named(name string) (*Kernel, error) {
	for _, k := range available() {
		if k.name == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("kernel %q, expected one that this processor has: %s", name, strings.Join(Names(), ", "))
}

// A View is a matrix within a slice: element (i, j) is Data[i·RowStep + j·ColStep].
type View[F Float] struct {
	Data             []F
	Rows, Cols       int
	RowStep, ColStep int
}

// Matrix is the view of a matrix stored row by row, the rows stride apart.
func Matrix[F Float](data []F, rows, cols, stride int) View[F] {
	return View[F]{data, rows, cols, stride, 1}
}

// T returns the transposed view.
func (v View[F]) T() View[F] { return View[F]{v.Data, v.Cols, v.Rows, v.ColStep, v.RowStep} }

// A Workspace is memory for products, of one goroutine.
type Workspace[F Float] struct {
	kernel *Kernel
	panel  []F
	edge   []F
	block  []F
	ctx    context.Context // nil: for ever
}

// Until has products left out once ctx has ended: matrices are then not to be
// used any more.
func (w *Workspace[F]) Until(ctx context.Context) { w.ctx = ctx }

// NewWorkspace returns memory for products by the kernel.
func NewWorkspace[F Float](k *Kernel) *Workspace[F] { return &Workspace[F]{kernel: k} }

// depthBlock is the most rows of B that are added up in one chain.
const depthBlock = 256

// Multiply adds a product to a matrix whose rows are contiguous.
//
//	C_ij += Σ_p A_ip B_pj
//
// It panics if the shapes do not fit: that is a mistake of the program.
// Approximate: no error bound beyond that of the package.
func Multiply[F Float](w *Workspace[F], c, a, b View[F]) {
	if c.Rows != a.Rows || c.Cols != b.Cols || a.Cols != b.Rows || c.ColStep != 1 && c.Cols > 1 {
		panic(fmt.Sprintf("kernel: %d×%d times %d×%d into %d×%d", a.Rows, a.Cols, b.Rows, b.Cols, c.Rows, c.Cols))
	}
	if c.Rows == 0 || c.Cols == 0 {
		return
	}
	w32, single := any(w).(*Workspace[float32])
	for from := 0; from < a.Cols && (w.ctx == nil || w.ctx.Err() == nil); from += depthBlock {
		depth := min(depthBlock, a.Cols-from)
		if single && w.kernel.tile != nil {
			multiplyBlock(w32, any(c).(View[float32]), any(a).(View[float32]), any(b).(View[float32]), from, depth)
		} else {
			portableBlock(w, c, a, b, from, depth)
		}
	}
}

// multiplyBlock adds columns from…from+depth of A times these rows of B.
func multiplyBlock(w *Workspace[float32], c, a, b View[float32], from, depth int) {
	rows, width := w.kernel.rows, w.kernel.width
	panels := (c.Cols + width - 1) / width
	w.panel = pack(w.panel, b, from, depth, width, panels)
	w.block = Resize(w.block, rows*width)
	for i := 0; i < c.Rows; i += rows {
		whole := i+rows <= c.Rows
		at, rowStep, colStep := &a.Data[i*a.RowStep+from*a.ColStep], a.RowStep, a.ColStep
		if !whole { // a copy with rows of 0 below
			w.edge = Resize(w.edge, rows*depth)
			clear(w.edge)
			for r := range c.Rows - i {
				for p := range depth {
					w.edge[r*depth+p] = a.Data[(i+r)*a.RowStep+(from+p)*a.ColStep]
				}
			}
			at, rowStep, colStep = &w.edge[0], depth, 1
		}
		for j := range panels {
			panel := &w.panel[j*depth*width]
			if whole && (j+1)*width <= c.Cols {
				w.kernel.tile(depth, at, rowStep, colStep, panel, &c.Data[i*c.RowStep+j*width], c.RowStep)
				continue
			}
			clear(w.block)
			w.kernel.tile(depth, at, rowStep, colStep, panel, &w.block[0], width)
			for r := range min(rows, c.Rows-i) {
				to := c.Data[(i+r)*c.RowStep+j*width:]
				for x := range min(width, c.Cols-j*width) {
					to[x] += w.block[r*width+x]
				}
			}
		}
	}
}

// pack copies rows from…from+depth of b into panels of a width, columns of 0
// after the last.
func pack[F Float](to []F, b View[F], from, depth, width, panels int) []F {
	to = Resize(to, panels*depth*width)
	for j := range panels {
		columns := min(width, b.Cols-j*width)
		panel := to[j*depth*width:][:depth*width]
		if b.ColStep == 1 {
			for p := range depth {
				row := panel[p*width:][:width]
				copy(row, b.Data[(from+p)*b.RowStep+j*width:][:columns])
				clear(row[columns:])
			}
			continue
		}
		if columns < width {
			clear(panel)
		}
		for x := range columns {
			column := b.Data[from*b.RowStep+(j*width+x)*b.ColStep:]
			for p := range depth {
				panel[p*width+x] = column[p*b.RowStep]
			}
		}
	}
	return to
}

// The block of the portable kernel.
const portableRows, portableWidth = 4, 4

// portableBlock is multiplyBlock without assembly.
func portableBlock[F Float](w *Workspace[F], c, a, b View[F], from, depth int) {
	panels := (c.Cols + portableWidth - 1) / portableWidth
	w.panel = pack(w.panel, b, from, depth, portableWidth, panels)
	w.edge = Resize(w.edge, portableRows*depth)
	for i := 0; i < c.Rows; i += portableRows {
		count := min(portableRows, c.Rows-i)
		if count < portableRows {
			clear(w.edge)
		}
		for r := range count { // four values of a column side by side
			row := a.Data[(i+r)*a.RowStep+from*a.ColStep:]
			for p := range depth {
				w.edge[p*portableRows+r] = row[p*a.ColStep]
			}
		}
		for j := range panels {
			var sum [portableRows * portableWidth]F
			portableTile(&sum, w.edge, w.panel[j*depth*portableWidth:][:depth*portableWidth])
			for r := range count {
				to := c.Data[(i+r)*c.RowStep+j*portableWidth:]
				for x := range min(portableWidth, c.Cols-j*portableWidth) {
					to[x] += sum[r*portableWidth+x]
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
