# One pair (z, g) of softmax attention for all instances of a file: where descent on the mean loss leads from (0, 1/2).
#   verify data generate --count 200 --seed 1 --vertices 14 --hops 3 --out g.json; /usr/bin/python3 tools/reference/sharedpair.py g.json 0 0.05
# The label is any vertex at distance c+1, each equally likely (coconut), or all of them together (bfs); N_c uniform, no normalisation.
# For each further argument j the logits of the edges that leave N_c are z(1 + jx), with a normal x of each edge, drawn once.
import json, sys, torch
torch.set_num_threads(1)
instances = json.load(open(sys.argv[1]))

def arrays(c):
    rows, most = [], max(len(x['edges']) for x in instances)
    for x in instances:
        n, edges, distance, queue = x['vertices'], x['edges'], {x['root']: 0}, [x['root']]
        for u in queue:
            for a, b in edges:
                if a == u and b not in distance: distance[b] = distance[u] + 1; queue.append(b)
        inside = [distance.get(v, c + 1) <= c for v in range(n)]
        label = [distance.get(v) == c + 1 for v in range(n)]
        pad = most - len(edges)
        if any(label): rows.append(([inside[a] for a, _ in edges] + [False] * pad, [0.0] * len(edges) + [-1e30] * pad, [b for _, b in edges] + [0] * pad, inside, label))
    leaving, mask, target, inside, label = [torch.tensor(list(column)) for column in zip(*rows)]
    return leaving.double(), mask.double(), target, inside.double(), label.double()

def descend(c, loss, jitter, steps=6000):
    leaving, mask, target, inside, label = arrays(c)
    torch.manual_seed(1)
    leaving = leaving * (1 + jitter * torch.randn(leaving.shape, dtype=torch.float64))
    def mean(z, g):
        a = (z * leaving + mask).softmax(1)
        xi = inside / inside.sum(1).sqrt()[:, None] + g * torch.zeros_like(inside).scatter_add(1, target, a)
        right = (xi * label).sum(1) / label.sum(1) if loss == 'coconut' else xi.masked_fill(label == 0, -1e30).logsumexp(1)
        return (xi.logsumexp(1) - right).mean()
    pair, rates, rate = torch.tensor([0, 0.5], dtype=torch.float64), torch.tensor([1 / inside.shape[1], 1], dtype=torch.float64), 0.1
    told = []
    for k in range(steps):
        at = pair.clone().requires_grad_(True)
        value = mean(*at); slope, = torch.autograd.grad(value, at); way = rates * slope
        rate = min(2 * rate, 0.1 / max(abs(way[0].item()), 1e-300), 0.05 * max(1, abs(pair[1].item())) / max(abs(way[1].item()), 1e-300))
        while rate > 1e-9 and not mean(*(pair - rate * way)) <= value - rate * (way * slope).sum() / 2: rate /= 2
        if rate <= 1e-9: break
        pair = pair - rate * way
        if k + 1 in (100, 1000): told.append('(%.2f, %.2f) at step %d' % (*pair.tolist(), k + 1))
        if pair.abs().max() > 300: break
    print('jitter %g, c = %d, %s: (z, g) = %s, (%.2f, %.2f) at the end, loss %.4f' % (jitter, c, loss, ', '.join(told), *pair.tolist(), value.item()), flush=True)

for jitter in map(float, sys.argv[2:] or ['0']):
    for c in range(3):
        for loss in ('coconut', 'bfs'): descend(c, loss, jitter)
