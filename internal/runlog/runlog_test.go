package runlog

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The test binary is its own child: with this variable it works in the folder
// that the variable names until it is killed.
const childVariable = "RUNLOG_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		err := child(dir)
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

type entry struct {
	Index int    `json:"index"`
	Text  string `json:"text"`
}

// filler is a text that depends on the index, up to 20 kB long.
func filler(i int) string { return strings.Repeat(string(rune('a'+i%26)), (i*7919)%20_000) }

type settings struct {
	Name string `json:"name"`
	Size int    `json:"size"`
}

// child appends entries to the run in a folder and replaces a file beside it,
// and says on standard output which Append returned, until it is killed.
func child(dir string) error {
	run, err := Open(dir, "test", settings{"kill", 3}, true, nil)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(os.Stdout, 16)
	err = Ordered(context.Background(), run.records, 1<<40, 2, nil,
		func(_ context.Context, i int) (entry, error) { return entry{i, filler(i)}, nil },
		func(i int, e entry) error {
			if err := run.AppendJSON(e); err != nil {
				return err
			}
			fmt.Fprintf(out, "%d\n", i)
			out.Flush()
			if i%5 > 0 {
				return nil
			}
			return WriteFile(filepath.Join(filepath.Dir(dir), "state"), []byte(fmt.Sprintf("%d %s", i, filler(i))))
		})
	return errors.Join(err, run.Close())
}

func TestKilledAtAnyMoment(t *testing.T) {
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1)) // moments cannot be repeated anyway
	dir := filepath.Join(t.TempDir(), "run")
	rounds := 16
	if testing.Short() {
		rounds = 8
	}
	if err := errors.Join(os.Mkdir(dir, 0o777), WriteFile(filepath.Join(filepath.Dir(dir), "state"), []byte("0 "))); err != nil {
		t.Fatal(err)
	}
	torn, before := 0, 0
	for round := range rounds {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), childVariable+"="+dir)
		pipe, err := process.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var problem bytes.Buffer
		process.Stderr = &problem
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		said := make(chan string, 1)
		first := make(chan struct{})
		go func() {
			r := bufio.NewReader(pipe)
			head, _ := r.ReadString('\n')
			close(first)
			rest, _ := io.ReadAll(r)
			said <- head + string(rest)
		}()
		select {
		case <-first:
		case <-time.After(time.Minute):
			t.Errorf("round %d: the child says nothing", round)
		}
		if round == 0 {
			if _, err := Open(dir, "test", settings{"kill", 3}, true, nil); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint(process.Process.Pid)) {
				t.Errorf("a folder in which process %d works: %v", process.Process.Pid, err)
			}
		}
		time.Sleep(time.Duration(rng.IntN(30_000)) * time.Microsecond)
		process.Process.Kill()
		process.Wait()
		acknowledged := -1
		for _, line := range strings.Split(<-said, "\n") {
			fmt.Sscan(line, &acknowledged)
		}
		next := 0
		check := func(record []byte) error {
			var e entry
			if err := json.Unmarshal(record, &e); err != nil {
				return err
			}
			if e.Index != next || e.Text != filler(next) {
				return fmt.Errorf("entry %d where %d is expected", e.Index, next)
			}
			next++
			return nil
		}
		if round%3 == 0 { // a write cut short, as kill -9 can leave it
			f, err := os.OpenFile(filepath.Join(dir, logName), os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(f, "%s {\"index\":", checksum([]byte("x")))
			f.Close()
		}
		run, err := Open(dir, "test", settings{"kill", 3}, true, check)
		if err != nil {
			t.Fatalf("round %d: %v\nchild: %s", round, err, problem.String())
		}
		if next <= acknowledged || next <= before || run.records != next {
			t.Fatalf("round %d: %d records, %d acknowledged, %d before; child: %s", round, next, acknowledged+1, before, problem.String())
		}
		if run.dropped > 0 {
			torn++
		}
		before = next
		state, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "state"))
		var i int
		if err == nil {
			_, err = fmt.Sscan(string(state), &i)
		}
		if err != nil || string(state) != fmt.Sprintf("%d %s", i, filler(i)) {
			t.Fatalf("round %d: the file is torn: %.40q (%v)", round, state, err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, temporaryPrefix+"*")); len(left) > 0 {
			t.Errorf("round %d: unfinished files %v stay", round, left)
		}
		if err := run.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if torn < rounds/3 {
		t.Errorf("%d torn records in %d rounds", torn, rounds)
	}
}

