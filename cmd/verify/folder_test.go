package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/runlog"
	"muflow/sim"
)

// contentsOf reads all files below a folder.
func contentsOf(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		out[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// forged copies a finished folder, changes its files, and makes the log, the
// sum of the records and the manifest fit the changes, as an attacker would.
func forged(t *testing.T, dir string, change func(name, text string) string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "forged")
	var manifest struct {
		Schema string         `json:"schema"`
		Files  []runlog.Entry `json:"files"`
	}
	files := contentsOf(t, dir)
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil {
		t.Fatal(err)
	}
	records := ""
	for name, text := range files {
		if name == "manifest.json" {
			continue // below
		}
		changed := change(name, string(text))
		if name == "records.log" && changed != string(text) {
			var log strings.Builder
			for line := range strings.Lines(changed) {
				record := strings.TrimSuffix(line[9:], "\n")
				records += record + "\n"
				fmt.Fprintf(&log, "%08x %s\n", crc32.Checksum([]byte(record), crc32.MakeTable(crc32.Castagnoli)), record)
			}
			changed = log.String()
		}
		files[name] = []byte(changed)
	}
	if records != "" {
		var result map[string]any
		if err := json.Unmarshal(files["result.json"], &result); err != nil {
			t.Fatal(err)
		}
		old := fmt.Sprint(result["results_sha256"])
		files["result.json"] = bytes.ReplaceAll(files["result.json"], []byte(old), fmt.Appendf(nil, "%x", sha256.Sum256([]byte(records))))
	}
	for i, f := range manifest.Files {
		text := files[f.Name]
		manifest.Files[i] = runlog.Entry{Name: f.Name, Bytes: int64(len(text)), SHA256: fmt.Sprintf("%x", sha256.Sum256(text))}
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	files["manifest.json"] = []byte(change("manifest.json", string(text)))
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(out, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(out, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// finished makes the folder of a small sweep.
func finished(t *testing.T, data string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	if code, _, stderr := call("sweep", "--data", data, "--steps", "1", "--train-steps", "50", "--batch", "4", "--quiet", "--out", dir); code != exitFine {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return dir
}

// A folder that somebody else made cannot name anything outside of it, nor
// bring a line of its own into a page or a LaTeX file.
func TestForgedFoldersAreRefused(t *testing.T) {
	dir := finished(t, fewInstances(t))
	same := func(_, text string) string { return text }
	everywhere := func(name string) func(string, string) string {
		quoted, _ := json.Marshal(name)
		return func(file, text string) string {
			if file == "manifest.json" {
				return strings.ReplaceAll(text, "data/few.json", "data/"+strings.Trim(string(quoted), `"`)+".json")
			}
			return strings.NewReplacer(`"few"`, string(quoted), "data=few:", "data="+strings.Trim(string(quoted), `"`)+":").Replace(text)
		}
	}
	only := func(file, old, text string) func(string, string) string {
		return func(name, have string) string {
			if name != file {
				return have
			}
			if !strings.Contains(have, old) {
				t.Errorf("%s does not hold %q", file, old)
			}
			return strings.ReplaceAll(have, old, text)
		}
	}
	both := func(old, text string) func(string, string) string {
		return func(name, have string) string {
			if name == "run.json" || name == "result.json" {
				return strings.ReplaceAll(have, old, text)
			}
			return have
		}
	}
	for _, c := range []struct {
		name   string
		change func(name, text string) string
		word   string
	}{
		{"a name that leaves the folder", everywhere("../../few"), "expected a name"},
		{"a name with a line feed", everywhere("few\n\\input{/etc/passwd}%"), "expected a name"},
		{"a hidden name", everywhere(".few"), "expected a name"},
		{"a manifest that leaves the folder", only("manifest.json", `"name":"claims.csv"`, `"name":"../claims.csv"`), "expected a name"},
		{"a manifest with an absolute name", only("manifest.json", `"name":"claims.csv"`, `"name":"/etc/passwd"`), "expected a name"},
		{"a record of another data set", only("records.log", `"dataset":"few"`, `"dataset":"../few"`), "another cell"},
		{"a record of another key", only("records.log", "data=few:step=1:loss=bfs", "data=few:step=2:loss=bfs"), ""},
		{"a record of a data set that is not there", only("records.log", "few", "other"), "no cell of the configuration"},
		{"two configurations", only("run.json", `"digits": 20`, `"digits": 21`), "digits"},
		{"other counts", only("result.json", `"cells": 4`, `"cells": 5`), "counts other records"},
		{"other verdicts", only("result.json", `"proved": `, `"proved": 1`), "verdict"},
		{"other data", both(`"sha256": "`, `"sha256": "0`), "not those of the configuration"},
		{"a shard that is none", both(`"count": 1`, `"count": 1000000000000000000`), "shard"},
		{"a grid without end", both(`"seeds": [
      1
    ]`, `"seeds": [`+strings.Repeat("1,", 3)+`1]`), "twice"},
		{"another schema", only("result.json", "muflow/sweep/1", "muflow/sweep/9"), "schema"},
	} {
		bad := forged(t, dir, c.change)
		out := filepath.Join(t.TempDir(), "out")
		for _, args := range [][]string{{"report", bad, "--quiet", "--out", out}, {"export", bad, "--out", out}, {"merge", bad, "--out", out}} {
			refused(t, c.name+", "+args[0], []string{c.word}, args...)
		}
	}
	if code, _, stderr := call("export", forged(t, dir, same), "--out", filepath.Join(t.TempDir(), "out")); code != exitFine {
		t.Errorf("a copy: exit %d: %s", code, stderr)
	}
	if !*long.Tests {
		return // a report takes long
	}
	hostile := forged(t, dir, only("environment.json", `"command": [`, `"command": ["verify", "a\n\\input{/etc/passwd}\u2028<script>alert(1)</script>",`))
	out := filepath.Join(t.TempDir(), "out")
	if code, _, stderr := call("report", hostile, "--quiet", "--out", out); code != exitFine {
		t.Errorf("a command with a line feed: exit %d: %s", code, stderr)
	}
	for name, text := range contentsOf(t, out) {
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, `\input{/etc`) && !strings.HasSuffix(name, ".html") || strings.Contains(line, "<script>") && strings.HasSuffix(name, ".html") {
				t.Errorf("%s holds %q", name, line)
			}
		}
	}
}

// Every file of a folder that is read or written there is a regular one:
// through a link nothing is changed, and nobody waits for a pipe.
func TestFoldersHoldRegularFilesOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights there")
	}
	data := fewInstances(t)
	dir := finished(t, data)
	trainArgs := []string{"train", "--preset", "middle", "--steps", "20", "--quiet", "--out"}
	training := filepath.Join(t.TempDir(), "training")
	if code, _, stderr := call(append(trainArgs, training)...); code != exitFine {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	sweepArgs := []string{"sweep", "--data", data, "--steps", "1", "--train-steps", "50", "--batch", "4", "--quiet", "--out"}
	same := func(_, text string) string { return text }
	checks := 0
	for _, kind := range []string{"link", "pipe", "folder", "dangling link"} {
		if !*long.Tests && kind != "link" && kind != "pipe" {
			continue
		}
		replace := func(path string) (victim string) {
			victim = filepath.Join(t.TempDir(), "victim")
			text, err := os.ReadFile(path)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			os.Remove(path)
			switch kind {
			case "link":
				err = os.WriteFile(victim, text, 0o666)
				if err == nil {
					err = os.Symlink(victim, path)
				}
			case "dangling link":
				err = os.Symlink(victim, path)
			case "pipe":
				err = makePipe(path)
			case "folder":
				err = os.Mkdir(path, 0o777)
			}
			if err != nil {
				t.Fatal(err)
			}
			return victim
		}
		check := func(name, file string, args ...string) {
			t.Helper()
			var bad string
			if strings.HasPrefix(name, "train") {
				bad = copied(t, training)
			} else {
				bad = forged(t, dir, same)
			}
			before := contentsOf(t, bad)
			victim := replace(filepath.Join(bad, file))
			for i, a := range args {
				args[i] = strings.ReplaceAll(a, "DIR", bad)
			}
			refused(t, name+" with "+file+" a "+kind, []string{filepath.Base(file), "regular file"}, args...)
			text, err := os.ReadFile(victim)
			if kind == "link" && (err != nil || !bytes.Equal(text, before[file])) || kind == "dangling link" && err == nil {
				t.Errorf("%s with %s a %s: the file behind it was changed", name, file, kind)
			}
			checks++
		}
		for _, file := range []string{"records.log", "lock", "run.json", "result.json"} {
			check("sweep", file, append(sweepArgs, "DIR")...)
			check("train", file, append(trainArgs, "DIR", "--resume")...)
		}
		check("train", "checkpoint", append(trainArgs, "DIR", "--resume")...)
		check("train figure", "result.json", "figure", "training", "DIR", "--probe", "mu", "--out", filepath.Join(t.TempDir(), "x.svg"))
		for _, file := range []string{"records.log", "run.json", "result.json", "manifest.json", "environment.json", "data/few.json", "claims.csv"} {
			for _, args := range [][]string{{"report", "DIR", "--quiet"}, {"export", "DIR", "--out", filepath.Join(t.TempDir(), "out")}, {"merge", "DIR", "--out", filepath.Join(t.TempDir(), "out")}} {
				if file == "run.json" && args[0] == "merge" && kind == "dangling link" {
					continue // then it is no shard
				}
				check(args[0], file, args...)
			}
		}
		if kind != "folder" {
			check("report", "report", "report", "DIR", "--quiet")
			check("merge", "merged", "merge", "DIR")
		}
	}
	if least := 60; checks < least {
		t.Errorf("%d checks, expected at least %d", checks, least)
	}
}

// copied copies a folder without subfolders.
func copied(t *testing.T, dir string) string {
	t.Helper()
	out := t.TempDir()
	for name, text := range contentsOf(t, dir) {
		if err := os.WriteFile(filepath.Join(out, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// Whatever stands in a checkpoint, it is refused or it is the state of the
// session after it, which may lie beyond the preset's end.
func FuzzCheckpoint(f *testing.F) {
	preset, err := presetNamed("theory-full")
	if err != nil {
		f.Fatal(err)
	}
	instances, err := graph.Load(fewInstances(f))
	if err != nil {
		f.Fatal(err)
	}
	open := func(t testing.TB) sim.Session {
		session, err := sim.NewSession(*preset.sim, sim.Coconut, 1, 1, instances[:2])
		if err != nil {
			t.Fatal(err)
		}
		return session
	}
	state := open(f).State()
	f.Add(state, 0, byte(0))
	f.Add(state[:8], 0, byte(0))
	f.Add(state, 7, byte(0x80))
	f.Add(state, 15, byte(0x7f))
	f.Add(state, 1, byte(1))
	f.Fuzz(func(t *testing.T, text []byte, at int, change byte) {
		text = bytes.Clone(text)
		if at >= 0 && at < len(text) {
			text[at] ^= change
		}
		session := open(t)
		if session.Restore(text) != nil {
			return
		}
		if session.Done() < 0 || !bytes.Equal(session.State(), text) {
			t.Fatalf("restored step %d of %d, %d and %d bytes", session.Done(), session.Total(), len(text), len(session.State()))
		}
	})
}
