package sweep

import (
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// A Job describes the job file of a command in shards on a cluster.
type Job struct {
	Name      string
	Program   string   // how the program is called there
	Arguments []string // the command and its flags, without --out, --shard and --jobs
	Out       string   // folder that all tasks see
	Merged    bool     // the shards are joined by merge
	Resumed   bool     // the command goes on with what its folder holds
	Shards    int
	CPUs      int    // of each task
	Memory    string // of each task, such as 2G (Slurm) or 2Gi (Kubernetes)
	Time      string // limit of each task, hours:minutes:seconds, for Slurm
	Image     string // container image, for Kubernetes
	Volume    string // name of the PersistentVolumeClaim that holds data and results, for Kubernetes
	Mount     string // where the volume appears in the containers, for Kubernetes
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./,:=@%+-]+$`)

// quote writes a word for a shell.
func quote(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// command writes words as one line for a shell.
func command(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

var jobFunctions = template.FuncMap{
	"quote":   quote,
	"command": command,
	"last":    func(n int) int { return n - 1 },
	"list":    func(words ...string) []string { return words },
	"concat":  func(a, b []string) []string { return slices.Concat(a, b) },
	"text":    strconv.Itoa,
	"json": func(x any) (string, error) { // a JSON text is a YAML text too
		text, err := json.Marshal(x)
		return string(text), err
	},
}

const slurmText = `#!/bin/bash
# {{command (list .Program (index .Arguments 0))}} in {{.Shards}} shards, one for each task of a Slurm job array.
#
#   sbatch {{.Name}}.sh
#                                    start it; prints the number of the job
#   squeue -u "$USER"                look at it
{{- if .Merged}}
#   sbatch --dependency=afterany:NUMBER --wrap {{quote (command (list .Program "merge" .Out))}}
#                                    join the shards when all tasks have ended
{{- end}}
#
{{- if .Resumed}}
# A task that is interrupted keeps what it has done and goes on from there when
# it runs again: after a failure of its node or preemption Slurm puts it back in
# the queue (--requeue), before the time limit the task does so itself (below),
# and after anything else do it by hand: scontrol requeue NUMBER_TASK.
{{- else}}
# A task that is interrupted begins again when it runs again: after a failure of
# its node or preemption Slurm puts it back in the queue (--requeue). One that
# meets the time limit needs more time, or more shards.
{{- end}}
#
#SBATCH --job-name={{.Name}}
#SBATCH --array=0-{{last .Shards}}
#SBATCH --cpus-per-task={{.CPUs}}
#SBATCH --mem={{.Memory}}
#SBATCH --time={{.Time}}
#SBATCH --requeue
# SIGTERM for this script, 60 s before the time limit.
#SBATCH --signal=B:TERM@60
#SBATCH --open-mode=append
#SBATCH --output={{.Name}}-%A_%a.log

# --shard auto/{{.Shards}} takes the place of the task from Slurm's variables and
# refuses an array of another size. The results go to {{.Out}}{{if .Resumed}}/shard-i-of-{{.Shards}}{{end}};
# that folder must be on a disk that all nodes see.
{{command (concat (list .Program) .Arguments)}} --out {{quote .Out}} --shard auto/{{.Shards}} --jobs "${SLURM_CPUS_PER_TASK:-1}" &
child=$!
stopped=0
trap 'stopped=1; kill -TERM "$child"' TERM

# A signal ends wait early; then wait again, for the end of the process itself.
wait "$child"
code=$?
while [ "$stopped" -eq 1 ]; do
  stopped=0
  wait "$child"
  code=$?
done

# 75: interrupted, and the same command goes on. Other codes: 0 nothing refuted,
# 1 something refuted or inconsistent, 2 bad input, 3 something undecided,
# 70 a fault of the machine.
if [ "$code" -eq 75 ]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
`

const kubernetesText = `# {{command (list .Program (index .Arguments 0))}} in {{.Shards}} shards, one for each index of an Indexed Job of Kubernetes
# (1.29 or later, for backoffLimitPerIndex).
#
#   kubectl apply -f {{.Name}}.yaml
#   kubectl wait --for=condition=complete job/{{.Name}}
#
# The volume holds the data and takes the results: {{.Out}}{{if .Resumed}}/shard-i-of-{{.Shards}}{{end}}.
{{- if .Merged}}
# When the job is complete, join the shards in a pod with the same volume:
#   {{command (list .Program "merge" .Out)}}
{{- end}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{json .Name}}
spec:
  completionMode: Indexed # each pod has its own JOB_COMPLETION_INDEX
  completions: {{.Shards}}
  parallelism: {{.Shards}}
  # A pod that is lost is started again{{if .Resumed}} and goes on from what its folder holds{{end}}.
  backoffLimitPerIndex: 20
  podFailurePolicy:
    rules:
      # 75: interrupted. Not counted as a failure.
      - action: Ignore
        onExitCodes:
          containerName: verify
          operator: In
          values: [75]
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
            status: "True"
      # 1: something refuted or inconsistent, 2: bad input, 3: something undecided.
      # Trying again would not help; after 1 and 3 the results are there.
      - action: FailIndex
        onExitCodes:
          containerName: verify
          operator: In
          values: [1, 2, 3]
  template:
    spec:
      restartPolicy: Never
      # From SIGTERM to SIGKILL. The program needs a few seconds.
      terminationGracePeriodSeconds: 60
      containers:
        - name: verify
          image: {{json .Image}}
          command: {{json (list .Program (index .Arguments 0))}}
          args: {{json (concat (slice .Arguments 1) (list "--out" .Out "--shard" "auto" "--jobs" (text .CPUs) "--quiet"))}}
          env:
            # How many indices there are, which Kubernetes does not tell.
            - name: JOB_COMPLETIONS
              value: {{json (text .Shards)}}
          resources:
            requests:
              cpu: {{json (text .CPUs)}}
              memory: {{json .Memory}}
            limits:
              memory: {{json .Memory}}
          volumeMounts:
            - name: work
              mountPath: {{json .Mount}}
      volumes:
        - name: work
          persistentVolumeClaim:
            claimName: {{json .Volume}}
`

// WriteSlurm writes a batch script for Slurm.
func (j *Job) WriteSlurm(w io.Writer) error { return j.write(w, slurmText) }

// WriteKubernetes writes an Indexed Job for Kubernetes.
func (j *Job) WriteKubernetes(w io.Writer) error { return j.write(w, kubernetesText) }

func (j *Job) write(w io.Writer, text string) error {
	t, err := template.New("job").Funcs(jobFunctions).Parse(text)
	if err != nil {
		return err
	}
	return t.Execute(w, j)
}
