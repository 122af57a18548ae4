package compare

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/internal/runlog"
	"muflow/theory"
)

// SuiteKind is the kind of the run folders of the main job.
const SuiteKind = "verify"

// A Training is one run of stochastic gradient descent with the Coconut loss
// on one step of an instance from the uniform superposition on N_c, with a
// diagonal score matrix that starts at 0 and a fresh uniformly random
// relabelling of the vertices for every sample.
type Training struct {
	Step         graph.Step
	Alpha        *big.Rat // α, the readout gain
	LearningRate float64  // η
	Batch        int      // samples averaged in a step
	Steps        int      // N
	Seed         uint64
}

// A Trainer carries out a Training; it is what the theory is checked against.
type Trainer func(ctx context.Context, t Training) (Path, error)

// A CrossCheck compares stochastic gradient descent with the reduced flow.
// Every field but Jobs and Progress must be set.
type CrossCheck struct {
	Alpha   *big.Rat // α
	Samples int      // most samples of one training
	Batch   int
	Failure float64 // probability that correct theory leaves some band, over all rows
	Seed    uint64
	Jobs    int // trainings at a time, 0: one for each processor
	// Progress, if not nil, is told how many trainings are done, one call at a time.
	Progress func(done, total int)
}

// horizonShare is how much of the drift at 0 is left at the end of a training.
const horizonShare = 0.25

// A Row of the table is one training, until a quarter of the drift is left. It
// is Consistent if at each of its steps
//
//	|Mean − Theory| ≤ Band,   Spread ≤ SpreadBand   (Walk.Corridor)
//
// each of which correct theory violates with half the probability of the row.
type Row struct {
	Step         graph.Step   `json:"-"`
	Instance     int          `json:"instance"` // place in the list given
	C            int          `json:"step"`     // c
	Vertices     int          `json:"vertices"`
	Reached      int          `json:"reached"` // K
	Limit        theory.Limit `json:"limit"`
	LearningRate float64      `json:"learning_rate"`
	Batch        int          `json:"batch"`
	Steps        int          `json:"steps"`
	Time         float64      `json:"time"` // t = η·N
	// The rest at the last step, but for Used, which is the largest of all.
	Theory         float64        `json:"theory"` // gradient descent on the reduced drift, Bias included
	Bias           float64        `json:"bias"`   // of first order in η, by the spread
	Euler          float64        `json:"euler"`  // the flow μ(t) is this near to Theory − Bias
	Mean           float64        `json:"mean"`
	Band           float64        `json:"band"`
	Spread         float64        `json:"spread"`
	SpreadExpected float64        `json:"spread_expected"` // to first order in η
	SpreadBand     float64        `json:"spread_band"`
	Used           float64        `json:"used"`    // share of a band that is used, at most
	Notices        float64        `json:"notices"` // smallest relative error of the drift that would have left the band; 0: not even 1
	Verdict        theory.Verdict `json:"verdict"`
}

// A Table is the result of a cross-check.
type Table struct {
	Rows    []Row          `json:"rows"`
	Failure float64        `json:"failure_probability"` // over all rows
	Worst   int            `json:"worst"`               // row that uses most of a band
	Notices float64        `json:"notices"`             // error of the drift that every row would notice; 0: some would not
	Outside int            `json:"outside"`             // rows that left a band
	Seed    uint64         `json:"seed"`
	Verdict theory.Verdict `json:"verdict"`
}

// weakest is the error of the drift that every row must be expected to notice.
const weakest = 0.05

// Select returns one step of each of the first count instances that have one
// with d_min < d* < d_max whose mean moves so far that an error of a twentieth
// in the drift is expected to be noticed, the earliest such step.
func (x CrossCheck) Select(instances []graph.Instance, count int) ([]graph.Step, error) {
	if err := x.validate(); err != nil {
		return nil, err
	}
	var out []graph.Step
	last := -1
	for i, s := range graph.StepsOf(instances, -1) {
		p := theory.ProfileOf(s)
		if i == last || p.Certify(theory.Coconut).Limit() != theory.FiniteLimit || p.Start().IsZero() {
			continue
		}
		plan, err := x.plan(s, x.Failure/float64(count))
		if err != nil || plan.expected.Half > weakest*horizonShare*math.Abs(plan.walk.drift.At(0))*plan.rate*float64(x.Samples/x.Batch) {
			continue
		}
		if out, last = append(out, s), i; len(out) == count {
			return out, nil
		}
	}
	return nil, fmt.Errorf("%d instances have a step with d_min < d* < d_max whose training of %d samples can be checked, expected %d", len(out), x.Samples, count)
}

// A plan is how a step is trained.
type plan struct {
	walk     *Walk
	rate     float64 // η
	expected Expectation
}

