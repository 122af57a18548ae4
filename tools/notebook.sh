#!/usr/bin/env bash
# Runs docs/muflow.ipynb with Debian's nbconvert and pandas and keeps its
# outputs, or compares them: tools/notebook.sh [--check]. Installs what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
python=/usr/bin/python3 # Debian's, whatever else is on PATH
"$python" -c 'import nbconvert, ipykernel, pandas' 2>/dev/null || {
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends jupyter-nbconvert python3-ipykernel python3-pandas >/dev/null
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -buildvcs=false -o "$work/verify" ./cmd/verify
cp docs/muflow.py docs/muflow.ipynb "$work"
cd "$work"
export MUFLOW="$work/verify" JUPYTER_CONFIG_DIR="$work" JUPYTER_DATA_DIR="$work/data" IPYTHONDIR="$work/ipython"
mkdir -p "$JUPYTER_DATA_DIR/kernels/python3"
printf '{"argv": ["%s", "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Python 3", "language": "python"}\n' "$python" >"$JUPYTER_DATA_DIR/kernels/python3/kernel.json"
PYDEVD_DISABLE_FILE_VALIDATION=1 "$python" -m nbconvert --to notebook --ExecutePreprocessor.timeout=300 --execute --output done.ipynb muflow.ipynb --log-level WARN
"$python" - "$OLDPWD/docs/muflow.ipynb" "${1:-}" <<'PY'
import json, sys

page, mode = sys.argv[1], sys.argv[2]
with open("done.ipynb") as file:
    done = json.load(file)
for cell in done["cells"]:  # what depends on the machine
    cell["metadata"] = {}
    for output in cell.get("outputs", []):
        output.get("data", {}).pop("text/html", None)
done["metadata"] = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
text = json.dumps(done, indent=1, ensure_ascii=False) + "\n"
if mode == "--check":
    with open(page) as file:
        if file.read() != text:
            sys.exit("docs/muflow.ipynb is not what it prints; run tools/notebook.sh")
else:
    with open(page, "w") as file:
        file.write(text)
PY
