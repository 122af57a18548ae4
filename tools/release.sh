#!/usr/bin/env bash
# Makes archives of the program for every platform, with man pages, completions
# for shells, README and NOTICE, and their SHA-256 sums: tools/release.sh [DIR],
# dist without DIR. The same commit and version of Go give the same bytes, which name it;
# --check makes them twice, from two folders, and compares.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1-}" = --check ]; then
  [ -z "$(git status --porcelain)" ] || { echo "tools/release.sh: the working tree differs from its commit" >&2; exit 1; }
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  git clone -q . "$work/elsewhere"
  tools/release.sh "$work/one"
  "$work/elsewhere/tools/release.sh" "$work/two"
  cmp "$work/one/SHA256SUMS" "$work/two/SHA256SUMS"
  (cd "$work/one" && sha256sum -c --quiet SHA256SUMS && tar -xzf "verify_"*"_linux_$(go env GOARCH).tar.gz")
  "$work/one/verify_"*"_linux_$(go env GOARCH)/verify" version
  exit
fi
out=$(realpath -m "${1:-dist}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
build() { CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -buildid=' -o "$1" ./cmd/verify; }
build "$work/verify"
version=$("$work/verify" version | awk 'NR == 1 { print $2 }')
mkdir -p "$work/common/man" "$work/common/completions"
cp README.md LICENSE NOTICE "$work/common"
"$work/verify" reference --man "$work/common/man" >/dev/null
for shell in bash zsh fish powershell; do "$work/verify" completion $shell >"$work/common/completions/verify.$shell"; done
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
  name="verify_${version}_${platform/\//_}"
  ending=""
  case $platform in windows/*) ending=.exe ;; esac
  cp -r "$work/common" "$work/$name"
  GOOS=${platform%/*} GOARCH=${platform#*/} build "$work/$name/verify$ending"
  tar -C "$work" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=a+rX,u+w,go-w -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
done
cd "$out"
sha256sum "verify_${version}_"*.tar.gz >SHA256SUMS
cat SHA256SUMS
