package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/sim"
	"muflow/sim/kernel"
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

// leaves calls visit for every field of a struct that is none itself, and for
// the entries of its lists.
func leaves(v reflect.Value, path string, visit func(path string, leaf reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			leaves(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	default:
		visit(path, v)
	}
}

// others returns what a field may be in place of what it is.
func others(v reflect.Value) (out []reflect.Value) {
	add := func(x any) {
		if x := reflect.ValueOf(x).Convert(v.Type()); !x.Equal(v) {
			out = append(out, x)
		}
	}
	switch {
	case v.Type() == reflect.TypeFor[graph.Law]():
		add((v.Uint() + 1) % 3)
	case v.Type() == reflect.TypeFor[learned.Names]():
		add((v.Int() + 1) % 3)
	case v.Kind() == reflect.Bool:
		add(!v.Bool())
	case v.CanInt():
		for _, x := range []int64{v.Int() + 1, 2 * v.Int(), v.Int() - 1, 3} {
			add(x)
		}
	case v.CanUint():
		add(v.Uint() + 1)
	case v.CanFloat():
		add(v.Float() + 0.5)
		add(v.Float() / 2)
	}
	return out
}

// Whatever field of a preset changes a training changes its description: of
// every field another value is tried, for presets of every make.
func TestDescriptionHasEverythingThatMatters(t *testing.T) {
	given, err := graph.Suite(4, 5, graph.Shape{MinVertices: 6, MaxVertices: 7, MinHops: 2, MaxHops: 2}, graph.Generate)
	if err != nil {
		t.Fatal(err)
	}
	place := regexp.MustCompile(`\[\d+\]`)
	matters := map[string]bool{} // of every field, whether a value changed a training
	try := func(name string, preset any, open func() (sim.Session, error)) {
		train := func() (description, outcome string, ok bool) {
			s, err := open()
			if err != nil {
				return "", "", false
			}
			text, err := json.Marshal(s.(describer).Settings())
			if err != nil {
				t.Fatal(err)
			}
			var points []sim.Point
			err = sim.Advance(t.Context(), s, s.Total(), func(p sim.Point) error { points = append(points, p); return nil }, nil)
			series, _ := json.Marshal(points)
			return string(text), fmt.Sprint(err, string(series), s.State()), true
		}
		description, outcome, ok := train()
		if !ok {
			t.Fatal(name)
		}
		leaves(reflect.ValueOf(preset).Elem(), reflect.TypeOf(preset).Elem().String(), func(path string, leaf reflect.Value) {
			before := reflect.ValueOf(leaf.Interface())
			defer func() { leaf.Set(before) }()
			field := place.ReplaceAllString(path, "")
			if _, known := matters[field]; !known {
				matters[field] = false
			}
			for _, x := range others(before) {
				leaf.Set(x)
				d, o, ok := train()
				if !ok {
					continue
				}
				if o != outcome {
					matters[field] = true
					if d == description {
						t.Errorf("%s: %v in place of %v at %s changes the training and not its description", name, x, before, path)
					}
				}
				break
			}
		})
	}
	gpt, paper, pair := learned.GPT, learned.PaperSmall, learned.Pair
	gpt.Config.Length, paper.Config.Dropout, pair.Optimiser.Decay = 90, 0.1, 0
	for i, p := range []learned.Preset{learned.Fast, pair, gpt, paper} {
		p.Config.Width, p.Config.Heads = 8, 2
		p.Shape.MinVertices, p.Shape.MaxVertices, p.Shape.MinHops, p.Shape.MaxHops = 10, 11, 2, 3
		p.Pool, p.HeldOut, p.Batch, p.Every = 9, 5, 6, 1
		if p.Stages = []learned.Stage{{Hop: 0, Steps: 1}, {Hop: 1, Steps: 3, Gate: 0.01}, {Hop: -1, Steps: 1}}; p.Published {
			p.Stages = []learned.Stage{{Hop: 0, Epochs: 1}, {Hop: 2, Epochs: 1}}
		}
		try(p.Name, &p, func() (sim.Session, error) {
			return learned.NewSession(p, []sim.Loss{sim.CoconutBFS, sim.Coconut}[i%2], 3, 1, kernel.Best(), nil)
		})
	}
	coherent, own := sim.TheoryDiagonal, sim.Middle
	coherent.Dials = sim.Dials{Coherence: 0.5, Width: 3, Uneven: 0.5}
	own.Pool, own.HeldOut = 6, 3
	softmax := sim.Presets[len(sim.Presets)-1]
	softmax.Pool = 0
	for i, p := range []sim.Preset{sim.TheoryFull, coherent, own, softmax} {
		p.Batch, p.Every = 4, 2
		if p.StageSteps = []int{2, 3}; p.Restart {
			p.StageSteps = []int{2}
		}
		data := given
		if p.Pool > 0 {
			data = nil
		}
		try(p.Name, &p, func() (sim.Session, error) {
			return sim.NewSession(p, []sim.Loss{sim.CoconutBFS, sim.Coconut}[i%2], 3, 1, data)
		})
	}
	// Vocabulary and Readout follow from the graphs, Scheduled is for those who ask.
	maps.DeleteFunc(matters, func(_ string, does bool) bool { return does })
	want := []string{"learned.Preset.Config.Readout", "learned.Preset.Config.Vocabulary", "learned.Preset.Name", "learned.Preset.Scheduled", "sim.Preset.Name"}
	if got := slices.Sorted(maps.Keys(matters)); !slices.Equal(got, want) {
		t.Errorf("fields without an effect: %v, want %v", got, want)
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

// A state that is not of the run in its folder, with a right checksum, is refused
// in one line, and the folder stays as it is: a longer run too does not begin.
func TestTrainRefusesForgedStates(t *testing.T) {
	for _, preset := range []string{"pair", "theory-diagonal"} {
		dir := filepath.Join(t.TempDir(), "run")
		args := []string{"--preset", preset, "--json", "--data", fewInstances(t), "--out", dir}
		code, want, errs := trained(t, append(args, "--steps", "3")...)
		if code != exitFine {
			t.Fatal(errs)
		}
		name := filepath.Join(dir, checkpointName)
		kept, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		packed := func(change func(state []byte) []byte) []byte {
			state := change(bytes.Clone(kept[4:]))
			return append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(state)), state...)
		}
		at := func(step int64) []byte { // the number that a state begins with
			return packed(func(state []byte) []byte { return append(sim.Pack(step), state[8:]...) })
		}
		if !bytes.Equal(at(3), kept) {
			t.Fatalf("%s: a state does not begin with its step", preset)
		}
		for _, c := range []struct {
			state []byte
			want  string
		}{
			{at(4), "checkpoint of step 4 in a run of 3"},
			{at(1 << 30), "checkpoint of step 1073741824 in a run of 3"},
			{at(1 << 40), sim.ErrState.Error()},
			{at(-1), sim.ErrState.Error()},
			{packed(func(state []byte) []byte { return state[1:] }), sim.ErrState.Error()},
			{append(bytes.Clone(kept[:len(kept)-1]), kept[len(kept)-1]^1), "broken checkpoint"},
			{nil, "broken checkpoint"},
		} {
			if err := os.WriteFile(name, c.state, 0o600); err != nil {
				t.Fatal(err)
			}
			before := contentsOf(t, dir)
			for _, steps := range []string{"3", "9"} {
				code, out, errs := trained(t, append(args, "--resume", "--steps", steps)...)
				if code != exitUsage || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, c.want) {
					t.Errorf("%s, %s steps: exit %d, %q, %q, want %s", preset, steps, code, out, errs, c.want)
				}
				if !reflect.DeepEqual(contentsOf(t, dir), before) {
					t.Errorf("%s, %s steps, %s: the folder was changed", preset, steps, c.want)
				}
			}
		}
		if err := os.WriteFile(name, kept, 0o600); err != nil {
			t.Fatal(err)
		}
		before := contentsOf(t, dir)
		if code, out, errs := trained(t, append(args, "--resume", "--steps", "2")...); code != exitUsage || out != "" || !strings.Contains(errs, `"steps" is 3 and 2`) || !reflect.DeepEqual(contentsOf(t, dir), before) {
			t.Errorf("%s: went back to step 2: exit %d, %s%s", preset, code, out, errs)
		}
		for _, step := range []int{-1, 0, 4} { // after that of step 0
			log, err := runlog.OpenLog(filepath.Join(dir, "records.log"), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(log.Append(fmt.Appendf(nil, `{"step":%d,"stage":1,"mean_loss":0}`, step)), log.Close()); err != nil {
				t.Fatal(err)
			}
			if code, out, errs := trained(t, append(args, "--resume", "--steps", "3")...); code != exitUsage || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, fmt.Sprintf("point 1 is of step %d in a run of 3", step)) {
				t.Errorf("%s: a forged point of step %d: exit %d, %s%s", preset, step, code, out, errs)
			}
			if err := os.WriteFile(filepath.Join(dir, "records.log"), before["records.log"], 0o600); err != nil {
				t.Fatal(err)
			}
		}
		whole := before["records.log"]
		for what, log := range map[string][]byte{"changed": append([]byte{whole[0] ^ 1}, whole[1:]...), "cut": whole[:len(whole)-5], "empty": {}, "garbage": append(bytes.Repeat([]byte("x\n"), 9), whole...)} {
			if err := os.WriteFile(filepath.Join(dir, "records.log"), log, 0o600); err != nil {
				t.Fatal(err)
			}
			damaged := contentsOf(t, dir)
			if code, out, errs := trained(t, append(args, "--resume", "--steps", "9")...); code != exitUsage || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "damaged") {
				t.Errorf("%s: more steps after a log that is %s: exit %d, %s%s", preset, what, code, out, errs)
			}
			if !reflect.DeepEqual(contentsOf(t, dir), damaged) {
				t.Errorf("%s: a log that is %s: the folder was changed", preset, what)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "records.log"), whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, got, errs := trained(t, append(args, "--resume", "--steps", "3")...); code != exitFine || got != want {
			t.Errorf("%s: with its own state exit %d, %s", preset, code, errs)
		}
		if preset != "theory-diagonal" {
			continue
		}
		if code, _, errs := trained(t, append(args, "--resume", "--steps", "200")...); code != exitFine { // an end of which the point is logged
			t.Fatal(errs)
		}
		text, err := os.ReadFile(filepath.Join(dir, "records.log"))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "records.log"), text[:len(text)-1], 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if code, out, errs := trained(t, append(args, "--resume", "--steps", "300")...); code != exitUsage || out != "" || !strings.Contains(errs, "a log of 2 points and a document of 3") {
			t.Errorf("%s: without its last point exit %d, %s", preset, code, errs)
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
