# What prove/carryover_test.go holds the claims A18-… to: 100 random cases of the flow of Coconut-BFS in which the
# weight ω of the carry-over is trained beside μ, at 1/r times its rate, integrated in t by Taylor series with 30
# digits; the limits at c = 0 come from the path in the plane, integrated in u = e^{−α(ω−ω_0)} or v = e^{−α(μ−μ_0)}
# down to 0. mpmath 1.3.0. Usage: python3 carry.py > carry.json
import json
import random

from mpmath import mp, mpf, exp, sqrt

mp.dps = 40
rng = random.Random(18)


def rational(choices):
    return rng.choice(choices)


def value(q):
    a, _, b = q.partition("/")
    return mpf(a) / mpf(b or 1)


def text(x):
    return mp.nstr(x, 30, min_fixed=-5, max_fixed=40)


ORDER = 44


def exponentials(x):
    """The series of e^x."""
    y = [exp(x[0])]
    for i in range(1, len(x)):
        y.append(sum(j * x[j] * y[i - j] for j in range(1, i + 1)) / i)
    return y


def quotient(x, y):
    z = []
    for i in range(len(x)):
        z.append((x[i] - sum(z[j] * y[i - j] for j in range(i))) / y[0])
    return z


def times(x, y):
    return [sum(x[j] * y[i - j] for j in range(i + 1)) for i in range(len(x))]


def taylor(drift, state, t):
    """The state at time t: Taylor series of some order, by steps that make the last terms small."""
    at = mpf(0)
    while at < t:
        series = [[x] for x in state]
        for i in range(ORDER):
            for x, d in zip(series, drift(series)):
                x.append(d[i] / (i + 1))
        h = t - at
        for x in series:
            for last in (ORDER - 1, ORDER):
                if x[last] != 0:
                    h = min(h, (mpf(10) ** -36 / abs(x[last])) ** (mpf(1) / last))
        state = [sum(c * h**i for i, c in enumerate(x)) for x in series]
        at += h
    return state


def flow(n, k, classes, alpha, r, mu0, omega0, t):
    s = 1 / sqrt(mpf(k))

    def drift(state):
        mu, omega = state
        size = len(mu)
        q, d, a, out = [mpf(0)] * size, [mpf(0)] * size, [mpf(0)] * size, 0
        for inside, degree, count in classes:
            if inside == 0 and degree == 0:
                out = count
                continue
            w = exponentials([alpha * s * (y * inside + x * degree) for x, y in zip(mu, omega)])
            for i, x in enumerate(w):
                q[i], d[i], a[i] = q[i] + count * x, d[i] + count * degree * x, a[i] + count * inside * x
        common = times(q, [x + (out if i == 0 else 0) for i, x in enumerate(q)])
        factor = alpha * s / n * out
        return [[factor * x for x in quotient(d, common)], [factor / r * x for x in quotient(a, common)]]

    return taylor(drift, [mu0, omega0], t)


def along(rate, alpha, start):
    """y(1) of y' = rate·e^{αy}."""
    return taylor(lambda y: [[rate * x for x in exponentials([alpha * c for c in y[0]])]], [start], mpf(1))[0]


cases = []
for i in range(100):
    first = i < 50
    alpha, omega0, mu0 = rational(["1", "1/2", "2", "3/4"]), rational(["1", "1", "0", "1/2", "-1/3"]), rational(["0", "0", "0", "1/2", "-1"])
    if first:
        m, out = rng.randint(1, 6), rng.randint(1, 6)
        k, classes = 1, [[0, 0, out], [0, 1, m], [1, 0, 1]]
    else:
        k = rng.randint(2, 5)
        count = {(0, 0): rng.randint(1, 6), (1, 0): 1}
        for _ in range(k - 1):
            key = (1, rng.randint(1, k - 1))
            count[key] = count.get(key, 0) + 1
        for _ in range(rng.randint(0, 4)):
            key = (0, rng.randint(1, max(k - 1, 1)))
            count[key] = count.get(key, 0) + 1
        classes = [[a, d, count[a, d]] for a, d in sorted(count)]
    n = sum(c[2] for c in classes)
    ratio = rational(["1/%d" % n, "1", "2", "1/3"])
    a, r, w0, m0 = value(alpha), value(ratio), value(omega0), value(mu0)
    t = mpf(rng.choice([1, 3, 10]))
    mu, omega = flow(n, k, classes, a, r, m0, w0, t)
    case = {"profile": {"n": n, "k": k, "target_degree": max(c[1] for c in classes), "classes": [{"in_set": x, "degree": d, "count": c} for x, d, c in classes]},
            "alpha": alpha, "ratio": ratio, "mu0": mu0, "omega0": omega0, "t": int(t), "mu": text(mu), "omega": text(omega)}
    if first:
        delta = exp(-a * m0) - r * m * exp(-a * w0)
        if delta > 0:  # dμ/du = −(r m/α) e^{−αω_0} e^{αμ}
            case["limit"] = text(along(r * m / a * exp(-a * w0), a, m0))
        elif delta < 0:  # dω/dv = −e^{−αμ_0} e^{αω}/(α r m)
            case["limit"] = text(along(exp(-a * m0) / (a * r * m), a, w0))
    cases.append(case)
print("[" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "]")
