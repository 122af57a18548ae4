//go:build !page

package main

import (
	"context"
	"strings"

	"muflow/internal/report"

	"github.com/spf13/cobra"
)

// figureTrainingOptions say what is drawn of which trainings.
type figureTrainingOptions struct {
	*terminal
	runs, probes []string
	title        string
	figureOut
	log bool
}

func newFigureTraining(t *terminal, run func(context.Context, *figureTrainingOptions) error) *cobra.Command {
	o := &figureTrainingOptions{terminal: t}
	c, f := bindList(&cobra.Command{
		Use:   "training RUN… --probe KEY --out NAME",
		Short: "What trainings measured over their steps, several runs in one figure",
		Long: `Draw a probe of one or more trainings over their steps. RUN is a file with the --json output of verify train,
or the folder of a finished run. KEY is a key of the series, with indices into lists: mu, answer, gap.0 (no thought yet),
hop_accuracy.2. Runs that differ by the seed only share a colour.`,
		Example: "  verify figure training coconut.json bfs.json --probe gap.0 --out gap.svg\n  verify figure training run1 --probe hop_accuracy.0 --probe hop_accuracy.1 --out hops",
	}, o, run, &o.runs)
	f.StringArrayVar(&o.probes, "probe", nil, "key of the series to draw (required; may be repeated)")
	o.figureOut.add(c)
	f.StringVar(&o.title, "title", "", "title of the figure (default: what all runs have in common)")
	f.BoolVar(&o.log, "log", false, "steps on a logarithmic axis, without step 0")
	require(c, "probe")
	return c
}

func runFigureTraining(_ context.Context, o *figureTrainingOptions) error {
	var runs []*report.TrainingRun
	for _, name := range o.runs {
		run, err := report.LoadTraining(name)
		if err != nil {
			return usage(err)
		}
		runs = append(runs, run)
	}
	figure, err := report.TrainingFigure(runs, o.probes)
	if err != nil {
		return usage(err)
	}
	if o.title != "" {
		figure.Title, o.titled = strings.TrimSpace(o.title), true
	}
	if o.log {
		figure.LogX = true
		for i := range figure.Curves {
			if k := &figure.Curves[i]; k.X[0] == 0 && len(k.X) > 1 {
				k.X, k.Y = k.X[1:], k.Y[1:]
			}
		}
	}
	return writeFigure(o.terminal, o.figureOut, figure, 6, 3.6)
}
