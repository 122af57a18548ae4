// Package kernel holds the arithmetic that a learned transformer spends its
// time in: products of matrices in blocks, and what is done to rows.
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
// All other functions on rows have the bits of their code in Go on every kernel:
// sums along a row are taken in its order, sixteen rows at once.
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

// A Kernel works on float32 with a vector unit.
type Kernel struct {
	name  string
	width int    // columns of the block of C that one call of a tile computes
	tiles []tile // that of i+1 rows at i; none: portable
	every int    // rows of B after which a tile brings the next memory near
	unit  *unit  // nil: portable
}

// A tile writes rows×width of C; see tools/kernel.
type tile func(depth int, a *float32, rowStep, colStep int, b *float32, bStep int, c *float32, stride int, from *float32, fromStep int, left *float32, leftStep int, right *float32, rightStep int)

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
	unit   *unit // of the kernel if F is float32, nil: portable
	panel  []F
	left   []F
	block  []F
	ctx    context.Context // nil: for ever
}

// Until has products left out once ctx has ended: matrices are then not to be
// used any more.
func (w *Workspace[F]) Until(ctx context.Context) { w.ctx = ctx }

// NewWorkspace returns memory for products by the kernel.
func NewWorkspace[F Float](k *Kernel) *Workspace[F] {
	w := &Workspace[F]{kernel: k}
	if _, single := any(F(0)).(float32); single {
		w.unit = k.unit
	}
	return w
}
