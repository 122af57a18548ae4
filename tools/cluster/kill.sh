#!/usr/bin/env bash
# Kills a sweep on the validation data at random moments with kill -9, goes on
# each time, and compares the files with those of an uninterrupted run.
#
#   tools/cluster/kill.sh [DATA] [KILLS]
#
# Also measures how long SIGTERM takes until the process ends with exit code 75.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${1:-../shared/data/prosqa_valid.json.gz}
kills=${2:-100}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/verify" ./cmd/verify
grid=(--data "$data" --alphas 1/2,1 --seeds 1-6 --quiet)

start=$SECONDS
"$work/verify" sweep "${grid[@]}" --out "$work/whole"
echo "uninterrupted: $((SECONDS - start)) s"

done=0 ends=0 start=$SECONDS
while [ "$done" -lt "$kills" ]; do
  "$work/verify" sweep "${grid[@]}" --out "$work/killed" >/dev/null 2>>"$work/messages" &
  pid=$!
  sleep "$(awk -v r=$RANDOM 'BEGIN { print 0.05 + 3.95 * r / 32767 }')"
  if kill -9 $pid 2>/dev/null; then done=$((done + 1)); fi
  if wait $pid 2>/dev/null; then # it had finished: from here on start again in another folder
    ends=$((ends + 1))
    diff <(sha256sum <"$work/whole/results.jsonl") <(sha256sum <"$work/killed/results.jsonl")
    rm -rf "$work/killed"
  fi
done
records=$(wc -l <"$work/killed/records.log" || true)
"$work/verify" sweep "${grid[@]}" --out "$work/killed"
echo "$done kills, $ends runs finished between them, $records records held after the last: $((SECONDS - start)) s"

for f in run.json records.log results.jsonl result.json claims.csv values.csv trainings.csv points.csv data/prosqa_valid.json; do
  cmp "$work/whole/$f" "$work/killed/$f"
done
sha256sum "$work/whole/results.jsonl" "$work/killed/results.jsonl"
[ ! -s "$work/messages" ] || { cat "$work/messages"; exit 1; }

"$work/verify" sweep "${grid[@]}" --out "$work/term" >/dev/null &
pid=$!
sleep 3
kill -TERM $pid
before=$(date +%s%N)
code=0
wait $pid || code=$?
echo "SIGTERM: exit code $code after $((($(date +%s%N) - before) / 1000000)) ms"
[ "$code" = 75 ]
echo "all the same"
