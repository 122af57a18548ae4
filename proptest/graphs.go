package proptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"muflow/graph"
)

// Digraphs draws digraphs with so many vertices and all densities from none
// to every edge. It shrinks them by merging and leaving out vertices, and by
// leaving out edges.
func Digraphs(least, most int) Generator[*graph.Digraph] {
	return Generator[*graph.Digraph]{
		Draw: func(rng *rand.Rand, size int) *graph.Digraph {
			return graph.DrawDigraph(rng, size, least, most) // Valid reports a nil digraph
		},
		Shrink: func(g *graph.Digraph) []*graph.Digraph {
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
		},
		Valid: func(g *graph.Digraph) error {
			if g == nil || g.Order() < 1 || g.Order() > most {
				return fmt.Errorf("not a digraph of 1 to %d vertices", most)
			}
			return nil
		},
		Show: func(g *graph.Digraph) any { return digraphForm{g.Order(), g.Edges()} },
	}
}

type digraphForm struct {
	Vertices int      `json:"vertices"`
	Edges    [][2]int `json:"edges"`
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

// InSetting checks that an instance is valid and lies in the setting of
// arXiv 2509.23365: the other candidate is unreachable, and the demonstrated
// path leads through different vertices.
func InSetting(in *graph.Instance) error {
	if in.Graph == nil {
		return fmt.Errorf("an instance without a graph")
	}
	if err := in.Validate(); err != nil {
		return err
	}
	if d := in.Graph.Distances(in.Root)[in.Other]; d >= 0 {
		return &graph.FieldError{Field: "other", Reason: fmt.Sprintf("%d hops from the root, expected unreachable", d)}
	}
	seen := map[int]bool{}
	for _, v := range in.Path {
		if seen[v] {
			return &graph.FieldError{Field: "path", Reason: fmt.Sprintf("visits vertex %d twice", v)}
		}
		seen[v] = true
	}
	return nil
}

// Instances draws reachability instances in the setting, of the given shape
// as far as it fits two components: those of graph.Generate, half of them with
// further edges inside a component, which make cycles, edges back to the root,
// and vertices of N_c with edges from N_c. Half of these demonstrate a shortest
// path to another vertex, since the vertices of the first one mostly have one
// edge into them; the others may demonstrate a detour. The domain is the whole
// setting up to the largest order, so that shrinking is free to go below the
// shape.
func Instances(shape graph.Shape) Generator[graph.Instance] {
	return Generator[graph.Instance]{
		Draw: func(rng *rand.Rand, size int) graph.Instance {
			return graph.DrawInstance(rng, size, shape)
		},
		Shrink: shrinkInstance,
		Valid: func(in graph.Instance) error {
			if err := InSetting(&in); err != nil {
				return err
			}
			if n := in.Graph.Order(); n > shape.MaxVertices {
				return fmt.Errorf("%d vertices, expected at most %d", n, shape.MaxVertices)
			}
			return nil
		},
		Show: func(in graph.Instance) any { return instanceForm(in) },
	}
}

// instanceForm writes an instance in the project's own form.
func instanceForm(in graph.Instance) json.RawMessage {
	var b bytes.Buffer
	if err := graph.Encode(&b, []graph.Instance{in}); err != nil {
		text, _ := marshal(err.Error())
		return text
	}
	text := bytes.TrimSpace(b.Bytes())
	return text[1 : len(text)-1]
}

// mergeOrder is the order up to which vertices beside the path are merged too.
const mergeOrder = 10

// shrinkInstance proposes the instance with vertices or edges beside the path
// left out, with the path cut at its end, and with two neighbours on it, or in
// small graphs any vertex beside it and another one, merged.
func shrinkInstance(in graph.Instance) []graph.Instance {
	var out []graph.Instance
	keep := func(q *quotient, path []int) {
		if q == nil {
			return
		}
		var moved []int
		for _, v := range path {
			if v = q.place[v]; len(moved) == 0 || moved[len(moved)-1] != v {
				moved = append(moved, v)
			}
		}
		out = append(out, graph.Instance{Graph: q.graph, Root: moved[0], Target: moved[len(moved)-1], Other: q.place[in.Other], Path: moved})
	}
	var beside []int
	onPath := map[[2]int]bool{}
	for v := range in.Graph.Order() {
		if v != in.Other && !slices.Contains(in.Path, v) {
			beside = append(beside, v)
		}
	}
	for i, v := range in.Path[1:] {
		onPath[[2]int{in.Path[i], v}] = true
	}
	for _, some := range chunks(beside) {
		keep(without(in.Graph, some), in.Path)
	}
	whole := withoutEdges(in.Graph, nil)
	for length := 2; length < len(in.Path); length++ {
		keep(whole, in.Path[:length])
	}
	if len(in.Path) > 2 {
		for i := range in.Path[1:] {
			keep(merged(in.Graph, in.Path[i], in.Path[i+1]), in.Path)
		}
	}
	if in.Graph.Order() <= mergeOrder {
		for i, v := range beside {
			for _, u := range append(slices.Clone(in.Path), beside[:i]...) {
				keep(merged(in.Graph, u, v), in.Path)
			}
		}
	}
	var free [][2]int
	for _, e := range in.Graph.Edges() {
		if !onPath[e] {
			free = append(free, e)
		}
	}
	for _, some := range chunks(free) {
		keep(withoutEdges(in.Graph, some), in.Path)
	}
	return out
}
