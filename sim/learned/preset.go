package learned

import (
	"fmt"

	"muflow/graph"
)

// A Stage is a part of a curriculum.
type Stage struct {
	Hop   int     // thoughts before the trained step; −1 trains the answer
	Steps int     // at most
	Gate  float64 // go on when the accuracy on held-out graphs is at least this; 0 waits for Steps
}

// A Preset is a training of a learned model. Steps that a gated stage did not
// need go to the last stage.
type Preset struct {
	Name       string
	Config     Config // Vocabulary, Readout and Length follow from the data
	Format     Format
	ReadAll    bool   // the softmax runs over all tokens, else over those of the vertices
	Vertices   [2]int // of generated graphs
	Hops       int
	Pool       int
	HeldOut    int
	Batch      int
	Scale      float64 // deviation at the start times √d
	Optimiser  Optimiser
	Reset      bool      // a new optimiser in every stage
	Label      graph.Law // of the Coconut loss
	Cumulative bool      // the BFS set holds all vertices within c+1 hops
	Mixing     float64   // part of the chunks that train an earlier stage
	Stages     []Stage
	Every      int // steps between two points
}

// Total returns the steps of all stages.
func (p *Preset) Total() int {
	total := 0
	for _, s := range p.Stages {
		total += s.Steps
	}
	return total
}

func (p *Preset) check() error {
	if p.Pool < 1 || p.HeldOut < 1 || p.Batch < 1 || p.Every < 1 || len(p.Stages) == 0 || !(p.Scale > 0) || !(p.Mixing >= 0 && p.Mixing <= 1) {
		return fmt.Errorf("preset %s: expected graphs, a batch, stages and a positive scale", p.Name)
	}
	for i, s := range p.Stages {
		if s.Steps < 1 || s.Hop < -1 || s.Hop >= p.Hops {
			return fmt.Errorf("preset %s: stage %d of %d steps at hop %d", p.Name, i+1, s.Steps, s.Hop)
		}
	}
	return nil
}

// Presets lists the learned models.
var Presets = []Preset{Fast, FastHop, Pair, PairHop, GPT, Paper}

// The presets. All read the candidates after the thoughts but GPT and Paper,
// and learn every parameter.
var (
	// Fast has triples of tokens, no MLP in layer 1, and heads that start by
	// looking one and two tokens back.
	Fast = Preset{
		Name:     "fast",
		Config:   Config{Width: 64, Heads: 4, Relative: [2]bool{true, false}, Near: [2]Near{{2, 4}, {1, 4}}, MLP: [2]bool{false, true}},
		Vertices: [2]int{14, 14}, Hops: 3, Pool: 4000, HeldOut: 200, Batch: 32, Scale: 1,
		Optimiser: Optimiser{Rate: 1e-3, WarmUp: 200, Decay: 0.01},
		Mixing:    0.25, Label: graph.FrontierLaw,
		Stages: []Stage{{0, 1400, 0}, {1, 1000, 0}, {2, 800, 0}, {-1, 800, 0}},
		Every:  100,
	}
	// FastHop trains the first hop only, for long.
	FastHop = Fast.but("fast-hop", firstHop)
	// Pair has one position an edge, so that layer 1 has nothing to copy. Its
	// heads start by looking at their own position, which leaves the search to
	// layer 2; otherwise layer 1 searches too.
	Pair = Fast.but("pair", func(p *Preset) {
		p.Config.Near = [2]Near{{0, 4}, {0, 4}}
		p.Format.Pair = true
		p.Stages = []Stage{{0, 1500, 0.95}, {1, 1500, 0.95}, {2, 1500, 0.95}, {-1, 2000, 0}}
	})
	// PairHop trains the first hop only, for long.
	PairHop = Pair.but("pair-hop", firstHop)
	// GPT is a small network of the usual make: absolute positions, an MLP in
	// both layers, the candidates before the thoughts.
	GPT = Fast.but("gpt", func(p *Preset) {
		p.Config = Config{Width: 128, Heads: 4, Absolute: true, MLP: [2]bool{true, true}}
		p.Format, p.ReadAll = Format{Early: true}, true
		p.Pool, p.Batch = 10000, 64
		p.Stages = []Stage{{0, 2000, 0.95}, {1, 1500, 0.95}, {2, 1500, 0.95}, {-1, 2000, 0}}
	})
	// Paper has the size of the published model: 768 dimensions, 8 heads, 14,785
	// graphs, 350 epochs in batches of 256. Two cores need weeks for it.
	Paper = Preset{
		Name:   "paper",
		Config: Config{Width: 768, Heads: 8, Absolute: true, MLP: [2]bool{true, true}},
		Format: Format{Early: true}, ReadAll: true,
		Vertices: [2]int{17, 28}, Hops: 4, Pool: 14785, HeldOut: 257, Batch: 256, Scale: 0.02 * 27.7,
		Optimiser: Optimiser{Rate: 1e-4, Decay: 0.01},
		Mixing:    0.1, Label: graph.PathLaw, Cumulative: true,
		Stages: []Stage{{0, 8700, 0}, {1, 1450, 0}, {2, 1450, 0}, {3, 1450, 0}, {-1, 7163, 0}},
		Every:  10,
	}
)

// but returns the preset with another name and what differs.
func (p Preset) but(name string, change func(p *Preset)) Preset {
	p.Name = name
	change(&p)
	return p
}

func firstHop(p *Preset) { p.Stages, p.Mixing = []Stage{{0, 4800, 0}}, 0 }
