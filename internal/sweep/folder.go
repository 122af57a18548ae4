package sweep

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/internal/strict"
)

// A Folder is a finished sweep or shard, open for reading. Anybody may have
// made it: what does not fit together is refused.
type Folder struct {
	*runlog.Saved
	Outcome *Result
}

// Open opens a folder and checks it against its manifest and its result
// against its configuration.
func Open(dir string) (*Folder, error) {
	saved, err := runlog.ReadSealed(dir, kind)
	if err != nil {
		return nil, err
	}
	return OpenSaved(saved)
}

// OpenSaved is Open for the folder of a sweep that is open for reading already.
func OpenSaved(saved *runlog.Saved) (*Folder, error) {
	result, err := parseResult(saved.Result)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", saved.Dir, err)
	}
	config, err := json.Marshal(result.Config)
	if err != nil {
		return nil, err
	}
	if what := runlog.Difference(saved.Config, config); what != "" {
		return nil, fmt.Errorf("%s: %w: in run.json and result.json %s", saved.Dir, runlog.ErrDamaged, what)
	}
	for _, source := range result.Config.Datasets {
		listed := func(e runlog.Entry) bool { return e.Name == dataFile(source.Name) }
		if !slices.ContainsFunc(saved.Manifest.Files, listed) {
			return nil, fmt.Errorf("%s: %w: the manifest does not list %s", saved.Dir, runlog.ErrDamaged, dataFile(source.Name))
		}
	}
	return &Folder{saved, result}, nil
}

func (f *Folder) folder() string { return f.Dir }
func (f *Folder) shard() Shard   { return f.Outcome.Config.Shard }

func (f *Folder) bare() any {
	c := f.Outcome.Config
	c.Shard = Shard{0, 1}
	return c
}

// DataFile is the file that holds a data set.
func (f *Folder) DataFile(dataset string) string {
	return filepath.Join(f.Dir, filepath.FromSlash(dataFile(dataset)))
}

// Datasets reads the data sets, which must be those of the configuration.
func (f *Folder) Datasets() ([]Dataset, error) {
	var out []Dataset
	for _, source := range f.Outcome.Config.Datasets {
		instances, err := graph.Load(f.DataFile(source.Name))
		if err != nil {
			return nil, err
		}
		out = append(out, Dataset{source.Name, instances})
	}
	described, err := sources(out)
	if err == nil && !slices.Equal(described, f.Outcome.Config.Datasets) {
		err = fmt.Errorf("the data are not those of the configuration")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", f.Dir, runlog.ErrDamaged, err)
	}
	return out, nil
}

// Records gives the records, as JSON, to a function. They must be of cells of
// the configuration and together those of the result.
func (f *Folder) Records(record func(text []byte) error) error {
	sum := sha256.New()
	config := f.Outcome.Config
	count := Result{Summary: map[string]int{}}
	damaged := func(format string, a ...any) error {
		return fmt.Errorf("%s: %w: "+format, append([]any{f.Dir, runlog.ErrDamaged}, a...)...)
	}
	seeds, alphas := setOf(config.Seeds), setOf(config.Alphas)
	err := f.Saved.Records(func(text []byte) error {
		sum.Write(text)
		sum.Write([]byte{'\n'})
		r, err := parseRecord(text)
		if err != nil {
			return err
		}
		cell, _ := ParseKey(r.Key)
		if !slices.ContainsFunc(config.Datasets, func(s Source) bool { return s.Name == cell.Dataset }) || !slices.Contains(config.Steps, cell.Step) ||
			!slices.Contains(config.Losses, r.Loss) || !alphas[r.Alpha] || cell.Seed != nil && !seeds[*cell.Seed] {
			return fmt.Errorf("%w: %s is no cell of the configuration", runlog.ErrDamaged, r.Key)
		}
		count.count(r)
		return record(text)
	})
	if err != nil {
		return err
	}
	want := f.Outcome
	if got := hex.EncodeToString(sum.Sum(nil)); got != want.SHA256 {
		return damaged("the records have the SHA-256 %s, in result.json it is %.80q", got, want.SHA256)
	}
	if count.Cells != want.Cells || count.Decided != want.Decided || count.Trained != want.Trained || count.Failed != want.Failed || count.Unbound != want.Unbound {
		return damaged("result.json counts other records")
	}
	for verdict, n := range want.Summary {
		if count.Summary[verdict] != n {
			return damaged("result.json counts %d of verdict %.40q, the records %d", n, verdict, count.Summary[verdict])
		}
	}
	return nil
}

func setOf[T comparable](list []T) map[T]bool {
	out := make(map[T]bool, len(list))
	for _, x := range list {
		out[x] = true
	}
	return out
}

// parseRecord reads a record, whose fields must be those of its key.
func parseRecord(text []byte) (*Record, error) {
	r := &Record{}
	if err := strict.Unmarshal(bytes.Clone(text), r); err != nil {
		return nil, fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
	}
	cell, err := ParseKey(r.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
	}
	have := Record{Dataset: r.Dataset, Step: r.Step, Loss: r.Loss, Alpha: r.Alpha}
	if have != (Record{Dataset: cell.Dataset, Step: cell.Step, Loss: cell.Loss.String(), Alpha: cell.Alpha.RatString()}) ||
		(r.Seed == nil) != (cell.Seed == nil) || r.Seed != nil && *r.Seed != *cell.Seed {
		return nil, fmt.Errorf("%w: the record of %s is about another cell", runlog.ErrDamaged, r.Key)
	}
	return r, nil
}
