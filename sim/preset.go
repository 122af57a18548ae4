package sim

import (
	"context"
	"fmt"

	"muflow/graph"
)

// A Preset is a training of all stages in the setting of the theory: every
// stage starts from weights 0 (assumption A5) and from uniform superpositions
// of unit norm.
type Preset struct {
	Name         string
	Form         Form
	Gain         float64 // α
	LearningRate float64 // η
	Batch        int     // B
	StageSteps   int     // steps in a stage
	Every        int     // steps between two records
	Literal      bool    // train the literal form, its embedding drawn from the seed
}

// The presets of the theory's setting.
var (
	TheoryDiagonal = Preset{Name: "theory-diagonal", Form: Diagonal, Gain: 1, LearningRate: 0.5, Batch: 32, StageSteps: 8000, Every: 100}
	TheoryFull     = Preset{Name: "theory-full", Form: Full, Gain: 1, LearningRate: 0.5, Batch: 32, StageSteps: 16000, Every: 100}
)

// PresetNamed returns the preset of the given name.
func PresetNamed(name string) (Preset, error) {
	for _, p := range []Preset{TheoryDiagonal, TheoryFull} {
		if p.Name == name {
			return p, nil
		}
	}
	return Preset{}, fmt.Errorf("unknown preset %q, expected %s or %s", name, TheoryDiagonal.Name, TheoryFull.Name)
}

// Stages returns how many stages the instances need: one for each step of the
// longest demonstrated path, and the prediction stage.
func Stages(instances []graph.Instance) int {
	longest := 0
	for i := range instances {
		longest = max(longest, instances[i].Steps())
	}
	return longest + 1
}

// Run trains a preset on a data set: for c = 0, 1, … stage c+1 on the step c of
// the instances that have one, with the loss Coconut or CoconutBFS, and as the
// last stage the prediction from the thoughts after all steps. The symbols are
// as many as the largest instance has vertices. The number of steps cuts the
// whole of it short, 0 does not. It returns the record at the start of each
// stage, every preset.Every steps, and at the end of each stage; steps count
// from the start of the run. The observer, if not nil, is told each record at
// once. The same seed gives the same records for any number of workers
// (0: one for each processor). On an error the records before it are returned
// with it.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, curriculum and Theorems 1 and 3.
// Units: t = learning rate × steps since the start of the stage.
func Run(ctx context.Context, preset Preset, loss Loss, seed uint64, steps, workers int, instances []graph.Instance, observe Observer) ([]Record, error) {
	if loss != Coconut && loss != CoconutBFS {
		return nil, fmt.Errorf("loss %v, expected coconut or bfs", loss)
	}
	if len(instances) == 0 {
		return nil, fmt.Errorf("no instances")
	}
	stages := Stages(instances)
	if steps < 0 || preset.StageSteps < 1 || preset.Batch < 1 {
		return nil, fmt.Errorf("%d steps, %d a stage, batch %d, expected at least 0, 1 and 1", steps, preset.StageSteps, preset.Batch)
	}
	if steps == 0 {
		steps = stages * preset.StageSteps
	}
	if steps > stages*preset.StageSteps {
		return nil, fmt.Errorf("%d steps, the whole preset has %d", steps, stages*preset.StageSteps)
	}
	net, err := preset.network(seed, instances)
	if err != nil {
		return nil, err
	}
	measuring, err := NewCompact(net.Symbols(), preset.Gain)
	if err != nil {
		return nil, err
	}
	gauge, err := newGauge(measuring, instances)
	if err != nil {
		return nil, err
	}
	var records []Record
	for stage := 1; steps > 0; stage++ {
		before, count := (stage-1)*preset.StageSteps, min(steps, preset.StageSteps)
		tasks, err := stageTasks(instances, stage, stages, loss)
		if err != nil {
			return records, err
		}
		w, err := NewWeights(preset.Form, net.Symbols())
		if err != nil {
			return records, err
		}
		trainer, err := NewTrainer(net, tasks, w, Settings{LearningRate: preset.LearningRate, Batch: preset.Batch,
			Seed: seed, Start: before, Workers: workers})
		if err != nil {
			return records, err
		}
		err = trainer.Run(ctx, count, preset.Every, func(r Record) error {
			r.Stage = stage
			r.Measures = gauge.measure(trainer.weights)
			records = append(records, r)
			if observe != nil {
				return observe(r)
			}
			return nil
		})
		if err != nil {
			return records, fmt.Errorf("stage %d: %w", stage, err)
		}
		steps -= count
	}
	return records, nil
}

func stageTasks(instances []graph.Instance, stage, stages int, loss Loss) ([]*Task, error) {
	if stage == stages {
		return NewTasks(instances, 0, Prediction)
	}
	return NewTasks(instances, stage-1, loss)
}

func (p Preset) network(seed uint64, instances []graph.Instance) (Network, error) {
	symbols := 0
	for i := range instances {
		symbols = max(symbols, instances[i].Graph.Order())
	}
	if p.Literal {
		return NewLiteral(symbols, p.Gain, seed)
	}
	return NewCompact(symbols, p.Gain)
}
