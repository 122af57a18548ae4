package sim

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/num/dual"
)

// chainReference computes the loss of a walk from the definition, in dual
// numbers, with the derivative by weight number i (score matrix first).
func chainReference(c *Chain, w *Walk, weights *ChainWeights, i int) dual.Number {
	n := c.Symbols
	variable := func(j int, x float64) dual.Number {
		d := real(x)
		if j == i {
			d.Emag = 1
		}
		return d
	}
	value := func(t, v int) dual.Number {
		switch {
		case c.Value == MatrixValue:
			return variable(n*n+t*n+v, weights.Value[t*n+v])
		case t != v:
			return real(0)
		case c.Value == GainValue:
			return variable(n*n, weights.Value[0])
		}
		return real(c.Gain)
	}
	lambda := make([]dual.Number, n)
	for v, x := range w.Start {
		lambda[v] = real(x)
	}
	for step := range w.Steps {
		attention := make([]dual.Number, len(w.Edges))
		var sum dual.Number
		for j, e := range w.Edges {
			for x := range n {
				if c.Form == Full || x == e[0] {
					attention[j] = dual.Add(attention[j], dual.Mul(lambda[x], variable(x*n+e[0], weights.Score[x*n+e[0]])))
				}
			}
			if c.Attention == SoftmaxAttention {
				attention[j] = dual.Exp(attention[j])
			}
			sum = dual.Add(sum, attention[j])
		}
		next := append([]dual.Number(nil), lambda...)
		for j, e := range w.Edges {
			a := attention[j]
			if c.Attention == SoftmaxAttention {
				a = dual.Mul(a, dual.Inv(sum))
			}
			for v := range n {
				next[v] = dual.Add(next[v], dual.Mul(a, value(e[1], v)))
			}
		}
		if step < w.Steps-1 {
			var norm dual.Number
			for _, x := range next {
				norm = dual.Add(norm, dual.Mul(x, x))
			}
			for v := range next {
				next[v] = dual.Mul(next[v], dual.Inv(dual.Sqrt(norm)))
			}
		}
		lambda = next
	}
	var all, right dual.Number
	for j, v := range w.Present {
		p := dual.Exp(dual.Scale(c.Readout, lambda[v]))
		all = dual.Add(all, p)
		if w.Targets[j] {
			right = dual.Add(right, p)
		}
	}
	return dual.Sub(dual.Log(all), dual.Log(right))
}

type chainCase struct {
	chain   *Chain
	walk    *Walk
	weights *ChainWeights
}

func randomChain(t testing.TB, rng *rand.Rand, c Chain, loss Loss) *chainCase {
	x := randomCase(t, rng, loss, c.Form)
	steps := rng.IntN(x.in.Steps())
	task, err := NewTask(x.in, steps, loss)
	if err != nil {
		t.Fatal(err)
	}
	c.Symbols, c.Gain, c.Readout = x.w.symbols, 0.5+rng.Float64(), 0.5+rng.Float64()
	chain, err := NewChain(c)
	if err != nil {
		t.Fatal(err)
	}
	walk, err := chain.NewWalk(task, x.label, false)
	if err != nil {
		t.Fatal(err)
	}
	weights := chain.Start()
	for i := range weights.Score {
		if c.Form == Full || i/c.Symbols == i%c.Symbols {
			weights.Score[i] = rng.NormFloat64()
		}
	}
	for i := range weights.Value {
		weights.Value[i] += 0.5 * rng.NormFloat64()
	}
	return &chainCase{chain, walk, weights}
}

