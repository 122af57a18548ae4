package sim

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/num/dual"

	"muflow/graph"
)

// A chainCase is a case for a model with dials, for one step or through all.
type chainCase struct {
	*testCase
	model   *Model
	through bool
}

func randomChain(t testing.TB, rng *rand.Rand, d Dials, form Form, loss Loss, through bool) *chainCase {
	x := randomCase(t, rng, loss, form)
	for through && x.c == 0 { // a single step from the root
		x = randomCase(t, rng, loss, form)
	}
	m := mustModel(t, x.w.symbols, x.gain, d)
	w, err := m.Start(form)
	if err != nil {
		t.Fatal(err)
	}
	for i := range w.values {
		w.values[i] += 0.7 * rng.NormFloat64()
	}
	x.w = w
	return &chainCase{x, m, through}
}

func (x *chainCase) evaluate() (loss float64, logits []float64, gradient *Weights, err error) {
	if x.through {
		loss, logits, gradient = through(x.model, x.task, x.label, x.w)
		return loss, logits, gradient, nil
	}
	e, err := Evaluate(x.model, x.task, x.label, x.w)
	if err != nil {
		return 0, nil, nil, err
	}
	return e.Loss, e.Logits, e.Gradient, nil
}

// reference evaluates the model token by token in dual numbers, with every
// vector written out over all symbols and the derivative by weight number i.
func (x *chainCase) reference(i int) (logits []float64, loss dual.Number) {
	d, n := x.model.dials, x.w.symbols
	weight := func(j int) dual.Number {
		v := real(x.w.values[j])
		if j == i {
			v.Emag = 1
		}
		return v
	}
	score := func(a, b int) dual.Number {
		switch {
		case x.w.form == Full:
			return weight(a*n + b)
		case a == b:
			return weight(a)
		}
		return real(0)
	}
	first := n
	if x.w.form == Full {
		first *= n
	}
	value := func(t, v int) dual.Number {
		switch {
		case d.Value == MatrixValue:
			return weight(first + t*n + v)
		case t != v:
			return real(0)
		case d.Value == GainValue:
			return weight(first)
		}
		return real(1)
	}
	inner := func(a []dual.Number, s int) (sum dual.Number) { // of a vector in symbol coordinates with u_s
		for u, v := range a {
			sum = dual.Add(sum, dual.Scale(x.model.Gram(s, u), v))
		}
		return sum
	}
	lambda, steps := make([]dual.Number, n), 1
	if x.through {
		steps = x.c + 1
		lambda[x.label[x.in.Root]] = real(1)
	} else {
		for v, weight := range newReference(x.in, x.c, x.loss).thought {
			lambda[x.label[v]] = real(weight)
		}
	}
	edges := x.in.Graph.Edges()
	for step := range steps {
		raw := make([]dual.Number, len(edges))
		var total dual.Number
		for k, e := range edges {
			for end, share := range []float64{1 - d.Leak, d.Leak} {
				for s := range n {
					for u := range n {
						key := dual.Scale(share*x.model.Gram(u, x.label[e[end]])*float64(1+d.Heads), score(s, u))
						raw[k] = dual.Add(raw[k], dual.Mul(key, inner(lambda, s)))
					}
				}
			}
			raw[k] = dual.Scale(1+d.Uneven*d.Deviations(len(edges))[k], raw[k])
			total = dual.Add(total, dual.Exp(raw[k]))
		}
		next := append([]dual.Number(nil), lambda...)
		if d.Value == CarryValue {
			for v := range next {
				next[v] = dual.Mul(weight(first), next[v])
			}
		}
		for k, e := range edges {
			y := dual.Scale(1-d.Softmax, raw[k])
			y = dual.Add(y, dual.Scale(d.Softmax*d.ValueGain, dual.Mul(dual.Exp(raw[k]), dual.Inv(total))))
			for end, share := range []float64{d.Leak, 1 - d.Leak} {
				for v := range n {
					next[v] = dual.Add(next[v], dual.Scale(share, dual.Mul(y, value(x.label[e[end]], v))))
				}
			}
		}
		for s, v := range next {
			if v.Real > 0 {
				next[s] = dual.Add(v, dual.Scale(d.Square, dual.Mul(v, v)))
			}
		}
		if lambda = next; step == steps-1 {
			break
		}
		var norm dual.Number
		for _, v := range lambda {
			norm = dual.Add(norm, dual.Mul(v, v))
		}
		for s, v := range lambda {
			lambda[s] = dual.Mul(v, dual.Inv(dual.Sqrt(norm)))
		}
	}
	var square dual.Number
	for s, v := range lambda {
		square = dual.Add(square, dual.Mul(v, inner(lambda, s)))
	}
	divisor := dual.PowReal(square, d.Normalise/2)
	targets := newReference(x.in, x.c, x.loss).targets
	var all, right, mean dual.Number
	order := x.in.Graph.Order()
	for v := range order {
		xi := dual.Mul(dual.Scale(x.gain, inner(lambda, x.label[v])), dual.Inv(divisor))
		logits = append(logits, xi.Real)
		all = dual.Add(all, dual.Exp(xi))
		mean = dual.Add(mean, dual.Scale(1/float64(order), xi))
		if targets[v] {
			right = dual.Add(right, dual.Exp(xi))
		}
	}
	loss = dual.Scale(1-d.Noise, dual.Sub(dual.Log(all), dual.Log(right)))
	return logits, dual.Add(loss, dual.Scale(d.Noise, dual.Sub(dual.Log(all), mean)))
}

