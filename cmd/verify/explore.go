package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"muflow/graph"
	"muflow/internal/explore"
	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/prove"

	"github.com/spf13/cobra"
)

// exploreOptions say what verify explore turns: all dials, one, a pair, or the
// mismatch of assumption A3.
type exploreOptions struct {
	work
	data             string
	dial, against    *explore.Dial // nil for none
	mismatch         int           // step, −1 for none
	settings, refine int
	out              string
	resume           bool
	seed             uint64
	checksum         string // of the instances
}

func newExplore(t *terminal, run func(context.Context, *exploreOptions) error) *cobra.Command {
	o := &exploreOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "explore",
		Short: "Move the assumptions of the theory and find where its conclusions break",
		Long: `Turn one dial for each assumption, from the theorem's setting at 0 outwards. For every dial and conclusion the table
gives the position at which the conclusion first fails: in the simulated transformer (bracketed by bisection, the
median over the settings in which it held at 0) and in the reduced theory, and at how many positions both agree.
With --dial only one dial; with --dial and --against the phase diagram of a pair; with --mismatch the map of
assumption A3: which instances and which mixtures of them stay bounded with the full score matrix. Nothing here is
a proof, except where the column of the theory says exact.`,
		Example: "  verify explore\n  verify explore --out run1; verify explore --out run1 --resume\n  verify explore --dial A1 --against labels\n  verify explore --mismatch 1 --data prosqa_valid.json.gz",
	}, o, run)
	addData(f, &o.data)
	addParsed(f, &o.dial, "dial", "", "string", "only this dial", findDial)
	addParsed(f, &o.against, "against", "", "string", "with --dial: the second dial of a phase diagram", findDial)
	addInt(f, &o.mismatch, "mismatch", -1, 0, maxCount, "map the full score matrix at this step c")
	addInt(f, &o.settings, "settings", 5, 1, 10_000, "instance-steps to try")
	addInt(f, &o.refine, "refine", 3, 0, 40, "bisections of each threshold")
	addFolder(c, &o.out, &o.resume, "folder to keep finished dials in")
	addSeed(f, &o.seed)
	o.add(f)
	excludes(c, "mismatch", "dial", "against", "out", "refine")
	excludes(c, "against", "out")
	needs(c, "dial", "against")
	needs(c, "mismatch", "seed") // the dials fix theirs
	return c
}

func findDial(key string) (*explore.Dial, error) {
	d, ok := explore.Find(key)
	if !ok {
		var keys []string
		for _, d := range explore.Dials() {
			keys = append(keys, d.Key())
		}
		return nil, fmt.Errorf("expected one of %s", strings.Join(keys, " "))
	}
	return d, nil
}

func runExplore(ctx context.Context, o *exploreOptions) error {
	o.head.inFloats("")
	instances, err := o.loadInstances(o.data)
	if err != nil {
		return err
	}
	if o.mismatch >= 0 {
		return exploreMismatch(ctx, o, instances)
	}
	if o.checksum, err = checksumOf(instances); err != nil {
		return err
	}
	settings, err := explore.Settings(instances, o.settings)
	if err != nil {
		return usage(err)
	}
	if len(settings) == 0 {
		return usagef("no instance has a step with d_min < d* < d_max and d* > F(0)")
	}
	if o.against != nil {
		return explorePair(ctx, o, settings)
	}
	dials := explore.Dials()
	if o.dial != nil {
		dials = []*explore.Dial{o.dial}
	}
	rows, err := exploreDials(ctx, o, dials, settings)
	if err != nil {
		return err
	}
	document := struct {
		Settings int           `json:"settings"`
		Rows     []explore.Row `json:"rows"`
	}{len(settings), rows}
	return o.print("explore/1", document, func(w io.Writer) { printDials(w, rows, len(settings)) })
}

// exploreConfig is what a folder belongs to.
type exploreConfig struct {
	Version     string               `json:"version"`
	Dials       []string             `json:"dials"`
	Conclusions []explore.Conclusion `json:"conclusions"`
	Settings    int                  `json:"settings"`
	Refine      int                  `json:"refine"`
	Data        string               `json:"data"` // checksum of the instances
}

// exploreDials studies every dial, one on each worker, and keeps finished ones
// in the folder in their order.
func exploreDials(ctx context.Context, o *exploreOptions, dials []*explore.Dial, settings []explore.Setting) ([]explore.Row, error) {
	var rows [][]explore.Row
	keep, finish := func([]explore.Row) error { return nil }, func() error { return nil }
	if o.out != "" {
		run, err := openExplore(o, dials, settings, &rows)
		if err != nil {
			return nil, usage(err)
		}
		defer run.Close()
		o.keeps("--resume goes on from here", "")
		if _, done := run.Result(); !done {
			keep = func(r []explore.Row) error { return run.AppendJSON(r) }
			finish = func() error { return run.Finish([]byte("{}\n")) }
		}
	}
	err := runlog.Ordered(ctx, len(rows), len(dials), o.jobs, o.progress("dials"), func(ctx context.Context, i int) ([]explore.Row, error) {
		return explore.Study(ctx, dials[i], settings, o.refine)
	}, func(_ int, r []explore.Row) error {
		rows = append(rows, r)
		return keep(r)
	})
	if err == nil {
		err = finish()
	}
	return slices.Concat(rows...), undecided(err)
}

