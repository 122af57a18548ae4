"""Writes unbounded.txt with Python 3 and mpmath 1.3.0, nothing of it shared with Go: 100 random
profiles whose d* is an end of the in-degrees, with mu(t) by Newton's method on the time
as an integral, and gradient descent; 100 with d* between, with mu*, the step at which it
turns unstable, and descent with 97 % of the step of the theorem. Everything to 40 digits."""
import math
import random
from mpmath import mp, mpf, exp, sqrt, quad, nstr

mp.dps = 40

def profile(rng, inside):
    while True:
        k = rng.randint(2, 7)
        classes = {}
        for a, most in ((1, k), (0, rng.randint(3, 15))):
            for _ in range(most):
                key = (a, rng.randint(0, min(k - 1, rng.randint(1, 5))))
                classes[key] = classes.get(key, 0) + 1
        degrees = sorted({d for _, d in classes})
        target = rng.choice(degrees[1:-1] or [0]) if inside else rng.choice((degrees[0], degrees[-1]))
        if len(degrees) > 1 + inside and target > 0:
            return sum(classes.values()), k, target, sorted((a, d, m) for (a, d), m in classes.items())

out = open('unbounded.txt', 'w')
rng = random.Random(7)
for i in range(200):
    inside = i >= 100
    n, k, target, classes = profile(rng, inside)
    p, q = rng.choice(((1, 1), (1, 3), (5, 2), (7, 1)))
    alpha = mpf(p) / q
    s = alpha / sqrt(mpf(k))
    weights = [(exp(s * a) * m, d) for a, d, m in classes]
    Q = lambda mu: sum(w * exp(s * mu * d) for w, d in weights)
    F = lambda mu: sum(w * d * exp(s * mu * d) for w, d in weights) / Q(mu)
    drift = lambda mu: alpha / (n * sqrt(mpf(k))) * (target - F(mu))
    kappa, width = alpha ** 2 / (n * k), max(d for _, d in weights) - min(d for _, d in weights)
    numbers = []
    if not inside:
        t = rng.choice((1, 30, 1000, 10 ** 5))
        up = target == max(d for _, d in weights)
        sign = 1 if up else -1
        near = [(float(w), d) for w, d in weights]
        fs, rate = float(s), float(alpha / (n * sqrt(mpf(k))))

        def slope(m):  # |drift| at sign*m in float64, to start Newton's method with
            terms = [(w * math.exp(fs * sign * m * (d - target)), d) for w, d in near]
            return rate * abs(sum(w * (target - d) for w, d in terms)) / sum(w for w, _ in terms)

        m, clock = 0.0, 0.0
        while clock < t:
            h = 0.002
            clock += h / 6 * (1 / slope(m) + 4 / slope(m + h / 2) + 1 / slope(m + h))
            m += h
        x = mpf(sign * m)
        time = lambda mu: quad(lambda m: 1 / drift(m), [mu * j / 4 for j in range(5)])
        for _ in range(4):
            x -= (time(x) - t) * drift(x)
        numbers = [mpf(t), x]
        eta = mpf(rng.choice((1, 20, 500)))
    else:

        lo, hi = mpf(-400), mpf(400)
        while hi - lo > mpf(10) ** -38:
            middle = (lo + hi) / 2
            lo, hi = (middle, hi) if drift(middle) > 0 else (lo, middle)
        mu = (lo + hi) / 2
        var = sum(w * d * d * exp(s * mu * d) for w, d in weights) / Q(mu) - F(mu) ** 2
        numbers = [mu, 2 / (kappa * var)]
        eta = mpf(97) / 100 * 8 / (kappa * width ** 2)
    x, path = mpf(0), []
    for step in range(1, 61):
        x += eta * drift(x)
        if step in (1, 2, 7, 60):
            path.append(x)
    out.write(' '.join([str(n), str(k), str(target), '%d/%d' % (p, q), ','.join('%d:%d:%d' % c for c in classes)] + [nstr(v, 34) for v in numbers + [eta] + path]) + '\n')
out.close()
