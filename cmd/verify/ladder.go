package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"muflow/internal/compare"
	"muflow/sim/kernel"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// ladderOptions say how verify ladder climbs.
type ladderOptions struct {
	work
	seed         uint64
	seeds, steps int
	network      bool
	kernel       *kernel.Kernel
}

func newLadder(t *terminal, run func(context.Context, *ladderOptions) error) *cobra.Command {
	o := &ladderOptions{work: work{terminal: t}, kernel: kernel.Best()}
	c, f := bind(&cobra.Command{
		Use:   "ladder",
		Short: "Climb from Theorem 1 to a learned network, one assumption at a time",
		Long: `Train the same instances on every rung between the theorem and a learned network: step c = 1, Coconut loss,
14 vertices, 3 hops. Neighbouring rungs differ by one assumption of the theory; the difference stands with a 95 %
confidence interval over the seeds. Below the ladder: the error of gradient descent against the flow by step size,
whose logarithmic slope is 1 for a method of first order.`,
		Example: "  verify ladder\n  verify ladder --seeds 8 --network --json",
	}, o, run)
	addSeed(f, &o.seed)
	addInt(f, &o.seeds, "seeds", 5, 2, 100, "trainings of each rung, 2 to 100")
	addInt(f, &o.steps, "steps", 3000, 1, 1_000_000, "steps of each training")
	f.BoolVar(&o.network, "network", false, "also train the learned network")
	addKernel(f, &o.kernel, "matrix kernel of the network: %s (default: the first)")
	o.add(f)
	needs(c, "network", "kernel")
	return c
}

// addKernel adds the choice of a kernel of matrices; the usage has a place for
// their names.
func addKernel(f *pflag.FlagSet, at **kernel.Kernel, usage string) {
	addParsed(f, at, "kernel", "", "string", fmt.Sprintf(usage, strings.Join(kernel.Names(), ", ")), kernel.Named)
}

func runLadder(ctx context.Context, o *ladderOptions) error {
	ladder := compare.Ladder{Seed: o.seed, Seeds: o.seeds, Instances: 200, Rate: 1, Steps: o.steps, Batch: 64,
		Network: o.network, Kernel: o.kernel, Jobs: o.jobs, Progress: o.progress("ladder")}
	climbed, err := ladder.Climb(ctx)
	if err != nil {
		return undecided(err)
	}
	document := struct {
		Seed   uint64 `json:"seed"`
		Seeds  int    `json:"seeds"`
		Steps  int    `json:"steps"`
		Kernel string `json:"kernel,omitempty"`
		*compare.Climbed
	}{Seed: o.seed, Seeds: o.seeds, Steps: o.steps, Climbed: climbed}
	o.head.Alpha = "1"
	if o.network {
		document.Kernel = o.kernel.Name()
	}
	o.head.inFloats(document.Kernel)
	return o.print("ladder/1", document, func(w io.Writer) { printLadder(w, climbed) })
}

func printLadder(w io.Writer, climbed *compare.Climbed) {
	band := func(b *compare.Band) string {
		switch {
		case b == nil:
			return "–"
		case b.Half == 0:
			return fmt.Sprintf("%.4f", b.Mean)
		}
		return fmt.Sprintf("%.4f ± %.4f", b.Mean, b.Half)
	}
	printTable(w, 0, "rung\tdrops\tμ\tdifference\tmass on the next frontier\tdifference", climbed.Rungs, func(w io.Writer, r *compare.Rung) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Drops, band(r.Mu), band(r.MuStep), band(r.Mass), band(r.MassStep))
	})
	fmt.Fprintf(w, "\ngradient descent against the flow at t = %g: slope %.4f\n", climbed.Slope.Horizon, climbed.Slope.Slope)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "η\terror")
	for i, rate := range climbed.Slope.Rates {
		fmt.Fprintf(table, "%g\t%.4g\n", rate, climbed.Slope.Errors[i])
	}
	table.Flush()
}
