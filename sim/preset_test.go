package sim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"muflow/graph"
)

func TestRunGoesThroughTheStages(t *testing.T) {
	instances := []graph.Instance{*ten(t), *four(t)}
	preset := TheoryFull
	preset.StageSteps, preset.Batch, preset.Every = 50, 4, 20
	told := 0
	records, err := Run(context.Background(), preset, CoconutBFS, 3, 130, 0, instances, func(Record) error { told++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	var at []string
	for _, r := range records {
		at = append(at, fmt.Sprintf("%d:%d", r.Stage, r.Step))
	}
	want := []string{"1:0", "1:20", "1:40", "1:50", "2:50", "2:60", "2:80", "2:100", "3:100", "3:120", "3:130"}
	if !reflect.DeepEqual(at, want) || told != len(want) || Stages(instances) != 3 {
		t.Errorf("records at %v, want %v, told %d times", at, want, told)
	}
	for _, i := range []int{0, 4, 8} {
		if r := records[i]; r.Diagonal != (Summary{}) || *r.Beside != (Summary{}) || r.Carry != 0 || r.Lift != 0 {
			t.Errorf("stage %d starts at %+v", r.Stage, r)
		}
	}
	for _, i := range []int{3, 7} {
		if r := records[i]; r.Diagonal.Mean <= 0 || r.Loss >= records[i-3].Loss || r.Carry != 0 {
			t.Errorf("stage %d ends at %+v", r.Stage, r)
		}
	}
	if r := records[10]; r.Carry <= 0 || r.Lift <= r.Carry || r.Diagonal.Mean != 0 || r.Loss >= records[8].Loss {
		t.Errorf("the prediction stage ends at %+v", r)
	}
	again, err := Run(context.Background(), preset, CoconutBFS, 3, 130, 3, instances, nil)
	if err != nil || !reflect.DeepEqual(again, records) {
		t.Errorf("another run gives other records, %v", err)
	}
	preset.Literal, preset.StageSteps, preset.Batch = true, 4, 2
	literal, err := Run(context.Background(), preset, Coconut, 3, 0, 0, instances, nil)
	if err != nil {
		t.Fatal(err)
	}
	preset.Literal = false
	compact, err := Run(context.Background(), preset, Coconut, 3, 0, 0, instances, nil)
	if err != nil || len(compact) != 6 || len(literal) != 6 {
		t.Fatalf("%d and %d records, %v", len(compact), len(literal), err)
	}
	for i, r := range compact {
		if !near(literal[i].Loss, r.Loss, 1) || !near(literal[i].Diagonal.Mean, r.Diagonal.Mean, 1) || !near(literal[i].Lift, r.Lift, 1) {
			t.Errorf("literal %+v, compact %+v", literal[i], r)
		}
	}
}

// Stochastic training at the preset's rate ends near 2 log 2, where the averaged
// loss of this instance is stationary (TestReferenceDigits).
func TestTheoryDiagonalFindsTheStationaryPoint(t *testing.T) {
	task := []*Task{mustTask(t, ten(t), 1, Coconut)}
	net := bothNetworks(t, 10, 1)[0]
	trainer, err := NewTrainer(net, task, weights(t, Diagonal, 10, 0, 0), Settings{LearningRate: TheoryDiagonal.LearningRate, Batch: 32, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var last Record
	if err := trainer.Run(context.Background(), 3000, 3000, func(r Record) error { last = r; return nil }); err != nil {
		t.Fatal(err)
	}
	if math.Abs(last.Diagonal.Mean-2*math.Ln2) > 0.15 || last.Diagonal.Spread > 0.5 {
		t.Errorf("the diagonal ends at %+v, want a mean near %g", last.Diagonal, 2*math.Ln2)
	}
}

func TestRunRefusesAndStops(t *testing.T) {
	instances := []graph.Instance{*ten(t)}
	refused := 0
	for name, try := range map[string]func() error{
		"no loss": func() error {
			_, err := Run(context.Background(), TheoryFull, Prediction, 1, 1, 0, instances, nil)
			return err
		},
		"no instances": func() error { _, err := Run(context.Background(), TheoryFull, Coconut, 1, 1, 0, nil, nil); return err },
		"negative steps": func() error {
			_, err := Run(context.Background(), TheoryFull, Coconut, 1, -1, 0, instances, nil)
			return err
		},
		"too many steps": func() error {
			_, err := Run(context.Background(), TheoryFull, Coconut, 1, 1e6, 0, instances, nil)
			return err
		},
		"no preset": func() error {
			_, err := Run(context.Background(), Preset{}, Coconut, 1, 1, 0, instances, nil)
			return err
		},
		"unknown name": func() error { _, err := PresetNamed("theory"); return err },
	} {
		if try() == nil {
			t.Errorf("accepted: %s", name)
		}
		refused++
	}
	if refused != 6 {
		t.Errorf("%d inputs were tried", refused)
	}
	for _, want := range []Preset{TheoryDiagonal, TheoryFull} {
		if got, err := PresetNamed(want.Name); err != nil || got != want || got.Every > 100 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	full := errors.New("disk full")
	records, err := Run(context.Background(), TheoryDiagonal, Coconut, 1, 500, 0, instances, func(r Record) error {
		if r.Step == 200 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || len(records) != 3 {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// benchmarkCase is of the size of the published graphs: 24 vertices, 36 edges.
func benchmarkCase(b *testing.B, form Form) *testCase {
	rng := rand.New(rand.NewPCG(1, 1))
	for {
		in, err := graph.Generate(rng, graph.Shape{MinVertices: 24, MaxVertices: 24, MinHops: 4, MaxHops: 4})
		if err != nil {
			b.Fatal(err)
		}
		if in.Graph.Size() == 36 {
			return caseOf(b, rng, &in, 2, Coconut, form, 24, 1)
		}
	}
}

// One step with a batch of 32 on one worker.
func BenchmarkStep(b *testing.B) {
	for _, form := range forms {
		x := benchmarkCase(b, form)
		compact, literal := x.networks(b)
		for name, net := range map[string]Network{"compact": compact, "literal": literal} {
			b.Run(fmt.Sprintf("%s/%v", name, form), func(b *testing.B) {
				trainer, err := NewTrainer(net, []*Task{x.task}, x.w, Settings{LearningRate: 1e-3, Batch: 32, Seed: 1, Workers: 1})
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if _, err := trainer.Step(context.Background()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
