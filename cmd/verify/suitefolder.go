package main

import (
	"encoding/json"

	"muflow/internal/report"
	"muflow/internal/runlog"
)

// A suiteFolder keeps the results of the main job; the zero value keeps
// nothing.
type suiteFolder struct {
	run         *runlog.Run
	environment runlog.Environment
}

// openSuite takes a new folder before the work begins.
func openSuite(dir string, seed uint64, jobs int) (*suiteFolder, error) {
	if dir == "" {
		return &suiteFolder{}, nil
	}
	config := struct {
		Version string `json:"version"`
		Seed    uint64 `json:"seed"`
		Digits  int    `json:"digits"`
	}{version, seed, suiteDigits}
	run, err := runlog.Open(dir, report.SuiteKind, config, true, nil)
	if err != nil {
		return nil, runError(err)
	}
	if _, done := run.Result(); done {
		return nil, usagef("%s: %v", dir, firstError(runlog.ErrUsed, run.Close()))
	}
	return &suiteFolder{run, environment(jobs)}, nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// seal writes the results.
func (f *suiteFolder) seal(result any) error {
	if f.run == nil {
		return nil
	}
	text, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	return f.run.Seal(append(text, '\n'), f.environment)
}

// close gives the folder up. What matters was synced by seal.
func (f *suiteFolder) close() {
	if f.run != nil {
		f.run.Close()
	}
}
