package learned

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"muflow/graph"
	"muflow/sim"
	"muflow/sim/kernel"
)

// Purposes of random numbers, see sim.Stream.
const (
	startStream = iota + 16
	sampleStream
	stageStream
	heldOutStream
	epochStream
	dropoutStream
)

// A Plan is what a training is made of, before anything is drawn but graphs.
type Plan struct {
	preset     Preset // with its model and the steps of its stages
	seed       uint64
	search     bool // the BFS loss
	symbols    int  // most vertices
	hops       int  // most steps of a demonstrated path
	given      bool // the graphs are not the preset's own
	pool, held []example
	epoch      int // steps in which every training graph is trained on once
}

// NewPlan checks a preset and the instances, or draws the preset's own graphs if
// there are none.
func NewPlan(preset Preset, loss sim.Loss, seed uint64, instances []graph.Instance) (*Plan, error) {
	if loss != sim.Coconut && loss != sim.CoconutBFS {
		return nil, fmt.Errorf("loss %v, expected coconut or bfs", loss)
	}
	if err := preset.check(); err != nil {
		return nil, err
	}
	pool, held, err := preset.graphs(seed, instances)
	if err != nil {
		return nil, err
	}
	p := &Plan{preset: preset, seed: seed, search: loss == sim.CoconutBFS, hops: preset.Shape.MaxHops, given: len(instances) > 0,
		pool: examplesOf(pool, preset.Label), held: examplesOf(held, preset.Label), epoch: (len(pool) + preset.Batch - 1) / preset.Batch}
	edges := 0
	for _, list := range [][]graph.Instance{pool, held} {
		for i := range list {
			in := &list[i]
			p.symbols, edges, p.hops = max(p.symbols, in.Graph.Order()), max(edges, in.Graph.Size()), max(p.hops, in.Steps())
			if d := in.Graph.Distances(in.Root)[in.Target]; d != in.Steps() {
				return nil, fmt.Errorf("instance %d: a demonstrated path of %d steps to a target at distance %d, expected a shortest path", i, in.Steps(), d)
			}
		}
	}
	rng, w := rand.New(sim.Stream(seed, 0, 0, sampleStream)), Writing{}
	for _, list := range [][]graph.Instance{pool, held} {
		for i := range list {
			if err := preset.Format.draw(&list[i], p.symbols, rng, &w); err != nil {
				return nil, fmt.Errorf("instance %d: %w", i, err)
			}
		}
	}
	p.preset.Stages = slices.Clone(preset.Stages)
	for i := range p.preset.Stages {
		if s := &p.preset.Stages[i]; s.Epochs > 0 {
			s.Steps = s.Epochs * p.epoch
		}
	}
	c := &p.preset.Config
	c.Vocabulary, c.Length = preset.Format.Vocabulary(p.symbols), max(c.Length, preset.Format.Length(edges, p.hops))
	if c.Readout = p.symbols; preset.ReadAll {
		c.Readout = c.Vocabulary
	}
	return p, c.check()
}

// task is what the step after so many thoughts asks an instance, −1 for the
// answer.
func (p *Plan) task(e *example, hop int) Task {
	t := Task{Hop: hop, Search: p.search, Cumulative: p.preset.Cumulative}
	if hop < 0 {
		if t.Thoughts = p.hops; p.preset.Published {
			t.Thoughts = e.Steps()
		}
	}
	return t
}

// A Session is a run of a preset in float32.
type Session struct {
	*Plan
	stages   [][]*example // the training graphs that each stage uses
	trainer  *Trainer[float32]
	model    *Model[float32]
	stage    int // 0-based
	entered  int // steps done before this stage
	memory   [][]Sample
	names    []Writing // of each worker
	tokens   int
	accuracy float64 // of the stage, at the last point
	measured int     // step of the last point
	order    []int   // of the training graphs in the epoch
	ordered  int     // this epoch, from 1
}

