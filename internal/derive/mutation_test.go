package derive

import (
	"errors"
	"math/big"
	"testing"

	"muflow/internal/sym"
	"muflow/theory"

	"gonum.org/v1/gonum/stat/combin"
)

// A mutation derives or states the drift of a step with one deliberate
// mistake and returns the witness of the difference.
type mutation func(t *testing.T, step Step) string

// modelMistake runs the model with other tokens, or with another sum of
// carry-over and expansion, or with another target set.
func modelMistake(
	tokens func(m *model, step Step) []vector,
	thought func(carry, expansion vector) vector,
	target func(step Step) Step,
) mutation {
	return func(t *testing.T, step Step) string {
		m := newModel(step.order())
		r, err := m.run(step)
		if err != nil {
			t.Fatal(err)
		}
		x := m.copied(tokens(m, step))
		r.loss = newLoss(target(step), m.readout(thought(x[len(x)-1], m.expansion(x))))
		drift, err := r.oneTerm(onDiagonal)
		if err != nil {
			t.Fatal(err)
		}
		return compareWithStated(t, drift, step)
	}
}

func compareWithStated(t *testing.T, drift Drift[sym.Multivariate], step Step) string {
	derived, err := overPolynomials(drift)
	if err != nil {
		t.Fatal(err)
	}
	stated, err := Stated(step)
	if err != nil {
		t.Fatal(err)
	}
	return derived.Witness(stated)
}

// entryMistake takes the mean of the derivatives in the given diagonal
// entries, over a given number.
func entryMistake(entries func(step Step) []int, number func(step Step) int) mutation {
	return func(t *testing.T, step Step) string {
		m := newModel(step.order())
		r, err := m.run(step)
		if err != nil {
			t.Fatal(err)
		}
		descent, err := r.descent(onDiagonal)
		if err != nil {
			t.Fatal(err)
		}
		sum := sym.Fraction[sym.Multivariate]{Denominator: sym.Integer(1)}
		for _, u := range entries(step) {
			sum = sum.Add(descent[0][u].value())
		}
		drift := Drift[sym.Multivariate]{r.k, []sym.Fraction[sym.Multivariate]{over(sum, number(step))}}
		return compareWithStated(t, drift, step)
	}
}

// statementMistake states the drift of another profile.
func statementMistake(change func(p *theory.Profile, step Step)) mutation {
	return func(t *testing.T, step Step) string {
		profile := theory.ProfileOf(step.Step)
		change(profile, step)
		family, err := profile.Family(step.Loss, big.NewRat(1, 1))
		if err != nil {
			t.Fatal(err)
		}
		p, err := family.Polynomials()
		if err != nil {
			t.Fatal(err)
		}
		derived, err := OneTerm(step)
		if err != nil {
			t.Fatal(err)
		}
		n := sym.NewScalar(int64(step.order()))
		return derived.Witness(Drift[sym.Poly]{profile.K, []sym.Fraction[sym.Poly]{{
			Numerator:   p.PTarget.Mul(p.Q).Sub(p.P.Mul(p.QTarget)),
			Denominator: p.QTarget.Mul(p.Q).Scale(n),
		}}})
	}
}

func everyVertex(step Step) []int {
	out := make([]int, step.order())
	for v := range out {
		out[v] = v
	}
	return out
}

func setOf(step Step) []int {
	var out []int
	for v, in := range step.Set() {
		if in {
			out = append(out, v)
		}
	}
	return out
}

