package sim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/num/dual"

	"muflow/graph"
)

// A case is one task with names and weights.
type testCase struct {
	in    *graph.Instance
	c     int
	loss  Loss
	gain  float64
	task  *Task
	label []int
	w     *Weights
}

// reference computes loss and gradient of a case in dual numbers from the
// definitions of the model, with its own sets and a dense adjacency matrix.
// It shares nothing with the product but the list of edges and the layout of
// the weights.
type reference struct {
	adjacent [][]bool
	thought  []float64
	targets  []bool
}

func newReference(in *graph.Instance, c int, loss Loss) *reference {
	n := in.Graph.Order()
	r := &reference{adjacent: make([][]bool, n), thought: make([]float64, n), targets: make([]bool, n)}
	for v := range n {
		r.adjacent[v] = make([]bool, n)
	}
	for _, e := range in.Graph.Edges() {
		r.adjacent[e[0]][e[1]] = true
	}
	set := r.within(in.Root, c)
	for v := range set {
		r.thought[v] = 1 / math.Sqrt(float64(len(set)))
	}
	switch loss {
	case Coconut:
		r.targets[in.Path[c+1]] = true
	case CoconutBFS:
		for v := range r.within(in.Root, c+1) {
			r.targets[v] = true
		}
	case Prediction:
		r.targets[in.Target] = true
	}
	return r
}

func (r *reference) within(root, c int) map[int]bool {
	set := map[int]bool{root: true}
	for range c {
		next := map[int]bool{}
		for u := range set {
			next[u] = true
			for v, edge := range r.adjacent[u] {
				if edge {
					next[v] = true
				}
			}
		}
		set = next
	}
	return set
}

func real(x float64) dual.Number { return dual.Number{Real: x} }

// eval returns the logits and the loss with the derivative by weight number i.
func (r *reference) eval(in *graph.Instance, loss Loss, gain float64, label []int, w *Weights, i int) (logits []float64, l dual.Number) {
	value := func(j int) dual.Number {
		x := real(w.values[j])
		if j == i {
			x.Emag = 1
		}
		return x
	}
	score := func(a, b int) dual.Number {
		if w.form == Full {
			return value(a*w.symbols + b)
		}
		if a == b {
			return value(a)
		}
		return real(0)
	}
	var all, right dual.Number
	for v := range r.thought {
		var xi dual.Number
		if loss == Prediction {
			xi = dual.Scale(r.thought[v], value(len(w.values)-2))
			if v == in.Target || v == in.Other {
				xi = dual.Add(xi, value(len(w.values)-1))
			}
		} else {
			xi = real(r.thought[v])
			for u := range r.thought {
				if r.adjacent[u][v] {
					for x, weight := range r.thought {
						xi = dual.Add(xi, dual.Scale(weight, score(label[x], label[u])))
					}
				}
			}
			xi = dual.Scale(gain, xi)
		}
		logits = append(logits, xi.Real)
		all = dual.Add(all, dual.Exp(xi))
		if r.targets[v] {
			right = dual.Add(right, dual.Exp(xi))
		}
	}
	return logits, dual.Sub(dual.Log(all), dual.Log(right))
}

func near(got, want, scale float64) bool {
	return math.Abs(got-want) <= 1e-11*max(scale, math.Abs(want))
}

// agrees compares a network with the reference on a case.
func (x *testCase) agrees(net Network, r *reference) error {
	e, err := Evaluate(net, x.task, x.label, x.w)
	if err != nil {
		return err
	}
	scale := 0.0
	want := make([]float64, len(x.w.values))
	for i := range want {
		logits, loss := r.eval(x.in, x.loss, x.gain, x.label, x.w, i)
		want[i] = loss.Emag
		scale = max(scale, math.Abs(loss.Emag))
		if i > 0 {
			continue
		}
		if !near(e.Loss, loss.Real, 1) {
			return fmt.Errorf("loss %.17g, want %.17g", e.Loss, loss.Real)
		}
		for v, l := range logits {
			if !near(e.Logits[v], l, 1) {
				return fmt.Errorf("logit of vertex %d: %.17g, want %.17g", v, e.Logits[v], l)
			}
		}
	}
	for i, g := range e.Gradient.values {
		if !near(g, want[i], scale) {
			return fmt.Errorf("derivative by weight %d: %.17g, want %.17g", i, g, want[i])
		}
	}
	return nil
}

