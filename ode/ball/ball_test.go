package ball

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/long"
)

// randomRat draws a rational of widely varying size, 0 included.
func randomRat(rng *rand.Rand) *big.Rat {
	n := rng.Int64N(1<<40) - 1<<39
	switch rng.IntN(12) {
	case 0:
		return new(big.Rat)
	case 1:
		n = n % 5
	}
	q := big.NewRat(n, 1+rng.Int64N(1<<30))
	shift := new(big.Int).Lsh(big.NewInt(1), uint(rng.IntN(200)))
	if rng.IntN(2) == 0 {
		return q.Mul(q, new(big.Rat).SetInt(shift))
	}
	return q.Quo(q, new(big.Rat).SetInt(shift))
}

// randomBall draws a ball and two rational points in it.
func randomBall(rng *rand.Rand, precision uint) (*Ball, [2]*big.Rat) {
	q := randomRat(rng)
	z := New(precision).SetRat(q)
	points := [2]*big.Rat{q, q}
	if rng.IntN(2) == 0 {
		width := new(big.Rat).Abs(randomRat(rng))
		if rng.IntN(3) > 0 { // narrow relative to the midpoint
			width.Mul(new(big.Rat).Abs(q), big.NewRat(1, 1+rng.Int64N(1<<20)))
		}
		r := new(big.Float).SetPrec(200).SetMode(big.AwayFromZero).SetRat(width)
		z.AddError(r)
		for i := range points {
			f := big.NewRat(rng.Int64N(2001)-1000, 1000)
			points[i] = new(big.Rat).Add(q, f.Mul(f, width))
		}
	}
	return z, points
}

var precisions = []uint{53, 64, 100, 300, 1000}

// tightPrecisions are those for which the contract bounds the radius in ulp.
var tightPrecisions = append([]uint{2000}, precisions...)

// TestFieldContainment compares with exact rationals, for all aliasings.
func TestFieldContainment(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	checks, indeterminate := 0, 0
	rounds := 400
	if *long.Tests {
		rounds = 1600
	}
	for range rounds {
		p := precisions[rng.IntN(len(precisions))]
		x, xs := randomBall(rng, p)
		y, ys := randomBall(rng, p)
		n := rng.Int64N(21) - 10
		for _, op := range []struct {
			name  string
			apply func(z, x, y *Ball)
			exact func(a, b *big.Rat) *big.Rat // nil outside the domain
		}{
			{"add", func(z, x, y *Ball) { z.Add(x, y) }, func(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }},
			{"sub", func(z, x, y *Ball) { z.Sub(x, y) }, func(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }},
			{"mul", func(z, x, y *Ball) { z.Mul(x, y) }, func(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }},
			{"quo", func(z, x, y *Ball) { z.Quo(x, y) }, func(a, b *big.Rat) *big.Rat {
				if b.Sign() == 0 {
					return nil
				}
				return new(big.Rat).Quo(a, b)
			}},
			{"abs", func(z, x, _ *Ball) { z.Abs(x) }, func(a, _ *big.Rat) *big.Rat { return new(big.Rat).Abs(a) }},
			{"neg", func(z, x, _ *Ball) { z.Neg(x) }, func(a, _ *big.Rat) *big.Rat { return new(big.Rat).Neg(a) }},
			{"max", func(z, x, y *Ball) { z.Max(x, y) }, func(a, b *big.Rat) *big.Rat {
				if a.Cmp(b) > 0 {
					return a
				}
				return b
			}},
			{"union", func(z, x, y *Ball) { z.Union(x, y) }, func(a, _ *big.Rat) *big.Rat { return a }},
			{"add int", func(z, x, _ *Ball) { z.AddInt64(x, n) }, func(a, _ *big.Rat) *big.Rat { return new(big.Rat).Add(a, big.NewRat(n, 1)) }},
			{"mul int", func(z, x, _ *Ball) { z.MulInt64(x, n) }, func(a, _ *big.Rat) *big.Rat { return new(big.Rat).Mul(a, big.NewRat(n, 1)) }},
			{"pow", func(z, x, _ *Ball) { z.PowInt(x, n/3) }, func(a, _ *big.Rat) *big.Rat {
				out := big.NewRat(1, 1)
				if a.Sign() == 0 && n/3 < 0 {
					return nil
				}
				for range max(n/3, -n/3) {
					out.Mul(out, a)
				}
				if n/3 < 0 {
					out.Inv(out)
				}
				return out
			}},
		} {
			for alias := range 4 {
				a, b := New(p).Set(x), New(p).Set(y)
				z := New(p)
				as, bs := xs, ys
				switch alias {
				case 1:
					z = a
				case 2:
					z = b
				case 3:
					z, b, bs = a, a, xs
				}
				op.apply(z, a, b)
				if !z.IsFinite() {
					indeterminate++
					continue
				}
				for i := range as {
					v := op.exact(as[i], bs[i])
					if v == nil || !z.Contains(v) {
						t.Fatalf("%s at %d bits, aliasing %d: %v and %v give %v, not in %v ± %v", op.name, p, alias, as[i], bs[i], v, z.Mid(), z.Radius())
					}
					checks++
				}
			}
		}
	}
	if checks < 62*rounds || indeterminate < rounds/4 {
		t.Fatalf("%d checks, %d indeterminate", checks, indeterminate)
	}
}

