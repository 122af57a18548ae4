"""Reference values for overshootends_test.go, with mpmath 1.3.0 at 30 digits: turns
and ends of flows at several rates and gains, even and uneven.

Draws, slopes and steps are those of overshoot.py. A flow in float64 says where to look
for turn and end; both are then found at 30 digits, the turn by extrapolation of the
midpoint rule, the end as a zero of both slopes.

    python3 overshootends.py SEED COUNT, of which overshootends.jsonl holds the first of seeds 3 and 4
"""
import json
import math
import random
import sys

from mpmath import mp, mpf, exp, findroot, nstr, sqrt

source = open(__file__.replace("ends.py", ".py")).read()
exec(source[:source.index("points, flows")])
rng = random.Random(int(sys.argv[1]))


def quick(n, edges, path, c, inside, deviations):
    s, p = 1 / math.sqrt(len(inside)), path[c + 1]
    us = [1 + deviations[e] / 1000 if e[0] in inside else 0 for e in edges]

    def slopes(mu, g):
        w = [math.exp(s * mu * u) for u in us]
        total = sum(w)
        mean = sum(x * u for x, u in zip(w, us)) / total
        a, b = [0.0] * n, [0.0] * n
        for (_, v), x, u in zip(edges, w, us):
            a[v] += x / total
            b[v] += s * x / total * (u - mean)
        q = [math.exp((s if v in inside else 0) + g * a[v]) for v in range(n)]
        z = sum(q)
        return g * (b[p] - sum(x * y for x, y in zip(q, b)) / z), a[p] - sum(x * y for x, y in zip(q, a)) / z

    return slopes


def runge(f, x, h):
    move = lambda k, d: (x[0] + d * k[0], x[1] + d * k[1])
    k1 = f(*x)
    k2 = f(*move(k1, h / 2))
    k3 = f(*move(k2, h / 2))
    k4 = f(*move(k3, h))
    return tuple(x[i] + h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]) for i in (0, 1))


count = 0
while count < int(sys.argv[2]):
    n, edges, path, other, c, inside = draw()
    size = rng.choice([0, 0, 200, 400, 1000])
    deviations = {e: round(size * rng.gauss(0, 1)) for e in edges}
    rate, gain = rng.choice([(1, 1), (1, 3), (3, 1), (10, 1)]), rng.choice([(1, 2), (1, 2), (1, 5), (2, 1)])
    rho, slow = rate[0] / rate[1], quick(n, edges, path, c, inside, deviations)
    flow = lambda mu, g: (slow(mu, g)[0], rho * slow(mu, g)[1])
    x, t, turn, changes = (0.0, gain[0] / gain[1]), 0.0, None, 0
    side = flow(*x)[0]
    if abs(side) < 1e-4:
        continue
    while t < 800 and 0.01 < x[1] < 60 and changes < 2 and (turn or t < 25):
        h = (0.5 if t < 25 else 2) / max(1, rho)
        x, t, now = runge(flow, x, h), t + h, flow(*x)
        if now[0] * side < 0:
            turn, changes, side = turn or t, changes + 1, -side
        if turn and abs(now[0]) + abs(now[1]) < 1e-5:
            break
    if changes != 1 or turn < 1 or not 0.01 < x[1] < 60:
        continue
    _, exact = loss_of(n, edges, path, c, inside, deviations)
    try:
        end = findroot(lambda mu, g: list(exact(mu, g)), x, tol=1e-50)
    except (ValueError, ZeroDivisionError):
        continue
    if abs(end[0] - x[0]) + abs(end[1] - x[1]) > 0.05 or abs(now[0]) + abs(now[1]) > 1e-4:
        continue
    ratio = mpf(rate[0]) / rate[1]
    field = lambda mu, g: (exact(mu, g)[0], ratio * exact(mu, g)[1])
    x, t, h = (mpf(0), mpf(gain[0]) / gain[1]), mpf(0), mpf(2)
    first = field(*x)[0]
    while first * field(*x)[0] > 0:
        last, x, t = x, step(field, x, h), t + h
    at = findroot(lambda d: field(*step(field, last, d))[0], (h / 2, h / 2 + mpf(1) / 100), tol=1e-15)
    top = step(field, last, at)
    print(json.dumps({"vertices": n, "edges": edges, "path": path, "other": other, "c": c, "deviations": [deviations[e] for e in edges],
                      "rate": "%d/%d" % rate, "gain": "%d/%d" % gain,
                      "turn": [nstr(t - h + at, 12), nstr(top[0], 15), nstr(top[1], 12)], "end": [nstr(end[0], 18), nstr(end[1], 18)]}), flush=True)
    count += 1
