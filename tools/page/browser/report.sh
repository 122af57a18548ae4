#!/usr/bin/env bash
# Drives a report in headless Chromium without any network: sorts, searches and
# pages through its rows, opens some, asks figures for values and zooms, at two
# widths, light and dark, with axe-core; looks at it without a script; and counts
# its printed pages. Pictures go to a folder. Needs Node, npm, Debian's chromium,
# and root for the network namespace.
#
#   tools/page/browser/report.sh REPORT.html [FOLDER [MOST_PRINTED_PAGES]]
set -euo pipefail
here=$(realpath "$(dirname "$0")")
report=$(realpath "$1")
folder=$(realpath -m "${2:-$(mktemp -d)}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
cp "$here"/package*.json "$here"/*.mjs "$work"
(cd "$work" && npm install --no-audit --no-fund --silent)
unshare --net sh -c 'ip link set lo up && exec node "$0" "$@"' "$work/report.mjs" "$report" "$folder" "${3:-12}"
