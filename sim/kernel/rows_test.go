package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sameFloats compares bits; a NaN is like any other.
func sameFloats(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y })
}

// A drawn is a source of rows, now and then with numbers that are none, that are
// not finite, or that are far apart.
type drawn struct {
	*rand.Rand
	wild bool
}

func (d drawn) row(length int) []float32 {
	x := make([]float32, length)
	for i := range x {
		x[i] = float32(d.NormFloat64() * []float64{1, 1, 1, 1e-3, 30}[d.IntN(5)])
		if d.wild && d.IntN(40) == 0 {
			x[i] = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, float32(math.Copysign(0, -1)), 3e38, 1e-42}[d.IntN(7)]
		}
	}
	return x
}

// What a vector unit does to rows has the bits of the code in Go, in every length
// around its own and with numbers of every kind; nothing beyond is touched.
func TestRowsHaveTheBitsOfGo(t *testing.T) {
	plain := NewWorkspace[float32](Portable)
	checks := 0
	for _, k := range available() {
		if k.unit == nil {
			continue
		}
		w := NewWorkspace[float32](k)
		// both calls run with a workspace on equal copies of the rows
		try := func(name string, rows [][]float32, run func(w *Workspace[float32], x [][]float32)) {
			t.Helper()
			var copies [2][][]float32
			for c := range copies {
				for _, x := range rows {
					copies[c] = append(copies[c], slices.Clone(x))
				}
			}
			run(plain, copies[0])
			run(w, copies[1])
			for i := range rows {
				if checks++; !sameFloats(copies[0][i], copies[1][i]) {
					t.Fatalf("%s, %s, row %d of %d numbers:\n%v\nwant\n%v", k.name, name, i, len(rows[i]), copies[1][i], copies[0][i])
				}
			}
		}
		for n := range 70 {
			for _, wild := range []bool{false, true} {
				d := drawn{rand.New(rand.NewPCG(uint64(n), 7)), wild}
				r := func() []float32 { return d.row(n + 3) } // the last three are not to be touched
				a, b, c := float32(d.NormFloat64()), float32(d.NormFloat64()), float32(d.NormFloat64())
				try("add", [][]float32{r(), r()}, func(w *Workspace[float32], x [][]float32) { Add(w, x[0][:n], x[1]) })
				try("times", [][]float32{r(), r()}, func(w *Workspace[float32], x [][]float32) { Times(w, x[0][:n], x[1]) })
				try("scale", [][]float32{r()}, func(w *Workspace[float32], x [][]float32) { Scale(w, x[0][:n], a) })
				try("norm", [][]float32{r(), r(), r(), r(), r()}, func(w *Workspace[float32], x [][]float32) {
					Norm(w, x[0], x[1], x[2][:n], x[3], x[4], a, b)
				})
				try("back norm", [][]float32{r(), r(), r(), r(), r(), r()}, func(w *Workspace[float32], x [][]float32) {
					BackNorm(w, x[0], x[1], x[2], x[3][:n], x[4], x[5], a, b, c)
				})
				second := r()
				for i := range second {
					second[i] = float32(math.Abs(float64(second[i])))
				}
				adam := Adam[float32]{0.9, 0.1, 0.999, 0.001, 0.99, 1e-3, 1.7, 3.1, 1e-8}
				try("adam", [][]float32{r(), r(), second, r()}, func(w *Workspace[float32], x [][]float32) {
					adam.Update(w, x[0][:n], x[1], x[2], x[3])
				})
				x := r()
				if checks++; Finite(w, x[:n]) != Finite(plain, x[:n]) {
					t.Fatalf("%s: %v is finite: %v", k.name, x[:n], Finite(w, x[:n]))
				}
			}
		}
		for rows := range 40 {
			for _, columns := range []int{0, 1, 4, 7, 8, 12, 32, 33, 64} {
				d := drawn{rand.New(rand.NewPCG(uint64(rows), uint64(columns))), rows%3 == 0}
				size := rows*columns + 2
				try("moments", [][]float32{d.row(size), d.row(rows + 1), d.row(rows + 1)}, func(w *Workspace[float32], x [][]float32) {
					Moments(w, x[0], columns, x[1][:rows], x[2])
				})
				try("back moments", [][]float32{d.row(size), d.row(size), d.row(columns), d.row(rows + 1), d.row(rows + 1)}, func(w *Workspace[float32], x [][]float32) {
					BackMoments(w, x[0], x[1], x[2], x[3][:rows], x[4])
				})
				try("back softmax", [][]float32{d.row(size + rows), d.row(size + rows)}, func(w *Workspace[float32], x [][]float32) {
					BackSoftmax(w, Matrix(x[0], rows, columns, columns+1), Matrix(x[1], rows, columns, columns+1))
				})
				for _, heads := range []int{1, 4} {
					if columns%heads != 0 {
						continue
					}
					list := [][]float32{d.row((rows+1)*(columns+3) + 2), d.row(columns + 1), d.row(heads*(rows+2) + 1)}
					view := func(x []float32) Heads[float32] {
						return Heads[float32]{Matrix(x, rows, columns, columns+3), heads, rows + 2}
					}
					try("dots", list, func(w *Workspace[float32], x [][]float32) { Dots(w, x[2], x[1], view(x[0])) })
					try("combine", list, func(w *Workspace[float32], x [][]float32) { Combine(w, x[1], x[2], view(x[0])) })
					try("spread", list, func(w *Workspace[float32], x [][]float32) { Spread(w, view(x[0]), x[2], x[1]) })
				}
			}
		}
	}
	if want := len(vectorKernels()) * 11000; checks < want {
		t.Errorf("%d checks, want %d", checks, want)
	}
}

