package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
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
		if err != nil {
			return 0, err
		}
		words := strings.Fields(string(out))
		if len(words) == 0 {
			return 0, fmt.Errorf("%s printed nothing", program)
		}
		return strconv.ParseFloat(words[0], 64)
	}
	return peer
}

// torchPython is the interpreter that Debian's python3-torch belongs to.
const torchPython = "/usr/bin/python3"

// Torch returns a PyTorch peer. Its script prints a number before the given
// unit; scale turns it into seconds. Every round runs it at each number of
// threads up to that of the processors and takes the best, as PyTorch with its
// own choice can be slower with more.
func (p Peers) Torch(name, script, unit string, scale float64, args ...string) *Peer {
	peer := &Peer{Name: name}
	file := filepath.Join(string(p), script)
	if _, err := os.Stat(file); err != nil {
		peer.Absent = "bench/setup.sh puts it in place"
		return peer
	}
	if err := exec.Command(torchPython, "-c", "import torch").Run(); err != nil {
		peer.Absent = "no PyTorch; bench/setup.sh installs it"
		return peer
	}
	number := regexp.MustCompile(`([0-9.]+) ` + regexp.QuoteMeta(unit))
	peer.Seconds = func(ctx context.Context) (float64, error) {
		best := 0.0
		for threads := 1; threads <= runtime.NumCPU(); threads++ {
			command := exec.CommandContext(ctx, torchPython, append([]string{file, "--threads", strconv.Itoa(threads)}, args...)...)
			command.Env = append(os.Environ(), fmt.Sprintf("OMP_NUM_THREADS=%d", threads), fmt.Sprintf("OPENBLAS_NUM_THREADS=%d", threads))
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
			seconds, err := strconv.ParseFloat(string(match[1]), 64)
			if err != nil {
				return 0, err
			}
			if seconds *= scale; best == 0 || seconds < best {
				best = seconds
			}
		}
		return best, nil
	}
	return peer
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