// centralDifferences compares the gradient with differences of the network's
// own loss.
func (x *testCase) centralDifferences(net Network) error {
	e, err := Evaluate(net, x.task, x.label, x.w)
	if err != nil {
		return err
	}
	scale := 0.0
	for _, g := range e.Gradient.values {
		scale = max(scale, math.Abs(g))
	}
	const h = 1e-4
	for i, g := range e.Gradient.values {
		var loss [2]float64
		for s, shift := range []float64{-h, h} {
			moved := x.w.Clone()
			moved.values[i] += shift
			at, err := Evaluate(net, x.task, x.label, moved)
			if err != nil {
				return err
			}
			loss[s] = at.Loss
		}
		if d := (loss[1] - loss[0]) / (2 * h); math.Abs(d-g) > 1e-6*max(scale, 1e-3) {
			return fmt.Errorf("derivative by weight %d: %.17g, central difference %.17g", i, g, d)
		}
	}
	return nil
}

// randomCase draws a case in which every branch can matter: a random digraph
// with a path in it, more symbols than vertices, random weights.
func randomCase(t testing.TB, rng *rand.Rand, loss Loss, form Form) *testCase {
	t.Helper()
	for {
		n := 4 + rng.IntN(5)
		var edges [][2]int
		for _, k := range rng.Perm(n * n) {
			if u, v := k/n, k%n; u != v && rng.IntN(4) == 0 {
				edges = append(edges, [2]int{u, v})
			}
		}
		g, err := graph.New(n, edges)
		if err != nil {
			t.Fatal(err)
		}
		path := []int{rng.IntN(n)}
		for len(path) < 2+rng.IntN(3) {
			out := g.Out(path[len(path)-1])
			if len(out) == 0 {
				break
			}
			path = append(path, out[rng.IntN(len(out))])
		}
		other := rng.IntN(n)
		if len(path) < 2 || other == path[len(path)-1] {
			continue
		}
		in := &graph.Instance{Graph: g, Root: path[0], Target: path[len(path)-1], Other: other, Path: path}
		return caseOf(t, rng, in, rng.IntN(in.Steps()), loss, form, n+rng.IntN(3), 0.5+rng.Float64())
	}
}

func caseOf(t testing.TB, rng *rand.Rand, in *graph.Instance, c int, loss Loss, form Form, symbols int, gain float64) *testCase {
	t.Helper()
	task, err := NewTask(in, c, loss)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWeights(form, symbols)
	if err != nil {
		t.Fatal(err)
	}
	for i := range w.values {
		w.values[i] = rng.NormFloat64()
	}
	return &testCase{in, c, loss, gain, task, rng.Perm(symbols)[:in.Graph.Order()], w}
}

// networks returns both forms for a case.
func (x *testCase) networks(t testing.TB) (*Model, *Literal) {
	t.Helper()
	compact, err := NewModel(x.w.symbols, x.gain, Dials{})
	if err != nil {
		t.Fatal(err)
	}
	literal, err := NewLiteral(x.w.symbols, x.gain, 7)
	if err != nil {
		t.Fatal(err)
	}
	return compact, literal
}

var losses = []Loss{Coconut, CoconutBFS, Prediction}
var forms = []Form{Diagonal, Full}