// TestMistakesAreCaught: the comparison can fail. Every mistake changes the
// drift on some step with three vertices; no mistake, and it never differs.
func TestMistakesAreCaught(t *testing.T) {
	tokens := (*model).tokens
	next := vector.add
	same := func(step Step) Step { return step }
	order := Step.order
	mutations := []struct {
		name    string
		derive  mutation
		correct bool
	}{
		{"no mistake in the model", modelMistake(tokens, next, same), true},
		{"no mistake in the average", entryMistake(everyVertex, order), true},
		{"no mistake in the statement", statementMistake(func(*theory.Profile, Step) {}), true},
		{"carry-over forgotten", modelMistake(tokens, func(_, expansion vector) vector { return expansion }, same), false},
		{"carry-over counted twice", modelMistake(tokens, func(carry, expansion vector) vector { return carry.add(carry).add(expansion) }, same), false},
		{"source and target swapped", modelMistake(func(m *model, step Step) []vector {
			x := m.tokens(step)
			for i := range step.Instance.Graph.Size() {
				x[3*i], x[3*i+1] = x[3*i+1], x[3*i]
			}
			return x
		}, next, same), false},
		{"last edge lost", modelMistake(func(m *model, step Step) []vector {
			x := m.tokens(step)
			last := 3 * (step.Instance.Graph.Size() - 1)
			return append(append([]vector(nil), x[:last]...), x[last+3:]...)
		}, next, same), false},
		{"target set N_c", modelMistake(tokens, next, func(step Step) Step { step.C--; return step }), false},
		{"1/n dropped", entryMistake(everyVertex, func(Step) int { return 1 }), false},
		{"average over N_c", entryMistake(setOf, func(step Step) int { return len(setOf(step)) }), false},
		{"one vertex left out", entryMistake(func(step Step) []int { return everyVertex(step)[1:] }, order), false},
		{"d_max for d*", statementMistake(func(p *theory.Profile, _ Step) { p.TargetDegree.Num = p.MaxDegree() }), false},
		{"one vertex more", statementMistake(func(p *theory.Profile, _ Step) { p.Classes[0].Count++ }), false},
		{"other |N_c|", statementMistake(func(p *theory.Profile, _ Step) { p.K++ }), false},
		{"in-degree from all edges", statementMistake(func(p *theory.Profile, step Step) {
			g := step.Instance.Graph
			all := map[theory.Class]int{}
			for v, in := range step.Set() {
				all[theory.Class{InSet: in, Degree: len(g.In(v))}]++
			}
			p.Classes, p.TargetDegree.Num = nil, len(g.In(step.Target()))
			for c, count := range all {
				c.Count = count
				p.Classes = append(p.Classes, c)
			}
		}), false},
	}
	cases, err := Cases(3)
	if err != nil {
		t.Fatal(err)
	}
	var sparse []Step // every ninth step, so that the table stays short
	for i := 4; i < len(cases); i += 9 {
		sparse = append(sparse, cases[i])
	}
	for _, m := range mutations {
		caught := 0
		for _, step := range sparse {
			if m.derive(t, step) != "" {
				caught++
			}
		}
		t.Logf("%s: differs on %d of %d steps", m.name, caught, len(sparse))
		if m.correct != (caught == 0) {
			t.Errorf("%s: differs on %d of %d steps", m.name, caught, len(sparse))
		}
	}
}

// TestPartialAverageIsUnequal: without all relabellings the derivatives in
// different entries differ, and that is a witness, not a drift.
func TestPartialAverageIsUnequal(t *testing.T) {
	cases, err := Cases(3)
	if err != nil {
		t.Fatal(err)
	}
	identity, cyclic, unequal := []int{0, 1, 2}, []int{1, 2, 0}, [2]int{}
	for _, step := range cases[:300] {
		for i, labels := range [][][]int{{identity}, {identity, cyclic, {2, 0, 1}}} {
			_, err := averaged(t.Context(), step, labels, onPlane)
			var witness *UnequalError
			if errors.As(err, &witness) {
				if witness.Difference.IsZero() || witness.Point != onPlane.name {
					t.Errorf("%v: %v", step, witness)
				}
				unequal[i]++
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	if unequal[0] < 200 || unequal[1] < 100 {
		t.Errorf("unequal derivatives on %v of 300 steps", unequal)
	}
	var tally Tally
	err = tally.record(cases[0], "partial average", nil, Drift[sym.Poly]{}, Drift[sym.Multivariate]{}, &UnequalError{Point: "μI"})
	if err != nil || tally.Verdict() != theory.Refuted {
		t.Errorf("%v, %v", tally, err)
	}
}

func TestPermutations(t *testing.T) {
	for n, want := range []int{1, 1, 2, 6, 24, 120} {
		seen := map[string]bool{}
		for _, p := range combin.Permutations(n, n) {
			key := ""
			used := make([]bool, n)
			for _, v := range p {
				used[v] = true
				key += string(rune('0' + v))
			}
			for _, u := range used {
				if !u {
					t.Fatalf("%v is not a permutation", p)
				}
			}
			seen[key] = true
		}
		if len(seen) != want {
			t.Errorf("%d permutations of %d", len(seen), n)
		}
	}
}