// TestFieldTightness: from exact operands the radius is at most 2 ulp.
func TestFieldTightness(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	checks := 0
	for range 2000 {
		p := tightPrecisions[rng.IntN(len(tightPrecisions))]
		x, y := New(p).SetFloat(New(p).SetRat(randomRat(rng)).Mid()), New(p).SetFloat(New(p).SetRat(randomRat(rng)).Mid())
		if x.IsZero() || y.IsZero() {
			continue
		}
		for name, z := range map[string]*Ball{
			"add": New(p).Add(x, y), "sub": New(p).Sub(x, y), "mul": New(p).Mul(x, y), "quo": New(p).Quo(x, y), "sqrt": New(p).Sqrt(New(p).Abs(x)),
		} {
			if z.IsExact() {
				continue
			}
			ulp := new(big.Float).SetMantExp(big.NewFloat(2), z.Mid().MantExp(nil)-int(p))
			if z.Radius().Cmp(ulp) > 0 {
				t.Fatalf("%s at %d bits: radius %v, 2 ulp are %v", name, p, z.Radius(), ulp)
			}
			checks++
		}
	}
	if checks < 6000 {
		t.Fatalf("%d checks", checks)
	}
}

// TestZeroStaysExact: 0 times and 0 over anything finite is exactly 0.
func TestZeroStaysExact(t *testing.T) {
	x := New(64).SetRat(big.NewRat(1, 3))
	for name, z := range map[string]*Ball{"0·x": New(64).Mul(New(64), x), "x·0": New(64).Mul(x, New(64)), "0/x": New(64).Quo(New(64), x), "0+0": New(64).Add(New(64), New(64)), "√0": New(64).Sqrt(New(64))} {
		if !z.IsZero() {
			t.Errorf("%s is %v ± %v", name, z.Mid(), z.Radius())
		}
	}
}

// expBounds encloses e^q for rational |q| ≤ 64 by 200 terms of the series of
// e^{|q|/64}, its remainder, and six squarings, in integers of 2^-1200 rounded
// outward.
func expBounds(q *big.Rat) (low, high *big.Rat) {
	const bits = 1200
	unit := new(big.Int).Lsh(big.NewInt(1), bits)
	lowX := new(big.Int).Lsh(new(big.Int).Abs(q.Num()), bits-6)
	lowX.Quo(lowX, q.Denom())
	highX := new(big.Int).Add(lowX, big.NewInt(1))
	ends := [2]*big.Int{}
	for side, x := range []*big.Int{lowX, highX} {
		up := big.NewInt(int64(side)) // rounds what is cut
		sum, term := new(big.Int).Set(unit), new(big.Int).Set(unit)
		for n := int64(1); n < 200; n++ {
			term.Mul(term, x)
			term.Rsh(term, bits)
			term.Add(term, up)
			term.Quo(term, big.NewInt(n))
			term.Add(term, up)
			sum.Add(sum, term)
		}
		sum.Add(sum, up) // the remainder is below 2/200! < 2^-1200
		for range 6 {
			sum.Mul(sum, sum)
			sum.Rsh(sum, bits)
			sum.Add(sum, up)
		}
		ends[side] = sum
	}
	low, high = new(big.Rat).SetFrac(ends[0], unit), new(big.Rat).SetFrac(ends[1], unit)
	if q.Sign() < 0 {
		low, high = new(big.Rat).Inv(high), new(big.Rat).Inv(low)
	}
	return low, high
}

