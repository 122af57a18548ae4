//go:build !page

package main

import (
	"context"
	"slices"

	"muflow/internal/report"

	"github.com/spf13/cobra"
)

// figureSweepOptions say which figure is drawn of which run.
type figureSweepOptions struct {
	*terminal
	figureOut
	from, name string
}

func newFigureSweep(t *terminal, run func(context.Context, *figureSweepOptions) error) *cobra.Command {
	o := &figureSweepOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "sweep DIR --out NAME",
		Short: "What a finished sweep over data, or the main job, found over all of its cells",
		Long: `Draw a figure of the report of a finished sweep over data, steps, losses and gains, or of the main job: the limit of the
logit that a data set shares over the readout gain, trainings beside the theory, where the equilibria lie, and how tight
the bounds are. --name says which, as the report calls its file; a wrong one lists those that there are.`,
		Example: "  verify sweep --data graphs.json --alphas 1/2,1,2 --out grid\n  verify figure sweep grid --out limits\n  verify figure sweep grid --name training-graphs-1-Two --width 8.4cm --font-size 8 --out training.pdf",
	}, o, run, &o.from)
	f.StringVar(&o.name, "name", "", "which figure (default: the first that there is)")
	o.figureOut.add(c)
	return c
}

func runFigureSweep(ctx context.Context, o *figureSweepOptions) error {
	results, err := report.Load(o.from)
	if err != nil {
		return usage(err)
	}
	figures, err := results.Figures(ctx)
	if err != nil {
		return runError(err)
	}
	var names []string
	for _, f := range figures {
		names = append(names, f.Name)
	}
	if len(names) == 0 {
		return usagef("%s: holds nothing to be drawn", o.from)
	}
	at := 0
	if o.name != "" {
		if at = slices.Index(names, o.name); at < 0 {
			return usagef("--name %s: expected %s", o.name, oneOf(names))
		}
	}
	f := figures[at]
	return writeFigure(o.terminal, o.figureOut, f.Drawing, f.Width, f.Height)
}
