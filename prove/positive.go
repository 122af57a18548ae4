package prove

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// A positiveRoot is the one positive root y* = e^{σμ*}, σ = αs, of the numerator
// of the reduced flow of a profile,
//
//	R(y) = Σ_d W_d (d* − d) y^d,  W_d = m_{0,d} + e·m_{1,d},  e = e^σ,
//
// whose coefficients change their sign once (Descartes). It is found as the zero
// in u = log y of
//
//	h(u) = log Σ_{d<d*} (d*−d) W_d y^{d−d*} − log Σ_{d>d*} (d−d*) W_d y^{d−d*},
//
// whose slope is a difference of two means of d − d*, so that for every u
//
//	−(d_max − d_min) ≤ h'(u) ≤ −2,   log y* ∈ u + h(u)·[1/(d_max − d_min), 1/2].
//
// That needs no bracket, and says how far the zero is, relative to it.
type positiveRoot struct {
	profile *theory.Profile
	alpha   *big.Rat
	weights []theory.Weight
	gap     int      // d_max − d_min
	sum     *big.Int // R(1) at e = 1
	sigma   float64  // σ, about
	log     float64  // log y*, about
}

// newPositiveRoot approximates the root.
func newPositiveRoot(p *theory.Profile, alpha *big.Rat) *positiveRoot {
	r := &positiveRoot{profile: p, alpha: alpha, weights: p.Weights(), gap: p.MaxDegree() - p.MinDegree(), sigma: reduced.Scale(alpha, p.K)}
	atOne := p.Start()
	r.sum = atOne.Constant.Add(atOne.Constant, atOne.Slope)
	logs := make([]float64, len(r.weights))
	for i, w := range r.weights {
		// log|d* − d| + log(m_0 + m_1·e^σ)
		logs[i] = math.Log(float64(w.Out))
		if w.In > 0 {
			logs[i] = r.sigma + math.Log(float64(w.In)+float64(w.Out)*math.Exp(-r.sigma))
		}
		logs[i] += math.Log(math.Abs(float64(p.TargetDegree - w.Degree)))
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
				tops[side(w)] = max(tops[side(w)], logs[i]+float64(w.Degree)*u)
			}
		}
		for i, w := range r.weights {
			if w.Degree != p.TargetDegree {
				k := side(w)
				v := math.Exp(logs[i] + float64(w.Degree)*u - tops[k])
				sums[k] += v
				firsts[k] += float64(w.Degree) * v
			}
		}
		return tops[0] - tops[1] + math.Log(sums[0]/sums[1]), firsts[0]/sums[0] - firsts[1]/sums[1]
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
			next = low + (high-low)/2
		}
		settled := math.Abs(next-r.log) <= 1e-14*math.Abs(next)
		if r.log = next; settled {
			break
		}
	}
	return r
}

// height returns h(u).
//
// Encloses the exact value for every point of u.
func (r *positiveRoot) height(x *reduced.Numbers, u *ball.Ball, precision uint) *ball.Ball {
	below, above := x.SidesAt(ball.New(precision).Exp(u), r.profile.TargetDegree, 1)
	if h := r.nearby(x, u, above[1], precision); h != nil {
		return h
	}
	h := ball.New(precision).Quo(below[1], above[1])
	return h.Log(h)
}

// nearby returns h where all exponents are small and R(1) is 0 at e = 1, so that
// the root is as near to 0 as σ is, with the relative accuracy of a difference:
//
//	h(u) = log(1 + Σ (d*−d)·m_{a,d}·(e^{(d−d*)u + aσ} − 1) / Σ_{d>d*} (d−d*) W_d y^{d−d*})
//
// It is nil elsewhere.
func (r *positiveRoot) nearby(x *reduced.Numbers, u, above *ball.Ball, precision uint) *ball.Ball {
	if size, _ := u.Mid().Float64(); r.sum.Sign() != 0 || math.Abs(size)*float64(r.gap)+r.sigma > 0.5 {
		return nil
	}
	sum := ball.New(precision)
	for _, w := range r.weights {
		exponent := ball.New(precision).MulInt64(u, int64(w.Degree-r.profile.TargetDegree))
		for _, count := range []int{w.Out, w.In} {
			term := ball.New(precision).Expm1(exponent)
			term.MulInt64(term, int64(r.profile.TargetDegree-w.Degree))
			sum.Add(sum, term.MulInt64(term, int64(count)))
			exponent.Add(exponent, x.Sigma)
		}
	}
	return sum.Log1p(sum.Quo(sum, above))
}

