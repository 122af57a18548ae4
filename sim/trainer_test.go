package sim

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"

	"muflow/graph"
)

func five(t testing.TB) *graph.Instance {
	return instance(t, 5, [][2]int{{0, 1}, {1, 2}, {0, 3}, {3, 2}, {2, 1}}, 2, 4, 0, 1, 2)
}

func four(t testing.TB) *graph.Instance {
	return instance(t, 4, [][2]int{{1, 3}, {3, 0}, {1, 0}}, 0, 2, 1, 3, 0)
}

// The projection of one gradient is the literal average over all n!
// relabellings, each pushed through the whole model, and over all ways to call
// fewer vertices by the symbols. Mistakes in the average are seen.
func TestAveragedIsTheLiteralAverage(t *testing.T) {
	wrong := map[string]func(*Weights){
		"1/n forgotten": func(g *Weights) {
			diagonal, beside := g.scores().means()
			n := float64(g.symbols)
			for i := range g.scores().entries {
				g.values[i] = beside * n * (n - 1)
				if g.scores().onDiagonal(i) {
					g.values[i] = diagonal * n
				}
			}
		},
		"entries beside the diagonal divided by n²": func(g *Weights) {
			diagonal, beside := g.scores().means()
			for i := range g.scores().entries {
				g.values[i] = beside * float64(g.symbols-1) / float64(g.symbols)
				if g.scores().onDiagonal(i) {
					g.values[i] = diagonal
				}
			}
		},
		"not averaged": func(*Weights) {},
	}
	checks := 0
	for _, in := range []*graph.Instance{four(t), five(t)} {
		for _, symbols := range []int{5, in.Graph.Order()} {
			for _, loss := range losses {
				for _, form := range forms {
					for _, at := range [][2]float64{{0, 0}, {1.3, 0}, {0.7, -0.4}} {
						if form == Diagonal && at[1] != 0 {
							continue
						}
						task, w := mustTask(t, in, 1, loss), weights(t, form, symbols, at[0], at[1])
						if err := w.SetAnswer(0.3, -0.6); err != nil {
							t.Fatal(err)
						}
						nets := bothNetworks(t, symbols, 1.5)
						for _, net := range nets {
							if d := averageDefect(t, net, task, w, (*Weights).average); !(d < 1e-14) {
								t.Errorf("%T, %v, %v, W at %v: average wrong by %g", net, loss, form, at, d)
							}
							checks++
						}
						for name, average := range wrong {
							if strings.Contains(name, "beside") && form == Diagonal || loss == Prediction {
								continue
							}
							if d := averageDefect(t, nets[0], task, w, average); !(d > 1e-4) {
								t.Errorf("%s: not noticed, %g", name, d)
							}
							checks++
						}
					}
				}
			}
		}
	}
	if checks != 4*(3*5*2+2*(2*2+3*3)) {
		t.Fatalf("%d checks ran", checks)
	}
}

