package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"muflow/internal/runlog"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func addQuiet(c *cobra.Command) *bool {
	return c.Flags().Bool("quiet", false, "no progress on standard error")
}

func addJobs(c *cobra.Command) *int {
	return c.Flags().Int("jobs", 0, "parallel workers (default: all processors)")
}

func addSeed(c *cobra.Command) *uint64 {
	return c.Flags().Uint64("seed", 1, "seed")
}

// plainInterval is the least time between two plain progress lines.
const plainInterval = 10 * time.Second

// newProgress reports on standard error: a bar on a terminal, elsewhere at
// most one plain line every ten seconds.
func newProgress(c *cobra.Command, quiet bool, what string) runlog.Progress {
	return newProgressOf(c, quiet, func() string { return what })
}

// newProgressOf is newProgress for a description that changes.
func newProgressOf(c *cobra.Command, quiet bool, what func() string) runlog.Progress {
	if quiet {
		return nil
	}
	w := c.ErrOrStderr()
	f, ok := w.(*os.File)
	if ok && term.IsTerminal(int(f.Fd())) {
		return bar(w, what)
	}
	start := time.Now()
	last := start
	return func(done, total int) {
		if now := time.Now(); now.Sub(last) >= plainInterval {
			last = now
			fmt.Fprintf(w, "%s: %d of %d, %s left\n", what(), done, total, remaining(now.Sub(start), done, total))
		}
	}
}

func remaining(elapsed time.Duration, done, total int) time.Duration {
	return (elapsed * time.Duration(total-done) / time.Duration(max(done, 1))).Round(time.Second)
}

func bar(w io.Writer, what func() string) runlog.Progress {
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
		fmt.Fprintf(w, "\r%s [%s%s] %d/%d %s left ", what(), strings.Repeat("=", filled), strings.Repeat(" ", width-filled), done, total, remaining(now.Sub(start), done, total))
		if done >= total {
			fmt.Fprint(w, "\r\x1b[K")
		}
	}
}
