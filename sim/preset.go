package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"muflow/graph"
)

// A Preset is a training of all stages: stage c+1 trains the step c.
type Preset struct {
	Name         string
	Form         Form
	Dials        Dials
	Gain         float64 // α
	LearningRate float64 // η
	Batch        int     // B
	Every        int     // steps between two points
	Thoughts     Thoughts
	Label        graph.Law // of the Coconut loss
	// StageSteps are the steps of stage 1, 2, ….
	StageSteps []int
	// Restart starts every stage from the weights 0 (assumption A5). There are
	// then as many stages as the instances need, each of StageSteps[0] steps,
	// and the last one trains the prediction from the thoughts after all steps.
	Restart bool
	// Of the preset's own graphs, if it has some:
	Vertices, Edges, Hops int // of every graph
	Pool                  int // for training
	HeldOut               int // for the measures
}

// The presets of the theory's setting, from uniform superpositions of unit
// norm.
var (
	TheoryDiagonal = Preset{Name: "theory-diagonal", Form: Diagonal, Gain: 1, LearningRate: 0.5, Batch: 32, StageSteps: []int{8000}, Every: 100, Restart: true}
	TheoryFull     = Preset{Name: "theory-full", Form: Full, Gain: 1, LearningRate: 0.5, Batch: 32, StageSteps: []int{16000}, Every: 100, Restart: true}
)

// Middle lies between the theory's setting and a learned network: the score
// matrix is trained through the model's own thoughts, of unit norm, from 0 and
// without a reset between the stages; embeddings and copy layer are given, the
// value map is given or trained. There is no prediction stage. The label is a
// vertex of the next frontier, in the preset with the path that of the
// demonstrated path; under the BFS loss it is all of N_{c+1}. Names of vertices
// are fresh in every sample.
var Middle = Preset{Name: "middle", Form: Full, Gain: 1, LearningRate: 1, Batch: 64, StageSteps: []int{300, 6000}, Every: 100, Thoughts: Through, Label: graph.FrontierLaw,
	Vertices: 14, Edges: 18, Hops: 3, Pool: 1000, HeldOut: 200}

// Presets lists all of them.
var Presets = []Preset{TheoryDiagonal, TheoryFull, Middle,
	middleLike("middle-path", graph.PathLaw, Dials{}),
	middleLike("middle-matrix", graph.FrontierLaw, Dials{Value: MatrixValue}),
	middleLike("middle-softmax", graph.FrontierLaw, Dials{Softmax: 1, ValueGain: 1}),
	middleLike("middle-softmax-gain", graph.FrontierLaw, Dials{Softmax: 1, ValueGain: 1, Value: GainValue}),
	middleLike("middle-softmax-matrix", graph.FrontierLaw, Dials{Softmax: 1, ValueGain: 1, Value: MatrixValue}),
}

func middleLike(name string, label graph.Law, d Dials) Preset {
	p := Middle
	p.Name, p.Label, p.Dials = name, label, d
	return p
}

// Stages returns how many stages the instances need: one for each step of the
// longest demonstrated path, and the prediction stage.
func Stages(instances []graph.Instance) int {
	return graph.MostSteps(instances) + 1
}

// Groups returns for every instance with a step c under a label law its tasks,
// one for each label that may be shown. Under Coconut-BFS that is one for each
// step of the demonstrated path, whatever the law.
func Groups(law graph.Law, instances []graph.Instance, c int, loss Loss) ([][]*Task, error) {
	if loss != Coconut && loss != CoconutBFS {
		return nil, fmt.Errorf("loss %v, expected coconut or bfs", loss)
	}
	if law == graph.PathLaw || loss == CoconutBFS {
		tasks, err := NewTasks(instances, c, loss)
		return singly(tasks), err
	}
	var groups [][]*Task
	for i, step := range law.StepsOf(instances, c) {
		t, err := NewTask(&instances[i], c, loss)
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		var group []*Task
		for _, v := range step.Labels() {
			one, err := t.WithTargets(v)
			if err != nil {
				return nil, err
			}
			group = append(group, one)
		}
		groups = append(groups, group)
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("none of %d instances has a step %d with a %v label", len(instances), c, law)
	}
	return groups, nil
}

