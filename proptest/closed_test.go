package proptest

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/ALTree/bigfloat"
	"github.com/leanovate/gopter/gen"

	"muflow/internal/reduced"
	"muflow/prove"
	"muflow/theory"
)

// The path of the drift against the elementary solution of the rational form,
// which share no formula: one sums exponentials vertex by vertex, the other
// works with polynomials over Z[e], their roots and partial fractions.
func TestPathAgreesWithClosedForm(t *testing.T) {
	for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
		checks, compared, still := 0, 0, 0
		t.Run(loss.String(), func(t *testing.T) {
			suite := newSuite(t, 120)
			checks = suite.checks
			suite.forAll("closed form", func(p *theory.Profile, alpha *big.Rat) error {
				family, err := p.Family(loss, alpha)
				if err != nil {
					return err
				}
				field, err := reduced.NewField(family)
				if err != nil {
					return err
				}
				r, err := family.Rational()
				if err != nil {
					return err
				}
				kappa, _ := r.Kappa.Float64()
				var horizons []float64
				var times []*big.Rat
				for _, share := range []float64{0.1, 1, 5} {
					horizons = append(horizons, share/kappa)
					times = append(times, new(big.Rat).SetFloat64(share/kappa))
				}
				exact, err := prove.FlowOf(t.Context(), p, prove.FlowRequest{Loss: loss, Alpha: alpha, Times: times, Digits: 20})
				if err != nil {
					return err
				}
				for i, horizon := range horizons {
					theta, err := flowAt(field, horizon)
					if err != nil {
						return err
					}
					mu, err := exact.Mu[i].Ball(80)
					if err != nil {
						return err
					}
					want, _ := mu.Mid().Float64()
					if off := math.Abs(theta[0] - want); !(off <= 1e-9*(1+math.Abs(want))) {
						return fmt.Errorf("μ(%g) = %g, the closed form says %g", horizon, theta[0], want)
					}
					compared++
				}
				if mu := exact.Mu[0]; mu.Lo == "0" && mu.Hi == "0" {
					still++
				}
				return nil
			}, profiles(40, 5), gains(4))
			suite.run()
		})
		if compared < 3*checks || still == 0 {
			t.Errorf("%v: %d comparisons, %d flows that do not move", loss, compared, still)
		}
	}
}

// A proved Taylor flowpipe and the elementary solution of random profiles meet.
func TestFlowpipeMeetsClosedForm(t *testing.T) {
	compared := 0
	suite := newSuite(t, 40)
	suite.forAll("flowpipe", func(profile *theory.Profile, alpha *big.Rat, time float64) error {
		for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
			r, err := rational(profile, loss, alpha)
			if err != nil {
				return err
			}
			at := new(big.Rat).SetFloat64(time)
			at.Quo(at, r.Kappa)
			request := prove.FlowRequest{Loss: loss, Alpha: alpha, Times: []*big.Rat{at}, Digits: 25}
			exact, err := prove.FlowOf(t.Context(), profile, request)
			if err != nil {
				return err
			}
			request.Method = prove.FlowpipeMethod
			pipe, err := prove.FlowOf(t.Context(), profile, request)
			if err != nil {
				return err
			}
			a, errA := exact.Mu[0].Ball(200)
			b, errB := pipe.Mu[0].Ball(200)
			if errA != nil || errB != nil || !a.Overlaps(b) {
				return fmt.Errorf("%v at t = %v: elementary %v, flowpipe %v", loss, at, exact.Mu[0], pipe.Mu[0])
			}
			compared++
		}
		return nil
	}, profiles(30, 4), gains(3), logUniform(1e-3, 2))
	suite.run()
	if compared < 2*suite.checks {
		t.Errorf("%d comparisons", compared)
	}
}

// The enclosure of μ* against exp of a library that shares nothing with ours:
// F, summed class by class with it, is on either side of d* at the two ends.
func TestEquilibriumAgainstBigfloat(t *testing.T) {
	const digits, precision, safe = 40, 320, 700 // exp of the library is right up to |x| = 700
	compared := 0
	suite := newSuite(t, 30)
	bounded := gen.RetryUntil(profiles(40, 5), func(p *theory.Profile) bool { return p.Certify(theory.Coconut).Limit() == theory.FiniteLimit }, 1000)
	suite.forAll("d* between", func(p *theory.Profile, alpha *big.Rat) error {
		equilibrium, err := prove.EquilibriumOf(t.Context(), p, alpha, digits)
		if err != nil {
			return err
		}
		number := func() *big.Float { return new(big.Float).SetPrec(precision) }
		scale := number().Quo(number().SetRat(alpha), number().Sqrt(number().SetInt64(int64(p.K))))
		excess := func(mu *big.Float) *big.Float { // Σ w_v (d_v − d*) e^{αs(a_v + μ d_v)}
			sum := number()
			for _, c := range p.Classes {
				logit := number().Mul(mu, number().SetInt64(int64(c.Degree)))
				if c.InSet {
					logit.Add(logit, big.NewFloat(1))
				}
				logit.Mul(logit, scale)
				if x, _ := logit.Float64(); math.Abs(x) > safe {
					return nil
				}
				term := number().SetInt64(int64(c.Count * (c.Degree - p.TargetDegree.Num)))
				sum.Add(sum, term.Mul(term, bigfloat.Exp(logit)))
			}
			return sum
		}
		// Ends a little apart, where the rounding of the library cannot matter.
		pad := number().SetMantExp(big.NewFloat(1), -3*digits)
		low, high := number().Sub(equilibrium.Mu.Lower(), pad), number().Add(equilibrium.Mu.Upper(), pad)
		below, above := excess(low), excess(high)
		if below == nil || above == nil {
			return nil
		}
		if below.Sign() >= 0 || above.Sign() <= 0 {
			return fmt.Errorf("F − d* has the signs %d and %d at %v and %v", below.Sign(), above.Sign(), low, high)
		}
		if number().Sub(high, low).Cmp(number().SetFloat64(1e-35)) > 0 {
			return fmt.Errorf("the ends %v and %v are too far apart", low, high)
		}
		compared++
		return nil
	}, bounded, gains(4))
	suite.run()
	if compared < suite.checks*9/10 {
		t.Errorf("%d comparisons", compared)
	}
}