func vectorKernels() (out []*Kernel) {
	for _, k := range available() {
		if k.unit != nil {
			out = append(out, k)
		}
	}
	return out
}

// Softmax and GELU of the vector units agree with each other to the last bit;
// how far they are from Go, TestRows says.
func TestVectorRowsAgreeToTheLastBit(t *testing.T) {
	kernels := vectorKernels()
	if len(kernels) < 2 {
		t.Skip("this processor has fewer than two vector kernels")
	}
	rng := drawn{rand.New(rand.NewPCG(4, 4)), false}
	for n := 1; n < 100; n++ {
		var soft, y, slope [2][]float32
		x := rng.row(n)
		for i, k := range kernels[:2] {
			w := NewWorkspace[float32](k)
			soft[i], y[i], slope[i] = slices.Clone(x), make([]float32, n), make([]float32, n)
			Softmax(w, soft[i])
			GELU(w, y[i], slope[i], x)
		}
		if !sameFloats(soft[0], soft[1]) || !sameFloats(y[0], y[1]) || !sameFloats(slope[0], slope[1]) {
			t.Fatalf("%d numbers: other bits", n)
		}
	}
}

// The numbers of a row beyond whole eights go through the exponential of Go, and
// are added up in their order.
func TestSoftmaxOfARest(t *testing.T) {
	rng := drawn{rand.New(rand.NewPCG(6, 6)), false}
	for _, k := range vectorKernels() {
		w := NewWorkspace[float32](k)
		for n := 8; n < 60; n++ {
			x := rng.row(n)
			whole := n &^ 7
			got, eights := slices.Clone(x), slices.Clone(x[:whole])
			top := slices.Max(x)
			Softmax(w, got)
			// e^{x−top} of the eights, by a row in which the largest is the same
			var sum float32
			at := slices.Index(x, top)
			if at >= whole {
				continue
			}
			Softmax(w, eights)
			scale := eights[at] // 1/Σ over the eights, as e⁰ = 1
			for i := whole; i < n; i++ {
				sum += exp32(x[i] - top)
			}
			want := 1 / (1/float64(scale) + float64(sum))
			for i := whole; i < n; i++ {
				if e := float64(exp32(x[i]-top)) * want; math.Abs(float64(got[i])-e) > 4e-7*e {
					t.Fatalf("%s, %d of %d: %g, want %g", k.name, i, n, got[i], e)
				}
			}
		}
	}
}

