package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/exhaust"
	"muflow/internal/runlog"
	"muflow/internal/sweep"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// builtinName is how --data calls the built-in suite.
const builtinName = "built-in"

// A grid says what a sweep is over.
type grid struct {
	data, alphas      []string
	losses            []string
	steps, seeds      []uint64 // nil for all, for none
	rate              *big.Rat
	batch, trainSteps int
	digits            int
	label             graph.Law
}

func (g *grid) add(f *pflag.FlagSet) {
	// unless reads numbers, or a word that stands for nil.
	unless := func(word string) func(string) ([]uint64, error) {
		return func(text string) ([]uint64, error) {
			if text == word {
				return nil, nil
			}
			return parseNumbers(text)
		}
	}
	f.StringArrayVar(&g.data, "data", []string{builtinName}, "instances to read, several times for several data sets; "+builtinName+" is the built-in suite")
	addParsed(f, &g.steps, "steps", "all", "string", "steps c: all, or numbers and ranges such as 1,3-4", unless("all"))
	f.StringSliceVar(&g.losses, "losses", []string{"coconut", "bfs"}, "losses")
	f.StringSliceVar(&g.alphas, "alphas", []string{"1"}, "readout gains α, positive rational or decimal numbers")
	addLabel(f, &g.label)
	addParsed(f, &g.seeds, "seeds", "1", "string", "seeds of the trainings: none, or numbers and ranges such as 1-3,7", unless("none"))
	addPositive(f, &g.rate, "rate", "1/8", "learning rate η of the trainings")
	addInt(f, &g.batch, "batch", 128, 1, 1<<20, "samples averaged in a step of a training")
	addInt(f, &g.trainSteps, "train-steps", 2000, 2, maxSteps, "steps of a training")
	addDigits(f, &g.digits, 20)
}

// config makes the configuration without reading any data.
func (g *grid) config(shard sweep.Shard) (sweep.Config, error) {
	config := sweep.Config{Version: version, Revision: revision(), Arithmetic: sweep.Arithmetic, Shard: shard, Losses: g.losses, Label: g.label, Seeds: g.seeds, Digits: g.digits,
		Training: sweep.Training{Rate: g.rate.RatString(), Batch: g.batch, Steps: g.trainSteps}}
	for _, name := range g.losses {
		if _, err := theory.ParseLoss(name); err != nil {
			return config, refusal("losses", name, err)
		}
	}
	for _, text := range g.alphas {
		alpha, err := parsePositive(text)
		if err != nil {
			return config, refusal("alphas", text, err)
		}
		config.Alphas = append(config.Alphas, alpha.RatString())
	}
	for _, c := range g.steps {
		config.Steps = append(config.Steps, int(min(c, graph.MaxOrder)))
	}
	if !slices.Contains(g.losses, theory.Coconut.String()) {
		return config, checkLabel(g.label, theory.CoconutBFS)
	}
	return config, nil
}

// sweep reads the data.
func (g *grid) sweep(t *terminal, shard sweep.Shard) (*sweep.Sweep, error) {
	config, err := g.config(shard)
	if err != nil {
		return nil, err
	}
	datasets, err := t.loadDatasets(g.data)
	if err != nil {
		return nil, err
	}
	s, err := sweep.New(config, datasets)
	return s, usage(err)
}

// datasetName is the name of a file without folders and extensions.
func datasetName(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	return name
}

// loadDatasets reads files as data sets.
func (t *terminal) loadDatasets(files []string) ([]sweep.Dataset, error) {
	var out []sweep.Dataset
	for _, file := range files {
		instances, err := t.loadInstances(file)
		if err != nil {
			return nil, err
		}
		out = append(out, sweep.Dataset{Name: datasetName(file), Instances: instances})
	}
	return out, nil
}

// sweepOptions say what verify sweep works through.
type sweepOptions struct {
	work
	grid     grid
	out      string
	shard    sweep.Shard
	cell     *sweep.Cell // nil for all
	resume   bool
	extend   bool
	ofTheory theorySweepOptions
}

