package main

import (
	"bytes"
	"errors"
	"fmt"
	"muflow/internal/long"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asVerify, when set, makes this test binary the program itself.
const asVerify = "VERIFY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asVerify) != "" {
		setLimits()
		main()
	}
	os.Exit(m.Run())
}

// program returns the program with a command line, as a process of its own.
func program(args ...string) (p *exec.Cmd, stdout, stderr *bytes.Buffer) {
	p = exec.Command(os.Args[0], args...)
	p.Env = append(os.Environ(), asVerify+"=1")
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	p.Stdout, p.Stderr = stdout, stderr
	return p, stdout, stderr
}

// interrupt starts the program, sends it signals after some time, each after
// the pause before it, and returns its exit code and how long after the last
// signal it ended; in processor time where that is known and less, as a machine
// with other work makes it wait. Where the program did not end with the code
// that is wanted, it may not have come to its work yet, and has more time.
func interrupt(t *testing.T, want int, args []string, signals []syscall.Signal, pauses []time.Duration) (code int, late time.Duration, stdout, stderr string) {
	t.Helper()
	for wait := 150 * time.Millisecond; ; wait *= 2 {
		p, out, problem := program(args...)
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- p.Wait() }()
		time.Sleep(wait)
		for i, s := range signals {
			time.Sleep(pauses[i])
			p.Process.Signal(s)
		}
		last := time.Now()
		before, known := processorTime(p.Process.Pid)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			p.Process.Kill()
			t.Errorf("%v: goes on after %v", args, signals)
			<-ended
		}
		late = time.Since(last)
		if known {
			late = min(late, p.ProcessState.UserTime()+p.ProcessState.SystemTime()-before)
		}
		if code = p.ProcessState.ExitCode(); code == want || wait > 5*time.Second {
			return code, late, out.String(), problem.String()
		}
	}
}

// processorTime is what a process of Linux has taken so far.
func processorTime(pid int) (taken time.Duration, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 15 {
		return 0, false
	}
	for _, field := range fields[11:15] { // its own and that of its children
		ticks, err := strconv.Atoi(field)
		if err != nil {
			return 0, false
		}
		taken += time.Duration(ticks) * time.Second / 100
	}
	return taken, true
}

// endsWithin is what "within a second" and "at once" may take on a machine that
// does other work.
const endsWithin = 3 * time.Second

// raceDetector is whether it watches the tests.
var raceDetector bool

// Every command that can take long ends within a second of a signal, with the
// code of the signal, or 75 where its work is kept; a second signal ends it
// without waiting. Whatever it wrote, nothing unfinished stays behind.
func TestEveryLongCommandStops(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals")
	}
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	data := fewInstances(t)
	profile := write(t, goodProfile)
	pipe := in("pipe")
	if err := makePipe(pipe); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call("sweep", "--data", data, "--steps", "1", "--train-steps", "50", "--batch", "4", "--quiet", "--out", in("done")); code != exitFine {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	t.Cleanup(func() { // after the commands, which run beside each other
		left, err := filepath.Glob(in("*"))
		if err != nil {
			t.Error(err)
		}
		for _, name := range left {
			if base := filepath.Base(name); strings.HasPrefix(base, ".unfinished") || strings.HasSuffix(base, ".svg") || base == "generated.json" || base == "base.json" {
				t.Errorf("%s is left", name)
			}
		}
	})
	quick := map[string]bool{"flow": true, "theorem": true, "sweep": true, "explore": true}
	for row, c := range []struct {
		args string
		kept bool
	}{
		{"flow --profile " + profile + " --loss coconut --method flowpipe --digits 10000 --until 1e6", false},
		{"flow --theory ../../theories/modes.star --set s=1 --digits 2000 --until 50", false},
		{"theorem 1 --data " + pipe, false},
		{"sweep --data " + data + " --seeds 1-1000 --train-steps 10000 --quiet --out " + in("sweep"), true},
		{"explore --data " + data + " --refine 40 --out " + in("explore"), true},
		{"", false},
		{"--out " + in("main"), false},
		{"train --preset gpt", false},
		{"train --preset theory-full --data " + pipe, false},
		{"equilibrium --profile " + pipe, false},
		{"figure training --probe mu --out " + in("training.svg") + " " + pipe, false},
		{"report " + in("done") + " --with " + pipe, false},
		{"report " + in("done"), false},
		{"theorem all --digits 10000", false},
		{"theorem 1 --digits 10000 --certificates " + in("certificates"), false},
		{"hunt", false},
		{"hunt --conclusion 0<=1 --cases 100000000", false},
		{"exhaust --vertices 6", false},
		{"exhaust --vertices 6 --out " + in("exhaust"), true},
		{"population --step 1 --digits 10000", false},
		{"curriculum --thoughts current", false},
		{"attention --trained --step 1 --gain 1", false},
		{"baseline save " + in("base.json") + " --instances 200", false},
		{"baseline save " + in("again.json") + " --instances 200 --cache " + in("cache"), true},
		{"explore", false},
		{"ladder --seeds 100 --steps 1000000", false},
		{"bench", false},
		{"data generate --count 1000000 --seed 1 --out " + in("generated.json"), false},
		{"figure flow --instance 1 --step 1 --steps 10000000 --out " + in("flow.svg"), false},
	} {
		args := strings.Fields(c.args)
		if !*long.Tests && (len(args) == 0 || !quick[args[0]]) {
			continue
		}
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			for i, signals := range [][]syscall.Signal{{syscall.SIGINT}, {syscall.SIGTERM, syscall.SIGTERM}} {
				if !c.kept && i != row%2 { // one of the two
					continue
				}
				want := 128 + int(signals[0])
				if c.kept {
					want = exitResumable
				}
				code, late, stdout, stderr := interrupt(t, want, args, signals, []time.Duration{0, 50 * time.Millisecond})
				if code != want || late > endsWithin || stdout != "" || !strings.Contains(stderr, "interrupted") {
					t.Errorf("signals %v: exit %d after %v, expected %d, %q, %q", signals, code, late, want, stdout, stderr)
				}
				if c.kept && i == 0 && args[0] != "baseline" {
					args = append(args, "--resume")
				}
			}
		})
	}
}