// heads is by how much the derivative by weight i in the reference, where all
// heads move, is larger than that by one of the tied heads.
func (x *chainCase) heads(i int) float64 {
	if i < len(x.w.scores().entries) {
		return float64(1 + x.model.dials.Heads)
	}
	return 1
}

// agrees compares loss, logits and every derivative with dual numbers.
func (x *chainCase) agrees() error {
	loss, logits, gradient, err := x.evaluate()
	if err != nil {
		return err
	}
	scale := max(floats.Norm(gradient.values, math.Inf(1)), 1e-6)
	for i, g := range gradient.values {
		wanted, want := x.reference(i)
		if !near(loss, want.Real, 1) {
			return fmt.Errorf("loss %.17g, want %.17g", loss, want.Real)
		}
		for v, l := range wanted {
			if !near(logits[v], l, 1) {
				return fmt.Errorf("logit %d is %.17g, want %.17g", v, logits[v], l)
			}
		}
		if derivative := want.Emag / x.heads(i); !near(g, derivative, scale) {
			return fmt.Errorf("derivative by weight %d: %.17g, want %.17g", i, g, derivative)
		}
	}
	return nil
}

// differs compares every derivative with central differences.
func (x *chainCase) differs() error {
	_, _, gradient, err := x.evaluate()
	if err != nil {
		return err
	}
	scale := floats.Norm(gradient.values, math.Inf(1))
	for i, g := range gradient.values {
		moved := func(h float64) float64 {
			kept := x.w
			x.w = kept.Clone()
			x.w.values[i] += h
			loss, _, _, _ := x.evaluate()
			x.w = kept
			return loss
		}
		const h = 1e-5
		if d := (moved(h) - moved(-h)) / (2 * h) / x.heads(i); math.Abs(g-d) > 1e-7*max(scale, 1e-2) {
			return fmt.Errorf("derivative by weight %d: %g, central difference %g", i, g, d)
		}
	}
	return nil
}

// eachChain calls visit for cases of all dials, forms and losses, for one step
// and through several.
func eachChain(t *testing.T, each int, visit func(t *testing.T, name string, x *chainCase)) {
	if testing.Short() {
		each = 1
	}
	for name, d := range someDials {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(31, 2))
			for _, loss := range []Loss{Coconut, CoconutBFS} {
				for _, form := range forms {
					for _, through := range []bool{false, true} {
						for range each {
							visit(t, name, randomChain(t, rng, d, form, loss, through))
						}
					}
				}
			}
		})
	}
}