func newSweep(t *terminal, run func(context.Context, *sweepOptions) error) *cobra.Command {
	o := &sweepOptions{work: work{terminal: t}, shard: sweep.Shard{Index: 0, Count: 1}}
	c, f := bind(&cobra.Command{
		Use:   "sweep (--data FILE | --theory FILE.star --grid NAME=VALUES) --out DIR",
		Short: "Decide and train over data sets, losses, gains, seeds, or parameters of a theory file",
		Long: `Work through a grid of cells: for every data set, step, loss and readout gain the claims of Theorem 1 about
that loss on all instances, and for every seed one run of stochastic gradient descent on all of them, compared
with the reduced flow.

The folder DIR holds the configuration as executed (run.json), one record a cell (results.jsonl), flat tables
(claims.csv, values.csv, trainings.csv, points.csv), the data, how and where it was made (environment.json) and a
manifest with the SHA-256 of every file. A sweep that was interrupted, by whatever, goes on when the same command
is given again; what is done is not done again. The results have the same bytes for any --jobs.

With --shard i/N, 0 ≤ i < N, one cell of every N is worked on, in the folder DIR/shard-i-of-N; verify merge DIR
joins the shards. --shard auto takes i and N from the array variables of Slurm or from JOB_COMPLETION_INDEX and
JOB_COMPLETIONS of an Indexed Job of Kubernetes; with auto/N they must fit N.

With --extend a finished sweep gets the trainings of further seeds: --seeds names these, or all with those of DIR
first. The records that DIR holds stay as they are, the new ones come behind them; other settings are refused. Shards
are extended one by one, and then merged again.

With --cell KEY the one cell of that key is worked on again, and its record is printed as in results.jsonl.

With --theory a cell is one value of each parameter of --grid, at which the claims, oracles and observables of the file
are decided as by verify check, for each element of --data if the file is about data; the folder then holds them in
results.jsonl and cells.csv, with the file and the data. verify figure phase draws them.`,
		Example: `  verify sweep --data prosqa_valid.json.gz --alphas 1/2,1,2 --seeds 1-3 --out run
  verify sweep --data prosqa_valid.json.gz --out run --shard 3/8
  verify sweep --data prosqa_valid.json.gz --alphas 1/2,1,2 --seeds 4-9 --out run --extend
  verify sweep --data prosqa_valid.json.gz --cell data=prosqa_valid:step=1:loss=coconut:alpha=1:seed=1
  verify sweep --theory theories/attention-merged.star --grid s0=1/10..2:20 --grid D=1..8 --claim rate --out phase
  verify sweep --theory theories/coconut.star --data prosqa_valid.json.gz --grid alpha=1/2,1,2 --out gains`,
	}, o, run)
	o.grid.add(f)
	f.StringVar(&o.out, "out", "", "folder of the run (required without --cell)")
	addShard(f, &o.shard, "cells")
	addParsed(f, &o.cell, "cell", "", "string", "only this cell, printed as one line of JSON", func(text string) (*sweep.Cell, error) {
		cell, err := sweep.ParseKey(text)
		return &cell, err
	})
	f.BoolVar(&o.resume, "resume", true, "go on with a run that the folder holds")
	f.BoolVar(&o.extend, "extend", false, "add the trainings of further --seeds to a finished sweep")
	o.add(f)
	c.MarkFlagsOneRequired("out", "cell")
	excludes(c, "cell", "out", "shard")
	needs(c, "out", "extend")
	needs(c, "seeds", "extend")
	o.ofTheory.add(f)
	excludes(c, "theory", "steps", "losses", "alphas", "label", "seeds", "rate", "batch", "train-steps", "cell", "extend")
	needs(c, "theory", "grid", "set", "claim", "observable", "until")
	return c
}

// addShard adds --shard, which takes a part of some things.
func addShard(f *pflag.FlagSet, to *sweep.Shard, of string) {
	addParsed(f, to, "shard", "", "string", "i/N, auto or auto/N: only this part of the "+of, func(text string) (sweep.Shard, error) {
		return sweep.ParseShard(text, os.Getenv)
	})
}

