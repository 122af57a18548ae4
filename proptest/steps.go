package proptest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"muflow/graph"
)

// A Step is one supervised step of an instance: N_C → N_{C+1}.
type Step struct {
	Instance graph.Instance
	C        int // c, thoughts already generated
}

// Target returns p, the next vertex of the demonstrated path.
func (s Step) Target() int { return s.Instance.Path[s.C+1] }

type stepForm struct {
	Instance json.RawMessage `json:"instance"`
	Step     int             `json:"step"`
	Label    []int           `json:"label,omitempty"`
}

// Steps draws an instance and one of its steps, and shrinks both.
func Steps(shape graph.Shape) Generator[Step] {
	instances := Instances(shape)
	return Generator[Step]{
		Draw: func(rng *rand.Rand, size int) Step {
			in := instances.Draw(rng, size)
			return Step{in, rng.IntN(max(in.Steps(), 1))}
		},
		Shrink: func(s Step) []Step {
			var out []Step
			for _, smaller := range instances.shrinks(s.Instance) {
				// A step early on the path stays, one beyond its end moves to the last.
				out = append(out, Step{smaller, min(s.C, smaller.Steps()-1)})
			}
			if s.C > 0 {
				out = append(out, Step{s.Instance, s.C - 1})
			}
			return out
		},
		Valid: func(s Step) error {
			if err := instances.Valid(s.Instance); err != nil {
				return err
			}
			if s.C < 0 || s.C >= s.Instance.Steps() {
				return fmt.Errorf("step %d of a path with %d", s.C, s.Instance.Steps())
			}
			return nil
		},
		Show: func(s Step) any { return stepForm{instanceForm(s.Instance), s.C, nil} },
	}
}

// A LabelledStep is a step with new names for its vertices.
type LabelledStep struct {
	Step
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
		Show: func(l LabelledStep) any { return stepForm{instanceForm(l.Instance), l.C, l.Label} },
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
