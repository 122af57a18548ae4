"""Writes attention.txt with Python 3 and mpmath 1.3.0, nothing of it shared with Go: softmax
attention on random digraphs, token by token from the definition of the loss, whose slope is
taken by differences. One line each: where the logit goes from 0, every zero of the slope found on a
grid of 240 points, and the time at which a logit is passed. Numbers to 25 digits."""
import json
import random
from mpmath import mp, mpf, exp, log, sqrt, quad, nstr, sinh, findroot

mp.dps = 45

def distances(n, edges, root):
    at, now, k = {root: 0}, {root}, 0
    while now:
        k += 1
        now = {v for u, v in edges if u in now and v not in at}
        for v in now:
            at[v] = k
    return at

def drawn(rng):
    """A graph, and the path to a vertex as far as possible from the root 0."""
    while True:
        n = rng.randint(5, 10)
        edges = sorted({(rng.randrange(n), rng.randrange(n)) for _ in range(rng.randint(n, 3 * n))})
        edges = [e for e in edges if e[0] != e[1] and e[1] != 0]
        at = distances(n, edges, 0)
        far = max(at.values())
        if far < 1 or len(at) == n:
            continue
        path = [rng.choice(sorted(v for v in at if at[v] == far))]
        while path[0] != 0:
            path.insert(0, rng.choice(sorted(u for u, v in edges if v == path[0] and u in at and at[u] == at[path[0]] - 1)))
        return dict(n=n, edges=edges, path=path, other=rng.choice([v for v in range(n) if v not in at]), step=rng.randrange(far))

def losses(x, loss, law, alpha, gain, logit):
    """The loss as a function of mu."""
    n, edges, c = x['n'], x['edges'], x['step']
    at = distances(n, edges, 0)
    if logit is None:
        weight = [mpf(v in at and at[v] <= c) for v in range(n)]
    else:
        weight = [mpf(v == 0) for v in range(n)]
        for _ in range(c):
            weight = [weight[v] + logit * sum(weight[a] for a, b in edges if b == v) for v in range(n)]
    norm = sqrt(sum(w * w for w in weight))
    weight = [w / norm for w in weight]
    following = [v for v in at if at[v] <= c + 1]
    labels = [v for v in at if at[v] == c + 1] if law == 'frontier' else [x['path'][c + 1]]
    def value(mu):
        powers = [exp(mu * w) for w in weight]
        scores = [powers[u] for u, _ in edges]
        total = sum(scores)
        logits = [alpha * w for w in weight]
        for (_, v), score in zip(edges, scores):
            logits[v] += alpha * gain * score / total
        whole = log(sum(exp(l) for l in logits))
        if loss == 'bfs':
            return whole - log(sum(exp(logits[v]) for v in following))
        return whole - sum(logits[v] for v in labels) / len(labels)
    return value

def slope(value):
    """Minus the derivative, by differences of the sixth order: error about h^6."""
    h = mpf(10) ** -6
    def f(mu):
        d = [value(mu + k * h) - value(mu - k * h) for k in (1, 2, 3)]
        return -(45 * d[0] - 9 * d[1] + d[2]) / (60 * h)
    return f

def zeros(f, reach):
    grid = [reach * sinh(mpf(4) * k / 120 + mpf(1) / 7919) / sinh(4) for k in range(-120, 121)]
    values = [f(x) for x in grid]
    found = []
    for a, b, fa, fb in zip(grid, grid[1:], values, values[1:]):
        if fa * fb < 0:
            found.append((findroot(f, (a, b), solver='anderson', tol=mpf(10) ** -60, verify=False), bool(fa > 0)))
    return found, values[0] > 0, values[-1] > 0

def text(q):
    return '%d/%d' % q if q[1] != 1 else str(q[0])

rng = random.Random(20)
out = open('attention.txt', 'w')
kept = 0
while kept < 106:
    members = [drawn(rng) for _ in range(3 if kept >= 100 else 1)]
    loss, law = rng.choice(('coconut', 'bfs')), rng.choice(('path', 'frontier'))
    law = 'path' if loss == 'bfs' else law
    alpha, gain = rng.choice(((1, 1), (1, 2), (3, 1))), rng.choice(((1, 10), (1, 1), (5, 1), (20, 1), (60, 1)))
    logit = rng.choice(((1, 2), (2, 1), (1, 5))) if 60 <= kept < 100 or kept >= 103 else None
    if logit and all(x['step'] == 0 for x in members):
        continue
    real = lambda q: mpf(q[0]) / q[1]
    parts = [losses(x, loss, law, real(alpha), real(gain), real(logit) if logit else None) for x in members]
    f = slope(lambda mu: sum(p(mu) for p in parts))
    start = f(mpf(0))
    reach = mpf(50)
    if abs(start) < mpf(10) ** -30 or abs(f(reach)) < mpf(10) ** -30 or abs(f(-reach)) < mpf(10) ** -30:
        continue
    found, below, above = zeros(f, reach)
    side = [x for x, _ in found if (x > 0) == (start > 0)]
    end = (min(side) if start > 0 else max(side)) if side else None
    line = dict(members=members, loss=loss, law=law, alpha=text(alpha), gain=text(gain), logit=text(logit) if logit else '',
                status='finite' if end is not None else 'plus-infinity' if start > 0 else 'minus-infinity', below=1 if below else -1, above=1 if above else -1,
                zeros=[nstr(x, 25) for x, _ in found], stable=[s for _, s in found])
    if len(members) == 1:
        n = members[0]['n']
        mu = end / 2 if end is not None else mpf(4 if start > 0 else -4)
        mp.dps = 20
        line['passed'] = [nstr(mu, 20), nstr(quad(lambda m: n / f(m), [0, mu], maxdegree=4), 12)]
        mp.dps = 45
    out.flush()
    out.write(json.dumps(line) + '\n')
    kept += 1
