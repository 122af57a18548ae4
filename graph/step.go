package graph

import (
	"errors"
	"fmt"
	"iter"
	"slices"
)

// ErrNoStep says that the demonstrated path of an instance has no step c.
var ErrNoStep = errors.New("the demonstrated path has no such step")

// A Step is one supervised step of one instance: after C thoughts it trains
// N_C → N_{C+1} towards a label that its Law draws from Labels. Instance.Step,
// Instance.StepTowards and StepsOf make steps with one label, the methods of Law
// those of other laws; the zero value is none.
type Step struct {
	Instance *Instance
	C        int // c, thoughts already generated

	law    Law
	target int
	labels []int
}

// Step returns step c, 0 ≤ c < Steps(), whose target is the vertex Path[c+1].
// Any other c is ErrNoStep.
func (in *Instance) Step(c int) (Step, error) {
	if c < 0 || c >= in.Steps() {
		return Step{}, ErrNoStep
	}
	return Step{in, c, PathLaw, in.Path[c+1], in.Path[c+1 : c+2 : c+2]}, nil
}

// StepTowards returns the step from N_c, c ≥ 0, towards another vertex than
// the one of the demonstrated path, which need not be there. The target must be
// the end of an edge that leaves N_c.
func (in *Instance) StepTowards(c, target int) (Step, error) {
	if c < 0 || target < 0 || target >= in.Graph.Order() {
		return Step{}, fmt.Errorf("step %d towards vertex %d of %d", c, target, in.Graph.Order())
	}
	set := in.Reached(c)
	if !slices.ContainsFunc(in.Graph.In(target), func(u int) bool { return set[u] }) {
		return Step{}, fmt.Errorf("vertex %d is not the end of an edge from the set", target)
	}
	return Step{in, c, PathLaw, target, []int{target}}, nil
}

// Target returns p, the next vertex of the demonstrated path, whatever the law:
// the one label of PathLaw. Whoever can meet other laws asks for Labels.
func (s Step) Target() int { return s.target }

// Law returns the law of the labels.
func (s Step) Law() Law { return s.law }

// Labels returns the vertices from which the Coconut loss draws its label, each
// with the same probability: at least one, ascending. The slice belongs to the
// step.
func (s Step) Labels() []int { return s.labels }

// Set returns N_C, the vertices within C hops of the root, as a membership
// vector.
func (s Step) Set() []bool { return s.Instance.Reached(s.C) }

// Next returns N_{C+1} as a membership vector.
func (s Step) Next() []bool { return s.Instance.Reached(s.C + 1) }

// Degrees returns d_v, the number of edges from N_C into each vertex.
func (s Step) Degrees() []int { return s.Instance.Graph.Degrees(s.Set()) }

// StepsOf goes through the steps of instances in their order, only through
// step c of each if c ≥ 0, with the 0-based place of the instance. An instance
// without a step c is left out.
func StepsOf(instances []Instance, c int) iter.Seq2[int, Step] {
	return PathLaw.StepsOf(instances, c)
}

// MostSteps returns how many steps the longest demonstrated path has.
func MostSteps(instances []Instance) int {
	most := 0
	for i := range instances {
		most = max(most, instances[i].Steps())
	}
	return most
}
