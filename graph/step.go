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
// N_C → N_{C+1} towards the vertex Target. Instance.Step, Instance.StepTowards
// and StepsOf make steps; the zero value is none.
type Step struct {
	Instance *Instance
	C        int // c, thoughts already generated

	target int
}

// Step returns step c, 0 ≤ c < Steps(), whose target is the vertex Path[c+1].
// Any other c is ErrNoStep.
func (in *Instance) Step(c int) (Step, error) {
	if c < 0 || c >= in.Steps() {
		return Step{}, ErrNoStep
	}
	return Step{in, c, in.Path[c+1]}, nil
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
	return Step{in, c, target}, nil
}

// Target returns p, the vertex that the Coconut loss trains the step towards.
func (s Step) Target() int { return s.target }

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
	return func(yield func(int, Step) bool) {
		for i := range instances {
			for at := range instances[i].Steps() {
				if c >= 0 && at != c {
					continue
				}
				if step, err := instances[i].Step(at); err == nil && !yield(i, step) {
					return
				}
			}
		}
	}
}

// MostSteps returns how many steps the longest demonstrated path has.
func MostSteps(instances []Instance) int {
	most := 0
	for i := range instances {
		most = max(most, instances[i].Steps())
	}
	return most
}
