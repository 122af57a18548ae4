package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muflow/internal/long"
)

// The figures of docs are what the commands of docs/theory-files.md write; without
// -long only those that take no time.
func TestFiguresOfTheories(t *testing.T) {
	text, err := os.ReadFile("../../docs/theory-files.md")
	if err != nil {
		t.Fatal(err)
	}
	dir, drawn := t.TempDir(), 0
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 4 || words[1] != "figure" || words[2] != "theory" || !strings.Contains(line, "docs/theories/") || words[4] == "--data" {
			continue
		}
		if slow := strings.Contains(line, "softmax") || strings.Contains(line, "regression") || strings.Contains(line, "joma."); slow && !*long.Tests {
			continue
		}
		name := words[len(words)-1]
		out := filepath.Join(dir, filepath.Base(name))
		words[3], words[len(words)-1] = "../../"+words[3], out
		if code, _, stderr := call(words[1:]...); code != exitFine {
			t.Errorf("%s: exit %d, %s", line, code, stderr)
			continue
		}
		drawn++
		got, err := os.ReadFile(out)
		want, missing := os.ReadFile("../../" + name)
		if err != nil || missing != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what its command writes (%v, %v)", name, err, missing)
		}
	}
	if drawn < 6 {
		t.Errorf("only %d figures", drawn)
	}
}

// What belongs to a state is drawn with it, in the data behind the figure; what
// cannot be drawn is an error, or said.
func TestFigureOfATheory(t *testing.T) {
	file := writeText(t, "x.star", `theory('<b>&')
r = param('r', 1)
x = state('x', start = between(1, 2))
flow(x, -r * x)
claim('limit', limit(x) == 0)
claim('bound', always(abs(x) <= 2 * exp(-r * t)))
claim('wrong', always(x <= exp(-r * t)), expect = 'refuted')
oracle('closed', x == x.start * exp(-r * t))
y = state('y', start = 1)
flow(y, y**2)
z = state('z')
observe('twice', 2 * x)
`)
	out := filepath.Join(t.TempDir(), "f.csv")
	code, _, stderr := call("figure", "theory", file, "--y", "x", "--out", out)
	text, err := os.ReadFile(out)
	if code != exitFine || stderr != "" || err != nil {
		t.Fatalf("exit %d, %s, %v", code, stderr, err)
	}
	for _, curve := range []string{`"x, all of the intervals",0,,1,2,`, `"x, lower ends of intervals",0,1,1,1,`, "oracle: closed,", `"claim: bound, proved",0,2,`, `"limit of x: 0, proved",0,0,0,0,`} {
		if !strings.Contains(string(text), curve) {
			t.Errorf("no %s", curve)
		}
	}
	if strings.Contains(string(text), "wrong") {
		t.Error("a refuted bound is drawn")
	}
	code, _, stderr = call("figure", "theory", file, "--y", "y", "--out", out, "--lower")
	if code != exitFine || !strings.Contains(stderr, "y ends at t = ") { // y = 1/(1 − t)
		t.Errorf("exit %d, %s", code, stderr)
	}
	if code, _, stderr := call("figure", "theory", file, "--x", "x", "--y", "twice", "--log", "--out", out); code != exitUsage {
		t.Errorf("exit %d, %s", code, stderr)
	}
	if code, _, stderr := call("figure", "theory", file, "--x", "x", "--y", "twice", "--out", strings.TrimSuffix(out, ".csv")+".svg"); code != exitFine {
		t.Errorf("exit %d, %s", code, stderr)
	}
	refused(t, "no start", []string{"z is not followed", "no flow"}, "figure", "theory", file, "--y", "z", "--out", out)
	refused(t, "no such state", []string{`"q"`, "it has x, y, z, twice"}, "figure", "theory", file, "--y", "q", "--out", out)
	refused(t, "nothing", []string{"no state with a flow and a start"}, "figure", "theory", writeText(t, "no.star", "theory('x')"), "--out", out)
}
