package ball

import (
	"cmp"
	"fmt"
	"math/big"
	"math/rand/v2"
	"muflow/internal/mutant"
	"strings"
	"testing"
)

// The checks compare with exact rational arithmetic at the very ends of balls,
// so that a bound that is a little too small is seen. Each returns the first
// escape; TestChecks wants none and TestChecksNoticeMistakes wants one for every
// mistake.
var checks = []struct {
	name string
	run  func(rng *rand.Rand, rounds int) error
}{
	{"magnitudes", checkMagnitudes}, {"field", checkField}, {"products", checkDot}, {"exponential", checkExp},
	{"logarithm", checkLog}, {"remainders", checkRemainders}, {"constants", checkConstants}, {"text", checkText},
}

func TestChecks(t *testing.T) {
	rounds := 500
	if testing.Short() {
		rounds = 300
	}
	for i, c := range checks {
		if err := c.run(rand.New(rand.NewPCG(11, uint64(i))), rounds); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
	}
}

func ratOf(m magnitude) *big.Rat {
	q, _ := m.float().Rat(nil)
	return q
}

func randomMagnitude(rng *rand.Rand) magnitude {
	return magnitude{1<<31 | uint64(rng.Uint32()), rng.Int64N(80) - 40}
}

func checkMagnitudes(rng *rand.Rand, rounds int) error {
	for range rounds {
		a, b := randomMagnitude(rng), randomMagnitude(rng)
		x, y := ratOf(a), ratOf(b)
		man, exp := rng.Uint64(), rng.Int64N(60)-30
		exact, _ := new(big.Float).SetMantExp(new(big.Float).SetUint64(man), int(exp)).Rat(nil)
		f := new(big.Float).SetPrec(100).Quo(big.NewFloat(rng.Float64()-0.5), big.NewFloat(3))
		if rng.IntN(2) == 0 { // bits far behind the others
			f.SetPrec(160).SetUint64(uint64(rng.Uint32()) | 1<<31)
			f.Add(f, new(big.Float).SetMantExp(big.NewFloat(1), -rng.IntN(100)))
		}
		size, _ := f.Rat(nil)
		size.Abs(size)
		for _, bound := range []struct {
			name   string
			got    magnitude
			exact  *big.Rat
			side   int // 1: got is at least exact
			within int64
		}{
			{"sum", a.add(b), new(big.Rat).Add(x, y), 1, 30},
			{"product", a.mul(b), new(big.Rat).Mul(x, y), 1, 30},
			{"quotient", a.quo(b), new(big.Rat).Quo(x, y), 1, 29},
			{"mantissa", normal(man, exp), exact, 1, 30},
			{"above", above(f), size, 1, 30},
			{"below", below(f), size, -1, 30},
		} {
			ratio := new(big.Rat).Quo(ratOf(bound.got), bound.exact)
			ratio.Sub(ratio, big.NewRat(1, 1))
			if s := ratio.Sign(); s == -bound.side || ratio.Abs(ratio).Cmp(big.NewRat(1, 1<<bound.within)) > 0 {
				return fmt.Errorf("%s: %v for %v", bound.name, bound.got.float(), bound.exact)
			}
		}
		if c, ok := a.minus(b); ok {
			if got, exact := ratOf(c), new(big.Rat).Sub(x, y); got.Cmp(exact) > 0 || float(got) < (1-1e-8)*float(exact) {
				return fmt.Errorf("difference: %v for %v", got, exact)
			}
		}
	}
	return nil
}

func float(q *big.Rat) float64 {
	f, _ := q.Float64()
	return f
}

// ballWithEnds draws a ball and returns its ends, which are points of it.
func ballWithEnds(rng *rand.Rand, p uint) (*Ball, []*big.Rat) {
	z := New(p)
	words := new(big.Int).SetUint64(rng.Uint64())
	for words.BitLen() < int(p) {
		words.Lsh(words, 64)
		words.Or(words, new(big.Int).SetUint64(rng.Uint64()))
	}
	z.mid.SetInt(words)
	exp := rng.IntN(40) - 20
	z.mid.SetMantExp(&z.mid, exp-words.BitLen())
	if rng.IntN(2) == 0 {
		z.mid.Neg(&z.mid)
	}
	if rng.IntN(3) > 0 {
		z.rad = magnitude{1<<31 | uint64(rng.Uint32()), int64(exp-rng.IntN(40)) - 33}
	}
	return z, []*big.Rat{endpoint(z, -1), endpoint(z, 1)}
}

