package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// random returns a view with gaps between the elements, transposed or not.
func random[F Float](rng *rand.Rand, rows, cols int, transposed bool) View[F] {
	if transposed {
		return random[F](rng, cols, rows, false).T()
	}
	stride := cols + rng.IntN(3)
	data := make([]F, rows*stride)
	for i := range data {
		data[i] = F(rng.NormFloat64())
	}
	return Matrix(data, rows, cols, stride)
}

func (v View[F]) at(i, j int) float64 { return float64(v.Data[i*v.RowStep+j*v.ColStep]) }

// check compares a product with one in float64 by the bound of the package,
// and what lies between the rows of C with what lay there.
func check[F Float](k *Kernel, rng *rand.Rand, rows, depth, cols int, ta, tb bool) error {
	a, b, c := random[F](rng, rows, depth, ta), random[F](rng, depth, cols, tb), random[F](rng, rows, cols, false)
	before := slices.Clone(c.Data)
	w := NewWorkspace[F](k)
	Multiply(w, c, a, b)
	unit := math.Ldexp(1, -53)
	if _, single := any(F(0)).(float32); single {
		unit = math.Ldexp(1, -24)
	}
	old := View[F]{before, rows, cols, c.RowStep, 1}
	for i := range rows {
		for j := range cols {
			sum, size := old.at(i, j), math.Abs(old.at(i, j))
			for p := range depth {
				sum += a.at(i, p) * b.at(p, j)
				size += math.Abs(a.at(i, p) * b.at(p, j))
			}
			steps := float64(depth+2) * unit
			if bound := (steps/(1-steps) + 1e-15*float64(depth+1)) * size; !(math.Abs(c.at(i, j)-sum) <= bound) {
				return fmt.Errorf("element %d, %d: %g, want %g within %g", i, j, c.at(i, j), sum, bound)
			}
		}
		for x := i*c.RowStep + cols; x < min((i+1)*c.RowStep, len(before)); x++ {
			if c.Data[x] != before[x] {
				return fmt.Errorf("row %d: written beyond its end", i)
			}
		}
	}
	return nil
}

func TestEveryKernelMultiplies(t *testing.T) {
	checks := 0
	for _, k := range available() {
		rng := rand.New(rand.NewPCG(1, 2))
		shapes := [][3]int{{1, 1, 1}, {12, 64, 32}, {6, 5, 16}, {13, 300, 33}, {5, 513, 7}, {64, 16, 64}, {3, 0, 4}, {1, 256, 96}, {25, 257, 1}}
		for range 60 {
			shapes = append(shapes, [3]int{1 + rng.IntN(40), rng.IntN(70), 1 + rng.IntN(80)})
		}
		for _, s := range shapes {
			for kind := range 4 {
				if err := check[float32](k, rng, s[0], s[1], s[2], kind&1 > 0, kind&2 > 0); err != nil {
					t.Fatalf("%s, %v, kind %d: %v", k.name, s, kind, err)
				}
				if err := check[float64](k, rng, s[0], s[1], s[2], kind&1 > 0, kind&2 > 0); err != nil {
					t.Fatalf("%s, float64, %v, kind %d: %v", k.name, s, kind, err)
				}
				checks += 2
			}
		}
	}
	if checks != len(available())*69*8 {
		t.Fatalf("%d checks ran", checks)
	}
}

func TestVectorKernelsAgreeToTheLastBit(t *testing.T) {
	var vectors []*Kernel
	for _, k := range available() {
		if k.unit != nil {
			vectors = append(vectors, k)
		}
	}
	if len(vectors) < 2 {
		t.Skip("this processor has fewer than two vector kernels")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		rows, depth, cols := 1+rng.IntN(50), rng.IntN(600), 1+rng.IntN(90)
		a, b := random[float32](rng, rows, depth, rng.IntN(2) > 0), random[float32](rng, depth, cols, rng.IntN(2) > 0)
		one, two := make([]float32, rows*cols), make([]float32, rows*cols)
		Multiply(NewWorkspace[float32](vectors[0]), Matrix(one, rows, cols, cols), a, b)
		Multiply(NewWorkspace[float32](vectors[1]), Matrix(two, rows, cols, cols), a, b)
		if !slices.Equal(one, two) {
			t.Fatalf("%d×%d×%d: other bits", rows, depth, cols)
		}
	}
}

