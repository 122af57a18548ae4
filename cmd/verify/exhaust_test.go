package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

func TestExhaust(t *testing.T) {
	type document struct {
		Schema   string         `json:"schema"`
		Vertices int            `json:"vertices"`
		Digraphs int            `json:"digraphs"`
		Cases    int            `json:"cases"`
		Profiles int            `json:"distinct_profiles"`
		Summary  map[string]int `json:"summary"`
	}
	var first string
	dir := filepath.Join(t.TempDir(), "run")
	for _, args := range [][]string{{}, {"--jobs", "3"}, {"--out", dir}, {"--out", dir, "--resume"}, {"--out", dir, "--resume", "--quiet"}} {
		code, stdout, stderr := call(append([]string{"exhaust", "--vertices", "4", "--json"}, args...)...)
		if code != exitFine || stderr != "" {
			t.Fatalf("%v: exit %d, %s", args, code, stderr)
		}
		if first == "" {
			first = stdout
		} else if stdout != first {
			t.Errorf("%v prints something else", args)
		}
	}
	var d document
	if err := json.Unmarshal([]byte(first), &d); err != nil {
		t.Fatal(err)
	}
	if d.Schema != "muflow/exhaust/1" || d.Vertices != 4 || d.Digraphs != 218 || d.Cases != 1576 || d.Profiles != 21 ||
		d.Summary["proved"]+d.Summary["not-applicable"] != 18*d.Cases || d.Summary["proved"] == 0 {
		t.Errorf("%+v", d)
	}
	sum := 0
	for _, shard := range []string{"0/2", "1/2"} {
		args := []string{"exhaust", "--vertices", "4", "--json", "--shard", shard}
		code, stdout, stderr := call(args...)
		_, kept, _ := call(append(args, "--out", dir+"s", "--resume")...)
		if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != exitFine || stderr != "" || kept != stdout || d.Digraphs >= 218 {
			t.Errorf("shard %s: exit %d, %+v, %s, %v", shard, code, d, stderr, err)
		}
		sum += d.Digraphs
	}
	if sum != 218 {
		t.Errorf("two shards have %d digraphs", sum)
	}
	code, merged, _ := call("merge", dir+"s", "--json")
	if i, j := strings.Index(merged, `"vertices"`), strings.Index(first, `"vertices"`); code != exitFine || i < 0 || merged[i:] != first[j:] {
		t.Errorf("merged: exit %d, %s", code, merged)
	}
	refused(t, "one shard of two", []string{"1 folders, expected 2"}, "merge", filepath.Join(dir+"s", "shard-0-of-2"))
	refused(t, "a shard twice", []string{"there twice"}, "merge", filepath.Join(dir+"s", "shard-0-of-2"), filepath.Join(dir+"s", "shard-0-of-2"))
	refused(t, "shards and a whole", []string{"3 folders, expected 1"}, "merge", dir, dir+"s")
	refused(t, "merged to a folder", []string{"--out"}, "merge", dir+"s", "--out", "x")
	refused(t, "a shard beyond", []string{"--shard"}, "exhaust", "--vertices", "3", "--shard", "2/2")
	code, stdout, _ := call("exhaust", "--vertices", "3", "--loss", "bfs", "--json", "--audit", "1", "--seed", "2")
	if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != exitFine || d.Digraphs != 16 || d.Summary["proved"]+d.Summary["not-applicable"] != 5*d.Cases {
		t.Errorf("exit %d, %s", code, stdout)
	}
	file := writeText(t, "statements.json", `[{"id": "less", "premise": [], "conclusion": "dstar <= dmax"}, {"id": "false", "premise": ["alpha == 2"], "conclusion": "dstar < dmax"}]`)
	code, stdout, _ = call("exhaust", "--vertices", "4", "--statement", file, "--json", "--audit", "1")
	var two struct {
		Cases   int
		Summary map[string]int
		Claims  map[string]map[string]int
		Witness json.RawMessage
		Audit   struct{ Cases, Disagree int }
	}
	if err := json.Unmarshal([]byte(stdout), &two); err != nil || code != exitRefuted || two.Claims["less"]["proved"] != 1576 || two.Claims["false"]["refuted"]+two.Claims["false"]["proved"] != 1576 ||
		two.Claims["false"]["refuted"] == 0 || two.Witness == nil || two.Audit.Cases != 1576 || two.Audit.Disagree != 0 {
		t.Errorf("exit %d, %+v, %v", code, two, err)
	}
	for _, shard := range []string{"1/3", "0/3", "2/3"} {
		if code, _, stderr := call("exhaust", "--vertices", "4", "--statement", file, "--audit", "1", "--shard", shard, "--out", dir+"t"); code != exitRefuted {
			t.Errorf("shard %s of statements: exit %d, %s", shard, code, stderr)
		}
	}
	code, merged, _ = call("merge", dir+"t", "--json")
	if i, j := strings.Index(merged, `"vertices"`), strings.Index(stdout, `"vertices"`); code != exitRefuted || i < 0 || merged[i:] != stdout[j:] {
		t.Errorf("merged statements: exit %d, %s", code, merged)
	}
	code, stdout, _ = call("exhaust", "--vertices", "3", "--premise", "n == 3", "--conclusion", "limit == finite")
	if code != exitRefuted || !strings.Contains(stdout, "graph 1: 3 vertices") || !strings.Contains(stdout, "given") {
		t.Errorf("exit %d, %s", code, stdout)
	}
	refused(t, "a loss beside a file", []string{"exclude"}, "exhaust", "--vertices", "3", "--statement", file, "--loss", "bfs")
	refused(t, "a premise alone", []string{"--conclusion"}, "exhaust", "--vertices", "3", "--premise", "n == 3")
	refused(t, "a free parameter", []string{"t == 1"}, "exhaust", "--vertices", "3", "--conclusion", "mu < t")
	refused(t, "no vertices", []string{"--vertices"}, "exhaust")
	code, stdout, _ = call("exhaust", "--vertices", "4", "--count", "--json")
	if i, j := strings.Index(stdout, `"vertices"`), strings.Index(first, `"vertices"`); code != exitFine || i < 0 || stdout[i:] != first[j:] {
		t.Errorf("counted: exit %d, %s", code, stdout)
	}
	refused(t, "a count of a shard", []string{"count", "shard"}, "exhaust", "--vertices", "4", "--count", "--shard", "0/2")
	refused(t, "eight vertices", []string{"8", "7", "--count"}, "exhaust", "--vertices", "8")
	refused(t, "nine vertices", []string{"9", "8"}, "exhaust", "--vertices", "9", "--count")
	refused(t, "unknown loss", []string{"mse"}, "exhaust", "--vertices", "2", "--loss", "mse")
	refused(t, "audit of two", []string{"--audit"}, "exhaust", "--vertices", "2", "--audit", "2")
	refused(t, "seed without audit", []string{"--seed"}, "exhaust", "--vertices", "2", "--seed", "4")
	refused(t, "resume without folder", []string{"--out"}, "exhaust", "--vertices", "2", "--resume")
	refused(t, "used folder", []string{dir}, "exhaust", "--vertices", "4", "--out", dir)
	refused(t, "another configuration", []string{"vertices"}, "exhaust", "--vertices", "3", "--out", dir, "--resume")
}
