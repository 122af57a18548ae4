//go:build !page

package main

import (
	"context"
	"math/big"

	"muflow/internal/check"
	"muflow/internal/report"
	"muflow/internal/runlog"
	"muflow/internal/script"
	"muflow/internal/sweep"

	"github.com/spf13/cobra"
)

// reportOptions say what verify report reports on.
type reportOptions struct {
	*terminal
	theoryFlags
	from, out string
	with      []string
	theories  []string
	until     *big.Rat
}

func newReport(t *terminal, run func(context.Context, *reportOptions) error) *cobra.Command {
	o := &reportOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "report [DIR]",
		Short: "Make a page, figures and LaTeX tables from a finished run, or of theory files",
		Long: `Make a report from the folder of a finished run of the main job (verify --out DIR) or of a sweep: one
self-contained page report.html that needs no network, each figure as SVG and PDF with the data behind it as CSV and
JSON Lines (figures/), and booktabs tables and numbers as commands for a paper (latex/). With --theory FILE.star, which
may be repeated, theory files are decided and have a section each, with their equations, verdicts, observables and a
figure; then DIR may be left out.`,
		Example: "  verify --out run && verify report run\n  verify report run --out for-the-paper\n  verify tightness --json > tightness.json; verify report run --with tightness.json\n  verify report --theory theories/softmax.star --theory theories/modes.star --out theories-report",
	}, o, run)
	c.Args = cobra.MatchAll(cobra.MaximumNArgs(1), noneEmpty)
	c.RunE = func(c *cobra.Command, args []string) error {
		if o.from = ""; len(args) > 0 {
			o.from = args[0]
		}
		return run(c.Context(), o)
	}
	f.StringArrayVar(&o.theories, "theory", nil, "theory file to be decided and shown; may be repeated")
	o.theoryFlags.add(f)
	addPositive(f, &o.until, "until", "4", "last time at which closed forms, observables and figures of theory files are looked at")
	needs(c, "theory", "data", "set", "until")
	f.StringVar(&o.out, "out", "", "folder to write to (default: DIR/report)")
	f.StringArrayVar(&o.with, "with", nil, "file with the --json output of verify explore or verify tightness, to be shown too (may be repeated)")
	return c
}

func runReport(ctx context.Context, o *reportOptions) error {
	if o.from == "" && (len(o.theories) == 0 || o.out == "") {
		return usagef("expected DIR, or --theory and --out")
	}
	builder := &report.Builder{Folder: o.out, Progress: o.progress("report")}
	if o.from != "" {
		var err error
		if sweep.OfTheory([]string{o.from}) {
			builder.Swept, err = report.LoadSwept(o.from)
		} else {
			builder.Results, err = report.Load(o.from)
		}
		if err != nil {
			return usage(err)
		}
	}
	if o.out == "" {
		var err error
		if builder.Folder, err = runlog.Within(o.from, "report"); err != nil {
			return usage(err)
		}
	}
	for _, file := range o.with {
		if err := builder.Add(file); err != nil {
			return usage(err)
		}
	}
	if len(o.theories) > 0 {
		var err error
		if builder.Theories, err = o.decideTheories(ctx); err != nil {
			return err
		}
	}
	name, err := builder.Write(ctx)
	if err != nil {
		return runError(err)
	}
	return o.printNames(name)
}

// decideTheories decides the theory files.
func (o *reportOptions) decideTheories(ctx context.Context) (*report.TheoryRun, error) {
	out := &report.TheoryRun{Command: o.head.Command, Version: version, Until: o.until}
	first := len(o.head.Files)
	err := o.load(o.terminal, o.theories, -1, func(th *script.Theory, instance int) error {
		decided, err := check.Theory(ctx, th, check.Options{Until: o.until})
		if err != nil {
			return err
		}
		words := []string{th.File}
		for _, s := range o.settings {
			words = append(words, "--set", s)
		}
		if instance >= 0 {
			words = append(words, "--data", o.data)
		}
		out.Theories = append(out.Theories, report.CheckedTheory{Theory: th, Instance: instance, Flags: quotedWords(words), Report: decided})
		return nil
	})
	out.Files = o.head.Files[first:]
	return out, err
}
