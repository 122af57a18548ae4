package learned

import (
	"fmt"

	"muflow/graph"
)

// A Stage is a part of a curriculum.
type Stage struct {
	Hop    int     // thoughts before the trained step; −1 trains the answer
	Steps  int     // at most
	Gate   float64 // go on when the accuracy on held-out graphs is at least this; 0 waits for Steps
	Epochs int     // in place of Steps: as often is every training graph trained on
}

// A Preset is a training of a learned model. Steps that a gated stage did not
// need go to the last stage.
type Preset struct {
	Name       string
	Config     Config // Vocabulary and Readout follow from the data, Length if they need more
	Format     Format
	ReadAll    bool        // the softmax runs over all tokens, else over those of the vertices
	Shape      graph.Shape // of generated graphs
	ProsQA     bool        // they are like those of ProsQA
	Pool       int
	HeldOut    int
	Batch      int
	Scale      float64 // deviation at the start times √d
	Positions  float64 // deviation of the embeddings of positions at the start, over that of the others
	Optimiser  Optimiser
	GainUntil  int       // after so many steps only queries and keys of the later layers are trained; 0: all to the end
	Reset      bool      // a new optimiser in every stage
	Label      graph.Law // of the Coconut loss
	Cumulative bool      // the BFS set holds all vertices within c+1 hops
	Mixing     float64   // part of the chunks that train an earlier stage
	// Published draws samples as the published code does: every epoch goes once
	// through the training graphs in a fresh order, each at the step of the stage,
	// or at its answer, after as many thoughts as it has steps, where it has no such
	// step, or with the probability Mixing at any of these up to there. The answer is
	// then the stage whose Hop is the number of steps.
	Published bool
	Scheduled bool // batch and stages are those of Schedules[0], and others may be asked for
	Stages    []Stage
	Every     int // steps between two points
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
	if p.Pool < 1 || p.HeldOut < 1 || p.Batch < 1 || p.Every < 1 || len(p.Stages) == 0 || !(p.Scale > 0) || !(p.Positions >= 0) || !(p.Mixing >= 0 && p.Mixing <= 1) || p.GainUntil < 0 {
		return fmt.Errorf("preset %s: expected graphs, a batch, stages and a positive scale", p.Name)
	}
	if f := p.Format; f.Published && (f.Pair || f.Early) || f.Open && !f.Published {
		return fmt.Errorf("preset %s: a published layout is neither of pairs nor early, and no other is open", p.Name)
	}
	if p.Config.Layers == 1 {
		return fmt.Errorf("preset %s: a model of one layer, expected at least two: the second one is measured", p.Name)
	}
	least, most := -1, p.Shape.MaxHops-1
	if p.Published {
		least, most = 0, p.Shape.MaxHops
	}
	for i, s := range p.Stages {
		if s.Steps < 1 == (s.Epochs < 1) || s.Hop < least || s.Hop > most {
			return fmt.Errorf("preset %s: stage %d of %d steps or %d epochs at hop %d", p.Name, i+1, s.Steps, s.Epochs, s.Hop)
		}
	}
	return nil
}

// Presets lists the learned models.
var Presets = []Preset{Fast, FastHop, Pair, PairHop, GPT, Paper, PaperSmall}

// The presets. All read the candidates after the thoughts but GPT and Paper,
// and learn every parameter.
var (
	// Fast has triples of tokens, no MLP in layer 1, and heads that start by
	// looking one and two tokens back.
	Fast = Preset{
		Name:   "fast",
		Config: Config{Width: 64, Heads: 4, Relative: [2]bool{true, false}, Near: [2]Near{{2, 4}, {1, 4}}, MLP: [2]bool{false, true}},
		Shape:  graph.Shape{MinVertices: 14, MaxVertices: 14, MinHops: 3, MaxHops: 3}, Pool: 4000, HeldOut: 200, Batch: 32, Scale: 1, Positions: 0.25,
		Optimiser: Optimiser{Rate: 1e-3, WarmUp: 200, Decay: 0.01},
		Mixing:    0.25, Label: graph.FrontierLaw,
		Stages: []Stage{{Hop: 0, Steps: 1400}, {Hop: 1, Steps: 1000}, {Hop: 2, Steps: 800}, {Hop: -1, Steps: 800}},
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
		p.Stages = []Stage{{Hop: 0, Steps: 1500, Gate: 0.95}, {Hop: 1, Steps: 1500, Gate: 0.95}, {Hop: 2, Steps: 1500, Gate: 0.95}, {Hop: -1, Steps: 2000}}
	})
	// PairHop trains the first hop only, for long.
	PairHop = Pair.but("pair-hop", firstHop)
	// GPT is a small network of the usual make: absolute positions, an MLP in
	// both layers, the candidates before the thoughts.
	GPT = Fast.but("gpt", func(p *Preset) {
		p.Config = Config{Width: 128, Heads: 4, Absolute: true, MLP: [2]bool{true, true}}
		p.Format, p.ReadAll = Format{Early: true}, true
		p.Pool, p.Batch = 10000, 64
		p.Stages = []Stage{{Hop: 0, Steps: 2000, Gate: 0.95}, {Hop: 1, Steps: 1500, Gate: 0.95}, {Hop: 2, Steps: 1500, Gate: 0.95}, {Hop: -1, Steps: 2000}}
	})
)

// but returns the preset with another name and what differs.
func (p Preset) but(name string, change func(p *Preset)) Preset {
	p.Name = name
	change(&p)
	return p
}

func firstHop(p *Preset) { p.Stages, p.Mixing = []Stage{{Hop: 0, Steps: 4800}}, 0 }
