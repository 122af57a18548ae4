# What bench/peers/bench_gpt.py, the yardstick of `verify bench`, computes, in float64, written as JSON to standard output:
# its own text up to the optimiser, with the parameters and tokens of a formula that the Go test has too.
# Debian 12: apt-get install python3-torch (1.13.0); /usr/bin/python3 tools/reference/gpt.py > sim/learned/testdata/gpt.json
import json, math, os, sys
import torch
here = os.path.dirname(os.path.abspath(__file__))
V, d, H, B, S, c = 11, 16, 4, 3, 13, 2
sys.argv = ['bench_gpt.py', '--mode', 'last', '--threads', '1', '--V', V, '--d', d, '--H', H, '--B', B, '--S', S, '--c', c]
sys.argv = [str(x) for x in sys.argv]
torch.set_default_dtype(torch.float64)
text = open(os.path.join(here, '../../bench/peers/bench_gpt.py')).read()
exec(text[:text.index('opt=torch.optim')].rstrip(';'))

def number(i, seed):  # in [-1/2, 1/2)
    x = (i * 2654435761 + seed * 40503 + 12345) % 2**32
    x ^= x >> 15; x = x * 2246822519 % 2**32; x ^= x >> 13
    return x / 2**32 - 0.5
def pick(i, seed, n): return int((number(i, seed) + 0.5) * n)

# Our names, the order of our parameters, and where a matrix of nn.Linear is transposed.
names = [('embedding', 'emb.weight', True), ('positions', 'pos.weight', False)]
for i in ('1', '2'):
    for ours, theirs in (('norm1', 'ln1'), ('query', 'q'), ('keyvalue', 'kv'), ('output', 'o'), ('norm2', 'ln2'), ('up', 'f1'), ('down', 'f2')):
        parts = [('.gain', '.weight', False), ('.shift', '.bias', False)] if ours.startswith('norm') else [('', '.weight', True), ('.bias', '.bias', False)]
        names += [('layer' + i + '.' + ours + a, 'b' + i + '.' + theirs + b, decay) for a, b, decay in parts]
names += [('norm.gain', 'lnf.weight', False), ('norm.shift', 'lnf.bias', False)]
theirs, at = dict(net.named_parameters()), 0
assert sorted(theirs) == sorted(n for _, n, _ in names)
turn = lambda name, x: x.t() if name.startswith('b') and name.endswith('.weight') and x.dim() == 2 else x
with torch.no_grad():
    for ours, name, decay in names:
        x = turn(name, theirs[name])
        scale = 2 / math.sqrt(x.shape[-1]) if decay else 0.5
        x.copy_(torch.tensor([scale * number(at + i, 1) + ours.endswith('gain') for i in range(x.numel())]).reshape(x.shape))
        at += x.numel()
tok = torch.tensor([[pick(1000 * b + i, 2, V) for i in range(S - c)] for b in range(B)])
y = torch.tensor([pick(1000 * b, 5, V) for b in range(B)])
lo = net(tok)[:, -1]; l = F.cross_entropy(lo, y); l.backward()
gradients = {}
for ours, name, _ in names:
    g = turn(name, theirs[name].grad).flatten()
    gradients[ours] = dict(norm=g.norm().item(), along=(g @ torch.tensor([number(i, 7) for i in range(g.numel())])).item(), first=g[:4].tolist())
config = dict(name='bench_gpt', vocabulary=V, readout=V, width=d, heads=H, length=S, absolute=True, relative=[False, False], mlp=[True, True], batch=B, prompt=S - c, thoughts=c)
print(json.dumps(dict(program='PyTorch ' + torch.__version__, case=dict(config=config, logits=lo.flatten().tolist(), loss=l.item(), gradients=gradients)), separators=(',', ':')))
