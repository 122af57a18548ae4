"""Writes stochastic.txt with Python 3 and mpmath 1.3.0, nothing of it shared with Go: certificates of
T1b-stochastic. The constants come from their definitions at 400 values of mu, and a twentieth more; the
bounds from a search over lambda, and a two-thousandth more."""
import json
import random
from fractions import Fraction
from mpmath import mp, mpf, exp, expm1, log, sqrt

mp.dps = 40
rng = random.Random(23)
out = open('stochastic.txt', 'w')
done = 0


def up(x, by=0):  # a fraction of 30 bits above x
    x = x * (1 + mpf(by))
    shift = 30 - int(mp.floor(mp.log(x, 2)))
    return Fraction(int(mp.ceil(x * mpf(2) ** shift)), 1) / Fraction(2) ** shift


def value(q):
    return mpf(q.numerator) / q.denominator


def passes(x, lam, m, R, q, j, steps, delta):
    u = lam * (2 * x * j + j * j)
    if u >= 3:
        return False
    omega, eps = 1 / (1 - u / 3), j * sqrt(mpf(m)) / (2 * x)
    S = 1 - 2 * omega * (1 + eps) * lam * R
    if S <= 0:
        return False
    K = lam * m * R * (1 + omega * lam * j * j * (1 + 1 / eps) / 2) / S
    w = q * S * K
    return log(2 * (1 + steps * q * S * exp(K - 1) * expm1(w) / w) / delta) <= lam * x * x


