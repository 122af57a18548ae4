package sim

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The loss without a shift and with one, at logits where both apply and at the
// edges between them, and where only one side is tame. Powers below 1e-308 are
// lost without a shift, which a sum above 1e-140 hides: an error below 1e-160.
func TestEntropyHasTwoForms(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	checks, fell := 0, 0
	for i := range 4000 {
		n := 2 + rng.IntN(30)
		logits, targets := make([]float64, n), make([]bool, n)
		for v := range logits {
			logits[v] = rng.NormFloat64() * []float64{1, 30, 150, 500}[i%4]
			targets[v] = rng.IntN(3) == 0
		}
		targets[rng.IntN(n)] = true
		var one, two entropy
		loss := one.forward(logits, targets)
		two.power = make([]float64, n)
		want := two.shifted(logits, targets)
		if one.sum == two.sum {
			fell++
		}
		d, e := make([]float64, n), make([]float64, n)
		one.backward(targets, d)
		two.backward(targets, e)
		if !near(loss, want, 1) || want > 0 && math.Abs(loss-want) > 1e-12*want {
			t.Fatalf("loss %g, shifted %g", loss, want)
		}
		for v := range d {
			if checks++; math.Abs(d[v]-e[v]) > 1e-12*math.Abs(e[v])+1e-160 {
				t.Fatalf("derivative %g, shifted %g", d[v], e[v])
			}
		}
	}
	if checks < 40000 || fell < 500 || fell > 3000 {
		t.Errorf("%d checks, %d by the same form", checks, fell)
	}
	var x entropy
	if loss := x.forward([]float64{1, 2}, []bool{true, true}); loss != 0 || x.missing != 0 {
		t.Errorf("loss %g of a set that is everything", loss)
	}
	for _, wild := range []float64{math.NaN(), math.Inf(1)} {
		if loss := x.forward([]float64{wild, 0}, []bool{true, false}); finite(loss) {
			t.Errorf("loss %g at a logit of %g", loss, wild)
		}
	}
}