// A product has the same bits whether the factor is packed ahead, padded, added
// to C or written, with sums of columns or without, and these are sums in order.
func TestProductsHaveOneResult(t *testing.T) {
	checks := 0
	for _, k := range available() {
		rng := rand.New(rand.NewPCG(8, 8))
		w := NewWorkspace[float32](k)
		shapes := [][3]int{{1, 1, 1}, {13, 300, 33}, {96, 256, 64}, {97, 40, 128}, {200, 513, 40}, {12, 32, 32}, {5, 257, 96}, {64, 0, 9}}
		for range 40 {
			shapes = append(shapes, [3]int{1 + rng.IntN(120), rng.IntN(290), 1 + rng.IntN(100)})
		}
		for _, s := range shapes {
			for kind := range 4 {
				rows, depth, cols := s[0], s[1], s[2]
				a, b := random[float32](rng, rows, depth, kind&1 > 0), random[float32](rng, depth, cols, kind&2 > 0)
				shift := make([]float32, cols)
				for j := range shift {
					shift[j] = float32(rng.NormFloat64())
				}
				matrix := func(from []float32) View[float32] {
					c := Matrix(make([]float32, rows*cols), rows, cols, cols)
					for i := 0; i < rows && from != nil; i++ {
						copy(c.Data[i*cols:], from)
					}
					return c
				}
				zero, moved := matrix(nil), matrix(shift)
				Multiply(w, zero, a, b)
				Multiply(w, moved, a, b)
				var packed Factor[float32]
				packed.Pack(w, b)
				same := func(name string, want View[float32], run func(c View[float32])) {
					t.Helper()
					c := matrix(nil)
					for i := range c.Data {
						c.Data[i] = 7
					}
					run(c)
					if checks++; !sameFloats(c.Data, want.Data) {
						t.Fatalf("%s, %v, kind %d, %s: other bits", k.name, s, kind, name)
					}
				}
				same("written", zero, func(c View[float32]) { Affine(w, c, a, b.Whole(), nil) })
				same("written by a packed factor", zero, func(c View[float32]) { Affine(w, c, a, packed, nil) })
				same("shifted", moved, func(c View[float32]) { Affine(w, c, a, packed, shift) })
				same("added by a packed factor", moved, func(c View[float32]) {
					copy(c.Data, matrix(shift).Data)
					MultiplyBy(w, c, a, packed)
				})
				sum := slices.Clone(shift)
				same("with sums", zero, func(c View[float32]) { MultiplySums(w, c, a, b, sum, true) })
				for j := range sum {
					want := shift[j]
					for p := range depth {
						want += float32(b.at(p, j))
					}
					if checks++; math.Float32bits(sum[j]) != math.Float32bits(want) {
						t.Fatalf("%s, %v, kind %d: sum of column %d is %g, want %g", k.name, s, kind, j, sum[j], want)
					}
				}
				wide := Matrix(make([]float32, rows*(cols+5)), rows, cols+5, cols+5)
				padded := b.Whole()
				padded.Cols = cols + 5
				Affine(w, wide, a, padded, nil)
				for i := range rows {
					if checks++; !sameFloats(wide.Data[i*(cols+5):][:cols], zero.Data[i*cols:][:cols]) || slices.ContainsFunc(wide.Data[i*(cols+5)+cols:][:5], func(x float32) bool { return x != 0 }) {
						t.Fatalf("%s, %v, kind %d: row %d of a padded factor", k.name, s, kind, i)
					}
				}
			}
		}
	}
	if checks < len(available())*10000 {
		t.Errorf("%d checks", checks)
	}
}
