//go:build !page

package main

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/report"
	"muflow/internal/script"

	"github.com/spf13/cobra"
)

// figureTheoryOptions say what is drawn of a theory file.
type figureTheoryOptions struct {
	*terminal
	theoryFlags
	figureOut
	file, x, title string
	y              []string
	instance       int
	until          *big.Rat
	log, lower     bool
}

func newFigureTheory(t *terminal, run func(context.Context, *figureTheoryOptions) error) *cobra.Command {
	o := &figureTheoryOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "theory FILE.star --out NAME",
		Short: "The flow of a theory file, with what its claims say of it",
		Long: `Draw states and observables of a theory file over time, enclosed at every point drawn. Where starts or parameters are
intervals, what all of them allow is shaded, and the line is at their lower ends. Dashed are the bounds that proved claims
state of a state that is drawn, and the levels to which limits are proved; rings are points of closed forms (oracles).`,
		Example: "  verify figure theory theories/attention-merged.star --y s --out merged\n  verify figure theory theories/softmax.star --y x --y y --until 20 --out softmax.svg\n  verify figure theory theories/modes.star --set L=3 --y u --until 8 --out modes.pdf",
	}, o, run, &o.file)
	o.theoryFlags.add(f)
	f.StringArrayVar(&o.y, "y", nil, "state, vector of states or observable to draw (default: the observables, or the first states); may be repeated")
	f.StringVar(&o.x, "x", "t", "what they are drawn over: t, or a state or observable")
	addInt(f, &o.instance, "instance", 0, 0, maxCount, "0-based place in --data")
	addPositive(f, &o.until, "until", "4", "last time")
	f.BoolVar(&o.log, "log", false, "t on a logarithmic axis, over three powers of ten")
	f.BoolVar(&o.lower, "lower", false, "only the lower ends of intervals, no bands")
	f.StringVar(&o.title, "title", "", "title of the figure (default: the name of the theory)")
	o.figureOut.add(c)
	needs(c, "data", "instance")
	return c
}

func runFigureTheory(ctx context.Context, o *figureTheoryOptions) error {
	return o.load(o.terminal, []string{o.file}, o.instance, func(th *script.Theory, instance int) error {
		plot := report.TheoryPlot{Theory: th, Y: o.y, X: o.x, Until: o.until, Log: o.log, Lower: o.lower}
		figure, notes, err := plot.Figure(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return usage(err)
		}
		if instance >= 0 {
			figure.Title += fmt.Sprintf(", data %d", instance)
		}
		if o.title != "" {
			figure.Title, o.titled = o.title, true
		}
		for _, note := range notes {
			o.note(1, "%s", note)
		}
		return writeFigure(o.terminal, o.figureOut, figure, 7, 4.4)
	})
}
