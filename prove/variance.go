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
	lowest := variance(end).Upper() // an upper bound of the minimum: its value at some point
	if v := variance(ball.New(precision)).Upper(); v.Cmp(lowest) < 0 {
		lowest = v
	}
	type piece struct{ low, high *big.Float }
	first := piece{zero, end.Upper()}
	if sign, ok := end.Sign(); ok && sign < 0 {
		first = piece{end.Lower(), zero}
	}
	nearest := ball.New(precision).Abs(end).Lower() // |u| up to here lies between 0 and μ*
	queue := []piece{first}
	bound := new(big.Float).Copy(lowest) // a lower bound of the minimum over the finished pieces
	for n := 0; len(queue) > 0; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if n > 100_000 {
			return nil, fmt.Errorf("least variance not enclosed with %d pieces", n)
		}
		part := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		middle := new(big.Float).SetPrec(precision).Add(part.low, part.high)
		middle.SetMantExp(middle, -1)
		if onPath := new(big.Float).Abs(middle); onPath.Cmp(nearest) <= 0 {
			if v := variance(ball.New(precision).SetFloat(middle)).Upper(); v.Cmp(lowest) < 0 {
				lowest = v
			}
		}
		low := variance(ball.New(precision).SetInterval(part.low, part.high)).Lower()
		enough := new(big.Float).SetPrec(precision).Mul(lowest, big.NewFloat(0.99))
		if low.Cmp(enough) >= 0 {
			if low.Cmp(bound) < 0 {
				bound = low
			}
			continue
		}
		queue = append(queue, piece{part.low, middle}, piece{middle, part.high})
	}
	if bound.Cmp(lowest) > 0 {
		bound = lowest
	}
	return ball.New(precision).SetInterval(bound, lowest), nil
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
	least, before := at(new(big.Float))
	uphill := mu.Mid().Sign() // of dμ/dshare
	for i := 1; i <= pieces; i++ {
		low, high := big.NewFloat(float64(i-1)/pieces), big.NewFloat(float64(i)/pieces)
		value, after := at(high)
		if before.Mid().Sign() == -uphill && after.Mid().Sign() == uphill {
			for range precision / 3 {
				middle := new(big.Float).SetPrec(precision).Add(low, high)
				middle.SetMantExp(middle, -1)
				inner, third := at(middle)
				if value = inner; third.Mid().Sign() == uphill {
					high = middle
				} else {
					low = middle
				}
			}
		}
		if value.Mid().Cmp(least.Mid()) < 0 {
			least = value
		}
		before = after
	}
	return least
}
