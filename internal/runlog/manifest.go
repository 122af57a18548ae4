package runlog

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"muflow/internal/strict"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Names of the files of a sealed folder.
const (
	environmentName = "environment.json"
	manifestName    = "manifest.json"
	manifestSchema  = "muflow/manifest/1"
)

// ErrDamaged says that a folder does not hold what its run can have written.
var ErrDamaged = errors.New("the folder is damaged")

// A Manifest lists the files of a finished folder.
type Manifest struct {
	Schema string  `json:"schema"`
	Files  []Entry `json:"files"` // by name
}

// An Entry is one file of a manifest.
type Entry struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Seal is Finish for a folder that people take away: it also writes how and
// where the folder was made, and a manifest with the SHA-256 of every file.
func (r *Run) Seal(text []byte, environment Environment) error {
	if err := r.Sync(); err != nil {
		return err
	}
	environment.Started, environment.Finished, environment.Held = r.started, time.Now().UTC(), r.held
	if err := writeJSON(r.dir, environmentName, environment); err != nil {
		return err
	}
	if err := writeManifest(r.dir, text); err != nil {
		return err
	}
	return r.Finish(text)
}

// writeManifest lists the regular files of a folder with names that CheckName
// takes, its own and the lock excepted, and the result that is about to be
// written.
func writeManifest(dir string, result []byte) error {
	coming := Entry{resultName, int64(len(result)), fmt.Sprintf("%x", sha256.Sum256(result))}
	m := Manifest{Schema: manifestSchema, Files: []Entry{coming}}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if _, strange := Within(dir, name); strange != nil || name == resultName || name == manifestName || name == lockName {
			return nil
		}
		entry, err := entryOf(dir, name)
		m.Files = append(m.Files, entry)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(m.Files, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return writeJSON(dir, manifestName, m)
}

func entryOf(dir, name string) (Entry, error) {
	f, err := openIn(dir, name, os.O_RDONLY)
	if err != nil {
		return Entry{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return Entry{name, n, fmt.Sprintf("%x", sum.Sum(nil))}, err
}

// CheckManifest compares the files of a finished folder with its manifest.
// Files that the manifest does not name are not looked at.
func CheckManifest(dir string) (*Manifest, error) {
	text, err := ReadIn(dir, manifestName, MaxDocument)
	if err != nil {
		return nil, err
	}
	m := &Manifest{}
	if err := strict.Unmarshal(text, m); err != nil || m.Schema != manifestSchema || len(m.Files) == 0 {
		return nil, fmt.Errorf("%s: %w: %s is not a manifest", dir, ErrDamaged, manifestName)
	}
	for _, want := range m.Files {
		have, err := entryOf(dir, want.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w: %s is missing", dir, ErrDamaged, want.Name)
		}
		if err != nil {
			return nil, err
		}
		if have != want {
			return nil, fmt.Errorf("%s: %w: %s is not the file of the manifest", dir, ErrDamaged, want.Name)
		}
	}
	return m, nil
}

// A Saved is a finished folder, open for reading.
type Saved struct {
	Dir         string
	Kind        string
	Config      json.RawMessage
	Result      []byte
	Manifest    *Manifest
	Environment Environment
}

// ErrNoRun says that a folder is not one of a run.
var ErrNoRun = errors.New("the folder does not hold a run")

// ErrUnfinished says that the run in a folder is not finished.
var ErrUnfinished = errors.New("the run is not finished")

// ErrKind says that the run in a folder is of another kind than was asked for.
var ErrKind = errors.New("a run of another command")

// ConfigOf reads the configuration of the run in a folder, finished or not, of
// one of some kinds, any if none is named.
func ConfigOf(dir string, kinds ...string) (json.RawMessage, error) {
	have, err := headerOf(dir, kinds)
	return have.Config, err
}

// below says which folders in one are of runs.
func below(dir string) string {
	headers, _ := fs.Glob(os.DirFS(dir), "*/"+headerName) // the pattern is one
	if len(headers) == 0 {
		return ""
	}
	for i, file := range headers {
		headers[i] = path.Dir(file)
	}
	return fmt.Sprintf("; folders in it do: %s", strings.Join(headers[:min(3, len(headers))], ", "))
}

func headerOf(dir string, kinds []string) (have header, err error) {
	text, err := ReadIn(dir, headerName, MaxDocument)
	if errors.Is(err, fs.ErrNotExist) {
		return have, fmt.Errorf("%s: %w%s", dir, ErrNoRun, below(dir))
	}
	if err != nil {
		return have, err
	}
	if err := strict.Unmarshal(text, &have); err != nil || have.Schema != headerSchema {
		return have, fmt.Errorf("%s: %w: %s is not the header of a run", dir, ErrDamaged, headerName)
	}
	if len(kinds) > 0 && !slices.Contains(kinds, have.Kind) {
		return have, fmt.Errorf("%s: %w: made by %.40q, expected %s", dir, ErrKind, have.Kind, strings.Join(kinds, " or "))
	}
	return have, nil
}

// ReadSealed opens a folder of one of some kinds, any if none is named, that
// Seal has finished, and compares its files with the manifest.
func ReadSealed(dir string, kinds ...string) (*Saved, error) {
	have, err := headerOf(dir, kinds)
	if err != nil {
		return nil, err
	}
	out := &Saved{Dir: dir, Kind: have.Kind, Config: have.Config}
	out.Result, err = ReadIn(dir, resultName, MaxDocument)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", dir, ErrUnfinished)
	}
	if err != nil {
		return nil, err
	}
	if out.Manifest, err = CheckManifest(dir); err != nil {
		return nil, err
	}
	text, err := ReadIn(dir, environmentName, MaxDocument)
	if err != nil {
		return nil, err
	}
	if err := strict.Unmarshal(text, &out.Environment); err != nil || out.Environment.Schema != environmentSchema {
		return nil, fmt.Errorf("%s: %w: %s is not what it should be", dir, ErrDamaged, environmentName)
	}
	return out, nil
}

// Records gives the records of the folder to replay, see ReadLog.
func (s *Saved) Records(replay func(record []byte) error) error {
	return Replay(s.Dir, replay)
}
