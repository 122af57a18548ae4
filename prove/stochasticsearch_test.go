package prove

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// Of random processes the float64 values are those of the enclosures, which say too
// where λ is too large, and their search returns the λ of a search with enclosures.
func TestTiltsAgainstEnclosures(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	drawn := func(low, high float64) float64 { return math.Exp2(low + (high-low)*rng.Float64()) }
	near, large, found := 0, 0, 0
	for range 150 {
		run := &StochasticRun{Steps: 1 << rng.IntN(24), Failure: big.NewRat(1, 1<<(1+rng.IntN(30)))}
		ratio := drawn(-40, 1)
		x := math.Sqrt(ratio) * drawn(-1, 5)
		p := &pulled{1 + rng.IntN(30), number().SetFloat64(ratio), number().SetFloat64(drawn(-30, 0)), number().SetFloat64(ratio / x * drawn(-8, 1))}
		s := newTilts(p, x, run)
		for range 8 {
			lambda := drawn(-12, 3) / (2 * s.ratio64)
			got := s.near(lambda)
			if math.IsNaN(got) {
				continue
			}
			v := &tilted{lambda: lambda}
			s.enclose(v)
			switch {
			case math.IsInf(got, 1) && got == v.square:
				large++
			case !(math.Abs(got-v.square) <= tiltError/10*v.square):
				t.Errorf("z² = %g in float64, %g enclosed (%+v, x = %g, λ = %g, %+v)", got, v.square, p, x, lambda, run)
			default:
				near++
			}
		}
		// without log(2/δ) no float64 value counts
		exact := newTilts(p, x, run)
		exact.least = math.NaN()
		a, b := newTilts(p, x, run).best(), exact.best()
		if (a == nil) != (b == nil) || a != nil && (a.lambda != b.lambda || a.square != b.square) {
			t.Errorf("%+v, with enclosures alone %+v", a, b)
		}
		if a != nil {
			found++
		}
	}
	if near < 300 || large < 20 || found < 75 {
		t.Errorf("%d values near, %d too large, %d searches that found", near, large, found)
	}
}
