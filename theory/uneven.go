package theory

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
)

// An Uneven is one step under softmax attention whose M_c edges that leave N_c
// have the logits u_e z, not all the same multiple of z = sμ, and the others 0.
// The value map is g times the identity.
//
//	S = Σ_e e^{u_e z} + M − M_c,   w_e = e^{u_e z}/S, of another edge 1/S
//	A_v = Σ_{e into v} w_e,        ξ_v = α(s a_v + g A_v)
//
// With all u_e = 1 it is an Attention, under any label law.
type Uneven struct {
	K      int // |N_c|
	Edges  int // M
	Logits []*big.Rat
	Counts []int // of the edges with each of the Logits
	Groups []UnevenGroup
}

// An UnevenGroup counts vertices that look alike.
type UnevenGroup struct {
	InSet   bool  // a_v
	Leaving []int // edges into v with each of the Logits
	Others  int   // edges into v that do not leave N_c
	Count   int
	Labels  int // of these vertices, labels of the step
}

// Leaving returns M_c.
func (u *Uneven) Leaving() int {
	sum := 0
	for _, n := range u.Counts {
		sum += n
	}
	return sum
}

// Labels returns how many labels the law of the step has.
func (u *Uneven) Labels() int {
	sum := 0
	for _, g := range u.Groups {
		sum += g.Labels
	}
	return sum
}

// LeavingEdges returns M_c of a step.
func LeavingEdges(s graph.Step) int {
	sum := 0
	for _, d := range s.Degrees() {
		sum += d
	}
	return sum
}

// UnevenOf returns a step with the logits u_e = 1 + deviation of the edges that
// leave N_c, in the order of the edges of the graph; no deviations stand for
// zeros.
func UnevenOf(s graph.Step, deviations []*big.Rat) (*Uneven, error) {
	g, set := s.Instance.Graph, s.Set()
	one := big.NewRat(1, 1)
	u := &Uneven{Edges: g.Size()}
	var of []*big.Rat // for each edge, nil if it does not leave
	leaving := 0
	for _, e := range g.Edges() {
		if !set[e[0]] {
			of = append(of, nil)
			continue
		}
		x := one
		if deviations != nil {
			if leaving >= len(deviations) {
				return nil, fmt.Errorf("%d deviations, expected one for each edge that leaves N_c", len(deviations))
			}
			x = new(big.Rat).Add(one, deviations[leaving])
		}
		of = append(of, x)
		u.Logits = append(u.Logits, x)
		leaving++
	}
	if deviations != nil && leaving != len(deviations) {
		return nil, fmt.Errorf("%d deviations, expected %d, one for each edge that leaves N_c", len(deviations), leaving)
	}
	slices.SortFunc(u.Logits, (*big.Rat).Cmp)
	u.Logits = slices.CompactFunc(u.Logits, func(x, y *big.Rat) bool { return x.Cmp(y) == 0 })
	u.Counts = make([]int, len(u.Logits))
	groups := make([]UnevenGroup, g.Order())
	for v := range groups {
		groups[v] = UnevenGroup{InSet: set[v], Leaving: make([]int, len(u.Logits)), Count: 1}
		u.K += indicator(set[v])
	}
	for i, e := range g.Edges() {
		if of[i] == nil {
			groups[e[1]].Others++
			continue
		}
		j, _ := slices.BinarySearchFunc(u.Logits, of[i], (*big.Rat).Cmp)
		groups[e[1]].Leaving[j]++
		u.Counts[j]++
	}
	for _, v := range s.Labels() {
		groups[v].Labels = 1
	}
	order := func(x, y UnevenGroup) int {
		return cmp.Or(cmp.Compare(indicator(x.InSet), indicator(y.InSet)), slices.Compare(x.Leaving, y.Leaving), cmp.Compare(x.Others, y.Others))
	}
	slices.SortStableFunc(groups, order)
	u.Groups = merged(groups, order, func(to *UnevenGroup, x UnevenGroup) { to.Count, to.Labels = to.Count+x.Count, to.Labels+x.Labels })
	return u, nil
}
