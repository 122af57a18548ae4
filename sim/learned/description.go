package learned

import (
	"fmt"
	"math"
	"slices"

	"muflow/graph"
	"muflow/sim"
)

// Settings returns all that the training depends on, but for the data that it
// was given and the kernel of matrices.
func (p *Plan) Settings() sim.Description {
	out := append(p.modelSettings(), p.tokenSettings()...)
	out = append(out, p.taskSettings()...)
	return append(out, p.trainingSettings()...)
}

func (p *Plan) modelSettings() sim.Description {
	c := p.preset.Config
	attention, mlp := make([]string, c.depth()), make([]int, c.depth())
	for i := range attention {
		if attention[i] = "softmax"; in(c.Linear, i) {
			attention[i] = "linear"
		}
		if in(c.MLP, i) {
			mlp[i] = 4 * c.Width
		}
	}
	positions := "none but by the mask"
	switch {
	case c.Absolute && c.Relative != [2]bool{}:
		positions = "learned embeddings, and a learned bias for each head and offset"
	case c.Absolute:
		positions = "learned embeddings"
	case c.Relative == [2]bool{true, false}:
		positions = "a learned bias for each head and offset in layer 1"
	case c.Relative == [2]bool{false, true}:
		positions = "a learned bias for each head and offset in the layers after layer 1"
	case c.Relative != [2]bool{}:
		positions = "a learned bias for each head and offset"
	}
	return sim.Description{
		{Name: "model", Value: "a decoder of the make of GPT-2, readout tied to the embedding"}, {Name: "layers", Value: c.depth()}, {Name: "width", Value: c.Width},
		{Name: "heads", Value: c.Heads}, {Name: "attention", Value: attention}, {Name: "mlp_width", Value: mlp},
		{Name: "activation", Value: "GELU by its tanh formula"}, {Name: "norm", Value: fmt.Sprintf("before attention and MLP and at the end, epsilon %g", normEpsilon)},
		{Name: "positions", Value: positions}, {Name: "length", Value: c.Length}, {Name: "vocabulary", Value: c.Vocabulary}, {Name: "read_out", Value: c.Readout},
		{Name: "parameters", Value: c.layout().size}, {Name: "thoughts", Value: "the last hidden state, after the last norm, with derivatives through it"},
	}
}

func (p *Plan) tokenSettings() sim.Description {
	f := p.preset.Format
	edges, question, start := "s t | … s t |", " [Q] a b", ""
	switch {
	case f.Pair:
		edges = "(s t) … (s t), an edge a position"
	case f.Published && f.Open:
		edges = "s t | … | s t"
	}
	if f.Published {
		start = "<eos> "
	}
	layout := start + edges + question + " [R] r, thoughts, [A]"
	if !f.Early && !f.Published {
		layout = start + edges + " [R] r, thoughts," + question + " [A]"
	}
	names := "those of the data"
	switch {
	case f.Names == OrderedNames:
		names = "in an order in which every edge leads upwards"
	case f.Names == FreshNames && f.Published:
		names = "fresh in every sample, a permutation of 0 … n−1"
	case f.Names == FreshNames:
		names = fmt.Sprintf("fresh in every sample, from %d tokens of vertices", p.Layout().Vertices)
	}
	return sim.Description{{Name: "layout", Value: layout}, {Name: "names", Value: f.Names.String()}, {Name: "names_are", Value: names},
		{Name: "order", Value: "of edges and candidates fresh in every sample"}}
}

