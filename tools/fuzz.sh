#!/usr/bin/env bash
# Runs every fuzz target of the module for a while: tools/fuzz.sh [TIME], 10s
# without TIME. What a failure found stands under testdata/fuzz of its package.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s}
# Targets that write and sync files do so in memory, where there is room.
if [ -d /dev/shm ] && [ -w /dev/shm ]; then export GOTMPDIR=${TMPDIR:-/tmp} TMPDIR=/dev/shm; fi
# Before Go 1.27 the coordinator may take the end of -fuzztime for a failure
# (golang.org/issue/75804): it says "context deadline exceeded" and names no
# input. Such a run is repeated, three times at most; any other failure is one.
output=$(mktemp)
trap 'rm -f "$output"' EXIT
fuzz() {
  for _ in 1 2 3; do
    if go test -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 20x "$1" 2>&1 | tee "$output"; then return; fi
    grep -q '^ *context deadline exceeded$' "$output" || return 1
    if grep -Eq 'Failing input|^panic|_test\.go:' "$output"; then return 1; fi
    echo "$1 $2: the end of the time, taken for a failure; once more"
  done
  return 1
}
targets=0
for package in $(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n 1 dirname | sort -u); do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
    echo "$package $target"
    fuzz "$package" "$target"
    targets=$((targets + 1))
  done
done
[ $targets -gt 0 ] || { echo "no fuzz target"; exit 1; }
echo "$targets targets, $time each: nothing found"
