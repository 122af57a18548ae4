package proptest

import (
	"encoding/json"
	"math/rand/v2"
	"slices"

	"muflow/graph"
)

type stepForm struct {
	Instance json.RawMessage `json:"instance"`
	Step     int             `json:"step"`
	Label    []int           `json:"label,omitempty"`
}

// Steps draws an instance and one of its steps, and shrinks both.
func Steps(shape graph.Shape) Generator[graph.Step] {
	instances := Instances(shape)
	return Generator[graph.Step]{
		Draw: func(rng *rand.Rand, size int) graph.Step {
			in := instances.Draw(rng, size)
			s, _ := in.Step(rng.IntN(max(in.Steps(), 1)))
			return s
		},
		Shrink: func(s graph.Step) []graph.Step {
			var out []graph.Step
			keep := func(in *graph.Instance, c int) {
				if smaller, err := in.Step(c); err == nil {
					out = append(out, smaller)
				}
			}
			for _, smaller := range instances.shrinks(*s.Instance) {
				// A step early on the path stays, one beyond its end moves to the last.
				keep(&smaller, min(s.C, smaller.Steps()-1))
			}
			keep(s.Instance, s.C-1)
			return out
		},
		Valid: func(s graph.Step) error {
			if s.Instance == nil {
				return graph.ErrNoStep
			}
			return instances.Valid(*s.Instance)
		},
		Show: func(s graph.Step) any { return stepForm{instanceForm(*s.Instance), s.C, nil} },
	}
}

// A LabelledStep is a step with new names for its vertices.
type LabelledStep struct {
	graph.Step
	Label []int // vertex v is to be called Label[v]
}

// LabelledSteps draws a step and a uniformly random relabelling. It shrinks
// the step, and the relabelling towards the identity.
func LabelledSteps(shape graph.Shape) Generator[LabelledStep] {
	steps := Steps(shape)
	return Generator[LabelledStep]{
		Draw: func(rng *rand.Rand, size int) LabelledStep {
			s := steps.Draw(rng, size)
			return LabelledStep{s, rng.Perm(s.Instance.Graph.Order())}
		},
		Shrink: func(l LabelledStep) []LabelledStep {
			var out []LabelledStep
			for _, s := range steps.shrinks(l.Step) {
				out = append(out, LabelledStep{s, ranks(l.Label[:s.Instance.Graph.Order()])})
			}
			for v, w := range l.Label {
				if v != w { // swap so that v keeps its name
					label := slices.Clone(l.Label)
					u := slices.Index(label, v)
					label[v], label[u] = label[u], label[v]
					out = append(out, LabelledStep{l.Step, label})
				}
			}
			return out
		},
		Valid: func(l LabelledStep) error {
			if err := steps.Valid(l.Step); err != nil {
				return err
			}
			_, err := l.Instance.Relabel(l.Label)
			return err
		},
		Show: func(l LabelledStep) any { return stepForm{instanceForm(*l.Instance), l.C, l.Label} },
	}
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
