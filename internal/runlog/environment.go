package runlog

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const environmentSchema = "muflow/environment/1"

// An Environment tells where and how a folder was finished. It is all that
// differs between two folders of one run.
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
	Started   time.Time `json:"started"`  // when the process that finished the folder opened it
	Finished  time.Time `json:"finished"` // when it began to write the files
	Held      int       `json:"records_from_before"`
}

// NewEnvironment describes this machine and process.
func NewEnvironment(command []string, version, revision string, jobs int) Environment {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return Environment{Schema: environmentSchema, Command: command, Version: version, Revision: revision, Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Processor: processor(), Cores: runtime.NumCPU(), Host: host, Jobs: jobs}
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
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return WriteFile(name, append(text, '\n'))
}

// readEnvironment reads what a finished folder says about its making.
func readEnvironment(dir string) (*Environment, error) {
	text, err := os.ReadFile(filepath.Join(dir, environmentName))
	if err != nil {
		return nil, err
	}
	e := &Environment{}
	if err := json.Unmarshal(text, e); err != nil || e.Schema != environmentSchema {
		return nil, fmt.Errorf("%s: %w: %s is not what it should be", dir, ErrDamaged, environmentName)
	}
	return e, nil
}
