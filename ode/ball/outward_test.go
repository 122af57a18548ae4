package ball

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestDecimalByFractions: both ends of balls of all sizes are, digit by digit, the nearest numbers
// of so many places outside the ball, by rational numbers.
func TestDecimalByFractions(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	ten := big.NewInt(10)
	for range 20_000 {
		z := New(uint(20 + random.IntN(200)))
		z.mid.SetMantExp(big.NewFloat(random.Float64()-0.5), random.IntN(400)-200)
		z.SetPrec(z.Prec())
		if random.IntN(4) > 0 {
			z.AddError(new(big.Float).SetMantExp(big.NewFloat(random.Float64()), z.mid.MantExp(nil)-random.IntN(200)))
		}
		if random.IntN(3) == 0 {
			z = New(64).SetInt64(int64(random.IntN(1_000_000)) - 500_000)
		}
		if z.IsZero() {
			continue
		}
		digits := 1 + random.IntN(40)
		low, high := z.Decimal(digits)
		size := z.Lower()
		if z.mid.Sign() > 0 {
			size = z.Upper()
		}
		places := digits - 1 - decimalExponent(size)
		scale := new(big.Rat).SetInt(new(big.Int).Exp(ten, big.NewInt(int64(max(places, -places))), nil))
		if places < 0 {
			scale.Inv(scale)
		}
		for side, text := range map[int]string{-1: low, 1: high} {
			end := z.Lower()
			if side > 0 {
				end = z.Upper()
			}
			exact, _ := end.Rat(nil)
			exact.Mul(exact, scale)
			whole := new(big.Int).Div(exact.Num(), exact.Denom()) // down
			if side > 0 {
				whole.Neg(whole.Div(new(big.Int).Neg(exact.Num()), exact.Denom()))
			}
			got, ok := new(big.Rat).SetString(text)
			if want := new(big.Rat).Quo(new(big.Rat).SetInt(whole), scale); !ok || got.Cmp(want) != 0 {
				t.Fatalf("%v with %d digits, side %d: %s, expected %v", z, digits, side, text, want)
			}
			if strings.Contains(text, ".") && strings.HasSuffix(text, "0") && !strings.Contains(text, "e") {
				t.Fatalf("%s ends in a zero", text)
			}
		}
	}
}

// TestBelow: what is below an integer is so by its upper end.
func TestBelow(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 11))
	below := 0
	for range 20_000 {
		n := random.Int64N(1<<random.IntN(40)+1) - random.Int64N(1<<random.IntN(40)+1)
		z := New(60).SetInt64(n + random.Int64N(5) - 2)
		if random.IntN(2) == 0 {
			z.SetFloat64((random.Float64() - 0.5) * float64(int64(1)<<random.IntN(42)))
		}
		if random.IntN(2) == 0 {
			z.AddError(new(big.Float).SetMantExp(big.NewFloat(random.Float64()), random.IntN(50)-8))
		}
		want := z.Upper().Cmp(new(big.Float).SetInt64(n)) < 0
		if want {
			below++
		}
		if z.Below(n) != want {
			t.Fatalf("%v below %d: %t", z, n, !want)
		}
	}
	if below < 2000 || New(60).Indeterminate().Below(1) {
		t.Errorf("%d balls below, or the line", below)
	}
}
