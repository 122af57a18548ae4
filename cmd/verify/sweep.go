package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/internal/sweep"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// builtinName is how --data calls the built-in suite.
const builtinName = "built-in"

// sweepFlags are the flags that say what a sweep is over.
type sweepFlags struct {
	data, losses, alphas *[]string
	steps, seeds         *string
	rate                 *string
	batch, trainSteps    *int
	digits               *int
}

func addSweepFlags(c *cobra.Command) sweepFlags {
	return sweepFlags{
		data:       c.Flags().StringArray("data", []string{builtinName}, "instances to read, several times for several data sets; "+builtinName+" is the built-in suite"),
		steps:      c.Flags().String("steps", "all", "steps c: all, or numbers and ranges such as 1,3-4"),
		losses:     c.Flags().StringSlice("losses", []string{"coconut", "bfs"}, "losses"),
		alphas:     c.Flags().StringSlice("alphas", []string{"1"}, "readout gains α, positive rational or decimal numbers"),
		seeds:      c.Flags().String("seeds", "1", "seeds of the trainings: none, or numbers and ranges such as 1-3,7"),
		rate:       c.Flags().String("rate", "1/8", "learning rate η of the trainings"),
		batch:      c.Flags().Int("batch", 128, "samples averaged in a step of a training"),
		trainSteps: c.Flags().Int("train-steps", 2000, "steps of a training"),
		digits:     addDigits(c, 20),
	}
}

// config checks the flags without reading any data.
func (f sweepFlags) config(shard sweep.Shard) (sweep.Config, error) {
	config := sweep.Config{Version: version, Shard: shard, Digits: *f.digits, Training: sweep.Training{Batch: *f.batch, Steps: *f.trainSteps}}
	if err := checkDigits(*f.digits); err != nil {
		return config, err
	}
	for _, name := range *f.losses {
		if _, err := theory.ParseLoss(name); err != nil {
			return config, usagef("--losses %q, expected coconut or bfs", name)
		}
		config.Losses = append(config.Losses, name)
	}
	for _, text := range *f.alphas {
		alpha, err := parsePositive("--alphas", text)
		if err != nil {
			return config, err
		}
		config.Alphas = append(config.Alphas, alpha.RatString())
	}
	rate, err := parsePositive("--rate", *f.rate)
	if err != nil {
		return config, err
	}
	config.Training.Rate = rate.RatString()
	if *f.batch < 1 || *f.batch > 1<<20 {
		return config, usagef("--batch %d, expected 1 to %d", *f.batch, 1<<20)
	}
	if *f.trainSteps < 2 || *f.trainSteps > maxFigureSteps {
		return config, usagef("--train-steps %d, expected 2 to %d", *f.trainSteps, maxFigureSteps)
	}
	if *f.seeds != "none" {
		if config.Seeds, err = parseNumbers("--seeds", *f.seeds); err != nil {
			return config, err
		}
	}
	if *f.steps != "all" {
		steps, err := parseNumbers("--steps", *f.steps)
		if err != nil {
			return config, err
		}
		for _, c := range steps {
			config.Steps = append(config.Steps, int(min(c, graph.MaxOrder)))
		}
	}
	return config, nil
}

// sweep checks the flags and reads the data.
func (f sweepFlags) sweep(shard sweep.Shard) (*sweep.Sweep, error) {
	config, err := f.config(shard)
	if err != nil {
		return nil, err
	}
	datasets, err := loadDatasets(*f.data)
	if err != nil {
		return nil, err
	}
	s, err := sweep.New(config, datasets)
	if err != nil {
		return nil, usage(err)
	}
	return s, nil
}

// loadDatasets reads files and names them by their names without extensions.
func loadDatasets(files []string) ([]sweep.Dataset, error) {
	var out []sweep.Dataset
	for _, file := range files {
		name := file
		if file == builtinName {
			file = ""
		} else {
			name, _, _ = strings.Cut(filepath.Base(file), ".")
		}
		instances, err := loadInstances(file)
		if err != nil {
			return nil, err
		}
		out = append(out, sweep.Dataset{Name: name, Instances: instances})
	}
	return out, nil
}

// maxNumbers bounds how many numbers a list of ranges stands for.
const maxNumbers = 1_000_000

