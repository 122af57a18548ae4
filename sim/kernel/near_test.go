package kernel

import (
	"testing"
	"unsafe"
)

// What tiles bring near has every line that the product reads of A next.
func TestWhatFollowsIsBroughtNear(t *testing.T) {
	const line, rows, columns = 16, 2*together + 48, depthBlock + 64
	for _, every := range []int{1, 4} {
		w := &Workspace[float32]{kernel: &Kernel{every: every}}
		data, depth := make([]float32, rows*columns), depthBlock
		for _, end := range []int{together, 2 * together} {
			for _, strip := range []bool{false, true} {
				a := Matrix(data, rows, columns, columns)
				if strip {
					a = Matrix(data, columns, rows, rows).T()
				}
				next, near := w.following(a, end, 0, depth, strip), map[int]bool{}
				for range together * every {
					at, step := next.take()
					if at == &zeroRow[0] {
						break
					}
					first := int(uintptr(unsafe.Pointer(at))-uintptr(unsafe.Pointer(&data[0]))) / 4
					for k := range depth / every {
						near[(first+k*step)/line] = true
					}
				}
				for i := end; i < min(end+together, rows); i++ {
					for p := range depth {
						if at := i*a.RowStep + p*a.ColStep; !near[at/line] {
							t.Fatalf("every %d, strip %v, rows from %d on: row %d, column %d is not", every, strip, end, i, p)
						}
					}
				}
			}
		}
		if last := w.following(Matrix(data, rows, columns, columns), rows, 0, depth, false); &last.data[0] != &data[depth] {
			t.Fatal("after the last rows, other columns than the next")
		}
		if none := w.following(Matrix(data, rows, columns, columns), rows, depth, columns-depth, false); none.pieces != 0 {
			t.Fatal("something follows the end")
		}
	}
}
