"""Writes stage.jsonl with Python 3 and mpmath 1.3.0, nothing of it shared with Go: 100 random
digraphs, step 1, the label the end of the demonstrated path. For both losses the ends of the
range of mu in which the weights after a step from uniform ones are within 1 + d_max, by
bisection of the ratio itself, and the times at which the flow passes them, as integrals; the
least T and Var(d) of stochastic descent over a grid; the drift with thoughts generated anew
at mu = 0 and at mu = 1e9. 40 digits of work, 30 written."""
import json
import random
from mpmath import mp, mpf, exp, sqrt, quad, nstr, findroot

mp.dps = 40
rng = random.Random(11)
out = open('stage.jsonl', 'w')
text = lambda x: None if x is None else nstr(x, 32, strip_zeros=False, min_fixed=-40, max_fixed=60)
rows = 0
while rows < 100:
    n = rng.randint(5, 10)
    edges = [(u, v) for u in range(n) for v in range(n) if u != v and rng.random() < rng.choice((.2, .3, .4))]
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
    middle = [a for a, b in edges if b == p and far.get(a) == 1][0]
    reached = [v for v in far if far[v] <= 1]
    k = len(reached)
    a = [int(v in reached) for v in range(n)]
    sources = [{u for u, w in edges if w == v and u in reached} for v in range(n)]
    d = [len(x) for x in sources]
    num, den = rng.choice(((1, 1), (1, 3), (5, 2), (4, 1)))
    alpha = mpf(num) / den
    s = alpha / sqrt(mpf(k))
    inside = [v for v in range(n) if a[v] or d[v]]

    def share(mu, among=range(n)):
        e = [exp(s * (a[v] + mu * d[v])) for v in among]
        return [x / sum(e) for x in e]

    F = lambda mu: sum(x * y for x, y in zip(share(mu), d))
    Fin = lambda mu: sum(x * d[v] for x, v in zip(share(mu, inside), inside))
    rate = alpha / (n * sqrt(mpf(k)))
    drift = {'coconut': lambda mu: rate * (d[p] - F(mu)), 'coconut-bfs': lambda mu: rate * (Fin(mu) - F(mu))}
    rho = 1 + max(d)

    def wide(mu):
        beta = [a[v] + mu * d[v] for v in inside]
        return max(beta) > rho * min(beta)

    def edge(low, high):  # wide(low) != wide(high)
        first = wide(low)
        for _ in range(140):
            mid = (low + high) / 2
            if wide(mid) == first:
                low = mid
            else:
                high = mid
        return (low + high) / 2

    first = edge(mpf(10) ** -12, mpf(1))
    last = edge(mpf(1), mpf(10) ** 12) if wide(mpf(10) ** 12) else None
    row = dict(n=n, edges=edges, path=[0, middle, p], alpha=f'{num}/{den}', first=text(first), last=text(last))
    for loss, f in drift.items():
        if loss == 'coconut' and f(mpf(0)) <= 0 or loss == 'coconut-bfs' and len(inside) == n:
            continue
        times = []
        for mu in (first, last):
            if mu is None or f(mu) <= 0:
                times.append(None)
            else:
                times.append(text(quad(lambda m: 1 / f(m), [mu * j / 16 for j in range(17)])))
        row[loss] = times
    if min(d) < d[p] < max(d):
        low, high = mpf(-10), mpf(10)
        while F(low) > d[p]:
            low *= 2
        while F(high) < d[p]:
            high *= 2
        for _ in range(140):
            mid = (low + high) / 2
            if F(mid) < d[p]:
                low = mid
            else:
                high = mid
        star = low
        ends = min(0, star) - mpf('.1') / s, max(0, star) + mpf('.1') / s
        T, V = [], []
        for j in range(101):
            w = share(ends[0] + (ends[1] - ends[0]) * j / 100)
            mean = [sum(w[v] for v in range(n) if u in sources[v]) for u in range(n)]
            degree = sum(x * y for x, y in zip(w, d))
            far2 = [sum((int(u in sources[v]) - mean[u]) ** 2 for u in range(n)) for v in range(n)]
            T.append(sum(w[v] * (far2[v] - (d[v] - degree) ** 2 / n) for v in range(n)) / (n - 1))
            V.append(sum(w[v] * (d[v] - degree) ** 2 for v in range(n)))
        row['least'] = [text(min(T)), text(min(V))]

    def anew(mu):
        lam = [mpf(int(v == 0)) + mu * int((0, v) in edges) for v in range(n)]
        norm = sqrt(sum(x * x for x in lam))
        lam = [x / norm for x in lam]
        b = [sum(lam[u] for u, w in edges if w == v) for v in range(n)]
        xi = [alpha * (lam[v] + mu * b[v]) for v in range(n)]
        top = max(xi)
        w = [exp(x - top) for x in xi]
        return alpha / n * sum(x * (b[p] - y) for x, y in zip(w, b)) / sum(w)

    row['anew'] = [text(anew(mpf(0))), int(mp.sign(anew(mpf(10) ** 9)))]
    out.write(json.dumps(row) + '\n')
    rows += 1