// math/big takes roots that are wrong by more than an ulp at some precisions;
// ours are narrow at all of them.
func TestSqrtIsNarrowAtEveryPrecision(t *testing.T) {
	checks, wrong := 0, 0
	for k := int64(2); k < 40; k++ {
		for p := uint(3330); p < 3364; p++ {
			x := New(p).SetInt64(k)
			root := New(p).Sqrt(x)
			if !root.IsFinite() || root.RelativeAccuracyBits() < int(p)-4 || !New(2*p+20).Sqr(root).Contains(big.NewRat(k, 1)) {
				t.Fatalf("√%d at %d bits: %d bits", k, p, root.RelativeAccuracyBits())
			}
			theirs := new(big.Float).SetPrec(p).Sqrt(new(big.Float).SetInt64(k))
			ulp := new(big.Float).SetMantExp(big.NewFloat(1), theirs.MantExp(nil)-int(p))
			if !New(p).SetFloat(theirs).AddError(ulp).Overlaps(root) {
				wrong++
			}
			checks++
		}
	}
	if checks != 38*34 {
		t.Errorf("%d checks ran", checks)
	}
	t.Logf("math/big is wrong by more than an ulp in %d of %d", wrong, checks)
}

func TestExpLogSqrtContainment(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	checks := 0
	for range 400 {
		p := tightPrecisions[rng.IntN(len(tightPrecisions))]
		q := big.NewRat(rng.Int64N(1<<32)-1<<31, 1<<26) // |q| < 32
		if rng.IntN(4) == 0 {
			q.Quo(q, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(rng.IntN(300)))))
		}
		x := New(p).SetRat(q)
		low, high := expBounds(q)
		truth := New(1000).Union(New(1000).SetRat(low), New(1000).SetRat(high))
		e := New(p).Exp(x)
		if !e.ContainsBall(truth) && !(p >= 1000 && e.Overlaps(truth)) {
			t.Fatalf("exp(%v) at %d bits", q, p)
		}
		l := New(p).Log(e)
		if !l.Contains(q) {
			t.Fatalf("log(exp(%v)) at %d bits", q, p)
		}
		a := new(big.Rat).Abs(q)
		s := New(p).Sqrt(New(p).SetRat(a))
		if s.Sqr(s); !s.Contains(a) {
			t.Fatalf("sqrt(%v) at %d bits", a, p)
		}
		if q.Sign() != 0 {
			exact := New(p).SetFloat(x.Mid())
			for name, z := range map[string]*Ball{"exp": New(p).Exp(exact), "log": New(p).Log(New(p).Abs(exact))} {
				ulp := new(big.Float).SetMantExp(big.NewFloat(8), z.Mid().MantExp(nil)-int(p))
				if !z.IsFinite() || z.Radius().Cmp(ulp) > 0 {
					t.Fatalf("%s(%v) at %d bits: radius %v, 8 ulp are %v", name, q, p, z.Radius(), ulp)
				}
			}
		}
		checks++
	}
	if checks != 400 {
		t.Fatal(checks)
	}
}