func checkField(rng *rand.Rand, rounds int) error {
	for range rounds {
		p := []uint{53, 64, 100, 300}[rng.IntN(4)]
		x, xs := ballWithEnds(rng, p)
		y, ys := ballWithEnds(rng, p)
		sum, difference, product, quotient := New(p).Add(x, y), New(p).Sub(x, y), New(p).Mul(x, y), New(p).Quo(x, y)
		for _, a := range xs {
			for _, b := range ys {
				if !sum.Contains(new(big.Rat).Add(a, b)) || !difference.Contains(new(big.Rat).Sub(a, b)) || !product.Contains(new(big.Rat).Mul(a, b)) ||
					quotient.IsFinite() && !quotient.Contains(new(big.Rat).Quo(a, b)) {
					return fmt.Errorf("%d bits: %v ± %v and %v ± %v", p, x.Mid(), x.Radius(), y.Mid(), y.Radius())
				}
			}
		}
		if !quotient.IsFinite() != y.ContainsZero() {
			return fmt.Errorf("quotient by %v ± %v", y.Mid(), y.Radius())
		}
		if xs[0].Sign() < 0 {
			continue
		}
		root := New(p).Sqrt(x)
		if !root.IsFinite() {
			continue // an end too near 0
		}
		for i, side := range []int64{-1, 1} {
			end := endpoint(root, side)
			if s := end.Mul(end, end).Cmp(xs[i]); end.Sign() > 0 && s == -int(side) && endpoint(root, side).Sign() > 0 {
				return fmt.Errorf("%d bits: root of %v ± %v", p, x.Mid(), x.Radius())
			}
		}
	}
	return nil
}

// checkDot cancels products, so that what is lost in the sum is most of it.
func checkDot(rng *rand.Rand, rounds int) error {
	var d DotProduct
	var fast Convolver
	digits := func(x *Ball) *Digits {
		d := new(Digits)
		d.SetBall(x)
		return d
	}
	for range rounds {
		p := []uint{53, 128, 300}[rng.IntN(3)]
		a, as := ballWithEnds(rng, p)
		b, bs := ballWithEnds(rng, p)
		c := New(p).SetFloat(New(p).Mul(New(p).Midpoint(a), New(p).Midpoint(b)).Mid())
		if rng.IntN(2) == 0 {
			a, b = New(p).Midpoint(a), New(p).Midpoint(b)
			as, bs = []*big.Rat{endpoint(a, 1)}, []*big.Rat{endpoint(b, 1)}
		}
		minus := New(p).SetInt64(-1)
		forward := d.Forward(New(p), []*Ball{a, c}, []*Ball{b, minus})
		backward := d.Convolve(New(p), []*Ball{a, c}, []*Ball{minus, b})
		quick := fast.Convolve(New(p/2), []*Digits{digits(a), digits(c)}, []*Digits{digits(minus), digits(b)})
		for _, x := range as {
			for _, y := range bs {
				exact := new(big.Rat).Mul(x, y)
				if exact.Sub(exact, endpoint(c, 1)); !forward.Contains(exact) || !backward.Contains(exact) || !quick.Contains(exact) {
					return fmt.Errorf("%d bits: %v·%v − %v is not in %v ± %v", p, x, y, c.Mid(), forward.Mid(), forward.Radius())
				}
			}
		}
	}
	return nil
}

