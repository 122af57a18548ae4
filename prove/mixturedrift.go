package prove

import (
	"math/big"
	"slices"

	"muflow/internal/reduced"
	"muflow/ode/ball"
)

// A mixtureDrift is the right-hand side of the flow of a mixture with one
// unknown μ.
type mixtureDrift struct {
	mixture *Mixture // nil of walk weights
	build   func(precision uint) *driftNumbers
	scale   *big.Rat // α/(n_voc·Σ w)
	kept    map[uint]*driftNumbers
}

func newMixtureDrift(x *Mixture, vertices int) *mixtureDrift {
	total := new(big.Int)
	for _, w := range x.Weights {
		total.Add(total, big.NewInt(w))
	}
	scale := new(big.Rat).SetFrac(big.NewInt(1), total.Mul(total, big.NewInt(int64(vertices))))
	return &mixtureDrift{x, x.numbers, scale.Mul(scale, x.alpha()), map[uint]*driftNumbers{}}
}

// still reports whether integers prove that the drift is 0 at a rational μ.
func (d *mixtureDrift) still(mu *big.Rat) (bool, error) {
	if mu.Sign() == 0 && d.mixture.vanishesAtZero() {
		return true, nil
	}
	for _, f := range d.mixture.Families {
		rational, err := f.Rational()
		if err != nil {
			return false, err
		}
		if !rational.Stationary(mu) {
			return false, nil
		}
	}
	return true, nil
}

// driftNumbers are the constants of a drift at one precision.
type driftNumbers struct {
	sigmas   []*ball.Ball // the different σ/count
	families []*driftFamily
}

// A driftFamily holds the constants of one family: E_S[φ] − E_V[φ] is
//
//	−Σ_V (φ−c) e^{ξ}/Σ_V e^{ξ}        with one c = E_S[φ] for all μ
//	(Z_O/Z)·E_S[φ],  O = V∖S          under Coconut-BFS, where φ = 0 on O
type driftFamily struct {
	factor *ball.Ball // w·s, divided by the denominator of c
	sigma  int        // place of σ, divided by it too
	fixed  bool
	width  int64 // largest difference of features
	groups []driftGroup
}

// A driftGroup is the vertices with the same feature, inside and outside of S.
type driftGroup struct {
	feature int64      // times the denominator of c, minus its numerator
	rate    *ball.Ball // the logit is rate·μ
	inside  *ball.Ball // Σ e^{σb}
	outside *ball.Ball
}

// numbers returns the constants at a precision.
func (d *mixtureDrift) numbers(precision uint) *driftNumbers {
	if d.kept[precision] == nil {
		d.kept[precision] = d.build(precision)
	}
	return d.kept[precision]
}

// numbers works out the constants of the drift of a mixture.
func (x *Mixture) numbers(precision uint) *driftNumbers {
	out, places := &driftNumbers{}, map[string]int{}
	for i, f := range x.Families {
		sum, count := 0, 1
		label, fixed := f.Label()
		if fixed {
			sum, count = label.Sum[0], label.Count
		}
		unit := new(big.Rat).Quo(f.Scale.Alpha, big.NewRat(int64(count), 1))
		key := unit.RatString() + " " + big.NewInt(int64(f.Scale.K)).String()
		place, known := places[key]
		if !known {
			place = len(out.sigmas)
			places[key] = place
			out.sigmas = append(out.sigmas, reduced.Sigma(unit, f.Scale.K, precision))
		}
		g := &driftFamily{fixed: fixed, sigma: place, factor: reduced.Sigma(big.NewRat(1, int64(count)), f.Scale.K, precision)}
		g.factor.MulInt64(g.factor, x.Weights[i])
		e := reduced.Sigma(f.Scale.Alpha, f.Scale.K, precision)
		e.Exp(e)
		least, most := int64(0), int64(0)
		for j, group := range f.Groups {
			feature := int64(group.Feature[0]*count - sum)
			if j == 0 {
				least, most = feature, feature
			}
			least, most = min(least, feature), max(most, feature)
			at := slices.IndexFunc(g.groups, func(x driftGroup) bool { return x.feature == feature })
			if at < 0 {
				at = len(g.groups)
				rate := ball.New(precision).MulInt64(out.sigmas[place], feature)
				g.groups = append(g.groups, driftGroup{feature, rate, ball.New(precision), ball.New(precision)})
			}
			weight, term := ball.New(precision).PowInt(e, int64(group.Bias)), ball.New(precision)
			to := g.groups[at]
			to.inside.Add(to.inside, term.MulInt64(weight, int64(group.Targets)))
			to.outside.Add(to.outside, term.MulInt64(weight, int64(group.Count-group.Targets)))
		}
		g.width = most - least
		out.families = append(out.families, g)
	}
	return out
}

