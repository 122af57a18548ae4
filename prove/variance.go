package prove

import (
	"context"
	"errors"
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
	return (&descent{moments, nil, gap, from, end, longest}).least(ctx)
}

// A descent looks for the least Var(d) between two values of u = σμ.
type descent struct {
	moments   func(u *ball.Ball) (variance, third *ball.Ball) // second and third central moments of d
	rough     func(u rough) (variance, third rough)           // the same in float64, nil: only by moments
	gap       *big.Rat                                        // the largest difference g of degrees
	from, end *ball.Ball                                      // in any order, with the precision of the result
	longest   float64                                         // way, times g
}

// enough is how much of the least value that is found the lower bound of a piece has to have.
const enough = 0.99

// least encloses it.
func (x *descent) least(ctx context.Context) (*ball.Ball, error) {
	precision := x.from.Prec()
	if sign, ok := ball.New(precision).Sub(x.end, x.from).Sign(); ok && sign < 0 {
		x.from, x.end = x.end, x.from
	}
	path := span[*big.Float]{x.from.Lower(), x.end.Upper()}
	width, _ := x.gap.Float64()
	if length, _ := new(big.Float).Sub(path.high, path.low).Float64(); !(length*width <= x.longest) {
		return nil, fmt.Errorf("least variance: the path is %.3g long in αsμ·(d_max − d_min), expected at most %.0f", length*width, x.longest)
	}
	points, pieces, err := x.sift(ctx, path)
	var lowest, bound *big.Float // the least value found, and a lower bound of the minimum over the finished pieces
	if err == nil {
		lowest, bound = x.lowest(points), nil
		for _, p := range pieces {
			_, low := x.over(p)
			bound = least(low.Lower(), bound)
		}
	} else {
		lowest, bound, err = x.search(ctx, path)
	}
	if err != nil {
		return nil, fmt.Errorf("least variance: %w", err)
	}
	return ball.New(precision).SetInterval(least(bound, lowest), lowest), nil
}

// lowest is an upper bound of the minimum: the value at one of some points.
func (x *descent) lowest(points []*ball.Ball) (out *big.Float) {
	for _, u := range points {
		variance, _ := x.moments(u)
		out = least(variance.Upper(), out)
	}
	return out
}

// middle of a piece, and whether it is on the path for certain.
func (x *descent) middle(part span[*big.Float]) (middle *big.Float, inside bool) {
	middle = halfway(part.low, part.high, x.from.Prec())
	return middle, middle.Cmp(x.from.Upper()) >= 0 && middle.Cmp(x.end.Lower()) <= 0
}

// over encloses Var(d) at the middle of a piece, and has it fall from there as far
// as it can on the piece.
func (x *descent) over(part span[*big.Float]) (variance, low *ball.Ball) {
	precision := x.from.Prec()
	middle, _ := x.middle(part)
	variance, slope := x.moments(ball.New(precision).SetFloat(middle))
	reach := ball.New(precision).SetInterval(part.low, part.high)
	reach.Abs(reach.Sub(reach, ball.New(precision).SetFloat(middle)))
	steep := ball.New(precision).MulRat(reach, x.gap)
	bent := ball.New(precision).Sqr(steep)
	bent.Add(bent, reach.Mul(reach, slope.Abs(slope.Quo(slope, variance))))
	low = ball.New(precision).SetFloat(new(big.Float).Neg(least(steep.Upper(), bent.Upper())))
	return variance, low.Mul(variance, low.Exp(low))
}

// search goes through the pieces by enclosures.
func (x *descent) search(ctx context.Context, path span[*big.Float]) (lowest, bound *big.Float, err error) {
	precision := x.from.Prec()
	lowest = x.lowest([]*ball.Ball{x.from, x.end})
	err = settle(ctx, []span[*big.Float]{path}, func(part span[*big.Float]) (*big.Float, bool, error) {
		middle, inside := x.middle(part)
		variance, low := x.over(part)
		if inside {
			lowest = least(lowest, variance.Upper())
		}
		done := low.Lower().Cmp(new(big.Float).SetPrec(precision).Mul(lowest, big.NewFloat(enough))) >= 0
		if done {
			bound = least(low.Lower(), bound)
		}
		return middle, done, nil
	})
	return lowest, bound, err
}

// errRough says that float64 does not tell.
var errRough = errors.New("not decided in float64")

// sift goes through the same pieces as search, as far as bounds in float64 tell: what
// differs by less than a millionth is left open. It returns the points of which one has
// the least value for certain, and the pieces of which one has the least bound.
func (x *descent) sift(ctx context.Context, path span[*big.Float]) (points []*ball.Ball, pieces []span[*big.Float], err error) {
	if x.rough == nil {
		return nil, nil, errRough
	}
	const plain = 1e-6
	var values, bounds []rough // of points and pieces
	lowest := rough{math.Inf(1), 0}
	add := func(u *ball.Ball, value rough) {
		points, values = append(points, u), append(values, value)
		if value.mid < lowest.mid {
			lowest = value
		}
	}
	for _, u := range []*ball.Ball{x.from, x.end} {
		value, _ := x.rough(roughBall(u))
		add(u, value)
	}
	gap := roughRat(x.gap)
	err = settle(ctx, []span[*big.Float]{path}, func(part span[*big.Float]) (*big.Float, bool, error) {
		middle, inside := x.middle(part)
		value, slope := x.rough(roughFloat(middle))
		if !(value.rad <= float64(value.mid*(plain/1000))) {
			return nil, false, errRough
		}
		if inside {
			add(ball.New(x.from.Prec()).SetFloat(middle), value)
		}
		reach := roughFloat(part.high).minus(roughFloat(part.low)).times(rough{0.5, 0})
		steep := reach.times(gap)
		bent := steep.times(steep).plus(reach.times(slope.over(value).abs()))
		fall := steep
		if bent.mid < steep.mid {
			fall = bent
		}
		low := value.times(rough{-fall.mid, fall.rad}.exp())
		goal := lowest.times(rough{enough, 0})
		done := low.low() > float64(goal.high()*(1+plain))
		if !done && !(low.high() < float64(goal.low()*(1-plain))) {
			return nil, false, errRough
		}
		if done {
			pieces, bounds = append(pieces, part), append(bounds, low)
		}
		return middle, done, nil
	})
	return mayBeLeast(points, values, plain), mayBeLeast(pieces, bounds, plain), err
}

// mayBeLeast keeps what has a value that may be within a part of the least.
func mayBeLeast[T any](all []T, values []rough, part float64) (out []T) {
	most := math.Inf(1)
	for _, v := range values {
		most = min(most, v.high())
	}
	for i, v := range values {
		if !(v.low() > most+float64(most*part)) {
			out = append(out, all[i])
		}
	}
	return out
}

// least is the smaller of two numbers, y may be nil.
func least(x, y *big.Float) *big.Float {
	if y != nil && y.Cmp(x) < 0 {
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
