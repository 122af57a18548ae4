package compare

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/graph"
	"muflow/internal/portable"
	"muflow/sim"
	"muflow/theory"
)

// walkSteps returns steps c = 1 of two graphs of six vertices. The frontier of the
// first has two vertices with in-degrees 1 and 2.
func walkSteps(t *testing.T, law graph.Law) []graph.Step {
	t.Helper()
	var steps []graph.Step
	for _, edges := range [][][2]int{
		{{0, 1}, {0, 2}, {1, 2}, {1, 3}, {2, 3}, {2, 4}},
		{{0, 1}, {0, 2}, {0, 3}, {1, 4}, {2, 4}, {2, 1}, {3, 1}, {1, 3}},
	} {
		g, err := graph.New(6, edges)
		if err != nil {
			t.Fatal(err)
		}
		in := &graph.Instance{Graph: g, Root: 0, Target: 4, Other: 5, Path: []int{0, 2, 4}}
		s, err := law.Step(in, 1)
		if err != nil {
			t.Fatal(err)
		}
		steps = append(steps, s)
	}
	return steps
}

// injections calls visit for every way to give so many vertices different
// symbols.
func injections(vertices, symbols int, visit func(label []int)) {
	label, used := make([]int, 0, vertices), make([]bool, symbols)
	var extend func()
	extend = func() {
		if len(label) == vertices {
			visit(label)
			return
		}
		for s := range symbols {
			if !used[s] {
				used[s], label = true, append(label, s)
				extend()
				used[s], label = false, label[:len(label)-1]
			}
		}
	}
	extend()
}

