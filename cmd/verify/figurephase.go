//go:build !page

package main

import (
	"context"

	"muflow/internal/report"
	"muflow/internal/sweep"

	"github.com/spf13/cobra"
)

// figurePhaseOptions say what is drawn of which sweep.
type figurePhaseOptions struct {
	*terminal
	report.PhaseRequest
	figureOut
	from string
}

func newFigurePhase(t *terminal, run func(context.Context, *figurePhaseOptions) error) *cobra.Command {
	o := &figurePhaseOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "phase DIR --claim ID --out NAME",
		Short: "A map over one or two parameters of a theory file: verdicts of a claim, or a number",
		Long: `Draw what a finished sweep over the parameters of a theory file found: for a claim the verdict in each cell, or with
--value one of its numbers; for an observable its value at a time. Cells have a letter or the number beside their colour.
Of a sweep over data it is the worst verdict among the elements, or with --share how many of those on which the claim
applies have the expected verdict.`,
		Example: "  verify sweep --theory theories/attention-merged.star --grid s0=1/10..2:20 --grid D=1..8 --claim rate --out phase\n  verify figure phase phase --claim rate --out rate.svg\n  verify figure phase phase --claim limit --value limit --x D --out limit",
	}, o, run, &o.from)
	f.StringVar(&o.Claim, "claim", "", "claim or oracle whose verdict is drawn")
	f.StringVar(&o.Observable, "observable", "", "observable that is drawn, at the last time or that of --value")
	f.StringVar(&o.Value, "value", "", "number of the claim that is drawn instead of its verdict, or time of the observable")
	f.BoolVar(&o.Share, "share", false, "of a sweep over data: which part of the elements where the claim applies is decided as expected")
	f.StringVar(&o.X, "x", "", "parameter along the horizontal axis (default: the first of the grid)")
	o.figureOut.add(c)
	c.MarkFlagsOneRequired("claim", "observable")
	excludes(c, "claim", "observable")
	excludes(c, "share", "observable", "value")
	return c
}

func runFigurePhase(_ context.Context, o *figurePhaseOptions) error {
	folder, err := sweep.OpenTheory(o.from)
	if err != nil {
		return usage(err)
	}
	phase, err := report.PhaseOf(folder, o.PhaseRequest)
	if err != nil {
		return usage(err)
	}
	width, height := phase.Size()
	return writeFigure(o.terminal, o.figureOut, phase, width, height)
}
