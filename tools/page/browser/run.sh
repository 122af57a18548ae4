#!/usr/bin/env bash
# Drives the page in headless Chromium without any network: verify serve and the
# static files of verify page, each asked the requests of
# cmd/verify/testdata/requests.json, whose answers are compared with the bytes of
# the command line; then clicks, drags and keys at two widths, light and dark, the
# way of the Tab key, frames while dragging, what is saved and shared, and axe-core.
# Before, the functions of the front end that need no browser. Pictures go to a folder. Needs Go, Node, npm, Debian's chromium, and
# root for the network namespace.
#
#   tools/page/browser/run.sh [FOLDER]
set -euo pipefail
here=$(realpath "$(dirname "$0")")
folder=$(realpath -m "${1:-$(mktemp -d)}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
cp "$here"/package*.json "$here"/*.mjs "$work"
cd "$here/../../.."
mkdir "$work/web"
cp internal/page/web/*.js "$work/web"
(cd "$work" && node --test front.test.mjs && npm install --no-audit --no-fund --silent)
go build -trimpath -ldflags="-s -w" -o "$work/verify" ./cmd/verify
"$work/verify" page --out "$work/site" --quiet >/dev/null
echo "the static page, as it is sent: $(du -sb "$work/site" | cut -f1) bytes; the program: $(stat -c %s "$work/verify") bytes"
unshare --net sh -c 'ip link set lo up && exec node "$0" "$@"' "$work/page.mjs" "$work/verify" "$work/site" cmd/verify/testdata/requests.json "$folder"
