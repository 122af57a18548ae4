package learned

import "muflow/graph"

// Paper is the published training (https://github.com/Ber666/emergence-of-superposition
// of arXiv 2509.23365, commit 39381c0, args/coconut_standard.yaml), as far as it
// can be made here: see Differences. Two cores need weeks for it.
//
// The batch is 256 on each of two GPUs. The first stage lasts 150 epochs:
// run.py counts the stages after it from epoch 100 on, so that (epoch − 100)/50
// is 0 up to epoch 149. Its optimiser is not reset after the first epoch, as
// the stage is compared with (epoch − 1)/50. Weight decay is on all parameters,
// dropout at the four places of GPT-2; with shuffle_nodes names are permuted anew
// among those of the graph.
var Paper = Preset{
	Name:   "paper",
	Config: Config{Width: 768, Heads: 8, Length: 1024, Absolute: true, MLP: [2]bool{true, true}, Dropout: 0.1},
	Format: Format{Published: true, Open: true}, ReadAll: true,
	Shape: graph.ProsQAShape, ProsQA: true, Pool: 14785, HeldOut: 257, Batch: 512, Scale: gpt2Deviation * 27.712812921102035, Positions: 1,
	Optimiser: Optimiser{Rate: 1e-4, Decay: 0.01, DecayAll: true},
	Mixing:    0.1, Label: graph.ShortestLaw, Cumulative: true,
	Published: true, Scheduled: true, Stages: Schedules[0].Stages,
	Every: 29,
}

// gpt2Deviation is initializer_range of GPT-2; see Draw.
const gpt2Deviation = 0.02

// A Schedule is one of the curricula that are said to be published.
type Schedule struct {
	Name   string
	Batch  int
	Stages []Stage
}

// Schedules are those of the published code and, as its readers report it, of
// the paper: 150 epochs and then 25 a stage, to 350 in all. Whether the paper
// counts its batch on one GPU or on both is not known to us; here it is 256.
var Schedules = []Schedule{
	{"code", 512, []Stage{{Hop: 0, Epochs: 150}, {Hop: 1, Epochs: 50}, {Hop: 2, Epochs: 50}, {Hop: 3, Epochs: 50}, {Hop: 4, Epochs: 50}}},
	{"paper", 256, []Stage{{Hop: 0, Epochs: 150}, {Hop: 1, Epochs: 25}, {Hop: 2, Epochs: 25}, {Hop: 3, Epochs: 25}, {Hop: 4, Epochs: 125}}},
}

// PaperSmall is Paper for two cores: a twelfth of the width, smaller graphs and
// batches, a larger start and rate, no dropout.
var PaperSmall = Paper.but("paper-small", func(p *Preset) {
	p.Config.Width, p.Config.Heads, p.Config.Length, p.Config.Dropout = 64, 4, 0, 0
	p.Scale, p.Positions = 1, 0.25
	p.Shape = graph.Shape{MinVertices: 10, MaxVertices: 12, MinHops: 2, MaxHops: 3}
	p.Pool, p.HeldOut, p.Batch = 3000, 200, 32
	p.Optimiser.Rate, p.Optimiser.WarmUp = 1e-3, 200
	p.Scheduled, p.Every = false, 94
	p.Stages = []Stage{{Hop: 0, Epochs: 35}, {Hop: 1, Epochs: 10}, {Hop: 2, Epochs: 10}, {Hop: 3, Epochs: 15}}
})
