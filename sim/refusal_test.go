package sim

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"muflow/graph"
)

func TestBadInputIsRefused(t *testing.T) {
	in := ten(t)
	task := mustTask(t, in, 1, Coconut)
	net := bothNetworks(t, 10, 1)[0]
	small, err := NewModel(9, 1, Dials{})
	if err != nil {
		t.Fatal(err)
	}
	broken := weights(t, Diagonal, 10, 0, 0)
	broken.Values()[3] = math.NaN()
	huge := weights(t, Diagonal, 10, math.MaxFloat64, 0)
	failures := map[string]error{}
	record := func(name string, err error) { failures[name] = err }
	_, err = NewModel(0, 1, Dials{})
	record("no symbols", err)
	_, err = NewModel(3, math.NaN(), Dials{})
	record("gain NaN", err)
	_, err = NewLiteral(3, math.Inf(1), 1)
	record("gain infinite", err)
	_, err = NewWeights(0, 3)
	record("no form", err)
	_, err = NewWeights(Full, 0)
	record("weights of nothing", err)
	record("ν on a diagonal", weights(t, Diagonal, 3, 0, 0).SetScores(0, 1))
	record("μ infinite", weights(t, Full, 3, 0, 0).SetScores(math.Inf(1), 1))
	record("lift NaN", weights(t, Full, 3, 0, 0).SetAnswer(1, math.NaN()))
	_, err = Evaluate(net, task, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 8}, weights(t, Diagonal, 10, 0, 0))
	record("no relabelling", err)
	_, err = NewTask(in, 2, Coconut)
	record("step beyond the path", err)
	_, err = NewTask(in, -1, CoconutBFS)
	record("negative step", err)
	_, err = NewTask(in, 0, Loss(0))
	record("no loss", err)
	_, err = NewTask(&graph.Instance{Graph: in.Graph, Path: []int{0}, Other: 1}, 0, CoconutBFS)
	record("invalid instance", err)
	_, err = NewTasks([]graph.Instance{*in}, 2, CoconutBFS)
	record("step that no instance has", err)
	_, err = NewTasks([]graph.Instance{*in}, 1, Prediction)
	record("prediction at a step", err)
	_, err = task.WithThought(make([]float64, 9))
	record("short thought", err)
	_, err = task.WithThought(append(make([]float64, 9), math.NaN()))
	record("thought NaN", err)
	_, err = mustTask(t, in, 0, Coconut).WithThought(make([]float64, 10))
	record("thought for step 0", err)
	_, err = Evaluate(small, task, nil, weights(t, Diagonal, 9, 0, 0))
	record("more vertices than symbols", err)
	_, err = Evaluate(net, task, nil, weights(t, Diagonal, 9, 0, 0))
	record("weights of another order", err)
	_, err = Evaluate(net, task, nil, broken)
	record("weight NaN", err)
	_, err = Evaluate(net, task, nil, huge)
	record("overflow", err)
	_, err = Think(net, task, nil, huge, true)
	record("overflow of a thought", err)
	_, _, err = averaged(net, nil, huge, Superposition)
	record("no tasks", err)
	uneven := weights(t, Diagonal, 10, 0, 0)
	uneven.Values()[2] = 1
	_, _, err = averaged(net, []*Task{task}, uneven, Superposition)
	record("average at uneven weights", err)
	_, err = NewWeights(Full, MaxFullSymbols+1)
	record("huge matrix", err)
	_, err = newWeights(Diagonal, MatrixValue, MaxFullSymbols+1)
	record("huge value map", err)
	_, err = NewTask(in, 11, CoconutBFS)
	record("step beyond the graph", err)
	_, err = NewTask(nil, 0, Coconut)
	record("nil instance", err)
	_, err = Evaluate(net, new(Task), nil, weights(t, Diagonal, 10, 0, 0))
	record("zero task", err)
	_, err = Evaluate(net, task, nil, new(Weights))
	record("zero weights", err)
	_, _, err = averaged(net, []*Task{nil}, weights(t, Diagonal, 10, 0, 0), Superposition)
	record("nil task", err)
	for name, err := range failures {
		if err == nil {
			t.Errorf("accepted: %s", name)
		}
	}
	if len(failures) != 32 {
		t.Errorf("%d inputs were tried", len(failures))
	}
	var nonFinite *NonFiniteError
	if !errors.As(failures["weight NaN"], &nonFinite) || nonFinite.Tensor != "score matrix W" {
		t.Errorf("weight NaN: %v", failures["weight NaN"])
	}
}

