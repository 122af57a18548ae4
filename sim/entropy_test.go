package sim

import (
	"math"
	"testing"
)

// Digits from PARI/GP 2.15.2, 38 digits: log(1+exp(-50)),
// log(exp(-1000)+2*exp(-3))+1000, and for the last row with z = Σ e^ξ and s the
// part of S: log(z/s), exp(2)/z-exp(2)/s, 1/z.
func TestEntropyKeepsItsDigits(t *testing.T) {
	checks := 0
	check := func(name string, got, want float64) {
		t.Helper()
		if checks++; !(math.Abs(got-want) <= 4e-15*math.Abs(want)) {
			t.Errorf("%s: %.17g, want %.17g", name, got, want)
		}
	}
	var x entropy
	slope := make([]float64, 2)
	check("tiny loss", x.forward([]float64{50, 0}, []bool{true, false}), 1.9287498479639177830171568127282115330e-22)
	x.backward([]bool{true, false}, slope)
	check("tiny slope, right", slope[0], -1.9287498479639177830169708089294104912e-22)
	check("tiny slope, wrong", slope[1], 1.9287498479639177830169708089294104912e-22)
	slope = make([]float64, 3)
	check("large loss", x.forward([]float64{-1000, -3, -3}, []bool{true, false, false}), 997.69314718055994530941723212145817657)
	x.backward([]bool{true, false, false}, slope)
	check("large slope, right", slope[0], -1)
	check("large slope, wrong", slope[1], 0.5)
	check("no wrong vertex", x.forward([]float64{1, 2, 3}, []bool{true, true, true}), 0)
	x.backward([]bool{true, true, true}, slope)
	check("no slope", math.Abs(slope[0])+math.Abs(slope[1])+math.Abs(slope[2]), 0)
	slope = make([]float64, 4)
	check("two right", x.forward([]float64{2, 1, 0, -1.5}, []bool{true, true, false, false}), 0.11423370066106625372387447659905042436)
	x.backward([]bool{true, true, false, false}, slope)
	check("two right, slope", slope[0], -0.078918169086153614774263429961525177387)
	check("two wrong, slope", slope[2], 0.088257607035657709582914468634613162515)
	if checks != 11 {
		t.Fatalf("%d checks ran", checks)
	}
}
