"""Prints, with Python 3 and mpmath 1.3.0, what labels_test.go expects: from the
published file alone, by vertex, with the label vertices from its own searches.

    python3 labels.py ../../../shared/data/prosqa_valid.json.gz"""
import gzip
import json
import sys
from fractions import Fraction
from mpmath import mp, mpf, exp, sqrt, findroot, matrix, nstr, quad, log

mp.dps = 70
data = json.load(gzip.open(sys.argv[1]))


def within(edges, source, turned=False):
    """Hops from a vertex, or to it."""
    hops, shell, hop = {source: 0}, [source], 0
    while shell:
        hop += 1
        shell = list(dict.fromkeys(b for u in shell for a, b in (e[::-1] if turned else e for e in edges) if a == u and b not in hops))
        hops.update(dict.fromkeys(shell, hop))
    return hops


def member(x, c, law):
    """(K, [(a, d, D)], mean d and D of the labels) of the step c, or None."""
    if c >= len(x['steps']):
        return None
    away, back = within(x['edges'], x['root']), within(x['edges'], x['target'], True)
    n = len(x['idx_to_symbol'])
    rows = [(int(away.get(v, n) <= c), sum(b == v and away.get(a, n) <= c for a, b in x['edges']), sum(b == v for _, b in x['edges'])) for v in range(n)]
    labels = [v for v in away if away[v] == c + 1 and (law == 'frontier' or v in back and away[v] + back[v] == away[x['target']])]
    mean = [Fraction(sum(rows[v][i] for v in labels), len(labels)) for i in (1, 2)]
    return sum(r[0] for r in rows), rows, mean, len(labels)


def real(q):
    return mpf(q.numerator) / q.denominator


def diagonal(members):
    def drift(u):
        total = mpf(0)
        for k, rows, mean, _ in members:
            s = 1 / sqrt(mpf(k))
            w = [exp(s * (a + u * d)) for a, d, _ in rows]
            total += s * (real(mean[0]) - sum(y * d for y, (_, d, _) in zip(w, rows)) / sum(w))
        return total
    return drift


def full(members):
    def drift(u, v):
        total = [mpf(0), mpf(0)]
        for k, rows, mean, _ in members:
            s = 1 / sqrt(mpf(k))
            phi = [(d, k * t - d) for _, d, t in rows]
            goal = (real(mean[0]), k * real(mean[1]) - real(mean[0]))
            w = [exp(s * (a + u * p + v * q)) for (a, _, _), (p, q) in zip(rows, phi)]
            for i in (0, 1):
                total[i] += s * (goal[i] - sum(y * p[i] for y, p in zip(w, phi)) / sum(w))
        return total
    return drift


for law in ('shortest', 'frontier'):
    for c in (0, 1, 2, 3):
        members = [m for m in (member(x, c, law) for x in data) if m]
        print(law, c, len(members), 'steps,', sum(m[3] > 1 for m in members), 'with several labels')
        if c == 0:
            continue
        print('  μ*', nstr(findroot(diagonal(members), (mpf(1), mpf(2)), solver='anderson', tol=1e-130), 50))
        mp.dps = 45
        root = findroot(full(members), (mpf(5) / 2, -mpf(1) / 5), tol=1e-70)
        print('  (μ*, ν*)', nstr(root[0], 34), nstr(root[1], 34))
        mp.dps = 70
# single steps whose d* is no integer: where t(μ) = ∫ dμ/μ' is 100, and μ*
for i, x in enumerate(data):
    for c in (1, 2):
        m = member(x, c, 'shortest')
        if m[2][0].denominator > 1 and m[2][0] < max(d for _, d, _ in m[1]):
            k, rows, mean, _ = m
            f = diagonal([m])
            star = findroot(f, (mpf(1), mpf(2)), solver='anderson', tol=1e-130)
            n, mp.dps = len(rows), 40
            reach = lambda z: quad(lambda u: n / f(u), [0, z / 2, z * 7 / 8, z]) - 100
            print('instance', i, 'step', c, 'd*', mean[0], 'μ*', nstr(star, 45), 'μ(100)', nstr(findroot(reach, (star / 100, star * mpf('0.9999')), solver='anderson', tol=1e-56), 30))
            mp.dps = 70
            break
    else:
        continue
    if i == 13:
        break