// TestWideArguments: the image of a wide ball contains the images of its ends.
func TestWideArguments(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for range 500 {
		low := big.NewRat(1+rng.Int64N(1<<20), 1<<uint(rng.IntN(30)))
		high := new(big.Rat).Add(low, big.NewRat(rng.Int64N(1<<16), 1<<uint(rng.IntN(20))))
		if high.Cmp(big.NewRat(60, 1)) > 0 {
			continue
		}
		x := New(100).Union(New(100).SetRat(low), New(100).SetRat(high))
		for name, f := range map[string]func(z, x *Ball) *Ball{"exp": (*Ball).Exp, "log": (*Ball).Log, "sqrt": (*Ball).Sqrt} {
			image := f(New(100), x)
			for _, end := range []*big.Rat{low, high} {
				if point := f(New(100), New(300).SetRat(end)); !image.Overlaps(point) || !image.IsFinite() && name != "log" && name != "sqrt" {
					t.Fatalf("%s of [%v, %v] misses the image of %v", name, low, high, end)
				}
			}
		}
	}
}

func TestIndeterminate(t *testing.T) {
	zero, one := New(64), New(64).SetInt64(1)
	wide := New(64).AddError(big.NewFloat(1))
	inf := new(big.Float).SetInf(false)
	huge := New(64).MulPow2(one, maxExponent-1)
	nan := 0.0
	for name, z := range map[string]*Ball{
		"1/0": New(64).Quo(one, zero), "1/[-1,1]": New(64).Quo(one, wide), "log 0": New(64).Log(zero), "log -1": New(64).Log(New(64).SetInt64(-1)),
		"log wide": New(64).Log(wide), "sqrt -1": New(64).Sqrt(New(64).SetInt64(-1)), "sqrt wide": New(64).Sqrt(wide), "inf": New(64).SetFloat(inf),
		"NaN": New(64).SetFloat64(nan / nan), "0^-1": New(64).PowInt(zero, -1), "exp huge": New(64).Exp(New(64).MulPow2(one, 40)),
		"overflow": New(64).Sqr(New(64).Sqr(huge)), "error inf": New(64).AddError(inf), "interval": New(64).SetInterval(big.NewFloat(2), big.NewFloat(1)),
	} {
		if z.IsFinite() {
			t.Errorf("%s is finite", name)
		}
		if _, ok := z.Sign(); ok {
			t.Errorf("%s has a sign", name)
		}
		for _, w := range []*Ball{New(64).Add(z, one), New(64).Mul(zero, z), New(64).Exp(z), New(64).Quo(one, z), New(64).Set(z), New(64).Sub(z, z), New(64).MulPow2(z, 3), New(64).Abs(z)} {
			if w.IsFinite() {
				t.Errorf("%s does not propagate", name)
			}
		}
	}
}

func TestDecimalIsOutwardAndReadsBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	checks := 0
	for range 3000 {
		z, points := randomBall(rng, precisions[rng.IntN(len(precisions))])
		digits := 1 + rng.IntN(40)
		lo, hi := z.Decimal(digits)
		low, okLow := new(big.Rat).SetString(lo)
		high, okHigh := new(big.Rat).SetString(hi)
		if !okLow || !okHigh || low.Cmp(endpoint(z, -1)) > 0 || high.Cmp(endpoint(z, 1)) < 0 || low.Cmp(points[0]) > 0 || high.Cmp(points[1]) < 0 {
			t.Fatalf("%v ± %v prints %s … %s", z.Mid(), z.Radius(), lo, hi)
		}
		back, err := ParseInterval(lo, hi, 200)
		if err != nil || !back.Contains(low) || !back.Contains(high) {
			t.Fatalf("%s … %s reads %v", lo, hi, err)
		}
		checks++
	}
	if checks != 3000 {
		t.Fatal(checks)
	}
	if lo, hi := New(64).Decimal(5); lo != "0" || hi != "0" {
		t.Error(lo, hi)
	}
	third := New(200).SetRat(big.NewRat(1, 3))
	if lo, hi := third.Decimal(5); lo != "0.33333" || hi != "0.33334" {
		t.Error(lo, hi)
	}
}

