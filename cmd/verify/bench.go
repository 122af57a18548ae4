package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"muflow/bench"

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
			Schema   string      `json:"schema"`
			Go       string      `json:"go"`
			Platform string      `json:"platform"`
			CPU      string      `json:"cpu"`
			Cores    int         `json:"cores"`
			Rows     []bench.Row `json:"rows"`
		}{"muflow/bench/1", runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, processor(), runtime.NumCPU(), nil}
		progress := newProgress(c, *quiet, "bench")
		tasks := bench.Tasks(bench.Peers(*peers), instances)
		for i, task := range tasks {
			row, err := task.Run(c.Context())
			if err != nil {
				return undecided(err)
			}
			document.Rows = append(document.Rows, row)
			if progress != nil {
				progress(i+1, len(tasks))
			}
		}
		return print(c, *asJSON, document, func(w io.Writer) {
			fmt.Fprintf(w, "%s, %s, %d cores, %s\n\n", document.CPU, document.Platform, document.Cores, document.Go)
			printRows(w, document.Rows)
		})
	}
	return c
}

func printRows(w io.Writer, rows []bench.Row) {
	name, peer := 0, 0
	for _, r := range rows {
		name, peer = max(name, len([]rune(r.Name))), max(peer, len([]rune(r.Peer)))
	}
	fmt.Fprintf(w, "%-*s  %10s  %10s  %7s  %5s  %6s  %s\n", name, "task", "ours, s", "peer, s", "ratio", "goal", "spread", "peer")
	for _, r := range rows {
		other, ratio, goal := "–", "–", "–"
		if r.Peers != nil {
			other, ratio = fmt.Sprintf("%.3g", *r.Peers), fmt.Sprintf("%.2f", *r.Ratio)
		}
		if r.Goal != nil {
			goal = fmt.Sprintf("%.2g", *r.Goal)
		}
		fmt.Fprintf(w, "%-*s  %10.3g  %10s  %7s  %5s  %5.0f%%  %s\n", name, r.Name, r.Ours, other, ratio, goal, 100*r.Spread, r.Peer)
	}
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
