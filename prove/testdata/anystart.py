# What prove/anystart_test.go holds the claims …-start to: μ(t) from 100 random starts, by Taylor series with 40 digits,
# and μ* by bisection where there is one. mpmath 1.3.0. Usage: python3 anystart.py > anystart.txt
# A row: loss n K d* α in:degree:count,… μ(0) t μ(t) μ* (- if none)
import random

from mpmath import mp, mpf, exp, sqrt, log

mp.dps = 40
ORDER = 36
rng = random.Random(5)


def step(weights, sigma, rate, loss, target, outside, mu):
    """Taylor coefficients of μ; weights by degree."""
    mu, powers, q, p, drift = [mu], {d: [] for d in weights}, [], [], []
    ratio, inner = [], []
    for i in range(ORDER):
        total, first = mpf(0), mpf(0)
        for d, e in powers.items():
            x = [sigma * d * u for u in mu]
            e.append(exp(x[0]) if i == 0 else sum(j * x[j] * e[i - j] for j in range(1, i + 1)) / i)
            total, first = total + weights[d] * e[i], first + d * weights[d] * e[i]
        q.append(total)
        p.append(first)
        ratio.append((p[i] - sum(ratio[j] * q[i - j] for j in range(i))) / q[0])
        less = [x - (outside if j == 0 else 0) for j, x in enumerate(q)]
        inner.append((p[i] - sum(inner[j] * less[i - j] for j in range(i))) / less[0] if loss == "bfs" else (target if i == 0 else mpf(0)))
        mu.append(rate * (inner[i] - ratio[i]) / (i + 1))
    return mu


rows = 0
while rows < 100:
    k = rng.randint(1, 5)
    classes = {(0, 0): rng.randint(1, 5), (1, 0): 1}
    for _ in range(k - 1):
        key = (1, rng.randint(1, k - 1))
        classes[key] = classes.get(key, 0) + 1
    for _ in range(rng.randint(1, 4)):
        key = (0, rng.randint(1, max(k - 1, 1)))
        classes[key] = classes.get(key, 0) + 1
    n, degrees = sum(classes.values()), sorted({d for _, d in classes})
    loss, alpha, target = rng.choice(["bfs", "coconut", "coconut"]), rng.choice(["1", "1/2", "2"]), rng.choice([d for d in degrees if d > 0])
    start = rng.choice(["2", "-3/2", "1/3", "-4", "5", "-1/7"])
    a, _, b = alpha.partition("/")
    alpha_value = mpf(a) / mpf(b or 1)
    a, _, b = start.partition("/")
    mu = mpf(a) / mpf(b or 1)
    sigma = alpha_value / sqrt(mpf(k))
    weights = {d: sum(c * (exp(sigma) if inside else 1) for (inside, x), c in classes.items() if x == d) for d in degrees}
    t, at = mpf(rng.choice([1, 10, 50])), mpf(0)
    while at < t:
        x = step(weights, sigma, sigma / n, loss, mpf(target), classes[0, 0], mu)
        h = min([t - at] + [(mpf(10) ** -36 / abs(x[i])) ** (mpf(1) / i) for i in (ORDER - 1, ORDER) if x[i] != 0])
        mu, at = sum(c * h**i for i, c in enumerate(x)), at + h
    rest = "-"
    if loss == "coconut" and degrees[0] < target < degrees[-1]:
        low, high = mpf(-400), mpf(400)
        for _ in range(150):
            middle = (low + high) / 2
            if sum((target - d) * w * exp(sigma * middle * d) for d, w in weights.items()) > 0:
                low = middle
            else:
                high = middle
        rest = mp.nstr(low, 30)
    print(loss, n, k, target, alpha, ",".join("%d:%d:%d" % (i, d, c) for (i, d), c in sorted(classes.items())), start, int(t), mp.nstr(mu, 30), rest)
    rows += 1
