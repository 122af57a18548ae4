"""Load the results of `verify sweep` with pandas: claims, values, trainings, points = load("run")

Exact bounds stay exact: in values, low and high are decimal texts with low <= number <= high;
value is a float between them, for plotting.
"""
import pathlib
import sys

import pandas


def load(folder):
    text = {"key": str, "dataset": str, "loss": str, "alpha": str, "claim": str, "name": str, "low": str, "high": str}
    return tuple(pandas.read_csv(pathlib.Path(folder) / f"{name}.csv", dtype=text, keep_default_na=False, na_values={"band": [""]},
                                 float_precision="round_trip") for name in ("claims", "values", "trainings", "points"))


if __name__ == "__main__":
    claims, values, trainings, points = load(sys.argv[1])
    print(claims.groupby(["claim", "verdict"]).size().unstack(fill_value=0))
    print(trainings[["dataset", "step", "loss", "alpha", "seed", "mu", "theory", "band", "verdict"]])
