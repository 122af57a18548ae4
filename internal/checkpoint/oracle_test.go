package checkpoint

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"muflow/sim/kernel"
	"muflow/sim/learned"
)

// The large checkpoint and what PyTorch computed with it: ../shared/runs.
const sharedRuns = "../../../shared/runs/"

var shards = []string{sharedRuns + "coconut-1-1of2.safetensors", sharedRuns + "coconut-1-2of2.safetensors"}

type oracleGraph struct {
	Tokens   []int32
	Steps    int
	Bar      []int
	Thoughts []struct {
		C       int
		Logits  []float64
		Score2  [][]float64   `json:"score2_bar"` // of layer 2: head, edge
		Scores  [][][]float64 `json:"scores_bar"` // of every layer
		Hidden8 []float64
	}
	Answer []float64 `json:"answer_logits"`
}

// Logits, scores of layer 2 and hidden states of a trained model agree with
// PyTorch 2.11 on the same float16 weights.
func TestOracle(t *testing.T) {
	text, err := os.ReadFile(sharedRuns + "oracle-8.json")
	if err != nil {
		t.Skip("without ../shared/runs")
	}
	compareWithOracle(t, text, shards, 1e-3)
}

// The same of a tiny checkpoint of three layers, in two shards, agrees with
// tools/checkpoint/tiny.py (Python 3.11.7), which computes in float64 from the
// definition. Run it again to make both.
func TestTinyOracle(t *testing.T) {
	text, err := os.ReadFile("testdata/tiny.json")
	if err != nil {
		t.Fatal(err)
	}
	compareWithOracle(t, text, tiny, 1e-4)
}

// The tiny checkpoint and its numbers are what the script writes.
func TestTinyIsWhatItsScriptWrites(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("without python3")
	}
	folder := t.TempDir()
	if out, err := exec.Command(python, "../../tools/checkpoint/tiny.py", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"tiny-1of2.safetensors", "tiny-2of2.safetensors", "tiny.json"} {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if want, err := os.ReadFile("testdata/" + name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs, %v", name, err)
		}
	}
}

var tiny = []string{"testdata/tiny-1of2.safetensors", "testdata/tiny-2of2.safetensors"}

// compareWithOracle reports the largest difference.
func compareWithOracle(t *testing.T, text []byte, files []string, tolerance float64) {
	t.Helper()
	var graphs []oracleGraph
	if err := json.Unmarshal(text, &graphs); err != nil {
		t.Fatal(err)
	}
	sources, err := Find(files)
	if err != nil || len(sources) != 1 {
		t.Fatalf("%d checkpoints, %v", len(sources), err)
	}
	c, err := sources[0].Read(0)
	if err != nil {
		t.Fatal(err)
	}
	run := learned.NewRun(c.Model, kernel.Best())
	worst := map[string]float64{}
	checks := 0
	compare := func(what string, got, want float64) {
		checks++
		if d := math.Abs(got - want); !(d <= tolerance) {
			t.Errorf("%s: %v, want %v", what, got, want)
		} else {
			worst[what] = max(worst[what], d)
		}
	}
	for _, g := range graphs {
		in, w, err := learned.ProsQA.Read(g.Tokens)
		if err != nil {
			t.Fatal(err)
		}
		s := learned.Sample{Prompt: learned.Positions(nil, g.Tokens), Thoughts: g.Steps, Suffix: learned.Positions(nil, learned.ProsQA.Suffix(nil, in, w))}
		if err := run.Forward([]learned.Sample{s}); err != nil {
			t.Fatal(err)
		}
		for _, x := range g.Thoughts {
			for v, want := range x.Logits {
				compare("logits", float64(run.Logits(x.C, 0)[v]), want)
			}
			for k, want := range x.Hidden8 {
				compare("hidden", float64(run.Hidden(x.C, 0)[k]), want)
			}
			scores := x.Scores
			if scores == nil {
				scores = [][][]float64{1: x.Score2}
			}
			for layer := range scores {
				for h := range scores[layer] {
					for j, want := range scores[layer][h] {
						compare("score", run.Score(layer, h, x.C, 0, g.Bar[j]), want)
					}
				}
			}
		}
		for v, want := range g.Answer {
			compare("answer", float64(run.Logits(g.Steps+1, 0)[v]), want)
		}
	}
	t.Logf("%d numbers, largest differences %v", checks, worst)
	if checks < 1000 {
		t.Errorf("only %d numbers", checks)
	}
}
