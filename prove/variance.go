package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// LeastVariance encloses v, the least variance of the in-degree under the
// softmax between μ = 0 and an equilibrium μ*, to about one part in a hundred.
//
//	v = min { Var_μ(d) : μ between 0 and μ* }
//
// Encloses the exact value for every point of the inputs.
// theory.md section 3.
func LeastVariance(ctx context.Context, p *theory.Profile, alpha *big.Rat, mu *ball.Ball) (*ball.Ball, error) {
	const precision = 96
	f, err := p.Family(theory.Coconut, alpha)
	if err != nil {
		return nil, err
	}
	softmax := newSoftmaxFamily(f, precision)
	variance := func(u *ball.Ball) *ball.Ball { return softmax.at([]*ball.Ball{u}).covariance[0][0] }
	end := ball.New(precision).SetRat(alpha)
	end.Mul(end, mu)
	zero := new(big.Float)
	lowest := least(variance(end).Upper(), variance(ball.New(precision)).Upper()) // an upper bound of the minimum: its value at some point
	path := span[*big.Float]{zero, end.Upper()}
	if sign, ok := end.Sign(); ok && sign < 0 {
		path = span[*big.Float]{end.Lower(), zero}
	}
	nearest := ball.New(precision).Abs(end).Lower() // |u| up to here lies between 0 and μ*
	bound := new(big.Float).Copy(lowest)            // a lower bound of the minimum over the finished pieces
	err = settle(ctx, []span[*big.Float]{path}, func(part span[*big.Float]) (*big.Float, bool, error) {
		middle := halfway(part.low, part.high, precision)
		if onPath := new(big.Float).Abs(middle); onPath.Cmp(nearest) <= 0 {
			lowest = least(lowest, variance(ball.New(precision).SetFloat(middle)).Upper())
		}
		low := variance(ball.New(precision).SetInterval(part.low, part.high)).Lower()
		enough := low.Cmp(new(big.Float).SetPrec(precision).Mul(lowest, big.NewFloat(0.99))) >= 0
		if enough {
			bound = least(bound, low)
		}
		return middle, enough, nil
	})
	if err != nil {
		return nil, fmt.Errorf("least variance: %w", err)
	}
	return ball.New(precision).SetInterval(least(bound, lowest), lowest), nil
}

func least(x, y *big.Float) *big.Float {
	if y.Cmp(x) < 0 {
		return y
	}
	return x
}

// varianceBetween encloses Var(d) at a point between 0 and μ* where it is
// about as small as it gets there: at an end, or where the third central moment
// goes from − to +, as d Var/dμ = αs·E(d−F)³.
//
// Encloses the exact value for every point of the inputs.
func varianceBetween(p *theory.Profile, alpha *big.Rat, mu *ball.Ball, precision uint) *ball.Ball {
	const pieces = 64
	x := reduced.NumbersOf(p, alpha, precision)
	// at returns the second and third central moments at the point share·μ*.
	at := func(share *big.Float) (variance, third *ball.Ball) {
		y := ball.New(precision).SetFloat(share)
		return x.Moments(y.Exp(y.Mul(y.Mul(y, mu), x.Sigma)))
	}
	lowest, before := at(new(big.Float))
	uphill := mu.Mid().Sign() // of dμ/dshare
	for i := 1; i <= pieces; i++ {
		low, high := big.NewFloat(float64(i-1)/pieces), big.NewFloat(float64(i)/pieces)
		value, after := at(high)
		if before.Mid().Sign() == -uphill && after.Mid().Sign() == uphill {
			for range precision / 3 {
				middle := halfway(low, high, precision)
				inner, third := at(middle)
				if value = inner; third.Mid().Sign() == uphill {
					high = middle
				} else {
					low = middle
				}
			}
		}
		if value.Mid().Cmp(lowest.Mid()) < 0 {
			lowest = value
		}
		before = after
	}
	return lowest
}
