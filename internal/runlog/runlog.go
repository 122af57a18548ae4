// Package runlog is what long commands share: folders of runs, a log that
// survives the death of the process at any moment, atomic files, a lock that a
// dead process gives up, and maps on several workers whose results come in the
// order of their indices. It imports nothing else of the project.
//
// A command works through a list of units that each depend on their index and
// on the configuration only, and appends one record a unit:
//
//	run, err := runlog.Open(dir, "exhaust", config, resume, func(record []byte) error { … })
//	defer run.Close()
//	if text, done := run.Result(); done { … }
//	err = runlog.Ordered(ctx, first, last, jobs, progress, work, func(i int, r T) error { return run.AppendJSON(r) })
//	err = run.Finish(text)
//
// After kill -9 the folder holds a whole number of records, from the first
// unit on without a gap, and every record whose Append returned. After a power
// failure it is so up to the last Sync, see Log.
package runlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"muflow/internal/strict"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Names of the files in the folder of a run.
const (
	headerName = "run.json"
	logName    = "records.log"
	lockName   = "lock"
	resultName = "result.json"
)

const headerSchema = "muflow/run/1"

// Errors that tell why a folder was refused, for errors.Is.
var (
	ErrUsed    = errors.New("the folder holds a run already")
	ErrForeign = errors.New("the folder holds other files and no run")
	ErrConfig  = errors.New("the folder holds a run with another configuration")
	ErrLocked  = errors.New("another process works in the folder")
)

// A Run is the folder of one long command, open for one process.
type Run struct {
	*Log
	dir    string
	lock   *Lock
	result []byte
	done   bool

	started time.Time // of Open
	held    int       // records at that time
}

type header struct {
	Schema string          `json:"schema"`
	Kind   string          `json:"kind"`
	Config json.RawMessage `json:"config"`
}

// Open starts a run in a folder that is missing or empty, or resumes one. kind
// names the command; config, written as JSON, is all that its results depend
// on, and a resumed run must have the same. replay, which may be nil, is given
// the records that are there, in the order in which they were appended; its
// argument is valid during the call only.
//
// A folder with a run is ErrUsed without resume, ErrConfig with another kind
// or configuration; one with other files is ErrForeign; one in which another
// living process works is ErrLocked. Nothing is written in these cases.
func Open(dir, kind string, config any, resume bool, replay func(record []byte) error) (*Run, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	if err := checkFolder(dir, resume); err != nil {
		return nil, err
	}
	if err := MakeFolder(dir); err != nil {
		return nil, err
	}
	lock, err := Acquire(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	run := &Run{dir: dir, lock: lock, started: time.Now().UTC()}
	if err := run.open(kind, text, resume, replay); err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return run, nil
}

// checkFolder refuses a folder that Open must not touch.
func checkFolder(dir string, resume bool) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	other := ""
	for _, e := range entries {
		switch name := e.Name(); {
		case name == headerName && !resume:
			return fmt.Errorf("%s: %w", dir, ErrUsed)
		case name == headerName:
			return nil
		case name != lockName && !strings.HasPrefix(name, temporaryPrefix):
			other = name
		}
	}
	if other != "" {
		return fmt.Errorf("%s: %w (%s)", dir, ErrForeign, other)
	}
	return nil
}

func (r *Run) open(kind string, config []byte, resume bool, replay func([]byte) error) error {
	if err := checkFolder(r.dir, resume); err != nil { // again: now nobody else can change it
		return err
	}
	want := header{headerSchema, kind, config}
	text, err := ReadIn(r.dir, headerName, MaxDocument)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := writeJSON(r.dir, headerName, want); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		if err := sameHeader(text, want); err != nil {
			return fmt.Errorf("%s: %w", r.dir, err)
		}
	}
	if err := RemoveTemporaries(r.dir); err != nil {
		return err
	}
	r.result, err = ReadIn(r.dir, resultName, MaxDocument)
	if r.done = err == nil; !r.done && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if r.Log, err = OpenLog(r.path(logName), replay); err == nil {
		r.held = r.records
	}
	return err
}

