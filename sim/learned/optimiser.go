package learned

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"muflow/internal/portable"
	"runtime"
	"slices"
	"sync/atomic"

	"muflow/sim"
	"muflow/sim/kernel"
)

// An Optimiser says how a gradient moves the parameters.
type Optimiser struct {
	Plain    bool    // θ ← θ − ηg, without memory
	Rate     float64 // η after the warm-up
	WarmUp   int     // steps over which the rate rises in proportion
	Decay    float64 // of AdamW, on matrices and embeddings of tokens
	DecayAll bool    // Decay on all parameters, as torch.optim.AdamW has it of model.parameters()
}

// The constants of AdamW.
const (
	adamFirst, adamSecond = 0.9, 0.999
	adamEpsilon           = 1e-8
)

// A Trainer trains a model on batches that are cut into chunks of the same
// size, whatever the number of workers.
//
//	m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²
//	θ ← θ − η_k(λθ + (m/(1−β₁^k))/(√(v/(1−β₂^k)) + ε))        (AdamW)
type Trainer[F kernel.Float] struct {
	model         *Model[F]
	optimiser     Optimiser
	first, second []F // m, v
	gainUntil     int // updates after which only queries and keys of the later layers move, 0: none
	age           int // k, updates since the optimiser started
	step          int // updates in all
	workers       []*pass[F]
	gradients     [][]F // of chunks
	losses        []float64
	parts         []part
	packed        *weights[F]
}

// A part is a piece of a tensor that one worker updates at once.
type part struct{ tensor, from, to int }

// partSize is the most parameters of a part.
const partSize = 1 << 12

// Chunks is how many parts a batch is cut into.
const Chunks = 4

// NewTrainer returns a trainer of a model, which it changes.
func NewTrainer[F kernel.Float](m *Model[F], o Optimiser, k *kernel.Kernel, workers int) (*Trainer[F], error) {
	if !(o.Rate > 0) || math.IsInf(o.Rate, 0) || !(o.Decay >= 0) || o.WarmUp < 0 || workers < 0 || o.Plain && o.Decay != 0 {
		return nil, fmt.Errorf("rate %g, weight decay %g, warm-up %d, %d workers: expected a positive rate, none of the others negative, and weight decay with AdamW only", o.Rate, o.Decay, o.WarmUp, workers)
	}
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	t := &Trainer[F]{model: m, optimiser: o}
	if !o.Plain {
		t.first, t.second = kernel.Resize[F](nil, m.size), kernel.Resize[F](nil, m.size)
	}
	t.packed = &weights[F]{make([]kernel.Factor[F], len(m.tensors)), make([]kernel.Factor[F], len(m.tensors)), false}
	for range min(workers, Chunks) {
		p := newPass(m, k)
		p.packed = t.packed
		t.workers = append(t.workers, p)
	}
	for i, tensor := range m.tensors {
		for from := 0; from < tensor.Size(); from += partSize {
			t.parts = append(t.parts, part{i, tensor.Offset + from, tensor.Offset + min(from+partSize, tensor.Size())})
		}
	}
	for range Chunks {
		t.gradients = append(t.gradients, kernel.Resize[F](nil, m.size))
	}
	t.losses = make([]float64, Chunks)
	return t, nil
}

// Step moves the parameters by the mean gradient of count samples and returns
// their mean loss. fill, called once for each chunk, writes the samples from
// number first on, which need not have the same number of thoughts. If a number is not finite that is a *sim.NonFiniteError, and
// the parameters are not to be used any more.
func (t *Trainer[F]) Step(ctx context.Context, count int, fill func(worker, chunk, first int, samples []Sample), memory [][]Sample) (float64, error) {
	size := (count + Chunks - 1) / Chunks
	used := (count + size - 1) / size
	t.pack()
	defer func() { t.packed.ready = false }()
	err := sim.InChunks(ctx, min(len(t.workers), used), used, func(worker, i int) {
		samples := memory[i][:min(size, count-i*size)]
		t.workers[worker].work.Until(ctx)
		fill(worker, i, i*size, samples)
		t.losses[i] = 0
		fresh := true
		eachRun(samples, func(run []Sample) {
			t.losses[i] += t.workers[worker].forward(run)
			t.workers[worker].backward(1/F(count), t.gradients[i], fresh)
			fresh = false
		})
	})
	if err != nil {
		return 0, err
	}
	loss := 0.0
	for i := range used {
		if !finite(t.losses[i]) {
			return 0, t.nonFinite("loss", i, size)
		}
		loss += t.losses[i] / float64(count)
	}
	sum := t.gradients[0]
	if !t.everywhere(func(p *pass[F], at part) bool {
		for _, g := range t.gradients[1:used] {
			kernel.Add(p.work, sum[at.from:at.to], g[at.from:at.to])
		}
		return kernel.Finite(p.work, sum[at.from:at.to])
	}) {
		name := t.model.nonFinite(sum)
		for i := used - 1; i > 0; i-- { // the first chunk holds the sum by now
			if t.model.nonFinite(t.gradients[i]) != "" {
				return 0, t.nonFinite("gradient of "+name, i, size)
			}
		}
		return 0, t.nonFinite("gradient of "+name, 0, size)
	}
	if t.gainUntil > 0 && t.step >= t.gainUntil {
		t.updateScores(sum)
	} else {
		t.update(sum)
	}
	if !t.everywhere(func(p *pass[F], at part) bool { return kernel.Finite(p.work, t.model.Theta[at.from:at.to]) }) {
		return 0, &sim.NonFiniteError{Step: t.step, Tensor: t.model.nonFinite(t.model.Theta)}
	}
	return loss, nil
}

