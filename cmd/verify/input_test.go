package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run runs a command line in this process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return (&terminal{out: stdout, err: stderr}).run(ctx, args)
}

// call is run without an end from outside, and returns what was written.
func call(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

// refused checks that a command line exits 2 with nothing on standard output
// and one line on standard error that names what is wrong.
func refused(t *testing.T, name string, words []string, args ...string) {
	t.Helper()
	code, stdout, stderr := call(args...)
	if code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasSuffix(stderr, "\n") {
		t.Errorf("%s: exit %d, standard output %q, standard error %q", name, code, stdout, stderr)
	}
	for _, word := range words {
		if !strings.Contains(stderr, word) {
			t.Errorf("%s: %q does not name %q", name, stderr, word)
		}
	}
}

const (
	goodInstance = `{"vertices":4,"edges":[[0,1],[1,2]],"root":0,"target":2,"other":3,"path":[0,1,2]}`
	goodProfile  = `{"n":18,"k":7,"target_degree":1,"classes":[{"in_set":0,"degree":0,"count":9},{"in_set":1,"degree":0,"count":1},{"in_set":1,"degree":1,"count":4},{"in_set":1,"degree":2,"count":2},{"in_set":0,"degree":1,"count":2}]}`
)

// write puts a text into a new file.
func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "input.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestBrokenInstanceFilesAreRefused(t *testing.T) {
	change := func(old, new string) string { return "[" + strings.Replace(goodInstance, old, new, 1) + "]" }
	second := func(bad string) string { return "[" + goodInstance + "," + bad + "]" }
	cases := []struct {
		name, text string
		words      []string
	}{
		{"empty file", "", []string{"empty"}},
		{"truncated", "[" + goodInstance[:40], []string{"broken JSON"}},
		{"broken gzip", "\x1f\x8b\x08nonsense", []string{"gzip"}},
		{"neither an array nor objects", "7", []string{"line 1"}},
		{"a text", "\"a\"", []string{"line 1"}},
		{"empty array", "[]", []string{"empty array"}},
		{"a number for an instance", "[7]", []string{"instance 0", "object"}},
		{"null for an instance", "[null]", []string{"instance 0", "object"}},
		{"edge to a missing vertex", change("[1,2]", "[1,4]"), []string{"instance 0", "edges[1]", "vertex 4"}},
		{"edge from a negative vertex", change("[1,2]", "[-1,2]"), []string{"edges[1]"}},
		{"fractional vertex", change("[1,2]", "[1,1.5]"), []string{"edges[1]"}},
		{"vertex beyond all integers", change("[1,2]", "[1,1e400]"), []string{"edges[1]"}},
		{"NaN", change("[1,2]", "[1,NaN]"), []string{"broken JSON"}},
		{"edge of three vertices", change("[1,2]", "[1,2,3]"), []string{"edges[1]"}},
		{"edge as text", change("[1,2]", `"1 2"`), []string{"edges[1]"}},
		{"duplicate edge", change("[1,2]", "[1,2],[0,1]"), []string{"edges[2]", "edges[0]"}},
		{"self-loop", change("[1,2]", "[1,2],[1,1]"), []string{"edges[2]", "self-loop"}},
		{"path that skips", change(`[0,1,2]}`, `[0,2]}`), []string{"path", "0→2"}},
		{"path that starts elsewhere", change(`[0,1,2]}`, `[1,2]}`), []string{"path", "root"}},
		{"path that ends early", change(`[0,1,2]}`, `[0,1]}`), []string{"path", "target"}},
		{"path of one vertex", change(`[0,1,2]}`, `[0]}`), []string{"path"}},
		{"missing root", change(`"root":0,`, ``), []string{"root"}},
		{"root beyond", change(`"root":0`, `"root":9`), []string{"root"}},
		{"both candidates the same", change(`"other":3`, `"other":2`), []string{"other"}},
		{"a million vertices", change(`"vertices":4`, `"vertices":1000000`), []string{"vertices", "100000"}},
		{"no vertices", change(`"vertices":4`, `"vertices":0`), []string{"vertices"}},
		{"the second instance", second(`{"vertices":2}`), []string{"instance 1", "edges"}},
		{"neither form", `[{"edges":[]}]`, []string{"instance 0", "vertices"}},
		{"published form with a step that is no sentence", `[{"edges":[[0,1]],"root":0,"target":1,"neg_target":2,"idx_to_symbol":["a","b","c"],"steps":["a b"]}]`, []string{"steps[0]"}},
	}
	for _, c := range cases {
		file := write(t, c.text)
		for _, command := range [][]string{{"theorem", "1"}, {"population", "--step", "1"}} {
			refused(t, c.name, append([]string{file}, c.words...), append(command, "--data", file)...)
		}
	}
	folder := t.TempDir()
	refused(t, "a folder", []string{folder, "folder"}, "theorem", "1", "--data", folder)
	refused(t, "a missing file", []string{"no such file"}, "theorem", "1", "--data", filepath.Join(folder, "none.json"))
	if code, stdout, stderr := call("theorem", "1", "--data", write(t, "["+goodInstance+"]"), "--quiet"); code != exitFine || stdout == "" || stderr != "" {
		t.Errorf("the instance that all of these are made from: exit %d, %q", code, stderr)
	}
}

