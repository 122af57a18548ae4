#!/usr/bin/env bash
# Writes NOTICE, the licences of everything that is linked into cmd/verify on
# any platform it is built for, scripts of the page included, or checks that it is what it should be:
# tools/licences.sh [--check]. A licence that is not known here, or not
# permissive, is an error. Reads the module cache only.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

modules() {
  for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64 js/wasm; do
    GOOS=${platform%/*} GOARCH=${platform#*/} CGO_ENABLED=0 go list -deps \
      -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/verify
  done | sort -u
}

# files lists the licence files of a module: of those to choose from, the ones chosen.
files() {
  case $1 in
    github.com/golang/freetype) echo "$2/licenses/ftl.txt" ;;
    *) find "$2" -maxdepth 1 -type f \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' \) | LC_ALL=C sort ;;
  esac
}

# name lists the licences in a text, and fails where there is none that is
# known to be permissive, or one that is known not to be.
name() {
  local text found=""
  text=$(tr -s '[:space:]' ' ' < "$1")
  case $text in *"GNU GENERAL PUBLIC LICENSE"* | *"GNU LESSER GENERAL"* | *"GNU AFFERO"* | *"Mozilla Public License"*) return 1 ;; esac
  case $text in
    *"Redistribution and use in source and binary forms"*[Nn]"either the name"*) found="BSD-3-Clause" ;;
    *"Redistribution and use in source and binary forms"*) found="BSD-2-Clause" ;;
  esac
  case $text in
    *"SIL OPEN FONT LICENSE Version 1.1"*) found="$found OFL-1.1" ;;
    *"Permission is hereby granted, free of charge"*) found="$found MIT" ;;
  esac
  case $text in *"Apache License Version 2.0"* | *"Apache License, Version 2.0"*) found="$found Apache-2.0" ;; esac
  case $text in *"The FreeType Project LICENSE"*) found="$found FTL" ;; esac
  case $text in *"Creative Commons Attribution 4.0 International"*) found="$found CC-BY-4.0" ;; esac
  [ -n "$found" ] || return 1
  echo $found
}

add() { # MODULE VERSION FILE…
  local module=$1 version=$2 names="" file kind sum
  shift 2
  [ $# -gt 0 ] || { echo "$module $version: no licence file"; exit 1; }
  for file; do
    kind=$(name "$file") || { echo "$module $version: ${file##*/} is not a known permissive licence"; exit 1; }
    names=$(printf '%s\n' $names $kind | awk '!seen[$0]++' | tr '\n' ' ')
    sum=$(sha256sum < "$file" | cut -c1-16)
    [ -f "$work/text.$sum" ] || tr -d '\r' < "$file" > "$work/text.$sum"
    printf '%s %s (%s)\n' "$module" "$version" "$kind" >> "$work/users.$sum"
    grep -qx "$sum" "$work/order" 2>/dev/null || echo "$sum" >> "$work/order"
  done
  printf '%-44s %-38s %s\n' "$module" "$version" "${names% }" >> "$work/table"
}

go_version=$(go list -m -f '{{.GoVersion}}')
add "Go's library and runtime" "go${go_version%.*} or later" "$(go env GOROOT)/LICENSE"
modules > "$work/modules"
while read -r module version dir; do
  mapfile -t found < <(files "$module" "$dir")
  add "$module" "$version" "${found[@]}"
done < "$work/modules"

while read -r library version file; do # scripts of the page
  add "$library" "$version" "internal/page/web/vendor/$file"
done < internal/page/web/vendor/versions.txt

{
  echo "muflow is under the MIT licence, see LICENSE. A built cmd/verify also holds code of the following modules."
  echo "Written by tools/licences.sh."
  echo
  cat "$work/table"
  while read -r sum; do
    printf '\n%s\n' "--------------------------------------------------------------------------------"
    cat "$work/users.$sum"
    printf '%s\n\n' "--------------------------------------------------------------------------------"
    cat "$work/text.$sum"
  done < "$work/order"
} > "$work/NOTICE"
if [ "${1:-}" = --check ]; then
  diff -u NOTICE "$work/NOTICE" || { echo "NOTICE is not what is linked; run tools/licences.sh"; exit 1; }
else
  cp "$work/NOTICE" NOTICE
fi
