package theory

import (
	"math/big"
	"slices"
)

// Family returns the step as a family along one or both of the axes
//
//	X = gw/M_c (OnLeaving),  Y = g(1−w)/(M−M_c) (OnOthers),  ξ_v = α(s a_v + X d_v + Y(D_v − d_v))
//
// in units of s: θ = ±X/s, ±Y/s with the given sign, 1 or −1. On the plane of
// both the loss is convex, and softmax attention with value gain g reaches the
// points with XY ≥ 0 of it.
// theory.md section 7a.
func (a *Attention) Family(alpha *big.Rat, sign int, axes ...AttentionEnd) (*Family, error) {
	groups := make([]Group, len(a.Groups))
	for i, g := range a.Groups {
		groups[i] = Group{Bias: indicator(g.InSet), Count: g.Count, Targets: indicator(i == a.Target)}
		for _, axis := range axes {
			feature := g.Degree
			if axis == OnOthers {
				feature = g.Total - g.Degree
			}
			groups[i].Feature = append(groups[i].Feature, sign*feature)
		}
	}
	rates := make([]*big.Rat, len(axes))
	for i := range rates {
		rates[i] = big.NewRat(1, 1)
	}
	return newFamily(Scale{alpha, a.K}, rates, groups, nil)
}

// A GainMargin says how far the logit of p gets ahead of the others when the
// value gain grows, g = ±r with r → ∞, at the attention weight w.
//
//	m(w) = min_v ±(w(d_p − d_v)/M_c + (1−w)((D_p − d_p) − (D_v − d_v))/(M − M_c))
//
// The least runs over the vertices that differ from p in d or D.
type GainMargin struct {
	Least, Greatest *big.Rat // the w in [0, 1] between which m is largest
	Margin          *big.Rat // m there
	Ahead           bool     // there p gets ahead of some vertex
}

// Margin returns where the margin is largest. Exact. It needs Moves.
func (a *Attention) Margin(sign int) GainMargin {
	leaving, others := int64(a.Leaving), int64(a.Edges-a.Leaving)
	target := a.Groups[a.Target]
	var ends [][2]*big.Rat // of each line, at w = 0 and 1
	for _, g := range a.Groups {
		d, e := target.Degree-g.Degree, target.Total-target.Degree-g.Total+g.Degree
		if d != 0 || e != 0 {
			ends = append(ends, [2]*big.Rat{big.NewRat(int64(sign*e), others), big.NewRat(int64(sign*d), leaving)})
		}
	}
	at := func(l [2]*big.Rat, w *big.Rat) *big.Rat {
		slope := new(big.Rat).Sub(l[1], l[0])
		return slope.Add(slope.Mul(slope, w), l[0])
	}
	candidates := []*big.Rat{new(big.Rat), big.NewRat(1, 1)}
	for i, x := range ends {
		for _, y := range ends[:i] {
			// x0 + w(x1 − x0) = y0 + w(y1 − y0)
			below := new(big.Rat).Sub(x[1], x[0])
			below.Sub(below, new(big.Rat).Sub(y[1], y[0]))
			if below.Sign() == 0 {
				continue
			}
			w := new(big.Rat).Sub(y[0], x[0])
			if w.Quo(w, below); w.Sign() > 0 && w.Cmp(candidates[1]) < 0 {
				candidates = append(candidates, w)
			}
		}
	}
	slices.SortFunc(candidates, (*big.Rat).Cmp)
	var best GainMargin
	for _, w := range candidates {
		least, ahead := at(ends[0], w), false
		for _, l := range ends {
			x := at(l, w)
			ahead = ahead || x.Sign() > 0
			if x.Cmp(least) < 0 {
				least = x
			}
		}
		switch {
		case best.Margin == nil || least.Cmp(best.Margin) > 0:
			best = GainMargin{w, w, least, ahead}
		case least.Cmp(best.Margin) == 0:
			best.Greatest = w
		}
	}
	return best
}
