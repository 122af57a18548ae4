"""Writes certificates.txt with mpmath 1.2.1: one certificate a line, numbers
from 400-digit floating point and root finding, none of it shared with Go."""
import json
from mpmath import mp, mpf, exp, log, sqrt, floor, ceil, nint, findroot, diff

mp.dps = 400


def around(x, unit):
    v = x * mpf(2) ** unit
    if abs(v - nint(v)) < mpf(10) ** -300:
        return [int(nint(v))] * 2
    return [int(floor(v)), int(ceil(v))]


def numbers(n, k, target, classes, alpha, g):
    s = alpha / sqrt(mpf(k))  # αs
    e, kappa = exp(s), alpha ** 2 / (mpf(n) * k)
    w = {}
    for a, d, m in classes:
        w[d] = w.get(d, 0) + (e * m if a else m)
    out = sum(m for a, d, m in classes if (a, d) == (0, 0))
    top = max(w)
    Q = lambda y: sum(c * y ** d for d, c in w.items())
    P = lambda y: sum(d * c * y ** d for d, c in w.items())
    S = lambda y: sum(d * d * c * y ** d for d, c in w.items())
    var = lambda y: S(y) / Q(y) - (P(y) / Q(y)) ** 2
    r = {}
    if out and top:
        r['T1a'] = None
        r['T1a-lower'] = {'b_lo': around(kappa * top * out * P(1) / (Q(mpf(1)) - out) / Q(mpf(1)), g)}
        r['T1a-upper'] = {'b_hi': around(kappa * top * top * out / w[top], g)}
    if target and min(w) < target < top:
        drift = lambda u: target - P(exp(s * u)) / Q(exp(s * u))
        lo, hi = mpf(-1000), mpf(1000)
        while hi - lo > mpf(2) ** -1250:
            m = (lo + hi) / 2
            lo, hi = (m, hi) if drift(m) > 0 else (lo, m)
        mu = around(lo, g)
        if abs(lo) < mpf(10) ** -300:
            mu = [0, 0]
        r['T1b'] = {'mu': mu}
        if drift(mpf(0)) > mpf(10) ** -300:
            r['T1b-positive'] = {'mu': mu}
        ends = sorted([mpf(0), lo])
        grid = [ends[0] + (ends[1] - ends[0]) * i / 200 for i in range(201)]
        vs = [var(exp(s * u)) for u in grid]
        i = vs.index(min(vs))
        best = vs[i]
        if 0 < i < 200 and mu != [0, 0]:
            inside = findroot(lambda u: diff(lambda x: var(exp(s * x)), u), grid[i])
            best = var(exp(s * inside))
            assert best <= vs[i]
            print(n, k, target, 'least variance inside', mp.nstr(best, 8))
        v = around(best, g // 2)
        r['T1b-rate'] = {'mu': mu, 'variance': [v[0] - (v[0] == v[1]), v[1]]}
        if drift(mpf(0)) > -mpf(10) ** -300:
            ratio = target * sum(c for d, c in w.items() if d < target) / ((top - target) * w[top])
            c = log(max(mpf(1), ratio)) / s / (top - target + 1)
            r['T1b-ceiling'] = {'ceiling': around(c, g), 'mu': mu}
    return r


def write(n, k, target, classes, alpha='1', g=128, graph=None):
    a, b = (alpha + '/1').split('/')[:2]
    for claim, values in numbers(n, k, target, classes, mpf(int(a)) / int(b), g).items():
        bfs = claim.startswith('T1a')
        profile = {'n': n, 'k': k}
        if not bfs:
            profile['target_degree'] = target
        profile['classes'] = [{'in_set': x, 'degree': d, 'count': m} for x, d, m in sorted(classes)]
        c = {'format': 'muflow/certificate/1', 'claim': claim, 'loss': 'bfs' if bfs else 'coconut'}
        if values:
            c['alpha'] = alpha
        if graph:
            c['graph'] = {key: v for key, v in graph.items() if not (bfs and key == 'vertex')}
        c['profile'] = profile
        if values:
            c['grid'], c['numbers'] = g, values
        out.write(json.dumps(c, separators=(',', ':')) + '\n')


out = open('certificates.txt', 'w')
edges = sorted([[0, v] for v in (1, 2, 3)] + [[1, v] for v in (2, 0, 4, 7, 8)]
               + [[2, v] for v in (3, 0, 5, 7, 8)] + [[3, v] for v in (1, 6, 7)])
# y* = 2 for every e, μ* = 2 log 2
write(10, 4, 2, [(1, 2, 4), (0, 0, 1), (0, 1, 3), (0, 2, 1), (0, 3, 1)],
      graph={'vertices': 10, 'edges': edges, 'root': 0, 'step': 1, 'vertex': 8})
# a published-like profile, at three gains and grids
plain = [(0, 0, 9), (0, 1, 2), (1, 0, 2), (1, 1, 3), (1, 2, 2)]
write(18, 7, 1, plain)
write(18, 7, 1, plain, alpha='3/2', g=64)
write(18, 7, 1, plain, alpha='1/97', g=256)
# a tie for every e: μ* = 0, and the ceiling is 0 too
write(8, 4, 1, [(0, 0, 2), (0, 2, 2), (1, 0, 1), (1, 1, 2), (1, 2, 1)])
# μ* = 1/2 exactly: y* = e^(1/2)
write(5, 3, 1, [(0, 2, 2), (1, 0, 2), (1, 1, 1)])
# μ* < 0
write(12, 6, 1, [(0, 0, 1), (0, 1, 1), (0, 3, 4), (1, 0, 1), (1, 1, 2), (1, 4, 3)])
# the variance is least between 0 and μ*, of either sign
write(73, 2, 3, [(0, 0, 10), (0, 2, 30), (0, 3, 30), (0, 5, 1), (1, 0, 2)])
write(41, 3, 3, [(0, 1, 1), (0, 3, 30), (0, 4, 2), (0, 5, 5), (1, 3, 3)], alpha='5/3')
out.close()
