package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"muflow/internal/long"
	"muflow/prove"
	"muflow/theory/cert"
)

func TestCertificatesAndRecheck(t *testing.T) {
	data := write(t, "["+goodInstance+"]")
	dir := filepath.Join(t.TempDir(), "proofs")
	code, stdout, stderr := call("theorem", "1", "--data", data, "--certificates", dir, "--json", "--quiet")
	if code != exitFine || stderr != "" {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	files, err := os.ReadDir(dir)
	files = slices.DeleteFunc(files, func(e os.DirEntry) bool { return prove.BesideCertificates(e.Name()) })
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
	both := filepath.Join(t.TempDir(), "both")
	text, _ := os.ReadFile(first)
	more, _ := os.ReadFile(second)
	bad := strings.Replace(string(text), `"root":`, `"root":1`, 1)
	for _, test := range []struct {
		name, text string
		code       int
		want       string
	}{
		{"two lines", string(text) + string(more), exitFine, "2 certificates"},
		{"wrong root", bad, exitRefuted, "line 1"},
		{"second line wrong", string(text) + bad, exitRefuted, "line 2"},
		{"text behind", string(text) + " ", exitRefuted, "line 2"},
		{"no line feed", strings.TrimSuffix(string(text), "\n"), exitRefuted, "line 1"},
		{"empty", "", exitRefuted, "line 1"},
		{"long line", strings.Repeat("[", cert.MaxBytes+1), exitRefuted, "expected at most"},
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
	refused(t, "other data", []string{dir, "same data"}, "theorem", "1", "--certificates", dir, "--quiet")
	refused(t, "another gain", []string{dir, "alpha"}, "theorem", "1", "--data", data, "--alpha", "2", "--certificates", dir, "--quiet")
	refused(t, "full score matrix", []string{"--certificates"}, "population", "--parametrization", "full", "--certificates", dir)
	refused(t, "a file for a folder", []string{first}, "theorem", "1", "--data", data, "--certificates", first, "--quiet")
}

// recheckLines calls verify recheck and returns the lines that do not say accepted.
func recheckLines(t *testing.T, args ...string) (code int, faults []string) {
	t.Helper()
	code, stdout, stderr := call(append([]string{"recheck", "--quiet"}, args...)...)
	if stderr != "" {
		t.Errorf("recheck %q: %s", args, stderr)
	}
	for line := range strings.Lines(stdout) {
		if !strings.HasPrefix(line, "accepted  ") && !strings.HasPrefix(line, "Data: ") && !strings.HasPrefix(line, "compared  ") {
			faults = append(faults, strings.TrimSpace(line))
		}
	}
	return code, faults
}

// TestRecheckBinds: certificates of every kind are bound to their data set, and
// whatever is done to the folder is found.
func TestRecheckBinds(t *testing.T) {
	count := 4 // the fewest with certificates of as many claims as 10 have
	if *long.Tests {
		count = 10
	}
	data := writeInstances(t, count, 7)
	dir := filepath.Join(t.TempDir(), "proofs")
	for _, command := range [][]string{{"theorem", "all"}, {"overlap", "--step", "1"}, {"overlap", "--step", "1", "--parametrization", "vertex", "--loss", "bfs"}, {"attention", "--step", "2", "--gain", "3/2"}, {"attention", "--step", "1", "--gain", "8", "--loss", "bfs"}, {"attention", "--step", "1", "--gain", "8", "--logit", "1/2"}, {"population", "--step", "1"}, {"population", "--step", "1", "--gain", "8"}, {"theorem", "stages", "--step", "1"}, {"theorem", "1"}} {
		if code, _, stderr := call(append(command, "--data", data, "--certificates", dir, "--quiet")...); code != exitFine {
			t.Fatalf("%q: exit %d, %s", command, code, stderr)
		}
	}
	if code, faults := recheckLines(t, dir, "--data", data); code != exitFine || faults != nil {
		t.Fatalf("exit %d, %q", code, faults)
	}
	if code, faults := recheckLines(t, dir); code != exitFine || faults != nil {
		t.Fatalf("without data: exit %d, %q", code, faults)
	}
	one := filepath.Join(dir, "instance-0001-step-1-T1a.json")
	if code, faults := recheckLines(t, one, "--data", data); code != exitFine || faults != nil {
		t.Errorf("one file: exit %d, %q", code, faults)
	}
	if code, faults := recheckLines(t, dir, "--data", data, "--alpha", "2"); code != exitRefuted || len(faults) < 2*count {
		t.Errorf("another gain: exit %d, %d faults", code, len(faults))
	}
	if code, faults := recheckLines(t, dir, "--data", writeInstances(t, count, 8)); code != exitRefuted || len(faults) < 10*count || !slices.ContainsFunc(faults, func(s string) bool { return strings.Contains(s, "SHA-256") }) {
		t.Errorf("other data: exit %d, %d faults", code, len(faults))
	}
	if !*long.Tests { // what is done to a folder, with certificates of two theorems
		data, dir = writeInstances(t, 10, 7), filepath.Join(t.TempDir(), "spoiled")
		for _, command := range [][]string{{"theorem", "1", "--step", "0"}, {"theorem", "1", "--step", "1"}, {"theorem", "2", "--step", "0"}} {
			if code, _, stderr := call(append(command, "--data", data, "--certificates", dir, "--quiet")...); code != exitFine {
				t.Fatalf("%q: exit %d, %s", command, code, stderr)
			}
		}
	}
	other := writeInstances(t, 10, 8)
	mixed := filepath.Join(t.TempDir(), "mixed")
	if code, _, stderr := call("theorem", "1", "--step", "0", "--data", other, "--certificates", mixed, "--quiet"); code != exitFine {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	read := func(name string) []byte {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	shelf := t.TempDir()
	for _, test := range []struct {
		name  string
		spoil func()
		blind bool // the fault is found without data too
		want  []string
	}{
		{"two instances exchanged", func() {
			a, b := read(in("instance-0000-step-1-T1a.json")), read(in("instance-0007-step-1-T1a.json"))
			os.WriteFile(in("instance-0000-step-1-T1a.json"), b, 0o600)
			os.WriteFile(in("instance-0007-step-1-T1a.json"), a, 0o600)
		}, false, []string{"rejected  ", "instance-0000-step-1-T1a.json: foreign", "rejected  ", "instance-0007-step-1-T1a.json: foreign"}},
		{"one taken away", func() { os.Remove(in("instance-0008-step-0-T2.json")) }, true, []string{"missing   ", "instance-0008-step-0-T2.json"}},
		{"one that no graph has", func() {
			os.WriteFile(in("no-graph.json"), []byte(`{"format":"muflow/certificate/1","claim":"T1a","loss":"bfs","profile":{"n":3,"k":1,"classes":[{"in_set":0,"degree":0,"count":1},{"in_set":0,"degree":40,"count":1},{"in_set":1,"degree":0,"count":1}]}}`+"\n"), 0o600)
		}, true, []string{"rejected  ", "no-graph.json: line 1: class 1: degree 40, no graph"}},
		{"one more", func() {
			os.WriteFile(in("instance-0010-step-0-T1a.json"), read(in("instance-0002-step-0-T1a.json")), 0o600)
		}, true, []string{"surplus"}},
		{"a name of its own", func() { os.WriteFile(in("mine.json"), read(in("instance-0002-step-0-T1a.json")), 0o600) }, false, []string{"mine.json: surplus"}},
		{"of other data", func() {
			os.WriteFile(in("instance-0001-step-0-T1a.json"), read(filepath.Join(mixed, "instance-0001-step-0-T1a.json")), 0o600)
		}, false, []string{"instance-0001-step-0-T1a.json: foreign: it is about another graph"}},
		{"no manifest", func() { os.Remove(in("manifest.json")) }, false, []string{"no manifest.json"}},
		{"a manifest of other instances", func() {
			os.WriteFile(in("manifest.json"), regexp.MustCompile(`"instances": ?\d+`).ReplaceAll(read(in("manifest.json")), []byte(`"instances":3000`)), 0o600)
		}, false, []string{"3000 instances"}},
		{"a manifest of nothing", func() { os.WriteFile(in("manifest.json"), []byte("{}"), 0o600) }, true, []string{"not a manifest"}},
	} {
		if !*long.Tests && !slices.Contains([]string{"two instances exchanged", "one taken away", "of other data"}, test.name) {
			continue
		}
		saved := filepath.Join(shelf, strings.ReplaceAll(test.name, " ", "-"))
		if err := os.CopyFS(saved, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		test.spoil()
		code, faults := recheckLines(t, dir, "--data", data)
		all := strings.Join(faults, "\n")
		for _, want := range test.want {
			if code != exitRefuted || !strings.Contains(all, want) {
				t.Errorf("%s: exit %d, %s, expected %q", test.name, code, all, want)
			}
		}
		if code, faults := recheckLines(t, dir); (code == exitRefuted) != test.blind {
			t.Errorf("%s without data: exit %d, %q", test.name, code, faults)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(dir, os.DirFS(saved)); err != nil {
			t.Fatal(err)
		}
	}
}

// writeInstances writes so many generated instances and returns the file.
func writeInstances(t *testing.T, count int, seed uint64) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "data.json")
	if code, _, stderr := call("data", "generate", "--count", strconv.Itoa(count), "--seed", strconv.FormatUint(seed, 10), "--out", file); code != exitFine {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	return file
}

// TestKillDuringCertificates: a process that is killed while it writes
// certificates leaves a folder that says so, and the same command run again to
// its end leaves it clean.
func TestKillDuringCertificates(t *testing.T) {
	const child = "VERIFY_TEST_CERTIFICATES"
	if line := os.Getenv(child); line != "" {
		if code, _, stderr := call(strings.Split(line, "\n")...); code != exitFine {
			t.Fatalf("exit %d, %s", code, stderr)
		}
		return
	}
	if !*long.Tests {
		t.Skip("processes that are killed: -long")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, dir := writeInstances(t, 24, 3), filepath.Join(t.TempDir(), "proofs")
	start := func() *exec.Cmd {
		run := exec.Command(self, "-test.run=^TestKillDuringCertificates$")
		run.Env = append(os.Environ(), child+"="+strings.Join([]string{"theorem", "all", "--data", data, "--certificates", dir, "--quiet"}, "\n"))
		return run
	}
	kills := 0
	for round := 0; kills < 2 && round < 20; round++ {
		run := start()
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		for range 2000 { // until some files are there, more in every round
			if entries, _ := os.ReadDir(dir); len(entries) > 3+100*kills {
				break
			}
			time.Sleep(time.Millisecond)
		}
		run.Process.Kill()
		run.Wait()
		if folder, err := prove.ReadCertificateFolder(dir); err == nil && !folder.Finished {
			kills++
			if code, faults := recheckLines(t, dir); code != exitRefuted || len(faults) == 0 || !strings.Contains(strings.Join(faults, " "), "unfinished") {
				t.Errorf("after the kill: exit %d, %q", code, faults)
			}
		}
	}
	if kills == 0 {
		t.Error("no kill came in time")
	}
	if err := os.WriteFile(filepath.Join(dir, ".unfinished-123"), []byte("{"), 0o600); err != nil { // whatever the kills left
		t.Fatal(err)
	}
	if out, err := start().CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if code, faults := recheckLines(t, dir, "--data", data); code != exitFine || faults != nil {
		t.Errorf("exit %d, %q", code, faults)
	}
}

// TestRecheckBindsStarts: certificates about any start and a trained carry-over are
// bound to the data, the start and the training that their manifest names.
func TestRecheckBindsStarts(t *testing.T) {
	data := writeInstances(t, 5, 7)
	dir := filepath.Join(t.TempDir(), "proofs")
	for _, command := range [][]string{{"--start", "-2"}, {"--carry", "trained", "--start", "1/2", "--carry-ratio", "3"}} {
		if code, _, stderr := call(append([]string{"theorem", "1", "--data", data, "--certificates", dir, "--quiet"}, command...)...); code != exitFine {
			t.Fatalf("%q: exit %d, %s", command, code, stderr)
		}
	}
	if code, faults := recheckLines(t, dir, "--data", data); code != exitFine || faults != nil {
		t.Fatalf("exit %d, %q", code, faults)
	}
	for claim, other := range map[string][2]string{"A18-collapse": {`"start":"1/2"`, `"start":"0"`}, "A18-upper": {`"ratio":"3"`, `"ratio":"2"`}, "T1a-start": {`"start":"-2"`, `"start":"-1"`}} {
		one := filepath.Join(dir, "instance-0002-step-1-"+claim+".json")
		if code, faults := recheckLines(t, one, "--data", data); code != exitFine || faults != nil {
			t.Errorf("%s alone: exit %d, %q", claim, code, faults)
		}
		text, err := os.ReadFile(one)
		if err != nil || !strings.Contains(string(text), other[0]) {
			t.Fatalf("%s: %s, %v", claim, text, err)
		}
		plain := regexp.MustCompile(`,"grid":.*`).ReplaceAllString(string(text), "}")
		if claim != "A18-collapse" { // of every start
			plain = regexp.MustCompile(`,"alpha".*?,"graph"`).ReplaceAllString(plain, `,"graph"`)
		} else {
			plain = strings.Replace(strings.Replace(plain, `"alpha":"1",`, "", 1), other[0], other[1], 1)
		}
		if err := os.WriteFile(one, []byte(strings.TrimSpace(plain)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		code, faults := recheckLines(t, dir, "--data", data)
		if foreign := len(faults) == 1 && code == exitRefuted; foreign != (claim == "A18-collapse") || len(faults) > 1 {
			t.Errorf("%s without numbers, %s: exit %d, %q", claim, plain, code, faults)
		}
		if err := os.WriteFile(one, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, "another start", []string{dir, "start"}, "theorem", "1", "--data", data, "--start", "-1", "--certificates", dir, "--quiet")
	refused(t, "another ratio", []string{dir, "carry"}, "theorem", "1", "--data", data, "--carry", "trained", "--start", "1/2", "--certificates", dir, "--quiet")
}
