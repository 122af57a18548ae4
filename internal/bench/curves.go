package bench

import (
	"context"

	"muflow/graph"
	"muflow/prove"
	"muflow/sim"
	"muflow/sim/kernel"
	"muflow/theory"
)

// The axes of the curves.
const (
	digitsAxis    = "digits"
	timeAxis      = "T"
	degreeAxis    = "largest in-degree"
	verticesAxis  = "vertices"
	orderAxis     = "vertices of every digraph"
	instancesAxis = "instances"
	widthAxis     = "width"
	lengthAxis    = "positions"
)

// Curves lists what costs are followed over.
func Curves() []Curve {
	var curves []Curve
	add := func(axis string, values []float64, name string, start func(x float64) (func(context.Context) error, error)) *Curve {
		curves = append(curves, Curve{Name: name, Axis: axis, Values: values, Start: start})
		return &curves[len(curves)-1]
	}
	perMethod := func(axis string, values []float64, follow func(method prove.FlowMethod, x int) start) {
		for i, name := range []string{"elementary solution", "Taylor path, two runs", "Taylor flowpipe"} {
			method := []prove.FlowMethod{prove.ElementaryMethod, prove.TaylorMethod, prove.FlowpipeMethod}[i]
			add(axis, values, name, func(x float64) (func(context.Context) error, error) { return follow(method, int(x))() })
		}
	}

	digits := []float64{16, 30, 50, 100, 200, 300, 500, 1000, 2000, 3000}
	perMethod(digitsAxis, digits, func(method prove.FlowMethod, x int) start {
		return flow{"A", theory.Coconut, "coco", 10}.follow(method, x, new(value))
	})
	add(digitsAxis, digits, "equilibrium", func(x float64) (func(context.Context) error, error) {
		return equilibrium("A", int(x), new(value))()
	})
	perMethod(timeAxis, []float64{1, 10, 100, 1e3, 1e4, 1e5, 1e6}, func(method prove.FlowMethod, x int) start {
		return flow{"A", theory.CoconutBFS, "bfs", int64(x)}.follow(method, 50, new(value))
	})
	perMethod(degreeAxis, []float64{2, 4, 8, 16, 32, 64}, func(method prove.FlowMethod, x int) start {
		return func() (func(context.Context) error, error) {
			p, err := profileOfDegree(x)
			return followProfile(p, theory.Coconut, 1000, method, 30, new(value)), err
		}
	})
	add(verticesAxis, []float64{16, 32, 64, 128, 256, 512, 1024}, "Theorem 1, an instance", func(x float64) (func(context.Context) error, error) {
		n := int(x)
		return theorem1On(1, graph.Shape{MinVertices: n, MaxVertices: n, MinHops: 3, MaxHops: 3}, graph.Generate)
	})
	add(verticesAxis, []float64{16, 32, 64, 128, 256, 512, 1024}, "theory transformer, a step", func(x float64) (func(context.Context) error, error) {
		return theoryTrainer(int(x), int(x)*3/2, 32)
	})
	add(orderAxis, []float64{2, 3, 4, 5}, "Theorem 1, both losses", func(x float64) (func(context.Context) error, error) {
		return everyDigraph(int(x), 1), nil
	})
	add(instancesAxis, []float64{15, 30, 60, 120, 240, 480, 960}, "Theorem 1", func(x float64) (func(context.Context) error, error) {
		return theorem1On(int(x), graph.ProsQAShape, graph.GenerateProsQA)
	})
	learnedCurve := func(axis string, values []float64, name string, shapeAt func(x int) shape) {
		c := add(axis, values, name, func(x float64) (func(context.Context) error, error) { return shapeAt(int(x)).trainer(1, kernel.Best()) })
		c.Work, c.Unit = func(x float64) float64 { s := shapeAt(int(x)); return float64(s.batch * s.positions) }, "tokens"
	}
	learnedCurve(widthAxis, []float64{32, 64, 128, 256, 512}, "learned transformer, a step", func(x int) shape { return shape{x, x / 32, 16, 64, 1} })
	learnedCurve(lengthAxis, []float64{16, 32, 64, 128, 256, 512}, "learned transformer, a step", func(x int) shape { return shape{128, 4, 16, x, 1} })
	return curves
}

// profileOfDegree has 200 vertices, 70 of them in the set, and one vertex in the
// set and one outside for every in-degree from 1 on; all others have none.
func profileOfDegree(most int) (*theory.Profile, error) {
	const n, k = 200, 70
	classes := []theory.Class{{InSet: true, Degree: 0, Count: k - most}, {InSet: false, Degree: 0, Count: n - k - most}}
	for d := 1; d <= most; d++ {
		classes = append(classes, theory.Class{InSet: true, Degree: d, Count: 1}, theory.Class{InSet: false, Degree: d, Count: 1})
	}
	return theory.NewProfile(n, k, most/2, classes)
}

// theorem1On decides Theorem 1 on generated instances, with one worker.
func theorem1On(count int, shape graph.Shape, generate graph.Generator) (func(context.Context) error, error) {
	instances, err := graph.Suite(1, count, shape, generate)
	return theorem1(instances, 1), err
}

// theoryTrainer returns a function that does one step of stochastic gradient
// descent of the compact transformer with the full score matrix, on a path with
// chords.
func theoryTrainer(vertices, edges, batch int) (func(context.Context) error, error) {
	list := make([][2]int, 0, edges)
	for i := 0; len(list) < edges; i++ {
		u, v := i%(vertices-1), i%(vertices-1)+1+i/(vertices-1)*3
		if v < vertices {
			list = append(list, [2]int{u, v})
		}
	}
	g, err := graph.New(vertices, list)
	if err != nil {
		return nil, err
	}
	in := &graph.Instance{Graph: g, Root: 0, Target: 3, Other: vertices - 1, Path: []int{0, 1, 2, 3}}
	task, err := sim.NewTask(in, 2, sim.Coconut)
	if err != nil {
		return nil, err
	}
	net, err := sim.NewModel(vertices, 1, sim.Dials{})
	if err != nil {
		return nil, err
	}
	w, err := sim.NewWeights(sim.Full, vertices)
	if err != nil {
		return nil, err
	}
	trainer, err := sim.NewTrainer(net, []*sim.Task{task}, w, sim.Settings{LearningRate: 0.1, Batch: batch, Seed: 1})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		_, err := trainer.Step(ctx)
		return err
	}, nil
}