func checkExp(rng *rand.Rand, rounds int) error {
	for range rounds / 8 {
		p := []uint{53, 64, 100, 300, 700}[rng.IntN(5)]
		x, xs := ballWithEnds(rng, p)
		if scale := x.mid.MantExp(nil); scale > 4 {
			x.MulPow2(x, 4-scale)
			xs = []*big.Rat{endpoint(x, -1), endpoint(x, 1)}
		}
		w := kernelBits(p)
		unit := new(big.Int).Lsh(big.NewInt(1), w)
		r := toFixed(&x.mid, w)
		r.Rem(r, new(big.Int).Rsh(unit, 1)) // |r| < 1/2
		argument := new(big.Rat).SetFrac(r, unit)
		low, high := expBounds(argument)
		value, units := new(kernel).fixedExp(r, w), new(big.Rat).SetFrac(new(big.Int).SetUint64(kernelUnits(levels(w))), unit)
		for _, truth := range []*big.Rat{low, high} {
			gap := new(big.Rat).SetFrac(value, unit)
			if gap.Sub(gap, truth); gap.Abs(gap).Cmp(units) > 0 {
				return fmt.Errorf("exp(%v) in units of 2^-%d is off by %v, bound %v", float(argument), w, float(gap), float(units))
			}
		}
		image := New(p).Exp(x)
		for _, end := range xs {
			if low, high = expBounds(end); !image.IsFinite() || endpoint(image, -1).Cmp(low) > 0 || endpoint(image, 1).Cmp(high) < 0 {
				return fmt.Errorf("exp(%v ± %v) at %d bits misses the exponential of its end", x.Mid(), x.Radius(), p)
			}
		}
	}
	return nil
}

// checkLog compares with the exponential of the ends of the logarithm.
func checkLog(rng *rand.Rand, rounds int) error {
	for range rounds / 8 {
		p := []uint{53, 64, 100, 300}[rng.IntN(4)]
		x, _ := ballWithEnds(rng, p)
		if x = x.Abs(x); rng.IntN(4) == 0 { // near 1
			x.MulPow2(x, -30-rng.IntN(int(p)))
			x.AddInt64(x, 1)
		}
		xs := []*big.Rat{endpoint(x, -1), endpoint(x, 1)}
		if xs[0].Sign() <= 0 {
			continue
		}
		w := kernelBits(p)
		unit := new(big.Int).Lsh(big.NewInt(1), w)
		mantissa := new(big.Float)
		x.mid.MantExp(mantissa)
		f := toFixed(mantissa, w)
		f.Rsh(f.Mul(f, big.NewInt(3)), 1) // 3/4 to 3/2
		argument := new(big.Rat).SetFrac(f, unit)
		value, units := new(kernel).fixedLog(f, w), new(big.Int).SetUint64(kernelUnits(levels(w)))
		least, _ := expBounds(new(big.Rat).SetFrac(new(big.Int).Sub(value, units), unit))
		_, most := expBounds(new(big.Rat).SetFrac(new(big.Int).Add(value, units), unit))
		if least.Cmp(argument) > 0 || most.Cmp(argument) < 0 {
			return fmt.Errorf("log(%v) in units of 2^-%d is off by more than %v units", float(argument), w, units)
		}
		image := New(p).Log(x)
		if !image.IsFinite() {
			return fmt.Errorf("log(%v ± %v) is indeterminate", x.Mid(), x.Radius())
		}
		// The lower end of the exponential of an end is at most the point.
		low, _ := expBounds(endpoint(image, -1))
		_, high := expBounds(endpoint(image, 1))
		if low.Cmp(xs[0]) > 0 || high.Cmp(xs[1]) < 0 {
			return fmt.Errorf("log(%v ± %v) at %d bits misses the logarithm of an end", x.Mid(), x.Radius(), p)
		}
	}
	return nil
}

// checkRemainders compares the bounds of tails with the tails.
func checkRemainders(rng *rand.Rand, rounds int) error {
	for range rounds / 10 {
		size := magnitude{1<<31 | uint64(rng.Uint32()), -33 - rng.Int64N(8)} // below 1/2
		h := ratOf(size)
		if h.Cmp(big.NewRat(1, 4)) <= 0 {
			power, tail := new(big.Rat).Set(h), new(big.Rat)
			for n := int64(0); n < 20; n++ {
				tail.Add(tail, new(big.Rat).Mul(power, big.NewRat(1, 2*n+1)))
				power.Mul(power, h).Mul(power, h)
			}
			if got := ratOf(artanhTail(size)); got.Cmp(tail) < 0 {
				return fmt.Errorf("the tail of artanh at %v: %v for %v", float(h), float(got), float(tail))
			}
		}
		radius := magnitude{1<<31 | uint64(rng.Uint32()), -32 - rng.Int64N(30)} // below 1
		_, high := expBounds(ratOf(radius))
		if got := ratOf(expSpread(radius)); got.Cmp(high.Sub(high, big.NewRat(1, 1))) < 0 {
			return fmt.Errorf("the spread of exp over %v: %v for %v", float(ratOf(radius)), float(got), float(high))
		}
	}
	return nil
}

