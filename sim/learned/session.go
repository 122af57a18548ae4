package learned

import (
	"context"
	"fmt"
	"math/rand/v2"

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
)

// A Session is a run of a preset in float32.
type Session struct {
	preset   Preset
	search   bool // the BFS loss
	seed     uint64
	symbols  int
	pool     [][]example // of each stage
	held     []example
	trainer  *Trainer[float32]
	model    *Model[float32]
	stage    int // 0-based
	entered  int // steps done before this stage
	memory   [][]Sample
	names    []Writing // of each worker
	tokens   int
	accuracy float64 // of the stage, at the last point
	measured int     // step of the last point
}

// NewSession returns a session before its first step, on the given instances,
// or on the preset's own graphs if there are none. workers 0 takes one for
// each processor.
func NewSession(preset Preset, loss sim.Loss, seed uint64, workers int, k *kernel.Kernel, instances []graph.Instance) (*Session, error) {
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
	s := &Session{preset: preset, search: loss == sim.CoconutBFS, seed: seed, held: examplesOf(held), measured: -1}
	edges, hops := 0, preset.Hops
	for _, list := range [][]graph.Instance{pool, held} {
		for i := range list {
			in := &list[i]
			s.symbols, edges, hops = max(s.symbols, in.Graph.Order()), max(edges, in.Graph.Size()), max(hops, in.Steps())
			if d := in.Graph.Distances(in.Root)[in.Target]; d != in.Steps() {
				return nil, fmt.Errorf("instance %d: a demonstrated path of %d steps to a target at distance %d, expected a shortest path", i, in.Steps(), d)
			}
		}
	}
	examples := examplesOf(pool)
	for _, stage := range preset.Stages {
		var some []example
		for i := range examples {
			if examples[i].has(preset.task(stage.Hop, s.search)) {
				some = append(some, examples[i])
			}
		}
		if len(some) == 0 {
			return nil, fmt.Errorf("no instance has step %d", stage.Hop)
		}
		s.pool = append(s.pool, some)
	}
	s.preset.Hops = hops
	c := preset.Config
	c.Vocabulary, c.Length = preset.Format.Vocabulary(s.symbols), preset.Format.Length(edges, hops)
	if c.Readout = s.symbols; preset.ReadAll {
		c.Readout = c.Vocabulary
	}
	if s.model, err = NewModel[float32](c); err != nil {
		return nil, err
	}
	s.model.Draw(rand.New(sim.Stream(seed, 0, 0, startStream)), preset.Scale, 0.25)
	if s.trainer, err = NewTrainer(s.model, preset.Optimiser, k, workers); err != nil {
		return nil, err
	}
	for range Chunks {
		s.memory = append(s.memory, make([]Sample, (preset.Batch+Chunks-1)/Chunks))
	}
	for range s.trainer.workers {
		s.names = append(s.names, Writing{})
	}
	return s, nil
}

func (p *Preset) task(hop int, search bool) Task {
	return Task{Hop: hop, Search: search, Cumulative: p.Cumulative, Label: p.Label}
}

// HeldOut returns the graphs that the model is measured on.
func (s *Session) HeldOut() []graph.Instance {
	out := make([]graph.Instance, len(s.held))
	for i := range s.held {
		out[i] = *s.held[i].Instance
	}
	return out
}

// Total returns the steps of the whole preset.
func (s *Session) Total() int { return s.preset.Total() }

// Done returns how many steps have been done.
func (s *Session) Done() int { return s.trainer.step }

// Tokens returns how many positions have been trained on since the session
// was made or restored.
func (s *Session) Tokens() int { return s.tokens }

// Step does one step, the first of the next stage if the present one is over.
func (s *Session) Step(ctx context.Context) error {
	if s.Done() >= s.Total() {
		return fmt.Errorf("step %d, the whole preset has %d", s.Done()+1, s.Total())
	}
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
	step := s.Done()
	_, err := s.trainer.Step(ctx, s.preset.Batch, func(worker, chunk, first int, samples []Sample) {
		stage := s.stage
		rng := rand.New(sim.Stream(s.seed, step, chunk, stageStream))
		if rng.Float64() < s.preset.Mixing && stage > 0 {
			stage = rng.IntN(stage)
		}
		task := s.preset.task(s.preset.Stages[stage].Hop, s.search)
		for i := range samples {
			own := rand.New(sim.Stream(s.seed, step, first+i, sampleStream))
			e := &s.pool[stage][own.IntN(len(s.pool[stage]))]
			s.preset.Format.sample(&samples[i], e, task, s.symbols, s.preset.Hops, own, &s.names[worker])
		}
	}, s.memory)
	if err != nil {
		return fmt.Errorf("stage %d: %w", s.stage+1, err)
	}
	for _, chunk := range s.memory {
		for i := range chunk {
			s.tokens += len(chunk[i].Prompt) + chunk[i].Thoughts + len(chunk[i].Suffix)
		}
	}
	return nil
}

// over reports whether the next step belongs to the next stage.
func (s *Session) over() bool {
	if s.stage == len(s.preset.Stages)-1 {
		return false
	}
	p := s.preset.Stages[s.stage]
	return s.Done()-s.entered >= p.Steps || p.Gate > 0 && s.measured == s.Done() && s.accuracy >= p.Gate
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
	if step < 0 || step > int64(s.Total()) || age < 0 || age > step || stage < 0 || stage >= int64(len(s.preset.Stages)) ||
		entered < 0 || entered > step || measured < -1 || measured > step {
		return sim.ErrState
	}
	s.trainer.step, s.trainer.age, s.stage, s.entered, s.measured, s.accuracy = int(step), int(age), int(stage), int(entered), int(measured), accuracy
	return nil
}
