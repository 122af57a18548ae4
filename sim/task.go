package sim

import (
	"errors"
	"fmt"
	"math"

	"muflow/graph"
)

// A Loss says what a step of an instance is trained towards.
type Loss int

const (
	Coconut    Loss = iota + 1 // the next vertex of the demonstrated path
	CoconutBFS                 // any vertex of N_{c+1}
	Prediction                 // the reachable candidate c*, from the token <A>
)

func (l Loss) String() string {
	switch l {
	case Coconut:
		return "coconut"
	case CoconutBFS:
		return "bfs"
	case Prediction:
		return "prediction"
	}
	return fmt.Sprintf("Loss(%d)", int(l))
}

// A Task is one step of one instance with one loss: all of a training sample
// but the names of the vertices. It is not changed once made.
type Task struct {
	step       int
	loss       Loss
	order      int
	edges      [][2]int
	root       int
	candidates [2]int      // c*, c_
	thoughts   [][]float64 // [t_0] = u_r, [t_1] … [t_c], as weights of the vertices
	given      bool        // the last thought was given, see WithThought
	targets    []bool      // the set S of the loss −log Σ_S softmax(ξ)
}

// NewTask returns the step c of an instance, in which the model has c thoughts
// before it, each the uniform superposition of unit norm:
//
//	[t_i] = Σ_{v∈N_i} u_v/√|N_i|
//	S = {p}, p = Path[c+1] (Coconut);  N_{c+1} (CoconutBFS);  {c*} (Prediction)
//
// It fails if the instance is not valid, if c is negative or beyond both the
// number of vertices and the demonstrated path, and with Coconut if that path
// has no step c.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, losses of Theorems 1 and 3.
func NewTask(in *graph.Instance, c int, loss Loss) (*Task, error) {
	if in == nil || in.Graph == nil {
		return nil, errors.New("no instance")
	}
	if err := in.Validate(); err != nil {
		return nil, err
	}
	if c < 0 || loss == Coconut && c >= in.Steps() {
		return nil, fmt.Errorf("step %d of an instance with a demonstrated path of %d steps", c, in.Steps())
	}
	if most := max(in.Graph.Order(), in.Steps()); c > most {
		return nil, fmt.Errorf("step %d of an instance whose reachable set is complete by step %d", c, most)
	}
	t := &Task{step: c, loss: loss, order: in.Graph.Order(), edges: in.Graph.Edges(), root: in.Root,
		candidates: [2]int{in.Target, in.Other}}
	for i := range c + 1 {
		t.thoughts = append(t.thoughts, superposition(in.Reached(i)))
	}
	switch loss {
	case Coconut:
		t.targets = make([]bool, t.order)
		t.targets[in.Path[c+1]] = true
	case CoconutBFS:
		t.targets = in.Reached(c + 1)
	case Prediction:
		t.targets = make([]bool, t.order)
		t.targets[in.Target] = true
	default:
		return nil, fmt.Errorf("unknown loss %v, expected coconut, bfs or prediction", loss)
	}
	return t, nil
}

// NewTasks returns the step c of every instance that has one: with Coconut and
// CoconutBFS those whose demonstrated path is longer than c. With Prediction
// it returns every instance after as many thoughts as its demonstrated path
// has steps, and c must be 0. It fails if there is none.
func NewTasks(instances []graph.Instance, c int, loss Loss) ([]*Task, error) {
	if loss == Prediction && c != 0 {
		return nil, fmt.Errorf("step %d of the prediction stage, expected 0", c)
	}
	var tasks []*Task
	for i := range instances {
		in, step := &instances[i], c
		if loss == Prediction {
			step = in.Steps()
		} else if c >= in.Steps() {
			continue
		}
		t, err := NewTask(in, step, loss)
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		tasks = append(tasks, t)
	}
	if len(tasks) == 0 {
		return nil, fmt.Errorf("none of %d instances has a step %d", len(instances), c)
	}
	return tasks, nil
}

// superposition returns the unit vector with equal weights on the members.
func superposition(members []bool) []float64 {
	count := 0
	for _, in := range members {
		if in {
			count++
		}
	}
	weights := make([]float64, len(members))
	for v, in := range members {
		if in {
			weights[v] = 1 / math.Sqrt(float64(count))
		}
	}
	return weights
}

// WithThought returns the same step from another last thought, Σ_v λ_v u_v
// with the weight λ_v of vertex v, which need not have unit norm. It fails if
// there is not one finite weight for each vertex, and at step 0, where the
// root stands in place of a thought.
func (t *Task) WithThought(weights []float64) (*Task, error) {
	if t.step == 0 {
		return nil, fmt.Errorf("a thought for step 0, which starts at the root")
	}
	if len(weights) != t.order {
		return nil, fmt.Errorf("thought with %d weights for %d vertices", len(weights), t.order)
	}
	for v, x := range weights {
		if !finite(x) {
			return nil, fmt.Errorf("thought with weight %g at vertex %d, expected a finite number", x, v)
		}
	}
	out := *t
	out.thoughts = append(append([][]float64(nil), t.thoughts[:t.step]...), append([]float64(nil), weights...))
	out.given = true
	return &out, nil
}

// WithTargets returns the same step with another set S of right vertices in the
// loss of thought generation, which is how a loss is added:
//
//	ℓ = −log( Σ_{v∈S} e^{ξ_v} / Σ_v e^{ξ_v} )
//
// It fails in the prediction stage, and unless S names existing vertices and
// is not empty.
func (t *Task) WithTargets(vertices ...int) (*Task, error) {
	if t.loss == Prediction {
		return nil, errors.New("targets of the prediction stage, expected thought generation")
	}
	if len(vertices) == 0 {
		return nil, errors.New("an empty target set")
	}
	out := *t
	out.targets = make([]bool, t.order)
	for _, v := range vertices {
		if v < 0 || v >= t.order {
			return nil, fmt.Errorf("target %d, expected 0 to %d", v, t.order-1)
		}
		out.targets[v] = true
	}
	return &out, nil
}

// Order returns the number of vertices.
func (t *Task) Order() int { return t.order }

// Step returns c, the number of thoughts before the step.
func (t *Task) Step() int { return t.step }
