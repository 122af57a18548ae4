package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/sim"
	"muflow/sim/kernel"
	"muflow/sim/learned"
)

// A Text is an instance with its tokens.
type Text struct {
	*graph.Instance
	*learned.Writing
}

// Purposes of random numbers, see sim.Stream.
const (
	writingStream = iota + 32
	namesStream
)

// Write chooses the texts of instances, with names of vertices that are drawn,
// those of the file, or ordered. The edges stand as in the file, and the target
// stands before the other candidate in every other instance, from instance 0 on.
// They are drawn instead, and drawn says so, with fresh names, if draw asks for
// it, and if in the file edges are sorted by the names of their targets: no
// training shows that, and the published files are so.
func Write(instances []graph.Instance, layout learned.Layout, names learned.Names, draw bool, seed uint64) (texts []Text, drawn bool, err error) {
	texts = make([]Text, len(instances))
	sorted := true
	for i := range instances {
		in, w := &instances[i], &learned.Writing{}
		texts[i] = Text{in, w}
		if names == learned.FreshNames {
			sorted = true
			break
		}
		if err := w.Keep(in, names, layout.Tokens(in)); err != nil {
			return nil, false, fmt.Errorf("instance %d: %w", i, err)
		}
		w.Swap = i%2 == 1
		sorted = sorted && slices.IsSortedFunc(in.Graph.Edges(), func(a, b [2]int) int { return w.Label[a[1]] - w.Label[b[1]] })
	}
	if !sorted && !draw {
		return texts, false, nil
	}
	for i := range instances {
		in, w := &instances[i], &learned.Writing{}
		texts[i] = Text{in, w}
		if err := w.Draw(in, names, layout.Tokens(in), rand.New(sim.Stream(seed, 0, i, writingStream))); err != nil {
			return nil, false, fmt.Errorf("instance %d: %w", i, err)
		}
	}
	return texts, true, nil
}

// Unordered counts the instances with an edge to a lower name. The published
// files have none, nor does a training on them.
func Unordered(instances []graph.Instance) (count int) {
	for i := range instances {
		if slices.ContainsFunc(instances[i].Graph.Edges(), func(e [2]int) bool { return e[0] > e[1] }) {
			count++
		}
	}
	return count
}

// ReadTexts reads a JSON array of objects with the tokens of prompts,
// {"tokens": [38, 3, 8, 34, …]}, as they were shown to a model.
func ReadTexts(text []byte, layout learned.Layout) ([]Text, error) {
	var prompts []struct{ Tokens []int32 }
	if err := unmarshal(text, &prompts); err != nil {
		return nil, err
	}
	if len(prompts) == 0 {
		return nil, errors.New("no instances")
	}
	var out []Text
	for i, p := range prompts {
		in, w, err := layout.Read(p.Tokens)
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		out = append(out, Text{in, w})
	}
	return out, nil
}

// A Surveyor reads instances with a checkpoint.
type Surveyor struct {
	model  *learned.Model[float32]
	layout learned.Layout
	items  []item
	jobs   int
	chunk  int               // how many instances are read at once
	runs   chan *learned.Run // as many as workers
	notify runlog.Progress
	seed   uint64
}

// batch is how many instances are computed at once.
const batch = 8

// NewSurveyor returns a surveyor of a model for some texts, on so many workers,
// 0 for one each processor. progress may be nil.
func NewSurveyor(m *learned.Model[float32], layout learned.Layout, texts []Text, k *kernel.Kernel, workers int, seed uint64, progress runlog.Progress) (*Surveyor, error) {
	if m.Vocabulary != layout.Vocabulary {
		return nil, fmt.Errorf("%d tokens in the embedding, expected %d as in the layout", m.Vocabulary, layout.Vocabulary)
	}
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	s := &Surveyor{model: m, layout: layout, jobs: min(workers, len(texts)/batch+1), chunk: batch, seed: seed, notify: progress}
	if len(texts) >= 2*batch*s.jobs { // matrices that come from far are read half as often, and no worker is idle
		s.chunk *= 2
	}
	for i, x := range texts {
		if n := layout.Length(x.Graph.Size(), x.Steps()); n > m.Length {
			return nil, fmt.Errorf("instance %d: %d positions with its thoughts and the answer, the model has %d", i, n, m.Length)
		}
		s.items = append(s.items, item{x.Instance, x.Writing, x.Graph.Distances(x.Root)})
	}
	s.runs = make(chan *learned.Run, s.jobs)
	for _, run := range learned.NewRuns(m, k, s.jobs) {
		s.runs <- run
	}
	return s, nil
}

// parallel does n pieces of work, each with a run of its own.
func parallel[T any](ctx context.Context, s *Surveyor, n int, progress runlog.Progress, work func(run *learned.Run, i int) (T, error)) ([]T, error) {
	return runlog.Map(ctx, n, s.jobs, progress, func(_ context.Context, i int) (T, error) {
		run := <-s.runs
		defer func() { s.runs <- run }()
		return work(run, i)
	})
}

// A Reading is what is read of one instance.
type Reading struct {
	Instance int
	Steps    int
	Thoughts []*Thought // after 0 … Steps−1 thoughts
	Answer   float64    // 1 if the target has the largest logit at [A], after Steps thoughts
	Pair     float64    // 1 if it has a larger one than the other candidate
	layer1   copying
}

