"""Runs docs/log_gap.py on a model with the interface of HuggingFace's GPT-2, which stands here in 25 lines of PyTorch,
with the weights of ../shared/runs, and compares every gap with the scores of oracle-8.json:

    /usr/bin/python3 tools/reference/loggap.py      # from the project's root; Debian's python3-torch 1.13: the same to 2e-3
"""

import json
import math
import struct
import sys
import types

import torch
from torch.nn.functional import layer_norm

sys.path.insert(0, "docs")
import log_gap

weights, heads = {}, 8
for shard in ("1of2", "2of2"):
    with open(f"../shared/runs/coconut-1-{shard}.safetensors", "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    for name, at in json.loads(data[8:8 + size]).items():
        if name != "__metadata__":
            low, high = (8 + size + x for x in at["data_offsets"])
            tensor = torch.frombuffer(bytearray(data[low:high]), dtype=torch.float16).reshape(at["shape"]).float()
            weights[name.removeprefix("transformer.")] = tensor


def linear(x, name):
    return x @ weights[name + ".weight"] + weights[name + ".bias"]


def norm(x, name):
    return layer_norm(x, x.shape[-1:], weights[name + ".weight"], weights[name + ".bias"])


class Model:
    training = False
    transformer = types.SimpleNamespace(wte=lambda tokens: weights["wte"][tokens])

    def eval(self): pass

    def train(self, mode): pass

    def __call__(self, inputs_embeds, output_attentions, output_hidden_states):
        length = inputs_embeds.shape[1]
        x, attentions = inputs_embeds + weights["wpe"][:length], []
        for layer in ("h.0.", "h.1."):
            q, k, v = (y.reshape(1, length, heads, -1).transpose(1, 2) for y in linear(norm(x, layer + "ln_1"), layer + "attn.c_attn").chunk(3, -1))
            future = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)
            attentions.append((q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).masked_fill(future, -math.inf).softmax(-1))
            x = x + linear((attentions[-1] @ v).transpose(1, 2).reshape(1, length, -1), layer + "attn.c_proj")
            y = linear(norm(x, layer + "ln_2"), layer + "mlp.c_fc")
            x = x + linear(y / 2 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (y + 0.044715 * y**3))), layer + "mlp.c_proj")
        return types.SimpleNamespace(attentions=attentions, hidden_states=[norm(x, "ln_f")])


rows, worst = [], 0
for graph in json.load(open("../shared/runs/oracle-8.json")):
    tokens, bars = graph["tokens"], graph["bar"]
    edges = [(tokens[at - 2], tokens[at - 1]) for at in bars]
    away, queue = {tokens[-1]: 0}, [tokens[-1]]
    for u in queue:
        for a, b in edges:
            if a == u and b not in away:
                away[b] = away[a] + 1
                queue.append(b)
    distance = torch.tensor([away.get(a, math.inf) for a, _ in edges], dtype=torch.float)
    rows.append(log_gap.gaps(Model(), torch.tensor(tokens), torch.tensor(bars), distance, graph["steps"] - 1))
    for c, gap in enumerate(rows[-1]):
        scores = torch.tensor(graph["thoughts"][c]["score2_bar"])
        worst = max(worst, abs(gap - (scores[:, distance == c].mean(1) - scores[:, distance > c].mean(1)).sum().item()))
log_gap.log(sys.stdout, 9800, 1e-4, rows)
print(f"{sum(map(len, rows))} gaps, largest difference {worst:.1g}")
sys.exit(worst > 2e-3)
