package theory

import (
	"fmt"
	"math/big"
	"strings"

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
// features and biases.
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
	return &Polynomials{
		Q:       sum(func(g Group) int { return g.Count }),
		P:       sum(func(g Group) int { return g.Count * g.Feature[0] }),
		QTarget: sum(func(g Group) int { return g.Targets }),
		PTarget: sum(func(g Group) int { return g.Targets * g.Feature[0] }),
	}, nil
}

// A RationalFlow is a reduced flow without an exponential in it:
//
//	y' = κ·y·Numerator(y)/Denominator(y),  y(0) = 1,  μ = log(y)/(αs)
//
// with polynomials over Z[e] and κ = α²·rate/K.
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
	if d := p.QTarget.Lowest(); d == p.QTarget.Degree() { // Q_S = c·y^d divides both
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
	return &RationalFlow{f.Scale, kappa, numerator, denominator, factors}, nil
}

// Coefficients is a proof by coefficients: each polynomial in x = y − 1 or in
// y has only non-negative integer coefficients (as polynomials in e too), so
// that it is ≥ 0 for all x ≥ 0 (y ≥ 0) and every readout gain.
type Coefficients struct {
	Meaning     []string
	Polynomials []sym.Poly
}

// Hold reports whether there are polynomials and all are non-negative.
func (c Coefficients) Hold() bool {
	for _, p := range c.Polynomials {
		if !p.NonNegative() {
			return false
		}
	}
	return len(c.Polynomials) > 0
}

// String names the inequalities that were checked.
func (c Coefficients) String() string {
	return strings.Join(c.Meaning, "; ") + " (coefficients in Z[e])"
}

// BoundCertificates returns the inequalities behind the two bounds of Theorem
// 1(a). With D = d_max, y' = κ y n_out P/(Q_in Q) and z = y^D:
//
//	z' = D κ n_out · (P/Q_in) · (y^D/Q)
//
// For y ≥ 1: P/Q_in ≥ P(1)/Q_in(1) and y^D/Q ≥ 1/Q(1), so z' ≥ b_lo.
// For y > 0: P/Q_in ≤ D and y^D/Q ≤ 1/W_D, so z' ≤ b_hi.
func (p *Profile) BoundCertificates() (lower, upper Coefficients) {
	w := p.weightPolynomial(func(Weight) int { return 1 })
	first := p.weightPolynomial(func(w Weight) int { return w.Degree })
	inside := w.Sub(sym.NewPoly(sym.NewScalar(int64(p.Outside()))))
	d := p.MaxDegree()
	top := sym.Monomial(w.Coefficient(d), d)
	power := sym.Monomial(sym.NewScalar(1), d)
	lower = Coefficients{
		[]string{"P(y)·Q_in(1) − P(1)·Q_in(y) ≥ 0", "y^D·Q(1) − Q(y) ≥ 0 for y ≥ 1"},
		[]sym.Poly{
			first.Scale(inside.AtOne()).Sub(inside.Scale(first.AtOne())).ShiftByOne(),
			power.Scale(w.AtOne()).Sub(w).ShiftByOne(),
		},
	}
	upper = Coefficients{
		[]string{"D·Q_in − P ≥ 0", "Q − W_D·y^D ≥ 0"},
		[]sym.Poly{inside.Scale(sym.NewScalar(int64(d))).Sub(first), w.Sub(top)},
	}
	return lower, upper
}

// CeilingCertificate returns the inequalities behind the ceiling of Theorem
// 1(b). For y ≥ 1,
//
//	R(y) ≤ y^{d*−1}·Σ_{d<d*}(d*−d)W_d − (d_max−d*)·W_{d_max}·y^{d_max}
//
// so R(y*) = 0 at y* ≥ 1 gives y*^{d_max−d*+1} ≤ Σ_{d<d*}(d*−d)W_d/((d_max−d*)W_{d_max}),
// the sharper ceiling, and d*−d ≤ d* gives the one stated.
func (p *Profile) CeilingCertificate() Coefficients {
	target, most := p.TargetDegree, p.MaxDegree()
	r := p.weightPolynomial(func(w Weight) int { return target - w.Degree })
	room := p.weightPolynomial(func(w Weight) int { return max(target-w.Degree, 0) }).AtOne()
	plain := p.weightPolynomial(func(w Weight) int {
		if w.Degree < target {
			return target
		}
		return 0
	}).AtOne()
	top := p.weightPolynomial(func(w Weight) int { return 1 }).Coefficient(most).MulInt(big.NewInt(int64(most - target)))
	bound := sym.Monomial(room, target-1).Sub(sym.Monomial(top, most))
	return Coefficients{
		[]string{"y^{d*−1}·Σ_{d<d*}(d*−d)W_d − (d_max−d*)W_{d_max}·y^{d_max} − R(y) ≥ 0 for y ≥ 1", "d*·Σ_{d<d*}W_d − Σ_{d<d*}(d*−d)W_d ≥ 0"},
		[]sym.Poly{bound.Sub(r).ShiftByOne(), sym.NewPoly(plain.Sub(room))},
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
