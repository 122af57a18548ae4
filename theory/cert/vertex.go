package cert

import (
	"math/big"
	"slices"
)

// ownNames proves the same of one logit μ_u for each vertex number u, shared by all graphs, with
// the sources of v for φ_v, 1{u ∈ N_c, u → v}.
func ownNames(s *statement) {
	names := 0
	for _, g := range s.graphs {
		names = max(names, g.Vertices)
	}
	s.separation(names, sources)
}

// sources fills in the features of one logit for each vertex.
func sources(g *digraph, phi [][]int) {
	for _, e := range g.Edges {
		phi[e[1]][e[0]] = g.inside[e[0]]
	}
}

// ownSigns proves A4-signs. With a logit for each vertex, one label p and the softmax over all v
//
//	μ_u' = αs(1{u→p} − Pr(u→v)),  u ∈ N_c
//
// where 0 < Pr(u→v) if u leads to some vertex, and Pr(u→v) < 1 as u does not lead to itself.
func ownSigns(s *statement) {
	s.need(s.graphs[0].q == 1, "premise: %d labels, expected one", s.graphs[0].q)
}

// ownSeparated proves A4-separated. For θ = 2φ_p − 1 and φ_v ≠ φ_p, ⟨θ, φ_p − φ_v⟩ is the number of
// entries in which they differ, ≥ 1. So the convex loss, that of the v with φ_v = φ_p alone plus
// what e^(−αs⟨μ, φ_p − φ_v⟩) adds, tends to its infimum along its flow, where all of these are 0.
func ownSeparated(s *statement) {
	ownSigns(s)
	g, leads, common, other := s.graphs[0], map[int]int{}, map[int]int{}, false // leads: u to p
	for _, e := range g.Edges {
		if g.weight[e[1]] > 0 {
			leads[e[0]] = g.inside[e[0]]
		}
	}
	for _, e := range g.Edges {
		common[e[1]] += leads[e[0]]
	}
	for v, d := range g.degree {
		other = other || d != g.d || common[v] != d
	}
	s.need(other, "premise: all vertices have the same sources in N_c")
}

// ownGrowth proves A4-growth for the contrasts x of ownNames of one graph. The multipliers come in
// rows of one for each contrast, the directions in rows of one entry for each vertex. In the first
// row of multipliers, u ≥ 0 with Σ u x = 0: the contrasts with u > 0 are the face F_0, on which every
// θ that is ≥ 0 on all of them is 0; the others are left. Each direction θ, with the next row u,
//
//	⟨θ,x⟩ = 0 on the faces,  ⟨θ,x⟩ ≥ c > 0 on what is left, c the least,  θ = Σ u x,
//	u = 0 but on the faces and where ⟨θ,x⟩ = c, and u ≥ 0 there
//
// is c times the least θ̂ that is orthogonal to the faces with ⟨θ̂,x⟩ ≥ 1 on what is left (Karush, Kuhn
// and Tucker). Those with u > 0 join the faces, the others with ⟨θ,x⟩ = c are left for the next. At
// the end none is left. Then, with ρ a constant and a correction of the order of 1/log t so that
//
//	r(t) = (1/αs) Σ_m θ̂_m log^{∘m} t + ρ(t)
//
// the defect of r in the flow is integrable, as every contrast that was left out has the weight
// e^(−αs⟨r,x⟩) = 1/(t log t … (log^{∘(m−1)} t)^(1+ε)) or less, and on a face the weights are those that
// θ̂_m needs. The flow of a convex loss does not expand, so that its distance from r stays bounded.
func ownGrowth(s *statement) {
	n := s.graphs[0].Vertices
	all := s.contrasts(n, sources)
	rows := len(s.Direction) / n
	s.need((rows+1)*s.work <= 1<<26, "%w: %d terms", ErrLimit, rows)
	s.need(len(s.Direction) == rows*n && len(s.Multipliers) == (rows+1)*len(all) && len(all) > 0, "direction, multipliers: expected rows of %d and %d, one more of the latter", n, len(all))
	s.need(!slices.Contains(s.Direction, nil) && !slices.Contains(s.Multipliers, nil), "direction, multipliers: expected integers")
	const face, out = 1, 2 // 0: left
	place, left := make([]int, len(all)), len(all)
	for m := 0; m <= rows && s.err == nil; m++ {
		theta, u := slices.Repeat([]*big.Int{new(big.Int)}, n), s.Multipliers[m*len(all):(m+1)*len(all)]
		if m > 0 {
			theta = s.Direction[(m-1)*n : m*n]
		}
		var least *big.Int
		along := make([]*big.Int, len(all))
		for i, x := range all {
			along[i] = product(x, theta)
			if place[i] == 0 && (least == nil || along[i].Cmp(least) < 0) {
				least = along[i]
			}
		}
		s.need(least != nil && least.Sign() == min(m, 1), "direction %d: no contrast is left, or it is not positive on one", m)
		for i := range all {
			switch {
			case place[i] == face:
				s.need(along[i].Sign() == 0, "direction %d: it is not orthogonal to contrast %d", m, i)
			case place[i] == out || s.err == nil && along[i].Cmp(least) > 0:
				s.need(u[i].Sign() == 0, "multipliers: contrast %d has one in row %d", i, m)
				place[i] = out
			default:
				s.need(u[i].Sign() >= 0, "multipliers: contrast %d has a negative one in row %d", i, m)
				place[i] = u[i].Sign()
			}
		}
		s.combine(all, u, theta)
		if m == 0 {
			left = len(slices.DeleteFunc(slices.Clone(place), func(p int) bool { return p != 0 }))
		}
	}
	s.need(!slices.Contains(place, 0), "direction: some contrast is left")
	s.is(left, len(all))
}

