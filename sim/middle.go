package sim

import (
	"context"
	"fmt"
	"math/rand/v2"

	"muflow/graph"
)

// A Label says which vertex the Coconut loss is shown.
type Label int

const (
	PathLabel     Label = iota // the next vertex of the demonstrated path
	FrontierLabel              // any vertex of N_{c+1}∖N_c, each equally likely
)

// groups returns for every instance with a step c its tasks, one for each
// label that may be shown.
func (l Label) groups(instances []graph.Instance, c int, loss Loss) ([][]*Task, error) {
	tasks, err := chainTasks(instances, c, loss)
	if err != nil {
		return nil, err
	}
	groups := make([][]*Task, len(tasks))
	for i := range tasks {
		groups[i] = tasks[i : i+1]
	}
	if l == PathLabel || loss != Coconut {
		return groups, nil
	}
	reached, err := chainTasks(instances, c, CoconutBFS)
	if err != nil {
		return nil, err
	}
	for i, t := range reached {
		groups[i] = nil
		for v, in := range t.targets {
			if in && t.thoughts[c][v] == 0 {
				one := *tasks[i]
				one.targets = make([]bool, t.order)
				one.targets[v] = true
				groups[i] = append(groups[i], &one)
			}
		}
		if len(groups[i]) == 0 { // the path does not leave N_c
			groups[i] = tasks[i : i+1]
		}
	}
	return groups, nil
}

// A Middle is a preset between the theory's setting and a learned network: the
// score matrix is trained through the model's own thoughts, of unit norm, from
// 0 and without a reset between the stages; embeddings and copy layer are
// given, the value map is given or trained. Stage c+1 trains the step c. There
// is no prediction stage.
type Middle struct {
	Name         string
	Chain        Chain // Symbols is set to the largest instance
	Vertices     int   // of every generated graph
	Edges        int
	Hops         int
	Pool         int // training graphs
	HeldOut      int // graphs for the measures
	Label        Label
	Batch        int
	LearningRate float64
	StageSteps   []int // of stage 1, 2, …
	Every        int   // steps between two points
}

// The presets in the middle. The label is a vertex of the next frontier, in
// MiddlePath that of the demonstrated path; under the BFS loss it is all of
// N_{c+1}. Names of vertices are fresh in every sample.
var (
	MiddleLinear = Middle{Name: "middle", Chain: Chain{Form: Full, Attention: LinearAttention, Value: FixedValue, Gain: 1, Readout: 1},
		Vertices: 14, Edges: 18, Hops: 3, Pool: 1000, HeldOut: 200, Label: FrontierLabel, Batch: 64, LearningRate: 1, StageSteps: []int{300, 6000}, Every: 100}
	MiddlePath    = pathLike(MiddleLinear)
	MiddleSoftmax = middleLike("middle-softmax", SoftmaxAttention, FixedValue)
	MiddleGain    = middleLike("middle-softmax-gain", SoftmaxAttention, GainValue)
	MiddleMatrix  = middleLike("middle-softmax-matrix", SoftmaxAttention, MatrixValue)
	MiddleValue   = middleLike("middle-matrix", LinearAttention, MatrixValue)
)

// Middles lists the presets in the middle.
var Middles = []Middle{MiddleLinear, MiddlePath, MiddleValue, MiddleSoftmax, MiddleGain, MiddleMatrix}

func pathLike(m Middle) Middle {
	m.Name, m.Label = m.Name+"-path", PathLabel
	return m
}

func middleLike(name string, attention Attention, value ValueMap) Middle {
	m := MiddleLinear
	m.Name, m.Chain.Attention, m.Chain.Value = name, attention, value
	return m
}

// Graphs draws the training graphs and the held-out ones: of Generate's those
// with the wanted number of edges.
func (m Middle) Graphs(seed uint64) (pool, heldOut []graph.Instance, err error) {
	shape := graph.Shape{MinVertices: m.Vertices, MaxVertices: m.Vertices, MinHops: m.Hops, MaxHops: m.Hops}
	const patience = 10_000
	for i := range m.Pool + m.HeldOut {
		rng := rand.New(Stream(seed, 0, i, graphStream))
		found := false
		for range patience {
			in, err := graph.Generate(rng, shape)
			if err != nil {
				return nil, nil, err
			}
			if found = in.Graph.Size() == m.Edges; found {
				pool = append(pool, in)
				break
			}
		}
		if !found {
			return nil, nil, fmt.Errorf("none of %d graphs with %d vertices has %d edges", patience, m.Vertices, m.Edges)
		}
	}
	return pool[:m.Pool], pool[m.Pool:], nil
}

// A MiddleSession is a run of such a preset.
type MiddleSession struct {
	preset  Middle
	loss    Loss
	seed    uint64
	workers int
	chain   *Chain
	held    []graph.Instance
	stages  [][][]*Task // for training: stage, instance, possible labels
	checks  [][][]*Task // the same steps of the held-out graphs
	probes  [][]*Task   // probes[c]: held-out tasks with targets N_{c+1}
	stage   int
	trainer *ChainTrainer
	pass    chainPass
	walk    Walk
}

