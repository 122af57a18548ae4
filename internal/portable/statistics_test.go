package portable

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Student's and normal tails and quantiles beside those of gonum v0.17.0, and one
// of any table.
func TestTails(t *testing.T) {
	near := func(name string, got, want, within float64) {
		t.Helper()
		if !(math.Abs(got/want-1) <= within) {
			t.Errorf("%s: %.15g, expected %.15g", name, got, want)
		}
	}
	for _, degrees := range []float64{1, 1.5, 2, 3, 4, 5.25, 9, 30, 99, 198} {
		theirs := distuv.StudentsT{Sigma: 1, Nu: degrees}
		for _, p := range []float64{0.5, 0.1, 0.05, 0.01, 1e-4} {
			near("Student's quantile", StudentQuantile(p, degrees), theirs.Quantile(1-p/2), 1e-9)
		}
		for _, x := range []float64{0.01, 0.5, 2, 9, 70} {
			near("Student's tail", StudentTail(x, degrees), 2*theirs.CDF(-x), 1e-9)
		}
	}
	near("4 degrees of freedom", StudentQuantile(0.05, 4), 2.776445, 1e-7)
	for _, p := range []float64{0.9, 0.5, 0.1, 0.05, 0.005, 5e-5, 1e-9} {
		near("normal quantile", NormalQuantile(p), -distuv.UnitNormal.Quantile(p/2), 1e-12)
	}
	for _, x := range []float64{0.01, 1, 1.999, 2, 2.001, 5, 30} {
		near("normal tail", NormalTail(x), math.Erfc(x/math.Sqrt2), 1e-12)
	}
}

// Moments beside those of gonum v0.17.0.
func TestMoments(t *testing.T) {
	x := []float64{3, 1, 4, 1, 5, 9, 2, 6}
	mean, variance := Moments(x)
	if wantMean, want := stat.MeanVariance(x, nil); math.Abs(mean-wantMean) > 1e-15*wantMean || math.Abs(variance-want) > 1e-15*want {
		t.Errorf("%v and %v, expected %v and %v", mean, variance, wantMean, want)
	}
}

// Normal numbers are those of math/rand/v2, but for the last bits of the tail.
func TestNormal(t *testing.T) {
	ours, theirs := rand.New(rand.NewPCG(5, 6)), rand.New(rand.NewPCG(5, 6))
	tail := 0
	for range 2_000_000 {
		got, want := Normal(ours), theirs.NormFloat64()
		if math.Abs(want) > zigguratEnd {
			tail++
		}
		if got != want && !(math.Abs(want) > zigguratEnd && math.Abs(got-want) < 1e-14) {
			t.Fatalf("%v, expected %v", got, want)
		}
	}
	if tail < 1000 {
		t.Errorf("%d draws of the tail", tail)
	}
}

// The bits of the statistics, as TestSameBits has those of the functions.
func TestSameStatistics(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var x []float64
	for range 20_000 {
		x = append(x, Normal(rng))
	}
	for degrees := 1.0; degrees < 40; degrees += 1.5 {
		x = append(x, StudentQuantile(0.05, degrees), StudentTail(degrees/4, degrees), NormalTail(degrees/4), NormalQuantile(0.1/degrees))
	}
	mean, variance := Moments(x)
	const want = 0x2d803602da915ac3
	if got := sumOf(append(x, mean, variance)); got != want {
		t.Errorf("the bits have the sum %#x, expected %#x", got, uint64(want))
	}
}

// TestBennettOfSmallSteps: without steps of any size it is the normal bound
// √(2S·log(2/δ)), which larger ones widen, however small all are.
func TestBennettOfSmallSteps(t *testing.T) {
	for _, scale := range []float64{1, 1e-10, 1e-60, 1e30} {
		normal := scale * math.Sqrt(2*Log(2e6))
		last := 0.0
		for _, b := range []float64{0, 1e-40, 1e-18, 1e-9, 1e-6, 1e-4, 1e-3, 1e-2, 1} {
			r := Bennett(scale*scale, b*scale, 1e-6)
			if r < last*(1-1e-9) || math.Abs(r/normal-1) > b+1e-9 {
				t.Errorf("scale %g, steps of %g: %g of the normal bound", scale, b, r/normal)
			}
			last = r
		}
	}
}
