package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muflow/internal/runs"
)

const tinyFolder = "../../internal/checkpoint/testdata/"

func tinyFiles() []string {
	return []string{tinyFolder + "tiny-1of2.safetensors", tinyFolder + "tiny-2of2.safetensors"}
}

// probeDocument is what people rely on.
type probeDocument struct {
	Schema, Names, Order string
	Thoughts             []struct {
		C                                                               int
		Gap, New, Old, Rest, Mass, Z, Unevenness, Hop, Within, Shortest *float64
		GapAll                                                          *float64 `json:"gap_all"`
		Head                                                            []float64
		Layers                                                          []struct{ Layer int }
	}
	Answer      *float64
	Collapse    []int
	Assumptions []struct {
		ID               string
		Value, Threshold *float64
		Crossed          *bool
		First            string
	}
	Checkpoints []struct {
		Name string
		Step *int
	}
}

// The document has the keys of the contract, with a number or null for each.
func TestProbeDocument(t *testing.T) {
	code, stdout, stderr := call(append([]string{"probe", "--data", tinyFolder + "tiny.json", "--json", "--quiet"}, tinyFiles()...)...)
	var got probeDocument
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exitFine || stderr != "" {
		t.Fatalf("exit %d, %v, %s", code, err, stderr)
	}
	if got.Schema != "muflow/probe/1" || got.Names != "tokens" || got.Order != "file" || len(got.Thoughts) != 3 || got.Answer == nil || len(got.Assumptions) != 8 || got.Checkpoints != nil {
		t.Errorf("%+v", got)
	}
	for c, x := range got.Thoughts {
		if x.C != c || x.New == nil || x.Rest == nil || x.Mass == nil || x.Z == nil || x.Unevenness == nil || x.Hop == nil || x.Within == nil || x.Shortest == nil ||
			x.Gap == nil || x.GapAll == nil || len(x.Head) != 2 || len(x.Layers) != 2 || (x.Old == nil) != (c == 0) {
			t.Errorf("after %d thoughts: %+v", c, x)
		}
	}
	if *got.Thoughts[0].Gap != *got.Thoughts[0].GapAll || *got.Thoughts[1].Gap == *got.Thoughts[1].GapAll {
		t.Error("the two gaps agree at c = 0 only")
	}
	for _, a := range got.Assumptions {
		if a.Value == nil || a.Threshold == nil || a.Crossed == nil {
			t.Errorf("assumption %+v", a)
		}
	}
	if _, again, _ := call(append([]string{"probe", "--data", tinyFolder + "tiny.json", "--json", "--quiet", "--jobs", "2"}, tinyFiles()...)...); again != stdout {
		t.Error("other bytes with two workers")
	}
}

// Of several checkpoints the document has all, in the order of their steps, and
// the first that crosses an assumption; lines are curves for verify compare.
func TestProbeOfSeveralCheckpoints(t *testing.T) {
	folder := t.TempDir()
	for _, step := range []string{"step-900", "step-80"} {
		if err := os.Mkdir(filepath.Join(folder, step), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, file := range tinyFiles() {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, step, filepath.Base(file)), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	args := []string{"probe", filepath.Join(folder, "step-900"), filepath.Join(folder, "step-80"), "--data", tinyFolder + "tiny.json", "--quiet"}
	code, stdout, stderr := call(append(args, "--json")...)
	var got probeDocument
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exitFine {
		t.Fatalf("exit %d, %v, %s", code, err, stderr)
	}
	if len(got.Checkpoints) != 2 || *got.Checkpoints[0].Step != 80 || *got.Checkpoints[1].Step != 900 {
		t.Errorf("%+v", got.Checkpoints)
	}
	for _, a := range got.Assumptions {
		if (a.First == "step-80") != *a.Crossed {
			t.Errorf("%+v", a)
		}
	}
	code, stdout, stderr = call(append(args, "--jsonl")...)
	if code != exitFine || strings.Count(stdout, "\n") != 6 {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	log := runs.NewLog(runs.Reading{Y: "gap.0"})
	if err := log.Read(strings.NewReader(stdout), "probes.jsonl"); err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 3 {
		t.Errorf("%d runs, expected one an instance", len(log.Runs))
	}
	code, stdout, _ = call(args...)
	if code != exitFine || !strings.Contains(stdout, "first crossed") {
		t.Errorf("exit %d, %s", code, stdout)
	}
}

// What cannot be read is refused in one line, with nothing on standard output.
func TestProbeRefuses(t *testing.T) {
	folder := t.TempDir()
	put := func(name, content string) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	tiny, data := tinyFiles(), tinyFolder+"tiny.json"
	shards := map[string]string{"h.9.ln_1.bias": "tiny-2of2.safetensors", "transformer.wte": "tiny-1of2.safetensors"}
	for _, file := range tiny {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		put(filepath.Base(file), string(content))
	}
	index, err := json.Marshal(map[string]any{"weight_map": shards})
	if err != nil {
		t.Fatal(err)
	}
	long := `{"vertices":40,"edges":[[0,1]],"root":0,"target":1,"other":2,"path":[0,1]}`
	cycle := `{"vertices":4,"edges":[[0,1],[2,1],[1,2]],"root":0,"target":2,"other":3,"path":[0,1,2]}`
	for _, c := range []struct {
		want string
		args []string
	}{
		{"pickle", []string{put("model.bin", "x"), "--data", data}},
		{"no such file", []string{"none.safetensors", "--data", data}},
		{"shard 2 of 2 is missing", []string{tiny[0], "--data", data}},
		{`"h.9.ln_1.bias", which tiny-2of2.safetensors does not have`, []string{put("model.safetensors.index.json", string(index)), "--data", data}},
		{"divides the width", []string{tiny[0], tiny[1], "--heads", "3", "--data", data}},
		{"expected 1 to", []string{tiny[0], tiny[1], "--heads", "0", "--data", data}},
		{"expected file, fresh or ordered", []string{tiny[0], tiny[1], "--names", "x", "--data", data}},
		{"--seed", []string{tiny[0], tiny[1], "--seed", "2", "--data", data}},
		{"instance 0: 40 vertices", []string{tiny[0], tiny[1], "--data", put("long.json", long)}},
		{"a cycle through vertex", []string{tiny[0], tiny[1], "--data", put("cycle.json", cycle)}},
		{"the model has 64", []string{tiny[0], tiny[1]}},
		{"special token 30", []string{tiny[0], tiny[1], "--layout", put("layout.json", `{"separator":30}`), "--data", data}},
		{"50 as in the layout", []string{tiny[0], tiny[1], "--layout", put("wide.json", `{"vocabulary":50}`), "--data", data}},
		{"tokens[3]", []string{tiny[0], tiny[1], "--data", put("tokens.json", `[{"tokens":[38,1,2,2]}]`)}},
		{"exclude each other", []string{tiny[0], tiny[1], "--json", "--jsonl", "--data", data}},
	} {
		code, stdout, stderr := call(append([]string{"probe"}, c.args...)...)
		if code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit %d, %s%s, want %s", c.args, code, stdout, stderr, c.want)
		}
	}
	if code, _, stderr := call("probe", tiny[0], tiny[1], "--names", "file", "--data", filepath.Join(folder, "cycle.json")); code != exitFine || !strings.Contains(stderr, "1 of 1 instances have edges to lower names") {
		t.Errorf("a cycle under its own names: exit %d, %s", code, stderr)
	}
}