// A training with steps of half a minute ends within one, at the first signal,
// and keeps its work; had it to wait, it would say for what.
func TestLongStepStops(t *testing.T) {
	if !*long.Tests || runtime.GOOS == "windows" {
		t.Skip("a step of this size takes seconds")
	}
	data := filepath.Join(t.TempDir(), "data.json")
	if code, _, stderr := call("data", "generate", "--count", "520", "--seed", "1", "--out", data); code != exitFine {
		t.Fatal(stderr)
	}
	said := ""
	for _, wait := range []time.Duration{12, 25} { // one of them is within the first step
		args := []string{"train", "--preset", "paper", "--data", data, "--quiet", "--out", filepath.Join(t.TempDir(), "run")}
		code, late, stdout, stderr := interrupt(t, exitResumable, args, []syscall.Signal{syscall.SIGTERM}, []time.Duration{wait * time.Second})
		if code == exitResumable && late <= endsWithin && stdout == "" && strings.Contains(stderr, "--resume") {
			return
		}
		said += fmt.Sprintf("after %d s: exit %d after %v, %q, %q\n", wait, code, late, stdout, stderr)
	}
	t.Error(said)
}

// A fault of the machine is neither bad input nor undecided, whatever wraps it.
func TestFaultsHaveTheirCode(t *testing.T) {
	full := "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip("no " + full)
	}
	data := fewInstances(t)
	for _, args := range [][]string{
		{"data", "generate", "--count", "3", "--seed", "1", "--out", full},
		{"hunt", "--statement", "T1b-positive~no-A10", "--out", full, "--quiet"},
		{"baseline", "save", full, "--data", data, "--instances", "1", "--quiet"},
	} {
		code, stdout, stderr := call(args...)
		if code != exitFault || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "no space") {
			t.Errorf("%v: exit %d, %q, %q", args, code, stdout, stderr)
		}
	}
	f, err := os.OpenFile(full, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, args := range [][]string{{"list"}, {"list", "--json"}, {"version"}, {"theorem", "1", "--data", data}, {"sweep", "--data", data, "--cell", "data=few:step=1:loss=bfs:alpha=1"},
		{"emit", "slurm", "--out", "x"}, {"baseline", "theory"}} {
		p, _, stderr := program(args...)
		p.Stdout = f
		err := p.Run()
		var exited *exec.ExitError
		if !errors.As(err, &exited) || exited.ExitCode() != exitFault || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%v to a full disk: %v, %q", args, err, stderr)
		}
	}
}
