package main

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"muflow/sim"
	"muflow/sim/learned"
)

// Every preset has a description in which all stands that its results depend
// on, the same in the JSON of a run, and the same bytes each time.
func TestEveryPresetDescribesItself(t *testing.T) {
	var presets []trainPreset
	for _, p := range sim.Presets {
		p.Pool, p.HeldOut = min(p.Pool, 60), min(p.HeldOut, 20)
		presets = append(presets, trainPreset{name: p.Name, sim: &p})
	}
	for _, p := range learned.Presets {
		p.Pool, p.HeldOut = 60, 20
		presets = append(presets, trainPreset{name: p.Name, learned: &p})
	}
	output := func(p trainPreset, describe, asJSON bool) string {
		var stdout, stderr strings.Builder
		o := &trainOptions{work: work{terminal: &terminal{out: &stdout, err: &stderr, json: asJSON}, jobs: 1}, preset: p, loss: sim.Coconut, seed: 3, describe: describe}
		if !describe {
			o.steps = 1
		}
		if err := runTrain(t.Context(), o); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		return stdout.String()
	}
	type document struct {
		Preset, Loss string
		Settings     map[string]any
		Differs      []learned.Difference
	}
	parsed := func(text string) (d document) {
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, p := range presets {
		text := output(p, true, true)
		d := parsed(text)
		if d.Preset != p.name || d.Loss != "coconut" || (len(d.Differs) > 0) != strings.HasPrefix(p.name, "paper") || output(p, true, true) != text {
			t.Errorf("%s: %+v", p.name, d)
		}
		for _, key := range []string{"layers", "names", "loss", "label", "answer", "schedule", "steps", "optimiser", "rate", "warm_up", "weight_decay", "dropout", "batch",
			"graphs", "training_graphs", "points_every", "seed", "precision", "trained_steps", "parameters"} {
			if _, ok := d.Settings[key]; !ok {
				t.Errorf("%s says nothing of %s", p.name, key)
			}
		}
		for _, x := range d.Differs {
			if x.What == "" || x.Published == x.Here || x.Reason == "" {
				t.Errorf("%s: %+v", p.name, x)
			}
		}
		if text := output(p, true, false); !strings.Contains(text, "schedule ") || strings.Contains(text, "<nil>") || strings.Contains(text, "{") {
			t.Errorf("%s: %s", p.name, text)
		}
		if p.name == "middle" || p.name == "pair" {
			run := parsed(output(p, false, true))
			if run.Settings["trained_steps"] = d.Settings["trained_steps"]; !reflect.DeepEqual(run.Settings, d.Settings) {
				t.Errorf("%s: described %v, run with %v", p.name, d.Settings, run.Settings)
			}
		}
	}
}

// What is asked for stands in the description and in the list of differences;
// what has no effect is refused.
func TestTrainingsAreChanged(t *testing.T) {
	code, text, errs := trained(t, "--preset", "pair", "--seed", "2", "--label", "shortest", "--names", "file", "--describe", "--json")
	if code != 0 || !strings.Contains(text, `"label": "shortest"`) || !strings.Contains(text, `"names": "file"`) {
		t.Errorf("exit %d, %s%s", code, errs, text)
	}
	code, text, errs = trained(t, "--preset", "middle", "--label", "path", "--describe", "--json")
	if code != 0 || !strings.Contains(text, `"label": "path"`) {
		t.Errorf("exit %d, %s%s", code, errs, text)
	}
	for _, loss := range []string{"coconut", "bfs"} {
		o := &trainOptions{work: work{terminal: &terminal{}}, preset: trainPreset{name: "paper", learned: new(learned.Paper)}, schedule: "paper", names: new(learned.FileNames)}
		o.preset.learned.Pool, o.preset.learned.HeldOut = 600, 40
		var err error
		if o.loss, err = parseSimulated(loss); err != nil {
			t.Fatal(err)
		}
		if err := o.adjust(); err != nil {
			t.Fatal(err)
		}
		plan, err := learned.NewPlan(*o.preset.learned, o.loss, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		var what []string
		for _, x := range plan.Differences() {
			what = append(what, x.What)
		}
		if got := strings.Join(what, ", "); got != "graphs, batch, schedule, names, random numbers, arithmetic, series" || plan.Total() != 350*3 {
			t.Errorf("%s: %s; %d steps", loss, got, plan.Total())
		}
	}
	for _, args := range [][]string{
		{"--preset", "pair", "--loss", "bfs", "--label", "path"},
		{"--preset", "pair", "--label", "nearest"},
		{"--preset", "middle", "--names", "file"},
		{"--preset", "pair", "--names", "new"},
		{"--preset", "pair", "--schedule", "code"},
		{"--preset", "paper", "--schedule", "other"},
		{"--preset", "pair", "--describe", "--out", t.TempDir()},
	} {
		if code, out, errs := trained(t, args...); code != exitUsage || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit %d, %q, %q", args, code, out, errs)
		}
	}
}

// A finished run goes on beyond its end, and beyond that of the preset, with the
// bytes of one long run; it does not grow shorter, or change otherwise.
func TestTrainGoesOn(t *testing.T) {
	pair := learned.Pair
	pair.Pool, pair.HeldOut, pair.Every = 30, 15, 4
	pair.Config.Width, pair.Batch = 16, 8
	pair.Stages = []learned.Stage{{Hop: 0, Steps: 5}, {Hop: 1, Steps: 6, Gate: 0.01}, {Hop: -1, Steps: 4}}
	middle := sim.Middle
	middle.Pool, middle.HeldOut, middle.Every, middle.StageSteps = 20, 10, 4, []int{5, 10}
	for _, preset := range []trainPreset{{name: "pair", learned: &pair}, {name: "middle", sim: &middle}} {
		train := func(steps, jobs int, out string, loss sim.Loss) (string, error) {
			var stdout, stderr strings.Builder
			o := &trainOptions{work: work{terminal: &terminal{out: &stdout, err: &stderr, json: true}, jobs: jobs}, preset: preset,
				loss: loss, seed: 7, steps: steps, out: out, resume: out != ""}
			err := runTrain(t.Context(), o)
			return stdout.String(), err
		}
		dir := filepath.Join(t.TempDir(), "run")
		for i, steps := range []int{3, 3, 6, 9, 0, 22, 41, 41} { // 0: the whole preset, 15
			want, err := train(steps, 1, "", sim.Coconut)
			if err != nil {
				t.Fatal(err)
			}
			got, err := train(steps, 1+i%3, dir, sim.Coconut)
			if err != nil || got != want {
				t.Fatalf("%s: %d steps in a folder with %d runs before: %v\n%s\nwant\n%s", preset.name, steps, i, err, got, want)
			}
		}
		for _, steps := range []int{22, 40, 0} {
			if out, err := train(steps, 1, dir, sim.Coconut); err == nil || out != "" {
				t.Errorf("%s: went back to %d steps", preset.name, steps)
			}
		}
		if out, err := train(50, 1, dir, sim.CoconutBFS); err == nil || out != "" {
			t.Errorf("%s: went on with another loss", preset.name)
		}
		var d struct{ Series []sim.Point }
		text, err := train(41, 1, dir, sim.Coconut)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		stages := 3
		if preset.sim != nil {
			stages = 2
		}
		if last := d.Series[len(d.Series)-1]; last.Step != 41 || last.Stage != stages {
			t.Errorf("%s: ended at %+v", preset.name, last)
		}
	}
}

// A finished training of a GPT-2 leaves weights that probe reads, with its own
// layout; the others leave none.
func TestTrainLeavesWeights(t *testing.T) {
	file := filepath.Join(t.TempDir(), "graphs.json")
	if code, _, errs := call("data", "generate", "--count", "12", "--out", file); code != 0 {
		t.Fatal(errs)
	}
	for _, p := range []learned.Preset{learned.PaperSmall, learned.GPT, learned.Pair} {
		p.Pool, p.HeldOut, p.Batch, p.Config.Width = 30, 20, 8, 16
		dir := filepath.Join(t.TempDir(), "run")
		var stdout, stderr strings.Builder
		o := &trainOptions{work: work{terminal: &terminal{out: &stdout, err: &stderr, json: true}, jobs: 1}, preset: trainPreset{name: p.Name, learned: &p},
			loss: sim.Coconut, seed: 7, steps: 3, out: dir, data: file}
		if err := runTrain(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		code, text, errs := call("probe", dir, "--layout", filepath.Join(dir, layoutName), "--names", "fresh", "--data", file, "--json", "--quiet")
		if p.Name == "pair" {
			if code != exitUsage {
				t.Errorf("%s: exit %d, %s", p.Name, code, text)
			}
			continue
		}
		var d struct {
			Step, Layers int
			Thoughts     []struct{ Gap float64 }
		}
		if err := json.Unmarshal([]byte(text), &d); err != nil || code != 0 || d.Step != 3 || d.Layers != 2 || len(d.Thoughts) < 3 {
			t.Errorf("%s: exit %d, %v, %s\n%.500s", p.Name, code, err, errs, text)
		}
	}
}
