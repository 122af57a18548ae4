package ode

import (
	"context"
	"errors"
	"math/big"
	"testing"

	"muflow/ode/ball"
)

// equilibria has the roots μ* of F = d* for the two instances: 60 digits,
// MPFR (Newton) and PARI (polroots) agreeing to 1000.
var equilibria = []struct {
	in instance
	mu string
}{
	{instanceA, "1.68849327561306357343162520383167018785119461153018921387105"},
	{instanceB, "1.78340393512544074603281493881942752946284553106475815783887"},
}

func requireEnclosure(t *testing.T, name string, got *ball.Ball, want string, digits int) {
	t.Helper()
	value := parse(want, 400)
	slack := new(big.Float).Mul(value, parse("1e-59", 64)) // the reference is rounded
	low, high := new(big.Float).Sub(got.Lower(), slack), new(big.Float).Add(got.Upper(), slack)
	if low.Cmp(value) > 0 || high.Cmp(value) < 0 {
		t.Errorf("%s: [%.70g, %.70g], want %.60g", name, got.Lower(), got.Upper(), value)
	}
	if bits := got.RelativeAccuracyBits(); float64(bits) < float64(digits)*bitsPerDigit-1 {
		t.Errorf("%s: %d bits, want %d digits", name, bits, digits)
	}
}

func TestEquilibriaAreEnclosed(t *testing.T) {
	ctx := context.Background()
	checks := 0
	for _, e := range equilibria {
		for _, digits := range []int{10, 55, 400} {
			drift, _, _ := e.in.exponential(false)
			root, err := EncloseRoot(ctx, drift.RightHandSide[0], big.NewRat(0, 1), big.NewRat(50, 1), digits)
			if err != nil {
				t.Fatal(err)
			}
			requireEnclosure(t, "bracket", root, e.mu, digits)
			zero, err := EncloseZero(ctx, drift.RightHandSide, []*big.Float{big.NewFloat(1.5)}, digits)
			if err != nil {
				t.Fatal(err)
			}
			requireEnclosure(t, "Krawczyk", zero[0], e.mu, digits)
			rational, _, mu := e.in.rational(false)
			zero, err = EncloseZero(ctx, rational.RightHandSide, []*big.Float{big.NewFloat(2)}, digits+2)
			if err != nil {
				t.Fatal(err)
			}
			value, err := Evaluate(mu, zero, bitsFor(digits)+64)
			if err != nil {
				t.Fatal(err)
			}
			requireEnclosure(t, "rational form", value, e.mu, digits)
			checks += 3
		}
	}
	if checks != 18 {
		t.Fatalf("%d checks ran", checks)
	}
}

func TestRootOfTwoToThousandsOfDigits(t *testing.T) {
	f := State(0).Power(2).Sub(Integer(2))
	digits := 3000
	byBracket, err := EncloseRoot(context.Background(), f, big.NewRat(0, 1), big.NewRat(2, 1), digits)
	if err != nil {
		t.Fatal(err)
	}
	byBox, err := EncloseZero(context.Background(), []*Expr{f}, []*big.Float{big.NewFloat(-1)}, digits)
	if err != nil {
		t.Fatal(err)
	}
	two := big.NewRat(2, 1)
	for i, root := range []*ball.Ball{byBracket, byBox[0].Neg(byBox[0])} {
		low, _ := root.Lower().Rat(nil)
		high, _ := root.Upper().Rat(nil)
		width := new(big.Rat).Sub(high, low)
		if low.Mul(low, low).Cmp(two) >= 0 || high.Mul(high, high).Cmp(two) <= 0 {
			t.Errorf("enclosure %d misses √2", i)
		}
		if log2Rat(width) > -float64(digits)*bitsPerDigit+1 {
			t.Errorf("enclosure %d is 2^%.0f wide", i, log2Rat(width))
		}
	}
}