// NewSession returns a session before its first step, on the given instances,
// or on the preset's own graphs if there are none. workers 0 takes one for
// each processor.
func NewSession(preset Preset, loss sim.Loss, seed uint64, workers int, k *kernel.Kernel, instances []graph.Instance) (*Session, error) {
	p, err := NewPlan(preset, loss, seed, instances)
	if err != nil {
		return nil, err
	}
	s := &Session{Plan: p, measured: -1}
	for _, stage := range p.preset.Stages {
		var some []*example
		for i := range p.pool {
			if p.preset.Published || p.pool[i].has(stage.Hop) {
				some = append(some, &p.pool[i])
			}
		}
		if len(some) == 0 {
			return nil, fmt.Errorf("no instance has step %d", stage.Hop)
		}
		s.stages = append(s.stages, some)
	}
	if s.model, err = NewModel[float32](p.preset.Config); err != nil {
		return nil, err
	}
	s.model.Draw(rand.New(sim.Stream(seed, 0, 0, startStream)), preset.Scale, preset.Positions)
	if s.trainer, err = NewTrainer(s.model, preset.Optimiser, k, workers); err != nil {
		return nil, err
	}
	s.trainer.gainUntil = preset.GainUntil
	for range Chunks {
		s.memory = append(s.memory, make([]Sample, (preset.Batch+Chunks-1)/Chunks))
	}
	for range s.trainer.workers {
		s.names = append(s.names, Writing{})
	}
	return s, nil
}

// Layout returns the tokens of the prompts.
func (p *Plan) Layout() Layout { return p.preset.Format.layout(p.symbols) }

// Model returns the model at the present step, which further steps change.
func (s *Session) Model() *Model[float32] { return s.model }

// HeldOut returns the graphs that the model is measured on.
func (s *Session) HeldOut() []graph.Instance {
	out := make([]graph.Instance, len(s.held))
	for i := range s.held {
		out[i] = *s.held[i].Instance
	}
	return out
}

// Total returns the steps of the whole preset. A session goes on in its last
// stage beyond them.
func (p *Plan) Total() int { return p.preset.Total() }

// Done returns how many steps have been done.
func (s *Session) Done() int { return s.trainer.step }

// Tokens returns how many positions have been trained on since the session
// was made or restored.
func (s *Session) Tokens() int { return s.tokens }

// Step does one step, the first of the next stage if the present one is over.
func (s *Session) Step(ctx context.Context) error {
	if s.over() {
		s.stage++
		s.entered = s.Done()
		s.accuracy = 0
		if s.preset.Reset {
			clear(s.trainer.first)
			clear(s.trainer.second)
			s.trainer.age = 0
		}
	}
	step, count, fill := s.Done(), s.preset.Batch, s.draw
	if s.preset.Published {
		fill = s.drawPublished
		count = min(count, len(s.pool)-s.Done()%s.epoch*count)
		s.shuffle(step/s.epoch + 1)
	}
	_, err := s.trainer.Step(ctx, count, func(worker, chunk, first int, samples []Sample) {
		fill(step, chunk, first, samples, &s.names[worker])
		for i := range samples {
			if samples[i].Noise = nil; s.model.Dropout > 0 {
				samples[i].Noise = sim.Stream(s.seed, step, first+i, dropoutStream)
			}
		}
	}, s.memory)
	if err != nil {
		return fmt.Errorf("stage %d: %w", s.stage+1, err)
	}
	size := (count + Chunks - 1) / Chunks
	for chunk := range s.memory {
		for i := range min(size, max(0, count-chunk*size)) {
			x := &s.memory[chunk][i]
			s.tokens += len(x.Prompt) + x.Thoughts + len(x.Suffix)
		}
	}
	return nil
}