// eachCase calls visit for cases of all losses and forms, with each form of the
// model.
func eachCase(t *testing.T, visit func(x *testCase, net Network) error) {
	for _, name := range []string{"compact", "literal"} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			checks := 0
			for _, loss := range losses {
				for _, form := range forms {
					for range 12 {
						x := randomCase(t, rng, loss, form)
						compact, literal := x.networks(t)
						net := Network(compact)
						if name == "literal" {
							net = literal
						}
						if err := visit(x, net); err != nil {
							t.Fatalf("%v, %v, edges %v: %v", loss, form, x.in.Graph.Edges(), err)
						}
						checks++
					}
				}
			}
			if checks != 3*2*12 {
				t.Fatalf("%d checks ran", checks)
			}
		})
	}
}

// Both forms of the model agree with the definitions in dual numbers.
func TestNetworksAgreeWithDualNumbers(t *testing.T) {
	eachCase(t, func(x *testCase, net Network) error { return x.agrees(net, newReference(x.in, x.c, x.loss)) })
}

// Their gradients agree with central differences.
func TestNetworksAgreeWithDifferences(t *testing.T) {
	eachCase(t, func(x *testCase, net Network) error { return x.centralDifferences(net) })
}

// A thought of any weights takes the place of the superposition.
func TestGivenThoughtAgreesWithDualNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	checks := 0
	for checks < 60 {
		x := randomCase(t, rng, losses[checks%3], forms[checks%2])
		if x.c == 0 {
			continue
		}
		weights := make([]float64, x.task.Order())
		for v := range weights {
			weights[v] = rng.NormFloat64()
		}
		given, err := x.task.WithThought(weights)
		if err != nil {
			t.Fatal(err)
		}
		r := newReference(x.in, x.c, x.loss)
		r.thought = weights
		x.task = given
		compact, literal := x.networks(t)
		if err := errors.Join(x.agrees(compact, r), x.agrees(literal, r)); err != nil {
			t.Fatal(err)
		}
		checks++
	}
}

// Digits from PARI/GP 2.15.2, 38 digits: log(1+exp(-50)),
// log(exp(-1000)+2*exp(-3))+1000, and for the last row with z = Σ e^ξ and s the
// part of S: log(z/s), exp(2)/z-exp(2)/s, 1/z.
func TestEntropyKeepsItsDigits(t *testing.T) {
	checks := 0
	check := func(name string, got, want float64) {
		t.Helper()
		if checks++; !(math.Abs(got-want) <= 4e-15*math.Abs(want)) {
			t.Errorf("%s: %.17g, want %.17g", name, got, want)
		}
	}
	var x entropy
	slope := make([]float64, 2)
	check("tiny loss", x.forward([]float64{50, 0}, []bool{true, false}), 1.9287498479639177830171568127282115330e-22)
	x.backward([]bool{true, false}, slope)
	check("tiny slope, right", slope[0], -1.9287498479639177830169708089294104912e-22)
	check("tiny slope, wrong", slope[1], 1.9287498479639177830169708089294104912e-22)
	slope = make([]float64, 3)
	check("large loss", x.forward([]float64{-1000, -3, -3}, []bool{true, false, false}), 997.69314718055994530941723212145817657)
	x.backward([]bool{true, false, false}, slope)
	check("large slope, right", slope[0], -1)
	check("large slope, wrong", slope[1], 0.5)
	check("no wrong vertex", x.forward([]float64{1, 2, 3}, []bool{true, true, true}), 0)
	x.backward([]bool{true, true, true}, slope)
	check("no slope", math.Abs(slope[0])+math.Abs(slope[1])+math.Abs(slope[2]), 0)
	slope = make([]float64, 4)
	check("two right", x.forward([]float64{2, 1, 0, -1.5}, []bool{true, true, false, false}), 0.11423370066106625372387447659905042436)
	x.backward([]bool{true, true, false, false}, slope)
	check("two right, slope", slope[0], -0.078918169086153614774263429961525177387)
	check("two wrong, slope", slope[2], 0.088257607035657709582914468634613162515)
	if checks != 11 {
		t.Fatalf("%d checks ran", checks)
	}
}
