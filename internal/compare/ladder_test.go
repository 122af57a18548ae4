package compare

import (
	"context"
	"math"
	"math/big"
	"reflect"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/sim"
	"muflow/sim/kernel"
)

// The lower rungs agree with each other, the full matrix leaves them, and the
// error of gradient descent falls with slope 1 ± 0.05 in the step size.
func TestLadder(t *testing.T) {
	l := Ladder{Seed: 2, Seeds: 3, Instances: 60, Rate: 1, Steps: 800, Batch: 64, Jobs: 1, Kernel: kernel.Best()}
	if !*long.Tests {
		l.Steps = 60
	}
	climbed, err := l.Climb(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(climbed.Rungs) != 8 || math.Abs(climbed.Slope.Slope-1) > 0.05 || len(climbed.Slope.Errors) != 6 {
		t.Fatalf("%d rungs, slope %+v", len(climbed.Rungs), climbed.Slope)
	}
	for i, r := range climbed.Rungs {
		if r.Mu == nil || r.Mass == nil || (r.MuStep == nil) != (i == 0) || (r.Mu.Half == 0) != (i < 3) {
			t.Errorf("rung %d: %+v", i, r)
		}
	}
	if *long.Tests {
		for i, most := range []float64{1: 0.05, 2: 1e-3, 3: 0.15} {
			if i > 0 && !(math.Abs(climbed.Rungs[i].MuStep.Mean) <= most) {
				t.Errorf("%s is %+v from the rung below", climbed.Rungs[i].Name, climbed.Rungs[i].MuStep)
			}
		}
		if full := climbed.Rungs[4].MuStep; !(full.Mean-full.Half > 0.5) {
			t.Errorf("the full matrix is %+v from the diagonal one", full)
		}
	}
	short := climbed
	if *long.Tests {
		l.Steps = 40
		if short, err = l.Climb(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	l.Jobs = 3
	again, failed := l.Climb(context.Background())
	if failed != nil || !reflect.DeepEqual(again, short) {
		t.Errorf("another number of workers climbs elsewhere, %v", failed)
	}
	for name, broken := range map[string]func(*Ladder){
		"one seed":      func(l *Ladder) { l.Seeds = 1 },
		"few instances": func(l *Ladder) { l.Instances = 5 },
		"no rate":       func(l *Ladder) { l.Rate = 0 },
	} {
		x := l
		broken(&x)
		if _, err := x.Climb(context.Background()); err == nil {
			t.Errorf("accepted: %s", name)
		}
	}
}

// The rung of stochastic descent stays in the corridor of the drift that the
// rungs before it follow, edge by edge and with labels drawn, and leaves it with
// a drift that is a tenth larger or smaller: the equilibrium, where such an
// error no longer shows, is not what it is held to.
func TestLadderStandsOnTheDrift(t *testing.T) {
	instances, err := graph.Suite(2, 60, graph.Shape{MinVertices: ladderVertices, MaxVertices: ladderVertices, MinHops: 3, MaxHops: 3}, graph.Generate)
	if err != nil {
		t.Fatal(err)
	}
	alpha := big.NewRat(1, 1)
	walk, err := NewWalk(StepsAt(instances, ladderStep, graph.PathLaw), ladderVertices, alpha)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := sim.Groups(graph.PathLaw, instances, ladderStep, sim.Coconut)
	if err != nil {
		t.Fatal(err)
	}
	const steps, rate, batch, failure = 400, 0.25, 256, 1e-6
	for _, factor := range []float64{1, 0.9, 1.1} {
		model, err := sim.NewModel(ladderVertices, 1, sim.Dials{})
		if err != nil {
			t.Fatal(err)
		}
		model = model.EdgeByEdge()
		w, err := model.Start(sim.Diagonal)
		if err != nil {
			t.Fatal(err)
		}
		trainer, err := sim.NewLabelTrainer(model, groups, w, sim.Settings{LearningRate: rate * factor, Batch: batch, Seed: 1, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		path, err := Follow(context.Background(), trainer, steps)
		if err != nil {
			t.Fatal(err)
		}
		corridor, err := walk.Corridor(path, rate, batch, failure, walk.Expect(rate, batch, steps, failure).Lambda)
		if err != nil {
			t.Fatal(err)
		}
		if inside := corridor.Used(path) <= 1; inside != (factor == 1) {
			t.Errorf("a drift times %g uses %.2f of the corridor", factor, corridor.Used(path))
		}
		if e := walk.Notices(path, corridor, rate); factor == 1 && !(e > 0 && e < 0.1) {
			t.Errorf("an error of %g would be noticed", e)
		}
	}
}
