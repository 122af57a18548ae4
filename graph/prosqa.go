package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"muflow/internal/portable"
	"slices"
)

// prosqaTries is how many graphs GenerateProsQA draws before it gives up.
const prosqaTries = 20_000

// GenerateProsQA is the Generator of instances like those of ProsQA. Vertices
// enter one after the other, so that every edge u→v has u < v, and 0 and 1
// have no predecessor; the root is one of these two. A new vertex chooses its
// predecessors, their number a Poisson variable of mean 1.5, among the
// vertices not reached from 1 (35 of 100), those not reached from 0 (35) or
// all, deep ones more often (arXiv 2412.06769, appendix). The target is a
// deepest leaf that only the root reaches, at a distance within the shape, the
// demonstrated path a shortest one, and the other candidate a leaf that the
// root does not reach.
//
// How often a vertex has no predecessor, and how much a graph with several
// shortest paths is preferred, were fitted to the validation file: with
// ProsQAShape the marginals of docs/theory.md section 10 are met.
func GenerateProsQA(rng *rand.Rand, shape Shape) (Instance, error) {
	if err := shape.validate(shape.MaxHops + 3); err != nil {
		return Instance{}, err
	}
	hops := shape.MinHops + rng.IntN(shape.MaxHops-shape.MinHops+1)
	for range prosqaTries {
		n := drawVertices(rng, shape)
		g, err := New(n, drawProsQAEdges(rng, n))
		if err != nil {
			return Instance{}, err
		}
		if in, ok := askProsQA(rng, g, hops); ok {
			return in, in.Validate()
		}
	}
	return Instance{}, fmt.Errorf("no graph like ProsQA of %d to %d vertices and %d hops in %d draws", shape.MinVertices, shape.MaxVertices, hops, prosqaTries)
}

// drawVertices draws a number of vertices within the shape, normal about its
// middle: of mean 22.7 and standard deviation 2.05 with ProsQAShape.
func drawVertices(rng *rand.Rand, shape Shape) int {
	width := float64(shape.MaxVertices - shape.MinVertices)
	for {
		n := int(math.Round(float64(shape.MinVertices) + float64(width*(0.51+float64(0.186*portable.Normal(rng))))))
		if n >= shape.MinVertices && n <= shape.MaxVertices {
			return n
		}
	}
}

func drawProsQAEdges(rng *rand.Rand, n int) [][2]int {
	var edges [][2]int
	reachedFrom, depth := []int{1, 2}, []int{0, 0} // bit sets of the two sources; shortest distance from a vertex without predecessor
	for v := 2; v < n; v++ {
		count, alone := drawPoisson(rng), rng.IntN(5) == 0
		for count == 0 && !alone {
			count = drawPoisson(rng)
		}
		avoid := 0
		if x := rng.Float64(); x < 0.7 {
			avoid = 1 + int(x/0.35)
		}
		weights := make([]float64, v)
		for u := range v {
			if reachedFrom[u]&avoid == 0 {
				weights[u] = 1 + float64(1.5*float64(depth[u]))
			}
		}
		reached, least := 0, math.MaxInt
		for ; count > 0; count-- {
			u := drawWeighted(rng, weights)
			if u < 0 {
				break
			}
			weights[u] = 0
			edges = append(edges, [2]int{u, v})
			reached |= reachedFrom[u]
			least = min(least, depth[u]+1)
		}
		if least == math.MaxInt {
			least = 0 // no predecessor
		}
		reachedFrom, depth = append(reachedFrom, reached), append(depth, least)
	}
	rng.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
	return edges
}

// askProsQA chooses root, candidates and path, or says that the graph is not
// to be used.
func askProsQA(rng *rand.Rand, g *Digraph, hops int) (Instance, bool) {
	root := rng.IntN(2)
	distance, fromOther := g.Distances(root), g.Distances(1-root)
	paths := g.shortestPaths(distance)
	var targets, others []int
	deepest, sum := 0, 0.0
	for v := range g.Order() {
		switch leaf := len(g.Out(v)) == 0; {
		case leaf && len(g.In(v)) == 0:
			return Instance{}, false
		case leaf && distance[v] < 0:
			others = append(others, v)
		case leaf && fromOther[v] < 0:
			deepest = max(deepest, distance[v])
			if distance[v] == hops {
				targets = append(targets, v)
				sum += paths[v]
			}
		}
	}
	if deepest != hops || len(others) == 0 || rng.Float64() > (3+sum/float64(len(targets)))/11 {
		return Instance{}, false
	}
	in := Instance{Graph: g, Root: root, Target: targets[rng.IntN(len(targets))], Other: others[rng.IntN(len(others))]}
	in.Path = shortestPath(rng, g, root, in.Target)
	return in, true
}

// shortestPaths counts for every vertex the shortest paths to it, given all
// distances from their start.
func (g *Digraph) shortestPaths(distance []int) []float64 {
	order := make([]int, g.Order())
	for v := range order {
		order[v] = v
	}
	slices.SortStableFunc(order, func(u, v int) int { return distance[u] - distance[v] })
	paths := make([]float64, g.Order())
	for _, v := range order {
		if distance[v] == 0 {
			paths[v] = 1
		}
		for _, u := range g.In(v) {
			if distance[v] > 0 && distance[u] == distance[v]-1 {
				paths[v] += paths[u]
			}
		}
	}
	return paths
}

// drawWeighted draws an index with a probability proportional to its weight,
// -1 where all weights are 0.
func drawWeighted(rng *rand.Rand, weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	x, last := rng.Float64()*sum, -1
	for i, w := range weights {
		if w > 0 {
			if last = i; x < w {
				break
			}
		}
		x -= w
	}
	return last
}

// drawPoisson draws a Poisson variable of mean 1.5 (Knuth, The Art of Computer
// Programming 3.4.1, algorithm Q).
func drawPoisson(rng *rand.Rand) int {
	const least = 0.22313016014842982 // e^−1.5
	count := 0
	for product := rng.Float64(); product > least; product *= rng.Float64() {
		count++
	}
	return count
}
