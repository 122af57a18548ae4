package prove

import (
	"context"
	"math/big"

	"muflow/internal/elementary"
	"muflow/ode/ball"
	"muflow/theory"
)

// A ClosedForm is the elementary solution of a reduced flow in z = y/y_0, with the
// start y_0 = e^{αsμ(0)}: the time at which the flow is at z, κt as a sum of
//
//	(z−1)·Σ_k Polynomial[k]·z^k
//	Origin[0]·log z + Σ_{l≥1} Origin[l]·(1 − z^{−l})/l
//	Principal[0]·Log((z−r)/(1−r)) + Σ_{l≥1} Principal[l]·((1−r)^{−l} − (z−r)^{−l})/l   for each root r
//
// with principal logarithms; a root that is not real stands for itself and its
// conjugate.
type ClosedForm struct {
	Rational   *theory.RationalFlow
	Stationary bool // y stays y_0, and there is nothing else
	Polynomial []Number
	Origin     []Number
	Roots      []ClosedRoot
}

// A ClosedRoot is a root of the numerator with its coefficients; imaginary parts
// are nil for a real one.
type ClosedRoot struct {
	Re, Im    *Number
	Principal [][2]*Number
}

// ClosedFormOf works out the closed form of the flow of a profile from a start, 0
// if nil, to about so many digits.
// Encloses the exact values. theory.md section 2.
func ClosedFormOf(ctx context.Context, p *theory.Profile, loss theory.Loss, alpha, start *big.Rat, digits int) (*ClosedForm, error) {
	family, err := p.Family(loss, alpha)
	if err != nil {
		return nil, err
	}
	rational, err := family.Rational()
	if err != nil {
		return nil, err
	}
	if start == nil {
		start = new(big.Rat)
	}
	out := &ClosedForm{Rational: rational}
	if out.Stationary = rational.Stationary(start); out.Stationary {
		return out, nil
	}
	problem, err := ElementaryProblem(rational, start)
	if err != nil {
		return nil, err
	}
	bits := ball.Bits(digits) + 64
	problem.Bits = bits
	solver, err := elementary.New(ctx, problem)
	if err != nil {
		return nil, undecidedFlow(err)
	}
	form, err := solver.Form(bits)
	if err != nil {
		return nil, undecidedFlow(err)
	}
	number := func(x *ball.Ball) Number { return Enclose(x, digits) }
	for _, x := range form.Polynomial {
		out.Polynomial = append(out.Polynomial, number(x))
	}
	for _, x := range form.Origin {
		out.Origin = append(out.Origin, number(x))
	}
	for _, pole := range form.Poles {
		parts := func(z [2]*ball.Ball) (out [2]*Number) {
			out[0] = new(number(z[0]))
			if !pole.Real {
				out[1] = new(number(z[1]))
			}
			return out
		}
		at := parts(pole.Root)
		root := ClosedRoot{Re: at[0], Im: at[1]}
		for _, c := range pole.Principal {
			root.Principal = append(root.Principal, parts(c))
		}
		out.Roots = append(out.Roots, root)
	}
	return out, nil
}
