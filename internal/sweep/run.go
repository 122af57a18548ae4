package sweep

import (
	"context"
	"fmt"
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
	return s.plan().run(ctx, dir, resume, jobs, environment, progress)
}

func (s *Sweep) plan() *plan[Record, Result] {
	count, cell := s.cells()
	return &plan[Record, Result]{kind: kind, config: s.config, keys: keys{count, func(i int) string { return cell(i).Key() }}, parse: parseResult, finish: s.finish,
		compute: func(ctx context.Context, i int) (*Record, error) { return s.Compute(ctx, cell(i)) }}
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
	err := seal(run, out, &out.SHA256, out.count, func() error {
		_, err := WriteTables(run.Replay, dir, "csv")
		return err
	}, environment)
	return out, err
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
