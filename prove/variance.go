package prove

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"muflow/internal/portable"
	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// LeastVariance encloses v, the least variance of the in-degree under the
// softmax between μ = 0 and an equilibrium μ*, to about one part in a hundred.
//
//	v = min { Var_μ(d) : μ between 0 and μ* }
//
// In u = σμ the logarithm of Var(d) has the slope κ_3/Var(d) and the second
// derivative κ_4/Var(d) − (κ_3/Var(d))², with cumulants of d of which |κ_3| ≤
// g·Var(d) and |κ_4| ≤ g²·Var(d), g = d_max − d_min. So within r of m
//
//	Var(d) ≥ Var_m(d)·exp(−min(g r, |κ_3/Var_m(d)| r + g² r²)).
//
// Encloses the exact value for every point of the inputs.
// theory.md section 3.
func LeastVariance(ctx context.Context, p *theory.Profile, alpha *big.Rat, mu *ball.Ball) (*ball.Ball, error) {
	return LeastVarianceFrom(ctx, p, alpha, nil, mu)
}

// longestPath bounds the work of a least variance from a start that is given.
const longestPath = 20_000

// LeastVarianceFrom is LeastVariance between a start, 0 if nil, and μ*.
func LeastVarianceFrom(ctx context.Context, p *theory.Profile, alpha, start *big.Rat, mu *ball.Ball) (*ball.Ball, error) {
	size, _ := new(big.Rat).Abs(startOf(start)).Float64()
	precision := 96 + uint(math.Ilogb(1+float64(reduced.Scale(alpha, p.K)*(1+size))))
	x, gap := reduced.NumbersOf(p, alpha, precision), big.NewRat(int64(p.MaxDegree()-p.MinDegree()), 1)
	moments := func(u *ball.Ball) (variance, third *ball.Ball) { return x.Moments(ball.New(precision).Exp(u)) }
	from, end := ball.New(precision).MulRat(x.Sigma, startOf(start)), ball.New(precision).Mul(mu, x.Sigma)
	longest := math.Inf(1)
	if start != nil {
		longest = longestPath
	}
	return leastBetween(ctx, moments, gap, from, end, longest)
}

