package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"muflow/internal/hunt"
	"muflow/internal/runlog"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// huntOptions say which statement verify hunt hunts; without one, the library.
type huntOptions struct {
	work
	id, conclusion string
	premise        []string
	loss           theory.Loss
	pair           bool
	cases, random  int
	names          bool
	out            string
	seed           uint64
}

func newHunt(t *terminal, run func(context.Context, *huntOptions) error) *cobra.Command {
	o := &huntOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "hunt",
		Short: "Search for small proved counterexamples of statements",
		Long: `Search graphs and parameters for a violation of a statement, shrink it, prove it with integers or enclosures, and
write a witness that "verify theorem witness --data FILE" replays. A statement is a premise and a conclusion over
named numbers such as dstar, dmax, start, mustar, mu (verify hunt --names lists them). Without a statement the whole
library is hunted: planted false statements, each of which should be refuted, and true ones, none of which may be.`,
		Example: `  verify hunt
  verify hunt --statement T1b-positive~no-A10 --out witness.json
  verify hunt --premise "dmin < dstar" --premise "dstar < dmax" --conclusion "mustar <= 2"
  verify theorem witness --data witness.json`,
	}, o, run)
	f.StringVar(&o.id, "statement", "", "a statement of the library")
	f.StringArrayVar(&o.premise, "premise", nil, "a comparison that has to hold (may be repeated)")
	f.StringVar(&o.conclusion, "conclusion", "", "the comparison that is claimed")
	addLoss(f, &o.loss, "coconut", "loss behind mu, drift and limit: coconut or bfs")
	f.BoolVar(&o.pair, "pair", false, "the statement is about two instances")
	addInt(f, &o.cases, "cases", 2000, 1, maxCount, "most cases in which the premise holds (library: for each true statement)")
	addInt(f, &o.random, "random", 300, 1, 1_000_000, "random starts after the small graphs")
	f.BoolVar(&o.names, "names", false, "list the numbers that formulas may speak of")
	f.StringVar(&o.out, "out", "", "file for the witness (for the library: a folder)")
	addSeed(f, &o.seed)
	o.add(f)
	excludes(c, "statement", "conclusion")
	needs(c, "conclusion", "premise", "loss", "pair")
	return c
}

func runHunt(ctx context.Context, o *huntOptions) error {
	o.head.inFloats("")
	switch {
	case o.names:
		return o.print("hunt-names/1", struct {
			Names map[string]string `json:"names"`
		}{hunt.Names()}, printNames)
	case o.id != "":
		s, ok := hunt.Lookup(o.id)
		if !ok {
			return usagef("--statement %q is not in the library; verify hunt lists it", o.id)
		}
		return huntOne(ctx, o, s)
	case o.conclusion != "":
		s, err := hunt.NewStatement("given", o.loss.String(), o.premise, o.conclusion, o.pair)
		if err != nil {
			return usage(err)
		}
		return huntOne(ctx, o, s)
	}
	return huntLibrary(ctx, o)
}

func huntOne(ctx context.Context, o *huntOptions, s *hunt.Statement) error {
	outcome, err := hunt.Hunt(ctx, s, hunt.Options{Seed: o.seed, Random: o.random, Cases: o.cases, Progress: o.progress("hunt")})
	if err != nil {
		return undecided(err)
	}
	if err := writeWitness(outcome, o.out); err != nil {
		return err
	}
	document := struct {
		found
	}{newFound(outcome)}
	return o.conclude("hunt/1", document, func(w io.Writer) { printFound(w, outcome) }, map[string]int{outcome.Verdict.String(): 1})
}

// found is an outcome in JSON.
type found struct {
	ID         string          `json:"id"`
	Base       string          `json:"base"`
	Change     string          `json:"change"`
	Planted    bool            `json:"planted"`
	Premise    []string        `json:"premise"`
	Conclusion string          `json:"conclusion"`
	Verdict    theory.Verdict  `json:"verdict"`
	Reason     string          `json:"reason,omitempty"`
	Tried      int             `json:"tried"`
	Stage      string          `json:"stage,omitempty"`
	Shrinks    int             `json:"shrinks"`
	Vertices   int             `json:"vertices,omitempty"`
	Witness    json.RawMessage `json:"witness,omitempty"`
}

func newFound(o *hunt.Outcome) found {
	f := found{ID: o.Statement.ID, Base: o.Statement.Base, Change: o.Statement.Change, Planted: o.Statement.Planted, Premise: o.Statement.Premise,
		Conclusion: o.Statement.Conclusion, Verdict: o.Verdict, Tried: o.Tried, Shrinks: o.Shrinks}
	if o.Witness != nil {
		f.Reason, f.Stage, f.Vertices = o.Judgement.Reason, o.Stage, o.Vertices()
		if text, err := hunt.EncodeWitness(o); err == nil {
			f.Witness = bytes.TrimSpace(text)
		}
	}
	return f
}

