package sim

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A wrong makes one mistake in a case or its network; which loss and form it
// shows under is part of it.
type wrong struct {
	name     string
	loss     Loss
	form     Form
	backward bool // central differences must notice too
	compact  func(c *Compact, x *testCase)
	literal  func(l *Literal, x *testCase)
}

// edges makes a mistake in the edges that a network sees.
func edges(change func(e [][2]int) [][2]int) func(x *testCase) {
	return func(x *testCase) {
		task := *x.task
		task.edges = change(append([][2]int(nil), task.edges...))
		x.task = &task
	}
}

var swapped = edges(func(e [][2]int) [][2]int {
	for i := range e {
		e[i][0], e[i][1] = e[i][1], e[i][0]
	}
	return e
})

var lastLost = edges(func(e [][2]int) [][2]int { return e[:len(e)-1] })

// scaled makes the mistake of a thought of norm 1/√K in place of 1.
func scaled(x *testCase) {
	task := *x.task
	task.thoughts = append([][]float64(nil), task.thoughts...)
	last := append([]float64(nil), task.thoughts[task.step]...)
	for v := range last {
		last[v] *= last[v]
	}
	task.thoughts[task.step] = last
	x.task = &task
}

// withoutReached leaves N_c out of the softmax, but the right vertices.
func withoutReached(x *testCase) func(*entropy, []float64, []bool) float64 {
	return func(e *entropy, logits []float64, targets []bool) float64 {
		masked := append([]float64(nil), logits...)
		for v, weight := range x.task.Thought() {
			if weight != 0 && !targets[v] {
				masked[v] = -1e300
			}
		}
		return e.forward(masked, targets)
	}
}

// oneSided forgets that raising a right logit lowers the loss.
func oneSided(e *entropy, targets []bool, dlogits []float64) {
	e.backward(targets, dlogits)
	for v := range dlogits {
		if targets[v] {
			dlogits[v] = 0
		}
	}
}

// unspread gives every right vertex the same slope.
func unspread(e *entropy, targets []bool, dlogits []float64) {
	e.backward(targets, dlogits)
	for v := range dlogits {
		if targets[v] {
			dlogits[v] = -1
		}
	}
}

// transposed swaps rows and columns of the derivative by W.
func transposed(gradient *Weights, add func(g *Weights)) {
	part, _ := NewWeights(gradient.form, gradient.symbols)
	add(part)
	for i, x := range part.scores() {
		gradient.values[i%part.symbols*part.symbols+i/part.symbols] += x
	}
}

// exchanged swaps the derivatives by μ_A and μ_R.
func exchanged(gradient *Weights, add func(g *Weights)) {
	part, _ := NewWeights(gradient.form, gradient.symbols)
	add(part)
	last := len(part.values) - 1
	gradient.values[last-1] += part.values[last]
	gradient.values[last] += part.values[last-1]
}

