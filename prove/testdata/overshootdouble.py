"""Reference values for overshootdouble_test.go, with mpmath 1.3.0 at 30 digits: a flow
whose logit turns twice, once as g passes 0 and once after it.

Built-in instance 120 at c = 2 under the shortest law, α = 2, from (0, 1/2), with the
deviations εη_e that the program draws for ε = 2 and seed 4, in thousandths. The gradient
is written down edge by edge; steps are those of overshoot.py, and classical Runge-Kutta
in float64 finds both turns within 1e-4, or no value is printed.

    python3 overshootdouble.py > overshootdouble.json
"""
import json
import math

source = open(__file__.replace("double.py", ".py")).read()
exec(source[:source.index("points, flows")])

edges = [(2, 12), (12, 22), (18, 21), (9, 10), (4, 6), (3, 13), (2, 11), (3, 11), (2, 14), (0, 4), (2, 18), (16, 19), (9, 13), (8, 19), (2, 5), (6, 7), (1, 3),
         (1, 5), (6, 11), (9, 17), (12, 16), (12, 20), (12, 17), (3, 5), (1, 2), (7, 10), (7, 8), (7, 15), (4, 8)]
order, root, label = 23, 1, 20
drawn = [-952, -3826, -2334, -2592, -1714, 1166, -638, 6700, 294, 314, -778, 872, -1282, 1016, -88, -4916]
inside = {root}
for _ in range(2):
    inside |= {v for u, v in edges if u in inside}
left = [e for e in edges if e[0] in inside]
assert len(left) == len(drawn)
deviation = dict(zip(left, drawn))


def gradient(number, exponential, s):
    u = [1 + number(deviation[e]) / 1000 if e in deviation else number(0) for e in edges]

    def slopes(mu, g):
        w = [exponential(s * mu * x) if e in deviation else number(1) for e, x in zip(edges, u)]
        total = sum(w)
        mean = sum(x * y for x, y in zip(w, u)) / total
        a, b = [number(0)] * order, [number(0)] * order
        for (_, v), x, y in zip(edges, w, u):
            a[v] += x / total
            b[v] += s * x / total * (y - mean)
        q = [exponential(2 * ((s if v in inside else 0) + g * a[v])) for v in range(order)]
        z = sum(q)
        return 2 * g * (b[label] - sum(x * y for x, y in zip(q, b)) / z), 2 * (a[label] - sum(x * y for x, y in zip(q, a)) / z)

    return slopes


exact = gradient(mpf, exp, 1 / sqrt(mpf(len(inside))))
x, t, h, turns = (mpf(0), mpf(1) / 2), mpf(0), mpf(1), []
side = exact(*x)[0]
while t < 124:
    last, x, t = x, step(exact, x, h), t + h
    now = exact(*x)[0]
    if now * side < 0:
        at = findroot(lambda d: exact(*step(exact, last, d))[0], (h / 2, h / 2 + mpf(1) / 100), tol=1e-20)
        turns.append((t - h + at, *step(exact, last, at)))
        side = now

quick = gradient(float, math.exp, 1 / math.sqrt(len(inside)))
y, h, times = (0.0, 0.5), 1 / 64, []
sign = quick(*y)[0]
for i in range(124 * 64):
    k1 = quick(*y)
    k2 = quick(y[0] + h / 2 * k1[0], y[1] + h / 2 * k1[1])
    k3 = quick(y[0] + h / 2 * k2[0], y[1] + h / 2 * k2[1])
    k4 = quick(y[0] + h * k3[0], y[1] + h * k3[1])
    y = tuple(y[j] + h / 6 * (k1[j] + 2 * k2[j] + 2 * k3[j] + k4[j]) for j in (0, 1))
    now = quick(*y)[0]
    if now * sign < 0:
        times.append(h * i + h * k1[0] / (k1[0] - now))
        sign = now
assert len(times) == len(turns) and all(abs(u - v[0]) < 1e-4 for u, v in zip(times, turns)), (times, turns)
print(json.dumps({"deviations": drawn, "turns": [[nstr(v, 16) for v in turn] for turn in turns]}))
