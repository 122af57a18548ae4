"""Writes stochastic.jsonl with Python 3 and mpmath 1.3.0, nothing of it shared with Go: 100 random
digraphs, step 1, the label the end of the demonstrated path or any vertex two hops away. Every
relabelling and label of two or three steps of stochastic gradient descent from W = 0: the mean of
sigma^2 |W - mu|^2 and of sigma (mu - g) at the end, and the largest sigma |W - mu| and sigma |mu - g| of
the runs, least and most. Of steps with a finite limit the extremes of C/T, |beta|/T, sqrt(A/T), T/v over
400 values of mu within 1/10 of the way. 40 digits of work, 30 written."""
import itertools
import json
import random
from mpmath import mp, mpf, exp, sqrt, nstr

mp.dps = 40
rng = random.Random(17)
out = open('stochastic.jsonl', 'w')
text = lambda x: nstr(x, 32, strip_zeros=False, min_fixed=-40, max_fixed=60)
rows = finite = 0
while rows < 100:
    n, steps = rng.choice(((3, 3), (4, 2), (4, 2), (5, 2)))
    edges = [(u, v) for u in range(n) for v in range(n) if u != v and rng.random() < rng.choice((.3, .4, .5))]
    far, frontier = {0: 0}, [0]
    while frontier:
        u = frontier.pop(0)
        for a, b in edges:
            if a == u and b not in far:
                far[b] = far[u] + 1
                frontier.append(b)
    two = [v for v in far if far[v] == 2]
    if not two:
        continue
    p = rng.choice(two)
    law = rng.choice(('path', 'frontier'))
    labels = [p] if law == 'path' else two
    reached = [v for v in far if far[v] <= 1]
    pred = [a for a, b in edges if b == p and far.get(a) == 1][0]
    num, den = rng.choice(((1, 1), (1, 3), (5, 2), (4, 1)))
    s = mpf(num) / den / sqrt(mpf(len(reached)))
    rate = rng.choice((mpf(1) / 3, mpf(1), mpf(1) / 64))
    phi = [[int(u in reached and (u, v) in edges) for u in range(n)] for v in range(n)]
    d = [sum(x) for x in phi]
    mean = mpf(sum(d[q] for q in labels)) / len(labels)
    room = min(d) < mean < max(d)
    if not room and rng.random() < .8:
        continue

    def shares(weights):  # of vertices, for the logit matrix diag(weights) by vertex
        e = [exp(s * (int(v in reached) + sum(w for w, x in zip(weights, phi[v]) if x))) for v in range(n)]
        return [x / sum(e) for x in e]

    def gradient(w, name, q):  # of log(share of q) in the weights of symbols, vertex v being symbol name[v]
        share, total = shares([w[name[u]] for u in range(n)]), [mpf(0)] * n
        for u in range(n):
            total[name[u]] = s * (phi[q][u] - sum(share[v] * phi[v][u] for v in range(n)))
        return total

    g = [mpf(0)]
    for _ in range(steps):
        share = shares([g[-1]] * n)
        g.append(g[-1] + rate * s / n * (mean - sum(x * y for x, y in zip(share, d))))
    names, first = list(itertools.permutations(range(n))), (n < 5) and steps < 3
    draws = [(name, q) for name in names for q in labels]
    starts = draws if first else [(names[0], q) for q in labels]
    runs = []

    def walk(w, done, most, off):
        if done == steps:
            m = sum(w) / n
            runs.append((sum((s * (x - m)) ** 2 for x in w), s * (m - g[-1]), most, off))
            return
        for name, q in starts if done == 0 else draws:
            x = [a + rate * b for a, b in zip(w, gradient(w, name, q))]
            m = sum(x) / n
            walk(x, done + 1, max(most, sqrt(sum((s * (a - m)) ** 2 for a in x))), max(off, abs(s * (m - g[done + 1]))))

    walk([mpf(0)] * n, 0, mpf(0), mpf(0))
    row = {'n': n, 'edges': edges, 'path': [0, pred, p], 'law': law, 'alpha': '%d/%d' % (num, den), 'rate': {1: '1', 3: '1/3', 64: '1/64'}[int(1 / rate + mpf(1) / 2)], 'steps': steps,
           'scatter': text(sum(r[0] for r in runs) / len(runs)), 'offset': text(sum(r[1] for r in runs) / len(runs)),
           'spreads': [text(min(r[2] for r in runs)), text(max(r[2] for r in runs))], 'offsets': [text(min(r[3] for r in runs)), text(max(r[3] for r in runs))]}
    if room:
        F = lambda mu: sum(x * y for x, y in zip(shares([mu] * n), d))
        low, high = mpf(-200), mpf(200)
        for _ in range(140):
            mid = (low + high) / 2
            low, high = (mid, high) if F(mid) < mean else (low, mid)
        ends = sorted((mpf(0), low))
        ends = ends[0] - mpf(1) / 10 / s, ends[1] + mpf(1) / 10 / s
        found = []
        for i in range(401):
            share = shares([ends[0] + (ends[1] - ends[0]) * i / 400] * n)
            E = lambda f: sum(x * f(v) for v, x in enumerate(share))
            middle, degree = [E(lambda v: phi[v][u]) for u in range(n)], E(lambda v: d[v])
            away = lambda v: (sum((phi[v][u] - middle[u]) ** 2 for u in range(n)) - (d[v] - degree) ** 2 / n) / (n - 1)
            T, v = E(away), E(lambda v: (d[v] - degree) ** 2)
            covariance = [E(lambda v: (d[v] - degree) * phi[v][u]) for u in range(n)]
            A = (sum(c * c for c in covariance) - v * v / n) / (n - 1)
            found.append((sum(away(q) for q in labels) / len(labels) / T, abs(E(lambda v: (d[v] - degree) * away(v))) / 2 / T, sqrt(A / T), T / v))
        row['constants'] = [text(max(f[0] for f in found)), text(max(f[1] for f in found)), text(max(f[2] for f in found)), text(min(f[3] for f in found)), text(max(f[3] for f in found))]
        finite += 1
    out.write(json.dumps(row) + '\n')
    rows += 1
print(rows, finite)
