package proptest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"muflow/graph"
	"reflect"
	"slices"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
)

// inSetting checks that an instance is valid and lies in the setting of
// arXiv 2509.23365: the other candidate is unreachable, and the demonstrated
// path leads through different vertices.
func inSetting(in *graph.Instance) error {
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

// instances draws reachability instances in the setting, of the given shape
// as far as it fits two components: those of graph.Generate, half of them with
// further edges inside a component, which make cycles, edges back to the root,
// and vertices of N_c with edges from N_c. Half of these demonstrate a shortest
// path to another vertex, since the vertices of the first one mostly have one
// edge into them; the others may demonstrate a detour. The domain is the whole
// setting up to the largest order, so that shrinking is free to go below the
// shape.
func instances(shape graph.Shape) gopter.Gen {
	drawn := from(func(rng *rand.Rand, size int) graph.Instance { return graph.DrawInstance(rng, size, shape) })
	return within(drawn, shrinkInstance, func(in graph.Instance) error { return inShape(&in, shape) })
}

// inShape checks that an instance lies in the setting up to the largest order.
func inShape(in *graph.Instance, shape graph.Shape) error {
	if err := inSetting(in); err != nil {
		return err
	}
	if n := in.Graph.Order(); n > shape.MaxVertices {
		return fmt.Errorf("%d vertices, expected at most %d", n, shape.MaxVertices)
	}
	return nil
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

// steps draws an instance and one of its steps, and shrinks both.
func steps(shape graph.Shape) gopter.Gen {
	drawn := instances(shape).FlatMap(func(value any) gopter.Gen {
		in := value.(graph.Instance)
		return gen.IntRange(0, in.Steps()-1).Map(func(c int) graph.Step {
			s, _ := in.Step(c)
			return s
		})
	}, reflect.TypeFor[graph.Step]())
	return within(drawn, shrinkStep, func(s graph.Step) error {
		if s.Instance == nil {
			return graph.ErrNoStep
		}
		return inShape(s.Instance, shape)
	})
}

func shrinkStep(s graph.Step) []graph.Step {
	var out []graph.Step
	keep := func(in *graph.Instance, c int) {
		if smaller, err := in.Step(c); err == nil {
			out = append(out, smaller)
		}
	}
	for _, smaller := range shrinkInstance(*s.Instance) {
		// A step early on the path stays, one beyond its end moves to the last.
		keep(&smaller, min(s.C, smaller.Steps()-1))
	}
	keep(s.Instance, s.C-1)
	return out
}

// A labelledStep is a step with new names for its vertices.
type labelledStep struct {
	graph.Step
	Label []int // vertex v is to be called Label[v]
}

// labelledSteps draws a step and a uniformly random relabelling. It shrinks
// the step, and the relabelling towards the identity.
func labelledSteps(shape graph.Shape) gopter.Gen {
	drawn := steps(shape).Map(func(s graph.Step, parameters *gopter.GenParameters) labelledStep {
		return labelledStep{s, parameters.Rng.Perm(s.Instance.Graph.Order())}
	})
	return within(drawn, func(l labelledStep) []labelledStep {
		var out []labelledStep
		for _, s := range shrinkStep(l.Step) {
			out = append(out, labelledStep{s, ranks(l.Label[:s.Instance.Graph.Order()])})
		}
		for v, w := range l.Label {
			if v != w { // swap so that v keeps its name
				label := slices.Clone(l.Label)
				u := slices.Index(label, v)
				label[v], label[u] = label[u], label[v]
				out = append(out, labelledStep{l.Step, label})
			}
		}
		return out
	}, func(l labelledStep) error {
		if l.Instance == nil {
			return graph.ErrNoStep
		}
		_, err := l.Instance.Relabel(l.Label)
		return errors.Join(err, inShape(l.Instance, shape))
	})
}

// ranks replaces each of some different numbers by how many are smaller.
func ranks(numbers []int) []int {
	sorted := slices.Sorted(slices.Values(numbers))
	out := make([]int, len(numbers))
	for i, x := range numbers {
		out[i], _ = slices.BinarySearch(sorted, x)
	}
	return out
}
