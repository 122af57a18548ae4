package sim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func mustModel(t testing.TB, symbols int, gain float64, d Dials) *Model {
	t.Helper()
	m, err := NewModel(symbols, gain, d)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// someDials are positions of every dial, alone and together.
var someDials = map[string]Dials{
	"zero":           {},
	"leak":           {Leak: 0.3},
	"coherence":      {Coherence: 0.4, Width: 3, EmbeddingSeed: 5},
	"softmax":        {Softmax: 1, ValueGain: 1.5},
	"mixed":          {Softmax: 0.4, ValueGain: 3},
	"uneven":         {Uneven: 0.4, UnevenSeed: 7},
	"uneven-softmax": {Softmax: 1, ValueGain: 2, Uneven: 0.6, Value: GainValue},
	"normalise":      {Normalise: 0.7},
	"heads":          {Heads: 2},
	"square":         {Square: 0.6},
	"noise":          {Noise: 0.25},
	"gain":           {Value: GainValue},
	"matrix":         {Value: MatrixValue},
	"carry":          {Value: CarryValue},
	"softmax-gain":   {Softmax: 1, ValueGain: 1.2, Value: GainValue},
	"softmax-matrix": {Softmax: 1, ValueGain: 0.8, Value: MatrixValue},
	"all":            {Leak: 0.2, Coherence: 0.3, Width: 4, EmbeddingSeed: 2, Softmax: 0.5, ValueGain: 2, Normalise: 1, Heads: 1, Square: 0.4, Noise: 0.1, Uneven: 0.5},
	"all-carry":      {Leak: 0.2, Coherence: 0.3, Width: 4, EmbeddingSeed: 2, Softmax: 0.5, ValueGain: 2, Normalise: 1, Heads: 1, Square: 0.4, Noise: 0.1, Uneven: 0.5, Value: CarryValue},
	"all-matrix":     {Leak: 0.2, Coherence: 0.3, Width: 4, EmbeddingSeed: 2, Softmax: 0.5, ValueGain: 2, Normalise: 1, Heads: 1, Square: 0.4, Noise: 0.1, Uneven: 0.5, Value: MatrixValue},
}

// At zero dials the compact pass stands for the chain: losses, logits and
// thoughts have the same bits where the names do not change an order.
func TestZeroDialsAreTheCompactForm(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 1))
	compared := 0
	for _, loss := range losses {
		for _, form := range forms {
			for range 40 {
				x := randomCase(t, rng, loss, form)
				slices.Sort(x.label)
				compact := mustModel(t, x.w.symbols, x.gain, Dials{})
				a, err := Evaluate(compact, x.task, x.label, x.w)
				if err != nil {
					t.Fatal(err)
				}
				b, err := Evaluate(compact.EdgeByEdge(), x.task, x.label, x.w)
				if err != nil {
					t.Fatal(err)
				}
				for i, g := range a.Gradient.values {
					if !near(g, b.Gradient.values[i], 1e-3) {
						t.Fatalf("%v %v: derivative %d is %x, want %x", loss, form, i, b.Gradient.values[i], g)
					}
				}
				for v, l := range a.Logits {
					if l != b.Logits[v] {
						t.Fatalf("%v %v: logit %d is %x, want %x", loss, form, v, b.Logits[v], l)
					}
				}
				if a.Loss != b.Loss {
					t.Fatalf("%v %v: loss %x, want %x", loss, form, b.Loss, a.Loss)
				}
				one, err := Think(compact, x.task, x.label, x.w, true)
				if err != nil {
					t.Fatal(err)
				}
				two, err := Think(compact.EdgeByEdge(), x.task, x.label, x.w, true)
				if err != nil {
					t.Fatal(err)
				}
				for i := range one {
					for v := range one[i] {
						if one[i][v] != two[i][v] {
							t.Fatalf("thought %d differs at vertex %d", i, v)
						}
						compared++
					}
				}
			}
		}
	}
	if compared < 1000 {
		t.Fatalf("%d comparisons", compared)
	}
}

func TestDialsAreRefused(t *testing.T) {
	refused := 0
	for name, d := range map[string]Dials{
		"leak above 1":            {Leak: 1.5},
		"leak not a number":       {Leak: math.NaN()},
		"negative noise":          {Noise: -0.1},
		"coherence without width": {Coherence: 0.1},
		"width without coherence": {Width: 3},
		"seed without coherence":  {EmbeddingSeed: 3},
		"softmax without gain":    {Softmax: 0.5},
		"gain without softmax":    {ValueGain: 2},
		"negative heads":          {Heads: -1},
		"infinite power":          {Normalise: math.Inf(1)},
		"negative unevenness":     {Uneven: -1},
		"seed of even scores":     {UnevenSeed: 3},
		"no value map":            {Value: 4},
	} {
		if _, err := NewModel(5, 1, d); err == nil {
			t.Errorf("%s: accepted", name)
		}
		refused++
	}
	if refused != 13 {
		t.Fatalf("%d refusals", refused)
	}
	net := mustModel(t, 10, 1, Dials{Coherence: 0.2, Width: 3})
	tasks := []*Task{mustTask(t, ten(t), 1, Coconut)}
	w := weights(t, Diagonal, 10, 0, 0)
	if _, err := NewTrainer(net, tasks, w, Settings{LearningRate: 0.1}); err == nil {
		t.Error("exact training with coherent embeddings")
	}
	if _, err := NewTrainer(net, tasks, w, Settings{LearningRate: 0.1, Batch: 4}); err != nil {
		t.Error(err)
	}
	if _, err := NewTrainer(mustModel(t, 10, 1, Dials{Value: GainValue}), tasks, w, Settings{LearningRate: 0.1}); err == nil {
		t.Error("weights without the value map that is trained")
	}
	if _, err := NewLabelTrainer(net, [][]*Task{tasks}, w, Settings{LearningRate: 0.1}); err == nil {
		t.Error("labels drawn without samples")
	}
}
