package sym

import (
	"math/rand/v2"
	"testing"
)

// TestDivision: products are divided by their factors, and the division with
// remainder is an identity of polynomials.
func TestDivision(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 14))
	random := func() Multivariate {
		var p Multivariate
		for range 1 + rng.IntN(4) {
			m := Integer(rng.IntN(9) - 4)
			for _, name := range []string{"x", "y", "z"} {
				m = m.Mul(Variable(name).Pow(rng.IntN(3)))
			}
			p = p.Add(m)
		}
		return p
	}
	for range 300 {
		p, q := random(), random()
		if q.IsZero() {
			if _, ok := p.QuoExact(q); ok {
				t.Fatal("a quotient by 0")
			}
			continue
		}
		if got, ok := p.Mul(q).QuoExact(q); !ok || !got.Equal(p) {
			t.Fatalf("(%v)(%v)/(%v) = %v, %t", p, q, q, got, ok)
		}
		if got, ok := p.QuoExact(q); ok && !got.Mul(q).Equal(p) {
			t.Fatalf("(%v)/(%v) = %v", p, q, got)
		}
		for _, name := range []string{"x", "y", "z"} {
			factor, quotient, remainder := Divide(p, q, name)
			if !factor.Mul(p).Equal(quotient.Mul(q).Add(remainder)) {
				t.Fatalf("(%v)/(%v) in %s is no identity", p, q, name)
			}
			if r := remainder.Coefficients(name); len(r) >= len(q.Coefficients(name)) && len(r) > 0 {
				t.Fatalf("(%v)/(%v) in %s leaves %v", p, q, name, remainder)
			}
		}
	}
}
