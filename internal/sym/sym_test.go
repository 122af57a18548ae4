package sym

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

func randomPoly(rng *rand.Rand, degree int) Poly {
	c := make([]Scalar, degree+1)
	for i := range c {
		c[i] = NewScalar(int64(rng.IntN(9)-4), int64(rng.IntN(5)-2), int64(rng.IntN(3)-1))
	}
	return NewPoly(c...)
}

// TestRingAgainstRationals compares every operation with arithmetic on the
// values at random rational points.
func TestRingAgainstRationals(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	one := big.NewRat(1, 1)
	checks := 0
	for range 300 {
		p, q := randomPoly(rng, rng.IntN(6)), randomPoly(rng, rng.IntN(6))
		e, y := big.NewRat(int64(rng.IntN(41)-20), 7), big.NewRat(int64(rng.IntN(41)-20), 9)
		a, b := p.Eval(e, y), q.Eval(e, y)
		for name, pair := range map[string][2]*big.Rat{
			"add":   {p.Add(q).Eval(e, y), new(big.Rat).Add(a, b)},
			"sub":   {p.Sub(q).Eval(e, y), new(big.Rat).Sub(a, b)},
			"mul":   {p.Mul(q).Eval(e, y), new(big.Rat).Mul(a, b)},
			"shift": {p.ShiftByOne().Eval(e, new(big.Rat).Sub(y, one)), a},
			"one":   {p.AtOne().Eval(e), p.Eval(e, one)},
			"strip": {new(big.Rat).Mul(p.Strip().Eval(e, y), Monomial(NewScalar(1), p.Lowest()).Eval(e, y)), a},
			"product rule": {p.Mul(q).Derivative().Eval(e, y),
				new(big.Rat).Add(new(big.Rat).Mul(p.Derivative().Eval(e, y), b), new(big.Rat).Mul(a, q.Derivative().Eval(e, y)))},
		} {
			if pair[0].Cmp(pair[1]) != 0 {
				t.Fatalf("%s of %v and %v at e=%v y=%v: %v, want %v", name, p, q, e, y, pair[0], pair[1])
			}
			checks++
		}
	}
	if checks != 300*7 {
		t.Fatalf("%d checks", checks)
	}
}

func TestSquareFreeRecoversFactors(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		f, g := randomPoly(rng, 1+rng.IntN(2)).Primitive(), randomPoly(rng, 1+rng.IntN(2)).Primitive()
		if f.Degree() < 1 || g.Degree() < 1 || GCD(f, g).Degree() > 0 || GCD(f, f.Derivative()).Degree() > 0 || GCD(g, g.Derivative()).Degree() > 0 {
			continue
		}
		product := f.Mul(g).Mul(g).Mul(g).Scale(NewScalar(3, -1))
		found := SquareFree(product)
		if len(found) != 2 || found[0].Multiplicity != 1 || found[1].Multiplicity != 3 || !found[0].Poly.Equal(f) || !found[1].Poly.Equal(g) {
			t.Fatalf("(%v)(%v)^3 decomposed into %v", f, g, found)
		}
		if common := GCD(product, g.Mul(randomPoly(rng, 2)).Mul(f)); common.Degree() < f.Degree()+g.Degree() {
			t.Fatalf("gcd %v misses %v and %v", common, f, g)
		}
	}
}

// TestMultipleRootExample: theory.md section 2, R = 2 + 3y − y³ = −(y+1)²(y−2).
func TestMultipleRootExample(t *testing.T) {
	r := NewPoly(NewScalar(2), NewScalar(3), NewScalar(), NewScalar(-1))
	f := SquareFree(r)
	if len(f) != 2 || f[0].Poly.String() != "y − 2" || f[1].Poly.String() != "y + 1" || f[1].Multiplicity != 2 {
		t.Errorf("%v", f)
	}
	if r.String() != "−y^3 + 3y + 2" || r.LaTeX() != "-y^{3} + 3y + 2" {
		t.Errorf("%v %s", r, r.LaTeX())
	}
	if p := NewPoly(NewScalar(0, 1), NewScalar(-1, -2), NewScalar(1, -1)); p.String() != "(−e + 1)y^2 − (2e + 1)y + e" {
		t.Errorf("%v", p)
	}
}

// TestWorkedExample: (ey+1) is the gcd of (ey+1)(y²−e) and (ey+1)(y+e).
func TestWorkedExample(t *testing.T) {
	common := NewPoly(NewScalar(1), NewScalar(0, 1))
	a := common.Mul(NewPoly(NewScalar(0, -1), NewScalar(), NewScalar(1)))
	b := common.Mul(NewPoly(NewScalar(0, 1), NewScalar(1)))
	if g := GCD(a, b); g.String() != "ey + 1" {
		t.Errorf("gcd %v", g)
	}
	if q, ok := Quo(a, common); !ok || q.String() != "y^2 − e" {
		t.Errorf("quotient %v %v", q, ok)
	}
	if _, ok := Quo(a, b); ok {
		t.Error("a quotient that does not exist")
	}
}

