package proptest

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/graph"
	"muflow/internal/compare"
	"muflow/internal/reduced"
	"muflow/sim"
	"muflow/theory"
)

// families returns the reduced flow that the theory states for a step under
// the Coconut loss, for the diagonal and the full score matrix.
func families(s graph.Step, full bool, alpha *big.Rat) (*theory.Family, error) {
	return compare.Simulation{Step: s, Full: full, Alpha: alpha}.Family()
}

// averagedDescent runs gradient descent of the transformer on the Coconut loss
// averaged over all relabellings.
func averagedDescent(s graph.Step, full bool, alpha *big.Rat, eta float64, steps int) (compare.Logits, error) {
	trainer, err := compare.Simulation{Step: s, Full: full, Alpha: alpha}.Trainer(sim.Settings{LearningRate: eta, Workers: 1})
	if err != nil {
		return compare.Logits{}, err
	}
	if err := trainer.Advance(context.Background(), steps); err != nil {
		return compare.Logits{}, err
	}
	p := trainer.Weights().Probe()
	out := compare.Logits{Mean: [2]float64{p.Diagonal.Mean}, Spread: [2]float64{p.Diagonal.Spread}}
	if p.Beside != nil {
		out.Mean[1], out.Spread[1] = p.Beside.Mean, p.Beside.Spread
	}
	return out, nil
}

// What averaged gradient descent of the transformer does is what the reduced
// drift says, step by step, under both losses, in the diagonal and in the full
// form, at any readout gain. That the network is the literal one, position by
// position, is tested in package sim.
func TestAveragedDescentFollowsTheReducedDrift(t *testing.T) {
	for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
		for _, full := range []bool{false, true} {
			checks, compared := 0, 0
			t.Run(fmt.Sprintf("%v, full %v", loss, full), func(t *testing.T) {
				suite := newSuite(t, 40)
				checks = suite.checks
				suite.forAll("the same descent", func(step graph.Step, alpha *big.Rat) error {
					x := compare.Simulation{Step: step, Alpha: alpha, Loss: loss, Full: full}
					family, err := x.Family()
					if err != nil {
						return err
					}
					compared++
					// Two steps a unit of the fastest time scale: no cancellation of errors can hide.
					return agrees(t.Context(), x, family, 60)
				}, steps(smallShape), gains(6))
				suite.run()
			})
			if compared < checks {
				t.Errorf("%d instances were compared", compared)
			}
		}
	}
}

// agrees fails where descent on the drift of a family differs from what the
// transformer does by more than rounding.
func agrees(ctx context.Context, x compare.Simulation, family *theory.Family, steps int) error {
	off, _, err := x.Against(ctx, family, steps)
	if err == nil && !(off <= compare.AverageTolerance) {
		err = fmt.Errorf("after %d steps transformer and theory are %g apart", steps, off)
	}
	return err
}

// flowAt returns θ(T) of a flow from 0, on which two tolerances agree.
func flowAt(field *reduced.Field, horizon float64) ([]float64, error) {
	start := make([]float64, field.Dimension())
	before, err := reduced.Integrate(context.Background(), field.Slope, start, horizon, 1e-12)
	if err != nil {
		return nil, err
	}
	theta, err := reduced.Integrate(context.Background(), field.Slope, start, horizon, 1e-13)
	if err != nil {
		return nil, err
	}
	for i := range theta {
		if !(math.Abs(theta[i]-before[i]) <= 1e-11*(1+math.Abs(theta[i]))) {
			return nil, fmt.Errorf("the flow at t = %g is not found to 11 digits", horizon)
		}
	}
	return theta, nil
}

