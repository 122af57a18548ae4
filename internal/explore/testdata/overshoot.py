"""The unevenness from which one flow of the dial "overshoot" turns, for overshoot_test.go.

Runge and Kutta's classical method follows (mu, g) in doubles (Python 3.11.7). On its last
way to the end either mu falls and g rises, after a turn of mu, or the reverse, after a turn
of g: bisection finds where one becomes the other, with two lengths of a step. The slopes
are those that mpmath 1.3.0 finds with 40 digits for the loss written down edge by edge.
Nothing is shared with the program.

    python3 overshoot.py > overshoot.json
"""
import json
import math

from mpmath import mp, mpf, diff, exp, log, sqrt

mp.dps = 40
LABEL, GAIN = 8, 2  # after c = 1 step from vertex 1
INSIDE = {1, 4, 6, 17}  # N_1
EDGES = [(3, 10, -251), (0, 3, 605), (1, 4, 546), (0, 16, -711), (5, 20, 803), (2, 4, 1820), (7, 11, -86), (11, 13, -7), (12, 14, 1410), (3, 18, 1159),
         (4, 15, -101), (1, 6, 1585), (16, 19, 690), (0, 13, -452), (4, 11, -980), (4, 7, 1470), (8, 11, 819), (4, 12, -27), (12, 13, -895), (4, 8, 1534),
         (4, 19, -1277), (2, 5, -632), (8, 17, 504), (3, 5, -1380), (8, 14, -204), (4, 6, -259), (3, 20, -354), (5, 13, 209), (2, 7, 421), (8, 12, -45),
         (1, 17, -1194), (9, 14, -1687), (7, 9, 1104), (5, 18, 666), (7, 12, -1321), (6, 19, -74), (8, 21, -275), (2, 6, 102), (6, 7, 1962), (11, 12, -162)]
N = 22
assert INSIDE == {1} | {v for u, v, _ in EDGES if u == 1}


def loss(mu, g, epsilon):
    s = 1 / sqrt(mpf(len(INSIDE)))
    weights = [exp(s * mu * (1 + epsilon * eta / 1000)) if u in INSIDE else mpf(1) for u, _, eta in EDGES]
    total, a = sum(weights), [mpf(0)] * N
    for (_, v, _), w in zip(EDGES, weights):
        a[v] += w / total
    xi = [(s if v in INSIDE else 0) + g * a[v] for v in range(N)]
    return log(sum(exp(x) for x in xi)) - xi[LABEL]


def slopes_of(epsilon):
    s = 1 / math.sqrt(len(INSIDE))
    logits = [1 + epsilon * eta / 1000 if u in INSIDE else 0.0 for u, _, eta in EDGES]

    def slopes(mu, g):
        weights = [math.exp(s * mu * u) for u in logits]
        total = math.fsum(weights)
        mean = math.fsum(w * u for w, u in zip(weights, logits)) / total
        a, b = [0.0] * N, [0.0] * N
        for (_, v, _), w, u in zip(EDGES, weights, logits):
            a[v] += w / total
            b[v] += s * w / total * (u - mean)
        p = [math.exp((s if v in INSIDE else 0) + g * a[v]) for v in range(N)]
        z = math.fsum(p)
        return (g * (b[LABEL] - math.fsum(x * y for x, y in zip(p, b)) / z), a[LABEL] - math.fsum(x * y for x, y in zip(p, a)) / z)

    return slopes


def follow(epsilon, h, until=1500):
    """Returns the highest mu and (mu, g) at the end."""
    f, mu, g, top = slopes_of(epsilon), 0.0, float(GAIN), 0.0
    for _ in range(round(until / h)):
        k1 = f(mu, g)
        k2 = f(mu + h / 2 * k1[0], g + h / 2 * k1[1])
        k3 = f(mu + h / 2 * k2[0], g + h / 2 * k2[1])
        k4 = f(mu + h * k3[0], g + h * k3[1])
        mu += h / 6 * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0])
        g += h / 6 * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1])
        top = max(top, mu)
    return top, (mu, g)


def turns(epsilon, h):
    _, end = follow(epsilon, h)
    x, y = slopes_of(epsilon)(*end)
    assert x * y < 0
    return x < 0


def threshold(h):
    low, high = 0.2, 0.25
    assert not turns(low, h) and turns(high, h)
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (low, middle) if turns(middle, h) else (middle, high)
    return low, high


for point in ((0.5, 2.5, 0.2), (7.0, 6.5, 0.25), (3.0, 4.0, 1.0)):
    for x, orders in zip(slopes_of(point[2])(*point[:2]), ((1, 0), (0, 1))):
        assert abs(x + diff(lambda mu, g: loss(mu, g, mpf(point[2])), point[:2], orders)) < 1e-14
(low, high), fine = threshold(0.5), threshold(0.25)
assert (low, high) == fine
top, end = follow(0.4, 0.25, 8000)
print(json.dumps({"edges": EDGES, "threshold": [low, high], "peak": round(top, 4), "end": [round(x, 8) for x in end]}))
