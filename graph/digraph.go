package graph

import (
	"fmt"
	"slices"
)

// MaxOrder is the largest number of vertices that New accepts.
const MaxOrder = 100_000

// A Digraph is an immutable finite directed graph on the vertices 0…n−1
// without duplicate edges and without self-loops. The order of the edges is
// kept: it is the order of their tokens.
type Digraph struct {
	edges [][2]int
	out   [][]int
	in    [][]int
}

// An EdgeError says which edge cannot belong to a digraph, and why.
type EdgeError struct {
	Index  int    // position in the list of edges
	Reason string // what was found and what was expected
}

func (e *EdgeError) Error() string { return fmt.Sprintf("edges[%d]: %s", e.Index, e.Reason) }

// New returns the digraph on n vertices with the given edges (source, target).
// It fails on n outside 1…MaxOrder, an edge to a missing vertex, a self-loop
// and a duplicate edge; an error about an edge is an *EdgeError.
func New(n int, edges [][2]int) (*Digraph, error) {
	if n < 1 || n > MaxOrder {
		return nil, fmt.Errorf("vertices: %d, expected 1 to %d", n, MaxOrder)
	}
	starts, ends := make([]int, n), make([]int, n) // how many edges leave and enter each
	for _, e := range edges {
		if min(e[0], e[1]) < 0 || max(e[0], e[1]) >= n || e[0] == e[1] {
			return nil, faulty(n, edges)
		}
		starts[e[0]]++
		ends[e[1]]++
	}
	g := &Digraph{edges: slices.Clone(edges), out: lists(starts), in: lists(ends)}
	for _, e := range g.edges {
		g.out[e[0]] = append(g.out[e[0]], e[1])
		g.in[e[1]] = append(g.in[e[1]], e[0])
	}
	from := slices.Repeat([]int{-1}, n) // the last vertex with an edge to each
	for u, targets := range g.out {
		for _, v := range targets {
			if from[v] == u {
				return nil, faulty(n, edges)
			}
			from[v] = u
		}
	}
	return g, nil
}

// lists returns empty lists with room for so many vertices each, in one piece.
func lists(sizes []int) [][]int {
	total := 0
	for _, size := range sizes {
		total += size
	}
	room, out := make([]int, total), make([][]int, len(sizes))
	for v, size := range sizes {
		out[v], room = room[:0:size], room[size:]
	}
	return out
}

// faulty returns the error about the first edge that cannot belong to a digraph.
func faulty(n int, edges [][2]int) error {
	first := make(map[[2]int]int, len(edges))
	for i, e := range edges {
		for _, v := range e {
			if v < 0 || v >= n {
				return &EdgeError{i, fmt.Sprintf("vertex %d does not exist, expected 0 to %d", v, n-1)}
			}
		}
		if e[0] == e[1] {
			return &EdgeError{i, fmt.Sprintf("self-loop at vertex %d, expected two different vertices", e[0])}
		}
		if j, ok := first[e]; ok {
			return &EdgeError{i, fmt.Sprintf("[%d,%d] is already edges[%d], expected each edge once", e[0], e[1], j)}
		}
		first[e] = i
	}
	return nil
}

// Order returns n, the number of vertices.
func (g *Digraph) Order() int { return len(g.out) }

// Size returns the number of edges.
func (g *Digraph) Size() int { return len(g.edges) }

// Edges returns the edges as (source, target) in their input order. The
// slice belongs to g and must not be changed.
func (g *Digraph) Edges() [][2]int { return g.edges }

// Out returns the targets of the edges that leave v. The slice belongs to g.
func (g *Digraph) Out(v int) []int { return g.out[v] }

// In returns the sources of the edges that enter v. The slice belongs to g.
func (g *Digraph) In(v int) []int { return g.in[v] }

// HasEdge reports whether the edge u→v exists.
func (g *Digraph) HasEdge(u, v int) bool { return slices.Contains(g.out[u], v) }

// Distances returns the number of hops from root to every vertex, and −1 for
// the unreachable ones.
func (g *Digraph) Distances(root int) []int {
	distance := slices.Repeat([]int{-1}, g.Order())
	distance[root] = 0
	queue := []int{root}
	for i := 0; i < len(queue); i++ {
		u := queue[i]
		for _, v := range g.out[u] {
			if distance[v] < 0 {
				distance[v] = distance[u] + 1
				queue = append(queue, v)
			}
		}
	}
	return distance
}

// leading returns, as a membership vector, the vertices on shortest paths from
// root to target, none if there is no path.
func (g *Digraph) leading(root, target int) []bool {
	distance := g.Distances(root)
	leads := make([]bool, g.Order())
	if distance[target] < 0 {
		return leads
	}
	leads[target] = true
	queue := []int{target}
	for i := 0; i < len(queue); i++ {
		for _, u := range g.in[queue[i]] {
			if distance[u] == distance[queue[i]]-1 && !leads[u] {
				leads[u] = true
				queue = append(queue, u)
			}
		}
	}
	return leads
}

// ShortestPath returns a shortest path from root to target, of several the
// first in the order of their vertices, and nil if there is none.
func (g *Digraph) ShortestPath(root, target int) []int {
	distance, leads := g.Distances(root), g.leading(root, target)
	if !leads[target] {
		return nil
	}
	path := []int{root}
	for at := root; at != target; {
		next := g.Order()
		for _, v := range g.out[at] {
			if leads[v] && distance[v] == distance[at]+1 {
				next = min(next, v)
			}
		}
		path, at = append(path, next), next
	}
	return path
}

// Reached returns N_c as a membership vector: entry v tells whether v lies
// within c hops of root. N_0 is {root}.
func (g *Digraph) Reached(root, c int) []bool {
	set := make([]bool, g.Order())
	for v, d := range g.Distances(root) {
		set[v] = d >= 0 && d <= c
	}
	return set
}

// Degrees returns d_v, the number of edges from the set (a membership vector)
// into each vertex.
func (g *Digraph) Degrees(set []bool) []int {
	degrees := make([]int, g.Order())
	for _, e := range g.edges {
		if set[e[0]] {
			degrees[e[1]]++
		}
	}
	return degrees
}

// Relabel returns the digraph in which vertex v is called label[v]; label
// must be a permutation of 0…n−1. The order of the edges is kept.
func (g *Digraph) Relabel(label []int) (*Digraph, error) {
	if len(label) != g.Order() {
		return nil, fmt.Errorf("relabelling of %d vertices for a digraph with %d", len(label), g.Order())
	}
	seen := make([]bool, len(label))
	for _, v := range label {
		if v < 0 || v >= len(label) || seen[v] {
			return nil, fmt.Errorf("relabelling is not a permutation of 0 to %d", len(label)-1)
		}
		seen[v] = true
	}
	edges := make([][2]int, len(g.edges))
	for i, e := range g.edges {
		edges[i] = [2]int{label[e[0]], label[e[1]]}
	}
	return New(g.Order(), edges)
}
