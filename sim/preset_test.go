package sim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"muflow/graph"
)

// stagewise trains a preset and returns the record at the start of each stage,
// every preset.Every steps, and at the end of each stage.
func stagewise(t *testing.T, preset Preset, loss Loss, steps, workers int, instances []graph.Instance) (records []record) {
	t.Helper()
	s, err := NewSession(preset, loss, 3, workers, instances)
	if err != nil {
		t.Fatal(err)
	}
	for {
		r, err := recordOf(s.trainer)
		if err != nil {
			t.Fatal(err)
		}
		if r.stage = s.stage; r.step == 0 || s.Due() || r.step == steps {
			records = append(records, r)
		}
		if r.step == steps {
			return records
		}
		if r.step == s.ends[s.stage-1] {
			w, err := s.model.Start(preset.Form)
			if err == nil {
				err = s.enter(s.stage+1, w, r.step)
			}
			if err != nil {
				t.Fatal(err)
			}
			first, err := recordOf(s.trainer)
			if err != nil {
				t.Fatal(err)
			}
			first.stage = s.stage
			records = append(records, first)
		}
		if err := s.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRunGoesThroughTheStages(t *testing.T) {
	instances := []graph.Instance{*ten(t), *four(t)}
	preset := TheoryFull
	preset.StageSteps, preset.Batch, preset.Every = []int{50}, 4, 20
	records := stagewise(t, preset, CoconutBFS, 130, 0, instances)
	var at []string
	for _, r := range records {
		at = append(at, fmt.Sprintf("%d:%d", r.stage, r.step))
	}
	want := []string{"1:0", "1:20", "1:40", "1:50", "2:50", "2:60", "2:80", "2:100", "3:100", "3:120", "3:130"}
	if !reflect.DeepEqual(at, want) || Stages(instances) != 3 {
		t.Errorf("records at %v, want %v", at, want)
	}
	for _, i := range []int{0, 4, 8} {
		if r := records[i]; r.Diagonal != (Summary{}) || *r.Beside != (Summary{}) || r.Carry != 0 || r.Lift != 0 {
			t.Errorf("stage %d starts at %+v", r.stage, r)
		}
	}
	for _, i := range []int{3, 7} {
		if r := records[i]; r.Diagonal.Mean <= 0 || r.loss >= records[i-3].loss || r.Carry != 0 {
			t.Errorf("stage %d ends at %+v", r.stage, r)
		}
	}
	if r := records[10]; r.Carry <= 0 || r.Lift <= r.Carry || r.Diagonal.Mean != 0 || r.loss >= records[8].loss {
		t.Errorf("the prediction stage ends at %+v", r)
	}
	if again := stagewise(t, preset, CoconutBFS, 130, 3, instances); !reflect.DeepEqual(again, records) {
		t.Error("another run gives other records")
	}
}

// The literal form goes through the stages of a preset as the compact one does.
func TestLiteralGoesThroughTheStages(t *testing.T) {
	instances := []graph.Instance{*ten(t), *four(t)}
	checks := 0
	for stage := range 3 {
		tasks, err := NewTasks(instances, stage, Coconut)
		if stage == 2 {
			tasks, err = NewTasks(instances, 0, Prediction)
		}
		if err != nil {
			t.Fatal(err)
		}
		var ends []record
		for _, net := range bothNetworks(t, 10, 1) {
			trainer, err := NewTrainer(net, tasks, weights(t, Full, 10, 0, 0), Settings{LearningRate: 0.5, Batch: 2, Seed: 3, Start: 4 * stage})
			if err != nil {
				t.Fatal(err)
			}
			if err := run(context.Background(), trainer, 4, 100, func(r record) error { ends = append(ends, r); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 2 {
			literal, compact := ends[2+i], ends[i]
			if checks++; !near(literal.loss, compact.loss, 1) || !near(literal.Diagonal.Mean, compact.Diagonal.Mean, 1) || !near(literal.Lift, compact.Lift, 1) {
				t.Errorf("literal %+v, compact %+v", literal, compact)
			}
		}
	}
	if checks != 6 {
		t.Errorf("%d checks", checks)
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
	var last record
	if err := run(context.Background(), trainer, 3000, 3000, func(r record) error { last = r; return nil }); err != nil {
		t.Fatal(err)
	}
	if math.Abs(last.Diagonal.Mean-2*math.Ln2) > 0.15 || last.Diagonal.Spread > 0.5 {
		t.Errorf("the diagonal ends at %+v, want a mean near %g", last.Diagonal, 2*math.Ln2)
	}
}

func TestRunRefusesAndStops(t *testing.T) {
	instances := []graph.Instance{*ten(t)}
	observe := func(Point) error { return nil }
	open := func(p Preset, loss Loss, instances []graph.Instance) (Session, error) {
		return NewSession(p, loss, 1, 0, instances)
	}
	advance := func(steps int) error {
		s, err := open(TheoryFull, Coconut, instances)
		if err != nil {
			t.Fatal(err)
		}
		return Advance(context.Background(), s, steps, observe, nil)
	}
	refused := 0
	for name, try := range map[string]func() error{
		"no loss":        func() error { _, err := open(TheoryFull, Prediction, instances); return err },
		"no instances":   func() error { _, err := open(TheoryFull, Coconut, nil); return err },
		"negative steps": func() error { return advance(-1) },
		"no preset":      func() error { _, err := open(Preset{}, Coconut, instances); return err },
	} {
		if try() == nil {
			t.Errorf("accepted: %s", name)
		}
		refused++
	}
	if refused != 4 {
		t.Errorf("%d inputs were tried", refused)
	}
	names := map[string]bool{}
	for _, p := range Presets {
		if p.Every > 100 || names[p.Name] || p.Restart != (p.Thoughts == Superposition) {
			t.Errorf("%+v", p)
		}
		names[p.Name] = true
	}
	full := errors.New("disk full")
	s, err := open(TheoryDiagonal, Coconut, instances)
	if err != nil {
		t.Fatal(err)
	}
	points := 0
	err = Advance(context.Background(), s, 500, func(p Point) error {
		if points++; p.Step == 200 {
			return full
		}
		return nil
	}, nil)
	if !errors.Is(err, full) || points != 3 || s.Done() != 200 {
		t.Errorf("%d points, %v", points, err)
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

// Past its last stage a preset goes on in it, and a run that is taken up at the
// end of the preset, or after it, with the same bits.
func TestRunGoesOnInTheLastStage(t *testing.T) {
	instances := []graph.Instance{*ten(t), *four(t)}
	for _, preset := range []Preset{TheoryDiagonal, TheoryFull} {
		preset.StageSteps, preset.Batch, preset.Every = []int{9}, 4, 10
		open := func() *PresetSession {
			s, err := NewSession(preset, Coconut, 3, 1, instances)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		whole := open()
		total := whole.Total()
		steps := total + 25
		states := map[int][]byte{}
		var points []Point
		if err := Advance(t.Context(), whole, steps, func(p Point) error {
			points = append(points, p)
			return nil
		}, func() error {
			states[whole.Done()] = whole.State()
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if last := points[len(points)-1]; last.Step != steps || last.Stage != len(whole.ends) {
			t.Errorf("ends at step %d of stage %d", last.Step, last.Stage)
		}
		for _, from := range []int{total - 1, total, total + 1, total + 20, steps} {
			s := open()
			if err := s.Restore(states[from]); err != nil {
				t.Fatal(err)
			}
			if err := Advance(t.Context(), s, steps, func(p Point) error {
				for _, q := range points {
					if q.Step == p.Step && q.Stage == p.Stage && !reflect.DeepEqual(p, q) {
						t.Errorf("from %d at step %d: another point", from, p.Step)
					}
				}
				return nil
			}, nil); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(s.State(), states[steps]) {
				t.Errorf("from step %d to another state", from)
			}
		}
	}
}

// The tasks of a step are one for each label of its law, in the order of the
// steps that have one.
func TestGroupsFollowTheLaw(t *testing.T) {
	instances, err := graph.Suite(6, 12, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	checks := 0
	for _, law := range graph.Laws {
		for c := range 4 {
			groups, err := Groups(law, instances, c, Coconut)
			if err != nil {
				t.Fatal(err)
			}
			at := 0
			for i, step := range law.StepsOf(instances, c) {
				var got []int
				for _, task := range groups[at] {
					for v, in := range task.targets {
						if in {
							got = append(got, v)
						}
					}
				}
				if !slices.Equal(got, step.Labels()) {
					t.Errorf("%v, instance %d, step %d: labels %v, want %v", law, i, c, got, step.Labels())
				}
				at++
				checks++
			}
			if at != len(groups) {
				t.Errorf("%v, step %d: %d groups for %d steps", law, c, len(groups), at)
			}
		}
	}
	if _, err := Groups(graph.ShortestLaw, instances, 9, Coconut); err == nil || checks < 3*(36+3) {
		t.Errorf("%v after %d checks", err, checks)
	}
}
