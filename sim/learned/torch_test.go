package learned

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"muflow/sim/kernel"
)

// number is the formula of tools/reference/learned.py, in [−1/2, 1/2).
func number(i, seed int) float64 {
	x := uint32(i)*2654435761 + uint32(seed)*40503 + 12345
	x ^= x >> 15
	x *= 2246822519
	x ^= x >> 13
	return float64(x)/(1<<32) - 0.5
}

func pick(i, seed, n int) int { return int((number(i, seed) + 0.5) * float64(n)) }

type torchCase struct {
	Config struct {
		Name                                      string
		Vocabulary, Readout, Width, Heads, Length int
		Absolute                                  bool
		Relative, MLP                             [2]bool
		Batch, Prompt, Thoughts, Suffix           int
	}
	Logits    []float64
	Loss      float64
	Gradients map[string]struct {
		Norm, Along float64
		First, All  []float64
	}
	Losses []float64
}

func torchModel[F kernel.Float](t *testing.T, x torchCase) (*Model[F], []Sample) {
	t.Helper()
	c := x.Config
	m, err := NewModel[F](Config{Vocabulary: c.Vocabulary, Readout: c.Readout, Width: c.Width, Heads: c.Heads, Length: c.Length, Absolute: c.Absolute, Relative: c.Relative, MLP: c.MLP})
	if err != nil {
		t.Fatal(err)
	}
	for _, tensor := range m.tensors { // gains stand at 1
		scale := 0.5
		if tensor.Decay {
			scale = 2 / math.Sqrt(float64(tensor.Cols))
		}
		for i := tensor.Offset; i < tensor.Offset+tensor.Size(); i++ {
			m.Theta[i] += F(scale * number(i, 1))
		}
	}
	var samples []Sample
	for b := range c.Batch {
		token := func(i int) Position {
			at := Position{int32(pick(1000*b+i, 2, c.Vocabulary)), -1}
			if pick(1000*b+i, 4, 2) > 0 {
				at[1] = int32(pick(1000*b+i, 3, c.Vocabulary))
			}
			return at
		}
		s := Sample{Thoughts: c.Thoughts}
		for i := range c.Prompt - 3*b {
			s.Prompt = append(s.Prompt, token(i))
		}
		for i := range c.Suffix {
			s.Suffix = append(s.Suffix, token(500+i))
		}
		for i := range 1 + b%2 {
			if v := int32(pick(1000*b+i, 5, c.Readout)); !slices.Contains(s.Targets, v) {
				s.Targets = append(s.Targets, v)
			}
		}
		samples = append(samples, s)
	}
	return m, samples
}

// Logits, loss, every gradient tensor and the losses of ten steps of AdamW
// agree with PyTorch 1.13.0 in float64 (tools/reference/learned.py), in float64
// to nearly all digits and in float32 to its own.
func TestModelAgreesWithPyTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/torch.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Program string
		Cases   []torchCase
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	checks := 0
	for _, x := range file.Cases {
		checks += compareWithTorch[float64](t, x, 1e-10)
		checks += compareWithTorch[float32](t, x, 2e-4)
	}
	if len(file.Cases) != 2 || checks < 2*1000 {
		t.Errorf("%d checks of %d cases of %s", checks, len(file.Cases), file.Program)
	}
}

func compareWithTorch[F kernel.Float](t *testing.T, x torchCase, tolerance float64) (checks int) {
	t.Helper()
	m, samples := torchModel[F](t, x)
	near := func(what string, got, want, scale float64) {
		t.Helper()
		if checks++; !(math.Abs(got-want) <= tolerance*max(scale, math.Abs(want))) {
			t.Errorf("%s, %T: %s is %.14g, want %.14g", x.Config.Name, F(0), what, got, want)
		}
	}
	loss, logits, gradient, err := m.Evaluate(samples, kernel.Best())
	if err != nil {
		t.Fatal(err)
	}
	near("loss", loss, x.Loss, 1)
	for i, want := range x.Logits {
		near("logit", float64(logits[i]), want, 1)
	}
	if len(m.tensors) != len(x.Gradients) {
		t.Fatalf("%d tensors, want %d", len(m.tensors), len(x.Gradients))
	}
	for i, tensor := range m.tensors {
		g, want := m.tensor(gradient, i), x.Gradients[tensor.Name]
		norm, along := 0.0, 0.0
		for j, v := range g {
			norm += float64(v) * float64(v)
			along += float64(v) * number(j, 7)
		}
		near("norm of "+tensor.Name, math.Sqrt(norm), want.Norm, 1e-2)
		near("direction of "+tensor.Name, along, want.Along, max(want.Norm, 1e-2))
		for j, v := range want.First {
			near(tensor.Name, float64(g[j]), v, max(want.Norm, 1e-2))
		}
		for j, v := range want.All {
			near(tensor.Name, float64(g[j]), v, max(want.Norm, 1e-2))
		}
	}
	trainer, err := NewTrainer(m, Optimiser{Rate: 1e-3, Decay: 0.01}, kernel.Best(), 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range x.Losses {
		memory := make([][]Sample, chunks)
		for i := range memory {
			memory[i] = make([]Sample, (len(samples)+chunks-1)/chunks)
		}
		got, err := trainer.Step(context.Background(), len(samples), func(_, _, first int, to []Sample) { copy(to, samples[first:]) }, memory)
		if err != nil {
			t.Fatal(err)
		}
		near("loss of a step", got, want, 1)
	}
	return checks
}
