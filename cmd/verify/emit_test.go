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