// A rival is the vertices of N_{c+1} with as many sources of each class: so many outside and in N_c.
type rival struct {
	sources []int // of each class
	count   [2]int64
	mean    []*big.Rat // part of each class
}

// product returns ⟨φ, φ⟩ of the mean source sets of two rivals.
func (x *rival) product(y *rival) *big.Rat {
	sum := new(big.Rat)
	for j, n := range x.sources {
		sum.Add(sum, new(big.Rat).Mul(big.NewRat(int64(n), 1), y.mean[j]))
	}
	return sum
}

// rivals returns those of a graph by the coarsest classes of sources of which the members lead to as many
// vertices of each rival, in N_c and outside; the class of each vertex, −1 if it is no source, and their sizes.
func (g *digraph) rivals() (all []*rival, class, sizes []int) {
	class = slices.Repeat([]int{-1}, g.Vertices)
	for _, e := range g.Edges {
		class[e[0]] = g.inside[e[0]] - 1
	}
	sources := make([][]int, g.Vertices)
	for known := -1; known < len(sizes); {
		known = len(sizes)
		leads, names := make([][]string, g.Vertices), map[string]int{}
		clear(sources)
		for _, e := range g.Edges {
			if class[e[0]] >= 0 {
				sources[e[1]] = append(sources[e[1]], class[e[0]])
			}
		}
		for _, e := range g.Edges {
			slices.Sort(sources[e[1]])
			leads[e[0]] = append(leads[e[0]], fmt.Sprint(g.inside[e[1]], sources[e[1]]))
		}
		sizes = nil
		for u, old := range class {
			if old < 0 {
				continue
			}
			slices.Sort(leads[u])
			name := fmt.Sprint(old, leads[u])
			if _, seen := names[name]; !seen {
				names[name], sizes = len(sizes), append(sizes, 0)
			}
			class[u] = names[name]
			sizes[class[u]]++
		}
	}
	places := map[string]*rival{}
	for v, list := range sources {
		if g.inside[v] == 0 && len(list) == 0 {
			continue
		}
		name := fmt.Sprint(list)
		if places[name] == nil {
			x := &rival{sources: make([]int, len(sizes))}
		}
	}
	return all, class, sizes
}
