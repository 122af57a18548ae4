#!/usr/bin/env bash
# Runs exhaust, theorem and hunt as job arrays on a one-node Slurm cluster made for
# the purpose (node.sh), as verify emit slurm writes them, and compares the merged
# shards with one run without Slurm. As root, with Debian's slurm-wlm and munge:
#
#   tools/cluster/commands.sh [VERTICES]
#
# One task of exhaust is killed with kill -9 while it works and put back in the queue.
set -euo pipefail
cd "$(dirname "$0")/../.."
vertices=${1:-6}
. tools/cluster/node.sh

"$work/verify" data generate --count 300 --seed 2 --quiet --out "$work/graphs.json"
cd "$work"
array() { # name, shards, command: runs it as a job array to its end
  local name=$1 shards=$2
  shift 2
  "$work/verify" emit slurm --name "$name" --out "$work/$name" --shards "$shards" --cpus 1 --memory 1G --program "$work/verify" -- "$@" >"$name.sh"
  job=$(sbatch --parsable --chdir="$work" "$name.sh")
  echo "$name: job $job, $shards tasks: $*"
}
ended() {
  for _ in $(seq 1800); do
    [ -z "$(squeue -h -j "$job" -o %i)" ] && break
    sleep 1
  done
  scontrol show job "$job" | grep -oE 'JobState=\S+|Restarts=\S+|ExitCode=\S+' | paste -d' ' - - - | sort | uniq -c
}
same() { # two documents, but for the commands that made them
  diff <(grep -v '^  "command"' "$1") <(grep -v '^  "command"' "$2")
  echo "the merged shards are the document of one run: $(wc -c <"$1") bytes"
}

array exhaust 8 exhaust --vertices "$vertices" --audit 0.001
for _ in $(seq 600); do
  [ "$(cat exhaust/shard-0-of-8/records.log 2>/dev/null | wc -l)" -ge 2 ] && break
  sleep 0.1
done
victim=$(pgrep -f -- "--out $work/exhaust --shard auto/8" | while read -r p; do
  if tr '\0' '\n' <"/proc/$p/environ" | grep -qx SLURM_ARRAY_TASK_ID=0 && [ "$(readlink "/proc/$p/exe")" = "$work/verify" ]; then echo "$p"; fi; done)
kill -9 $victim && echo "exhaust: kill -9 of task 0 with $(wc -l <exhaust/shard-0-of-8/records.log) records held"
for _ in $(seq 100); do
  scontrol requeue "${job}_0" 2>/dev/null && break
  sleep 0.3
done
ended
"$work/verify" merge "$work/exhaust" --json >merged.json
"$work/verify" exhaust --vertices "$vertices" --audit 0.001 --json --quiet >whole.json
same merged.json whole.json

array theorem 5 theorem 1 --data "$work/graphs.json"
ended
"$work/verify" merge "$work/theorem" --json >merged.json
"$work/verify" theorem 1 --data "$work/graphs.json" --json --quiet >whole.json
same merged.json whole.json

array hunt 4 hunt --cases 100
ended
"$work/verify" hunt --cases 100 --quiet --out "$work/hunted" >/dev/null
diff <(cd "$work/hunt" && cat -- *.json | sha256sum) <(cd "$work/hunted" && cat -- *.json | sha256sum)
echo "the witnesses of the shards are those of one run: $(ls "$work/hunt" | wc -l)"