// Averaged gradient descent on two instances of different size, against steps
// made of literal averages.
func TestAveragedDescentIsDescentOnTheLiteralAverage(t *testing.T) {
	const eta, steps = 0.8, 6
	for _, form := range forms {
		net := bothNetworks(t, 5, 1)[0]
		tasks := []*Task{mustTask(t, four(t), 1, Coconut), mustTask(t, five(t), 0, Coconut)}
		trainer, err := NewTrainer(net, tasks, weights(t, form, 5, 0.2, 0), Settings{LearningRate: eta})
		if err != nil {
			t.Fatal(err)
		}
		w := weights(t, form, 5, 0.2, 0)
		for range steps {
			loss, gradient := 0.0, make([]float64, len(w.values))
			for _, task := range tasks {
				l, g := literalAverage(t, net, task, w)
				loss += l / 2
				for i, x := range g {
					gradient[i] += x / 2
				}
			}
			l, err := trainer.Step(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if !near(l, loss, 1) {
				t.Errorf("%v: loss %g, want %g", form, l, loss)
			}
			for i := range w.values {
				w.values[i] -= eta * gradient[i]
			}
		}
		for i, x := range trainer.Weights().Values() {
			if !near(x, w.values[i], 1) {
				t.Errorf("%v, weight %d: %.17g, want %.17g", form, i, x, w.values[i])
			}
		}
		if !trainer.weights.invariant() || trainer.Done() != steps || w.values[0] == 0.2 {
			t.Errorf("%v: after %d steps, %v", form, trainer.Done(), trainer.Weights().Values())
		}
	}
}

// A stochastic step subtracts η times the mean gradient of its samples, each
// evaluated alone, with thoughts of its own where that is asked for.
func TestStochasticStepAddsUpItsSamples(t *testing.T) {
	const eta, batchSize, seed = 0.3, 21, 99
	checks := 0
	for _, form := range forms {
		for _, mode := range []Thoughts{Superposition, Generated, GeneratedUnit} {
			net := bothNetworks(t, 6, 1.2)[0]
			tasks := []*Task{mustTask(t, four(t), 1, CoconutBFS), mustTask(t, five(t), 1, Coconut)}
			w := weights(t, form, 6, 0, 0)
			rng := rand.New(rand.NewPCG(1, 1))
			for i := range w.values {
				w.values[i] = rng.Float64()
			}
			trainer, err := NewTrainer(net, tasks, w, Settings{LearningRate: eta, Batch: batchSize, Seed: seed, Thoughts: mode, Start: 5})
			if err != nil {
				t.Fatal(err)
			}
			want, mean := w.Clone(), 0.0
			other := newBatch(net, singly(tasks), false, Superposition, 1)
			for i := range batchSize {
				task, label := other.relabelled(seed, 5, i, other.workers[0])
				if mode != Superposition {
					thoughts, err := Think(net, task, label, w, mode == GeneratedUnit)
					if err != nil {
						t.Fatal(err)
					}
					if task, err = task.WithThought(thoughts[0]); err != nil {
						t.Fatal(err)
					}
				}
				e, err := Evaluate(net, task, label, w)
				if err != nil {
					t.Fatal(err)
				}
				mean += e.Loss / batchSize
				for j, g := range e.Gradient.values {
					want.values[j] -= eta / batchSize * g
				}
			}
			loss, err := trainer.Step(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if !near(loss, mean, 1) {
				t.Errorf("%v, thoughts %d: loss %g, want %g", form, mode, loss, mean)
			}
			for i, x := range trainer.Weights().Values() {
				if checks++; !near(x, want.values[i], 1) {
					t.Errorf("%v, thoughts %d, weight %d: %g, want %g", form, mode, i, x, want.values[i])
				}
			}
		}
	}
	if checks != 3*(8+38) {
		t.Fatalf("%d checks ran", checks)
	}
}

// A sum over no samples is 0, whatever the gradient held before.
func TestSumOfNothing(t *testing.T) {
	b := newBatch(bothNetworks(t, 4, 1)[0], [][]*Task{{mustTask(t, four(t), 0, Coconut)}}, false, Superposition, 1)
	w, err := NewWeights(Full, 4)
	if err != nil {
		t.Fatal(err)
	}
	gradient := w.Clone()
	gradient.values[0] = 1
	loss, err := b.sum(context.Background(), 0, w, gradient, nil)
	if err != nil || loss != 0 || gradient.values[0] != 0 {
		t.Errorf("loss %g, gradient %g, %v", loss, gradient.values[0], err)
	}
}

// Samples draw every task and every way to call its vertices equally often:
// χ² with 2·24−1 = 47 degrees of freedom stays below its 99.99 % point, 91.8
// (PARI/GP 2.15.2: solve(x=50,200,incgam(47/2,x/2)/gamma(47/2)-1e-4)).
func TestSamplesAreUniform(t *testing.T) {
	const draws = 24000
	tasks := []*Task{mustTask(t, four(t), 0, Coconut), mustTask(t, four(t), 1, Coconut)}
	b := newBatch(bothNetworks(t, 4, 1)[0], singly(tasks), false, Superposition, 1)
	count := map[[5]int]int{}
	for i := range draws {
		task, label := b.relabelled(5, i/100, i%100, b.workers[0])
		count[[5]int{task.step, label[0], label[1], label[2], label[3]}]++
	}
	square, expected := 0.0, draws/48.0
	for _, c := range count {
		square += (float64(c) - expected) * (float64(c) - expected) / expected
	}
	if len(count) != 48 || square > 91.8 {
		t.Errorf("%d of 48 outcomes, χ² = %g", len(count), square)
	}
	// The same with fewer vertices than symbols: ordered pairs of 5.
	pairs := map[[2]int]int{}
	d := newDrawer(5)
	for range 20000 {
		d.names(2)
		pairs[[2]int(d.label)]++
	}
	square = 0
	for _, c := range pairs {
		square += (float64(c) - 1000) * (float64(c) - 1000) / 1000
	}
	if len(pairs) != 20 || square > 50.8 { // the same point with 19 degrees of freedom
		t.Errorf("%d of 20 pairs, χ² = %g", len(pairs), square)
	}
}

func train(t testing.TB, net Network, form Form, s Settings, steps int) []float64 {
	t.Helper()
	tasks := []*Task{mustTask(t, ten(t), 1, Coconut), mustTask(t, five(t), 1, CoconutBFS)}
	trainer, err := NewTrainer(net, tasks, weights(t, form, net.Symbols(), 0, 0), s)
	if err != nil {
		t.Fatal(err)
	}
	for range steps {
		if _, err := trainer.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	return trainer.Weights().Values()
}

// The bits do not depend on the number of workers or of processors, and a
// resumed training ends where an uninterrupted one does.
func TestTrainingIsDeterministic(t *testing.T) {
	net := bothNetworks(t, 12, 1)[0]
	for _, form := range forms {
		s := Settings{LearningRate: 0.5, Batch: 45, Seed: 3, Workers: 1}
		want := train(t, net, form, s, 30)
		for _, workers := range []int{0, 2, 3, 16} {
			s.Workers = workers
			if got := train(t, net, form, s, 30); !slices.Equal(got, want) {
				t.Errorf("%v: %d workers give other weights", form, workers)
			}
		}
		before := runtime.GOMAXPROCS(1)
		got := train(t, net, form, s, 30)
		runtime.GOMAXPROCS(before)
		if !slices.Equal(got, want) {
			t.Errorf("%v: one processor gives other weights", form)
		}
		s.Seed = 4
		if slices.Equal(train(t, net, form, s, 30), want) {
			t.Errorf("%v: another seed gives the same weights", form)
		}
	}
	tasks := []*Task{mustTask(t, ten(t), 1, Coconut)}
	s := Settings{LearningRate: 0.5, Batch: 9, Seed: 3}
	whole, err := NewTrainer(net, tasks, weights(t, Full, 12, 0, 0), s)
	if err != nil {
		t.Fatal(err)
	}
	records := []record{}
	keep := func(r record) error { records = append(records, r); return nil }
	if err := run(context.Background(), whole, 10, 4, keep); err != nil {
		t.Fatal(err)
	}
	var steps []int
	for _, r := range records {
		steps = append(steps, r.step)
	}
	if !slices.Equal(steps, []int{0, 4, 8, 10}) {
		t.Errorf("observed at %v", steps)
	}
	first, err := NewTrainer(net, tasks, weights(t, Full, 12, 0, 0), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), first, 6, 100, keep); err != nil {
		t.Fatal(err)
	}
	s.Start = first.Done()
	second, err := NewTrainer(net, tasks, first.Weights(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), second, 4, 100, keep); err != nil {
		t.Fatal(err)
	}
	if second.Done() != 10 || !slices.Equal(second.Weights().Values(), whole.Weights().Values()) {
		t.Error("a resumed training ends elsewhere")
	}
}

// Both forms of the model train to the same weights.
func TestLiteralTrainsLikeCompact(t *testing.T) {
	nets := bothNetworks(t, 10, 1)
	s := Settings{LearningRate: 0.5, Batch: 8, Seed: 6, Thoughts: GeneratedUnit}
	want := train(t, nets[0], Full, s, 20)
	for i, x := range train(t, nets[1], Full, s, 20) {
		if !near(x, want[i], 1) {
			t.Errorf("weight %d: %.17g, want %.17g", i, x, want[i])
		}
	}
}

func TestProbe(t *testing.T) {
	w := weights(t, Full, 2, 0, 0)
	copy(w.Values(), []float64{1, 10, 20, 4, 5, 6})
	got := w.Probe()
	if got.Diagonal != (Summary{2.5, 1.5, 1, 4}) || *got.Beside != (Summary{15, 5, 10, 20}) || got.Carry != 5 || got.Lift != 6 {
		t.Errorf("%+v, beside %+v", got, *got.Beside)
	}
	if p := weights(t, Diagonal, 3, 2, 0).Probe(); p.Beside != nil || p.Diagonal != (Summary{2, 0, 2, 2}) {
		t.Errorf("%+v", p)
	}
	if p := weights(t, Full, 1, 2, 0).Probe(); p.Beside != nil {
		t.Errorf("%+v", p)
	}
}

// literalAverage pushes the task through the network under every assignment of
// different symbols to the vertices, and averages.
func literalAverage(t testing.TB, net Network, task *Task, w *Weights) (float64, []float64) {
	t.Helper()
	loss, gradient, count := 0.0, make([]float64, len(w.values)), 0
	label, used := make([]int, 0, task.Order()), make([]bool, net.Symbols())
	var assign func()
	assign = func() {
		if len(label) == task.Order() {
			e, err := Evaluate(net, task, label, w)
			if err != nil {
				t.Fatal(err)
			}
			loss += e.Loss
			floats.Add(gradient, e.Gradient.values)
			count++
			return
		}
		for s := range used {
			if !used[s] {
				used[s] = true
				label = append(label, s)
				assign()
				label = label[:len(label)-1]
				used[s] = false
			}
		}
	}
	assign()
	floats.Scale(1/float64(count), gradient)
	return loss / float64(count), gradient
}

// averageDefect compares a way of averaging one gradient over relabellings
// with the literal average.
func averageDefect(t testing.TB, net Network, task *Task, w *Weights, average func(*Weights)) float64 {
	t.Helper()
	loss, want := literalAverage(t, net, task, w)
	e, err := Evaluate(net, task, nil, w)
	if err != nil {
		t.Fatal(err)
	}
	average(e.Gradient)
	worst := math.Abs(e.Loss - loss)
	for i, x := range e.Gradient.values {
		worst = max(worst, math.Abs(x-want[i]))
	}
	return worst
}
