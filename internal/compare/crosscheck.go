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

// A Trained is the diagonal of the score matrix at the end of a Training.
type Trained struct {
	Mean   float64 // mean of the diagonal
	Spread float64 // its standard deviation, with divisor n
}

// A Trainer carries out a Training; it is what the theory is checked against.
type Trainer func(ctx context.Context, t Training) (Trained, error)

// A CrossCheck compares stochastic gradient descent with the reduced flow.
// Every field but Jobs and Progress must be set.
type CrossCheck struct {
	Alpha   *big.Rat // α
	Samples int      // most samples of one training
	Batch   int
	Width   float64 // goal for the width of the band
	Failure float64 // probability that correct theory leaves some band, over all rows
	Seed    uint64
	Jobs    int // trainings at a time, 0: one for each processor
	// Progress, if not nil, is told how many trainings are done, one call at a time.
	Progress func(done, total int)
}

// A Row of the table is one training. The run is Consistent if
//
//	√((Mean−Theory)² + Spread²) ≤ Band
type Row struct {
	Step         graph.Step     `json:"-"`
	Instance     int            `json:"instance"` // place in the list given
	C            int            `json:"step"`     // c
	Vertices     int            `json:"vertices"`
	Reached      int            `json:"reached"` // K
	Limit        theory.Limit   `json:"limit"`
	LearningRate float64        `json:"learning_rate"`
	Batch        int            `json:"batch"`
	Steps        int            `json:"steps"`
	Time         float64        `json:"time"`   // t = η·N
	Theory       float64        `json:"theory"` // gradient descent on the reduced drift
	Euler        float64        `json:"euler"`  // the flow μ(t) is this near to Theory
	Mean         float64        `json:"mean"`
	Spread       float64        `json:"spread"`
	Band         float64        `json:"band"`
	Margin       float64        `json:"margin"` // band minus deviation, negative if outside
	Verdict      theory.Verdict `json:"verdict"`
}

// A Table is the result of a cross-check.
type Table struct {
	Rows        []Row          `json:"rows"`
	Failure     float64        `json:"failure_probability"` // over all rows
	Worst       int            `json:"worst"`               // row with the smallest margin in units of its band
	WorstMargin float64        `json:"worst_margin"`        // its margin
	Outside     int            `json:"outside"`             // rows that left their band
	Seed        uint64         `json:"seed"`
	Verdict     theory.Verdict `json:"verdict"`
}

// BoundedSteps returns one step of each of the first count instances that have
// one with d_min < d* < d_max, the earliest such step.
func BoundedSteps(instances []graph.Instance, count int) ([]graph.Step, error) {
	var out []graph.Step
	last := -1
	for i, s := range graph.StepsOf(instances, -1) {
		if i == last || theory.ProfileOf(s).Certify(theory.Coconut).Limit() != theory.FiniteLimit {
			continue
		}
		if out, last = append(out, s), i; len(out) == count {
			return out, nil
		}
	}
	return nil, fmt.Errorf("%d instances have a step with d_min < d* < d_max, expected %d", len(out), count)
}

func (x CrossCheck) validate(steps []graph.Step) error {
	switch {
	case len(steps) == 0:
		return errors.New("no steps to check")
	case x.Alpha == nil || x.Alpha.Sign() <= 0:
		return fmt.Errorf("readout gain %v, expected a positive number", x.Alpha)
	case x.Samples < 1 || x.Batch < 1 || x.Samples < x.Batch:
		return fmt.Errorf("%d samples in batches of %d, expected at least one batch", x.Samples, x.Batch)
	case !(x.Width > 0) || !(x.Failure > 0 && x.Failure < 1):
		return fmt.Errorf("band %g, probability %g, expected positive, and below 1", x.Width, x.Failure)
	}
	return nil
}

// Run trains every step and compares. The failure probability is shared out
// evenly, so with correct theory all rows are Consistent with probability at
// least 1 − Failure. The table has the same bytes for the same seed.
func (x CrossCheck) Run(ctx context.Context, steps []graph.Step, train Trainer) (*Table, error) {
	if err := x.validate(steps); err != nil {
		return nil, err
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
	table := &Table{Rows: rows, Failure: x.Failure, Seed: x.Seed}
	table.Verdict = theory.Consistent
	for i, r := range table.Rows {
		if r.Verdict != theory.Consistent {
			table.Verdict = r.Verdict
			table.Outside++
		}
		if r.Margin/r.Band <= table.Rows[table.Worst].Margin/table.Rows[table.Worst].Band {
			table.Worst, table.WorstMargin = i, r.Margin
		}
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
	noise := NoiseOf(s, false, x.Alpha)
	r := Row{Step: s, Instance: i, C: s.C, Vertices: p.N, Reached: p.K, Limit: p.Certify(theory.Coconut).Limit(),
		Batch: x.Batch, Steps: x.Samples / x.Batch}
	if r.LearningRate, err = x.learningRate(noise, r.Steps, failure); err != nil {
		return Row{}, err
	}
	radius, err := noise.Radius(r.LearningRate, r.Batch, r.Steps, failure)
	if err != nil {
		return Row{}, err
	}
	r.Time = r.LearningRate * float64(r.Steps)
	r.Band = MeanBand(radius, p.N)
	r.Theory = field.Descent(r.LearningRate, r.Steps)[0]
	euler, err := field.EulerBound(r.LearningRate, r.Time)
	if err != nil {
		return Row{}, err
	}
	r.Euler = euler / math.Sqrt(float64(p.N)) // ‖μ‖ = √n·|μ|
	trained, err := train(ctx, Training{s, x.Alpha, r.LearningRate, r.Batch, r.Steps, x.Seed + uint64(i)})
	if err != nil {
		return Row{}, err
	}
	r.Mean, r.Spread = trained.Mean, trained.Spread
	r.Margin = r.Band - math.Hypot(r.Mean-r.Theory, r.Spread)
	switch {
	case math.IsNaN(r.Margin) || math.IsInf(r.Margin, 0):
		return Row{}, fmt.Errorf("mean %g and spread %g of the trained weights, expected finite numbers", r.Mean, r.Spread)
	case r.Margin >= 0:
		r.Verdict = theory.Consistent
	default:
		r.Verdict = theory.Inconsistent
	}
	return r, nil
}

// learningRate returns the largest η, up to the one where gradient descent may
// begin to expand, whose band is at most as wide as the goal. At a given
// number of samples the band grows with η, and so does the time t = η·N.
func (x CrossCheck) learningRate(noise Noise, steps int, failure float64) (float64, error) {
	band := func(eta float64) (float64, error) {
		radius, err := noise.Radius(eta, x.Batch, steps, failure)
		return MeanBand(radius, noise.Entries), err
	}
	low, high := 0.0, 1.0
	if noise.Smoothness > 0 {
		high = 2 / noise.Smoothness
	}
	if width, err := band(high); err != nil || width <= x.Width {
		return high, err
	}
	for high-low > 1e-9*high {
		middle := (low + high) / 2
		width, err := band(middle)
		if err != nil {
			return 0, err
		}
		if width <= x.Width {
			low = middle
		} else {
			high = middle
		}
	}
	if low == 0 {
		return 0, fmt.Errorf("no learning rate gives a band of %g with %d samples", x.Width, x.Samples)
	}
	return low, nil
}
