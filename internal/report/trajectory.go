package report

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/internal/compare"
	"muflow/sim"
	"muflow/theory"
)

// A Trajectory is a figure of μ(t): the flow of a case under each loss, what
// the theorem says of it in closed form, and runs of stochastic gradient
// descent.
type Trajectory struct {
	LearningRate *big.Rat // η
	Batch        int      // samples averaged in a step
	Steps        int      // of each run, so that t goes up to η·Steps
	Seeds        []uint64
}

// trajectoryPoints is the number of times at which a trajectory is drawn.
const trajectoryPoints = 90

// times returns numbers of steps, about evenly spaced in their logarithm, and
// the times t = η·steps that belong to them.
func (x Trajectory) times() (counts []int, times []*big.Rat) {
	ratio := math.Log(float64(x.Steps)) / (trajectoryPoints - 1)
	for i := range trajectoryPoints {
		n := int(math.Round(math.Exp(ratio * float64(i))))
		if len(counts) > 0 && n <= counts[len(counts)-1] {
			continue
		}
		n = min(n, x.Steps)
		counts = append(counts, n)
		times = append(times, new(big.Rat).Mul(x.LearningRate, big.NewRat(int64(n), 1)))
	}
	return counts, times
}

// lossNames are the names of the losses for readers.
var lossNames = map[theory.Loss]string{theory.Coconut: "Coconut", theory.CoconutBFS: "Coconut-BFS"}

// Figure computes the curves for the given cases, each in a colour of its own.
// The curves of the flow are enclosed to 15 digits at every point drawn.
func (x Trajectory) Figure(ctx context.Context, cases ...*Case) (*Figure, error) {
	if x.Steps < 2 || x.LearningRate == nil || x.LearningRate.Sign() <= 0 {
		return nil, errors.New("a trajectory needs at least 2 steps and a positive learning rate")
	}
	f := &Figure{XLabel: "t = learning rate × steps", YLabel: "index-matching logit μ", LogX: true, Room: true}
	counts, times := x.times()
	at := make([]float64, len(times))
	for i, t := range times {
		at[i], _ = t.Float64()
	}
	for hue, c := range cases {
		name := lossNames[c.Loss]
		claims, corridor, err := c.Corridor(ctx, times)
		if err != nil {
			return nil, err
		}
		if corridor != nil {
			f.Curves = append(f.Curves, Curve{Name: name + ": proved bounds (" + claims + ")", X: at, Bounds: corridor, Style: Band, Hue: hue})
		}
		var runs []Curve
		for i, seed := range x.Seeds {
			run, err := x.run(ctx, c, seed, counts, at)
			if err != nil {
				return nil, fmt.Errorf("seed %d: %w", seed, err)
			}
			run.Hue = hue
			if i == 0 {
				run.Name = fmt.Sprintf("%s: stochastic gradient descent, %d runs", name, len(x.Seeds))
			}
			runs = append(runs, run)
		}
		flow, err := c.Flow(ctx, times)
		if err != nil {
			return nil, err
		}
		middle, err := midpoints(flow)
		if err != nil {
			return nil, err
		}
		f.Curves = append(f.Curves, Curve{Name: name + ": flow", X: at, Y: middle, Bounds: flow, Hue: hue})
		f.Curves = append(f.Curves, runs...)
	}
	return f, nil
}

// runSpacing is how many points of the flow there are to one of a run.
const runSpacing = 6

// run trains once by stochastic gradient descent from 0, with a fresh
// relabelling of the vertices for every sample, and returns the mean of the
// diagonal of the score matrix at some of the times.
// Approximate: no error bound.
func (x Trajectory) run(ctx context.Context, c *Case, seed uint64, counts []int, at []float64) (Curve, error) {
	out := Curve{Style: Points}
	eta, _ := x.LearningRate.Float64()
	trainer, err := compare.Simulation{Step: c.Step, Alpha: c.Alpha, Loss: c.Loss}.Trainer(sim.Settings{LearningRate: eta, Batch: x.Batch, Seed: seed, Workers: 1})
	if err != nil {
		return out, err
	}
	for i := (len(counts) - 1) % runSpacing; i < len(counts); i += runSpacing {
		if err := trainer.Advance(ctx, counts[i]); err != nil {
			return out, err
		}
		out.X, out.Y = append(out.X, at[i]), append(out.Y, trainer.Weights().Probe().Diagonal.Mean)
	}
	return out, nil
}
