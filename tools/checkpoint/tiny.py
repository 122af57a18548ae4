#!/usr/bin/env python3
"""Writes a tiny GPT-2 as safetensors and what it computes.

    python3 tools/checkpoint/tiny.py internal/checkpoint/testdata

writes tiny-1of2.safetensors, tiny-2of2.safetensors (float16) and tiny.json, the
logits, attention scores of every layer and hidden states after 0...c thoughts in
float64 from these float16 weights. It needs nothing but Python, shares no code
with the program, and computes the model as its definition reads: every position
anew for every thought, one number at a time.
"""
import json
import math
import os
import struct
import sys

V, D, H, L, N = 40, 16, 2, 3, 64  # tokens, width, heads, layers, positions
START, BAR, Q, R, A = 38, 34, 35, 36, 37

# s t of every edge, candidates in their order, root, thoughts
GRAPHS = [
    ([(1, 3), (0, 2), (3, 5), (2, 4), (1, 4), (5, 6)], (6, 2), 1, 3),
    ([(0, 2), (2, 4), (1, 3), (0, 3), (3, 6), (4, 7), (1, 5), (2, 6)], (5, 7), 0, 3),
    ([(2, 3), (1, 2), (0, 4), (3, 7), (1, 6), (6, 7), (7, 8), (4, 5), (6, 9)], (8, 5), 1, 4),
]


def numbers(seed):
    """Normal numbers from a linear congruential generator and Box-Muller."""
    state = seed
    while True:
        pair = []
        for _ in range(2):
            state = (6364136223846793005 * state + 1442695040888963407) % 2**64
            pair.append(((state >> 11) + 0.5) / 2**53)
        yield math.sqrt(-2 * math.log(pair[0])) * math.cos(2 * math.pi * pair[1])


def half(x):
    return struct.unpack("<e", struct.pack("<e", x))[0]


def draw():
    source = numbers(20260923365)

    def tensor(shape, scale, center=0.0):
        count = math.prod(shape)
        return shape, [half(center + scale * next(source)) for _ in range(count)]

    w = {"wte": tensor((V, D), 1.0), "wpe": tensor((N, D), 0.5)}
    for i in range(L):
        h = "h.%d." % i
        w[h + "ln_1.weight"], w[h + "ln_1.bias"] = tensor((D,), 0.2, 1.0), tensor((D,), 0.1)
        w[h + "attn.c_attn.weight"], w[h + "attn.c_attn.bias"] = tensor((D, 3 * D), 0.35), tensor((3 * D,), 0.1)
        w[h + "attn.c_proj.weight"], w[h + "attn.c_proj.bias"] = tensor((D, D), 0.3), tensor((D,), 0.1)
        w[h + "ln_2.weight"], w[h + "ln_2.bias"] = tensor((D,), 0.2, 1.0), tensor((D,), 0.1)
        w[h + "mlp.c_fc.weight"], w[h + "mlp.c_fc.bias"] = tensor((D, 4 * D), 0.3), tensor((4 * D,), 0.1)
        w[h + "mlp.c_proj.weight"], w[h + "mlp.c_proj.bias"] = tensor((4 * D, D), 0.2), tensor((D,), 0.1)
    w["ln_f.weight"], w["ln_f.bias"] = tensor((D,), 0.3, 1.2), tensor((D,), 0.1)
    return w