// graphs draws the training graphs and the held-out ones: of graph.Generate's
// those with the wanted number of edges.
func (p *Preset) graphs(seed uint64) (pool, heldOut []graph.Instance, err error) {
	shape := graph.Shape{MinVertices: p.Vertices, MaxVertices: p.Vertices, MinHops: p.Hops, MaxHops: p.Hops}
	const patience = 10_000
	for i := range p.Pool + p.HeldOut {
		rng := rand.New(Stream(seed, 0, i, graphStream))
		for tried := 0; len(pool) == i; tried++ {
			if tried == patience {
				return nil, nil, fmt.Errorf("none of %d graphs with %d vertices has %d edges", patience, p.Vertices, p.Edges)
			}
			in, err := graph.Generate(rng, shape)
			if err != nil {
				return nil, nil, err
			}
			if in.Graph.Size() == p.Edges {
				pool = append(pool, in)
			}
		}
	}
	return pool[:p.Pool], pool[p.Pool:], nil
}

// A PresetSession is a run of a preset.
type PresetSession struct {
	preset  Preset
	loss    Loss
	seed    uint64
	workers int
	own     bool // the graphs are the preset's own
	trained int  // graphs for training
	model   *Model
	held    []graph.Instance
	stages  [][][]*Task // for training: stage, instance, possible labels
	checks  [][][]*Task // the same of the held-out graphs
	ends    []int       // steps of the run by the end of each stage
	gauge   *gauge
	stage   int // from 1
	trainer *Trainer
}

// NewSession returns a session before its first step, on the given instances,
// or on the preset's own graphs if there are none. Given instances are trained
// on and measured; the symbols are as many as the largest has vertices. The
// same seed gives the same series for any number of workers (0: one for each
// processor).
// Reference: arXiv 2509.23365, curriculum and Theorems 1 and 3.
// Units: t = learning rate × steps since the start of the stage.
func NewSession(preset Preset, loss Loss, seed uint64, workers int, instances []graph.Instance) (*PresetSession, error) {
	if len(preset.StageSteps) == 0 || slices.Min(preset.StageSteps) < 1 || preset.Batch < 1 || preset.Every < 1 {
		return nil, fmt.Errorf("%d steps of the stages, batch %d, a point every %d, expected at least 1", preset.StageSteps, preset.Batch, preset.Every)
	}
	s := &PresetSession{preset: preset, loss: loss, seed: seed, workers: workers, own: len(instances) == 0, held: instances}
	pool := instances
	var err error
	if len(instances) == 0 {
		if preset.Pool == 0 {
			return nil, fmt.Errorf("no instances")
		}
		if pool, s.held, err = preset.graphs(seed); err != nil {
			return nil, err
		}
	}
	s.trained = len(pool)
	symbols := 0
	for i := range pool {
		symbols = max(symbols, pool[i].Graph.Order())
	}
	if s.model, err = NewModel(symbols, preset.Gain, preset.Dials); err != nil {
		return nil, err
	}
	stages := len(preset.StageSteps)
	if preset.Restart {
		stages = Stages(pool)
	}
	end := 0
	for stage := range stages {
		if preset.Restart && stage == stages-1 {
			answers, err := NewTasks(pool, 0, Prediction)
			if err != nil {
				return nil, err
			}
			s.stages = append(s.stages, singly(answers))
		} else {
			groups, err := Groups(preset.Label, pool, stage, loss)
			if err != nil {
				return nil, err
			}
			s.stages = append(s.stages, groups)
			if groups, err = Groups(preset.Label, s.held, stage, loss); err != nil {
				return nil, err
			}
			s.checks = append(s.checks, groups)
		}
		end += preset.StageSteps[min(stage, len(preset.StageSteps)-1)]
		s.ends = append(s.ends, end)
	}
	if s.gauge, err = newGauge(s.model, s.held, preset.Thoughts == Through); err != nil {
		return nil, err
	}
	w, err := s.model.Start(preset.Form)
	if err != nil {
		return nil, err
	}
	return s, s.enter(1, w, 0)
}

