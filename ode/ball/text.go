package ball

import (
	"fmt"
	"math"
	"math/big"
	"muflow/internal/portable"
	"strconv"
	"strings"
	"sync"
)

// Decimal returns decimal strings low ≤ value ≤ high for every point of a
// finite ball, each with about so many significant digits of the ball's size
// and rounded outward: low down and high up. The exact number 0 gives "0", "0".
// An indeterminate ball gives "-Infinity" and "Infinity".
func (z *Ball) Decimal(digits int) (low, high string) {
	if z.beyond {
		return "-Infinity", "Infinity"
	}
	if z.IsZero() {
		return "0", "0"
	}
	lower, upper := scratch.Get().(*big.Float), scratch.Get().(*big.Float)
	defer scratch.Put(lower)
	defer scratch.Put(upper)
	z.end(lower, -1)
	z.end(upper, 1)
	// One scale for both ends, from the larger of them.
	size := lower
	if z.mid.Sign() > 0 {
		size = upper
	}
	leading, shift := decimalExponent(size), 0 // 10^leading ≤ |size| < 10^{leading+1}, about
	if leading > longExponent || leading < -longExponent {
		power := New(Bits(digits) + 64).SetInt64(10)
		power.PowInt(power, int64(max(leading, -leading)))
		scaled := New(Bits(digits) + 64)
		if leading > 0 {
			scaled.Quo(z, power)
		} else {
			scaled.Mul(z, power)
		}
		lower, upper, leading, shift = scaled.Lower(), scaled.Upper(), 0, leading
	}
	return outward(lower, digits-1-leading, -1, shift), outward(upper, digits-1-leading, 1, shift)
}

// longExponent is a decimal exponent from which on numbers are scaled in balls
// and not in integers.
const longExponent = 4096

// String returns a short decimal text "m ± r" that contains the ball: m with as
// many of its digits as are certain, twenty at most, and r rounded up.
func (z *Ball) String() string {
	const longest = 20
	switch {
	case z.beyond:
		return "indeterminate"
	case z.IsZero():
		return "0"
	}
	if e := z.mid.MantExp(nil); e > 1<<16 || e < -1<<16 {
		size := above(&z.mid).add(z.rad)
		return fmt.Sprintf("0 ± 2^%d", size.exp+32)
	}
	certain := float64(min(z.RelativeAccuracyBits(), 4*longest)) * math.Ln2 / math.Ln10
	middle, _ := New(0).SetFloat(&z.mid).Decimal(min(max(int(certain), 0)+2, longest))
	m, _ := new(big.Rat).SetString(middle)
	low, _ := z.Lower().Rat(nil)
	high, _ := z.Upper().Rat(nil)
	radius := high.Sub(high, m)
	if low.Sub(m, low); low.Cmp(radius) > 0 {
		radius = low
	}
	if radius.Sign() == 0 {
		return middle
	}
	_, text := New(64).SetRat(radius).Decimal(2)
	return middle + " ± " + text
}

// decimalExponent returns about floor(log10|x|).
func decimalExponent(x *big.Float) int {
	fraction := scratch.Get().(*big.Float)
	defer scratch.Put(fraction)
	exponent := x.MantExp(fraction.SetPrec(0))
	f, _ := fraction.Float64()
	return int(math.Floor((float64(exponent) + portable.Log2(math.Abs(f))) * (math.Ln2 / math.Ln10)))
}

// tens holds the powers of ten that texts of up to a hundred digits take.
var tens = func() (out [128]*big.Int) {
	for i := range out {
		out[i] = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(i)), nil)
	}
	return out
}()

func ten(power int) *big.Int {
	if power < len(tens) {
		return tens[power]
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(power)), nil)
}

// wholes keeps integers, with the space of their words.
var wholes = sync.Pool{New: func() any { return new(big.Int) }}

// outward writes x·10^shift with so many places of x after the point (before it,
// if negative), rounded down for side −1 and up for side 1.
func outward(x *big.Float, places, side, shift int) string {
	// |x| = mantissa·2^exponent with an integer mantissa.
	exponent := x.MantExp(nil) - int(x.MinPrec())
	shifted, whole, n := scratch.Get().(*big.Float), wholes.Get().(*big.Int), wholes.Get().(*big.Int)
	defer func() {
		scratch.Put(shifted)
		wholes.Put(whole)
		wholes.Put(n)
	}()
	shifted.SetPrec(0).SetMantExp(x, -exponent).Int(whole)
	whole.Abs(whole)
	exact := true
	if n.Mul(whole, ten(max(places, 0))); exponent >= 0 {
		n.Lsh(n, uint(exponent))
	} else {
		exact = n.Sign() == 0 || n.TrailingZeroBits() >= uint(-exponent)
		n.Rsh(n, uint(-exponent))
	}
	if places < 0 {
		var rest big.Int
		n.QuoRem(n, ten(-places), &rest)
		exact = exact && rest.Sign() == 0
	}
	if !exact && x.Sign() == side {
		n.Add(n, unit)
	}
	if n.Sign() == 0 {
		return "0"
	}
	sign := ""
	if x.Sign() < 0 {
		sign = "-"
	}
	var room [64]byte
	digits := string(n.Append(room[:0], 10))
	point := len(digits) - places + shift // position of the decimal point
	trimmed := strings.TrimRight(digits, "0")
	switch {
	case point > 30 || point < -5:
		body := trimmed[:1]
		if len(trimmed) > 1 {
			body += "." + trimmed[1:]
		}
		return fmt.Sprintf("%s%se%d", sign, body, point-1)
	case point <= 0:
		return sign + "0." + strings.Repeat("0", -point) + trimmed
	case point >= len(trimmed):
		return sign + trimmed + strings.Repeat("0", point-len(trimmed))
	}
	return sign + trimmed[:point] + "." + trimmed[point:]
}

// ParseInterval returns a ball that contains the interval between two decimal
// numbers.
func ParseInterval(low, high string, precision uint) (*Ball, error) {
	ends := [2]*big.Rat{}
	for i, text := range []string{low, high} {
		if _, exponent, ok := strings.Cut(strings.ToLower(text), "e"); ok {
			if n, err := strconv.Atoi(exponent); err != nil || n > 1_000_000 || n < -1_000_000 {
				return nil, fmt.Errorf("%q is not a decimal number", text)
			}
		}
		q, ok := new(big.Rat).SetString(text)
		if !ok || strings.ContainsAny(text, "/xXpP_") {
			return nil, fmt.Errorf("%q is not a decimal number", text)
		}
		ends[i] = q
	}
	if ends[0].Cmp(ends[1]) > 0 {
		return nil, fmt.Errorf("%q is above %q", low, high)
	}
	return New(precision).Union(New(precision).SetRat(ends[0]), New(precision).SetRat(ends[1])), nil
}

// Bits returns a precision that holds so many significant decimal digits, with
// eight bits to spare.
func Bits(digits int) uint { return uint(float64(digits)*(math.Ln10/math.Ln2)) + 8 }