// powers returns e^{σx/count} for each σ.
func (n *driftNumbers) powers(x *ball.Ball) []*ball.Ball {
	out := make([]*ball.Ball, len(n.sigmas))
	for i, sigma := range n.sigmas {
		out[i] = ball.New(x.Prec()).Mul(sigma, x)
		out[i].Exp(out[i])
	}
	return out
}

// plainOrder is up to which order coefficients at all points of an interval are
// worked out from it as it stands.
const plainOrder = 3

// at is the scalarField of the drift. Around the middle m of an interval of half
// width r, |f| ≤ B on the discs of radius ρ around its points (see bound), so that
// with the coefficients f_j at m and q = r/ρ
//
//	f_k(m+s) = Σ_{k≤j<J} C(j,k) f_j s^{j−k} ± B ρ^{−k} Σ_{j≥J} C(j,k) q^{j−k},  |f_k(m+s)| ≤ B ρ^{−k}
func (d *mixtureDrift) at(x *ball.Ball, order int) []*ball.Ball {
	r := x.Radius()
	if r.Sign() == 0 || order <= plainOrder {
		return d.coefficients(x, order)
	}
	p := x.Prec()
	rho := d.radius()
	share := ball.New(64).Quo(ball.New(64).SetFloat(r), ball.New(64).SetFloat(rho)) // q
	out := make([]*ball.Ball, order+1)
	if share.Upper().Cmp(big.NewFloat(0.5)) >= 0 { // beyond what the discs say
		for k := range out {
			out[k] = ball.New(p).Indeterminate()
		}
		return out
	}
	const more = 8
	last := order + more // J
	middle := ball.New(p).Midpoint(x)
	f := d.coefficients(middle, last-1)
	spread := ball.New(64)
	spread.AddError(r)
	inverse := ball.New(64).Quo(ball.New(64).SetInt64(1), ball.New(64).SetFloat(rho))
	power := d.bound(middle, r, rho) // B ρ^{−k}
	for k := range out {
		ratio := ball.New(64).MulInt64(share, int64(10*(last+1))) // of the terms of the rest, at most, in tenths
		if ratio.QuoInt64(ratio, int64(last+1-k)).Upper().Cmp(big.NewFloat(9)) < 0 {
			sum := ball.New(p)
			binomial := ball.New(p)
			for j := last - 1; j >= k; j-- { // Horner's scheme
				sum.Mul(sum, spread)
				binomial.SetInt(new(big.Int).Binomial(int64(j), int64(k)))
				sum.Add(sum, binomial.Mul(binomial, f[j]))
			}
			rest := ball.New(64).PowInt(share, int64(last-k))
			rest.Mul(rest, power)
			rest.Mul(rest, binomial.SetInt(new(big.Int).Binomial(int64(last), int64(k))))
			rest.MulInt64(rest, 10) // 1/(1 − 0.9)
			out[k] = sum.AddError(rest.Upper())
		} else {
			out[k] = ball.New(p).AddError(power.Upper())
		}
		power.Mul(power, inverse)
	}
	return out
}

// radius returns ρ = min 2π/(3σ·width): within it no two terms of a softmax differ
// by more than 2π/3 in their argument, so that |Σ| ≥ Σ|·|/2.
func (d *mixtureDrift) radius() *big.Float {
	n, widest := d.numbers(64), ball.New(64)
	for _, f := range n.families {
		widest.Max(widest, ball.New(64).MulInt64(n.sigmas[f.sigma], f.width))
	}
	rho := ball.Pi(64)
	rho.MulInt64(rho, 2)
	rho.QuoInt64(rho, 3)
	return rho.Quo(rho, widest).Lower()
}

