// Command verify checks the theorems of arXiv 2509.23365 on the training
// dynamics of continuous thought: by exact arithmetic and enclosures where a
// proof is possible, by simulation where not.
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"muflow/internal/runlog"

	"github.com/spf13/cobra"
)

// Exit codes of the built binary.
const (
	exitFine      = 0  // nothing refuted, inconsistent or undecided
	exitRefuted   = 1  // some claim is refuted or inconsistent
	exitUsage     = 2  // bad usage or bad input
	exitUndecided = 3  // something undecided, or digits asked for and not reached
	exitFault     = 70 // a fault of the machine or of this program
	exitResumable = 75 // interrupted, and resumable; else 128 and the number of the signal
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

// usage wraps an error, if it is one, about what the user wrote or handed in.
func usage(err error) error { return exit(exitUsage, err) }

// exit gives an error, if it is one, the exit code.
func exit(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code, err}
}

func usagef(format string, a ...any) error { return usage(fmt.Errorf(format, a...)) }

// undecided wraps an error, if it is one, about a budget that did not suffice.
func undecided(err error) error { return exit(exitUndecided, err) }

// spare counts as memory in use for the collector, which starts when that has
// doubled. Nothing is written to it, so that it takes no memory itself. Proofs
// keep a few megabytes and throw away hundreds: with it they run a fifth
// faster, and no command but the main job holds more than 32 MB more.
var spare []byte

// spareOfSuite is that of the main job, which keeps 40 MB of results and goes
// through them at every collection.
const spareOfSuite = 64 << 20

// run executes one command line and returns the exit code.
func (t *terminal) run(ctx context.Context, args []string) int {
	root := newRoot(t)
	root.SetArgs(args)
	var err error
	if t.asked != nil {
		err = restrict(root, args)
	}
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if err == nil && t.missing == nil {
		return exitFine
	}
	code := exitUsage // what cobra itself refuses is bad usage
	var known *exitError
	if errors.As(err, &known) {
		code = known.code
	}
	if t.missing != nil && (err == nil || err.Error() == "") { // the results were printed
		if err == nil {
			code = exitUndecided
		}
		err = t.missing
	}
	text := err.Error()
	switch {
	case runlog.IsFault(err):
		code = exitFault
	case ctx.Err() != nil && text != "": // without a text the results were printed
		code, text = t.interrupted(context.Cause(ctx))
	}
	if text != "" {
		fmt.Fprintln(t.err, "verify: "+printable(strings.Join(strings.Fields(plain(text)), " ")))
	}
	return code
}

// printable keeps what a file or its name holds from steering the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// A commandGroup is some commands of one kind.
type commandGroup struct {
	id, title string
	commands  []*cobra.Command
}

// newRoot returns the command verify with all below it, which write to a
// terminal.
func newRoot(t *terminal) *cobra.Command {
	root := newSuite(t, runSuite)
	root.SilenceUsage, root.SilenceErrors = true, true
	root.SetOut(t.out)
	root.SetErr(t.err)
	root.SetFlagErrorFunc(flagError)
	root.PersistentPreRun = t.begin
	for _, g := range commandGroups(t) {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title + ":"})
		for _, c := range g.commands {
			c.GroupID = g.id
			root.AddCommand(c)
		}
	}
	root.AddCommand(newVersion(t, runVersion))
	root.AddCommand(hiddenCommands(t, root)...)
	onceEach(root)
	layOutHelp(root)
	return root
}

// refuseUnknown answers a command that does not exist, and suggests others.
func refuseUnknown(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return usagef("there is no command %q, did you mean %s?", args[0], oneOf(near))
	}
	return usagef("there is no command %q in this version; %s --help lists what there is", args[0], c.CommandPath())
}
