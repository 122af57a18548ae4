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
	root, want := newPositiveRoot(p, alpha), ball.Bits(digits)
	if !p.Start().IsZero() {
		var err error
		e.Mu, e.Rate, err = root.equilibrium(ctx, ball.Bits(digits+5), want)
		return e, err
	}
	e.Mu = ball.New(want) // y* = 1
	for precision := want + 24; precision <= maxPrecision; precision *= 2 {
		x := reduced.NumbersOf(p, alpha, precision)
		if e.Rate = root.rate(x, ball.New(precision).SetInt64(1)); e.Rate.RelativeAccuracyBits() >= int(want) {
			return e, nil
		}
	}
	return nil, fmt.Errorf("rate not enclosed to %d digits", digits)
}

// StartSign returns the sign of d* − F(0), which is that of R(1) = A + eB: by
// integers where they decide it, and where not by comparing αs with log(−A/B).
func StartSign(p *theory.Profile, alpha *big.Rat) (int, error) {
	start := p.Start()
	if sign, decided := start.Sign(); decided {
		return sign, nil
	}
	tie := new(big.Rat).Neg(new(big.Rat).SetFrac(start.Constant, start.Slope)) // > 1
	sign, err := enclosedSign(start, func(precision uint) *ball.Ball {
		value := ball.New(precision).SetRat(tie)
		return value.Sub(reduced.Sigma(alpha, p.K, precision), value.Log(value))
	})
	return sign * start.Slope.Sign(), err
}