// shardFolder is where a shard is kept in a folder.
func shardFolder(dir string, shard sweep.Shard) (string, error) {
	return runlog.Within(dir, fmt.Sprintf("shard-%d-of-%d", shard.Index, shard.Count))
}

func runSweep(ctx context.Context, o *sweepOptions) error {
	if o.ofTheory.file != "" {
		return sweepTheory(ctx, o)
	}
	o.head.inFloats("")
	s, err := o.grid.sweep(o.terminal, o.shard)
	if err != nil {
		return err
	}
	if o.cell != nil {
		return printCell(ctx, o, s)
	}
	dir, err := o.folder()
	if err != nil {
		return err
	}
	if o.extend {
		if err := s.Extend(dir); err != nil {
			return runError(err)
		}
	}
	o.keeps("the same command goes on from here", "")
	result, err := s.Run(ctx, dir, o.resume, o.jobs, environment(o.jobs), o.progress("sweep"))
	if err != nil {
		return runError(err)
	}
	return printSweep(o.terminal, dir, result)
}

// folder is where the sweep, or its shard, is kept.
func (o *sweepOptions) folder() (string, error) {
	if o.shard.Count == 1 {
		return o.out, nil
	}
	dir, err := shardFolder(o.out, o.shard)
	return dir, usage(err)
}

// environment describes this process for the folder of a run.
func environment(jobs int) runlog.Environment {
	return runlog.NewEnvironment(os.Args, version, revision(), jobs)
}

// runError says how work in the folder of a run ends that could not finish.
func runError(err error) error {
	for _, known := range []error{runlog.ErrUsed, runlog.ErrForeign, runlog.ErrConfig, runlog.ErrLocked, runlog.ErrDamaged, runlog.ErrUnfinished, runlog.ErrNoRun, runlog.ErrKind, runlog.ErrName, runlog.ErrIrregular, sweep.ErrForeign, sweep.ErrExtend} {
		if errors.Is(err, known) {
			return usage(err)
		}
	}
	return fileError(err)
}

func printCell(ctx context.Context, o *sweepOptions, s *sweep.Sweep) error {
	record, err := s.Compute(ctx, *o.cell)
	if err != nil {
		return usage(err)
	}
	if record.Failed != "" {
		return undecided(fmt.Errorf("%s: %s", record.Key, record.Failed))
	}
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return o.write(append(text, '\n'))
}

func printSweep(t *terminal, dir string, result *sweep.Result) error {
	return t.conclude("sweep/1", struct {
		Schema *string `json:"schema,omitempty"` // in the header
		*sweep.Result
	}{nil, result}, func(w io.Writer) {
		fmt.Fprintf(w, "%s in %s: claims in %d, trainings in %d\n", prove.Counted(result.Cells, "cell"), dir, result.Decided, result.Trained)
		for _, v := range theory.Verdicts {
			if n := result.Summary[v.String()]; n > 0 {
				fmt.Fprintf(w, "  %-14s %d\n", v, n)
			}
		}
		if result.Failed > 0 {
			fmt.Fprintf(w, "  %s without a result, counted as undecided; trainings.csv and claims.csv say why\n", prove.Counted(result.Failed, "cell"))
		}
		if result.Unbound > 0 {
			fmt.Fprintf(w, "  %d trainings without a band to judge them by\n", result.Unbound)
		}
		fmt.Fprintf(w, "SHA-256 of results.jsonl  %s\n", result.SHA256)
		if shard := result.Config.Shard; shard.Count > 1 {
			fmt.Fprintf(w, "Next: verify merge %s, when all %d shards are done\n", filepath.Dir(dir), shard.Count)
		} else {
			fmt.Fprintf(w, "Next: verify report %s   verify export %s\n", dir, dir)
		}
	}, result.Summary)
}

// mergeOptions name the shards that verify merge joins.
type mergeOptions struct {
	*terminal
	dirs []string
	out  string
}

