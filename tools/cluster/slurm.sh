#!/usr/bin/env bash
# Runs a sweep as a job array on a one-node Slurm cluster made for the purpose,
# with Debian's slurm-wlm and munge (apt-get install slurm-wlm munge), as root:
#
#   tools/cluster/slurm.sh [DATA]
#
# Of the 8 tasks one is killed with kill -9 and put back in the queue, one is
# put back in the queue while it runs, and one gets the SIGTERM that comes
# before the time limit. The shards are merged and compared with one run
# without Slurm. Everything is in a temporary folder and ends with the script.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=$(realpath "${1:-../shared/data/prosqa_valid.json.gz}")
. tools/cluster/node.sh

grid=(--data "$data" --alphas 1/2,1 --seeds 1-10)
"$work/verify" sweep "${grid[@]}" --quiet --out "$work/whole"

# The job file as it is emitted, two tasks at a time.
"$work/verify" emit slurm "${grid[@]}" --out "$work/run" --shards 8 --cpus 1 --memory 500M --program "$work/verify" >"$work/verify-sweep.sh"
cd "$work"
job=$(sbatch --parsable --chdir="$work" verify-sweep.sh)
echo "job $job"

running() { squeue -h -j "${job}_$1" -t RUNNING -o %A | grep -q .; }
held() { cat "$work/run/shard-$1-of-8/records.log" 2>/dev/null | wc -l; }
# Slurm answers "try again later" while it is busy with a task.
persist() {
  for _ in $(seq 100); do
    if "$@" 2>"$work/refused"; then return; fi
    sleep 0.3
  done
  cat "$work/refused"
  echo "given up: $*"; exit 1
}
await() { # task, records: until the task runs and holds so many
  for _ in $(seq 600); do
    if running "$1" && [ "$(held "$1")" -ge "$2" ]; then return; fi
    sleep 0.2
  done
  echo "task $1 did not come to $2 records"; exit 1
}
process() { pgrep -f -- "--shard auto/8" | while read -r p; do
  if tr '\0' '\n' <"/proc/$p/environ" | grep -qx "SLURM_ARRAY_TASK_ID=$1" && [ "$(readlink "/proc/$p/exe")" = "$work/verify" ]; then echo "$p"; fi; done; }

await 0 1
victim=$(process 0)
echo "task 0: kill -9 of process $victim with $(held 0) records held"
kill -9 "$victim"
while running 0; do sleep 0.2; done
scontrol show job "${job}_0" | grep -oE 'JobState=\S+|ExitCode=\S+' | tr '\n' ' '
echo
persist scontrol requeue "${job}_0"

await 1 1
echo "task 1: scontrol requeue while it runs, $(held 1) records held"
persist scontrol requeue "${job}_1"

await 2 1
echo "task 2: SIGTERM to the script, as before the time limit, $(held 2) records held"
persist scancel --batch --signal=TERM "${job}_2"

for _ in $(seq 900); do
  [ -z "$(squeue -h -j "$job" -o %i)" ] && break
  sleep 1
done
for i in $(seq 0 7); do
  echo "task $i: $(scontrol show job "${job}_$i" | grep -oE 'JobState=\S+|Restarts=\S+|ExitCode=\S+' | tr '\n' ' ')records held before the last start: $(grep -o '"records_from_before": [0-9]*' "run/shard-$i-of-8/environment.json" | grep -o '[0-9]*$')"
done
"$work/verify" merge "$work/run"
for f in run.json records.log results.jsonl result.json claims.csv values.csv trainings.csv points.csv; do
  cmp "$work/whole/$f" "$work/run/merged/$f"
done
echo "the merged shards are the files of one run without Slurm"
