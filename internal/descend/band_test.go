package descend

import (
	"context"
	"fmt"
	"math"
	"math/bits"
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
func prepared(t *testing.T, source string, looks, training int) (*task, *judge, []expectation) {
	t.Helper()
	th, err := script.Run("x.star", []byte(source), script.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := newTask(th, &th.Trainings[training])
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
// deviations in units of it are about standard normal, and no band is left. Losses:
// one with much noise in few terms, one with a strong curvature, and one with a
// weight that has no noise of first order.
func TestBandsOverReplicates(t *testing.T) {
	replicates, seeds := 40, 16
	if *long.Tests {
		replicates, seeds = 400, 64
	}
	for name, source := range map[string]string{
		"softmax":   strings.Replace(shipped(t, "softmax"), "batch = 1, steps = 1000", "batch = 1, steps = 300", 1),
		"curved":    "theory('curved')\nx = state('x', start = 1)\nloss = mean([exp(x) - a*x for a in range(1, 6)])\ntrain(loss, x, rate = 1/50, steps = 100, batch = 1)\n",
		"selection": selection(t, "rate = 1/200, steps = 1000, batch = 1"),
	} {
		x, j, expected := prepared(t, source, 2, strings.Count(source, "train(")-1)
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
					scores = append(scores, (mean-e.mean[i])/e.spread(i)*math.Sqrt(n))
				}
				centre, variance := portable.Moments(scores)
				grand, spread := portable.Moments(all)
				allowed := math.Abs(e.mean[i]-e.plain[i])/2 + 4.5*math.Sqrt(spread/float64(len(all)))
				report := fmt.Sprintf("%s, %s at step %d: scores %.2f ± %.2f, spread %.4g of %.4g expected, mean off by %.2g, drift %.2g, largest deviation %.3g of a band of %.3g",
					name, c.name, j.steps[at], centre, math.Sqrt(variance), math.Sqrt(spread), e.spread(i), grand-e.mean[i], e.mean[i]-e.plain[i], largest, half)
				t.Log(report)
				tolerance, heavy := 5*math.Sqrt(2/float64(replicates)), 0.15
				if e.second[i] > e.variance[i] && !*long.Tests {
					heavy = 0.25
				}
				if math.Abs(variance-1) > tolerance+0.15 || math.Abs(grand-e.mean[i]) > allowed || largest > half || math.Abs(spread/(e.spread(i)*e.spread(i))-1) > heavy {
					t.Error(report)
				}
			}
		}
	}
}

// selection is the shipped theory of that name with another first training.
func selection(t *testing.T, training string) string {
	t.Helper()
	return strings.Replace(shipped(t, "token-selection"), "rate = 1/10, steps = 100", training, 1)
}

// TestSecondOrder: where there is no noise of first order, the spread is that of
// all draws, each of them taken: exactly so where gradients are linear, and ever
// closer at smaller rates elsewhere.
func TestSecondOrder(t *testing.T) {
	const linear = "theory('linear')\nx = state('x', start = 4)\nterms = [(x - a)**2/2 for a in [1, 2, 4, 9]]\n"
	for _, batch := range []int{1, 2, 3} {
		_, _, expected := prepared(t, linear+fmt.Sprintf("train(mean(terms), x, rate = 1/10, steps = 3, batch = %d, beside = (x - 4)**2 == 0)\n", batch), 1, 0)
		var seen []float64
		var walk func(x float64, steps int)
		walk = func(x float64, steps int) {
			if steps == 0 {
				seen = append(seen, (x-4)*(x-4))
				return
			}
			for set := range 16 {
				if bits.OnesCount(uint(set)) != batch {
					continue
				}
				sum := 0.0
				for i, a := range []float64{1, 2, 4, 9} {
					if set>>i&1 == 1 {
						sum += x - a
					}
				}
				walk(x-0.1*sum/float64(batch), steps-1)
			}
		}
		walk(4, 3)
		_, variance := portable.Moments(seen)
		variance *= float64(len(seen)-1) / float64(len(seen))
		if got := expected[1].second[0]; math.Abs(got/variance-1) > 1e-12 || expected[1].variance[0] > 1e-30 {
			t.Errorf("batch %d: variance %g of all draws, %g expected", batch, variance, got)
		}
	}

	for _, h := range []float64{1. / 4, 1. / 40, 1. / 400} {
		_, _, expected := prepared(t, selection(t, fmt.Sprintf("rate = 1/%d, steps = 12, batch = 1", int(1/h))), 1, 0)
		var seen []float64
		for draw := range 1 << 12 {
			p, q := 0.0, 0.0
			for k := range 12 {
				sign := float64(draw>>k&1)*2 - 1
				f := 1 / (1 + math.Exp(-p-sign*q))
				p, q = p+h*f*(1-f), q+h*sign*f*(1-f)
			}
			seen = append(seen, p)
		}
		_, variance := portable.Moments(seen)
		t.Logf("rate %g: variance %.6g of all draws, %.6g expected", h, variance, expected[1].second[0])
		if math.Abs(expected[1].second[0]/variance-1) > h || expected[1].variance[0] > 1e-30 {
			t.Errorf("rate %g: variance %g of all draws, %g expected", h, variance, expected[1].second[0])
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
