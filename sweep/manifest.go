package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"muflow/runlog"
)

// Names that runlog gives to files in the folder of a run.
const (
	headerName   = "run.json"
	logName      = "records.log"
	lockName     = "lock"
	resultName   = "result.json"
	manifestName = "manifest.json"
)

// An Environment tells where and how a folder was finished. It is all that
// differs between two folders of one sweep.
type Environment struct {
	Schema    string    `json:"schema"`
	Command   []string  `json:"command"`
	Version   string    `json:"version"`
	Revision  string    `json:"revision,omitempty"`
	Go        string    `json:"go"`
	Platform  string    `json:"platform"`
	Processor string    `json:"processor,omitempty"`
	Cores     int       `json:"cores"`
	Host      string    `json:"host,omitempty"`
	Jobs      int       `json:"jobs"`
	Started   time.Time `json:"started"`  // of the process that finished the folder
	Finished  time.Time `json:"finished"` // when it began to write the files
	Held      int       `json:"cells_from_before"`
}

// NewEnvironment describes this machine and process.
func NewEnvironment(command []string, version, revision string, jobs int) Environment {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return Environment{Schema: "muflow/environment/1", Command: command, Version: version, Revision: revision, Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Processor: processor(), Cores: runtime.NumCPU(), Host: host, Jobs: jobs, Started: time.Now().UTC()}
}

// processor returns the name of the processor where Linux tells it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (e Environment) write(name string) error {
	e.Finished = time.Now().UTC()
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return runlog.WriteFile(name, append(text, '\n'))
}

// A summer hashes what it hands on.
type summer struct {
	io.Writer
	sum hash.Hash
}

func newSummer(w io.Writer) summer {
	sum := sha256.New()
	return summer{io.MultiWriter(w, sum), sum}
}

func (s summer) hex() string { return hex.EncodeToString(s.sum.Sum(nil)) }

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
	return runlog.WriteFile(filepath.Join(dir, manifestName), append(text, '\n'))
}

func entryOf(dir, name string) (Entry, error) {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return Entry{}, err
	}
	defer f.Close()
	sum := newSummer(io.Discard)
	n, err := io.Copy(sum, f)
	return Entry{name, n, sum.hex()}, err
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
