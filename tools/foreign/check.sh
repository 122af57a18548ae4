#!/usr/bin/env bash
# Reads the tables of a sweep with foreign programs: the Parquet files with
# hyparquet from npm (pure JavaScript), the CSV files with Debian's pandas
# through docs/load.py, and compares both with the JSON Lines.
#
#   tools/foreign/check.sh SWEEP_FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
run=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tables"
go run ./cmd/verify export "$run" --out "$work/tables" >/dev/null
go run -C tools/parquet . "$work/tables" "$work/tables" >/dev/null
cp tools/foreign/parquet.mjs "$work"
(cd "$work" && npm install --silent --no-audit --no-fund hyparquet@1.31.5 >/dev/null && node parquet.mjs tables)
/usr/bin/python3 docs/load.py "$run" | tail -3
/usr/bin/python3 - "$run" "$work/tables" <<'PY'
import json, pathlib, sys
sys.path.insert(0, "docs")
import pandas
from fractions import Fraction
from load import load
for name, table in zip(("claims", "values", "trainings", "points"), load(sys.argv[1])):
    rows = [json.loads(line) for line in open(pathlib.Path(sys.argv[2]) / f"{name}.jsonl")]
    assert len(rows) == len(table) > 0, name
    for want, have in zip(rows, table.to_dict("records")):
        for key, value in want.items():
            other = have[key]
            assert (value is None and pandas.isna(other)) or other == value, (name, key, value, other)
    if name == "values":
        for have in table.to_dict("records"):
            assert Fraction(have["low"]) <= Fraction(have["high"])
    print(f"pandas {pandas.__version__}: {name}.csv: {len(rows)} rows equal to the JSON Lines")
PY
