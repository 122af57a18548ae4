package prove

import (
	"context"
	"fmt"

	"muflow/graph"
	"muflow/internal/derive"
	"muflow/internal/runlog"
	"muflow/theory"
)

// lemma1 is Lemma 1 as a claim.
// theory.md section 2, claim L1.
var lemma1 = &Claim{
	ID: "L1", Theorem: "Lemma 1",
	Statement:   "The derivative of the model's loss in the score matrix, averaged over all relabellings of the vertices, equals the reduced drift.",
	LaTeX:       `-\frac{1}{n!}\sum_{\pi \in S_n} \frac{\partial \ell_\pi}{\partial W_{vv}}\Big|_{W=\mu I} = \frac{\alpha}{n\sqrt{K}}\,\bigl(E_S[d] - E_V[d]\bigr)`,
	Assumptions: []string{"A1", "A2", "A4", "A6", "A7", "A8", "A15"},
	Formal:      []string{"L1"},
	Proof:       "the model run and differentiated in exact symbolic arithmetic, compared as an identity in Q(e)(y)",
	Command:     "verify",
	Check:       compareLemma,
}

// A Lemma is how a claim about the model ended that was compared on many steps.
type Lemma struct {
	ID              string         `json:"id"`
	Verdict         theory.Verdict `json:"verdict"`
	Steps           int            `json:"steps"`    // legal steps of small and of built-in graphs
	Averaged        int            `json:"averaged"` // of these, with the average over all n! relabellings
	Identities      int            `json:"identities"`
	Counterexamples []string       `json:"counterexamples,omitempty"`
}

// String says how it ended and on what.
func (l *Lemma) String() string {
	return fmt.Sprintf("%v on %d steps of small and built-in graphs: %d identities, %d steps with the average over all n! relabellings",
		l.Verdict, l.Steps, l.Identities, l.Averaged)
}

// The steps on which compareLemma compares the model with the reduced drift.
const (
	lemmaEvery   = 3  // every labelled digraph with up to so many vertices
	lemmaFour    = 40 // random digraphs with 4 vertices
	lemmaFive    = 10 // random digraphs with 5 vertices
	lemmaBuiltin = 6  // instances of the built-in suite, by the one-term identity
)

// lemmaChunk is how many steps are checked as one unit of work.
const lemmaChunk = 25

// compareLemma compares the drift that the symbolic model has with the one that the
// theory states, as identities of rational functions: on every legal step of
// every labelled digraph with up to 3 vertices and on random ones with 4 and 5,
// with the literal average over all relabellings, and on the first instances
// of the built-in suite, all steps, through the one-term identity.
func compareLemma(ctx context.Context, seed uint64, jobs int, progress runlog.Progress) (*Lemma, error) {
	var steps []derive.Step
	for n := 1; n <= lemmaEvery; n++ {
		cases, err := derive.Cases(n)
		if err != nil {
			return nil, err
		}
		steps = append(steps, cases...)
	}
	for _, sample := range []struct{ order, count int }{{4, lemmaFour}, {5, lemmaFive}} {
		drawn, err := derive.Sample(seed, sample.order, sample.count)
		if err != nil {
			return nil, err
		}
		steps = append(steps, drawn...)
	}
	instances, err := graph.Builtin()
	if err != nil {
		return nil, err
	}
	for _, s := range graph.StepsOf(instances[:lemmaBuiltin], -1) {
		steps = append(steps, derive.Step{Step: s})
	}
	chunks := (len(steps) + lemmaChunk - 1) / lemmaChunk
	tallies, err := runlog.Map(ctx, chunks, jobs, progress, func(ctx context.Context, i int) (derive.Tally, error) {
		return derive.Check(ctx, steps[i*lemmaChunk:min(len(steps), (i+1)*lemmaChunk)])
	})
	if err != nil {
		return nil, fmt.Errorf("lemma 1: %w", err)
	}
	var all derive.Tally
	for _, t := range tallies {
		all.Steps += t.Steps
		all.Averaged += t.Averaged
		all.Identities += t.Identities
		all.Counterexamples = append(all.Counterexamples, t.Counterexamples...)
	}
	out := &Lemma{Verdict: all.Verdict(), Steps: all.Steps, Averaged: all.Averaged, Identities: all.Identities}
	for _, c := range all.Counterexamples {
		out.Counterexamples = append(out.Counterexamples, c.String())
	}
	return out, nil
}