func FuzzParseInterval(f *testing.F) {
	f.Add("1.5", "2e3")
	f.Add("-1", "1e999999999999")
	f.Fuzz(func(t *testing.T, lo, hi string) {
		z, err := ParseInterval(lo, hi, 64)
		if err != nil {
			return
		}
		low, _ := new(big.Rat).SetString(lo)
		if z.IsFinite() && !z.Contains(low) {
			t.Fatalf("%q is not in its own interval", lo)
		}
	})
}

// TestLog2 holds digits from mpmath 1.2.1.
func TestLog2(t *testing.T) {
	z := Log2(250)
	truth, err := ParseInterval("0.693147180559945309417232121458176568075500134360255254120680009", "0.6931471805599453094172321214581765680755001343602552541206800096", 300)
	if err != nil || !z.Overlaps(truth) || z.RelativeAccuracyBits() < 240 || Log2(53).RelativeAccuracyBits() < 50 {
		t.Errorf("%v ± %v", z.Mid(), z.Radius())
	}
}

// TestEndsAgainstFractions compares balls by their ends in fractions, at ends
// that meet, or miss each other by little.
func TestEndsAgainstFractions(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	inside, meeting := 0, 0
	for round := range 4000 {
		x, _ := ballWithEnds(rng, precisions[rng.IntN(len(precisions))])
		y := New(precisions[rng.IntN(len(precisions))])
		switch rng.IntN(4) {
		case 0:
			y, _ = ballWithEnds(rng, 64)
		case 1: // the same middle, or nearly
			y.Set(x)
			y.rad = magnitude{x.rad.man, x.rad.exp + rng.Int64N(3) - 1}
		case 2: // begins where x ends
			y.SetPrec(1200).SetFloat(New(1200).AddError(x.Radius()).Upper())
			y.Add(y, New(1200).SetFloat(x.Mid()))
			y.rad = magnitude{}
			if step := rng.IntN(3) - 1; step != 0 {
				y.mid.Add(&y.mid, new(big.Float).SetMantExp(big.NewFloat(float64(step)), -rng.IntN(700)))
			}
		case 3: // very far below
			y.SetInt64(rng.Int64N(3) - 1)
			y.MulPow2(y, -1<<12)
			if round < 8 { // so far that only fractions compare them
				y.MulPow2(y, -1<<25)
			}
		}
		if rng.IntN(2) == 0 {
			x, y = y, x
		}
		lowX, highX, lowY, highY := endpoint(x, -1), endpoint(x, 1), endpoint(y, -1), endpoint(y, 1)
		contains := lowX.Cmp(lowY) <= 0 && highY.Cmp(highX) <= 0
		overlaps := lowX.Cmp(highY) <= 0 && lowY.Cmp(highX) <= 0
		if x.ContainsBall(y) != contains || x.Overlaps(y) != overlaps {
			t.Fatalf("%v ± %v and %v ± %v: contains %v, overlaps %v", x.Mid(), x.Radius(), y.Mid(), y.Radius(), contains, overlaps)
		}
		if contains {
			inside++
		}
		if overlaps && !contains {
			meeting++
		}
	}
	if inside < 200 || meeting < 200 {
		t.Errorf("%d inside, %d meeting", inside, meeting)
	}
}

// TestLeadingWord shifts an integer, and leaves its argument alone.
func TestLeadingWord(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for range 2000 {
		z, _ := ballWithEnds(rng, precisions[rng.IntN(len(precisions))])
		if rng.IntN(4) == 0 { // few bits, or one beyond the word
			z.SetFloat64(float64(rng.IntN(1000) - 500))
			z.SetPrec(600).Add(z, New(64).MulPow2(New(64).SetInt64(rng.Int64N(2)), -rng.IntN(200)))
		}
		before := z.Mid()
		man, exp, exact := leadingWord(&z.mid)
		word := new(big.Float).SetPrec(64).SetMode(big.ToZero).Set(&z.mid)
		want := new(big.Float).SetMantExp(new(big.Float).SetUint64(man), int(exp))
		if want.Cmp(word.Abs(word)) != 0 || exact != (new(big.Float).Abs(&z.mid).Cmp(want) == 0) || man>>63 == 0 && man != 0 {
			t.Fatalf("%v: %x·2^%d, exact %v", &z.mid, man, exp, exact)
		}
		if before.Cmp(&z.mid) != 0 || before.Prec() != z.mid.Prec() || before.Acc() != z.mid.Acc() {
			t.Fatalf("%v was changed to %v", before, &z.mid)
		}
	}
}