// draw writes the samples of a chunk, all of one stage: each draws its graph.
func (s *Session) draw(step, chunk, first int, samples []Sample, w *Writing) {
	stage := s.stage
	rng := rand.New(sim.Stream(s.seed, step, chunk, stageStream))
	if rng.Float64() < s.preset.Mixing && stage > 0 {
		stage = rng.IntN(stage)
	}
	hop := s.preset.Stages[stage].Hop
	for i := range samples {
		own := rand.New(sim.Stream(s.seed, step, first+i, sampleStream))
		e := s.stages[stage][own.IntN(len(s.stages[stage]))]
		s.preset.Format.sample(&samples[i], e, s.task(e, hop), s.symbols, own, w)
	}
}

// drawPublished writes the samples of a chunk as the published code does: the
// next graphs of the epoch, each at the step of the stage, or at its answer where
// it has no such step, or with the probability Mixing at any of these up to there.
func (s *Session) drawPublished(step, _, first int, samples []Sample, w *Writing) {
	at := step%s.epoch*s.preset.Batch + first
	for i := range samples {
		own := rand.New(sim.Stream(s.seed, step, first+i, sampleStream))
		e := &s.pool[s.order[at+i]]
		hop := min(s.preset.Stages[s.stage].Hop, e.Steps())
		if own.Float64() < s.preset.Mixing {
			hop = own.IntN(hop + 1)
		}
		if hop == e.Steps() {
			hop = -1
		}
		s.preset.Format.sample(&samples[i], e, s.task(e, hop), s.symbols, own, w)
	}
}

// shuffle draws the order of the training graphs in an epoch.
func (s *Session) shuffle(epoch int) {
	if s.ordered != epoch {
		s.order, s.ordered = rand.New(sim.Stream(s.seed, epoch, 0, epochStream)).Perm(len(s.pool)), epoch
	}
}

// counts reports whether the loss of the present stage is over this task too.
func (s *Session) counts(e *example, hop int) bool {
	trained := s.preset.Stages[s.stage].Hop
	return hop == trained || hop < 0 && s.preset.Published && e.Steps() <= trained
}

// over reports whether the next step belongs to the next stage.
func (s *Session) over() bool {
	if s.stage == len(s.preset.Stages)-1 {
		return false
	}
	p := s.preset.Stages[s.stage]
	return s.Done()-s.entered >= p.Steps || p.Gate > 0 && s.measured == s.Done() && s.accuracy >= p.Gate
}

// note keeps the accuracy of the present stage for its gate, which opens at the
// regular points only: a run that ended somewhere between goes on as if it had
// not.
func (s *Session) note(accuracy float64) {
	if s.Done()%s.preset.Every == 0 {
		s.accuracy, s.measured = accuracy, s.Done()
	}
}

// Due reports whether the series has a point here: every preset.Every steps
// and at the end of a stage.
func (s *Session) Due() bool {
	return s.Done()%s.preset.Every == 0 || s.Done() == s.Total() || s.over()
}

// where is where the curriculum stands, for a state.
func (s *Session) where() []int64 {
	return []int64{int64(s.trainer.step), int64(s.trainer.age), int64(s.stage), int64(s.entered), int64(s.measured)}
}

// State returns parameters, moments, and where the curriculum stands.
func (s *Session) State() []byte {
	return sim.Pack(s.where(), s.accuracy, s.model.Theta, s.trainer.first, s.trainer.second)
}

// Restore goes on from a state.
func (s *Session) Restore(state []byte) error {
	at := s.where()
	accuracy := 0.0
	if err := sim.Unpack(state, at, &accuracy, s.model.Theta, s.trainer.first, s.trainer.second); err != nil {
		return err
	}
	step, age, stage, entered, measured := at[0], at[1], at[2], at[3], at[4]
	if step < 0 || age < 0 || age > step || stage < 0 || stage >= int64(len(s.preset.Stages)) ||
		entered < 0 || entered > step || measured > step || slices.ContainsFunc(s.trainer.second, func(x float32) bool { return x < 0 }) {
		return sim.ErrState
	}
	s.trainer.step, s.trainer.age, s.stage, s.entered, s.measured, s.accuracy = int(step), int(age), int(stage), int(entered), int(measured), accuracy
	return nil
}
