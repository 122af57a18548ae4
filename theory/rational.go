package theory

import (
	"fmt"
	"math/big"

	"muflow/internal/sym"
)

// Polynomials are the exact objects of the rational form of a reduced flow
// with one unknown (theory.md section 2): sums over all vertices, and over the
// target set S, in y = e^{αsμ}.
type Polynomials struct {
	Q       sym.Poly // Σ_V e^{b_v} y^{φ_v} = Σ_d W_d y^d
	P       sym.Poly // Σ_V φ_v e^{b_v} y^{φ_v}
	QTarget sym.Poly // the same sums over S
	PTarget sym.Poly
}

// Polynomials returns the sums of a family with one unknown and non-negative
// features and biases. For a drawn label Sum/Count stands for P_S/Q_S.
func (f *Family) Polynomials() (*Polynomials, error) {
	if f.Dimension() != 1 {
		return nil, fmt.Errorf("a family with %d unknowns, expected one", f.Dimension())
	}
	height, width := 0, 1
	for _, g := range f.Groups {
		if g.Feature[0] < 0 || g.Bias < 0 {
			return nil, fmt.Errorf("feature %d and bias %d, expected non-negative ones", g.Feature[0], g.Bias)
		}
		height, width = max(height, g.Feature[0]+1), max(width, g.Bias+1)
	}
	sum := func(count func(g Group) int) sym.Poly {
		rows := make([]int64, height*width)
		for _, g := range f.Groups {
			rows[g.Feature[0]*width+g.Bias] += int64(count(g))
		}
		c := make([]sym.Scalar, height)
		for d := range c {
			c[d] = sym.NewScalar(rows[d*width : (d+1)*width]...)
		}
		return sym.NewPoly(c...)
	}
	out := &Polynomials{
		Q:       sum(func(g Group) int { return g.Count }),
		P:       sum(func(g Group) int { return g.Count * g.Feature[0] }),
		QTarget: sum(func(g Group) int { return g.Targets }),
		PTarget: sum(func(g Group) int { return g.Targets * g.Feature[0] }),
	}
	if f.Drawn != nil {
		out.QTarget, out.PTarget = sym.NewPoly(sym.NewScalar(int64(f.Drawn.Count))), sym.NewPoly(sym.NewScalar(int64(f.Drawn.Sum[0])))
	}
	return out, nil
}

// A RationalFlow is a reduced flow without an exponential in it:
//
//	y' = κ·y·Numerator(y)/Denominator(y),  y(0) = 1,  μ = log(y)/(αs)
//
// with polynomials over Z[e] and κ = α²·rate/K, divided by the denominator of d*,
// with which the numerator is multiplied.
type RationalFlow struct {
	Scale       Scale
	Kappa       *big.Rat
	Numerator   sym.Poly
	Denominator sym.Poly
	Factors     []sym.Poly // their product is the denominator
}

// Rational returns the rational form of a family with one unknown:
//
//	E_S[φ] − E_V[φ] = (P_S·Q − P·Q_S)/(Q_S·Q)
//
// divided by Q_S where that is one term in y: R/Q under the Coconut loss,
// n_out·P/(Q_in·Q) under Coconut-BFS.
func (f *Family) Rational() (*RationalFlow, error) {
	p, err := f.Polynomials()
	if err != nil {
		return nil, err
	}
	numerator := p.PTarget.Mul(p.Q).Sub(p.P.Mul(p.QTarget))
	denominator, factors := p.QTarget.Mul(p.Q), []sym.Poly{p.QTarget, p.Q}
	if d := p.QTarget.Lowest(); f.Drawn == nil && d == p.QTarget.Degree() { // Q_S = c·y^d divides both
		var okN, okD bool
		numerator, okN = numerator.QuoMonomial(p.QTarget.Coefficient(d), d)
		denominator, okD = denominator.QuoMonomial(p.QTarget.Coefficient(d), d)
		if !okN || !okD {
			return nil, fmt.Errorf("%v does not divide the rational form", p.QTarget)
		}
		factors = []sym.Poly{denominator}
	}
	kappa := new(big.Rat).Mul(f.Scale.Alpha, f.Scale.Alpha)
	kappa.Mul(kappa, f.Rates[0])
	kappa.Quo(kappa, big.NewRat(int64(f.Scale.K), 1))
	if f.Drawn != nil { // Q_S is a number
		denominator, factors = p.Q, []sym.Poly{p.Q}
		kappa.Quo(kappa, big.NewRat(int64(f.Drawn.Count), 1))
	}
	return &RationalFlow{f.Scale, kappa, numerator, denominator, factors}, nil
}
