package compare

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"muflow/internal/portable"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/sim"
	"muflow/sim/kernel"
	"muflow/sim/learned"
	"muflow/theory"
)

// A Ladder leads from the theorem to a network, rung by rung on the same
// instances: the step c = 1 under the Coconut loss with the demonstrated path
// as label. Neighbouring rungs differ by one assumption of theory.md section 7.
type Ladder struct {
	Seed      uint64
	Seeds     int     // trainings of each rung with chance in it, at least 2
	Instances int     // graphs of 14 vertices and 3 hops
	Rate      float64 // η
	Steps     int     // the horizon is t = η·Steps
	Batch     int
	Network   bool // climb to the learned network, which takes most of the time
	Kernel    *kernel.Kernel
	Jobs      int
	Progress  runlog.Progress
}

// A Band is a mean over seeds with its 95 % confidence interval by Student's t,
// or an exact value.
type Band struct {
	Mean float64 `json:"mean"`
	Half float64 `json:"half_width"` // 0 without chance
	Runs int     `json:"runs"`
}

// A Rung is one model of the ladder. What it does not have is nil.
type Rung struct {
	Name     string `json:"rung"`
	Drops    string `json:"drops"`    // assumption that the rung before still had
	Mu       *Band  `json:"mu"`       // mean diagonal of the score matrix
	Mass     *Band  `json:"mass"`     // softmax mass on N_2∖N_1
	MuStep   *Band  `json:"mu_gap"`   // Mu minus that of the last rung that has it
	MassStep *Band  `json:"mass_gap"` // Mass likewise
	mu, mass []float64
}

// A Slope is how the error of gradient descent against the flow falls with the
// step size.
type Slope struct {
	Horizon float64   `json:"time"`
	Rates   []float64 `json:"learning_rates"`
	Errors  []float64 `json:"errors"` // |μ after t/η steps − μ(t)|
	Slope   float64   `json:"slope"`  // of log error by log rate, least squares
}

// Climbed is the result of a Ladder.
type Climbed struct {
	Rungs []*Rung `json:"rungs"`
	Slope Slope   `json:"slope"`
}

// ladderStep is c. Models that live on their own thoughts are first trained at
// c = 0 for ladderFirst steps: without it they find, in all seeds that were
// tried, another way with a negative logit.
const (
	ladderStep     = 1
	ladderFirst    = 300
	ladderVertices = 14
)

// chainRung is a rung of sim.Model, edge by edge on all of them.
type chainRung struct {
	name, drops string
	form        sim.Form
	dials       sim.Dials
	thoughts    sim.Thoughts
}

var chainRungs = []chainRung{
	{"stochastic descent, diagonal matrix", "A4", sim.Diagonal, sim.Dials{}, sim.Superposition},
	{"full score matrix", "A3", sim.Full, sim.Dials{}, sim.Superposition},
	{"thoughts of the model itself, after a stage at c = 0", "A5 A8", sim.Full, sim.Dials{}, sim.Through},
	{"value map learnt", "A15", sim.Full, sim.Dials{Value: sim.MatrixValue}, sim.Through},
	{"softmax attention", "A6", sim.Full, sim.Dials{Softmax: 1, ValueGain: 1, Value: sim.MatrixValue}, sim.Through},
}

