package graph

import (
	"fmt"
	"math/rand/v2"
)

// A Shape bounds the instances that a Generator draws, ends included.
type Shape struct {
	MinVertices, MaxVertices int
	MinHops, MaxHops         int // length of the demonstrated path = distance from root to target
}

// ProsQAShape is that of the published instances.
var ProsQAShape = Shape{MinVertices: 17, MaxVertices: 28, MinHops: 3, MaxHops: 4}

// A Generator draws one instance within a shape, or says why it cannot.
type Generator func(rng *rand.Rand, shape Shape) (Instance, error)

func (s Shape) validate(leastVertices int) error {
	if s.MinHops < 1 || s.MaxHops < s.MinHops || s.MaxVertices < s.MinVertices || s.MaxVertices > MaxOrder || s.MinVertices < leastVertices {
		return fmt.Errorf("shape of %d to %d vertices and %d to %d hops, expected at least one hop and %d vertices",
			s.MinVertices, s.MaxVertices, s.MinHops, s.MaxHops, leastVertices)
	}
	return nil
}

// Generate is the Generator whose levels are uniform: it
// draws a reachability instance in the theory's setting, an acyclic
// graph of two components, root and target in one of them at a distance equal
// to the length of the demonstrated path, the other candidate at the same
// depth of the other component. Vertices are relabelled and edges shuffled
// uniformly. Between one and three edges enter every vertex but the two
// components' roots. It fails if the shape cannot hold two such components.
func Generate(rng *rand.Rand, shape Shape) (Instance, error) {
	if err := shape.validate(2 * (shape.MaxHops + 1)); err != nil {
		return Instance{}, err
	}
	n := shape.MinVertices + rng.IntN(shape.MaxVertices-shape.MinVertices+1)
	hops := shape.MinHops + rng.IntN(shape.MaxHops-shape.MinHops+1)
	spare := n - 2*(hops+1)
	first := hops + 1 + spare/2
	if spare > 0 {
		first += rng.IntN(spare%2 + spare/4 + 1)
	}
	label := rng.Perm(n)
	edges, target := grow(rng, nil, label[:first], hops)
	edges, other := grow(rng, edges, label[first:], hops)
	rng.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
	g, err := New(n, edges)
	if err != nil {
		return Instance{}, err
	}
	in := Instance{Graph: g, Root: label[0], Target: target, Other: other}
	in.Path = shortestPath(rng, g, in.Root, in.Target)
	return in, in.Validate()
}

// grow appends the edges of one component on the given vertices and returns a
// vertex at distance hops from vertices[0]. Every vertex gets a level, which
// will be its distance: one predecessor on the level before, further ones
// among the vertices drawn earlier on that level or deeper.
func grow(rng *rand.Rand, edges [][2]int, vertices []int, hops int) ([][2]int, int) {
	level := make([]int, len(vertices))
	for i := range vertices {
		if level[i] = i; i > hops {
			level[i] = 1 + rng.IntN(hops)
		}
	}
	for i := 1; i < len(vertices); i++ {
		var before, allowed []int
		for j := range i {
			if level[j] == level[i]-1 {
				before = append(before, j)
			}
			if level[j] >= level[i]-1 {
				allowed = append(allowed, j)
			}
		}
		parent := before[rng.IntN(len(before))]
		edges = append(edges, [2]int{vertices[parent], vertices[i]})
		extra := [...]int{0, 0, 1, 1, 2}[rng.IntN(5)] // mean in-degree near the published 1.6
		for _, k := range rng.Perm(len(allowed)) {
			if j := allowed[k]; extra > 0 && j != parent {
				edges = append(edges, [2]int{vertices[j], vertices[i]})
				extra--
			}
		}
	}
	return edges, vertices[hops]
}

// shortestPath walks back from target, choosing uniformly among the
// predecessors one hop nearer to root.
func shortestPath(rng *rand.Rand, g *Digraph, root, target int) []int {
	distance := g.Distances(root)
	path := make([]int, distance[target]+1)
	for i, v := len(path)-1, target; ; i-- {
		path[i] = v
		if i == 0 {
			return path
		}
		var nearer []int
		for _, u := range g.In(v) {
			if distance[u] == i-1 {
				nearer = append(nearer, u)
			}
		}
		v = nearer[rng.IntN(len(nearer))]
	}
}

// Draw draws instance i of a suite, which depends on the seed and i only. Errors
// are those of the generator.
func Draw(seed uint64, i int, shape Shape, generate Generator) (Instance, error) {
	return generate(rand.New(rand.NewPCG(seed, uint64(i))), shape)
}

// Suite draws the first count instances of a suite.
func Suite(seed uint64, count int, shape Shape, generate Generator) ([]Instance, error) {
	instances := make([]Instance, count)
	for i := range instances {
		in, err := Draw(seed, i, shape, generate)
		if err != nil {
			return nil, err
		}
		instances[i] = in
	}
	return instances, nil
}
