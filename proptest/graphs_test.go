package proptest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/leanovate/gopter"

	"muflow/graph"
)

// digraphs draws digraphs with so many vertices and all densities from none
// to every edge. It shrinks them by merging and leaving out vertices, and by
// leaving out edges.
func digraphs(least, most int) gopter.Gen {
	drawn := from(func(rng *rand.Rand, size int) *graph.Digraph { return graph.DrawDigraph(rng, size, least, most) })
	return within(drawn, func(g *graph.Digraph) []*graph.Digraph {
		var out []*graph.Digraph
		keep := func(q *quotient) {
			if q != nil {
				out = append(out, q.graph)
			}
		}
		all := make([]int, g.Order())
		for v := range all {
			all[v] = v
		}
		for _, some := range chunks(all) {
			keep(without(g, some))
		}
		for _, some := range chunks(g.Edges()) {
			keep(withoutEdges(g, some))
		}
		for _, e := range g.Edges() {
			keep(merged(g, e[0], e[1]))
		}
		return out
	}, func(g *graph.Digraph) error {
		if g == nil || g.Order() < 1 || g.Order() > most {
			return fmt.Errorf("not a digraph of 1 to %d vertices", most)
		}
		return nil
	})
}

// chunks returns all of a list, its halves, its quarters, … its elements.
func chunks[E any](list []E) [][]E {
	var out [][]E
	for width := len(list); width >= 1; width /= 2 {
		for i := 0; i < len(list); i += width {
			out = append(out, list[i:min(i+width, len(list))])
		}
	}
	return out
}

// A quotient is a smaller digraph with the place to which each vertex went,
// −1 for those left out.
type quotient struct {
	graph *graph.Digraph
	place []int
}

// contract renames vertices by place, which leaves out those at −1, and drops
// the loops and the duplicates. It returns nil if nothing is left.
func contract(g *graph.Digraph, place []int) *quotient {
	n := 0
	for _, v := range place {
		n = max(n, v+1)
	}
	seen := map[[2]int]bool{}
	var edges [][2]int
	for _, e := range g.Edges() {
		f := [2]int{place[e[0]], place[e[1]]}
		if f[0] >= 0 && f[1] >= 0 && f[0] != f[1] && !seen[f] {
			seen[f] = true
			edges = append(edges, f)
		}
	}
	smaller, err := graph.New(n, edges)
	if err != nil {
		return nil
	}
	return &quotient{smaller, place}
}

// without leaves out vertices.
func without(g *graph.Digraph, vertices []int) *quotient {
	place := make([]int, g.Order())
	for _, v := range vertices {
		place[v] = -1
	}
	next := 0
	for v := range place {
		if place[v] == 0 {
			place[v] = next
			next++
		}
	}
	return contract(g, place)
}

// merged turns two vertices into one.
func merged(g *graph.Digraph, u, v int) *quotient {
	place := make([]int, g.Order())
	next := 0
	for w := range place {
		if w == max(u, v) {
			continue
		}
		place[w] = next
		next++
	}
	place[max(u, v)] = place[min(u, v)]
	return contract(g, place)
}

// withoutEdges leaves out edges.
func withoutEdges(g *graph.Digraph, edges [][2]int) *quotient {
	var kept [][2]int
	for _, e := range g.Edges() {
		if !slices.Contains(edges, e) {
			kept = append(kept, e)
		}
	}
	smaller, err := graph.New(g.Order(), kept)
	if err != nil {
		return nil
	}
	place := make([]int, g.Order())
	for v := range place {
		place[v] = v
	}
	return &quotient{smaller, place}
}