// everywhere calls visit for all parts of the parameters, on all workers, and
// reports whether it was true of all of them. It is not given up half-way.
func (t *Trainer[F]) everywhere(visit func(p *pass[F], at part) bool) bool {
	var wrong atomic.Bool
	_ = sim.InChunks(context.Background(), len(t.workers), len(t.parts), func(worker, i int) {
		if !visit(t.workers[worker], t.parts[i]) {
			wrong.Store(true)
		}
	})
	return !wrong.Load()
}

// pack packs the matrices of the layers for the products of all workers.
func (t *Trainer[F]) pack() {
	list := t.model.matrices
	_ = sim.InChunks(context.Background(), len(t.workers), 2*len(list), func(worker, i int) {
		p, tensor := t.workers[worker], list[i/2]
		if x := p.weight(t.model.Theta, tensor); i%2 == 0 {
			t.packed.straight[tensor].Pack(p.work, x)
		} else {
			t.packed.turned[tensor].Pack(p.work, x.T())
		}
	})
	t.packed.ready = true
}

// mostTogether is how many samples are computed at once.
const mostTogether = 64

// eachRun calls visit for samples that can be computed at once, in an order
// that depends on the samples only. It reorders them.
func eachRun(samples []Sample, visit func(run []Sample)) {
	kind := func(a, b Sample) int {
		return cmp.Or(cmp.Compare(a.Thoughts, b.Thoughts), cmp.Compare(len(a.Suffix), len(b.Suffix)))
	}
	slices.SortStableFunc(samples, kind)
	for len(samples) > 0 {
		end := 1
		for end < min(len(samples), mostTogether) && kind(samples[0], samples[end]) == 0 {
			end++
		}
		visit(samples[:end])
		samples = samples[end:]
	}
}

func (t *Trainer[F]) nonFinite(what string, chunk, size int) error {
	return &sim.NonFiniteError{Step: t.step, Tensor: fmt.Sprintf("%s in samples %d to %d of the batch", what, chunk*size, (chunk+1)*size-1)}
}

// updateScores is update for what makes the scores of the later layers, their
// queries and keys: all other parameters, and so the gain with which attention
// reaches the logits, stay.
func (t *Trainer[F]) updateScores(g []F) {
	before := slices.Clone(t.model.Theta)
	t.update(g)
	for i := range t.model.layers {
		if i == 0 {
			continue
		}
		l, d := t.model.layers[i], t.model.Width
		for _, which := range []int{l.query, l.queryBias} {
			copy(t.model.tensor(before, which), t.model.tensor(t.model.Theta, which))
		}
		for _, which := range []int{l.keyValue, l.keyValueBias} { // rows of d keys and d values
			to, from := t.model.tensor(before, which), t.model.tensor(t.model.Theta, which)
			for row := 0; row < len(to); row += 2 * d {
				copy(to[row:row+d], from[row:row+d])
			}
		}
	}
	copy(t.model.Theta, before)
}

func (t *Trainer[F]) update(g []F) {
	t.age++
	t.step++
	o, theta := t.optimiser, t.model.Theta
	rate := o.Rate
	if t.age < o.WarmUp {
		rate *= float64(t.age) / float64(o.WarmUp)
	}
	if o.Plain {
		for i := range theta {
			theta[i] -= F(F(rate) * g[i])
		}
		return
	}
	adam := kernel.Adam[F]{
		First: adamFirst, FirstNew: 1 - adamFirst, Second: adamSecond, SecondNew: 1 - adamSecond, Rate: F(rate), Epsilon: adamEpsilon,
		FirstScale: F(1 / (1 - portable.Pow(adamFirst, float64(t.age)))), SecondScale: F(1 / (1 - portable.Pow(adamSecond, float64(t.age)))),
	}
	t.everywhere(func(p *pass[F], at part) bool {
		c := adam
		if c.Keep = 1; t.model.tensors[at.tensor].Decay || o.DecayAll {
			c.Keep = F(1 - float64(rate*o.Decay))
		}
		c.Update(p.work, theta[at.from:at.to], t.first[at.from:at.to], t.second[at.from:at.to], g[at.from:at.to])
		return true
	})
}
