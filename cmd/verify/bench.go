package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"muflow/internal/bench"

	"github.com/spf13/cobra"
)

func newBench() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed beside whichever peers are installed",
		Long: `Time this program and its peers in alternation and print the ratios. The peers are C programs on MPFR and
Arb, and PyTorch; bench/setup.sh builds them from Debian's packages. Those that are absent are named as absent.`,
		Example: "  bench/setup.sh && verify bench\n  verify bench --peers /opt/peers --json",
		Args:    cobra.NoArgs,
	}
	peers := c.Flags().String("peers", "bench/bin", "folder with the peers")
	file := c.Flags().String("data", "", "instances of the campaign (default: the built-in suite)")
	quiet := addQuiet(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if info, err := os.Stat(*peers); c.Flags().Changed("peers") && (err != nil || !info.IsDir()) {
			return usagef("--peers %s, expected a folder", *peers)
		}
		instances, err := loadInstances(*file)
		if err != nil {
			return err
		}
		document := struct {
			Schema string `json:"schema"`
			machine
			Rows []bench.Row `json:"rows"`
		}{Schema: "muflow/bench/1", machine: thisMachine()}
		progress := newProgress(c, *quiet, "bench")
		self, err := os.Executable()
		if err != nil {
			return undecided(err)
		}
		setup := bench.Setup{Peers: bench.Peers(*peers), Instances: instances, Process: []string{self, "theorem", "1", "--jobs", "1", "--quiet", "--json"}}
		if *file != "" {
			setup.Process = append(setup.Process, "--data", *file)
		}
		document.Rows, err = bench.Run(c.Context(), bench.Tasks(setup), func(done, of int) {
			if progress != nil {
				progress(done, of)
			}
		})
		if err != nil {
			return undecided(err)
		}
		return print(c, *asJSON, document, func(w io.Writer) {
			fmt.Fprintf(w, "%s, %s, %d cores, %s\n\n", document.CPU, document.Platform, document.Cores, document.Go)
			printRows(w, document.Rows)
		})
	}
	c.AddCommand(newCurves())
	return c
}

func printRows(w io.Writer, rows []bench.Row) {
	name, peer := 0, 0
	for _, r := range rows {
		name, peer = max(name, len([]rune(r.Name))), max(peer, len([]rune(r.Peer)))
	}
	fmt.Fprintf(w, "%-*s  %10s  %10s  %7s  %5s  %6s  %10s  %-24s  %s\n", name, "task", "ours, s", "peer, s", "ratio", "goal", "spread", "floor, s", "rate", "peer")
	for _, r := range rows {
		other, ratio, goal, spread, floor, rate := "–", "–", "–", "–", "–", "–"
		if r.Peers != nil {
			other, ratio = fmt.Sprintf("%.3g", *r.Peers), fmt.Sprintf("%.2f", *r.Ratio)
		}
		switch {
		case r.Goal != nil:
			goal = fmt.Sprintf("%.2g", *r.Goal)
		case r.Limit != nil:
			goal = fmt.Sprintf("%.3g s", *r.Limit)
		}
		if r.Rounds > 1 {
			spread = fmt.Sprintf("%.0f%%", 100*r.Spread)
		}
		if r.Floor != nil {
			floor = fmt.Sprintf("%.3g", *r.Floor)
		}
		if r.Work > 0 {
			rate = fmt.Sprintf("%.3g %s/s", r.Work/r.Ours, r.Unit)
		}
		fmt.Fprintf(w, "%-*s  %10.3g  %10s  %7s  %5s  %6s  %10s  %-24s  %s\n", name, r.Name, r.Ours, other, ratio, goal, spread, floor, rate, r.Peer)
	}
}

// A machine is what a measurement depends on beside the program.
type machine struct {
	Go       string `json:"go"`
	Platform string `json:"platform"`
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
}

func thisMachine() machine {
	return machine{runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, processor(), runtime.NumCPU()}
}

// processor names the processor where the system tells.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return "unknown processor"
}
