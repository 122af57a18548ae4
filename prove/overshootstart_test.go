package prove

import (
	"context"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/theory"
	"muflow/theory/cert"
)

// tinyStep draws a digraph with few vertices and returns c = 0 or 1 with some label.
func tinyStep(t *testing.T, rng *rand.Rand) (graph.Instance, graph.Step, bool) {
	n := 3 + rng.IntN(4)
	var edges [][2]int
	for u := range n {
		for v := range n {
			if u != v && rng.IntN(3) == 0 {
				edges = append(edges, [2]int{u, v})
			}
		}
	}
	in := instanceOf(t, cert.Graph{Vertices: n, Edges: edges, Step: rng.IntN(2), Vertex: new(rng.IntN(n))})
	s, err := in.Step(len(in.Path) - 2)
	return in, s, err == nil && len(edges) > 0
}

// Where z' = 0 at the start, exact signs say what Runge and Kutta's method on the loss written edge by edge
// shows: μ stays 0, or leaves it to the side of ∂²ℓ/∂μ∂g g'.
func TestStartsWithoutDrift(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 5))
	still, flat, draws, decided, solved := 0, 0, 10_000, 50, 3
	if *long.Tests {
		draws, decided, solved = 60_000, 400, 12
	}
	for range draws {
		in, s, ok := tinyStep(t, rng)
		if !ok {
			continue
		}
		u, err := theory.UnevenOf(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		x := startOfUneven(u)
		p := problem(u)
		if k := rng.IntN(3); k > 0 && u.K == 1 { // exponents that coincide
			p.Gain = big.NewRat(int64(u.Edges), int64(k))
		}
		y := newEdgeFlow(&in, s.C)
		gain, _ := p.Gain.Float64()
		f, h := y.slopes(0, gain)
		if x.stays() {
			if still++; still <= decided {
				for _, g := range []float64{0.5, 2, 7} {
					if f, _ := y.slopes(0, g); f > 1e-12 || f < -1e-12 {
						t.Errorf("%v: μ' = %v", in, f)
					}
				}
				if o, err := DecideOvershoot(context.Background(), p); err != nil || o.Turning != TurnStill {
					t.Errorf("%v: %v, %v", in, o, err)
				}
			}
			continue
		}
		z, g, price, err := x.signs(p.Alpha, p.Gain)
		if err != nil {
			t.Fatal(err)
		}
		if float64(z)*f < 0 || float64(g)*h < -1e-12 || z == 0 && (f > 1e-12 || f < -1e-12) || g == 0 && (h > 1e-12 || h < -1e-12) {
			t.Fatalf("%v: signs %d, %d, slopes %v, %v", in, z, g, f, h)
		}
		if z != 0 {
			continue
		}
		more, _ := y.slopes(0, gain+1e-4)
		if float64(price)*more < -1e-12 {
			t.Errorf("%v: sign %d of ∂²ℓ/∂μ∂g, μ' = %v at a larger gain", in, price, more)
		}
		if side, isFlat, err := p.leaving(); err == nil && isFlat && side != 0 {
			if flat++; flat > solved {
				continue
			}
			o, err := DecideOvershoot(context.Background(), p)
			if err != nil {
				t.Errorf("%v, g = %v: %v", in, p.Gain, err)
				continue
			}
			mu, now := 0.0, gain
			for range 100 {
				a, b := y.slopes(mu, now)
				c, d := y.slopes(mu+0.005*a, now+0.005*b)
				mu, now = mu+0.01*c, now+0.01*d
			}
			if (mu > 0) != o.Rises || (side > 0) != o.Rises {
				t.Errorf("%v: μ(1) = %v, rises %v", in, mu, o.Rises)
			}
		}
	}
	if still < 100 || flat < 3 {
		t.Errorf("%d starts that stay, %d that leave", still, flat)
	}
}
