package learned

import (
	"context"
	"math"
	"slices"
	"testing"

	"muflow/graph"
	"muflow/sim"
	"muflow/sim/kernel"
)

// An epoch goes once through the training graphs, its last batch is what is
// left, and a sample is at the step of the stage, at its answer if it has no
// such step, or with the probability of mixing at any of these up to there.
func TestPublishedSamples(t *testing.T) {
	preset := tiny(Paper)
	preset.Pool, preset.Batch = 101, 32
	s, err := NewSession(preset, sim.Coconut, 5, 1, kernel.Best(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.epoch != 4 || s.Total() != 4*(2+3+1+2) {
		t.Fatalf("%d steps an epoch, %d in all", s.epoch, s.Total())
	}
	counts := map[[3]int]int{} // hop of the stage, steps of the graph, hop
	var w Writing
	for stage, hop := range []int{0, 1, 3, 4} {
		s.stage = stage
		for epoch := range 60 {
			s.shuffle(epoch + 1)
			var seen []int
			for step := range s.epoch {
				samples := make([]Sample, min(32, 101-32*step))
				s.drawPublished(epoch*s.epoch+step, 0, 0, samples, &w)
				for i := range samples {
					e := &s.pool[s.order[32*step+i]]
					seen = append(seen, s.order[32*step+i])
					x := &samples[i]
					at := x.Thoughts
					if len(x.Suffix) == 1 && at != e.Steps() || len(x.Suffix) == 0 && at >= e.Steps() || len(x.Suffix) > 1 || len(x.Targets) != 1 {
						t.Fatalf("%d thoughts, suffix of %d, %d targets in a graph of %d steps", at, len(x.Suffix), len(x.Targets), e.Steps())
					}
					counts[[3]int{hop, e.Steps(), at}]++
				}
			}
			if slices.Sort(seen); len(seen) != 101 || len(slices.Compact(seen)) != 101 {
				t.Fatalf("an epoch of %d graphs", len(seen))
			}
		}
	}
	checks := 0
	for _, hop := range []int{0, 1, 3, 4} {
		for steps := 3; steps <= 4; steps++ {
			last, total := min(hop, steps), 0.0
			for at := range last + 1 {
				total += float64(counts[[3]int{hop, steps, at}])
			}
			for at := range last + 1 {
				want := 0.1 / float64(last+1)
				if at == last {
					want += 0.9
				}
				got := float64(counts[[3]int{hop, steps, at}])
				if deviation := math.Abs(got - want*total); total < 1000 || deviation > 4*math.Sqrt(total*want*(1-want))+1e-9 {
					t.Errorf("stage %d, %d steps: %g of %g samples after %d thoughts, want a share of %g", hop, steps, got, total, at, want)
				}
				checks++
			}
		}
	}
	if checks != 2*(1+2)+4+4+4+5 {
		t.Errorf("%d checks", checks)
	}
}

// The start is that of GPT-2: 0.02 everywhere, 0.01 for the matrices that end in
// the residual stream, 0 for biases and shifts, 1 for gains.
func TestPaperStartsLikeGPT2(t *testing.T) {
	preset := Paper
	preset.Pool, preset.HeldOut, preset.Batch = 40, 20, 8
	p, err := NewPlan(preset, sim.Coconut, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := p.preset.Config; c.Vocabulary != 40 || c.Readout != 40 || c.Length != 1024 {
		t.Errorf("%+v", c)
	}
	preset.Config.Width, preset.Config.Heads, preset.Scale = 96, 8, 0.02*math.Sqrt(96)
	s, err := NewSession(preset, sim.Coconut, 1, 1, kernel.Best(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, tensor := range s.model.tensors {
		var mean, square float64
		x := s.model.tensor(s.model.Theta, i)
		for _, v := range x {
			mean += float64(v) / float64(len(x))
			square += float64(v) * float64(v) / float64(len(x))
		}
		deviation, want, centre := math.Sqrt(square-mean*mean), 0.02, 0.0
		switch name := tensor.Name; {
		case slices.Contains([]string{"layer1.output", "layer2.output", "layer1.down", "layer2.down"}, name):
			want = 0.01
		case tensor.Rows == 1:
			want = 0
			if i == s.model.gain || i == s.model.layers[0].gain1 || i == s.model.layers[1].gain1 || i == s.model.layers[0].gain2 || i == s.model.layers[1].gain2 {
				centre = 1
			}
		}
		if math.Abs(mean-centre) > 1e-6+5*want/math.Sqrt(float64(len(x))) || math.Abs(deviation-want) > 1e-6+5*want/math.Sqrt(2*float64(len(x))) {
			t.Errorf("%s: mean %g, deviation %g, want %g and %g", tensor.Name, mean, deviation, centre, want)
		}
	}
	if got := preset.Optimiser; !got.DecayAll {
		t.Error("weight decay on matrices only")
	}
	if deviation := Paper.Scale / math.Sqrt(float64(Paper.Config.Width)); math.Abs(deviation-0.02) > 1e-15 {
		t.Errorf("deviation %g", deviation)
	}
}

// With the published loss of BFS a step asks for all within reach, root
// included, and the answer for one vertex.
func TestPublishedSearchSets(t *testing.T) {
	preset := tiny(Paper)
	s, err := NewSession(preset, sim.CoconutBFS, 2, 1, kernel.Best(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.stage = 3
	s.shuffle(1)
	samples := make([]Sample, 30)
	var w Writing
	answers := 0
	s.drawPublished(0, 0, 0, samples, &w)
	for i := range samples {
		e, x := &s.pool[s.order[i]], &samples[i]
		want := 1
		if len(x.Suffix) == 0 {
			want = 0
			for _, in := range e.Reached(x.Thoughts + 1) {
				want += int(Indicator(in))
			}
		} else {
			answers++
		}
		if len(x.Targets) != want {
			t.Errorf("%d targets after %d thoughts, want %d", len(x.Targets), x.Thoughts, want)
		}
	}
	if answers < 20 || answers == 30 {
		t.Errorf("%d answers of 30", answers)
	}
	if err := s.Step(context.Background()); err != nil {
		t.Error(err)
	}
}

// Labels of the shortest law lie on shortest paths.
func TestShortestLabels(t *testing.T) {
	instances, err := graph.Suite(4, 30, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	several := 0
	for i, e := range examplesOf(instances, graph.ShortestLaw) {
		for c, labels := range e.labels {
			if !slices.Contains(labels, e.Path[c+1]) {
				t.Errorf("instance %d: labels %v at step %d, path %v", i, labels, c, e.Path)
			}
			for _, v := range labels {
				if e.Graph.Distances(v)[e.Target] != e.Steps()-c-1 || e.distance[v] != c+1 {
					t.Errorf("instance %d: label %d at step %d", i, v, c)
				}
			}
			several += int(Indicator(len(labels) > 1))
		}
	}
	if several < 5 {
		t.Errorf("%d steps with several labels", several)
	}
}