// leastBetween encloses the least Var(d) between two values of u = σμ, given its
// second and third central moments and the largest difference g of degrees, on a
// way of a length, times g, up to longest.
func leastBetween(ctx context.Context, moments func(u *ball.Ball) (variance, third *ball.Ball), gap *big.Rat, from, end *ball.Ball, longest float64) (*ball.Ball, error) {
	precision := from.Prec()
	first, _ := moments(from)
	last, _ := moments(end)
	lowest := least(first.Upper(), last.Upper()) // an upper bound of the minimum: its value at some point
	if sign, ok := ball.New(precision).Sub(end, from).Sign(); ok && sign < 0 {
		from, end = end, from
	}
	path := span[*big.Float]{from.Lower(), end.Upper()}
	width, _ := gap.Float64()
	if length, _ := new(big.Float).Sub(path.high, path.low).Float64(); !(length*width <= longest) {
		return nil, fmt.Errorf("least variance: the path is %.3g long in αsμ·(d_max − d_min), expected at most %.0f", length*width, longest)
	}
	bound := new(big.Float).Copy(lowest) // a lower bound of the minimum over the finished pieces
	err := settle(ctx, []span[*big.Float]{path}, func(part span[*big.Float]) (*big.Float, bool, error) {
		middle := halfway(part.low, part.high, precision)
		variance, slope := moments(ball.New(precision).SetFloat(middle))
		if middle.Cmp(from.Upper()) >= 0 && middle.Cmp(end.Lower()) <= 0 { // on the path for certain
			lowest = least(lowest, variance.Upper())
		}
		reach := ball.New(precision).SetInterval(part.low, part.high)
		reach.Abs(reach.Sub(reach, ball.New(precision).SetFloat(middle)))
		steep := ball.New(precision).MulRat(reach, gap)
		bent := ball.New(precision).Sqr(steep)
		bent.Add(bent, reach.Mul(reach, slope.Abs(slope.Quo(slope, variance))))
		fall := new(big.Float).Neg(least(steep.Upper(), bent.Upper()))
		low := ball.New(precision).SetFloat(fall)
		enough := variance.Mul(variance, low.Exp(low)).Lower().Cmp(new(big.Float).SetPrec(precision).Mul(lowest, big.NewFloat(0.99))) >= 0
		if enough {
			bound = least(bound, variance.Lower())
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

// varianceBetween encloses Var(d) at a point between a start, 0 if nil, and μ* where it is
// about as small as it gets there: at an end, or where the third central moment
// goes from − to +, as d Var/dμ = αs·E(d−F)³. Of a grid of points float64 passes
// over those where both are plain, the variance not the least: what is left is
// compared by enclosures.
//
// Encloses the exact value for every point of the inputs.
func varianceBetween(p *theory.Profile, alpha, start *big.Rat, mu *ball.Ball, precision uint) *ball.Ball {
	const pieces = 64
	x := reduced.NumbersOf(p, alpha, precision)
	from, way := ball.New(precision).SetRat(startOf(start)), ball.New(max(precision, mu.Prec())).SetRat(startOf(start))
	way.Sub(mu, way)
	// at returns the second and third central moments at a share of the way.
	at := func(share *big.Float) (variance, third *ball.Ball) {
		y := ball.New(precision).SetFloat(share)
		y.Add(from, y.Mul(y, way))
		return x.Moments(y.Exp(y.Mul(y, x.Sigma)))
	}
	first, _ := startOf(start).Float64()
	last, _ := mu.Mid().Float64()
	plain := plainMoments(p, alpha, first, last, pieces)
	sign := func(i int) int {
		if plain[i].sign != 0 {
			return plain[i].sign
		}
		_, third := at(big.NewFloat(float64(i) / pieces))
		return third.Mid().Sign()
	}
	lowest, _ := at(new(big.Float))
	before, uphill := sign(0), way.Mid().Sign() // of dμ/dshare
	for i := 1; i <= pieces; i++ {
		after, value := sign(i), (*ball.Ball)(nil)
		if low, high := big.NewFloat(float64(i-1)/pieces), big.NewFloat(float64(i)/pieces); before == -uphill && after == uphill {
			for range precision / 3 {
				middle := halfway(low, high, precision)
				inner, third := at(middle)
				if value = inner; third.Mid().Sign() == uphill {
					high = middle
				} else {
					low = middle
				}
			}
		} else if plain[i].least {
			value, _ = at(high)
		}
		if value != nil && value.Mid().Cmp(lowest.Mid()) < 0 {
			lowest = value
		}
		before = after
	}
	return lowest
}

// plainMoment says of the degrees at a point which sign their third central moment
// has, 0 if that is not plain, and whether their variance may be the least.
type plainMoment struct {
	sign  int
	least bool
}

// plainMoments returns them at i/pieces of the way from a start to μ*.
// Approximate: rounding is far below what it takes for plain.
func plainMoments(p *theory.Profile, alpha *big.Rat, start, mu float64, pieces int) []plainMoment {
	const plain = 1e-8 // of what is compared
	sigma := reduced.Scale(alpha, p.K)
	near := float64(sigma*max(math.Abs(start), math.Abs(mu)))*float64(p.MaxDegree()) < 1e3 // rounding of a logit
	out, variances, smallest := make([]plainMoment, pieces+1), make([]float64, pieces+1), math.Inf(1)
	logits := make([]float64, len(p.Classes))
	for i := range out {
		at := start + float64((mu-start)*float64(i))/float64(pieces)
		top := math.Inf(-1)
		for j, c := range p.Classes {
			logits[j] = float64(float64(sigma*at) * float64(c.Degree))
			if c.InSet {
				logits[j] += sigma
			}
			top = max(top, logits[j])
		}
		total, mean := 0.0, 0.0
		for j, c := range p.Classes {
			logits[j] = float64(float64(c.Count) * portable.Exp(logits[j]-top)) // now the weight
			total += logits[j]
			mean += float64(logits[j] * float64(c.Degree))
		}
		mean /= total
		third, size := 0.0, 0.0
		for j, c := range p.Classes {
			d := float64(c.Degree) - mean
			square := float64(logits[j] * d * d)
			variances[i] += square / total
			third += float64(square * d)
			size += float64(square * math.Abs(d))
		}
		if near && math.Abs(third) > plain*size && variances[i] > 1e-6 {
			out[i].sign = int(math.Copysign(1, third))
		}
		smallest = min(smallest, variances[i])
	}
	for i, v := range variances {
		out[i].least = !near || !(v > float64(smallest*(1+plain))+1e-6)
	}
	return out
}
