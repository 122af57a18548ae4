"""Reads a GPT-2 from safetensors, runs it on graphs with its thoughts fed back, and prints how long that takes and what
comes out: after every thought the gap (attention logits of layer 2 at the edges from vertices reached last, less those at
edges from vertices not reached, summed over the heads) and the logits of the target and the other candidate at the end.
Queries, MLP and scores of layer 2 are computed where a state needs them, keys and values are kept.
The time is the median of the passes, at the better of two sizes of batches: 8, and all.
usage: bench_probe.py --threads N MODEL.safetensors GRAPHS.json"""
import argparse, json, math, struct, time
import torch
from torch.nn.functional import gelu, layer_norm

ap = argparse.ArgumentParser()
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--passes", type=int, default=3)
ap.add_argument("model")
ap.add_argument("graphs")
a = ap.parse_args()
torch.set_num_threads(a.threads)

weights = {}
with open(a.model, "rb") as file:
    data = bytearray(file.read())
size = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8:8 + size])
heads = int(header.pop("__metadata__")["n_head"])
for name, at in header.items():
    low, high = (8 + size + x for x in at["data_offsets"])
    weights[name.replace("transformer.", "")] = torch.frombuffer(data[low:high], dtype=torch.float32).reshape(at["shape"])
wte, wpe = weights["wte.weight"], weights["wpe.weight"]
d = wte.shape[1]


def linear(x, name, low=0, high=None):
    w, b = weights[name + ".weight"][:, low:high], weights[name + ".bias"][low:high]
    return (x.reshape(-1, x.shape[-1]) @ w + b).reshape(*x.shape[:-1], -1)


def norm(x, name):
    return layer_norm(x, (d,), weights[name + ".weight"], weights[name + ".bias"])


def split(x):
    return x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def layer(i, x, cache, last):
    """One layer over positions that follow those in the cache; the scores of the last position too."""
    at = f"h.{i}."
    h = norm(x, at + "ln_1")
    kv = linear(h, at + "attn.c_attn", d)
    k, v = split(kv[..., :d]), split(kv[..., d:])
    if cache is not None:
        k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
    if last:
        h, x = h[:, -1:], x[:, -1:]
    scores = split(linear(h, at + "attn.c_attn", 0, d)) @ k.transpose(-1, -2) / math.sqrt(d // heads)
    n, m = scores.shape[-2:]
    if n > 1:
        scores = scores.masked_fill(torch.ones(n, m, dtype=torch.bool).triu(m - n + 1), -math.inf)
    y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape)
    x = x + linear(y, at + "attn.c_proj")
    x = x + linear(gelu(linear(norm(x, at + "ln_2"), at + "mlp.c_fc"), approximate="tanh"), at + "mlp.c_proj")
    return x, (k, v), scores[:, :, -1].sum(1)


@torch.no_grad()
def read(part, bars, thoughts):
    """Gaps [thought][graph] and the logits at the end [graph]."""
    tokens = lambda key: wte[torch.tensor([g[key] for g in part])]
    away = torch.tensor([g["distance"] for g in part])
    x, at, caches, gaps = tokens("prompt"), 0, [None, None], []
    for c in range(thoughts + 2):
        if c == thoughts + 1:
            x = tokens("suffix")
        x = x + wpe[at:at + x.shape[1]]
        at += x.shape[1]
        x, caches[0], _ = layer(0, x, caches[0], False)
        x, caches[1], scores = layer(1, x, caches[1], True)
        x = norm(x, "ln_f")
        if c < thoughts:
            here, near, far = scores[:, bars], away == c, (away < 0) | (away > c)
            gaps.append((here * near).sum(1) / near.sum(1) - (here * far).sum(1) / far.sum(1))
    return gaps, x[:, -1] @ wte.t()


task = json.load(open(a.graphs))
graphs, bars, thoughts = task["graphs"], torch.tensor(task["bars"]), task["thoughts"]
best = math.inf
for batch in sorted({8, len(graphs)}):
    took = []
    for _ in range(1 + a.passes):  # the first is not counted
        start, gaps, ends = time.perf_counter(), [], []
        for i in range(0, len(graphs), batch):
            part = graphs[i:i + batch]
            g, logits = read(part, bars, thoughts)
            gaps += torch.stack(g, 1).tolist()
            ends += [[row[x["target"]], row[x["other"]]] for row, x in zip(logits.tolist(), part)]
        took.append(time.perf_counter() - start)
    best = min(best, sorted(took[1:])[a.passes // 2])
print("%.6f ms/pass" % (1e3 * best))
print(json.dumps({"gaps": gaps, "ends": ends}))