func TestKernelsHaveNames(t *testing.T) {
	for _, name := range Names() {
		if k, err := Named(name); err != nil || k.Name() != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Named("mmx"); err == nil || Best().Name() != Names()[0] {
		t.Error("an unknown kernel was found")
	}
}

func TestExponentials(t *testing.T) {
	worst := 0.0
	for x := float32(-87.2); x < 88.7; x += 0.00137 {
		want := math.Exp(float64(x))
		worst = max(worst, math.Abs(float64(exp32(x))-want)/want)
	}
	if worst > math.Ldexp(1, -22) {
		t.Errorf("relative error %g", worst)
	}
	inf := float32(math.Inf(1))
	if exp32(-inf) != 0 || exp32(inf) != inf || exp32(-100) != 0 || exp32(0) != 1 || exp32(float32(math.NaN())) == exp32(0) {
		t.Error("special values")
	}
}

// Softmax, GELU and its slope in float64 by their definitions and central
// differences, and in float32 on every kernel by those in float64.
func TestRows(t *testing.T) {
	wide := NewWorkspace[float64](Portable)
	gelu := func(v float64) float64 { return v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v))) }
	for v := -9.0; v < 9; v += 0.01 {
		y, slope := make([]float64, 1), make([]float64, 1)
		GELU(wide, y, slope, []float64{v})
		if math.Abs(y[0]-gelu(v)) > 1e-14 || math.Abs(slope[0]-(gelu(v+1e-5)-gelu(v-1e-5))/2e-5) > 1e-9 {
			t.Fatalf("GELU(%g) = %g, want %g, slope %g", v, y[0], gelu(v), slope[0])
		}
	}
	rng := rand.New(rand.NewPCG(9, 9))
	checks := 0
	for _, k := range available() {
		w := NewWorkspace[float32](k)
		for length := 1; length < 70; length++ {
			x32, x64 := make([]float32, length), make([]float64, length)
			for i := range x32 {
				x32[i] = float32(rng.NormFloat64() * []float64{1, 10, 40}[length%3])
				x64[i] = float64(x32[i])
			}
			y32, y64, s32, s64 := make([]float32, length), make([]float64, length), make([]float32, length), make([]float64, length)
			GELU(w, y32, s32, x32)
			GELU(wide, y64, s64, x64)
			Softmax(w, x32)
			Softmax(wide, x64)
			for i := range x32 {
				for _, pair := range [][2]float64{{float64(x32[i]), x64[i]}, {float64(y32[i]), y64[i]}, {float64(s32[i]), s64[i]}} {
					if !(math.Abs(pair[0]-pair[1]) <= 2e-6*max(math.Abs(pair[1]), 0.1)) {
						t.Fatalf("%s, row of %d: %g, want %g", k.name, length, pair[0], pair[1])
					}
					checks++
				}
			}
		}
		for at := range 9 { // a number that is none is not lost
			x := make([]float32, 9)
			x[at] = float32(math.NaN())
			y, slope := make([]float32, 9), make([]float32, 9)
			GELU(w, y, slope, x)
			Softmax(w, x)
			if y[at] == y[at] || slope[at] == slope[at] || x[at] == x[at] {
				t.Errorf("%s: a NaN at %d is lost", k.name, at)
			}
		}
	}
	if checks != len(available())*69*70/2*3 {
		t.Errorf("%d checks", checks)
	}
}

func BenchmarkMultiply(b *testing.B) {
	for _, k := range available() {
		for _, s := range [][3]int{{1024, 128, 128}, {1024, 256, 256}, {64, 1024, 64}, {64, 32, 64}} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", k.name, s[0], s[1], s[2]), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, 1))
				a, x, c := random[float32](rng, s[0], s[1], false), random[float32](rng, s[1], s[2], false), random[float32](rng, s[0], s[2], false)
				w := NewWorkspace[float32](k)
				for b.Loop() {
					Multiply(w, c, a, x)
				}
				b.ReportMetric(2*float64(s[0]*s[1]*s[2])*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
