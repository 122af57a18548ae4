package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"muflow/theory"
)

// TestOpenContest: a step where no source set is proved to win is undecided, in the
// exit code too: the balance without a symmetry of theory.md.
func TestOpenContest(t *testing.T) {
	tie := write(t, `[{"vertices": 7, "edges": [[0,3],[1,3],[1,5],[1,6],[2,4],[3,5],[3,6],[4,1],[4,5],[4,6],[5,3]], "root": 0, "target": 3, "other": 2, "path": [0,3,5,3]}]`)
	for step, want := range map[string]int{"0": exitFine, "1": exitFine, "2": exitUndecided} {
		args := []string{"overlap", "--parametrization", "vertex", "--loss", "bfs", "--data", tie, "--step", step, "--quiet"}
		code, stdout, stderr := call(args...)
		if code != want || strings.Contains(stdout, " 1 open: no source set") != (want == exitUndecided) || stderr != "" || !strings.HasPrefix(stdout, "step "+step+": 1 instance, ") || strings.Contains(stdout, "1 instances") {
			t.Errorf("step %s: exit %d, expected %d\n%s%s", step, code, want, stdout, stderr)
		}
		var document struct{ Open int }
		if code, stdout, _ := call(append(args, "--json")...); code != want || json.Unmarshal([]byte(stdout), &document) != nil || (document.Open == 1) != (want == exitUndecided) {
			t.Errorf("step %s: exit %d, expected %d\n%s", step, code, want, stdout)
		}
	}
}

// TestOverlapOfOne: of one instance the population line leaves nothing open that the
// instance's own lines settle.
func TestOverlapOfOne(t *testing.T) {
	data := write(t, `[{"vertices": 7, "edges": [[0,4],[0,5],[1,2],[1,6],[2,3],[3,4],[3,6],[4,3],[5,1],[5,3],[5,6],[6,3],[6,4]], "root": 2, "target": 4, "other": 5, "path": [2,3,4]}]`)
	args := []string{"overlap", "--parametrization", "vertex", "--data", data, "--step", "1", "--quiet"}
	code, stdout, _ := call(append(args, "--json")...)
	var document struct{ Vertices map[string][]int }
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || code != exitFine {
		t.Fatalf("exit %d: %v", code, err)
	}
	if v := document.Vertices; !slices.Equal(v[theory.Rises.String()], []int{3}) || !slices.Equal(v[theory.Falls.String()], []int{2}) || v[theory.Open.String()] != nil {
		t.Errorf("%v", v)
	}
	if _, stdout, _ = call(args...); !strings.Contains(stdout, "1 logit diverges as log log t\n") || !strings.Contains(stdout, "0 logits stay bounded\n") || strings.Contains(stdout, "open") {
		t.Error(stdout)
	}
}
