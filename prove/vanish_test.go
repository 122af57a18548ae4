package prove

import (
	"context"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/long"
	"muflow/ode/ball"
	"muflow/theory"
)

// TestVanishingPopulations: drifts that cancel at 0 between instances, though
// none is 0 itself, and such as do not.
func TestVanishingPopulations(t *testing.T) {
	rng := rand.New(rand.NewPCG(91, 1))
	byStart := map[[4]int64]*theory.Profile{}
	cancelled, others, wanted := 0, 0, 3
	if *long.Tests {
		wanted = 8
	}
	for cancelled < wanted {
		p := randomFinite(rng, 4)
		if p.N > 20 {
			continue
		}
		start := p.Start()
		key := [4]int64{int64(p.N), int64(p.K), start.Constant.Int64(), start.Slope.Int64()}
		byStart[key] = p
		mixture := func(weights ...int64) *Mixture {
			x := &Mixture{Weights: weights}
			for _, q := range []*theory.Profile{p, byStart[[4]int64{key[0], key[1], -key[2], -key[3]}]} {
				f, err := q.Family(theory.Coconut, big.NewRat(3, 2))
				if err != nil {
					t.Fatal(err)
				}
				x.Families = append(x.Families, f)
			}
			return x
		}
		if byStart[[4]int64{key[0], key[1], -key[2], -key[3]}] == nil {
			continue
		}
		x := mixture(7, 7)
		theta, err := EncloseEquilibrium(context.Background(), x, 30)
		if err != nil || !theta[0].IsZero() {
			t.Errorf("%v and its opposite: %v, %v", p, theta, err)
		}
		drift, _ := newEquations(x, 600).at([]*ball.Ball{ball.New(600)})
		if !drift[0].ContainsZero() || drift[0].Upper().MantExp(nil) > -500 {
			t.Errorf("%v and its opposite: the drift at 0 is %v", p, drift[0].Mid())
		}
		cancelled++
		x = mixture(7, 8)
		drift, _ = newEquations(x, 600).at([]*ball.Ball{ball.New(600)})
		if drift[0].ContainsZero() || x.vanishesAtZero() {
			t.Errorf("%v and its opposite, with other weights: the drift at 0 is %v, vanishes: %v", p, drift[0].Mid(), x.vanishesAtZero())
		}
		others++
	}
	if others != wanted {
		t.Errorf("%d others", others)
	}
}
