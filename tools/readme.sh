#!/usr/bin/env bash
# Fills README.md with the output of the commands that it names, or checks that
# it holds it: tools/readme.sh [--check]. A block starts at a line
#   <!-- output: COMMAND -->   (in a fence)   or   <!-- text: COMMAND -->   (as it is)
# and ends at the line <!-- end -->. "verify" in a command is built from the tree.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/verify" ./cmd/verify
PATH="$work:$PATH"
inside=0
while IFS= read -r line; do
  if [[ $line =~ ^'<!-- '(output|text)': '(.*)' -->'$ ]]; then
    kind=${BASH_REMATCH[1]} command=${BASH_REMATCH[2]} inside=1
    printf '%s\n' "$line"
    [ "$kind" = text ] || printf '```\n'
    bash -euo pipefail -c "$command" < /dev/null
    [ "$kind" = text ] || printf '```\n'
  elif [ "$line" = '<!-- end -->' ]; then
    inside=0
    printf '%s\n' "$line"
  elif [ $inside = 0 ]; then
    printf '%s\n' "$line"
  fi
done < README.md > "$work/README.md"
if [ "${1:-}" = --check ]; then
  diff -u README.md "$work/README.md" || { echo "README.md is not what its commands print; run tools/readme.sh"; exit 1; }
else
  cp "$work/README.md" README.md
fi
