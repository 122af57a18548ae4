package sweep

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/theory"
)

// childFolder, when set, makes this test binary run the sweep of the tests in
// that folder instead of the tests.
const childFolder = "SWEEP_TEST_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		s, err := sample(Shard{0, 1})
		if err == nil {
			// Slowed down, so that there is time to kill it.
			_, err = s.Run(context.Background(), dir, true, 2, testEnvironment, func(int, int) { time.Sleep(8 * time.Millisecond) })
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var testEnvironment = runlog.NewEnvironment([]string{"test"}, "test", "", 0)

func sampleConfig(shard Shard) Config {
	return Config{Version: "test", Losses: []string{"coconut", "bfs"}, Alphas: []string{"1/2", "1"}, Seeds: []uint64{1, 5},
		Training: Training{Rate: "1/8", Batch: 16, Steps: 200}, Digits: 12, Shard: shard}
}

func sampleData() ([]Dataset, error) {
	a, err := graph.Suite(3, 4, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		return nil, err
	}
	b, err := graph.Suite(4, 3, graph.Shape{MinVertices: 8, MaxVertices: 12, MinHops: 2, MaxHops: 2}, graph.Generate)
	return []Dataset{{"a", a}, {"b", b}}, err
}

func sample(shard Shard) (*Sweep, error) {
	datasets, err := sampleData()
	if err != nil {
		return nil, err
	}
	return New(sampleConfig(shard), datasets)
}

func mustSample(t *testing.T, shard Shard) *Sweep {
	t.Helper()
	s, err := sample(shard)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// runIn finishes a sweep in a new folder.
func runIn(t *testing.T, dir string, shard Shard, jobs int) *Result {
	t.Helper()
	result, err := mustSample(t, shard).Run(context.Background(), dir, false, jobs, testEnvironment, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// contents returns the files of a folder but for what differs from run to run.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	m, err := runlog.CheckManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range m.Files {
		if f.Name != "environment.json" {
			out[f.Name] = f.SHA256
		}
	}
	return out
}

func TestFilesDoNotDependOnJobs(t *testing.T) {
	folder := t.TempDir()
	one, four := filepath.Join(folder, "one"), filepath.Join(folder, "four")
	result := runIn(t, one, Shard{0, 1}, 1)
	runIn(t, four, Shard{0, 1}, 4)
	a, b := contents(t, one), contents(t, four)
	if !reflect.DeepEqual(a, b) || len(a) < 10 {
		t.Errorf("files %v and %v", a, b)
	}
	if result.SHA256 != a[resultsName] {
		t.Errorf("the result names SHA-256 %s, the manifest %s", result.SHA256, a[resultsName])
	}
	// 4 + 2 steps, 2 losses, 2 gains, once the claims and twice a training.
	if result.Cells != 72 || result.Decided != 24 || result.Trained != 48 || result.Unbound != 24 {
		t.Errorf("%+v", result)
	}
	if result.Summary["inconsistent"]+result.Summary["refuted"]+result.Summary["undecided"] != 0 || result.Summary["consistent"] != 24 || result.Summary["proved"] < 150 {
		t.Errorf("summary %v", result.Summary)
	}
	again, err := mustSample(t, Shard{0, 1}).Run(context.Background(), one, true, 1, testEnvironment, nil)
	if err != nil || again.SHA256 != result.SHA256 {
		t.Errorf("a finished folder gave %v, %v", again, err)
	}
}

// Killed at random moments, again and again, the folder ends with the bytes of
// an uninterrupted run, and no record is lost or made twice.
func TestKilledSweepsEndTheSame(t *testing.T) {
	folder := t.TempDir()
	whole, killed := filepath.Join(folder, "whole"), filepath.Join(folder, "killed")
	runIn(t, whole, Shard{0, 1}, 2)
	rng := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano()))) // the moments are no input of the result
	held := func() (n int) {
		err := runlog.ReadLog(filepath.Join(killed, "records.log"), func([]byte) error { n++; return nil })
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		return n
	}
	const most = 8
	kills, before := 0, 0
	for done := false; !done; {
		process := exec.Command(os.Args[0], "-test.run=^$")
		process.Env = append(os.Environ(), childFolder+"="+killed)
		var stderr bytes.Buffer
		process.Stderr = &stderr
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- process.Wait() }()
		target := before + 1 + rng.IntN(10) // records after which it is killed
		for running := true; running; {
			select {
			case err := <-ended:
				if err != nil {
					t.Fatalf("after %d kills: %v: %s", kills, err, &stderr)
				}
				running, done = false, true
			case <-time.After(time.Duration(1+rng.IntN(10)) * time.Millisecond):
				if kills < most && held() >= target {
					if err := process.Process.Kill(); err != nil {
						t.Fatal(err)
					}
					<-ended
					kills++
					running = false
				}
			}
		}
		now := held()
		if now < before {
			t.Errorf("%d records after kill %d, %d before", now, kills, before)
		}
		before = now
	}
	if kills < 3 {
		t.Errorf("only %d kills", kills)
	}
	if a, b := contents(t, whole), contents(t, killed); !reflect.DeepEqual(a, b) {
		t.Errorf("after %d kills the files are %v, without %v", kills, b, a)
	}
}