// sample writes item i, under other names if a writing is given.
func (s *Surveyor) sample(x *item, w *learned.Writing, thoughts int) learned.Sample {
	return learned.Sample{
		Prompt:   learned.Positions(nil, s.layout.Prompt(nil, x.Instance, w)),
		Suffix:   learned.Positions(nil, s.layout.Suffix(nil, x.Instance, w)),
		Thoughts: thoughts,
	}
}

// Readings reads all instances.
func (s *Surveyor) Readings(ctx context.Context) ([]Reading, error) {
	chunks := s.chunks()
	parts, err := parallel(ctx, s, len(chunks), s.notify, func(run *learned.Run, i int) ([]Reading, error) { return s.readChunk(run, chunks[i]) })
	if err != nil {
		return nil, err
	}
	out := make([]Reading, len(s.items))
	for _, part := range parts {
		for _, r := range part {
			out[r.Instance] = r
		}
	}
	return out, nil
}

// chunks groups instances with the same number of steps.
func (s *Surveyor) chunks() (out [][]int) {
	bySteps := make([]int, len(s.items))
	for i := range bySteps {
		bySteps[i] = i
	}
	slices.SortStableFunc(bySteps, func(a, b int) int { return s.items[a].Steps() - s.items[b].Steps() })
	for _, i := range bySteps {
		last := len(out) - 1
		if last < 0 || len(out[last]) == s.chunk || s.items[out[last][0]].Steps() != s.items[i].Steps() {
			out = append(out, nil)
			last++
		}
		out[last] = append(out[last], i)
	}
	return out
}

func (s *Surveyor) readChunk(run *learned.Run, chunk []int) ([]Reading, error) {
	var samples []learned.Sample
	steps := s.items[chunk[0]].Steps()
	for _, i := range chunk {
		samples = append(samples, s.sample(&s.items[i], s.items[i].writing, steps))
	}
	if err := run.Forward(samples); err != nil {
		return nil, err
	}
	out := make([]Reading, len(chunk))
	for b, i := range chunk {
		x := &s.items[i]
		r := Reading{Instance: i, Steps: steps}
		for c := range steps + 2 {
			for v, logit := range run.Logits(c, b) {
				if logit-logit != 0 {
					return nil, fmt.Errorf("instance %d: after %d thoughts the logit of token %d is not finite", i, min(c, steps), v)
				}
			}
			if c < steps {
				r.Thoughts = append(r.Thoughts, s.read(run, b, c, x))
			}
		}
		answer := run.Logits(steps+1, b)
		target, other := x.writing.Label[x.Target], x.writing.Label[x.Other]
		r.Answer, r.Pair = learned.Indicator(learned.Largest(answer) == target), learned.Indicator(answer[target] > answer[other])
		out[b] = r
	}
	if s.model.Layers > 1 {
		s.readCopies(run, chunk, out)
	}
	return out, nil
}

// A copying is the attention in layer 1 of the separators on the source and the
// target of their own edge, by head.
type copying struct{ source, target []Mean }

func (s *Surveyor) readCopies(run *learned.Run, chunk []int, out []Reading) {
	first := s.layout.EdgeAt(0)
	for b := range chunk {
		out[b].layer1 = copying{make([]Mean, s.model.Heads), make([]Mean, s.model.Heads)}
	}
	run.Prompts(0, func(b, head, at int, weights []float32) {
		j, edges := at-first, s.items[chunk[b]].Graph.Size()
		if j >= 0 && j%3 == 2 && j < 3*edges && !(s.layout.Open && j == 3*edges-1) {
			out[b].layer1.source[head].Add(float64(weights[at-2]))
			out[b].layer1.target[head].Add(float64(weights[at-1]))
		}
	})
}

// A Summary is the means over the instances, each of which counts once.
type Summary struct {
	Instances   int          `json:"instances"`
	Thoughts    []*Thought   `json:"thoughts"`
	Answer      Mean         `json:"answer"`      // the target has the largest logit at [A]
	AnswerPair  Mean         `json:"answer_pair"` // a larger one than the other candidate
	Collapse    []int        `json:"collapse"`    // c at which what is reached is predicted and the next distance is not
	Assumptions []Assumption `json:"assumptions"`
}

// Bounds of a collapse.
const (
	collapseWithin = 0.98
	collapseHop    = 0.05
)

// Summarise takes the means.
func Summarise(readings []Reading) *Summary {
	out := &Summary{Instances: len(readings), Thoughts: []*Thought{}, Collapse: []int{}, Assumptions: []Assumption{}}
	for i := range readings {
		r := &readings[i]
		out.Answer.Add(r.Answer)
		out.AnswerPair.Add(r.Pair)
		for c, t := range r.Thoughts {
			if c == len(out.Thoughts) {
				out.Thoughts = append(out.Thoughts, &Thought{C: c})
			}
			out.Thoughts[c].add(t)
		}
	}
	for _, t := range out.Thoughts {
		within, _ := t.Within.Value()
		if hop, _ := t.Hop.Value(); within >= collapseWithin && hop <= collapseHop {
			out.Collapse = append(out.Collapse, t.C)
		}
	}
	return out
}
