package theory

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
)

// A Family is the gradient flow of a log-linear family, the one object behind
// all three theorems (arXiv 2509.23365; multinomial logistic regression if the
// target set S is one vertex):
//
//	ξ_v(θ) = σ·(b_v + ⟨θ, φ_v⟩)
//	ℓ(θ)   = log Σ_{v∈V} e^{ξ_v} − log Σ_{v∈S} e^{ξ_v}
//	θ'     = C·σ·(E_S[φ] − E_V[φ])
//
// with the scale σ = α/√K, integer biases and features, E_S and E_V the means
// under the softmax over S and V, and C a positive diagonal matrix. Where the
// label is drawn from several vertices, ℓ is the mean of the losses towards each
// of them, and E_S[φ] the plain mean of their features.
type Family struct {
	Scale  Scale
	Groups []Group    // vertices with the same bias and feature, sorted
	Rates  []*big.Rat // diagonal of C, one rate for each unknown
	Drawn  *Label     // of a drawn label, nil if S are the groups' targets
}

// A Label is the mean feature Sum/Count of so many vertices.
type Label struct {
	Sum   []int
	Count int
}

// Label returns E_S[φ] if it is the same for all θ: with one target vertex, and
// where the label is drawn. The loss is then convex.
func (f *Family) Label() (label Label, fixed bool) {
	if f.Drawn != nil {
		return *f.Drawn, true
	}
	for _, g := range f.Groups {
		if g.Targets > 0 {
			label.Sum = g.Feature
			label.Count += g.Targets
		}
	}
	return label, label.Count == 1
}

// A Scale is the number σ = α/√K.
type Scale struct {
	Alpha *big.Rat // α > 0, the readout gain
	K     int      // |N_c|
}

// A Group counts the vertices that share bias and feature.
type Group struct {
	Bias    int   // b_v
	Feature []int // φ_v
	Count   int   // vertices in V
	Targets int   // of these, vertices in S
}

// Dimension returns the number of unknowns θ.
func (f *Family) Dimension() int { return len(f.Rates) }

// newFamily sorts and merges groups, and checks that S is not empty.
func newFamily(scale Scale, rates []*big.Rat, groups []Group, drawn *Label) (*Family, error) {
	if scale.Alpha.Sign() <= 0 {
		return nil, fmt.Errorf("readout gain %s, expected a positive number", scale.Alpha.RatString())
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Bias, b.Bias), slices.Compare(a.Feature, b.Feature))
	})
	f := &Family{Scale: scale, Rates: rates, Drawn: drawn}
	targets := 0
	for _, g := range groups {
		targets += g.Targets
		if last := len(f.Groups) - 1; last >= 0 && f.Groups[last].Bias == g.Bias && slices.Equal(f.Groups[last].Feature, g.Feature) {
			f.Groups[last].Count += g.Count
			f.Groups[last].Targets += g.Targets
			continue
		}
		f.Groups = append(f.Groups, g)
	}
	if targets == 0 && drawn == nil {
		return nil, fmt.Errorf("empty target set")
	}
	return f, nil
}

// Family returns the reduced flow of the index-matching logit, Theorem 1:
// one unknown μ with feature d_v, bias a_v and rate 1/n; S is {p} or a drawn
// label under the Coconut loss and N_{c+1} under Coconut-BFS.
func (p *Profile) Family(loss Loss, alpha *big.Rat) (*Family, error) {
	groups := make([]Group, len(p.Classes))
	demonstrated := false
	for i, c := range p.Classes {
		g := Group{Bias: indicator(c.InSet), Feature: []int{c.Degree}, Count: c.Count}
		switch {
		case loss == CoconutBFS && (c.InSet || c.Degree > 0):
			g.Targets = c.Count
		case loss == Coconut && p.TargetDegree.Over(c.Degree) == 0 && !demonstrated:
			// Which class of degree d* holds p does not matter: only φ_p enters.
			g.Targets, demonstrated = 1, true
		}
		groups[i] = g
	}
	var drawn *Label
	if loss == Coconut && !demonstrated {
		drawn = &Label{[]int{p.TargetDegree.Num}, p.TargetDegree.Den}
	}
	return newFamily(Scale{alpha, p.K}, []*big.Rat{big.NewRat(1, int64(p.N))}, groups, drawn)
}

// FullFamily returns the two-parameter flow of the full score matrix
// W = μI + ν(11ᵀ−I) (assumption A3 dropped) for a step: unknowns (μ, ν), feature
// (d_v, K·D_v − d_v) with D_v the total in-degree, rates 1/n and 1/(n(n−1)).
// It needs at least two vertices.
func FullFamily(s graph.Step, loss Loss, alpha *big.Rat) (*Family, error) {
	g, set, labels := s.Instance.Graph, s.Set(), s.Labels()
	n := g.Order()
	if n < 2 {
		return nil, fmt.Errorf("a score matrix of one vertex has no off-diagonal entry")
	}
	k := 0
	for _, in := range set {
		k += indicator(in)
	}
	groups := make([]Group, n)
	for v, d := range g.Degrees(set) {
		targets := indicator(loss == Coconut && len(labels) == 1 && v == labels[0] || loss == CoconutBFS && (set[v] || d > 0))
		groups[v] = Group{Bias: indicator(set[v]), Feature: []int{d, k*len(g.In(v)) - d}, Count: 1, Targets: targets}
	}
	var drawn *Label
	if loss == Coconut && len(labels) > 1 {
		drawn = &Label{make([]int, 2), len(labels)}
		for i := range drawn.Sum {
			for _, v := range labels {
				drawn.Sum[i] += groups[v].Feature[i]
			}
		}
	}
	diagonal, off := big.NewRat(1, int64(n)), new(big.Rat).SetFrac64(1, int64(n)*int64(n-1))
	return newFamily(Scale{alpha, k}, []*big.Rat{diagonal, off}, groups, drawn)
}

// Contrasts returns the distinct non-zero vectors x_v = φ_p − φ_v of a family
// with one target vertex p, or count·(E_S[φ] − φ_v) for a drawn label. A finite
// limit of the flow exists iff no θ has ⟨θ, x_v⟩ ≥ 0 for all v and > 0 for some
// (Albert & Anderson 1984, overlap against separation).
func (f *Family) Contrasts() ([][]int, error) {
	label, fixed := f.Label()
	if !fixed {
		return nil, fmt.Errorf("%d target vertices, expected one", label.Count)
	}
	var out [][]int
	for _, g := range f.Groups {
		x, zero := make([]int, len(label.Sum)), true
		for i := range x {
			x[i] = label.Sum[i] - label.Count*g.Feature[i]
			zero = zero && x[i] == 0
		}
		if !zero {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, slices.Compare[[]int])
	return slices.CompactFunc(out, slices.Equal[[]int]), nil
}

// Key returns a text that two families share exactly if they are equal.
func (f *Family) Key() string {
	key := fmt.Sprint(f.Scale.Alpha.RatString(), f.Scale.K, f.Groups, f.Rates)
	if f.Drawn != nil {
		key += fmt.Sprint(*f.Drawn)
	}
	return key
}
