#!/usr/bin/env bash
# Runs every fuzz target of the module for a while: tools/fuzz.sh [TIME], 10s
# without TIME, as many at once as there are processors. What a failure found
# stands under testdata/fuzz of its package.
set -euo pipefail
cd "$(dirname "$0")/.."
export time=${1:-10s}
# Targets that write and sync files do so in memory, where there is room.
if [ -d /dev/shm ] && [ -w /dev/shm ]; then export GOTMPDIR=${TMPDIR:-/tmp} TMPDIR=/dev/shm; fi
# Before Go 1.27 the coordinator may take the end of -fuzztime for a failure
# (golang.org/issue/75804): it says "context deadline exceeded" and names no
# input. Such a run is repeated, three times at most; any other failure is one.
fuzz() { # PACKAGE TARGET
  local output
  for _ in 1 2 3; do
    if output=$(go test -run '^$' -fuzz "^$2\$" -parallel 1 -fuzztime "$time" -fuzzminimizetime 20x "$1" 2>&1); then
      printf '%s %s: %s\n' "$1" "$2" "$(grep -o 'execs: [0-9]*' <<<"$output" | tail -n 1)"
      return
    fi
    if ! grep -q '^ *context deadline exceeded$' <<<"$output" || grep -Eq 'Failing input|^panic|_test\.go:' <<<"$output"; then break; fi
  done
  printf '%s %s\n%s\n' "$1" "$2" "$output"
  return 1
}
export -f fuzz
targets=$(for package in $(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n 1 dirname | sort -u); do
  go test -list '^Fuzz' "$package" | sed -n "s|^Fuzz|$package &|p"
done)
[ -n "$targets" ] || { echo "no fuzz target"; exit 1; }
xargs -P "$(nproc)" -L 1 bash -euo pipefail -c 'fuzz "$@"' fuzz <<<"$targets"
echo "$(wc -l <<<"$targets") targets, $time each: nothing found"
