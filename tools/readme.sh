#!/usr/bin/env bash
# Fills a page with the output of the commands that it names, or checks that it
# holds it: tools/readme.sh [--check] [PAGE], README.md without PAGE. A block
# starts at a line
#   <!-- output: COMMAND -->   (in a fence)   or   <!-- text: COMMAND -->   (as it is)
#   <!-- shell: COMMAND -->    (in a fence with the command itself and its exit code)
# and ends at the line <!-- end -->. "verify" in a command is built from the tree.
# A line <!-- folder: PATH --> has the commands below it run in a copy of that folder.
set -euo pipefail
cd "$(dirname "$0")/.."
check=0
if [ "${1:-}" = --check ]; then check=1; shift; fi
page=${1:-README.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -buildvcs=false -o "$work/verify" ./cmd/verify # without the revision, which changes with the page
PATH="$work:$PATH"
inside=0 folder=.
while IFS= read -r line; do
  if [[ $line =~ ^'<!-- folder: '(.*)' -->'$ ]]; then
    printf '%s\n' "$line"
    folder=$work/folder
    cp -r "${BASH_REMATCH[1]}" "$folder"
  elif [[ $line =~ ^'<!-- '(output|text|shell)': '(.*)' -->'$ ]]; then
    kind=${BASH_REMATCH[1]} command=${BASH_REMATCH[2]} inside=1
    printf '%s\n' "$line"
    [ "$kind" = text ] || printf '```\n'
    if [ "$kind" = shell ]; then
      printf '$ %s\n' "$command"
      (cd "$folder" && bash -euo pipefail -c "$command" < /dev/null 2> /dev/null) || printf 'exit code %s\n' $?
    else
      (cd "$folder" && bash -euo pipefail -c "$command" < /dev/null)
    fi
    [ "$kind" = text ] || printf '```\n'
  elif [ "$line" = '<!-- end -->' ]; then
    inside=0
    printf '%s\n' "$line"
  elif [ $inside = 0 ]; then
    printf '%s\n' "$line"
  fi
done < "$page" > "$work/page.md"
if [ $check = 1 ]; then
  diff -u "$page" "$work/page.md" || { echo "$page is not what its commands print; run tools/readme.sh $page"; exit 1; }
else
  cp "$work/page.md" "$page"
fi
