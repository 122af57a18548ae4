package report

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"muflow/graph"
	"muflow/internal/compare"
	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/internal/sweep"
	"muflow/prove"
	"muflow/theory"
)

// SuiteKind and SweepKind are the kinds of folders that Load reads.
const (
	SuiteKind = compare.SuiteKind
	SweepKind = "sweep"
)

// An Entry is the verdict of one claim, with what it was decided on.
type Entry struct {
	prove.Result
	Dataset string
	Alpha   string // readout gain, an exact rational
}

// Results are what a report is made from: the finished folder of the main job
// or of a sweep.
type Results struct {
	Saved    *runlog.Saved
	Datasets []sweep.Dataset
	Entries  []Entry
	Summary  map[string]int
	Lemma    *prove.Lemma // of the main job
	Averages *compare.Averages
	Cross    *compare.Table
	Records  []*sweep.Record // of a sweep
	Folder   *sweep.Folder
	Label    graph.Law // of the Coconut labels
	Seeds    []uint64
	Digits   int
	SHA256   string // of the results of a sweep
	Elapsed  time.Duration

	censuses      map[string]*census // by claim
	cells, stride int                // of a sweep: how many it has, and every which of them is in Records
}

// builtinName is how the built-in suite is called.
const builtinName = "built-in"

// Load reads a folder and compares its files with the manifest.
func Load(dir string) (*Results, error) {
	saved, err := runlog.ReadSealed(dir, SuiteKind, SweepKind)
	if err != nil {
		return nil, err
	}
	out := &Results{Saved: saved, Elapsed: saved.Environment.Finished.Sub(saved.Environment.Started).Round(100 * time.Millisecond)}
	if saved.Kind == SuiteKind {
		err = out.loadSuite()
	} else {
		err = out.loadSweep()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return out, nil
}

// sane refuses an entry that no run can have made.
func (r *Results) sane(e Entry) error {
	_, known := prove.ClaimByID(e.Claim)
	_, _, there := r.instance(e)
	if !known || !there && e.Instance != prove.AllInstances || e.Step < 0 || e.Step > graph.MaxOrder || !slices.Contains(theory.Verdicts, e.Verdict) {
		return fmt.Errorf("%w: an entry of claim %.40q, instance %d, step %d, verdict %d", runlog.ErrDamaged, e.Claim, int(e.Instance), e.Step, int(e.Verdict))
	}
	return nil
}

func (r *Results) loadSuite() error {
	var document struct {
		Seed       uint64            `json:"seed"`
		Digits     int               `json:"digits"`
		Claims     []prove.Result    `json:"claims"`
		Lemma      *prove.Lemma      `json:"lemma"`
		Averages   *compare.Averages `json:"averages"`
		CrossCheck *compare.Table    `json:"cross_check"`
		Summary    map[string]int    `json:"summary"`
	}
	if err := strict.Unmarshal(r.Saved.Result, &document); err != nil {
		return fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
	}
	instances, err := graph.Builtin()
	if err != nil {
		return err
	}
	r.Datasets = []sweep.Dataset{{Name: builtinName, Instances: instances}}
	r.Summary, r.Lemma, r.Cross, r.Averages = document.Summary, document.Lemma, document.CrossCheck, document.Averages
	r.Seeds, r.Digits = []uint64{document.Seed}, 20
	for _, c := range document.Claims {
		e := Entry{c, builtinName, "1"}
		if err := r.sane(e); err != nil {
			return err
		}
		r.count(e)
		r.Entries = append(r.Entries, e)
	}
	return nil
}

func (r *Results) loadSweep() error {
	var err error
	if r.Folder, err = sweep.OpenSaved(r.Saved); err != nil {
		return err
	}
	result := r.Folder.Outcome
	r.Summary, r.Label, r.Seeds, r.Digits, r.SHA256 = result.Summary, result.Config.Label, result.Config.Seeds, result.Config.Digits, result.SHA256
	if r.Datasets, err = r.Folder.Datasets(); err != nil {
		return err
	}
	kept := &sieve{cells: mostCells, entries: mostEntries, stride: 1}
	failed := 0
	if err := r.Folder.Records(func(text []byte) error {
		record := &sweep.Record{}
		if err := strict.Unmarshal(text, record); err != nil {
			return fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
		}
		var entries []Entry
		shown := false
		if record.Failed != "" {
			failed++
			shown = failed <= mostAttention
		}
		if record.Decided != nil {
			for _, c := range record.Decided.Claims {
				e := Entry{c, record.Dataset, record.Alpha}
				if err := r.sane(e); err != nil {
					return err
				}
				entries, shown = append(entries, e), r.count(e) || shown
			}
			record.Decided.Claims = nil
		}
		kept.add(record, entries, shown)
		return nil
	}); err != nil {
		return err
	}
	r.cells, r.stride = kept.read, kept.stride
	for _, x := range kept.kept {
		r.Records, r.Entries = append(r.Records, x.record), append(r.Entries, x.entries...)
	}
	return nil
}

// about returns the entries of a claim, and their results alone.
func (r *Results) about(claim *prove.Claim) (entries []Entry, results []prove.Result) {
	for _, e := range r.Entries {
		if e.Claim == claim.ID {
			entries, results = append(entries, e), append(results, e.Result)
		}
	}
	return entries, results
}

// instance returns the instance of an entry, if it is about one.
func (r *Results) instance(e Entry) (instances []graph.Instance, index int, ok bool) {
	at := slices.IndexFunc(r.Datasets, func(d sweep.Dataset) bool { return d.Name == e.Dataset })
	if index = int(e.Instance); at < 0 || index < 0 || index >= len(r.Datasets[at].Instances) {
		return nil, 0, false
	}
	return r.Datasets[at].Instances, index, true
}

// dataFlag returns the flag that names a data set on the command line.
func (r *Results) dataFlag(dataset string) string {
	if dataset == builtinName {
		return ""
	}
	return " --data " + quote(filepath.ToSlash(r.Folder.DataFile(dataset)))
}
