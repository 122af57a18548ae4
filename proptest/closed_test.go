package proptest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/cmplx"
	"testing"

	"muflow/theory"
	"muflow/theory/sym"

	"gonum.org/v1/gonum/mat"
)

// closedForm is the exact solution of y' = κ·y·R(y)/Q(y), y(0) = 1, as the time
// that it takes to reach y:
//
//	κt = ∫_1^y Q(z)/(z R(z)) dz
//
// by partial fractions: with Q = z^m Q̃ and R = z^k R̃ the integrand is
// Q̃/(z^j R̃), j = 1 + k − m, a polynomial, a principal part at 0, and simple
// poles at the roots of R̃ (theory.md section 2).
type closedForm struct {
	kappa      float64
	polynomial []float64    // of the integrand, by power
	origin     []float64    // origin[i] is the coefficient of z^{i−j}, j = len(origin)
	roots      []complex128 // of R̃
	residues   []complex128
}

// errMultiple says that two roots are too close for simple poles in float64.
var errMultiple = errors.New("roots of R that nearly coincide")

// numbers evaluates the coefficients of a polynomial at a number e.
func numbers(p sym.Poly, e float64) []float64 {
	out := make([]float64, p.Degree()+1)
	for i := range out {
		c := p.Coefficient(i)
		for j := c.Degree(); j >= 0; j-- {
			n, _ := new(big.Float).SetInt(c.Coefficient(j)).Float64()
			out[i] = out[i]*e + n
		}
	}
	return out
}

// at evaluates a polynomial and its derivative.
func at(c []float64, z complex128) (value, slope complex128) {
	for i := len(c) - 1; i >= 0; i-- {
		slope = slope*z + value
		value = value*z + complex(c[i], 0)
	}
	return value, slope
}

func newClosedForm(r *theory.RationalFlow) (*closedForm, error) {
	alpha, _ := r.Scale.Alpha.Float64()
	e := math.Exp(alpha / math.Sqrt(float64(r.Scale.K)))
	kappa, _ := r.Kappa.Float64()
	out := &closedForm{kappa: kappa}
	top, bottom := numbers(r.Denominator, e), numbers(r.Numerator, e) // Q and R
	m, k := r.Denominator.Lowest(), r.Numerator.Lowest()
	top, bottom = top[m:], bottom[k:]
	j := 1 + k - m
	if j < 1 {
		return nil, fmt.Errorf("a zero of order %d of the integrand at 0", 1-j)
	}
	// The principal part at 0: the first j terms of the series of Q̃/R̃.
	for i := range j {
		c := 0.0
		if i < len(top) {
			c = top[i]
		}
		for l := range out.origin {
			if i-l < len(bottom) {
				c -= out.origin[l] * bottom[i-l]
			}
		}
		out.origin = append(out.origin, c/bottom[0])
	}
	// The polynomial part: the quotient of Q̃ by z^j R̃.
	divisor := append(make([]float64, j), bottom...)
	rest := append([]float64(nil), top...)
	for i := len(top) - len(divisor); i >= 0; i-- {
		q := rest[i+len(divisor)-1] / divisor[len(divisor)-1]
		for l, d := range divisor {
			rest[i+l] -= q * d
		}
		out.polynomial = append([]float64{q}, out.polynomial...)
	}
	degree := len(bottom) - 1
	if degree == 0 {
		return out, nil
	}
	companion := mat.NewDense(degree, degree, nil)
	for i := range degree {
		companion.Set(i, degree-1, -bottom[i]/bottom[degree])
		if i > 0 {
			companion.Set(i, i-1, 1)
		}
	}
	var eigen mat.Eigen
	if !eigen.Factorize(companion, mat.EigenNone) {
		return nil, errors.New("the roots of R are not found")
	}
	out.roots = eigen.Values(nil)
	for i, z := range out.roots {
		for range 3 { // Newton
			value, slope := at(bottom, z)
			z -= value / slope
		}
		out.roots[i] = z
		for _, w := range out.roots[:i] {
			if cmplx.Abs(z-w) < 1e-2*(1+cmplx.Abs(z)) {
				return nil, errMultiple
			}
		}
		value, _ := at(top, z)
		_, slope := at(bottom, z)
		out.residues = append(out.residues, value/(cmplx.Pow(z, complex(float64(j), 0))*slope))
	}
	return out, nil
}

// time returns t at which the solution reaches y.
func (c *closedForm) time(y float64) float64 {
	sum := 0.0
	for i, p := range c.polynomial {
		sum += p * (math.Pow(y, float64(i+1)) - 1) / float64(i+1)
	}
	for i, p := range c.origin {
		if power := float64(i - len(c.origin) + 1); power < 0 {
			sum += p * (math.Pow(y, power) - 1) / power
		} else {
			sum += p * math.Log(y)
		}
	}
	for i, z := range c.roots {
		sum += real(c.residues[i] * cmplx.Log((complex(y, 0)-z)/(1-z)))
	}
	return sum / c.kappa
}

// The path of the drift against the closed form of the rational form, which
// share no formula: one sums exponentials vertex by vertex, the other works
// with polynomials over Z[e] and their roots.
func TestPathAgreesWithClosedForm(t *testing.T) {
	for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
		compared, poles := 0, 0
		t.Run(loss.String(), func(t *testing.T) {
			inputs := Both(Profiles(40, 5), Gains(4)).Where(func(p Pair[*theory.Profile, *big.Rat]) bool {
				r, err := rational(p.First, loss, p.Second)
				if err != nil || r.Numerator.IsZero() || r.Numerator.AtOne().IsZero() {
					return false // a path that does not move
				}
				_, err = newClosedForm(r)
				return !errors.Is(err, errMultiple)
			})
			Check(t, *seed, ForAll("closed form", scaled(120), inputs, func(_ context.Context, p Pair[*theory.Profile, *big.Rat]) error {
				family, err := p.First.Family(loss, p.Second)
				if err != nil {
					return err
				}
				field, err := NewField(family)
				if err != nil {
					return err
				}
				r, err := family.Rational()
				if err != nil {
					return err
				}
				exact, err := newClosedForm(r)
				if err != nil {
					return err
				}
				alpha, _ := p.Second.Float64()
				sigma := alpha / math.Sqrt(float64(p.First.K))
				for _, share := range []float64{0.1, 1, 5} {
					horizon := share / exact.kappa
					theta, err := flowAt(field, horizon)
					if err != nil {
						return err
					}
					found := exact.time(math.Exp(sigma * theta[0]))
					// An error of the time counts by what it moves the logit.
					if off := math.Abs(found-horizon) * math.Abs(field.Drift(theta)[0]); !(off <= 1e-8*(1+math.Abs(theta[0]))) {
						return fmt.Errorf("μ = %g is reached at t = %g, the closed form says %g", theta[0], horizon, found)
					}
					compared++
				}
				poles += len(exact.roots)
				return nil
			}))
		})
		if compared < 3*scaled(120) || poles < scaled(120)/2 {
			t.Errorf("%v: %d comparisons, %d poles", loss, compared, poles)
		}
	}
}
