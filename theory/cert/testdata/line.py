"""line.py writes line.txt with Python 3 and mpmath 1.3.0: certificates of A18-always and A18-threshold on random
profiles, found by Euler's method with a margin beside the path of a trained carry-over."""
import json
import random
from fractions import Fraction

from mpmath import mp, mpf, exp, floor, sqrt

mp.dps = 40
rng, out, count = random.Random(11), open('line.txt', 'w'), {}


def real(q):
    return mpf(q.numerator) / q.denominator


def sums(classes, sigma, mu):
    y = exp(sigma * real(mu))
    inner = [(d, m) for a, d, m in classes if a]
    fresh = [(d, m) for a, d, m in classes if not a and d]
    return (sum(m * y**d for d, m in inner), sum(m * d * y**d for d, m in inner), sum(m * d * y**d for d, m in fresh),
            inner[-1][1] * y ** inner[-1][0], fresh[-1][1] * fresh[-1][0] * y ** fresh[-1][0])


def line(classes, sigma, r, dn, g, mu, omega, up):
    """Points of a line below the path, or above it, or None."""
    marks, h, near = [(mu, omega)], Fraction(1, 32), sums(classes, sigma, mu)
    for _ in range(500):
        a, edges, fresh, top, most = near
        x = exp(sigma * real(omega))
        if up and r * g * (dn + fresh / (x * top)) < 1 or not up and r * g * (edges / a + most / (x * a)) > 1:
            return marks
        far = sums(classes, sigma, mu + h)
        if up:
            slope = Fraction(int(floor(2**40 / (real(r) * (far[1] / far[0] + far[2] / (x * a))))) - 1, 2**40)
        else:
            z = x * exp(sigma * real(h) / (real(r) * edges / a))
            z = x * exp(sigma * real(h) / (real(r) * (edges / a + fresh / (z * far[0]))))
            slope = Fraction(int(floor(2**40 / (real(r) * (edges / a + fresh / (z * far[0]))))) + 2, 2**40)
        mu, omega, near = mu + h, omega + slope * h, far
        marks.append((mu, omega))
    return None


def put(claim, n, k, classes, alpha, start, r, weight, status=None, marks=None):
    c = {'format': 'muflow/certificate/1', 'claim': claim, 'loss': 'bfs'}
    if alpha:
        c['alpha'] = str(alpha)
    c.update(start=str(start), carry={'ratio': str(r), 'weight': str(weight)})
    c['profile'] = {'n': n, 'k': k, 'classes': [{'in_set': a, 'degree': d, 'count': m} for a, d, m in classes]}
    if status:
        c['status'] = status
    if marks:
        c['marks'] = [[str(a), str(b)] for a, b in marks]
    out.write(json.dumps(c, separators=(',', ':')) + '\n')
    count[claim, status] = count.get((claim, status), 0) + 1


# r g(d_N + E) = 1 at μ = ω = 0: 1/3·(1 + 2·2/2) and 1/4·(1 + 2·3/2).
for n, m, r in ((6, 2, '1/3'), (8, 3, '1/4')):
    put('A18-threshold', n, 3, [(0, 0, n - 3 - m), (0, 2, m), (1, 1, 3)], None, 0, Fraction(1, 1 + Fraction(2 * m, 3)), 0, 'balance')
while sum(count.values()) < 24:
    k = rng.randint(3, 5)
    table = {(0, 0): rng.randint(1, 4), (1, 1): rng.randint(1, k - 1)}
    table[1, rng.choice([1, 2])] = 0
    rest = k - table[1, 1]
    table[1, 2] = table.get((1, 2), 0) + rest
    table = {key: m for key, m in table.items() if m}
    table[0, rng.randint(1, k - 1)] = rng.randint(1, 3)
    table[0, k - 1] = table.get((0, k - 1), 0) + 1
    classes = [(a, d, m) for (a, d), m in sorted(table.items())]
    n, dn, g = sum(m for _, _, m in classes), max(d for a, d, _ in classes if a), 0
    g = max(d for a, d, _ in classes if not a) - dn
    if g < 1:
        continue
    r, mu, omega, alpha = rng.choice([Fraction(1, n), Fraction(1, 3), Fraction(1, 2), Fraction(2)]), Fraction(rng.randint(-2, 1), 2), Fraction(rng.randint(-3, 2), 2), rng.choice([Fraction(1), Fraction(2)])
    if r * g * dn >= 1:
        if count.get(('A18-always', None), 0) < 7:
            put('A18-always', n, k, classes, None, mu, r, omega)
        continue
    sigma = real(alpha) / sqrt(mpf(k))
    for up in (True, False):
        marks = line(classes, sigma, r, dn, g, mu, omega, up)
        status = 'collapse' if up else 'spread'
        if marks and len(marks) < 80 and count.get(('A18-threshold', status), 0) < 8:
            put('A18-threshold', n, k, classes, alpha, mu, r, omega, status, marks)
print(count)
