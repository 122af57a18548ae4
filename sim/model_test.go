package sim

import (
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"muflow/graph"
)

func instance(t testing.TB, n int, edges [][2]int, target, other int, path ...int) *graph.Instance {
	t.Helper()
	g, err := graph.New(n, edges)
	if err != nil {
		t.Fatal(err)
	}
	in := &graph.Instance{Graph: g, Root: path[0], Target: target, Other: other, Path: path}
	if err := in.Validate(); err != nil {
		t.Fatal(err)
	}
	return in
}

// ten is the instance of theory section 2 whose averaged loss at step 1 is
// stationary at μ = 2 log 2 for α = 1.
func ten(t testing.TB) *graph.Instance {
	return instance(t, 10, [][2]int{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 0}, {1, 4}, {1, 7}, {1, 8},
		{2, 3}, {2, 0}, {2, 5}, {2, 7}, {2, 8}, {3, 1}, {3, 6}, {3, 7}}, 8, 9, 0, 1, 8)
}

func mustTask(t testing.TB, in *graph.Instance, c int, loss Loss) *Task {
	t.Helper()
	task, err := NewTask(in, c, loss)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func weights(t testing.TB, form Form, symbols int, mu, nu float64) *Weights {
	t.Helper()
	w, err := NewWeights(form, symbols)
	if err == nil {
		err = w.SetScores(mu, nu)
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Reference digits from PARI/GP 2.15.2, 38 digits, from the definitions of the
// losses, edge by edge, with the 10×10 matrix W; the derivatives are central
// differences with h = 10⁻¹², good to 22 digits.
func TestReferenceDigits(t *testing.T) {
	in := ten(t)
	checks := 0
	check := func(name string, got, want float64) {
		t.Helper()
		if checks++; math.Abs(got-want) > 4e-15 {
			t.Errorf("%s: %.17g, want %.17g", name, got, want)
		}
	}
	for _, net := range bothNetworks(t, 10, 1) {
		averaged := func(loss Loss, w *Weights) (float64, Probe) {
			t.Helper()
			l, g, err := averaged(net, []*Task{mustTask(t, in, 1, loss)}, w, Superposition)
			if err != nil {
				t.Fatal(err)
			}
			return l, g.Probe()
		}
		l, g := averaged(Coconut, weights(t, Diagonal, 10, 0.5, 0))
		check("loss", l, 2.4699489649955907431622928598941686902)
		check("gradient", g.Diagonal.Mean, -0.009581577739288888694908)
		_, g = averaged(Coconut, weights(t, Diagonal, 10, 2*math.Ln2, 0))
		check("gradient at 2 log 2", g.Diagonal.Mean, 0)
		l, g = averaged(Coconut, weights(t, Full, 10, 0.5, 0.25)) // every score is μ+3ν
		check("loss, full", l, 2.4296951737854431435143915248794096432)
		check("gradient, full", g.Diagonal.Mean, -0.001367399525913177725103)
		check("gradient, full, beside", g.Beside.Mean, -0.0004557998419710592417012)
		l, _ = averaged(CoconutBFS, weights(t, Diagonal, 10, 0.5, 0))
		check("loss, bfs", l, 0.052668901852754369219861741922315483290)

		w := weights(t, Diagonal, 10, 0, 0)
		if err := w.SetAnswer(0.75, 1.0/3); err != nil {
			t.Fatal(err)
		}
		e, err := Evaluate(net, mustTask(t, in, 2, Prediction), nil, w)
		if err != nil {
			t.Fatal(err)
		}
		check("loss, prediction", e.Loss, 2.0163754383578157993017520890792841726)
	}
	if checks != 16 {
		t.Fatalf("%d checks ran", checks)
	}
}

func bothNetworks(t testing.TB, symbols int, gain float64) []Network {
	t.Helper()
	compact, err := NewModel(symbols, gain, Dials{})
	if err != nil {
		t.Fatal(err)
	}
	literal, err := NewLiteral(symbols, gain, 11)
	if err != nil {
		t.Fatal(err)
	}
	return []Network{compact, literal}
}

func TestSequenceIsAsSpecified(t *testing.T) {
	in := instance(t, 4, [][2]int{{2, 0}, {0, 1}}, 1, 3, 2, 0, 1)
	v := Vocabulary{5}
	tokens, err := v.Sequence(in, []int{4, 3, 1, 0}, 2)
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, token := range tokens {
		text = append(text, v.Text(token))
	}
	if got, want := strings.Join(text, " "), "1 4 <e> 4 3 <e> <Q> 0 3 <R> 1 [t] [t] <A>"; got != want {
		t.Errorf("sequence %s, want %s", got, want)
	}
	for name, label := range map[string][]int{"short": {0, 1, 2}, "twice": {0, 1, 1, 2}, "outside": {0, 1, 2, 5}} {
		if _, err := v.Sequence(in, label, 0); err == nil {
			t.Errorf("labels accepted: %s", name)
		}
	}
	if _, err := v.Sequence(in, []int{0, 1, 2, 3}, -1); err == nil {
		t.Error("a negative number of thoughts was accepted")
	}
}

// What layer 1 leaves in the residual stream, read back space by space.
func TestCopyLayerFillsTheBuffers(t *testing.T) {
	in := ten(t)
	net := bothNetworks(t, 12, 1)[1].(*Literal)
	task := mustTask(t, in, 2, Prediction)
	p := net.newPass(false).(*literalPass)
	label := rand.New(rand.NewPCG(1, 1)).Perm(12)[:10]
	p.embed(task, task.thoughts, label)
	p.copyLayer()
	directions := [spaces][][]float64{}
	for s := range directions {
		directions[s] = net.embedding.rows(s, net.vocabulary.Size())
	}
	checks := 0
	expect := func(position, space int, want map[int]float64) {
		t.Helper()
		for token, d := range directions[space] {
			held := 0.0
			for i, x := range d {
				held += x * p.row(position)[i]
			}
			if checks++; math.Abs(held-want[token]) > 1e-13 {
				t.Fatalf("position %d, space %d, token %d: %g, want %g", position, space, token, held, want[token])
			}
		}
	}
	for i, e := range in.Graph.Edges() {
		expect(3*i, contentSpace, map[int]float64{label[e[0]]: 1})
		expect(3*i, targetSpace, nil)
		expect(3*i+2, contentSpace, map[int]float64{12 + edgeToken: 1})
		expect(3*i+2, sourceSpace, map[int]float64{label[e[0]]: 1})
		expect(3*i+2, targetSpace, map[int]float64{label[e[1]]: 1})
	}
	at := 3 * in.Graph.Size()
	expect(at+3, contentSpace, map[int]float64{12 + reasonToken: 1})
	expect(at+3, sourceSpace, nil)
	expect(at+3, targetSpace, map[int]float64{label[in.Target]: 1, label[in.Other]: 1})
	expect(at+4, contentSpace, map[int]float64{label[in.Root]: 1})
	first, last := map[int]float64{}, map[int]float64{}
	for v := range 4 {
		first[label[v]] = 0.5
	}
	for v := range 9 {
		last[label[v]] = 1.0 / 3
	}
	expect(at+5, contentSpace, first)
	expect(at+6, contentSpace, last)
	expect(at+7, contentSpace, map[int]float64{12 + answerToken: 1})
	expect(at+7, sourceSpace, nil)
	expect(at+7, targetSpace, last)
	if checks != (5*16+9)*16 {
		t.Fatalf("%d checks ran", checks)
	}
}

func TestEmbeddingIsOrthonormalAndRandom(t *testing.T) {
	e, err := NewEmbedding(9, 1)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewEmbedding(9, 2)
	if err != nil {
		t.Fatal(err)
	}
	content, again := e.rows(contentSpace, 9), other.rows(contentSpace, 9)
	largest, overlap := 0.0, 0.0
	for i := range content {
		for j := range content {
			dot, cross := 0.0, 0.0
			for k, x := range content[i] {
				dot += x * content[j][k]
				cross += x * again[j][k]
				largest = max(largest, math.Abs(x))
			}
			if want := float64(side(i == j)); math.Abs(dot-want) > orthonormality {
				t.Errorf("⟨u_%d, u_%d⟩ = %g", i, j, dot)
			}
			overlap = max(overlap, math.Abs(cross))
		}
	}
	if e.Width() != 27 || largest > 0.9 || overlap > 0.9 {
		t.Errorf("width %d, largest coordinate %g, largest overlap between seeds %g", e.Width(), largest, overlap)
	}
	if _, err := NewEmbedding(0, 1); err == nil {
		t.Error("an embedding of nothing was accepted")
	}
	e.basis.Set(0, 0, e.basis.At(0, 0)+1e-6)
	if e.defect() < 1e-8 {
		t.Error("a basis that is not orthonormal was not noticed")
	}
}

// Loss and gradient do not depend on names, on the order of the edges, or on
// the symbols that no vertex is called by.
func TestInvariances(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	checks := 0
	for i := range 60 {
		x := randomCase(t, rng, losses[i%3], forms[i%2])
		n := x.task.Order()
		x.w = weights(t, forms[i%2], n, 0, 0)
		for j := range x.w.values {
			x.w.values[j] = rng.NormFloat64()
		}
		label := rng.Perm(n)
		edges := append([][2]int(nil), x.in.Graph.Edges()...)
		rng.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
		moved, err := instance(t, n, edges, x.in.Target, x.in.Other, x.in.Path...).Relabel(label)
		if err != nil {
			t.Fatal(err)
		}
		renamed := relabel(t, x.w, label)
		for _, net := range bothNetworks(t, n, x.gain) {
			before, err := Evaluate(net, x.task, nil, x.w)
			if err != nil {
				t.Fatal(err)
			}
			want := relabel(t, before.Gradient, label)
			same := func(task *Task, label []int) {
				t.Helper()
				after, err := Evaluate(net, task, label, renamed)
				if err != nil {
					t.Fatal(err)
				}
				if !near(after.Loss, before.Loss, 1) {
					t.Fatalf("%T: loss %g, before %g", net, after.Loss, before.Loss)
				}
				for j, g := range after.Gradient.values {
					if !near(g, want.values[j], 1) {
						t.Fatalf("%T: derivative %d: %g, want %g", net, j, g, want.values[j])
					}
				}
				checks++
			}
			same(x.task, label)
			same(mustTask(t, moved, x.c, x.loss), nil)
		}
	}
	if checks != 240 {
		t.Fatalf("%d checks ran", checks)
	}
}

// The last edge is the only one that leaves the root: without it, nothing is
// found.
func TestLastEdgeCounts(t *testing.T) {
	in := instance(t, 4, [][2]int{{1, 2}, {0, 1}}, 2, 3, 0, 1, 2)
	task, w := mustTask(t, in, 0, Coconut), weights(t, Diagonal, 4, 1, 0)
	without := *task
	without.edges = without.edges[:1]
	for _, net := range bothNetworks(t, 4, 1) {
		for _, c := range []struct {
			task *Task
			want float64
		}{{task, 1}, {&without, 0}} {
			e, err := Evaluate(net, c.task, nil, w)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(e.Logits[1]-c.want) > 1e-13 {
				t.Errorf("%T, %d edges: logit %g of the vertex after the root, want %g", net, len(c.task.edges), e.Logits[1], c.want)
			}
		}
	}
}

// Thoughts that the network generates, against powers of I + Aᵀ computed by
// integers: with W = I and no normalisation the weights are numbers of walks.
func TestThinkCountsWalks(t *testing.T) {
	in := ten(t)
	checks := 0
	for _, net := range bothNetworks(t, 10, 1) {
		for _, unit := range []bool{false, true} {
			thoughts, err := Think(net, mustTask(t, in, 1, Coconut), nil, weights(t, Diagonal, 10, 1, 0), unit)
			if err != nil {
				t.Fatal(err)
			}
			walks := make([]int, 10)
			walks[0] = 1
			if len(thoughts) != 2 {
				t.Fatalf("%d thoughts", len(thoughts))
			}
			for i, thought := range thoughts {
				next := append([]int(nil), walks...)
				for _, e := range in.Graph.Edges() {
					next[e[1]] += walks[e[0]]
				}
				walks = next
				norm := 1.0
				if unit {
					norm = 0
					for _, x := range walks {
						norm += float64(x * x)
					}
					norm = math.Sqrt(norm)
				}
				for v, x := range thought {
					if checks++; math.Abs(x-float64(walks[v])/norm) > 1e-12 {
						t.Errorf("%T, unit %v, thought %d, vertex %d: %g, want %d/%g", net, unit, i+1, v, x, walks[v], norm)
					}
				}
			}
		}
	}
	if checks != 80 {
		t.Fatalf("%d checks ran", checks)
	}
}

// Digits of theory section 8: the averaged loss of the published validation
// split is stationary at the population equilibria given there.
func TestPublishedPopulationIsStationary(t *testing.T) {
	file := "../../shared/data/prosqa_valid.json.gz"
	if _, err := os.Stat(file); err != nil {
		t.Skip("the published validation split is not beside the project")
	}
	instances, err := graph.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	net, err := NewModel(28, 1, Dials{})
	if err != nil {
		t.Fatal(err)
	}
	checks := 0
	for _, x := range []struct {
		c, count int
		form     Form
		mu, nu   float64
	}{
		{1, 257, Diagonal, 2.39309267500646422791102261962453685384550573, 0},
		{2, 257, Diagonal, 1.37030435317933369432293387847033403976957468, 0},
		{3, 133, Diagonal, 0.725354945648003728447117982418273409699065377, 0},
		{1, 257, Full, 3.11500666523409809092430038104, -0.326072100613957280226930654001},
		{2, 257, Full, 2.41991796414479792674134398564, -0.187432441594527494671214789165},
		{3, 133, Full, 2.65160823295368761049781167623, -0.255720332487056340826672525296},
	} {
		tasks, err := NewTasks(instances, x.c, Coconut)
		if err != nil {
			t.Fatal(err)
		}
		slope := func(mu, nu float64) (diagonal, beside float64) {
			_, g, err := averaged(net, tasks, weights(t, x.form, 28, mu, nu), Superposition)
			if err != nil {
				t.Fatal(err)
			}
			return g.scores().means()
		}
		diagonal, beside := slope(x.mu, x.nu)
		below, _ := slope(x.mu-1e-9, x.nu)
		above, _ := slope(x.mu+1e-9, x.nu)
		if checks++; len(tasks) != x.count || math.Abs(diagonal) > 1e-15 || math.Abs(beside) > 1e-15 || below >= 0 || above <= 0 {
			t.Errorf("%v, c=%d, %d tasks: slopes %g and %g at the equilibrium, %g and %g beside it", x.form, x.c, len(tasks), diagonal, beside, below, above)
		}
	}
	if checks != 6 {
		t.Fatalf("%d checks ran", checks)
	}
}
