package graph

import (
	"math/rand/v2"
	"slices"
)

// endShare is how often a range of orders draws each of its ends: one time in
// so many.
const endShare = 16

// drawOrder draws from least … most, mostly smaller values while size, 0 to
// 100, is small.
func drawOrder(rng *rand.Rand, size, least, most int) int {
	switch rng.IntN(endShare) {
	case 0:
		return least
	case 1:
		return most
	}
	return least + rng.IntN((most-least)*max(size, 20)/100+1)
}

// DrawDigraph draws a digraph of so many vertices, fewer while size, 0 to 100,
// is small, of any density from no edge to every edge.
func DrawDigraph(rng *rand.Rand, size, least, most int) *Digraph {
	n := drawOrder(rng, size, least, most)
	density := []float64{0, 1.5 / float64(n), 0.3, 0.7, 1, rng.Float64()}[rng.IntN(6)]
	var edges [][2]int
	for u := range n {
		for v := range n {
			if u != v && rng.Float64() < density {
				edges = append(edges, [2]int{u, v})
			}
		}
	}
	rng.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
	g, _ := New(n, edges)
	return g
}

// DrawInstance draws an instance in the theory's setting within a shape,
// smaller while size, 0 to 100, is small: what Generate draws, one time in two
// with further edges, of these one time in two with another target. It is the
// zero value where Generate fails.
func DrawInstance(rng *rand.Rand, size int, shape Shape) Instance {
	n := drawOrder(rng, size, shape.MinVertices, shape.MaxVertices)
	most := max(min(shape.MaxHops, n/2-1), 1)
	hops := min(shape.MinHops, most)
	hops += rng.IntN(most - hops + 1)
	in, err := Generate(rng, Shape{MinVertices: n, MaxVertices: n, MinHops: hops, MaxHops: hops})
	if err != nil {
		return Instance{}
	}
	if rng.IntN(2) == 0 {
		addEdges(rng, &in, rng.IntN(n))
		if rng.IntN(2) == 0 {
			redirect(rng, &in, shape.MaxHops)
		}
	}
	return in
}

// redirect makes another vertex within so many hops the target and draws a
// shortest path to it.
func redirect(rng *rand.Rand, in *Instance, hops int) {
	var reached []int
	for v, d := range in.Graph.Distances(in.Root) {
		if d >= 1 && d <= hops {
			reached = append(reached, v)
		}
	}
	in.Target = reached[rng.IntN(len(reached))]
	in.Path = shortestPath(rng, in.Graph, in.Root, in.Target)
}

// addEdges tries to add edges between vertices of which both or neither can
// be reached from the root.
func addEdges(rng *rand.Rand, in *Instance, count int) {
	distance := in.Graph.Distances(in.Root)
	edges := slices.Clone(in.Graph.Edges())
	for range count {
		u, v := rng.IntN(len(distance)), rng.IntN(len(distance))
		if u != v && (distance[u] < 0) == (distance[v] < 0) && !slices.Contains(edges, [2]int{u, v}) {
			edges = slices.Insert(edges, rng.IntN(len(edges)+1), [2]int{u, v})
		}
	}
	if g, err := New(len(distance), edges); err == nil {
		in.Graph = g
	}
}