func TestContradictoryProfilesAreRefused(t *testing.T) {
	cases := []struct{ name, old, new, word string }{
		{"counts do not sum to n", `"n":18`, `"n":19`, "n = 19"},
		{"counts in the set do not sum to k", `"k":7`, `"k":6`, "k = 6"},
		{"no vertices in the set", `"k":7`, `"k":0`, "k"},
		{"a count of 0", `"count":9`, `"count":0`, "count"},
		{"a negative degree", `"degree":2`, `"degree":-2`, "degree"},
		{"a target of degree 0", `"target_degree":1`, `"target_degree":0`, "target_degree"},
		{"a target of a degree that no class has", `"target_degree":1`, `"target_degree":5`, "target_degree"},
		{"in_set 2", `"in_set":1`, `"in_set":2`, "in_set"},
		{"a fraction", `"n":18`, `"n":18.5`, "n"},
		{"text", `"n":18`, `"n":"18"`, "n"},
		{"no n", `"n":18,`, ``, "n"},
		{"no classes", `"classes"`, `"others"`, "classes"},
		{"truncated", `"count":2}]}`, `"count":2}`, "JSON"},
		{"more text", `"count":2}]}`, `"count":2}]} {}`, "after"},
	}
	for _, c := range cases {
		file := write(t, strings.Replace(goodProfile, c.old, c.new, 1))
		refused(t, c.name, []string{file, c.word}, "equilibrium", "--profile", file)
	}
	if code, _, stderr := call("equilibrium", "--profile", write(t, goodProfile)); code != exitFine {
		t.Errorf("the profile that all of these are made from: exit %d, %q", code, stderr)
	}
}

func TestBadFlagsAreRefused(t *testing.T) {
	profile := write(t, goodProfile)
	for name, args := range map[string][]string{
		"negative digits":       {"equilibrium", "--profile", profile, "--digits", "-3"},
		"no digits":             {"equilibrium", "--profile", profile, "--digits", "0"},
		"too many digits":       {"equilibrium", "--profile", profile, "--digits", "10001"},
		"digits as text":        {"equilibrium", "--profile", profile, "--digits", "many"},
		"alpha 0":               {"equilibrium", "--profile", profile, "--alpha", "0"},
		"negative alpha":        {"equilibrium", "--profile", profile, "--alpha", "-1"},
		"alpha NaN":             {"equilibrium", "--profile", profile, "--alpha", "NaN"},
		"alpha infinite":        {"equilibrium", "--profile", profile, "--alpha", "Inf"},
		"alpha over 0":          {"equilibrium", "--profile", profile, "--alpha", "1/0"},
		"no profile":            {"equilibrium"},
		"profile is a folder":   {"equilibrium", "--profile", t.TempDir()},
		"profile is missing":    {"equilibrium", "--profile", filepath.Join(t.TempDir(), "none")},
		"unknown flag":          {"equilibrium", "--profile", profile, "--digit", "3"},
		"an argument too many":  {"equilibrium", "--profile", profile, "more"},
		"step beyond":           {"population", "--step", "9"},
		"negative step":         {"population", "--step", "-1"},
		"step beyond, theorem":  {"theorem", "1", "--step", "9"},
		"unknown theorem":       {"theorem", "4"},
		"no theorem":            {"theorem"},
		"unknown form":          {"population", "--parametrization", "half"},
		"unknown command":       {"prove"},
		"no instances to make":  {"data", "generate", "--count", "0"},
		"range upside down":     {"data", "generate", "--vertices", "9-4"},
		"shape that cannot be":  {"data", "generate", "--vertices", "3", "--hops", "8"},
		"file in no folder":     {"data", "generate", "--count", "1", "--out", filepath.Join(t.TempDir(), "a", "b.json")},
		"negative seed":         {"data", "generate", "--seed", "-1"},
		"seed beyond 64 bits":   {"data", "generate", "--seed", "99999999999999999999"},
		"main job, a bad flag":  {"--sed", "3"},
		"main job, a bad seed":  {"--seed", "x"},
		"main job, an argument": {"--quiet", "everything"},
	} {
		refused(t, name, nil, args...)
	}
}
