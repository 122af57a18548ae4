import json, torch

@torch.no_grad()
def gaps(model, prompt, bars, distance, thoughts, layer=1):  # one graph: token ids, places of "|", distance of each edge's source from the root (inf: unreachable)
    x, out, was = model.transformer.wte(prompt[None]), [], model.training
    model.eval()
    for c in range(thoughts + 1):
        run = model(inputs_embeds=x, output_attentions=True, output_hidden_states=True)
        a = run.attentions[layer][0, :, -1, bars].float().log()  # heads × edges; the softmax's own constant cancels below
        out.append((a[:, distance == c].mean(1) - a[:, distance > c].mean(1)).sum().item())  # frontier minus unreached
        x = torch.cat([x, run.hidden_states[-1][:, -1:]], 1)  # the thought is the next embedding
    model.train(was)
    return out

def log(file, step, lr, rows):  # rows: gaps(...) of each probe graph, as many thoughts as it has steps
    mean = [sum(r[c] for r in rows if len(r) > c) / sum(len(r) > c for r in rows) for c in range(max(map(len, rows)))]
    file.write(json.dumps({"step": step, "lr": lr, "gap": mean}) + "\n")
