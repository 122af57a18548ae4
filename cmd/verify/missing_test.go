package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"muflow/prove"
	"muflow/theory"
)

// TestMissingCertificate: a claim beyond the limits of the checker takes away no
// result. What a command decides is printed as without certificates, the others
// are written, and what misses one is named; a refuted claim still gives exit 1.
func TestMissingCertificate(t *testing.T) {
	data := write(t, `[{"vertices": 7, "edges": [[0,1],[0,3],[1,4],[1,5],[2,4],[2,5],[3,2],[3,4],[3,5],[4,1],[4,6],[5,6]], "root": 1, "target": 6, "other": 2, "path": [1,4,6]}]`)
	args := []string{"theorem", "1", "--carry", "trained", "--carry-ratio", "1/2", "--carry-start", "-30", "--alpha", "1000", "--data", data, "--json", "--quiet"}
	type document struct {
		Claims  []prove.Result `json:"claims"`
		Summary map[string]int `json:"summary"`
	}
	decided := func(want int, more ...string) (out document, stderr string) {
		code, stdout, stderr := call(append(args, more...)...)
		if err := json.Unmarshal([]byte(stdout), &out); code != want || err != nil {
			t.Fatalf("exit %d, expected %d: %v %s", code, want, err, stderr)
		}
		return out, stderr
	}
	folder := filepath.Join(t.TempDir(), "proofs")
	plain, _ := decided(exitFine)
	have, stderr := decided(exitUndecided, "--certificates", folder)
	if strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "1 of ") || !strings.Contains(stderr, "A18-threshold of instance 0, step 1: no certificate") {
		t.Errorf("standard error: %q", stderr)
	}
	missing := 0
	for i, r := range have.Claims {
		if w := plain.Claims[i]; r.Claim != w.Claim || r.Verdict != w.Verdict || r.Reason != w.Reason {
			t.Errorf("%s: %v, %s; without certificates %v, %s", r.Claim, r.Verdict, r.Reason, w.Verdict, w.Reason)
		}
		if (r.File != "") == strings.Contains(r.Reason, "no certificate") && r.Verdict == theory.Proved {
			t.Errorf("%s has the file %q, for the reason: %s", r.Claim, r.File, r.Reason)
		}
		if r.Verdict == theory.Proved && r.File == "" {
			missing++
		}
	}
	if missing != 1 || len(have.Claims) != len(plain.Claims) || have.Summary["proved"] != plain.Summary["proved"] {
		t.Errorf("%d without a certificate, %d claims, %v", missing, len(have.Claims), have.Summary)
	}
	if code, stdout, _ := call("recheck", folder, "--data", data, "--quiet"); code != exitRefuted || strings.Count(stdout, "missing ") != 1 || strings.Contains(stdout, "rejected") {
		t.Errorf("recheck: exit %d\n%s", code, stdout)
	}
	if code, stdout, _ := call(append(args[:len(args)-2:len(args)-2], "--certificates", folder, "--quiet")...); code != exitUndecided || !strings.Contains(stdout, "A18-threshold") {
		t.Errorf("table: exit %d\n%s", code, stdout)
	}
}
