package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"muflow/graph"
	"muflow/internal/explore"
	"muflow/internal/runlog"

	"github.com/spf13/cobra"
)

// explorations are the commands that ask what happens beside the theory.
func explorations() []*cobra.Command {
	return []*cobra.Command{newAttention(), newHunt(), newExplore(), newBaseline(), newTightness(), newModes()}
}

func newExplore() *cobra.Command {
	c := &cobra.Command{
		Use:   "explore",
		Short: "Move the assumptions of the theory and find where its conclusions break",
		Long: `Turn one dial for each assumption, from the theorem's setting at 0 outwards. For every dial and conclusion the table
gives the position at which the conclusion first fails: in the simulated transformer (bracketed by bisection, the
median over the settings in which it held at 0) and in the reduced theory, and at how many positions both agree.
With --dial only one dial; with --dial and --against the phase diagram of a pair; with --mismatch the map of
assumption A3: which instances and which mixtures of them stay bounded with the full score matrix. Nothing here is
a proof, except where the column of the theory says exact.`,
		Example: "  verify explore\n  verify explore --out run1; verify explore --out run1 --resume\n  verify explore --dial A1 --against labels\n  verify explore --mismatch 1 --data prosqa_valid.json.gz",
		Args:    cobra.NoArgs,
	}
	file := c.Flags().String("data", "", "instances to read (default: the built-in suite)")
	dial := c.Flags().String("dial", "", "only this dial")
	against := c.Flags().String("against", "", "with --dial: the second dial of a phase diagram")
	mismatch := c.Flags().Int("mismatch", -1, "map the full score matrix at this step c")
	count := c.Flags().Int("settings", 5, "instance-steps to try")
	refine := c.Flags().Int("refine", 3, "bisections of each threshold")
	out := c.Flags().String("out", "", "folder to keep finished dials in")
	resume := c.Flags().Bool("resume", false, "go on in the folder of --out")
	seed := addSeed(c)
	jobs := addJobs(c)
	quiet := addQuiet(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *count < 1 || *count > 10_000 || *refine < 0 || *refine > 40 {
			return usagef("--settings %d, --refine %d, expected 1 to 10000 and 0 to 40", *count, *refine)
		}
		if *resume && *out == "" {
			return usagef("--resume without --out")
		}
		instances, err := loadInstances(*file)
		if err != nil {
			return err
		}
		if c.Flags().Changed("mismatch") {
			for _, flag := range []string{"dial", "against", "out", "refine"} {
				if c.Flags().Changed(flag) {
					return usagef("--%s does not go with --mismatch", flag)
				}
			}
			return exploreMismatch(c, instances, *mismatch, *count, *seed, *jobs, newProgress(c, *quiet, "training"), *asJSON)
		}
		if c.Flags().Changed("seed") {
			return usagef("--seed matters to --mismatch only: the dials fix theirs")
		}
		settings, err := explore.Settings(instances, *count)
		if err != nil {
			return usage(err)
		}
		if len(settings) == 0 {
			return usagef("no instance has a step with d_min < d* < d_max and d* > F(0)")
		}
		dials := explore.Dials()
		if *dial != "" {
			d, err := findDial(*dial)
			if err != nil {
				return err
			}
			dials = []*explore.Dial{d}
		}
		if *against != "" {
			if *dial == "" || *out != "" {
				return usagef("--against needs --dial and no --out")
			}
			other, err := findDial(*against)
			if err != nil {
				return err
			}
			return explorePair(c, dials[0], other, settings, *asJSON)
		}
		rows, err := exploreDials(c.Context(), dials, settings, *refine, *jobs, *out, *resume, newProgress(c, *quiet, "dials"))
		if err != nil {
			return err
		}
		document := struct {
			Schema   string        `json:"schema"`
			Settings int           `json:"settings"`
			Rows     []explore.Row `json:"rows"`
		}{"muflow/explore/1", len(settings), rows}
		return print(c, *asJSON, document, func(w io.Writer) { printDials(w, rows, len(settings)) })
	}
	return c
}

func findDial(key string) (*explore.Dial, error) {
	d, ok := explore.Find(key)
	if !ok {
		var keys []string
		for _, d := range explore.Dials() {
			keys = append(keys, d.Key())
		}
		return nil, usagef("there is no dial %q, expected one of %s", key, strings.Join(keys, " "))
	}
	return d, nil
}

// exploreConfig is what a folder belongs to.
type exploreConfig struct {
	Dials    []string `json:"dials"`
	Settings int      `json:"settings"`
	Refine   int      `json:"refine"`
	Data     string   `json:"data"` // the settings themselves
}

// exploreDials studies every dial, one on each worker, and keeps finished ones
// in the folder in their order.
func exploreDials(ctx context.Context, dials []*explore.Dial, settings []explore.Setting, refine, jobs int, dir string, resume bool, progress runlog.Progress) ([]explore.Row, error) {
	var rows [][]explore.Row
	keep := func([]explore.Row) error { return nil }
	if dir != "" {
		config := exploreConfig{Settings: len(settings), Refine: refine}
		for _, d := range dials {
			config.Dials = append(config.Dials, d.Key())
		}
		for i := range settings {
			config.Data += fmt.Sprint(settings[i].Instance.Graph.Edges(), settings[i].Instance.Path, settings[i].Step, ";")
		}
		run, err := runlog.Open(dir, "explore", config, resume, func(record []byte) error {
			var r []explore.Row
			rows = append(rows, nil)
			err := json.Unmarshal(record, &r)
			rows[len(rows)-1] = r
			return err
		})
		if err != nil {
			return nil, usage(err)
		}
		defer run.Close()
		if _, done := run.Result(); !done {
			keep = func(r []explore.Row) error { return run.AppendJSON(r) }
			defer func() {
				if len(rows) == len(dials) {
					run.Finish([]byte("{}\n"))
				}
			}()
		}
	}
	err := runlog.Ordered(ctx, len(rows), len(dials), jobs, progress, func(ctx context.Context, i int) ([]explore.Row, error) {
		return explore.Study(ctx, dials[i], settings, refine)
	}, func(_ int, r []explore.Row) error {
		rows = append(rows, r)
		return keep(r)
	})
	if err != nil {
		return nil, err
	}
	var out []explore.Row
	for _, r := range rows {
		out = append(out, r...)
	}
	return out, nil
}

