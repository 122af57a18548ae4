"""Oracle of theory.GrowthOf: Python 3, mpmath 1.3.0.

    python3 vertex.py > vertex.json

100 random digraphs with a step c and labels, each with
- the status and the terms of the growth of one logit for every source, in exact
  fractions by trying all sets of contrasts: circuits with positive
  coefficients for what converges, and the conditions of Karush, Kuhn and Tucker
  on every set of contrasts for the terms;
- with one label the flow itself at log log t = 30 and 60, by implicit steps of 1/20 in log log t
  of the true softmax with 90 digits (alpha = 1), of which 30 are kept.
"""
import json, random, sys
from fractions import Fraction as Q
from itertools import combinations
from mpmath import mp, mpf, exp, log, sqrt, matrix, lu_solve

mp.dps = 90


def solve(a, b):
    """One solution of a x = b in fractions and whether it is the only one; None."""
    rows = [list(map(Q, r)) + [Q(y)] for r, y in zip(a, b)]
    width, rank, pivots = len(rows[0]) - 1, 0, []
    for c in range(width):
        at = next((r for r in range(rank, len(rows)) if rows[r][c]), None)
        if at is None:
            continue
        rows[rank], rows[at] = rows[at], rows[rank]
        rows[rank] = [x / rows[rank][c] for x in rows[rank]]
        for r in range(len(rows)):
            if r != rank and rows[r][c]:
                rows[r] = [x - rows[r][c] * y for x, y in zip(rows[r], rows[rank])]
        pivots.append(c)
        rank += 1
    if any(r[-1] for r in rows[rank:]):
        return None
    x = [Q(0)] * width
    for r, c in enumerate(pivots):
        x[c] = rows[r][-1]
    return x, len(pivots) == width


def dot(x, y):
    return sum(a * b for a, b in zip(x, y))


def positive(columns, goal):
    """The parts of a non-negative combination that is goal, positive where that can be: the mean of
    all with the fewest columns."""
    total, count = [Q(0)] * len(columns), 0
    dim = len(goal)
    for size in range(1, dim + 2):
        for some in combinations(range(len(columns)), size):
            rows = [[columns[i][j] for i in some] for j in range(dim)]
            right = list(goal)
            if not any(goal):  # a circuit: its parts have the sum 1
                rows.append([1] * size)
                right.append(1)
            found = solve(rows, right)
            if found and found[1] and all(x >= 0 for x in found[0]):
                count += 1
                for i, x in zip(some, found[0]):
                    total[i] += x
    return [x / max(count, 1) for x in total]


def margin(vectors, face):
    """The least θ orthogonal to face with a product >= 1 with all vectors."""
    dim = len(vectors[0])
    for size in range(1, dim + 1):
        for some in combinations(range(len(vectors)), size):
            span = [vectors[i] for i in some] + face  # θ = Σ a x
            rows = [[dot(x, y) for y in span] for x in span]
            found = solve(rows, [1] * size + [0] * len(face))
            if not found or any(a < 0 for a in found[0][:size]):
                continue
            theta = [dot(found[0], [y[j] for y in span]) for j in range(dim)]
            if all(dot(theta, x) >= 1 for x in vectors):
                return theta
    raise ValueError("no margin")


def beside(x, basis):
    """x less its part in the span of basis."""
    if not basis:
        return list(x)
    found = solve([[dot(a, b) for b in basis] for a in basis], [dot(a, x) for a in basis])[0]  # any solution
    return [x[j] - dot(found, [b[j] for b in basis]) for j in range(len(x))]


def growth(contrasts):
    """The status, the terms, and rows of multipliers that prove them: one more than terms."""
    dim, everything = len(contrasts[0]), range(len(contrasts))
    rows = [positive(contrasts, [0] * dim)]
    face = [i for i in everything if rows[0][i]]
    status = "overlap" if len(face) == len(contrasts) else "quasi-separated" if face else "separated"
    left = [i for i in everything if i not in face]
    terms = []
    while left:
        span = [contrasts[i] for i in face]
        theta = margin([contrasts[i] for i in left], span)
        terms.append(theta)
        tight = [i for i in left if dot(theta, contrasts[i]) == 1]
        parts = dict(zip(tight, positive([beside(contrasts[i], span) for i in tight], theta)))
        row = [parts.get(i, Q(0)) for i in everything]
        if face:
            rest = [theta[j] - sum(row[i] * contrasts[i][j] for i in tight) for j in range(dim)]
            for i, x in zip(face, solve([[x[j] for x in span] for j in range(dim)], rest)[0]):
                row[i] = x
        rows.append(row)
        face = face + [i for i in tight if parts[i]]
        left = [i for i in tight if not parts[i]]
    return status, terms, rows


