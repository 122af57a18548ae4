package proptest

import (
	"context"
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
		compared, still := 0, 0
		t.Run(loss.String(), func(t *testing.T) {
			inputs := Both(Profiles(40, 5), Gains(4))
			Check(t, *seed, ForAll("closed form", scaled(120), inputs, func(ctx context.Context, p Pair[*theory.Profile, *big.Rat]) error {
				family, err := p.First.Family(loss, p.Second)
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
				exact, err := prove.FlowOf(ctx, p.First, prove.FlowRequest{Loss: loss, Alpha: p.Second, Times: times, Digits: 20})
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
			}))
		})
		if compared < 3*scaled(120) || still == 0 {
			t.Errorf("%v: %d comparisons, %d flows that do not move", loss, compared, still)
		}
	}
}

// A proved Taylor flowpipe and the elementary solution of random profiles meet.
func TestFlowpipeMeetsClosedForm(t *testing.T) {
	compared := 0
	inputs := Both(Both(Profiles(30, 4), Gains(3)), LogUniform(1e-3, 2))
	Check(t, *seed, ForAll("flowpipe", scaled(40), inputs, func(ctx context.Context, p Pair[Pair[*theory.Profile, *big.Rat], float64]) error {
		profile, alpha := p.First.First, p.First.Second
		for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
			r, err := rational(profile, loss, alpha)
			if err != nil {
				return err
			}
			at := new(big.Rat).SetFloat64(p.Second)
			at.Quo(at, r.Kappa)
			request := prove.FlowRequest{Loss: loss, Alpha: alpha, Times: []*big.Rat{at}, Digits: 25}
			exact, err := prove.FlowOf(ctx, profile, request)
			if err != nil {
				return err
			}
			request.Method = prove.FlowpipeMethod
			pipe, err := prove.FlowOf(ctx, profile, request)
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
	}))
	if compared < 2*scaled(40) {
		t.Errorf("%d comparisons", compared)
	}
}