func (p *Plan) taskSettings() sim.Description {
	loss := sim.Coconut
	if p.search {
		loss = sim.CoconutBFS
	}
	out := sim.Description{{Name: "loss", Value: loss.String()}, {Name: "softmax_over", Value: fmt.Sprint(p.preset.Config.Readout, " tokens")}}
	switch {
	case !p.search:
		out = append(out, sim.Setting{Name: "label", Value: p.preset.Label})
	case p.preset.Cumulative:
		out = append(out, sim.Setting{Name: "target_set", Value: "all within c+1 hops, the root too"})
	default:
		out = append(out, sim.Setting{Name: "target_set", Value: "all at distance c+1"})
	}
	answer := "not trained"
	if slices.ContainsFunc(p.preset.Stages, func(s Stage) bool { return s.Hop < 0 }) {
		answer = fmt.Sprintf("a stage of its own, after %d thoughts", p.hops)
	}
	sampling := "a graph is drawn for every sample"
	mixing := "of the chunks train an earlier stage"
	if p.preset.Published {
		answer = "staged: trained by an instance whose steps are fewer than the stage asks for, after as many thoughts as it has steps"
		sampling = fmt.Sprintf("an epoch of %d steps goes once through the training graphs in a fresh order", p.epoch)
		mixing = "of the samples train any step up to that of the stage"
	}
	var stages sim.StageSettings
	for _, s := range p.preset.Stages {
		stages = append(stages, sim.StageSetting{Thoughts: s.Hop, Steps: s.Steps, Epochs: s.Epochs, Gate: s.Gate})
	}
	return append(out, sim.Description{{Name: "answer", Value: answer}, {Name: "schedule", Value: stages}, {Name: "steps", Value: p.preset.Total()},
		{Name: "sampling", Value: sampling}, {Name: "mixing", Value: p.preset.Mixing}, {Name: "mixing_is", Value: mixing}}...)
}

func (p *Plan) trainingSettings() sim.Description {
	o, c := p.preset.Optimiser, p.preset.Config
	name, decayed := fmt.Sprintf("AdamW, beta %g and %g, epsilon %g", adamFirst, adamSecond, adamEpsilon), "matrices and embeddings of tokens"
	if o.Plain {
		name = "plain gradient descent"
	}
	if o.DecayAll {
		decayed = "all parameters"
	}
	deviation := p.preset.Scale / math.Sqrt(float64(c.Width))
	rounded := func(x float64) float64 { return math.Round(x*1e6) / 1e6 }
	out := sim.Description{
		{Name: "optimiser", Value: name}, {Name: "rate", Value: o.Rate}, {Name: "warm_up", Value: o.WarmUp}, {Name: "weight_decay", Value: o.Decay}, {Name: "decayed", Value: decayed},
		{Name: "new_optimiser_every_stage", Value: p.preset.Reset}, {Name: "batch", Value: p.preset.Batch},
		{Name: "dropout", Value: c.Dropout}, {Name: "uneven_scores", Value: c.Uneven}, {Name: "gain_until", Value: p.preset.GainUntil},
		{Name: "start_deviation", Value: rounded(deviation)}, {Name: "start_deviation_residual", Value: rounded(deviation / math.Sqrt(float64(2*c.depth())))},
	}
	if c.Absolute {
		out = append(out, sim.Setting{Name: "start_deviation_positions", Value: rounded(deviation * p.preset.Positions)})
	}
	for i, which := range []string{"even", "odd"} {
		if near := c.Near[i]; near.Bias != 0 {
			out = append(out, sim.Setting{Name: "start_bias_" + which + "_heads", Value: fmt.Sprintf("%+g at offset %d in layer 1", near.Bias, near.Offset)})
		}
	}
	graphs := "given, every tenth held out"
	switch {
	case p.given && len(p.pool) == len(p.held):
		graphs = "given, all trained on and measured on"
	case !p.given:
		shape := p.preset.Shape
		if graphs = "graph.Generate"; p.preset.ProsQA {
			graphs = "graph.GenerateProsQA"
		}
		graphs += fmt.Sprintf(", %d to %d vertices, %d to %d hops", shape.MinVertices, shape.MaxVertices, shape.MinHops, shape.MaxHops)
	}
	return append(out, sim.Description{{Name: "graphs", Value: graphs}, {Name: "training_graphs", Value: len(p.pool)}, {Name: "held_out_graphs", Value: len(p.held)},
		{Name: "points_every", Value: p.preset.Every}, {Name: "seed", Value: p.seed}, {Name: "precision", Value: "float32"}}...)
}

// A Difference is something in which a training differs from the published one.
type Difference struct {
	What      string `json:"what"`
	Published string `json:"published"`
	Here      string `json:"here"`
	Reason    string `json:"reason"`
}