// enter goes on in a stage with weights after so many steps. Presets that live
// on their own thoughts draw the label of a sample, too, as do those with a loss
// of which there are several.
func (s *PresetSession) enter(stage int, w *Weights, start int) error {
	trainer, err := newTrainer(s.model, s.stages[stage-1], s.preset.Thoughts == Through || s.loss == Coconut && s.preset.Label != graph.PathLaw, w, Settings{LearningRate: s.preset.LearningRate,
		Batch: s.preset.Batch, Seed: s.seed, Thoughts: s.preset.Thoughts, Start: start, Workers: s.workers})
	if err != nil {
		return fmt.Errorf("stage %d: %w", stage, err)
	}
	s.stage, s.trainer = stage, trainer
	return nil
}

// HeldOut returns the graphs that the model is measured on.
func (s *PresetSession) HeldOut() []graph.Instance { return s.held }

// Total returns the steps of the whole preset.
func (s *PresetSession) Total() int { return s.ends[len(s.ends)-1] }

// Done returns how many steps have been done.
func (s *PresetSession) Done() int { return s.trainer.Done() }

// Step does one step, the first of the next stage if the present one is over. The
// last stage goes on.
func (s *PresetSession) Step(ctx context.Context) error {
	if s.Done() == s.ends[s.stage-1] && s.stage < len(s.ends) {
		w := s.trainer.weights
		if s.preset.Restart {
			var err error
			if w, err = s.model.Start(s.preset.Form); err != nil {
				return err
			}
		}
		if err := s.enter(s.stage+1, w, s.Done()); err != nil {
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
func (s *PresetSession) Due() bool {
	return s.Done()%s.preset.Every == 0 || s.Done() == s.ends[s.stage-1]
}

// Point measures the model on the held-out graphs: the loss of the present
// stage, and each step c from its uniform superposition, or from the root over
// c of the model's own thoughts.
func (s *PresetSession) Point(ctx context.Context) (Point, error) {
	w := s.trainer.weights
	probe, p := w.Probe(), s.gauge.measure(w)
	p.Step, p.Stage, p.Mu, p.Value = s.Done(), s.stage, &probe.Diagonal.Mean, probe.Value
	if probe.Beside != nil {
		p.Nu = &probe.Beside.Mean
	}
	loss := 0.0
	p.Loss = &loss
	if s.preset.Restart { // all are trained on, perhaps for the prediction
		var err error
		loss, err = s.trainer.MeanLoss(ctx)
		return p, err
	}
	groups := s.checks[s.stage-1]
	for _, group := range groups {
		for _, t := range group {
			loss += s.gauge.forward(t, w) / float64(len(groups)*len(group))
		}
	}
	if !finite(loss) {
		return Point{}, &NonFiniteError{s.Done(), "loss"}
	}
	return p, nil
}

// State returns steps and weights; the samples depend on nothing else.
func (s *PresetSession) State() []byte { return Pack(int64(s.Done()), s.trainer.weights.values) }

// Restore goes on from a state.
func (s *PresetSession) Restore(state []byte) error {
	w, err := s.model.Start(s.preset.Form)
	if err != nil {
		return err
	}
	step := int64(0)
	if err := Unpack(state, &step, w.values); err != nil {
		return err
	}
	if step < 0 {
		return ErrState
	}
	stage := 1
	for stage < len(s.ends) && int(step) > s.ends[stage-1] {
		stage++
	}
	return s.enter(stage, w, int(step))
}

// FrontierMass returns the mean softmax mass on N_{c+1}∖N_c after the step c,
// from the uniform superposition, or from the root through the network's own
// thoughts, with vertices called by their own numbers.
// Approximate: no error bound.
func FrontierMass(net Network, instances []graph.Instance, step int, w *Weights, through bool) (float64, error) {
	tasks, err := NewTasks(instances, step, CoconutBFS)
	if err != nil {
		return 0, err
	}
	if err := checkTasks(net, singly(tasks), Settings{}); err != nil {
		return 0, err
	}
	g, mass := &gauge{pass: net.newPass(through), through: through, label: identity(net.Symbols())}, 0.0
	for _, t := range tasks {
		g.forward(t, w)
		_, newest := shares(t, g.pass.readout())
		mass += newest / float64(len(tasks))
	}
	return mass, nil
}
