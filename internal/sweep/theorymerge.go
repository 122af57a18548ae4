package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"muflow/internal/runlog"
	"muflow/internal/strict"
)

// A TheoryFolder is a finished sweep or shard over a theory file, open for reading.
type TheoryFolder struct {
	*runlog.Saved
	Outcome *TheoryResult
	sweep   *TheorySweep
}

// OpenTheory opens a folder and checks it: its manifest, its theory, and that its
// result is of its configuration.
func OpenTheory(dir string) (*TheoryFolder, error) {
	saved, err := runlog.ReadSealed(dir, theoryKind)
	if err != nil {
		return nil, err
	}
	result, err := parseTheoryResult(saved.Result)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	config, err := json.Marshal(result.Config)
	if err != nil {
		return nil, err
	}
	if what := runlog.Difference(saved.Config, config); what != "" {
		return nil, fmt.Errorf("%s: %w: in run.json and result.json %s", dir, runlog.ErrDamaged, what)
	}
	text, err := runlog.ReadIn(dir, theoryName, runlog.MaxDocument)
	if err != nil {
		return nil, err
	}
	s, err := NewTheory(result.Config, text)
	if err == nil && s.config.SHA256 != result.Config.SHA256 {
		err = errors.New("the theory is not that of the configuration")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", dir, runlog.ErrDamaged, err)
	}
	return &TheoryFolder{saved, result, s}, nil
}

// Cells gives the cells to a function, which must be those of the configuration
// and together those of the result.
func (f *TheoryFolder) Cells(cell func(*TheoryCell) error) error {
	sum := sha256.New()
	places := f.sweep.cellsOf(f.Outcome.Config.Shard)
	check := f.sweep.replay(places)
	n := 0
	err := f.Saved.Records(func(text []byte) error {
		sum.Write(text)
		sum.Write([]byte{'\n'})
		if err := check(text); err != nil {
			return err
		}
		c := &TheoryCell{}
		if err := strict.Unmarshal(text, c); err != nil {
			return fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
		}
		n++
		c.Values = f.sweep.values(f.sweep.at(places[n-1]))
		return cell(c)
	})
	if err == nil && (n != len(places) || hex.EncodeToString(sum.Sum(nil)) != f.Outcome.SHA256) {
		err = fmt.Errorf("%s: %w: the records are not those of result.json", f.Dir, runlog.ErrDamaged)
	}
	return err
}

// OfTheory reports whether the first shard in some folders is one over a theory file.
func OfTheory(dirs []string) bool {
	names, err := shardsIn(dirs)
	if err != nil {
		return false
	}
	_, err = runlog.ConfigOf(names[0], theoryKind)
	return err == nil
}

// MergeTheory joins shards over a theory file as Merge does.
func MergeTheory(dirs []string, out string, environment runlog.Environment) (*TheoryResult, error) {
	names, err := shardsIn(dirs)
	if err != nil {
		return nil, err
	}
	byIndex := map[int]*TheoryFolder{}
	var first *TheoryFolder
	for _, name := range names {
		shard, err := OpenTheory(name)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = shard
		}
		one, other := shard.Outcome.Config, first.Outcome.Config
		index, count := one.Shard.Index, other.Shard.Count
		if one.Shard.Count != count {
			return nil, fmt.Errorf("%s: %w: shard %v, in %s it is %v", name, ErrForeign, one.Shard, first.Dir, other.Shard)
		}
		one.Shard, other.Shard = Shard{0, 1}, Shard{0, 1}
		if what, err := jsonDifference(one, other); err != nil {
			return nil, err
		} else if what != "" {
			return nil, fmt.Errorf("%s: %w: in it and in %s %s", name, ErrForeign, first.Dir, what)
		}
		if twice := byIndex[index]; twice != nil {
			return nil, fmt.Errorf("%s: duplicate: shard %d/%d is also in %s", name, index, count, twice.Dir)
		}
		byIndex[index] = shard
	}
	config := first.Outcome.Config
	if missing := config.Shard.Count - len(byIndex); missing > 0 {
		return nil, fmt.Errorf("missing: %d of %d shards", missing, config.Shard.Count)
	}
	shards := make([]*TheoryFolder, config.Shard.Count)
	for i := range shards {
		shards[i] = byIndex[i]
	}
	config.Shard = Shard{0, 1}
	s, err := NewTheory(config, first.sweep.text)
	if err != nil {
		return nil, err
	}
	run, err := runlog.Open(out, theoryKind, s.config, true, s.replay(s.cellsOf(config.Shard)))
	if err != nil {
		return nil, err
	}
	defer run.Close()
	if text, done := run.Result(); done {
		return parseTheoryResult(text)
	}
	if err := s.interleave(run, shards, run.Records()); err != nil {
		return nil, err
	}
	return s.finish(run, environment)
}

// interleave appends the cells of all shards in order, but for the first ones.
func (s *TheorySweep) interleave(run *runlog.Run, shards []*TheoryFolder, held int) error {
	next := make([]func() (*TheoryCell, error, bool), len(shards))
	for i, shard := range shards {
		pull, stop := iter.Pull2(func(yield func(*TheoryCell, error) bool) {
			err := shard.Cells(func(c *TheoryCell) error {
				if !yield(c, nil) {
					return errStop
				}
				return nil
			})
			if err != nil && !errors.Is(err, errStop) {
				yield(nil, err)
			}
		})
		defer stop()
		next[i] = pull
	}
	for i := range s.cells {
		c, err, ok := next[i%len(shards)]()
		if err == nil && !ok {
			err = fmt.Errorf("%w: no record of %s", runlog.ErrDamaged, s.key(s.at(i)))
		}
		if err == nil && i >= held {
			err = run.AppendJSON(c)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", shards[i%len(shards)].Dir, err)
		}
	}
	for i, shard := range shards { // its records and sum are checked at the end
		if _, err, more := next[i](); err != nil || more {
			return fmt.Errorf("%s: %w: %w", shard.Dir, runlog.ErrDamaged, errors.Join(err))
		}
	}
	return nil
}
