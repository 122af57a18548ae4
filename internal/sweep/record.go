package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"muflow/internal/portable"
	"sync"

	"muflow/graph"
	"muflow/internal/compare"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/sim"
	"muflow/theory"
)

// A Record is the result of one cell.
type Record struct {
	Key     string  `json:"key"`
	Dataset string  `json:"dataset"`
	Step    int     `json:"step"` // c
	Loss    string  `json:"loss"`
	Alpha   string  `json:"alpha"`
	Seed    *uint64 `json:"seed,omitempty"`
	// One of the three.
	Decided *Decided `json:"decided,omitempty"`
	Trained *Trained `json:"trained,omitempty"`
	Failed  string   `json:"failed,omitempty"` // why there is no result, such as a training that left the finite numbers
}

// Decided holds the claims about one loss on one step of a data set.
type Decided struct {
	Instances  int               `json:"instances"`            // that have the step, with a label
	Population *prove.Population `json:"population,omitempty"` // where the shared logit goes, under Coconut
	Mu         *prove.Number     `json:"mu,omitempty"`         // its limit, if finite
	Summary    map[string]int    `json:"summary"`
	Claims     []prove.Result    `json:"claims"`
}

// Trained holds one run of stochastic gradient descent on one step of a data
// set, from 0 with a diagonal score matrix: every sample is an instance, a label
// of it and a relabelling of its vertices, each drawn uniformly.
type Trained struct {
	Instances  int     `json:"instances"`
	Symbols    int     `json:"symbols"` // n of the model
	Series     []Point `json:"series"`
	Difference float64 `json:"difference"` // largest |mu − theory| of the series
	// Where the mean and the spread must be at the last step, see compare.Corridor.
	Band       *float64       `json:"band,omitempty"`
	SpreadBand *float64       `json:"spread_band,omitempty"`
	Notices    float64        `json:"notices,omitempty"`             // smallest relative error of the drift that would have left the band; 0: not even 1
	Failure    float64        `json:"failure_probability,omitempty"` // with which correct theory leaves the band
	Verdict    theory.Verdict `json:"verdict"`                       // undecided if there is no band
	Reason     string         `json:"reason"`
}

// A Point is the state of a training after some steps.
type Point struct {
	Step   int     `json:"step"`
	Time   float64 `json:"time"`   // t = learning rate × steps
	Mu     float64 `json:"mu"`     // mean of the diagonal
	Spread float64 `json:"spread"` // its standard deviation
	Theory float64 `json:"theory"` // gradient descent on the reduced drift
}

// failureProbability is that with which correct theory leaves the band of one
// training.
const failureProbability = 1e-6

// seriesPoints is about how many points of a training are kept.
const seriesPoints = 40

// A Sweep is a grid of cells over some data sets.
type Sweep struct {
	config   Config
	datasets []Dataset

	lock  sync.Mutex
	paths map[string]func() ([]float64, error) // of the reduced descent, which seeds share: the last ones
	order []string                             // their keys, the first one first
}

// mostPaths is more than what the cells need that are worked on at a time, by some workers.
const mostPaths = 256

// New checks a configuration. Datasets, if not empty, must describe the data
// sets given; Steps, if empty, becomes every step that some data set has.
func New(config Config, datasets []Dataset) (*Sweep, error) {
	described, err := sources(datasets)
	if err != nil {
		return nil, err
	}
	for i, want := range config.Datasets {
		if len(config.Datasets) != len(described) || described[i] != want {
			return nil, fmt.Errorf("data set %d is not the one of the configuration, %s", i, want.Name)
		}
	}
	config.Datasets = described
	longest := 0
	for _, d := range datasets {
		longest = max(longest, graph.MostSteps(d.Instances))
	}
	if len(config.Steps) == 0 {
		for c := range longest {
			config.Steps = append(config.Steps, c)
		}
	}
	if config.Shard == (Shard{}) {
		config.Shard = Shard{0, 1}
	}
	if config.Seeds == nil {
		config.Seeds = []uint64{}
	}
	if err := config.parse(); err != nil {
		return nil, err
	}
	for _, step := range config.Steps {
		if step >= longest {
			return nil, fmt.Errorf("step %d, expected 0 to %d: no instance has such a step", step, longest-1)
		}
	}
	return &Sweep{config: config, datasets: datasets, paths: map[string]func() ([]float64, error){}}, nil
}