// parseNumbers reads numbers and ranges, such as 1,3-5.
func parseNumbers(flag, text string) ([]uint64, error) {
	bad := func() ([]uint64, error) {
		return nil, usagef("%s %q, expected different numbers and ranges such as 1,3-5", flag, text)
	}
	var out []uint64
	for _, part := range strings.Split(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		low, errLow := strconv.ParseUint(first, 10, 64)
		high, errHigh := strconv.ParseUint(last, 10, 64)
		if errLow != nil || errHigh != nil || low > high || high-low >= maxNumbers || len(out) > maxNumbers {
			return bad()
		}
		for n := low; ; n++ {
			out = append(out, n)
			if n == high {
				break
			}
		}
	}
	sorted := slices.Clone(out)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(out) {
		return bad()
	}
	return out, nil
}

func newSweep() *cobra.Command {
	c := &cobra.Command{
		Use:   "sweep --data FILE --out DIR",
		Short: "Decide and train over data sets, steps, losses, readout gains and seeds",
		Long: `Work through a grid of cells: for every data set, step, loss and readout gain the claims of Theorem 1 about
that loss on all instances, and for every seed one run of stochastic gradient descent on all of them, compared
with the reduced flow.

The folder DIR holds the configuration as executed (run.json), one record a cell (results.jsonl), flat tables
(claims.csv, values.csv, trainings.csv, points.csv), the data, how and where it was made (environment.json) and a
manifest with the SHA-256 of every file. A sweep that was interrupted, by whatever, goes on when the same command
is given again; what is done is not done again. The results have the same bytes for any --jobs.

With --shard i/N, 0 ≤ i < N, only every N-th cell is worked on, in the folder DIR/shard-i-of-N; verify merge DIR
joins the shards. --shard auto takes i and N from the array variables of Slurm or from JOB_COMPLETION_INDEX and
JOB_COMPLETIONS of an Indexed Job of Kubernetes; with auto/N they must fit N.

With --cell KEY the one cell of that key is worked on again, and its record is printed as in results.jsonl.`,
		Example: `  verify sweep --data prosqa_valid.json.gz --alphas 1/2,1,2 --seeds 1-3 --out run
  verify sweep --data prosqa_valid.json.gz --out run --shard 3/8
  verify sweep --data prosqa_valid.json.gz --cell data=prosqa_valid:step=1:loss=coconut:alpha=1:seed=1`,
		Args: cobra.NoArgs,
	}
	flags := addSweepFlags(c)
	out := c.Flags().String("out", "", "folder of the run (required without --cell)")
	shardText := c.Flags().String("shard", "", "i/N, auto or auto/N: only this part of the cells")
	key := c.Flags().String("cell", "", "only this cell, printed as one line of JSON")
	resume := c.Flags().Bool("resume", true, "go on with a run that the folder holds")
	jobs := addJobs(c)
	quiet := addQuiet(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		shard := sweep.Shard{Index: 0, Count: 1}
		if *shardText != "" {
			var err error
			if shard, err = sweep.ParseShard(*shardText, os.Getenv); err != nil {
				return usagef("--shard %v", err)
			}
		}
		switch {
		case *key != "" && (*out != "" || *shardText != ""):
			return usagef("--cell prints one record, without --out and --shard")
		case *key == "" && *out == "":
			return usagef("--out is required")
		case *jobs < 0:
			return usagef("--jobs %d, expected at least 0", *jobs)
		}
		s, err := flags.sweep(shard)
		if err != nil {
			return err
		}
		if *key != "" {
			return printCell(c, s, *key)
		}
		dir := *out
		if shard.Count > 1 {
			dir = filepath.Join(dir, fmt.Sprintf("shard-%d-of-%d", shard.Index, shard.Count))
		}
		result, err := s.Run(c.Context(), dir, *resume, *jobs, environment(*jobs), newProgress(c, *quiet, "sweep"))
		if err != nil {
			return sweepError(err)
		}
		return printSweep(c, *asJSON, dir, result)
	}
	return c
}

// environment describes this process for the folder of a run.
func environment(jobs int) runlog.Environment {
	revision := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	return runlog.NewEnvironment(os.Args, version, revision, jobs)
}