var mistakes = []wrong{
	{"exact network", Coconut, Full, false, nil, nil},
	{"residual forgotten", Coconut, Diagonal, false,
		func(c *Compact, _ *testCase) {
			c.rules.expand = func(t *Task, thought, score, next []float64) {
				expand(t, make([]float64, len(thought)), score, next)
			}
		},
		func(l *Literal, _ *testCase) { l.rules.residual = func(_, _ []float64) {} }},
	{"source and target swapped", Coconut, Diagonal, false,
		func(_ *Compact, x *testCase) { swapped(x) },
		func(l *Literal, _ *testCase) {
			l.rules.copies = func(l *Literal, tokens []Token) (source, target []copied) {
				source, target = l.copies(tokens)
				for i := range source {
					source[i].from, target[i].from = target[i].from, source[i].from
				}
				return source, target
			}
		}},
	{"last edge lost", CoconutBFS, Full, false,
		func(_ *Compact, x *testCase) { lastLost(x) },
		func(_ *Literal, x *testCase) { lastLost(x) }},
	{"softmax without N_c", Coconut, Diagonal, false,
		func(c *Compact, x *testCase) { c.rules.entropy = withoutReached(x) },
		func(l *Literal, x *testCase) { l.rules.entropy = withoutReached(x) }},
	{"thought of the wrong norm", Coconut, Diagonal, false,
		func(_ *Compact, x *testCase) { scaled(x) },
		func(_ *Literal, x *testCase) { scaled(x) }},
	{"attention transposed", Coconut, Full, false,
		func(c *Compact, _ *testCase) {
			c.rules.match = func(t *Task, thought []float64, label []int, w *Weights, score []float64, chosen *chosen) {
				flipped := w.Clone()
				clear(flipped.values)
				transposed(flipped, func(g *Weights) { copy(g.values, w.values) })
				match(t, thought, label, flipped, score, chosen)
			}
		}, nil},
	{"one candidate not lifted", Prediction, Diagonal, false,
		func(c *Compact, _ *testCase) {
			c.rules.conclude = func(t *Task, thought []float64, w *Weights, next []float64) {
				conclude(t, thought, w, next)
				next[t.candidates[1]] -= w.Lift()
			}
		},
		func(l *Literal, _ *testCase) {
			l.rules.copies = func(l *Literal, tokens []Token) (source, target []copied) {
				source, target = l.copies(tokens)
				return source, append(target[:len(target)-2], target[len(target)-1])
			}
		}},
	{"backward of the softmax: right side forgotten", Coconut, Diagonal, true,
		func(c *Compact, _ *testCase) { c.rules.backEntropy = oneSided },
		func(l *Literal, _ *testCase) { l.rules.backEntropy = oneSided }},
	{"backward of the softmax: right side not shared", CoconutBFS, Full, true,
		func(c *Compact, _ *testCase) { c.rules.backEntropy = unspread },
		func(l *Literal, _ *testCase) { l.rules.backEntropy = unspread }},
	{"backward of the readout: gain forgotten", Coconut, Full, true,
		func(c *Compact, _ *testCase) { c.rules.backReadout = func(float64, []float64) {} },
		func(l *Literal, _ *testCase) {
			l.rules.backReadout = func(l *Literal, _ float64, label []int, dlogits, dout []float64) {
				l.backReadout(1, label, dlogits, dout)
			}
		}},
	{"backward of the edges: ends swapped", Coconut, Diagonal, true,
		func(c *Compact, _ *testCase) {
			c.rules.backExpand = func(t *Task, dnext, dscore []float64) {
				for _, e := range t.edges {
					dscore[e[1]] += dnext[e[0]]
				}
			}
		}, nil},
	{"backward of the value map: not transposed", Coconut, Diagonal, true, nil,
		func(l *Literal, _ *testCase) {
			l.rules.backValue = func(l *Literal, dout, dmixed []float64) {
				mat.NewDense(1, len(dout), dmixed).Mul(mat.NewDense(1, len(dout), dout), l.value)
			}
		}},
	{"backward of the attention: first edge forgotten", CoconutBFS, Full, true, nil,
		func(l *Literal, _ *testCase) {
			l.rules.backAttend = func(stream *mat.Dense, query int, dmixed, dkey []float64) {
				for j := 3; j <= query; j++ {
					floats.AddScaled(dkey, floats.Dot(dmixed, stream.RawRowView(j)), stream.RawRowView(j))
				}
			}
		}},
	{"backward of the scores: weight of the thought mistaken, diagonal", Coconut, Diagonal, true,
		func(c *Compact, _ *testCase) { c.rules.backMatch = unweighted },
		func(l *Literal, _ *testCase) {
			l.rules.backKey = func(l *Literal, h, dkey []float64, scale float64, gradient *Weights) {
				l.backKey(doubled(h), dkey, scale, gradient)
			}
		}},
	{"backward of the scores: weight of the thought mistaken, full", CoconutBFS, Full, true,
		func(c *Compact, _ *testCase) { c.rules.backMatch = unweighted },
		func(l *Literal, _ *testCase) {
			l.rules.backKey = func(l *Literal, h, dkey []float64, scale float64, gradient *Weights) {
				l.backKey(doubled(h), dkey, scale, gradient)
			}
		}},
	{"backward of the scores: transposed", Coconut, Full, true,
		func(c *Compact, _ *testCase) {
			c.rules.backMatch = func(t *Task, thought []float64, label []int, dscore []float64, scale float64, gradient *Weights, c *chosen) {
				transposed(gradient, func(g *Weights) { backMatch(t, thought, label, dscore, scale, g, c) })
			}
		},
		func(l *Literal, _ *testCase) {
			l.rules.backKey = func(l *Literal, h, dkey []float64, scale float64, gradient *Weights) {
				transposed(gradient, func(g *Weights) { l.backKey(h, dkey, scale, g) })
			}
		}},
	{"backward of the prediction logits: exchanged", Prediction, Diagonal, true,
		func(c *Compact, _ *testCase) {
			c.rules.backConclude = func(t *Task, thought, dnext []float64, scale float64, gradient *Weights) {
				exchanged(gradient, func(g *Weights) { backConclude(t, thought, dnext, scale, g) })
			}
		},
		func(l *Literal, _ *testCase) {
			l.rules.backConclude = func(l *Literal, h, dkey []float64, scale float64, gradient *Weights) {
				exchanged(gradient, func(g *Weights) { l.backConclude(h, dkey, scale, g) })
			}
		}},
}

func unweighted(t *Task, thought []float64, label []int, dscore []float64, scale float64, gradient *Weights, c *chosen) {
	ones := make([]float64, len(thought))
	for v, x := range thought {
		if x != 0 {
			ones[v] = 1
		}
	}
	for i := range c.weights {
		c.weights[i] = 1
	}
	backMatch(t, ones, label, dscore, scale, gradient, c)
}

// doubled doubles what is read from the residual stream.
func doubled(h []float64) []float64 {
	out := append([]float64(nil), h...)
	floats.Scale(2, out)
	return out
}

// Every mistake, made on purpose, fails the comparison with dual numbers, and
// a mistake in a backward rule fails central differences as well.
func TestEveryMistakeIsCaught(t *testing.T) {
	const draws = 12
	caught := 0
	for _, m := range mistakes {
		for _, literal := range []bool{false, true} {
			exact := m.compact == nil && m.literal == nil
			if !exact && (literal && m.literal == nil || !literal && m.compact == nil) {
				continue
			}
			rng := rand.New(rand.NewPCG(5, 6))
			byReference, byDifferences := 0, 0
			for range draws {
				x := randomCase(t, rng, m.loss, m.form)
				r := newReference(x.in, x.c, x.loss)
				compact, full := x.networks(t)
				net := Network(compact)
				if literal {
					net = full
				}
				if !exact && literal {
					m.literal(full, x)
				} else if !exact {
					m.compact(compact, x)
				}
				if x.agrees(net, r) != nil {
					byReference++
				}
				if x.centralDifferences(net) != nil {
					byDifferences++
				}
			}
			if exact {
				if byReference+byDifferences > 0 {
					t.Errorf("%s: %d and %d of %d cases fail", m.name, byReference, byDifferences, draws)
				}
				continue
			}
			if byReference == 0 || m.backward && byDifferences == 0 {
				t.Errorf("%s, literal %v: noticed in %d and %d of %d cases", m.name, literal, byReference, byDifferences, draws)
			}
			caught++
		}
	}
	if caught != 30 {
		t.Errorf("%d mistakes were made", caught)
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
