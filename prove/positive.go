package prove

import (
	"context"
	"fmt"
	"math"
	"math/big"

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
	scale   theory.Scale
	weights []theory.Weight
	sigma   float64 // αs, about
	log     float64 // log y*, about
}

// newPositiveRoot approximates the root; ok is false where float64 has not the
// range.
func newPositiveRoot(p *theory.Profile, alpha *big.Rat) (r *positiveRoot, ok bool) {
	r = &positiveRoot{profile: p, scale: theory.Scale{Alpha: alpha, K: p.K}, weights: p.Weights()}
	gain, _ := alpha.Float64()
	r.sigma = gain / math.Sqrt(float64(p.K))
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
	return r, math.Abs(r.log) < 1<<28 && r.sigma > 0 && r.sigma < 1<<28
}

// coefficients returns Σ_d factor(d)·W_d y^d, from the constant one on.
func (r *positiveRoot) coefficients(e *ball.Ball, precision uint, factor func(d int) int) []*ball.Ball {
	out := make([]*ball.Ball, r.weights[len(r.weights)-1].Degree+1)
	zero := ball.New(64)
	for d := range out {
		out[d] = zero
	}
	for _, w := range r.weights {
		c := ball.New(precision)
		if n := int64(factor(w.Degree)); n != 0 {
			c.MulInt64(e, n*int64(w.In))
			c.AddInt64(c, n*int64(w.Out))
		}
		out[w.Degree] = c
	}
	return out
}

// enclose returns y* and e, for √K, with a working precision; ok is false where
// the root is not proved near its approximation.
func (r *positiveRoot) enclose(root *ball.Ball, precision uint) (y, e *ball.Ball, ok bool) {
	const first = 128
	// α/√K = √K·α/K
	e = ball.New(precision).Set(root)
	timesRat(e, new(big.Rat).Quo(r.scale.Alpha, new(big.Rat).SetInt64(int64(r.scale.K))))
	e.Exp(e)
	target := r.profile.TargetDegree
	c := r.coefficients(e, precision, func(d int) int { return target - d })
	// R > 0 below the root and R < 0 above.
	middle := ball.New(first).SetFloat64(r.log)
	middle.Exp(middle).Midpoint(middle)
	if !middle.IsFinite() {
		return nil, nil, false
	}
	for _, accuracy := range []int{42, 30, 20} {
		y = ball.New(first).Set(middle)
		y.AddError(new(big.Float).SetMantExp(middle.Mid(), -accuracy))
		below, okBelow := ball.New(first).EvalPolynomial(c, ball.New(first+32).SetFloat(y.Lower())).Sign()
		above, okAbove := ball.New(first).EvalPolynomial(c, ball.New(first+32).SetFloat(y.Upper())).Sign()
		if okBelow && okAbove && below > 0 && above < 0 {
			return ball.RefineRoot(c, y, precision), e, true
		}
	}
	return nil, nil, false
}

// rate returns κ·Var_{μ*}(d), where F(μ*) = d*, from y* and e:
//
//	κ·Σ_d (d − d*)²·W_d y^d / Σ_d W_d y^d
//
// It is right at the root only, and nowhere near 0.
func (r *positiveRoot) rate(y, e *ball.Ball, precision uint) *ball.Ball {
	powers := map[int]*ball.Ball{1: y}
	total, square := ball.New(precision), ball.New(precision)
	power, term, at := ball.New(precision).SetInt64(1), ball.New(precision), 0
	for _, w := range r.weights {
		if gap := w.Degree - at; gap > 0 {
			step, ok := powers[gap]
			if !ok {
				step = ball.New(precision).PowInt(y, int64(gap))
			}
			power = ball.New(precision).Mul(power, step)
			at = w.Degree
			powers[at] = power
		}
		term.MulInt64(e, int64(w.In))
		term.AddInt64(term, int64(w.Out))
		term.Mul(term, power)
		total.Add(total, term)
		if d := int64(w.Degree - r.profile.TargetDegree); d != 0 {
			square.Add(square, term.MulInt64(term, d*d))
		}
	}
	square.Quo(square, total)
	// κ = α²/(nK)
	kappa := new(big.Rat).Mul(r.scale.Alpha, r.scale.Alpha)
	kappa.Quo(kappa, new(big.Rat).SetInt64(int64(r.profile.N)*int64(r.profile.K)))
	return timesRat(square, kappa)
}

// timesRat multiplies z by a rational number.
func timesRat(z *ball.Ball, q *big.Rat) *ball.Ball {
	if q.Num().IsInt64() && q.Denom().IsInt64() {
		if n := q.Num().Int64(); n != 1 {
			z.MulInt64(z, n)
		}
		if n := q.Denom().Int64(); n != 1 {
			z.QuoInt64(z, n)
		}
		return z
	}
	return z.Mul(z, ball.New(z.Prec()+8).SetRat(q))
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
			root := ball.New(precision).SetInt64(int64(r.scale.K))
			root.Sqrt(root)
			y, e, ok := r.enclose(root, precision)
			if !ok {
				return nil, nil, false, nil
			}
			// μ* = log(y*)·√K/α
			mu = ball.New(precision).Log(y)
			mu.Mul(mu, root)
			timesRat(mu, new(big.Rat).Inv(r.scale.Alpha))
			rate = r.rate(y, e, precision)
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
