package sweep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"muflow/internal/runlog"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// small is a sweep of few cells with some seeds.
func small(t *testing.T, shard Shard, seeds ...uint64) *Sweep {
	t.Helper()
	datasets, err := sampleData()
	if err != nil {
		t.Fatal(err)
	}
	config := sampleConfig(shard)
	config.Losses, config.Alphas, config.Seeds, config.Training.Steps = []string{"coconut"}, []string{"1"}, seeds, 40
	s, err := New(config, datasets[1:])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func finish(t *testing.T, s *Sweep, dir string, extend bool) *Result {
	t.Helper()
	if extend {
		if err := s.Extend(dir); err != nil {
			t.Fatal(err)
		}
	}
	result, err := s.Run(context.Background(), dir, true, 2, testEnvironment, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// The records of a finished sweep stay byte for byte when it is extended, once and
// again, by further seeds or by all; in shards the merge has the same bytes; and an
// extension that was stopped goes on.
func TestExtend(t *testing.T) {
	folder := t.TempDir()
	whole := filepath.Join(folder, "whole")
	read := func(dir string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, resultsName))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var before []byte
	for i, seeds := range [][]uint64{{1, 5}, {9}, {1, 5, 9, 2, 3}} {
		result := finish(t, small(t, Shard{0, 1}, seeds...), whole, i > 0)
		now := read(whole)
		if !bytes.HasPrefix(now, before) || len(now) <= len(before) || result.Cells != []int{6, 8, 12}[i] || result.Decided != 2 {
			t.Fatalf("%v: %d cells, %d of %d bytes", seeds, result.Cells, len(now), len(before))
		}
		before = now
	}
	if again := finish(t, small(t, Shard{0, 1}, 2, 3), whole, true); again.Cells != 12 || !bytes.Equal(read(whole), before) {
		t.Error("the same extension again changes it")
	}
	if _, err := Open(whole); err != nil {
		t.Error(err)
	}
	merged := filepath.Join(folder, "merged")
	for i, seeds := range [][]uint64{{1, 5}, {9}, {2, 3}} {
		var shards []string
		for k := range 3 {
			dir := filepath.Join(folder, fmt.Sprint("shard", k))
			finish(t, small(t, Shard{k, 3}, seeds...), dir, i > 0)
			shards = append(shards, dir)
		}
		if _, err := Merge(shards, merged, testEnvironment); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := contents(t, whole), contents(t, merged); !reflect.DeepEqual(a, b) {
		t.Errorf("whole %v, merged %v", a, b)
	}
	stopped := filepath.Join(folder, "stopped")
	finish(t, small(t, Shard{0, 1}, 1, 5), stopped, false)
	finish(t, small(t, Shard{0, 1}, 9), stopped, true)
	s := small(t, Shard{0, 1}, 2, 3)
	if err := s.Extend(stopped); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := s.Run(ctx, stopped, true, 1, testEnvironment, func(done, _ int) {
		if done == 10 {
			cancel()
		}
	}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	finish(t, small(t, Shard{0, 1}, 2, 3), stopped, true)
	if !bytes.Equal(read(stopped), before) {
		t.Error("an extension that was stopped ends with other bytes")
	}
}

func TestExtendRefuses(t *testing.T) {
	folder := t.TempDir()
	dir := filepath.Join(folder, "run")
	finish(t, small(t, Shard{0, 1}, 1, 5), dir, false)
	before := contents(t, dir)
	other := small(t, Shard{0, 1}, 9)
	other.config.Digits++
	for name, s := range map[string]*Sweep{
		"other digits":     other,
		"another shard":    small(t, Shard{0, 2}, 9),
		"a seed it has":    small(t, Shard{0, 1}, 5, 9),
		"no further seeds": small(t, Shard{0, 1}, 1, 5),
		"no seeds":         small(t, Shard{0, 1}),
	} {
		if err := s.Extend(dir); !errors.Is(err, ErrExtend) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := contents(t, dir); !reflect.DeepEqual(before, after) {
		t.Error("a refusal changed the folder")
	}
	if err := small(t, Shard{0, 1}, 9).Extend(filepath.Join(folder, "none")); err == nil {
		t.Error("extended a folder that is not there")
	}
	for _, name := range []string{"records.log", "results.jsonl"} {
		name = filepath.Join(dir, name)
		kept, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, broken := range [][]byte{kept[:len(kept)-3], append([]byte{kept[0] ^ 1}, kept[1:]...), nil} {
			if err := os.WriteFile(name, broken, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := small(t, Shard{0, 1}, 9).Extend(dir); !errors.Is(err, runlog.ErrDamaged) {
				t.Errorf("%s of %d bytes in place of %d: %v", name, len(broken), len(kept), err)
			}
		}
		if err := os.WriteFile(name, kept, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if after := contents(t, dir); !reflect.DeepEqual(before, after) {
		t.Error("an extension of a damaged folder changed it")
	}
	if err := os.Remove(filepath.Join(dir, resultName)); err != nil {
		t.Fatal(err)
	}
	if err := small(t, Shard{0, 1}, 9).Extend(dir); !errors.Is(err, ErrExtend) {
		t.Errorf("a sweep that is not finished: %v", err)
	}
	bad := sampleConfig(Shard{0, 1})
	bad.Steps, bad.Extended = []int{0}, []int{2}
	if bad.parse() == nil {
		t.Error("an extension by no seed")
	}
}
