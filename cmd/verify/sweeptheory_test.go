package main

import (
	"bytes"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A grid over a theory file: the exponential rate of merged attention is proved
// for starts up to 1/a = N/(N + 1 + D), and refuted above, in every cell; shards
// and any number of workers give the same bytes, an interrupted sweep goes on.
func TestSweepOfATheory(t *testing.T) {
	dir := t.TempDir()
	whole, parts := filepath.Join(dir, "whole"), filepath.Join(dir, "parts")
	args := []string{"sweep", "--theory", "../../theories/attention-merged.star", "--grid", "s0=4/5..9/10:2", "--grid", "D=2,6,7", "--claim", "rate", "--claim", "limit", "--observable", "s", "--until", "1", "--digits", "8", "--quiet"}
	code, stdout, stderr := call(append(args, "--out", whole)...)
	if code != exitRefuted || stderr != "" || !strings.Contains(stdout, "6 cells") {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	for i := range 2 {
		if code, _, stderr := call(append(args, "--out", parts, "--jobs", "1", "--shard", fmt.Sprintf("%d/2", i))...); code != exitRefuted {
			t.Fatalf("exit %d, %s", code, stderr)
		}
	}
	if code, _, stderr := call("merge", parts); code != exitRefuted || stderr != "" {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	for _, name := range []string{"results.jsonl", "cells.csv", "result.json", "run.json", "theory.star"} {
		one, err := os.ReadFile(filepath.Join(whole, name))
		other, missing := os.ReadFile(filepath.Join(parts, "merged", name))
		if err != nil || missing != nil || !bytes.Equal(one, other) {
			t.Errorf("%s of the shards is another one (%v, %v)", name, err, missing)
		}
	}
	out := filepath.Join(dir, "rate.csv")
	if code, _, stderr := call("figure", "phase", whole, "--claim", "rate", "--out", out); code != exitFine {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	cells := 0
	for _, row := range []struct {
		start   string
		times10 int
	}{{"4/5", 8}, {"9/10", 9}} {
		for _, d := range []int{2, 6, 7} {
			verdict := "refuted"
			if row.times10*(32+d) <= 310 {
				verdict = "proved"
			}
			if strings.Contains(string(text), fmt.Sprintf("\n%s,%d,%s,", row.start, d, verdict)) {
				cells++
			}
		}
	}
	if cells != 6 {
		t.Errorf("%d of 6 cells are as the closed form says:\n%s", cells, text)
	}
	for _, more := range [][]string{{"--claim", "limit", "--value", "limit", "--x", "D"}, {"--observable", "s"}, {"--observable", "s", "--value", "1/2"}} {
		if code, _, stderr := call(append([]string{"figure", "phase", whole, "--out", filepath.Join(dir, "map.svg")}, more...)...); code != exitFine {
			t.Errorf("%v: exit %d, %s", more, code, stderr)
		}
	}
	// A log that was cut short, as by a dead process.
	cut := filepath.Join(dir, "cut")
	if err := os.MkdirAll(cut, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"run.json", "records.log"} {
		text, err := os.ReadFile(filepath.Join(whole, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "records.log" {
			text = text[:len(text)/2]
		}
		if err := os.WriteFile(filepath.Join(cut, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if code, again, _ := call(append(args, "--out", cut)...); code != exitRefuted || again != strings.ReplaceAll(stdout, whole, cut) {
		t.Errorf("exit %d, %s", code, again)
	}

	refused(t, "other settings", []string{"another configuration"}, "sweep", "--theory", args[2], "--grid", "D=1", "--out", whole)
	refused(t, "half", []string{"missing: 1 of 2"}, "merge", filepath.Join(parts, "shard-0-of-2"), "--out", filepath.Join(dir, "m"))
	refused(t, "no such claim on the map", []string{"nothing is known"}, "figure", "phase", whole, "--claim", "odds", "--out", out)
	refused(t, "no such axis", []string{`"N"`}, "figure", "phase", whole, "--claim", "rate", "--x", "N", "--out", out)
	refused(t, "a sweep of data", []string{"theory-sweep"}, "export", whole, "--out", filepath.Join(dir, "x"))
	for what, grid := range map[string][]string{
		"--grid D=1..": {"D=1.."}, "no name": {"=1"}, "\"2..1\"": {"s0=2..1"}, "twice": {"D=1,1"}, "parameter D is named twice": {"D=1", "D=2"}, "D = 65": {"D=1,65"},
		"no parameter \"q\"": {"q=1"}, "expected an integer": {"D=3/2"}, "\"1..2:1\"": {"s0=1..2:1"}, "\"1/2..2\"": {"s0=1/2..2"},
	} {
		words := []string{"sweep", "--theory", args[2], "--out", filepath.Join(dir, "none")}
		for _, g := range grid {
			words = append(words, "--grid", g)
		}
		refused(t, what, []string{what}, words...)
	}
	refused(t, "a theory and data", []string{"no theory here is about data"}, "sweep", "--theory", args[2], "--grid", "D=1", "--data", "built-in", "--out", filepath.Join(dir, "none"))
	refused(t, "no grid", []string{"--theory needs --grid"}, "sweep", "--theory", args[2], "--out", filepath.Join(dir, "none"))
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("a refused sweep has left a folder")
	}
}

// A theory about data: a cell for each element, with the same bytes from shards and
// any number of workers; an element for which the file has no theory is a record
// that says so. Whether x stays below 1 is known from its start alone.
func TestSweepOfATheoryAboutData(t *testing.T) {
	dir := t.TempDir()
	file := writeText(t, "decay.star", `theory("decay")
k = param("k", 1, low = 0)
x = state("x", start = data["start"])
flow(x, -k * x)
claim("below", always(x <= 1))
if data["start"] == 1/2:
    claim("half", always(x <= 1/2))
observe("x", x)
`)
	data := writeText(t, "starts.json", `[{"start": 1}, {"start": 2}, {"start": "x"}, {"start": 0.5}]`)
	whole, parts := filepath.Join(dir, "whole"), filepath.Join(dir, "parts")
	args := []string{"sweep", "--theory", file, "--data", data, "--grid", "k=0,1/2,3", "--until", "1", "--digits", "8", "--quiet"}
	code, stdout, stderr := call(append(args, "--out", whole, "--jobs", "2")...)
	if code != exitRefuted || stderr != "" || !strings.Contains(stdout, "12 cells") || !strings.Contains(stdout, "3 cells without a theory") || !strings.Contains(stdout, "4 elements of starts.json") {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	for i := range 3 {
		if code, _, stderr := call(append(args, "--out", parts, "--jobs", "1", "--shard", fmt.Sprintf("%d/3", i))...); code == exitUsage {
			t.Fatal(stderr)
		}
	}
	if code, _, stderr := call("merge", parts); code != exitRefuted || stderr != "" {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	for _, name := range []string{"results.jsonl", "cells.csv", "result.json", "run.json", "theory.star", "data.json"} {
		one, err := os.ReadFile(filepath.Join(whole, name))
		other, missing := os.ReadFile(filepath.Join(parts, "merged", name))
		if err != nil || missing != nil || !bytes.Equal(one, other) {
			t.Errorf("%s of the shards is another one (%v, %v)", name, err, missing)
		}
	}
	out := filepath.Join(dir, "map.csv")
	for _, c := range []struct{ claim, share, begins string }{
		{"below", "", "0,,refuted,,,data 1: "}, {"below", "--share", "3,,refuted,0.5,0.5,"}, {"half", "--share", "1/2,,undecided,0.5,0.5,"},
	} {
		words := []string{"figure", "phase", whole, "--claim", c.claim, "--out", out}
		if c.share != "" {
			words = append(words, c.share)
		}
		if code, _, stderr := call(words...); code != exitFine {
			t.Fatalf("exit %d, %s", code, stderr)
		}
		if text, err := os.ReadFile(out); err != nil || strings.Count(string(text), "\n") != 4 || !strings.Contains(string(text), "\n"+c.begins) {
			t.Errorf("%+v: %v, %s", c, err, text)
		}
	}
	none := filepath.Join(dir, "none")
	refused(t, "an observable of many", []string{"4 elements of data"}, "figure", "phase", whole, "--observable", "x", "--out", out)
	refused(t, "two files", []string{"--data: 2 files"}, append(args, "--data", data, "--out", none)...)
	refused(t, "no such claim", []string{`no claim or oracle "hal"`}, append(args, "--claim", "hal", "--out", none)...)
	refused(t, "other data", []string{"another configuration"}, "sweep", "--theory", file, "--data", writeText(t, "starts.json", `[{"start": 1}]`), "--grid", "k=0,1/2,3", "--until", "1", "--digits", "8", "--out", whole)
	refused(t, "a parameter called data", []string{"data is named twice"}, "sweep", "--theory", file, "--data", data, "--grid", "data=1", "--out", none)
	if err := os.WriteFile(filepath.Join(whole, "data.json"), []byte("[1]"), 0o644); err != nil {
		t.Fatal(err)
	}
	refused(t, "data that were changed", []string{"damaged"}, "figure", "phase", whole, "--claim", "below", "--out", out)
}

// FuzzParseAxis: an axis has a name and one or more rational numbers, or is turned
// down.
func FuzzParseAxis(f *testing.F) {
	for _, text := range []string{"D=1..8", "s0=1/10..2:20", "k=0,1/2,3", "a=-1e-3..1e3:3,7", "=1", "x", "x=1..", "x=..", "x=1:2", "x=2..1", "x=1..2:1", "a=b=1", "x=1e999999", "x=1..99999999999999999999", "x=1/0", ","} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		axis, err := parseAxis(text)
		if err != nil {
			return
		}
		if axis.Name == "" || len(axis.Values) == 0 || len(axis.Values) > maxAxis {
			t.Errorf("%q: %q with %d values", text, axis.Name, len(axis.Values))
		}
		for _, v := range axis.Values {
			if q, ok := new(big.Rat).SetString(v); !ok || q.RatString() != v {
				t.Errorf("%q: %q", text, v)
			}
		}
	})
}