// log2Digits are 401 digits from mpmath 1.3.0, rounded to nearest.
const log2Digits = "0.693147180559945309417232121458176568075500134360255254120680009493393621969694715605863326996418687542001481020570685733685520235758130557032670751635075961930727570828371435190307038623891673471123350" +
	"11536449795523912047517268157493206515552473413952588295045300709532636664265410423915781495204374043038550080194417064167151864471283996817178454695702627163106454615025720740248163777338963855069526"

func checkConstants(_ *rand.Rand, _ int) error {
	truth, _ := new(big.Rat).SetString(log2Digits)
	for p := uint(40); p < 1000; p += 37 {
		if c := combine(p, false, log2Terms); !c.Contains(truth) || c.RelativeAccuracyBits() < int(p)-16 {
			return fmt.Errorf("log 2 with %d bits is %v ± %v", p, c.Mid(), c.Radius())
		}
	}
	return nil
}

func checkText(rng *rand.Rand, rounds int) error {
	for range rounds / 4 {
		z, ends := ballWithEnds(rng, 64)
		lo, hi := z.Decimal(1 + rng.IntN(30))
		low, okLow := new(big.Rat).SetString(lo)
		high, okHigh := new(big.Rat).SetString(hi)
		if !okLow || !okHigh || low.Cmp(ends[0]) > 0 || high.Cmp(ends[1]) < 0 {
			return fmt.Errorf("%v ± %v prints %s … %s", z.Mid(), z.Radius(), lo, hi)
		}
		text, spread, _ := strings.Cut(z.String(), " ± ")
		middle, okMiddle := new(big.Rat).SetString(text)
		radius, okRadius := new(big.Rat).SetString(cmp.Or(spread, "0"))
		if !okMiddle || !okRadius || middle.Sub(middle, radius).Cmp(ends[0]) > 0 || middle.Add(middle, radius.Add(radius, radius)).Cmp(ends[1]) < 0 {
			return fmt.Errorf("%v ± %v prints %v", z.Mid(), z.Radius(), z)
		}
	}
	return nil
}

