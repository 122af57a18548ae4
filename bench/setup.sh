#!/usr/bin/env bash
# Builds the peers that `verify bench` measures itself against, from Debian's
# packages: C programs on MPFR and Arb, mpmath, and PyTorch for the simulator.
# Usage: bench/setup.sh [DIR]   (default bench/bin; pass it on as --peers DIR)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/bin}
need() { dpkg -s "$1" >/dev/null 2>&1 || missing="$missing $1"; }
missing=""
for p in gcc libc6-dev libmpfr-dev libflint-dev libflint-arb-dev python3-torch python3-mpmath libopenblas0-pthread; do need "$p"; done
if [ -n "$missing" ]; then
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi
mkdir -p "$out"
gcc -O2 -march=native -o "$out/tmpfr" "$here/peers/tmpfr.c" -lmpfr -lgmp -lm
gcc -O2 -march=native -o "$out/tvec" "$here/peers/tvec.c" -lmpfr -lgmp -lm
gcc -O2 -march=native -o "$out/newton" "$here/peers/newton.c" -lmpfr -lgmp -lm
gcc -O2 -march=native -o "$out/tarb" "$here/peers/tarb.c" -lflint-arb -lflint -lmpfr -lgmp -lm
gcc -O2 -march=native -o "$out/closedarb" "$here/peers/closedarb.c" -lflint-arb -lflint -lmpfr -lgmp -lm
install -m 755 "$here"/peers/*.py "$out"
echo "peers are in $out"
