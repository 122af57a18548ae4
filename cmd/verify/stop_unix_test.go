//go:build unix

package main

import (
	"bytes"
	"fmt"
	"muflow/internal/long"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fileLimit, when set, bounds the size of the files that the program may
// write, in bytes: a write beyond it fails as on a full disk.
const fileLimit = "VERIFY_TEST_FILE_SIZE"

// spaceLimit does so for its address space.
const spaceLimit = "VERIFY_TEST_ADDRESS_SPACE"

func setLimits() {
	for variable, resource := range map[string]int{fileLimit: syscall.RLIMIT_FSIZE, spaceLimit: syscall.RLIMIT_AS} {
		n, err := strconv.ParseUint(os.Getenv(variable), 10, 62)
		if err != nil {
			continue
		}
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			panic(err)
		}
	}
}

// Without memory: 70 with one line, and nothing on standard output; with
// enough of it the supervised process is the same, signals included.
func TestNoMemory(t *testing.T) {
	if runtime.GOOS != "linux" || raceDetector {
		t.Skip("other systems do not hold a process to it, and the race detector does not live with it")
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		limit string // kB
		code  int
		args  []string
	}{
		{"1700000", exitFault, []string{"train", "--preset", "paper", "--steps", "1", "--json", "--quiet"}},
		{"100000000", exitFine, []string{"data", "generate", "--count", "3", "--seed", "1"}},
	} {
		if c.args[0] == "train" && !*long.Tests {
			continue
		}
		p, stdout, stderr := program(c.args...)
		p.Path, p.Args = shell, append([]string{"sh", "-c", `ulimit -v "$0" && exec "$@"`, c.limit}, p.Args...)
		p.Run()
		lines := strings.Count(stderr.String(), "\n") - strings.Count(stderr.String(), starlarkNote)
		if code := p.ProcessState.ExitCode(); code != c.code || stdout.Len() > 0 && c.code == exitFault || lines > 1 {
			t.Errorf("%s kB: exit %d, expected %d, %q, %.300q", c.limit, code, c.code, stdout, stderr)
		}
	}
	t.Setenv(spaceLimit, "100000000000")
	code, late, _, stderr := interrupt(t, 128+int(syscall.SIGTERM), []string{"flow", "--theory", "../../theories/modes.star", "--set", "s=1", "--digits", "2000", "--until", "50"}, []syscall.Signal{syscall.SIGTERM}, []time.Duration{0})
	if code != 128+int(syscall.SIGTERM) || late > endsWithin || stderr != "verify: interrupted\n" {
		t.Errorf("exit %d after %v, %q", code, late, stderr)
	}
	if code, _, _, stderr := interrupt(t, exitUsage, []string{"theorem", "4"}, nil, nil); code != exitUsage {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

func makePipe(name string) error { return syscall.Mkfifo(name, 0o600) }

// Wherever the disk is full, at whatever file and byte: exit 70 with one line
// and nothing on standard output, each file is whole or missing, a log holds
// whole records of those that come, nothing unfinished stays, and once there
// is room the same command ends with the files that it would have written.
func TestFullDiskLosesNothing(t *testing.T) {
	data := fewInstances(t)
	done := filepath.Join(t.TempDir(), "done")
	sweep := "sweep --data " + data + " --steps 1 --train-steps 50 --batch 4 --quiet --out "
	parts := filepath.Join(t.TempDir(), "parts")
	before := []string{sweep + done}
	if *long.Tests { // those that are slow have merge among them
		before = append(before, sweep+parts+" --shard 0/2", sweep+parts+" --shard 1/2")
	}
	for _, command := range before {
		if code, _, stderr := call(strings.Fields(command)...); code != exitFine {
			t.Fatalf("%s: exit %d: %s", command, code, stderr)
		}
	}
	kinds := 0
	for _, c := range []struct {
		command, again string // with OUT for where to write, and what to add when it goes on
		limits         []int
		slow           bool
	}{
		{sweep + "OUT/run", "", []int{0, 100, 600, 4000, 12_000, 25_000}, false},
		{"merge " + parts + " --out OUT/merged", "", []int{600, 20_000}, true},
		{"export " + done + " --out OUT/tables", "", []int{0, 400, 1500, 4000}, false},
		{"report " + done + " --quiet --out OUT/report", "", []int{2000, 60_000}, true},
		{"train --preset middle --steps 60 --quiet --out OUT/run", "--resume", []int{0, 400, 5000}, false},
		{"train --preset theory-full --steps 40 --quiet --json --out OUT/run", "--resume", []int{400, 3000}, true},
		{"exhaust --vertices 3 --quiet --out OUT/run", "--resume", []int{0, 100, 400, 1000}, false},
		{"explore --data " + data + " --settings 1 --refine 0 --dial A1 --quiet --out OUT/run", "--resume", []int{0, 100, 250}, true},
		{"--quiet --out OUT/main", "", []int{0, 60}, false}, // before the work begins
		{"baseline save OUT/base.json --data " + data + " --instances 1 --quiet --cache OUT/cache", "", []int{0, 150, 4000}, true},
		{"hunt --statement T1b-positive~no-A10 --out OUT/witness.json --quiet", "", []int{0, 100}, false},
		{"figure graph --instance 2 --step 1 --out OUT/graph", "", []int{0, 9000}, false},
		{"figure balance --instance 2 --step 1 --out OUT/balance", "", []int{0, 9000}, false},
		{"data generate --count 3 --seed 1 --out OUT/data.json", "", []int{0, 100, 700}, false},
	} {
		if c.slow && !*long.Tests {
			continue
		}
		words := func(out string, more ...string) []string {
			return append(strings.Fields(strings.ReplaceAll(c.command, "OUT", out)), more...)
		}
		whole, wantCode := map[string][]byte{}, 0
		if !strings.HasPrefix(c.command, "--quiet") { // the main job takes too long to be done here
			out := t.TempDir()
			code, _, stderr := call(words(out)...)
			if code != exitFine && code != exitRefuted && code != exitUndecided {
				t.Fatalf("%s: exit %d: %s", c.command, code, stderr)
			}
			whole, wantCode = contentsOf(t, out), code
		}
		if !*long.Tests {
			c.limits = c.limits[:min(1, len(c.limits))]
		}
		for _, limit := range c.limits {
			out := t.TempDir()
			name := fmt.Sprintf("%s, files of at most %d bytes", c.command, limit)
			p, stdout, stderr := program(words(out)...)
			p.Env = append(p.Env, fileLimit+"="+strconv.Itoa(limit))
			p.Run()
			code := p.ProcessState.ExitCode()
			if code == wantCode && len(whole) > 0 {
				continue // there was room
			}
			if code != exitFault || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), syscall.EFBIG.Error()) {
				t.Errorf("%s: exit %d, %q, %q", name, code, stdout, stderr)
			}
			kinds++
			for file, text := range contentsOf(t, out) {
				base := filepath.Base(file)
				switch want, known := whole[file]; {
				case base == "lock":
				case len(whole) == 0 && base == "records.log" && len(text) == 0:
				case base == "records.log":
					if !bytes.HasPrefix(want, text) || len(text) > 0 && text[len(text)-1] != '\n' {
						t.Errorf("%s: the log is no beginning of the whole one", name)
					}
				case slices.Contains([]string{"environment.json", "manifest.json", "report.html", checkpointName}, base): // differ from run to run
				case !known || !bytes.Equal(text, want):
					t.Errorf("%s: %s holds %d bytes, the whole one %d", name, file, len(text), len(want))
				}
			}
			if len(whole) == 0 {
				continue
			}
			more := strings.Fields(c.again)
			if code, _, stderr := call(words(out, more...)...); code != wantCode {
				t.Errorf("%s: with room again exit %d: %s", name, code, stderr)
			}
			got := contentsOf(t, out)
			for file, want := range whole {
				base := filepath.Base(file)
				if slices.Contains([]string{"environment.json", "manifest.json", "report.html"}, base) {
					continue
				}
				if !bytes.Equal(got[file], want) {
					t.Errorf("%s: with room again %s differs", name, file)
				}
			}
			if len(got) != len(whole) {
				t.Errorf("%s: with room again %d files, expected %d", name, len(got), len(whole))
			}
		}
	}
	if least := 9; kinds < least {
		t.Errorf("the disk was full %d times, expected at least %d", kinds, least)
	}
}
