package learned

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"muflow/sim/kernel"
)

// The yardstick of speed, bench/peers/bench_gpt.py, computes the same logits,
// loss and gradients from the same parameters (tools/reference/gpt.py).
func TestModelIsThatOfTheYardstick(t *testing.T) {
	text, err := os.ReadFile("testdata/gpt.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Case torchCase }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if checks := compareWithYardstick[float64](t, file.Case, 1e-10) + compareWithYardstick[float32](t, file.Case, 2e-4); checks != 2*(1+3*11+32*6) {
		t.Errorf("%d checks", checks)
	}
}

func compareWithYardstick[F kernel.Float](t *testing.T, x torchCase, tolerance float64) (checks int) {
	t.Helper()
	near := func(what string, got, want, scale float64) {
		t.Helper()
		if checks++; !(math.Abs(got-want) <= tolerance*max(scale, math.Abs(want))) {
			t.Errorf("%T: %s is %.14g, want %.14g", F(0), what, got, want)
		}
	}
	m, samples := torchModel[F](t, x)
	for b := range samples {
		s := Sample{Thoughts: x.Config.Thoughts, Targets: []int32{int32(pick(1000*b, 5, x.Config.Vocabulary))}}
		for i := range x.Config.Prompt {
			s.Prompt = append(s.Prompt, Position{int32(pick(1000*b+i, 2, x.Config.Vocabulary)), -1})
		}
		samples[b] = s
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
		want := x.Gradients[tensor.Name]
		g, scale := m.tensor(gradient, i), max(want.Norm, 1e-2)
		got := describe(g)
		near("norm of "+tensor.Name, got.Norm, want.Norm, 1e-2)
		near("direction of "+tensor.Name, got.Along, want.Along, scale)
		for j, v := range want.First {
			near(tensor.Name, float64(g[j]), v, scale)
		}
	}
	return checks
}
