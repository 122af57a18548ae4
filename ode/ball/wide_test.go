package ball

import (
	"bufio"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// TestWideBalls holds ranges by mpmath 1.3.0 over balls that are wide, huge,
// tiny or contain 0: each is enclosed, and by a ball that is little wider.
func TestWideBalls(t *testing.T) {
	file, err := os.Open("testdata/wide.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	count := map[string]int{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if f[0] == "#" {
			continue
		}
		bits, _ := strconv.Atoi(f[1])
		p := uint(bits)
		power, _ := strconv.ParseInt(f[2], 10, 64)
		read := func(mid, rad string) *Ball {
			if mid == "-" {
				return nil
			}
			return New(p).SetFloat(number(t, mid)).AddError(number(t, rad))
		}
		x, y := read(f[3], f[4]), read(f[5], f[6])
		z := New(p)
		switch f[0] {
		case "exp":
			z.Exp(x)
		case "expm1":
			z.Expm1(x)
		case "log":
			z.Log(x)
		case "log1p":
			z.Log1p(x)
		case "sqrt":
			z.Sqrt(x)
		case "mul":
			z.Mul(x, y)
		case "quo":
			z.Quo(x, y)
		case "arg":
			z.Arg(x, y)
		case "pow":
			z.PowInt(x, power)
		default:
			t.Fatal(f[0])
		}
		count[f[0]]++
		low, high := number(t, f[7]), number(t, f[8])
		width := new(big.Float).SetPrec(400).Sub(high, low)
		// The ends of the oracle are rounded to 160 bits, z's to 128 or less.
		inward := func(x *big.Float, sign float64) *big.Float {
			slack := new(big.Float).SetMantExp(big.NewFloat(sign), x.MantExp(nil)-155)
			return slack.SetPrec(0).SetPrec(400).Add(x, slack)
		}
		if z.Lower().Cmp(inward(low, 1)) > 0 || z.Upper().Cmp(inward(high, -1)) < 0 {
			t.Errorf("%s: %v misses %.10g … %.10g", lines.Text(), z, low, high)
		}
		limit := new(big.Float).Mul(width, big.NewFloat(1.3))
		largest := low
		if high.MantExp(nil) > low.MantExp(nil) {
			largest = high
		}
		limit.Add(limit, new(big.Float).SetMantExp(big.NewFloat(8), largest.MantExp(nil)-bits))
		if got := new(big.Float).Sub(z.Upper(), z.Lower()); got.Cmp(limit) > 0 {
			t.Errorf("%s: a width of %.6g for %.6g", lines.Text(), got, width)
		}
	}
	for _, op := range []string{"exp", "expm1", "log", "log1p", "sqrt", "mul", "quo", "arg", "pow"} {
		if count[op] < 40 {
			t.Errorf("%d ranges of %s", count[op], op)
		}
	}
}

// TestExtremeArguments: no argument overflows the stack, takes gigabytes or
// escapes, up to exponents at which a ball gives up.
func TestExtremeArguments(t *testing.T) {
	far := func(m float64, e int) *Ball {
		z := New(24).SetFloat64(m)
		return z.MulPow2(z, e)
	}
	wide := func(m, r float64) *Ball { return New(24).SetFloat64(m).AddError(big.NewFloat(r)) }
	third := New(24).SetRat(big.NewRat(-23, 10)).AddError(big.NewFloat(1)) // [−3.3, −1.3]
	for name, c := range map[string]struct {
		got       *Ball
		low, high float64
		width     float64 // at most
	}{
		"exp of ±10^6":         {New(24).Exp(wide(-1e6, 999_999)), 0, math.Exp(-1), 0.37},
		"exp, 2^41 wide":       {New(24).Exp(wide(-0x1p40, 0x1p40)), 0, 1, 1.01},
		"exp far below 0":      {New(24).Exp(far(-1, 400)), 0, 0, 1e-300},
		"exp of -2^30":         {New(24).Exp(far(-1, 30)), 0, 0, 1e-300},
		"(-3.3 … -1.3)^-3":     {New(24).PowInt(third, -3), -1 / (1.3 * 1.3 * 1.3), -1 / (3.3 * 3.3 * 3.3), 0.43},
		"1^(-2^63)":            {New(24).PowInt(New(24).SetInt64(1), math.MinInt64), 1, 1, 1e-6},
		"expm1 of ±2^-10000":   {New(24).Expm1(New(24).AddError(new(big.Float).SetMantExp(big.NewFloat(1), -10000))), 0, 0, 1e-300},
		"expm1 of 2^-(2^29)":   {New(24).Expm1(far(1, -1<<29)), 0, 0, 1e-300},
		"1 + 2^-(2^29)":        {New(24).Add(far(1, 0), far(1, -1<<29)), 1, 1, 1e-6},
		"2^-(2^29) - 1":        {New(24).Sub(far(1, -1<<29), far(1, 0)), -1, -1, 1e-6},
		"log of 2^(2^29)":      {New(24).Log(far(1, 1<<29)), 0x1p29 * math.Ln2, 0x1p29 * math.Ln2, 64},
		"log of (0, 10]":       {New(24).Log(wide(5, 4.999)), math.Log(0.001), math.Log(9.999), 9.3},
		"1 over [0.001, 10]":   {New(24).Quo(New(24).SetInt64(1), wide(5, 4.999)), 0.1001, 999, 1001},
		"square of [-1, 1]":    {New(24).Sqr(wide(0, 1)), 0, 1, 1.001},
		"square root of [0,2]": {New(24).Sqrt(wide(1, 1)), 0, 1.414, 1.415},
	} {
		if !c.got.IsFinite() {
			t.Errorf("%s is the whole line", name)
			continue
		}
		low, _ := c.got.Lower().Float64()
		high, _ := c.got.Upper().Float64()
		if low > c.low+1e-12*math.Abs(c.low) || high < c.high-1e-12*math.Abs(c.high) || high-low > c.width {
			t.Errorf("%s is %g … %g, expected about %g … %g", name, low, high, c.low, c.high)
		}
	}
	for name, z := range map[string]*Ball{
		"exp of 10^12":     New(24).Exp(wide(1e12, 1)),
		"exp of 0 … 10^12": New(24).Exp(wide(1e12, 1e12)),
		"0^-2":             New(24).PowInt(wide(1, 1), -2),
		"log of [0, 2]":    New(24).Log(wide(1, 1)),
		"2^(2^62)":         New(24).PowInt(New(24).SetInt64(2), 1<<62),
	} {
		if z.IsFinite() {
			t.Errorf("%s is %v", name, z)
		}
	}
}

