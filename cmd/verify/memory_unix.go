//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

// supervised is set in a process that another one looks after.
const supervised = "VERIFY_SUPERVISED"

// supervise does the work in a child process where the address space is
// limited (ulimit -v), and ends as it does: the Go runtime ends a process that
// gets no memory with code 2 and pages about its state, and nothing within the
// process can keep it from that. Elsewhere it returns.
func supervise() {
	var limit syscall.Rlimit
	self, err := os.Executable()
	if os.Getenv(supervised) != "" || err != nil || syscall.Getrlimit(syscall.RLIMIT_AS, &limit) != nil || limit.Cur >= 1<<62 {
		return
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	messages := &crashFilter{to: os.Stderr}
	child := exec.Command(self, os.Args[1:]...)
	child.Env = append(os.Environ(), supervised+"=1")
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, messages
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that each signal comes once
	if child.Start() != nil {
		return
	}
	go func() {
		for s := range signals {
			child.Process.Signal(s)
		}
	}()
	code := exitFine
	var ended *exec.ExitError
	if errors.As(child.Wait(), &ended) {
		if code = ended.ExitCode(); code < 0 {
			code = 128 + int(ended.Sys().(syscall.WaitStatus).Signal())
		}
	}
	if messages.crash != "" {
		code = exitFault
		fmt.Fprintf(os.Stderr, "verify: %s (the address space is limited to %d bytes)\n", messages.crash, limit.Cur)
	}
	os.Exit(code)
}

// starlarkNote is in a line that the library of theory files logs as it starts
// where less than 4 GB of addresses are left. It does without them; the line of
// the process that supervises comes before anything can keep it.
const starlarkNote = "Starlark failed to allocate 4GB address space"

// A crashFilter hands on lines until one says that the Go runtime gives up.
type crashFilter struct {
	to    io.Writer
	line  []byte
	crash string
}

func (c *crashFilter) Write(text []byte) (int, error) {
	for rest := text; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte{'\n'})
		c.line, rest = append(c.line, line...), after
		if !whole {
			break
		}
		said := string(c.line)
		c.line = c.line[:0]
		if c.crash == "" && (strings.HasPrefix(said, "fatal error: ") || strings.HasPrefix(said, "runtime: ") || strings.HasPrefix(said, "runtime/cgo: ")) {
			c.crash = strings.TrimPrefix(strings.TrimPrefix(said, "fatal error: "), "runtime: ")
		}
		if c.crash == "" && !strings.Contains(said, starlarkNote) {
			fmt.Fprintln(c.to, said)
		}
	}
	return len(text), nil
}
