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
	now := make([]*big.Int, g.Order())
	for v := range now {
		now[v] = new(big.Int)
	}
	now[root].SetInt64(1)
	for j := 0; ; j++ {
		for v, n := range now {
			s.Walks[v] = append(s.Walks[v], n)
		}
		if j == steps {
			return s, nil
		}
		next := make([]*big.Int, g.Order())
		for v := range next {
			next[v] = new(big.Int)
			for _, u := range g.In(v) {
				next[v].Add(next[v], now[u])
			}
		}
		now = next
	}
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
