package proptest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// An AttentionField is the reduced flow of softmax attention in float64, with
// a fixed value gain (unknown z) or a trained one (unknowns z, g).
type AttentionField struct {
	step  *theory.Attention
	alpha float64
}

// NewAttentionField returns the float64 form of a step that Moves.
func NewAttentionField(a *theory.Attention, alpha float64) (*AttentionField, error) {
	if !a.Moves() {
		return nil, fmt.Errorf("no edge, every edge, or a constant h: the attention logit does not move")
	}
	if !(alpha > 0) || math.IsInf(alpha, 0) {
		return nil, fmt.Errorf("readout gain %g, expected a positive finite number", alpha)
	}
	return &AttentionField{a, alpha}, nil
}

// Weight returns w, the attention on the edges that leave N_c.
//
//	w = M_c e^z/(M_c e^z + M − M_c)
//
// Approximate: no error bound.
func (x *AttentionField) Weight(z float64) float64 {
	m, c := float64(x.step.Edges), float64(x.step.Leaving)
	return c / (c + (m-c)*math.Exp(-z))
}

// Surplus returns h_p − E_w[h] at z and value gain g.
// Approximate: no error bound.
// theory.md section 7a.
func (x *AttentionField) Surplus(z, g float64) float64 {
	surplus, _ := x.means(z, g)
	return surplus
}

// means returns h_p − E[h] and A_p − E[A].
func (x *AttentionField) means(z, g float64) (surplus, attention float64) {
	w := x.Weight(z)
	s, c := x.alpha/math.Sqrt(float64(x.step.K)), float64(x.step.Leaving)
	rest := float64(x.step.Edges) - c
	value := func(i int) float64 {
		group := x.step.Groups[i]
		return w*float64(group.Degree)/c + (1-w)*float64(group.Total-group.Degree)/rest
	}
	logit := make([]float64, len(x.step.Groups))
	top := math.Inf(-1)
	for i, group := range x.step.Groups {
		logit[i] = x.alpha * g * value(i)
		if group.InSet {
			logit[i] += s
		}
		top = max(top, logit[i])
	}
	target := x.step.Target
	sum := 0.0
	for i, group := range x.step.Groups {
		weight := float64(group.Count) * math.Exp(logit[i]-top)
		sum += weight
		surplus += weight * float64(x.step.Contrast(target)-x.step.Contrast(i))
		attention += weight * (value(target) - value(i))
	}
	return surplus / sum, attention / sum
}

// Drift returns z' at value gain g.
//
//	z' = (s²αg/n)·w(1−w)/(M_c(M−M_c))·(h_p − E_w[h])
//
// Approximate: no error bound.
// theory.md section 7a.
// Units: logits in nats, t = learning rate × steps.
func (x *AttentionField) Drift(z, g float64) float64 {
	d, _ := x.PairDrift(z, g)
	return d
}

// PairDrift returns z' and g' of the flow in which the value gain is trained
// too, with rate 1.
//
//	g' = α·(A_p − E[A])
//
// Approximate: no error bound.
// theory.md section 7a.
func (x *AttentionField) PairDrift(z, g float64) (dz, dg float64) {
	surplus, attention := x.means(z, g)
	w, c, m := x.Weight(z), float64(x.step.Leaving), float64(x.step.Edges)
	rest := others(m-c, z, c) // 1 − w without cancellation
	dz = x.alpha * g / float64(x.step.N) / float64(x.step.K) * w * rest / (c * (m - c)) * surplus
	return dz, x.alpha * attention
}

// others is (M−M_c)e^{−z}/(M_c + (M−M_c)e^{−z}).
func others(count, z, leaving float64) float64 {
	return count / (count + leaving*math.Exp(z))
}

// An AttentionEnd names where a pair (z, g) ends.
type AttentionEnd uint8

// The ends of the trained-gain flow, as far as a finite path shows them.
const (
	EndUnclear  AttentionEnd = iota
	EndFinite                // both converge
	EndUpward                // z keeps growing
	EndDownward              // z keeps falling
	EndGain                  // g alone keeps growing
)

// String returns the word for reports.
func (e AttentionEnd) String() string {
	return [...]string{"unclear", "finite", "z upward", "z downward", "g grows"}[e]
}

// FollowPair follows (z, g) from (0, gain) to gradient-flow time 10^decades by
// an explicit method of order two with step control, and says how it ended by
// the change over the last two decades: a logit that still moves by more than
// share of its change in the decade before keeps going.
// Approximate: no error bound.
func (x *AttentionField) FollowPair(gain float64, decades int) (z, g float64, end AttentionEnd) {
	const share, still = 0.5, 1e-3
	z, g = 0, gain
	t, h := 0.0, 1e-3
	var marks [][2]float64
	next := 0
	for t < math.Pow(10, float64(decades)) {
		a, b := x.PairDrift(z, g)
		c, d := x.PairDrift(z+h*a, g+h*b)
		miss := h * math.Hypot(a-c, b-d) / 2
		tolerance := 1e-5 * (1 + math.Hypot(z, g))
		if miss > tolerance {
			h /= 2
			continue
		}
		z, g, t = z+h*(a+c)/2, g+h*(b+d)/2, t+h
		if miss < tolerance/8 {
			h *= 2
		}
		for next <= decades && t >= math.Pow(10, float64(next)) {
			marks = append(marks, [2]float64{z, g})
			next++
		}
	}
	last := len(marks) - 1
	if last < 2 {
		return z, g, EndUnclear
	}
	moving := func(i int) bool {
		now, before := marks[last][i]-marks[last-1][i], marks[last-1][i]-marks[last-2][i]
		return math.Abs(now) > still && math.Abs(now) > share*math.Abs(before)
	}
	switch {
	case moving(0) && z > 0:
		return z, g, EndUpward
	case moving(0):
		return z, g, EndDownward
	case moving(1):
		return z, g, EndGain
	}
	return z, g, EndFinite
}

