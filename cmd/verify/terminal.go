package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"muflow/internal/page"
	"muflow/internal/runlog"
	"muflow/prove"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// A terminal is where a command writes: results to standard output, progress to
// standard error.
type terminal struct {
	out, err    io.Writer
	json, quiet bool
	kept        atomic.Pointer[kept] // set once work can be resumed
	head        header               // of the document of the command
	consumed    bool                 // standard input was read
	missing     *prove.MissingError  // certificates, of results that are printed all the same
	notes       strings.Builder      // lines to be said once there is a result
	asked       *page.Request        // that the command answers; nil for one of the command line
}

func (t *terminal) addJSON(f *pflag.FlagSet) {
	f.BoolVar(&t.json, "json", false, "print one JSON document")
}

func (t *terminal) addQuiet(f *pflag.FlagSet) {
	f.BoolVar(&t.quiet, "quiet", false, "no progress on standard error")
}

// A work is a terminal for long work, which several workers share.
type work struct {
	*terminal
	jobs int
}

// add adds --jobs and --json.
func (w *work) add(f *pflag.FlagSet) {
	addInt(f, &w.jobs, "jobs", 0, 0, 1<<20, "parallel workers (default: all processors)")
	w.addJSON(f)
}

// write writes to standard output, after what is to be said on standard error.
// That it fails is a fault of the machine.
func (t *terminal) write(text []byte) error {
	io.WriteString(t.err, t.notes.String())
	t.notes.Reset()
	_, err := t.out.Write(text)
	return exit(exitFault, err)
}

// orDash writes a number, or a dash if there is none.
func orDash(format string, x *float64) string {
	if x == nil {
		return "–"
	}
	return fmt.Sprintf(format, *x)
}

// save puts what write writes into a file, or to standard output if file is
// empty, in one piece.
func (t *terminal) save(file string, write func(io.Writer) error) error {
	var out bytes.Buffer
	if err := write(&out); err != nil {
		return err
	}
	if file == "" {
		return t.write(out.Bytes())
	}
	return usage(runlog.WriteFile(file, out.Bytes()))
}

// saveStream is save in memory that does not grow: through a file on the disk to
// standard output, so that nothing is written there if write fails.
func (t *terminal) saveStream(file string, write func(io.Writer) error) error {
	if file != "" {
		return fileError(runlog.Replace(file, write))
	}
	spooled, err := t.nameless()
	if err != nil {
		return err
	}
	defer spooled.Close()
	if err := write(spooled); err != nil {
		return err
	}
	if _, err := spooled.Seek(0, io.SeekStart); err != nil {
		return exit(exitFault, err)
	}
	if err := t.write(nil); err != nil {
		return err
	}
	_, err = io.Copy(t.out, spooled)
	return exit(exitFault, err)
}

// plainInterval is the least time between two plain progress lines.
const plainInterval = 10 * time.Second

// progress reports on standard error: a bar on a terminal, elsewhere at most
// one plain line every ten seconds. It is nil if there is to be none.
func (t *terminal) progress(what string) runlog.Progress {
	return t.progressOf(func() string { return what })
}

// progressOf is progress for a description that changes.
func (t *terminal) progressOf(what func() string) runlog.Progress {
	if t.quiet {
		return nil
	}
	if f, ok := t.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return bar(t.err, what, func() int {
			wide, _, err := term.GetSize(int(f.Fd()))
			if err != nil {
				return columns
			}
			return wide
		})
	}
	start := time.Now()
	last := start
	return func(done, total int) {
		if now := time.Now(); now.Sub(last) >= plainInterval {
			last = now
			fmt.Fprintf(t.err, "%s: %d of %d, %s left\n", what(), done, total, remaining(now.Sub(start), done, total))
		}
	}
}

func remaining(elapsed time.Duration, done, total int) time.Duration {
	return (elapsed * time.Duration(total-done) / time.Duration(max(done, 1))).Round(time.Second)
}

// bar draws progress on one line, over and over. The line is cut before the
// last column of a terminal that is wide() columns wide, where it would scroll.
func bar(w io.Writer, what func() string, wide func() int) runlog.Progress {
	start := time.Now()
	var last time.Time
	return func(done, total int) {
		now := time.Now()
		if done < total && now.Sub(last) < 100*time.Millisecond {
			return
		}
		last = now
		const width = 30
		filled := width * done / max(total, 1)
		line := []rune(fmt.Sprintf("%s [%s%s] %d/%d %s left", what(), strings.Repeat("=", filled), strings.Repeat(" ", width-filled), done, total, remaining(now.Sub(start), done, total)))
		if done >= total {
			line = nil
		}
		fmt.Fprintf(w, "\r%s\x1b[K", string(line[:min(len(line), max(wide()-1, 0))]))
	}
}

// group returns a command that only holds others.
func group(c *cobra.Command, below ...*cobra.Command) *cobra.Command {
	c.Args = refuseUnknown
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	c.AddCommand(below...)
	return c
}

// A quietable is a pointer to options that hold a terminal.
type quietable interface{ addQuiet(*pflag.FlagSet) }

// bind has a command put its arguments, one for each place, into its options
// and call run with them. It returns the command and its flags, of which
// --quiet is there already.
func bind[O quietable](c *cobra.Command, o O, run func(context.Context, O) error, places ...*string) (*cobra.Command, *pflag.FlagSet) {
	o.addQuiet(c.Flags())
	c.Args = cobra.MatchAll(cobra.ExactArgs(len(places)), noneEmpty)
	c.RunE = func(c *cobra.Command, args []string) error {
		for i, at := range places {
			*at = args[i]
		}
		return run(c.Context(), o)
	}
	return c, c.Flags()
}

// noneEmpty refuses empty arguments.
func noneEmpty(_ *cobra.Command, args []string) error {
	if at := slices.Index(args, ""); at >= 0 {
		return usagef("argument %d is empty, expected a value", at+1)
	}
	return nil
}

// bindList is bind for one or more arguments in a list.
func bindList[O quietable](c *cobra.Command, o O, run func(context.Context, O) error, list *[]string) (*cobra.Command, *pflag.FlagSet) {
	o.addQuiet(c.Flags())
	c.Args = cobra.MatchAll(cobra.MinimumNArgs(1), noneEmpty)
	c.RunE = func(c *cobra.Command, args []string) error {
		*list = args
		return run(c.Context(), o)
	}
	return c, c.Flags()
}
