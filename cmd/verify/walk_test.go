package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestWalkWeights: populations and equilibria with --logit, whose limits are those of
// uniform weights where L = 1 makes them so, and what does not go with it.
func TestWalkWeights(t *testing.T) {
	type answer struct {
		Status string            `json:"status"`
		Laws   map[string]string `json:"laws"`
		Mu     struct{ Lo, Hi string }
		Rate   struct{ Lo, Hi string } `json:"asymptotic_rate"`
	}
	ask := func(args ...string) (out answer) {
		t.Helper()
		code, stdout, stderr := call(append(args, "--json")...)
		if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != exitFine {
			t.Fatalf("%v: code %d, %v, %s", args, code, err, stderr)
		}
		return out
	}
	uniform, walk := ask("population", "--step", "1", "--digits", "12"), ask("population", "--step", "1", "--digits", "12", "--logit", "1")
	if uniform.Mu.Lo[:13] != walk.Mu.Lo[:13] || uniform.Status != "finite" || walk.Laws["frontier"] != "finite" || walk.Rate.Lo == "" {
		t.Errorf("uniform %+v, walk weights of L = 1 %+v", uniform, walk)
	}
	small, one := ask("population", "--step", "2", "--digits", "8", "--logit", "1/2,1/2"), ask("population", "--step", "2", "--digits", "8", "--logit", "1/2")
	if small.Mu != one.Mu || small.Mu.Lo == walk.Mu.Lo {
		t.Errorf("one logit %+v, two equal ones %+v", one, small)
	}
	if x := ask("equilibrium", "--data", "built-in", "--instance", "3", "--step", "1", "--logit", "1/10"); x.Status != "finite" {
		t.Errorf("%+v: expected a finite limit, as d_p < 1", x)
	}
	for want, args := range map[string][]string{
		"no thought":         {"population", "--step", "0", "--logit", "2"},
		"expected 1 or 2":    {"population", "--step", "2", "--logit", "1,2,3"},
		"expected a number":  {"equilibrium", "--data", "built-in", "--step", "1", "--logit=-1"},
		"number > 0":         {"equilibrium", "--data", "built-in", "--step", "1", "--logit", "0"},
		"--logit without":    {"equilibrium", "--profile", "x", "--logit", "2"},
		"exclude each other": {"population", "--step", "1", "--logit", "2", "--bfs-share", "1/2"},
	} {
		code, stdout, stderr := call(args...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: code %d, %q, %q", args, code, stdout, stderr)
		}
	}
}
