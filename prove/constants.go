package prove

import (
	"context"
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
	return leastVariance(ctx, p, alpha, mu)
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