func TestEightShardsMergedEqualOne(t *testing.T) {
	folder := t.TempDir()
	whole, parts := filepath.Join(folder, "whole"), filepath.Join(folder, "parts")
	runIn(t, whole, Shard{0, 1}, 2)
	cells := 0
	for _, i := range []int{5, 2, 7, 0, 1, 3, 6, 4} {
		cells += runIn(t, filepath.Join(parts, fmt.Sprint("p", i)), Shard{i, 8}, 2).Cells
	}
	merged := filepath.Join(parts, MergedName)
	for range 2 { // merging again changes nothing
		result, err := Merge([]string{parts}, merged, testEnvironment)
		if err != nil {
			t.Fatal(err)
		}
		if cells != 72 || result.Cells != 72 || result.Config.Shard != (Shard{0, 1}) {
			t.Errorf("%d cells in shards, %+v", cells, result)
		}
	}
	if a, b := contents(t, whole), contents(t, merged); !reflect.DeepEqual(a, b) {
		t.Errorf("one run wrote %v, the merge %v", a, b)
	}
}

func TestMergeRefuses(t *testing.T) {
	folder := t.TempDir()
	name := func(i int) string { return filepath.Join(folder, fmt.Sprint("s", i)) }
	for i := range 3 {
		runIn(t, name(i), Shard{i, 3}, 2)
	}
	twin := filepath.Join(folder, "twin")
	runIn(t, twin, Shard{1, 3}, 2)
	other := filepath.Join(folder, "other")
	config := sampleConfig(Shard{2, 3})
	config.Digits++
	datasets, err := sampleData()
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(config, datasets)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(context.Background(), other, false, 2, testEnvironment, nil); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(folder, "half")
	ctx, cancel := context.WithCancel(context.Background())
	_, err = mustSample(t, Shard{2, 3}).Run(ctx, half, false, 1, testEnvironment, func(done, _ int) {
		if done == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	alien := filepath.Join(folder, "alien")
	run, err := runlog.Open(alien, "exhaust", 1, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(run.Seal([]byte("{}"), runlog.NewEnvironment(nil, "test", "", 1)), run.Close()); err != nil {
		t.Fatal(err)
	}
	started := filepath.Join(folder, "started")
	if run, err = runlog.Open(started, "exhaust", 1, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dirs []string
		want string
	}{
		{[]string{name(0), name(2)}, "missing: 1 of 3 shards: [1]"},
		{[]string{name(0), name(1), name(2), twin}, "duplicate: shard 1/3"},
		{[]string{name(0), name(1), other}, "foreign"},
		{[]string{name(0), name(1), half}, "not finished"},
		{[]string{name(0), name(1), alien}, "made by \"exhaust\", expected sweep"},
		{[]string{name(0), name(1), started}, "made by \"exhaust\", expected sweep"},
		{[]string{t.TempDir()}, "no shard"},
	} {
		out := filepath.Join(t.TempDir(), "out")
		if _, err := Merge(c.dirs, out, testEnvironment); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, expected %q", c.dirs, err, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%v: something was written", c.dirs)
		}
	}
	// Damage of any file that the manifest names is found.
	m, err := runlog.CheckManifest(name(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range m.Files {
		file := filepath.Join(name(1), f.Name)
		text, err := os.ReadFile(file)
		if err != nil || len(text) == 0 {
			t.Fatal(f.Name, err)
		}
		damaged := slices.Clone(text)
		damaged[len(damaged)/2] ^= 1
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Merge([]string{name(0), name(1), name(2)}, filepath.Join(t.TempDir(), "out"), testEnvironment); err == nil {
			t.Errorf("damage in %s was not found", f.Name)
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Merge([]string{name(2), name(0), name(1)}, filepath.Join(t.TempDir(), "out"), testEnvironment); err != nil {
		t.Errorf("undamaged again: %v", err)
	}
}

func TestEachCellAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	runIn(t, dir, Shard{0, 1}, 2)
	text, err := os.ReadFile(filepath.Join(dir, resultsName))
	if err != nil {
		t.Fatal(err)
	}
	s := mustSample(t, Shard{2, 3}) // a cell knows nothing of shards
	checks := 0
	for line := range strings.Lines(string(text)) {
		var r Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if checks++; checks%7 != 0 {
			continue
		}
		cell, err := ParseKey(r.Key)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Compute(context.Background(), cell)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		if string(got)+"\n" != line {
			t.Errorf("%s: again %.200s, in the folder %.200s", r.Key, got, line)
		}
	}
	if checks != 72 {
		t.Errorf("%d records", checks)
	}
}

// Cells lists those of the shard.
func (s *Sweep) Cells() (out []Cell) {
	count, at := s.cells()
	for i := range count {
		out = append(out, at(i))
	}
	return out
}

func TestKeys(t *testing.T) {
	for _, c := range mustSample(t, Shard{0, 1}).Cells() {
		back, err := ParseKey(c.Key())
		if err != nil || back.Key() != c.Key() {
			t.Errorf("%s: %v, %v", c.Key(), back, err)
		}
	}
	for _, key := range []string{"", "data=a", "data=a:step=x:loss=bfs:alpha=1", "data=a:step=1:loss=mse:alpha=1", "data=a:step=1:loss=bfs:alpha=2/4",
		"data=a:step=1:loss=bfs:alpha=-1", "data=a:step=01:loss=bfs:alpha=1", "data=a:step=1:loss=bfs:alpha=1:seed=-1", "data=a:step=1:loss=bfs:alpha=1:seed=1:x=2",
		"step=1:data=a:loss=bfs:alpha=1"} {
		if c, err := ParseKey(key); err == nil {
			t.Errorf("%q was read as %v", key, c)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add("data=a:step=1:loss=bfs:alpha=1/2:seed=3")
	f.Add("data=a:step=1:loss=coconut:alpha=1e9")
	f.Fuzz(func(t *testing.T, key string) {
		if c, err := ParseKey(key); err == nil && c.Key() != key {
			t.Errorf("%q became %q", key, c.Key())
		}
	})
}

// TestShardsShareCells: every cell is of one shard, the shards have as many but for one,
// and cells that take turns are shared alike.
func TestShardsShareCells(t *testing.T) {
	for _, all := range []int{0, 1, 7, 16, 101, 1000} {
		for _, count := range []int{1, 2, 3, 8, 13} {
			seen := make([]int, all)
			for index := range count {
				shard, parts := Shard{index, count}, map[[2]int]int{}
				size := shard.size(all)
				if size != all/count && size != all/count+1 {
					t.Fatalf("shard %v of %d cells has %d", shard, all, size)
				}
				for i := range size {
					at := shard.place(i)
					seen[at]++
					for period := 2; period < 10; period++ {
						parts[[2]int{period, at % period}]++
					}
					if of := shardAt(at, count); of != index {
						t.Fatalf("cell %d is of shard %d, expected %v", at, of, shard)
					}
				}
				for part, n := range parts {
					if size > 50 && (n > 2*size/part[0] || 2*n < size/part[0]) {
						t.Errorf("shard %v of %d cells has %d of %d whose place is %d modulo %d", shard, all, n, size, part[1], part[0])
					}
				}
			}
			for at, n := range seen {
				if n != 1 {
					t.Fatalf("cell %d of %d is in %d of %d shards", at, all, n, count)
				}
			}
		}
	}
}

func TestParseShard(t *testing.T) {
	slurm := map[string]string{"SLURM_ARRAY_TASK_ID": "12", "SLURM_ARRAY_TASK_MIN": "2", "SLURM_ARRAY_TASK_MAX": "17", "SLURM_ARRAY_TASK_STEP": "5", "SLURM_ARRAY_TASK_COUNT": "4"}
	with := func(base map[string]string, pairs ...string) map[string]string {
		out := map[string]string{}
		for k, v := range base {
			out[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			out[pairs[i]] = pairs[i+1]
		}
		return out
	}
	for _, c := range []struct {
		text string
		env  map[string]string
		want string // "" if refused
	}{
		{"3/8", nil, "3/8"}, {"0/1", nil, "0/1"}, {"8/8", nil, ""}, {"-1/8", nil, ""}, {"3", nil, ""}, {"x/8", nil, ""}, {"1/0", nil, ""}, {"1/2/3", nil, ""},
		{"auto", nil, ""},
		{"auto", slurm, "2/4"}, {"auto/4", slurm, "2/4"}, {"auto/5", slurm, ""},
		{"auto", with(slurm, "SLURM_ARRAY_TASK_ID", "13"), ""},
		{"auto", with(slurm, "SLURM_ARRAY_TASK_ID", "22"), ""},
		{"auto", with(slurm, "SLURM_ARRAY_TASK_COUNT", "3"), ""}, // 2,7,17 asked for by hand
		{"auto", with(slurm, "SLURM_ARRAY_TASK_STEP", "0"), ""},
		{"auto", with(slurm, "SLURM_ARRAY_TASK_STEP", ""), ""},
		{"auto", with(slurm, "JOB_COMPLETION_INDEX", "1"), ""},
		{"auto", map[string]string{"JOB_COMPLETION_INDEX": "3", "JOB_COMPLETIONS": "8"}, "3/8"},
		{"auto/8", map[string]string{"JOB_COMPLETION_INDEX": "3"}, "3/8"},
		{"auto", map[string]string{"JOB_COMPLETION_INDEX": "3"}, ""},
		{"auto/2", map[string]string{"JOB_COMPLETION_INDEX": "3"}, ""},
		{"auto/7", map[string]string{"JOB_COMPLETION_INDEX": "3", "JOB_COMPLETIONS": "8"}, ""},
	} {
		shard, err := ParseShard(c.text, func(name string) string { return c.env[name] })
		if c.want == "" && err == nil || c.want != "" && (err != nil || shard.String() != c.want) {
			t.Errorf("%s with %v: %v, %v, expected %q", c.text, c.env, shard, err, c.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	datasets, err := sampleData()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config, *[]Dataset){
		"no data":        func(_ *Config, d *[]Dataset) { *d = nil },
		"same names":     func(_ *Config, d *[]Dataset) { (*d)[1].Name = "a" },
		"bad name":       func(_ *Config, d *[]Dataset) { (*d)[1].Name = "a:b" },
		"no loss":        func(c *Config, _ *[]Dataset) { c.Losses = nil },
		"unknown loss":   func(c *Config, _ *[]Dataset) { c.Losses = []string{"mse"} },
		"two losses":     func(c *Config, _ *[]Dataset) { c.Losses = []string{"bfs", "bfs"} },
		"no gain":        func(c *Config, _ *[]Dataset) { c.Alphas = nil },
		"zero gain":      func(c *Config, _ *[]Dataset) { c.Alphas = []string{"0"} },
		"decimal gain":   func(c *Config, _ *[]Dataset) { c.Alphas = []string{"0.5"} },
		"far step":       func(c *Config, _ *[]Dataset) { c.Steps = []int{9} },
		"step twice":     func(c *Config, _ *[]Dataset) { c.Steps = []int{1, 1} },
		"seed twice":     func(c *Config, _ *[]Dataset) { c.Seeds = []uint64{4, 4} },
		"one train step": func(c *Config, _ *[]Dataset) { c.Training.Steps = 1 },
		"shard":          func(c *Config, _ *[]Dataset) { c.Shard = Shard{2, 2} },
		"other data":     func(c *Config, _ *[]Dataset) { c.Datasets = []Source{{Name: "a"}, {Name: "b"}} },
	} {
		config, data := sampleConfig(Shard{0, 1}), slices.Clone(datasets)
		change(&config, &data)
		if _, err := New(config, data); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// Both formats hold the same rows.
func TestTablesAgree(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	runIn(t, dir, Shard{0, 1}, 2)
	out := t.TempDir()
	saved, err := runlog.ReadSealed(dir)
	if err != nil {
		t.Fatal(err)
	}
	names, err := WriteTables(saved.Records, out, Formats...)
	if err != nil || len(names) != 8 {
		t.Fatal(names, err)
	}
	counts := map[string]int{}
	for _, base := range []string{"claims", "values", "trainings", "points"} {
		rows, err := csv.NewReader(bytes.NewReader(read(t, out, base+".csv"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		decoder := json.NewDecoder(bytes.NewReader(read(t, out, base+".jsonl")))
		decoder.UseNumber()
		for _, row := range rows[1:] {
			want := map[string]any{}
			if err := decoder.Decode(&want); err != nil || len(want) != len(row) {
				t.Fatalf("%s, row %d: %v, %v", base, counts[base], want, err)
			}
			for i, name := range rows[0] {
				text := fmt.Sprint(want[name])
				if want[name] == nil {
					text = ""
				}
				x, errX := strconv.ParseFloat(text, 64)
				y, errY := strconv.ParseFloat(row[i], 64)
				if text != row[i] && (errX != nil || errY != nil || x != y) {
					t.Fatalf("%s, row %d: %s is %q in CSV, %q in JSON", base, counts[base], name, row[i], text)
				}
			}
			if loss, band := want["loss"], want["band"]; base == "trainings" && (band == nil) != (loss == theory.CoconutBFS.String()) {
				t.Errorf("%s: band %v", loss, band)
			}
			counts[base]++
		}
		if decoder.More() {
			t.Errorf("%s: more rows in JSON than the %d in CSV", base, counts[base])
		}
	}
	if counts["trainings"] != 48 || counts["claims"] < 200 || counts["points"] < 1000 {
		t.Errorf("%v", counts)
	}
}

func read(t *testing.T, folder, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A training that does not follow the theory is found out: one whose drift is
// larger or smaller by a tenth.
func TestWrongTheoryIsInconsistent(t *testing.T) {
	s := mustSample(t, Shard{0, 1})
	s.config.Training = Training{Rate: "1/8", Batch: 512, Steps: 1000}
	cells := s.Cells()
	right := cells[slices.IndexFunc(cells, func(c Cell) bool { return c.Seed != nil && c.Step == 1 && c.Loss == theory.Coconut })]
	record, err := s.Compute(context.Background(), right)
	if err != nil {
		t.Fatal(err)
	}
	if record.Trained.Verdict != theory.Consistent || !(record.Trained.Notices > 0 && record.Trained.Notices < 0.1) {
		t.Fatalf("%s: %v, difference %v, notices %v", right.Key(), record.Trained.Verdict, record.Trained.Difference, record.Trained.Notices)
	}
	given := s.config.rate
	for _, factor := range []*big.Rat{big.NewRat(9, 10), big.NewRat(11, 10)} {
		var instances []graph.Instance
		for _, d := range s.datasets {
			if d.Name == right.Dataset {
				instances = d.Instances
			}
		}
		s.config.rate = new(big.Rat).Mul(given, factor)
		seen, err := s.simulate(context.Background(), right, instances, record.Trained.Symbols)
		s.config.rate = given
		if err != nil {
			t.Fatal(err)
		}
		out := &Trained{Symbols: record.Trained.Symbols}
		if err := s.judge(right, instances, seen, out); err != nil || out.Verdict != theory.Inconsistent {
			t.Errorf("a drift times %v: %v, %v", factor, out.Verdict, err)
		}
	}
}
