package theory

import (
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
)

// Expand returns one step of thought generation without normalisation
// (arXiv 2509.23365, Theorem 2), exactly:
//
//	β_v = λ_v + μ Σ_{u→v} λ_u
func Expand(g *graph.Digraph, weights []*big.Rat, logit *big.Rat) []*big.Rat {
	out := make([]*big.Rat, len(weights))
	term := new(big.Rat)
	for v := range out {
		out[v] = new(big.Rat)
		for _, u := range g.In(v) {
			out[v].Add(out[v], weights[u])
		}
		out[v].Mul(out[v], logit)
		out[v].Add(out[v], term.Set(weights[v]))
	}
	return out
}

// WalkWeights returns the thought after one step for each logit from the root,
// without normalisation:
//
//	∏_i (I + μ_i Aᵀ) e_r
func WalkWeights(g *graph.Digraph, root int, logits []*big.Rat) ([]*big.Rat, error) {
	if root < 0 || root >= g.Order() {
		return nil, fmt.Errorf("root %d, expected 0 to %d", root, g.Order()-1)
	}
	weights := zeros(g.Order())
	weights[root].SetInt64(1)
	for _, logit := range logits {
		weights = Expand(g, weights, logit)
	}
	return weights, nil
}

// A Superposition is the thought after c steps from the root as polynomials in
// the logits, one for each vertex, by what they have in common: every
// coefficient is a number of walks. At equal logits the polynomial of vertex v
// is
//
//	Σ_j C(c,j) μ^j #walks_j(root→v)
//
// and with different ones Σ_j e_j(μ_1…μ_c) #walks_j(root→v), e_j the elementary
// symmetric polynomials, since all steps use the same A.
type Superposition struct {
	Steps int          // c
	Walks [][]*big.Int // Walks[v][j]: walks with j edges from the root to v, 0 ≤ j ≤ c
}

// SuperpositionOf counts walks.
func SuperpositionOf(g *graph.Digraph, root, steps int) (*Superposition, error) {
	if root < 0 || root >= g.Order() || steps < 0 {
		return nil, fmt.Errorf("root %d and %d steps, expected 0 to %d, and at least 0", root, steps, g.Order()-1)
	}
	s := &Superposition{steps, make([][]*big.Int, g.Order())}
	now := OneWalk(g, root)
	for j := 0; ; j++ {
		for v, n := range now {
			s.Walks[v] = append(s.Walks[v], n)
		}
		if j == steps {
			return s, nil
		}
		now = LongerWalks(g, now)
	}
}

// OneWalk returns the number of walks without an edge from the root to each
// vertex, e_r.
func OneWalk(g *graph.Digraph, root int) []*big.Int {
	counts := make([]*big.Int, g.Order())
	for v := range counts {
		counts[v] = new(big.Int)
	}
	counts[root].SetInt64(1)
	return counts
}

// LongerWalks returns the numbers of walks with one edge more, Aᵀ·counts.
func LongerWalks(g *graph.Digraph, counts []*big.Int) []*big.Int {
	next := make([]*big.Int, len(counts))
	for v := range next {
		next[v] = new(big.Int)
		for _, u := range g.In(v) {
			next[v].Add(next[v], counts[u])
		}
	}
	return next
}

// Coefficients returns the polynomial of a vertex at equal logits, from μ^0.
func (s *Superposition) Coefficients(vertex int) []*big.Int {
	out := make([]*big.Int, s.Steps+1)
	for j, walks := range s.Walks[vertex] {
		out[j] = new(big.Int).Binomial(int64(s.Steps), int64(j))
		out[j].Mul(out[j], walks)
	}
	return out
}

// Support reports which polynomials are positive for all positive logits: they
// have non-negative coefficients, so those that are not 0. The others are 0
// for all logits.
func (s *Superposition) Support() []bool {
	out := make([]bool, len(s.Walks))
	for v, walks := range s.Walks {
		out[v] = slices.ContainsFunc(walks, func(n *big.Int) bool { return n.Sign() > 0 })
	}
	return out
}

// ExpansionSupport returns where one step of thought generation from the given
// set has positive weight, for every μ > 0 and all λ_u > 0 on the set: β_v =
// λ_v + μ Σ_{u→v} λ_u is a polynomial in the λ_u and μ with coefficients 0 and
// 1, and is 0 for all of them where it has none.
func ExpansionSupport(g *graph.Digraph, set []bool) []bool {
	support := slices.Clone(set)
	for v, d := range g.Degrees(set) {
		support[v] = support[v] || d > 0
	}
	return support
}

// Weightless reports whether vertices of the class lie outside N_{c+1}.
func (c Class) Weightless() bool { return !c.InSet && c.Degree == 0 }

// Spread returns max β_v/min β_v over the support after one step with logit
// μ > 0 from uniform weights, where β_v = (a_v + μ d_v)/√K. It never exceeds
//
//	(1 + μ d_max)/min(1, μ)
//
// as a_v + μ d_v ≤ 1 + μ d_max, and ≥ 1 or ≥ μ on the support.
func (p *Profile) Spread(mu *big.Rat) *big.Rat {
	var weights []*big.Rat
	for _, c := range p.Classes {
		if c.Weightless() {
			continue
		}
		weight := new(big.Rat).Mul(mu, big.NewRat(int64(c.Degree), 1))
		weight.Add(weight, big.NewRat(int64(indicator(c.InSet)), 1))
		weights = append(weights, weight)
	}
	return new(big.Rat).Quo(slices.MaxFunc(weights, (*big.Rat).Cmp), slices.MinFunc(weights, (*big.Rat).Cmp))
}

// SpreadBound returns (1 + μ d_max)/min(1, μ).
func (p *Profile) SpreadBound(mu *big.Rat) *big.Rat {
	one := big.NewRat(1, 1)
	bound := new(big.Rat).Mul(mu, new(big.Rat).SetInt64(int64(p.MaxDegree())))
	bound.Add(bound, one)
	if mu.Cmp(one) < 0 {
		bound.Quo(bound, mu)
	}
	return bound
}

// Collapses reports whether Spread(μ) → ∞ as μ → ∞ (some v ∈ N_c has d_v = 0
// and some vertex has d_v > 0) and as μ → 0 (N_{c+1} ≠ N_c).
func (p *Profile) Collapses() (above, below bool) {
	for _, c := range p.Classes {
		above = above || c.InSet && c.Degree == 0 && p.MaxDegree() > 0
		below = below || !c.InSet && c.Degree > 0
	}
	return above, below
}