// TestChecksNoticeMistakes plants one mistake at a time; the checks must see
// each.
func TestChecksNoticeMistakes(t *testing.T) {
	const none = "magnitude{}"
	mistakes := []mutant.Mistake{
		{Name: "a cut mantissa is rounded down", File: "magnitude.go", Old: "up++", Statement: true},
		{Name: "a term far below is dropped", File: "magnitude.go", Old: "a.man+1", New: "a.man"},
		{Name: "a quotient of bounds is rounded down", File: "magnitude.go", Old: "(a.man<<31)/b.man+1", New: "(a.man<<31)/b.man"},
		{Name: "an upper bound is rounded towards 0", File: "magnitude.go", Old: "man++", Statement: true},
		{Name: "a lower bound is rounded up", File: "magnitude.go", Old: "magnitude{man >> 32, exp + 32}", New: "magnitude{man>>32 + 1, exp + 32}"},
		{Name: "a difference of bounds is not rounded down", File: "magnitude.go", Old: "left--", Statement: true},
		{Name: "the rounding error is dropped", File: "ball.go", Old: "power(exp - int64(precision) - 1)", New: none},
		{Name: "the rounding error is halved", File: "ball.go", Old: "power(exp - int64(precision) - 1)", New: "power(exp - int64(precision) - 2)"},
		{Name: "a sum drops its first radius", File: "field.go", Old: "x.rad.add(y.rad)", New: "y.rad"},
		{Name: "a sum drops its second radius", File: "field.go", Old: "x.rad.add(y.rad)", New: "x.rad"},
		{Name: "a product drops r_x r_y", File: "field.go", Old: "above(&y.mid).add(y.rad).mul(x.rad)", New: "above(&y.mid).mul(x.rad)"},
		{Name: "a product drops its first radius", File: "field.go", Old: "above(&y.mid).add(y.rad).mul(x.rad)", New: none},
		{Name: "a complex product forgets its rounding", File: "complex.go", Old: "roundingError(int64(z.MantExp(nil)), z.Prec())", New: none, Run: "^TestMulComplexRounding$"},
		{Name: "a complex product drops a radius", File: "complex.go", Old: "sizeB.mul(d.rad)", New: none, Run: "^TestMulComplex$"},
		{Name: "a complex product takes a slope at the midpoint", File: "complex.go", Old: "above(&c.mid).add(c.rad)", New: "above(&c.mid)", Run: "^TestMulComplex$"},
		{Name: "a quotient divides by the midpoint", File: "field.go", Old: "quotientRadius(x, y, quotient, least)", New: "quotientRadius(x, y, quotient, below(&y.mid))"},
		{Name: "a quotient drops the radius of the divisor", File: "field.go", Old: "quotientRadius(x, y, quotient, least)", New: "x.rad.quo(least)"},
		{Name: "a sum of products forgets its rounding", File: "digits.go", Old: "power(int64(z.mid.MantExp(nil)) - int64(z.mid.Prec()) - 1)", New: none},
		{Name: "a sum of products drops its first radius", File: "digits.go", Old: "x.radius.mul(y.outer)", New: none},
		{Name: "a sum of products drops its second radius", File: "digits.go", Old: "x.size.mul(y.radius)", New: none},
		{Name: "a root takes the slope at the midpoint", File: "sqrt.go", Old: "x.rad.quo(least)", New: "x.rad.quo(least).scale(-1)"},
		{Name: "a root forgets its residual", File: "sqrt.go", Old: "residual.quo(smaller).scale(-1)", New: none},
		{Name: "a root halves its residual", File: "sqrt.go", Old: "residual.quo(smaller).scale(-1)", New: "residual.quo(smaller).scale(-2)"},
		{Name: "exp, log and atan count no roundings", File: "fixed.go", Old: "uint64(16 * (levels + 4))", New: "uint64(0)"},
		{Name: "the series of exp stops two terms early", File: "fixed.go", Old: "int(w) + 2 - size", New: "int(w) + 2 - 3*size"},
		{Name: "the series of log and atan stops three terms early", File: "fixed.go", Old: "1 + int(w)/(int(w)-square.BitLen())", New: "max(int(w)/(int(w)-square.BitLen())-2, 0)"},
		{Name: "the series of constants stops two terms early", File: "tables.go", Old: "s.sum(0, terms)", New: "s.sum(0, max(terms-2, 1))"},
		{Name: "one word of the tables of logarithms is changed", File: "tables.go", Old: "sum.Rsh(sum, guard-2)", New: "new(big.Int).Xor(new(big.Int).Rsh(sum, guard-2), new(big.Int).Lsh(unit, key.class-60))"},
		{Name: "exp takes the slope at the midpoint", File: "exp.go", Old: "radius.mul(power(0).add(radius))", New: "radius"},
		{Name: "exp drops the radius", File: "exp.go", Old: "radius.mul(power(0).add(radius))", New: none},
		{Name: "log takes the slope at the far end", File: "exp.go", Old: "x.rad.quo(least)", New: "x.rad.quo(least.add(x.rad.scale(1)))"},
		{Name: "log drops the radius", File: "exp.go", Old: "x.rad.quo(least)", New: none},
		{Name: "the remainder of artanh is halved", File: "angle.go", Old: "next.scale(1)", New: "next"},
		{Name: "log 2 counts no roundings", File: "exp.go", Old: "2 * max(term.factor, -term.factor)", New: "0 * term.factor"},
		{Name: "one word of log 2 is changed", File: "exp.go", Old: "[]inverse{{18, 26}, {-2, 4801}, {8, 8749}}", New: "[]inverse{{18, 26}, {-2, 4801}, {8, 8750}}"},
		{Name: "lower ends are printed rounded up", File: "text.go", Old: "outward(lower, digits-1-leading, -1, shift)", New: "outward(lower, digits-1-leading, 1, shift)"},
		{Name: "upper ends are printed rounded down", File: "text.go", Old: "outward(upper, digits-1-leading, 1, shift)", New: "outward(upper, digits-1-leading, -1, shift)"},
	}
	mutant.Test(t, "^TestChecks$", mistakes)
}