// Everything that Walk says of a sample, against all relabellings of the
// simulated transformer, one by one: for one instance and for two that share
// more symbols than either has vertices, and the same with labels that are drawn.
func TestWalkAgainstAllRelabellings(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	all, drawn, checks := walkSteps(t, graph.PathLaw), walkSteps(t, graph.FrontierLaw), 0
	for _, c := range []struct {
		steps   []graph.Step
		symbols int
		alpha   *big.Rat
	}{{all[:1], 6, big.NewRat(1, 1)}, {all[1:], 6, big.NewRat(3, 1)}, {all, 7, big.NewRat(3, 2)}, {drawn[:1], 6, big.NewRat(2, 1)}, {drawn, 7, big.NewRat(1, 1)}} {
		walk, err := NewWalk(c.steps, c.symbols, c.alpha)
		if err != nil {
			t.Fatal(err)
		}
		gain, _ := c.alpha.Float64()
		net, err := sim.NewModel(c.symbols, gain, sim.Dials{})
		if err != nil {
			t.Fatal(err)
		}
		n := float64(c.symbols)
		for _, mu := range []float64{-0.7, 0, 1.3} {
			for _, length := range []float64{0, 0.02, 1} {
				e := make([]float64, c.symbols)
				mean, norm := 0.0, 0.0
				for i := range e {
					e[i] = rng.NormFloat64()
					mean += e[i] / n
				}
				for i := range e {
					e[i] -= mean
					norm += e[i] * e[i]
				}
				w, err := sim.NewWeights(sim.Diagonal, c.symbols)
				if err != nil {
					t.Fatal(err)
				}
				for i := range e {
					e[i] *= length / math.Sqrt(norm)
					w.Values()[i] = mu + e[i]
				}
				m := walk.at(mu)
				rest, variance, most := walk.noise(m, length)
				count, drift, square, jolt, along := 0.0, 0.0, 0.0, 0.0, 0.0
				low, high := math.Inf(1), math.Inf(-1)
				for _, s := range c.steps {
					task, err := sim.NewTask(s.Instance, s.C, sim.Coconut)
					if err != nil {
						t.Fatal(err)
					}
					of, share := 0, 1/float64(len(s.Labels()))
					each := func(label []int) {
						task, err := task.WithTargets(s.Labels()[of])
						if err != nil {
							t.Fatal(err)
						}
						at, err := sim.Evaluate(net, task, label, w)
						if err != nil {
							t.Fatal(err)
						}
						h, off := 0.0, 0.0
						for _, g := range at.Gradient.Values()[:c.symbols] {
							h -= g / n
						}
						for i, g := range at.Gradient.Values()[:c.symbols] {
							off += (g + h) * (g + h)
							along += share * g * e[i]
						}
						count += share
						drift, square, jolt = drift+share*h, square+share*(h-m.drift)*(h-m.drift), jolt+share*off
						low, high = min(low, h), max(high, h)
					}
					for of = range s.Labels() {
						injections(6, c.symbols, each)
					}
				}
				drift, square, jolt, along = drift/count, square/count, jolt/count, along/count
				name := fmt.Sprintf("%d instances, μ = %g, ‖e‖ = %g", len(c.steps), mu, length)
				const rounding = 1e-11 // of sums of ten thousand numbers
				bias := m.bias * length * length
				if off := math.Abs(drift - m.drift - bias); off > rest+rounding {
					t.Errorf("%s: drift %g, expected %g ± %g", name, drift, m.drift+bias, rest)
				}
				if square > variance*(1+1e-9)+rounding || high-low > most+rounding || jolt > walk.jolt(m, length)+rounding {
					t.Errorf("%s: square %g of %g, range %g of %g, jolt %g of %g", name, square, variance, high-low, most, jolt, walk.jolt(m, length))
				}
				if math.Abs(m.drift-walk.drift.At(mu)) > rounding {
					t.Errorf("%s: drift %g by the softmax, %g by the family", name, m.drift, walk.drift.At(mu))
				}
				switch length {
				case 0:
					if math.Abs(jolt-m.growth) > rounding || math.Abs(math.Sqrt(square)-m.between) > 1e-9 || math.Abs(high-low-m.across) > rounding {
						t.Errorf("%s: growth %g of %g, between %g of %g, across %g of %g", name, jolt, m.growth, math.Sqrt(square), m.between, high-low, m.across)
					}
				case 0.02: // the leading terms, not only bounds
					if r := (drift - m.drift) / bias; math.Abs(r-1) > 0.1 {
						t.Errorf("%s: bias %g, expected %g", name, drift-m.drift, bias)
					}
					if r := along / (m.decay * length * length); math.Abs(r-1) > 0.05 {
						t.Errorf("%s: decay %g, expected %g", name, along/length/length, m.decay)
					}
					if r := math.Sqrt(square / variance); r < 0.8 {
						t.Errorf("%s: root mean square %g, bound %g", name, math.Sqrt(square), math.Sqrt(variance))
					}
				}
				checks++
			}
		}
	}
	if checks != 45 {
		t.Errorf("%d checks", checks)
	}
}

// walked trains once and returns the path with its corridor.
func walked(t *testing.T, walk *Walk, x Training, failure float64, lambda [2]float64) (Path, *Corridor) {
	t.Helper()
	path, err := Simulate(context.Background(), x)
	if err != nil {
		t.Fatal(err)
	}
	corridor, err := walk.Corridor(path, x.LearningRate, x.Batch, failure, lambda)
	if err != nil {
		t.Fatal(err)
	}
	return path, corridor
}

// True theory stays in its corridor on fresh seeds, and the bias of first order
// in η is there: without it the mean over the seeds is off by many standard
// errors, with it by few. The spread is the expected one.
func TestWalkOnFreshSeeds(t *testing.T) {
	step := walkSteps(t, graph.PathLaw)[1]
	alpha := big.NewRat(2, 1)
	walk, err := NewWalk([]graph.Step{step}, 6, alpha)
	if err != nil {
		t.Fatal(err)
	}
	horizon, err := walk.Horizon(horizonShare)
	if err != nil {
		t.Fatal(err)
	}
	const steps, batch, failure = 400, 2, 1e-6
	eta := horizon / steps
	expected := walk.Expect(eta, batch, steps, failure)
	const seeds = 400
	naive, right, squares, spread, used := 0.0, 0.0, 0.0, 0.0, 0.0
	for seed := range seeds {
		path, corridor := walked(t, walk, Training{step, alpha, eta, batch, steps, uint64(seed) + 1000}, failure, expected.Lambda)
		off := path.Mean[steps] - corridor.Centre[steps]
		naive += path.Mean[steps] - corridor.Plain[steps]
		right, squares = right+off, squares+off*off
		spread += path.Spread[steps] * path.Spread[steps]
		used = max(used, corridor.Used(path))
	}
	const count = float64(seeds)
	deviation := math.Sqrt(squares) // of the sum
	if z := naive / deviation; math.Abs(z) < 4 {
		t.Errorf("without the bias the mean is off by z = %.1f only", z)
	}
	if z := right / deviation; math.Abs(z) > 4 {
		t.Errorf("with the bias the mean is off by z = %.1f", z)
	}
	if r := math.Sqrt(spread/count) / expected.Spread; math.Abs(r-1) > 0.1 {
		t.Errorf("spread %g, expected %g", math.Sqrt(spread/count), expected.Spread)
	}
	if used > 1 || used < 0.1 {
		t.Errorf("at most %.2f of the corridor is used", used)
	}
	t.Logf("z = %.1f without and %.1f with the bias, %.2f of the corridor used at most", naive/deviation, right/deviation, used)
}

