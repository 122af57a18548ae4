package ball

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/ALTree/bigfloat"
)

// bigfloat computes exp and log from the arithmetic-geometric mean and
// Newton's method, without any of our series, and so checks them from outside.
// It is trusted where it is known to be right: exp for |x| ≤ 700, log away
// from 1 (see TestKnownDefectsOfBigfloat).
func TestAgainstBigfloat(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 1))
	compared := 0
	for _, precision := range []uint{64, 128, 256, 512, 3400} {
		for range 40 {
			x := new(big.Float).SetPrec(precision).SetFloat64(rng.NormFloat64() * math.Pow(10, 5*rng.Float64()-3))
			if f, _ := x.Float64(); math.Abs(f) <= 700 {
				agrees(t, "exp", x, New(precision).Exp(New(precision).SetFloat(x)), bigfloat.Exp(x))
				compared++
			}
			x.Abs(x)
			if f, _ := x.Float64(); math.Abs(f-1) > 0.1 {
				agrees(t, "log", x, New(precision).Log(New(precision).SetFloat(x)), bigfloat.Log(x))
				compared++
			}
		}
	}
	if compared < 200 {
		t.Errorf("only %d comparisons", compared)
	}
}

// agrees allows the library eight units in its last place.
func agrees(t *testing.T, name string, x *big.Float, ours *Ball, theirs *big.Float) {
	t.Helper()
	slack := new(big.Float).SetMantExp(big.NewFloat(8), theirs.MantExp(nil)-int(theirs.Prec()))
	if around := New(theirs.Prec() + 8).SetFloat(theirs).AddError(slack); !around.Overlaps(ours) {
		t.Errorf("%s(%g) at %d bits: %g, bigfloat has %g", name, x, x.Prec(), ours.Mid(), theirs)
	}
}

// TestKnownDefectsOfBigfloat pins why the library stays out of every proof: its
// exp is wrong where math.Exp is subnormal, and its log loses digits near 1.
// If this fails, the library was mended.
func TestKnownDefectsOfBigfloat(t *testing.T) {
	lost := func(ours *Ball, theirs *big.Float) int {
		gap := new(big.Float).SetPrec(512).Sub(ours.Mid(), theirs)
		return gap.MantExp(nil) - theirs.MantExp(nil) + int(theirs.Prec())
	}
	x := new(big.Float).SetPrec(256).SetInt64(-745)
	if bits := lost(New(400).Exp(New(400).SetFloat(x)), bigfloat.Exp(x)); bits < 200 {
		t.Errorf("exp(-745) is off by 2^%d units in the last place only", bits)
	}
	near := new(big.Float).SetPrec(200).SetMantExp(big.NewFloat(1), -150)
	near.Add(near, big.NewFloat(1))
	if bits := lost(New(400).Log(New(400).SetFloat(near)), bigfloat.Log(near)); bits < 40 {
		t.Errorf("log(1+2^-150) is off by 2^%d units in the last place only", bits)
	}
}
