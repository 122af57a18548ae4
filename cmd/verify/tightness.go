package main

import (
	"context"
	"fmt"
	"io"
	"math/big"

	"muflow/prove"

	"github.com/spf13/cobra"
)

// tightnessOptions say on what verify tightness encloses the inequalities.
type tightnessOptions struct {
	work
	data      string
	instances int
	alpha     *big.Rat
}

func newTightness(t *terminal, run func(context.Context, *tightnessOptions) error) *cobra.Command {
	o := &tightnessOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "tightness",
		Short: "Enclose how far each inequality of the theory is from being attained",
		Long: `For each inequality, over every instance, step and time tried: the enclosure of the lesser side over the greater one
(1 is equality), where it was tightest, and by which factor its constant could still be changed.`,
		Example: "  verify tightness\n  verify tightness --data prosqa_valid.json.gz --json",
	}, o, run)
	addData(f, &o.data)
	addInstances(f, &o.instances, 40)
	addAlpha(f, &o.alpha)
	o.add(f)
	return c
}

func runTightness(ctx context.Context, o *tightnessOptions) error {
	instances, err := o.loadFirst(o.data, o.instances)
	if err != nil {
		return err
	}
	found, err := prove.TightnessOf(ctx, instances, o.alpha, o.jobs, o.progress("tightness"))
	if err != nil {
		return undecided(err)
	}
	document := struct {
		Inequalities []prove.Tightness `json:"inequalities"`
	}{found}
	return o.print("tightness/1", document, func(w io.Writer) { printTightness(w, found) })
}

func printTightness(w io.Writer, found []prove.Tightness) {
	printTable(w, 0, "claim\tinequality\ttried\tundecided\tloosest share\ttightest share\tat\tconstant\tfactor still allowed", found, func(w io.Writer, x prove.Tightness) {
		at := fmt.Sprintf("instance %d, step %d", x.Instance, x.Step)
		if x.Time != "" {
			at += ", t = " + x.Time
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\n", x.Claim, x.Inequality, x.Tried, x.Undecided, short(x.Loosest), short(x.Tightest), at, x.Constant, short(x.Factor))
	})
}
