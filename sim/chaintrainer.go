package sim

import (
	"context"
	"fmt"
	"math"
	"runtime"
)

// A ChainTrainer moves the weights of a chain down the gradient of the mean
// loss of some tasks.
//
//	θ_{k+1} = θ_k − (η/B) Σ_{b<B} ∇ℓ_b(θ_k)
//
// Sample b of step k, a task and a relabelling, depends on the seed, k and b
// only, and the sum has the same bits for any number of workers.
type ChainTrainer struct {
	chain    *Chain
	settings Settings  // Thoughts: Superposition (one step from the task's own) or GeneratedUnit
	groups   [][]*Task // a sample takes a group, then one of its tasks
	weights  *ChainWeights
	gradient *ChainWeights
	trial    *ChainWeights
	workers  []*chainWorker
	chunks   []chainChunk
	step     int
}

type chainWorker struct {
	drawer
	pass chainPass
	walk Walk
}

type chainChunk struct {
	loss     float64
	gradient *ChainWeights
}

// NewChainTrainer returns a trainer that starts from a copy of the weights.
// Settings.Batch 0 takes instead the exact average over all tasks and all
// relabellings, at weights that no relabelling changes. It fails on settings
// out of range and on tasks that do not fit the chain.
func NewChainTrainer(chain *Chain, tasks []*Task, w *ChainWeights, s Settings) (*ChainTrainer, error) {
	groups := make([][]*Task, len(tasks))
	for i := range tasks {
		groups[i] = tasks[i : i+1]
	}
	return newChainTrainer(chain, groups, w, s)
}

func newChainTrainer(chain *Chain, groups [][]*Task, w *ChainWeights, s Settings) (*ChainTrainer, error) {
	switch {
	case !(s.LearningRate > 0) || math.IsInf(s.LearningRate, 0):
		return nil, fmt.Errorf("learning rate %g, expected a positive finite number", s.LearningRate)
	case s.Batch < 0 || s.Start < 0 || s.Workers < 0:
		return nil, fmt.Errorf("batch %d, start %d, %d workers, expected none to be negative", s.Batch, s.Start, s.Workers)
	case s.Batch == 0 && s.Seed != 0:
		return nil, fmt.Errorf("seed %d without samples to draw", s.Seed)
	case s.Thoughts != Superposition && s.Thoughts != GeneratedUnit:
		return nil, fmt.Errorf("source of thoughts %d, expected superpositions or generated ones of unit norm", int(s.Thoughts))
	case len(groups) == 0:
		return nil, fmt.Errorf("no tasks")
	case len(w.Score) != chain.Symbols*chain.Symbols || len(w.Value) != len(chain.Start().Value):
		return nil, fmt.Errorf("weights of another shape than the chain's")
	}
	for i, group := range groups {
		if len(group) == 0 || len(group) > 1 && s.Batch == 0 {
			return nil, fmt.Errorf("group %d of %d tasks, expected some, and one to average over", i, len(group))
		}
		for _, t := range group {
			if t == nil || t.loss == Prediction || t.order > chain.Symbols || t.given && s.Thoughts != Superposition {
				return nil, fmt.Errorf("task %d: expected a step of thought generation over at most %d vertices", i, chain.Symbols)
			}
		}
	}
	if name := w.nonFinite(); name != "" {
		return nil, &NonFiniteError{s.Start, name}
	}
	t := &ChainTrainer{chain: chain, settings: s, groups: groups, weights: w.Clone(), gradient: w.Clone(), trial: w.Clone(), step: s.Start}
	if s.Batch == 0 {
		t.average(t.trial)
		for i, x := range t.trial.Score {
			if x != t.weights.Score[i] {
				return nil, errNotInvariant
			}
		}
	}
	count := s.Workers
	if count == 0 {
		count = runtime.GOMAXPROCS(0)
	}
	for range min(count, chunkMost) {
		t.workers = append(t.workers, &chainWorker{drawer: newDrawer(chain.Symbols), pass: chainPass{chain: chain}})
	}
	return t, nil
}

// Weights returns a copy of the present weights.
func (t *ChainTrainer) Weights() *ChainWeights { return t.weights.Clone() }

