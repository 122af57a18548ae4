#!/usr/bin/python3
"""mpmath's Taylor method of arbitrary precision, odefun, on the flow of theories/softmax.star from x = y = -1, E = 0.
usage: bench_theoryfile.py digits T"""
import sys, time
from mpmath import exp, mp, mpf, odefun

digits, until = int(sys.argv[1]), mpf(sys.argv[2])
mp.dps = digits
p, q, decay = mpf(1) / 2, mpf(3) / 10, mpf(1) / 10


def slope(t, z):
    x, y, _ = z
    a, b = exp(x), exp(y)
    u, v = p - a / (a + b + 1) - decay * x, q - b / (a + b + 1) - decay * y
    return [u, v, -u**2 - v**2]


start = time.process_time()
z = odefun(slope, 0, [mpf(-1), mpf(-1), mpf(0)])(until)
print("%.4f" % (time.process_time() - start), *z)
