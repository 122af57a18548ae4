package derive

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/sym"
	"muflow/theory"
)

// check fails the test unless all steps were compared and none differs.
func check(t *testing.T, steps []Step, averaged bool) {
	t.Helper()
	tally, err := Check(t.Context(), steps)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range tally.Counterexamples {
		t.Error(c)
	}
	want := 3 * len(steps) // one diagonal and two full components
	if averaged {
		want *= 2
	}
	if tally.Verdict() != theory.Proved || tally.Steps != len(steps) || tally.Identities != want || averaged != (tally.Averaged == len(steps)) {
		t.Errorf("%d steps, %d averaged, %d identities, %v; expected %d steps and %d identities",
			tally.Steps, tally.Averaged, tally.Identities, tally.Verdict(), len(steps), want)
	}
}

// TestEverySmallGraph proves L1 for every labelled digraph with at most three
// vertices. The 18 steps on two vertices by hand: each of the graphs 0→1 and
// 1→0 has two values of c from its one useful root, with one target each; with
// both edges each root has one target at c = 0 and two at c = 1; and each
// (graph, root, c) adds one step under Coconut-BFS: 2·4 + 2·5.
func TestEverySmallGraph(t *testing.T) {
	for n, count := range map[int]int{1: 0, 2: 18, 3: 984} {
		cases, err := Cases(n)
		if err != nil {
			t.Fatal(err)
		}
		if len(cases) != count {
			t.Errorf("%d steps on %d vertices, want %d", len(cases), n, count)
		}
		if n == 3 && !*long.Tests { // the main job has all of them
			var some []Step
			for i := 0; i < len(cases); i += 7 {
				some = append(some, cases[i])
			}
			cases = some
		}
		if n > 1 {
			check(t, cases, true)
		}
	}
}

// TestCaseCount counts the steps on three vertices with sets as bit masks.
func TestCaseCount(t *testing.T) {
	pairs := [][2]int{{0, 1}, {0, 2}, {1, 0}, {1, 2}, {2, 0}, {2, 1}}
	count := 0
	for subset := range 64 {
		for root := range 3 {
			for set := 1 << root; ; {
				ends := 0
				for i, p := range pairs {
					if subset>>i&1 == 1 && set>>p[0]&1 == 1 {
						ends |= 1 << p[1]
					}
				}
				for v := range 3 {
					count += ends >> v & 1
				}
				if ends != 0 {
					count++
				}
				if set|ends == set {
					break
				}
				set |= ends
			}
		}
	}
	if count != 984 {
		t.Errorf("%d steps", count)
	}
}

func TestSampledGraphs(t *testing.T) {
	for n, count := range map[int]int{4: 8, 5: 3} {
		steps, err := Sample(1, n, count)
		if err != nil {
			t.Fatal(err)
		}
		check(t, steps, true)
	}
	for n, count := range map[int]int{6: 10, 8: 10, 12: 4} {
		steps, err := Sample(2, n, count)
		if err != nil {
			t.Fatal(err)
		}
		check(t, steps, false)
	}
}

// TestBuiltInInstances runs whole instances of the size of the data set
// through the model, at every step of the demonstrated path.
func TestBuiltInInstances(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, s := range graph.StepsOf(instances[:2], -1) {
		for _, l := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
			step := Step{s, l}
			derived, err := OneTerm(step)
			if err != nil {
				t.Fatal(err)
			}
			stated, err := Stated(step)
			if err != nil {
				t.Fatal(err)
			}
			if witness := derived.Witness(stated); witness != "" {
				t.Errorf("%v: %s", step, witness)
			}
			compared++
		}
	}
	if compared < 12 {
		t.Errorf("%d steps", compared)
	}
}

