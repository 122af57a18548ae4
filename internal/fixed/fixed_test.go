package fixed

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// exact returns a number as a fraction.
func exact(x Number) *big.Rat {
	z, _ := x.Float().Rat(nil)
	return z
}

func pow2(n int) *big.Rat {
	z, _ := new(big.Float).SetMantExp(big.NewFloat(1), n).Rat(nil)
	return z
}

// randomSeries has coefficients that taper, some 0, some all ones.
func randomSeries(rng *rand.Rand, order, words int) *Series {
	s := NewSeries(order, words)
	s.Reset(rng.IntN(300) - 150)
	for k := range order + 1 {
		n := rng.IntN(words + 1)
		if rng.IntN(3) > 0 {
			n = max(0, words-k*words/(order+1))
		}
		x := Number{Negative: rng.IntN(2) == 0}
		for range n {
			w := rng.Uint64()
			switch rng.IntN(6) {
			case 0:
				w = math.MaxUint64
			case 1:
				w = 0
			}
			x.Words = append(x.Words, w)
		}
		for len(x.Words) > 0 && x.Words[len(x.Words)-1] == 0 {
			x.Words = x.Words[:len(x.Words)-1]
		}
		if !s.Put(k, x) {
			panic("no room")
		}
	}
	return s
}

func coefficients(s *Series) []*big.Rat {
	out := make([]*big.Rat, len(s.lengths))
	for k := range out {
		out[k] = exact(s.Coefficient(k))
	}
	return out
}

// checker compares sums with exact ones.
type checker struct {
	*testing.T
	checks, rounded int
}

func (c *checker) close(name string, s *Sum, unit int, want *big.Rat, most uint64) {
	c.Helper()
	for range 2 { // rounding leaves the sum as it was
		got, errors := s.Round(unit)
		if errors >= TooMany {
			return
		}
		d := exact(got)
		d.Sub(d, want)
		limit := pow2(unit)
		limit.Mul(limit, new(big.Rat).SetInt(new(big.Int).SetUint64(errors)))
		if new(big.Rat).Abs(d).Cmp(limit) > 0 {
			c.Errorf("%s: off by %v, more than %d units of 2^%d", name, d.FloatString(3), errors, unit)
		}
		if errors > most {
			c.Errorf("%s: %d units are allowed for, expected at most %d", name, errors, most)
		}
		if d.Sign() != 0 {
			c.rounded++
		}
		c.checks++
		// Storing is rounding into a series.
		z := NewSeries(1, 4)
		z.Reset(unit)
		z.Put(0, got)
		count, ok := s.Store(z, 1)
		fits := len(got.Words) <= z.Words()
		if ok != fits || count != errors {
			c.Errorf("%s: stored %v with %d units, rounded with %d", name, ok, count, errors)
		}
		if fits {
			last := slices.Clone(z.last)
			stored := z.Coefficient(1)
			again := NewSeries(1, 4)
			again.Reset(unit)
			again.Put(0, got)
			again.Put(1, got)
			if exact(stored).Cmp(exact(got)) != 0 || stored.Negative != got.Negative || !slices.Equal(last, again.last) || z.used != again.used {
				c.Errorf("%s: stored as %v, rounded to %v", name, stored, got)
			}
			for j := range z.planes {
				if z.planes[j][1] != again.planes[j][1] {
					c.Errorf("%s: plane %d is %x, want %x", name, j, z.planes[j][1], again.planes[j][1])
				}
			}
		}
	}
}

