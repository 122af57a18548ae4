package learned

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"muflow/internal/long"
	"muflow/sim"
	"muflow/sim/kernel"
)

// With uneven scores every derivative is that of central differences.
func TestUnevenScoresAgreeWithDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 5))
	c := shapes[2]
	c.Uneven = 0.7
	m := randomModel(t, rng, c)
	samples := randomSamples(rng, c, 2, 2, 1)
	_, _, gradient, err := m.Evaluate(samples, kernel.Portable)
	if err != nil {
		t.Fatal(err)
	}
	scale := 1.0
	for _, g := range gradient {
		scale = max(scale, math.Abs(g))
	}
	p := newPass(m, kernel.Portable)
	for i, g := range gradient {
		moved := func(h float64) float64 {
			kept := m.Theta[i]
			defer func() { m.Theta[i] = kept }()
			m.Theta[i] += h
			return p.forward(samples) / float64(len(samples))
		}
		const h = 1e-5
		if want := (moved(h) - moved(-h)) / (2 * h); math.Abs(g-want) > 3e-7*scale {
			t.Fatalf("derivative %d is %g, want %g", i, g, want)
		}
	}
}

// After GainUntil steps only queries and keys of the later layer move.
func TestGainUntil(t *testing.T) {
	p := tiny(Pair)
	p.GainUntil = 3
	s := openTiny(t, p, 2)
	for range p.GainUntil {
		if err := s.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	before := slices.Clone(s.model.Theta)
	for range 2 {
		if err := s.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	moved := 0
	for i, tensor := range s.model.tensors {
		x, d := s.model.tensor(s.model.Theta, i), s.model.Width
		for j := range x {
			isKey := strings.HasPrefix(tensor.Name, "layer2.keyvalue") && j%(2*d) < d
			may := isKey || strings.HasPrefix(tensor.Name, "layer2.query")
			if changed := x[j] != before[tensor.Offset+j]; changed && !may {
				t.Fatalf("%s moved at %d", tensor.Name, j)
			} else if changed {
				moved++
			}
		}
	}
	if moved < 64 {
		t.Errorf("%d parameters moved", moved)
	}
}

// A network whose gain is trained overshoots: the gap of the first hop falls from
// its peak. With the gain of step 400 it does not.
// theory.md section 7h.
func TestNetworkOvershootsWithItsGain(t *testing.T) {
	if !*long.Tests {
		t.Skip("two trainings of 4800 steps, with -long")
	}
	for _, until := range []int{0, 400} {
		p := PairHop
		p.Label, p.GainUntil = 0, until
		s, err := NewSession(p, sim.Coconut, 3, 0, kernel.Best(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var gaps []float64
		note := func(x sim.Point) error { gaps = append(gaps, *x.Gap[0]); return nil }
		if err := sim.Advance(context.Background(), s, s.Total(), note, nil); err != nil {
			t.Fatal(err)
		}
		end := 0.0
		for _, g := range gaps[len(gaps)-5:] {
			end += g / 5
		}
		if fallen := slices.Max(gaps)-end > 0.25*end; fallen != (until == 0) {
			t.Errorf("gain until %d: peak %g, end %g", until, slices.Max(gaps), end)
		}
	}
}
