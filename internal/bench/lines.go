package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// curveLines is how many lines the long curve has.
const curveLines = 1_000_000

// writeCurve writes a growing curve with noise as JSON Lines, one line a step:
//
//	gap = log(1 + t/100) + n/20,  n normal
func writeCurve(name string, lines int) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	to, rng := bufio.NewWriter(file), rand.New(rand.NewPCG(1, 1))
	for t := 1; t <= lines; t++ {
		line := strconv.AppendInt(append(to.AvailableBuffer(), `{"step":`...), int64(t), 10)
		line = strconv.AppendFloat(append(line, `,"gap":`...), math.Log1p(float64(t)/100)+rng.NormFloat64()/20, 'g', -1, 64)
		if _, err := to.Write(append(line, "}\n"...)); err != nil {
			break // Flush says it again
		}
	}
	if err := to.Flush(); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// linesTask judges a long curve: reading is nearly all of it. Both find the slope
// over the last half of log t, of neighbours averaged in the same way.
func linesTask(setup Setup) Task {
	name, found, slope := filepath.Join(setup.Folder, "curve.jsonl"), new(noted), 0.0
	written := false
	return Task{
		Name: fmt.Sprintf("compare, a curve of %d lines", curveLines), Rounds: 3, Work: curveLines, Unit: "lines", Noted: found,
		Ours: func(ctx context.Context) (float64, error) {
			if !written {
				if err := writeCurve(name, curveLines); err != nil {
					return 0, err
				}
				written = true
			}
			run, err := setup.execute(ctx, "compare", name, "--y", "gap", "--expect", "growing", "--json", "--quiet")
			if err != nil {
				return 0, err
			}
			slope, err = slopeIn(run.out)
			found.held = run.held
			return run.seconds, err
		},
		Peer: setup.Peers.Program("Python, json and NumPy", "bench_compare.py", name, "gap"),
		Agree: func(printed string) error {
			words := strings.Fields(printed)
			if len(words) < 2 {
				return fmt.Errorf("no slope in %q", printed)
			}
			other, err := strconv.ParseFloat(words[1], 64)
			if err != nil || !(math.Abs(slope-other) <= 1e-9*math.Abs(slope)) {
				return fmt.Errorf("slopes %.17g and %s", slope, words[1])
			}
			return nil
		},
	}
}

// slopeIn reads the slope of the one condition out of a document of compare.
func slopeIn(text []byte) (float64, error) {
	var document struct {
		Conditions []struct {
			Windows []struct{ Slope struct{ Value float64 } }
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return 0, err
	}
	if len(document.Conditions) != 1 || len(document.Conditions[0].Windows) == 0 {
		return 0, fmt.Errorf("no window in %.200q", text)
	}
	return document.Conditions[0].Windows[0].Slope.Value, nil
}
