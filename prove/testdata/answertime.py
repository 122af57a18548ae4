# What prove/answertime_test.go holds AnswerTime to: 100 random thoughts of unit norm whose target trails the other
# candidate at first, with the time T at which μ_A returns to 0: the flow of the prediction stage by Taylor series with
# 40 digits, T by Newton's method on its last step. Until T every other margin is seen to be positive. mpmath 1.3.0.
# Usage: python3 answertime.py > answertime.txt; a row: weights on N_C, the target's first; vertices outside; T
import random

from mpmath import mp, mpf, exp, sqrt

mp.dps = 40
ORDER = 40
rng = random.Random(33)


def series(a, b, weights, outside):
    """Taylor coefficients of both logits: ξ = λa + b for the target, b for the other candidate."""
    a, b, lead = [a], [b], weights[0]
    kinds = [(lead, 0, 1)] + [(lead - w, 1, 1) for w in weights[1:]] + [(lead, 1, outside)]
    powers = [[] for _ in kinds]  # of e^{−⟨x,θ⟩}
    total, qa, qb = [], [], []
    for i in range(ORDER):
        sums = [mpf(1 if i == 0 else 0), mpf(0), mpf(0)]
        for (carry, lift, count), e in zip(kinds, powers):
            x = [-(carry * u + lift * v) for u, v in zip(a, b)]
            e.append(exp(x[0]) if i == 0 else sum(j * x[j] * e[i - j] for j in range(1, i + 1)) / i)
            sums = [s + count * f * e[i] for s, f in zip(sums, (1, carry, lift))]
        total.append(sums[0])
        for q, d in ((qa, sums[1]), (qb, sums[2])):
            q.append((d - sum(q[j] * total[i - j] for j in range(i))) / total[0])
        a.append(qa[i] / (i + 1))
        b.append(qb[i] / (i + 1))
    return a, b


def at(x, h):
    return sum(c * h**i for i, c in enumerate(x))


def turn(weights, outside):
    t, a, b = mpf(0), mpf(0), mpf(0)
    while True:
        x, y = series(a, b, weights, outside)
        h = min((mpf(10) ** -36 / abs(z[k])) ** (mpf(1) / k) for z in (x, y) for k in (ORDER - 1, ORDER))
        if at(x, h) > 0:
            for _ in range(200):
                middle = h / 2 if at(x, h / 2) > 0 else None
                if middle is None:
                    break
                h = middle
            for _ in range(60):
                slope = sum(i * c * h ** (i - 1) for i, c in enumerate(x) if i)
                h -= at(x, h) / slope
            return t + h
        t, a, b = t + h, at(x, h), at(y, h)
        assert a < 0 and all(b + (weights[0] - w) * a > 0 for w in weights[1:]) and b + weights[0] * a > 0


rows = 0
while rows < 100:
    whole = [rng.randint(1, 9) for _ in range(rng.randint(2, 7))]
    outside = rng.randint(0, 4)
    if (len(whole) + outside + 1) * whole[0] >= sum(whole):
        continue
    norm = sqrt(mpf(sum(w * w for w in whole)))
    print(",".join(map(str, whole)), outside, mp.nstr(turn([w / norm for w in whole], outside), 30))
    rows += 1
