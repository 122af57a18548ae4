"""Writes steep.jsonl with Python 3 and mpmath 1.3.0, nothing of it shared with Go: softmax attention
on the random digraphs of attention.py at extreme gains. With z the logit of the edges that leave N_c
the drift has the sign of R = E_S[h] - E[h], from means over single vertices with as many digits as
their exponents ask for, 60 at least. One line each: every zero of R found on a grid of 160 points in z
and in the logarithms of both distances of the attention from its ends, which way R crosses it, and
under Coconut log R at the end or log Var(h), least on a grid between the start and the zero.
Numbers to 25 digits. "python3 steep.py finite" writes steepfinite.jsonl, of cases under Coconut with a
finite limit."""
import json
import random
import sys
from fractions import Fraction
from mpmath import mp, mpf, exp, log, sqrt, nstr, fsum

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

def text(x):
    return nstr(x, 25)

def room(x, alpha, gain):
    n, edges, c = x['n'], x['edges'], x['step']
    at = distances(n, edges, 0)
    inside = [v in at and at[v] <= c for v in range(n)]
    k, m = sum(inside), len(edges)
    d = [sum(inside[a] for a, b in edges if b == v) for v in range(n)]
    total = [sum(b == v for _, b in edges) for v in range(n)]
    q = sum(d)
    h = [m * d[v] - q * total[v] for v in range(n)]
    following = [v in at and at[v] <= c + 1 for v in range(n)]
    return n, k, m, q, inside, d, total, h, following

def means(x, loss, alpha, gain):
    """(R, Var) as a function of z."""
    n, k, m, q, inside, d, total, h, following = room(x, alpha, gain)
    p = x['path'][x['step'] + 1]
    def at(z):
        e = exp(-abs(z))
        w, rest = (q, (m - q) * e) if z > 0 else (q * e, m - q)
        w, rest = w / (w + rest), rest / (w + rest)
        xi = [alpha * (mpf(inside[v]) / sqrt(k) + gain * (w * d[v] / q + rest * (total[v] - d[v]) / (m - q))) for v in range(n)]
        top = max(xi)
        p_ = [exp(y - top) for y in xi]
        z_ = fsum(p_)
        mean = fsum(a * b for a, b in zip(p_, h)) / z_
        if loss == 'coconut':
            r = h[p] - mean
        else:
            top_s = max(xi[v] for v in range(n) if following[v])
            top_o = max(xi[v] for v in range(n) if not following[v])
            s = [(exp(xi[v] - top_s), h[v]) for v in range(n) if following[v]]
            o = [(exp(xi[v] - top_o), h[v]) for v in range(n) if not following[v]]
            r = fsum(a * b for a, b in s) / fsum(a for a, _ in s) - fsum(a * b for a, b in o) / fsum(a for a, _ in o)
        # Var from squares of differences of pairs
        var = fsum(p_[i] * p_[j] * (h[i] - h[j]) ** 2 for i in range(n) for j in range(i)) / z_ ** 2
        return r, var
    return at

finite = sys.argv[1:] == ['finite']
rng = random.Random(20 if finite else 19)
lines = []
while len(lines) < (25 if finite else 110):
    x = drawn(rng)
    loss = 'coconut' if finite else rng.choice(['coconut', 'coconut', 'bfs'])
    alpha = Fraction(rng.choice(['2000', '1e-4', '1e-6', '1e-9', '500', '1e-12', '777', '150']))
    gain = Fraction(rng.choice(['1e-12', '1/10', '1', '1e-6', '1e8', '2/7', '1e3', '1e14', '3/1000']))
    n, k, m, q, inside, d, total, h, following = room(x, alpha, gain)
    size = float(max(alpha, alpha * gain))
    if q == 0 or q == m or len(set(h)) == 1 or size > 2000 or size < 100 and rng.random() < 0.85:
        continue
    mp.dps = 60 + int(size)
    a, g = mpf(alpha.numerator) / alpha.denominator, mpf(gain.numerator) / gain.denominator
    at = means(x, loss, a, g)
    if finite and (size > 600 or at(-3 * mpf(size))[0] < 0 or at(3 * mpf(size))[0] > 0):
        continue
    grid = sorted({mpf(s) * mpf(float(y)) for y in [0.37 * 1.17 ** i for i in range(80)] for s in (-1, 1) } | {mpf(0)})
    grid = [z for z in grid if abs(z) < 40 + 3 * size]
    if finite:  # R falls: one zero
        grid = [-3 * mpf(size), 3 * mpf(size)]
    values = [at(z)[0] for z in grid]
    zeros = []
    small = mpf(10) ** (20 - mp.dps)
    if not finite and any(abs(v) < small for v in values):
        continue  # 0, or not told from it
    for i in range(len(grid) - 1):
        if values[i] * values[i + 1] < 0:
            lo, hi, first = grid[i], grid[i + 1], values[i] > 0
            for _ in range(100):
                mid = (lo + hi) / 2
                if (at(mid)[0] > 0) == first:
                    lo = mid
                else:
                    hi = mid
            zeros.append([text((lo + hi) / 2), bool(first)])
    out = dict(n=n, edges=x['edges'], path=x['path'], other=x['other'], step=x['step'], loss=loss, alpha=str(alpha), gain=str(gain), zeros=zeros, start=1 if at(mpf(0))[0] > 0 else -1)
    if loss == 'coconut':
        c = log(a * g) - log(mpf(n * k))
        if zeros:
            z = mpf(zeros[0][0])
            u = log(a * g) - log(mpf(q * (m - q)))
            w = lambda z: -z if z > 0 else z
            def width(z):
                e = exp(-abs(z))
                s, r = (q, (m - q) * e) if z > 0 else (q * e, m - q)
                return log(s) + log(r) - 2 * log(s + r)
            least = min(log(at(z * i / 200)[1]) for i in range(201)) if not finite else min(log(at(z * i / 40)[1]) for i in range(41))
            out['rate'] = text(c - log(mpf(q * (m - q))) + u + 2 * min(width(mpf(0)), width(z)) + least)
        else:
            side = out['start']
            far = mpf(side) * (60 + 10 * size)
            near = q if side > 0 else m - q
            out['low'] = text(c + log(abs(at(far)[0])) - 2 * log(mpf(m)))
            out['high'] = text(c + log(abs(at(mpf(0))[0])) - 2 * log(mpf(near)))
    lines.append(json.dumps(out))
    if finite:
        print(lines[-1], file=sys.stderr, flush=True)
    print(len(lines), loss, alpha, gain, len(zeros), flush=True)
with open('steepfinite.jsonl' if finite else 'steep.jsonl', 'w') as f:
    f.write('\n'.join(lines) + '\n')
