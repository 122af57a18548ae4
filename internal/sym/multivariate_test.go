package sym

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

var names = []string{"e", "y", "z"}

func randomMultivariate(rng *rand.Rand) Multivariate {
	var p Multivariate
	for range rng.IntN(5) {
		t := Constant(big.NewRat(int64(rng.IntN(7)-3), int64(1+rng.IntN(3))))
		for _, name := range names {
			t = t.Mul(Variable(name).Pow(rng.IntN(3)))
		}
		p = p.Add(t)
	}
	return p
}

func value(t *testing.T, p Multivariate, at map[string]*big.Rat) *big.Rat {
	t.Helper()
	v, err := p.Eval(at)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestMultivariateAgainstRationals compares every operation with arithmetic
// on the values at random rational points; derivatives by the exact central
// difference of a polynomial of degree at most two in each variable.
func TestMultivariateAgainstRationals(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	checks := 0
	for range 200 {
		p, q, r := randomMultivariate(rng), randomMultivariate(rng), randomMultivariate(rng)
		at := map[string]*big.Rat{}
		for _, name := range names {
			at[name] = big.NewRat(int64(rng.IntN(41)-20), 7)
		}
		moved := map[string]*big.Rat{"e": at["e"], "y": value(t, r, at), "z": at["z"]}
		up := map[string]*big.Rat{"e": at["e"], "y": new(big.Rat).Add(at["y"], big.NewRat(1, 1)), "z": at["z"]}
		down := map[string]*big.Rat{"e": at["e"], "y": new(big.Rat).Sub(at["y"], big.NewRat(1, 1)), "z": at["z"]}
		difference := new(big.Rat).Sub(value(t, p, up), value(t, p, down))
		a, b := value(t, p, at), value(t, q, at)
		divisor := Variable("y").Mul(Variable("z")).Mul(Integer(-3))
		quotient, ok := p.Mul(divisor).QuoMonomial(divisor)
		if !ok || !quotient.Equal(p) {
			t.Fatalf("(%v)·(%v) divided gives %v", p, divisor, quotient)
		}
		for name, pair := range map[string][2]*big.Rat{
			"add":        {value(t, p.Add(q), at), new(big.Rat).Add(a, b)},
			"sub":        {value(t, p.Sub(q), at), new(big.Rat).Sub(a, b)},
			"mul":        {value(t, p.Mul(q), at), new(big.Rat).Mul(a, b)},
			"pow":        {value(t, p.Pow(3), at), new(big.Rat).Mul(a, new(big.Rat).Mul(a, a))},
			"substitute": {value(t, p.Substitute(map[string]Multivariate{"y": r}), at), value(t, p, moved)},
			"derivative": {value(t, p.Derivative("y"), at), difference.Quo(difference, big.NewRat(2, 1))},
		} {
			if pair[0].Cmp(pair[1]) != 0 {
				t.Fatalf("%s of %v and %v at %v: %v, want %v", name, p, q, at, pair[0], pair[1])
			}
			checks++
		}
		cleared := func(n *big.Int) bool { // no fraction is left in n·p
			for _, term := range p.Mul(Constant(new(big.Rat).SetInt(n))).terms {
				if !term.coefficient.IsInt() {
					return false
				}
			}
			return true
		}
		for n := int64(1); n <= 6; n++ { // the least common multiple of 1, 2 and 3 is 6
			if multiple := n%p.Denominator().Int64() == 0; cleared(big.NewInt(n)) != multiple {
				t.Fatalf("denominator %v of %v", p.Denominator(), p)
			}
			checks++
		}
		if !p.Sub(p).IsZero() || !p.Add(q).Equal(q.Add(p)) || !p.Mul(q).Equal(q.Mul(p)) {
			t.Fatalf("%v and %v do not commute or cancel", p, q)
		}
	}
	if checks != 200*(6+6) {
		t.Fatalf("%d checks", checks)
	}
}

func TestMultivariateText(t *testing.T) {
	p := Variable("e").Mul(Variable("y").Pow(2)).Mul(Integer(2)).Sub(Variable("z").Mul(Constant(big.NewRat(1, 3))))
	if p.String() != "−1/3·z + 2·e·y^2" || (Multivariate{}).String() != "0" || Integer(-1).String() != "−1" {
		t.Errorf("%v", p)
	}
	if p.Denominator().Int64() != 3 {
		t.Errorf("denominator %v", p.Denominator())
	}
	if _, ok := p.QuoMonomial(Variable("y")); ok {
		t.Error("y divided z")
	}
	if _, err := p.Eval(map[string]*big.Rat{"e": new(big.Rat)}); err == nil {
		t.Error("a value without the value of a variable")
	}
	if _, err := p.Poly("e", "y"); err == nil {
		t.Error("z in Z[e][y]")
	}
	if _, err := Constant(big.NewRat(1, 2)).Poly("e", "y"); err == nil {
		t.Error("1/2 in Z[e][y]")
	}
	q, err := Integer(3).Mul(p.Add(Variable("z").Mul(Constant(big.NewRat(1, 3))))).Sub(Integer(7)).Poly("e", "y")
	if err != nil || q.String() != "6ey^2 − 7" {
		t.Errorf("%v, %v", q, err)
	}
}

// evaluate is the value of a sum of exponentials in float64.
func evaluate(t *testing.T, x ExponentialSum, at map[string]*big.Rat) float64 {
	sum := 0.0
	for _, term := range x.terms {
		c, _ := value(t, term.coefficient, at).Float64()
		p, _ := value(t, term.exponent, at).Float64()
		sum += c * math.Exp(p)
	}
	return sum
}

// TestExponentialGradient compares derivatives with central differences.
func TestExponentialGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	checks := 0
	const step = 1.0 / 4096
	for range 60 {
		var x ExponentialSum
		for range 1 + rng.IntN(3) {
			x = x.Add(Exp(randomMultivariate(rng), randomMultivariate(rng)))
		}
		at := map[string]*big.Rat{}
		for _, name := range names {
			at[name] = big.NewRat(int64(rng.IntN(13)-6), 16)
		}
		fixed := map[string]Multivariate{"z": Constant(at["z"])}
		here, gradient := x.Gradient([]string{"e", "y"}, fixed)
		if got, want := evaluate(t, here, at), evaluate(t, x, at); math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
			t.Errorf("%v at %v: %g, want %g", x, at, got, want)
		}
		for i, derivative := range gradient {
			shifted := func(by float64) float64 {
				moved := map[string]*big.Rat{"e": at["e"], "y": at["y"], "z": at["z"]}
				moved[names[i]] = new(big.Rat).Add(at[names[i]], new(big.Rat).SetFloat64(by))
				return evaluate(t, x, moved)
			}
			want := (8*(shifted(step)-shifted(-step)) - (shifted(2*step) - shifted(-2*step))) / (12 * step)
			if got := evaluate(t, derivative, at); math.Abs(got-want) > 1e-7*(1+math.Abs(want)) {
				t.Errorf("∂/∂%s of %v at %v: %g, want %g", names[i], x, at, got, want)
			}
			checks++
		}
	}
	if checks != 120 {
		t.Fatalf("%d checks", checks)
	}
}

