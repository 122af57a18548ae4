//go:build !page

package main

import (
	"context"
	"path/filepath"

	"muflow/graph"
	"muflow/internal/report"

	"github.com/spf13/cobra"
)

// figureResultOptions say which results are drawn.
type figureResultOptions struct {
	*terminal
	figureOut
	files      []string
	conclusion string
}

func newFigureResult(t *terminal, run func(context.Context, *figureResultOptions) error) *cobra.Command {
	o := &figureResultOptions{terminal: t}
	c, f := bindList(&cobra.Command{
		Use:   "result FILE… --out NAME",
		Short: "What explore, tightness, ladder or attention found",
		Long: `Draw the --json output of another command: of verify explore a map of the thresholds, or with two dials the map of a
conclusion; of verify tightness a map of the inequalities; of verify ladder the logit and the mass on each rung; of verify
attention how the instances share out, over the value gain if several files are given.`,
		Example: "  verify explore --json > explore.json && verify figure result explore.json --out thresholds\n  verify figure result gain1.json gain2.json gain4.json --width 8.4cm --font-size 8 --out attention.pdf",
	}, o, run, &o.files)
	f.StringVar(&o.conclusion, "conclusion", "", "conclusion of two dials that is drawn (default: the first)")
	o.figureOut.add(c)
	return c
}

func runFigureResult(_ context.Context, o *figureResultOptions) error {
	figure, err := report.ResultFigure(o.files, o.conclusion)
	if err != nil {
		return usage(err)
	}
	width, height := 6.0, 3.8
	switch d := figure.(type) {
	case *report.Phase:
		width, height = d.Size()
	case *report.Figure:
		if n := len(d.YNames); n > 0 {
			width, height = 7, 1.6+float64(0.28*float64(n))
		}
	}
	return writeFigure(o.terminal, o.figureOut, figure, width, height)
}

func newFigurePopulation(t *terminal, run func(context.Context, *figureOptions) error) *cobra.Command {
	o := &figureOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:     "population --out NAME",
		Short:   "The equilibria of all instances as a histogram, and the one that they share",
		Example: "  verify figure population --data prosqa_valid.json.gz --step 1 --out population",
	}, o, run)
	addData(f, &o.data)
	addStep(f, &o.step, 1)
	addAlpha(f, &o.alpha)
	o.figureOut.add(c)
	return c
}

func runFigurePopulation(ctx context.Context, o *figureOptions) error {
	instances, err := o.loadInstances(o.data)
	if err != nil {
		return err
	}
	if err := checkStep(instances, "step", o.step); err != nil {
		return err
	}
	if err := checkLabels(instances, graph.PathLaw, o.step); err != nil {
		return err
	}
	figure, err := report.PopulationFigure(ctx, instances, o.step, o.alpha)
	if err != nil {
		return undecided(err)
	}
	if o.data != "" {
		figure.Title += " of " + filepath.Base(o.data)
	}
	return writeFigure(o.terminal, o.figureOut, figure, 6, 3.8)
}