func bracket(t *explore.Threshold) string {
	if t == nil {
		return "-"
	}
	return fmt.Sprintf("%.4g…%.4g", t.Low, t.High)
}

func printDials(w io.Writer, rows []explore.Row, settings int) {
	fmt.Fprintf(w, "Breakdown thresholds over %d instance-steps with d_min < d* < d_max and d* > F(0)\n", settings)
	fmt.Fprint(w, "held: settings in which the conclusion held at 0; failed: of these, at some position up to the last; median and\nearliest: between which positions it first failed in the simulation; theory: the same for the reduced theory\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "dial\tconclusion\theld\tfailed\tup to\tmedian\tearliest\ttheory\tagreement\tundecided")
	for _, r := range rows {
		if r.Settings == 0 && r.Compared == 0 {
			continue
		}
		agreement := "not foretold"
		if r.Compared > 0 {
			agreement = fmt.Sprintf("%d of %d", r.Agreed, r.Compared)
		}
		fmt.Fprintf(table, "%s\t%v\t%d\t%d\t%g\t%s\t%s\t%s\t%s\t%d\n", r.Key, r.Conclusion, r.Settings, r.Failed, r.Range, bracket(r.Measured), bracket(r.Earliest), bracket(r.Predicted), agreement, r.Undecided)
	}
	table.Flush()
	fmt.Fprintln(w)
	name := ""
	for _, r := range rows {
		if r.Key != name {
			name = r.Key
			fmt.Fprintf(table, "%s\t%s\t%s\n", r.Key, r.Dial, r.Theory)
		}
	}
	table.Flush()
}

func explorePair(c *cobra.Command, x, y *explore.Dial, settings []explore.Setting, asJSON bool) error {
	cells, err := explore.Phase(c.Context(), x, y, settings)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return err
		}
		return usage(err)
	}
	document := struct {
		Schema      string               `json:"schema"`
		X           string               `json:"x"`
		Y           string               `json:"y"`
		Conclusions []explore.Conclusion `json:"conclusions"`
		Cells       []explore.Cell       `json:"cells"`
	}{"muflow/explore-pair/1", x.Key(), y.Key(), explore.Conclusions, cells}
	return print(c, asJSON, document, func(w io.Writer) {
		fmt.Fprintf(w, "rows: %s %s; columns: %s %s; in how many of %d settings, simulation/theory\n", x.Key(), x.Name, y.Key(), y.Name, len(settings))
		for _, k := range explore.Conclusions {
			fmt.Fprintf(w, "\n%v\n", k)
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
			for _, b := range y.Positions {
				fmt.Fprintf(table, "\t%g", b)
			}
			fmt.Fprint(table, "\t")
			for i, cell := range cells {
				if i%len(y.Positions) == 0 {
					fmt.Fprintf(table, "\n%g", cell.X)
				}
				fmt.Fprintf(table, "\t%d/%d", cell.Measured[k], cell.Predicted[k])
				if i%len(y.Positions) == len(y.Positions)-1 {
					fmt.Fprint(table, "\t")
				}
			}
			fmt.Fprintln(table)
			table.Flush()
		}
	})
}

// mismatchDraws is how many mixtures of each size are drawn.
const mismatchDraws = 100

func exploreMismatch(c *cobra.Command, instances []graph.Instance, step, trainings int, seed uint64, jobs int, progress runlog.Progress, asJSON bool) error {
	if err := checkStep(instances, step); err != nil {
		return err
	}
	m, err := explore.MapMismatch(c.Context(), instances, step, mismatchDraws, trainings, seed, jobs, progress)
	if err != nil {
		return undecided(err)
	}
	document := struct {
		Schema string `json:"schema"`
		*explore.MismatchMap
	}{"muflow/mismatch/1", m}
	err = print(c, asJSON, document, func(w io.Writer) {
		fmt.Fprintf(w, "Full score matrix at step %d: %d instances, %d bounded with a diagonal matrix\n", m.Step, m.Instances, m.Bounded)
		fmt.Fprintf(w, "alone: %d stay bounded (overlap), %d quasi-separated, %d separated (exact)\n\n", m.Overlap, m.Quasi, m.Separated)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(table, "mixtures of\tdrawn\tbounded\t")
		for _, x := range m.Mixtures {
			fmt.Fprintf(table, "%d\t%d\t%d\t\n", x.Size, x.Draws, x.Overlap)
		}
		table.Flush()
		fmt.Fprintf(w, "\ntraining: %d runs, %d agree with the overlap, %d disagree, %d undecided within their horizon\n", m.Trained, m.Agreed, len(m.Disagreed), m.Undecided)
	})
	if err == nil && len(m.Disagreed) > 0 {
		return &exitError{code: exitRefuted}
	}
	return err
}
