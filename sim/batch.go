package sim

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// A batch adds up losses and gradients of many samples. They are cut into
// chunks by their number alone, each chunk is added up in order by one worker,
// and the chunks in order at the end, so the sum has the same bits for any
// number of workers.
type batch struct {
	net      Network
	tasks    []*Task
	thoughts Thoughts
	workers  []*worker
	chunks   []chunk
}

// A worker has the memory that a sample needs.
type worker struct {
	pass   pass
	source *rand.ChaCha8
	rng    *rand.Rand
	pool   []int
	label  []int
	buffer [][]float64
}

type chunk struct {
	loss     float64
	gradient *Weights
}

const (
	chunkSize = 8  // samples in a chunk, at least
	chunkMost = 64 // chunks, at most
)

func newBatch(net Network, tasks []*Task, thoughts Thoughts, workers int) *batch {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	b := &batch{net: net, tasks: tasks, thoughts: thoughts}
	for range min(workers, chunkMost) {
		source := rand.NewChaCha8([32]byte{})
		b.workers = append(b.workers, &worker{pass: net.newPass(), source: source, rng: rand.New(source), pool: make([]int, net.Symbols())})
	}
	return b
}

// sum adds up count samples into gradient, which it clears first, and returns
// the sum of the losses. Sample i is what choose makes of it for a worker: a
// task and the labels of its vertices.
func (b *batch) sum(ctx context.Context, count int, w, gradient *Weights, choose func(i int, k *worker) (*Task, []int)) (float64, error) {
	size := max(chunkSize, (count+chunkMost-1)/chunkMost)
	chunks := (count + size - 1) / size
	for len(b.chunks) < chunks {
		b.chunks = append(b.chunks, chunk{gradient: w.Clone()})
	}
	err := InChunks(ctx, min(len(b.workers), chunks), chunks, func(worker, i int) {
		k, c := b.workers[worker], &b.chunks[i]
		c.loss = 0
		clear(c.gradient.values)
		for j := i * size; j < min(count, (i+1)*size); j++ {
			t, label := choose(j, k)
			c.loss += b.sample(k, t, label, w, c.gradient)
		}
	})
	if err != nil {
		return 0, err
	}
	clear(gradient.values)
	loss := 0.0
	for i := range chunks {
		loss += b.chunks[i].loss
		for j, x := range b.chunks[i].gradient.values {
			gradient.values[j] += x
		}
	}
	return loss, nil
}

// InChunks calls work for each chunk 0…chunks−1 once, on the given number of
// goroutines; worker says which of them it is. It returns the error of ctx, and
// then some chunks may be missing.
func InChunks(ctx context.Context, workers, chunks int, work func(worker, chunk int)) error {
	var next atomic.Int64
	run := func(worker int) {
		for {
			i := int(next.Add(1)) - 1
			if i >= chunks || ctx.Err() != nil {
				return
			}
			work(worker, i)
		}
	}
	var group sync.WaitGroup
	for worker := 1; worker < workers; worker++ {
		group.Go(func() { run(worker) })
	}
	run(0)
	group.Wait()
	return ctx.Err()
}

func (b *batch) sample(k *worker, t *Task, label []int, w, gradient *Weights) float64 {
	thoughts := t.thoughts
	if b.thoughts != Superposition {
		k.buffer = generate(k.pass, t, t.step, b.thoughts, label, w, k.buffer)
		thoughts = k.buffer
	}
	loss := k.pass.forward(t, thoughts, label, w)
	k.pass.backward(t, thoughts, label, w, 1, gradient)
	return loss
}

// relabelled chooses sample i of a step: a task of the data set and names for
// its vertices, each uniformly at random.
func (b *batch) relabelled(seed uint64, step, i int, k *worker) (*Task, []int) {
	k.source.Seed(streamKey(seed, step, i, sampleStream))
	t := b.tasks[k.rng.IntN(len(b.tasks))]
	k.label = resize(k.label, t.order)
	drawLabel(k.rng, k.label, k.pool)
	return t, k.label
}

// plain chooses task i with its vertices called by their own numbers.
func (b *batch) plain(i int, k *worker) (*Task, []int) {
	t := b.tasks[i]
	k.label = resize(k.label, t.order)
	for v := range k.label {
		k.label[v] = v
	}
	return t, k.label
}

// mean returns the loss over all tasks, with their vertices called by their
// own numbers, and leaves its gradient.
func (b *batch) mean(ctx context.Context, w, gradient *Weights) (float64, error) {
	loss, err := b.sum(ctx, len(b.tasks), w, gradient, b.plain)
	if err != nil {
		return 0, err
	}
	for i := range gradient.values {
		gradient.values[i] /= float64(len(b.tasks))
	}
	return loss / float64(len(b.tasks)), nil
}

// Streams of random numbers for different purposes never meet.
const (
	embeddingStream = iota + 1
	sampleStream
	graphStream
)

// Stream returns the random numbers for a purpose at one place of a run. Every
// (seed, step, sample) has its own, so that no result depends on who draws
// first. This package uses purposes below 16.
func Stream(seed uint64, step, sample int, purpose uint64) *rand.ChaCha8 {
	return rand.NewChaCha8(streamKey(seed, step, sample, purpose))
}

func streamKey(seed uint64, step, sample int, purpose uint64) (key [32]byte) {
	for i, word := range [...]uint64{seed, uint64(step), uint64(sample), purpose} {
		binary.LittleEndian.PutUint64(key[8*i:], word)
	}
	return key
}

// drawLabel fills label with different symbols of 0…len(pool)−1, all choices
// being equally likely. The pool holds every symbol once, in any order the
// caller has fixed, and is reset first.
func drawLabel(rng *rand.Rand, label, pool []int) {
	for i := range pool {
		pool[i] = i
	}
	for i := range label {
		j := i + rng.IntN(len(pool)-i)
		pool[i], pool[j] = pool[j], pool[i]
		label[i] = pool[i]
	}
}
