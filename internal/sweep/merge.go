package sweep

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"muflow/internal/runlog"
)

// headerName is a file that each folder of a run has.
const headerName = "run.json"

// ErrForeign says that a folder does not belong to the others.
var ErrForeign = errors.New("foreign")

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
	datasets, err := shards[0].Datasets()
	if err != nil {
		return nil, err
	}
	s, err := New(config, datasets)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %v", shards[0].Dir, runlog.ErrDamaged, err)
	}
	if err := extendMerged(out, s.config); err != nil {
		return nil, err
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
func (s *Sweep) interleave(run *runlog.Run, shards []*Folder, held int) error {
	next := make([]func() ([]byte, error, bool), len(shards))
	for i, shard := range shards {
		pull, stop := iter.Pull2(records(shard))
		defer stop()
		next[i] = pull
	}
	for i, cell := range s.cells() {
		dir := shards[i%len(shards)].Dir
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
		_, err, more := next[i]()
		if err != nil {
			return err
		}
		if more {
			return fmt.Errorf("%s: %w: more records than cells", shard.Dir, runlog.ErrDamaged)
		}
	}
	return nil
}

// errStop ends a replay that nobody asks for any more.
var errStop = errors.New("stop")

// records yields copies of the records of a folder.
func records(from *Folder) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		err := from.Records(func(text []byte) error {
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

// find opens the shards in some folders.
func find(dirs []string) ([]*Folder, error) {
	names, err := shardsIn(dirs)
	if err != nil {
		return nil, err
	}
	var out []*Folder
	for _, name := range names {
		shard, err := Open(name)
		if err != nil {
			return nil, err
		}
		out = append(out, shard)
	}
	return out, nil
}

// shardsIn lists the folders of shards in some folders.
func shardsIn(dirs []string) ([]string, error) {
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
	return names, nil
}

// MergedName is the folder that a merge of the shards in a folder is kept in
// beside them.
const MergedName = "merged"

// together sorts the shards and checks that they are all those of one sweep,
// whose configuration it returns.
func together(shards []*Folder) (Config, error) {
	first := shards[0].Outcome.Config
	bare := func(c Config) Config {
		c.Shard = Shard{0, 1}
		return c
	}
	byIndex := map[int]string{}
	for _, shard := range shards {
		c := shard.Outcome.Config
		if c.Shard.Count != first.Shard.Count {
			return Config{}, fmt.Errorf("%s: %w: shard %v, in %s it is %v", shard.Dir, ErrForeign, c.Shard, shards[0].Dir, first.Shard)
		}
		if what, err := difference(bare(c), bare(first)); err != nil {
			return Config{}, err
		} else if what != "" {
			return Config{}, fmt.Errorf("%s: %w: in it and in %s %s", shard.Dir, ErrForeign, shards[0].Dir, what)
		}
		if other, twice := byIndex[c.Shard.Index]; twice {
			return Config{}, fmt.Errorf("%s: duplicate: shard %v is also in %s", shard.Dir, c.Shard, other)
		}
		byIndex[c.Shard.Index] = shard.Dir
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
	slices.SortFunc(shards, func(a, b *Folder) int { return a.Outcome.Config.Shard.Index - b.Outcome.Config.Shard.Index })
	return bare(first), nil
}
