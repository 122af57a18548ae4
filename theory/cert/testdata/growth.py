"""growth.py writes vertex.txt with Python 3 and ../../../prove/testdata/vertex.py (fractions only): certificates of
the claims about one logit for each vertex, found by trying all sets of contrasts."""
import json
import random
import sys
from fractions import Fraction
from math import gcd, lcm

sys.path.append('../../../prove/testdata')
import fixednames  # noqa: E402
from vertex import growth, instance, margin, positive, solve  # noqa: E402


def put(claim, **keys):
    c = {'format': 'muflow/certificate/1', 'claim': claim, 'loss': 'coconut'}
    c.update((key, keys[key]) for key in ('graph', 'graphs', 'status', 'direction', 'multipliers') if keys.get(key))
    out.write(json.dumps(c, separators=(',', ':')) + '\n')


def primitive(v):
    scale = lcm(*(Fraction(x).denominator for x in v))
    v = [int(x * scale) for x in v]
    return [x // (gcd(*v) or 1) for x in v]


def contrasts(graphs, width):
    xs = set()
    for g, inside, labels in graphs:
        phi = [[int([u, v] in g['edges'] and bool(inside[u])) if u < g['vertices'] else 0 for u in range(width)] for v in range(g['vertices'])]
        xs |= {tuple(sum(phi[p][j] for p in labels) - len(labels) * x[j] for j in range(width)) for x in phi}
    return [list(x) for x in sorted(xs) if any(x)]


rng, out, found, steps = random.Random(7), open('vertex.txt', 'w'), {}, {}
while len(found) < 24:
    in_, c, law, labels, _, inside, _, sources, xs = instance(rng)
    if in_['vertices'] > 6 or not in_['edges']:
        continue
    status, terms, rows = growth(xs)
    key = status, len(terms), law, len(found) % 3
    if key in found:
        continue
    found[key] = True
    g = {'vertices': in_['vertices'], 'edges': sorted(in_['edges']), 'root': 0, 'step': c}
    g.update({'vertex': labels[0]} if law == 'path' else {'label': 'frontier'})
    if len(labels) == 1:
        put('A4-signs', graph=g)
        put('A4-separated', graph=g)
    direction, multipliers = [], primitive(rows[0])
    for theta, row in zip(terms, rows[1:]):
        both = primitive(theta + row)
        direction += [both[sources.index(u)] if u in sources else 0 for u in range(g['vertices'])]
        multipliers += both[len(theta):]
    put('A4-growth', graph=g, status=status, direction=direction, multipliers=multipliers)
    steps.setdefault(c, []).append((g, inside, labels))
for some in steps.values():
    for i in range(0, min(len(some), 14)):
        graphs = some[i:i + 1 + i % 2]
        xs = contrasts(graphs, max(g['vertices'] for g, _, _ in graphs))
        u = positive(xs, [0] * len(xs[0]))
        left = [x for x, y in zip(xs, u) if not y]
        theta = margin(left, [x for x, y in zip(xs, u) if y]) if left else [0] * len(xs[0])
        status = 'overlap' if not left else 'separated' if len(left) == len(xs) else 'quasi-separated'
        put('A4-names', graphs=[g for g, _, _ in graphs], status=status, direction=primitive(theta), multipliers=primitive(u))
for some in steps.values():  # terms of roots
    for i in range(0, min(len(some), 14)):
        graphs = some[i:i + 1 + i % 3]
        width = max(g['vertices'] for g, _, _ in graphs)
        squares = {}
        for one in graphs:
            for x in contrasts([one], width):
                squares[tuple(x)] = max(squares.get(tuple(x), 0), len(one[2]) ** 2 * sum(one[1]))
        xs = contrasts(graphs, width)
        pairs = [fixednames.squarefree(squares[tuple(x)]) for x in xs]
        roots = sorted({f for _, f in pairs})
        if len(xs) > 11:
            continue
        status, terms, carriers = fixednames.growth([list(map(Fraction, x)) for x in xs], [[Fraction(a * (f == g)) for g in roots] for a, f in pairs], roots)
        direction, multipliers = [], primitive(positive(xs, [0] * width))
        for theta, (face, parts) in zip(terms, carriers):
            rows = []
            for k in range(len(roots)):
                row = [parts[v][k] if v in parts else Fraction(0) for v in range(len(xs))]
                rest = [theta[j][k] - sum(a * x[j] for a, x in zip(row, xs)) for j in range(width)]
                if face:
                    for v, a in zip(face, solve([[xs[v][j] for v in face] for j in range(width)], rest)[0]):
                        row[v] = a
                rows += row
            both = primitive([theta[j][k] for k in range(len(roots)) for j in range(width)] + rows)
            direction += both[:width * len(roots)]
            multipliers += both[width * len(roots):]
        put('A4-names-growth', graphs=[g for g, _, _ in graphs], status=status, direction=direction, multipliers=multipliers)
print(sorted(found))