func TestSumsAgreeWithFractions(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 9))
	c := &checker{T: t}
	var s Sum
	for range 3000 {
		order, words := rng.IntN(14), 1+rng.IntN(6)
		x, y := randomSeries(rng, order, words), randomSeries(rng, order, 1+rng.IntN(6))
		a, b := coefficients(x), coefficients(y)
		k := rng.IntN(order + 1)
		from, to := rng.IntN(k+2), rng.IntN(k+1)
		unit := x.Unit() + y.Unit() + rng.IntN(64*(words+3)) - 70
		most := uint64(order+2)*uint64(words+2) + 3

		want := new(big.Rat)
		for i := from; i <= to; i++ {
			want.Add(want, new(big.Rat).Mul(a[i], b[k-i]))
		}
		s.BeginProducts(unit, x, y, x.Top())
		s.Products(x, y, from, to, k)
		c.close("products", &s, unit, want, most)
		s.Negate()
		s.Add(x, k, true)
		want.Neg(want.Add(want, a[k]))
		c.close("their negative with a coefficient", &s, unit, want, TooMany)
		s.Double()
		c.close("doubled", &s, unit, want.Add(want, want), TooMany)

		skip := rng.IntN(2)
		square := new(big.Rat)
		for i := skip; i <= k-skip; i++ {
			square.Add(square, new(big.Rat).Mul(a[i], a[k-i]))
		}
		s.BeginProducts(unit, x, x, unit)
		s.Square(x, skip, k)
		c.close("square", &s, unit, square, 2*most+TooMany*boolean(unit < 2*x.Unit()))

		n := y.Coefficient(rng.IntN(order + 1))
		s.Scale(unit, n, x, k)
		c.close("scaled coefficient", &s, unit, new(big.Rat).Mul(exact(n), a[k]), 12)
		s.Multiply(n, x.Coefficient(k), unit)
		c.close("product", &s, unit, new(big.Rat).Mul(exact(n), a[k]), 12)

		top := max(x.Top(), y.Top())
		s.Begin(unit, unit-64, max(top, unit))
		s.Add(x, k, false)
		s.AddNumber(n, true)
		c.close("difference", &s, unit, new(big.Rat).Sub(a[k], exact(n)), 4)

		all := new(big.Rat)
		for _, v := range a[:k+1] {
			all.Add(all, v)
		}
		s.All(x, k)
		c.close("sum of all", &s, x.Unit(), all, 0)
		if got, want := exact(x.Polynomial(order).Coefficient(k)), a[k]; got.Cmp(want) != 0 {
			t.Errorf("coefficient %d of a copy is %v, want %v", k, got, want)
		}
		z, errors := s.Round(x.Unit())
		divisor := 1 + rng.Uint64N(1000)
		before := exact(z)
		quotient, whole := z.Over(divisor)
		d := new(big.Rat).Mul(exact(quotient), new(big.Rat).SetInt64(int64(divisor)))
		d.Quo(d.Sub(before, d), new(big.Rat).Mul(pow2(x.Unit()), new(big.Rat).SetInt64(int64(divisor))))
		if errors != 0 || whole != (d.Sign() == 0) || d.Abs(d).Cmp(big.NewRat(1, 1)) >= 0 {
			t.Errorf("%v over %d is %v, exact %v", before, divisor, quotient, whole)
		}
		c.checks++
	}
	if c.checks < 3000*14 || c.rounded < 3000 {
		t.Fatalf("%d checks, %d with rounding", c.checks, c.rounded)
	}
}