def bound(at, steps, delta):  # the least x of a geometric grid that is refined twice, and its lambda
    last, step, parts = -500, mpf(1) / 20, range(4, 100, 4)
    for level in range(3):
        for i in range(200):
            x = mpf(10) ** (mpf(last) / 100 + i * step) if level == 0 else base * mpf(10) ** (i * step)
            m, R, q, j = at(x)
            best = [part for part in parts if passes(x, mpf(part) / 200 / R, m, R, q, j, steps, delta)]
            if best:
                break
        else:
            return None
        base, step, parts = x * mpf(10) ** -step, step / 16, range(max(2, best[0] - 6), min(100, best[-1] + 7))
    return up(x, .0005), up(mpf(best[len(best) // 2]) / 200 / R)


while done < 12:
    n, K = rng.randint(5, 9), 0
    edges = sorted({(rng.randrange(n), rng.randrange(n)) for _ in range(rng.randint(n, 3 * n))})
    edges = [e for e in edges if e[0] != e[1]]
    hops = {0: 0}
    for u in list(range(n)) * n:
        for a, b in edges:
            if a in hops and hops.get(b, 99) > hops[a] + 1:
                hops[b] = hops[a] + 1
    two = sorted(v for v in hops if hops[v] == 2)
    if not two:
        continue
    reached = [v for v in hops if hops[v] <= 1]
    frontier = done % 3 == 2
    labels = two if frontier else [rng.choice(two)]
    phi = [[int(u in reached and (u, v) in edges) for u in range(n)] for v in range(n)]
    d = [sum(x) for x in phi]
    aim = Fraction(sum(d[p] for p in labels), len(labels))
    if not min(d) < aim < max(d):
        continue
    alpha, K = rng.choice((Fraction(1), Fraction(5, 2), Fraction(1, 3))), len(reached)
    s = value(alpha) / sqrt(mpf(K))

    def shares(y):
        e = [exp(s * int(v in reached)) * y ** d[v] for v in range(n)]
        return [x / sum(e) for x in e]

    F = lambda y: sum(x * k for x, k in zip(shares(y), d))
    low, high = mpf(-100), mpf(100)
    for _ in range(140):
        mid = (low + high) / 2
        low, high = (mid, high) if F(exp(mid)) < value(aim) else (low, mid)
    ends = min(0, low) - mpf('.101'), max(0, low) + mpf('.101')
    found = []
    for i in range(401):
        share = shares(exp(ends[0] + (ends[1] - ends[0]) * i / 400))
        E = lambda f: sum(x * f(v) for v, x in enumerate(share))
        middle, degree = [E(lambda v: phi[v][u]) for u in range(n)], E(lambda v: d[v])
        away = lambda v: (sum((phi[v][u] - middle[u]) ** 2 for u in range(n)) - (d[v] - degree) ** 2 / n) / (n - 1)
        T, v = E(away), E(lambda v: (d[v] - degree) ** 2)
        c = [E(lambda v: (d[v] - degree) * phi[v][u]) for u in range(n)]
        found.append((sum(away(p) for p in labels) / len(labels) / T, abs(E(lambda v: (d[v] - degree) * away(v))) / 2 / T,
                      sqrt((sum(x * x for x in c) - v * v / n) / (n - 1) / T), T / v, 1 / (T / v), 1 / v))
    most = [max(f[i] for f in found) for i in range(6)]
    unlike, lean, gust, fast = up(most[0], .05), up(most[1] + mpf('.02'), .05), up(most[2], .05), up(most[3], .05)
    slow, variance = 1 / up(most[4], .05), 1 / up(most[5], .05)
    distance = lambda v, w: sum(a != b for a, b in zip(phi[v], phi[w]))
    delta2 = max(distance(v, w) for v in range(n) for w in range(n))
    G = sqrt(max(mpf(distance(p, v)) - mpf(d[p] - d[v]) ** 2 / n for p in labels for v in range(n)))
    h = Fraction(1, 2 ** rng.randint(10, 14))
    D, hh, steps, failure = max(d) - min(d), value(h), 100000, Fraction(1, 1000)

    def beside(x):
        rho = sqrt(mpf(delta2)) * x
        pull = (2 - hh * delta2 / 4) * -expm1(-rho) / rho
        r = (sqrt(value(unlike)) + rho / 2 * sqrt(expm1(rho) / rho)) ** 2
        return n - 1, hh * r / pull, hh * pull * delta2 / (2 * n - 2), hh * (G + sqrt(mpf(delta2)) * rho / 4)

    first = bound(beside, steps, value(failure))
    if first is None:
        continue
    x = value(first[0])
    rho = sqrt(mpf(delta2)) * x
    a = min(value(gust) + D * rho * exp(rho / 2) / 4, D * sqrt(expm1(rho) / rho) / 2)
    b = min(value(lean) + mpf(7) / 24 * D * rho * exp(rho), D * exp(rho) / 2)
    drawn = value(sum(Fraction(d[p]) ** 2 for p in labels) / len(labels) - aim ** 2)
    wide = max(d[p] for p in labels) - min(d[p] for p in labels)
    pull, mean = 2 - hh * D * D / (4 * n), Fraction(1, 10)
    for _ in range(4):
        reach = x * x * value(fast) * exp(D * value(mean))
        second = bound(lambda z: (1, hh / n / pull * (a * a * reach + drawn / value(variance)), hh / n * pull * D * D / 4, hh / n * (D * rho / 2 + wide)), steps, value(failure))
        if second is None or b * reach + value(second[0]) > value(mean):
            break
        tail, mean = second, up(b * reach + value(second[0]), .0001)
    if mean == Fraction(1, 10):
        continue
    exact = {'rate': h * K / alpha ** 2, 'steps': Fraction(steps), 'failure': failure, 'low': 1 / up(exp(-ends[0])), 'high': up(exp(ends[1])), 'unlike': unlike, 'lean': lean, 'gust': gust,
             'slow': slow, 'fast': fast, 'variance': variance, 'spread': first[0], 'tilt': first[1], 'tail': tail[0], 'mean_tilt': tail[1], 'mean': mean}
    classes = sorted({(int(v in reached), d[v]) for v in range(n)})
    profile = {'n': n, 'k': K, 'target_degree': aim.numerator}
    if aim.denominator > 1:
        profile['labels'] = aim.denominator
    profile['classes'] = [{'in_set': i, 'degree': k, 'count': sum(int(v in reached) == i and d[v] == k for v in range(n))} for i, k in classes]
    graph = {'vertices': n, 'edges': edges, 'root': 0, 'step': 1, **({'label': 'frontier'} if frontier else {'vertex': labels[0]})}
    out.write(json.dumps({'format': 'muflow/certificate/1', 'claim': 'T1b-stochastic', 'loss': 'coconut', 'alpha': str(alpha), 'graph': graph, 'profile': profile,
                          'exact': {k: str(v) for k, v in sorted(exact.items())}}, separators=(',', ':')) + '\n')
    done += 1
    print(done, n, float(x), float(mean), float(tail[0]))
