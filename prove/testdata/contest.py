# What prove/contest_test.go holds A4-bfs and A4-bfs-winner to: 100 random digraphs with a logit μ_u of its own for every
# vertex under Coconut-BFS, from 0, at α = 1. The flow dθ/dτ = E_S[φ] of θ = αsμ is followed by extrapolation (Gragg,
# Bulirsch and Stoer) with 30 digits to τ = 15 and 30. A logit diverges if it grows by more than 1 between these; where the
# vertices with one source set have less than 0.999999 of the softmax over S in the end, nothing wins. mpmath 1.3.0.
# Usage: python3 contest.py > contest.json
import json
import random

from mpmath import mp, mpf, exp, sqrt

mp.dps = 30
rng = random.Random(44)


def follow(f, y, start, end):
    t, h = mpf(start), mpf(1) / 4
    while t < end:
        h = min(h, end - t)
        rows, done = [], False
        for k in range(1, 12):
            n, s = 2 * k, h / (2 * k)
            z0, d = y, f(t, y)
            z1 = [a + s * b for a, b in zip(y, d)]
            for i in range(1, n):
                d = f(t + i * s, z1)
                z0, z1 = z1, [a + 2 * s * b for a, b in zip(z0, d)]
            d = f(t + h, z1)
            row = [[(a + b + s * c) / 2 for a, b, c in zip(z0, z1, d)]]
            for j in range(1, k):
                q = (mpf(n) / (2 * (k - j))) ** 2 - 1
                row.append([a + (a - b) / q for a, b in zip(row[-1], rows[-1][j - 1])])
            if rows and max(abs(a - b) for a, b in zip(row[-1], rows[-1][-1])) < mpf(10) ** -24:
                done = True
                break
            rows.append(row)
        if not done:
            h /= 2
            continue
        t, y = t + h, row[-1]
        if k < 9:
            h *= mpf(3) / 2
    return y


cases = []
while len(cases) < 100:
    n = rng.randint(5, 8)
    edges = sorted({(u, v) for u in range(n - 1) for v in range(n - 1) if u != v and rng.random() < 0.3})
    c, hops = rng.randint(0, 2), {0: 0}
    queue = [0]
    for u in queue:
        for a, b in edges:
            if a == u and b not in hops:
                hops[b] = hops[u] + 1
                queue.append(b)
    held = [v for v in hops if hops[v] <= c]
    reached = [v for v in hops if hops[v] <= c + 1]
    path = [v for v in hops if hops[v] == c + 1]
    if not path:
        continue
    path = [path[0]]
    while path[0]:
        path.insert(0, next(a for a, b in edges if b == path[0] and hops.get(a, n) == hops[path[0]] - 1))
    sources = sorted({u for u, v in edges if u in held})
    sets = [[i for i, u in enumerate(sources) if (u, v) in edges] for v in reached]
    bias = [1 / sqrt(mpf(len(held))) if v in held else mpf(0) for v in reached]

    def drift(_, y):
        w = [exp(b + sum(y[i] for i in s)) for b, s in zip(bias, sets)]
        total = sum(w)
        return [sum(a for a, s in zip(w, sets) if i in s) / total for i in range(len(sources))]

    near = follow(drift, [mpf(0)] * len(sources), 0, mpf(15))
    far = follow(drift, near, 15, mpf(30))
    w = [exp(b + sum(far[i] for i in s)) for b, s in zip(bias, sets)]
    share = max(sum(a for a, s in zip(w, sets) if s == t) for t in sets) / sum(w)
    grown = [u for u, a, b in zip(sources, near, far) if b - a > 1]
    cases.append({"instance": {"vertices": n, "edges": edges, "root": 0, "target": path[-1], "other": n - 1, "path": path}, "step": c, "sources": sources,
                  "winners": grown if share > 0.999999 else [], "grown": [mp.nstr(b - a, 20) for a, b in zip(near, far)]})
print("[" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "]")