// With a drawn label the noise is of first order: true theory stays in a corridor
// that is not much wider than needed, its mean over the seeds is that of the
// centre, and a drift that takes one label for the mean leaves it.
func TestWalkWithDrawnLabels(t *testing.T) {
	step, alpha := walkSteps(t, graph.FrontierLaw)[0], big.NewRat(2, 1)
	walk, err := NewWalk([]graph.Step{step}, 6, alpha)
	if err != nil {
		t.Fatal(err)
	}
	const steps, batch, seeds, eta, failure = 300, 64, 40, 0.25, 1e-6
	expected := walk.Expect(eta, batch, steps, failure)
	sum, squares, used, wrong := 0.0, 0.0, 0.0, math.Inf(1)
	for seed := range seeds {
		path, corridor := walked(t, walk, Training{step, alpha, eta, batch, steps, uint64(seed) + 1}, failure, expected.Lambda)
		off := path.Mean[steps] - corridor.Centre[steps]
		sum, squares, used = sum+off, squares+off*off, max(used, corridor.Used(path))
		for _, other := range walkSteps(t, graph.PathLaw)[:1] { // the label 4 alone, of in-degree 1
			drift, err := DriftOf([]graph.Step{other}, 6, theory.Coconut, alpha)
			if err != nil {
				t.Fatal(err)
			}
			centre, err := drift.Descent(context.Background(), eta, steps)
			if err != nil {
				t.Fatal(err)
			}
			wrong = min(wrong, math.Abs(path.Mean[steps]-centre[steps])/corridor.Half[steps])
		}
	}
	if z := sum / math.Sqrt(squares); math.Abs(z) > 4 {
		t.Errorf("the mean is off by z = %.1f", z)
	}
	if used > 1 || used < 0.1 || wrong < 1.5 {
		t.Errorf("at most %.2f of the corridor is used, %.2f at least with one label for the mean", used, wrong)
	}
	t.Logf("%.2f of the corridor used at most, %.2f at least with one label for the mean", used, wrong)
}

// A cumulant at small arguments against the series ψ(z) = z²/2 + z³/6 + …
func TestCumulant(t *testing.T) {
	for _, z := range []float64{1e-9, 1e-5, 9e-5, 1.1e-4, 1e-2, 1, 5} {
		series, term := 0.0, z
		for k := 2; k < 60; k++ {
			term *= z / float64(k)
			series += term
		}
		if got := cumulant(z, 3, 1); got < 3*series*(1-1e-7) || got > 3*series*1.0002 {
			t.Errorf("ψ(%g) = %g, expected %g", z, got/3, series)
		}
	}
	for _, mean := range []float64{1e-3, 1, 40} { // the equation of the proof, at its solution
		r := portable.Bennett(mean, 0.1, 1e-9)
		lambda := math.Log1p(r*0.1/mean) / 0.1
		if tail := 2 * math.Exp(cumulant(lambda, mean, 0.1)-lambda*r); math.Abs(tail/1e-9-1) > 1e-6 {
			t.Errorf("S = %g: tail %g at r = %g", mean, tail, r)
		}
	}
}
