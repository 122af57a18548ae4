package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"muflow/internal/long"
	"muflow/sim"
	"muflow/sim/kernel"
	"muflow/sim/learned"
	"muflow/theory"
)

// trained runs a train command line and returns exit code and both outputs.
func trained(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"train", "--quiet"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

func TestTrainPrintsTheContractsDocument(t *testing.T) {
	args := []string{"--preset", "theory-diagonal", "--steps", "8130", "--seed", "5", "--json"}
	code, text, errs := trained(t, args...)
	if code != 0 || errs != "" {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if _, again, _ := trained(t, append(args, "--workers", "3")...); again != text {
		t.Error("another number of workers prints other bytes")
	}
	var d struct {
		Schema, Preset, Loss string
		Seed                 int
		Series               []struct {
			Step, Stage           int
			Mu, Nu, Answer        *float64
			Gap, Mass, Cumulative []float64
		}
		Theory struct {
			Stages []struct {
				Stage  int
				Status string
				Mu, Nu *struct{ Lo, Hi, Evidence string }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	if d.Schema != "muflow/train/1" || d.Preset != "theory-diagonal" || d.Loss != "coconut" || d.Seed != 5 || len(d.Theory.Stages) != 4 {
		t.Fatalf("head: %+v", d)
	}
	last := -1
	for _, p := range d.Series {
		if p.Step <= last || p.Step > last+100 && last >= 0 || p.Mu == nil || p.Nu != nil || len(p.Gap) != 4 || len(p.Mass) != 4 || len(p.Cumulative) != 4 || p.Answer != nil {
			t.Fatalf("after step %d: %+v", last, p)
		}
		last = p.Step
	}
	if end := d.Series[len(d.Series)-1]; last != 8130 || end.Stage != 2 || !(*end.Mu > 0) {
		t.Errorf("the series ends at %+v", end)
	}
	if s := d.Theory.Stages; s[0].Status != "plus-infinity" || s[0].Mu != nil || s[1].Status != "finite" || s[1].Nu != nil || s[1].Mu.Evidence != "enclosure" {
		t.Errorf("theory: %+v", s)
	}
	if code, full, errs := trained(t, "--preset", "theory-full", "--steps", "1", "--json"); code != 0 || !strings.Contains(full, `"unbounded"`) || strings.Count(full, `"nu": {`) != 3 || strings.Count(full, `"nu": `) != 5 {
		t.Errorf("theory-full: exit %d, %s%s", code, errs, full)
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "seconds") {
		t.Error("a number that is none, or a time")
	}
}

// After its stage the trained mean diagonal is near the enclosed equilibrium.
func TestTrainedDiagonalEndsNearTheEquilibrium(t *testing.T) {
	if testing.Short() {
		t.Skip("two whole stages")
	}
	code, text, errs := trained(t, "--preset", "theory-diagonal", "--steps", "16000", "--json")
	if code != 0 {
		t.Fatal(errs)
	}
	var d struct {
		Series []struct{ Mu float64 }
		Theory struct {
			Stages []struct{ Mu struct{ Lo string } }
		}
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	want, err := strconv.ParseFloat(d.Theory.Stages[1].Mu.Lo, 64)
	if got := d.Series[len(d.Series)-1].Mu; err != nil || math.Abs(got-want) > 0.03*want {
		t.Errorf("μ ends at %g, want near %g, %v", got, want, err)
	}
}

func TestTrainRefuses(t *testing.T) {
	refused := 0
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{},
		{"--preset", "theory"},
		{"--preset", "theory-full", "--loss", "prediction"},
		{"--preset", "theory-full", "--steps", "0"},
		{"--preset", "theory-full", "--steps", "-1"},
		{"--preset", "theory-full", "--jobs", "-1"},
		{"--preset", "theory-full", "--seed", "-1"},
		{"--preset", "theory-full", "--data", t.TempDir()},
		{"--preset", "theory-full", "--resume"},
		{"--preset", "theory-full", "--resume", "--out", file},
		{"--preset", "theory-full", "more"},
		{"--preset", "theory-full", "--kernel", "portable"},
		{"--preset", "pair", "--kernel", "mmx"},
	} {
		code, out, errs := trained(t, args...)
		if code != exitUsage || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit %d, %q, %q", args, code, out, errs)
		}
		refused++
	}
	if refused != 13 {
		t.Errorf("%d command lines were tried", refused)
	}
}

// A training that is interrupted, or loses its last checkpoints as by kill -9,
// and is resumed, with another number of workers, prints the same bytes.
func TestTrainResumes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	args := []string{"--preset", "middle", "--steps", "300", "--json"}
	var out, errs bytes.Buffer
	whole := asked(1 << 40)
	if code := run(whole, append([]string{"train", "--quiet"}, args...), &out, &errs); code != exitFine {
		t.Fatalf("exit %d, %q", code, errs.String())
	}
	want := out.String()
	out.Reset()
	inFolder := append(args, "--out", dir)
	code := run(asked((1<<40-whole.left.Load())/2), append([]string{"train", "--quiet"}, inFolder...), &out, &errs)
	if code != exitResumable || out.Len() > 0 {
		t.Fatalf("exit %d, %q, %q", code, out.String(), errs.String())
	}
	if code, out, errs := trained(t, inFolder...); code != exitUsage || out != "" {
		t.Errorf("a used folder: exit %d, %s", code, errs)
	}
	if code, out, _ := trained(t, "--preset", "middle", "--steps", "200", "--json", "--out", dir, "--resume"); code != exitUsage || out != "" {
		t.Errorf("another configuration: exit %d", code)
	}
	for i := range 3 {
		if code, got, errs := trained(t, append(inFolder, "--resume", "--jobs", strconv.Itoa(i+1))...); code != 0 || got != want {
			t.Fatalf("resumed for time %d: exit %d, %s, same bytes: %v", i, code, errs, got == want)
		}
		if i == 1 { // as if it had died before its first checkpoint and its end
			err := errors.Join(os.Remove(filepath.Join(dir, checkpointName)), os.Remove(filepath.Join(dir, "result.json")))
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, checkpointName), []byte("broken"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := trained(t, append(inFolder, "--resume")...); code != exitUsage || out != "" {
		t.Errorf("a broken checkpoint: exit %d, %s", code, errs)
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	if code, got, errs := trained(t, append(args, "--out", fresh, "--resume")...); code != 0 || got != want {
		t.Errorf("resumed from nothing: exit %d, %s", code, errs)
	}
}

// The contrast of Theorem 1 in the model that trains through its own thoughts.
func TestMiddleIsBoundedUnderCoconutOnly(t *testing.T) {
	if !*long.Tests {
		t.Skip("two trainings of seconds: -long")
	}
	for _, c := range []struct {
		loss  string
		holds func(after []float64) bool
	}{
		{"coconut", func(mu []float64) bool { return slices.Max(mu)-slices.Min(mu) < 0.03*slices.Min(mu) }},
		{"bfs", func(mu []float64) bool { return mu[len(mu)-1]-mu[len(mu)-11] > 0.2 }},
	} {
		code, text, errs := trained(t, "--preset", "middle", "--loss", c.loss, "--seed", "1", "--json")
		if code != 0 {
			t.Fatal(errs)
		}
		var d struct {
			Series []struct {
				Step int
				Mu   float64
			}
		}
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		var after []float64
		for _, p := range d.Series {
			if p.Step >= 1500 {
				after = append(after, p.Mu)
			}
		}
		if len(after) != 49 || !c.holds(after) {
			t.Errorf("%s: μ from step 1500 on: %.3f", c.loss, after)
		}
	}
}

// A resumed run of a learned preset keeps to the kernel that it began with.
func TestTrainKeepsItsKernel(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	args := []string{"--preset", "pair", "--steps", "2", "--seed", "2", "--json"}
	code, want, errs := trained(t, append(args, "--kernel", "portable", "--out", dir)...)
	series, _, _ := strings.Cut(want, `"theory"`)
	if code != 0 || !strings.Contains(series, `"gap": [`) || strings.Contains(series, `"mu"`) || !strings.Contains(want, `"kernel": "portable"`) || !strings.Contains(want, "--kernel=portable") {
		t.Fatalf("exit %d, %s", code, errs)
	}
	if code, got, errs := trained(t, append(args, "--out", dir, "--resume", "--jobs", "3")...); code != 0 || got != want {
		t.Errorf("resumed: exit %d, %s", code, errs)
	}
	if best := kernel.Names()[0]; best != "portable" {
		if code, out, _ := trained(t, append(args, "--out", dir, "--resume", "--kernel", best)...); code != exitUsage || out != "" {
			t.Errorf("resumed with another kernel: exit %d", code)
		}
	}
}

// Every preset has its word of the theory: the assumptions that it drops, and
// the stages of its data.
func TestTrainTheoryOfEveryPreset(t *testing.T) {
	names := []string{"theory-full", "middle", "middle-path", "middle-softmax-gain", "pair", "fast-hop"}
	if !*long.Tests {
		names = names[:2]
	}
	for _, name := range names {
		for _, loss := range []string{"coconut", "bfs"} {
			var stdout, stderr bytes.Buffer
			if code := run(context.Background(), []string{"train", "--preset", name, "--loss", loss, "--steps", "1", "--quiet", "--json"}, &stdout, &stderr); code != exitFine {
				t.Fatalf("%s: exit code %d: %s", name, code, &stderr)
			}
			var d struct {
				Theory struct {
					Data    string
					Dropped []string
					Stages  []struct{ Status string }
				}
			}
			if err := json.Unmarshal(stdout.Bytes(), &d); err != nil {
				t.Fatal(err)
			}
			if w := d.Theory; w.Data == "" || len(w.Stages) == 0 || (len(w.Dropped) > 0) != (name != "theory-full") || w.Stages[0].Status == "finite" {
				t.Errorf("%s, %s: %+v", name, loss, w)
			}
		}
	}
}

// TestSearchWithoutSearch: a network that learns everything and trains on the
// cumulative BFS set is said to drop A18, beside no claim of the theory, and one
// that answers what it holds already is told from one that searches.
func TestSearchWithoutSearch(t *testing.T) {
	preset := learned.Fast
	preset.Cumulative, preset.Pool, preset.HeldOut = true, 20, 10
	for _, loss := range []sim.Loss{sim.Coconut, sim.CoconutBFS} {
		var stdout, stderr bytes.Buffer
		o := &trainOptions{work: work{terminal: &terminal{out: &stdout, err: &stderr, json: true}}, preset: trainPreset{name: "fast", learned: &preset}, loss: loss, steps: 1}
		if err := runTrain(context.Background(), o); err != nil {
			t.Fatal(err)
		}
		var d trainDocument
		if err := json.Unmarshal(stdout.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		search := loss == sim.CoconutBFS
		if got := slices.Contains(d.Warnings, cumulativeSet); got != search || strings.Contains(stderr.String(), "A18") != search || !slices.Contains(d.Theory.Dropped, "A18") {
			t.Errorf("%v: warnings %q, %q, dropped %v", loss, d.Warnings, stderr.String(), d.Theory.Dropped)
		}
		for _, s := range d.Theory.Stages {
			if search && s.Status != theory.UnknownLimit {
				t.Errorf("a carry-over weight that is trained, and the theory says %v", s.Status)
			}
		}
	}
	for _, c := range []struct {
		stage       int
		hop, within []float64
		want        int
	}{{2, []float64{0, 0.02, 0}, []float64{1, 0.97, 0.99}, 2}, {1, []float64{0, 0}, []float64{1, 1}, 1}, {2, []float64{0.9, 0.8}, []float64{1, 1}, 0}, {2, []float64{0.03, 0}, []float64{0.5, 0.2}, 0}} {
		point := sim.Point{Stage: c.stage, Learned: &sim.Learned{}}
		for i := range c.hop {
			point.Hop, point.Within = append(point.Hop, &c.hop[i]), append(point.Within, &c.within[i])
		}
		if got := idle([]sim.Point{point}); len(got) != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
