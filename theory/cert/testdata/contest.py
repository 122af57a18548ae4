"""contest.py writes contest.txt with Python 3 and mpmath 1.3.0: certificates of the claims about one logit for each vertex
under Coconut-BFS. The direction is read off the flow, followed by Taylor steps in the logits of all sources with 50 digits;
symmetries are all permutations of the sources that keep the counts of all source sets."""
import json
import random
from fractions import Fraction
from itertools import permutations
from math import gcd, lcm
from mpmath import mp, mpf, exp, sqrt

mp.dps = 50


def levels(edges, n, root):
    hops = [-1] * n
    hops[root] = 0
    for h in range(n):
        for u, v in edges:
            if hops[u] == h and hops[v] < 0:
                hops[v] = h + 1
    return hops


def rates(sets, weights, theta):
    w = [c * exp(sum(theta[u] for u in s)) for s, c in zip(sets, weights)]
    total = sum(w)
    return w, [sum(a for s, a in zip(sets, w) if u in s) / total for u in range(len(theta))]


def follow(sets, weights, theta, time):
    """Classical Runge-Kutta steps of 1/64, extrapolated from halved ones."""
    def step(y, h):
        f = lambda z: rates(sets, weights, z)[1]
        a = f(y)
        b = f([x + h / 2 * z for x, z in zip(y, a)])
        c = f([x + h / 2 * z for x, z in zip(y, b)])
        d = f([x + h * z for x, z in zip(y, c)])
        return [x + h / 6 * (p + 2 * q + 2 * r + s) for x, p, q, r, s in zip(y, a, b, c, d)]
    for _ in range(int(time * 64)):
        whole, half = step(theta, mpf(1) / 64), step(step(theta, mpf(1) / 128), mpf(1) / 128)
        theta = [y + (y - x) / 15 for x, y in zip(whole, half)]
    return theta


def put(claim, **keys):
    c = {'format': 'muflow/certificate/1', 'claim': claim, 'loss': 'bfs'}
    c.update((key, keys[key]) for key in ('alpha', 'graph', 'profile', 'exact', 'direction') if keys.get(key))
    out.write(json.dumps(c, separators=(',', ':')) + '\n')


rng, out, found = random.Random(3), open('contest.txt', 'w'), {}
while sum(found.values()) < 30:
    n, c, alpha = rng.randint(4, 9), rng.randint(0, 2), rng.choice(['1', '1/2', '3'])
    edges = sorted([u, v] for u in range(n) for v in range(n) if u != v and rng.random() < 0.28)
    hops = levels(edges, n, 0)
    held, reached = [v for v in range(n) if 0 <= hops[v] <= c], [v for v in range(n) if 0 <= hops[v] <= c + 1]
    sources = sorted({u for u, _ in edges if u in held})
    if not sources or len(reached) == n or len(sources) > 6:
        continue
    e, counts = exp(mpf(Fraction(alpha).numerator) / Fraction(alpha).denominator / sqrt(len(held))), {}
    for v in reached:
        s = frozenset(sources.index(u) for u, w in edges if w == v and u in sources)
        counts.setdefault(s, [0, 0])[v in held] += 1
    sets = sorted(counts, key=sorted)
    weights = [counts[s][0] + e * counts[s][1] for s in sets]
    group = [p for p in permutations(range(len(sources))) if all(counts.get(frozenset(p[u] for u in s)) == counts[s] for s in sets)]
    mean = [[Fraction(sum(p[u] in s for p in group), len(group)) for u in range(len(sources))] for s in sets]
    dot = lambda x, y: sum(a * b for a, b in zip(x, y))
    theta = follow(sets, weights, [mpf(0)] * len(sources), 20)
    grown = [(y - x) / 4 for x, y in zip(theta, follow(sets, weights, theta, 4))]
    winner = [Fraction(str(g)).limit_denominator(6) for g in grown]
    if max(abs(g - mpf(a.numerator) / a.denominator) for g, a in zip(grown, winner)) > 1e-4 or winner not in mean:
        print('no winner by then', n, edges, [mp.nstr(g, 5) for g in grown])
        continue

    def room(weigh):
        """The products that have to be positive, for each other mean, from weights of sets."""
        return [sum(weigh[x] * (k if mean[x] == winner else min(k, 0)) for x in range(len(sets)) for k in [dot(winner, mean[x]) - dot(w, mean[x])])
                for w in mean if w != winner]
    time, theta = 0, [mpf(0)] * len(sources)
    rational = lambda q: mpf(q.numerator) / q.denominator
    real = [[rational(a) for a in m] for m in mean]
    margin = lambda w: min((sum(w[x] * (k if mean[x] == winner else min(k, 0)) for x in range(len(sets)) for k in [rational(dot(winner, mean[x]) - dot(other, mean[x]))])
                            for other in mean if other != winner), default=1)
    start = margin(weights)
    while margin(rates(sets, weights, theta)[0]) <= 1e-4 * time * sum(weights) and time < 12:
        theta, time = follow(sets, weights, theta, Fraction(1, 4)), time + Fraction(1, 4)
    if time == 12:
        print('not seen by then', n, edges)
        continue
    parts = list(zip(room([counts[s][0] for s in sets]), room([counts[s][1] for s in sets])))
    depends = any(y * (x + y) < 0 for x, y in parts)
    kind = (min(c, 1), time > 0, depends, any(a.denominator > 1 for a in winner), len(group) > 1)
    if found.get(kind, 0) >= 5:
        continue
    found[kind] = found.get(kind, 0) + 1
    graph = {'vertices': n, 'edges': edges, 'root': 0, 'step': c}
    classes = {}
    for v in range(n):
        key = (int(v in held), sum(w == v and u in held for u, w in edges))
        classes[key] = classes.get(key, 0) + 1
    profile = {'n': n, 'k': len(held), 'classes': [{'in_set': a, 'degree': d, 'count': m} for (a, d), m in sorted(classes.items())]}
    scale = lcm(*(a.denominator for a in winner))
    direction = [0] * n
    for u, a in zip(sources, winner):
        direction[u] = int(a * scale)
    direction = [x // gcd(*direction) for x in direction]
    put('A4-bfs', graph=graph, profile=profile)
    put('A4-bfs-winner', graph=graph, profile=profile, direction=direction, alpha=alpha if time or depends else None, exact={'time': str(time)} if time else None)
print(found)
