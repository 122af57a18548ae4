#!/usr/bin/env bash
# Runs every fuzz target of the module for a while: tools/fuzz.sh [TIME], 10s
# without TIME. What a failure found stands under testdata/fuzz of its package.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s}
# Targets that write and sync files do so in memory, where there is room.
if [ -d /dev/shm ] && [ -w /dev/shm ]; then export GOTMPDIR=${TMPDIR:-/tmp} TMPDIR=/dev/shm; fi
targets=0
for package in $(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n 1 dirname | sort -u); do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
    echo "$package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 20x "$package"
    targets=$((targets + 1))
  done
done
[ $targets -gt 0 ] || { echo "no fuzz target"; exit 1; }
echo "$targets targets, $time each: nothing found"
