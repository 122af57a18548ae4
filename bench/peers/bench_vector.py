#!/usr/bin/python3
"""mpmath's Taylor method of arbitrary precision, odefun, on the flow of tvec.c.
usage: bench_vector.py digits T"""
import sys, time
from mpmath import exp, mp, mpf, odefun

digits, until = int(sys.argv[1]), mpf(sys.argv[2])
mp.dps = digits
q = [mpf(i + 1) / 55 for i in range(10)]


def slope(t, z):
    e = [exp(x) for x in z]
    s = sum(e)
    return [a - x / s for a, x in zip(q, e)]


start = time.process_time()
z = odefun(slope, 0, [mpf(0)] * 10)(until)
print("%.4f" % (time.process_time() - start), z[0], z[9])
