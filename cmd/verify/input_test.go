package main

import (
	"bytes"
	"context"
	"io"
	"muflow/internal/long"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spf13/cobra"
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

// An askedContext is cancelled once it was asked so often whether it is: in the
// middle of the work, whatever the machine does besides.
type askedContext struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func asked(times int64) *askedContext {
	c := &askedContext{}
	c.Context, c.cancel = context.WithCancel(context.Background())
	c.left.Store(times)
	return c
}

func (c *askedContext) Err() error {
	if c.left.Add(-1) <= 0 {
		c.cancel()
	}
	return c.Context.Err()
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

// badInstances lists texts that are no instances, and words that say what is
// wrong with them.
func badInstances() []badInput {
	change := func(old, new string) string { return "[" + strings.Replace(goodInstance, old, new, 1) + "]" }
	second := func(bad string) string { return "[" + goodInstance + "," + bad + "]" }
	return []badInput{
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
		{"a key twice", change(`"root":0`, `"root":0,"root":0`), []string{"instance 0", `"root" twice`}},
		{"a key in other letters", change(`"root"`, `"Root"`), []string{"instance 0", "root: missing"}},
		{"text after the array", "[" + goodInstance + "] x", []string{"after the value"}},
		{"a bad line", goodInstance + "\n" + change("[1,2]", "[1,4]"), []string{"instance 1", "array"}},
		{"UTF-16", "\xff\xfe[\x00]\x00", []string{"UTF-16"}},
		{"truncated gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x8a\xae", []string{"gzip"}},
		{"an edge list without a root", "0 1\n1 2\n", []string{"# root r target t"}},
		{"an edge list with words", "0 1\nhello\n", []string{"line 2"}},
		{"a node that is not there", `{"nodes":[{"id":1}],"links":[{"source":1,"target":2}],"root":1,"target":1}`, []string{"edges[0]", "2 is not the id"}},
		{"a target that cannot be reached", `{"vertices":3,"edges":[[0,1]],"root":0,"target":2,"other":1}`, []string{"path: missing"}},
		{"no other candidate left", `{"vertices":2,"edges":[[0,1]],"root":0,"target":1}`, []string{"other: missing"}},
		{"neither form", `[{"edges":[]}]`, []string{"instance 0", "vertices"}},
		{"published form with a step that is no sentence", `[{"edges":[[0,1]],"root":0,"target":1,"neg_target":2,"idx_to_symbol":["a","b","c"],"steps":["a b"]}]`, []string{"steps[0]"}},
	}
}

type badInput struct {
	name, text string
	words      []string
}

// readers calls a function for every command that reads instances, with what it
// needs beside them; a flag ends before its value.
func readers(t *testing.T, check func(path string, words []string)) {
	folder := t.TempDir()
	fill := strings.NewReplacer("OUT", filepath.Join(folder, "out"), "FOLDER", folder).Replace
	everyCommand(func(c *cobra.Command) {
		path := c.CommandPath()
		if c.Flags().Lookup("data") == nil || strings.HasPrefix(path, "verify emit") || path == "verify check" || path == "verify figure theory" || path == "verify report" || path == "verify baseline compare" { // whose data are any array, also of figure theory and report; which reads its baseline first
			return
		}
		words := wordsOf(c)
		for _, word := range needed[path] {
			if !strings.HasPrefix(word, "--data=") && !strings.HasPrefix(word, "--profile=") {
				words = append(words, fill(word))
			}
		}
		if path == "verify hunt" { // whose data is about one statement
			words = append(words, "--conclusion=dstar >= 0")
		}
		if path == "verify compare" { // whose curves are of one step
			words = append(words, "--step=0")
		}
		check(path, append(words, "--data"))
	})
	check("verify predict --unseen", []string{"predict", "--data", write(t, goodInstance), "--unseen"})
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("refused commands left %v, %v", left, err)
	}
}

func TestEveryCommandRefusesBrokenInstances(t *testing.T) {
	folder := t.TempDir()
	commands, checks := 0, 0
	readers(t, func(path string, words []string) {
		commands++
		refuse := func(c badInput, file string) {
			checks++
			refused(t, path+": "+c.name, append([]string{file}, c.words...), append(slices.Clone(words), file)...)
		}
		for i, c := range badInstances() {
			if *long.Tests || (i+commands)%3 == 0 {
				refuse(c, write(t, c.text))
			}
		}
		refuse(badInput{name: "a folder", words: []string{"folder"}}, folder)
		refuse(badInput{name: "a missing file", words: []string{"no such file"}}, filepath.Join(folder, "none.json"))
		refuse(badInput{name: "a device", words: []string{"device"}}, os.DevNull)
	})
	least := 200
	if *long.Tests {
		least = 500
	}
	if commands < 14 || checks < least {
		t.Errorf("%d checks of %d commands", checks, commands)
	}
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

// The files that users of other tools brought, and what must become of them.
func TestCasesOfOthers(t *testing.T) {
	folder := "../../../shared/cases"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("no ", folder)
	}
	at := func(name string) string { return filepath.Join(folder, name) }
	var mu [2]string
	for i, name := range []string{"profile.json", "profile-case.json"} {
		code, stdout, stderr := call("equilibrium", "--profile", at(name))
		if code != exitFine || !strings.Contains(stdout, "2.8369118036") {
			t.Errorf("%s: exit %d, %s%s", name, code, stdout, stderr)
		}
		mu[i], _, _ = strings.Cut(stdout, "Data:")
	}
	if mu[0] != mu[1] {
		t.Errorf("a key in other letters changes\n%s to\n%s", mu[0], mu[1])
	}
	for name, notes := range map[string]int{"no-path.json": 2, "node-link.json": 1, "tie.json": 0, "st3.json": 0} {
		code, stdout, stderr := call("theorem", "1", "--data", at(name), "--quiet") // which silences progress only
		if code != exitFine || stdout == "" || strings.Count(stderr, "\n") != notes {
			t.Errorf("%s: exit %d, %s", name, code, stderr)
		}
	}
	refused(t, "a bomb", []string{"instance 0: 0, expected an object"}, "theorem", "1", "--data", at("bomb_num100.gz"))
}

// --data built-in is the built-in suite wherever a file is.
func TestBuiltinByItsName(t *testing.T) {
	for _, words := range [][]string{{"population", "--step", "1", "--json"}, {"theorem", "2", "--step", "3", "--json"}, {"train", "--preset", "theory-diagonal", "--steps", "20", "--json"}} {
		_, unnamed, _ := call(words...)
		code, named, stderr := call(append(words, "--data", builtinName)...)
		if code != exitFine || !sameResult([]byte(unnamed), []byte(named)) {
			t.Errorf("%v: code %d, %s", words, code, stderr)
		}
	}
}