// begin returns an approximation of log y*.
func (r *positiveRoot) begin(precision uint) (*big.Float, error) {
	if !(math.Abs(r.log)*float64(r.gap) < maxExponent && r.sigma < maxExponent) {
		return nil, fmt.Errorf("μ* is not enclosed: αs is about %.3g and log y* about %.3g, and exponents stay below 2^%d", r.sigma, r.log, math.Ilogb(maxExponent))
	}
	if r.sum.Sign() != 0 || r.sigma > 1e-6 {
		return big.NewFloat(r.log), nil
	}
	// e^x ≈ 1 + x: μ* ≈ Σ_{N_c} (d* − d) / Σ (d* − d)².
	square := new(big.Int)
	for _, w := range r.weights {
		term := big.NewInt(int64(r.profile.TargetDegree - w.Degree))
		square.Add(square, term.Mul(term.Mul(term, term), big.NewInt(int64(w.In+w.Out))))
	}
	first := reduced.Sigma(r.alpha, r.profile.K, precision)
	return first.MulRat(first, new(big.Rat).SetFrac(r.profile.Start().Slope, square)).Mid(), nil
}

// maxExponent bounds exponents in their absolute value.
const maxExponent = 1 << 28

// rate returns κ·Var(d) from u = log y* and F(μ*) = d*:
//
//	κ·Σ_d (d − d*)²·W_d y^{d−d*} / Σ_d W_d y^{d−d*}
//
// It is right at the root only, and nowhere near 0.
func (r *positiveRoot) rate(x *reduced.Numbers, u *ball.Ball) *ball.Ball {
	below, above := x.SidesAt(ball.New(u.Prec()).Exp(u), r.profile.TargetDegree, 2)
	variance := below[2].Add(below[2], above[2])
	variance.Quo(variance, below[0].Add(below[0], above[0]))
	return variance.MulRat(variance, reduced.Kappa(r.profile, r.alpha))
}

// equilibrium encloses μ* = log(y*)/σ and the rate to so many bits each.
func (r *positiveRoot) equilibrium(ctx context.Context, bits, rateBits uint) (mu, rate *ball.Ball, err error) {
	extra := uint(24 + math.Ilogb(float64(r.gap)) + math.Ilogb(1+r.sigma))
	if r.sum.Sign() != 0 && r.log != 0 {
		extra += uint(min(64, max(0, -math.Ilogb(r.log))))
	}
	start, err := r.begin(bits + extra)
	if err != nil {
		return nil, nil, err
	}
	everywhere := ball.New(64).Union(ball.New(64).SetRat(big.NewRat(1, int64(r.gap))), ball.New(64).SetRat(big.NewRat(1, 2)))
	for known := uint(48); ; { // about the bits to which the start is right
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		precision := min(bits, 2*known) + extra
		if precision > maxPrecision {
			return nil, nil, fmt.Errorf("μ* is not enclosed to %d bits with %d", bits, maxPrecision)
		}
		x := reduced.NumbersOf(r.profile, r.alpha, precision)
		point := ball.New(precision).SetFloat(start)
		h := r.height(x, point, precision)
		root := ball.New(precision).Mul(h, everywhere)
		root.Add(point, root)
		below, above := x.SidesAt(ball.New(precision).Exp(root), r.profile.TargetDegree, 2)
		steepness := ball.New(precision).Add(ball.New(precision).Quo(below[2], below[1]), ball.New(precision).Quo(above[2], above[1]))
		if closer := h.Quo(h, steepness); closer.IsFinite() { // −h' between the point and the root
			root.Add(point, closer)
		}
		mu = x.Logit(root)
		got := mu.RelativeAccuracyBits()
		if got >= int(bits) {
			if rate = r.rate(x, root); rate.RelativeAccuracyBits() >= int(rateBits) {
				return mu, rate, nil
			}
		}
		start = root.Mid()
		if got > int(known) {
			known = uint(got)
		} else {
			extra += extra / 2
		}
	}
}
