package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeText writes a file into a new folder.
func writeText(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// bigTree is an instance whose bounded logit exceeds the logarithm of its 19
// vertices, after one where nothing is bounded.
const bigTree = `[{"vertices": 4, "edges": [[0,1],[1,2]], "root": 0, "target": 2, "other": 3, "path": [0,1,2]},
	{"vertices": 19, "edges": [[11,0],[13,11],[11,16],[13,17],[11,18],[13,7],[11,15],[0,7],[18,12]], "root": 13, "target": 12, "other": 9, "path": [13,11,18,12]}]`

var aboveLogarithm = []string{"--premise", "other == 0", "--premise", "alpha == 1", "--conclusion", "mustar <= log(n)"}

func TestHunt(t *testing.T) {
	var d struct {
		Schema   string
		Verdict  string
		Searched []struct {
			Stage       string
			Cases, Held int
		}
		Stage     string
		Outside   *bool `json:"violates_A16"`
		Witness   json.RawMessage
		Exhausted *struct {
			Vertices, Cases int
			Summary         map[string]int
			Holds           bool
		}
	}
	decode := func(text string) {
		t.Helper()
		d.Outside, d.Exhausted = nil, nil
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	data := writeText(t, "own.json", bigTree)
	code, stdout, _ := call(append([]string{"hunt", "--json"}, aboveLogarithm...)...)
	if decode(stdout); code != exitRefuted || d.Schema != "muflow/hunt/2" || d.Verdict != "refuted" || d.Outside == nil || *d.Outside {
		t.Errorf("exit %d, %+v", code, d)
	}
	if code, stdout, stderr := call("theorem", "witness", "--data", writeText(t, "witness.json", string(d.Witness))); code != exitRefuted {
		t.Errorf("the witness: exit %d, %s%s", code, stdout, stderr)
	}
	_, text, _ := call(append([]string{"hunt"}, aboveLogarithm...)...)
	if !strings.Contains(text, "\nsearched (premise held): built-in suite ") || !strings.Contains(text, "A16") {
		t.Errorf("%s", text)
	}

	// What fails in the data only, as the suite has no such graph.
	code, stdout, _ = call("hunt", "--data", data, "--premise", "n == 4", "--conclusion", "K > 5", "--json")
	if decode(stdout); code != exitRefuted || d.Stage != data || len(d.Searched) < 2 || d.Searched[1].Stage != data || d.Searched[1].Held != 1 {
		t.Errorf("exit %d, %+v", code, d)
	}
	// A bound of the sizes, and a premise that fixes nothing that is allowed.
	code, stdout, _ = call("hunt", "--premise", "n > 45", "--conclusion", "n < 50", "--vertices", "46-60", "--json")
	if decode(stdout); code != exitRefuted {
		t.Errorf("exit %d, %+v", code, d)
	}
	code, stdout, _ = call("hunt", "--premise", "n > 45", "--conclusion", "n < 50", "--json")
	if decode(stdout); code != exitUndecided || d.Verdict != "undecided" {
		t.Errorf("exit %d, %+v", code, d)
	}
	// Decided on every small digraph: a true statement, one that is not decided, one that fails on four vertices only.
	code, stdout, _ = call("hunt", "--premise", "start > 0", "--conclusion", "limit != minus", "--cases", "20", "--exhaust", "4", "--json")
	if decode(stdout); code != exitFine || d.Verdict != "consistent" || d.Exhausted == nil || !d.Exhausted.Holds || d.Exhausted.Cases != 1618 {
		t.Errorf("exit %d, %+v", code, d)
	}
	code, stdout, _ = call("hunt", "--premise", "n <= 4", "--premise", "dmin < dstar", "--premise", "dstar < dmax", "--premise", "start >= 0",
		"--conclusion", "mustar <= logp(Wroom/((dmax-dstar)*Wtop))/(alpha*s*(dmax-dstar+1))", "--random", "1", "--exhaust", "4", "--json")
	if decode(stdout); code != exitUndecided || d.Exhausted == nil || d.Exhausted.Holds || d.Exhausted.Summary["undecided"] == 0 {
		t.Errorf("exit %d, %+v", code, d)
	}
	code, stdout, _ = call("hunt", "--premise", "n == 4", "--conclusion", "n == 5", "--cases", "1", "--json", "--exhaust", "4")
	if decode(stdout); code != exitRefuted || d.Exhausted != nil {
		t.Errorf("exit %d, %+v", code, d)
	}

	refused(t, "a formula", []string{"premise 1", "line 1, column 3", "foo"}, "hunt", "--premise", "n > 1", "--premise", "n+foo > 1", "--conclusion", "n < 3")
	refused(t, "a range", []string{"--vertices", "2-200"}, "hunt", "--vertices", "1-3", "--conclusion", "n < 3")
	refused(t, "no statement", []string{"--conclusion"}, "hunt", "--data", data)
	refused(t, "no data", []string{"gone.json"}, "hunt", "--data", "gone.json", "--conclusion", "n < 3")
	refused(t, "free parameters", []string{"--exhaust", "gain == 1"}, "hunt", "--conclusion", "hone < gain", "--exhaust", "4")
	refused(t, "two instances", []string{"two instances"}, "hunt", "--conclusion", "n2 < n", "--pair", "--exhaust", "4")
	refused(t, "both", []string{"exclude"}, "hunt", "--statement", "T1b/stated", "--conclusion", "n < 3")
	refused(t, "alpha", []string{"--alpha"}, "hunt", "--alpha", "-1", "--conclusion", "n < 3")
}

// A counterexample of a claim of a theory file is refuted by the command that is
// printed with it.
func TestHuntTheory(t *testing.T) {
	file := writeText(t, "own.star", "theory('own')\nr = param('r', 1, low=0, high=9)\nx = state('x', start=between(1/2, data))\nflow(x, r*x*(1 - x))\nclaim('below', always(x < 6))\nclaim('away', limit(x) == 2*r)\nclaim('holds', always(x > 0))\n")
	data := writeText(t, "own.json", "[5, 3, 700, 60]")
	own := []string{"hunt", "--quiet", "--json", "--theory", file, "--data", data}
	var d struct {
		Schema, Verdict, Reason, Check string
		Set                            map[string]string
		Whole                          []string
		Instance                       *int
		Tried                          int
	}
	run := func(want int, args ...string) {
		t.Helper()
		code, stdout, stderr := call(append(own, args...)...)
		d.Set, d.Instance, d.Check, d.Whole = nil, nil, "", nil
		if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != want {
			t.Fatalf("exit %d, %v: %s%s", code, err, stdout, stderr)
		}
	}
	again := func() {
		t.Helper()
		if code, stdout, stderr := call(strings.Fields(strings.TrimPrefix(d.Check, "verify "))...); code != exitRefuted {
			t.Errorf("%s: exit %d, %s%s", d.Check, code, stdout, stderr)
		}
	}
	run(exitRefuted, "--claim", "below")
	if again(); d.Schema != "muflow/hunt-theory/1" || d.Instance == nil || *d.Instance != 3 || len(d.Set) != 1 || d.Set["x.start"] != "7" {
		t.Errorf("%+v", d)
	}
	run(exitRefuted, "--claim", "away", "--set", "r=1/2..2", "--set", "x.start=1..2")
	if again(); len(d.Whole) > 0 || d.Set["r"] == "1/2" {
		t.Errorf("%+v", d)
	}
	run(exitFine, "--claim", "holds", "--cases", "20")
	if d.Verdict != "consistent" || d.Tried < 20 || d.Check != "" {
		t.Errorf("%+v", d)
	}
	refused(t, "no claim", []string{"--claim"}, own...)
	refused(t, "another claim", []string{"own.star", `"b"`, "below, away, holds"}, append(own, "--claim", "b")...)
	refused(t, "outside", []string{"own.star:2:5", "outside of its range"}, append(own, "--claim", "below", "--set", "r=10")...)
	refused(t, "no such start", []string{`no state "y"`}, append(own, "--claim", "below", "--set", "y.start=1")...)
	refused(t, "a sentence", []string{"theory"}, append(own, "--claim", "below", "--conclusion", "n > 1")...)
	refused(t, "no theory", []string{"--claim without --theory"}, "hunt", "--claim", "below")
	refused(t, "no data", []string{"own.star:3:22", "(data 0)"}, "hunt", "--theory", file, "--claim", "below")
}

// Save and compare print a table, end by verdict, and decide as theorem does.
func TestBaseline(t *testing.T) {
	type summary struct {
		Records, Computed, Altered int
		Summary                    map[string]int
		Statements                 []struct {
			ID      string
			Summary map[string]int
			Fails   []struct{ Instance, Step int }
		}
	}
	data := writeText(t, "own.json", bigTree)
	theory := writeText(t, "theory.json", `[{"id": "mine", "premise": ["other == 0", "alpha == 1"], "conclusion": "mustar <= log(n)"}]`)
	out, cache := filepath.Join(t.TempDir(), "base.json"), filepath.Join(t.TempDir(), "cache")
	save := func(args ...string) (int, summary, string) {
		t.Helper()
		code, stdout, stderr := call(append([]string{"baseline", "save", out, "--json", "--data", data}, args...)...)
		var d summary
		if err := json.Unmarshal([]byte(stdout), &d); err != nil {
			t.Fatalf("%v: %s%s", err, stdout, stderr)
		}
		return code, d, stderr
	}
	code, d, _ := save("--theory", theory, "--cache", cache)
	if code != exitRefuted || d.Records != 5 || d.Computed != 5 || d.Summary["refuted"] != 1 || len(d.Statements[0].Fails) != 1 || d.Statements[0].Fails[0].Instance != 1 || d.Statements[0].Fails[0].Step != 2 {
		t.Errorf("exit %d, %+v", code, d)
	}
	entries, err := filepath.Glob(filepath.Join(cache, "*.json"))
	if err != nil || len(entries) != 5 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, name := range entries {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(string(text), `"refuted"`, `"proved"`)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, d, stderr := save("--theory", theory, "--cache", cache)
	if code != exitRefuted || d.Computed != 1 || d.Altered != 1 || d.Summary["refuted"] != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, cache) {
		t.Errorf("exit %d, %+v, %s", code, d, stderr)
	}
	if err := os.Remove(entries[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(theory, entries[0]); err != nil {
		t.Fatal(err)
	}
	refused(t, "a link in the cache", []string{"symbolic link"}, "baseline", "save", out, "--data", data, "--theory", theory, "--cache", cache)
	code, text, _ := call("baseline", "save", out, "--data", data)
	if code != exitFine || strings.Contains(text, "map[") || !strings.Contains(text, "T1b-ceiling/stated") || !strings.Contains(text, "not-applicable") {
		t.Errorf("exit %d, %s", code, text)
	}
	// Every claim of theorem that is a statement has as many verdicts of each kind there.
	_, stdout, _ := call("theorem", "1", "--data", data, "--json")
	var claims struct {
		Claims []struct{ ID, Verdict string }
	}
	if err := json.Unmarshal([]byte(stdout), &claims); err != nil {
		t.Fatal(err)
	}
	counts, decided := map[string]int{}, map[string]bool{}
	for _, c := range claims.Claims {
		decided[c.ID] = true
		counts[c.ID+" "+c.Verdict]++
	}
	_, d, _ = save()
	checks := 0
	for _, s := range d.Statements {
		if id, stated := strings.CutSuffix(s.ID, "/stated"); stated && decided[id] {
			for verdict, count := range s.Summary {
				if counts[id+" "+verdict] != count {
					t.Errorf("%s: %d %s, theorem says %d", id, count, verdict, counts[id+" "+verdict])
				}
				checks++
			}
		}
	}
	if checks != 66 {
		t.Errorf("%d checks", checks)
	}
	if code, text, _ := call("baseline", "compare", out, "--data", data); code != exitFine || strings.Contains(text, "map[") {
		t.Errorf("exit %d, %s", code, text)
	}
	text0, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	altered := writeText(t, "altered.json", strings.Replace(string(text0), `"verdict":"proved"`, `"verdict":"refuted"`, 1))
	refused(t, "an altered baseline", []string{altered, "altered"}, "baseline", "compare", altered, "--data", data)
	refused(t, "other parameters", []string{"alpha = 1", "alpha = 2"}, "baseline", "compare", out, "--data", data, "--alpha", "2")
	refused(t, "a theory", []string{theory + "x"}, "baseline", "save", out, "--theory", theory+"x")
}