func BenchmarkOperations(b *testing.B) {
	for _, p := range []uint{64, 256, 1024, 3400} {
		x, y := New(p).SetRat(big.NewRat(7, 3)), New(p).SetRat(big.NewRat(-5, 7))
		z := New(p)
		for _, op := range []struct {
			name string
			f    func()
		}{{"add", func() { z.Add(x, y) }}, {"mul", func() { z.Mul(x, y) }}, {"quo", func() { z.Quo(x, y) }}, {"exp", func() { z.Exp(x) }}, {"log", func() { z.Log(x) }}} {
			b.Run(op.name+"/"+new(big.Int).SetUint64(uint64(p)).String(), func(b *testing.B) {
				for b.Loop() {
					op.f()
				}
			})
		}
	}
}

// TestIndeterminateHasNoBounds: an end that were a number would be taken for a
// bound.
func TestIndeterminateHasNoBounds(t *testing.T) {
	z := New(64).Exp(New(64).SetFloat64(1e15))
	if z.IsFinite() || !z.Upper().IsInf() || z.Upper().Sign() < 0 || !z.Lower().IsInf() || z.Lower().Sign() > 0 {
		t.Errorf("e^(10^15) is from %v to %v", z.Lower(), z.Upper())
	}
	if again := New(64).SetFloat(z.Upper()); again.IsFinite() {
		t.Errorf("%v", again)
	}
}

// endpoint returns an end of a finite ball exactly.
func endpoint(z *Ball, side int64) *big.Rat {
	m, _ := z.mid.Rat(nil)
	r, _ := z.rad.float().Rat(nil)
	return m.Add(m, r.Mul(r, big.NewRat(side, 1)))
}

// Ends as integers are those by fractions, and compare as these do.
func TestExactEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(91, 9))
	differ := 0
	for range 400 {
		x, xs := randomBall(rng, precisions[rng.IntN(len(precisions))])
		y, _ := randomBall(rng, precisions[rng.IntN(len(precisions))])
		if !x.IsFinite() || !y.IsFinite() {
			continue
		}
		if rng.IntN(4) == 0 {
			y = New(x.Prec()).Set(x)
		}
		for _, side := range []int{-1, 1} {
			man, exp := x.exactEnd(side)
			scale := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(max(exp, -exp))))
			if exp < 0 {
				scale.Inv(scale)
			}
			if got := scale.Mul(scale, new(big.Rat).SetInt(man)); got.Cmp(endpoint(x, int64(side))) != 0 {
				t.Errorf("end %d of %v: %v", side, x, got)
			}
			for _, other := range []int{-1, 1} {
				a, ea := x.exactEnd(side)
				b, eb := y.exactEnd(other)
				want := endpoint(x, int64(side)).Cmp(endpoint(y, int64(other)))
				if got := compareDyadics(a, ea, b, eb); got != want || compareEnds(x, side, y, other) != want {
					t.Errorf("%v and %v, ends %d and %d: %d, expected %d", x, y, side, other, got, want)
				}
				if want != 0 {
					differ++
				}
			}
		}
		for _, q := range append(xs[:], endpoint(x, 1), endpoint(y, -1), new(big.Rat)) {
			if want := endpoint(x, -1).Cmp(q) <= 0 && q.Cmp(endpoint(x, 1)) <= 0; x.Contains(q) != want {
				t.Errorf("%v contains %v: %v", x, q, !want)
			}
		}
	}
	if differ < 1000 {
		t.Errorf("%d ends that differ", differ)
	}
}