// agrees compares loss and every derivative with dual numbers, and every
// derivative with central differences.
func (x *chainCase) agrees() error {
	loss, _, gradient, err := x.chain.Evaluate(x.walk, x.weights)
	if err != nil {
		return err
	}
	flat := append(append([]float64(nil), gradient.Score...), gradient.Value...)
	scale := floats.Norm(flat, math.Inf(1))
	p := &chainPass{chain: x.chain}
	for i, got := range flat {
		want := chainReference(x.chain, x.walk, x.weights, i)
		if !near(loss, want.Real, 1) {
			return fmt.Errorf("loss %g, want %g", loss, want.Real)
		}
		if math.Abs(got-want.Emag) > 1e-11*max(scale, 1e-3) {
			return fmt.Errorf("derivative %d is %g, want %g by dual numbers", i, got, want.Emag)
		}
		if n := x.chain.Symbols; x.chain.Form == Diagonal && i < n*n && i/n != i%n {
			continue // not trained
		}
		moved := func(h float64) float64 {
			w := x.weights.Clone()
			if i < len(w.Score) {
				w.Score[i] += h
			} else {
				w.Value[i-len(w.Score)] += h
			}
			return p.forward(x.walk, w)
		}
		const h = 1e-5
		if difference := (moved(h) - moved(-h)) / (2 * h); math.Abs(got-difference) > 1e-7*max(scale, 1e-2) {
			return fmt.Errorf("derivative %d is %g, want %g by differences", i, got, difference)
		}
	}
	return nil
}

func chainKinds() (kinds []Chain) {
	for _, form := range forms {
		for _, attention := range []Attention{LinearAttention, SoftmaxAttention} {
			for _, value := range []ValueMap{FixedValue, GainValue, MatrixValue} {
				kinds = append(kinds, Chain{Form: form, Attention: attention, Value: value})
			}
		}
	}
	return kinds
}

func TestChainAgreesWithDualNumbersAndDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	checks, long := 0, 0
	for _, kind := range chainKinds() {
		for _, loss := range []Loss{Coconut, CoconutBFS} {
			for range 4 {
				x := randomChain(t, rng, kind, loss)
				if err := x.agrees(); err != nil {
					t.Fatalf("%+v, %v: %v", x.chain, loss, err)
				}
				if checks++; x.walk.Steps > 1 {
					long++
				}
			}
		}
	}
	if checks != 12*2*4 || long < 20 {
		t.Fatalf("%d checks ran, %d with thoughts", checks, long)
	}
}

// Each mistake in a backward rule is noticed.
func TestChainMistakesAreNoticed(t *testing.T) {
	mistakes := map[string]func(r *chainRules){
		"entropy": func(r *chainRules) {
			r.backEntropy = func(x *entropy, targets []bool, dlogits []float64) {
				x.backward(targets, dlogits)
				dlogits[0] *= 1.01
			}
		},
		"value": func(r *chainRules) {
			r.backValue = func(c *Chain, w *Walk, weights *ChainWeights, attention, dx, dattention []float64, g *ChainWeights) {
				kept := g.Clone()
				backChainValue(c, w, weights, attention, dx, dattention, g)
				copy(g.Value, kept.Value)
			}
		},
		"attention": func(r *chainRules) {
			r.backAttention = func(attention, d []float64) {
				for j, a := range attention {
					d[j] *= a
				}
			}
		},
		"score by thought": func(r *chainRules) {
			r.backScore = func(c *Chain, w *Walk, weights *ChainWeights, lambda, dz, dlambda []float64, g *ChainWeights) {
				backChainScore(c, w, weights, lambda, dz, append([]float64(nil), dlambda...), g)
			}
		},
		"score by W": func(r *chainRules) {
			r.backScore = func(c *Chain, w *Walk, weights *ChainWeights, lambda, dz, dlambda []float64, g *ChainWeights) {
				ones := append([]float64(nil), lambda...)
				for i := range ones {
					ones[i]++
				}
				backChainScore(c, w, weights, ones, dz, dlambda, g)
			}
		},
		"unit": func(r *chainRules) {
			r.backUnit = func(unit []float64, norm float64, d []float64) {
				for i := range d {
					d[i] /= norm
				}
			}
		},
	}
	for name, mistake := range mistakes {
		rng := rand.New(rand.NewPCG(5, 6))
		noticed := false
		for range 20 {
			x := randomChain(t, rng, Chain{Form: Full, Attention: SoftmaxAttention, Value: MatrixValue}, Coconut)
			if err := x.agrees(); err != nil {
				t.Fatalf("without a mistake: %v", err)
			}
			mistake(&x.chain.rules)
			noticed = noticed || x.agrees() != nil
		}
		if !noticed {
			t.Errorf("not noticed: %s", name)
		}
	}
}

