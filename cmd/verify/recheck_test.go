package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCertificatesAndRecheck(t *testing.T) {
	data := write(t, "["+goodInstance+"]")
	dir := filepath.Join(t.TempDir(), "proofs")
	code, stdout, stderr := call("theorem", "1", "--data", data, "--certificates", dir, "--json", "--quiet")
	if code != exitFine || stderr != "" {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != strings.Count(stdout, `"certificate": "instance-`) || len(files) != strings.Count(stdout, `"verdict": "proved"`) || len(files) < 6 {
		t.Fatalf("%d files for %s (%v)", len(files), stdout, err)
	}
	code, stdout, _ = call("recheck", dir, "--quiet")
	if code != exitFine || strings.Count(stdout, "\n") != len(files) || strings.Count(stdout, "accepted  ") != len(files) {
		t.Errorf("exit %d, %s", code, stdout)
	}
	code, again, _ := call("recheck", dir, "--quiet", "--jobs", "3")
	if code != exitFine || again != stdout {
		t.Errorf("3 jobs: exit %d, %s", code, again)
	}
	first, second := filepath.Join(dir, files[0].Name()), filepath.Join(dir, files[1].Name())
	both := filepath.Join(dir, "both")
	text, _ := os.ReadFile(first)
	more, _ := os.ReadFile(second)
	bad := strings.Replace(string(text), `"k":`, `"k":1`, 1)
	for _, test := range []struct {
		name, text string
		code       int
		want       string
	}{
		{"two lines", string(text) + string(more), exitFine, "2 certificates"},
		{"wrong k", bad, exitRefuted, "line 1"},
		{"second line wrong", string(text) + bad, exitRefuted, "line 2"},
		{"text behind", string(text) + " ", exitRefuted, "line 2"},
		{"no line feed", strings.TrimSuffix(string(text), "\n"), exitRefuted, "line 1"},
		{"empty", "", exitRefuted, "line 1"},
		{"long line", strings.Repeat("[", 1<<21), exitRefuted, "expected at most"},
	} {
		if err := os.WriteFile(both, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, _ := call("recheck", first, both, "--quiet")
		word := "accepted  "
		if test.code != exitFine {
			word = "rejected  "
		}
		if code != test.code || strings.Count(stdout, "\n") != 2 || !strings.HasPrefix(stdout, "accepted  ") || !strings.Contains(stdout, word+both) || !strings.Contains(stdout, test.want) {
			t.Errorf("%s: exit %d, %s", test.name, code, stdout)
		}
	}
	refused(t, "no path", []string{"arg"}, "recheck")
	refused(t, "missing file", []string{"no such file"}, "recheck", filepath.Join(dir, "none"))
	refused(t, "empty folder", []string{"no file"}, "recheck", t.TempDir())
	refused(t, "certificates of theorem 2", []string{"--certificates"}, "theorem", "2", "--certificates", dir)
	refused(t, "a file for a folder", []string{first}, "theorem", "1", "--data", data, "--certificates", first, "--quiet")
}