// Differences lists what differs from the published training, for presets that
// are made after it.
func (p *Plan) Differences() (out []Difference) {
	if !p.preset.Published {
		return nil
	}
	add := func(differs bool, what string, published, here any, reason string) {
		if x, y := fmt.Sprint(published), fmt.Sprint(here); differs && x != y {
			out = append(out, Difference{what, x, y, reason})
		}
	}
	q, c, o := &p.preset, p.preset.Config, p.preset.Optimiser
	files := fmt.Sprintf("files of %d and %d graphs", Paper.Pool, Paper.HeldOut)
	add(!p.given, "graphs", files, fmt.Sprintf("%d and %d of graph.GenerateProsQA", len(p.pool), len(p.held)),
		"the training file is not part of this program; the generator meets the marginals of the validation file (theory.md, section 10), and --data reads files")
	add(p.given, "graphs", files, fmt.Sprintf("%d of the data, %d held out", len(p.pool), len(p.held)),
		"one file is read: every tenth graph is held out, all are both if there are fewer than 20")
	const smaller = "a smaller preset, which two cores can train"
	add(true, "width", Paper.Config.Width, c.Width, smaller)
	add(true, "heads", Paper.Config.Heads, c.Heads, smaller)
	add(true, "positions", Paper.Config.Length, c.Length, smaller)
	start := func(q *Preset) string {
		deviation := q.Scale / math.Sqrt(float64(q.Config.Width))
		return fmt.Sprintf("deviation %.4g, of positions %.4g", deviation, deviation*q.Positions)
	}
	add(true, "start", start(&Paper), start(q), smaller)
	add(true, "rate", Paper.Optimiser.Rate, o.Rate, smaller)
	add(true, "warm-up", Paper.Optimiser.WarmUp, o.WarmUp, smaller)
	add(true, "dropout", Paper.Config.Dropout, c.Dropout, smaller)
	add(!p.given, "vertices", fmt.Sprint(Paper.Shape.MinVertices, " to ", Paper.Shape.MaxVertices), fmt.Sprint(q.Shape.MinVertices, " to ", q.Shape.MaxVertices), smaller)
	add(!p.given, "steps of a graph", fmt.Sprint(Paper.Shape.MinHops, " to ", Paper.Shape.MaxHops), fmt.Sprint(q.Shape.MinHops, " to ", q.Shape.MaxHops), smaller)
	add(true, "batch", Paper.Batch, q.Batch, "chosen by the schedule or the preset: the code takes 256 on each of two GPUs")
	add(true, "schedule", stageTexts(Schedules[0].Stages), stageTexts(q.Stages), "chosen by the schedule or the preset: the code's is 100 + 50 epochs a stage, in which run.py counts the stages from epoch 100 on and so trains the first one for 150")
	add(!p.search, "label", graph.ShortestLaw, q.Label, "asked for")
	add(true, "names", FreshNames, q.Format.Names, "asked for: args/coconut_standard.yaml has shuffle_nodes: True")
	add(len(p.pool)%2 == 1, "odd graph of an epoch", "trained on twice", "once", "PyTorch's DistributedSampler fills up the share of the second GPU")
	add(true, "random numbers", "Python's and PyTorch's", "ChaCha8 by seed, step and sample", "names, orders, mixing, dropout and the start are other draws of the same laws")
	add(true, "arithmetic", "float32, PyTorch 2.5.1 on two GPUs", "float32 on processors, sums in a fixed order", "results have the same bytes for any number of workers")
	add(true, "series", "every epoch: loss, accuracy, answers on the validation file", fmt.Sprintf("every %d steps: the numbers of the theory on held-out graphs", q.Every), "what is measured changes nothing of the training")
	return out
}

func stageTexts(stages []Stage) (text string) {
	for _, s := range stages {
		if text != "" {
			text += " + "
		}
		if s.Epochs > 0 {
			text += fmt.Sprint(s.Epochs)
		} else {
			text += fmt.Sprint(s.Steps, " steps")
		}
	}
	return text + " epochs"
}