// NewMiddleSession returns a session before its first step, on the given
// instances, or on the preset's own graphs if there are none. Given instances
// are trained on and measured.
func NewMiddleSession(preset Middle, loss Loss, seed uint64, workers int, instances []graph.Instance) (*MiddleSession, error) {
	pool, held := instances, instances
	if len(instances) == 0 {
		var err error
		if pool, held, err = preset.Graphs(seed); err != nil {
			return nil, err
		}
	}
	shape := preset.Chain
	for i := range pool {
		shape.Symbols = max(shape.Symbols, pool[i].Graph.Order())
	}
	chain, err := NewChain(shape)
	if err != nil {
		return nil, err
	}
	s := &MiddleSession{preset: preset, loss: loss, seed: seed, workers: workers, held: held, chain: chain, stage: 1, pass: chainPass{chain: chain}}
	for c := range preset.StageSteps {
		groups, err := preset.Label.groups(pool, c, loss)
		if err != nil {
			return nil, err
		}
		s.stages = append(s.stages, groups)
		if groups, err = preset.Label.groups(held, c, loss); err != nil {
			return nil, err
		}
		s.checks = append(s.checks, groups)
	}
	for c := range Stages(held) - 1 {
		tasks, err := chainTasks(held, c, CoconutBFS)
		if err != nil {
			return nil, err
		}
		s.probes = append(s.probes, tasks)
	}
	return s, s.train(1, chain.Start(), 0)
}

func (s *MiddleSession) train(stage int, w *ChainWeights, start int) error {
	trainer, err := newChainTrainer(s.chain, s.stages[stage-1], w, Settings{LearningRate: s.preset.LearningRate,
		Batch: s.preset.Batch, Seed: s.seed, Thoughts: GeneratedUnit, Start: start, Workers: s.workers})
	if err != nil {
		return err
	}
	s.stage, s.trainer = stage, trainer
	return nil
}

// end returns the steps of the run by the end of a stage.
func (s *MiddleSession) end(stage int) int {
	total := 0
	for _, n := range s.preset.StageSteps[:stage] {
		total += n
	}
	return total
}

// HeldOut returns the graphs that the model is measured on.
func (s *MiddleSession) HeldOut() []graph.Instance { return s.held }

// Total returns the steps of the whole preset.
func (s *MiddleSession) Total() int { return s.end(len(s.preset.StageSteps)) }

// Done returns how many steps have been done.
func (s *MiddleSession) Done() int { return s.trainer.Done() }

// Step does one step, the first of the next stage if the present one is over.
func (s *MiddleSession) Step(ctx context.Context) error {
	if s.Done() == s.end(s.stage) {
		if s.stage == len(s.stages) {
			return fmt.Errorf("step %d, the whole preset has %d", s.Done()+1, s.Total())
		}
		if err := s.train(s.stage+1, s.trainer.weights, s.Done()); err != nil {
			return err
		}
	}
	_, err := s.trainer.Step(ctx)
	return err
}

// Due reports whether the series has a point here.
func (s *MiddleSession) Due() bool {
	return s.Done()%s.preset.Every == 0 || s.Done() == s.end(s.stage)
}

// Point measures the model on the held-out graphs: from the root over c of its
// own thoughts, for each c.
func (s *MiddleSession) Point(context.Context) (Point, error) {
	w := s.trainer.weights
	p := Point{Step: s.Done(), Stage: s.stage}
	mu, nu := squareMeans(w.Score, s.chain.Symbols)
	p.Mu = &mu
	if s.chain.Form == Full {
		p.Nu = &nu
	}
	switch s.chain.Value {
	case GainValue:
		p.Value = &w.Value[0]
	case MatrixValue:
		value, _ := squareMeans(w.Value, s.chain.Symbols)
		p.Value = &value
	}
	if p.Value != nil {
		value := *p.Value
		p.Value = &value
	}
	label := identity(s.chain.Symbols)
	for c, tasks := range s.probes {
		var gap, mass, cumulative float64
		counted := 0
		for _, t := range tasks {
			s.walk.set(s.chain.Symbols, t, label[:t.order], false)
			s.pass.forward(&s.walk, w)
			s.pass.attend(&s.walk, w, s.pass.lambda[t.step], s.pass.attention[t.step])
			if x, ok := logitGap(t, s.pass.score); ok {
				gap += x
				counted++
			}
			inside, newest := shares(t, s.pass.logits)
			cumulative += inside
			mass += newest
		}
		count := float64(len(tasks))
		p.Mass, p.Cumulative, p.Gap = append(p.Mass, mass/count), append(p.Cumulative, cumulative/count), append(p.Gap, nil)
		if counted > 0 {
			gap /= float64(counted)
			p.Gap[c] = &gap
		}
	}
	for _, group := range s.checks[s.stage-1] {
		for _, t := range group {
			s.walk.set(s.chain.Symbols, t, label[:t.order], false)
			p.Loss += s.pass.forward(&s.walk, w) / float64(len(s.checks[s.stage-1])*len(group))
		}
	}
	if !finite(p.Loss) {
		return Point{}, &NonFiniteError{s.Done(), "loss"}
	}
	return p, nil
}

// State returns steps and weights; the samples depend on nothing else.
func (s *MiddleSession) State() []byte {
	return packState(s.Done(), s.trainer.weights.Score, s.trainer.weights.Value)
}

// Restore goes on from a state.
func (s *MiddleSession) Restore(state []byte) error {
	w := s.chain.Start()
	step, err := unpackState(state, w.Score, w.Value)
	if err != nil || step > s.Total() {
		return errState
	}
	stage := 1
	for step > s.end(stage) {
		stage++
	}
	return s.train(stage, w, step)
}