// Gradient descent stays within the derived distance of the flow, and the
// bound is of the right order: neither is it exceeded, nor is it idle.
func TestDescentStaysWithinTheEulerBound(t *testing.T) {
	compared, tightest := 0, 0.0
	within := func(full bool) func(graph.Step, float64) error {
		return func(step graph.Step, share float64) error {
			family, err := families(step, full, big.NewRat(1, 1))
			if err != nil {
				return err
			}
			field, err := reduced.NewField(family)
			if err != nil {
				return err
			}
			const steps = 40
			eta := share / field.Smoothness()
			bound, err := field.EulerBound(eta, eta*steps)
			if err != nil {
				return err
			}
			for _, n := range []int{steps / 8, steps / 2, steps} {
				trained, err := averagedDescent(step, full, big.NewRat(1, 1), eta, n)
				if err != nil {
					return err
				}
				mean := trained.Mean
				flow, err := flowAt(field, eta*float64(n))
				if err != nil {
					return err
				}
				apart := make([]float64, field.Dimension())
				for i := range apart {
					apart[i] = mean[i] - flow[i]
				}
				distance := field.Norm(apart)
				if !(distance <= bound) {
					return fmt.Errorf("η = %g, step %d: descent %g, flow %g, distance %g, bound %g", eta, n, mean, flow, distance, bound)
				}
				tightest = max(tightest, distance/bound)
				compared++
			}
			return nil
		}
	}
	suite, share := newSuite(t, 40), logUniform(0.02, 1.9) // η·L
	suite.forAll("diagonal", within(false), steps(smallShape), share)
	suite.forAll("full", within(true), steps(smallShape), share)
	suite.run()
	if compared < 6*suite.checks || tightest < 0.05 {
		t.Errorf("%d comparisons, the largest distance is %g of its bound", compared, tightest)
	}
	bfs := theory.Profile{N: 5, K: 1, TargetDegree: theory.WholeDegree(1), Classes: []theory.Class{{InSet: false, Degree: 0, Count: 2}, {InSet: false, Degree: 1, Count: 2}, {InSet: true, Degree: 0, Count: 1}}}
	family, err := bfs.Family(theory.CoconutBFS, big.NewRat(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	field, err := reduced.NewField(family)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := field.EulerBound(0.1, 1); err == nil {
		t.Error("a bound for a loss that need not be convex")
	}
	coconut, err := bfs.Family(theory.Coconut, big.NewRat(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	field, err = reduced.NewField(coconut)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := field.EulerBound(2.1/field.Smoothness(), 1); err == nil {
		t.Error("a bound for a learning rate beyond 2/L")
	}
}

// Full score matrix against diagonal, assumption A3: on a step with
// d_min < d* < d_max whose contrasts in the plane (d_v, D_v) are separated, the
// diagonal form has a finite limit and the full form runs along the separating
// direction without end.
func TestFullMatrixDivergesWhereTheDiagonalConverges(t *testing.T) {
	one := big.NewRat(1, 1)
	rng := rand.New(rand.NewPCG(uint64(seed), 3))
	instances := make([]graph.Instance, scaled(400))
	for i := range instances {
		instances[i] = graph.DrawInstance(rng, 100, graph.ProsQAShape)
	}
	separated, overlapping, shown := 0, 0, 0
	for i, s := range graph.StepsOf(instances, -1) {
		if theory.ProfileOf(s).Certify(theory.Coconut).Limit() != theory.FiniteLimit {
			continue
		}
		family, err := families(s, true, one)
		if err != nil {
			t.Fatal(err)
		}
		contrasts, err := family.Contrasts()
		if err != nil {
			t.Fatal(err)
		}
		d, err := theory.Separate(theory.Vectors(contrasts))
		if err != nil {
			t.Fatal(err)
		}
		kind, direction := d.Kind, d.Direction
		if kind == theory.Overlap {
			overlapping++
			continue
		}
		if separated++; kind != theory.FullSeparation || shown >= 8 {
			continue
		}
		shown++
		diagonal, full := lastLogits(t, s, false), lastLogits(t, s, true)
		mu := equilibrium(t, s)
		if math.Abs(diagonal[2][0]) > math.Abs(mu)+1e-9 || math.Abs(diagonal[2][0]-mu) > math.Abs(diagonal[0][0]-mu)+1e-9 {
			t.Errorf("instance %d, step %d: diagonal %v does not come nearer to %g", i, s.C, diagonal, mu)
		}
		// ⟨θ, direction⟩ grows without end, by half as much again over each of
		// the two last stretches of time, six times as long as those before.
		along := func(theta [2]float64) float64 {
			x, _ := new(big.Float).SetInt(direction[0]).Float64()
			y, _ := new(big.Float).SetInt(direction[1]).Float64()
			return (theta[0]*x + theta[1]*y) / math.Hypot(x, y)
		}
		if a, b, d := along(full[0]), along(full[1]), along(full[2]); !(a > 0 && b-a > a/4 && d-b > a/4) {
			t.Errorf("instance %d, step %d: along the separating direction %g, %g, %g", i, s.C, a, b, d)
		}
	}
	if shown < 8 || separated < scaled(80) || overlapping < scaled(12) {
		t.Errorf("%d separated and %d overlapping steps, %d shown", separated, overlapping, shown)
	}
}

// lastLogits returns (μ, ν) of the transformer after three horizons, each six
// times as long as the one before.
func lastLogits(t *testing.T, s graph.Step, full bool) [3][2]float64 {
	t.Helper()
	one := big.NewRat(1, 1)
	family, err := families(s, full, one)
	if err != nil {
		t.Fatal(err)
	}
	field, err := reduced.NewField(family)
	if err != nil {
		t.Fatal(err)
	}
	var out [3][2]float64
	for i, steps := range []int{100, 600, 3600} {
		trained, err := averagedDescent(s, full, one, 1.9/field.Smoothness(), steps)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = trained.Mean
	}
	return out
}

// equilibrium returns μ* by bisection on the sign of the drift.
func equilibrium(t *testing.T, s graph.Step) float64 {
	t.Helper()
	family, err := families(s, false, big.NewRat(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	field, err := reduced.NewField(family)
	if err != nil {
		t.Fatal(err)
	}
	return equilibriumOf(field)
}

// equilibriumOf brackets the zero of a decreasing drift and bisects.
func equilibriumOf(field *reduced.Field) float64 {
	low, high := -1.0, 1.0
	for ; field.Drift([]float64{low})[0] < 0; low *= 2 {
	}
	for ; field.Drift([]float64{high})[0] > 0; high *= 2 {
	}
	for range 100 {
		if middle := (low + high) / 2; field.Drift([]float64{middle})[0] > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// The statistical bands hold at every seed tried, the noise uses a fair part of
// them, and each row would notice an error of a twentieth in the drift.
func TestStochasticDescentStaysInTheBand(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	check := compare.CrossCheck{Alpha: big.NewRat(1, 1), Samples: 40_000, Batch: 16, Failure: 1e-6, Seed: uint64(seed)}
	steps, err := check.Select(instances, scaled(20))
	if err != nil {
		t.Fatal(err)
	}
	table, err := check.Run(context.Background(), steps, compare.Simulate)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range table.Rows {
		if r.Verdict != theory.Consistent || r.Used < 0.02 || !(r.Notices > 0 && r.Notices < 0.06) {
			t.Errorf("row %d: mean %g, theory %g ± %g, spread %g of %g, %.2f used, notices %g", i, r.Mean, r.Theory, r.Band, r.Spread, r.SpreadBand, r.Used, r.Notices)
		}
	}
	if table.Verdict != theory.Consistent || table.Outside != 0 {
		t.Errorf("%v, %d outside", table.Verdict, table.Outside)
	}
	t.Logf("row %d uses %.2f of its band, all notice %g, confidence 1 − %g", table.Worst, table.Rows[table.Worst].Used, table.Notices, table.Failure)
}

// Where no sample differs from another in the mean: at W = μI + ν(11ᵀ − I) the
// gradient of every single relabelling has the same two means, on the diagonal
// and beside it, and they are the reduced drift. An error of any size shows.
func TestEverySampleHasTheDriftInItsMeans(t *testing.T) {
	compared := 0
	suite := newSuite(t, 60)
	suite.forAll("means of a gradient", func(s graph.Step, alpha *big.Rat) error {
		for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
			for _, full := range []bool{false, true} {
				x := compare.Simulation{Step: s, Alpha: alpha, Loss: loss, Full: full}
				family, err := x.Family()
				if err != nil {
					return err
				}
				field, err := reduced.NewField(family)
				if err != nil {
					return err
				}
				rng := rand.New(rand.NewPCG(uint64(seed), uint64(compared)))
				for range 3 {
					theta := make([]float64, field.Dimension())
					for i := range theta {
						theta[i] = rng.Float64() - 0.3
					}
					means, err := gradientMeans(x, theta, rng)
					if err != nil {
						return err
					}
					for i, drift := range field.Drift(theta) {
						if off := math.Abs(means[i] + drift); !(off <= 1e-12*(1+math.Abs(drift))) {
							return fmt.Errorf("%v, full %v, unknown %d: mean %g, drift %g", loss, full, i, -means[i], drift)
						}
					}
					compared++
				}
			}
		}
		return nil
	}, steps(smallShape), gains(3))
	suite.run()
	if compared < 12*suite.checks {
		t.Errorf("%d comparisons", compared)
	}
}

// gradientMeans evaluates one sample with a random relabelling at frozen
// weights and returns the means of its gradient.
func gradientMeans(x compare.Simulation, theta []float64, rng *rand.Rand) ([2]float64, error) {
	n := x.Step.Instance.Graph.Order()
	alpha, _ := x.Alpha.Float64()
	net, err := sim.NewModel(n, alpha, sim.Dials{})
	if err != nil {
		return [2]float64{}, err
	}
	task, err := sim.NewTask(x.Step.Instance, x.Step.C, compare.LossOf(x.Loss))
	if err != nil {
		return [2]float64{}, err
	}
	form, nu := sim.Diagonal, 0.0
	if x.Full {
		form, nu = sim.Full, theta[1]
	}
	w, err := sim.NewWeights(form, n)
	if err != nil {
		return [2]float64{}, err
	}
	if err := w.SetScores(theta[0], nu); err != nil {
		return [2]float64{}, err
	}
	e, err := sim.Evaluate(net, task, rng.Perm(n), w)
	if err != nil {
		return [2]float64{}, err
	}
	p, means := e.Gradient.Probe(), [2]float64{}
	means[0] = p.Diagonal.Mean
	if p.Beside != nil {
		means[1] = p.Beside.Mean
	}
	return means, nil
}
