package main

import (
	"context"

	"muflow/internal/report"
	"muflow/internal/runlog"

	"github.com/spf13/cobra"
)

// reportOptions say what verify report reports on.
type reportOptions struct {
	*terminal
	from, out string
	with      []string
}

func newReport(t *terminal, run func(context.Context, *reportOptions) error) *cobra.Command {
	o := &reportOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "report DIR",
		Short: "Make a page, figures and LaTeX tables from a finished run",
		Long: `Make a report from the folder of a finished run of the main job (verify --out DIR) or of a sweep: one
self-contained page report.html that needs no network, each figure as SVG and PDF with the data behind it as CSV and
JSON Lines (figures/), and booktabs tables and numbers as commands for a paper (latex/).`,
		Example: "  verify --out run && verify report run\n  verify report run --out for-the-paper\n  verify tightness --json > tightness.json; verify report run --with tightness.json",
	}, o, run, &o.from)
	f.StringVar(&o.out, "out", "", "folder to write to (default: DIR/report)")
	f.StringArrayVar(&o.with, "with", nil, "file with the --json output of verify explore or verify tightness, to be shown too (may be repeated)")
	return c
}

func runReport(ctx context.Context, o *reportOptions) error {
	results, err := report.Load(o.from)
	if err != nil {
		return usage(err)
	}
	if o.out == "" {
		if o.out, err = runlog.Within(o.from, "report"); err != nil {
			return usage(err)
		}
	}
	builder := &report.Builder{Results: results, Folder: o.out, Progress: o.progress("report")}
	for _, file := range o.with {
		if err := builder.Add(file); err != nil {
			return usage(err)
		}
	}
	name, err := builder.Write(ctx)
	if err != nil {
		return runError(err)
	}
	return o.printNames(name)
}
