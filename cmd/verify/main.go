// Command verify checks the theorems of arXiv 2509.23365 on the training
// dynamics of continuous thought: by exact arithmetic and enclosures where a
// proof is possible, by simulation where not.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes of the built binary.
const (
	exitFine        = 0  // nothing refuted, inconsistent or undecided
	exitRefuted     = 1  // some claim is refuted or inconsistent
	exitUsage       = 2  // bad usage or bad input
	exitUndecided   = 3  // something undecided, or digits asked for and not reached
	exitInterrupted = 75 // interrupted, and resumable
)

// An exitError carries the exit code of a failed command. With an empty cause
// the results were printed and speak for themselves.
type exitError struct {
	code  int
	cause error
}

func (e *exitError) Error() string {
	if e.cause == nil {
		return ""
	}
	return e.cause.Error()
}

func (e *exitError) Unwrap() error { return e.cause }

// usage wraps an error about what the user wrote or handed in.
func usage(err error) error { return &exitError{exitUsage, err} }

func usagef(format string, a ...any) error { return usage(fmt.Errorf(format, a...)) }

// undecided wraps an error about a budget that did not suffice.
func undecided(err error) error { return &exitError{exitUndecided, err} }

// spare counts as memory in use for the collector, which starts when that has
// doubled. Nothing is written to it, so that it takes no memory itself. Proofs
// keep a few megabytes and throw away hundreds: with it they run a fifth
// faster, and no command holds more than 32 MB more.
var spare []byte

func main() {
	if os.Getenv("GOGC") == "" {
		spare = make([]byte, 16<<20)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	runtime.KeepAlive(spare)
	os.Exit(code)
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitFine
	}
	code := exitUsage // what cobra itself refuses is bad usage
	var exit *exitError
	if errors.As(err, &exit) {
		code = exit.code
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		code = exitInterrupted
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(stderr, "verify: "+strings.Join(strings.Fields(text), " "))
	}
	return code
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "verify",
		Short: "Check the theorems on the training dynamics of continuous thought (arXiv 2509.23365)",
		Long: `verify checks the theorems of arXiv 2509.23365 on the training dynamics of continuous thought.

Without a command it does the main job: every statement of the theory on the built-in suite of graphs,
and a cross-check of the reduced flow against stochastic gradient descent in the simulated transformer.

Exit codes: 0 nothing refuted, inconsistent or undecided; 1 something refuted or inconsistent;
2 bad usage or input; 3 something undecided or digits not reached; 75 interrupted.`,
		Args:          cobra.ArbitraryArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	addSuite(root)
	root.AddCommand(explorations()...)
	root.AddCommand(newFlow())
	root.AddCommand(
		newTheorem(), newRecheck(), newExhaust(), newEquilibrium(), newPopulation(),
		newTrain(), newLadder(),
		newOverlap(), newPredict(), newCurriculum(),
		newData(), newBench(), newList(), newVersion(),
	)
	root.AddCommand(newFigure(), newSweep(), newMerge(), newExport(), newEmit(), newReport(), newReference())
	return root
}

// refuseUnknown answers a command that does not exist.
func refuseUnknown(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("there is no command %q in this version; verify --help lists what there is", args[0])
	}
	return nil
}
