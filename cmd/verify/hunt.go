package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

func newHunt() *cobra.Command {
	c := &cobra.Command{
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
		Args: cobra.NoArgs,
	}
	id := c.Flags().String("statement", "", "a statement of the library")
	premise := c.Flags().StringArray("premise", nil, "a comparison that has to hold (may be repeated)")
	conclusion := c.Flags().String("conclusion", "", "the comparison that is claimed")
	loss := c.Flags().String("loss", "coconut", "loss behind mu, drift and limit: coconut or bfs")
	pair := c.Flags().Bool("pair", false, "the statement is about two instances")
	cases := c.Flags().Int("cases", 2000, "most cases in which the premise holds (library: for each true statement)")
	random := c.Flags().Int("random", 300, "random starts after the small graphs")
	list := c.Flags().Bool("names", false, "list the numbers that formulas may speak of")
	out := c.Flags().String("out", "", "file for the witness (for the library: a folder)")
	seed := addSeed(c)
	jobs := addJobs(c)
	quiet := addQuiet(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *list {
			return print(c, *asJSON, struct {
				Schema string            `json:"schema"`
				Names  map[string]string `json:"names"`
			}{"muflow/hunt-names/1", hunt.Names()}, printNames)
		}
		if *random < 1 || *random > 1_000_000 {
			return usagef("--random %d, expected 1 to 1000000", *random)
		}
		if *cases < 1 || *cases > 1_000_000_000 {
			return usagef("--cases %d, expected 1 to 1000000000", *cases)
		}
		options := hunt.Options{Seed: *seed, Random: *random, Cases: *cases}
		statements, err := chosenStatements(*id, *premise, *conclusion, *loss, *pair)
		if err != nil {
			return usage(err)
		}
		if *id == "" && *conclusion == "" {
			for _, flag := range []string{"premise", "loss", "pair"} {
				if c.Flags().Changed(flag) {
					return usagef("--%s without --conclusion", flag)
				}
			}
			return huntLibrary(c, statements, options, *out, *jobs, newProgress(c, *quiet, "hunt"), *asJSON)
		}
		options.Progress = newProgress(c, *quiet, "hunt")
		o, err := hunt.Hunt(c.Context(), statements[0], options)
		if err != nil {
			return undecided(err)
		}
		if err := writeWitness(o, *out); err != nil {
			return err
		}
		document := struct {
			Schema string `json:"schema"`
			found
		}{"muflow/hunt/1", newFound(o)}
		err = print(c, *asJSON, document, func(w io.Writer) { printFound(w, o) })
		if err != nil {
			return err
		}
		return byVerdict(map[string]int{o.Verdict.String(): 1})
	}
	return c
}

func chosenStatements(id string, premise []string, conclusion, loss string, pair bool) ([]*hunt.Statement, error) {
	switch {
	case id != "" && (conclusion != "" || len(premise) > 0 || pair):
		return nil, errors.New("--statement beside a premise, a conclusion or --pair, expected one or the other")
	case id != "":
		s, ok := hunt.Lookup(id)
		if !ok {
			return nil, fmt.Errorf("--statement %q is not in the library; verify hunt lists it", id)
		}
		return []*hunt.Statement{s}, nil
	case conclusion != "":
		s, err := hunt.NewStatement("given", loss, premise, conclusion, pair)
		return []*hunt.Statement{s}, err
	}
	return hunt.Library()
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
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
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
	if err := runlog.WriteFile(file, text); err != nil {
		return usage(err)
	}
	return nil
}

