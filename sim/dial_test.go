package sim

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/num/dual"
)

func mustDialed(t testing.TB, symbols int, gain float64, d Dials) *Dialed {
	t.Helper()
	net, err := NewDialed(symbols, gain, d)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// someDials are positions of every dial, alone and together.
var someDials = map[string]Dials{
	"leak":      {Leak: 0.3},
	"coherence": {Coherence: 0.4, Width: 3, EmbeddingSeed: 5},
	"softmax":   {Softmax: 1, ValueGain: 1.5},
	"mixed":     {Softmax: 0.4, ValueGain: 3},
	"normalise": {Normalise: 0.7},
	"heads":     {Heads: 2},
	"square":    {Square: 0.6},
	"noise":     {Noise: 0.25},
	"all":       {Leak: 0.2, Coherence: 0.3, Width: 4, EmbeddingSeed: 2, Softmax: 0.5, ValueGain: 2, Normalise: 1, Heads: 1, Square: 0.4, Noise: 0.1},
}

// At zero every bit is that of the compact form.
func TestZeroDialsAreTheCompactForm(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 1))
	compared := 0
	for _, loss := range losses {
		for _, form := range forms {
			for range 40 {
				x := randomCase(t, rng, loss, form)
				compact, _ := x.networks(t)
				dialed := mustDialed(t, x.w.symbols, x.gain, Dials{})
				a, err := Evaluate(compact, x.task, x.label, x.w)
				if err != nil {
					t.Fatal(err)
				}
				b, err := Evaluate(dialed, x.task, x.label, x.w)
				if err != nil {
					t.Fatal(err)
				}
				for i, g := range a.Gradient.values {
					if g != b.Gradient.values[i] {
						t.Fatalf("%v %v: derivative %d is %x, want %x", loss, form, i, b.Gradient.values[i], g)
					}
				}
				for v, l := range a.Logits {
					if l != b.Logits[v] {
						t.Fatalf("%v %v: logit %d is %x, want %x", loss, form, v, b.Logits[v], l)
					}
				}
				if a.Loss != b.Loss {
					t.Fatalf("%v %v: loss %x, want %x", loss, form, b.Loss, a.Loss)
				}
				one, err := Think(compact, x.task, x.label, x.w, true)
				if err != nil {
					t.Fatal(err)
				}
				two, err := Think(dialed, x.task, x.label, x.w, true)
				if err != nil {
					t.Fatal(err)
				}
				for i := range one {
					for v := range one[i] {
						if one[i][v] != two[i][v] {
							t.Fatalf("thought %d differs at vertex %d", i, v)
						}
						compared++
					}
				}
			}
		}
	}
	if compared < 1000 {
		t.Fatalf("%d comparisons", compared)
	}
}

// dialReference evaluates the dialed model token by token in dual numbers,
// with every vector written out over all symbols.
func dialReference(x *testCase, net *Dialed, i int) (logits []float64, loss dual.Number) {
	d, n := net.dials, x.w.symbols
	score := func(a, b int) dual.Number {
		at := a
		if x.w.form == Full {
			at = a*n + b
		} else if a != b {
			return real(0)
		}
		v := real(x.w.values[at])
		if at == i {
			v.Emag = 1
		}
		return v
	}
	inner := func(a, b []float64) (sum float64) { // of vectors in symbol coordinates
		for s := range n {
			for u := range n {
				sum += a[s] * net.Gram(s, u) * b[u]
			}
		}
		return sum
	}
	unit := func(s int) []float64 {
		e := make([]float64, n)
		e[s] = 1
		return e
	}
	thought := make([]float64, n)
	for v, weight := range x.task.Thought() {
		thought[x.label[v]] = weight
	}
	edges := x.in.Graph.Edges()
	raw := make([]dual.Number, len(edges))
	blend := func(a, b int) []float64 {
		e := make([]float64, n)
		e[a] += 1 - d.Leak
		e[b] += d.Leak
		return e
	}
	var total dual.Number
	for k, e := range edges {
		source := blend(x.label[e[0]], x.label[e[1]])
		for s := range n {
			for u := range n {
				raw[k] = dual.Add(raw[k], dual.Scale(float64(1+d.Heads)*inner(unit(s), thought)*inner(unit(u), source), score(s, u)))
			}
		}
		total = dual.Add(total, dual.Exp(raw[k]))
	}
	next := make([]dual.Number, n)
	for s, v := range thought {
		next[s] = real(v)
	}
	for k, e := range edges {
		y := dual.Scale(1-d.Softmax, raw[k])
		y = dual.Add(y, dual.Scale(d.Softmax*d.ValueGain, dual.Mul(dual.Exp(raw[k]), dual.Inv(total))))
		for s, v := range blend(x.label[e[1]], x.label[e[0]]) {
			next[s] = dual.Add(next[s], dual.Scale(v, y))
		}
	}
	for s, v := range next {
		if v.Real > 0 {
			next[s] = dual.Add(v, dual.Scale(d.Square, dual.Mul(v, v)))
		}
	}
	var square dual.Number
	for s := range n {
		for u := range n {
			square = dual.Add(square, dual.Scale(net.Gram(s, u), dual.Mul(next[s], next[u])))
		}
	}
	divisor := dual.PowReal(square, d.Normalise/2)
	set := map[int]bool{}
	for v, in := range newReference(x.in, x.c, x.loss).targets {
		set[v] = in
	}
	var all, right, mean dual.Number
	order := x.in.Graph.Order()
	for v := range order {
		var xi dual.Number
		for s := range n {
			xi = dual.Add(xi, dual.Scale(x.gain*net.Gram(x.label[v], s), next[s]))
		}
		xi = dual.Mul(xi, dual.Inv(divisor))
		logits = append(logits, xi.Real)
		all = dual.Add(all, dual.Exp(xi))
		mean = dual.Add(mean, dual.Scale(1/float64(order), xi))
		if set[v] {
			right = dual.Add(right, dual.Exp(xi))
		}
	}
	loss = dual.Scale(1-d.Noise, dual.Sub(dual.Log(all), dual.Log(right)))
	return logits, dual.Add(loss, dual.Scale(d.Noise, dual.Sub(dual.Log(all), mean)))
}

