package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// Enclose writes a ball as two decimal strings, rounded outward, with enough
// digits that the text loses nothing of so many significant digits.
func Enclose(b *ball.Ball, digits int) Number {
	lo, hi := b.Decimal(digits + 3)
	return Number{lo, hi, Enclosure}
}

// An Equilibrium says where the logit of one profile goes under the Coconut
// loss. Mu and Rate are nil unless the limit is finite.
type Equilibrium struct {
	Limit theory.Limit
	Mu    *ball.Ball // μ*
	Rate  *ball.Ball // κ·Var_{μ*}(d), per unit of gradient-flow time
}

// EquilibriumOf decides by integers where μ(t) goes under the Coconut loss and
// encloses the equilibrium and the asymptotic rate to so many digits.
//
//	F(μ*) = d*,   rate = κ·Var_{μ*}(d),   κ = α²/(nK)
//
// An exact tie R(1) = 0 gives μ* = 0 exactly.
// Encloses the exact value for every point of the inputs.
// arXiv 2509.23365, Theorem 1; theory.md sections 2 and 3.
func EquilibriumOf(ctx context.Context, p *theory.Profile, alpha *big.Rat, digits int) (*Equilibrium, error) {
	e := &Equilibrium{Limit: p.Certify(theory.Coconut).Limit()}
	if e.Limit != theory.FiniteLimit {
		return e, nil
	}
	root, quick := newPositiveRoot(p, alpha)
	want := ball.Bits(digits)
	if p.Start().IsZero() { // y* = 1
		e.Mu = ball.New(want)
		for precision := want + 24; precision <= maxPrecision; precision *= 2 {
			e.Rate = root.rate(reduced.NumbersOf(p, alpha, precision), ball.New(64).SetInt64(1))
			if e.Rate.RelativeAccuracyBits() >= int(want) {
				return e, nil
			}
		}
		return nil, fmt.Errorf("rate not enclosed to %d digits", digits)
	}
	if quick {
		var ok bool
		var err error
		if e.Mu, e.Rate, ok, err = root.equilibrium(ctx, ball.Bits(digits+5), want); ok || err != nil {
			return e, err
		}
	}
	return e, e.general(ctx, p, alpha, digits)
}

// general encloses a finite equilibrium as that of a mixture of one family, and
// the rate by the moments of the softmax.
func (e *Equilibrium) general(ctx context.Context, p *theory.Profile, alpha *big.Rat, digits int) error {
	f, err := p.Family(theory.Coconut, alpha)
	if err != nil {
		return err
	}
	for work := digits + 5; work <= 4*digits+2000; work = 2*work + 20 {
		theta, err := EncloseEquilibrium(ctx, &Mixture{[]*theory.Family{f}, []int64{1}}, work)
		if err != nil {
			return err
		}
		e.Mu = theta[0]
		e.Rate = rateAt(f, e.Mu, ball.Bits(work)+64)
		if e.Rate.RelativeAccuracyBits() >= int(ball.Bits(digits)) {
			return nil
		}
	}
	return fmt.Errorf("rate not enclosed to %d digits", digits)
}

// rateAt returns κ·Var(d) at every point of a ball around μ.
func rateAt(f *theory.Family, mu *ball.Ball, precision uint) *ball.Ball {
	u := ball.New(precision).SetRat(f.Scale.Alpha)
	at := newSoftmaxFamily(f, precision).at([]*ball.Ball{u.Mul(u, mu)})
	sigma := reduced.Sigma(f.Scale.Alpha, f.Scale.K, precision)
	rate := ball.New(precision).Mul(at.covariance[0][0], sigma.Sqr(sigma))
	return rate.Mul(rate, ball.New(precision).SetRat(f.Rates[0]))
}

// StartSign returns the sign of d* − F(0), by integers where they decide it
// and by an enclosure of e = e^{α/√K} where not.
func StartSign(p *theory.Profile, alpha *big.Rat) (int, error) {
	start := p.Start()
	if sign, decided := start.Sign(); decided {
		return sign, nil
	}
	return enclosedSign(start, func(precision uint) *ball.Ball {
		value := reduced.Sigma(alpha, p.K, precision)
		value.Exp(value)
		value.Mul(value, ball.New(precision).SetInt(start.Slope))
		return value.Add(value, ball.New(precision).SetInt(start.Constant))
	})
}