// Climb trains every rung. The same ladder gives the same numbers for any Jobs.
// Approximate: no error bound.
// theory.md section 7. Units: t = learning rate × steps.
func (l Ladder) Climb(ctx context.Context) (*Climbed, error) {
	if l.Seeds < 2 || l.Instances < 20 || !(l.Rate > 0) || l.Steps < 1 || l.Batch < 1 {
		return nil, fmt.Errorf("ladder of %d seeds, %d instances, rate %g, %d steps, batch %d: expected at least 2, 20, and positive numbers", l.Seeds, l.Instances, l.Rate, l.Steps, l.Batch)
	}
	instances, err := graph.Suite(l.Seed, l.Instances, graph.Shape{MinVertices: ladderVertices, MaxVertices: ladderVertices, MinHops: 3, MaxHops: 3}, graph.Generate)
	if err != nil {
		return nil, err
	}
	flow, err := DriftOf(StepsAt(instances, ladderStep, graph.PathLaw), ladderVertices, theory.Coconut, big.NewRat(1, 1))
	if err != nil {
		return nil, err
	}
	out := &Climbed{}
	population, err := prove.PopulationOf(ctx, instances, ladderStep, false, big.NewRat(1, 1), 15)
	if err != nil {
		return nil, err
	}
	if population.Limit != theory.FiniteLimit {
		return nil, fmt.Errorf("the instances have the limit %v, expected a finite one", population.Limit)
	}
	limit, _ := population.Theta[0].Mid().Float64()
	horizon, err := flow.at(ctx, l.Rate*float64(l.Steps))
	if err != nil {
		return nil, err
	}
	descent, err := flow.Descent(ctx, l.Rate, l.Steps)
	if err != nil {
		return nil, err
	}
	for _, r := range []struct {
		name, drops string
		mu          float64
	}{{"equilibrium of Theorem 1", "", limit}, {"flow up to the horizon", "t = ∞", horizon}, {"gradient descent, exact average", "A14", descent[l.Steps]}} {
		mass, err := massAt(instances, r.mu)
		if err != nil {
			return nil, err
		}
		out.add(&Rung{Name: r.name, Drops: r.drops, mu: []float64{r.mu}, mass: []float64{mass}})
	}
	total := (len(chainRungs) + 1) * l.Seeds
	done := 0
	step := func() {
		if done++; l.Progress != nil {
			l.Progress(done, total)
		}
	}
	for _, r := range chainRungs {
		rung := &Rung{Name: r.name, Drops: r.drops}
		for seed := range l.Seeds {
			mu, mass, err := l.trainChain(ctx, r, instances, uint64(seed)+1)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			rung.mu, rung.mass = append(rung.mu, mu), append(rung.mass, mass)
			step()
		}
		out.add(rung)
	}
	if l.Network {
		rung := &Rung{Name: "everything learnt, AdamW", Drops: "A1 A2 A7"}
		for seed := range l.Seeds {
			mass, err := l.trainNetwork(ctx, instances, uint64(seed)+1)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", rung.Name, err)
			}
			rung.mass = append(rung.mass, mass)
			step()
		}
		out.add(rung)
	}
	out.Slope, err = flow.slope(ctx)
	return out, err
}

// add completes a rung by its bands and its differences from those before.
func (c *Climbed) add(r *Rung) {
	r.Mu, r.Mass = bandOf(r.mu), bandOf(r.mass)
	for i := len(c.Rungs) - 1; i >= 0 && (r.MuStep == nil || r.MassStep == nil); i-- {
		if r.MuStep == nil {
			r.MuStep = differenceOf(r.mu, c.Rungs[i].mu)
		}
		if r.MassStep == nil {
			r.MassStep = differenceOf(r.mass, c.Rungs[i].mass)
		}
	}
	c.Rungs = append(c.Rungs, r)
}

func bandOf(x []float64) *Band {
	switch len(x) {
	case 0:
		return nil
	case 1:
		return &Band{Mean: x[0], Runs: 1}
	}
	mean, variance := portable.Moments(x)
	n := float64(len(x))
	return &Band{mean, portable.StudentQuantile(0.05, n-1) * math.Sqrt(variance/n), len(x)}
}

// differenceOf is Welch's interval for the difference of two means.
func differenceOf(x, y []float64) *Band {
	if len(x) == 0 || len(y) == 0 {
		return nil
	}
	out := &Band{Runs: min(len(x), len(y))}
	total, degrees, sign := 0.0, 0.0, 1.0
	for _, list := range [][]float64{x, y} {
		mean, variance := portable.Moments(list)
		out.Mean, sign = out.Mean+float64(sign*mean), -sign
		if n := float64(len(list)); n > 1 {
			a := variance / n
			total, degrees = total+a, degrees+a*a/(n-1)
		}
	}
	if total > 0 {
		out.Half = portable.StudentQuantile(0.05, total*total/degrees) * math.Sqrt(total)
	}
	return out
}