// Done returns how many steps have been done, those before Start included.
func (t *ChainTrainer) Done() int { return t.step }

// Step does one step and returns the mean loss of its samples at the weights
// before it. On an error, of ctx or a *NonFiniteError, the weights are those
// before the step.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, training by gradient descent. Units: nats.
func (t *ChainTrainer) Step(ctx context.Context) (float64, error) {
	loss, err := t.slope(ctx)
	if err != nil {
		return 0, err
	}
	copy(t.trial.Score, t.weights.Score)
	copy(t.trial.Value, t.weights.Value)
	t.trial.add(-t.settings.LearningRate, t.gradient)
	if !finite(loss) {
		return 0, &NonFiniteError{t.step, "loss"}
	}
	if name := t.trial.nonFinite(); name != "" {
		return 0, &NonFiniteError{t.step, name}
	}
	t.weights, t.trial = t.trial, t.weights
	t.step++
	return loss, nil
}

// slope leaves the gradient of a step in t.gradient and returns its loss.
func (t *ChainTrainer) slope(ctx context.Context) (float64, error) {
	if t.settings.Batch == 0 {
		loss, err := t.sum(ctx, len(t.groups), func(i int, k *chainWorker) *Task {
			task := t.groups[i][0]
			k.plain(task.order)
			return task
		})
		t.average(t.gradient)
		return loss, err
	}
	return t.sum(ctx, t.settings.Batch, func(i int, k *chainWorker) *Task {
		k.start(t.settings.Seed, t.step, i)
		group := t.groups[k.below(len(t.groups))]
		task := group[k.below(len(group))]
		k.names(task.order)
		return task
	})
}

// sum leaves the mean gradient of count samples and returns their mean loss.
func (t *ChainTrainer) sum(ctx context.Context, count int, choose func(i int, k *chainWorker) *Task) (float64, error) {
	size, chunks := inChunks(count)
	for len(t.chunks) < chunks {
		t.chunks = append(t.chunks, chainChunk{gradient: t.weights.Clone()})
	}
	err := InChunks(ctx, min(len(t.workers), chunks), chunks, func(worker, i int) {
		k, c := t.workers[worker], &t.chunks[i]
		c.loss = 0
		c.gradient.clear()
		for j := i * size; j < min(count, (i+1)*size); j++ {
			task := choose(j, k)
			k.walk.set(t.chain.Symbols, task, k.label, t.settings.Thoughts == Superposition)
			c.loss += k.pass.forward(&k.walk, t.weights)
			k.pass.backward(&k.walk, t.weights, c.gradient)
		}
	})
	if err != nil {
		return 0, err
	}
	t.gradient.clear()
	loss := 0.0
	for i := range chunks {
		loss += t.chunks[i].loss
		t.gradient.add(1/float64(count), t.chunks[i].gradient)
	}
	return loss / float64(count), nil
}

// average replaces weights, or a gradient, by the average over all
// relabellings.
func (t *ChainTrainer) average(w *ChainWeights) {
	averageSquare(w.Score, t.chain.Symbols)
	if t.chain.Value == MatrixValue {
		averageSquare(w.Value, t.chain.Symbols)
	}
}

func averageSquare(x []float64, n int) {
	diagonal, beside := squareMeans(x, n)
	for i := range x {
		x[i] = beside
		if i/n == i%n {
			x[i] = diagonal
		}
	}
}

// squareMeans returns the mean on the diagonal of an n×n matrix and beside it.
func squareMeans(x []float64, n int) (diagonal, beside float64) {
	for i, v := range x {
		if i/n == i%n {
			diagonal += v
		} else {
			beside += v
		}
	}
	if n > 1 {
		beside /= float64(n * (n - 1))
	}
	return diagonal / float64(n), beside
}

// SetLearningRate changes η for the steps to come. It fails unless η is a
// positive finite number.
func (t *ChainTrainer) SetLearningRate(rate float64) error {
	if !(rate > 0) || math.IsInf(rate, 0) {
		return fmt.Errorf("learning rate %g, expected a positive finite number", rate)
	}
	t.settings.LearningRate = rate
	return nil
}