// Away from zero the model is what dual numbers make of its definition, and
// its gradient what central differences say; and every dial does something.
func TestDialsAgreeWithDualNumbersAndDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 2))
	compared := 0
	for name, d := range someDials {
		moved := 0
		for _, loss := range []Loss{Coconut, CoconutBFS} {
			for _, form := range forms {
				for range 2 {
					x := randomCase(t, rng, loss, form)
					net := mustDialed(t, x.w.symbols, x.gain, d)
					e, err := Evaluate(net, x.task, x.label, x.w)
					if err != nil {
						t.Fatal(err)
					}
					want, scale := make([]float64, len(x.w.values)), 0.0
					for i := range want {
						logits, l := dialReference(x, net, i)
						want[i] = l.Emag
						scale = max(scale, math.Abs(l.Emag))
						if !near(e.Loss, l.Real, 1) {
							t.Fatalf("%s: loss %.17g, want %.17g", name, e.Loss, l.Real)
						}
						for v := range logits {
							if !near(e.Logits[v], logits[v], 1) {
								t.Fatalf("%s: logit %d %.17g, want %.17g", name, v, e.Logits[v], logits[v])
							}
						}
					}
					for i, g := range e.Gradient.values {
						derivative := want[i]
						if i < len(want)-2 && d.Heads > 0 { // by one of the tied heads
							derivative /= float64(1 + d.Heads)
						}
						if !near(g, derivative, max(scale, 1e-6)) {
							t.Fatalf("%s, %v, %v: derivative by weight %d: %.17g, want %.17g", name, loss, form, i, g, derivative)
						}
						compared++
					}
					if d.Heads == 0 {
						if err := x.centralDifferences(net); err != nil {
							t.Fatalf("%s: %v", name, err)
						}
					}
					compact, _ := x.networks(t)
					plain, err := Evaluate(compact, x.task, x.label, x.w)
					if err != nil {
						t.Fatal(err)
					}
					if math.Abs(plain.Loss-e.Loss) > 1e-9 {
						moved++
					}
				}
			}
		}
		if moved < 4 {
			t.Errorf("dial %s changed %d of 8 losses", name, moved)
		}
	}
	if compared < 700 {
		t.Fatalf("%d comparisons", compared)
	}
}

func TestDialsAreRefused(t *testing.T) {
	refused := 0
	for name, d := range map[string]Dials{
		"leak above 1":            {Leak: 1.5},
		"leak not a number":       {Leak: math.NaN()},
		"negative noise":          {Noise: -0.1},
		"coherence without width": {Coherence: 0.1},
		"width without coherence": {Width: 3},
		"seed without coherence":  {EmbeddingSeed: 3},
		"softmax without gain":    {Softmax: 0.5},
		"gain without softmax":    {ValueGain: 2},
		"negative heads":          {Heads: -1},
		"infinite power":          {Normalise: math.Inf(1)},
	} {
		if _, err := NewDialed(5, 1, d); err == nil {
			t.Errorf("%s: accepted", name)
		}
		refused++
	}
	if refused != 10 {
		t.Fatalf("%d refusals", refused)
	}
	net := mustDialed(t, 10, 1, Dials{Coherence: 0.2, Width: 3})
	tasks := []*Task{mustTask(t, ten(t), 1, Coconut)}
	w := weights(t, Diagonal, 10, 0, 0)
	if _, _, err := Averaged(context.Background(), net, tasks, w, Superposition); err == nil {
		t.Error("exact average with coherent embeddings")
	}
	if _, err := NewTrainer(net, tasks, w, Settings{LearningRate: 0.1}); err == nil {
		t.Error("exact training with coherent embeddings")
	}
	if _, err := NewTrainer(net, tasks, w, Settings{LearningRate: 0.1, Batch: 4}); err != nil {
		t.Error(err)
	}
}
