package prove

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"muflow/internal/portable"
	"muflow/ode/ball"
	"muflow/theory"
)

// A walkRoot is the equilibrium of one step with walk weights, in v = αs d_max μ. With
//
//	δ = (d − d*)/d_max,  a = αs w,  P = Σ_{δ<0} |δ| m e^{a + δv},  N = Σ_{δ>0} δ m e^{a + δv}
//
// over the groups, log(P/N) is 0 at v* and falls with a slope of at most −g, the sum
// of the least |δ| of both sides, so that |v* − v| ≤ |log(P/N)|/g at any v.
type walkRoot struct {
	step  *theory.WalkStep
	alpha *big.Rat
	delta []*big.Rat   // of each group
	size  []*big.Rat   // |δ|
	gap   *big.Rat     // g
	sigma *ball.Ball   // αs, to the precision asked for last
	base  []*ball.Ball // αs w of each group, to that precision
	all   []*ball.Ball // exponents, room for one of each group
}

func newWalkRoot(x *theory.WalkStep, alpha *big.Rat) *walkRoot {
	r := &walkRoot{step: x, alpha: alpha}
	var least [2]*big.Rat
	for _, g := range x.Groups {
		d := new(big.Rat).Sub(g.In, x.Target)
		d.Quo(d, x.Most())
		size := new(big.Rat).Abs(d)
		r.delta, r.size = append(r.delta, d), append(r.size, size)
		if side := (d.Sign() + 1) / 2; d.Sign() != 0 && (least[side] == nil || size.Cmp(least[side]) < 0) {
			least[side] = size
		}
	}
	r.gap = new(big.Rat).Add(least[0], least[1])
	return r
}

