package runlog

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Names of the files of a sealed folder.
const (
	environmentName = "environment.json"
	manifestName    = "manifest.json"
)

// ErrDamaged says that a folder does not hold what its run can have written.
var ErrDamaged = errors.New("the folder is damaged")

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

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
	if err := environment.write(r.path(environmentName)); err != nil {
		return err
	}
	if err := writeManifest(r.dir, map[string][]byte{resultName: text}); err != nil {
		return err
	}
	return r.Finish(text)
}

// writeManifest lists the files of a folder, its own and the lock excepted,
// and those that are about to be written.
func writeManifest(dir string, coming map[string][]byte) error {
	m := Manifest{Schema: "muflow/manifest/1"}
	for name, text := range coming {
		m.Files = append(m.Files, Entry{name, int64(len(text)), digest(text)})
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if _, later := coming[name]; later || name == manifestName || name == lockName {
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
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(dir, manifestName), append(text, '\n'))
}

func entryOf(dir, name string) (Entry, error) {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return Entry{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return Entry{name, n, hex.EncodeToString(sum.Sum(nil))}, err
}

// CheckManifest compares the files of a finished folder with its manifest.
// Files that the manifest does not name are not looked at.
func CheckManifest(dir string) (*Manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return nil, err
	}
	m := &Manifest{}
	if err := json.Unmarshal(text, m); err != nil || m.Schema != "muflow/manifest/1" || len(m.Files) == 0 {
		return nil, fmt.Errorf("%s: %w: %s is not a manifest", dir, ErrDamaged, manifestName)
	}
	for _, want := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(want.Name)) {
			return nil, fmt.Errorf("%s: %w: the manifest names %q", dir, ErrDamaged, want.Name)
		}
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
	Environment Environment
}

// ErrUnfinished says that the run in a folder is not finished.
var ErrUnfinished = errors.New("the run is not finished")

// ReadSealed opens a folder that Seal has finished and compares its files with
// the manifest.
func ReadSealed(dir string) (*Saved, error) {
	text, err := os.ReadFile(filepath.Join(dir, headerName))
	if err != nil {
		return nil, err
	}
	var have header
	if err := json.Unmarshal(text, &have); err != nil || have.Schema != headerSchema {
		return nil, fmt.Errorf("%s: %w: %s is not the header of a run", dir, ErrDamaged, headerName)
	}
	out := &Saved{Dir: dir, Kind: have.Kind, Config: have.Config}
	out.Result, err = os.ReadFile(filepath.Join(dir, resultName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", dir, ErrUnfinished)
	}
	if err != nil {
		return nil, err
	}
	if _, err := CheckManifest(dir); err != nil {
		return nil, err
	}
	environment, err := readEnvironment(dir)
	if err != nil {
		return nil, err
	}
	out.Environment = *environment
	return out, nil
}

// Records gives the records of the folder to replay, see ReadLog.
func (s *Saved) Records(replay func(record []byte) error) error {
	return ReadLog(filepath.Join(s.Dir, logName), replay)
}
