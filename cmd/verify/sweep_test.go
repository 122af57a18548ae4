package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/report"
)

// fewInstances writes a small data set called few.
func fewInstances(t testing.TB) string {
	t.Helper()
	return suiteFile(t, 11, 3)
}

// suiteFile writes generated instances.
func suiteFile(t testing.TB, seed uint64, count int) string {
	t.Helper()
	instances, err := graph.Suite(seed, count, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := graph.Encode(&text, instances); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "few.json")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSweepMergeExport(t *testing.T) {
	data, folder := fewInstances(t), t.TempDir()
	grid := []string{"--data", data, "--steps", "1-2", "--train-steps", "100", "--batch", "8", "--quiet"}
	sweepOf := func(more ...string) (int, string, string) {
		return call(append(append([]string{"sweep"}, grid...), more...)...)
	}
	whole := filepath.Join(folder, "whole")
	code, stdout, stderr := sweepOf("--out", whole, "--json")
	if code != exitFine || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var document struct {
		Schema string `json:"schema"`
		Cells  int    `json:"cells"`
		SHA256 string `json:"results_sha256"`
	}
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || document.Schema != "muflow/sweep/1" || document.Cells != 8 {
		t.Fatalf("%v: %s", err, stdout)
	}
	if code, again, _ := sweepOf("--out", whole, "--json"); code != exitFine || again != stdout {
		t.Errorf("the same command again: exit %d, %s", code, again)
	}
	parts := filepath.Join(folder, "parts")
	t.Setenv("SLURM_ARRAY_TASK_ID", "7")
	for name, value := range map[string]string{"MIN": "5", "MAX": "7", "STEP": "1", "COUNT": "3"} {
		t.Setenv("SLURM_ARRAY_TASK_"+name, value)
	}
	for _, shard := range []string{"0/3", "1/3", "auto"} {
		if code, _, stderr := sweepOf("--out", parts, "--shard", shard); code != exitFine {
			t.Fatalf("shard %s: exit %d: %s", shard, code, stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(parts, "shard-2-of-3", "result.json")); err != nil {
		t.Error(err)
	}
	code, stdout, stderr = call("merge", parts, "--json")
	if code != exitFine || !strings.Contains(stdout, document.SHA256) {
		t.Errorf("merge: exit %d, %s%s, expected results %s", code, stdout, stderr, document.SHA256)
	}
	tables := filepath.Join(t.TempDir(), "new", "tables") // which export makes
	code, stdout, stderr = call("export", filepath.Join(parts, "merged"), "--out", tables)
	if code != exitFine || strings.Count(stdout, "\n") != 8 {
		t.Errorf("export: exit %d, %s%s", code, stdout, stderr)
	}
	if entries, err := os.ReadDir(tables); err != nil || len(entries) != 8 {
		t.Errorf("export: %v, %v, expected 8 tables in a new folder", entries, err)
	}
	within := []string{"does not hold a run", "merged, shard-0-of-3"}
	refused(t, "report of shards", within, "report", parts)
	refused(t, "export of shards", within, "export", parts, "--out", tables)
	refused(t, "shards extended", within, append([]string{"sweep", "--out", parts, "--seeds", "7-9", "--extend"}, grid...)...)
	refused(t, "export into a file", []string{"not a directory"}, "export", filepath.Join(parts, "merged"), "--out", filepath.Join(tables, "claims.csv"))
	refused(t, "parquet", []string{"tools/parquet"}, "export", filepath.Join(parts, "merged"), "--out", tables, "--format", "parquet")
	text, err := os.ReadFile(filepath.Join(whole, "results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var record struct {
			Key string `json:"key"`
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if code, again, stderr := sweepOf("--cell", record.Key); code != exitFine || again != line {
			t.Errorf("%s alone: exit %d, %.80s, %s", record.Key, code, again, stderr)
		}
	}
}

func TestInterruptedSweepGoesOn(t *testing.T) {
	data, folder := fewInstances(t), t.TempDir()
	args := []string{"sweep", "--data", data, "--steps", "1", "--train-steps", "200", "--batch", "16", "--quiet", "--seeds", "1-40", "--jobs", "2", "--out"}
	whole, broken := filepath.Join(folder, "whole"), filepath.Join(folder, "broken")
	var stdout, stderr bytes.Buffer
	ctx := asked(1 << 40)
	if code := run(ctx, append(args, whole), &stdout, &stderr); code != exitFine {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	stdout.Reset()
	if code := run(asked((1<<40-ctx.left.Load())/2), append(args, broken), &stdout, &stderr); code != exitResumable || stdout.Len() != 0 || !strings.Contains(stderr.String(), "interrupted") {
		t.Fatalf("exit %d, %q, %q", code, &stdout, &stderr)
	}
	if code, _, stderr := call("export", broken, "--out", folder); code != exitUsage || !strings.Contains(stderr, "not finished") {
		t.Errorf("export of an unfinished folder: exit %d, %s", code, stderr)
	}
	if code, _, stderr := call(append(args, broken)...); code != exitFine {
		t.Fatalf("going on: exit %d: %s", code, stderr)
	}
	a, errA := os.ReadFile(filepath.Join(whole, "results.jsonl"))
	b, errB := os.ReadFile(filepath.Join(broken, "results.jsonl"))
	if errA != nil || errB != nil || !bytes.Equal(a, b) || len(a) == 0 {
		t.Errorf("%v, %v, %d and %d bytes", errA, errB, len(a), len(b))
	}
}

func TestSweepRefusesBadUsage(t *testing.T) {
	data, folder := fewInstances(t), t.TempDir()
	out := filepath.Join(folder, "out")
	refused(t, "no out", []string{"--out"}, "sweep", "--data", data)
	refused(t, "no file", []string{"none.json"}, "sweep", "--data", "none.json", "--out", out)
	for _, c := range []struct{ flag, value string }{
		{"--steps", "9"}, {"--steps", "2-1"}, {"--steps", "x"}, {"--steps", ""}, {"--steps", "1,1"}, {"--losses", "mse"}, {"--alphas", "0"}, {"--alphas", "1,2/2"},
		{"--seeds", "1-"}, {"--seeds", "3,1-3"}, {"--seeds", "0-99999999"}, {"--rate", "inf"}, {"--batch", "0"}, {"--train-steps", "1"}, {"--digits", "0"},
		{"--shard", "8/8"}, {"--shard", "auto"}, {"--jobs", "-1"}, {"--cell", "data=few:step=1:loss=bfs:alpha=1"}, {"--data", data},
	} {
		refused(t, c.flag+" "+c.value, nil, "sweep", "--data", data, "--out", out, c.flag, c.value)
	}
	refused(t, "cell of other data", []string{"other"}, "sweep", "--data", data, "--cell", "data=other:step=1:loss=bfs:alpha=1")
	refused(t, "cell with a far step", nil, "sweep", "--data", data, "--cell", "data=few:step=8:loss=bfs:alpha=1:seed=1")
	refused(t, "cell with a far step", nil, "sweep", "--data", data, "--cell", "data=few:step=8:loss=bfs:alpha=1")
	refused(t, "merge of nothing", []string{"no shard"}, "merge", folder)
	refused(t, "merge of a missing folder", nil, "merge", out)
	refused(t, "merge into nowhere", []string{"--out"}, "merge", folder, folder)
	refused(t, "export of nothing", nil, "export", folder, "--out", folder)
	refused(t, "export of nothing to a new folder", nil, "export", folder, "--out", out)
	refused(t, "export in no format", []string{"xls"}, "export", folder, "--out", folder, "--format", "xls")
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
	if code, _, stderr := call("sweep", "--data", data, "--steps", "1", "--seeds", "none", "--quiet", "--out", out); code != exitFine {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	refused(t, "used folder", []string{"run already"}, "sweep", "--data", data, "--steps", "1", "--seeds", "none", "--out", out, "--resume=false")
	refused(t, "other configuration", []string{"another configuration"}, "sweep", "--data", data, "--steps", "1", "--out", out)
}

// A figure of a sweep is that of its report.
func TestSweepFigure(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	call := func(args ...string) (int, string) {
		var stdout, stderr bytes.Buffer
		return run(t.Context(), args, &stdout, &stderr), stderr.String()
	}
	if code, said := call("sweep", "--data", fewInstances(t), "--alphas", "1,2", "--steps", "1", "--train-steps", "50", "--batch", "4", "--quiet", "--out", dir); code != exitFine {
		t.Fatalf("exit code %d: %s", code, said)
	}
	results, err := report.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	builder := report.Builder{Results: results, Folder: filepath.Join(dir, "report"), Steps: 100} // as verify report, with short trainings
	if _, err := builder.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	drawn, err := filepath.Glob(filepath.Join(dir, "report", "figures", "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for _, file := range drawn {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		if strings.HasPrefix(name, "place-") || same == 4 && !*long.Tests { // of one instance; seconds
			continue
		}
		out := filepath.Join(t.TempDir(), "x.csv")
		if code, said := call("figure", "sweep", dir, "--name", name, "--out", out, "--quiet"); code != exitFine {
			t.Errorf("%s: exit code %d: %s", name, code, said)
			continue
		}
		got, errGot := os.ReadFile(out)
		want, errWant := os.ReadFile(file)
		if errGot != nil || errWant != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, %v, or other numbers than in the report", name, errGot, errWant)
		}
		same++
	}
	if same < 4 {
		t.Errorf("only %d figures: %v", same, drawn)
	}
	if code, said := call("figure", "sweep", dir, "--name", "x", "--out", "x"); code != exitUsage || !strings.Contains(said, "expected populations, ") {
		t.Errorf("exit code %d: %s", code, said)
	}
}
