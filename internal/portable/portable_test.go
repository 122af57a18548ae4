package portable

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"
)

// functions lists each function beside that of package math, arguments, and
// the largest error in units in the last place that is allowed beside it.
var functions = []struct {
	name       string
	ours, math func(float64) float64
	draw       func(*rand.Rand) float64
	units      float64
}{
	{"exp", Exp, math.Exp, func(r *rand.Rand) float64 { return (r.Float64() - 0.5) * []float64{1e-9, 1, 50, 1416}[r.IntN(4)] }, 2},
	{"log", Log, math.Log, anything, 1},
	{"log near 1", Log, math.Log, func(r *rand.Rand) float64 { return 1 + (r.Float64()-0.5)*0.7 }, 1},
	{"log1p", Log1p, math.Log1p, func(r *rand.Rand) float64 { return anything(r) - 0.9*r.Float64() }, 4},
	{"log1p near 0", Log1p, math.Log1p, func(r *rand.Rand) float64 { return (r.Float64() - 0.5) * math.Exp(-40*r.Float64()) }, 4},
	{"expm1", Expm1, math.Expm1, func(r *rand.Rand) float64 { return (r.Float64() - 0.5) * 80 * math.Exp(-40*r.Float64()) }, 4},
	{"exp2", Exp2, math.Exp2, func(r *rand.Rand) float64 { return (r.Float64() - 0.5) * 2000 }, 3},
	{"log2", Log2, math.Log2, anything, 3},
	{"x^0.3", func(x float64) float64 { return Pow(x, 0.3) }, func(x float64) float64 { return math.Pow(x, 0.3) }, func(r *rand.Rand) float64 { return math.Exp(20 * (r.Float64() - 0.5)) }, 8},
	{"hypot", func(x float64) float64 { return Hypot(x, 3) }, func(x float64) float64 { return math.Hypot(x, 3) }, func(r *rand.Rand) float64 { return 100 * (r.Float64() - 0.5) }, 2},
}

func anything(r *rand.Rand) float64 { return math.Exp(1400 * (r.Float64() - 0.5)) }

// Each function beside package math, whose functions are within a unit.
func TestBesideMath(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, f := range functions {
		worst := 0.0
		for range 20_000 {
			x := f.draw(rng)
			got, want := f.ours(x), f.math(x)
			worst = max(worst, math.Abs(got-want)/(math.Nextafter(math.Abs(want), math.Inf(1))-math.Abs(want)))
		}
		if !(worst <= f.units) {
			t.Errorf("%s: %g units in the last place off", f.name, worst)
		}
	}
}

// At e^709.7 and log 5e-324 package math is wrong on amd64 (go1.26.8): +Inf and
// −709.09. The values here are those of glibc 2.36.
func TestSpecialValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"exp ∞", Exp(inf), inf}, {"exp −∞", Exp(-inf), 0}, {"exp NaN", Exp(nan), nan}, {"exp 709.7", Exp(709.7), 1.6549840276802644e+308},
		{"exp 709.8", Exp(709.8), inf}, {"exp −746", Exp(-746), 0}, {"exp −745", Exp(-745), 5e-324}, {"exp 0", Exp(0), 1},
		{"log 0", Log(0), -inf}, {"log −1", Log(-1), nan}, {"log ∞", Log(inf), inf}, {"log NaN", Log(nan), nan}, {"log 1", Log(1), 0}, {"log of the least", Log(5e-324), -744.4400719213812},
		{"log1p −1", Log1p(-1), -inf}, {"log1p −2", Log1p(-2), nan}, {"log1p ∞", Log1p(inf), inf}, {"log1p NaN", Log1p(nan), nan}, {"log1p 1e-300", Log1p(1e-300), 1e-300}, {"log1p −0", Log1p(math.Copysign(0, -1)), 0},
		{"expm1 ∞", Expm1(inf), inf}, {"expm1 −∞", Expm1(-inf), -1}, {"expm1 NaN", Expm1(nan), nan}, {"expm1 1e-300", Expm1(1e-300), 1e-300},
		{"2^10", Exp2(10), 1024}, {"2^−1074", Exp2(-1074), 5e-324}, {"2^1e9", Exp2(1e9), inf}, {"2^−1e9", Exp2(-1e9), 0}, {"2^NaN", Exp2(nan), nan}, {"2^∞", Exp2(inf), inf},
		{"log2 8", Log2(8), 3}, {"log2 0", Log2(0), -inf}, {"log2 ∞", Log2(inf), inf}, {"log2 −1", Log2(-1), nan}, {"log2 2^−1074", Log2(5e-324), -1074},
		{"0^0", Pow(0, 0), 1}, {"0^2", Pow(0, 2), 0}, {"0^−1", Pow(0, -1), inf}, {"7^1", Pow(7, 1), 7}, {"−1^2", Pow(-1, 2), 1}, {"−1^3", Pow(-1, 3), nan}, {"∞^−1", Pow(inf, -1), 0}, {"1^∞", Pow(1, 1e300), 1},
		{"hypot ∞ NaN", Hypot(inf, nan), inf}, {"hypot NaN ∞", Hypot(nan, -inf), inf}, {"hypot NaN", Hypot(nan, 0), nan}, {"hypot 0", Hypot(0, 0), 0}, {"hypot large", Hypot(3e300, 4e300) / 5e300, 1}, {"hypot 0 2", Hypot(0, -2), 2},
	} {
		if same := c.got == c.want || c.got != c.got && c.want != c.want; !same && math.Abs(c.got-c.want) > 3e-16*math.Abs(c.want) {
			t.Errorf("%s is %g, expected %g", c.name, c.got, c.want)
		}
	}
}

// sumOf is a sum of the bits of numbers.
func sumOf(values []float64) uint64 {
	sum := fnv.New64a()
	for _, y := range values {
		sum.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(y)))
	}
	return sum.Sum64()
}

// The bits of every function at ten thousand places, as an amd64 processor
// without fused multiply-add has them; others must have the same.
func TestSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var values []float64
	for range 10_000 {
		word := rng.Uint64()
		x := (float64(word>>11)*0x1p-53 - 0.5) * math.Ldexp(1, int(word%16)-6)
		values = append(values, Exp(x), Log(math.Abs(x)), Log1p(math.Abs(x)), Expm1(x), Exp2(x), Log2(math.Abs(x)), Pow(math.Abs(x), 0.3), Hypot(x, 3))
	}
	const want = 0x59a2a6162a585078
	if got := sumOf(values); got != want {
		t.Errorf("the bits have the sum %#x, expected %#x", got, uint64(want))
	}
}