// TestMultipleRoot: theory.md section 2 has an instance whose numerator is
// 2 + 3y − y³ for every e; here it comes out of the model.
func TestMultipleRoot(t *testing.T) {
	g, err := graph.New(10, [][2]int{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 0}, {1, 4}, {1, 7}, {1, 8}, {2, 3}, {2, 0}, {2, 5}, {2, 7}, {2, 8}, {3, 1}, {3, 6}, {3, 7}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := (&graph.Instance{Graph: g}).StepTowards(1, 8)
	if err != nil {
		t.Fatal(err)
	}
	drift, err := OneTerm(Step{s, theory.Coconut})
	if err != nil {
		t.Fatal(err)
	}
	factors := sym.SquareFree(drift.Components[0].Numerator.Strip())
	if drift.K != 4 || len(factors) != 2 || factors[0].Poly.String() != "y − 2" || factors[0].Multiplicity != 1 || factors[1].Poly.String() != "y + 1" || factors[1].Multiplicity != 2 {
		t.Errorf("K = %d, numerator %v, factors %v", drift.K, drift.Components[0].Numerator, factors)
	}
}

// TestOtherBasis: with embeddings that are no coordinate vectors, and buffers
// that share coordinates with the content, nothing changes.
func TestOtherBasis(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	compared := 0
	for _, n := range []int{2, 3, 4} {
		var reflections []vector
		for range 2 {
			a := make(vector, dimension(n))
			for i := range a {
				a[i] = sym.Integer(rng.IntN(7) - 3)
			}
			reflections = append(reflections, a)
		}
		m, err := reflected(n, reflections...)
		if err != nil {
			t.Fatal(err)
		}
		families := append(append(append(append([]vector(nil), m.content...), m.source...), m.target...), m.mark[:]...)
		dense := 0
		for i, x := range families {
			for j, y := range families {
				unit := sym.Integer(0)
				if i == j {
					unit = sym.Integer(1)
				}
				if !dot(x, y).Equal(unit) {
					t.Fatalf("⟨%d,%d⟩ = %v", i, j, dot(x, y))
				}
				if !x[j].IsZero() && !x[j].Equal(sym.Integer(1)) {
					dense++
				}
			}
		}
		if dense < len(families)*len(families)/4 {
			t.Fatalf("only %d entries of the basis are neither 0 nor 1", dense)
		}
		steps, err := Sample(3, n, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			r, err := m.run(step)
			if err != nil {
				t.Fatal(err)
			}
			drift, err := r.oneTerm(onPlane)
			if err != nil {
				t.Fatal(err)
			}
			stated, err := StatedFull(step)
			if err != nil {
				t.Fatal(err)
			}
			if witness := drift.Witness(stated); witness != "" {
				t.Errorf("%v: %s", step, witness)
			}
			compared++
		}
	}
	if compared != 9 {
		t.Errorf("%d steps", compared)
	}
	zero := make(vector, dimension(2))
	for _, a := range []vector{zero, zero[:3], append(vector{sym.Variable("x")}, zero[1:]...)} {
		if _, err := reflected(2, a); err == nil {
			t.Errorf("a reflection along %v", a)
		}
	}
}

// TestPublicFormsAgree: the four derivations, one by one, are those of Check.
func TestPublicFormsAgree(t *testing.T) {
	steps, err := Sample(4, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		one, err1 := OneTerm(step)
		average, err2 := Averaged(t.Context(), step)
		full, err3 := OneTermFull(step)
		averageFull, err4 := AveragedFull(t.Context(), step)
		stated, err5 := Stated(step)
		statedFull, err6 := StatedFull(step)
		if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
			t.Fatal(err)
		}
		for _, witness := range []string{one.Witness(stated), average.Witness(stated), full.Witness(statedFull), averageFull.Witness(statedFull)} {
			if witness != "" {
				t.Errorf("%v: %s", step, witness)
			}
		}
	}
}

func TestLimitsAreErrors(t *testing.T) {
	g, err := graph.New(3, [][2]int{{0, 1}, {1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := (&graph.Instance{Graph: g}).StepTowards(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	legal := Step{Step: s}
	for _, c := range []struct {
		step Step
		want string
	}{
		{Step{}, "without an instance"},
		{Step{legal.Step, 7}, "loss 7"},
	} {
		_, err1 := OneTerm(c.step)
		_, err2 := Averaged(t.Context(), c.step)
		_, err3 := Stated(c.step)
		_, err4 := StatedFull(c.step)
		for i, err := range []error{err1, err2, err3, err4} {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("function %d: %v, want %q", i, err, c.want)
			}
		}
	}
	steps, err := Sample(1, MaxAveragedOrder+1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Averaged(t.Context(), steps[0]); err == nil {
		t.Error("an average over 720 relabellings")
	}
	for _, n := range []int{0, MaxCasesOrder + 1} {
		if _, err := Cases(n); err == nil {
			t.Errorf("every digraph on %d vertices", n)
		}
	}
	if _, err := Sample(1, 1, 1); err == nil {
		t.Error("a step on one vertex")
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if tally, err := Check(stopped, []Step{legal}); !errors.Is(err, context.Canceled) || tally.Verdict() != theory.Undecided {
		t.Errorf("%v, %v", tally, err)
	}
	if _, err := AveragedFull(stopped, legal); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func BenchmarkEveryGraphWithThreeVertices(b *testing.B) {
	cases, err := Cases(3)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if tally, err := Check(b.Context(), cases); err != nil || tally.Verdict() != theory.Proved {
			b.Fatal(tally, err)
		}
	}
}
