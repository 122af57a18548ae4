package hunt

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/graph"
	"muflow/theory"
)

// Descent with walk weights is that of a plain loop over walks and edges in float64.
func TestWalkDescent(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 8))
	checks := 0
	for checks < 60 {
		in := graph.DrawInstance(rng, 50, graph.ProsQAShape)
		if in.Graph == nil {
			continue
		}
		c := rng.IntN(len(in.Path) - 1)
		s, err := in.Step(c)
		if err != nil {
			continue
		}
		logit, eta, k := big.NewRat(int64(1+rng.IntN(5)), 3), big.NewRat(int64(1+rng.IntN(40)), 2), 1+rng.IntN(8)
		for loss, bfs := range map[theory.Loss]bool{theory.Coconut: false, theory.CoconutBFS: true} {
			number, _ := logit.Float64()
			step, _ := eta.Float64()
			n := in.Graph.Order()
			w := make([]float64, n)
			w[in.Root] = 1
			for range c {
				next := append([]float64(nil), w...)
				for _, e := range in.Graph.Edges() {
					next[e[1]] += number * w[e[0]]
				}
				w = next
			}
			d, norm := make([]float64, n), 0.0
			for v := range w {
				norm += w[v] * w[v]
			}
			for _, e := range in.Graph.Edges() {
				d[e[1]] += w[e[0]]
			}
			mu, sigma := 0.0, 1/math.Sqrt(norm)
			for range k {
				total, sum, next, inner := 0.0, 0.0, 0.0, 0.0
				for v := range w {
					e := math.Exp(sigma * (w[v] + mu*d[v]))
					total, sum = total+e, sum+e*d[v]
					if w[v] > 0 || d[v] > 0 {
						next, inner = next+e, inner+e*d[v]
					}
				}
				aim := d[in.Path[c+1]]
				if bfs {
					aim = inner / next
				}
				mu += step * sigma / float64(n) * (aim - sum/total)
			}
			if math.Abs(mu*sigma) > 100 {
				continue
			}
			x, err := theory.WalkStepOf(s, []*big.Rat{logit, logit, logit, logit, logit, logit}[:c])
			if err != nil {
				t.Fatal(err)
			}
			parameters := map[string]*big.Rat{"alpha": big.NewRat(1, 1), "logit": logit, "eta": eta, "k": big.NewRat(int64(k), 1)}
			world := newWorld(context.Background(), &Case{Instances: []graph.Instance{in}, Step: c, Parameters: parameters}, loss, 200, true)
			got, err := (&side{world: world, seen: &seen{step: s}}).walkDescent(x)
			if err != nil {
				t.Fatal(err)
			}
			if value, _ := got.Mid().Float64(); math.Abs(value-mu) > 1e-9*(1+math.Abs(mu)) {
				t.Errorf("%v, c = %d, %v: %v, want %v", in, c, loss, value, mu)
			}
			checks++
		}
	}
}
