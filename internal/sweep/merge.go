package sweep

import (
	"errors"
	"fmt"

	"muflow/internal/runlog"
)

// ErrForeign says that a folder does not belong to the others.
var ErrForeign = errors.New("foreign")

// Merge joins the shards of a sweep into a new folder, with the bytes that one
// process would have written, but for environment.json and its line in the
// manifest. Each dir is a shard or holds shards as its folders. A merge into
// the same folder that was cut short is taken up again. It is an error if a
// shard is missing, there twice, not finished, damaged, or of another sweep;
// then nothing is written.
func Merge(dirs []string, out string, environment runlog.Environment) (*Result, error) {
	shards, err := find(dirs, func(dir string) (shardFolder, error) { return Open(dir) })
	if err != nil {
		return nil, err
	}
	first := shards[0].(*Folder)
	datasets, err := first.Datasets()
	if err != nil {
		return nil, err
	}
	s, err := New(first.bare().(Config), datasets)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %v", first.Dir, runlog.ErrDamaged, err)
	}
	if err := extendMerged(out, s.config); err != nil {
		return nil, err
	}
	return s.plan().join(shards, out, environment)
}

// find opens the shards in some folders, which must be all those of one sweep.
func find(dirs []string, open func(dir string) (shardFolder, error)) ([]shardFolder, error) {
	names, err := runlog.FoldersIn(dirs, MergedName)
	if err != nil {
		return nil, err
	}
	var out []shardFolder
	for _, name := range names {
		shard, err := open(name)
		if err != nil {
			return nil, err
		}
		out = append(out, shard)
	}
	return out, together(out)
}

// MergedName is the folder that a merge of the shards in a folder is kept in
// beside them.
const MergedName = "merged"
