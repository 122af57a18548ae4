package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/internal/runs"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// compareOptions say which curves verify compare judges, and against what.
type compareOptions struct {
	*terminal
	files, only, against, responses []string
	y, optimiser, form              string
	rate                            learningRate
	stage                           *float64 // nil: all
	expect, instancesFile, out      string
	settings                        runs.Settings
	data                            string
	instance, step, batch           int
	loss                            *theory.Loss // nil: not said
	law                             *graph.Law   // nil: not said
	alpha                           *big.Rat     // nil: not said
	seed                            uint64
}

// A learningRate is a number > 0, NaN if none is said, or a column, "" if none
// is said.
type learningRate struct {
	number float64
	column string
}

// parseRate reads a learning rate, or the name of a column.
func parseRate(text string) (learningRate, error) {
	q, err := parsePositive(text)
	if err != nil {
		return learningRate{math.NaN(), text}, nil
	}
	rate, _ := q.Float64()
	if rate < 1e-100 || rate > 1e100 {
		return learningRate{}, errors.New("expected a number from 1e-100 to 1e100, or a column")
	}
	return learningRate{number: rate}, nil
}

func newCompare(t *terminal, run func(context.Context, *compareOptions) error) *cobra.Command {
	o := &compareOptions{terminal: t}
	c, f := bindList(&cobra.Command{
		Use:   "compare RUN…",
		Short: "Judge curves of your own training, and hold them against the reduced flow",
		Long: `Read curves that were trained elsewhere and say what they do: whether a number grows, falls or stays, whether it
overshot, whether the training collapsed, and with --data whether the reduced flow of its data makes it.

RUN is CSV with a header, JSON Lines or the --json output of verify train, - for standard input. A line has a step, that
increases within a run, numbers in any columns, lists as key.i (gap.0), and perhaps run, seed, stage and lr. An empty
field or null is a gap; lines with a true test are left out. Runs whose names are equal up to a last number are seeds of
one condition, and a plain number is a seed.

A verdict is about the slope of y on log t over a window fixed beforehand: the last half of log t, or from --from on.
Three seeds or more: Student's t over their slopes. Fewer: each run by itself, after Newey and West with critical values
of its own places. A slope whose interval of 90 % lies within --margin of the level an e-fold is still; else its
interval of 95 % says growing, falling or undecided. Over the two halves of the window: bounded if the later one is
still, logarithmic if both grow alike. How often all this errs is counted in docs/compare.md.

t is the sum of lr over the steps: of the column lr or --rate KEY, or --rate times the steps, or the steps.`,
		Example: "  verify compare runs.jsonl --y gap.0\n  verify compare runs.jsonl --y z.1 --only hop2-coconut-1 --from 2600 --expect still\n" +
			"  verify train --preset theory-full --json > run.json\n  verify compare run.json --data built-in --step 1\n" +
			"  verify compare coconut.csv --against bfs.csv --y gap.0 --out gap",
	}, o, run, &o.files)
	f.StringVar(&o.y, "y", "", "column to judge (default: mu, or the only one)")
	o.rate.number = math.NaN()
	addParsed(f, &o.rate, "rate", "", "string", "learning rate, or the column that has it (default: lr; documents of verify train know theirs)", parseRate)
	addParsed(f, &o.stage, "stage", "", "number", "only this stage of the column stage", func(text string) (*float64, error) {
		stage, err := parseStepNumber(text)
		return &stage, err
	})
	f.StringArrayVar(&o.only, "only", nil, "only this run or condition (may be repeated)")
	o.settings.From = math.NaN()
	addParsed(f, &o.settings.From, "from", "", "step", "step at which the window begins (default: the last half of log t)", parseStepNumber)
	addParsed(f, &o.settings.Margin, "margin", "0.05", "number", "slope an e-fold that counts as still, part of the level", func(text string) (float64, error) {
		q, err := parsePositive(text)
		if err != nil {
			return 0, err
		}
		return inFloat64(q)
	})
	f.StringArrayVar(&o.against, "against", nil, "condition, or file of runs, to compare with seed by seed (may be repeated)")
	addWord(f, &o.expect, "expect", "", "exit 1 if this does not hold of some condition, 3 if it is undecided: "+strings.Join(runs.Expectations, ", "), runs.Expectations...)
	f.StringVar(&o.data, "data", "", "instances that the runs were trained on, or "+builtinName+": hold y against their reduced flow of μ")
	addInt(f, &o.instance, "instance", -1, 0, maxCount, "0-based place of the one instance (default: all share μ)")
	addInt(f, &o.step, "step", -1, 0, maxCount, "thoughts already generated at the step that the curve is of, c (with --data)")
	addParsed(f, &o.loss, "loss", "", "string", "training loss, coconut or bfs (default: coconut; documents of verify train know theirs)", pointed(theory.ParseLoss))
	addParsed(f, &o.law, "label", "", "law", "label law of the Coconut loss: path, shortest or frontier (default: path; documents of verify train know theirs)", pointed(graph.ParseLaw))
	addPositive(f, &o.alpha, "alpha", "", alphaUsage+" (default: 1; documents of verify train know theirs)")
	addWord(f, &o.form, "parametrization", "", "score matrix: diagonal or full (default: diagonal; documents of verify train know theirs)", "diagonal", "full")
	addInt(f, &o.batch, "batch", 0, 1, maxCount, "samples averaged in a step: hold the curve against the noise of stochastic descent")
	addWord(f, &o.optimiser, "optimiser", "sgd", "sgd, or an adaptive one, whose time is nominal: adam or adamw", "sgd", "adam", "adamw")
	f.StringVar(&o.instancesFile, "instances", "", "numbers measured on single instances: columns instance and any others")
	f.StringArrayVar(&o.responses, "response", nil, "column of --instances to associate (default: all; may be repeated)")
	addSeed(f, &o.seed)
	f.StringVar(&o.out, "out", "", "also draw the curves: a name, or a file ending in .svg, .pdf, .png, .csv or .jsonl")
	o.addJSON(f)
	needs(c, "data", "instance", "step", "loss", "label", "alpha", "batch", "parametrization", "instances", "optimiser")
	needs(c, "instances", "response", "seed")
	return c
}

