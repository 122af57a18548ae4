package sweep

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/bits"
	"slices"

	"muflow/internal/runlog"
	"muflow/internal/strict"
)

// keys are those of cells, in their order, each made when it is asked for: a sweep
// may have millions.
type keys struct {
	count int
	at    func(i int) string
}

// A plan is what a sweep of any kind, or a shard of one, works through: cells with
// keys, each of which gives one record, and a result of all.
type plan[Record, Result any] struct {
	kind    string
	config  any
	keys    keys
	compute func(ctx context.Context, i int) (*Record, error)
	parse   func(text []byte) (*Result, error)
	finish  func(run *runlog.Run, environment runlog.Environment) (*Result, error) // see seal
}

// open opens a folder, whose records must be those of the first cells; if it is
// finished, it returns the result instead.
func (p *plan[Record, Result]) open(dir string, resume bool) (*runlog.Run, *Result, error) {
	run, err := runlog.Open(dir, p.kind, p.config, resume, ofCells(p.keys))
	if err != nil {
		return nil, nil, err
	}
	if text, done := run.Result(); done {
		result, err := p.parse(text)
		return nil, result, errors.Join(err, run.Close())
	}
	return run, nil, nil
}

// run works through the cells that a folder does not hold yet.
func (p *plan[Record, Result]) run(ctx context.Context, dir string, resume bool, jobs int, environment runlog.Environment, progress runlog.Progress) (*Result, error) {
	run, done, err := p.open(dir, resume)
	if run == nil {
		return done, err
	}
	defer run.Close()
	err = runlog.Ordered(ctx, run.Records(), p.keys.count, jobs, progress, p.compute, func(_ int, r *Record) error { return run.AppendJSON(r) })
	if err != nil {
		return nil, err
	}
	return p.finish(run, environment)
}

// join writes the records of all shards, in order, to a folder.
func (p *plan[Record, Result]) join(shards []shardFolder, out string, environment runlog.Environment) (*Result, error) {
	run, done, err := p.open(out, true)
	if run == nil {
		return done, err
	}
	defer run.Close()
	if err := interleave(run, shards, p.keys); err != nil {
		return nil, err
	}
	return p.finish(run, environment)
}

// ofCells returns a function that refuses records which are not, one by one, those
// of the first cells.
func ofCells(k keys) func([]byte) error {
	held := 0
	return func(text []byte) error {
		if held >= k.count {
			return fmt.Errorf("%w: more records than cells", runlog.ErrDamaged)
		}
		held++
		return checkKey(text, k.at(held-1))
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

// size is how many of so many cells belong to a shard.
func (s Shard) size(all int) int {
	rounds := all / s.Count
	if s.place(rounds) < all {
		rounds++
	}
	return rounds
}

// place is that of a cell of a shard among all: of every Count the one of its index,
// but turned, so that what takes turns, as claims and trainings do, is shared alike.
func (s Shard) place(i int) int { return i*s.Count + (s.Index+turn(i, s.Count))%s.Count }

// shardAt is the index of the shard, of so many, that has a cell.
func shardAt(place, count int) int {
	return (place%count + count - turn(place/count, count)) % count
}

// turn is ⌊count·{iφ}⌋ with the golden ratio φ, which follows no period.
func turn(i, count int) int {
	high, _ := bits.Mul64(uint64(i)*0x9e3779b97f4a7c15, uint64(count))
	return int(high)
}

// seal ends a folder whose log is complete: results.jsonl with the records, which
// it counts, the other files, and the result, with the SHA-256 of those records.
func seal[Record any](run *runlog.Run, result any, sum *string, count func(*Record), files func() error, environment runlog.Environment) error {
	err := runlog.ReplaceIn(run.Dir(), resultsName, func(w io.Writer) error {
		hash := sha256.New()
		w = io.MultiWriter(w, hash)
		err := run.Replay(func(text []byte) error {
			var r Record
			if err := strict.Unmarshal(text, &r); err != nil {
				return fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
			}
			count(&r)
			_, err := w.Write(append(bytes.Clone(text), '\n'))
			return err
		})
		*sum = hex.EncodeToString(hash.Sum(nil))
		return err
	})
	if err != nil {
		return err
	}
	if err := files(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	return run.Seal(append(text, '\n'), environment)
}

// A shardFolder is the folder of a finished shard.
type shardFolder interface {
	folder() string
	shard() Shard
	bare() any // the configuration of the whole
	Records(record func(text []byte) error) error
}

// together checks that shards are all those of one sweep, and sorts them.
func together(shards []shardFolder) error {
	first := shards[0]
	count, byIndex := first.shard().Count, map[int]string{}
	for _, s := range shards {
		at := s.shard()
		if at.Count != count {
			return fmt.Errorf("%s: %w: shard %v, in %s it is %v", s.folder(), ErrForeign, at, first.folder(), first.shard())
		}
		if what, err := difference(s.bare(), first.bare()); err != nil {
			return err
		} else if what != "" {
			return fmt.Errorf("%s: %w: in it and in %s %s", s.folder(), ErrForeign, first.folder(), what)
		}
		if other, twice := byIndex[at.Index]; twice {
			return fmt.Errorf("%s: duplicate: shard %v is also in %s", s.folder(), at, other)
		}
		byIndex[at.Index] = s.folder()
	}
	var missing []int
	for i := range count {
		if _, ok := byIndex[i]; !ok {
			missing = append(missing, i)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("missing: %d of %d shards: %v", len(missing), count, missing[:min(len(missing), 20)])
	}
	slices.SortFunc(shards, func(a, b shardFolder) int { return a.shard().Index - b.shard().Index })
	return nil
}

// interleave appends the records of all shards in the order of the cells, but
// for the first ones, which a merge that was cut short has left.
func interleave(run *runlog.Run, shards []shardFolder, all keys) error {
	held := run.Records()
	next := make([]func() ([]byte, error, bool), len(shards))
	for i, shard := range shards {
		pull, stop := iter.Pull2(records(shard))
		defer stop()
		next[i] = pull
	}
	for i := range all.count {
		key := all.at(i)
		from := shardAt(i, len(shards))
		text, err, ok := next[from]()
		if err == nil && !ok {
			err = fmt.Errorf("%w: no record of %s", runlog.ErrDamaged, key)
		}
		if err == nil {
			err = checkKey(text, key)
		}
		if err == nil && i >= held {
			err = run.Append(text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", shards[from].folder(), err)
		}
	}
	for i, shard := range shards { // what they hold together is checked at the end
		_, err, more := next[i]()
		if err != nil {
			return err
		}
		if more {
			return fmt.Errorf("%s: %w: more records than cells", shard.folder(), runlog.ErrDamaged)
		}
	}
	return nil
}

// errStop ends a replay that nobody asks for any more.
var errStop = errors.New("stop")

// records yields copies of the records of a folder.
func records(from shardFolder) iter.Seq2[[]byte, error] {
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
