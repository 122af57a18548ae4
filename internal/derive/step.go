// Package derive obtains the reduced drift of the index-matching logit from
// the model itself. The forward pass of the two-layer transformer of arXiv
// 2509.23365 (theory.md section 1) runs in exact symbolic arithmetic with an
// unknown score matrix W; the loss is differentiated exactly, evaluated at
// W = μI or at W = μI + ν(11ᵀ−I), and averaged over the relabellings of the
// vertices (Lemma 1). In-degrees, |N_c| and the factor 1/n come out of that
// computation. The result is compared with the drift that package theory
// states, as an identity in the field of fractions of Z[e][y].
//
// Notation: s = 1/√|N_c|, e = e^{αs}, y = e^{αsμ}, z = e^{αsν}.
package derive

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"muflow/graph"
	"muflow/theory"
)

// A Step is a step of thought generation and its loss. Under Coconut-BFS only
// the set N_{c+1} enters, and the target is any vertex that an edge from N_c
// ends in.
type Step struct {
	graph.Step
	Loss theory.Loss
}

// String names the step, for instance
// "coconut on 3 vertices [[0 1] [1 2]], root 0, c = 1, p = 2".
func (s Step) String() string {
	if s.Instance == nil {
		return fmt.Sprintf("%v, no step", s.Loss)
	}
	return fmt.Sprintf("%v on %d vertices %v, root %d, c = %d, p = %d",
		s.Loss, s.order(), s.Instance.Graph.Edges(), s.Instance.Root, s.C, s.Target())
}

// Validate reports a step that is none, and an unknown loss.
func (s Step) Validate() error {
	if s.Instance == nil {
		return fmt.Errorf("a step without an instance")
	}
	if s.Loss != theory.Coconut && s.Loss != theory.CoconutBFS {
		return fmt.Errorf("loss %d, expected coconut or bfs", s.Loss)
	}
	return nil
}

func (s Step) order() int {
	if s.Instance == nil {
		return 0
	}
	return s.Instance.Graph.Order()
}

// relabelled returns the step in which vertex v is called label[v].
func (s Step) relabelled(label []int) (Step, error) {
	in, err := s.Instance.Relabel(label)
	if err != nil {
		return Step{}, err
	}
	moved, err := in.StepTowards(s.C, label[s.Target()])
	return Step{moved, s.Loss}, err
}

// MaxCasesOrder bounds the graphs that Cases lists: 4 vertices have 4096
// labelled digraphs.
const MaxCasesOrder = 4

// Cases lists every legal step on every labelled digraph with exactly n
// vertices: all roots, c = 0, 1, … up to and including the first with
// N_{c+1} = N_c, every legal target under Coconut, and the set N_{c+1} once
// under Coconut-BFS.
func Cases(n int) ([]Step, error) {
	if n < 1 || n > MaxCasesOrder {
		return nil, fmt.Errorf("every digraph on %d vertices, expected 1 to %d", n, MaxCasesOrder)
	}
	var pairs [][2]int
	for u := range n {
		for v := range n {
			if u != v {
				pairs = append(pairs, [2]int{u, v})
			}
		}
	}
	var out []Step
	for subset := range 1 << len(pairs) {
		var edges [][2]int
		for i, pair := range pairs {
			if subset>>i&1 == 1 {
				edges = append(edges, pair)
			}
		}
		g, err := graph.New(n, edges)
		if err != nil {
			return nil, err
		}
		for root := range n {
			out = append(out, steps(g, root)...)
		}
	}
	return out, nil
}

// steps lists the legal steps from one root.
func steps(g *graph.Digraph, root int) []Step {
	in := &graph.Instance{Graph: g, Root: root}
	var out []Step
	var before []bool
	for c := 0; ; c++ {
		set := g.Reached(root, c)
		if slices.Equal(set, before) {
			return out
		}
		before = set
		first := true
		for p := range set {
			step, err := in.StepTowards(c, p)
			if err != nil {
				continue
			}
			if first {
				out = append(out, Step{step, theory.CoconutBFS})
				first = false
			}
			out = append(out, Step{step, theory.Coconut})
		}
	}
}

// Sample draws legal steps on random digraphs with n vertices; the i-th
// depends on the seed, n and i only. The edge density is drawn between 1/8
// and 5/8, then root and step uniformly.
func Sample(seed uint64, n, count int) ([]Step, error) {
	if n < 2 || n > graph.MaxOrder {
		return nil, fmt.Errorf("random digraphs on %d vertices, expected 2 to %d", n, graph.MaxOrder)
	}
	out := make([]Step, count)
	for i := range out {
		rng := rand.New(rand.NewPCG(seed, uint64(n)<<32|uint64(i)))
		for out[i].Instance == nil {
			density := 0.125 + float64(rng.Float64()/2)
			var edges [][2]int
			for u := range n {
				for v := range n {
					if u != v && rng.Float64() < density {
						edges = append(edges, [2]int{u, v})
					}
				}
			}
			g, err := graph.New(n, edges)
			if err != nil {
				return nil, err
			}
			if legal := steps(g, rng.IntN(n)); len(legal) > 0 {
				out[i] = legal[rng.IntN(len(legal))]
			}
		}
	}
	return out, nil
}