// fill writes n records to a log and returns its bytes.
func fill(t *testing.T, name string, n int) []byte {
	t.Helper()
	l, err := OpenLog(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := l.Append([]byte(fmt.Sprintf("record %d", i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Every length of the file gives the whole records, and the log goes on.
func TestLogCutAnywhere(t *testing.T) {
	dir := t.TempDir()
	whole := fill(t, filepath.Join(dir, "whole"), 3)
	for length := range len(whole) + 1 {
		name := filepath.Join(dir, "cut")
		if err := os.WriteFile(name, whole[:length], 0o644); err != nil {
			t.Fatal(err)
		}
		want := bytes.Count(whole[:length], []byte("\n"))
		read := 0
		if err := ReadLog(name, func([]byte) error { read++; return nil }); err != nil || read != want {
			t.Fatalf("%d bytes: %d records read, expected %d (%v)", length, read, want, err)
		}
		l, err := OpenLog(name, nil)
		if err != nil || l.records != want {
			t.Fatalf("%d bytes: %v", length, err)
		}
		for i := want; i < 3; i++ {
			if err := l.Append([]byte(fmt.Sprintf("record %d", i))); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(name); err != nil || !bytes.Equal(text, whole) {
			t.Fatalf("%d bytes: after going on the log is %q", length, text)
		}
	}
}

// Any changed byte is an error, if a whole record follows, or costs the last
// record, or two if it joins them; it never changes what a record says.
func TestLogDamagedAnywhere(t *testing.T) {
	dir := t.TempDir()
	whole := fill(t, filepath.Join(dir, "whole"), 4)
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	for at := range whole {
		for _, flip := range []byte{1, 0x80} {
			text := bytes.Clone(whole)
			text[at] ^= flip
			name := filepath.Join(dir, "damaged")
			if err := os.WriteFile(name, text, 0o644); err != nil {
				t.Fatal(err)
			}
			read := 0
			l, err := OpenLog(name, func(record []byte) error {
				if want := fmt.Sprintf("record %d", read); string(record) != want {
					t.Errorf("byte %d: %q, expected %q", at, record, want)
				}
				read++
				return nil
			})
			if at < last-1 {
				if kept, _ := os.ReadFile(name); err == nil || !bytes.Equal(kept, text) {
					t.Errorf("byte %d of %d: damage before whole records gives error %v, or changed the file", at, len(whole), err)
				}
			} else if want := 2 + min(at-last+1, 1); err != nil || read != want || l.dropped == 0 {
				t.Errorf("byte %d of %d: %d records, %v", at, len(whole), read, err)
			}
			if err == nil {
				l.Close()
			}
		}
	}
}

func TestLogRefuses(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	l, err := OpenLog(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.Append([]byte("a\nb")) == nil || l.Append(make([]byte, MaxRecord+1)) == nil {
		t.Error("a record with a line feed, or too long, was taken")
	}
	for _, record := range []string{"", " ", "ü", strings.Repeat("x", 1<<17)} {
		if err := l.Append([]byte(record)); err != nil {
			t.Error(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if l.Append(nil) == nil {
		t.Error("a closed log took a record")
	}
	stop := errors.New("stop")
	if _, err := OpenLog(name, func([]byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of replay is lost: %v", err)
	}
	if _, err := OpenLog(t.TempDir(), nil); err == nil {
		t.Error("a folder was opened as a log")
	}
	if l, err = OpenLog(name, nil); err != nil || l.records != 4 {
		t.Error(err)
	}
	l.Close()
}

func TestFoldersOfRuns(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "a", "b")
	run, err := Open(dir, "test", settings{"x", 1}, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, "test", settings{"x", 1}, true, nil); !errors.Is(err, ErrLocked) {
		t.Errorf("a run that is open: %v", err)
	}
	if err := run.AppendJSON(map[string]int{"i": 0}); err != nil {
		t.Error(err)
	}
	if _, done := run.Result(); done || run.Close() != nil {
		t.Error("a new run is finished, or does not close")
	}
	for _, test := range []struct {
		kind   string
		config settings
		resume bool
		want   error
		text   string
	}{
		{"test", settings{"x", 1}, false, ErrUsed, dir},
		{"test", settings{"x", 2}, true, ErrConfig, `"size" is 1 and 2`},
		{"other", settings{"x", 1}, true, ErrConfig, `"other"`},
		{"test", settings{"x", 1}, true, nil, ""},
	} {
		run, err := Open(dir, test.kind, test.config, test.resume, nil)
		if !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), test.text) {
			t.Errorf("%+v: %v", test, err)
		}
		if err == nil {
			if run.records != 1 || run.Finish([]byte("result\n")) != nil || run.Close() != nil {
				t.Error("the record is lost, or the run does not finish")
			}
		}
	}
	run, err = Open(dir, "test", settings{"x", 1}, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, done := run.Result(); !done || string(text) != "result\n" {
		t.Errorf("result %q, %v", text, done)
	}
	run.Close()

	foreign := filepath.Join(root, "foreign")
	os.Mkdir(foreign, 0o777)
	os.WriteFile(filepath.Join(foreign, "thesis.tex"), nil, 0o644)
	for _, resume := range []bool{false, true} {
		if _, err := Open(foreign, "test", 1, resume, nil); !errors.Is(err, ErrForeign) {
			t.Errorf("a folder with another file: %v", err)
		}
		empty := filepath.Join(root, fmt.Sprint("empty", resume))
		os.Mkdir(empty, 0o777)
		if run, err := Open(empty, "test", 1, resume, nil); err != nil {
			t.Errorf("an empty folder: %v", err)
		} else {
			run.Close()
		}
	}
	if entries, _ := os.ReadDir(foreign); len(entries) != 1 {
		t.Error("a refused folder was written to")
	}
	if _, err := Open(filepath.Join(foreign, "thesis.tex"), "test", 1, true, nil); err == nil {
		t.Error("a file was opened as a run")
	}
}

func TestReplaceKeepsTheOldFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	if err := WriteFile(name, []byte("old")); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	err := Replace(name, func(w io.Writer) error {
		w.Write(make([]byte, 1<<20))
		return stop
	})
	if text, _ := os.ReadFile(name); !errors.Is(err, stop) || string(text) != "old" {
		t.Errorf("a failed write left %.10q (%v)", text, err)
	}
	link := filepath.Join(dir, "link")
	if os.Symlink(name, link) == nil {
		if err := WriteFile(link, []byte("new")); err != nil {
			t.Error(err)
		}
		if text, _ := os.ReadFile(name); string(text) != "new" {
			t.Errorf("through a link: %q", text)
		}
	}
	if err := WriteFile(dir, nil); err == nil {
		t.Error("a folder was replaced")
	}
	if err := WriteFile(filepath.Join(dir, "none", "file"), nil); err == nil || !strings.Contains(err.Error(), filepath.Join("none", "file")) {
		t.Errorf("a missing folder: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 2 {
		t.Errorf("%d files are left", len(entries))
	}
}

func TestWriteFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	var files []File
	for i := range 100 {
		files = append(files, File{fmt.Sprintf("%d.txt", i), []byte(filler(i))})
	}
	for range 2 { // new, then again over the old ones
		if err := WriteFiles(dir, files); err != nil {
			t.Fatal(err)
		}
	}
	for i, f := range files {
		if text, err := os.ReadFile(filepath.Join(dir, f.Name)); err != nil || string(text) != filler(i) {
			t.Errorf("file %d: %.20q (%v)", i, text, err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != len(files) {
		t.Errorf("%d files, expected %d", len(entries), len(files))
	}
	if WriteFiles(filepath.Join(dir, "0.txt"), files) == nil || WriteFiles(dir, []File{{"x/y", nil}}) == nil {
		t.Error("a file was taken for a folder")
	}
}

// An extended run has the other configuration, its records and no result; a run
// of another configuration, or one in use, is left as it is.
func TestExtend(t *testing.T) {
	type config struct{ Steps int }
	dir := filepath.Join(t.TempDir(), "run")
	open := func(steps int) (records []string, done bool, err error) {
		run, err := Open(dir, "train", config{steps}, true, func(text []byte) error { records = append(records, string(text)); return nil })
		if err != nil {
			return nil, false, err
		}
		_, done = run.Result()
		if !done {
			err = errors.Join(run.Append([]byte(fmt.Sprint("until ", steps))), run.Finish([]byte("{}")))
		}
		return records, done, errors.Join(err, run.Close())
	}
	if _, _, err := open(3); err != nil {
		t.Fatal(err)
	}
	fine, broken := func() error { return nil }, errors.New("broken")
	if err := Extend(dir, "train", config{3}, config{9}, func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a folder that does not pass: %v", err)
	}
	if err := Extend(dir, "train", config{2}, config{9}, fine); !errors.Is(err, ErrConfig) {
		t.Errorf("another configuration: %v", err)
	}
	if err := Extend(dir, "sweep", config{3}, config{9}, fine); !errors.Is(err, ErrConfig) {
		t.Errorf("another kind: %v", err)
	}
	if _, done, err := open(3); !done || err != nil {
		t.Errorf("a refused extension changed the run: %v, %v", done, err)
	}
	held, err := Open(dir, "train", config{3}, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := Extend(dir, "train", config{3}, config{9}, fine); !errors.Is(err, ErrLocked) {
		t.Errorf("a run in use: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Extend(dir, "train", config{3}, config{9}, fine); err != nil {
		t.Fatal(err)
	}
	if _, _, err := open(3); !errors.Is(err, ErrConfig) {
		t.Errorf("the old configuration: %v", err)
	}
	if records, done, err := open(9); err != nil || done || len(records) != 1 || records[0] != "until 3" {
		t.Errorf("extended: %q, %v, %v", records, done, err)
	}
	if records, done, err := open(9); err != nil || !done || len(records) != 2 {
		t.Errorf("extended and finished: %q, %v, %v", records, done, err)
	}
}