// huntLibrary hunts every statement, one on each worker.
func huntLibrary(c *cobra.Command, statements []*hunt.Statement, options hunt.Options, dir string, jobs int, progress runlog.Progress, asJSON bool) error {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return usage(err)
		}
	}
	outcomes, err := runlog.Map(c.Context(), len(statements), jobs, progress, func(ctx context.Context, i int) (*hunt.Outcome, error) {
		o := options
		if statements[i].Planted { // ends at its witness
			o.Cases = 0
		}
		return hunt.Hunt(ctx, statements[i], o)
	})
	if err != nil {
		return undecided(err)
	}
	document := struct {
		Schema     string  `json:"schema"`
		Seed       uint64  `json:"seed"`
		Planted    int     `json:"planted"`
		Killed     int     `json:"killed"`
		True       int     `json:"true"`
		Alarms     int     `json:"alarms"`
		Median     int     `json:"median_vertices"`
		Statements []found `json:"statements"`
	}{Schema: "muflow/hunt-library/1", Seed: options.Seed}
	var sizes []int
	for _, o := range outcomes {
		refuted := o.Verdict == theory.Refuted
		if dir != "" {
			name := strings.NewReplacer("~", "-not-", "/", "-").Replace(o.Statement.ID) + ".json"
			if err := writeWitness(o, filepath.Join(dir, name)); err != nil {
				return err
			}
		}
		switch {
		case o.Statement.Planted && refuted:
			document.Planted++
			document.Killed++
			sizes = append(sizes, o.Vertices())
		case o.Statement.Planted:
			document.Planted++
		default:
			document.True++
			if refuted {
				document.Alarms++
			}
		}
		document.Statements = append(document.Statements, newFound(o))
	}
	if slices.Sort(sizes); len(sizes) > 0 {
		document.Median = sizes[len(sizes)/2]
	}
	err = print(c, asJSON, document, func(w io.Writer) {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "statement\tplanted\tverdict\tcases\tvertices\twhat was changed")
		for _, o := range outcomes {
			vertices := ""
			if o.Witness != nil {
				vertices = fmt.Sprint(o.Vertices())
			}
			fmt.Fprintf(table, "%s\t%s\t%v\t%d\t%s\t%s\n", o.Statement.ID, map[bool]string{true: "false", false: "true"}[o.Statement.Planted], o.Verdict, o.Tried, vertices, o.Statement.Change)
		}
		table.Flush()
		fmt.Fprintf(w, "\n%d of %d planted false statements refuted, median witness %d vertices; %d of %d true statements refuted\n",
			document.Killed, document.Planted, document.Median, document.Alarms, document.True)
	})
	switch {
	case err != nil:
		return err
	case document.Alarms > 0:
		return &exitError{code: exitRefuted}
	case document.Killed < document.Planted:
		return &exitError{code: exitUndecided}
	}
	return nil
}

// maxWitnessBytes bounds the size of a witness file.
const maxWitnessBytes = 1 << 20

// replayWitness judges the statement that a witness file carries on its case.
func replayWitness(c *cobra.Command, file string, asJSON bool) error {
	if file == "" {
		return usagef("--data is required: a witness of verify hunt")
	}
	info, err := os.Stat(file)
	if err != nil {
		return usage(err)
	}
	if info.IsDir() || info.Size() > maxWitnessBytes {
		return usagef("%s: a folder or too large, expected a witness file", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return usage(err)
	}
	s, k, err := hunt.DecodeWitness(text, file)
	if err != nil {
		return usage(err)
	}
	j := s.Judge(c.Context(), k)
	document := struct {
		Schema     string         `json:"schema"`
		ID         string         `json:"id"`
		Premise    []string       `json:"premise"`
		Conclusion string         `json:"conclusion"`
		Verdict    theory.Verdict `json:"verdict"`
		Reason     string         `json:"reason"`
	}{"muflow/witness/1", s.ID, s.Premise, s.Conclusion, j.Verdict, j.Reason}
	err = print(c, asJSON, document, func(w io.Writer) {
		fmt.Fprintf(w, "%s: if %s then %s\n%v: %s\n", s.ID, strings.Join(s.Premise, " and "), s.Conclusion, j.Verdict, j.Reason)
	})
	if err != nil {
		return err
	}
	return byVerdict(map[string]int{j.Verdict.String(): 1})
}
