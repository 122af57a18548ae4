"""Reference values for overshoot_test.go, with mpmath 1.3.0 at 30 digits.

The loss of softmax attention with uneven logits is written down edge by edge and
differentiated numerically; flows are integrated by extrapolation of the midpoint
rule (Gragg, Bulirsch and Stoer) to 16 digits. Nothing is shared with the program.

    python3 overshoot.py > overshoot.jsonl
"""
import json
import random

from mpmath import mp, mpf, exp, log, sqrt, diff, nstr, findroot

mp.dps = 30
rng = random.Random(7)


def draw():
    while True:
        n = rng.randint(6, 9)
        edges = sorted({(u, v) for u, v in ((rng.randrange(n), rng.randrange(n)) for _ in range(rng.randint(n, 2 * n))) if u != v})
        levels, seen = [[0]], {0}
        while levels[-1]:
            levels.append(sorted({v for u, v in edges if u in levels[-1]} - seen))
            seen |= set(levels[-1])
        levels.pop()
        if len(levels) < 3 or len(seen) == n:
            continue
        path = [rng.choice(levels[-1])]
        for level in reversed(levels[:-1]):
            path.insert(0, rng.choice([u for u in level if (u, path[0]) in edges]))
        other = rng.choice([v for v in range(n) if v not in seen])
        c = rng.randrange(len(path) - 1)
        inside = {v for level in levels[:c + 1] for v in level}
        if all(u in inside for u, _ in edges):
            continue
        return n, edges, path, other, c, inside


def loss_of(n, edges, path, c, inside, deviations):
    s, p = 1 / sqrt(mpf(len(inside))), path[c + 1]

    def loss(mu, g):
        weights = [exp(s * mu * (1 + mpf(deviations[e]) / 1000)) if e[0] in inside else mpf(1) for e in edges]
        total = sum(weights)
        a = [mpf(0)] * n
        for (u, v), w in zip(edges, weights):
            a[v] += w / total
        xi = [(s if v in inside else 0) + g * a[v] for v in range(n)]
        return log(sum(exp(x) for x in xi)) - xi[p]

    def slopes(mu, g):
        weights = [(exp(s * mu * (1 + mpf(deviations[e]) / 1000)), 1 + mpf(deviations[e]) / 1000) if e[0] in inside else (mpf(1), mpf(0)) for e in edges]
        total = sum(w for w, _ in weights)
        mean = sum(w * u for w, u in weights) / total
        a, b = [mpf(0)] * n, [mpf(0)] * n
        for (_, v), (w, u) in zip(edges, weights):
            a[v] += w / total
            b[v] += s * w / total * (u - mean)
        q = [exp((s if v in inside else 0) + g * a[v]) for v in range(n)]
        z = sum(q)
        return (g * (b[p] - sum(x * y for x, y in zip(q, b)) / z), a[p] - sum(x * y for x, y in zip(q, a)) / z)

    return loss, slopes


def step(f, x, h, k=9):
    rows = []
    for i in range(1, k + 1):
        m = 2 * i
        d = h / m
        a = x
        b = tuple(u + d * v for u, v in zip(a, f(*a)))
        for _ in range(m - 1):
            a, b = b, tuple(u + 2 * d * v for u, v in zip(a, f(*b)))
        row = [tuple((u + v + d * w) / 2 for u, v, w in zip(a, b, f(*b)))]
        for j, old in enumerate(rows[-1] if rows else []):
            ratio = (mpf(m) / (2 * (i - j - 1))) ** 2 - 1
            row.append(tuple(u + (u - o) / ratio for u, o in zip(row[j], old)))
        rows.append(row)
        if i > 3 and max(abs(u - v) for u, v in zip(row[-1], rows[-2][-1])) < mpf(10) ** -18:
            return row[-1]
    half = step(f, x, h / 2, k)
    return step(f, half, h / 2, k)


points, flows = 0, 0
while points < 100 or flows < 20:
    n, edges, path, other, c, inside = draw()
    uneven = rng.random() < 0.7
    deviations = {e: (round(300 * rng.gauss(0, 1)) if uneven else 0) for e in edges}
    loss, slopes = loss_of(n, edges, path, c, inside, deviations)
    out = {"vertices": n, "edges": edges, "path": path, "other": other, "c": c, "deviations": [deviations[e] for e in edges]}
    if points < 100:
        mu, g = mpf(rng.randint(-300, 600)) / 100, mpf(rng.randint(20, 900)) / 100
        out |= {"at": [nstr(mu, 5), nstr(g, 5)]}
        mp.dps = 45
        orders = [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
        out["slopes"] = [nstr(-diff(loss, (mu, g), o), 18) for o in orders]
        assert abs(slopes(mu, g)[0] + diff(loss, (mu, g), (1, 0))) < 1e-15
        assert abs(slopes(mu, g)[1] + diff(loss, (mu, g), (0, 1))) < 1e-15
        mp.dps = 30
        points += 1
    if flows < 20:
        x, t, h = (mpf(0), mpf(1) / 2), mpf(0), mpf(2)
        first = slopes(*x)[0]
        while first > 1e-6 and t < 60 and slopes(*x)[0] > 0:
            last, x, t = x, step(slopes, x, h), t + h
        if first > 1e-6 and 0 < t < 60 and x[1] > 0.5:
            at = findroot(lambda d: slopes(*step(slopes, last, d))[0], (h / 2, h / 2 + mpf(1) / 100), tol=1e-15)
            top = step(slopes, last, at)
            out |= {"turn": [nstr(t - h + at, 12), nstr(top[0], 15), nstr(top[1], 12)]}
            flows += 1
    if len(out) > 6:
        print(json.dumps(out), flush=True)