// TestIntervalsOfDistantEnds: an interval with one end far below the last place of the other
// is the ball that it is with one that is a little below, and contains both.
func TestIntervalsOfDistantEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 42))
	for range 2000 {
		large := new(big.Float).SetPrec(uint(1 + rng.IntN(120))).SetInt64(1 + rng.Int64N(1<<40))
		large.SetMantExp(large, rng.IntN(100)-50)
		precision := uint(20 + rng.IntN(100))
		last := large.MantExp(nil) - int(max(precision, large.Prec(), 32))
		sign := float64(1 - 2*rng.IntN(2))
		small := func(exponent int) *big.Float {
			return new(big.Float).SetMantExp(big.NewFloat(sign*(0.5+rng.Float64()/2)), exponent)
		}
		interval := func(x *big.Float) *Ball {
			if large.Sign() > 0 {
				return New(precision).SetInterval(x, large)
			}
			return New(precision).SetInterval(large, x)
		}
		if rng.IntN(2) == 0 {
			large.Neg(large)
		}
		want := interval(small(last - 7))
		for _, below := range []int{8, 9, 200, 5000, 1 << 30} {
			x := small(last - below)
			if got := interval(x); got.mid.Cmp(&want.mid) != 0 || got.rad != want.rad || got.Lower().Cmp(x) > 0 || got.Upper().Cmp(x) < 0 || got.Lower().Cmp(large) > 0 || got.Upper().Cmp(large) < 0 {
				t.Fatalf("from or to %v, %d places below the last of %v: %v, expected %v", x, below, large, got, want)
			}
		}
	}
}

// TestEndsOfNarrowBalls: the ends of balls whose radius is around and far below the last
// place are those of a sum in package big with all of its places, and need no memory for
// these; the largest gap would take a quarter of a gigabyte.
func TestEndsOfNarrowBalls(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 41))
	for range 4000 {
		z := New(uint(1 + rng.IntN(200)))
		z.mid.SetMantExp(z.mid.SetInt64(1+rng.Int64N(1+rng.Int64N(1<<40))), rng.IntN(200)-100)
		if rng.IntN(2) == 0 {
			z.mid.Neg(&z.mid)
		}
		gap := int(z.mid.Prec()) + rng.IntN(200) - 60
		z.rad = normal(1+rng.Uint64N(1<<32), int64(z.mid.MantExp(nil)-gap))
		low := new(big.Float).SetPrec(z.mid.Prec() + 32).SetMode(big.ToNegativeInf)
		high := new(big.Float).SetPrec(z.mid.Prec() + 32).SetMode(big.ToPositiveInf)
		radius := z.rad.set(new(big.Float))
		if low.Sub(&z.mid, radius); z.Lower().Cmp(low) != 0 {
			t.Fatalf("%v with radius %v: from %v, expected %v", &z.mid, radius, z.Lower(), low)
		}
		if high.Add(&z.mid, radius); z.Upper().Cmp(high) != 0 {
			t.Fatalf("%v with radius %v: to %v, expected %v", &z.mid, radius, z.Upper(), high)
		}
		z.rad.exp -= 5000
		low.Sub(&z.mid, z.rad.set(radius))
		high.Add(&z.mid, radius)
		z.rad.exp -= 1 << 30
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if z.Lower().Cmp(low) != 0 || z.Upper().Cmp(high) != 0 {
			t.Fatalf("%v with a radius of about 2^(-2^30): %v … %v, expected %v … %v", &z.mid, z.Lower(), z.Upper(), low, high)
		}
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 1<<20 {
			t.Fatalf("%d bytes for the ends", after.TotalAlloc-before.TotalAlloc)
		}
	}
}
