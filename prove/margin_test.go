package prove

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"muflow/theory"
)

// TestWorstMarginByFractions: the entry nearest to failing is the first of the least by
// rational numbers alone, among numbers that differ in no digit of a float64, and
// those of which one is out of its range.
func TestWorstMarginByFractions(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	claim := &Claim{ID: "x", Margin: &MarginForm{Name: "x", Value: "a", Minus: "b"}}
	decimal := func() string {
		tail := ""
		for range random.IntN(3) {
			tail += strconv.Itoa(random.IntN(10))
		}
		return []string{"1.00000000000000000000", "2.5", "-0.1", "1e-40", "0", "3e40", "0.5", "-1.0000000000000000000"}[random.IntN(8)] + tail
	}
	for range 3000 {
		var results []Result
		best, least := -1, new(big.Rat)
		for i := range 1 + random.IntN(12) {
			a, b := decimal(), decimal()
			results = append(results, Result{Claim: "x", Verdict: theory.Proved, Values: map[string]Number{"a": {Lo: a}, "b": {Hi: b}}})
			x, _ := new(big.Rat).SetString(a)
			y, _ := new(big.Rat).SetString(b)
			if x.Sub(x, y); best < 0 || x.Cmp(least) < 0 {
				best, least = i, x
			}
		}
		if m, ok := claim.WorstMargin(results); !ok || m.At != best || m.Least.Cmp(least) != 0 {
			t.Fatalf("entry %d with %v of %v, expected %d with %v", m.At, m.Least, results, best, least)
		}
	}
}
