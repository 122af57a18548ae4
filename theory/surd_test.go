package theory

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestSurdSumsAgainstFloat64: signs of random sums agree with float64 where
// that is sure, and planted zeros are found.
func TestSurdSumsAgainstFloat64(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	sure, zero := 0, 0
	for range 3000 {
		var sum SurdSum
		value := 0.0
		for range 1 + rng.IntN(4) {
			c, n := rng.Int64N(13)-6, 1+rng.Int64N(12)
			sum = append(sum, NewSurd(big.NewRat(c, 3), big.NewRat(n, 2)))
			value += float64(c) / 3 / math.Sqrt(float64(n)/2)
		}
		if math.Abs(value) > 1e-9 {
			sure++
			if s := sum.Sign(); (s > 0) != (value > 0) || s == 0 {
				t.Fatalf("%v: sign %d, about %g", sum, s, value)
			}
		}
		// √(k²x) = k√x in different clothes.
		k := 2 + rng.Int64N(5)
		var clothes SurdSum
		for _, s := range sum {
			clothes = append(clothes, s.Mul(NewSurd(big.NewRat(k, 1), big.NewRat(1, 1))))
		}
		for range k {
			clothes = clothes.Minus(sum)
		}
		if clothes.Sign() != 0 || len(clothes.Collected()) != 0 {
			t.Fatalf("%v is not seen to be 0", clothes)
		}
		zero++
	}
	if sure < 2000 || zero < 3000 {
		t.Errorf("%d signs, %d zeros", sure, zero)
	}
	// (√2+√3)² = 5 + √24; 2√6 against √24 − 10⁻⁶⁰.
	tiny := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(60), nil))
	close := SurdSum{NewSurd(big.NewRat(2, 1), big.NewRat(1, 6)), NewSurd(big.NewRat(-1, 1), big.NewRat(1, 24)), Rational(tiny)}
	if close.Sign() != 1 || close.Minus(SurdSum{Rational(tiny)}).Sign() != 0 {
		t.Errorf("%v has sign %d", close, close.Sign())
	}
	if got := (SurdSum{NewSurd(big.NewRat(1, 1), big.NewRat(1, 2)), Rational(big.NewRat(-99, 70))}).Sign(); got != -1 { // √2 < 99/70: 2·4900 < 9801
		t.Errorf("√2 − 99/70 has sign %d", got)
	}
	if got := (SurdSum{NewSurd(big.NewRat(1, 1), big.NewRat(1, 2)), NewSurd(big.NewRat(-1, 1), big.NewRat(1, 3))}).Cmp(nil); got != -1 {
		t.Errorf("√2 − √3 has sign %d", got)
	}
	a := NewSurd(big.NewRat(-3, 1), big.NewRat(5, 1)) // −3/√5
	if b := a.Inv().Neg().Mul(a); b.Cmp(Rational(big.NewRat(-1, 1))) != 0 || a.Cmp(b) >= 0 || a.String() != "−√(9/5)" {
		t.Errorf("%v %v", a, b)
	}
}
