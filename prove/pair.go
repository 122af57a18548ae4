package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// A PairEnd says where the pair (z, g) goes when the value gain of softmax
// attention is trained too and keeps its sign.
type PairEnd uint8

// The ends.
const (
	PairUndecided PairEnd = iota
	PairFinite            // z → log(X*/Y*), g → M_c X* + (M − M_c) Y*
	PairLeaving           // z → +∞, g → M_c X_0
	PairOthers            // z → −∞, g → (M − M_c) Y_0
	PairGrowing           // |g| → ∞
	PairTurning           // g → 0, and beyond
)

// PairEnds lists them in order.
var PairEnds = []PairEnd{PairUndecided, PairFinite, PairLeaving, PairOthers, PairGrowing, PairTurning}

// String returns the words for reports.
func (e PairEnd) String() string {
	return [...]string{"undecided", "finite", "z → +∞", "z → −∞", "g grows", "g → 0"}[e]
}

// MarshalText writes the word of String.
func (e PairEnd) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// A PairLimit is the end of a pair with its numbers.
type PairLimit struct {
	End    PairEnd
	Logit  *ball.Ball        // z, if it is PairFinite
	Gain   *ball.Ball        // g, if it is finite
	Margin theory.GainMargin // with a gain that grows
}

// DecidePair decides where the loss of a step is least among the pairs (z, g)
// with g of the given sign, 1 or −1. In X = gw/M_c, Y = g(1−w)/(M−M_c) the loss
// is convex and g > 0 is the quadrant X, Y > 0 (g < 0 the opposite one), so that
// there is one place in its closure to go to:
//
//	m(w) ≥ 0 for some w, see theory.GainMargin: no least value, g → ±∞
//	else the minimiser (X*, Y*), if it lies within
//	else (X_0, 0) where d_p = E[d] and D_p − d_p ≤ E[D − d],  or (0, Y_0) the other way round
//	else X = Y = 0, where g changes its sign
//
// Along (z, g) the flow descends and has no other attracting ends of this sign.
// Encloses the exact value for every point of the inputs.
// theory.md section 7a.
func DecidePair(ctx context.Context, a *theory.Attention, alpha *big.Rat, sign int) (*PairLimit, error) {
	if alpha.Sign() <= 0 || sign != 1 && sign != -1 {
		return nil, fmt.Errorf("readout gain %s and sign %d, expected a positive number and 1 or −1", alpha.RatString(), sign)
	}
	if !a.Moves() {
		return nil, errors.New("no edge, every edge, or a constant h: the attention logit does not move")
	}
	out := &PairLimit{Margin: a.Margin(sign)}
	if out.Margin.Margin.Sign() >= 0 {
		if !out.Margin.Ahead {
			return out, nil // all contrasts on a line
		}
		out.End = PairGrowing
		return out, nil
	}
	both, err := a.Family(alpha, sign, theory.OnLeaving, theory.OnOthers)
	if err != nil {
		return nil, err
	}
	if inside, err := pairMinimiser(ctx, a, both, sign); err != nil || inside != nil {
		return inside, err
	}
	var found []*PairLimit
	origin := 0
	for i, axis := range []theory.AttentionEnd{theory.OnLeaving, theory.OnOthers} {
		along, err := a.Family(alpha, sign, axis)
		if err != nil {
			return nil, err
		}
		line := &Mixture{Families: []*theory.Family{along}, Weights: []int64{1}}
		slope := 0 // d_p = E[d] at 0 by integers, see theory.ExponentialSum
		if !balanced(along, 0) {
			if slope, err = signAtZero(line); err != nil {
				return nil, err
			}
		}
		if slope <= 0 {
			origin++
			continue
		}
		theta, closed, err := axisMinimum(ctx, line, both, i)
		if err != nil {
			return nil, err
		}
		if !closed {
			continue
		}
		count, end := a.Leaving, PairLeaving
		if axis == theory.OnOthers {
			count, end = a.Edges-a.Leaving, PairOthers
		}
		found = append(found, &PairLimit{End: end, Gain: pairGain(a, sign, count, theta)})
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case origin == 2:
		return &PairLimit{End: PairTurning, Gain: ball.New(64)}, nil
	}
	return nil, fmt.Errorf("%d least values on the edges of a quadrant of a convex loss, expected one", len(found))
}

