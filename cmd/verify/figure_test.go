package main

import (
	"bytes"
	"context"
	"math"
	"muflow/internal/long"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var numberInText = regexp.MustCompile(`-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?`)

// The figure in the documentation is the one that the tool makes, up to the
// last digits of float64 arithmetic, which processors need not share.
func TestFlowFigureIsCurrent(t *testing.T) {
	if !*long.Tests {
		t.Skip("trains six times: -long")
	}
	out := filepath.Join(t.TempDir(), "flow.svg")
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"figure", "flow", "--instance", "7", "--step", "1", "--out", out}, &stdout, &stderr); code != exitFine {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../docs/flow.svg")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := numberInText.ReplaceAllString(string(got), "#"), numberInText.ReplaceAllString(string(want), "#"); a != b {
		t.Fatal("docs/flow.svg has another shape than what verify figure flow --instance 7 --step 1 draws")
	}
	numbers := numberInText.FindAllString(string(want), -1)
	for i, text := range numberInText.FindAllString(string(got), -1) {
		x, errX := strconv.ParseFloat(text, 64)
		y, errY := strconv.ParseFloat(numbers[i], 64)
		if errX != nil || errY != nil || math.Abs(x-y) > 0.05 {
			t.Fatalf("number %d is %s, docs/flow.svg has %s", i, text, numbers[i])
		}
	}
	if len(numbers) < 500 {
		t.Errorf("only %d numbers in docs/flow.svg", len(numbers))
	}
}

func TestFigureRefusesBadUsage(t *testing.T) {
	folder := t.TempDir()
	out := filepath.Join(folder, "x.svg")
	for _, args := range [][]string{
		{"figure", "flow"},
		{"figure", "flow", "--out", filepath.Join(folder, "x.jpg")},
		{"figure", "graph", "--out", filepath.Join(folder, "x.csv")},
		{"figure", "flow", "--out", out, "--step", "9"},
		{"figure", "flow", "--out", out, "--instance", "240"},
		{"figure", "flow", "--out", out, "--loss", "mse"},
		{"figure", "flow", "--out", out, "--rate", "-1"},
		{"figure", "flow", "--out", out, "--steps", "1"},
		{"figure", "balance", "--out", filepath.Join(folder, "none", "x.svg")},
		{"figure", "graph", "--out", out, "--alpha", "2"},
		{"figure", "graph", "--out", filepath.Join(folder, "x.csv")},
		{"figure", "circle", "--out", out},
		{"figure", "training", "--probe", "mu", "--out", out},
		{"figure", "training", filepath.Join(folder, "none"), "--probe", "mu", "--out", out},
		{"figure", "training", "testdata", "--out", out},
		{"figure", "training", "testdata", "--probe", "mu"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), args, &stdout, &stderr)
		if code != exitUsage || stdout.Len() != 0 || bytes.Count(stderr.Bytes(), []byte("\n")) != 1 {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, code, &stdout, &stderr)
		}
	}
	for word, out := range map[string]string{".jpg": filepath.Join(folder, "x.jpg"), "none": filepath.Join(folder, "none", "x")} { // before anything is read
		refused(t, out, []string{"--out", word}, "figure", "flow", "--data", filepath.Join(folder, "missing"), "--out", out)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
}

// A training, its output as a file and its folder give the same figure.
func TestTrainingFigureFromFileAndFolder(t *testing.T) {
	folder := t.TempDir()
	args := []string{"train", "--preset", "middle", "--steps", "300", "--quiet", "--json", "--out", filepath.Join(folder, "run")}
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), args, &stdout, &stderr); code != exitFine {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	file := filepath.Join(folder, "run.json")
	if err := os.WriteFile(file, stdout.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	var texts [][]byte
	for _, name := range []string{file, filepath.Join(folder, "run")} {
		out := filepath.Join(folder, "x.csv")
		stdout.Reset()
		if code := run(context.Background(), []string{"figure", "training", name, "--probe", "mu", "--probe", "gap.1", "--out", out}, &stdout, &stderr); code != exitFine {
			t.Fatalf("exit code %d: %s", code, &stderr)
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	if !bytes.Equal(texts[0], texts[1]) || bytes.Count(texts[0], []byte("\n")) != 1+4+4 {
		t.Errorf("from the file and the folder:\n%s\n%s", texts[0], texts[1])
	}
}

// The pages of experiments and of the theory show the figures that lie beside them, and all of them.
func TestExperimentsShowTheirFigures(t *testing.T) {
	var page []byte
	for _, name := range []string{"experiments.md", "theory.md"} {
		text, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		page = append(page, text...)
	}
	shown := map[string]bool{}
	for _, match := range regexp.MustCompile(`\]\((figures/[^)]*)\)`).FindAllSubmatch(page, -1) {
		shown[string(match[1])] = true
	}
	files, err := filepath.Glob("../../docs/figures/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d figures, %v", len(files), err)
	}
	for _, file := range files {
		name := "figures/" + filepath.Base(file)
		text, err := os.ReadFile(file)
		if err != nil || !shown[name] || !bytes.Contains(text, []byte("</svg>")) || len(text) > 50_000 {
			t.Errorf("%s: %d bytes, shown %v, %v", name, len(text), shown[name], err)
		}
		delete(shown, name)
	}
	if len(shown) > 0 {
		t.Errorf("shown but not there: %v", shown)
	}
}

// TestFigureOvershoot: the data behind the figure hold the flow, the enclosed
// equilibria of fixed gains and the proved turn, which is where verify overshoot
// finds it.
func TestFigureOvershoot(t *testing.T) {
	out := filepath.Join(t.TempDir(), "overshoot.csv")
	if code, _, stderr := call("figure", "overshoot", "--instance", "12", "--step", "1", "--out", out); code != exitFine {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n < 242 || !strings.Contains(string(text), "turn at t = 68.55, proved: μ = 0.22446") || !strings.Contains(string(text), ",0.22446352525") {
		t.Errorf("%d lines: %s", n, text[max(0, len(text)-400):])
	}
	refused(t, "a step that is not there", []string{"--step"}, "figure", "overshoot", "--instance", "12", "--step", "9", "--out", out)
	refused(t, "instances of no shared flow", []string{"--shared"}, "figure", "overshoot", "--instances", "3", "--out", out)
}
