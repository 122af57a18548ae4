package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muflow/internal/runlog"
	"muflow/theory"
)

// A training that leaves the finite numbers, or a gain beyond float64, does
// not keep the others from their results: its record says why it has none.
func TestCellsWithoutAResult(t *testing.T) {
	datasets, err := sampleData()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rate, alpha string
		failed      int
		words       []string
	}{
		{"1" + strings.Repeat("0", 300), "1", 2, []string{"finite numbers"}},
		{"1/1" + strings.Repeat("0", 400), "1", 2, []string{"learning rate 0"}},
		{"1/8", "1" + strings.Repeat("0", 400), 2, nil},
		{"1/8", "1", 0, nil},
	} {
		config := Config{Version: "test", Losses: []string{"coconut", "bfs"}, Alphas: []string{c.alpha}, Seeds: []uint64{1}, Steps: []int{1},
			Training: Training{Rate: c.rate, Batch: 4, Steps: 30}, Digits: 12}
		s, err := New(config, datasets[:1])
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "run")
		result, err := s.Run(context.Background(), dir, false, 2, testEnvironment, nil)
		if err != nil {
			t.Errorf("rate %.10s, gain %.10s: %v", c.rate, c.alpha, err)
			continue
		}
		folder, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		failed, trainings, undecided := 0, 0, 0
		err = folder.Records(func(text []byte) error {
			r, err := parseRecord(text)
			if err != nil {
				return err
			}
			if r.Decided != nil {
				undecided += r.Decided.Summary["undecided"]
			}
			if r.Trained != nil && r.Trained.Band != nil && r.Trained.Verdict == theory.Undecided {
				undecided++
			}
			if r.Failed == "" {
				return nil
			}
			if failed++; r.Seed != nil {
				trainings++
			}
			if r.Decided != nil || r.Trained != nil {
				t.Errorf("%s has a result and none", r.Key)
			}
			for _, word := range c.words {
				if !strings.Contains(r.Failed, word) {
					t.Errorf("%.60s: %q does not name %q", r.Key, r.Failed, word)
				}
			}
			return nil
		})
		if err != nil || trainings != c.failed || result.Failed != failed || result.Cells != 4 || result.Summary["undecided"] != failed+undecided {
			t.Errorf("rate %.10s, gain %.10s: %v, %d cells without a result, %+v", c.rate, c.alpha, err, failed, result)
		}
		rows := strings.Count(string(read(t, dir, "trainings.csv")), "\n") - 1
		if rows != 2 {
			t.Errorf("%d rows of trainings, expected 2", rows)
		}
	}
}

// Shards of another program, arithmetic or setting are named with what
// differs; so are parts of another division, and folders whose records and
// result do not belong together.
func TestMergeNamesWhatDiffers(t *testing.T) {
	datasets, err := sampleData()
	if err != nil {
		t.Fatal(err)
	}
	run := func(name string, shard Shard, change func(*Config)) string {
		config := Config{Version: "1", Revision: "a", Arithmetic: "x", Losses: []string{"bfs"}, Alphas: []string{"1"}, Steps: []int{0, 1}, Training: Training{"1/8", 4, 30}, Digits: 8, Shard: shard}
		change(&config)
		s, err := New(config, datasets[:1])
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), name)
		if _, err := s.Run(context.Background(), dir, false, 1, testEnvironment, nil); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	same := func(*Config) {}
	first := run("first", Shard{0, 2}, same)
	for _, c := range []struct {
		change func(*Config)
		shard  Shard
		word   string
	}{
		{func(c *Config) { c.Version = "2" }, Shard{1, 2}, `"version" is "2" and "1"`},
		{func(c *Config) { c.Revision = "" }, Shard{1, 2}, `"revision" is absent and "a"`},
		{func(c *Config) { c.Arithmetic = "y" }, Shard{1, 2}, `"arithmetic" is "y" and "x"`},
		{func(c *Config) { c.Alphas = []string{"2"} }, Shard{1, 2}, `"alphas"`},
		{same, Shard{1, 3}, "shard 1/3"},
		{same, Shard{0, 2}, "duplicate"},
	} {
		out := filepath.Join(t.TempDir(), "out")
		_, err := Merge([]string{first, run("second", c.shard, c.change)}, out, testEnvironment)
		if err == nil || !strings.Contains(err.Error(), c.word) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, expected %s", err, c.word)
		}
		if _, err := os.Stat(out); err == nil {
			t.Error("something was written")
		}
	}
	if _, err := Merge([]string{first, run("second", Shard{1, 2}, same)}, filepath.Join(t.TempDir(), "out"), testEnvironment); err != nil {
		t.Error(err)
	}
}

