package prove

import (
	"context"
	"fmt"

	"muflow/graph"
	"muflow/internal/derive"
	"muflow/internal/runlog"
)

// The steps on which Lemma1 compares the model with the reduced drift.
const (
	lemmaEvery   = 3  // every labelled digraph with up to so many vertices
	lemmaFour    = 40 // random digraphs with 4 vertices
	lemmaFive    = 10 // random digraphs with 5 vertices
	lemmaBuiltin = 6  // instances of the built-in suite, by the one-term identity
)

// lemmaChunk is how many steps are checked as one unit of work.
const lemmaChunk = 25

// Lemma1 compares the drift that the symbolic model has with the one that the
// theory states, as identities of rational functions: on every legal step of
// every labelled digraph with up to 3 vertices and on random ones with 4 and 5,
// with the literal average over all relabellings, and on the first instances
// of the built-in suite, all steps, through the one-term identity.
func Lemma1(ctx context.Context, seed uint64, jobs int, progress runlog.Progress) (derive.Tally, error) {
	var steps []derive.Step
	for n := 1; n <= lemmaEvery; n++ {
		cases, err := derive.Cases(n)
		if err != nil {
			return derive.Tally{}, err
		}
		steps = append(steps, cases...)
	}
	for _, sample := range []struct{ order, count int }{{4, lemmaFour}, {5, lemmaFive}} {
		drawn, err := derive.Sample(seed, sample.order, sample.count)
		if err != nil {
			return derive.Tally{}, err
		}
		steps = append(steps, drawn...)
	}
	instances, err := graph.Builtin()
	if err != nil {
		return derive.Tally{}, err
	}
	for _, s := range graph.StepsOf(instances[:lemmaBuiltin], -1) {
		steps = append(steps, derive.Step{Step: s})
	}
	chunks := (len(steps) + lemmaChunk - 1) / lemmaChunk
	tallies, err := runlog.Map(ctx, chunks, jobs, progress, func(ctx context.Context, i int) (derive.Tally, error) {
		return derive.Check(ctx, steps[i*lemmaChunk:min(len(steps), (i+1)*lemmaChunk)])
	})
	if err != nil {
		return derive.Tally{}, fmt.Errorf("lemma 1: %w", err)
	}
	var all derive.Tally
	for _, t := range tallies {
		all.Steps += t.Steps
		all.Averaged += t.Averaged
		all.Identities += t.Identities
		all.Counterexamples = append(all.Counterexamples, t.Counterexamples...)
	}
	return all, nil
}
