"""muflow from Python: one file, no dependency; tables are pandas where it is installed.

    import muflow
    muflow.data_show("graphs.json")                          # one row a step: n, K, d*, premises, mu*
    muflow.flow("graphs.json", instance=3, step=1, loss="coconut", until=1e5, samples=50)
    muflow.population(my_graphs, step=1).mu                  # a list of dicts, or a networkx digraph

Every function calls the program (`go build ./cmd/verify`), found as the variable MUFLOW says, beside
this file's repository, or on PATH. Flags of the program are keyword arguments: `bfs_share="1/10"` is
--bfs-share=1/10, `full=True` a switch. Graphs are a file's name, or Python objects, which go through standard input.
Numbers keep their evidence: `n.lo` and `n.hi` are exact decimals, and `float(n)` is only for plotting.
A document that holds something refuted or undecided is returned like any other; `document.exit` says which.
"""

import json
import os
import pathlib
import shutil
import subprocess
from decimal import Decimal

__all__ = ["Document", "Failure", "Number", "program", "run", "table", "data_show", "equilibrium",
           "flow", "population", "theorem", "curriculum", "hunt", "train", "compare", "probe"]

DECIDED = {0: "nothing refuted or undecided", 1: "something refuted or inconsistent",
           3: "something undecided, or digits not reached"}


class Failure(RuntimeError):
    """The program printed no document: bad input (code 2), a fault of the machine (70), or it was stopped (75)."""

    def __init__(self, code, text):
        super().__init__(text.strip() or f"exit code {code}")
        self.code = code


class Number:
    """lo ≤ value ≤ hi where evidence is "enclosure"; where it is "approximate" nothing is proved."""

    def __init__(self, lo, hi, evidence):
        self.lo, self.hi, self.evidence = Decimal(lo), Decimal(hi), evidence

    def __float__(self):
        return float((self.lo + self.hi) / 2)

    def __repr__(self):
        return str(self.lo) if self.lo == self.hi else f"[{self.lo}, {self.hi}]"

    def __contains__(self, x):
        return self.lo <= Decimal(x) <= self.hi


class Document(dict):
    """A JSON document of the program: a dict whose keys are attributes too. table(key) makes rows of a list in it."""

    exit = 0  # 0, 1 or 3, as DECIDED says

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def table(self, key, **columns):
        return table(self[key], **columns)


def program():
    """The words that start the program."""
    if os.environ.get("MUFLOW"):
        return [os.environ["MUFLOW"]]
    for place in (pathlib.Path(__file__).resolve().parent.parent / "verify", shutil.which("verify")):
        if place and os.access(place, os.X_OK) and os.path.isfile(place):
            return [str(place)]
    raise Failure(2, "no program: go build ./cmd/verify, or name it in the variable MUFLOW")


def run(*words, data=None, stdin=None, **flags):
    """Runs `verify words… --json` with the flags and returns its document."""
    command = program() + [str(word) for word in words] + ["--json"]
    if data is not None:
        flags["data"], stdin = source(data, stdin)
    for name, value in flags.items():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one is not None and one is not False:
                flag = "--" + name.replace("_", "-")
                command.append(flag if one is True else f"{flag}={one}")
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, encoding="utf-8")
    if done.returncode not in DECIDED or not done.stdout:
        raise Failure(done.returncode, done.stderr)
    document = json.loads(done.stdout, object_hook=read)
    document.exit = done.returncode
    return document


def source(data, stdin=None):
    """What the program opens for data, and what it then reads on standard input."""
    return (data, stdin) if isinstance(data, (str, os.PathLike)) else ("-", json.dumps(plain(data)))


def plain(data):
    """Graphs as the program reads them: networkx's digraphs as node-link data, everything else as it is."""
    if hasattr(data, "nodes") and hasattr(data, "edges"):
        return {"directed": True, "multigraph": False, "graph": dict(data.graph),
                "nodes": [{**values, "id": node} for node, values in data.nodes(data=True)],
                "links": [{"source": u, "target": v} for u, v in data.edges()]}
    if isinstance(data, (list, tuple)):
        return [plain(one) if hasattr(one, "nodes") else one for one in data]
    return data


def read(values):
    if values.keys() == {"lo", "hi", "evidence"}:
        return Number(**values)
    if isinstance(values.get("t"), str):  # a time, exact
        values["t"] = Decimal(values["t"])
    return Document(values)


def flat(row, prefix=""):
    """One row: objects as key.inner, lists of numbers as key.0, key.1, …; other lists stay."""
    out = {}
    for key, value in row.items():
        if isinstance(value, dict):
            out.update(flat(value, f"{prefix}{key}."))
        elif isinstance(value, list) and value and all(x is None or isinstance(x, (int, float)) for x in value):
            out.update({f"{prefix}{key}.{i}": x for i, x in enumerate(value)})
        else:
            out[prefix + key] = value
    return out


def table(rows, floats=False, without=()):
    """Rows as a pandas DataFrame, or as a list of flat dicts without pandas; floats=True for plotting."""
    rows = [{k: float(v) if floats and isinstance(v, (Number, Decimal)) else v
             for k, v in flat({k: v for k, v in row.items() if k not in without}).items()} for row in rows]
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows)


def data_show(data, **flags):
    """One row a step: n, K, d*, premises that hold, where mu goes (verify data show)."""
    name, stdin = source(data)
    return run("data", "show", name, stdin=stdin, **flags).table("steps", without=["profile"])


def equilibrium(data=None, instance=None, step=None, **flags):
    """mu* of one instance, or of profile=FILE (verify equilibrium)."""
    return run("equilibrium", data=data, instance=instance, step=step, **flags)


def flow(data=None, instance=None, step=None, *, loss, until, **flags):
    """mu(t) of one instance; .table("samples") with samples=N (verify flow)."""
    return run("flow", data=data, instance=instance, step=step, loss=loss, until=until, **flags)


def population(data=None, step=None, **flags):
    """The limit that a data set shares, and mu(t) with until=T (verify population)."""
    return run("population", data=data, step=step, **flags)


def theorem(number, data=None, **flags):
    """Every claim on every instance and step; .table("claims") (verify theorem 1|2|3|all)."""
    return run("theorem", number, data=data, **flags)


def curriculum(data=None, **flags):
    """All stages in the reduced flow (verify curriculum)."""
    return run("curriculum", data=data, **flags)


def hunt(conclusion, premises=(), data=None, **flags):
    """A small proved counterexample of a sentence, or what was searched (verify hunt)."""
    return run("hunt", data=data, conclusion=conclusion, premise=list(premises), **flags)


def train(preset, **flags):
    """One training of the simulator; .table("series") (verify train)."""
    return run("train", preset=preset, **flags)


def compare(*runs, data=None, **flags):
    """Curves against the theory: files, or one list of rows with a column step (verify compare)."""
    if len(runs) == 1 and not isinstance(runs[0], (str, os.PathLike)):
        rows = runs[0].to_dict("records") if hasattr(runs[0], "to_dict") else runs[0]
        return run("compare", "-", data=data, stdin="".join(json.dumps(bare(row)) + "\n" for row in rows), **flags)
    return run("compare", *runs, data=data, **flags)


def bare(row):
    """One line of a log: numbers without a value, as pandas writes them, are null; Numbers are their middles."""
    return {k: float(v) if isinstance(v, Number) else None if v != v else v for k, v in row.items()}


def probe(*checkpoints, data, **flags):
    """A checkpoint in safetensors run on graphs; .table("thoughts"), .table("assumptions") (verify probe)."""
    return run("probe", *checkpoints, data=data, **flags)
