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

// A positiveRoot is the one positive root y* of the numerator of the reduced
// flow of a profile,
//
//	R(y) = Σ_d W_d (d* − d) y^d,  W_d = m_{0,d} + e·m_{1,d},  e = e^{αs},
//
// whose coefficients change their sign once (Descartes).
type positiveRoot struct {
	profile *theory.Profile
	alpha   *big.Rat
	weights []theory.Weight
	sigma   float64 // αs, about
	log     float64 // log y*, about
}

// newPositiveRoot approximates the root; ok is false where float64 has not the
// range.
func newPositiveRoot(p *theory.Profile, alpha *big.Rat) (r *positiveRoot, ok bool) {
	r = &positiveRoot{profile: p, alpha: alpha, weights: p.Weights()}
	r.sigma = reduced.Scale(alpha, p.K)
	logs := make([]float64, len(r.weights))
	for i, w := range r.weights {
		// log|d* − d| + log(m_0 + m_1·e^σ)
		logs[i] = portable.Log(float64(w.Out))
		if w.In > 0 {
			logs[i] = r.sigma + portable.Log(float64(w.In)+float64(float64(w.Out)*portable.Exp(-r.sigma)))
		}
		logs[i] += portable.Log(math.Abs(float64(p.TargetDegree - w.Degree)))
	}
	// h(u) = log Σ_{d<d*} |c_d| e^{du} − log Σ_{d>d*} |c_d| e^{du}, whose slope is
	// at most −2: a difference of mean degrees.
	difference := func(u float64) (value, slope float64) {
		var sums, firsts, tops [2]float64
		tops = [2]float64{math.Inf(-1), math.Inf(-1)}
		side := func(w theory.Weight) int {
			if w.Degree > p.TargetDegree {
				return 1
			}
			return 0
		}
		for i, w := range r.weights {
			if w.Degree != p.TargetDegree {
				tops[side(w)] = max(tops[side(w)], logs[i]+float64(float64(w.Degree)*u))
			}
		}
		for i, w := range r.weights {
			if w.Degree != p.TargetDegree {
				k := side(w)
				v := portable.Exp(logs[i] + float64(float64(w.Degree)*u) - tops[k])
				sums[k] += v
				firsts[k] += float64(float64(w.Degree) * v)
			}
		}
		return tops[0] - tops[1] + portable.Log(sums[0]/sums[1]), firsts[0]/sums[0] - firsts[1]/sums[1]
	}
	low, high := 0.0, 0.0
	start, _ := difference(0)
	if start > 0 {
		high = start
	} else {
		low = start
	}
	for range 200 {
		value, slope := difference(r.log)
		if value > 0 {
			low = r.log
		} else {
			high = r.log
		}
		next := r.log - value/slope
		if !(low <= next && next <= high) {
			next = low + float64((high-low)/2)
		}
		settled := math.Abs(next-r.log) <= 1e-14*math.Abs(next)
		if r.log = next; settled {
			break
		}
	}
	return r, math.Abs(r.log) < 1<<28 && r.sigma > 0 && r.sigma < 1<<28
}

// enclose returns y*, for the numbers of the profile; ok is false where the root
// is not proved near its approximation.
func (r *positiveRoot) enclose(x *reduced.Numbers, precision uint) (y *ball.Ball, ok bool) {
	const first = 128
	c := make([]*ball.Ball, x.Degrees[len(x.Degrees)-1]+1) // (d* − d)·W_d
	for d := range c {
		c[d] = ball.New(64)
	}
	for i, d := range x.Degrees {
		c[d] = ball.New(precision).MulInt64(x.Weights[i], int64(r.profile.TargetDegree-d))
	}
	// R > 0 below the root and R < 0 above.
	middle := ball.New(first).SetFloat64(r.log)
	middle.Exp(middle).Midpoint(middle)
	if !middle.IsFinite() {
		return nil, false
	}
	for _, accuracy := range []int{42, 30, 20} {
		y = ball.New(first).Set(middle)
		y.AddError(new(big.Float).SetMantExp(middle.Mid(), -accuracy))
		below, okBelow := ball.New(first).EvalPolynomial(c, ball.New(first+32).SetFloat(y.Lower())).Sign()
		above, okAbove := ball.New(first).EvalPolynomial(c, ball.New(first+32).SetFloat(y.Upper())).Sign()
		if okBelow && okAbove && below > 0 && above < 0 {
			return ball.RefineRoot(c, y, precision), true
		}
	}
	return nil, false
}

// rate returns κ·Var_{μ*}(d), where F(μ*) = d*, from y*:
//
//	κ·Σ_d (d − d*)²·W_d y^d / Σ_d W_d y^d
//
// It is right at the root only, and nowhere near 0.
func (r *positiveRoot) rate(x *reduced.Numbers, y *ball.Ball) *ball.Ball {
	sums := x.SumsAt(y, r.profile.TargetDegree, 2)
	variance := sums[2].Quo(sums[2], sums[0])
	return variance.MulRat(variance, reduced.Kappa(r.profile, r.alpha))
}

// equilibrium encloses μ* = log(y*)/(αs) and the rate, μ* to so many bits and
// the rate to a few less; ok is false where the slower way of the mixtures is
// needed.
func (r *positiveRoot) equilibrium(ctx context.Context, bits, rateBits uint) (mu, rate *ball.Ball, ok bool, err error) {
	precision := bits + 24
	precision += uint(max(0, math.Ilogb(r.sigma)))
	if r.log != 0 {
		precision += uint(min(64, max(0, -math.Ilogb(r.log))))
	}
	for ; precision <= maxPrecision; precision += precision / 2 {
		for {
			if err := ctx.Err(); err != nil {
				return nil, nil, false, err
			}
			x := reduced.NumbersOf(r.profile, r.alpha, precision)
			y, ok := r.enclose(x, precision)
			if !ok {
				return nil, nil, false, nil
			}
			mu = x.Logit(y)
			rate = r.rate(x, y)
			lacking := max(int(bits)-mu.RelativeAccuracyBits(), int(rateBits)-rate.RelativeAccuracyBits())
			if lacking <= 0 {
				return mu, rate, true, nil
			}
			if lacking > int(precision) || precision+uint(lacking) > maxPrecision {
				break
			}
			precision += uint(lacking) + 8
		}
	}
	return nil, nil, false, fmt.Errorf("equilibrium not enclosed to %d bits with %d", bits, precision)
}