func TestNamedExponentials(t *testing.T) {
	a, mu := Variable("a"), Variable("μ")
	generators := []Generator{{"e", a}, {"y", a.Mul(mu)}}
	// 2e^{3a} − a·e^{a + 2aμ}: two named exponentials
	x := Exp(Integer(2), a.Mul(Integer(3))).Add(Exp(a.Neg(), a.Add(a.Mul(mu).Mul(Integer(2)))))
	p, err := x.Named(generators)
	if err != nil || !p.Equal(Variable("e").Pow(3).Mul(Integer(2)).Sub(a.Mul(Variable("e")).Mul(Variable("y").Pow(2)))) {
		t.Errorf("%v, %v", p, err)
	}
	for _, exponent := range []Multivariate{mu, a.Neg(), a.Mul(Constant(big.NewRat(1, 2))), a.Mul(mu).Mul(mu), Integer(1)} {
		if p, err := Exp(Integer(1), exponent).Named(generators); !errors.Is(err, ErrExponent) {
			t.Errorf("e^(%v) = %v, %v", exponent, p, err)
		}
	}
	// e^w − e^a vanishes after w = a, and its coefficient must have merged.
	difference := Exp(Integer(1), Variable("w")).Add(Exp(Integer(-1), a))
	if difference.IsZero() || !difference.Substitute(map[string]Multivariate{"w": a}).IsZero() {
		t.Error("substitution did not merge equal exponents")
	}
}

func TestFractions(t *testing.T) {
	y := NewPoly(NewScalar(), NewScalar(1))
	one := NewPoly(NewScalar(1))
	f := Fraction[Poly]{one, y.Add(one)}               // 1/(y+1)
	g := Fraction[Poly]{y.Sub(one), y.Mul(y).Sub(one)} // the same, not cancelled
	if !f.Sub(g).IsZero() || f.Add(g).Sub(f).IsZero() {
		t.Error("1/(y+1) and (y−1)/(y²−1)")
	}
	if sum := f.Add(f); sum.Denominator.Degree() != 1 || !sum.Sub(Fraction[Poly]{one.Add(one), y.Add(one)}).IsZero() {
		t.Errorf("%v/%v", sum.Numerator, sum.Denominator)
	}
	if h := f.Mul(Fraction[Poly]{y, one}); !h.Add(f).Sub(Fraction[Poly]{one, one}).IsZero() {
		t.Error("y/(y+1) + 1/(y+1)")
	}
	if f.Sub(Fraction[Poly]{one, y}).IsZero() {
		t.Error("1/(y+1) = 1/y")
	}
}
