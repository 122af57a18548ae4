package proptest

import (
	"fmt"
	"math"
	"math/big"
	"testing"

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