// parseStepNumber reads a step or a stage, ≥ 0.
func parseStepNumber(text string) (float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x >= 0 && x <= 1e100) {
		return 0, errors.New("expected a number ≥ 0")
	}
	return x, nil
}

func runCompare(ctx context.Context, o *compareOptions) error {
	if o.data != "" && o.step < 0 {
		return usagef("--step is required with --data: the step that the curve is of")
	}
	o.head.inFloats("")
	log, err := o.readRuns(o.files, o.y)
	if err != nil {
		return err
	}
	d := &compareDocument{Y: log.Y, Tests: log.Tests, Gaps: log.Gaps, Margin: o.settings.Margin}
	if !math.IsNaN(o.settings.From) {
		d.From = &o.settings.From
	}
	d.Time, d.Nominal = o.timeOf(log), slices.ContainsFunc(log.Runs, o.nominal)
	conditions, shared := log.Conditions(func(r *runs.Run) *runs.Curve { return log.CurveOf(r, o.rateOf(r)) })
	if len(conditions) == 0 {
		text := ""
		if o.stage != nil {
			text = fmt.Sprintf(" in stage %g", *o.stage)
		}
		return usagef("no run has a point with %s at t > 0%s", log.Y, text)
	}
	kept, err := o.chosen(conditions)
	if err != nil {
		return err
	}
	if kept = o.atStage(kept); len(kept) == 0 {
		return usagef("--step %d, expected a step whose stage %d the run has", o.step, o.step+1)
	}
	d.Shared = slices.DeleteFunc(shared, func(s runs.Shared) bool {
		return !slices.ContainsFunc(kept, func(c *runs.Condition) bool {
			return slices.ContainsFunc(c.Runs, func(r *runs.Run) bool { return slices.Contains(s.Runs[:], r.Name) })
		})
	})
	runs.JudgeAll(kept, o.settings)
	for _, c := range kept {
		d.Conditions = append(d.Conditions, &compareRow{Condition: c, Collapses: c.Collapsed(log.Y)})
	}
	if err := o.pair(d, kept, conditions); err != nil {
		return err
	}
	if err := o.consult(ctx, d); err != nil {
		return err
	}
	if err := o.drawCurves(d); err != nil {
		return err
	}
	code := d.answer(o.expect)
	if err := o.print("compare/1", d, d.print); err != nil {
		return err
	}
	return exit(code, errorOf(code))
}

// errorOf is an error without a text for what speaks for itself.
func errorOf(code int) error {
	if code == exitFine {
		return nil
	}
	return &exitError{code: code}
}

