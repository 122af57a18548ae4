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
	s, err := NewTheorySession(preset, loss, seed, workers, instances)
	if err != nil {
		return nil, err
	}
	if steps < 0 || steps > s.Total() {
		return nil, fmt.Errorf("%d steps, expected at least 0 and at most the %d of the whole preset", steps, s.Total())
	}
	if steps == 0 {
		steps = s.Total()
	}
	var records []Record
	tell := func() error {
		r, err := s.Record(ctx)
		if err != nil {
			return fmt.Errorf("stage %d: %w", s.stage, err)
		}
		records = append(records, r)
		if observe != nil {
			return observe(r)
		}
		return nil
	}
	for s.Done() < steps {
		if s.stage == 0 || s.stageDone() {
			if err := s.enter(s.stage + 1); err != nil {
				return records, err
			}
			if err := tell(); err != nil {
				return records, err
			}
		}
		if err := s.Step(ctx); err != nil {
			return records, err
		}
		if s.Due() || s.Done() == steps {
			if err := tell(); err != nil {
				return records, err
			}
		}
	}
	return records, nil
}

// A TheorySession is a run of a preset of the theory's setting.
type TheorySession struct {
	preset    Preset
	loss      Loss
	seed      uint64
	workers   int
	instances []graph.Instance
	stages    int
	net       Network
	gauge     *gauge
	stage     int // that of the trainer, 0 before the first
	trainer   *Trainer
}

// NewTheorySession returns the session of Run before its first step.
func NewTheorySession(preset Preset, loss Loss, seed uint64, workers int, instances []graph.Instance) (*TheorySession, error) {
	if loss != Coconut && loss != CoconutBFS {
		return nil, fmt.Errorf("loss %v, expected coconut or bfs", loss)
	}
	if len(instances) == 0 {
		return nil, fmt.Errorf("no instances")
	}
	if preset.StageSteps < 1 || preset.Batch < 1 || preset.Every < 1 {
		return nil, fmt.Errorf("%d steps a stage, batch %d, a record every %d, expected at least 1", preset.StageSteps, preset.Batch, preset.Every)
	}
	s := &TheorySession{preset: preset, loss: loss, seed: seed, workers: workers, instances: instances, stages: Stages(instances)}
	var err error
	if s.net, err = preset.network(seed, instances); err != nil {
		return nil, err
	}
	measuring, err := NewCompact(s.net.Symbols(), preset.Gain)
	if err != nil {
		return nil, err
	}
	s.gauge, err = newGauge(measuring, instances)
	return s, err
}

// enter starts a stage from weights 0.
func (s *TheorySession) enter(stage int) error {
	tasks, err := stageTasks(s.instances, stage, s.stages, s.loss)
	if err != nil {
		return err
	}
	w, err := NewWeights(s.preset.Form, s.net.Symbols())
	if err != nil {
		return err
	}
	return s.train(stage, tasks, w, (stage-1)*s.preset.StageSteps)
}

func (s *TheorySession) train(stage int, tasks []*Task, w *Weights, start int) error {
	trainer, err := NewTrainer(s.net, tasks, w, Settings{LearningRate: s.preset.LearningRate, Batch: s.preset.Batch,
		Seed: s.seed, Start: start, Workers: s.workers})
	if err != nil {
		return err
	}
	s.stage, s.trainer = stage, trainer
	return nil
}

func (s *TheorySession) stageDone() bool { return s.Done() == s.stage*s.preset.StageSteps }

// Total returns the steps of the whole preset.
func (s *TheorySession) Total() int { return s.stages * s.preset.StageSteps }

// Done returns how many steps have been done.
func (s *TheorySession) Done() int {
	if s.trainer == nil {
		return 0
	}
	return s.trainer.Done()
}

// Step does one step, the first of the next stage if the present one is over.
func (s *TheorySession) Step(ctx context.Context) error {
	if s.stage == 0 || s.stageDone() {
		if s.stage == s.stages {
			return fmt.Errorf("step %d, the whole preset has %d", s.Done()+1, s.Total())
		}
		if err := s.enter(s.stage + 1); err != nil {
			return err
		}
	}
	if _, err := s.trainer.Step(ctx); err != nil {
		return fmt.Errorf("stage %d: %w", s.stage, err)
	}
	return nil
}

// Due reports whether the series has a point here: every preset.Every steps
// and at the end of a stage.
func (s *TheorySession) Due() bool { return s.Done()%s.preset.Every == 0 || s.stageDone() }

// Record describes the present weights.
func (s *TheorySession) Record(ctx context.Context) (Record, error) {
	if s.stage == 0 {
		if err := s.enter(1); err != nil {
			return Record{}, err
		}
	}
	r, err := s.trainer.Record(ctx)
	r.Stage = s.stage
	r.Measures = s.gauge.measure(s.trainer.weights)
	return r, err
}

// Point describes the present weights.
func (s *TheorySession) Point(ctx context.Context) (Point, error) {
	r, err := s.Record(ctx)
	if err != nil {
		return Point{}, err
	}
	p := Point{Step: r.Step, Stage: r.Stage, Loss: r.Loss, Mu: &r.Diagonal.Mean,
		Gap: r.Measures.Gap, Mass: r.Measures.Mass, Cumulative: r.Measures.Cumulative, Answer: r.Measures.Answer}
	if r.Beside != nil {
		p.Nu = &r.Beside.Mean
	}
	return p, nil
}

// State returns steps and weights; the samples depend on nothing else.
func (s *TheorySession) State() []byte {
	if s.Done() == 0 {
		return packState(0, nil)
	}
	return packState(s.Done(), s.trainer.weights.values)
}

// Restore goes on from a state.
func (s *TheorySession) Restore(state []byte) error {
	if step, err := unpackState(state, nil); err == nil && step == 0 {
		return nil
	}
	w, err := NewWeights(s.preset.Form, s.net.Symbols())
	if err != nil {
		return err
	}
	step, err := unpackState(state, w.values)
	if err != nil || step < 1 || step > s.Total() {
		return errState
	}
	stage := (step-1)/s.preset.StageSteps + 1
	tasks, err := stageTasks(s.instances, stage, s.stages, s.loss)
	if err != nil {
		return err
	}
	return s.train(stage, tasks, w, step)
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
