package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"muflow/internal/compare"
	"muflow/sim/kernel"

	"github.com/spf13/cobra"
)

func newLadder() *cobra.Command {
	c := &cobra.Command{
		Use:   "ladder",
		Short: "Climb from Theorem 1 to a learned network, one assumption at a time",
		Long: `Train the same instances on every rung between the theorem and a learned network: step c = 1, Coconut loss,
14 vertices, 3 hops. Neighbouring rungs differ by one assumption of the theory; the difference stands with a 95 %
confidence interval over the seeds. Below the ladder: the error of gradient descent against the flow by step size,
whose logarithmic slope is 1 for a method of first order.`,
		Example: "  verify ladder\n  verify ladder --seeds 8 --network --json",
		Args:    cobra.NoArgs,
	}
	seed := addSeed(c)
	seeds := c.Flags().Int("seeds", 5, "trainings of each rung, 2 to 100")
	steps := c.Flags().Int("steps", 3000, "steps of each training")
	network := c.Flags().Bool("network", false, "also train the learned network")
	kernelName := c.Flags().String("kernel", "", "matrix kernel of the network: "+strings.Join(kernel.Names(), ", ")+" (default: the first)")
	jobs := addJobs(c)
	quiet := addQuiet(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *seeds < 2 || *seeds > 100 || *steps < 1 || *steps > 1_000_000 || *jobs < 0 {
			return usagef("--seeds %d, --steps %d, --jobs %d, expected 2 to 100, 1 to 1000000, at least 0", *seeds, *steps, *jobs)
		}
		if *kernelName != "" && !*network {
			return usagef("--kernel %s without --network, where it is used", *kernelName)
		}
		vector := kernel.Best()
		if *kernelName != "" {
			var err error
			if vector, err = kernel.Named(*kernelName); err != nil {
				return usage(err)
			}
		}
		ladder := compare.Ladder{Seed: *seed, Seeds: *seeds, Instances: 200, Rate: 1, Steps: *steps, Batch: 64,
			Network: *network, Kernel: vector, Jobs: *jobs, Progress: newProgress(c, *quiet, "ladder")}
		climbed, err := ladder.Climb(c.Context())
		if err != nil {
			return undecided(err)
		}
		document := struct {
			Schema string `json:"schema"`
			Seed   uint64 `json:"seed"`
			Seeds  int    `json:"seeds"`
			Steps  int    `json:"steps"`
			Kernel string `json:"kernel,omitempty"`
			*compare.Climbed
		}{Schema: "muflow/ladder/1", Seed: *seed, Seeds: *seeds, Steps: *steps, Climbed: climbed}
		if *network {
			document.Kernel = vector.Name()
		}
		return print(c, *asJSON, document, func(w io.Writer) { printLadder(w, climbed) })
	}
	return c
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
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "rung\tdrops\tμ\tdifference\tmass on the next frontier\tdifference")
	for _, r := range climbed.Rungs {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Drops, band(r.Mu), band(r.MuStep), band(r.Mass), band(r.MassStep))
	}
	table.Flush()
	fmt.Fprintf(w, "\ngradient descent against the flow at t = %g: slope %.4f\n", climbed.Slope.Horizon, climbed.Slope.Slope)
	table = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "η\terror")
	for i, rate := range climbed.Slope.Rates {
		fmt.Fprintf(table, "%g\t%.4g\n", rate, climbed.Slope.Errors[i])
	}
	table.Flush()
}
