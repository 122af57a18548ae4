"""Theorem 1 with walk weights on random digraphs, without code of the project.

    python3 walk.py > walk.txt

Python 3.11 with mpmath 1.3.0, 40 digits. One line each: vertices, edges, root,
path, law, c, L, alpha, loss, then where mu goes, mu* and the rate where it is finite,
and a pair t, mu(t) on the way from 0, from t = int dmu/mu'. Weights are floating
point sums over all walks one by one; equality of in-weights is that of fractions.
"""
import itertools
import random
from fractions import Fraction

from mpmath import mp, mpf, exp, findroot, quad, sqrt, nstr

mp.dps = 40


def distances(n, edges, root):
    d, queue = {root: 0}, [root]
    for u in queue:
        for a, b in edges:
            if a == u and b not in d:
                d[b] = d[u] + 1
                queue.append(b)
    return d


def weights(n, edges, root, c, logit):
    """Every choice of staying or taking an edge in each of c thoughts."""
    out = [Fraction(0)] * n

    def go(v, left, product):
        if left == 0:
            out[v] += product
            return
        go(v, left - 1, product)
        for a, b in edges:
            if a == v:
                go(b, left - 1, product * logit)

    go(root, c, Fraction(1))
    return out


def text(x):
    return nstr(x, 32, min_fixed=-10**9, max_fixed=10**9)


def case(rng):
    n = rng.randint(4, 9)
    pairs = [(a, b) for a, b in itertools.product(range(n), repeat=2) if a != b]
    edges = sorted(rng.sample(pairs, rng.randint(n - 1, 2 * n)))
    root = rng.randrange(n)
    d = distances(n, edges, root)
    c = rng.choice([0, 1, 1, 2, 2, 3])
    ends = [v for v in d if d[v] >= c + 1]
    if not ends:
        return None
    path = [rng.choice(ends)]
    while path[0] != root:
        path.insert(0, rng.choice([a for a, b in edges if b == path[0] and d.get(a, n) == d[path[0]] - 1]))
    law = rng.choice(["path", "frontier", "shortest"])
    logit = rng.choice([Fraction(1), Fraction(1, 2), Fraction(2), Fraction(1, 3), Fraction(7, 3), Fraction(1, 10)])
    alpha = rng.choice([Fraction(1), Fraction(1, 2), Fraction(3)])
    labels = [path[c + 1]]
    if law != "path":
        back = distances(n, [(b, a) for a, b in edges], path[-1])
        labels = [v for v in d if d[v] == c + 1 and (law == "frontier" or v in back and d[v] + back[v] == d[path[-1]])]
    exact = weights(n, edges, root, c, logit)
    inward = [sum((exact[a] for a, b in edges if b == v), Fraction(0)) for v in range(n)]
    norm = sqrt(sum(mpf(w.numerator) ** 2 / w.denominator**2 for w in exact))
    real = lambda x: mpf(x.numerator) / x.denominator
    w = [real(x) / norm for x in exact]
    b = [real(x) / norm for x in inward]
    al = real(alpha)
    star = sum(b[v] for v in labels) / len(labels)
    near = [v for v in range(n) if v in d and d[v] <= c + 1]

    def mean(mu, among, power=1):
        top = max(al * (w[v] + mu * b[v]) for v in among)
        e = {v: exp(al * (w[v] + mu * b[v]) - top) for v in among}
        return sum(e[v] * b[v] ** power for v in among) / sum(e.values())

    everything = range(n)
    loss = rng.choice(["coconut", "coconut", "coconut", "bfs"])
    if loss == "coconut":
        drift = lambda mu: al / n * (star - mean(mu, everything))
        goal = Fraction(sum(inward[v] for v in labels), len(labels))
        below, above = min(inward) < goal, goal < max(inward)
        status = {(True, True): "finite", (True, False): "plus-infinity", (False, True): "minus-infinity", (False, False): "stationary"}[below, above]
    else:
        drift = lambda mu: al / n * (mean(mu, near) - mean(mu, everything))
        status = "plus-infinity" if len(near) < n and max(inward) > 0 else "stationary"
    mu = rate = time = height = None
    first = drift(mpf(0))
    if status == "finite":
        mu = mpf(0)
        if abs(first) > mpf(10) ** -30:
            step = mpf(1) if first > 0 else mpf(-1)
            while drift(step) * first > 0:
                step *= 2
            mu = findroot(drift, (mpf(0), step), solver="anderson", tol=1e-70, maxsteps=400)
        rate = al**2 / n * (mean(mu, everything, 2) - mean(mu, everything) ** 2)
        height = mu * mpf(3) / 5
    elif status != "stationary":
        height = mpf(2) if first > 0 else mpf(-2)
    if height:
        time = quad(lambda x: 1 / drift(x), [0, height / 2, height])
    show = lambda x: "-" if x is None else text(x)
    return " ".join([str(n), ",".join(f"{a}>{b}" for a, b in edges), str(root), ",".join(map(str, path)), law, str(c), str(logit), str(alpha), loss, status, show(mu), show(rate), show(time), show(height if time else None)])


def main():
    rng, lines = random.Random(20260117), []
    while len(lines) < 130:
        line = case(rng)
        if line:
            lines.append(line)
    print("\n".join(lines))


main()
