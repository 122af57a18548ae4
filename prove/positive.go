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

// A positiveRoot is the one positive root y* = e^{σμ*}, σ = αs, of the numerator
// of the reduced flow of a profile,
//
//	R(y) = Σ_d W_d (d* − d) y^d,  W_d = m_{0,d} + e·m_{1,d},  e = e^σ,
//
// whose coefficients change their sign once (Descartes). With P over d < d* and
// N over d > d*, both sums of |d* − d| W_d y^{d−d_min}, log(P/N) is 0 at y* and falls
// in log y with a slope, a difference of two means of d, of at most −g: g is 2 if
// d* is an integer, and 1 if it is another fraction. So for every y
//
//	|log y* − log y| ≤ |log(P/N)|/g ≤ (2/g)·|P/N − 1|,  if |P/N − 1| is at most 1/2,
//
// which needs no bracket, and f = P − N has the slope
//
//	y f'(y) = (d* − d_min)·f(y) − Σ_d (d* − d)² W_d y^{d−d_min}.
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
		logs[i] = portable.Log(float64(w.Out))
		if w.In > 0 {
			logs[i] = r.sigma + portable.Log(float64(w.In)+float64(float64(w.Out)*portable.Exp(-r.sigma)))
		}
		logs[i] += portable.Log(math.Abs(float64(p.TargetDegree.Over(w.Degree))))
	}
	// h(u) = log Σ_{d<d*} |c_d| e^{du} − log Σ_{d>d*} |c_d| e^{du}, whose slope is
	// at most −1: a difference of mean degrees.
	difference := func(u float64) (value, slope float64) {
		var sums, firsts, tops [2]float64
		tops = [2]float64{math.Inf(-1), math.Inf(-1)}
		side := func(w theory.Weight) int {
			if p.TargetDegree.Over(w.Degree) < 0 {
				return 1
			}
			return 0
		}
		for i, w := range r.weights {
			if p.TargetDegree.Over(w.Degree) != 0 {
				tops[side(w)] = max(tops[side(w)], logs[i]+float64(float64(w.Degree)*u))
			}
		}
		for i, w := range r.weights {
			if p.TargetDegree.Over(w.Degree) != 0 {
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
	return r
}

// begin returns an approximation of log y*.
func (r *positiveRoot) begin() (*big.Float, error) {
	if !(math.Abs(r.log)*float64(r.gap) < maxExponent && r.sigma < maxExponent) {
		return nil, fmt.Errorf("μ* is not enclosed: αs is about %.3g, exponents reach 2^%d", reduced.Sigma(r.alpha, r.profile.K, 64).Mid(), math.Ilogb(maxExponent))
	}
	if r.sum.Sign() != 0 || r.sigma > 1e-9 {
		return big.NewFloat(r.log), nil
	}
	// e^x ≈ 1 + x: μ* ≈ Σ_{N_c} (d* − d) / Σ (d* − d)².
	square := new(big.Int)
	for _, w := range r.weights {
		term := big.NewInt(int64(r.profile.TargetDegree.Over(w.Degree)))
		square.Add(square, term.Mul(term.Mul(term, term), big.NewInt(int64(w.In+w.Out))))
	}
	first := reduced.Sigma(r.alpha, r.profile.K, 64)
	first.MulInt64(first, int64(r.profile.TargetDegree.Den))
	return first.MulRat(first, new(big.Rat).SetFrac(r.profile.Start().Slope, square)).Mid(), nil
}

// maxExponent bounds exponents in their absolute value.
const maxExponent = 1 << 28

// rate returns κ·Var(d) from y*, as F(μ*) = d*:
//
//	κ·Σ_d (d − d*)²·W_d y^d / Σ_d W_d y^d
//
// It is right at the root only, and nowhere near 0.
func (r *positiveRoot) rate(x *reduced.Numbers, y *ball.Ball) *ball.Ball {
	below, above := x.SidesAt(y, r.profile.TargetDegree, 2)
	variance := below[2].Add(below[2], above[2])
	variance.Quo(variance, below[0].Add(below[0], above[0]))
	q := big.NewRat(1, int64(r.profile.TargetDegree.Den)) // whose square is in the sums
	return variance.MulRat(variance, q.Mul(q.Mul(q, q), reduced.Kappa(r.profile, r.alpha)))
}

// narrowed returns y* from a number near it; ok is false if it is too far.
func (r *positiveRoot) narrowed(x *reduced.Numbers, start *big.Float, precision uint) (y *ball.Ball, ok bool) {
	point := ball.New(precision).SetFloat(start)
	below, above := x.SidesAt(point, r.profile.TargetDegree, 1)
	f := ball.New(precision).Sub(below[1], above[1])
	off := ball.New(64).Quo(f, above[1]) // P/N − 1
	scale := 1                           // e^x − 1 ≤ 2x, x = (2/g)·|P/N − 1| ≤ 1/2
	if r.profile.TargetDegree.Den > 1 {
		scale = 2
	}
	distance := new(big.Float).SetMantExp(off.Abs(off).Upper(), scale)
	if !(distance.Cmp(big.NewFloat(1)) <= 0) {
		return nil, false
	}
	half := precision/2 + 32
	near := ball.New(half).SetInt64(1)
	near.Mul(near.AddError(distance), point)
	below, above = x.Rounded(half).SidesAt(near, r.profile.TargetDegree, 2)
	slope := below[1].Sub(above[1], below[1])
	slope.MulInt64(slope, int64(r.profile.TargetDegree.Over(x.Degrees[0])))
	slope.Add(slope, below[2].Add(below[2], above[2])) // −y f'
	move := near.Quo(near.Mul(near, f), slope)
	if q := int64(r.profile.TargetDegree.Den); q > 1 { // one more in the slope
		move.MulInt64(move, q)
	}
	return f.Add(point, move), move.IsFinite()
}

// equilibrium encloses μ* = log(y*)/σ and the rate to so many bits each.
func (r *positiveRoot) equilibrium(ctx context.Context, bits, rateBits uint) (mu, rate *ball.Ball, err error) {
	start, err := r.begin()
	if err != nil {
		return nil, nil, err
	}
	small := max(0, -start.MantExp(nil))
	if r.profile.Start().Slope.Sign() == 0 { // R(1) has no part in e, and all other weights may
		small = max(small, int(r.sigma/math.Ln2))
	}
	want := bits + 4 + uint(small) // of y*, which may be near 1
	extra := uint(20 + math.Ilogb(float64(r.gap)) + math.Ilogb(1+r.sigma))
	known := uint(max(0, -start.MantExp(nil))) + 40
	first := ball.New(known + extra).SetFloat(start)
	start = first.Exp(first).Mid()
	for x := (*reduced.Numbers)(nil); want+extra <= maxPrecision; {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if x == nil {
			x = reduced.NumbersOf(r.profile, r.alpha, want+extra)
		}
		precision := min(want, 2*known) + extra
		y, ok := r.narrowed(x.Rounded(precision), start, precision)
		if !ok {
			return nil, nil, fmt.Errorf("no number near y* was found")
		}
		start = y.Mid()
		got := uint(max(0, y.RelativeAccuracyBits()))
		if got >= want {
			mu, rate = x.Logit(ball.New(want+extra).Log(y)), r.rate(x, y)
			if mu.RelativeAccuracyBits() >= int(bits) && rate.RelativeAccuracyBits() >= int(rateBits) {
				return mu, rate, nil
			}
		}
		if got > known {
			known = got
		} else {
			x, extra = nil, 2*extra
		}
	}
	return nil, nil, fmt.Errorf("μ* is not enclosed to %d bits with %d, and %d are needed", bits, maxPrecision, want+extra)
}