// sameHeader compares the header of a folder with the one that is wanted.
func sameHeader(text []byte, want header) error {
	var have header
	if err := strict.Unmarshal(text, &have); err != nil || have.Schema != headerSchema {
		return fmt.Errorf("%s is not the header of a run", headerName)
	}
	if have.Kind != want.Kind {
		return fmt.Errorf("%w: it was made by %q, expected %q", ErrConfig, have.Kind, want.Kind)
	}
	if what := Difference(have.Config, want.Config); what != "" {
		return fmt.Errorf("%w: there and here %s", ErrConfig, what)
	}
	return nil
}

// Difference says in which key two JSON objects differ, nothing if in none.
func Difference(a, b json.RawMessage) string {
	var x, y bytes.Buffer
	if json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes()) {
		return ""
	}
	var left, right map[string]json.RawMessage
	if strict.Unmarshal(x.Bytes(), &left) == nil && strict.Unmarshal(y.Bytes(), &right) == nil {
		names := slices.AppendSeq(slices.Collect(maps.Keys(left)), maps.Keys(right))
		slices.Sort(names)
		for _, name := range names {
			if !bytes.Equal(left[name], right[name]) {
				return fmt.Sprintf("%.40q is %s and %s", name, orAbsent(left[name]), orAbsent(right[name]))
			}
		}
	}
	return "the whole text differs"
}

func orAbsent(value json.RawMessage) string {
	switch most := 60; {
	case len(value) == 0:
		return "absent"
	case len(value) > most:
		return string(value[:most]) + "…"
	}
	return string(value)
}

// Dir returns the folder.
func (r *Run) Dir() string { return r.dir }

func (r *Run) path(name string) string { return filepath.Join(r.dir, name) }

// AppendJSON appends one record, written as JSON.
func (r *Run) AppendJSON(record any) error {
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return r.Append(text)
}

// Result returns what Finish kept, if the run is finished.
func (r *Run) Result() (text []byte, done bool) { return r.result, r.done }

// Finish syncs the log, keeps the final result in the folder and marks the
// run as finished.
func (r *Run) Finish(text []byte) error {
	if err := r.Sync(); err != nil {
		return err
	}
	if err := WriteIn(r.dir, resultName, text); err != nil {
		return err
	}
	r.result, r.done = slices.Clone(text), true
	return nil
}

// Replay gives the records of the run to a function, see ReadLog.
func (r *Run) Replay(record func(text []byte) error) error {
	return Replay(r.dir, record)
}

// Replay gives the records of the run in a folder to a function, see ReadLog.
func Replay(dir string, record func(text []byte) error) error {
	return ReadLog(filepath.Join(dir, logName), record)
}

// Close syncs and closes the log and gives up the lock.
func (r *Run) Close() error { return errors.Join(r.Log.Close(), r.lock.Release()) }

// Extend gives the run in a folder another configuration, under which all that
// it holds stands, and takes its final result away. from must be the present
// one: else that is ErrConfig. Before anything is changed check looks at what the
// folder holds. Where the process dies meanwhile the folder holds a run of one of
// the two that is not finished.
func Extend(dir, kind string, from, to any, check func() error) error {
	var texts [2][]byte
	for i, config := range []any{from, to} {
		var err error
		if texts[i], err = json.Marshal(config); err != nil {
			return err
		}
	}
	lock, err := Acquire(filepath.Join(dir, lockName))
	if err != nil {
		return err
	}
	change := func() error {
		text, err := ReadIn(dir, headerName, MaxDocument)
		if err != nil {
			return err
		}
		if err := sameHeader(text, header{headerSchema, kind, texts[0]}); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		if err := check(); err != nil {
			return err
		}
		if err := os.Remove(filepath.Join(dir, resultName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return writeJSON(dir, headerName, header{headerSchema, kind, texts[1]})
	}
	return errors.Join(change(), lock.Release())
}

// FoldersIn lists the folders of runs among some folders and, of each that is none,
// the folders of runs in it but for one name.
func FoldersIn(dirs []string, except string) ([]string, error) {
	isRun := func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, headerName))
		return err == nil
	}
	var names []string
	for _, dir := range dirs {
		if isRun(dir) {
			names = append(names, dir)
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		before := len(names)
		for _, e := range entries {
			if inner := filepath.Join(dir, e.Name()); e.Name() != except && isRun(inner) {
				names = append(names, inner)
			}
		}
		if len(names) == before {
			return nil, fmt.Errorf("%s: there is no shard of a run", dir)
		}
	}
	return names, nil
}
