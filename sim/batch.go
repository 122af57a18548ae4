package sim

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"muflow/sim/kernel"
)

// A batch adds up losses and gradients of many samples. They are cut into
// chunks by their number alone, each chunk is added up in order by one worker,
// and the chunks in order at the end, so the sum has the same bits for any
// number of workers.
type batch struct {
	net      Network
	groups   [][]*Task
	labels   bool            // a sample draws a task of its group, too
	sizes    map[int][]*Task // the groups of each size, of mean
	rest     *Weights        // room for the gradient of further sizes
	thoughts Thoughts
	workers  []*worker
	grain    int // chunks that are worth a goroutine
	chunks   []chunk
}

// A worker has the memory that a sample needs.
type worker struct {
	drawer
	pass   pass
	buffer [][]float64
}

type chunk struct {
	loss     float64
	gradient *Weights
}

const (
	chunkSize = 8  // samples in a chunk, or a multiple
	chunkMost = 64 // chunks, at most
)

// inChunks cuts count samples into chunks, one at least.
func inChunks(count int) (size, chunks int) {
	eights := (count + chunkSize - 1) / chunkSize
	size = chunkSize * max(1, (eights+chunkMost-1)/chunkMost)
	return size, max(1, (count+size-1)/size)
}

func newBatch(net Network, groups [][]*Task, labels bool, thoughts Thoughts, workers int) *batch {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	b := &batch{net: net, groups: groups, labels: labels, thoughts: thoughts, grain: 1}
	for range min(workers, chunkMost) {
		b.workers = append(b.workers, &worker{drawer: newDrawer(net.Symbols()), pass: net.newPass(thoughts == Through)})
	}
	if _, fast := b.workers[0].pass.(*compactPass); fast {
		b.grain = 4
	}
	return b
}

// singly makes a group of every task.
func singly(tasks []*Task) [][]*Task {
	groups := make([][]*Task, len(tasks))
	for i := range tasks {
		groups[i] = tasks[i : i+1]
	}
	return groups
}

// sum adds up count samples into gradient, which it clears first, and returns
// the sum of the losses; after an error the gradient is of no use. Sample i is
// what choose makes of it for a worker: a task and the labels of its vertices.
func (b *batch) sum(ctx context.Context, count int, w, gradient *Weights, choose func(i int, k *worker) (*Task, []int)) (float64, error) {
	size, chunks := inChunks(count)
	for len(b.chunks) < chunks {
		b.chunks = append(b.chunks, chunk{gradient: w.Clone()})
	}
	b.chunks[0].gradient = gradient // the others are added to it
	workers := max(1, min(len(b.workers), chunks/b.grain))
	err := InChunks(ctx, workers, chunks, func(worker, i int) {
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
	loss := b.chunks[0].loss
	for _, c := range b.chunks[1:chunks] {
		loss += c.loss
		kernel.AddScaled(gradient.values, 1, c.gradient.values)
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
	switch b.thoughts {
	case Generated, GeneratedUnit:
		k.buffer = generate(k.pass, t, t.step, b.thoughts, label, w, k.buffer)
		thoughts = k.buffer
	case Through:
		thoughts = thoughts[:1]
	}
	loss := k.pass.forward(t, thoughts, label, w)
	k.pass.backward(t, thoughts, label, w, gradient)
	return loss
}

// relabelled chooses sample i of a step: a task of the data set and names for
// its vertices, each uniformly at random. Samples of one eight come in order.
func (b *batch) relabelled(seed uint64, step, i int, k *worker) (*Task, []int) {
	k.start(seed, step, i)
	group := b.groups[k.below(len(b.groups))]
	t := group[0]
	if b.labels {
		t = group[k.below(len(group))]
	}
	k.names(t.order)
	return t, k.label
}

// mean returns the mean over the groups of the mean loss of their tasks, with
// vertices called by their own numbers, and leaves its gradient. Groups of one
// size are added up first.
func (b *batch) mean(ctx context.Context, w, gradient *Weights) (float64, error) {
	if b.sizes == nil {
		b.sizes = map[int][]*Task{}
		for _, group := range b.groups {
			b.sizes[len(group)] = append(b.sizes[len(group)], group...)
		}
	}
	loss, into := 0.0, gradient
	for _, size := range slices.Sorted(maps.Keys(b.sizes)) {
		tasks := b.sizes[size]
		part, err := b.sum(ctx, len(tasks), w, into, func(i int, k *worker) (*Task, []int) {
			k.plain(tasks[i].order)
			return tasks[i], k.label
		})
		if err != nil {
			return 0, err
		}
		loss += part / float64(size)
		switch {
		case into != gradient:
			kernel.AddScaled(gradient.values, 1/float64(size), into.values)
		case size > 1:
			for i := range gradient.values {
				gradient.values[i] /= float64(size)
			}
		}
		if into == gradient && len(b.sizes) > 1 {
			if b.rest == nil {
				b.rest = w.Clone()
			}
			into = b.rest
		}
	}
	for i := range gradient.values {
		gradient.values[i] /= float64(len(b.groups))
	}
	return loss / float64(len(b.groups)), nil
}
