package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"muflow/internal/portable"
	"testing"

	"github.com/ALTree/bigfloat"
)

// lengths and contents that end within, at and after an eight.
func vectorsOf(rng *rand.Rand, draw func() float64) [][]float64 {
	var out [][]float64
	for length := range 35 {
		x := make([]float64, length)
		for i := range x {
			x[i] = draw()
		}
		out = append(out, x)
	}
	return out
}

func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// Every vector unit writes the bits of the portable code, special values and
// numbers at the ends of the range included.
func TestExpHasOneResult(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	special := []float64{0, math.Copysign(0, -1), 708, -708, math.Nextafter(708, 709), math.Nextafter(-708, -709), 1e-300, -1e-20,
		math.Inf(1), math.Inf(-1), math.NaN(), 709.7, 710, -745, -746, math.Ln2 / 2, -math.Ln2 / 2, math.Ln2, 5e-324}
	rows := vectorsOf(rng, func() float64 { return (rng.Float64() - 0.5) * 1416 })
	rows = append(rows, vectorsOf(rng, func() float64 { return rng.NormFloat64() })...)
	for _, x := range special {
		for at := range 17 {
			row := make([]float64, 17)
			row[at] = x
			rows = append(rows, row)
		}
	}
	units, checks := expUnits(), 0
	for _, x := range rows {
		y := make([]float64, len(x))
		Exp(y, x)
		for i := range x {
			if checks++; !sameBits(y[i], portable.Exp(x[i])) {
				t.Fatalf("e^%g = %x, portable %x", x[i], y[i], portable.Exp(x[i]))
			}
		}
		for name, unit := range units {
			done := len(x) &^ 7
			if done == 0 {
				continue
			}
			tame := true
			for _, v := range x[:done] {
				tame = tame && math.Abs(v) <= 708
			}
			clear(y)
			if unit(done, &y[0], &x[0]) != tame {
				t.Fatalf("%s: reports %v of %v", name, !tame, x[:done])
			}
			for i := range done {
				if checks++; tame && !sameBits(y[i], portable.Exp(x[i])) {
					t.Fatalf("%s: e^%g = %x, portable %x", name, x[i], y[i], portable.Exp(x[i]))
				}
			}
		}
	}
	if checks < 6000 {
		t.Errorf("%d checks", checks)
	}
}

// The error against 120 bits of bigfloat, in its safe range.
func TestExpError(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	worst := 0.0
	for i := range 2000 {
		x := (rng.Float64() - 0.5) * []float64{1e-6, 0.7, 40, 1400}[i%4]
		want := bigfloat.Exp(new(big.Float).SetPrec(120).SetFloat64(x))
		near, _ := want.Float64()
		ulp := math.Nextafter(near, math.Inf(1)) - near
		miss, _ := new(big.Float).Sub(want, new(big.Float).SetFloat64(portable.Exp(x))).Float64()
		worst = max(worst, math.Abs(miss)/ulp)
	}
	if worst > 1.5 || worst < 0.4 {
		t.Errorf("worst error %g units in the last place", worst)
	}
	for x, want := range map[float64]float64{0: 1, 710: math.Inf(1), -746: 0, math.Inf(-1): 0} {
		if portable.Exp(x) != want {
			t.Errorf("e^%g = %g", x, portable.Exp(x))
		}
	}
	t.Logf("worst error %.3g units in the last place", worst)
}

func TestAddScaledHasOneResult(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	checks := 0
	for _, x := range vectorsOf(rng, rng.NormFloat64) {
		for _, a := range []float64{0, 1, -1, rng.NormFloat64(), math.Inf(1), 1e300} {
			start, want := make([]float64, len(x)+3), make([]float64, len(x)+3)
			for i := range start {
				start[i] = rng.NormFloat64()
				want[i] = start[i]
				if i < len(x) {
					want[i] += float64(a * x[i])
				}
			}
			try := func(name string, add func(y []float64)) {
				y := append([]float64(nil), start...)
				add(y)
				for i := range y {
					if checks++; !sameBits(y[i], want[i]) {
						t.Fatalf("%s, %d numbers, a = %g, at %d: %x, want %x", name, len(x), a, i, y[i], want[i])
					}
				}
			}
			try("chosen", func(y []float64) { AddScaled(y, a, x) })
			for name, unit := range addUnits() {
				try(name, func(y []float64) {
					if done := len(x) &^ 7; done > 0 {
						unit(done, &y[0], a, &x[0])
					}
					for i := len(x) &^ 7; i < len(x); i++ {
						y[i] += float64(a * x[i])
					}
				})
			}
		}
	}
	if checks < 4000 {
		t.Errorf("%d checks", checks)
	}
}

// Sums of rows and additions to rows, in every length and number of terms, by
// the chosen code and by every vector unit, against their definitions.
func TestRowsHaveOneResult(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	combine, spread := combineEights, spreadEights
	defer func() { combineEights, spreadEights = combine, spread }()
	units := rowUnits()
	units["chosen"] = [2]func(int, int, int, *float64, *float64, *int, *float64){combine, spread}
	units["portable"] = [2]func(int, int, int, *float64, *float64, *int, *float64){nil, nil}
	checks := 0
	for name, unit := range units {
		combineEights, spreadEights = unit[0], unit[1]
		for n := range 35 {
			for terms := range 6 {
				const height = 7
				w, x := make([]float64, height*n), make([]float64, n)
				for i := range w {
					w[i] = rng.NormFloat64()
				}
				for i := range x {
					x[i] = rng.NormFloat64()
				}
				rows, a := rng.Perm(height)[:terms], make([]float64, terms)
				for k := range a {
					a[k] = rng.NormFloat64()
				}
				y, after := make([]float64, n), append([]float64(nil), w...)
				CombineRows(y, a, rows, w)
				SpreadRows(after, rows, a, x)
				for i := range n {
					sum := 0.0
					for k, r := range rows {
						sum += float64(a[k] * w[r*n+i])
						w[r*n+i] += float64(a[k] * x[i])
					}
					if checks++; !sameBits(y[i], sum) {
						t.Fatalf("%s, %d terms, %d of %d: %x, want %x", name, terms, i, n, y[i], sum)
					}
				}
				for i := range w {
					if checks++; !sameBits(after[i], w[i]) {
						t.Fatalf("%s, %d terms, rows of %d, at %d: %x, want %x", name, terms, n, i, after[i], w[i])
					}
				}
			}
		}
		for _, wrong := range [][]int{{7}, {-1}, {0, 1}} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: rows %v of a matrix of 7 with one factor", name, wrong)
					}
				}()
				CombineRows(make([]float64, 9), []float64{1}, wrong, make([]float64, 63))
			}()
		}
	}
	if checks < 50000 {
		t.Errorf("%d checks", checks)
	}
}

func BenchmarkVector(b *testing.B) {
	x, y := make([]float64, 24), make([]float64, 24)
	for i := range x {
		x[i] = float64(i)/10 - 1
	}
	b.Run("exp/24", func(b *testing.B) {
		for b.Loop() {
			Exp(y, x)
		}
	})
	b.Run("math.Exp/24", func(b *testing.B) {
		for b.Loop() {
			for i, v := range x {
				y[i] = math.Exp(v)
			}
		}
	})
	b.Run("add/24", func(b *testing.B) {
		for b.Loop() {
			AddScaled(y, 1e-9, x)
		}
	})
}
