package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muflow/prove"
)

// lawful writes instances of which steps have several labels of different in-degrees.
func lawful(t *testing.T) string {
	t.Helper()
	return suiteFile(t, 5, 6)
}

// Every command with --label says the law in its header, and without it, or with
// that of the demonstrated path, nothing.
func TestLabelOfEveryCommand(t *testing.T) {
	data := lawful(t)
	for _, args := range [][]string{
		{"population", "--step", "1", "--data", data}, {"population", "--step", "1", "--until", "10", "--digits", "6", "--data", data}, {"overlap", "--step", "1", "--data", data},
		{"equilibrium", "--step", "1", "--data", data}, {"flow", "--step", "1", "--loss", "coconut", "--until", "10", "--data", data},
		{"data", "show", data}, {"theorem", "1", "--step", "1", "--data", data},
		{"curriculum", "--thoughts", "uniform", "--start", "restart", "--steps", "3", "--last-steps", "3", "--time", "1", "--last-time", "1", "--data", data},
		{"train", "--preset", "theory-diagonal", "--steps", "5", "--data", data},
	} {
		documents := map[string]map[string]any{}
		for _, label := range []string{"", "path", "frontier"} {
			line := append(append([]string{}, args...), "--json")
			if label != "" {
				line = append(line, "--label", label)
			}
			code, stdout, stderr := call(line...)
			var d map[string]any
			if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != exitFine && code != exitRefuted && code != exitUndecided {
				t.Fatalf("%q: exit %d, %v, %s", line, code, err, stderr)
			}
			if law, said := d["label"]; said != (label == "frontier") || said && law != label {
				t.Errorf("%q: label %v", line, law)
			}
			for _, key := range []string{"command", "label", "settings"} {
				delete(d, key)
			}
			documents[label] = d
		}
		same := func(a, b string) bool {
			x, errX := json.Marshal(documents[a])
			y, errY := json.Marshal(documents[b])
			return errX == nil && errY == nil && bytes.Equal(x, y)
		}
		if !same("", "path") || same("", "frontier") {
			t.Errorf("%q: without a law as under path: %v, as under frontier: %v", args, same("", "path"), same("", "frontier"))
		}
	}
}

