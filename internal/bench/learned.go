package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"muflow/sim/kernel"
	"muflow/sim/learned"
)

// A shape is the size of a learned transformer and of its batch, as
// bench_gpt.py takes it.
type shape struct{ width, heads, batch, positions, thoughts int }

// vocabulary is the number of tokens of bench_gpt.py.
const vocabulary = 40

var shapes = []shape{{128, 4, 64, 64, 1}, {256, 8, 64, 100, 2}}

// threadCounts are one, and as many as there are processors.
func threadCounts() []int {
	if all := runtime.NumCPU(); all > 1 {
		return []int{1, all}
	}
	return []int{1}
}

// besides is what keeps PyTorch, oneDNN and OpenBLAS to the vector unit of a
// kernel of ours, and how they are then called.
func besides(k *kernel.Kernel) (name string, environment []string) {
	if k.Name() == "avx2" {
		return "PyTorch on AVX2", []string{"ATEN_CPU_CAPABILITY=avx2", "ONEDNN_MAX_CPU_ISA=AVX2", "OPENBLAS_CORETYPE=Haswell"}
	}
	return "PyTorch", nil
}

// learnedTasks puts a step of training by a kernel beside that of PyTorch, both
// with one thread, and both with at most as many as there are processors. That
// both compute the same, a test holds (sim/learned/testdata/gpt.json).
func learnedTasks(peers Peers, k *kernel.Kernel) []Task {
	var tasks []Task
	name, environment := besides(k)
	for _, s := range shapes {
		for _, workers := range threadCounts() {
			steps, rounds := "5", 3 // odd: of an even number the script takes the larger middle
			if s.width > 128 {
				steps, rounds = "3", 2
			}
			tasks = append(tasks, Task{
				Name: fmt.Sprintf("learned transformer, %v, %s, threads: %d", s, k.Name(), workers), Goal: 0.7, Rounds: rounds,
				Work: float64(s.batch * s.positions), Unit: "tokens",
				Count: s.operations() / float64(workers), Peak: kernelPeak(k),
				Ours: s.step(workers, k),
				Peer: peers.Torch(name, "bench_gpt.py", "ms/step", 1e-3, workers, environment, "--mode", "last", "--d", fmt.Sprint(s.width),
					"--H", fmt.Sprint(s.heads), "--B", fmt.Sprint(s.batch), "--S", fmt.Sprint(s.positions), "--c", fmt.Sprint(s.thoughts), "--steps", steps, "--warm", "1"),
			})
		}
	}
	return tasks
}

func (s shape) String() string {
	return fmt.Sprintf("d=%d, %d×%d tokens, thoughts: %d", s.width, s.batch, s.positions, s.thoughts)
}

// config is the model of bench_gpt.py.
func (s shape) config() learned.Config {
	return learned.Config{Vocabulary: vocabulary, Readout: vocabulary, Width: s.width, Heads: s.heads, Length: s.positions, Absolute: true, MLP: [2]bool{true, true}}
}

// operations counts the multiplications and additions of the products of
// matrices in one step. A product of m×k by k×n has 2mkn, and the backward pass
// has two products for each of the forward pass. Of a score matrix only what
// lies on and below the diagonal is counted, and of layer 2 only the queries
// that the loss needs.
func (s shape) operations() float64 {
	d, all, last := float64(s.width), float64(s.positions), float64(1+s.thoughts)
	prompt := all - float64(s.thoughts)
	layer1 := 2*12*d*d*all + 4*d*all*(all+1)/2 // query, key, value, output, MLP; scores and their sums of values
	layer2 := 2*2*d*d*all + 2*10*d*d*last + 4*d*(prompt+all)/2*last
	return 3 * float64(s.batch) * (layer1 + layer2 + 2*d*vocabulary)
}

// step returns what measures the median time of a step of AdamW on random
// tokens.
func (s shape) step(workers int, k *kernel.Kernel) func(context.Context) (float64, error) {
	var step func(context.Context) error
	return func(ctx context.Context) (float64, error) {
		if step == nil {
			var err error
			if step, err = s.trainer(workers, k); err != nil {
				return 0, err
			}
			if _, err := medianOf(ctx, 0, 2, step); err != nil { // not counted
				return 0, err
			}
		}
		return medianOf(ctx, 600*time.Millisecond, 3, step)
	}
}

// trainer returns a function that does one step.
func (s shape) trainer(workers int, k *kernel.Kernel) (func(context.Context) error, error) {
	model, err := learned.NewModel[float32](s.config())
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	model.Draw(rng, 1, 0.25)
	trainer, err := learned.NewTrainer(model, learned.Optimiser{Rate: 1e-4, Decay: 0.01}, k, workers)
	if err != nil {
		return nil, err
	}
	memory := make([][]learned.Sample, learned.Chunks)
	for i := range memory {
		memory[i] = make([]learned.Sample, (s.batch+learned.Chunks-1)/learned.Chunks)
		for j := range memory[i] {
			x := &memory[i][j]
			for range s.positions - s.thoughts {
				x.Prompt = append(x.Prompt, learned.Position{int32(rng.IntN(vocabulary)), -1})
			}
			x.Thoughts, x.Targets = s.thoughts, []int32{int32(rng.IntN(vocabulary))}
		}
	}
	return func(ctx context.Context) error {
		_, err := trainer.Step(ctx, s.batch, func(_, _, _ int, _ []learned.Sample) {}, memory)
		return err
	}, nil
}

// medianOf returns the median time on the wall of runs that go on until the
// budget is used up, at least so many of them.
func medianOf(ctx context.Context, budget time.Duration, least int, run func(context.Context) error) (float64, error) {
	var took []float64
	for begin := time.Now(); len(took) < least || time.Since(begin) < budget; {
		start := time.Now()
		if err := run(ctx); err != nil {
			return 0, err
		}
		took = append(took, time.Since(start).Seconds())
	}
	return median(took), nil
}