func TestTrainingStopsWithTheReason(t *testing.T) {
	net := bothNetworks(t, 10, 1)[0]
	tasks := []*Task{mustTask(t, ten(t), 1, Coconut)}
	zero := weights(t, Diagonal, 10, 0, 0)
	given, err := tasks[0].WithThought(make([]float64, 10))
	if err != nil {
		t.Fatal(err)
	}
	uneven := zero.Clone()
	uneven.Values()[1] = 1
	refused := 0
	for name, try := range map[string]func() (*Trainer, error){
		"no learning rate":       func() (*Trainer, error) { return NewTrainer(net, tasks, zero, Settings{}) },
		"infinite learning rate": func() (*Trainer, error) { return NewTrainer(net, tasks, zero, Settings{LearningRate: math.Inf(1)}) },
		"negative batch":         func() (*Trainer, error) { return NewTrainer(net, tasks, zero, Settings{LearningRate: 1, Batch: -1}) },
		"unused seed":            func() (*Trainer, error) { return NewTrainer(net, tasks, zero, Settings{LearningRate: 1, Seed: 1}) },
		"no tasks":               func() (*Trainer, error) { return NewTrainer(net, nil, zero, Settings{LearningRate: 1}) },
		"unknown thoughts":       func() (*Trainer, error) { return NewTrainer(net, tasks, zero, Settings{LearningRate: 1, Thoughts: 4}) },
		"uneven average":         func() (*Trainer, error) { return NewTrainer(net, tasks, uneven, Settings{LearningRate: 1}) },
		"other weights": func() (*Trainer, error) {
			return NewTrainer(net, tasks, weights(t, Full, 9, 0, 0), Settings{LearningRate: 1})
		},
		"unused thought": func() (*Trainer, error) {
			return NewTrainer(net, []*Task{given}, zero, Settings{LearningRate: 1, Thoughts: Generated})
		},
	} {
		if _, err := try(); err == nil {
			t.Errorf("accepted: %s", name)
		}
		refused++
	}
	if refused != 9 {
		t.Errorf("%d settings were tried", refused)
	}

	steep := bothNetworks(t, 10, 1e9)[0]
	trainer, err := NewTrainer(steep, tasks, zero, Settings{LearningRate: 1e300, Batch: 4, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var last []float64
	err = nil
	for range 5 {
		last = trainer.Weights().Values()
		if _, err = trainer.Step(context.Background()); err != nil {
			break
		}
	}
	var nonFinite *NonFiniteError
	if !errors.As(err, &nonFinite) || nonFinite.Step != trainer.Done() || nonFinite.Tensor == "" || !slices.Equal(last, trainer.Weights().Values()) {
		t.Errorf("overflow: %v after %d steps", err, trainer.Done())
	}

	ctx, cancel := context.WithCancel(context.Background())
	trainer, err = NewTrainer(net, tasks, zero, Settings{LearningRate: 1, Batch: 4, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	err = run(ctx, trainer, 100, 1, func(r record) error {
		if r.step == 7 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || trainer.Done() != 7 {
		t.Errorf("cancelled: %v after %d steps", err, trainer.Done())
	}
	full := errors.New("disk full")
	if err := run(context.Background(), trainer, 5, 1, func(record) error { return full }); !errors.Is(err, full) {
		t.Errorf("error of the observer: %v", err)
	}
}