// What data show prints of a step under a law is what the other commands find, and
// its profile, read again, is that of the step.
func TestProfilesOfALaw(t *testing.T) {
	data, fractions := lawful(t), 0
	code, stdout, stderr := call("data", "show", data, "--json", "--label", "shortest", "--digits", "15")
	var shown struct {
		Steps []struct {
			Instance, Step int
			Degree         json.RawMessage `json:"target_degree"`
			Status         string
			Mu             *prove.Number
			Profile        json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(stdout), &shown); err != nil || code != exitFine || len(shown.Steps) < 12 {
		t.Fatalf("exit %d, %v, %s", code, err, stderr)
	}
	for _, s := range shown.Steps {
		if s.Degree[0] != '"' {
			continue
		}
		fractions++
		file := write(t, string(s.Profile))
		code, stdout, stderr := call("equilibrium", "--profile", file, "--json", "--digits", "15")
		var e struct {
			Status string
			Mu     *prove.Number
		}
		if err := json.Unmarshal([]byte(stdout), &e); err != nil || code != exitFine || e.Status != s.Status || (e.Mu == nil) != (s.Mu == nil) || e.Mu != nil && *e.Mu != *s.Mu {
			t.Errorf("instance %d, step %d: exit %d, %v, %s%s", s.Instance, s.Step, code, err, stderr, stdout)
		}
	}
	if fractions == 0 {
		t.Error("no fraction")
	}
}

// A folder of certificates is of one law, which recheck holds it to.
func TestRecheckUnderALaw(t *testing.T) {
	data, folder := lawful(t), filepath.Join(t.TempDir(), "proofs")
	for _, args := range [][]string{{"theorem", "1", "--step", "1"}, {"population", "--step", "1"}, {"overlap", "--step", "1"}} {
		if code, _, stderr := call(append(args, "--data", data, "--label", "shortest", "--certificates", folder, "--quiet")...); code != exitFine {
			t.Fatalf("%q: exit %d, %s", args, code, stderr)
		}
	}
	if code, faults := recheckLines(t, folder, "--data", data); code != exitFine || len(faults) != 0 {
		t.Errorf("exit %d, %q", code, faults)
	}
	if code, faults := recheckLines(t, folder, "--data", data, "--label", "shortest"); code != exitFine || len(faults) != 0 {
		t.Errorf("exit %d, %q", code, faults)
	}
	code, faults := recheckLines(t, folder, "--data", data, "--label", "frontier")
	if code != exitRefuted || !strings.Contains(strings.Join(faults, "\n"), "label") {
		t.Errorf("as those of another law: exit %d, %q", code, faults)
	}
	manifest := filepath.Join(folder, prove.CertificateManifest)
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, law := range []string{`"path"`, `"frontier"`, `"none"`, `3`} {
		if err := os.WriteFile(manifest, bytes.ReplaceAll(text, []byte(`"label": "shortest"`), []byte(`"label": `+law)), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, faults := recheckLines(t, folder, "--data", data); code != exitRefuted || len(faults) == 0 {
			t.Errorf("manifest with the law %s: exit %d, %q", law, code, faults)
		}
	}
	if err := os.WriteFile(manifest, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := call("theorem", "1", "--step", "1", "--data", data, "--label", "frontier", "--certificates", folder, "--quiet"); code != exitUsage || stdout != "" || !strings.Contains(stderr, "label law") {
		t.Errorf("another law into the folder: exit %d, %q", code, stderr)
	}
}

func TestLabelsAreRefused(t *testing.T) {
	data := lawful(t)
	detour := write(t, `{"vertices": 5, "edges": [[0,1],[0,2],[1,3],[3,2]], "root": 0, "target": 2, "other": 4, "path": [0,1,3,2]}`)
	profile := write(t, `{"n": 3, "k": 1, "target_degree": "3/2", "classes": [{"in_set": 1, "degree": 0, "count": 1}, {"in_set": 0, "degree": 1, "count": 1}, {"in_set": 0, "degree": 2, "count": 1}]}`)
	for _, c := range []struct {
		words string
		args  []string
	}{
		{"path, shortest or frontier", []string{"population", "--step", "1", "--data", data, "--label", "Path"}},
		{"path, shortest or frontier", []string{"theorem", "1", "--data", data, "--label", "neighbor_k"}},
		{"does not matter", []string{"theorem", "2", "--data", data, "--label", "shortest"}},
		{"does not matter", []string{"theorem", "3", "--data", data, "--label", "path"}},
		{"--rocq", []string{"theorem", "1", "--data", data, "--label", "shortest", "--rocq", filepath.Join(t.TempDir(), "rocq")}},
		{"bfs", []string{"flow", "--data", data, "--step", "1", "--loss", "bfs", "--until", "1", "--label", "frontier"}},
		{"bfs", []string{"sweep", "--data", data, "--losses", "bfs", "--label", "frontier", "--out", filepath.Join(t.TempDir(), "run")}},
		{"bfs", []string{"emit", "slurm", "--data", data, "--losses", "bfs", "--label", "frontier", "--out", "run"}},
		{"bfs", []string{"figure", "flow", "--data", data, "--loss", "bfs", "--label", "frontier", "--out", filepath.Join(t.TempDir(), "flow")}},
		{"--data", []string{"equilibrium", "--profile", profile, "--label", "shortest"}},
		{"no label", []string{"equilibrium", "--data", detour, "--step", "1", "--label", "shortest"}},
		{"no label", []string{"flow", "--data", detour, "--step", "2", "--loss", "coconut", "--until", "1", "--label", "frontier"}},
		{"bfs", []string{"population", "--data", data, "--step", "1", "--label", "shortest", "--bfs-share", "1"}},
		{"label", []string{"population", "--data", detour, "--step", "1", "--label", "shortest"}},
		{"label", []string{"overlap", "--data", detour, "--step", "1", "--label", "shortest"}},
		{"label", []string{"curriculum", "--data", detour, "--label", "shortest"}},
		{"label", []string{"train", "--preset", "theory-diagonal", "--data", detour, "--label", "shortest"}},
	} {
		refused(t, strings.Join(c.args, " "), []string{c.words}, c.args...)
	}
	if code, stdout, stderr := call("equilibrium", "--profile", profile); code != exitFine || !strings.Contains(stdout, "finite") {
		t.Errorf("d* = 3/2: exit %d, %s%s", code, stdout, stderr)
	}
}
