package learned

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"muflow/graph"
	"muflow/sim"
	"muflow/sim/kernel"
)

// What attention adds to the readout and all the rest are the logits; the
// attention on the edges of the frontier is counted token by token.
func TestAttentionProbesAgainstTheLogits(t *testing.T) {
	checks := 0
	for _, preset := range []Preset{tiny(Fast), tiny(Pair), tiny(GPT), tiny(Paper)} {
		preset.Config.MLP[1] = false
		s := openTiny(t, preset, 1)
		for range 5 {
			if err := s.Step(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		p, m := s.trainer.workers[0], s.model
		d := m.Width
		for i := range s.held[:10] {
			e := &s.held[i]
			task := s.task(e, i%2)
			samples, label := make([]Sample, 1), Writing{}
			s.preset.Format.sample(&samples[0], e, task, s.symbols, rand.New(sim.Stream(9, 0, i, heldOutStream)), &label)
			p.forward(samples)
			segment := &p.segments[len(p.segments)-1]
			logits := p.rawLogits()
			r := s.read(p, 0, e, task.Hop, &label)
			// The logits without the attention of layer 2, with the norm as it stands.
			middle, output := segment.blocks[1].middle[:d], m.tensor(m.Theta, m.layers[1].output)
			without, mean := make([]float64, d), 0.0
			for j := range without {
				without[j] = float64(middle[j])
				for k, x := range segment.blocks[1].mixed[:d] {
					without[j] -= float64(x) * float64(output[k*d+j])
				}
				mean += without[j] / float64(d)
			}
			var next, others [2]float64 // count, sum of what attention adds
			var powers, sum float64     // of the logits at the next distance: Σ exp, Σ
			for v, distance := range e.distance {
				added := float64(logits[label.Label[v]])
				for j := range without {
					h := (without[j]-mean)*float64(segment.last.inverse[0])*float64(m.tensor(m.Theta, m.gain)[j]) + float64(m.tensor(m.Theta, m.shift)[j])
					added -= h * float64(m.tensor(m.Theta, m.embed)[label.Label[v]*d+j])
				}
				switch {
				case distance == task.Hop+1:
					powers += math.Exp(float64(logits[label.Label[v]]))
					sum += float64(logits[label.Label[v]])
					next[0]++
					next[1] += added
				case distance < 0 || distance > task.Hop+1:
					others[0]++
					others[1] += added
				}
			}
			if want := next[1]/next[0] - others[1]/others[0]; math.Abs(r.added.value()-want) > 1e-4*(1+math.Abs(want)) {
				t.Errorf("%s, sample %d: attention adds %g, want %g", preset.Name, i, r.added.value(), want)
			}
			if want := math.Log(powers/next[0]) - sum/next[0]; math.Abs(r.uneven.value()-want) > 1e-5 {
				t.Errorf("%s, sample %d: unevenness %g, want %g", preset.Name, i, r.uneven.value(), want)
			}
			focus, all, leaving := 0.0, 0.0, 0.0
			for at := range samples[0].Prompt {
				for h := range m.Heads {
					weight := float64(p.attentionOf(1, segment, 0)[h][at]) / float64(m.Heads)
					all += weight
					place := at - s.preset.Format.layout(0).EdgeAt(0)
					edge := place / s.preset.Format.edgeTokens()
					if place >= 0 && !(s.preset.Format.Open && place == 3*len(label.Order)-1) && edge < len(label.Order) && e.distance[e.Graph.Edges()[label.Order[edge]][0]] == task.Hop {
						focus += weight
					}
				}
			}
			for _, edge := range e.Graph.Edges() {
				if e.distance[edge[0]] == task.Hop {
					leaving++
				}
			}
			if math.Abs(r.focus.value()-focus) > 1e-5 || all > 1+1e-5 || focus <= 0 || math.Abs(r.gain.value()-r.added.value()*leaving/focus) > 1e-5*(1+math.Abs(r.gain.value())) {
				t.Errorf("%s, sample %d: attention %g on the frontier, want %g of %g; gain %g", preset.Name, i, r.focus.value(), focus, all, r.gain.value())
			}
			checks++
		}
	}
	if checks != 40 {
		t.Errorf("%d checks", checks)
	}
	if got, ok := Unevenness([]float64{0.4, 0.2}); !ok || math.Abs(got-(math.Log(0.6/2)-(math.Log(0.4)+math.Log(0.2))/2)) > 1e-6 {
		t.Errorf("unevenness %g", got)
	}
	if _, ok := Unevenness(nil); ok {
		t.Error("an unevenness of nothing")
	}
	if _, ok := Deviation([]float64{3}); ok {
		t.Error("a deviation of one number")
	}
	if got, ok := Deviation([]float64{1, 3}); !ok || math.Abs(got-math.Sqrt2) > 1e-12 {
		t.Errorf("deviation %g", got)
	}
}

// What nothing was measured of is not 0 but absent: thoughts and older edges at
// the root, steps that no held-out graph has, and copies of edges that take one
// position.
func TestPointsHoldWhatThereIs(t *testing.T) {
	shape := func(hops, count int) []graph.Instance {
		instances, err := graph.Suite(3, count, graph.Shape{MinVertices: 12, MaxVertices: 12, MinHops: hops, MaxHops: hops}, graph.Generate)
		if err != nil {
			t.Fatal(err)
		}
		return instances
	}
	long, short := shape(3, 18), shape(2, 2)
	instances := slices.Concat(long[:9], short[:1], long[9:], short[1:]) // every tenth is held out
	for _, preset := range []Preset{tiny(Fast), tiny(Pair)} {
		s, err := NewSession(preset, sim.Coconut, 1, 1, kernel.Best(), instances)
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Point(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range [][]*float64{p.Mass, p.Cumulative, p.Hop, p.Within, p.Path, p.Focus, p.Added, p.Gain, p.Uneven} {
			if len(list) != 3 || list[0] == nil || list[1] == nil || list[2] != nil {
				t.Errorf("%s: %v, expected two numbers", preset.Name, list)
			}
		}
		for class := range Classes {
			if (p.Logits[0][class] != nil) != (class != Older) || p.Logits[1][class] == nil || p.Thought[0][class] != nil || p.Thought[1][class] == nil || p.Logits[2][class] != nil {
				t.Errorf("%s: class %d: %v %v", preset.Name, class, p.Logits, p.Thought)
			}
		}
		if (p.Copy == nil) != preset.Format.Pair || p.Copy != nil && !(p.Copy[0] > 0 && p.Copy[1] > 0) {
			t.Errorf("%s: copies %v", preset.Name, p.Copy)
		}
		for stage := range preset.Stages { // of which the third trains a step that no held-out graph has
			s.stage = stage
			p, err := s.Point(t.Context())
			if err != nil || (p.Loss == nil) != (stage == 2) || p.Answer == nil {
				t.Errorf("%s: in stage %d %v, loss %v", preset.Name, stage+1, err, p.Loss)
			}
		}
	}
}
