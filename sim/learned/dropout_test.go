package learned

import (
	"math"
	"math/rand/v2"
	"testing"

	"muflow/internal/mutant"
	"muflow/sim/kernel"
)

// noisy gives samples their noise anew.
func noisy(samples []Sample) []Sample {
	for b := range samples {
		samples[b].Noise = rand.NewPCG(7, uint64(b))
	}
	return samples
}

// keeperOf reads off a pass what it kept of a sample.
func keeperOf(p *pass[float64], b int) keeper {
	factor := func(kept bool) float64 {
		if kept {
			return 1 / (1 - p.model.Dropout)
		}
		return 0
	}
	d := p.model.Width
	return func(place, layer, head, i, k int) float64 {
		at := 0
		for at+1 < len(p.segments) && p.segments[at+1].start[b] <= i {
			at++
		}
		s := &p.segments[at]
		row, last := s.from[b]+i-s.start[b], s.from[b+1]-1
		if place == atInput {
			return factor(s.kept[row*d+k])
		}
		if layer == 1 {
			if row != last {
				return 1 // reaches no loss
			}
			row = b
		}
		t := &s.blocks[layer]
		switch place {
		case atMixed:
			return factor(t.keptMixed[row*d+k])
		case atMLP:
			return factor(t.keptMLP[row*d+k])
		}
		out := math.NaN()
		p.eachBlock(layer, s, func(a attentionBlock[float64]) {
			if a.sample == b && a.head == head && i >= a.position && i < a.position+a.count {
				out = factor(t.keptAttention[a.at+(i-a.position)*a.stride+k])
			}
		})
		return out
	}
}

// With the masks that were drawn, loss and every derivative are those of dual
// numbers through a network with these masks, and of central differences.
func TestDropoutAgreesWithDualNumbersAndDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	checks := 0
	for _, kind := range [][2]int{{0, 0}, {2, 1}} {
		c := shapes[2]
		c.Dropout, c.MLP = 0.3, [2]bool{true, true}
		m := randomModel(t, rng, c)
		samples := randomSamples(rng, c, 2, kind[0], kind[1])
		loss, _, gradient, err := m.Evaluate(noisy(samples), kernel.Portable)
		if err != nil {
			t.Fatal(err)
		}
		p := newPass(m, kernel.Portable)
		p.forward(noisy(samples))
		scale := 1.0
		for _, g := range gradient {
			scale = max(scale, math.Abs(g))
		}
		for i := 0; i < len(gradient); i += 3 {
			value, slope := 0.0, 0.0
			for b := range samples {
				p.forward(noisy(samples))
				want, _ := reference{m, i, keeperOf(p, b)}.loss(samples[b : b+1])
				value, slope = value+want.Real/2, slope+want.Emag/2
			}
			moved := func(h float64) float64 {
				kept := m.Theta[i]
				m.Theta[i] += h
				loss := p.forward(noisy(samples)) / 2
				m.Theta[i] = kept
				return loss
			}
			const h = 1e-5
			difference := (moved(h) - moved(-h)) / (2 * h)
			if math.Abs(loss-value) > 1e-12*max(1, value) || math.Abs(gradient[i]-slope) > 1e-11*scale || math.Abs(gradient[i]-difference) > 3e-7*scale {
				t.Fatalf("%v: loss %g, want %g; derivative %d is %g, want %g by dual numbers, %g by differences", kind, loss, value, i, gradient[i], slope, difference)
			}
			checks++
		}
	}
	if checks < 400 {
		t.Errorf("%d checks", checks)
	}
}