// Compute makes the record of one cell. It depends on the cell, the data and
// the configuration only, its shard excepted. Where the cell has no result the
// record says why.
func (s *Sweep) Compute(ctx context.Context, c Cell) (*Record, error) {
	out := &Record{Key: c.Key(), Dataset: c.Dataset, Step: c.Step, Loss: c.Loss.String(), Alpha: c.Alpha.RatString(), Seed: c.Seed}
	var instances []graph.Instance
	symbols := 0
	for _, d := range s.datasets {
		if d.Name != c.Dataset {
			continue
		}
		for i := range d.Instances {
			symbols = max(symbols, d.Instances[i].Graph.Order())
		}
		if longest := graph.MostSteps(d.Instances); c.Step < 0 || c.Step >= longest {
			return nil, fmt.Errorf("%s: step %d, expected 0 to %d: no instance has such a step", out.Key, c.Step, longest-1)
		}
		instances = d.Instances
	}
	if instances == nil {
		return nil, fmt.Errorf("%s: there is no data set %q", out.Key, c.Dataset)
	}
	var err error
	if c.Seed == nil {
		out.Decided, err = s.decide(ctx, c, instances)
	} else {
		out.Trained, err = s.train(ctx, c, instances, symbols)
	}
	if err == nil {
		if _, err = json.Marshal(out); err != nil { // that is all that can be wrong
			err = errors.New("a number of the result is not finite")
		}
	}
	switch {
	case err == nil:
	case ctx.Err() != nil || runlog.IsFault(err):
		return nil, fmt.Errorf("%s: %w", out.Key, err)
	default:
		out.Decided, out.Trained, out.Failed = nil, nil, fmt.Sprintf("%.300s", err.Error())
	}
	return out, nil
}

// decide decides the claims about the loss of a cell on each instance, equal
// profiles once, and where the logit goes that the instances share.
func (s *Sweep) decide(ctx context.Context, c Cell, instances []graph.Instance) (*Decided, error) {
	out := &Decided{}
	known := map[string][]prove.Result{}
	for i, at := range s.law(c).StepsOf(instances, c.Step) {
		p := theory.ProfileOf(at)
		out.Instances++
		key := p.Key()
		if _, seen := known[key]; !seen {
			var err error
			if known[key], err = prove.Theorem1(ctx, p, c.Alpha, s.config.Digits, c.Loss); err != nil {
				return nil, fmt.Errorf("instance %d: %w", i, err)
			}
		}
		for _, r := range known[key] {
			r.Where = prove.Where{Instance: prove.Place(i), Step: c.Step}
			out.Claims = append(out.Claims, r)
		}
	}
	out.Summary = prove.Summarise(out.Claims)
	if c.Loss == theory.CoconutBFS {
		return out, nil
	}
	population, err := prove.SharedPopulation(ctx, instances, prove.Sharing{Steps: []int{c.Step}, Label: s.config.Label, Alpha: c.Alpha}, s.config.Digits)
	if err != nil {
		return nil, err
	}
	out.Population = population
	if population.Limit == theory.FiniteLimit {
		out.Mu = new(prove.Enclose(population.Theta[0], s.config.Digits))
	}
	return out, nil
}

// law returns the law of the labels of a cell; without a label that is PathLaw.
func (s *Sweep) law(c Cell) graph.Law {
	if c.Loss == theory.CoconutBFS {
		return graph.PathLaw
	}
	return s.config.Label
}

// counts returns the numbers of steps after which a training is looked at,
// about evenly spaced in their logarithm.
func (t Training) counts() []int {
	var out []int
	ratio := portable.Log(float64(t.Steps)) / (seriesPoints - 1)
	for i := range seriesPoints {
		n := min(int(math.Round(portable.Exp(ratio*float64(i)))), t.Steps)
		if len(out) == 0 || n > out[len(out)-1] {
			out = append(out, n)
		}
	}
	return out
}

