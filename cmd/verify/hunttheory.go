package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"

	"muflow/internal/check"
	"muflow/internal/refute"
	"muflow/theory"
)

// theoryHunt is what became of the search for a counterexample of a claim of a
// theory file.
type theoryHunt struct {
	File     string              `json:"file"`
	Name     string              `json:"name"`
	Source   string              `json:"source,omitempty"`
	ID       string              `json:"id"`
	Kind     string              `json:"kind"`
	Line     int                 `json:"line"`
	Expected string              `json:"expected"`
	Seed     uint64              `json:"seed"`
	Verdict  theory.Verdict      `json:"verdict"`
	Reason   string              `json:"reason,omitempty"`
	Instance *int                `json:"instance,omitempty"`
	Set      map[string]*big.Rat `json:"set,omitempty"`   // at the counterexample, beside --set
	Whole    []string            `json:"whole,omitempty"` // intervals that the refutation is about as they are
	Values   []check.Value       `json:"values,omitempty"`
	Check    string              `json:"check,omitempty"` // the command that proves it again
	Tried    int                 `json:"tried"`
	Asked    int                 `json:"asked"`
	Open     int                 `json:"open"`
	Unknown  int                 `json:"unknown"` // neither float64 nor the prover said anything
	Stage    string              `json:"stage,omitempty"`
	Shrinks  int                 `json:"shrinks"`
	Turned   int                 `json:"turned"` // parameters and starts
	Searched []refute.Stage      `json:"searched"`
}

// huntTheory searches for a counterexample of a claim of a theory file.
func huntTheory(ctx context.Context, o *huntOptions) error {
	if o.claim == "" {
		return usagef("--theory without --claim: expected the name of a claim of %s", o.theory)
	}
	flags := theoryFlags{data: o.data, settings: o.settings}
	opened, err := flags.open(o.terminal, []string{o.theory})
	if err != nil {
		return err
	}
	outcome, err := refute.Hunt(ctx, opened.files[0], refute.Options{
		Claim: o.claim, Set: opened.settings, Data: opened.elements, Seed: o.seed, Cases: o.cases, Jobs: o.jobs, Progress: o.progress,
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return undecided(err)
	case errors.Is(err, refute.ErrNoClaim):
		return usagef("%s: %w", o.theory, err)
	case err != nil:
		return usage(err)
	}
	document := newTheoryHunt(o, outcome)
	return o.conclude("hunt-theory/1", document, document.print, map[string]int{outcome.Verdict.String(): 1})
}

func newTheoryHunt(o *huntOptions, x *refute.Outcome) *theoryHunt {
	d := &theoryHunt{
		File: x.Theory.File, Name: x.Theory.Name, Source: x.Theory.Source, ID: x.Claim.ID, Kind: x.Claim.Statement.Kind, Line: x.Claim.Line,
		Expected: x.Claim.Expect, Seed: o.seed, Verdict: x.Verdict, Reason: x.Reason, Set: x.Set, Whole: x.Whole, Tried: x.Tried, Asked: x.Asked,
		Open: x.Open, Unknown: x.Unknown, Stage: x.Stage, Shrinks: x.Shrinks, Turned: x.Turned, Searched: x.Searched,
	}
	if x.Result == nil {
		return d
	}
	d.Values = x.Result.Values
	args := []string{"check", o.theory}
	if x.Instance >= 0 {
		d.Instance = &x.Instance
		if o.data != "" {
			args = append(args, "--data", o.data)
		}
		args = append(args, "--instance", fmt.Sprint(x.Instance))
	}
	for _, text := range o.settings { // those that the search did not narrow
		if name, _, _ := strings.Cut(text, "="); x.Set[name] == nil {
			args = append(args, "--set", text)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.Set)) {
		args = append(args, "--set", name+"="+x.Set[name].RatString())
	}
	d.Check = "verify " + quotedWords(append(args, "--claim", x.Claim.ID))
	return d
}

func (d *theoryHunt) print(w io.Writer) {
	printTitle(w, d.Name, d.Source, d.Instance)
	fmt.Fprintf(w, "  claim %s, %s:%d\n", d.ID, d.File, d.Line)
	switch d.Verdict {
	case theory.Refuted:
		fmt.Fprintf(w, "  refuted with a proof, found in stage %q and shrunk in %d steps\n", d.Stage, d.Shrinks)
		setting := "as the file states it"
		if len(d.Set) > 0 {
			var parts []string
			for _, name := range slices.Sorted(maps.Keys(d.Set)) {
				parts = append(parts, name+" = "+d.Set[name].RatString())
			}
			setting = strings.Join(parts, ", ")
		}
		fmt.Fprintf(w, "  at %s\n", setting)
		if len(d.Whole) > 0 {
			fmt.Fprintf(w, "  for the whole intervals of %s: no point of them was found that refutes it alone\n", strings.Join(d.Whole, ", "))
		}
		fmt.Fprintf(w, "  %s\n", d.Reason)
		for _, v := range d.Values {
			fmt.Fprintf(w, "  %s: %v\n", v.Name, v.Number)
		}
		fmt.Fprintf(w, "  %s\n", d.Check)
	case theory.Undecided:
		switch {
		case d.Tried == 0:
			fmt.Fprintln(w, "  undecided: its premise held at no setting")
		case d.Open == 0:
			fmt.Fprintf(w, "  undecided: nothing is known at any of %d settings: %s\n", d.Tried, d.Reason)
		default:
			fmt.Fprintf(w, "  undecided: %d of %d settings look like violations and are not decided: %s\n", d.Open, d.Tried, d.Reason)
		}
	default:
		fmt.Fprintf(w, "  %v: no violation at %d settings (a search, no proof); the prover was asked at %d of them\n", d.Verdict, d.Tried, d.Asked)
		if d.Unknown > 0 {
			fmt.Fprintf(w, "  at %d of them nothing is known: %s\n", d.Unknown, d.Reason)
		}
	}
	if d.Turned == 0 && d.Verdict != theory.Refuted {
		fmt.Fprintln(w, "  nothing can be turned: the claim depends on no parameter and no start that is free")
	}
	var stages []string
	for _, s := range d.Searched {
		stages = append(stages, fmt.Sprintf("%s %d of %d", s.Name, s.Held, s.Cases))
	}
	fmt.Fprintf(w, "  searched (premise held): %s\n", strings.Join(stages, ", "))
}
