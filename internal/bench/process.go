package bench

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
)

// A run is one run of this program as a process.
type run struct {
	out     []byte  // its standard output
	seconds float64 // processor time of all its threads, its start included
	held    float64 // the most bytes that it held, 0 where the system does not tell
}

// execute runs this program with some arguments.
func (s Setup) execute(ctx context.Context, args ...string) (*run, error) {
	command := exec.CommandContext(ctx, s.Program, args...)
	var failure bytes.Buffer
	command.Stderr = &failure
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w: %s", args, err, lastLine(failure.String()))
	}
	state := command.ProcessState
	return &run{out, (state.UserTime() + state.SystemTime()).Seconds(), heldBy(state)}, nil
}