// bound returns B: with the means at the middle, and those at distance ρ + r at most
// e^{σ·width·(ρ+r)} times them,
//
//	|E_V[φ−c]| ≤ 2·E_V|φ−c|,   |(Z_O/Z)·E_S[φ]| ≤ 4·(Z_O/Z)·E_S[φ], twice the exponent
func (d *mixtureDrift) bound(middle *ball.Ball, r, rho *big.Float) *ball.Ball {
	n := d.numbers(64)
	number := func() *ball.Ball { return ball.New(64) }
	reach := number().Add(number().SetFloat(r), number().SetFloat(rho))
	bases, total, term, weight := n.powers(number().Set(middle)), number(), number(), number()
	for _, f := range n.families {
		if f.width == 0 {
			continue
		}
		first, inside, outside := number(), number(), number()
		for _, g := range f.groups {
			weight.PowInt(bases[f.sigma], g.feature)
			part := number().Mul(weight, g.inside)
			inside.Add(inside, part)
			rest := number().Mul(weight, g.outside)
			outside.Add(outside, rest)
			if f.fixed {
				part.Add(part, rest)
			}
			first.Add(first, term.MulInt64(part, max(g.feature, -g.feature)))
		}
		all := number().Add(inside, outside)
		first.Mul(first, f.factor)
		first.MulInt64(first.Quo(first, all), 2)
		growth := number().MulInt64(n.sigmas[f.sigma], f.width)
		growth.Mul(growth, reach)
		if !f.fixed {
			first.MulInt64(first.Quo(first.Mul(first, outside), inside), 2)
			growth.MulInt64(growth, 2)
		}
		total.Add(total, first.Mul(first, growth.Exp(growth)))
	}
	total.MulRat(total, d.scale)
	return total.SetFloat(total.Upper())
}

// coefficients returns the Taylor coefficients of the drift at a point, or over
// an interval as it stands.
func (d *mixtureDrift) coefficients(x *ball.Ball, order int) []*ball.Ball {
	t := newTaylor(x.Prec(), order)
	n := d.numbers(t.precision)
	bases, total := n.powers(x), t.zero()
	top, bottom, inside, mean := t.zero(), t.zero(), t.zero(), t.zero()
	coefficient, weighted, first := ball.New(t.precision), ball.New(t.precision), ball.New(t.precision)
	for _, f := range n.families {
		if f.width == 0 {
			continue
		}
		t.clear(top)
		t.clear(bottom)
		t.clear(inside)
		for _, g := range f.groups {
			first.PowInt(bases[f.sigma], g.feature)
			add := func(z series, weight *ball.Ball, other series, factor int64) {
				if weight.IsZero() {
					return
				}
				coefficient.Mul(first, weight) // e^{rate(x+s)} = e^{rate·x}·Σ rate^k s^k/k!
				for k := range z {
					z[k].Add(z[k], coefficient)
					if other != nil && factor != 0 {
						other[k].Add(other[k], weighted.MulInt64(coefficient, factor))
					}
					if g.feature == 0 {
						break
					}
					coefficient.QuoInt64(coefficient.Mul(coefficient, g.rate), int64(k+1))
				}
			}
			if f.fixed {
				add(bottom, ball.New(t.precision).Add(g.inside, g.outside), top, -g.feature)
			} else {
				add(inside, g.inside, top, g.feature)
				add(bottom, g.outside, nil, 0)
			}
		}
		if f.fixed {
			t.quo(mean, top, bottom)
		} else { // (Z_O/Z)·E_S
			t.quo(mean, top, inside)
			t.addScaled(inside, weighted.SetInt64(1), bottom)
			t.quo(top, bottom, inside)
			t.clear(bottom)
			t.addProduct(bottom, top, mean)
			mean, bottom = bottom, mean
		}
		t.addScaled(total, f.factor, mean)
	}
	for _, c := range total {
		c.MulRat(c, d.scale)
	}
	return total
}

// keeps reports whether integers prove that the drift has the sign of a side, or
// is 0, everywhere. If not, it has the other sign far out on that side.
func (d *mixtureDrift) keeps(side int) bool {
	for _, f := range d.numbers(64).families {
		for _, g := range f.groups {
			if f.fixed && int64(side)*g.feature > 0 || !f.fixed && side < 0 && g.feature > 0 {
				return false
			}
		}
	}
	return true
}

// convex reports whether the drift falls everywhere.
func (d *mixtureDrift) convex() bool {
	return !slices.ContainsFunc(d.numbers(64).families, func(f *driftFamily) bool { return !f.fixed })
}
