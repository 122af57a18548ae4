package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheoryCertificates: check writes certificates of the claims of shipped theories
// that are about one unknown with a rational flow, and recheck holds them to the
// file and its parameters: tampered, foreign, missing and surplus ones are rejected.
func TestTheoryCertificates(t *testing.T) {
	merged, modes := filepath.Join("..", "..", "theories", "attention-merged.star"), filepath.Join("..", "..", "theories", "modes.star")
	dir := filepath.Join(t.TempDir(), "proofs")
	code, stdout, stderr := call("check", merged, modes, "--certificates", dir)
	if code != exitFine || strings.Count(stdout, "certificate: ") != 6 {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	for _, name := range []string{"attention-merged--below", "attention-merged--grows", "attention-merged--limit", "modes--below", "modes--grows", "modes--limit"} {
		if _, err := os.Stat(filepath.Join(dir, name+".json")); err != nil {
			t.Error(err)
		}
	}
	recheck := func(what string, code int, want string, counts [3]int, args ...string) {
		t.Helper()
		got, stdout, stderr := call(append([]string{"recheck", dir, "--quiet"}, args...)...)
		for i, word := range []string{"accepted  ", "rejected  ", "missing   "} {
			if n := strings.Count(stdout, word); n != counts[i] {
				t.Errorf("%s: %d %s, expected %d", what, n, word, counts[i])
			}
		}
		if got != code || stderr != "" || !strings.Contains(stdout, want) {
			t.Errorf("%s: exit %d, %s%s", what, got, stdout, stderr)
		}
	}
	recheck("alone", exitFine, "limit of x = 31/36", [3]int{6, 0, 0})
	recheck("with both files", exitFine, "modes--below", [3]int{6, 0, 0}, "--theory", merged, "--theory", modes)
	recheck("with one file", exitRefuted, "surplus", [3]int{3, 3, 0}, "--theory", merged)
	recheck("another parameter", exitRefuted, "foreign", [3]int{0, 6, 0}, "--theory", merged, "--set", "N=30")
	recheck("another start", exitRefuted, "foreign", [3]int{0, 6, 0}, "--theory", merged, "--set", "s0=1/99")

	limit := filepath.Join(dir, "attention-merged--limit.json")
	text, err := os.ReadFile(limit)
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string][2]string{"another flow": {"[0,124,-144]", "[0,124,-145]"}, "another limit": {`"31/36"`, `"30/36"`}, "no line feed": {"}\n", "}"}} {
		if err := os.WriteFile(limit, []byte(strings.Replace(string(text), change[0], change[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		recheck(what, exitRefuted, "rejected  "+limit, [3]int{5, 1, 0})
	}
	// A true statement about another flow.
	foreign := strings.NewReplacer("[0,124,-144]", "[0,62,-72]").Replace(string(text))
	if err := os.WriteFile(limit, []byte(foreign), 0o600); err != nil {
		t.Fatal(err)
	}
	recheck("half the speed, alone", exitFine, "limit of x = 31/36", [3]int{6, 0, 0})
	recheck("half the speed", exitRefuted, "foreign", [3]int{5, 1, 0}, "--theory", merged, "--theory", modes)
	if err := os.Remove(limit); err != nil {
		t.Fatal(err)
	}
	recheck("missing", exitRefuted, "missing   "+limit, [3]int{5, 0, 1}, "--theory", merged, "--theory", modes)

	refused(t, "no theory", []string{"--set without --theory"}, "recheck", dir, "--set", "N=3")
	refused(t, "gains", []string{"alpha"}, "recheck", dir, "--theory", merged, "--alpha", "1")
	refused(t, "no file", []string{"nothing.star"}, "recheck", dir, "--theory", "nothing.star")
}
