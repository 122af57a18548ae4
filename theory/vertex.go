package theory

import (
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
)

// Sources lists the vertices of N_c from which an edge starts, ascending: those
// whose logits the step trains where each vertex has its own.
func Sources(s graph.Step) (out []int) {
	for v, in := range s.Set() {
		if in && len(s.Instance.Graph.Out(v)) > 0 {
			out = append(out, v)
		}
	}
	return out
}

// VertexFamily returns the flow of a diagonal score matrix that is not averaged
// over the relabellings (assumption A4 dropped): one logit μ_u for each of some
// vertices, all Sources of the step among them, with the feature 1{u ∈ N_c, u→v}
// of vertex v and the rate 1. theory.md section 7c.
func VertexFamily(s graph.Step, loss Loss, alpha *big.Rat, vertices []int) (*Family, error) {
	g, set, labels := s.Instance.Graph, s.Set(), s.Labels()
	place := map[int]int{}
	for i, u := range vertices {
		place[u] = i
	}
	for _, u := range Sources(s) {
		if _, known := place[u]; !known {
			return nil, fmt.Errorf("no logit for vertex %d", u)
		}
	}
	k := 0
	for _, in := range set {
		k += indicator(in)
	}
	rates := make([]*big.Rat, len(vertices))
	for i := range rates {
		rates[i] = big.NewRat(1, 1)
	}
	groups := make([]Group, g.Order())
	for v := range groups {
		x := Group{Bias: indicator(set[v]), Feature: make([]int, len(vertices)), Count: 1}
		reached := set[v]
		for _, u := range g.In(v) {
			if set[u] {
				x.Feature[place[u]], reached = 1, true
			}
		}
		x.Targets = indicator(loss == Coconut && len(labels) == 1 && v == labels[0] || loss == CoconutBFS && reached)
		groups[v] = x
	}
	var drawn *Label
	if loss == Coconut && len(labels) > 1 {
		drawn = &Label{make([]int, len(vertices)), len(labels)}
		for _, v := range labels {
			for u, x := range groups[v].Feature {
				drawn.Sum[u] += x
			}
		}
	}
	return newFamily(Scale{alpha, k}, rates, groups, drawn)
}

// A Drift says what is proved of one coordinate of a flow. The zero value is
// that nothing is.
type Drift uint8

// What is proved.
const (
	Open    Drift = iota // neither of the others follows from the odds alone
	Still                // θ_i does not move
	Settles              // θ_i(t) has a finite limit
	Rises                // θ_i(t) → +∞
	Falls                // θ_i(t) → −∞
	Bounded              // θ_i(t) stays bounded
)

// String returns the word used on the command line.
func (d Drift) String() string {
	return [...]string{"open", "still", "finite", "plus-infinity", "minus-infinity", "bounded"}[d]
}

// MarshalText writes the word of String.
func (d Drift) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Coordinates says for each coordinate of the flow of a decomposition what the
// odds alone prove, whatever the positive factors of the vectors. With the unit vector i in the span of the converging vectors and
// the stationary ones θ_i has a finite limit; if ±i is a non-negative
// combination of diverging vectors plus a vector of that span, and not in it,
// then ±θ_i → +∞. Rates must be equal.
func (d *Decomposition) Coordinates(vectors [][]*big.Rat) ([]Drift, error) {
	if len(vectors) == 0 {
		return nil, nil
	}
	out := make([]Drift, len(vectors[0]))
	var moving []int
	for i := range out {
		if out[i] = Still; slices.ContainsFunc(vectors, func(x []*big.Rat) bool { return x[i].Sign() != 0 }) {
			moving, out[i] = append(moving, i), Open
		}
	}
	var columns []column
	for _, v := range d.Diverging {
		columns = append(columns, columnOf(part(Primitive(vectors[v]), moving)))
	}
	var free [][]*big.Rat
	for _, x := range slices.Concat(d.Converging, d.Stationary) {
		own := part(x, moving)
		free = append(free, rationals(own))
		back := integerZeros(len(own))
		for i, n := range own {
			back[i].Neg(n)
		}
		columns = append(columns, columnOf(own), columnOf(back))
	}
	rows, pivots := reduce(free)
	for k, i := range moving {
		if spans(rows, pivots, k) {
			out[i] = Settles
			continue
		}
		for sign, way := range map[int64]Drift{1: Rises, -1: Falls} { // not both
			goal := integerZeros(len(moving))
			goal[k].SetInt64(sign)
			_, _, other, err := newCone(columns, goal).solve()
			if err != nil {
				return nil, err
			}
			if other == nil {
				out[i] = way
			}
		}
	}
	return out, nil
}

// part returns some entries of a vector.
func part(x []*big.Int, places []int) []*big.Int {
	out := make([]*big.Int, len(places))
	for k, i := range places {
		out[k] = x[i]
	}
	return out
}

// spans reports whether rows in reduced echelon form span the unit vector i.
func spans(rows [][]*big.Rat, pivots []int, i int) bool {
	for r, p := range pivots {
		if p != i {
			continue
		}
		for j, x := range rows[r] {
			if j != i && x.Sign() != 0 {
				return false
			}
		}
		return true
	}
	return false
}
