package sim

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"muflow/graph"
)

// At W = μI + ν(11ᵀ−I) and a uniform thought of K vertices the score of an edge
// is (μ + (K−1)ν)/√K from inside N_c and Kν/√K from outside, so the gap is
// (μ−ν)/√K at every step. The masses are those of reference logits.
func TestMeasuresMatchTheirDefinitions(t *testing.T) {
	generated, err := graph.Generate(rand.New(rand.NewPCG(1, 1)), graph.Shape{MinVertices: 12, MaxVertices: 12, MinHops: 3, MaxHops: 3})
	if err != nil {
		t.Fatal(err)
	}
	net, err := NewModel(12, 2, Dials{})
	if err != nil {
		t.Fatal(err)
	}
	gaps, missing := 0, 0
	for _, in := range []*graph.Instance{ten(t), &generated} {
		g, err := newGauge(net, []graph.Instance{*in}, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, scores := range [][2]float64{{0, 0}, {1.5, -0.25}, {-2, 0.5}} {
			w := weights(t, Full, 12, scores[0], scores[1])
			m := g.measure(w)
			if len(m.Gap) != in.Steps() || len(m.Mass) != in.Steps() || len(m.Cumulative) != in.Steps() || m.Answer != nil {
				t.Fatalf("%+v", m)
			}
			for c := range in.Steps() {
				r := newReference(in, c, CoconutBFS)
				logits, _ := r.eval(in, CoconutBFS, 2, identity(in.Graph.Order()), w, -1)
				now, next := r.within(in.Root, c), r.within(in.Root, c+1)
				total, inside, newest := 0.0, 0.0, 0.0
				for v, x := range logits {
					total += math.Exp(x)
					if next[v] {
						inside += math.Exp(x)
						if !now[v] {
							newest += math.Exp(x)
						}
					}
				}
				if !near(*m.Mass[c], newest/total, 1) || !near(*m.Cumulative[c], inside/total, 1) {
					t.Errorf("step %d: %+v, want mass %g, cumulative %g", c, m, newest/total, inside/total)
				}
				outside, gap, before := false, (scores[0]-scores[1])/math.Sqrt(float64(len(now))), map[int]bool{}
				if c > 0 {
					before = r.within(in.Root, c-1)
				}
				from := [3]float64{} // edges from the newest frontier, from older vertices, from outside
				for _, e := range in.Graph.Edges() {
					outside = outside || !now[e[0]]
					switch {
					case !now[e[0]]:
						from[2]++
					case before[e[0]]:
						from[1]++
					default:
						from[0]++
					}
				}
				// A uniform thought scores all of N_c alike.
				if all := from[1] + from[2]; from[0] > 0 && (all > 0) != (m.GapAll[c] != nil) || all > 0 && from[0] > 0 && !near(*m.GapAll[c], gap*from[2]/all, 4) {
					t.Errorf("step %d: gap %v to all others, want %g of %g", c, m.GapAll[c], from[2]/all, gap)
				}
				switch {
				case !outside && m.Gap[c] == nil:
					missing++
				case !outside || m.Gap[c] == nil || !near(*m.Gap[c], gap, 4):
					t.Errorf("step %d: gap %v, want %g", c, m.Gap[c], gap)
				default:
					gaps++
				}
			}
		}
	}
	if gaps != 12 || missing != 3 {
		t.Errorf("%d gaps, %d steps without one", gaps, missing)
	}
}

// Only the first pair of logits puts the reachable candidate before the other
// candidate and before the vertices that are reached but no candidates.
func TestAnswersAreCounted(t *testing.T) {
	net, err := NewModel(12, 2, Dials{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := newGauge(net, []graph.Instance{*ten(t), *four(t)}, false)
	if err != nil {
		t.Fatal(err)
	}
	w := weights(t, Diagonal, 12, 1, 0)
	for _, answer := range []struct{ carry, lift, want float64 }{{1, 2, 1}, {-1, 2, 0}, {2, -1, 0}} {
		if err := w.SetAnswer(answer.carry, answer.lift); err != nil {
			t.Fatal(err)
		}
		if m := g.measure(w); m.Answer == nil || *m.Answer != answer.want {
			t.Errorf("logits %+v: %+v", answer, m.Answer)
		}
	}
}

func TestRunMeasures(t *testing.T) {
	preset := TheoryDiagonal
	preset.StageSteps, preset.Batch, preset.Every = []int{30}, 4, 30
	s, err := NewSession(preset, Coconut, 1, 0, []graph.Instance{*ten(t), *four(t)})
	if err != nil {
		t.Fatal(err)
	}
	points := 0
	if err := Advance(context.Background(), s, s.Total(), func(p Point) error {
		if points++; len(p.Mass) != 2 || (p.Answer != nil) != (p.Step == s.Total()) {
			t.Errorf("%+v", p)
		}
		return nil
	}, nil); err != nil || points != 4 {
		t.Fatalf("%d points, %v", points, err)
	}
}
