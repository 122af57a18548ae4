package learned

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"muflow/sim/kernel"
)

// BenchmarkStep trains on random tokens in the shapes in which PyTorch is
// timed: width, heads, batch, positions, thoughts.
func BenchmarkStep(b *testing.B) {
	for _, s := range [][5]int{{64, 4, 32, 64, 1}, {128, 4, 64, 64, 1}, {256, 8, 64, 100, 2}} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("d%d/heads%d/batch%d/positions%d/thoughts%d/workers%d", s[0], s[1], s[2], s[3], s[4], workers), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, 1))
				const vocabulary = 40
				m, err := NewModel[float32](Config{Vocabulary: vocabulary, Readout: vocabulary, Width: s[0], Heads: s[1], Length: s[3], Absolute: true, MLP: [2]bool{true, true}})
				if err != nil {
					b.Fatal(err)
				}
				m.Draw(rng, 1, 0.25)
				trainer, err := NewTrainer(m, Optimiser{Rate: 1e-4, Decay: 0.01}, kernel.Best(), workers)
				if err != nil {
					b.Fatal(err)
				}
				memory := make([][]Sample, Chunks)
				for i := range memory {
					memory[i] = make([]Sample, s[2]/Chunks)
					for j := range memory[i] {
						x := &memory[i][j]
						for range s[3] - s[4] {
							x.Prompt = append(x.Prompt, Position{int32(rng.IntN(vocabulary)), -1})
						}
						x.Thoughts, x.Targets = s[4], []int32{int32(rng.IntN(vocabulary))}
					}
				}
				for b.Loop() {
					if _, err := trainer.Step(context.Background(), s[2], func(_, _, _ int, _ []Sample) {}, memory); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(s[2]*s[3]*b.N)/b.Elapsed().Seconds(), "tokens/s")
			})
		}
	}
}
