package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Peers is the folder that bench/setup.sh fills.
type Peers string

// Program returns a C peer whose first word on standard output is its seconds.
func (p Peers) Program(name, program string, args ...string) *Peer {
	file := filepath.Join(string(p), program)
	peer := &Peer{Name: name}
	if info, err := os.Stat(file); err != nil || info.IsDir() {
		peer.Absent = "bench/setup.sh builds it"
		return peer
	}
	peer.Seconds = func(ctx context.Context) (float64, error) {
		out, err := exec.CommandContext(ctx, file, args...).Output()
		if failed := new(exec.ExitError); errors.As(err, &failed) {
			err = fmt.Errorf("%w: %s", err, lastLine(string(failed.Stderr)))
		}
		if err != nil {
			return 0, err
		}
		peer.printed = string(out)
		word := append(strings.Fields(peer.printed), "")[0]
		seconds, err := strconv.ParseFloat(word, 64)
		if err != nil || !(seconds > 0 && seconds < math.Inf(1)) {
			return 0, fmt.Errorf("%s printed %q, expected seconds", program, word)
		}
		return seconds, nil
	}
	return peer
}

// torchPython is the interpreter that Debian's python3-torch belongs to.
const torchPython = "/usr/bin/python3"

var torchPresent = sync.OnceValue(func() bool { return exec.Command(torchPython, "-c", "import torch").Run() == nil })

// A setting is how many threads PyTorch and the BLAS library under it may use.
type setting struct{ torch, blas int }

// settings lists those with at most so many threads, powers of two and the
// most.
func settings(most int) []setting {
	var counts []int
	for n := 1; n < most; n *= 2 {
		counts = append(counts, n)
	}
	counts = append(counts, most)
	var out []setting
	for _, torch := range counts {
		for _, blas := range counts {
			out = append(out, setting{torch, blas})
		}
	}
	return out
}

// Torch returns a PyTorch peer with at most so many threads. Its script prints
// a number before the given unit; scale turns it into seconds. The first round
// runs it at every setting, as more threads can be slower, later ones at the
// fastest; a round counts its fastest run. unitOf keeps it to a vector unit.
func (p Peers) Torch(name, script, unit string, scale float64, threads int, unitOf []string, args ...string) *Peer {
	peer := &Peer{Name: name}
	file := filepath.Join(string(p), script)
	if _, err := os.Stat(file); err != nil {
		peer.Absent = "bench/setup.sh puts it in place"
		return peer
	}
	if !torchPresent() {
		peer.Absent = "no PyTorch; bench/setup.sh installs it"
		return peer
	}
	number := regexp.MustCompile(`([0-9.]+) ` + regexp.QuoteMeta(unit))
	run := func(ctx context.Context, s setting) (float64, error) {
		command := exec.CommandContext(ctx, torchPython, append([]string{file, "--threads", strconv.Itoa(s.torch)}, args...)...)
		command.Env = append(os.Environ(), fmt.Sprintf("OMP_NUM_THREADS=%d", s.torch), fmt.Sprintf("OPENBLAS_NUM_THREADS=%d", s.blas))
		command.Env = append(command.Env, unitOf...)
		var failure bytes.Buffer
		command.Stderr = &failure
		out, err := command.Output()
		if err != nil {
			return 0, fmt.Errorf("%w: %s", err, lastLine(failure.String()))
		}
		match := number.FindSubmatch(out)
		if match == nil {
			return 0, fmt.Errorf("no %q in %q", unit, out)
		}
		peer.printed = string(out)
		seconds, err := strconv.ParseFloat(string(match[1]), 64)
		return seconds * scale, err
	}
	choice := settings(threads)
	peer.Seconds = func(ctx context.Context) (float64, error) {
		seconds, best, err := fastest(ctx, choice, run)
		if err == nil {
			choice = []setting{best}
		}
		return seconds, err
	}
	return peer
}

// fastest runs all settings and returns the least seconds, and with which of
// them. A run is given up when it takes half as long again, start included, as
// the shortest before it.
func fastest(ctx context.Context, choice []setting, run func(context.Context, setting) (float64, error)) (least float64, best setting, err error) {
	least = math.Inf(1)
	shortest := time.Duration(math.MaxInt64 / 3)
	for _, s := range choice {
		start := time.Now()
		limited, stop := context.WithTimeout(ctx, shortest/2*3)
		seconds, err := run(limited, s)
		late := err != nil && limited.Err() != nil
		stop()
		switch {
		case ctx.Err() != nil:
			return 0, best, ctx.Err()
		case late:
			continue
		case err != nil:
			return 0, best, err
		}
		shortest = min(shortest, time.Since(start))
		if seconds < least {
			least, best = seconds, s
		}
	}
	return least, best, nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
