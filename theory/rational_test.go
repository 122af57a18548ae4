package theory

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/sym"
)

// evalFloat evaluates a polynomial at float64 e and y, term by term.
func evalFloat(p sym.Poly, e, y float64) float64 {
	total := 0.0
	for i := 0; i <= p.Degree(); i++ {
		c := p.Coefficient(i)
		for j := 0; j <= c.Degree(); j++ {
			f, _ := new(big.Float).SetInt(c.Coefficient(j)).Float64()
			total += f * math.Pow(e, float64(j)) * math.Pow(y, float64(i))
		}
	}
	return total
}

// TestRationalFormAgreesWithSoftmax: y'/y = αs·μ' at random points, both
// losses, and the numerators are the hand-written R and n_out·P.
func TestRationalFormAgreesWithSoftmax(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 1))
	checks := 0
	for range 500 {
		p := randomProfile(rng)
		for _, loss := range []Loss{Coconut, CoconutBFS} {
			alpha := big.NewRat(int64(1+rng.IntN(8)), 4)
			f, err := p.Family(loss, alpha)
			if err != nil {
				t.Fatal(err)
			}
			flow, err := f.Rational()
			if err != nil {
				t.Fatal(err)
			}
			a, _ := alpha.Float64()
			s := 1 / math.Sqrt(float64(p.K))
			mu := 4*rng.Float64() - 2
			kappa, _ := flow.Kappa.Float64()
			e, y := math.Exp(a*s), math.Exp(a*s*mu)
			got := kappa * evalFloat(flow.Numerator, e, y) / evalFloat(flow.Denominator, e, y)
			want := a * s * a / (float64(p.N) * math.Sqrt(float64(p.K))) * drift(p, loss, a, mu)
			if math.Abs(got-want) > 1e-11*(1e-3+math.Abs(want)) {
				t.Fatalf("%+v %v α=%v μ=%g: rational %g, softmax %g", p, loss, alpha, mu, got, want)
			}
			product := flow.Factors[0]
			for _, factor := range flow.Factors[1:] {
				product = product.Mul(factor)
			}
			if !product.Equal(flow.Denominator) {
				t.Fatalf("%+v: factors %v of %v", p, flow.Factors, flow.Denominator)
			}
			r := p.weightPolynomial(func(w Weight) int { return p.TargetDegree.Over(w.Degree) })
			if loss == CoconutBFS {
				r = p.weightPolynomial(func(w Weight) int { return w.Degree * p.Outside() })
			}
			if loss == Coconut && !flow.Numerator.Equal(r) {
				t.Fatalf("%+v: numerator %v, want R = %v", p, flow.Numerator, r)
			}
			// Under Coconut-BFS a common monomial may have been divided out of both.
			q := p.weightPolynomial(func(Weight) int { return 1 })
			inside := q.Sub(sym.NewPoly(sym.NewScalar(int64(p.Outside()))))
			if loss == CoconutBFS && !flow.Numerator.Mul(inside.Mul(q)).Equal(flow.Denominator.Mul(r)) {
				t.Fatalf("%+v: (%v)/(%v) is not n_out·P/(Q_in·Q)", p, flow.Numerator, flow.Denominator)
			}
			checks++
		}
	}
	if checks != 1000 {
		t.Fatalf("%d checks", checks)
	}
}

// weightPolynomial returns Σ_d factor(d)·W_d·y^d.
func (p *Profile) weightPolynomial(factor func(Weight) int) sym.Poly {
	c := make([]sym.Scalar, p.MaxDegree()+1)
	for _, w := range p.Weights() {
		c[w.Degree] = sym.NewScalar(int64(w.Out), int64(w.In)).MulInt(big.NewInt(int64(factor(w))))
	}
	return sym.NewPoly(c...)
}