// With linear attention, g = 1 and one step from the task's thought a chain is
// the compact form.
func TestChainIsCompactForOneStep(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 40 {
		x := randomCase(t, rng, Coconut, Full)
		compact, _ := x.networks(t)
		want, err := Evaluate(compact, x.task, x.label, x.w)
		if err != nil {
			t.Fatal(err)
		}
		chain, err := NewChain(Chain{Symbols: x.w.symbols, Form: Full, Gain: 1, Readout: x.gain})
		if err != nil {
			t.Fatal(err)
		}
		walk, err := chain.NewWalk(x.task, x.label, true)
		if err != nil {
			t.Fatal(err)
		}
		loss, logits, gradient, err := chain.Evaluate(walk, &ChainWeights{Score: x.w.scores()})
		if err != nil {
			t.Fatal(err)
		}
		if !near(loss, want.Loss, 1) || !floats.EqualApprox(logits, want.Logits, 1e-12) || !floats.EqualApprox(gradient.Score, want.Gradient.scores(), 1e-12) {
			t.Fatalf("loss %g and %g", loss, want.Loss)
		}
	}
}

// A session taken up from its state goes on to the last bit, for any number of
// workers, and refuses what is no state of it.
func TestSessionsGoOnFromTheirStates(t *testing.T) {
	small := MiddleGain
	small.Pool, small.HeldOut, small.StageSteps, small.Every = 20, 10, []int{15, 20}, 5
	theory := TheoryFull
	theory.StageSteps, theory.Every, theory.Batch = 12, 5, 16
	open := map[string]func(workers int) Session{
		"middle": func(workers int) Session {
			s, err := NewMiddleSession(small, CoconutBFS, 3, workers, nil)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		"theory": func(workers int) Session {
			pool, _, err := small.Graphs(1)
			if err != nil {
				t.Fatal(err)
			}
			s, err := NewTheorySession(theory, Coconut, 3, workers, pool)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	}
	for name, session := range open {
		var whole, parts []Point
		all := session(1)
		note := func(to *[]Point) func(Point) error {
			return func(p Point) error { *to = append(*to, p); return nil }
		}
		if err := Advance(context.Background(), all, all.Total(), note(&whole), nil); err != nil {
			t.Fatal(err)
		}
		stops := []int{0, 1, 7, 12, 15, 16, 30, all.Total()}
		state := session(2).State()
		for i, stop := range stops {
			s := session(1 + i%3)
			if err := s.Restore(state); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if s.Done() == 0 {
				parts = nil
			}
			if err := Advance(context.Background(), s, stop, note(&parts), nil); err != nil {
				t.Fatal(err)
			}
			if s.Done() == stop && !s.Due() {
				parts = parts[:len(parts)-1] // the last point of a part
			}
			state = s.State()
		}
		if !reflect.DeepEqual(parts, whole) || len(whole) < 8 || !reflect.DeepEqual(state, all.State()) {
			t.Errorf("%s: %d points in parts, %d at once", name, len(parts), len(whole))
		}
		refused := 0
		for _, broken := range [][]byte{nil, state[:8], state[:len(state)-1], append(append([]byte(nil), state...), 0), append([]byte{255, 255}, state[2:]...)} {
			if session(1).Restore(broken) == nil {
				t.Errorf("%s: restored from %d bytes", name, len(broken))
			}
			refused++
		}
		if refused != 5 {
			t.Errorf("%d states were tried", refused)
		}
	}
}