// balanced reports whether Σ (φ_p − φ_v)_i e^{αs b_v} = 0: as b_v is 0 or 1 and
// e^{αs} transcendental, both parts are.
func balanced(f *theory.Family, i int) bool {
	for _, sum := range slopeTerms(f, i, func([]int) int { return 0 }) {
		if sum != 0 {
			return false
		}
	}
	return true
}

// onAxis reports whether the slope across an axis of the plane is a multiple of
// the slope along it, term by term: where the one is 0 the other is. The slope
// along it must not be 0 everywhere.
func onAxis(both *theory.Family, axis int) bool {
	power := func(feature []int) int { return feature[axis] }
	along, across := slopeTerms(both, axis, power), slopeTerms(both, 1-axis, power)
	for k, a := range along {
		for l, b := range along {
			if a*across[l] != b*across[k] {
				return false
			}
		}
	}
	return true
}

// slopeTerms returns Σ (φ_p − φ_v)_i over the vertices of each bias and power.
func slopeTerms(f *theory.Family, i int, power func(feature []int) int) map[[2]int]int {
	var target int
	for _, g := range f.Groups {
		if g.Targets > 0 {
			target = g.Feature[i]
		}
	}
	sums := map[[2]int]int{}
	for _, g := range f.Groups {
		sums[[2]int{g.Bias, power(g.Feature)}] += g.Count * (target - g.Feature[i])
	}
	return sums
}

// pairDigits bounds the digits spent on a sign.
const pairDigits = 200

// pairMinimiser returns the end at (X*, Y*), nil if that is not in the quadrant.
func pairMinimiser(ctx context.Context, a *theory.Attention, both *theory.Family, sign int) (*PairLimit, error) {
	contrasts, err := both.Contrasts()
	if err != nil {
		return nil, err
	}
	plane, err := theory.Separate(theory.Vectors(contrasts))
	if err != nil || plane.Kind != theory.Overlap || len(plane.Stationary) > 0 {
		return nil, err
	}
	if onAxis(both, 0) || onAxis(both, 1) || balanced(both, 0) && balanced(both, 1) {
		return nil, nil // on an axis exactly, which no enclosure decides
	}
	for digits := 12; digits <= pairDigits; digits *= 2 {
		theta, err := EncloseEquilibrium(ctx, &Mixture{Families: []*theory.Family{both}, Weights: []int64{1}}, digits)
		if err != nil {
			return nil, err
		}
		x, known := theta[0].Sign()
		y, also := theta[1].Sign()
		if !known || !also {
			continue
		}
		if x <= 0 || y <= 0 {
			return nil, nil
		}
		precision := theta[0].Prec()
		z := ball.New(precision).Quo(theta[0], theta[1])
		z.Log(z)
		sum := pairGain(a, sign, a.Leaving, theta[0])
		return &PairLimit{End: PairFinite, Logit: z, Gain: sum.Add(sum, pairGain(a, sign, a.Edges-a.Leaving, theta[1]))}, nil
	}
	return nil, fmt.Errorf("the signs of the minimiser are not decided with %d digits", pairDigits)
}

// axisMinimum returns the least value along an axis, and whether the loss does
// not fall into the quadrant from there.
func axisMinimum(ctx context.Context, line *Mixture, both *theory.Family, axis int) (theta *ball.Ball, closed bool, err error) {
	for digits := 12; digits <= pairDigits; digits *= 2 {
		zero, err := EncloseEquilibrium(ctx, line, digits)
		if err != nil {
			return nil, false, err
		}
		if onAxis(both, axis) {
			return zero[0], true, nil
		}
		precision := zero[0].Prec()
		u := []*ball.Ball{ball.New(precision), ball.New(precision)}
		u[axis].Mul(zero[0], ball.New(precision).SetRat(line.alpha()))
		at := newSoftmaxFamily(both, precision).at(u)
		inward := ball.New(precision).Sub(at.meanTarget[1-axis], at.mean[1-axis])
		if sign, known := inward.Sign(); known && sign != 0 {
			return zero[0], sign < 0, nil
		}
	}
	return nil, false, fmt.Errorf("the slope at the end of an axis is not decided with %d digits", pairDigits)
}

// pairGain is ±count·s·θ.
func pairGain(a *theory.Attention, sign, count int, theta *ball.Ball) *ball.Ball {
	s := reduced.Sigma(big.NewRat(int64(sign), 1), a.K, theta.Prec())
	s.Mul(s, theta)
	return s.MulInt64(s, int64(count))
}
