package checkpoint

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"muflow/sim/learned"
)

// What is written is read back to the bit, for any number of layers, and what is
// not of this make is refused.
func TestWrittenModelsAreReadBack(t *testing.T) {
	c := learned.Config{Vocabulary: 40, Readout: 40, Width: 12, Heads: 3, Length: 50, Absolute: true, MLP: [2]bool{true, true}}
	for _, layers := range []int{0, 1, 3} {
		c.Layers = layers
		m, err := learned.NewModel[float32](c)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, uint64(layers)))
		for i := range m.Theta {
			m.Theta[i] = float32(rng.NormFloat64())
		}
		var out bytes.Buffer
		if err := Save(&out, m, 17); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "model.safetensors")
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		sources, err := Find([]string{file})
		if err != nil || len(sources) != 1 {
			t.Fatalf("%d sources, %v", len(sources), err)
		}
		got, err := sources[0].Read(0)
		if err != nil {
			t.Fatal(err)
		}
		if got.Step != 17 || got.Model.Heads != 3 || !slices.Equal(got.Model.Theta, m.Theta) {
			t.Errorf("%d layers: step %d, %d heads, the same weights: %v", layers, got.Step, got.Model.Heads, slices.Equal(got.Model.Theta, m.Theta))
		}
	}
	c.Relative[0] = true
	m, err := learned.NewModel[float32](c)
	if err != nil {
		t.Fatal(err)
	}
	if err := Save(new(bytes.Buffer), m, 0); err == nil || Savable(m) {
		t.Error("a model with relative biases is written")
	}
}
