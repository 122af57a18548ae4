package sweep

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/prove"
	"muflow/theory"
)

// kind is the kind of run that a sweep is.
const kind = "sweep"

// Names of files in the folder of a sweep, beside those of runlog.
const (
	resultsName = "results.jsonl"
	dataFolder  = "data"
)

// dataFile is where a folder keeps a data set.
func dataFile(dataset string) string { return dataFolder + "/" + dataset + ".json" }

const schema = "muflow/sweep/1"

// A Result is the summary of a finished sweep or shard.
type Result struct {
	Schema  string         `json:"schema"`
	Config  Config         `json:"config"`
	Cells   int            `json:"cells"`
	Decided int            `json:"decided"` // cells with claims
	Trained int            `json:"trained"` // cells with a training
	Failed  int            `json:"failed"`  // cells without a result
	Summary map[string]int `json:"summary"` // verdicts of claims and trainings; a training without a band has none, a cell without a result is undecided
	Unbound int            `json:"trainings_without_band"`
	SHA256  string         `json:"results_sha256"` // of results.jsonl
}

// Run works through the cells of the shard that the folder does not hold yet,
// and finishes it: results.jsonl with one record a cell, the tables of
// WriteTables, the data, and a manifest of all files. A folder that is
// finished is left as it is. The files have the same bytes for any number of
// jobs and any number of interruptions, but for environment.json and its line
// in the manifest. When ctx ends, what was done is kept, and the error is that
// of ctx. Errors about the folder are those of runlog.Open.
func (s *Sweep) Run(ctx context.Context, dir string, resume bool, jobs int, environment runlog.Environment, progress runlog.Progress) (*Result, error) {
	cells := s.Cells()
	run, err := runlog.Open(dir, kind, s.config, resume, s.replay(cells))
	if err != nil {
		return nil, err
	}
	defer run.Close()
	if text, done := run.Result(); done {
		return parseResult(text)
	}
	err = runlog.Ordered(ctx, run.Records(), len(cells), jobs, progress, func(ctx context.Context, i int) (*Record, error) {
		return s.Compute(ctx, cells[i])
	}, func(_ int, r *Record) error { return run.AppendJSON(r) })
	if err != nil {
		return nil, err
	}
	return s.finish(run, environment)
}

// replay checks the records that a folder holds, which must be those of the
// first cells.
func (s *Sweep) replay(cells []Cell) func([]byte) error {
	held := 0
	return func(text []byte) error {
		if held >= len(cells) {
			return fmt.Errorf("%w: more records than cells", runlog.ErrDamaged)
		}
		held++
		return checkKey(text, cells[held-1].Key())
	}
}

// checkKey refuses a record of another cell.
func checkKey(text []byte, want string) error {
	var r struct {
		Key string `json:"key"`
	}
	if err := strict.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
	}
	if r.Key != want {
		return fmt.Errorf("%w: record of %q, expected %q", runlog.ErrDamaged, r.Key, want)
	}
	return nil
}

func parseResult(text []byte) (*Result, error) {
	out := &Result{}
	err := strict.Unmarshal(text, out)
	if err == nil && out.Schema != schema {
		err = fmt.Errorf("schema %q, expected %s", out.Schema, schema)
	}
	if err == nil {
		err = out.Config.parse()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runlog.ErrDamaged, err)
	}
	return out, nil
}

// finish writes the files of a folder whose log is complete.
func (s *Sweep) finish(run *runlog.Run, environment runlog.Environment) (*Result, error) {
	if err := run.Sync(); err != nil {
		return nil, err
	}
	dir := run.Dir()
	// What a process left in there that was killed here goes away.
	if err := os.RemoveAll(filepath.Join(dir, dataFolder)); err != nil {
		return nil, err
	}
	if err := runlog.MakeFolder(filepath.Join(dir, dataFolder)); err != nil {
		return nil, err
	}
	for _, d := range s.datasets {
		text, err := encodeData(d)
		if err != nil {
			return nil, err
		}
		if err := runlog.WriteIn(dir, dataFile(d.Name), text); err != nil {
			return nil, err
		}
	}
	out := &Result{Schema: schema, Config: s.config, Summary: prove.Summarise(nil)}
	err := runlog.ReplaceIn(dir, resultsName, func(w io.Writer) error {
		sum := sha256.New()
		w = io.MultiWriter(w, sum)
		err := run.Replay(func(text []byte) error {
			var r Record
			if err := strict.Unmarshal(text, &r); err != nil {
				return fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
			}
			out.count(&r)
			_, err := w.Write(append(bytes.Clone(text), '\n'))
			return err
		})
		out.SHA256 = hex.EncodeToString(sum.Sum(nil))
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := WriteTables(run.Replay, dir, "csv"); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, err
	}
	return out, run.Seal(append(text, '\n'), environment)
}

func (r *Result) count(x *Record) {
	r.Cells++
	if x.Failed != "" {
		r.Failed++
		r.Summary[theory.Undecided.String()]++
	}
	if x.Decided != nil {
		r.Decided++
		for verdict, n := range x.Decided.Summary {
			r.Summary[verdict] += n
		}
	}
	if x.Trained != nil {
		r.Trained++
		if x.Trained.Verdict == theory.Undecided {
			r.Unbound++
		} else {
			r.Summary[x.Trained.Verdict.String()]++
		}
	}
}
