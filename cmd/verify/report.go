package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"muflow/internal/report"

	"github.com/spf13/cobra"
)

func newReport() *cobra.Command {
	c := &cobra.Command{
		Use:   "report DIR",
		Short: "Make a page, figures and LaTeX tables from a finished run",
		Long: `Make a report from the folder of a finished run of the main job (verify --out DIR) or of a sweep: one
self-contained page report.html that needs no network, each figure as SVG and PDF with the data behind it as CSV and
JSON Lines (figures/), and booktabs tables and numbers as commands for a paper (latex/).`,
		Example: "  verify --out run && verify report run\n  verify report run --out for-the-paper\n  verify tightness --json > tightness.json; verify report run --with tightness.json",
		Args:    cobra.ExactArgs(1),
	}
	out := c.Flags().String("out", "", "folder to write to (default: DIR/report)")
	with := c.Flags().StringArray("with", nil, "file with the --json output of verify explore or verify tightness, to be shown too (may be repeated)")
	quiet := addQuiet(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		results, err := report.Load(args[0])
		if err != nil {
			return usage(err)
		}
		if *out == "" {
			*out = filepath.Join(args[0], "report")
		}
		builder := &report.Builder{Results: results, Folder: *out, Progress: newProgress(c, *quiet, "report")}
		for _, file := range *with {
			if err := builder.Add(file); err != nil {
				return usage(err)
			}
		}
		name, err := builder.Write(c.Context())
		if errors.Is(err, context.Canceled) {
			return err
		}
		if err != nil {
			return sweepError(err)
		}
		return print(c, false, nil, func(w io.Writer) { fmt.Fprintln(w, name) })
	}
	return c
}
