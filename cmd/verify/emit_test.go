package main

import (
	"os/exec"
	"strings"
	"testing"
)

func TestEmitSlurm(t *testing.T) {
	code, stdout, stderr := call("emit", "slurm", "--data", "/shared/it's here/a.json", "--out", "/shared/run", "--shards", "12", "--alphas", "1/2,1", "--cpus", "4", "--time", "2-00:00:00")
	if code != exitFine {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, want := range []string{
		"#SBATCH --array=0-11\n", "#SBATCH --cpus-per-task=4\n", "#SBATCH --time=2-00:00:00\n", "#SBATCH --requeue\n",
		`verify sweep --data '/shared/it'\''s here/a.json' --alphas 1/2,1 --out /shared/run --shard auto/12 --jobs "${SLURM_CPUS_PER_TASK:-1}" &`,
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	// Options behind the first command are not read by sbatch.
	if first := strings.Index(stdout, "\nverify sweep"); strings.LastIndex(stdout, "#SBATCH") > first {
		t.Error("an option of sbatch behind the first command")
	}
	if bash, err := exec.LookPath("bash"); err == nil {
		check := exec.Command(bash, "-n")
		check.Stdin = strings.NewReader(stdout)
		if text, err := check.CombinedOutput(); err != nil {
			t.Errorf("bash -n: %v: %s", err, text)
		}
	}
}

func TestEmitKubernetes(t *testing.T) {
	code, stdout, stderr := call("emit", "kubernetes", "--data", "/work/a.json", "--data", builtinName, "--out", "/work/run", "--shards", "5", "--image", "registry.example/verify:1")
	if code != exitFine {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, want := range []string{
		"completions: 5\n", "completionMode: Indexed", `value: "5"`, `image: "registry.example/verify:1"`,
		`args: ["--data","/work/a.json","--data","built-in","--out","/work/run","--shard","auto","--jobs","2","--quiet"]`,
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

func TestEmitOtherCommands(t *testing.T) {
	for _, x := range []struct {
		words          []string
		want           string
		merge, resumed bool
	}{
		{[]string{"exhaust", "--vertices", "7"}, "verify exhaust --vertices 7 --resume --out /work/run --shard auto/5 --jobs", true, true},
		{[]string{"theorem", "1", "--data", "/work/it's.json"}, `verify theorem 1 --data '/work/it'\''s.json' --out /work/run --shard auto/5 --jobs`, true, false},
		{[]string{"hunt"}, "verify hunt --out /work/run --shard auto/5 --jobs", false, false},
		{[]string{"hunt", "--conclusion", "dstar <= dmax"}, "verify hunt --conclusion 'dstar <= dmax' --out /work/run --shard auto/5 --jobs", false, false},
	} {
		code, stdout, stderr := call(append([]string{"emit", "slurm", "--out", "/work/run", "--shards", "5", "--"}, x.words...)...)
		if code != exitFine || !strings.Contains(stdout, "\n"+x.want) || strings.Contains(stdout, "verify merge") != x.merge ||
			strings.Contains(stdout, "goes on from there") != x.resumed || strings.Contains(stdout, "shard-i-of-5") != x.resumed || !strings.Contains(stdout, "--job-name=verify-"+x.words[0]+"\n") {
			t.Errorf("%v: exit %d, %s\n%s", x.words, code, stderr, stdout)
		}
		code, stdout, stderr = call(append([]string{"emit", "kubernetes", "--out", "/work/run", "--image", "i", "--"}, x.words...)...)
		if code != exitFine || !strings.Contains(stdout, `command: ["verify","`+x.words[0]+`"]`) || strings.Contains(stdout, "verify merge") != x.merge ||
			strings.Contains(stdout, "goes on from what") != x.resumed || !strings.Contains(stdout, "values: [1, 2, 3]") {
			t.Errorf("%v: exit %d, %s\n%s", x.words, code, stderr, stdout)
		}
	}
	for _, args := range [][]string{
		{"exhaust"}, {"exhaust", "--vertices", "9"}, {"exhaust", "--vertices", "4", "--shard", "0/2"}, {"theorem", "3"}, {"train"}, {"hunt", "--exhaust", "3", "--conclusion", "n == 3"}, {"exhaust", "--help"},
	} {
		refused(t, strings.Join(args, " "), []string{"behind --"}, append([]string{"emit", "slurm", "--out", "/work/run", "--"}, args...)...)
	}
	refused(t, "flags of a sweep", []string{"--alphas in front of --"}, "emit", "slurm", "--out", "x", "--alphas", "2", "--", "hunt")
	refused(t, "a count in shards", []string{"behind --: --count and --out exclude each other"}, "emit", "slurm", "--out", "x", "--", "exhaust", "--vertices", "4", "--count")
	refused(t, "no dashes", []string{"behind --"}, "emit", "slurm", "--out", "x", "hunt")
	refused(t, "data elsewhere", []string{"/tmp/a.json is not in the volume"}, "emit", "kubernetes", "--out", "/work/x", "--image", "i", "--", "theorem", "1", "--data", "/tmp/a.json")
}

func TestEmitRefusesBadUsage(t *testing.T) {
	for _, args := range [][]string{
		{"slurm"}, {"slurm", "--out", "a\nb"}, {"slurm", "--out", "x", "--shards", "0"}, {"slurm", "--out", "x", "--time", "soon"}, {"slurm", "--out", "x", "--memory", "2 G"},
		{"slurm", "--out", "x", "--name", "a b"}, {"slurm", "--out", "x", "--cpus", "0"}, {"slurm", "--out", "x", "--alphas", "-1"}, {"slurm", "--out", "x", "--losses", "mse"},
		{"slurm", "--out", "x", "--losses", "bfs,bfs"}, {"slurm", "--out", "x", "--alphas", "1,2/2"}, {"slurm", "--out", "x", "--data", "a.json", "--data", "b/a.json.gz"},
		{"slurm", "--out", "x", "--data", "a\nb"}, {"slurm", "--out", "x", "--program", "a\n#SBATCH"},
		{"kubernetes", "--out", "/work/x"}, {"kubernetes", "--out", "/tmp/x", "--image", "i"}, {"kubernetes", "--out", "/work/x", "--image", "i", "--data", "a.json"},
		{"kubernetes", "--out", "/work/x", "--image", "i", "--volume", "A b"}, {"kubernetes", "--out", "/work/x", "--image", "i", "--mount", "work"},
		{"kubernetes", "--out", "/work/x", "--image", "i", "--memory", "much"}, {"nomad"},
	} {
		refused(t, strings.Join(args, " "), nil, append([]string{"emit"}, args...)...)
	}
}
