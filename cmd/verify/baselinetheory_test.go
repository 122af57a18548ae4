package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// A baseline of theory files: an edit is named, its exit code is that of compare,
// and statements and theory files do not mix.
func TestBaselineOfTheories(t *testing.T) {
	source := "theory('decay')\nx = state('x', start = 1)\nflow(x, -x)\nclaim('falls', decreases(x))\nclaim('limit', limit(x) == 0)\nobserve('x', x)\n"
	file, base := writeText(t, "decay.star", source), filepath.Join(t.TempDir(), "base.json")
	code, stdout, stderr := call("baseline", "save", base, "--theory", file)
	if code != exitFine || !strings.Contains(stdout, "3 results, 3 computed") || stderr != "" {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	for _, row := range []struct {
		old, new string
		code     int
		says     string
	}{
		{"theory(", "# a comment\ntheory(", exitFine, "3 results, 0 of them depend on what changed, 0 computed, 0 changes"},
		{"-x)", "-2*x)", exitRefuted, "right-hand side changed; 1 of 3 results that depend on it changed"},
		{"== 0", "== 1", exitRefuted, "proved → refuted"},
		{"observe", "# observe", exitRefuted, "removed"},
	} {
		edited := writeText(t, "edited.star", strings.Replace(source, row.old, row.new, 1))
		code, stdout, stderr := call("baseline", "compare", base, "--theory", edited)
		if code != row.code || !strings.Contains(stdout, row.says) || stderr != "" {
			t.Errorf("%s: exit %d, %s%s", row.new, code, stdout, stderr)
		}
	}
	wrong := writeText(t, "wrong.star", strings.Replace(source, "== 0", "== 1", 1))
	code, stdout, _ = call("baseline", "save", filepath.Join(t.TempDir(), "b.json"), "--theory", wrong, "--json")
	var d savedTheories
	if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != exitRefuted || d.Summary["unexpected"] != 1 || d.Records != 3 {
		t.Errorf("exit %d, %+v, %v", code, d, err)
	}

	statements := writeText(t, "theory.json", `[{"id": "mine", "premise": [], "conclusion": "dmin <= dmax"}]`)
	refused(t, "other settings", []string{"made with digits = 15, until = 4"}, "baseline", "compare", base, "--theory", file, "--until", "5")
	refused(t, "both kinds", []string{"theory.json"}, "baseline", "save", base, "--theory", file, "--theory", statements)
	refused(t, "two files of statements", []string{"--theory is given twice"}, "baseline", "save", base, "--theory", statements, "--theory", statements)
	refused(t, "a flag of statements", []string{"--gain does not matter"}, "baseline", "save", base, "--theory", file, "--gain", "2")
	refused(t, "a flag of theory files", []string{"--until does not matter"}, "baseline", "save", base, "--until", "2")
	refused(t, "a baseline of theories for statements", []string{"not a baseline"}, "baseline", "compare", base, "--theory", statements)
	refused(t, "one name for two files", []string{"another name"}, "baseline", "save", base, "--theory", file, "--theory", writeText(t, "same.star", source))
}