func TestZerosInThePlane(t *testing.T) {
	x, y := State(0), State(1)
	exprs := []*Expr{
		x.Exp().Add(y).Sub(Integer(3)),
		x.Mul(y.Exp()).Add(x.Sub(y).Exp()).Sub(Integer(4)),
	}
	for _, digits := range []int{5, 55, 200} {
		zero, err := EncloseZero(context.Background(), exprs, []*big.Float{big.NewFloat(0.5), big.NewFloat(1.5)}, digits)
		if err != nil {
			t.Fatal(err)
		}
		requireEnclosure(t, "x", zero[0], "1.088130739388313148288775262955651051859473679161133393252522412820114", digits) // mpmath 1.2.1, findroot at 70 digits
		requireEnclosure(t, "y", zero[1], "0.03128042778742901830388958758389574716178315984668892801631060457052938", digits)
		guess := []*big.Float{big.NewFloat(0.5), big.NewFloat(1.5)}
		program, err := square(exprs, guess, digits)
		if err != nil {
			t.Fatal(err)
		}
		approximate, err := newton(context.Background(), program, guess, bitsFor(digits))
		if err != nil {
			t.Fatal(err)
		}
		for i := range approximate {
			if q, _ := approximate[i].Rat(nil); distance(approximate[i], zero[i].Mid()) > 1e-5 && !zero[i].Contains(q) {
				t.Errorf("Newton's x%d = %v", i, approximate[i])
			}
		}
	}
	// A zero with a vanishing unknown.
	zero, err := EncloseZero(context.Background(), []*Expr{x.Exp().Sub(y), y.Sub(Integer(1))}, []*big.Float{big.NewFloat(0.2), big.NewFloat(1)}, 30)
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := zero[0].Upper().Float64(); !zero[0].ContainsZero() || r > 1e-30 {
		t.Errorf("x = [%v, %v]", zero[0].Lower(), zero[0].Upper())
	}
}

func TestUnprovedZerosAreErrors(t *testing.T) {
	x, ctx := State(0), context.Background()
	one := []*big.Float{big.NewFloat(1)}
	checks := 0
	for _, f := range []*Expr{x.Mul(x), x.Mul(x).Add(Integer(1)), x.Exp(), Integer(3), Integer(0), x.Sub(Integer(2)).Power(2), x.Power(4).Add(Rational(big.NewRat(1, 1<<40)))} {
		if zero, err := EncloseZero(ctx, []*Expr{f}, one, 20); err == nil {
			t.Errorf("%v = 0 at %v", f, zero[0].Mid())
		}
		if root, err := EncloseRoot(ctx, f, big.NewRat(-3, 1), big.NewRat(4, 1), 20); err == nil {
			t.Errorf("%v = 0 at %v", f, root.Mid())
		}
		checks++
	}
	// The sign changes at the pole of 1/x, which is no root.
	if root, err := EncloseRoot(ctx, Integer(1).Quo(x), big.NewRat(-1, 1), big.NewRat(3, 1), 20); err == nil {
		t.Errorf("1/x = 0 at %v", root.Mid())
	}
	if _, err := EncloseZero(ctx, []*Expr{x.Log()}, []*big.Float{big.NewFloat(-1)}, 20); err == nil {
		t.Error("log accepted a negative guess")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := EncloseRoot(cancelled, x, big.NewRat(-1, 1), big.NewRat(3, 1), 20); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	for _, c := range []struct {
		exprs  []*Expr
		guess  []*big.Float
		digits int
	}{{nil, nil, 5}, {[]*Expr{x, x}, one, 5}, {[]*Expr{x}, one, 0}, {[]*Expr{x}, []*big.Float{nil}, 5}, {[]*Expr{nil}, one, 5}, {[]*Expr{x}, []*big.Float{new(big.Float).SetInf(true)}, 5}} {
		if _, err := EncloseZero(ctx, c.exprs, c.guess, c.digits); err == nil {
			t.Errorf("%+v is accepted", c)
		}
		checks++
	}
	if checks != 13 {
		t.Fatalf("%d checks ran", checks)
	}
}

func TestRootsOfOddOrderAndAtZero(t *testing.T) {
	x, ctx := State(0), context.Background()
	for _, c := range []struct {
		f         *Expr
		low, high int64
		want      int64
	}{{x.Power(3), -1, 2, 0}, {x.Exp().Sub(Integer(1)), -1, 2, 0}, {x.Sub(Integer(2)).Power(3), 0, 5, 2}, {x.Sub(Integer(2)), -10, 11, 2}} {
		root, err := EncloseRoot(ctx, c.f, big.NewRat(c.low, 1), big.NewRat(c.high, 1), 15)
		if err != nil {
			t.Errorf("%v: %v", c.f, err)
			continue
		}
		if r, _ := root.Radius().Float64(); !root.Contains(big.NewRat(c.want, 1)) || r > 1e-14 {
			t.Errorf("%v: [%v, %v]", c.f, root.Lower(), root.Upper())
		}
	}
}