func newMerge(t *terminal, run func(context.Context, *mergeOptions) error) *cobra.Command {
	o := &mergeOptions{terminal: t}
	c, f := bindList(&cobra.Command{
		Use:   "merge DIR…",
		Short: "Join shards of a sweep, exhaust or theorem; detect missing, duplicate, foreign ones",
		Long: `Join the shards of a sweep into the results of the whole. Each DIR is a shard, or holds shards as its folders.
All N shards must be there, once, finished, undamaged (by their manifests), and of the same configuration and data.
The result has the bytes that one process would have written. It goes to --out, or to DIR/` + sweep.MergedName + ` if there is one DIR.
Of shards of verify exhaust or theorem it prints what one process would have printed; of exhaust it compares the counts.`,
		Example: "  verify merge run\n  verify merge machine-a/run machine-b/run --out whole",
	}, o, run, &o.dirs)
	f.StringVar(&o.out, "out", "", "folder to write (default: DIR/"+sweep.MergedName+")")
	o.addJSON(f)
	return c
}

func runMerge(ctx context.Context, o *mergeOptions) error {
	if exhaust.IsCampaign(o.dirs) {
		return mergeExhaust(ctx, o)
	}
	if files := shardFiles(o.dirs); files != nil {
		return mergeTheorem(o, files)
	}
	if o.out == "" && len(o.dirs) > 1 {
		return usagef("--out is required with several folders")
	}
	out := o.out
	if out == "" {
		var err error
		if out, err = runlog.Within(o.dirs[0], sweep.MergedName); err != nil {
			return usage(err)
		}
	}
	o.keeps("the same command goes on from here", "")
	if sweep.OfTheory(o.dirs) {
		result, err := sweep.MergeTheory(o.dirs, out, environment(1))
		if err != nil {
			return usage(err)
		}
		return printTheorySweep(o.terminal, out, result)
	}
	result, err := sweep.Merge(o.dirs, out, environment(1))
	if err != nil {
		return usage(err)
	}
	return printSweep(o.terminal, out, result)
}

// mergeExhaust adds up the shards of verify exhaust.
func mergeExhaust(ctx context.Context, o *mergeOptions) error {
	if o.out != "" {
		return usagef("--out goes with shards of a sweep, those of exhaust are printed")
	}
	campaign, err := exhaust.Merge(o.dirs)
	if err != nil {
		return usage(err)
	}
	report, err := campaign.Run(ctx, 0, func(string) runlog.Progress { return nil })
	if err != nil {
		return undecided(err)
	}
	return o.concludeExhaust(report)
}

// exportOptions say what verify export writes.
type exportOptions struct {
	*terminal
	from, out string
	formats   []string
}

func newExport(t *terminal, run func(context.Context, *exportOptions) error) *cobra.Command {
	o := &exportOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "export DIR",
		Short: "Write the results of a sweep as CSV and JSON Lines",
		Long: `Write the results in the folder of a sweep as flat tables: claims (one row for each claim and instance), values
(their numbers: exact bounds as text, and a float64 between them), trainings, and points of the trainings. go run -C tools/parquet . FROM TO makes Parquet files
of them, or of the tables in the folder of the sweep.`,
		Example: "  verify export run --out tables\n  verify export run --format csv --out tables",
	}, o, run, &o.from)
	f.StringVar(&o.out, "out", "", "folder to write to, made if it is missing (required)")
	f.StringSliceVar(&o.formats, "format", sweep.Formats, oneOf(sweep.Formats))
	require(c, "out")
	return c
}

func runExport(_ context.Context, o *exportOptions) error {
	for _, f := range o.formats {
		if f == "parquet" {
			return usagef("--format parquet: go run -C tools/parquet . FROM TO makes it from csv or jsonl")
		}
		if !slices.Contains(sweep.Formats, f) {
			return usagef("--format %q, expected %s", f, oneOf(sweep.Formats))
		}
	}
	folder, err := sweep.Open(o.from)
	if err == nil {
		_, err = folder.Datasets()
	}
	if err != nil {
		return usage(err)
	}
	if err := runlog.MakeFolder(o.out); err != nil {
		return usage(err)
	}
	names, err := sweep.WriteTables(folder.Records, o.out, o.formats...)
	if err != nil {
		return runError(err)
	}
	return o.printNames(names...)
}
