package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"muflow/internal/runlog"
)

// An interruption is the signal that ended a command.
type interruption struct{ signal syscall.Signal }

func (i *interruption) Error() string { return "interrupted" }

// Kept says how interrupted work goes on, and what is waited for before it
// ends, nothing if empty.
type kept struct{ goesOn, waits string }

// keeps says that from here on the work of the command can be resumed.
func (t *terminal) keeps(goesOn, waits string) { t.kept.Store(&kept{goesOn, waits}) }

// grace is how long a command that is interrupted has to end by itself.
const grace = 700 * time.Millisecond

// withSignals returns a context that the first SIGINT or SIGTERM ends. If the
// command then goes on for longer than grace, the process ends, or, where the
// command waits to keep its work, says so. The second signal ends it at once.
// At every moment the files of the command are as after kill -9, which each of
// them stands.
func (t *terminal) withSignals() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		first := &interruption{syscall.SIGINT}
		if s, ok := (<-signals).(syscall.Signal); ok {
			first.signal = s
		}
		cancel(first)
		select {
		case <-signals:
			t.abandon(first)
		case <-time.After(grace):
		}
		if k := t.kept.Load(); k == nil || k.waits == "" {
			t.abandon(first)
		}
		go fmt.Fprintf(t.err, "verify: interrupted, waiting for %s; a second signal ends at once\n", t.kept.Load().waits)
		<-signals
		t.abandon(first)
	}()
	return ctx
}

// abandon ends the process, whatever the command does.
func (t *terminal) abandon(cause *interruption) {
	runlog.RemoveUnfinished()
	code, text := t.interrupted(cause)
	said := make(chan struct{})
	go func() { // nobody may read standard error
		fmt.Fprintln(t.err, "verify: "+text)
		close(said)
	}()
	select {
	case <-said:
	case <-time.After(100 * time.Millisecond):
	}
	os.Exit(code)
}

// interrupted returns how a command ends that was interrupted.
func (t *terminal) interrupted(cause error) (code int, text string) {
	if k := t.kept.Load(); k != nil {
		return exitResumable, "interrupted: " + k.goesOn
	}
	number := syscall.SIGINT
	var by *interruption
	if errors.As(cause, &by) {
		number = by.signal
	}
	return 128 + int(number), "interrupted"
}
