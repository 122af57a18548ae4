package main

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/theory"
)

// One command says of every instance-step where its logit goes under each loss and
// label law, with linear attention, walk weights and softmax attention at three gains;
// its table is grouped by what claims do without, in 100 columns, and JSON has the
// same. With -long on the built-in suite.
func TestTheoremAllDecidesEveryLimit(t *testing.T) {
	args := []string{"theorem", "all"}
	if !*long.Tests {
		args = append(args, "--data", suiteFile(t, 5, 3))
	}
	code, stdout, stderr := call(args...)
	if code != exitFine {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	place := 0
	for _, text := range append([]string{"\n– the paper's theorems", "\nT1b-diverges "}, titles("A4", "A6", "A8", "A14", "A18")...) {
		at := strings.Index(stdout, text)
		if at < place {
			t.Errorf("%q at %d, after %d", text, at, place)
		}
		place = at
	}
	for _, text := range []string{"\nA6-pace ", "\nT1a-window ", "\nA18-collapse ", "\nlimits ", "  verify theorem overshoot ", "\nsoftmax, g = 10 "} {
		if strings.Count(stdout, text) == 0 {
			t.Errorf("no %q in %s", text, stdout)
		}
	}
	for line := range strings.Lines(stdout) {
		if utf8.RuneCountInString(line) > columns+1 {
			t.Errorf("a line of %d columns: %s", utf8.RuneCountInString(line), line)
		}
	}
	_, text, _ := call(append(args, "--json")...)
	var d struct {
		Claims []struct{ ID, Gain string }
		Limits []struct {
			Attention, Logit, Gain, Loss, Label                    string
			Steps, Upward, Downward, Finite, Stationary, Undecided int
		}
		Summary map[string]int
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	total, gains, rows := 0, map[string]bool{}, map[string]bool{}
	for _, n := range d.Summary {
		total += n
	}
	for _, c := range d.Claims {
		if strings.HasPrefix(c.ID, "A6-") != (c.Gain != "") {
			t.Errorf("%+v", c)
		}
		gains[c.Gain] = true
	}
	for _, r := range d.Limits {
		rows[r.Attention+r.Logit+r.Gain+r.Loss+r.Label] = true
		if r.Undecided != 0 || r.Steps == 0 || r.Upward+r.Downward+r.Finite+r.Stationary != r.Steps || r.Steps != d.Limits[0].Steps {
			t.Errorf("%+v", r)
		}
	}
	if total != len(d.Claims) || len(gains) != 4 || len(rows) != (2+3)*(1+len(graph.Laws)) {
		t.Errorf("summary of %d for %d claims, gains %v, %d rows", total, len(d.Claims), gains, len(rows))
	}
	if code, _, stderr := call("theorem", "1", "--gain", "1"); code != exitUsage || !strings.Contains(stderr, "--gain does not matter to theorem 1") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// titles are those of groups.
func titles(ids ...string) (out []string) {
	for _, id := range ids {
		out = append(out, "\n– without "+id+": "+theory.Assumptions[id])
	}
	return out
}
