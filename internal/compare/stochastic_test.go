package compare

import (
	"math"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/reduced"
	"muflow/prove"
	"muflow/theory"
)

// Trainings of the simulated transformer keep to the bounds of T1b-stochastic at
// all steps, for fresh seeds and several rates. In a long training a drift that is
// a tenth smaller leaves the bounds of the mean at the least rate, and the spread
// uses a twentieth of its bound, so that no mistake by a factor of n stays hidden.
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
			if mean > 1 || spread > 1 || *long.Tests && (spread < 0.05 || round == 2 && math.Abs(centre[steps]) > 0.1 && wrong < 1) {
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
