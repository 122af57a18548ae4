package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"muflow/graph"
	"muflow/internal/runlog"
)

// headerName is a file that each folder of a run has.
const headerName = "run.json"

// A folder is a finished shard that was found.
type folder struct {
	dir    string
	saved  *runlog.Saved
	result *Result
}

// Merge joins the shards of a sweep into a new folder, with the bytes that one
// process would have written, but for environment.json and its line in the
// manifest. Each dir is a shard or holds shards as its folders. A merge into
// the same folder that was cut short is taken up again. It is an error if a
// shard is missing, there twice, not finished, damaged, or of another sweep;
// then nothing is written.
func Merge(dirs []string, out string, environment runlog.Environment) (*Result, error) {
	shards, err := find(dirs)
	if err != nil {
		return nil, err
	}
	config, err := together(shards)
	if err != nil {
		return nil, err
	}
	datasets, err := readData(shards[0].dir, config)
	if err != nil {
		return nil, err
	}
	s, err := New(config, datasets)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %v", shards[0].dir, runlog.ErrDamaged, err)
	}
	run, err := runlog.Open(out, kind, s.config, true, s.replay(s.cells()))
	if err != nil {
		return nil, err
	}
	defer run.Close()
	if text, done := run.Result(); done {
		return parseResult(text)
	}
	if err := s.interleave(run, shards, run.Records()); err != nil {
		return nil, err
	}
	return s.finish(run, environment)
}

// interleave appends the records of all shards in the order of the cells, but
// for the first ones, which a merge that was cut short has left.
func (s *Sweep) interleave(run *runlog.Run, shards []folder, held int) error {
	next := make([]func() ([]byte, error, bool), len(shards))
	for i, shard := range shards {
		pull, stop := iter.Pull2(records(shard.saved))
		defer stop()
		next[i] = pull
	}
	for i, cell := range s.cells() {
		dir := shards[i%len(shards)].dir
		text, err, ok := next[i%len(shards)]()
		if err == nil && !ok {
			err = fmt.Errorf("%w: no record of %s", runlog.ErrDamaged, cell.Key())
		}
		if err == nil {
			err = checkKey(text, cell.Key())
		}
		if err == nil && i >= held {
			err = run.Append(text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
	}
	for i, shard := range shards {
		if _, _, more := next[i](); more {
			return fmt.Errorf("%s: %w: more records than cells", shard.dir, runlog.ErrDamaged)
		}
	}
	return nil
}

// errStop ends a replay that nobody asks for any more.
var errStop = errors.New("stop")

// records yields copies of the records of a folder.
func records(saved *runlog.Saved) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		err := saved.Records(func(text []byte) error {
			if !yield(slices.Clone(text), nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}

// find lists the shards in some folders.
func find(dirs []string) ([]folder, error) {
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
			if inner := filepath.Join(dir, e.Name()); e.Name() != MergedName && isRun(inner) {
				names = append(names, inner)
			}
		}
		if len(names) == before {
			return nil, fmt.Errorf("%s: there is no shard of a sweep", dir)
		}
	}
	var out []folder
	for _, name := range names {
		shard, err := open(name)
		if err != nil {
			return nil, err
		}
		out = append(out, *shard)
	}
	return out, nil
}

// MergedName is the folder that a merge of the shards in a folder is kept in
// beside them.
const MergedName = "merged"

// open reads a shard and checks it against its manifest.
func open(dir string) (*folder, error) {
	saved, err := runlog.ReadSealed(dir)
	if err != nil {
		return nil, err
	}
	if saved.Kind != kind {
		return nil, fmt.Errorf("%s: foreign: the folder was made by %q, expected a sweep", dir, saved.Kind)
	}
	result, err := parseResult(saved.Result)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return &folder{dir, saved, result}, nil
}

// together sorts the shards and checks that they are all those of one sweep,
// whose configuration it returns.
func together(shards []folder) (Config, error) {
	first := shards[0].result.Config
	bare := func(c Config) string {
		c.Shard = Shard{0, 1}
		text, _ := json.Marshal(c) // numbers, texts and lists of them: no error
		return string(text)
	}
	byIndex := map[int]string{}
	for _, shard := range shards {
		c := shard.result.Config
		if bare(c) != bare(first) || c.Shard.Count != first.Shard.Count {
			return Config{}, fmt.Errorf("%s: foreign: shard %v of another sweep than %s, shard %v", shard.dir, c.Shard, shards[0].dir, first.Shard)
		}
		if other, twice := byIndex[c.Shard.Index]; twice {
			return Config{}, fmt.Errorf("%s: duplicate: shard %v is also in %s", shard.dir, c.Shard, other)
		}
		byIndex[c.Shard.Index] = shard.dir
	}
	var missing []int
	for i := range first.Shard.Count {
		if _, ok := byIndex[i]; !ok {
			missing = append(missing, i)
		}
	}
	if len(missing) > 0 {
		return Config{}, fmt.Errorf("missing: %d of %d shards: %v", len(missing), first.Shard.Count, missing[:min(len(missing), 20)])
	}
	slices.SortFunc(shards, func(a, b folder) int { return a.result.Config.Shard.Index - b.result.Config.Shard.Index })
	first.Shard = Shard{0, 1}
	return first, nil
}

// readData reads the data sets that a folder keeps.
func readData(dir string, config Config) ([]Dataset, error) {
	var out []Dataset
	for _, source := range config.Datasets {
		instances, err := graph.Load(filepath.Join(dir, dataFolder, source.Name+".json"))
		if err != nil {
			return nil, err
		}
		out = append(out, Dataset{source.Name, instances})
	}
	return out, nil
}