def flow(phi, inside, labels, k, ends):  # labels with the same sources: all is small together
    sigma = 1 / sqrt(mpf(k))
    dim, mu, u, step, out = len(phi[0]), None, mpf(0), mpf(1) / 20, []
    base = phi[labels[0]]
    mu = last = matrix(dim, 1)
    while u < ends[-1]:
        u += step
        pace = log(step) + u + exp(u)  # of h · dt/du
        old = mu.copy()
        mu = old + (old - last) * exp(step)  # log t grows so
        last = old
        for _ in range(400):  # Newton on mu − old − h (dt/du) σ (φ_p − E φ)
            xi = [sigma * (a + sum(f * mu[j] for j, f in enumerate(x) if f)) for x, a in zip(phi, inside)]
            top = max(xi)
            w = [exp(x - top) for x in xi]
            z = sum(w)
            w = [x / z for x in w]
            rest = exp(pace) * sigma
            off = [[x[j] - base[j] for j in range(dim)] for x in phi]
            m = [sum(p * x[j] for p, x in zip(w, off) if x[j]) for j in range(dim)]
            f = matrix([mu[j] - old[j] + rest * m[j] for j in range(dim)])
            jac = matrix(dim, dim)
            for i in range(dim):
                for j in range(dim):
                    jac[i, j] = rest * sigma * (sum(p * x[i] * x[j] for p, x in zip(w, off) if x[i] * x[j]) - m[i] * m[j]) + (1 if i == j else 0)
            d = lu_solve(jac, f)
            size = max(abs(x) for x in d)
            if size > 2:  # damped
                d *= 2 / size
            mu -= d
            if size < mpf(10) ** -20:
                break
        else:
            raise ValueError("Newton")
        if any(abs(u - end) < step / 2 for end in ends):
            out.append([mp.nstr(x, 30) for x in mu])
    return out


def instance(rng):
    while True:
        n, c = rng.randint(5, 8), rng.choice([1, 1, 2])
        edges = [[a, b] for a in range(n - 1) for b in range(n - 1) if a != b and rng.random() < 0.32]
        hops = {0: 0}
        queue, parent = [0], {}
        for a in queue:
            for x, b in edges:
                if x == a and b not in hops:
                    hops[b], parent[b] = hops[a] + 1, a
                    queue.append(b)
        front = [v for v, h in hops.items() if h == c + 1]
        inside = [v for v, h in hops.items() if h <= c]
        sources = sorted({a for a, b in edges if a in inside})
        if not front or len(sources) > 4:
            continue
        p = rng.choice(front)
        law = rng.choice(["path", "path", "frontier"])
        labels = [p] if law == "path" else sorted(front)
        phi = [[1 if [a, v] in edges else 0 for a in sources] for v in range(n)]
        q = len(labels)
        xs = sorted({tuple(sum(phi[l][j] for l in labels) - q * phi[v][j] for j in range(len(sources))) for v in range(n)})
        xs = [list(x) for x in xs if any(x)]
        if not xs:
            continue
        path = [p]
        while path[-1] != 0:
            path.append(parent[path[-1]])
        return dict(vertices=n, edges=edges, root=0, target=p, other=n - 1, path=path[::-1]), c, law, labels, phi, [1 if v in inside else 0 for v in range(n)], len(inside), sources, xs


def main():
    rng, out = random.Random(20260101), []
    while len(out) < 100:
        graph, c, law, labels, phi, inside, k, sources, xs = instance(rng)
        status, terms, _ = growth(xs)
        terms = [[len(labels) * x for x in t] for t in terms]  # the xs are so many times what they stand for
        at = flow(phi, inside, labels, k, [30, 60]) if all(phi[v] == phi[labels[0]] for v in labels) else []
        out.append(dict(instance=graph, step=c, law=law, sources=sources, status=status, terms=[[str(x) for x in t] for t in terms], flow=at))
        print(len(out), status, len(terms), file=sys.stderr)
    print("[" + ",\n".join(json.dumps(x, separators=(",", ":")) for x in out) + "]")


if __name__ == "__main__":
    main()
