# Ranges of functions over wide, huge, tiny and zero-containing balls, by mpmath:
#   python3 wide.py > wide.txt
# The functions are monotone or have their extremes at corners or at 0.
import random, mpmath
from mpmath import mp, mpf

mp.prec = 400
random.seed(19)

def cut(x, bits):
    with mp.workprec(bits):
        return +mpf(x)

def show(x):  # man*2^exp, man hexadecimal, to 160 bits
    sign, man, exp, _ = cut(x, 160)._mpf_
    return ("-" if sign else "") + "%xp%d" % (man, exp)

def draw():
    kind = random.randrange(6)
    m = mpf(random.uniform(-1, 1)) * mpf(2) ** random.choice([-200, -40, -3, 0, 1, 3, 12])
    r = abs(m) * mpf(random.choice([1e-30, 1e-6, 0.01, 0.1, 0.2, 0.5, 0.9, 0.999, 1, 1.5, 100]))
    if kind == 0:
        m = mpf(0)
    if kind == 1:
        m, r = mpf(random.choice([-3, 5, 2.5, -1e6, 3e6])), mpf(random.choice([2, 1, 1e-5, 2e5, 0.125]))
    m, r = cut(m, 24), cut(r, 24)
    return m, r, m - r, m + r

def angle(x, y):
    return mpmath.atan2(y, x)

unary = {
    "exp": (mpmath.exp, lambda l, h: True),
    "expm1": (lambda x: mpmath.expm1(x), lambda l, h: True),
    "log": (mpmath.log, lambda l, h: l > 0),
    "log1p": (mpmath.log1p, lambda l, h: l > -1),
    "sqrt": (mpmath.sqrt, lambda l, h: l >= 0),
}
binary = {
    "mul": (lambda x, y: x * y, lambda a, b, c, d: True),
    "quo": (lambda x, y: x / y, lambda a, b, c, d: c * d > 0),
    "arg": (angle, lambda a, b, c, d: a > 0 or c * d > 0),
}
print("# mpmath %s: op bits power middle radius middle radius low high, numbers as man*2^exp, man hexadecimal. See wide.py." % mpmath.__version__)
for op, (f, inside) in unary.items():
    for _ in range(70):
        m, r, l, h = draw()
        if not inside(l, h):
            m, l, h = -m, -h, -l
        if inside(l, h):
            print(op, random.choice([24, 53, 64, 128]), "-", show(m), show(r), "- -", show(f(l)), show(f(h)))
for op, (f, inside) in binary.items():
    for _ in range(110):
        m, r, a, b = draw()
        n, s, c, d = draw()
        if inside(a, b, c, d):
            corners = [f(x, y) for x in (a, b) for y in (c, d)]
            print(op, random.choice([24, 53, 64, 128]), "-", show(m), show(r), show(n), show(s), show(min(corners)), show(max(corners)))
for _ in range(110):
    m, r, l, h = draw()
    n = random.choice([-1, -2, -3, -7, -40, 2, 3, 4, 7, 40, 1000, -1000])
    if n > 0 or l * h > 0:
        values = [l ** n, h ** n] + ([mpf(0)] if l * h < 0 else [])
        print("pow", random.choice([24, 53, 64, 128]), n, show(m), show(r), "- -", show(min(values)), show(max(values)))