// begin approximates v* in float64, by Newton's method within a bracket.
func (r *walkRoot) begin() float64 {
	alpha, _ := r.alpha.Float64()
	var a, d []float64
	for i, g := range r.step.Groups {
		if r.delta[i].Sign() == 0 {
			continue
		}
		share, _ := new(big.Rat).Quo(new(big.Rat).Mul(g.Weight, g.Weight), r.step.Square).Float64()
		x, _ := r.delta[i].Float64()
		a = append(a, float64(alpha*math.Sqrt(share))+portable.Log(float64(g.Count)*math.Abs(x)))
		d = append(d, x)
	}
	difference := func(v float64) (value, slope float64) {
		tops, sums, firsts := [2]float64{math.Inf(-1), math.Inf(-1)}, [2]float64{}, [2]float64{}
		side := func(x float64) int {
			if x > 0 {
				return 1
			}
			return 0
		}
		for i, x := range d {
			tops[side(x)] = max(tops[side(x)], a[i]+float64(x*v))
		}
		for i, x := range d {
			k := side(x)
			w := portable.Exp(a[i] + float64(x*v) - tops[k])
			sums[k] += w
			firsts[k] += float64(x * w)
		}
		return tops[0] - tops[1] + portable.Log(sums[0]/sums[1]), firsts[0]/sums[0] - firsts[1]/sums[1]
	}
	gap, _ := r.gap.Float64()
	start, _ := difference(0)
	low, high := min(0, start/gap), max(0, start/gap)
	v := 0.
	for range 200 {
		value, slope := difference(v)
		if value > 0 {
			low = v
		} else {
			high = v
		}
		next := v - value/slope
		if !(low <= next && next <= high) {
			next = low + float64((high-low)/2)
		}
		settled := math.Abs(next-v) <= 1e-14*math.Abs(next)
		if v = next; settled {
			break
		}
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// prepare works out αs and the αs w.
func (r *walkRoot) prepare(precision uint) {
	if r.sigma != nil && r.sigma.Prec() == precision {
		return
	}
	r.sigma, r.base, r.all = walkSigma(r.step, r.alpha, precision), nil, nil
	for _, g := range r.step.Groups {
		r.base, r.all = append(r.base, ball.New(precision).MulRat(r.sigma, g.Weight)), append(r.all, ball.New(precision))
	}
}

// exponents returns the a + δv at a ball v, in the room for them, and middles of the
// largest with δ < 0, δ = 0 and δ > 0.
func (r *walkRoot) exponents(v *ball.Ball) (all []*ball.Ball, tops [3]*ball.Ball) {
	p := v.Prec()
	r.prepare(p)
	for i, e := range r.all {
		e.MulRat(v, r.delta[i])
		e.Add(e, r.base[i])
		if k := r.delta[i].Sign() + 1; tops[k] == nil || e.CmpMid(tops[k]) > 0 {
			tops[k] = e
		}
	}
	for k, top := range tops {
		if top != nil {
			tops[k] = ball.New(p).Midpoint(top)
		}
	}
	return r.all, tops
}

// at returns log(P/N) and minus its slope at a ball v.
//
// Encloses the exact values for every point of the inputs.
func (r *walkRoot) at(v *ball.Ball) (value, slope *ball.Ball) {
	p := v.Prec()
	exponents, tops := r.exponents(v)
	var first, square [2]*ball.Ball // Σ |δ|…, Σ δ²… of a side, over its largest exponential
	for k := range first {
		first[k], square[k] = ball.New(p), ball.New(p)
	}
	for i, g := range r.step.Groups {
		if r.delta[i].Sign() == 0 {
			continue
		}
		k := (r.delta[i].Sign() + 1) / 2
		w := exponents[i].Sub(exponents[i], tops[2*k])
		w.MulInt64(decay(w), int64(g.Count))
		first[k].Add(first[k], w.MulRat(w, r.size[i]))
		square[k].Add(square[k], w.MulRat(w, r.size[i]))
	}
	value = ball.New(p).Quo(first[0], first[1])
	value.Log(value)
	value.Add(value, tops[0].Sub(tops[0], tops[2]))
	slope = square[0].Quo(square[0], first[0])
	return value, slope.Add(slope, first[1].Quo(square[1], first[1]))
}

// spread returns Σ m e^{a + δv} and Σ δ² m e^{a + δv} over all groups up to a common
// factor, at a ball v.
//
// Encloses the exact values for every point of the inputs.
func (r *walkRoot) spread(v *ball.Ball) (zeroth, second *ball.Ball) {
	p := v.Prec()
	exponents, tops := r.exponents(v)
	top := tops[0]
	for _, x := range tops[1:] {
		if x != nil && x.CmpMid(top) > 0 {
			top = x
		}
	}
	zeroth, second = ball.New(p), ball.New(p)
	for i, g := range r.step.Groups {
		w := exponents[i].Sub(exponents[i], top)
		w.MulInt64(decay(w), int64(g.Count))
		zeroth.Add(zeroth, w)
		second.Add(second, w.MulRat(w, new(big.Rat).Mul(r.delta[i], r.delta[i])))
	}
	return zeroth, second
}

// cancelled is how many bits are needed at least to tell μ* from 0 where the terms of the
// largest weight cancel: what is left of log(P/N) at 0 is smaller than 1 by the
// exponential of αs times a difference of two weights. Approximate.
func (r *walkRoot) cancelled() float64 {
	var least *big.Rat
	for _, g := range r.step.Groups {
		for _, h := range r.step.Groups {
			d := new(big.Rat).Sub(g.Weight, h.Weight)
			if d.Sign() > 0 && (least == nil || d.Cmp(least) < 0) {
				least = d
			}
		}
	}
	if least == nil {
		return 0
	}
	size, _ := walkSigma(r.step, r.alpha, 64).Mid().Float64()
	gap, _ := least.Float64()
	return float64(size*gap) / math.Ln2
}

// equilibrium encloses μ* and the rate (α²/(nq))·Var_{μ*}(d) to so many digits; with
// atZero μ* is 0 exactly.
//
// Encloses the exact values for every point of the inputs.
func (r *walkRoot) equilibrium(ctx context.Context, atZero bool, digits int) (mu, rate *ball.Ball, err error) {
	want := ball.Bits(digits)
	size := r.alpha.Num().BitLen() - r.alpha.Denom().BitLen()
	extra := uint(32 + max(size, 0))
	point := new(big.Float)
	if !atZero {
		point.SetFloat64(r.begin())
	}
	for ; want+extra <= maxPrecision; extra *= 2 {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		precision := want + extra
		v, last := ball.New(precision), 0
		for step := 0; !atZero; step++ {
			x := ball.New(precision).SetFloat(point)
			value, slope := r.at(x)
			distance := ball.New(precision).Quo(ball.New(precision).Abs(value), ball.New(precision).SetRat(r.gap))
			v = x.AddError(distance.Upper())
			if !value.IsFinite() || value.Mid().Sign() == 0 || step > 60 || step > 1 && value.Mid().MantExp(nil) >= last {
				break
			}
			last = value.Mid().MantExp(nil)
			point = new(big.Float).SetPrec(precision).Add(point, new(big.Float).SetPrec(precision).Quo(value.Mid(), slope.Mid()))
		}
		zeroth, second := r.spread(v)
		sigma := ball.New(precision).MulRat(r.sigma, r.step.Most()) // αs d_max
		rate = second.Quo(second, zeroth)
		rate.Mul(rate, ball.New(precision).Sqr(sigma))
		rate.QuoInt64(rate, int64(r.step.N))
		mu = v.Quo(v, sigma)
		if (atZero || mu.RelativeAccuracyBits() >= int(want)) && rate.RelativeAccuracyBits() >= int(want) {
			return mu, rate, nil
		}
		if _, apart := mu.Sign(); !apart && r.cancelled() > float64(maxPrecision) {
			break
		}
	}
	return nil, nil, fmt.Errorf("μ* and the rate are not enclosed to %d digits with %d bits", digits, maxPrecision)
}