// With any dials the model is what dual numbers make of its definition; and
// every dial does something.
func TestModelAgreesWithDualNumbers(t *testing.T) {
	compared, long := 0, 0
	dials, steps, moved := map[string]bool{}, map[string]int{}, map[string]int{}
	eachChain(t, 2, func(t *testing.T, name string, x *chainCase) {
		dials[name] = true
		if err := x.agrees(); err != nil {
			t.Fatalf("%v, %v, through %v: %v", x.loss, x.w.form, x.through, err)
		}
		if compared += len(x.w.values); x.through {
			long++
		}
		if x.through || x.model.dials.Value != FixedValue || x.model.dials == (Dials{}) {
			return
		}
		e, err := Evaluate(x.model, x.task, x.label, x.w)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := Evaluate(mustModel(t, x.w.symbols, x.gain, Dials{}), x.task, x.label, x.w)
		if err != nil {
			t.Fatal(err)
		}
		if steps[name]++; math.Abs(plain.Loss-e.Loss) > 1e-9 {
			moved[name]++
		}
	})
	for name, count := range steps {
		if moved[name] < count/2 {
			t.Errorf("dial %s changed %d of %d losses", name, moved[name], count)
		}
	}
	if len(dials) == len(someDials) && (compared < 700 || long < 50) { // a mutant is run with one of them
		t.Fatalf("%d comparisons, %d cases with thoughts", compared, long)
	}
}

// Its gradient is what central differences say.
func TestModelAgreesWithDifferences(t *testing.T) {
	checks := 0
	eachChain(t, 2, func(t *testing.T, name string, x *chainCase) {
		if err := x.differs(); err != nil {
			t.Fatalf("%v, %v, through %v: %v", x.loss, x.w.form, x.through, err)
		}
		checks++
	})
	if checks < 8*len(someDials) {
		t.Fatalf("%d checks ran", checks)
	}
}

// At zero dials and one step the chain is the compact form, up to rounding.
func TestChainIsCompactForOneStep(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, form := range forms {
		for range 40 {
			x := randomCase(t, rng, Coconut, form)
			compact := mustModel(t, x.w.symbols, x.gain, Dials{})
			want, err := Evaluate(compact, x.task, x.label, x.w)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Evaluate(compact.EdgeByEdge(), x.task, x.label, x.w)
			if err != nil {
				t.Fatal(err)
			}
			if !near(got.Loss, want.Loss, 1) || !floats.EqualApprox(got.Logits, want.Logits, 1e-12) || !floats.EqualApprox(got.Gradient.values, want.Gradient.values, 1e-12) {
				t.Fatalf("loss %g and %g", got.Loss, want.Loss)
			}
		}
	}
}

// A session taken up from its state goes on to the last bit, for any number of
// workers, and refuses what is no state of it.
func TestSessionsGoOnFromTheirStates(t *testing.T) {
	small := middleLike("small", graph.FrontierLaw, Dials{Softmax: 1, ValueGain: 1, Value: GainValue})
	small.Pool, small.HeldOut, small.StageSteps, small.Every = 20, 10, []int{15, 20}, 5
	theory := TheoryFull
	theory.StageSteps, theory.Every, theory.Batch = []int{12}, 5, 16
	open := map[string]func(workers int) Session{
		"middle": func(workers int) Session {
			s, err := NewSession(small, CoconutBFS, 3, workers, nil)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		"theory": func(workers int) Session {
			pool, _, err := small.graphs(1)
			if err != nil {
				t.Fatal(err)
			}
			s, err := NewSession(theory, Coconut, 3, workers, pool)
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
		broken := [][]byte{nil, state[:8], state[:len(state)-1], append(append([]byte(nil), state...), 0)}
		for _, step := range []int64{-1, math.MinInt64, math.MaxInt32 + 1, math.MaxInt64} {
			broken = append(broken, slices.Concat(Pack(step), state[8:]))
		}
		for _, broken := range broken {
			if session(1).Restore(broken) == nil {
				t.Errorf("%s: restored from %d bytes", name, len(broken))
			}
			refused++
		}
		if refused != 8 {
			t.Errorf("%d states were tried", refused)
		}
	}
}
