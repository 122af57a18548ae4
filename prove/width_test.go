package prove

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestReaches compares the width of a text with the same in fractions.
func TestReaches(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	reached := 0
	for range 3000 {
		digits := 1 + rng.IntN(12)
		number := func(n int64) string {
			switch rng.IntN(3) {
			case 0:
				return fmt.Sprintf("%de-%d", n, 9+digits)
			case 1:
				return fmt.Sprintf("%d.%de-%d", n/10, max(n, -n)%10, 8+digits)
			}
			return fmt.Sprintf("%d", n)
		}
		n := rng.Int64N(1_000_000) - 2000
		x := Number{number(n), number(n + rng.Int64N(6) - 1), Enclosure}
		lo, hi, ok := x.ends()
		if !ok {
			t.Fatalf("%v, expected numbers", x)
		}
		width, power := new(big.Rat).Sub(hi, lo), new(big.Rat).SetInt(powerOfTen(digits))
		want := width.Sign() == 0
		if width.Sign() > 0 && lo.Sign()*hi.Sign() > 0 {
			width.Mul(width, power)
			want = width.Cmp(lo.Abs(lo)) <= 0 && width.Cmp(hi.Abs(hi)) <= 0
		}
		if got := x.reaches(digits); got != want {
			t.Fatalf("%v with %d digits: %v, expected %v", x, digits, got, want)
		}
		if want {
			reached++
		}
	}
	if reached < 100 || reached > 2900 {
		t.Errorf("%d of 3000 reach their digits", reached)
	}
	for _, text := range []string{"", "1/3", "x", "1e", "1ex", "+∞"} {
		if (Number{Lo: text, Hi: text}).reaches(1) {
			t.Errorf("%q reaches digits", text)
		}
	}
}
