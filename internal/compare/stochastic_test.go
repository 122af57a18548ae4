package compare

import (
	"cmp"
	"context"
	"math"
	"math/big"
	"slices"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/reduced"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory"
)

// Trainings of the simulated transformer keep to the bounds of T1b-stochastic at
// all steps, for fresh seeds and several rates. In a long training a drift that is
// a tenth smaller leaves the bounds of the mean at the least rate, and the spread
// uses three tenths of its bound, so that no mistake by a factor of n stays hidden.
func TestStochasticBoundsHoldTraining(t *testing.T) {
	seeds, steps := 3, 15_000
	if *long.Tests {
		steps = 1_000_000
	}
	for i, s := range append(walkSteps(t, graph.PathLaw), walkSteps(t, graph.FrontierLaw)[0]) {
		alpha := big.NewRat(2, 1)
		x, err := prove.NewStochastic(t.Context(), s, alpha)
		if err != nil {
			t.Fatal(err)
		}
		run := prove.StochasticRun{Batch: 1, Steps: steps, Failure: big.NewRat(1, 1_000_000)}
		if _, err := x.Largest(&run); err != nil {
			t.Fatal(err)
		}
		p := theory.ProfileOf(s)
		sigma := reduced.Scale(alpha, p.K)
		drift, err := DriftOf([]graph.Step{s}, p.N, theory.Coconut, alpha)
		if err != nil {
			t.Fatal(err)
		}
		for round := range 3 {
			b, err := x.Bounds(&run)
			if err != nil {
				t.Fatal(err)
			}
			eta, _ := run.Rate.Float64()
			centre, err := drift.Descent(t.Context(), eta, steps)
			if err != nil {
				t.Fatal(err)
			}
			most, wide := rounded(b.Mean), rounded(b.Spread)
			mean, spread, wrong := 0., 0., 0.
			for seed := range seeds {
				path, err := Simulate(t.Context(), Training{s, alpha, eta, 1, steps, uint64(100*i + seed)})
				if err != nil {
					t.Fatal(err)
				}
				for k := range path.Mean {
					mean = max(mean, sigma*math.Abs(path.Mean[k]-centre[k])/most)
					spread = max(spread, sigma*path.Spread[k]*math.Sqrt(float64(p.N))/wide)
					wrong = max(wrong, sigma*math.Abs(path.Mean[k]-centre[k*9/10])/most)
				}
			}
			t.Logf("step %d, rate %.3g, t = %.3g: %.3g of the bound of the mean, %.3g of that of the spread; %.3g with another drift", i, eta, eta*float64(steps), mean, spread, wrong)
			if mean > 1 || spread > 1 || *long.Tests && (spread < 0.3 || round == 2 && math.Abs(centre[steps]) > 0.1 && wrong < 1) {
				t.Errorf("step %d, rate %g: %.3g of the bound of the mean, %.3g of that of the spread", i, eta, mean, spread)
			}
			run.Rate.Quo(run.Rate, big.NewRat(4, 1))
		}
	}
}

func rounded(q *big.Rat) float64 {
	x, _ := q.Float64()
	return x
}

// How much of the bounds is used at the quantile that the confidence names: of the
// largest deviations of many runs, each over its bound, the one that a share δ of the
// runs passes. At most a share δ may leave a bound, up to the noise of counting.
func TestStochasticBoundsAreUsed(t *testing.T) {
	runs, steps, least := 20, 20_000, 0.4
	if *long.Tests {
		runs = 400
	}
	failure := big.NewRat(1, 10)
	for i, s := range append(walkSteps(t, graph.PathLaw), walkSteps(t, graph.FrontierLaw)[0]) {
		alpha := big.NewRat(2, 1)
		x, err := prove.NewStochastic(t.Context(), s, alpha)
		if err != nil {
			t.Fatal(err)
		}
		run := prove.StochasticRun{Batch: 1, Steps: steps, Failure: failure}
		if _, err = x.Largest(&run); err != nil {
			t.Fatal(err)
		}
		run.Rate.Quo(run.Rate, big.NewRat(4, 1))
		b, err := x.Bounds(&run)
		if err != nil {
			t.Fatal(err)
		}
		p := theory.ProfileOf(s)
		sigma, eta := reduced.Scale(alpha, p.K), rounded(run.Rate)
		drift, err := DriftOf([]graph.Step{s}, p.N, theory.Coconut, alpha)
		if err != nil {
			t.Fatal(err)
		}
		centre, err := drift.Descent(t.Context(), eta, steps)
		if err != nil {
			t.Fatal(err)
		}
		used, err := runlog.Map(t.Context(), runs, 0, nil, func(ctx context.Context, seed int) ([2]float64, error) {
			path, err := Simulate(ctx, Training{s, alpha, eta, 1, steps, uint64(1000*i + seed)})
			if err != nil {
				return [2]float64{}, err
			}
			var most [2]float64
			for k := range path.Mean {
				most[0] = max(most[0], sigma*path.Spread[k]*math.Sqrt(float64(p.N))/rounded(b.Spread))
				most[1] = max(most[1], sigma*math.Abs(path.Mean[k]-centre[k])/rounded(b.Mean))
			}
			return most, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var quantile [2]float64
		for which := range quantile {
			slices.SortFunc(used, func(a, b [2]float64) int { return cmp.Compare(b[which], a[which]) })
			quantile[which] = used[runs/10][which]
			if left := slices.IndexFunc(used, func(u [2]float64) bool { return u[which] <= 1 }); left > runs/10 {
				t.Errorf("step %d: %d of %d runs leave bound %d", i, left, runs, which)
			}
		}
		t.Logf("step %d, rate %.3g, δ = 1/10, %d runs of %d steps: %.2f of the bound of the spread, %.2f of that of the mean", i, eta, runs, steps, quantile[0], quantile[1])
		if quantile[0] < least {
			t.Errorf("step %d: %.3g of the bound of the spread is used, expected %g", i, quantile[0], least)
		}
	}
}
