"""Writes certificates.txt with Python 3 and mpmath 1.3.0: one certificate a line,
numbers from 400-digit floating point and root finding, the others from
fractions and walks that are listed one by one. None of it is shared with Go."""
import json
import math
import random
from fractions import Fraction
from math import ceil as least_integer, comb, gcd
from mpmath import mp, mpf, exp, log, sqrt, floor, ceil, nint, findroot, diff, polyroots, im, re

mp.dps = 400


def around(x, unit):
    v = x * mpf(2) ** unit
    if abs(v - nint(v)) < mpf(10) ** -300:
        return [int(nint(v))] * 2
    return [int(floor(v)), int(ceil(v))]


def numbers(n, k, target, classes, alpha, g):
    whole = least_integer(target or 0)
    target = target and mpf(Fraction(target).numerator) / Fraction(target).denominator
    s = alpha / sqrt(mpf(k))  # αs
    e, kappa = exp(s), alpha ** 2 / (mpf(n) * k)
    w = {}
    for a, d, m in classes:
        w[d] = w.get(d, 0) + (e * m if a else m)
    out = sum(m for a, d, m in classes if (a, d) == (0, 0))
    top = max(w)
    Q = lambda y: sum(c * y ** d for d, c in w.items())
    P = lambda y: sum(d * c * y ** d for d, c in w.items())
    S = lambda y: sum(d * d * c * y ** d for d, c in w.items())
    var = lambda y: S(y) / Q(y) - (P(y) / Q(y)) ** 2
    r = {}
    if out and top:
        r['T1a'] = None
        r['T1a-lower'] = {'b_lo': around(kappa * top * out * P(1) / (Q(mpf(1)) - out) / Q(mpf(1)), g)}
        r['T1a-upper'] = {'b_hi': around(kappa * top * top * out / w[top], g)}
        r['T1a-steps'] = {**r['T1a-lower'], **r['T1a-upper']}
    else:
        r['T1a-still'] = None
    if target and min(w) < max(w) and target in (min(w), max(w)):
        gap = min(abs(target - d) for d in w if d != target)
        r['T1b-diverges'] = None
        near = [c for d, c in w.items() if abs(target - d) == gap]
        assert len(near) == 1
        r['T1b-diverges-lower'] = {'b_lo': around(kappa * gap * gap * near[0] / Q(mpf(1)), g)}
        r['T1b-diverges-upper'] = {'b_hi': around(kappa * gap * abs(target * Q(mpf(1)) - P(mpf(1))) / w[int(target)], g)}
        r['T1b-diverges-steps'] = {**r['T1b-diverges-lower'], **r['T1b-diverges-upper']}
    if target and abs(target * Q(mpf(1)) - P(mpf(1))) < mpf(10) ** -300:
        r['T1b-still'] = None
    if target and min(w) < target < top:
        drift = lambda u: target - P(exp(s * u)) / Q(exp(s * u))
        lo, hi = mpf(-1000), mpf(1000)
        while hi - lo > mpf(2) ** -1250:
            m = (lo + hi) / 2
            lo, hi = (m, hi) if drift(m) > 0 else (lo, m)
        mu = around(lo, g)
        if abs(lo) < mpf(10) ** -300:
            mu = [0, 0]
        r['T1b'] = r['T1b-steps'] = r['T1b-steps-unstable'] = {'mu': mu}
        if drift(mpf(0)) > mpf(10) ** -300:
            r['T1b-positive'] = {'mu': mu}
        ends = sorted([mpf(0), lo])
        grid = [ends[0] + (ends[1] - ends[0]) * i / 200 for i in range(201)]
        vs = [var(exp(s * u)) for u in grid]
        i = vs.index(min(vs))
        best = vs[i]
        if 0 < i < 200 and mu != [0, 0]:
            inside = findroot(lambda u: diff(lambda x: var(exp(s * x)), u), grid[i])
            best = var(exp(s * inside))
            assert best <= vs[i]
            print(n, k, target, 'least variance inside', mp.nstr(best, 8))
        if drift(mpf(0)) < -mpf(10) ** -300:
            r['T1b-negative'] = {'mu': mu}
        v = around(best, g // 2)
        r['T1b-rate'] = {'mu': mu, 'variance': [v[0] - (v[0] == v[1]), v[1]]}
        if drift(mpf(0)) > -mpf(10) ** -300:
            for name, factor in ('T1b-ceiling', lambda d: target), ('T1b-ceiling-sharp', lambda d: target - d):
                ratio = sum(factor(d) * c for d, c in w.items() if d < target) / ((top - target) * w[top])
                c = log(max(mpf(1), ratio)) / s / (top - whole + 1)
                r[name] = {'ceiling': around(c, g), 'mu': mu}
    return r


def put(claim, **keys):
    order = ('loss', 'alpha', 'start', 'carry', 'logit', 'gain', 'graph', 'graphs', 'profile', 'grid', 'numbers', 'exact', 'status', 'path', 'marks', 'hops',
             'direction', 'multipliers', 'zeros')
    assert set(keys) <= set(order)
    c = {'format': 'muflow/certificate/1', 'claim': claim}
    for key in order:
        if keys.get(key):
            c[key] = dict(sorted(keys[key].items())) if key in ('numbers', 'exact') else keys[key]
    out.write(json.dumps(c, separators=(',', ':')) + '\n')


def write(n, k, target, classes, alpha='1', g=128, graph=None):
    a, b = (alpha + '/1').split('/')[:2]
    A = sum(m * (target - d) for x, d, m in classes if not x) if target else 0
    B = sum(m * (target - d) for x, d, m in classes if x) if target else 0
    matters = A * B < 0 and (A + B) * B < 0  # the sign of d* - F(0) depends on alpha
    for claim, values in numbers(n, k, target, classes, mpf(int(a)) / int(b), g).items():
        bfs = claim.startswith('T1a')
        profile = {'n': n, 'k': k}
        if not bfs:
            profile['target_degree'] = Fraction(target).numerator
            if Fraction(target).denominator > 1:
                profile['labels'] = Fraction(target).denominator
        profile['classes'] = [{'in_set': x, 'degree': d, 'count': m} for x, d, m in sorted(classes)]
        own = graph and {key: v for key, v in graph.items() if not (bfs and key in ('vertex', 'label', 'target'))}
        loss = 'bfs' if bfs else 'coconut'
        if values:
            put(claim, loss=loss, alpha=alpha, graph=own, profile=profile, grid=g, numbers=values)
        depends = matters and claim in ('T1b-positive', 'T1b-negative', 'T1b-ceiling', 'T1b-ceiling-sharp')
        put(claim, loss=loss, alpha=alpha if depends else None, graph=own, profile=profile)


def levels(g):
    hops = [-1] * g['vertices']
    hops[g['root']] = 0
    for h in range(g['vertices']):
        for u, v in g['edges']:
            if hops[u] == h and hops[v] < 0:
                hops[v] = h + 1
    return hops


def degrees(g):
    """(a_v, d_v, D_v) of every vertex."""
    near = [0 <= h <= g['step'] for h in levels(g)]
    into = [[u for u, w in g['edges'] if w == v] for v in range(g['vertices'])]
    return [(int(near[v]), sum(near[u] for u in into[v]), len(into[v])) for v in range(g['vertices'])]


def walks(g, logit):
    """Weights of walks from the root, each step staying or following an edge."""
    weight = [Fraction(0)] * g['vertices']

    def go(v, steps, product):
        if steps == 0:
            weight[v] += product
            return
        go(v, steps - 1, product)
        for u, w in g['edges']:
            if u == v:
                go(w, steps - 1, product * logit)

    go(g['root'], g['step'], Fraction(1))
    return weight


def thoughts(g, logit):
    uniform = [Fraction(int(0 <= h <= g['step'])) for h in levels(g)]
    for kind, w in (('', uniform), ('walk_', walks(g, logit))):
        most = max(x for v, x in enumerate(w) if v != g['target'])
        yield kind, w[g['target']], most, sum(x * x for x in w), sum(w)


def text(q):
    return str(q.numerator) if q.denominator == 1 else '%d/%d' % (q.numerator, q.denominator)


def stages(gs, logit):
    """Theorem 3 on graphs with candidates."""
    shared = {}
    for g in gs:
        ratio, answer, sharp = {}, {}, {}
        for kind, target, most, square, total in thoughts(g, logit):
            head = len(levels(g)) * target - total
            sharp[kind + 'head'] = text(head * abs(head) / square)
            seen.add('head %s%s' % (kind, head >= 0))
            ratio[kind + 'ratio'] = text(most ** 2 / square)
            d = most - target
            shared.setdefault(kind + 'least', []).append(target ** 2 / square)
            shared.setdefault(kind + 'excess', []).append(d * abs(d) / square)
            best = None
            for k in range(1, 200):  # g = k/8
                room = mpf(693147) / 10 ** 6 - (g['vertices'] - 1) * exp(-mpf(k) / 8)
                if room > 0:
                    norm = (square + most ** 2) / target ** 2 * Fraction(k, 8) ** 2 / 2
                    time = int(floor(mpf(norm.numerator) / norm.denominator / room)) + 1
                    best = min(best or (time, k), (time, k))
            answer[kind + 'time'], answer[kind + 'gain'] = str(best[0]), text(Fraction(best[1], 8))
        put('T3-direction', logit=text(logit), graph=g, exact=ratio)
        put('T3-answer', logit=text(logit), graph=g, exact=answer)
        put('T3-answer-sharp', logit=text(logit), graph=g, exact=sharp)
    put('T3-population', logit=text(logit), graphs=gs,
        exact={key: text(min(v) if 'least' in key else max(v)) for key, v in shared.items()})


def labels(g):
    """The vertices of which the label is one, as likely as the others."""
    if 'vertex' in g:
        return [g['vertex']]
    hops = levels(g)
    if g['label'] == 'frontier':
        return [v for v in range(g['vertices']) if hops[v] == g['step'] + 1]
    found, paths = set(), [[g['root']]]
    for _ in range(hops[g['target']]):
        paths = [p + [v] for p in paths for u, v in g['edges'] if u == p[-1]]
    return sorted({p[g['step'] + 1] for p in paths if p[-1] == g['target'] and len(p) > g['step'] + 1})


def aim(g, rows):
    """The mean of rows over the labels."""
    some = [rows[v] for v in labels(g)]
    return [Fraction(sum(r[i] for r in some), len(some)) for i in range(len(rows[0]))]


def contrasts(gs):
    xs = set()
    for g in gs:
        rows = degrees(g)
        k = sum(a for a, _, _ in rows)
        phi = [(d, k * t - d) for _, d, t in rows]
        p, q = aim(g, phi), len(labels(g))
        xs |= {(int(q * (p[0] - x)), int(q * (p[1] - y))) for x, y in phi}
    return sorted(xs - {(0, 0)})


def primitive(v):
    v = [Fraction(x) for x in v]
    scale = 1
    for x in v:
        scale = scale * x.denominator // gcd(scale, x.denominator)
    v = [int(x * scale) for x in v]
    common = 0
    for x in v:
        common = gcd(common, x)
    return [x // (common or 1) for x in v]


def separation(gs):
    """By all directions that are perpendicular to a contrast, and their sums."""
    xs = contrasts(gs)
    dot = lambda a, b: a[0] * b[0] + a[1] * b[1]
    found = [t for x, y in xs for t in ((-y, x), (y, -x), (x, y)) if all(dot(t, z) >= 0 for z in xs)]
    found += [(s[0] + t[0], s[1] + t[1]) for s in found for t in found]
    theta = max(found, key=lambda t: sum(dot(t, z) > 0 for z in xs), default=(0, 0))
    if not any(dot(theta, z) for z in xs):
        theta = (0, 0)
    rest = [z for z in xs if dot(theta, z) == 0]
    total = (-sum(x for x, _ in rest), -sum(y for _, y in rest))
    extra = {} if total == (0, 0) else None
    for i in rest:
        for j in rest:
            det = i[0] * j[1] - i[1] * j[0]
            if det and extra is None:
                a, b = Fraction(total[0] * j[1] - total[1] * j[0], det), Fraction(i[0] * total[1] - i[1] * total[0], det)
                if a >= 0 and b >= 0:
                    extra = {i: a, j: b}
        if extra is None and i[0] * total[1] == i[1] * total[0] and dot(i, total) > 0:
            extra = {i: Fraction(dot(i, total), dot(i, i))}
    u = primitive([0 if dot(theta, z) else 1 + extra.get(z, 0) for z in xs])
    status = 'overlap' if theta == (0, 0) else 'quasi-separated' if rest else 'separated'
    seen.add(status)
    put('overlap', loss='coconut', **{'graph': gs[0]} if len(gs) == 1 else {'graphs': gs},
        status=status, direction=primitive(theta), multipliers=u)


def population(gs, alpha='1', g=64):
    a, b = (alpha + '/1').split('/')[:2]
    below = any(d < aim(x, degrees(x))[1] for x in gs for _, d, _ in degrees(x))
    above = any(d > aim(x, degrees(x))[1] for x in gs for _, d, _ in degrees(x))
    status = {(1, 1): 'finite', (1, 0): 'plus-infinity', (0, 1): 'minus-infinity', (0, 0): 'stationary'}[int(below), int(above)]
    put('population', loss='coconut', graphs=gs, status=status)
    if status != 'finite':
        return

    def drift(u):
        total = mpf(0)
        for x in gs:
            rows = degrees(x)
            s = mpf(int(a)) / int(b) / sqrt(mpf(sum(r[0] for r in rows)))
            w = [exp(s * (r[0] + u * r[1])) for r in rows]
            p = aim(x, rows)[1]
            total += s * (mpf(p.numerator) / p.denominator - sum(y * r[1] for y, r in zip(w, rows)) / sum(w))
        return total

    mp.dps = 60
    lo, hi = mpf(-200), mpf(200)
    while hi - lo > mpf(2) ** -130:
        m = (lo + hi) / 2
        lo, hi = (m, hi) if drift(m) > 0 else (lo, m)
    mp.dps = 400
    if abs(lo) > mpf(10) ** -20:
        put('population', loss='coconut', alpha=alpha, graphs=gs, grid=g, numbers={'mu': [int(floor(lo * 2 ** g)), int(ceil(hi * 2 ** g))]})            if False else put('population', loss='coconut', alpha=alpha, graphs=gs, grid=g, status=status,
                              numbers={'mu': [int(floor(lo * 2 ** g)), int(floor(lo * 2 ** g)) + 1]})


class Attention:
    """Softmax attention of one step: h, R(w) and Var_w(h), from the sums over vertices."""

    def __init__(self, g, alpha, gain):
        self.g, self.rows, self.m = g, degrees(g), len(g['edges'])
        self.mc, self.k, self.n = sum(d for _, d, _ in self.rows), sum(a for a, _, _ in self.rows), g['vertices']
        self.h = [self.m * d - self.mc * t for _, d, t in self.rows]
        self.alpha, self.gain, self.s = real(alpha), real(gain), 1 / sqrt(mpf(self.k))

    def weights(self, w):
        xs = [self.alpha * (self.s * a + self.gain * (w * d / self.mc + (1 - w) * (t - d) / (self.m - self.mc))) for a, d, t in self.rows]
        ws = [exp(x) for x in xs]
        return [x / sum(ws) for x in ws]

    def drop(self, w):
        return real(aim(self.g, [(x,) for x in self.h])[0]) - sum(p * x for p, x in zip(self.weights(w), self.h))

    def spread(self, w):
        ps = self.weights(w)
        mean = sum(p * x for p, x in zip(ps, self.h))
        return sum(p * (x - mean) ** 2 for p, x in zip(ps, self.h))

    def signs(self):
        """Those of R at w = 0 and 1, and whether they depend on the gains."""
        p = aim(self.g, [(x,) for x in self.h])[0]
        if not min(self.h) < p < max(self.h):
            return [(p > min(self.h)) - (p < max(self.h))] * 2, False
        ends = [self.drop(mpf(w)) for w in (0, 1)]
        return [0 if abs(x) < mpf(10) ** -300 else int(x / abs(x)) for x in ends], True

    def spreads(self, end):
        """Var_w(h) at points from M_c/M to an end."""
        n = int(floor(4 * self.alpha * self.gain * (max(self.h) - min(self.h)) / (self.mc * (self.m - self.mc)))) + 1
        start = mpf(self.mc) / self.m
        return [self.spread(start + (end - start) * i / n) for i in range(n + 1)]


class Planar:
    """Softmax attention of one step with a value gain g that is trained too, from the weights of all vertices one by one."""

    def __init__(self, g, alpha):
        self.rows, self.aims, self.alpha = degrees(g), labels(g), alpha.numerator / alpha.denominator
        self.m, self.q, self.s = len(g['edges']), sum(d for _, d, _ in self.rows), sum(a for a, _, _ in self.rows) ** -0.5

    def slopes(self, w, g):
        """μ' and g' at the attention w to the edges that leave N_c."""
        value = [w * d / self.q + (1 - w) * (t - d) / (self.m - self.q) for _, d, t in self.rows]
        slope = [d / self.q - (t - d) / (self.m - self.q) for _, d, t in self.rows]
        ps = [math.exp(self.alpha * (self.s * a + g * v)) for (a, _, _), v in zip(self.rows, value)]
        over = lambda x: sum(x[v] for v in self.aims) / len(self.aims) - sum(p * y for p, y in zip(ps, x)) / sum(ps)
        return self.alpha * g * self.s * w * (1 - w) * over(slope), self.alpha * over(value)

    def rate(self, w, g):
        f, h = self.slopes(w, g)
        return w * (1 - w) * self.s * f, h

    def way(self):
        """(w, g) by Runge and Kutta's method until g is an eighth beyond that of the peak."""
        w, g, out, peak = self.q / self.m, 0.5, [], None
        while peak is None or g < peak * 1.125:
            out.append((w, g))
            a = self.rate(w, g)
            assert a[1] > 0
            step = 0.002 / max(abs(a[0]), abs(a[1]) / 8)
            b = self.rate(w + step / 2 * a[0], g + step / 2 * a[1])
            c = self.rate(w + step / 2 * b[0], g + step / 2 * b[1])
            d = self.rate(w + step * c[0], g + step * c[1])
            w, g = (x + step / 6 * (a[i] + 2 * b[i] + 2 * c[i] + d[i]) for i, x in enumerate((w, g)))
            peak = g if peak is None and a[0] < 0 else peak
        return out


def sinks(f, low, high):
    """Where f falls through 0."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return low


def turning(g, alpha, parts):
    """A strip around the way of (w, g), the wider the farther, whose sides are tested at many points, and a box around
    the end, with the corner at which both still move inward between the curves on which one of them rests."""
    x = Planar(g, alpha)
    way = x.way()
    unit = 2 ** 40
    down, up = lambda v: Fraction(int(v * unit), unit), lambda v: Fraction(int(v * unit) + 1, unit)
    picks = [way[(len(way) - 1) * i // parts] for i in range(1, parts + 1)]
    start = (Fraction(1, 2), Fraction(x.q, x.m), Fraction(x.q, x.m))
    for wide in range(1, 40):
        path = [(down(at), down(w - wide * (i + 1) / parts / 400), up(w + wide * (i + 1) / parts / 400)) for i, (w, at) in enumerate(picks)]

        def crossed(a, b, side):
            for i in range(101):
                v, u = (float(a[j] + (b[j] - a[j]) * i / 100) for j in (side, 0))
                f, h = x.rate(v, u)
                if (f * float(b[0] - a[0]) - h * float(b[side] - a[side])) * (3 - 2 * side) <= 0:
                    return False
            return True

        if all(crossed(a, b, side) for a, b in zip([start] + path, path) for side in (1, 2)):
            break
    else:
        raise AssertionError('no strip')
    rests = lambda gain: sinks(lambda w: x.slopes(w, gain)[0], 0.0, 1.0)
    last = [float(v) for v in path[-1]]
    gain = sinks(lambda v: x.slopes(rests(v), v)[1], last[0], 500.0)
    w = rests(gain)
    assert w < last[1]
    one, reach = gain, (last[1] - w) / 10
    while one < gain * (1 + 1e-6):
        reach /= 2
        low = w - reach
        one, both = (sinks(lambda v: x.slopes(low, v)[i], gain, 2 * gain) for i in (1, 0))
    assert one < both
    high = gain + ((one - gain) * (both - gain)) ** 0.5
    assert all(x.slopes(low, v)[0] > 0 > x.slopes(last[2], v)[0] for v in [last[0] + (high - last[0]) * i / 200 for i in range(201)])
    assert all(x.slopes(v, high)[1] < 0 for v in [low + (last[2] - low) * i / 200 for i in range(201)])
    put('A6-overshoot', loss='coconut', alpha=text(alpha), gain='1/2', graph=g, path=[[text(v) for v in p] for p in path],
        marks=[[text(down(low)), text(up(2 * w - low))], [text(down(2 * gain - high)), text(up(high))]])
    seen.add('turning')


def real(x):
    return mpf(x.numerator) / x.denominator


def attention(g, alpha, gain, grid=64):
    x = Attention(g, alpha, gain)
    (zero, one), depends = x.signs()
    status = {(1, 1): 'finite', (1, 0): 'plus-infinity', (0, 1): 'minus-infinity', (0, 0): 'stationary'}[int(zero > 0), int(one < 0)]
    seen.add('softmax ' + status)
    some = {'alpha': text(alpha), 'gain': text(gain)}
    state = lambda claim, **numbers: put(claim, loss='coconut', **some if depends or numbers else {}, graph=g, status=status, **numbers)
    state('A6-softmax')
    if status == 'stationary':
        return
    c = x.alpha * x.gain / (x.n * x.k)
    near, far, end, sign = (x.mc, x.m - x.mc, 1, 1) if status != 'minus-infinity' else (x.m - x.mc, x.mc, 0, -1)
    if status == 'finite':
        low, high = mpf(-400), mpf(400)
        w = lambda z: x.mc / (x.mc + (x.m - x.mc) * exp(-z))
        while high - low > mpf(2) ** -300:
            middle = (low + high) / 2
            low, high = (middle, high) if x.drop(w(middle)) > 0 else (low, middle)
        if abs(low) > 80:
            return
        start, rest = mpf(x.mc) / x.m, w(low)
        ps = x.weights(rest)
        value = [rest * d / x.mc + (1 - rest) * (t - d) / (x.m - x.mc) for _, d, t in x.rows]
        covariance = sum(p * a * h for p, a, h in zip(ps, value, x.h)) - sum(p * a for p, a in zip(ps, value)) * sum(p * h for p, h in zip(ps, x.h))
        put('A6-price', loss='coconut', **some, graph=g, status='falls' if covariance > 0 else 'rises', grid=grid, numbers={'z': around(low, grid)})
        seen.add('price %s' % (covariance > 0))
        rate = c * x.alpha * x.gain / (x.mc * (x.m - x.mc)) ** 2 * min(start * (1 - start), rest * (1 - rest)) ** 2 * min(x.spreads(rest)) * 7 / 8
        rate = int(floor(rate * mpf(2) ** (grid // 2)))
        if rate:
            state('A6-rate', grid=grid, numbers={'z': around(low, grid), 'rate': [rate, rate + 1]})
        return
    if (one, zero)[end == 0] == 0:
        claim, both = 'A6-tie', x.spreads(mpf(end))
        low, high = (2 * c * x.alpha * x.gain / near / d ** 3 * v for d, v in ((x.m, min(both) * 7 / 8), (near, max(both) * 8 / 7)))
    else:
        claim = 'A6-pace'
        low, high = c * sign * x.drop(mpf(end)) / x.m ** 2, c * sign * x.drop(mpf(x.mc) / x.m) / near ** 2
    seen.add(claim + ' ' + status)
    state(claim)
    state(claim, grid=grid, numbers={'b_lo': around(low, grid), 'b_hi': around(high, grid)})


def search(g, alpha, gain):
    """Coconut-BFS: the zeros of R between sign changes on a fine grid of w."""
    x = Attention(g, alpha, gain)
    inside = [a > 0 or d > 0 for a, d, _ in x.rows]
    if x.mc in (0, x.m) or all(inside) or min(x.h) == max(x.h):
        return
    mp.dps = 60

    def drop(w):
        ps = x.weights(w)
        some = lambda side: sum(p * h for p, h, i in zip(ps, x.h, inside) if i == side) / sum(p for p, i in zip(ps, inside) if i == side)
        return some(True) - some(False)

    n, found = 600, []
    values = [drop(mpf(i) / n) for i in range(n + 1)]
    if min(abs(values[0]), abs(values[-1])) < mpf(10) ** -40:
        return
    for i in range(n):
        if values[i] * values[i + 1] < 0:
            low, high = mpf(i) / n, mpf(i + 1) / n
            for _ in range(160):
                middle = (low + high) / 2
                low, high = (middle, high) if drop(middle) * values[i] > 0 else (low, middle)
            found.append(log(low * (x.m - x.mc) / ((1 - low) * x.mc)))
    start = drop(mpf(x.mc) / x.m)
    assert abs(start) > mpf(10) ** -40 and all(abs(z) > mpf(10) ** -20 for z in found)
    ahead = any(z * start > 0 for z in found)
    mp.dps = 400
    seen.add('search %d %s' % (len(found), ahead))
    put('A6-bfs', loss='bfs', alpha=text(alpha), gain=text(gain), graph={key: v for key, v in g.items() if key != 'vertex'}, grid=64,
        status='finite' if ahead else 'plus-infinity' if start > 0 else 'minus-infinity',
        zeros=[[int(floor(z * 2 ** 64)), int(floor(z * 2 ** 64)) + 1] for z in found])


def attracting(g, alpha, gain, logit):
    """Walk weights: which ends attract, by the drift itself at a large logit of either sign."""
    w, m, n = walks(g, logit), len(g['edges']), g['vertices']
    norm = sqrt(real(sum(x * x for x in w)))
    rates = [real(w[u]) / norm for u, _ in g['edges']]
    p, signs = labels(g), []
    gaps = sorted({x for x in rates})
    if len(gaps) < 2:
        return
    reach = 400 / min(b - a for a, b in zip(gaps, gaps[1:]))
    mp.dps = 400 + int(reach * (gaps[-1] - gaps[0]))
    for mu in (-reach, reach):
        top = max(mu * r for r in rates)
        share = [exp(mu * r - top) for r in rates]
        share = [x / sum(share) for x in share]
        mean = sum(x * r for x, r in zip(share, rates))
        into = lambda v, f: sum(f(i) for i, e in enumerate(g['edges']) if e[1] == v)
        value = [into(v, lambda i: share[i]) for v in range(n)]
        slope = [into(v, lambda i: share[i] * (rates[i] - mean)) for v in range(n)]
        e = [exp(real(alpha) * (real(w[v]) / norm + real(gain) * value[v])) for v in range(n)]
        f = sum(slope[v] for v in p) / len(p) - sum(a * b for a, b in zip(e, slope)) / sum(e)
        signs.append(0 if abs(f) < exp(-reach * (gaps[-1] - gaps[0]) * 2) else int(f / abs(f)))
    mp.dps = 400
    if 0 in signs:
        return
    status = {(1, -1): 'finite', (1, 1): 'plus-infinity', (-1, -1): 'minus-infinity', (-1, 1): 'both'}[tuple(signs)]
    seen.add('attracting ' + status)
    put('A6-walk', loss='coconut', alpha=text(alpha), logit=text(logit), gain=text(gain), graph=g, status=status)


def together(gs, alpha, gain):
    """A shared logit: the zeros of its drift between sign changes on a fine grid."""
    xs = [x for x in (Attention(g, alpha, gain) for g in gs) if min(x.h) < max(x.h)]
    if not xs:
        return
    mp.dps = 50

    def drift(mu):
        total = mpf(0)
        for x in xs:
            z = mu * x.s
            w = x.mc / (x.mc + (x.m - x.mc) * exp(-z))
            rest = (x.m - x.mc) / (x.m - x.mc + x.mc * exp(z))
            total += x.s * w * rest / (x.mc * (x.m - x.mc)) * x.drop(w)
        return total

    grid = [mpf(i) / 20 for i in range(-300, 301)] + [mpf(i) for i in range(16, 60)]
    grid = sorted(set([-x for x in grid] + grid))
    values, found = [drift(x) for x in grid], []
    for i in range(len(grid) - 1):
        if values[i] * values[i + 1] < 0:
            low, high = grid[i], grid[i + 1]
            for _ in range(130):
                middle = (low + high) / 2
                low, high = (middle, high) if drift(middle) * values[i] > 0 else (low, middle)
            found.append(low)
    start = drift(mpf(0))
    ahead = any(z * start > 0 for z in found)
    mp.dps = 400
    seen.add('together %d %s' % (len(found), ahead))
    put('A6-population', loss='coconut', alpha=text(alpha), gain=text(gain), graphs=gs, grid=64,
        status='finite' if ahead else 'plus-infinity' if start > 0 else 'minus-infinity',
        zeros=[[int(floor(z * 2 ** 64)), int(floor(z * 2 ** 64)) + 1] for z in found])


def stopping(g, alpha):
    """When the weights after a step are comparable, by all pairs of vertices, and thoughts generated anew."""
    rows, n = degrees(g), g['vertices']
    k, labelled = sum(a for a, _, _ in rows), labels(g)
    top, m = max(d for _, d, _ in rows), aim(g, rows)[1]
    ratio = 2 + 2 * top
    reached = [(a, d) for a, d, _ in rows if a + d]
    first, last = Fraction(0), None
    for a, d in reached:
        for b, e in reached:
            slope, rest = ratio * e - d, a - ratio * b
            if slope > 0:
                first = max(first, Fraction(rest, slope))
            if slope < 0 and (last is None or Fraction(rest, slope) < last):
                last = Fraction(rest, slope)
    classes = [{'in_set': a, 'degree': d, 'count': sum(r[:2] == (a, d) for r in rows)} for a, d in sorted({r[:2] for r in rows})]
    exact = {'ratio': text(Fraction(ratio)), 'first': text(first), **({'last': text(last)} if last is not None else {})}
    plain = {key: v for key, v in g.items() if key not in ('vertex', 'label', 'target')}
    fresh = any(a == 0 and d > 0 for a, d, _ in rows)
    if fresh and any(a + d == 0 for a, d, _ in rows):
        put('T1a-window', loss='bfs', graph=plain, profile={'n': n, 'k': k, 'classes': classes}, exact=exact, status='from' if last is None else 'between')
    s = real(alpha) / sqrt(mpf(k))
    drift = lambda mu: sum((real(m) - d) * exp(s * (a + mu * d)) for a, d, _ in rows)
    if fresh and drift(mpf(0)) > mpf(10) ** -300:
        grows = m == top
        below = lambda mu: grows or drift(real(mu)) > mpf(10) ** -300
        status = 'never' if not below(first) else 'from' if last is None or not below(last) else 'between'
        a, b = (sum((m - d) for x, d, _ in rows if x == i) for i in (0, 1))
        depends = not grows or a * b < 0 and (a + b) * b < 0
        profile = {'n': n, 'k': k, 'target_degree': m.numerator, **({'labels': m.denominator} if m.denominator > 1 else {}), 'classes': classes}
        seen.add('window ' + status)
        put('T1b-window', loss='coconut', **({'alpha': text(alpha)} if depends else {}), graph=g, profile=profile, exact=exact, status=status)
    children = {v for u, v in g['edges'] if u == g['root']}
    if g['step'] > 0 and children and not children & set(labelled):
        put('A5-regenerated', loss='coconut', graph=g)
        put('A5-regenerated', loss='coconut', alpha=text(alpha), graph=g, grid=64, numbers={'fall': around(real(alpha) * len(children) / n / (n - 1 + exp(real(alpha))), 64)})
    ends = [0] * n

    def go(v, steps):
        if steps == 0:
            ends[v] += 1
        else:
            for u, w in g['edges']:
                if u == v:
                    go(w, steps - 1)

    go(g['root'], g['step'] + 1)
    mean = Fraction(sum(ends[v] for v in labelled), len(labelled))
    if mean < max(ends) or ends.count(max(ends)) == 1:
        seen.add('anew %s' % (mean < max(ends)))
        put('A8-regenerated', loss='coconut', graph=g, exact={'walks': text(mean), 'most_walks': text(Fraction(max(ends)))}, status='bounded' if mean < max(ends) else 'unbounded')


def example(seed):
    """A graph with 8 to 13 vertices, root 0, a step, the vertices p, c* and c_, of which nothing leads to c_."""
    rng = random.Random(seed)
    n = 8 + seed % 6
    edges = sorted({(u, v) for u in range(n - 1) for v in range(1, n - 1) if u != v and rng.random() < 0.2} | {(0, 1), (1, 2), (2, 3)})
    g = {'vertices': n, 'edges': [list(e) for e in edges], 'root': 0, 'step': 1 + seed % 2}
    near = [v for v in range(1, n) if 0 <= levels(g)[v] <= g['step']]
    return g, [v for v in range(n) if degrees(g)[v][1] > 0][seed % 3], near[seed % len(near)], n - 1


def walking(g, logit, alpha):
    """Theorem 1 with walk weights."""
    w = walks(g, logit)
    d = [sum((w[a] for a, b in g['edges'] if b == v), Fraction(0)) for v in range(g['vertices'])]
    plain = {key: v for key, v in g.items() if key not in ('vertex', 'label', 'target')}
    moves = any(x == y == 0 for x, y in zip(w, d)) and max(d) > 0
    put('T1a-walk' if moves else 'T1a-walk-still', loss='bfs', logit=text(logit), graph=plain)
    if moves:
        put('T1a-walk-steps', loss='bfs', logit=text(logit), graph=plain)
    goal = Fraction(sum(d[v] for v in labels(g)), len(labels(g)))
    below, above = min(d) < goal, goal < max(d)
    if below != above:
        put('T1b-walk-diverges', loss='coconut', logit=text(logit), graph=g)
        put('T1b-walk-end-steps', loss='coconut', logit=text(logit), graph=g)
    parts = {}
    for x, y in zip(w, d):
        parts[x] = parts.get(x, 0) + goal - y
    if not any(parts.values()):
        put('T1b-walk-still', loss='coconut', logit=text(logit), graph=g)
    if below and above:
        for claim in ('T1b-walk', 'T1b-walk-rate', 'T1b-walk-steps', 'T1b-walk-unstable'):
            put(claim, loss='coconut', logit=text(logit), graph=g)
    if below and above and any(parts.values()):
        s = real(alpha) / sqrt(real(sum(x * x for x in w)))
        total = sum(real(c) * exp(s * real(x)) for x, c in parts.items())
        ends, sums = sorted(parts, reverse=True), [0]
        for x in ends:
            sums.append(sums[-1] + parts[x])
        depends = min(sums) < 0 < max(sums)
        seen.add('walk depends %s' % depends)
        put('T1b-walk-sign', loss='coconut', logit=text(logit), **({'alpha': text(alpha)} if depends else {}), graph=g,
            status='positive' if total > 0 else 'negative')


def value(p, x):
    return sum(c * x ** i for i, c in enumerate(p))


def logits(g):
    """The limits with walk weights of every logit: roots by floating point with 200 digits."""
    c, rows = g['step'], []
    for v in range(g['vertices']):
        row = []
        for j in range(c + 1):
            ends = {g['root']: 1}
            for _ in range(j + 1):
                after = {}
                for a, b in g['edges']:
                    if a in ends:
                        after[b] = after.get(b, 0) + ends[a]
                ends = after
            row.append(comb(c, j) * ends.get(v, 0))
        rows.append(row)
    goal = [sum(rows[p][j] for p in labels(g)) for j in range(c + 1)]
    fs = {tuple(x - len(labels(g)) * y for x, y in zip(goal, row)) for row in rows}
    kept = [f for f in fs if not any(f != e and all(a <= b for a, b in zip(f, e)) for e in fs)]
    kept += [f for f in fs if not any(f != e and all(a >= b for a, b in zip(f, e)) for e in fs)]
    mp.dps = 200
    found = []
    for f in kept:
        f = list(f)
        while f and f[-1] == 0:
            f.pop()
        while f and f[0] == 0:
            f.pop(0)
        if len(f) < 2:
            continue
        try:
            roots = polyroots(f[::-1], maxsteps=500, extraprec=800)
        except mp.NoConvergence:
            return None
        for x in roots:
            if abs(im(x)) < mpf(10) ** -40 and re(x) > 0:
                q = Fraction(str(nint(re(x) * 5040))) / 5040
                found.append((q, True) if value(f, q) == 0 else (re(x), False))
    exact = sorted({q for q, known in found if known})
    found = [real(q) for q in exact] + [x for x, known in found if not known and all(abs(x - real(q)) > mpf(10) ** -30 for q in exact)]
    apart = []
    for x in sorted(found):
        if not apart or x - apart[-1] > mpf(10) ** -30:
            apart.append(x)
    marks = []
    for i, x in enumerate(apart):
        q = [e for e in exact if abs(real(e) - x) < mpf(10) ** -30]
        lo = Fraction(int(floor(x * 4096)), 4096)
        marks.append([q[0], q[0]] if q else [lo, lo + Fraction(1, 4096)])
    ok = all(a[1] < b[0] for a, b in zip(marks, marks[1:])) and all(m[0] > 0 for m in marks)
    signs = lambda x: [0 if abs(v) < mpf(10) ** -30 else (1 if v > 0 else -1) for v in (value(f, x) for f in fs)]
    word = lambda s: {(1, 1): 'finite', (1, 0): 'plus-infinity', (0, 1): 'minus-infinity', (0, 0): 'stationary'}[int(1 in s), int(-1 in s)]
    words, before = [], mpf(0)
    for x in apart:
        words += [word(signs((before + x) / 2)), word(signs(x))]
        before = x
    words.append(word(signs(before + 1)))
    mp.dps = 400
    if not ok:
        return
    seen.add('logits ' + ' '.join(words[:5]))
    put('T1b-walk-logits', loss='coconut', graph=g, status=' '.join(words), marks=[[text(a), text(b)] for a, b in marks])


def profile_of(n, k, target, classes):
    p = {'n': n, 'k': k}
    if target:
        p['target_degree'] = Fraction(target).numerator
        if Fraction(target).denominator > 1:
            p['labels'] = Fraction(target).denominator
    return {**p, 'classes': [{'in_set': x, 'degree': d, 'count': m} for x, d, m in sorted(classes)]}


def real(x):
    return mpf(Fraction(x).numerator) / Fraction(x).denominator


def sign(terms):
    """The sign of a sum of c·exp(αs x), given exp, and whether it depends on α."""
    found = lambda e: sum(real(c) * e(x) for x, c in terms)
    merged = {}
    for x, c in terms:
        merged[x] = merged.get(x, 0) + c
    sums = [sum(c for x, c in merged.items() if x >= y) for y in merged]
    return found, min(sums) < 0 < max(sums), any(merged.values())


def starting(n, k, target, classes, start, alpha='1', g=128, graph=None):
    """The bounds of Theorem 1 from μ(0) = start."""
    s = real(alpha) / sqrt(mpf(k))
    e, kappa = exp(s), real(alpha) ** 2 / (mpf(n) * k)
    weight = lambda u: [(d, m * exp(s * (a + u * d))) for a, d, m in classes]
    first = weight(real(start))
    Z, top, low = sum(w for _, w in first), max(d for _, d, _ in classes), min(d for _, d, _ in classes)
    at = lambda degree: sum(w for d, w in first if d == degree)
    out = sum(m for a, d, m in classes if (a, d) == (0, 0))
    found = {}
    if out and top:
        mean = sum(d * w for d, w in first) / (Z - out)
        found['T1a-start'] = {'b_lo': around(kappa * top * out * mean / Z, g), 'b_hi': around(kappa * top ** 2 * out / at(top), g)}
    if target and low < top and target in (low, top):
        gap = min(abs(target - d) for _, d, _ in classes if d != target)
        near = sum(w for d, w in first if abs(target - d) == gap)
        found['T1b-diverges-start'] = {'b_lo': around(kappa * gap ** 2 * near / Z, g),
                                       'b_hi': around(kappa * gap * sum(abs(target - d) * w for d, w in first) / at(target), g)}
    if target and low < target < top:
        goal = real(target)
        mean = lambda u: sum(d * w for d, w in weight(u)) / sum(w for _, w in weight(u))
        var = lambda u: sum((d - mean(u)) ** 2 * w for d, w in weight(u)) / sum(w for _, w in weight(u))
        lo, hi = mpf(-1000), mpf(1000)
        while hi - lo > mpf(2) ** -1250:
            m = (lo + hi) / 2
            lo, hi = (m, hi) if mean(m) < goal else (lo, m)
        grid = [real(start) + (lo - real(start)) * i / 200 for i in range(201)]
        vs = [var(u) for u in grid]
        i, best = vs.index(min(vs)), min(vs)
        if 0 < i < 200:
            best = var(findroot(lambda u: diff(var, u), grid[i]))
            seen.add('start: least variance inside')
        v = around(best, g // 2)
        found['T1b-rate-start'] = {'mu': around(lo, g), 'variance': [v[0] - (v[0] == v[1]), v[1]]}
    for claim, values in found.items():
        bfs = claim.startswith('T1a')
        own = graph and {key: v for key, v in graph.items() if not (bfs and key in ('vertex', 'label', 'target'))}
        keys = dict(loss='bfs' if bfs else 'coconut', graph=own, profile=profile_of(n, k, None if bfs else target, classes))
        put(claim, alpha=alpha, start=text(start), grid=g, numbers=values, **keys)
        put(claim, **keys)


def carrying(n, k, classes, start, ratio, weight, alpha='1', g=128, graph=None):
    """Theorem 1(a) with the carry-over trained from ω(0) = weight, μ(0) = start."""
    s, r = real(alpha) / sqrt(mpf(k)), real(ratio)
    power = lambda x: exp(s * real(x))
    own = graph and {key: v for key, v in graph.items() if key not in ('vertex', 'label', 'target')}
    keys = dict(loss='bfs', graph=own, profile=profile_of(n, k, None, classes))
    here = dict(start=text(start), carry={'ratio': text(ratio), 'weight': text(weight)})
    out = sum(m for a, d, m in classes if (a, d) == (0, 0))
    inner, fresh = [(d, m) for a, d, m in classes if a], [(d, m) for a, d, m in classes if not a and d]
    dN, dF = max(d for d, _ in inner), max([d for d, _ in fresh] + [0])
    y, x = power(start), power(weight)
    A, DN = sum(m * y ** d for d, m in inner), sum(d * m * y ** d for d, m in inner)
    F, DF = sum(m * y ** d for d, m in fresh), sum(d * m * y ** d for d, m in fresh)
    assert out and max(dN, dF)

    def free(claim, values):
        put(claim, alpha=alpha, grid=g, numbers={key: around(v, g) for key, v in values.items()}, **here, **keys)
        put(claim, **keys)

    def signed(claim, terms, values):
        total, depends, moves = sign(terms)
        if not moves or total(power) < 0:
            return False
        seen.add('%s depends %s' % (claim, depends))
        put(claim, alpha=alpha, grid=g, numbers={key: around(v, g) for key, v in values.items()}, **here, **keys)
        put(claim, **({'alpha': alpha} if depends else {}), **here, **keys)
        return True

    W = sum(m * y ** d * (x if a else 1) for a, d, m in classes if d == max(dN, dF))
    kappa = real(alpha) ** 2 / (mpf(n) * k)
    free('A18-upper', {'b_hi': kappa * max(dN, dF) ** 2 * out / W})
    if k == 1 and dN == 0 and dF == 1:
        m = fresh[0][1]
        delta = power(-start) - r * m * power(-weight)
        terms = [(-start, Fraction(1)), (-weight, -m * ratio)]
        if abs(delta) > mpf(10) ** -300:
            free('A18-conserved', {'delta': delta})
        if not signed('A18-bounded', terms, {'delta': delta, 'mu': -log(abs(delta)) / s}) and \
                not signed('A18-diverges', [(a, -c) for a, c in terms], {'delta': delta, 'omega': -log(abs(delta) / (r * m)) / s}):
            put('A18-both', **here, **keys)
    if dN:
        D, mean = max(mpf(dF), dN + A / (r * DN)), min([DN / A] + ([DF / F] if fresh else []))
        free('A18-later', {'slope': r * DN / A})
        free('A18-lower', {'power': D, 'b_lo': D * kappa * out * mean / (A * x + F + out)})
    gap, most = max(dF - dN, 0), sum(m for d, m in inner if d == dN)
    signed('A18-collapse', [(weight + start * dN, (1 - ratio * gap * dN) * most)] + [(start * d, -ratio * gap * d * m) for d, m in fresh],
           {'room': 1 - r * gap * (dN + DF / (most * x * y ** dN))})
    if gap:
        last = sum(m for d, m in fresh if d == dF)
        signed('A18-spread', [(start * dF, ratio * gap * dF * last)] + [(weight + start * d, Fraction(-m)) for d, m in inner],
               {'room': r * gap * dF * last * y ** dF / (x * A) - 1})


out, seen = open('certificates.txt', 'w'), set()
edges = sorted([[0, v] for v in (1, 2, 3)] + [[1, v] for v in (2, 0, 4, 7, 8)]
               + [[2, v] for v in (3, 0, 5, 7, 8)] + [[3, v] for v in (1, 6, 7)])
# y* = 2 for every e, μ* = 2 log 2
ten = {'vertices': 10, 'edges': edges, 'root': 0, 'step': 1, 'vertex': 8}
write(10, 4, 2, [(1, 2, 4), (0, 0, 1), (0, 1, 3), (0, 2, 1), (0, 3, 1)], graph=ten)
# a published-like profile, at three gains and grids
plain = [(0, 0, 9), (0, 1, 2), (1, 0, 1), (1, 1, 4), (1, 2, 2)]
write(18, 7, 1, plain)
write(18, 7, 1, plain, alpha='3/2', g=64)
write(18, 7, 1, plain, alpha='1/97', g=256)
# a tie for every e: μ* = 0, and the ceiling is 0 too
write(8, 4, 1, [(0, 0, 2), (0, 2, 2), (1, 0, 1), (1, 1, 2), (1, 2, 1)])
# μ* = 1/2 exactly: y* = e^(1/2)
write(4, 3, 1, [(0, 2, 1), (1, 0, 1), (1, 1, 2)])
# μ* < 0
write(12, 6, 1, [(0, 0, 1), (0, 1, 1), (0, 3, 4), (1, 0, 1), (1, 1, 2), (1, 4, 3)])
# the variance is least between 0 and μ*, of either sign
write(78, 7, 3, [(0, 0, 10), (0, 2, 30), (0, 3, 30), (0, 5, 1), (1, 0, 1), (1, 1, 6)])
write(45, 7, 3, [(0, 1, 1), (0, 3, 30), (0, 4, 2), (0, 5, 5), (1, 3, 7)], alpha='5/3')
# the sign of d* - F(0) is that of 2e - 3, -4e + 10, e - 3: it depends on the gain
write(19, 9, 2, [(0, 0, 1), (0, 2, 4), (0, 3, 5), (1, 0, 1), (1, 2, 8)], alpha='3/2')
write(23, 9, 1, [(0, 0, 12), (0, 2, 2), (1, 0, 1), (1, 2, 5), (1, 1, 3)], alpha='1/2')
write(23, 9, 1, [(0, 0, 2), (0, 2, 5), (0, 1, 7), (1, 0, 1), (1, 1, 8)], alpha='4')
# d* = d_max, d* = d_min, all in-degrees equal, no vertex outside, no edge: with and without a graph
write(18, 7, 2, plain, alpha='3/2')
write(12, 6, 4, [(0, 0, 1), (0, 1, 1), (0, 3, 4), (1, 0, 1), (1, 1, 2), (1, 4, 3)], g=64)
write(9, 5, 1, [(0, 1, 3), (0, 4, 1), (1, 1, 2), (1, 2, 3)], alpha='2/7')
write(9, 5, 1, [(0, 3, 3), (0, 4, 1), (1, 1, 2), (1, 3, 3)], alpha='5')
write(3, 3, 2, [(1, 2, 3)])
write(5, 5, 1, [(1, 1, 5)], alpha='1/3')
write(6, 1, 1, [(0, 0, 2), (0, 1, 3), (1, 0, 1)], graph={'vertices': 6, 'edges': [[0, 1], [0, 2], [0, 4]], 'root': 0, 'step': 0, 'vertex': 2})
write(5, 2, 1, [(0, 1, 3), (1, 0, 1), (1, 1, 1)],
      graph={'vertices': 5, 'edges': [[0, 1], [1, 2], [1, 3], [1, 4]], 'root': 0, 'step': 1, 'vertex': 3})
write(4, 1, None, [(0, 0, 3), (1, 0, 1)], graph={'vertices': 4, 'edges': [[1, 2]], 'root': 0, 'step': 0})
write(2, 1, None, [(0, 0, 1), (1, 0, 1)])
write(2, 2, 1, [(1, 1, 2)], graph={'vertices': 2, 'edges': [[0, 1], [1, 0]], 'root': 0, 'step': 1, 'vertex': 0})
write(6, 3, 1, [(0, 0, 2), (0, 1, 1), (1, 1, 1), (1, 2, 2)])
write(11, 4, 1, [(0, 0, 3), (0, 2, 3), (0, 1, 1), (1, 1, 4)], alpha='3')
write(11, 4, 1, [(0, 0, 3), (0, 3, 3), (0, 1, 1), (1, 1, 3), (1, 2, 1)], g=192)
write(7, 3, 2, [(1, 2, 3), (0, 2, 4)])
write(9, 4, 1, [(0, 0, 2), (0, 3, 3), (1, 1, 2), (1, 2, 2)], alpha='1/2')

for seed in range(8):
    g, p, good, bad = example(seed)
    hops = levels(g)
    put('T2', graph=g, hops=hops)
    put('T2-length', graph=g, hops=hops)
labelled = [{**g, 'vertex': p} for g, p, _, _ in map(example, range(40))]
for g in labelled[:14]:
    separation([g])
    attention(g, Fraction(1), Fraction(3, 2))
    attention(g, Fraction(2, 3), Fraction(20))
for i in range(0, 12, 3):
    separation(labelled[i:i + 3:2])
    separation(labelled[i:i + 5:2])
    population(labelled[i:i + 5:2], alpha=('1', '7/5')[i % 2])
# d* = d_max: μ → +∞; all d_v equal: nothing moves
star = {'vertices': 4, 'edges': [[0, 1], [0, 2]], 'root': 0, 'step': 0, 'vertex': 1}
population([star])
population([star, star])
separation([star])
separation([{'vertices': 3, 'edges': [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]], 'root': 0, 'step': 2, 'vertex': 1}])
attention(star, Fraction(1), Fraction(1))
for i, (edges, step, p) in enumerate((  # h_p = E_w[h] at w = 1, and at w = 0, whatever the gains
        ([[0, 1], [0, 3], [0, 4], [1, 0], [1, 3], [1, 4], [2, 0], [2, 1], [2, 3], [3, 0], [4, 0], [4, 1]], 1, 0),
        ([[0, 1], [0, 2], [1, 0], [1, 4], [2, 1], [2, 3], [2, 4], [3, 1], [3, 2], [4, 0], [4, 2], [4, 3], [5, 1], [5, 2], [5, 3], [5, 4]], 2, 1),
        ([[0, 3], [1, 0], [1, 2], [1, 3], [2, 0], [2, 1], [2, 3], [3, 0], [3, 1]], 1, 0),
        ([[0, 4], [0, 5], [1, 0], [1, 4], [2, 0], [2, 3], [2, 4], [3, 1], [3, 2], [3, 5], [4, 0], [4, 2], [4, 3], [5, 0], [5, 3], [5, 4]], 1, 0))):
    for alpha, gain in ((Fraction(1), Fraction(3)), (Fraction(5, 2), Fraction(1, 3))):
        attention({'vertices': 1 + max(map(max, edges)), 'edges': edges, 'root': 0, 'step': step, 'vertex': p}, alpha, gain)
for g in labelled[:30]:
    attention(g, Fraction(1), Fraction(12), 128)
candidates = [{**g, 'target': good, 'other': bad} for g, _, good, bad in map(example, range(12))]
for i in (0, 1, 4, 5, 8, 9):  # all of one step
    stages(candidates[i:i + 3:2], (Fraction(1), Fraction(2, 5), Fraction(3))[i % 3])
# labels that are drawn: classes of steps of the examples, and what else the same graphs give
drawn = []
for seed in range(200):
    g, _, _, _ = example(seed)
    hops = levels(g)
    for law, extra in [('frontier', {})] + [('shortest', {'target': v}) for v in range(g['vertices']) if hops[v] > g['step'] + 1][:1]:
        x = {**g, 'label': law, **extra}
        degree = {degrees(x)[v][1] for v in labels(x)}
        if len(degree) > 1:
            drawn.append(x)
kinds = set()
for x in drawn:
    rows = degrees(x)
    mean, top = aim(x, rows)[1], max(d for _, d, _ in rows)
    kind = x['label'], mean.denominator > 1, mean > sum(d for _, d, _ in rows) / Fraction(len(rows)), any(d == mean for _, d, _ in rows)
    if mean == top or kind in kinds:
        continue
    kinds.add(kind)
    classes = [(a, d, sum(r[:2] == (a, d) for r in rows)) for a, d in sorted({r[:2] for r in rows})]
    write(len(rows), sum(a for a, _, _ in rows), mean, classes, alpha=('1', '3/2')[len(kinds) % 2], g=(128, 64)[len(kinds) % 2], graph=x)
    seen.add('drawn %s %s' % kind[:2])
shortest = [x for x in drawn if x['label'] == 'shortest']
# any d*, without a graph; 2 is a mean of 1 and 3
write(12, 4, Fraction(2), [(0, 0, 4), (0, 1, 2), (0, 3, 2), (1, 0, 1), (1, 1, 3)])
write(12, 4, Fraction(7, 3), [(0, 0, 4), (0, 1, 2), (0, 3, 2), (1, 0, 1), (1, 1, 3)], alpha='5/3', g=192)
for x in drawn[:5] + shortest[:5]:
    separation([x])
    attention(x, Fraction(1), Fraction(3, 2))
for gs in ([x for x in drawn if x['step'] == 1][:3], [x for x in shortest if x['step'] == 1][:2], [labelled[0], drawn[0]]):
    separation(gs)
    population(gs)
for i, g in enumerate(labelled + drawn[:20]):
    walking(g, (Fraction(1), Fraction(2, 5), Fraction(3), Fraction(1, 7))[i % 4], (Fraction(1), Fraction(5, 2), Fraction(9))[i % 3])
for n, edges, p in ((3, [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]], 1), (2, [[0, 1], [1, 0]], 0), (4, [[0, 1], [0, 2], [1, 0], [1, 2], [1, 3], [2, 0], [2, 1], [2, 3]], 3),
                    (5, [[0, 1], [1, 2], [2, 3], [3, 4], [4, 0]], 2), (3, [[0, 1], [1, 2], [2, 0]], 2), (5, [[0, 1], [0, 2], [0, 3], [0, 4], [1, 0]], 4)):
    for step in (1, 2):
        walking({'vertices': n, 'edges': edges, 'root': 0, 'step': step, 'vertex': p}, Fraction(2), Fraction(1))
# d* = F(0): the vertices of each weight have d* in the mean
for n, edges, p in ((4, [[0, 1], [1, 0], [1, 2], [1, 3]], 2), (6, [[0, 1], [0, 2], [1, 0], [1, 3], [1, 5], [2, 5]], 3), (3, [[0, 1], [1, 0], [1, 2]], 2), (4, [[0, 1], [0, 2], [1, 0], [1, 3]], 3), (2, [[0, 1], [1, 0]], 0)):
    for logit in (Fraction(1), Fraction(1, 2)):
        walking({'vertices': n, 'edges': edges, 'root': 0, 'step': 1, 'vertex': p}, logit, Fraction(1))
for g in labelled + drawn[:20]:
    logits(g)
for n, edges, p, step in ((4, [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]], 3, 1), (6, [[0, 1], [0, 2], [1, 3], [2, 3], [3, 4], [1, 4], [2, 5], [3, 5]], 4, 2), (5, [[0, 1], [1, 0], [1, 2], [2, 3], [0, 4]], 3, 2),
                          (3, [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]], 1, 2), (2, [[0, 1], [1, 0]], 0, 1), (7, [[0, 1], [0, 2], [1, 2], [2, 1], [1, 3], [2, 4], [3, 5], [4, 5], [5, 6], [3, 6]], 6, 3)):
    logits({'vertices': n, 'edges': sorted(edges), 'root': 0, 'step': step, 'vertex': p})
# any start, and the carry-over trained
starting(10, 4, 2, [(1, 2, 4), (0, 0, 1), (0, 1, 3), (0, 2, 1), (0, 3, 1)], Fraction(1, 2), graph=ten)
for start, gain, g in ((Fraction(-2), '1', 128), (Fraction(3), '3/2', 192), (Fraction(0), '1', 64), (Fraction(17, 10), '2/7', 128)):
    starting(18, 7, 1, plain, start, gain, g)
    starting(18, 7, 2, plain, start, gain, g)
    starting(45, 7, 3, [(0, 1, 1), (0, 3, 30), (0, 4, 2), (0, 5, 5), (1, 3, 7)], start, gain, g)
    starting(12, 6, 4, [(0, 0, 1), (0, 1, 1), (0, 3, 4), (1, 0, 1), (1, 1, 2), (1, 4, 3)], start, gain, g)
    starting(9, 5, 1, [(0, 1, 3), (0, 4, 1), (1, 1, 2), (1, 2, 3)], start, gain, g)
    starting(12, 4, Fraction(7, 3), [(0, 0, 4), (0, 1, 2), (0, 3, 2), (1, 0, 1), (1, 1, 3)], start, gain, g)
starting(6, 1, 1, [(0, 0, 2), (0, 1, 3), (1, 0, 1)], Fraction(-1, 3), '1', 128, {'vertices': 6, 'edges': [[0, 1], [0, 2], [0, 4]], 'root': 0, 'step': 0, 'vertex': 2})
hub = {'vertices': 6, 'edges': [[0, 1], [0, 2], [0, 4]], 'root': 0, 'step': 0}
for start, ratio, weight, gain in (('0', '1/6', '1', '1'), ('1/2', '1/4', '-1', '1'), ('2', '1/3', '2', '3'), ('-1', '1/3', '-1', '1'), ('0', '5', '1', '3/2'), ('2', '1/5', '1', '1/2'),
                                   ('1', '1/3', '0', '1'), ('0', '7', '2', '1/3'), ('3', '1/3', '3', '1'), ('0', '2', '0', '1'), ('1', '3', '5/2', '1')):
    carrying(6, 1, [(0, 0, 2), (0, 1, 3), (1, 0, 1)], Fraction(start), Fraction(ratio), Fraction(weight), gain, graph=hub)
    carrying(7, 1, [(0, 0, 5), (0, 1, 1), (1, 0, 1)], Fraction(start), 3 * Fraction(ratio), Fraction(weight), gain, 192)
for start, ratio, weight, gain in (('0', '1/18', '1', '1'), ('3/2', '1', '-2', '2'), ('-1', '7', '1/2', '1/3'), ('2', '3', '0', '1'), ('0', '2', '1', '1')):
    for shape in ((18, 7, plain), (12, 6, [(0, 0, 1), (0, 1, 1), (0, 3, 4), (1, 0, 1), (1, 1, 2), (1, 4, 3)]), (14, 6, [(0, 0, 2), (0, 1, 1), (0, 5, 5), (1, 0, 1), (1, 1, 2), (1, 2, 3)]),
                  (9, 4, [(0, 0, 3), (0, 3, 2), (1, 0, 1), (1, 1, 3)])):
        carrying(*shape, Fraction(start), Fraction(ratio), Fraction(weight), gain)
for g in labelled[:20]:
    search(g, Fraction(1), Fraction(2))
    search(g, Fraction(3, 2), Fraction(40))
for i, g in enumerate(labelled[:24] + drawn[:6]):
    attracting(g, Fraction(1), (Fraction(2), Fraction(20))[i % 2], (Fraction(1, 3), Fraction(1), Fraction(3))[i % 3])
for i in range(0, 12, 3):
    together(labelled[i:i + 3:2], Fraction(1), (Fraction(2), Fraction(15))[i % 2])
    together(labelled[i:i + 5:2], Fraction(3, 2), Fraction(30))
together([x for x in shortest if x['step'] == 1][:2], Fraction(1), Fraction(5))
for edges, step, alpha, gain in (  # one and two equilibria on the way, above and below
        ([[0, 1], [0, 2], [1, 0], [2, 1], [2, 5], [3, 1], [3, 2], [4, 1], [4, 2], [5, 1], [5, 3], [6, 1], [6, 2]], 1, 1, 20),
        ([[0, 4], [1, 3], [3, 4], [4, 6], [7, 4]], 1, 3, 40), ([[0, 1], [0, 4], [1, 0], [3, 0], [3, 2], [4, 0], [5, 0]], 1, 3, 40),
        ([[0, 4], [0, 6], [1, 2], [1, 6], [2, 6], [4, 5], [4, 6], [5, 4]], 2, 3, 5), ([[0, 3], [0, 4], [1, 2], [2, 0], [3, 0], [3, 4], [4, 0], [5, 0]], 2, 1, 40),
        ([[0, 1], [2, 0]], 0, Fraction(1, 2), 40), ([[0, 1], [1, 3], [2, 3]], 1, Fraction(1, 2), 2), ([[0, 1], [1, 0]], 0, 3, 40)):
    search({'vertices': 2 + max(map(max, edges)), 'edges': edges, 'root': 0, 'step': step}, Fraction(alpha), Fraction(gain))
for i, g in enumerate(labelled[:24] + drawn[:8] + [star]):
    stopping(g, (Fraction(1), Fraction(5, 2), Fraction(1, 3))[i % 3])
# steps whose logit overshoots
for n, root, step, p, edges in (
        (25, 0, 2, 15, [[0, 6], [0, 8], [1, 2], [1, 4], [1, 11], [2, 3], [2, 9], [2, 14], [2, 19], [3, 5], [4, 5], [4, 7], [4, 18], [4, 21], [6, 8], [6, 10], [6, 12], [7, 14], [8, 10], [8, 12], [9, 17], [9, 22], [10, 20], [10, 23], [11, 17], [12, 13], [12, 15], [12, 16], [13, 15], [14, 16], [14, 17], [16, 19], [18, 21], [22, 24]]),
        (22, 0, 1, 18, [[0, 2], [0, 4], [0, 5], [1, 3], [2, 4], [2, 5], [2, 7], [2, 18], [3, 6], [3, 12], [3, 17], [4, 5], [4, 9], [4, 16], [6, 8], [6, 10], [7, 10], [8, 11], [9, 16], [9, 18], [11, 12], [11, 13], [11, 14], [11, 17], [12, 13], [12, 14], [14, 15], [16, 20], [18, 19], [18, 21], [20, 21]]),
        (24, 0, 2, 12, [[0, 2], [1, 5], [1, 6], [2, 3], [2, 4], [2, 9], [2, 15], [2, 23], [3, 4], [3, 9], [3, 21], [4, 9], [4, 12], [5, 6], [5, 7], [5, 10], [6, 7], [6, 8], [8, 16], [8, 18], [9, 11], [9, 16], [9, 23], [10, 17], [10, 18], [11, 12], [11, 13], [11, 15], [12, 14], [12, 22], [13, 14], [13, 20], [14, 20], [14, 23], [15, 19], [16, 19], [17, 18], [20, 21]]),
        (21, 0, 1, 16, [[0, 2], [0, 3], [0, 4], [0, 14], [0, 19], [1, 7], [1, 11], [2, 14], [3, 4], [3, 5], [3, 6], [4, 5], [4, 6], [5, 6], [5, 9], [6, 9], [6, 10], [7, 11], [7, 13], [7, 17], [7, 20], [8, 11], [9, 19], [10, 14], [10, 16], [11, 12], [11, 13], [13, 15], [14, 16], [16, 18]]),
        (20, 1, 1, 8, [[0, 6], [0, 7], [0, 13], [1, 2], [1, 3], [1, 4], [2, 3], [2, 4], [2, 5], [2, 8], [2, 19], [3, 4], [3, 12], [4, 5], [4, 16], [5, 8], [5, 10], [6, 7], [6, 9], [6, 17], [8, 10], [8, 12], [8, 15], [8, 16], [9, 11], [9, 13], [10, 18], [11, 14], [14, 17], [15, 16], [16, 17], [16, 19]])):
    turning({'vertices': n, 'edges': edges, 'root': root, 'step': step, 'vertex': p}, Fraction(1), 24)
out.close()
print(sorted(seen))