// What is kept is kept with the right probability and scaled so that means stay,
// other noise drops other entries, and measures drop nothing.
func TestDropoutIsUnbiased(t *testing.T) {
	c := Config{Vocabulary: 50, Readout: 50, Width: 64, Heads: 4, Length: 60, Absolute: true, MLP: [2]bool{true, true}, Dropout: 0.1}
	rng := rand.New(rand.NewPCG(3, 3))
	m := randomModel(t, rng, c)
	samples := randomSamples(rng, c, 8, 2, 1)
	p := newPass(m, kernel.Portable)
	quiet := p.forward(samples)
	kept := map[string][2]int{}
	p.forward(noisy(samples))
	count := func(name string, list []bool) {
		n := kept[name]
		for _, k := range list {
			n[int(Indicator(k))]++
		}
		kept[name] = n
	}
	for i := range p.segments {
		s := &p.segments[i]
		count("input", s.kept)
		for layer := range s.blocks {
			b := &s.blocks[layer]
			count("mixed", b.keptMixed)
			count("mlp", b.keptMLP)
			p.eachBlock(layer, s, func(a attentionBlock[float64]) {
				for q := range a.count {
					count("attention", b.keptAttention[a.at+q*a.stride:][:a.position+q+1])
				}
			})
		}
	}
	for name, n := range kept {
		total := float64(n[0] + n[1])
		if deviation := (float64(n[0]) - 0.1*total) / math.Sqrt(0.09*total); total < 4000 || math.Abs(deviation) > 4 {
			t.Errorf("%s: dropped %d of %g, %.1f standard errors from a tenth", name, n[0], total, deviation)
		}
	}
	if len(kept) != 4 {
		t.Errorf("dropout at %d places", len(kept))
	}
	for b := range samples {
		samples[b].Noise = nil
	}
	if again := p.forward(samples); again != quiet {
		t.Errorf("loss %g without noise, before %g", again, quiet)
	}
	x := make([]float64, 64*8)
	sum := 0.0
	for round := range 200 {
		for i := range x {
			x[i] = 1
		}
		for b := range samples {
			samples[b].Noise = rand.NewPCG(uint64(round), uint64(b))
		}
		p.drop(nil, x, p.single)
		for _, v := range x {
			sum += v
		}
	}
	n := 200 * float64(len(x))
	if deviation := (sum - n) / math.Sqrt(n*0.1/0.9); math.Abs(deviation) > 4 {
		t.Errorf("a mean of %g, %.1f standard errors from 1", sum/n, deviation)
	}
}

// Without a gradient AdamW shrinks what decays, all parameters or matrices only,
// and leaves the rest.
func TestDecayOfAllParameters(t *testing.T) {
	for _, all := range []bool{false, true} {
		m := randomModel(t, rand.New(rand.NewPCG(1, 1)), shapes[1])
		before := append([]float64(nil), m.Theta...)
		trainer, err := NewTrainer(m, Optimiser{Rate: 0.5, Decay: 0.1, DecayAll: all}, kernel.Portable, 1)
		if err != nil {
			t.Fatal(err)
		}
		trainer.update(make([]float64, m.size))
		for i, tensor := range m.tensors {
			want := 1.0
			if all || tensor.Decay {
				want = 0.95
			}
			for j, x := range m.tensor(m.Theta, i) {
				if was := before[tensor.Offset+j]; math.Abs(x-want*was) > 1e-15*math.Abs(was) {
					t.Fatalf("%s, decay of all %v: %g became %g", tensor.Name, all, was, x)
				}
			}
		}
	}
}

const dropoutRun = "TestDropoutAgreesWithDualNumbersAndDifferences"

// Mistakes in what dropout does to a gradient, each of which is noticed.
var dropoutMistakes = []mutant.Mistake{
	{Name: "scale", File: "dropout.go", Old: "dx[i] *= scale", New: "dx[i] *= 1 + 0*scale", Statement: true, Run: dropoutRun},
	{Name: "attention", File: "attention.go", Old: "p.backDrop(t.keptAttention[a.at+i*a.stride:], row[:end])", New: "_ = row", Statement: true, Run: dropoutRun},
	{Name: "residual", File: "pass.go", Old: "p.dropped(t.keptMLP, dout)", New: "dout", Run: dropoutRun},
}
