"""Oracle of theory.SharedGrowthOf, Python 3 and mpmath 1.3.0 (signs of sums of roots), nothing of it
shared with Go:

    python3 fixednames.py > fixednames.json

120 random populations of two to four digraphs under fixed names, each with the status and the terms
of the growth by trying all sets of contrasts: entries by square-free number f, the rational
coordinates of the root of f. A set carries a term if its equations have one solution, all parts of
which are >= 0, and no other contrast is below its bound; a contrast is on the face if some such set of
those that meet their bounds gives it a positive part.
"""
import json, random
from fractions import Fraction as Q
from itertools import combinations
from mpmath import mp, mpf, sqrt

mp.dps = 80

def solve(a, b):
    """The only solution of a x = b for several right-hand sides, or None."""
    width = len(a[0])
    rows = [list(map(Q, r)) + [Q(y) for y in ys] for r, ys in zip(a, b)]
    rank = 0
    for c in range(width):
        at = next((r for r in range(rank, len(rows)) if rows[r][c]), None)
        if at is None:
            return None
        rows[rank], rows[at] = rows[at], rows[rank]
        rows[rank] = [x / rows[rank][c] for x in rows[rank]]
        for r in range(len(rows)):
            if r != rank and rows[r][c]:
                rows[r] = [x - rows[r][c] * y for x, y in zip(rows[r], rows[rank])]
        rank += 1
    if any(any(r[width:]) for r in rows[rank:]):
        return None
    return [rows[i][width:] for i in range(width)]

def dot(x, y):
    return sum(a * b for a, b in zip(x, y))

def beside(x, basis):
    """x less its part in the span of basis, by Gram and Schmidt."""
    done = []
    for b in basis + [x]:
        b = [Q(t) for t in b]
        for d in done:
            f = dot(b, d) / dot(d, d)
            b = [s - f * t for s, t in zip(b, d)]
        if b is not None and any(b):
            done.append(b)
        last = b
    return last

def sign(q, roots):
    """The sign of sum q_f sqrt(f) for different square-free f."""
    if not any(q):
        return 0
    value = sum(mpf(x.numerator) / x.denominator * sqrt(mpf(f)) for x, f in zip(q, roots))
    assert abs(value) > mpf(10) ** -60
    return 1 if value > 0 else -1

def squarefree(k):
    factor, p = 1, 2
    while p * p <= k:
        while k % (p * p) == 0:
            k, factor = k // (p * p), factor * p
        p += 1
    return factor, k

def circuits(xs):
    """Which vectors have a positive part in a non-negative combination that is 0."""
    found, dim = set(), len(xs[0])
    for size in range(2, dim + 2):
        for some in combinations(range(len(xs)), size):
            rows = [[xs[i][j] for i in some] for j in range(dim)] + [[1] * size]
            x = solve(rows, [[0]] * dim + [[1]])
            if x and all(t[0] >= 0 for t in x):
                found |= {i for i, t in zip(some, x) if t[0] > 0}
    return found