func printFound(w io.Writer, o *hunt.Outcome) {
	fmt.Fprintf(w, "%s: if %s then %s\n", o.Statement.ID, strings.Join(o.Statement.Premise, " and "), o.Statement.Conclusion)
	if o.Witness == nil {
		fmt.Fprintf(w, "%v: no violation in %d cases (a search, no proof)\n", o.Verdict, o.Tried)
		return
	}
	fmt.Fprintf(w, "%v with a proof: %s\n", o.Verdict, o.Judgement.Reason)
	if s := o.Judgement.Slack; s != nil && s.IsFinite() {
		low, high := s.Decimal(8)
		fmt.Fprintf(w, "  slack between %s and %s\n", low, high)
	}
	for i := range o.Witness.Instances {
		in := &o.Witness.Instances[i]
		fmt.Fprintf(w, "  graph %d: %d vertices, edges %v, path %v, other candidate %d\n", i+1, in.Graph.Order(), in.Graph.Edges(), in.Path, in.Other)
	}
	fmt.Fprintf(w, "  step %d", o.Witness.Step)
	for _, name := range o.Witness.Names() {
		fmt.Fprintf(w, ", %s = %s", name, o.Witness.Parameters[name].RatString())
	}
	fmt.Fprintf(w, "\n  found among %s, case %d, %d steps of shrinking\n", o.Stage, o.Tried, o.Shrinks)
}

func printNames(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	all := hunt.Names()
	names := slices.Sorted(maps.Keys(all))
	for _, name := range names {
		fmt.Fprintf(table, "%s\t%s\n", name, all[name])
	}
	table.Flush()
}

func writeWitness(o *hunt.Outcome, file string) error {
	if o.Witness == nil || file == "" {
		return nil
	}
	text, err := hunt.EncodeWitness(o)
	if err != nil {
		return err
	}
	return usage(runlog.WriteFile(file, text))
}

// A libraryDocument is what became of every statement of the library.
type libraryDocument struct {
	Seed       uint64  `json:"seed"`
	Planted    int     `json:"planted"`
	Killed     int     `json:"killed"`
	True       int     `json:"true"`
	Alarms     int     `json:"alarms"`
	Median     int     `json:"median_vertices"`
	Statements []found `json:"statements"`
}

// huntLibrary hunts every statement, one on each worker.
func huntLibrary(ctx context.Context, o *huntOptions) error {
	statements, err := hunt.Library()
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := os.MkdirAll(o.out, 0o755); err != nil {
			return usage(err)
		}
	}
	outcomes, err := runlog.Map(ctx, len(statements), o.jobs, o.progress("hunt"), func(ctx context.Context, i int) (*hunt.Outcome, error) {
		options := hunt.Options{Seed: o.seed, Random: o.random, Cases: o.cases}
		if statements[i].Planted { // ends at its witness
			options.Cases = 0
		}
		return hunt.Hunt(ctx, statements[i], options)
	})
	if err != nil {
		return undecided(err)
	}
	if o.out != "" {
		for _, x := range outcomes {
			name := strings.NewReplacer("~", "-not-", "/", "-").Replace(x.Statement.ID) + ".json"
			if err := writeWitness(x, filepath.Join(o.out, name)); err != nil {
				return err
			}
		}
	}
	document := newLibrary(o.seed, outcomes)
	return o.conclude("hunt-library/1", document, document.print, map[string]int{"refuted": document.Alarms, "undecided": document.Planted - document.Killed})
}

func newLibrary(seed uint64, outcomes []*hunt.Outcome) *libraryDocument {
	d := &libraryDocument{Seed: seed}
	var sizes []int
	for _, o := range outcomes {
		refuted := 0
		if o.Verdict == theory.Refuted {
			refuted = 1
		}
		if o.Statement.Planted {
			d.Planted++
			d.Killed += refuted
			if refuted > 0 {
				sizes = append(sizes, o.Vertices())
			}
		} else {
			d.True++
			d.Alarms += refuted
		}
		d.Statements = append(d.Statements, newFound(o))
	}
	if slices.Sort(sizes); len(sizes) > 0 {
		d.Median = sizes[len(sizes)/2]
	}
	return d
}

func (d *libraryDocument) print(w io.Writer) {
	printTable(w, 0, "statement\tplanted\tverdict\tcases\tvertices\twhat was changed", d.Statements, func(w io.Writer, s found) {
		vertices, planted := "", "true"
		if s.Vertices > 0 {
			vertices = fmt.Sprint(s.Vertices)
		}
		if s.Planted {
			planted = "false"
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%d\t%s\t%s\n", s.ID, planted, s.Verdict, s.Tried, vertices, s.Change)
	})
	fmt.Fprintf(w, "\n%d of %d planted false statements refuted, median witness %d vertices; %d of %d true statements refuted\n",
		d.Killed, d.Planted, d.Median, d.Alarms, d.True)
}

// replayWitness judges the statement that a witness file carries on its case.
func replayWitness(ctx context.Context, t *terminal, file string) error {
	text, from, err := t.readWhole(file)
	if err != nil {
		return err
	}
	t.head.readFrom(from)
	s, k, err := hunt.DecodeWitness(text, file)
	if err != nil {
		return usage(err)
	}
	j := s.Judge(ctx, k)
	document := struct {
		ID         string         `json:"id"`
		Premise    []string       `json:"premise"`
		Conclusion string         `json:"conclusion"`
		Verdict    theory.Verdict `json:"verdict"`
		Reason     string         `json:"reason"`
	}{s.ID, s.Premise, s.Conclusion, j.Verdict, j.Reason}
	return t.conclude("witness/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "%s: if %s then %s\n%v: %s\n", s.ID, strings.Join(s.Premise, " and "), s.Conclusion, j.Verdict, j.Reason)
	}, map[string]int{j.Verdict.String(): 1})
}