// Whatever the text of a record is, it is refused or gives rows about its own
// cell that can be written.
func FuzzRecord(f *testing.F) {
	key := "data=a:step=1:loss=coconut:alpha=1"
	head := `{"key":"` + key + `","dataset":"a","step":1,"loss":"coconut","alpha":"1"`
	f.Add(head + `,"failed":"why"}`)
	f.Add(head + `,"decided":{"instances":1,"mu":{"lo":"1e99999999","hi":"2"},"claims":[{"id":"T1a","instance":0,"step":1,"verdict":"proved","values":{"mu":{"lo":"1","hi":"1e400"}}}]}}`)
	f.Add(head + `,"trained":{"series":[]}}`)
	f.Add(strings.Replace(head, key, key+":seed=1", 1) + `,"seed":1,"trained":{"series":[{"step":1,"mu":1e308,"spread":1}],"difference":1}}`)
	f.Add(`{"key":"data=..:step=1:loss=bfs:alpha=1"}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRecord([]byte(text))
		if err != nil {
			return
		}
		cell, err := ParseKey(r.Key)
		if err != nil || runlog.CheckName(cell.Dataset) != nil || cell.Dataset != r.Dataset {
			t.Fatalf("accepted %q of %q", r.Key, r.Dataset)
		}
		put := func(rows int, err error) {
			if err != nil && !errors.Is(err, runlog.ErrDamaged) {
				t.Error(err)
			}
		}
		put(written(claimRows(r)))
		put(written(valueRows(r)))
		put(written(trainingRows(r)))
		put(written(pointRows(r)))
	})
}

// written writes rows in both formats.
func written[T any](rows []T, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	for _, sink := range []func(io.Writer) (func(T) error, func() error){csvSink[T], jsonSink[T]} {
		put, finish := sink(io.Discard)
		for _, row := range rows {
			if err := put(row); err != nil {
				return 0, err
			}
		}
		if err := finish(); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// Whatever a result says: it is refused, or its configuration is one that New
// would have made.
func FuzzResult(f *testing.F) {
	config := sampleConfig(Shard{0, 1})
	config.Steps = []int{0, 1}
	config.Datasets = []Source{{"a", 1, "x"}}
	text, err := json.Marshal(Result{Schema: schema, Config: config})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	for _, change := range [][2]string{{`"a"`, `"../a"`}, {`"count":1`, `"count":9000000000000000000`}, {`"1/2"`, `"1e9999999"`}, {`"seeds":[1,5]`, `"seeds":[1,1]`}, {`"1/8"`, `"0"`}, {`"digits":12`, `"digits":-1`}} {
		f.Add(strings.Replace(string(text), change[0], change[1], 1))
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseResult([]byte(text))
		if err != nil {
			return
		}
		c := r.Config
		if c.Shard.Index < 0 || c.Shard.Index >= c.Shard.Count || c.Shard.Count > MaxShards || len(c.alphas) != len(c.Alphas) || c.rate.Sign() <= 0 || c.Digits < 1 {
			t.Errorf("accepted %+v", c)
		}
		for _, d := range c.Datasets {
			if runlog.CheckName(d.Name) != nil {
				t.Errorf("accepted the data set %q", d.Name)
			}
		}
		for i, a := range c.Alphas {
			if q, ok := new(big.Rat).SetString(a); !ok || q.Cmp(c.alphas[i]) != 0 {
				t.Errorf("gain %q is read as %v", a, c.alphas[i])
			}
		}
	})
}

// Whatever the words and variables are, a shard is one of its parts.
func FuzzParseShard(f *testing.F) {
	f.Add("0/1", "", "", "")
	f.Add("auto", "3", "0", "7")
	f.Add("auto/8", "-1", "1", "")
	f.Add("9999999999999999999/1", "", "", "")
	f.Fuzz(func(t *testing.T, text, id, least, most string) {
		for _, variables := range []map[string]string{
			{"SLURM_ARRAY_TASK_ID": id, "SLURM_ARRAY_TASK_MIN": least, "SLURM_ARRAY_TASK_MAX": most, "SLURM_ARRAY_TASK_STEP": "1", "SLURM_ARRAY_TASK_COUNT": most},
			{"JOB_COMPLETION_INDEX": id, "JOB_COMPLETIONS": most},
		} {
			s, err := ParseShard(text, func(name string) string { return variables[name] })
			if err == nil && (s.Index < 0 || s.Index >= s.Count || s.Count > MaxShards) {
				t.Errorf("%q with %v: %v", text, variables, s)
			}
		}
	})
}