def growth(xs, bounds, roots):
    """bounds by coordinates. The last of what it returns are for each term the vectors that carry
    it with parts by coordinates, all positive: the mean of those that try alone."""
    dim = len(xs[0])
    face = sorted(circuits(xs))
    status = 'overlap' if len(face) == len(xs) else 'quasi-separated' if face else 'separated'
    left, terms, carriers = [i for i in range(len(xs)) if i not in face], [], []
    less = lambda a, b: sign([s - t for s, t in zip(a, b)], roots)
    while left:
        basis = [xs[i] for i in face]
        shadow = {i: beside(xs[i], basis) for i in left}
        theta = None
        def carried(some):
            gram = [[dot(shadow[i], shadow[j]) for j in some] for i in some]
            a = solve(gram, [bounds[i] for i in some])
            if a is None or any(sign(t, roots) < 0 for t in a):
                return None, None
            return a, [[sum(a[k][f] * shadow[i][j] for k, i in enumerate(some)) for f in range(len(roots))] for j in range(dim)]
        along = lambda th, i: [sum(th[j][f] * xs[i][j] for j in range(dim)) for f in range(len(roots))]
        for size in range(1, dim + 1):
            for some in combinations(left, size):
                a, th = carried(some)
                if a is not None and all(less(along(th, i), bounds[i]) >= 0 for i in left):
                    theta = th
                    break
            if theta:
                break
        tight = [i for i in left if less(along(theta, i), bounds[i]) == 0]
        on, parts, count = set(), {}, 0
        for size in range(1, dim + 1):
            for some in combinations(tight, size):
                a, th = carried(some)
                if a is not None and th == theta:
                    on |= {i for i, t in zip(some, a) if sign(t, roots) > 0}
                    count += 1
                    for i, t in zip(some, a):
                        parts[i] = [x + y for x, y in zip(parts.get(i, [Q(0)] * len(roots)), t)]
        terms.append(theta)
        carriers.append((list(face), {i: [x / count for x in t] for i, t in parts.items() if i in on}))
        face = face + sorted(on)
        left = [i for i in tight if i not in on]
    return status, terms, carriers

def hops(n, edges, root):
    at, now = {root: 0}, [root]
    for u in now:
        for a, b in edges:
            if a == u and b not in at:
                at[b] = at[u] + 1
                now.append(b)
    return at

def main():
    rng = random.Random(5)
    out = []
    while len(out) < 120:
        step, law = rng.choice([0, 1, 1, 1, 2, 2]), rng.choice(['path', 'path', 'frontier'])
        members, xs, ks = [], {}, set()
        names = rng.choice([4, 5, 5])
        for _ in range(rng.randint(2, 4)):
            n = rng.randint(3, names)
            edges = sorted({(rng.randrange(n), rng.randrange(n)) for _ in range(rng.randint(n, 2 * n))})
            edges = [e for e in edges if e[0] != e[1]]
            root = rng.randrange(n)
            at = hops(n, edges, root)
            ends = [v for v in at if at[v] == step + 1]
            others = [v for v in range(n) if v not in at]
            if not ends or not others:
                continue
            path = [rng.choice(ends)]
            while path[0] != root:
                path.insert(0, rng.choice([u for u, v in edges if v == path[0] and at.get(u) == at[path[0]] - 1]))
            inside = {v for v in at if at[v] <= step}
            phi = [[1 if u in inside and (u, v) in edges else 0 for u in range(names)] for v in range(n)]
            labels = ends if law == 'frontier' else [path[-1]]
            k = len(inside)
            ks.add(k)
            for v in range(n):
                x = tuple(sum(phi[p][u] for p in labels) - len(labels) * phi[v][u] for u in range(names))
                if any(x):
                    xs[x] = max(xs.get(x, 0), len(labels) ** 2 * k)
            members.append(dict(vertices=n, edges=edges, root=root, target=path[-1], other=others[0], path=path))
        if len(members) < 2 or not xs or len(xs) > 9 or len(ks) < 2 and rng.random() < 0.9:
            continue
        used = max(m['vertices'] for m in members)
        vectors = sorted(x[:used] for x in xs)
        pairs = [squarefree(xs[x + (0,) * (names - used)]) for x in vectors]
        roots = sorted({f for _, f in pairs})
        bounds = [[Q(a) if f == g else Q(0) for g in roots] for a, f in pairs]
        status, terms, _ = growth([list(map(Q, x)) for x in vectors], bounds, roots)
        if status == 'overlap' and rng.random() < 0.7:
            continue
        out.append(dict(instances=members, step=step, law=law, status=status, roots=roots,
                        terms=[[[str(q) for q in entry] for entry in theta] for theta in terms]))
    print(json.dumps(out))

if __name__ == '__main__':
    main()
