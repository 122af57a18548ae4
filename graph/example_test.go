package graph_test

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"muflow/graph"
)

// A step of the training: N_c, N_{c+1}, the vertex that is the label, and the
// number of edges from N_c into each vertex.
func ExampleInstance_Step() {
	g, err := graph.New(6, [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {1, 4}})
	if err != nil {
		fmt.Println(err)
		return
	}
	in := graph.Instance{Graph: g, Root: 0, Target: 4, Other: 5, Path: []int{0, 1, 4}}
	step, err := in.Step(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("N_1:", step.Set())
	fmt.Println("N_2:", step.Next())
	fmt.Println("p =", step.Target(), "with in-degrees", step.Degrees())
	_, err = in.Step(2)
	fmt.Println(errors.Is(err, graph.ErrNoStep))
	// Output:
	// N_1: [true true true false false false]
	// N_2: [true true true true true false]
	// p = 4 with in-degrees [0 1 1 2 1 0]
	// true
}

// Files say where they are wrong.
func ExampleDecode() {
	text := `[{"vertices": 3, "edges": [[0, 1], [1, 1]], "root": 0, "target": 1, "other": 2, "path": [0, 1]}]`
	_, err := graph.Decode(strings.NewReader(text), "mine.json")
	var edge *graph.EdgeError
	fmt.Println(errors.As(err, &edge))
	fmt.Println(err)
	// Output:
	// true
	// mine.json: instance 0: edges[1]: self-loop at vertex 1, expected two different vertices
}

// The built-in suite, and a file of the first instance.
func ExampleBuiltin() {
	suite, err := graph.Builtin()
	if err != nil {
		fmt.Println(err)
		return
	}
	steps := 0
	for _, in := range suite {
		steps += in.Steps()
	}
	fmt.Println(len(suite), "instances,", steps, "steps")
	g, _ := graph.New(3, [][2]int{{0, 1}})
	if err := graph.Encode(os.Stdout, []graph.Instance{{Graph: g, Root: 0, Target: 1, Other: 2, Path: []int{0, 1}}}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 240 instances, 839 steps
	// [{"vertices":3,"edges":[[0,1]],"root":0,"target":1,"other":2,"path":[0,1]}]
}
