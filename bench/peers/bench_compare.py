#!/usr/bin/python3
"""The slope of a curve on log t over the last half of log t, as verify compare has it (neighbours averaged to at most 200
points), by json and NumPy: processor seconds, then slope and level.
usage: bench_compare.py LINES.jsonl COLUMN"""
import json, sys, time
import numpy

start = time.process_time()
times, values = [], []
with open(sys.argv[1]) as lines:
    for line in lines:
        row = json.loads(line)
        times.append(row["step"])
        values.append(row[sys.argv[2]])
x, y = numpy.log(numpy.array(times, float)), numpy.array(values)
keep = x >= (x[0] + x[-1]) / 2
x, y = x[keep], y[keep]
each = -(-len(x) // 200)
whole = len(x) // each * each
x, y = x[:whole].reshape(-1, each).mean(1), y[:whole].reshape(-1, each).mean(1)
slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
print("%.6f %.17g" % (time.process_time() - start, slope))
