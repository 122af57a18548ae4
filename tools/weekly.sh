#!/usr/bin/env bash
# Tries the properties of proptest on inputs that no run has seen, twenty times
# as many as usual: tools/weekly.sh [CHECKS] [SEED], a fresh seed without SEED. An
# input on which a property fails is shrunk and kept in proptest/testdata/failing,
# from where every later go test tries it first.
set -euo pipefail
cd "$(dirname "$0")/.."
checks=${1:-20} seed=${2:-$(date +%s)}
echo "go test ./proptest -count 1 -timeout 6h -checks $checks -seed $seed"
exec go test ./proptest -count 1 -timeout 6h -checks "$checks" -seed "$seed"