// sweepError says how a sweep ends that could not finish.
func sweepError(err error) error {
	var path *fs.PathError
	for _, known := range []error{runlog.ErrUsed, runlog.ErrForeign, runlog.ErrConfig, runlog.ErrLocked, runlog.ErrDamaged, runlog.ErrUnfinished} {
		if errors.Is(err, known) {
			return usage(err)
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return &exitError{exitInterrupted, fmt.Errorf("interrupted: the same command goes on from here: %w", err)}
	case errors.As(err, &path):
		return usage(err)
	}
	return undecided(err)
}

func printCell(c *cobra.Command, s *sweep.Sweep, key string) error {
	cell, err := sweep.ParseKey(key)
	if err != nil {
		return usagef("--cell: %v", err)
	}
	record, err := s.Compute(c.Context(), cell)
	if err != nil {
		return usage(err)
	}
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	_, err = c.OutOrStdout().Write(append(text, '\n'))
	return err
}

func printSweep(c *cobra.Command, asJSON bool, dir string, result *sweep.Result) error {
	err := print(c, asJSON, result, func(w io.Writer) {
		fmt.Fprintf(w, "%d cells in %s: claims in %d, trainings in %d\n", result.Cells, dir, result.Decided, result.Trained)
		for _, v := range theory.Verdicts {
			if n := result.Summary[v.String()]; n > 0 {
				fmt.Fprintf(w, "  %-14s %d\n", v, n)
			}
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
	})
	if err != nil {
		return err
	}
	return byVerdict(result.Summary)
}

func newMerge() *cobra.Command {
	c := &cobra.Command{
		Use:   "merge DIR…",
		Short: "Join the shards of a sweep, and detect missing, duplicate and foreign ones",
		Long: `Join the shards of a sweep into the results of the whole. Each DIR is a shard, or holds shards as its folders.
All N shards must be there, once, finished, undamaged (by their manifests), and of the same configuration and data.
The result has the bytes that one process would have written. It goes to --out, or to DIR/` + sweep.MergedName + ` if there is one DIR.`,
		Example: "  verify merge run\n  verify merge machine-a/run machine-b/run --out whole",
		Args:    cobra.MinimumNArgs(1),
	}
	out := c.Flags().String("out", "", "folder to write (default: DIR/"+sweep.MergedName+")")
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, dirs []string) error {
		if *out == "" {
			if len(dirs) > 1 {
				return usagef("--out is required with several folders")
			}
			*out = filepath.Join(dirs[0], sweep.MergedName)
		}
		result, err := sweep.Merge(dirs, *out, environment(1))
		if err != nil {
			return usage(err)
		}
		return printSweep(c, *asJSON, *out, result)
	}
	return c
}

func newExport() *cobra.Command {
	c := &cobra.Command{
		Use:   "export DIR",
		Short: "Write the results of a sweep as CSV and JSON Lines",
		Long: `Write the results in the folder of a sweep as flat tables: claims (one row for each claim and instance), values
(their numbers: exact bounds as text, and a float64 between them), trainings, and points of the trainings. go run -C tools/parquet . FROM TO makes Parquet files
of them, or of the tables in the folder of the sweep.`,
		Example: "  verify export run --out tables\n  verify export run --format csv --out tables",
		Args:    cobra.ExactArgs(1),
	}
	out := c.Flags().String("out", "", "folder to write to, which must exist (required)")
	formats := c.Flags().StringSlice("format", sweep.Formats, "csv, jsonl")
	c.RunE = func(c *cobra.Command, args []string) error {
		if *out == "" {
			return usagef("--out is required")
		}
		for _, f := range *formats {
			if f == "parquet" {
				return usagef("--format parquet: go run -C tools/parquet . FROM TO makes it from csv or jsonl")
			}
			if !slices.Contains(sweep.Formats, f) {
				return usagef("--format %q, expected csv or jsonl", f)
			}
		}
		if info, err := os.Stat(*out); err != nil || !info.IsDir() {
			return usagef("--out %s is not a folder", *out)
		}
		saved, err := runlog.ReadSealed(args[0])
		if err != nil {
			return usage(err)
		}
		if saved.Kind != "sweep" {
			return usagef("%s was made by %q, expected a sweep", args[0], saved.Kind)
		}
		names, err := sweep.WriteTables(saved.Records, *out, *formats...)
		if err != nil {
			return sweepError(err)
		}
		return print(c, false, nil, func(w io.Writer) { fmt.Fprintln(w, strings.Join(names, "\n")) })
	}
	return c
}
