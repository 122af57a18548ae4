package main

import (
	"encoding/json"
	"fmt"
	"math"
	"muflow/internal/long"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// What runs/README.md of the shared data lists, by exit code.
func TestCompareFindsWhatTheRunsHold(t *testing.T) {
	const file = "../../../shared/runs/runs.jsonl"
	if _, err := os.Stat(file); err != nil {
		t.Skip("SKIPPED: no ../shared/runs beside the checkout")
	}
	for _, c := range []struct {
		args string
		code int
	}{
		{"--y gap.0 --only coconut-1 --expect overshot", exitFine},
		{"--y gap.0 --only coconut-1 --expect growing", exitUndecided},
		{"--y gap.0 --only coconut-1 --expect bounded", exitUndecided},
		{"--y gap.0 --only coconut-1 --margin 0.2 --expect bounded", exitFine},
		{"--y gap.0 --only coconut-1 --from 2600 --margin 0.2 --expect still", exitFine},
		{"--y gap.0 --only coconut-1 --from 2600 --margin 0.1 --expect still", exitUndecided},
		{"--y gap.0 --only coconut-2 --expect overshot", exitFine},
		{"--y gap.0 --only coconut-2 --from 2400 --expect falling", exitFine},
		{"--y z.1 --only hop2-coconut --from 2600 --expect still", exitFine},
		{"--y gap.1 --only hop2-coconut --from 2600 --expect falling", exitFine},
		{"--y gap.1 --only hop2-coconut --from 2600 --expect growing", exitRefuted},
		{"--y gap.0 --only bfs --only hop2-bfs --only nodrop-bfs --expect collapsed", exitFine},
		{"--y gap.0 --only coconut --expect collapsed", exitRefuted},
		{"--y gap.2 --only hop2-coconut --expect collapsed", exitRefuted},
	} {
		code, stdout, stderr := call(append([]string{"compare", file}, strings.Fields(c.args)...)...)
		if code != c.code {
			t.Errorf("%s: exit %d, expected %d: %s%s", c.args, code, c.code, stdout, stderr)
		}
		about := !strings.Contains(c.args, "coconut-2") && !strings.Contains(c.args, "bfs") // the two, or neither of them
		if strings.Contains(stdout, "not independent: coconut-1 and hop2-coconut-1 agree to the bit up to step 1600") != about {
			t.Errorf("%s: of the runs that are not independent:\n%s", c.args, stdout)
		}
		for line := range strings.Lines(stdout) {
			if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > columns {
				t.Errorf("%s: too wide: %s", c.args, line)
			}
		}
	}
	code, stdout, stderr := call("compare", file)
	if code != exitUsage || stdout != "" || !strings.Contains(stderr, "--y is needed, one of answer, answerPair, gap.0") {
		t.Errorf("without --y: exit %d, %s%s", code, stdout, stderr)
	}
}

// ownRun writes the document of a training of our own.
func ownRun(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := call(append([]string{"train", "--json", "--quiet"}, args...)...)
	if code != exitFine {
		t.Fatalf("train %v: exit %d, %s", args, code, stderr)
	}
	name := filepath.Join(t.TempDir(), "run.json")
	if err := os.WriteFile(name, []byte(stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A run of our own is consistent with its flow, and is not with a learning rate
// that is said wrong by a tenth, without the factor 1/n, at another gain, label
// law or step.
func TestCompareKnowsItsOwnRuns(t *testing.T) {
	full := ownRun(t, "--preset=theory-full", "--steps=2500")
	diagonal := ""
	if *long.Tests {
		diagonal = ownRun(t, "--preset=theory-diagonal", "--steps=2500", "--seed=2")
	}
	for _, c := range []struct {
		file, args, word string
		code             int
	}{
		{full, "--step 0", "(approximate): consistent", exitFine},
		{full, "--step 0 --rate 0.55", "the learning rate, or a factor on it, is 0.9", exitRefuted},
		{full, "--step 0 --rate 14", "n = 28 times as slow", exitRefuted},
		{diagonal, "--step 0", "(enclosure): consistent", exitFine},
		{diagonal, "--step 0 --rate 0.45", "the learning rate, or a factor on it, is 1.1", exitRefuted},
		{diagonal, "--step 0 --alpha 2", "α times 0.5", exitRefuted},
	} {
		if !*long.Tests && (c.file == diagonal || strings.Contains(c.args, "rate 14")) {
			continue
		}
		code, stdout, stderr := call(append([]string{"compare", c.file, "--data", builtinName, "--expect", "consistent"}, strings.Fields(c.args)...)...)
		if code != c.code || !strings.Contains(stdout, c.word) {
			t.Errorf("%s: exit %d, expected %d and %q: %s%s", c.args, code, c.code, c.word, stdout, stderr)
		}
	}
	refused(t, "a step without its stage", []string{"--step 1", "stage 2"}, "compare", full, "--data", builtinName, "--step", "1")
	if !*long.Tests {
		return
	}
	drawn := ownRun(t, "--preset=theory-full", "--steps=1000", "--label=frontier")
	for label, expected := range map[string]int{"": exitFine, "--label=frontier": exitFine, "--label=path": exitRefuted} {
		args := []string{"compare", drawn, "--data", builtinName, "--step", "0", "--expect", "consistent"}
		if label != "" {
			args = append(args, label)
		}
		if code, stdout, stderr := call(args...); code != expected {
			t.Errorf("labels drawn from the frontier, %s: exit %d, expected %d: %s%s", label, code, expected, stdout, stderr)
		}
	}
}

// Two forms of the same log give the same verdicts, the JSON document is of the
// form that is documented, and figures have their data.
func TestCompareDocuments(t *testing.T) {
	folder := t.TempDir()
	lines := filepath.Join(folder, "seeds.jsonl")
	var text strings.Builder
	for seed := 1; seed <= 3; seed++ {
		for k := 1; k <= 40; k++ {
			fmt.Fprintf(&text, `{"run":"a-%d","step":%d,"y":[%.6f]}`+"\n", seed, 100*k, math.Log(float64(k))+0.01*math.Sin(float64(7*k*seed)))
		}
	}
	if err := os.WriteFile(lines, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(folder, "gap")
	code, stdout, stderr := call("compare", lines, "--json", "--out", out, "--expect", "logarithmic")
	var d struct {
		Schema, Y, Expect, Holds string
		Files                    []struct{ SHA256 string }
		Conditions               []struct {
			Condition, Verdict, Shape, Method string
			Runs                              []string
			Windows                           []struct {
				From  float64
				Slope struct{ Value float64 }
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != exitFine {
		t.Fatalf("exit %d, %v: %s", code, err, stderr)
	}
	if d.Schema != "muflow/compare/1" || d.Y != "y.0" || d.Holds != "yes" || len(d.Files) != 1 || len(d.Conditions) != 1 {
		t.Errorf("%+v", d)
	}
	if c := d.Conditions[0]; c.Condition != "a" || c.Verdict != "growing" || c.Shape != "logarithmic" || len(c.Runs) != 3 || len(c.Windows) != 3 || math.Abs(c.Windows[0].Slope.Value-1) > 0.02 {
		t.Errorf("%+v", c)
	}
	for _, ending := range []string{"svg", "pdf", "csv", "jsonl"} {
		if info, err := os.Stat(out + "." + ending); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v", ending, err)
		}
	}
	for _, c := range []struct{ words, args string }{
		{"--only b", "--only b"},
		{"--against", "--against a-1 --only a-2 --only a-3"},
		{"--rate x", "--rate x"},
		{"--expect", "--expect better"},
		{"--expect consistent", "--expect consistent"},
		{"--instance", "--instance 1"},
		{"--only a a second time", "--only a --only a"},
		{`--stage "x"`, "--stage x"},
		{"in stage 2", "--stage 2"},
		{"--batch 8 without one learning rate of a", "--data built-in --step 0 --batch 8"},
		{"--batch 8: only the noise of plain", "--data built-in --step 0 --batch 8 --rate 1 --optimiser adam"},
		{"--label frontier does not matter", "--data built-in --step 0 --loss bfs --label frontier"},
		{"expected one of z", "--against " + write(t, "step,z\n1,1\n2,2\n")},
		{"--alpha", "--alpha 2"},
		{"--from", "--from -1"},
		{"--margin", "--margin 0"},
	} {
		refused(t, c.args, []string{c.words}, append([]string{"compare", lines}, strings.Fields(c.args)...)...)
	}
}

// A window that cannot be judged has no numbers, least of all zeros.
func TestEmptyWindowsHaveNoNumbers(t *testing.T) {
	short, other := write(t, "step,y\n1,1\n2,2\n"), write(t, "step,y\n1,1\n2,3\n")
	for _, args := range [][]string{{}, {"--against", other}, {"--data", builtinName, "--step", "0"}} {
		args = append([]string{"compare", short}, args...)
		code, stdout, stderr := call(append(args, "--json")...)
		if code != exitFine || strings.Count(stdout, "too few points") != 5+len(args)/4 {
			t.Errorf("%v: exit %d: %s%s", args, code, stdout, stderr)
		}
		for _, number := range []string{"slope", "level", "p", "p_holm", "scale", "residual"} {
			if strings.Contains(stdout, `"`+number+`"`) {
				t.Errorf("%v: %s of what cannot be judged: %s", args, number, stdout)
			}
		}
		if code, stdout, stderr := call(args...); code != exitFine || strings.Count(stdout, "too few points") != 1+len(args)/4 {
			t.Errorf("%v: exit %d: %s%s", args, code, stdout, stderr)
		}
	}
	refused(t, "no time", []string{"no run has a point with y at t > 0"}, "compare", write(t, "step,y\n0,1\n"))
}

// A curve far beyond any flow has a finite time scale, in a document too.
func TestScalesAreFinite(t *testing.T) {
	code, stdout, stderr := call("compare", write(t, "step,y\n1,-1e100\n11,-1e100\n21,0\n31,0\n41,0\n51,1e100\n"), "--data", builtinName, "--step", "0", "--loss", "bfs", "--json")
	if code != exitFine || !strings.Contains(stdout, `"scale"`) || stderr != "" {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}