// train runs stochastic gradient descent and compares it with gradient descent
// on the reduced drift. Under Coconut the loss averaged over instances and
// relabellings is convex, so the band of compare.Walk holds, at all steps at once.
func (s *Sweep) train(ctx context.Context, c Cell, instances []graph.Instance, symbols int) (*Trained, error) {
	path, err := s.path(ctx, c, instances, symbols)
	if err != nil {
		return nil, err
	}
	seen, err := s.simulate(ctx, c, instances, symbols)
	if err != nil {
		return nil, err
	}
	rate, _ := s.config.rate.Float64()
	out := &Trained{Instances: len(compare.StepsAt(instances, c.Step, s.law(c))), Symbols: symbols}
	for _, count := range s.config.Training.counts() {
		p := Point{count, rate * float64(count), seen.Mean[count], seen.Spread[count], path[count]}
		out.Series = append(out.Series, p)
		if out.Difference = max(out.Difference, math.Abs(p.Mu-p.Theory)); !finite(out.Difference) || !finite(p.Spread) || !finite(p.Time) {
			return nil, fmt.Errorf("training left the finite numbers, seen after step %d", count)
		}
	}
	return out, s.judge(c, instances, seen, out)
}

// simulate runs stochastic gradient descent of the transformer.
func (s *Sweep) simulate(ctx context.Context, c Cell, instances []graph.Instance, symbols int) (path compare.Path, err error) {
	groups, err := sim.Groups(s.law(c), instances, c.Step, compare.LossOf(c.Loss))
	if err != nil {
		return path, err
	}
	alpha, _ := c.Alpha.Float64()
	rate, _ := s.config.rate.Float64()
	net, err := sim.NewModel(symbols, alpha, sim.Dials{})
	if err != nil {
		return path, err
	}
	weights, err := sim.NewWeights(sim.Diagonal, symbols)
	if err != nil {
		return path, err
	}
	training := s.config.Training
	trainer, err := compare.TrainerOf(s.law(c), net, groups, weights, sim.Settings{LearningRate: rate, Batch: training.Batch, Seed: *c.Seed, Workers: 1})
	if err != nil {
		return path, err
	}
	return compare.Follow(ctx, trainer, training.Steps)
}

// judge compares a training with its corridor.
func (s *Sweep) judge(c Cell, instances []graph.Instance, seen compare.Path, out *Trained) error {
	if c.Loss == theory.CoconutBFS {
		out.Reason = "no band: the Coconut-BFS loss is not convex"
		return nil
	}
	walk, err := compare.NewWalk(compare.StepsAt(instances, c.Step, s.law(c)), out.Symbols, c.Alpha)
	if err != nil {
		return err
	}
	rate, _ := s.config.rate.Float64()
	if rate*walk.Smoothness() > 2 {
		out.Reason = fmt.Sprintf("no band: the learning rate is above 2/%.3g, where descent may expand", walk.Smoothness())
		return nil
	}
	batch, last := s.config.Training.Batch, s.config.Training.Steps
	corridor, err := walk.Corridor(seen, rate, batch, failureProbability/2, walk.Expect(rate, batch, last, failureProbability/2).Lambda)
	if err != nil {
		return err
	}
	if used := corridor.Used(seen); !finite(used) || !finite(corridor.Half[last]) || !finite(corridor.Spread[last]) {
		out.Reason = "no band: it is beyond the range of float64"
		return nil
	}
	out.Band, out.SpreadBand, out.Failure = &corridor.Half[last], &corridor.Spread[last], failureProbability
	out.Notices = walk.Notices(seen, corridor, rate)
	out.Verdict, out.Reason = theory.Inconsistent, "outside of the band"
	if corridor.Used(seen) <= 1 {
		out.Verdict, out.Reason = theory.Consistent, "within the band at every step"
	}
	return nil
}

// path returns gradient descent on the mean of the reduced drifts of a data
// set after 0, 1, 2, … steps, computed once for all seeds.
//
//	μ_{k+1} = μ_k + η·(1/n)(1/I) Σ_i α s_i (E_{S_i}[d] − E_{V_i}[d])(μ_k)
func (s *Sweep) path(ctx context.Context, c Cell, instances []graph.Instance, symbols int) ([]float64, error) {
	c.Seed = nil
	s.lock.Lock()
	once, ok := s.paths[c.Key()]
	if !ok {
		once = sync.OnceValues(func() ([]float64, error) {
			drift, err := compare.DriftOf(compare.StepsAt(instances, c.Step, s.law(c)), symbols, c.Loss, c.Alpha)
			if err != nil {
				return nil, err
			}
			rate, _ := s.config.rate.Float64()
			return drift.Descent(ctx, rate, s.config.Training.Steps)
		})
		if len(s.order) == mostPaths {
			delete(s.paths, s.order[0])
			s.order = s.order[1:]
		}
		s.paths[c.Key()], s.order = once, append(s.order, c.Key())
	}
	s.lock.Unlock()
	return once()
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