func boolean(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func TestRoundingsReachTheirBounds(t *testing.T) {
	var s Sum
	x := NewSeries(0, 2)
	x.Put(0, Number{Words: []uint64{math.MaxUint64, 1}})
	s.Begin(64, 0, 128)
	s.Add(x, 0, false)
	if z, errors := s.Round(64); errors != 1 || exact(z).Cmp(pow2(64)) != 0 {
		t.Errorf("%v, %d units", z, errors)
	}
	if z, errors := s.Round(0); errors != 0 || exact(z).Cmp(exact(x.Coefficient(0))) != 0 {
		t.Errorf("%v, %d units", z, errors)
	}
	if _, ok := s.Store(NewSeries(0, 1), 0); ok {
		t.Error("two words in one")
	}
	s.Begin(640, 576, 640)
	s.Add(x, 0, true)
	if z, errors := s.Round(640); errors != 1 || len(z.Words) != 0 || z.Negative {
		t.Errorf("%v, %d units", z, errors)
	}
	if _, errors := s.Round(0); errors < TooMany {
		t.Errorf("%d units for what was left out", errors)
	}
}

// TestDiagonalsAgree compares what the processor offers with the portable form.
func TestDiagonalsAgree(t *testing.T) {
	if portable {
		t.Skip("only the portable form runs here")
	}
	defer func() { portable = false }()
	rng := rand.New(rand.NewPCG(11, 4))
	checks := 0
	for range 4000 {
		order := rng.IntN(70)
		x, y := randomSeries(rng, order, 1+rng.IntN(9)), randomSeries(rng, order, 1+rng.IntN(9))
		if rng.IntN(4) == 0 {
			y = x
		}
		k := rng.IntN(order + 1)
		from, to := rng.IntN(k+2), rng.IntN(k+1)
		unit := x.Unit() + y.Unit() + rng.IntN(800)
		var sums [2]Sum
		for i := range sums {
			portable = i == 1
			s := &sums[i]
			s.BeginProducts(unit, x, y, 0)
			s.Products(x, y, from, to, k)
			s.Negate()
			s.Products(y, x, k-to, k-min(from, k), k)
		}
		if !slices.Equal(sums[0].words, sums[1].words) || sums[0].dropped != sums[1].dropped {
			t.Fatalf("%x, portably %x", sums[0].words, sums[1].words)
		}
		checks++
	}
	if checks != 4000 {
		t.Fatalf("%d checks", checks)
	}
}

func TestNumbersOfFloats(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 3))
	checks := 0
	for range 2000 {
		x := new(big.Float).SetPrec(uint(1+rng.IntN(400))).SetMantExp(big.NewFloat(rng.Float64()-0.5), rng.IntN(2000)-1000)
		x.Mul(x, new(big.Float).SetPrec(300).SetRat(big.NewRat(1, 3)))
		words := 1 + rng.IntN(5)
		z, unit, whole := NumberOf(x, words)
		q, _ := x.Rat(nil)
		d := q.Sub(q, exact(z))
		if whole != (d.Sign() == 0) || len(z.Words) > words || d.Abs(d).Cmp(pow2(unit)) >= 0 {
			t.Errorf("%v in %d words is %v, exact %v", x, words, z, whole)
		}
		checks++
	}
	if z, _, whole := NumberOf(new(big.Float), 3); len(z.Words) != 0 || !whole {
		t.Error("0 is not 0")
	}
	if checks != 2000 {
		t.Fatalf("%d checks", checks)
	}
}

func TestFloat64OfCoefficients(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 3))
	checks := 0
	for range 500 {
		s := randomSeries(rng, 5, 4)
		for k := range 6 {
			q := exact(s.Coefficient(k))
			scale := rng.IntN(20) - 10
			if rng.IntN(4) == 0 {
				scale = -1300
			}
			got := s.Float64(k, scale)
			want, _ := new(big.Float).SetMantExp(s.Coefficient(k).Float(), scale).Float64()
			if q.Sign() != 0 && math.Abs(want) < 0x1p-1000 {
				want = math.Copysign(0x1p-1000, want)
				if q.Sign() < 0 {
					want = -0x1p-1000
				}
			}
			if math.Abs(got-want) > 0x1p-52*math.Abs(want) {
				t.Errorf("%g, want %g", got, want)
			}
			checks++
		}
	}
	if checks != 3000 {
		t.Fatalf("%d checks", checks)
	}
}

// TestValue compares the value and the slope of a series at 2^−halvings with
// fractions.
func TestValue(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 8))
	var sum Sum
	for range 300 {
		order := 1 + rng.IntN(30)
		s := randomSeries(rng, order, 1+rng.IntN(4))
		halvings, weighted := rng.IntN(3), rng.IntN(2) == 0
		want := new(big.Rat)
		for k, c := range coefficients(s) {
			c.Mul(c, pow2(-halvings*k))
			if weighted {
				c.Mul(c, big.NewRat(int64(k), 1))
			}
			want.Add(want, c)
		}
		sum.Value(s, order, halvings, weighted)
		x, _ := sum.Round(s.Unit())
		gap := want.Sub(want, exact(x))
		if limit := new(big.Rat).Mul(pow2(s.Unit()), big.NewRat(int64(order)+2, 1)); gap.Abs(gap).Cmp(limit) > 0 {
			t.Fatalf("off by %v units at 2^-%d, weighted %v", gap.Quo(gap, pow2(s.Unit())), halvings, weighted)
		}
	}
}
