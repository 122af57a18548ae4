//go:build !page

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"muflow/internal/bench"
	"muflow/sim/kernel"

	"github.com/spf13/cobra"
)

// benchOptions say what verify bench measures.
type benchOptions struct {
	*terminal
	peers, data string
	kernel      *kernel.Kernel // nil for those with a vector unit
}

func newBench(t *terminal, run func(context.Context, *benchOptions) error) *cobra.Command {
	o := &benchOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "bench",
		Short: "Measure the speed beside whichever peers are installed",
		Long: `Compare what this program and its peers compute, time them in alternation and print the ratios of the least times. The
peers are C programs on MPFR and Arb, and PyTorch; bench/setup.sh builds them from Debian's packages. Those that are
absent are named as absent. The learned transformers are measured by every kernel with a vector unit, or that of --kernel.`,
		Example: "  bench/setup.sh && verify bench\n  verify bench --peers /opt/peers --json",
		Hidden:  true,
	}, o, run)
	addParsed(f, &o.peers, "peers", "", "string", "folder with the peers (default bench/bin)", func(name string) (string, error) {
		if info, err := os.Stat(name); err != nil || !info.IsDir() {
			return "", errors.New("expected a folder")
		}
		return name, nil
	})
	f.StringVar(&o.data, "data", "", "instances of the campaign (default: the built-in suite)")
	addKernel(f, &o.kernel, "kernel of the learned transformers: %s (default: each that has a vector unit)")
	o.addJSON(f)
	c.Args = refuseUnknown
	c.AddCommand(newCurves(t, runCurves))
	return c
}

func runBench(ctx context.Context, o *benchOptions) error {
	instances, err := o.loadInstances(o.data)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return undecided(err)
	}
	folder, err := os.MkdirTemp("", "verify-bench-*")
	if err != nil {
		return exit(exitFault, err)
	}
	defer os.RemoveAll(folder)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return exit(exitFault, err)
	}
	server := serverOf(ctx, pageServer(listener, maxRequest))
	defer server.Close()
	go server.Serve(listener)
	setup := bench.Setup{Peers: bench.Peers(cmp.Or(o.peers, "bench/bin")), Instances: instances, Program: self, Theorem: []string{"theorem", "1", "--jobs", "1", "--quiet", "--json"},
		Page: "http://" + listener.Addr().String(), Folder: folder, Kernels: o.kernels()}
	if o.data != "" {
		setup.Theorem = append(setup.Theorem, "--data", o.data)
	}
	document := struct {
		machine
		Rows []bench.Row `json:"rows"`
	}{machine: thisMachine()}
	rows, failed := bench.Run(ctx, bench.Tasks(setup), o.progress("bench"))
	if ctx.Err() != nil {
		return undecided(failed)
	}
	document.Rows = append([]bench.Row{}, rows...)
	err = o.print("bench/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "%s, %s, %d cores, %s\n\n", document.CPU, document.Platform, document.Cores, document.Go)
		printRows(w, document.Rows)
	})
	if failed != nil { // behind the rows before
		return undecided(failed)
	}
	return err
}

// kernels are those of the learned transformers.
func (o *benchOptions) kernels() (out []*kernel.Kernel) {
	if o.kernel != nil {
		return []*kernel.Kernel{o.kernel}
	}
	for _, name := range kernel.Names() {
		if k, err := kernel.Named(name); err == nil && (name != "portable" || len(out) == 0) {
			out = append(out, k)
		}
	}
	return out
}

// printRows writes two lines for each row, as names are long.
func printRows(w io.Writer, rows []bench.Row) {
	const line = "  %10s  %10s  %6s  %6s  %6s  %9s  %-4s  %s\n"
	fmt.Fprintf(w, "task, beside its peer\n"+line+"\n", "ours, s", "peer, s", "ratio", "goal", "spread", "floor, s", "same", "rate")
	for _, r := range rows {
		goal, spread, rate, same, beside := orDash("%.2g", r.Goal), "–", "–", "–", ""
		if r.Goal == nil {
			goal = orDash("%.3g s", r.Limit)
		}
		if r.Rounds > 1 {
			spread = fmt.Sprintf("%.0f%%", 100*r.Spread)
		}
		if r.Work > 0 {
			rate = fmt.Sprintf("%.3g %s/s", r.Work/r.Ours, r.Unit)
		}
		if r.Agree {
			same = "yes"
		}
		if r.Memory > 0 {
			rate += fmt.Sprintf(", %.0f MB", r.Memory/1e6)
		}
		if r.Peer != "none" {
			beside = ", beside " + r.Peer
		}
		fmt.Fprintf(w, "%s%s\n"+line, r.Name, beside, fmt.Sprintf("%.3g", r.Ours),
			orDash("%.3g", r.Peers), orDash("%.2f", r.Ratio), goal, spread, orDash("%.3g", r.Floor), same, rate)
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
	e := environment(0)
	return machine{e.Go, e.Platform, cmp.Or(e.Processor, "unknown processor"), e.Cores}
}
