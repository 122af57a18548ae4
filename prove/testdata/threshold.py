# What prove/separatrix_test.go holds A18-always and A18-threshold to: 100 random profiles with an edge within N_c and
# d_F > d_N, and random starts. The end of each path comes from following it forwards in u = αsμ in double precision until
# new vertices have less than 1e-9 or more than 1e9 edges per carried vertex, or it is left out beyond u = 2000; the threshold, where r(d_F − d_N)d_N < 1,
# from following the line between the ends backwards from u = max(0, αsμ_0) + 40 by extrapolation (Gragg, Bulirsch and
# Stoer) with 32 digits, and paths that start 1e-6 beside it must end on both sides. mpmath 1.3.0.
# Usage: python3 threshold.py > threshold.json
import json
import math
import random

from mpmath import mp, mpf, exp, log, sqrt

mp.dps = 34
rng = random.Random(1818)


def value(q):
    a, _, b = q.partition("/")
    return mpf(a) / mpf(b or 1)


def slope(classes, r, g, u, p, e):
    """dp/du of p = αsω − g u, scaled so that no exponential overflows for large u."""
    inside = max(d for i, d, _ in classes if i)
    carried = sum(c * e((d - inside) * u) for i, d, c in classes if i)
    edges = sum(c * d * e((d - inside) * u) for i, d, c in classes if i)
    fresh = sum(c * d * e((d - inside - g) * u - p) for i, d, c in classes if not i and d)
    return carried / (r * (edges + fresh)) - g, fresh / carried


def end(classes, r, g, u, p):
    """Where a path ends: the classical method of Runge and Kutta."""
    u, p, r, h = float(u), float(p), float(r), 1 / 64
    line = 1 / (r * g) - max(d for i, d, _ in classes if i)
    f = lambda u, p: slope(classes, r, g, u, p, math.exp)
    for _ in range(64 * 2000):
        a, q = f(u, p)
        if line > 0 and q < 1e-9:
            return "collapse"
        if q > 1e9:
            return "spread"
        b = f(u + h / 2, p + h / 2 * a)[0]
        c = f(u + h / 2, p + h / 2 * b)[0]
        d = f(u + h, p + h * c)[0]
        u, p = u + h, p + h * (a + 2 * b + 2 * c + d) / 6
    return None


def back(classes, r, g, u, p, until):
    """p at a smaller u."""
    f = lambda u, p: slope(classes, r, g, u, p, exp)[0]
    h = mpf(2)
    while u > until:
        h = min(h, u - until)
        rows, done = [], False
        for k in range(1, 15):
            n = 2 * k
            s = -h / n
            z0, z1 = p, p + s * f(u, p)
            for i in range(1, n):
                z0, z1 = z1, z0 + 2 * s * f(u + i * s, z1)
            row = [(z0 + z1 + s * f(u - h, z1)) / 2]
            for j in range(1, k):
                row.append(row[-1] + (row[-1] - rows[-1][j - 1]) / ((mpf(n) / (2 * (k - j))) ** 2 - 1))
            if rows and abs(row[-1] - rows[-1][-1]) < mpf(10) ** -32:
                done = True
                break
            rows.append(row)
        if not done:
            h /= 2
            continue
        u, p = u - h, row[-1]
        if k < 11:
            h *= mpf(3) / 2
    return p


cases = []
while len(cases) < 100:
    alpha, mu0 = rng.choice(["1", "1/2", "2", "3/4"]), rng.choice(["0", "0", "0", "1/2", "-1", "-3"])
    k = rng.randint(2, 6)
    count = {(0, 0): rng.randint(1, 6), (1, rng.randint(0, 1)): 1}
    for _ in range(k - 1):
        key = (1, rng.randint(1, k - 1))
        count[key] = count.get(key, 0) + 1
    for _ in range(rng.randint(1, 4)):
        key = (0, rng.randint(1, k - 1))
        count[key] = count.get(key, 0) + 1
    classes = [[a, d, count[a, d]] for a, d in sorted(count)]
    inside, outside = max(d for a, d, _ in classes if a), max(d for a, d, _ in classes if not a)
    g, n = outside - inside, sum(c[2] for c in classes)
    if g < 1:
        continue
    ratio = rng.choice(["1/%d" % n, "1", "1/2", "1/3", "1/5", "2/3"])
    a, r, s, m0 = value(alpha), value(ratio), 1 / sqrt(mpf(k)), value(mu0)
    omega0 = str(rng.randint(-4, 3)) + rng.choice(["", "/2", "/3"])
    case = {"profile": {"n": n, "k": k, "target_degree": outside, "classes": [{"in_set": x, "degree": d, "count": c} for x, d, c in classes]},
            "alpha": alpha, "ratio": ratio, "mu0": mu0, "omega0": omega0}
    u0 = a * s * m0
    p0 = a * s * value(omega0) - g * u0
    if r * g * inside < 1:
        top = max(u0, mpf(0)) + 40
        fresh = sum(d * c * exp((d - outside) * top) for i, d, c in classes if i == 0)
        m = sum(c for i, d, c in classes if i and d == inside)
        p = back(classes, r, g, top, log(r * g * fresh / (m * (1 - r * g * inside))), u0)
        for side in (-1, 1):
            assert end(classes, r, g, u0, p + side * mpf(10) ** -6) == ["spread", "collapse"][side > 0]
        case["limit"] = mp.nstr((p + g * u0) / (a * s), 30, min_fixed=-5, max_fixed=40)
    case["end"] = end(classes, r, g, u0, p0)
    if case["end"]:
        cases.append(case)
print("[" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "]")