def write(name, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for key, (shape, values) in tensors.items():
        part = struct.pack("<%de" % len(values), *values)
        header["transformer." + key] = {"dtype": "F16", "shape": list(shape), "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(name, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


class Model:
    def __init__(self, w):
        self.w = w

    def row(self, name, i):
        (_, d), x = self.w[name]
        return x[i * d:(i + 1) * d]

    def linear(self, x, name):
        (rows, columns), w = self.w[name + ".weight"]
        return [b + sum(x[p] * w[p * columns + j] for p in range(rows)) for j, b in enumerate(self.w[name + ".bias"][1])]

    def norm(self, x, name):
        mean = sum(x) / len(x)
        variance = sum((v - mean) ** 2 for v in x) / len(x)
        gain, shift = self.w[name + ".weight"][1], self.w[name + ".bias"][1]
        return [g * (v - mean) / math.sqrt(variance + 1e-5) + b for v, g, b in zip(x, gain, shift)]

    def layer(self, i, rows):
        """The rows after layer i, and the scores of the last of them by head."""
        name, width = "h.%d." % i, D // H
        qkv = [self.linear(self.norm(x, name + "ln_1"), name + "attn.c_attn") for x in rows]
        out, scores = [], None
        for at, x in enumerate(rows):
            mixed, scores = [], []
            for h in range(H):
                q = qkv[at][h * width:(h + 1) * width]
                z = [sum(a * b for a, b in zip(q, qkv[j][D + h * width:D + (h + 1) * width])) / math.sqrt(width) for j in range(at + 1)]
                top = max(z)
                e = [math.exp(v - top) for v in z]
                total = sum(e)
                mixed += [sum(e[j] / total * qkv[j][2 * D + h * width + k] for j in range(at + 1)) for k in range(width)]
                scores.append(z)
            x = [a + b for a, b in zip(x, self.linear(mixed, name + "attn.c_proj"))]
            up = self.linear(self.norm(x, name + "ln_2"), name + "mlp.c_fc")
            act = [0.5 * v * (1 + math.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3))) for v in up]
            out.append([a + b for a, b in zip(x, self.linear(act, name + "mlp.c_proj"))])
        return out, scores

    def run(self, inputs):
        """Hidden state, logits and scores by layer at the last position."""
        rows = [[a + b for a, b in zip(x, self.row("wpe", at))] for at, x in enumerate(inputs)]
        scores = []
        for i in range(L):
            rows, z = self.layer(i, rows)
            scores.append(z)
        hidden = self.norm(rows[-1], "ln_f")
        logits = [sum(a * b for a, b in zip(hidden, self.row("wte", v))) for v in range(V)]
        return hidden, logits, scores


def main(folder):
    w = draw()
    first = {k: x for k, x in w.items() if not k.startswith("h.1.") and not k.startswith("h.2.")}
    second = {k: x for k, x in w.items() if k not in first}
    metadata = {"format": "pt", "n_head": str(H), "n_layer": str(L), "step": "700"}
    write(os.path.join(folder, "tiny-1of2.safetensors"), first, metadata)
    write(os.path.join(folder, "tiny-2of2.safetensors"), second, metadata)
    model, out = Model(w), []
    for graph, (edges, (a, b), root, steps) in enumerate(GRAPHS):
        tokens = [START]
        for s, t in edges:
            tokens += [s, t, BAR]
        bar = [i for i, token in enumerate(tokens) if token == BAR]
        tokens += [Q, a, b, R, root]
        inputs = [model.row("wte", token) for token in tokens]
        thoughts = []
        for c in range(steps + 1):
            hidden, logits, scores = model.run(inputs)
            rounded = [[[round(z[j], 7) for j in bar] for z in layer] for layer in scores]
            thoughts.append({"c": c, "logits": [round(x, 7) for x in logits], "scores_bar": rounded, "hidden8": [round(x, 7) for x in hidden[:8]]})
            inputs.append(hidden)
        _, answer, _ = model.run(inputs[:len(tokens) + steps] + [model.row("wte", A)])
        out.append({"graph": graph, "tokens": tokens, "edges": len(edges), "steps": steps, "bar": bar, "thoughts": thoughts, "answer_logits": [round(x, 7) for x in answer]})
    with open(os.path.join(folder, "tiny.json"), "w") as f:
        f.write("[" + ",\n".join(json.dumps(x, separators=(",", ":")) for x in out) + "]\n")


if __name__ == "__main__":
    main(sys.argv[1])
