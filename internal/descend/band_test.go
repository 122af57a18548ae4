package descend

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"muflow/internal/check"
	"muflow/internal/long"
	"muflow/internal/portable"
	"muflow/internal/runlog"
	"muflow/internal/script"
)

// prepared returns a stochastic training, what its moments expect, and how it is
// judged.
func prepared(t *testing.T, source string, looks int) (*task, *judge, []expectation) {
	t.Helper()
	th, err := script.Run("x.star", []byte(source), script.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := newTask(th, &th.Trainings[len(th.Trainings)-1])
	if err != nil {
		t.Fatal(err)
	}
	ctx, steps := context.Background(), x.looks(looks)
	own := check.Follow(ctx, x.flow, x.start, x.time(x.training.Steps), flowDigits)
	j := &judge{task: x, own: own, bound: newBounder(x, own, x.floats()), steps: steps}
	if j.looks, err = x.descend(ctx, steps, 1, j.bound, nil); err != nil {
		t.Fatal(err)
	}
	expected, err := x.moments(ctx, j)
	if err != nil {
		t.Fatal(err)
	}
	return x, j, expected
}

// TestBandsOverReplicates runs the whole experiment, the mean over seeds, many
// times: means have the spread and the centre that the moments say, so that
// deviations in units of it are about standard normal, and no band is left. Two
// losses: one with much noise in few terms, one with a strong curvature.
func TestBandsOverReplicates(t *testing.T) {
	replicates, seeds := 40, 16
	if *long.Tests {
		replicates, seeds = 400, 64
	}
	for name, source := range map[string]string{
		"softmax": strings.Replace(shipped(t, "softmax"), "batch = 1, steps = 1000", "batch = 1, steps = 300", 1),
		"curved":  "theory('curved')\nx = state('x', start = 1)\nloss = mean([exp(x) - a*x for a in range(1, 6)])\ntrain(loss, x, rate = 1/50, steps = 100, batch = 1)\n",
	} {
		x, j, expected := prepared(t, source, 2)
		runs, err := runlog.Map(context.Background(), replicates*seeds, 0, nil, func(ctx context.Context, i int) ([][]float64, error) {
			return x.draw(ctx, j.steps, rand.New(rand.NewPCG(11, uint64(i))))
		})
		if err != nil {
			t.Fatal(err)
		}
		for at := 1; at < len(j.steps); at++ {
			for i, c := range x.compared {
				e := &expected[at]
				var scores, all []float64
				largest, n := 0.0, float64(seeds)
				half := e.band(i, seeds, falseAlarm/8)
				for r := range replicates {
					mean := 0.0
					for _, run := range runs[r*seeds : (r+1)*seeds] {
						mean += run[at][i] / n
						all = append(all, run[at][i])
					}
					largest = max(largest, math.Abs(mean-e.mean[i]))
					scores = append(scores, (mean-e.mean[i])/math.Sqrt(e.variance[i]/n))
				}
				centre, variance := portable.Moments(scores)
				grand, spread := portable.Moments(all)
				allowed := math.Abs(e.mean[i]-e.plain[i])/2 + 4.5*math.Sqrt(spread/float64(len(all)))
				report := fmt.Sprintf("%s, %s at step %d: scores %.2f ± %.2f, spread %.4g of %.4g expected, mean off by %.2g, drift %.2g, largest deviation %.3g of a band of %.3g",
					name, c.name, j.steps[at], centre, math.Sqrt(variance), math.Sqrt(spread), math.Sqrt(e.variance[i]), grand-e.mean[i], e.mean[i]-e.plain[i], largest, half)
				t.Log(report)
				tolerance := 5 * math.Sqrt(2/float64(replicates))
				if math.Abs(variance-1) > tolerance+0.15 || math.Abs(grand-e.mean[i]) > allowed || largest > half || math.Abs(spread/e.variance[i]-1) > 0.15 {
					t.Error(report)
				}
			}
		}
	}
}

// TestPowerOfBands: by how much a flow may be wrong, in its rate, before a band is
// left.
func TestPowerOfBands(t *testing.T) {
	if !*long.Tests {
		t.Skip("-long")
	}
	for _, c := range []struct {
		rates   string
		noticed bool
	}{{"1", false}, {"11/10", false}, {"4/3", true}, {"3/4", true}, {"2", true}, {"1/3", true}} {
		source := strings.Replace(shipped(t, "softmax"), "gradient_flow(loss, [x, y])", "gradient_flow(loss, [x, y], rates = "+c.rates+")", 1)
		results := trained(t, source, Options{Looks: 10})
		_, byBand := noticed(results[1:])
		_, byBound := noticed(results[:1])
		t.Logf("rate %s: by the band %t, by the bound %t", c.rates, byBand, byBound)
		if byBand != c.noticed || byBound != (c.rates != "1") {
			t.Errorf("rate %s: by the band %t, by the bound %t", c.rates, byBand, byBound)
		}
	}
}