// readRuns reads a column of files of runs, "" for the default one.
func (o *compareOptions) readRuns(files []string, y string) (*runs.Log, error) {
	log := runs.NewLog(runs.Reading{Y: y, Rate: o.rate.column, Stage: o.stage})
	for _, file := range files {
		if err := o.readOther(file, func(r io.Reader, name string) error { return log.Read(r, name) }); err != nil {
			return nil, err
		}
	}
	if err := log.Finish(); err != nil {
		return nil, usage(err)
	}
	if o.rate.column != "" && !slices.ContainsFunc(log.Runs, func(r *runs.Run) bool { return r.Rated }) {
		return nil, usagef("--rate %s: no line has a number there, expected a positive number or a column", o.rate.column)
	}
	for _, run := range slices.Clone(log.Runs) {
		if p := presetOf(run); p != nil && p.sim != nil && p.sim.Restart {
			log.SplitStages(run)
		}
	}
	return log, nil
}

// readOther has a function read a file that is no data set, and notes it.
func (o *compareOptions) readOther(file string, read func(r io.Reader, name string) error) error {
	f, name, err := o.open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	r := io.TeeReader(f, sum)
	if err := read(r, name); err != nil {
		return usage(err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return usagef("%s: cannot be read", name)
	}
	o.head.Files = append(o.head.Files, sourceOf(name, sum.Sum(nil), 0))
	return nil
}

// presetOf returns the preset of a document of verify train, or nil.
func presetOf(r *runs.Run) *trainPreset {
	if r.Document == nil {
		return nil
	}
	p, err := presetNamed(r.Document.Preset)
	if err != nil {
		return nil
	}
	return &p
}

// rateOf returns the learning rate of a run: what is said, or that of its
// preset; NaN for that of its lines.
func (o *compareOptions) rateOf(r *runs.Run) float64 {
	if p := presetOf(r); p != nil && p.sim != nil && math.IsNaN(o.rate.number) && o.rate.column == "" {
		return p.sim.LearningRate
	}
	return o.rate.number
}

// nominal reports whether the time of a run is that of an adaptive optimiser: the
// one that is said, or Adam of its preset.
func (o *compareOptions) nominal(r *runs.Run) bool {
	p := presetOf(r)
	return o.optimiser != "sgd" || p != nil && p.sim == nil
}

// timeOf says what t is in the runs.
func (o *compareOptions) timeOf(log *runs.Log) string {
	var texts []string
	for _, r := range log.Runs {
		text := "steps"
		if rate := o.rateOf(r); !math.IsNaN(rate) {
			text = fmt.Sprintf("%g × steps", rate)
		} else if r.Rated {
			text = "sum of the learning rates of the lines"
		}
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, " or ")
}

// chosen returns the conditions that --only names, or all; of a run that it
// names, its condition with that run alone.
func (o *compareOptions) chosen(conditions []*runs.Condition) ([]*runs.Condition, error) {
	if len(o.only) == 0 {
		return conditions, nil
	}
	var out []*runs.Condition
	names := map[string]bool{}
	for _, name := range o.only {
		if names[name] {
			return nil, usagef("--only %s a second time", name)
		}
		names[name] = true
		found := runs.Only(conditions, name)
		if found == nil {
			return nil, usagef("--only %s, expected a run or one of the conditions %s", name, namesOf(conditions))
		}
		out = append(out, found)
	}
	return out, nil
}

// atStage leaves out the stages that train another step than the theory's.
func (o *compareOptions) atStage(conditions []*runs.Condition) []*runs.Condition {
	if o.data == "" {
		return conditions
	}
	return slices.DeleteFunc(slices.Clone(conditions), func(c *runs.Condition) bool { return c.Runs[0].Stage > 0 && c.Runs[0].Stage != o.step+1 })
}

func namesOf(conditions []*runs.Condition) string {
	var names []string
	for _, c := range conditions {
		names = append(names, c.Name)
	}
	if len(names) > 20 {
		names = append(names[:20], "…")
	}
	return strings.Join(names, ", ")
}

// pair compares the one condition with others.
func (o *compareOptions) pair(d *compareDocument, kept, all []*runs.Condition) error {
	if len(o.against) == 0 {
		return nil
	}
	if len(kept) != 1 {
		return usagef("--against with the conditions %s, expected --only for one of them", namesOf(kept))
	}
	for _, name := range o.against {
		others := []*runs.Condition{runs.Only(all, name)}
		if others[0] == nil {
			log, err := o.readRuns([]string{name}, d.Y)
			if err != nil {
				return err
			}
			others, _ = log.Conditions(func(r *runs.Run) *runs.Curve { return log.CurveOf(r, o.rateOf(r)) })
		}
		for _, other := range others {
			pairing, err := runs.Pair(kept[0], other, o.settings)
			if err != nil {
				return usagef("--against %s: %v", name, err)
			}
			d.Pairings = append(d.Pairings, pairing)
		}
	}
	return nil
}
