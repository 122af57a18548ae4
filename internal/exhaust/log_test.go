package exhaust

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"muflow/internal/runlog"
)

// Whatever a record of the log says, the campaign refuses it, or goes on and
// finds by its own counts, or not at all, that something is wrong.
func FuzzLog(f *testing.F) {
	config := Config{Version: "test", Vertices: 3, Losses: []string{"bfs"}, Alpha: "1", Audit: 1}
	dir := filepath.Join(f.TempDir(), "run")
	c, err := Open(dir, config, false)
	if err != nil {
		f.Fatal(err)
	}
	silent := func(string) runlog.Progress { return nil }
	if _, err := c.Run(context.Background(), 1, silent); err != nil {
		f.Fatal(err)
	}
	if err := c.Close(); err != nil {
		f.Fatal(err)
	}
	if err := runlog.ReadLog(filepath.Join(dir, "records.log"), func(text []byte) error { f.Add(string(text)); return nil }); err != nil {
		f.Fatal(err)
	}
	f.Add(`{"decided":{"profile":18446744073709551615,"verdicts":"x","tie":true}}`)
	f.Add(`{"counted":{"part":0,"profiles":{"18446744073709551615":{"cases":-1,"first":18446744073709551615}},"audit":{"1 x":1}}}`)
	f.Fuzz(func(t *testing.T, record string) {
		dir := t.TempDir()
		c, err := Open(dir, config, false)
		if err != nil {
			t.Fatal(err)
		}
		appended := c.run.Append([]byte(record))
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if c, err = Open(dir, config, true); err != nil {
			return
		}
		defer c.Close()
		if report, err := c.Run(context.Background(), 1, silent); err == nil && appended != nil && report.Digraphs == 0 {
			t.Error("an empty campaign")
		}
	})
}

// TestShardsOfTwoRevisions: what two sources counted is not added up.
func TestShardsOfTwoRevisions(t *testing.T) {
	merged := func(revisions ...string) error {
		dir := t.TempDir()
		for i, revision := range revisions {
			config := Config{Vertices: 3, Revision: revision, Losses: both, Alpha: "1", Shard: Shard{i, len(revisions)}}
			c, err := Open(filepath.Join(dir, strconv.Itoa(i)), config, false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Run(context.Background(), 1, silent); err != nil {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Merge([]string{dir})
		return err
	}
	if err := merged("a", "a"); err != nil {
		t.Error(err)
	}
	if err := merged("a", "b"); !errors.Is(err, ErrShards) || !strings.Contains(err.Error(), "revision") {
		t.Errorf("%v", err)
	}
}
