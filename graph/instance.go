package graph

import "fmt"

// An Instance is one reachability question: does the directed path lead from
// Root to Target or to Other? Path is the one demonstrated path Root … Target.
type Instance struct {
	Graph  *Digraph
	Root   int
	Target int   // c*, the end of Path
	Other  int   // c_, the other candidate (unreachable in the theory's setting, assumption A16)
	Path   []int // vertices; consecutive ones are joined by an edge
}

// Steps returns the number of supervised steps: step c, 0 ≤ c < Steps(),
// trains N_c → N_{c+1} towards the vertex Path[c+1].
func (in *Instance) Steps() int { return len(in.Path) - 1 }

// Reached returns N_c, the vertices within c hops of the root, as a
// membership vector.
func (in *Instance) Reached(c int) []bool { return in.Graph.Reached(in.Root, c) }

// A FieldError says which field of an instance is wrong.
type FieldError struct {
	Field  string
	Reason string // what was found and what was expected
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Reason }

// Validate checks that root, target and other are vertices, that target and
// other differ, and that Path is a path of the graph from root to target with
// at least one edge. The error is a *FieldError.
func (in *Instance) Validate() error {
	n := in.Graph.Order()
	for _, f := range []struct {
		name string
		v    int
	}{{"root", in.Root}, {"target", in.Target}, {"other", in.Other}} {
		if f.v < 0 || f.v >= n {
			return &FieldError{f.name, fmt.Sprintf("vertex %d does not exist, expected 0 to %d", f.v, n-1)}
		}
	}
	if in.Target == in.Other {
		return &FieldError{"other", fmt.Sprintf("vertex %d is the target too, expected two different candidates", in.Other)}
	}
	if len(in.Path) < 2 {
		return &FieldError{"path", fmt.Sprintf("%d vertices, expected at least 2", len(in.Path))}
	}
	for i, v := range in.Path {
		if v < 0 || v >= n {
			return &FieldError{"path", fmt.Sprintf("vertex %d does not exist, expected 0 to %d", v, n-1)}
		}
		if i > 0 && !in.Graph.HasEdge(in.Path[i-1], v) {
			return &FieldError{"path", fmt.Sprintf("%d→%d is not an edge, expected a path of the graph", in.Path[i-1], v)}
		}
	}
	if in.Path[0] != in.Root {
		return &FieldError{"path", fmt.Sprintf("starts at %d, expected the root %d", in.Path[0], in.Root)}
	}
	if end := in.Path[len(in.Path)-1]; end != in.Target {
		return &FieldError{"path", fmt.Sprintf("ends at %d, expected the target %d", end, in.Target)}
	}
	return nil
}

// Relabel returns the instance in which vertex v is called label[v].
func (in *Instance) Relabel(label []int) (*Instance, error) {
	g, err := in.Graph.Relabel(label)
	if err != nil {
		return nil, err
	}
	path := make([]int, len(in.Path))
	for i, v := range in.Path {
		path[i] = label[v]
	}
	return &Instance{Graph: g, Root: label[in.Root], Target: label[in.Target], Other: label[in.Other], Path: path}, nil
}
