package proptest

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/graph"
	"muflow/sim"
	"muflow/theory"
)

// Without the average over relabellings, assumption A4: in the transformer,
// trained on one instance under its own names, the logit of every source of N_c
// moves for ever to the side that A4-signs says, also where one logit for all
// would be bounded; all others stay. Along the direction θ̂ of largest margin the
// logits grow by ‖θ̂‖·log 6/(αs) when the time is six times as long (A4-growth).
func TestLogitsOfVerticesDiverge(t *testing.T) {
	rng := rand.New(rand.NewPCG(uint64(seed), 4))
	shown, bounded := 0, 0
	for shown < scaled(6) {
		in := graph.DrawInstance(rng, 100, graph.ProsQAShape)
		for _, s := range graph.StepsOf([]graph.Instance{in}, -1) {
			sources := theory.Sources(s)
			family, err := theory.VertexFamily(s, theory.Coconut, big.NewRat(1, 1), sources)
			if err != nil {
				t.Fatal(err)
			}
			growth, err := family.Growth()
			if err != nil {
				t.Fatal(err)
			}
			shown++
			if theory.ProfileOf(s).Certify(theory.Coconut).Limit() == theory.FiniteLimit {
				bounded++
			}
			k := 0
			for _, inside := range s.Set() {
				if inside {
					k++
				}
			}
			at := ownLogits(t, &in, s, sources)
			moved, square := 0.0, 0.0
			for i, q := range growth.Levels[0].Direction {
				x, _ := q.Float64()
				moved += x * (at[1][i] - at[0][i])
				square += x * x
			}
			ratio := moved / (math.Sqrt(float64(k)) * square * math.Log(6))
			if math.Abs(ratio-1) > 0.2 {
				t.Errorf("step %d: along the largest margin %g of log 6", s.C, ratio)
			}
		}
	}
	if bounded == 0 && !testing.Short() {
		t.Error("no step with a bounded shared logit")
	}
}

// ownLogits trains one instance under its own names, and returns the logits of
// the sources after 2,000 and 12,000 steps of size 1.
func ownLogits(t *testing.T, in *graph.Instance, s graph.Step, sources []int) (at [2][]float64) {
	t.Helper()
	n := in.Graph.Order()
	task, err := sim.NewTask(in, s.C, sim.Coconut)
	if err != nil {
		t.Fatal(err)
	}
	net, err := sim.NewModel(n, 1, sim.Dials{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := sim.NewWeights(sim.Diagonal, n)
	if err != nil {
		t.Fatal(err)
	}
	side := make([]float64, n) // −1, 0, 1
	for _, u := range sources {
		side[u] = -1
		if in.Graph.HasEdge(u, s.Target()) {
			side[u] = 1
		}
	}
	for step := 1; step <= 12000; step++ {
		e, err := sim.Evaluate(net, task, nil, w)
		if err != nil {
			t.Fatal(err)
		}
		for u, g := range e.Gradient.Values()[:n] { // behind it are those of the prediction stage
			if moves := -g * side[u]; moves < 0 || (moves == 0) != (side[u] == 0) || side[u] == 0 && g != 0 {
				t.Fatalf("step %d of the path: μ_%d moves by %g in training step %d, expected the sign %g", s.C, u, -g, step, side[u])
			}
			w.Values()[u] -= g
		}
		if step == 2000 || step == 12000 {
			values := make([]float64, len(sources))
			for i, u := range sources {
				values[i] = w.Values()[u]
			}
			at[step/12000] = values
		}
	}
	return at
}
