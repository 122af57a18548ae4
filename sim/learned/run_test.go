package learned

import (
	"math/rand/v2"
	"slices"
	"testing"

	"muflow/sim/kernel"
)

// A run computes what training computes, state by state, and its own thought
// put in the place of itself changes nothing.
func TestRunIsTheForwardOfTraining(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for _, c := range []Config{
		{Vocabulary: 9, Readout: 9, Width: 8, Heads: 2, Length: 12, Absolute: true, MLP: [2]bool{true, true}},
		{Vocabulary: 9, Readout: 7, Width: 8, Heads: 4, Length: 12, Layers: 4, Relative: [2]bool{true, true}, MLP: [2]bool{true, true}},
	} {
		m, err := NewModel[float32](c)
		if err != nil {
			t.Fatal(err)
		}
		m.Draw(rng, 2, 1)
		const thoughts = 3
		samples := randomSamples(rng, c, 5, thoughts, 1)
		run, p := NewRun(m, kernel.Portable), newPass(m, kernel.Portable)
		if err := run.Forward(samples); err != nil {
			t.Fatal(err)
		}
		for b := range samples {
			soft := slices.Clone(run.Logits(thoughts+1, b))
			entropyLoss(soft, samples[b].Targets)
			p.forward(samples)
			if !slices.Equal(soft, p.logits[b*m.Readout:][:m.Readout]) {
				t.Errorf("sample %d: other logits after the suffix", b)
			}
		}
		for state := range thoughts + 1 {
			short := slices.Clone(samples)
			for b := range short {
				short[b].Thoughts, short[b].Suffix = state, nil
			}
			p.forward(short)
			for b := range short {
				if got, want := run.Hidden(state, b), p.segments[state].hidden[b*m.Width:][:m.Width]; !slices.Equal(got, want) {
					t.Errorf("state %d of sample %d differs", state, b)
				}
			}
		}
		before := slices.Clone(run.Hidden(1, 2))
		var same [][]float32
		for b := range samples {
			same = append(same, slices.Clone(run.Hidden(0, b)))
		}
		run.Think(same)
		if !slices.Equal(before, run.Hidden(1, 2)) {
			t.Error("the same thought gives another state")
		}
		same[2][0]++
		run.Think(same)
		if slices.Equal(before, run.Hidden(1, 2)) {
			t.Error("another thought gives the same state")
		}
	}
	m, err := NewModel[float32](Config{Vocabulary: 4, Readout: 4, Width: 4, Heads: 1, Length: 3, Absolute: true})
	if err != nil {
		t.Fatal(err)
	}
	run := NewRun(m, kernel.Portable)
	for what, s := range map[string]Sample{"a token too high": {Prompt: []Position{{4, -1}}}, "a prompt too long": {Prompt: make([]Position, 4)}, "nothing": {}} {
		if run.Forward([]Sample{s}) == nil {
			t.Errorf("%s was taken", what)
		}
	}
}