func (x CrossCheck) plan(s graph.Step, failure float64) (p plan, err error) {
	if p.walk, err = NewWalk([]graph.Step{s}, s.Instance.Graph.Order(), x.Alpha); err != nil {
		return p, err
	}
	horizon, err := p.walk.Horizon(horizonShare)
	if err != nil {
		return p, err
	}
	steps := x.Samples / x.Batch
	p.rate = min(horizon/float64(steps), 2/p.walk.Smoothness())
	p.expected = p.walk.Expect(p.rate, x.Batch, steps, failure/2)
	return p, nil
}

func (x CrossCheck) validate() error {
	switch {
	case x.Alpha == nil || x.Alpha.Sign() <= 0:
		return fmt.Errorf("readout gain %v, expected a positive number", x.Alpha)
	case x.Samples < 1 || x.Batch < 1 || x.Samples < x.Batch:
		return fmt.Errorf("%d samples in batches of %d, expected at least one batch", x.Samples, x.Batch)
	case !(x.Failure > 0 && x.Failure < 1):
		return fmt.Errorf("probability %g, expected between 0 and 1", x.Failure)
	}
	return nil
}

// Run trains every step and compares. The failure probability is shared out
// evenly, so with correct theory all rows are Consistent with probability at
// least 1 − Failure. The table has the same bytes for the same seed.
func (x CrossCheck) Run(ctx context.Context, steps []graph.Step, train Trainer) (*Table, error) {
	if err := x.validate(); err != nil {
		return nil, err
	}
	if len(steps) == 0 {
		return nil, errors.New("no steps to check")
	}
	rows, err := runlog.Map(ctx, len(steps), x.Jobs, x.Progress, func(ctx context.Context, i int) (Row, error) {
		row, err := x.row(ctx, i, steps[i], x.Failure/float64(len(steps)), train)
		if err != nil {
			err = fmt.Errorf("training %d: %w", i, err)
		}
		return row, err
	})
	if err != nil {
		return nil, err
	}
	unnoticed := false
	table := &Table{Rows: rows, Failure: x.Failure, Seed: x.Seed}
	table.Verdict, table.Notices = theory.Consistent, rows[0].Notices
	for i, r := range rows {
		if r.Verdict != theory.Consistent {
			table.Verdict = r.Verdict
			table.Outside++
		}
		if r.Used > rows[table.Worst].Used {
			table.Worst = i
		}
		if table.Notices = max(table.Notices, r.Notices); r.Notices == 0 {
			unnoticed = true
		}
	}
	if unnoticed {
		table.Notices = 0
	}
	return table, nil
}

func (x CrossCheck) row(ctx context.Context, i int, s graph.Step, failure float64, train Trainer) (Row, error) {
	if err := ctx.Err(); err != nil {
		return Row{}, err
	}
	p := theory.ProfileOf(s)
	family, err := p.Family(theory.Coconut, x.Alpha)
	if err != nil {
		return Row{}, err
	}
	field, err := reduced.NewField(family)
	if err != nil {
		return Row{}, err
	}
	plan, err := x.plan(s, failure)
	if err != nil {
		return Row{}, err
	}
	walk := plan.walk
	r := Row{Step: s, Instance: i, C: s.C, Vertices: p.N, Reached: p.K, Limit: p.Certify(theory.Coconut).Limit(),
		LearningRate: plan.rate, Batch: x.Batch, Steps: x.Samples / x.Batch, SpreadExpected: plan.expected.Spread}
	r.Time = r.LearningRate * float64(r.Steps)
	euler, err := field.EulerBound(r.LearningRate, r.Time)
	if err != nil {
		return Row{}, err
	}
	r.Euler = euler / math.Sqrt(float64(p.N)) // ‖μ‖ = √n·|μ|
	path, err := train(ctx, Training{s, x.Alpha, r.LearningRate, r.Batch, r.Steps, x.Seed + uint64(i)})
	if err != nil {
		return Row{}, err
	}
	if len(path.Mean) != r.Steps+1 || len(path.Spread) != r.Steps+1 {
		return Row{}, fmt.Errorf("a path of %d means and %d spreads, expected %d", len(path.Mean), len(path.Spread), r.Steps+1)
	}
	corridor, err := walk.Corridor(path, r.LearningRate, r.Batch, failure/2, plan.expected.Lambda)
	if err != nil {
		return Row{}, err
	}
	r.Verdict = theory.Consistent
	if r.Used = corridor.Used(path); r.Used > 1 {
		r.Verdict = theory.Inconsistent
	}
	if math.IsNaN(r.Used) || math.IsInf(r.Used, 0) {
		return Row{}, errors.New("the trained weights are not finite")
	}
	r.Mean, r.Spread = path.Mean[r.Steps], path.Spread[r.Steps]
	r.Theory, r.Band, r.SpreadBand = corridor.Centre[r.Steps], corridor.Half[r.Steps], corridor.Spread[r.Steps]
	r.Bias = r.Theory - corridor.Plain[r.Steps]
	r.Notices = walk.Notices(path, corridor, r.LearningRate)
	return r, nil
}
