package main

import (
	"strings"

	"muflow/internal/report"

	"github.com/spf13/cobra"
)

func newFigureTraining() *cobra.Command {
	c := &cobra.Command{
		Use:   "training RUN… --probe KEY --out NAME",
		Short: "What trainings measured over their steps, several runs in one figure",
		Long: `Draw a probe of one or more trainings over their steps. RUN is a file with the --json output of verify train,
or the folder of a finished run. KEY is a key of the series, with indices into lists: mu, answer, gap.0 (no thought yet),
hop_accuracy.2. Runs that differ by the seed only share a colour.`,
		Example: "  verify figure training coconut.json bfs.json --probe gap.0 --out gap.svg\n  verify figure training run1 --probe hop_accuracy.0 --probe hop_accuracy.1 --out hops",
		Args:    cobra.MinimumNArgs(1),
	}
	probes := c.Flags().StringArray("probe", nil, "key of the series to draw (required; may be repeated)")
	out := c.Flags().String("out", "", "where to write (required): a name, or a file ending in .svg, .pdf, .png, .csv or .jsonl")
	title := c.Flags().String("title", "", "title of the figure (default: what all runs have in common)")
	log := c.Flags().Bool("log", false, "steps on a logarithmic axis, without step 0")
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(*probes) == 0 {
			return usagef("--probe is required")
		}
		if *out == "" {
			return usagef("--out is required")
		}
		var runs []*report.TrainingRun
		for _, name := range args {
			run, err := report.LoadTraining(name)
			if err != nil {
				return usage(err)
			}
			runs = append(runs, run)
		}
		figure, err := report.TrainingFigure(runs, *probes)
		if err != nil {
			return usage(err)
		}
		if *title != "" {
			figure.Title = strings.TrimSpace(*title)
		}
		if *log {
			figure.LogX = true
			for i := range figure.Curves {
				if k := &figure.Curves[i]; k.X[0] == 0 && len(k.X) > 1 {
					k.X, k.Y = k.X[1:], k.Y[1:]
				}
			}
		}
		return writeFigure(c, *out, figure, 6, 3.6)
	}
	return c
}