func TestNonNegativeIsNotGuessed(t *testing.T) {
	for _, c := range []struct {
		p    Poly
		want bool
	}{
		{Poly{}, true}, {NewPoly(NewScalar(1, 2), NewScalar(0, 1)), true},
		{NewPoly(NewScalar(1, -2)), false}, {NewPoly(NewScalar(1), NewScalar(-1)), false},
	} {
		if c.p.NonNegative() != c.want {
			t.Errorf("%v", c.p)
		}
	}
}

// TestCoprimeByImages: what the images modulo a prime prove agrees with the
// remainder sequence, and no common factor is missed.
func TestCoprimeByImages(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	proved, shared := 0, 0
	for range 400 {
		p, q := randomPoly(rng, 1+rng.IntN(5)), randomPoly(rng, 1+rng.IntN(5))
		if rng.IntN(2) == 0 {
			f := randomPoly(rng, 1+rng.IntN(2))
			p, q = p.Mul(f), q.Mul(f)
		}
		if p.Degree() < 1 || q.Degree() < 1 {
			continue
		}
		exact := GCD(p, q).Degree() == 0
		if coprime(p, q) {
			if !exact {
				t.Fatalf("%v and %v have a common factor", p, q)
			}
			proved++
		} else if exact {
			t.Errorf("%v and %v: not proved", p, q)
		} else {
			shared++
		}
	}
	if proved < 100 || shared < 100 {
		t.Fatalf("%d coprime, %d not", proved, shared)
	}
}

// TestProductsTermByTerm: Mul and Add agree with sums of products of single
// terms, and change neither of their operands.
func TestProductsTermByTerm(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 15))
	for range 400 {
		p, q := randomPoly(rng, rng.IntN(5)), randomPoly(rng, rng.IntN(5))
		if rng.IntN(6) == 0 {
			p = Poly{}
		}
		before := p.String() + q.String()
		e, y := big.NewRat(rng.Int64N(19)-9, 1+rng.Int64N(9)), big.NewRat(rng.Int64N(19)-9, 1+rng.Int64N(9))
		a, b := p.Eval(e, y), q.Eval(e, y)
		if got := p.Mul(q).Eval(e, y); got.Cmp(new(big.Rat).Mul(a, b)) != 0 {
			t.Fatalf("(%v)·(%v) at %v, %v is %v", p, q, e, y, got)
		}
		if got := p.Add(q).Eval(e, y); got.Cmp(new(big.Rat).Add(a, b)) != 0 {
			t.Fatalf("(%v) + (%v) at %v, %v is %v", p, q, e, y, got)
		}
		var sum Poly
		for i := 0; i <= p.Degree(); i++ {
			for j := 0; j <= q.Degree(); j++ {
				sum = sum.Add(Monomial(p.Coefficient(i).Mul(q.Coefficient(j)), i+j))
			}
		}
		if product := p.Mul(q); !product.Equal(sum) || product.String() != sum.String() {
			t.Fatalf("(%v)·(%v) = %v, term by term %v", p, q, product, sum)
		}
		if p.String()+q.String() != before {
			t.Fatal("an operand was changed")
		}
	}
}

// TestScalarGCD: the divisor that two products were given divides theirs, and
// theirs divides both; numbers and proportional factors among them.
func TestScalarGCD(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 16))
	random := func() Scalar {
		c := make([]int64, 1+rng.IntN(3))
		for i := range c {
			c[i] = rng.Int64N(13) - 6
		}
		if c[len(c)-1] == 0 {
			c[len(c)-1] = 2
		}
		return NewScalar(c...)
	}
	for range 2000 {
		shared, x, y := random(), random(), random()
		a, b := shared.Mul(x), shared.Mul(y)
		if rng.IntN(5) == 0 {
			b = a.MulInt(big.NewInt(rng.Int64N(9) - 4))
		}
		g := gcdScalar(a, b)
		_, okA := a.quo(g)
		_, okB := b.quo(g)
		_, okShared := g.quo(shared)
		if _, whole := g.quo(a); b.IsZero() && !whole {
			t.Fatalf("gcd(%v, 0) = %v", a, g)
		}
		if !b.IsZero() && (!okA || !okB) || !okShared && !b.IsZero() || g.c[len(g.c)-1].Sign() < 0 {
			t.Fatalf("gcd(%v, %v) = %v, both multiples of %v", a, b, g, shared)
		}
	}
}
