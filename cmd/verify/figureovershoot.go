//go:build !page

package main

import (
	"context"
	"fmt"

	"muflow/internal/report"
	"muflow/prove"

	"github.com/spf13/cobra"
)

// figureOvershootOptions say which flow of (μ, g) is drawn.
type figureOvershootOptions struct {
	figureOptions
	prove.OvershootRequest
	first int // instances of a shared flow, 0: all
}

func newFigureOvershoot(t *terminal, run func(context.Context, *figureOvershootOptions) error) *cobra.Command {
	o := &figureOvershootOptions{figureOptions: figureOptions{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "overshoot --out NAME",
		Short: "The way of logit and value gain under softmax attention, with its proved turn and end",
		Long: `Draw the logit μ over the value gain g as both are trained under softmax attention, from (0, G), as in verify overshoot: the flow,
the equilibrium μ*(g) that a fixed gain would have (enclosed at every point drawn), and the proved turn and end. With --shared
the flow that the first --instances share, otherwise that of one instance.`,
		Example: "  verify figure overshoot --data prosqa_valid.json.gz --instance 3 --step 1 --out overshoot\n  verify figure overshoot --step 0 --label shortest --uneven 0.2 --shared --instances 12 --out shared",
	}, o, run)
	o.add(c)
	addPositive(f, &o.Gain, "gain", "1/2", "value gain g at the start, a positive rational or decimal number")
	addPositive(f, &o.Rate, "rate", "1", "learning rate of g over that of μ, a positive rational or decimal number")
	addUneven(f, &o.Uneven, "unevenness ε of the logits, 0 to 10")
	addSeed(f, &o.Seed)
	addAlpha(f, &o.OvershootRequest.Alpha)
	f.BoolVar(&o.Shared, "shared", false, "one μ and one g for all instances")
	addInt(f, &o.first, "instances", 0, 1, maxCount, "with --shared: only the first so many instances (default: all)")
	needs(c, "shared", "instances")
	excludes(c, "shared", "instance")
	return c
}

func runFigureOvershoot(ctx context.Context, o *figureOvershootOptions) error {
	instances, err := o.loadStep(o.data, o.step)
	if err == nil {
		err = checkLabels(instances, o.label, o.step)
	}
	if err != nil {
		return err
	}
	if o.first > 0 {
		instances = instances[:min(o.first, len(instances))]
	}
	o.OvershootRequest.Step, o.OvershootRequest.Label = o.step, o.label
	steps, places, err := o.UnevenSteps(instances)
	if err != nil {
		return undecided(err)
	}
	title := o.subject()
	if o.Shared {
		title = fmt.Sprintf("%s, %s, step %d", o.source(), prove.Counted(len(steps), "instance"), o.step)
	} else {
		at := -1
		for i, place := range places {
			if place == o.instance {
				at = i
			}
		}
		if at < 0 {
			return usagef("--instance %d has no step %d with such a label", o.instance, o.step)
		}
		steps = steps[at : at+1]
	}
	figure, err := report.OvershootFigure(ctx, prove.OvershootProblem{Steps: steps, Alpha: o.OvershootRequest.Alpha, Gain: o.Gain, Rate: o.Rate})
	if err != nil {
		return undecided(err)
	}
	figure.Title = title
	return writeFigure(o.terminal, o.figureOut, figure, 6.5, 4.2)
}