// openExplore opens the folder and reads the rows of the dials that it holds.
func openExplore(o *exploreOptions, dials []*explore.Dial, settings []explore.Setting, rows *[][]explore.Row) (*runlog.Run, error) {
	config := exploreConfig{Version: version, Conclusions: explore.Conclusions, Settings: len(settings), Refine: o.refine, Data: o.checksum}
	for _, d := range dials {
		config.Dials = append(config.Dials, d.Key())
	}
	return runlog.Open(o.out, "explore", config, o.resume, func(record []byte) error {
		var r []explore.Row
		err := strict.Unmarshal(record, &r)
		*rows = append(*rows, r)
		return err
	})
}

func bracket(t *explore.Threshold) string {
	if t == nil {
		return "-"
	}
	low, high := fmt.Sprintf("%.4g", t.Low), fmt.Sprintf("%.4g", t.High)
	if low == high {
		return low
	}
	return low + "…" + high
}

func printDials(w io.Writer, rows []explore.Row, settings int) {
	fmt.Fprintf(w, "Breakdown thresholds over %d instance-steps with d_min < d* < d_max and d* > F(0)\n", settings)
	fmt.Fprint(w, "held: settings in which the conclusion held at 0; failed: of these, at some position up to the last;\nmedian and earliest: between which positions it first failed in the simulation;\ntheory: the same for the reduced theory\n\n")
	printTable(w, 0, "dial\tconclusion\theld\tfailed\tup to\tmedian\tearliest\ttheory\tagreement\tundecided", rows, func(w io.Writer, r explore.Row) {
		if r.Settings == 0 && r.Compared == 0 {
			return
		}
		agreement := "not foretold"
		if r.Compared > 0 {
			agreement = fmt.Sprintf("%d of %d", r.Agreed, r.Compared)
		}
		fmt.Fprintf(w, "%s\t%v\t%d\t%d\t%g\t%s\t%s\t%s\t%s\t%d\n", r.Key, r.Conclusion, r.Settings, r.Failed, r.Range, bracket(r.Measured), bracket(r.Earliest), bracket(r.Predicted), agreement, r.Undecided)
	})
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	name := ""
	for _, r := range rows {
		if r.Key != name {
			name = r.Key
			fmt.Fprintf(table, "%s\t%s\t%s\n", r.Key, r.Dial, r.Theory)
		}
	}
	table.Flush()
}

func explorePair(ctx context.Context, o *exploreOptions, settings []explore.Setting) error {
	x, y := o.dial, o.against
	cells, err := explore.Phase(ctx, x, y, settings)
	if err != nil {
		return usage(err)
	}
	document := struct {
		X           string               `json:"x"`
		Y           string               `json:"y"`
		Conclusions []explore.Conclusion `json:"conclusions"`
		Cells       []explore.Cell       `json:"cells"`
	}{x.Key(), y.Key(), explore.Conclusions, cells}
	return o.print("explore-pair/1", document, func(w io.Writer) {
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

func exploreMismatch(ctx context.Context, o *exploreOptions, instances []graph.Instance) error {
	if err := checkStep(instances, "mismatch", o.mismatch); err != nil {
		return err
	}
	m, err := explore.MapMismatch(ctx, instances, o.mismatch, mismatchDraws, o.settings, o.seed, o.jobs, o.progress("training"))
	if err != nil {
		return undecided(err)
	}
	document := struct {
		*explore.MismatchMap
	}{m}
	return o.conclude("mismatch/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "Full score matrix at step %d: %s, %d bounded with a diagonal matrix\n", m.Step, prove.Counted(m.Instances, "instance"), m.Bounded)
		fmt.Fprintf(w, "alone: %d stay bounded (overlap), %d quasi-separated, %d separated (exact)\n\n", m.Overlap, m.Quasi, m.Separated)
		printTable(w, tabwriter.AlignRight, "mixtures of\tdrawn\tbounded\t", m.Mixtures, func(w io.Writer, x explore.Mixture) {
			fmt.Fprintf(w, "%d\t%d\t%d\t\n", x.Size, x.Draws, x.Overlap)
		})
		fmt.Fprintf(w, "\ntraining: %d runs, %d agree with the overlap, %d disagree, %d undecided within their horizon\n", m.Trained, m.Agreed, len(m.Disagreed), m.Undecided)
	}, map[string]int{"refuted": len(m.Disagreed)})
}
