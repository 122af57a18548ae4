"""Reference digits for the reduced flows (theory: arXiv 2509.23365, Theorem 1), by mpmath.

Run: python3 flow.py > ../../prove/testdata/flow.txt
Method: kappa*t(y) = integral of den/(z*num) by partial fractions over polyroots, Newton on t(y) = T from a
float64 Runge-Kutta start; each value is then checked by Gauss-Legendre quadrature of dt/dmu in the exponential
form. No code in common with the project. Lines: profile loss T mu, 320 significant digits (alpha = 1);
"mustar" lines hold the equilibrium.
"""
import math, sys
import mpmath
from mpmath import mp, mpf

mp.dps = 420
PROFILES = {  # n, K, d*, classes (in_set, degree, count)
    "A": (18, 7, 1, [(0, 0, 9), (1, 0, 1), (1, 1, 4), (1, 2, 2), (0, 1, 2)]),
    "B": (60, 20, 3, [(0, 0, 25), (1, 0, 4), (1, 1, 6), (1, 2, 5), (1, 3, 3), (1, 5, 2), (0, 1, 7), (0, 2, 5), (0, 3, 2), (0, 8, 1)]),
    "C": (10, 4, 2, [(0, 0, 2), (1, 0, 1), (1, 2, 2), (1, 1, 1), (0, 1, 1), (0, 2, 2), (0, 3, 1)]),
    "D": (23, 5, 1, [(0, 0, 14), (1, 0, 1), (1, 1, 4), (0, 1, 3), (0, 2, 1)]),
    "E": (12, 9, 2, [(0, 0, 2), (1, 1, 8), (1, 4, 1), (0, 2, 1)]),
    "F": (14, 3, 2, [(0, 0, 6), (1, 0, 1), (1, 1, 2), (0, 1, 4), (0, 2, 1)]),  # d* = d_max: diverges
}

def poly_eval(p, y):  # ascending coefficients
    return mpmath.polyval(p[::-1], y)

def mul(a, b):
    out = [mpf(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out

def divrem(a, b):
    a = a[:]; q = [mpf(0)] * max(1, len(a) - len(b) + 1)
    while len(a) >= len(b):
        c = a[-1] / b[-1]; k = len(a) - len(b); q[k] = c
        for i, x in enumerate(b): a[k + i] -= c * x
        a.pop()
    return q, a

def time_function(num, den, kappa):
    num = num[:]
    while num[-1] == 0: num.pop()
    k = next(i for i, c in enumerate(num) if c != 0)
    n0 = num[k:]; m = k + 1
    whole = [mpf(0)] * m + n0
    q, rest = divrem(den, whole)
    roots = mpmath.polyroots(n0[::-1], maxsteps=4000, extraprec=2000) if len(n0) > 1 else []
    dn = [i * c for i, c in enumerate(n0)][1:]
    parts = [poly_eval(rest, r) / (r ** m * poly_eval(dn, r)) for r in roots]
    series = []  # rest/n0 as a power series up to y^(m-1)
    for i in range(m):
        c = rest[i] if i < len(rest) else mpf(0)
        for j in range(1, i + 1):
            if j < len(n0): c -= n0[j] * series[i - j]
        series.append(c / n0[0])
    zero = [series[m - j] for j in range(1, m + 1)]  # zero[j-1] multiplies y^-j
    def t(y):
        v = sum(c * (y ** (i + 1) - 1) / (i + 1) for i, c in enumerate(q)) + zero[0] * mpmath.log(y)
        v += sum(zero[j - 1] * (y ** (1 - j) - 1) / (1 - j) for j in range(2, m + 1))
        v += sum(mpmath.re(p * mpmath.log((y - r) / (1 - r))) for p, r in zip(parts, roots))
        return v / kappa
    return t

def float_flow(num, den, kappa, T):
    num, den, kappa = [float(c) for c in num], [float(c) for c in den], float(kappa)
    def g(u):  # du/dt for u = log y
        y = math.exp(u)
        return kappa * sum(c * y ** i for i, c in enumerate(num)) / sum(c * y ** i for i, c in enumerate(den))
    u, t, h = 0.0, 0.0, 0.5
    while t < T:
        h = min(h * 1.02, T - t, max(20.0, t / 200))
        k1 = g(u); k2 = g(u + h / 2 * k1); k3 = g(u + h / 2 * k2); k4 = g(u + h * k3)
        u += h * (k1 + 2 * k2 + 2 * k3 + k4) / 6; t += h
    return math.exp(u)

for name, (n, K, ds, classes) in PROFILES.items():
    s = 1 / mpmath.sqrt(K); e = mpmath.exp(s); kappa = mpf(1) / (n * K)
    top = max(c[1] for c in classes)
    W = [mpf(0)] * (top + 1)
    for a, d, count in classes: W[d] += count * (e if a else 1)
    P = [d * w for d, w in enumerate(W)]
    R = [(ds - d) * w for d, w in enumerate(W)]
    nout = sum(c for a, d, c in classes if a == 0 and d == 0)
    Qin = W[:]; Qin[0] -= nout
    if ds < top:
        low, high = mpf(-50), mpf(50)
        f = lambda y: poly_eval(R, y)
        y = mpmath.findroot(f, (mpmath.exp(low * s), mpmath.exp(high * s)), solver="anderson", tol=1e-60, maxsteps=400)
        for _ in range(12): y -= f(y) / mpmath.diff(f, y) if _ < 2 else f(y) / poly_eval([i * c for i, c in enumerate(R)][1:], y)
        print(name, "mustar", 0, mpmath.nstr(mpmath.log(y) / s, 320))
    for loss, num, den, times in (("coconut", R, W, (10, 1000)), ("bfs", [nout * c for c in P], mul(Qin, W), (10, 1000, 1000000))):
        t = time_function(num, den, kappa)
        for T in times:
            y = mpf(float_flow(num, den, kappa, T))
            for _ in range(40):
                step = (T - t(y)) * kappa * y * poly_eval(num, y) / poly_eval(den, y)
                y += step
                if abs(step / y) < mpf(10) ** -400: break
            else:
                sys.exit("no convergence: %s %s %s" % (name, loss, T))
            mu = mpmath.log(y) / s
            mp.dps = 40
            pieces = [mu * i / 40 for i in range(41)]
            check = mpmath.quad(lambda x: s * poly_eval(den, mpmath.exp(s * x)) / (kappa * poly_eval(num, mpmath.exp(s * x))), pieces)
            if abs(check / T - 1) > 1e-20: print("# quadrature differs", name, loss, T, check / T - 1, file=sys.stderr)
            mp.dps = 420
            print(name, loss, T, mpmath.nstr(mu, 320), flush=True)
