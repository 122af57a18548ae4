# Reference values of the learned transformer from PyTorch in float64, written as JSON to standard output.
# Debian 12: apt-get install python3-torch (1.13.0); /usr/bin/python3 tools/reference/learned.py > sim/learned/testdata/torch.json
# Parameters and samples come from a formula that the Go test has too, so that the file holds results only: of large
# tensors their norm, their product with other such numbers, and the first four entries. It takes half a minute.
import json, math
import torch, torch.nn.functional as F
torch.set_num_threads(1)
D = torch.float64

def number(i, seed):  # in [-1/2, 1/2)
    x = (i * 2654435761 + seed * 40503 + 12345) % 2**32
    x ^= x >> 15; x = x * 2246822519 % 2**32; x ^= x >> 13
    return x / 2**32 - 0.5

def numbers(start, count, seed):  # the same for start, start+1, …; products wrap around, and their last 32 bits are right
    x = (torch.arange(start, start + count) * 2654435761 + seed * 40503 + 12345) & 0xffffffff
    x ^= x >> 15; x = x * 2246822519 & 0xffffffff; x ^= x >> 13
    return x.to(D) / 2**32 - 0.5

def pick(i, seed, n): return int((number(i, seed) + 0.5) * n)

def layout(c):
    d, out = c['width'], [('embedding', c['vocabulary'], c['width'], True)]
    if c['absolute']: out.append(('positions', c['length'], d, False))
    for i in (0, 1):
        p = 'layer%d.' % (i + 1)
        out += [(p+'norm1.gain', 1, d, False), (p+'norm1.shift', 1, d, False), (p+'query', d, d, True), (p+'query.bias', 1, d, False),
                (p+'keyvalue', d, 2*d, True), (p+'keyvalue.bias', 1, 2*d, False), (p+'output', d, d, True), (p+'output.bias', 1, d, False)]
        if c['relative'][i]: out.append((p+'relative', c['heads'], c['length'], False))
        if c['mlp'][i]:
            out += [(p+'norm2.gain', 1, d, False), (p+'norm2.shift', 1, d, False), (p+'up', d, 4*d, True), (p+'up.bias', 1, 4*d, False),
                    (p+'down', 4*d, d, True), (p+'down.bias', 1, d, False)]
    return out + [('norm.gain', 1, d, False), ('norm.shift', 1, d, False)]

def parameters(c):
    out, at = {}, 0
    for name, rows, cols, decay in layout(c):
        scale = 2 / math.sqrt(cols) if decay else 0.5
        x = (scale * numbers(at, rows * cols, 1) + name.endswith('gain')).reshape(rows, cols)
        out[name] = x.requires_grad_(); at += rows * cols
    return out

def samples(c):
    out = []
    for b in range(c['batch']):
        n = c['prompt'] - 3 * b
        token = lambda i: (pick(1000 * b + i, 2, c['vocabulary']), pick(1000 * b + i, 3, c['vocabulary']) if pick(1000 * b + i, 4, 2) else -1)
        out.append(([token(i) for i in range(n)], [token(500 + i) for i in range(c['suffix'])], sorted({pick(1000 * b + i, 5, c['readout']) for i in range(1 + b % 2)})))
    return out

def layer(p, c, i, x):
    q = lambda name: p['layer%d.%s' % (i + 1, name)]
    T, d, H = x.shape[0], c['width'], c['heads']
    norm = lambda x, k: F.layer_norm(x, (d,), q('norm%d.gain' % k)[0], q('norm%d.shift' % k)[0], 1e-5)
    h = norm(x, 1)
    split = lambda x: x.reshape(T, H, d // H).transpose(0, 1)
    query, (key, value) = split(h @ q('query') + q('query.bias')), map(split, (h @ q('keyvalue') + q('keyvalue.bias')).split(d, -1))
    z = query @ key.transpose(1, 2) / math.sqrt(d // H)
    offset = torch.arange(T)[:, None] - torch.arange(T)[None, :]
    if c['relative'][i]: z = z + q('relative')[:, offset.clamp(min=0)]
    a = z.masked_fill(offset < 0, -math.inf).softmax(-1)
    x = x + (a @ value).transpose(0, 1).reshape(T, d) @ q('output') + q('output.bias')
    if c['mlp'][i]: x = x + F.gelu(norm(x, 2) @ q('up') + q('up.bias'), approximate='tanh') @ q('down') + q('down.bias')
    return x

def forward(p, c, data):
    logits, losses = [], []
    for prompt, suffix, targets in data:
        embed = lambda list: [p['embedding'][a] + (p['embedding'][b] if b >= 0 else 0) for a, b in list]
        def hidden(x):
            x = torch.stack(x)
            if c['absolute']: x = x + p['positions'][:x.shape[0]]
            return F.layer_norm(layer(p, c, 1, layer(p, c, 0, x))[-1], (c['width'],), p['norm.gain'][0], p['norm.shift'][0], 1e-5)
        x = embed(prompt)
        for _ in range(c['thoughts']): x = x + [hidden(x)]
        l = p['embedding'][:c['readout']] @ hidden(x + embed(suffix))
        logits.append(l); losses.append(l.logsumexp(0) - l[targets].logsumexp(0))
    return torch.stack(logits), torch.stack(losses).mean()

def described(x): return dict(norm=x.norm().item(), along=(x @ numbers(0, x.numel(), 7)).item())

def reference(c):
    p, data = parameters(c), samples(c)
    start = {name: x.detach().clone() for name, x in p.items()}
    logits, loss = forward(p, c, data)
    loss.backward()
    gradients = {}
    for name, x in p.items():
        g = x.grad.flatten()
        gradients[name] = dict(**described(g), first=g[:4].tolist(), **(dict(all=g.tolist()) if c['whole'] else {}))
    decay = {n: d for n, _, _, d in layout(c)}
    adam = torch.optim.AdamW([dict(params=[x for n, x in p.items() if decay[n]], weight_decay=0.01), dict(params=[x for n, x in p.items() if not decay[n]], weight_decay=0)], lr=c['rate'])
    losses = []
    for _ in range(c['steps']):
        adam.zero_grad(); l = forward(p, c, data)[1]; l.backward(); adam.step(); losses.append(l.item())
    moved = {name: described((x.detach() - start[name]).flatten()) for name, x in p.items()}
    return dict(config=c, logits=logits.flatten().tolist(), loss=loss.item(), gradients=gradients, losses=losses, moved=moved)

tiny = dict(name='tiny', vocabulary=9, readout=7, width=4, heads=2, length=16, absolute=True, relative=[False, True], mlp=[True, True], batch=3, prompt=9, thoughts=2, suffix=2, rate=1e-3, steps=10, whole=True)
medium = dict(name='medium', vocabulary=18, readout=14, width=64, heads=4, length=70, absolute=False, relative=[True, False], mlp=[False, True], batch=4, prompt=56, thoughts=3, suffix=4, rate=1e-3, steps=10, whole=False)
paper = dict(name='paper', vocabulary=32, readout=32, width=768, heads=8, length=171, absolute=True, relative=[False, False], mlp=[True, True], batch=2, prompt=32, thoughts=2, suffix=1, rate=1e-4, steps=3, whole=False)
print(json.dumps(dict(program='PyTorch ' + torch.__version__, cases=[reference(tiny), reference(medium), reference(paper)]), separators=(',', ':')))