// massAt returns the mean softmax mass on the next frontier in the model with
// the diagonal matrix μI and uniform superpositions.
func massAt(instances []graph.Instance, mu float64) (float64, error) {
	model, err := sim.NewModel(ladderVertices, 1, sim.Dials{})
	if err != nil {
		return 0, err
	}
	w, err := model.Start(sim.Diagonal)
	if err != nil {
		return 0, err
	}
	if err := w.SetScores(mu, 0); err != nil {
		return 0, err
	}
	return sim.FrontierMass(model, instances, ladderStep, w, false)
}

func (l Ladder) trainChain(ctx context.Context, r chainRung, instances []graph.Instance, seed uint64) (mu, mass float64, err error) {
	model, err := sim.NewModel(ladderVertices, 1, r.dials)
	if err != nil {
		return 0, 0, err
	}
	model = model.EdgeByEdge()
	w, err := model.Start(r.form)
	if err != nil {
		return 0, 0, err
	}
	start := 0
	stage := func(c, steps int) error {
		groups, err := sim.Groups(graph.PathLaw, instances, c, sim.Coconut)
		if err != nil {
			return err
		}
		t, err := sim.NewLabelTrainer(model, groups, w, sim.Settings{LearningRate: l.Rate, Batch: l.Batch, Seed: seed, Thoughts: r.thoughts, Start: start, Workers: l.Jobs})
		if err != nil {
			return err
		}
		err = t.Advance(ctx, start+steps)
		w, start = t.Weights(), t.Done()
		return err
	}
	if r.thoughts != sim.Superposition {
		if err := stage(0, ladderFirst); err != nil {
			return 0, 0, err
		}
	}
	if err := stage(ladderStep, l.Steps); err != nil {
		return 0, 0, err
	}
	for v := range ladderVertices {
		mu += w.Score(v, v) / ladderVertices
	}
	mass, err = sim.FrontierMass(model, instances, ladderStep, w, r.thoughts == sim.Through)
	return mu, mass, err
}

// trainNetwork trains the cheapest learned network on the first two steps.
func (l Ladder) trainNetwork(ctx context.Context, instances []graph.Instance, seed uint64) (float64, error) {
	preset := learned.Pair
	preset.Label, preset.Stages = graph.PathLaw, []learned.Stage{{Hop: 0, Steps: 600}, {Hop: 1, Steps: 1400}}
	s, err := learned.NewSession(preset, sim.Coconut, seed, l.Jobs, l.Kernel, instances)
	if err != nil {
		return 0, err
	}
	for s.Done() < s.Total() {
		if err := s.Step(ctx); err != nil {
			return 0, err
		}
	}
	p, err := s.Point(ctx)
	if err != nil {
		return 0, err
	}
	if p.Mass[ladderStep] == nil {
		return 0, fmt.Errorf("no held-out instance has step %d", ladderStep)
	}
	return *p.Mass[ladderStep], nil
}

// at follows the flow from 0 to a time.
func (d *Drift) at(ctx context.Context, time float64) (float64, error) {
	end, err := reduced.Integrate(ctx, func(_ float64, y, dy []float64) { dy[0] = d.At(y[0]) }, []float64{0}, time, 1e-12)
	if err != nil {
		return 0, err
	}
	return end[0], nil
}

// slope compares gradient descent with the flow where it still moves.
func (d *Drift) slope(ctx context.Context) (Slope, error) {
	s := Slope{Horizon: 64}
	exact, err := d.at(ctx, s.Horizon)
	if err != nil {
		return s, err
	}
	var x, y []float64
	for _, steps := range []int{32, 64, 128, 256, 512, 1024} {
		rate := s.Horizon / float64(steps)
		path, err := d.Descent(ctx, rate, steps)
		if err != nil {
			return s, err
		}
		e := math.Abs(path[steps] - exact)
		s.Rates, s.Errors = append(s.Rates, rate), append(s.Errors, e)
		x, y = append(x, portable.Log(rate)), append(y, portable.Log(e))
	}
	atX, variance := portable.Moments(x)
	for i := range x {
		s.Slope += float64((x[i]-atX)*y[i]) / float64(float64(len(x)-1)*variance)
	}
	return s, nil
}
