#!/usr/bin/env bash
# Runs pdflatex (Debian's texlive-latex-base and texlive-latex-recommended) on
# the tables, numbers and figures of a report, and fails on any warning.
#
#   tools/page/latex.sh REPORT_FOLDER
set -euo pipefail
cd "$1/latex"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
pdflatex -interaction=nonstopmode -halt-on-error -output-directory="$out" all.tex >"$out/messages" || { tail -40 "$out/messages"; exit 1; }
pdflatex -interaction=nonstopmode -halt-on-error -output-directory="$out" all.tex >"$out/messages" || { tail -40 "$out/messages"; exit 1; }
if grep -nE 'Warning|Overfull|Underfull|Missing character' "$out/all.log"; then exit 1; fi
grep -oE 'Output written on .*\(.*\)' "$out/messages" | sed 's/^.*(/pdflatex: no warning, /; s/)$//'
