package prove

import (
	"context"
	"fmt"
	"math/big"

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

// BoundRates encloses the constants b_lo and b_hi of the two bounds of Theorem
// 1(a), for a profile with n_out ≥ 1 and d_max ≥ 1.
// Encloses the exact value for every point of the inputs.
func BoundRates(p *theory.Profile, alpha *big.Rat, precision uint) (low, high *ball.Ball) {
	c := boundConstants(p, alpha, precision)
	return c.low, c.high
}

// Ceiling encloses the ceiling of μ* of Theorem 1(b), for a profile with
// d_min < d* < d_max.
// Encloses the exact value for every point of the inputs.
func Ceiling(p *theory.Profile, alpha *big.Rat, precision uint) *ball.Ball {
	return ceilingOf(p, alpha, precision)
}