// A PairCount counts, for one kind of separation in the plane (d_v, D_v − d_v),
// how the trained pair (z, g) ended.
type PairCount struct {
	Separation theory.Separation `json:"separation"`
	// With full separation: whether separating directions (X, Y) have equal
	// signs, opposite signs, or there are both.
	Signs     string `json:"signs,omitempty"`
	Instances int    `json:"instances"`
	Finite    int    `json:"finite"`
	Upward    int    `json:"upward"`
	Downward  int    `json:"downward"`
	Gain      int    `json:"gain_grows"`
	Unclear   int    `json:"unclear"`
	// With overlap: the minimiser (X*, Y*) has proved equal, or proved opposite
	// signs; equal ones mean an equilibrium with g ≠ 0, opposite ones none.
	Equal    int `json:"equal_signs"`
	Opposite int `json:"opposite_signs"`
	Agreed   int `json:"agreed"` // ends that are as these signs say
}

// ExplorePairs follows (z, g) from (0, gain) at one step of every instance
// that has it, to time 10^decades, and counts the ends by separation. With
// overlap the theory has a finite end exactly if the minimiser (X*, Y*) has
// equal signs; separated instances are open.
// Approximate: no error bound.
// theory.md section 7a.
func ExplorePairs(ctx context.Context, instances []graph.Instance, step int, alpha *big.Rat, gain float64, decades int) ([]PairCount, error) {
	counts := []PairCount{{Separation: theory.Overlap}, {Separation: theory.QuasiSeparation},
		{Separation: theory.FullSeparation, Signs: "equal"}, {Separation: theory.FullSeparation, Signs: "opposite"}, {Separation: theory.FullSeparation, Signs: "both"}}
	scale, _ := alpha.Float64()
	for i := range instances {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		in := &instances[i]
		a, err := theory.AttentionOf(in, step)
		if errors.Is(err, theory.ErrNoStep) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		if !a.Moves() {
			continue
		}
		family, err := theory.FullFamily(in.Graph, in.Reached(step), in.Path[step+1], theory.Coconut, alpha)
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		contrasts, err := family.Contrasts()
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		plane, err := theory.Separate(theory.Vectors(contrasts))
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		field, err := NewAttentionField(a, scale)
		if err != nil {
			return nil, err
		}
		kind := int(plane.Kind)
		if plane.Kind == theory.FullSeparation {
			offset, err := separatingSigns(a.K, contrasts)
			if err != nil {
				return nil, fmt.Errorf("instance %d: %w", i, err)
			}
			kind += offset
		}
		c := &counts[kind]
		c.Instances++
		_, _, end := field.FollowPair(gain, decades)
		if plane.Kind == theory.Overlap {
			equal, err := equalSigns(ctx, family)
			if err != nil {
				return nil, fmt.Errorf("instance %d: %w", i, err)
			}
			if equal {
				c.Equal++
			} else {
				c.Opposite++
			}
			if equal == (end == EndFinite) {
				c.Agreed++
			}
		}
		switch end {
		case EndFinite:
			c.Finite++
		case EndUpward:
			c.Upward++
		case EndDownward:
			c.Downward++
		case EndGain:
			c.Gain++
		default:
			c.Unclear++
		}
	}
	return counts, nil
}

// separatingSigns says in which quadrants of (X, Y) the separating directions
// of a step lie: 0 where XY > 0 only, 1 where XY < 0 only, 2 both. Exact.
func separatingSigns(k int, contrasts [][]int) (int, error) {
	found := [2]bool{}
	for _, corner := range [][2]int{{1, 1}, {-1, -1}, {1, -1}, {-1, 1}} {
		vectors := [][]int{{corner[0], 0}, {0, corner[1]}}
		for _, x := range contrasts { // (d, KD − d) → (d, D − d)
			vectors = append(vectors, []int{x[0], (x[0]+x[1])/k - x[0]})
		}
		d, err := theory.Separate(theory.Vectors(vectors))
		if err != nil {
			return 0, err
		}
		if d.Kind == theory.FullSeparation {
			found[indicator(corner[0] != corner[1])] = true
		}
	}
	switch {
	case found[0] && found[1]:
		return 2, nil
	case found[1]:
		return 1, nil
	case found[0]:
		return 0, nil
	}
	return 0, errors.New("a separating direction on an axis only: full separation is open, expected one beside it")
}

func indicator(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// equalSigns proves whether the minimiser of the plane (X, Y) has equal signs.
// With ξ_v = α(s a_v + X d_v + Y(D_v − d_v)) = αs(a_v + μ d_v + ν(K D_v − d_v)),
//
//	Y = sKν,   X = s(μ + (K−1)ν)
func equalSigns(ctx context.Context, family *theory.Family) (bool, error) {
	for digits := 12; digits <= 200; digits *= 2 {
		theta, err := prove.EncloseEquilibrium(ctx, &prove.Mixture{Families: []*theory.Family{family}, Weights: []int64{1}}, digits)
		if err != nil {
			return false, err
		}
		x := ball.New(theta[0].Prec()).MulInt64(theta[1], int64(family.Scale.K-1))
		one, known := x.Add(x, theta[0]).Sign()
		two, also := theta[1].Sign()
		if known && also && one != 0 && two != 0 {
			return one == two, nil
		}
	}
	return false, errors.New("the signs of the minimiser are not decided with 200 digits")
}
