package checkpoint

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"muflow/internal/portable"
	"muflow/sim"
	"muflow/sim/learned"
)

// An Assumption is one number that says how far a checkpoint is from an
// assumption of the theory (docs/theory.md, section 7), and from where on it
// is called crossed. The thresholds are declared, not derived.
type Assumption struct {
	ID        string  `json:"id"`
	What      string  `json:"what"`
	Value     Mean    `json:"value"`
	Threshold float64 `json:"threshold"`
	Side      string  `json:"side"`            // crossed above or below the threshold, or away from 1 by more than this factor
	Crossed   *bool   `json:"crossed"`         // nil where the value is not measured
	First     string  `json:"first,omitempty"` // of several checkpoints, the first at which it is crossed
}

// assumption fills in what is known of an id.
func assumption(id string, value float64, there bool) Assumption {
	var a Assumption
	for _, a = range declared {
		if a.ID == id {
			break
		}
	}
	if !there {
		return a
	}
	a.Value.Add(value)
	var crossed bool
	switch a.Side {
	case "above":
		crossed = value > a.Threshold
	case "below":
		crossed = value < a.Threshold
	default:
		crossed = value > a.Threshold || float64(value*a.Threshold) < 1
	}
	a.Crossed = &crossed
	return a
}

// declared are the thresholds. Means are over c of the means over instances.
//
//	A1   in layer 1, the mean attention of | on the source of its own edge, in the head
//	     that has most, and that on the target; the smaller of the two
//	A3   see scoreMatrix, A4 see nameVariance
//	A6   −Σ a log a over all positions, over log of their number; mean over heads and c
//	A7   of the thoughts made after c = 0, 1, … thoughts, and of the vertices that occur
//	A8   Σ_{v∈S} 1/|S| log (1/|S|)/q_v, S at distance c+1, q the softmax within S; mean over c
//	A18  Σ_{v∈N_c} p_v, p the softmax over all tokens; mean over c
var declared = []Assumption{
	{ID: "A1", What: "attention of | on its own edge in layer 1", Threshold: 0.9, Side: "below"},
	{ID: "A2", What: "largest |cosine| of two vertex embeddings", Threshold: 0.2, Side: "above"},
	{ID: "A3", What: "score matrix off its diagonal over on it", Threshold: 0.2, Side: "above"},
	{ID: "A4", What: "variance of the gap over names, over its squared mean", Threshold: 0.1, Side: "above"},
	{ID: "A6", What: "entropy of attention over that of equal weights", Threshold: 0.5, Side: "below"},
	{ID: "A7", What: "length of a thought over that of an embedding", Threshold: 2, Side: "apart"},
	{ID: "A8", What: "unevenness within the next distance, nats", Threshold: 0.1, Side: "above"},
	{ID: "A18", What: "probability on what is reached already", Threshold: 0.5, Side: "above"},
}

// Assumptions measures them. The readings are those of this surveyor, and the
// summary is theirs.
func (s *Surveyor) Assumptions(ctx context.Context, readings []Reading, summary *Summary) ([]Assumption, error) {
	copies, copied := copyingOf(readings)
	on, off, err := s.scoreMatrix(ctx)
	if err != nil {
		return nil, err
	}
	names, named, err := s.nameVariance(ctx)
	if err != nil {
		return nil, err
	}
	over := func(of func(t *Thought) Mean) (float64, bool) { // mean over the numbers of thoughts
		var m Mean
		for _, t := range summary.Thoughts {
			m.AddMean(of(t))
		}
		return m.Value()
	}
	entropy, hasEntropy := over(func(t *Thought) Mean { return t.Entropy })
	length, hasLength := over(func(t *Thought) Mean { return t.Norm })
	embedding := s.embeddingNorm()
	uneven, hasUneven := over(func(t *Thought) Mean { return t.Unevenness })
	reached, hasReached := over(func(t *Thought) Mean { return t.PReached })
	return []Assumption{
		assumption("A1", copies, copied),
		assumption("A2", s.coherence(), true),
		assumption("A3", off/max(on, 1e-30), on > 0),
		assumption("A4", names, named),
		assumption("A6", entropy, hasEntropy),
		assumption("A7", length/max(embedding, 1e-30), hasLength && embedding > 0),
		assumption("A8", uneven, hasUneven),
		assumption("A18", reached, hasReached),
	}, nil
}

// copyingOf returns the smaller of the largest attention on sources and on
// targets that a head has, if any separator was read.
func copyingOf(readings []Reading) (float64, bool) {
	var most [2]float64
	there := false
	if len(readings) == 0 {
		return 0, false
	}
	for h := range readings[0].layer1.source {
		var source, target Mean
		for i := range readings {
			source.AddMean(readings[i].layer1.source[h])
			target.AddMean(readings[i].layer1.target[h])
		}
		x, ok := source.Value()
		y, _ := target.Value()
		most[0], most[1], there = max(most[0], x), max(most[1], y), there || ok
	}
	return min(most[0], most[1]), there
}

// sampled is how many instances the costly assumptions are measured on.
const sampled = 24

// scoreMatrix measures the score matrix of layer 2 on the first instances,
// pulled back to the embeddings: entry (w, u) is the logit, summed over the
// heads and averaged over edges, that the embedding of w, as long as the thought
// and in its place, has at the separators of edges that leave u. It returns the
// mean absolute values on and off the diagonal.
func (s *Surveyor) scoreMatrix(ctx context.Context) (on, off float64, err error) {
	most := min(sampled, len(s.items))
	parts, err := parallel(ctx, s, (most+batch-1)/batch, nil, func(run *learned.Run, chunk int) ([2]Mean, error) {
		return s.scoresOf(run, s.items[chunk*batch:min((chunk+1)*batch, most)])
	})
	var total [2]Mean
	for _, part := range parts {
		for k := range total {
			total[k] = total[k].With(part[k])
		}
	}
	on, _ = total[0].Value()
	off, _ = total[1].Value()
	return on, off, err
}

func (s *Surveyor) scoresOf(run *learned.Run, items []item) (sums [2]Mean, err error) {
	var samples []learned.Sample
	order := 0
	for i := range items {
		samples = append(samples, s.sample(&items[i], items[i].writing, 1))
		order = max(order, items[i].Graph.Order())
	}
	if err := run.Forward(samples); err != nil {
		return sums, err
	}
	lengths, thoughts := make([]float64, len(items)), make([][]float32, len(items))
	for b := range items {
		lengths[b], thoughts[b] = norm(run.Hidden(0, b)), make([]float32, s.model.Width)
	}
	for w := range order {
		for b := range items {
			if w < items[b].Graph.Order() {
				embedding := s.model.Embedding(items[b].writing.Label[w])
				scale := float32(lengths[b] / max(norm(embedding), 1e-30))
				for k, x := range embedding {
					thoughts[b][k] = scale * x
				}
			}
		}
		run.Think(thoughts)
		for b := range items {
			if w >= items[b].Graph.Order() {
				continue
			}
			for u, m := range s.scoresBySource(run, b, &items[b]) {
				if z, ok := m.Value(); ok && u == w {
					sums[0].Add(max(z, -z))
				} else if ok {
					sums[1].Add(max(z, -z))
				}
			}
		}
	}
	return sums, nil
}

// scoresBySource returns for every vertex the mean logit in state 1 at the
// separators of its edges, summed over the heads.
func (s *Surveyor) scoresBySource(run *learned.Run, b int, x *item) []Mean {
	out := make([]Mean, x.Graph.Order())
	for j, edge := range x.writing.Order {
		if s.layout.Open && j == len(x.writing.Order)-1 {
			continue
		}
		sum := 0.0
		for h := range s.model.Heads {
			sum += run.Score(s.layer(), h, 1, b, s.layout.EdgeAt(j)+2)
		}
		out[x.Graph.Edges()[edge][0]].Add(sum)
	}
	return out
}

// layer is layer 2, or the only one.
func (s *Surveyor) layer() int { return min(1, s.model.Layers-1) }

// renamings is how many names an instance gets, its own included.
const renamings = 4

// nameVariance is the variance of the gap at c = 0 over names, on the first
// instances, over the square of its mean: an instance is read under its own
// names and under fresh ones. There is none of a gap that is 0.
func (s *Surveyor) nameVariance(ctx context.Context) (relative float64, there bool, err error) {
	gaps, err := parallel(ctx, s, min(sampled, len(s.items)), nil, func(run *learned.Run, i int) ([]float64, error) {
		x := s.items[i]
		rng := rand.New(sim.Stream(s.seed, 0, i, namesStream))
		writings, samples := []*learned.Writing{x.writing}, []learned.Sample{s.sample(&x, x.writing, 0)}
		for range renamings - 1 {
			w := &learned.Writing{}
			if err := w.Draw(x.Instance, learned.FreshNames, s.layout.Tokens(x.Instance), rng); err != nil {
				return nil, err
			}
			writings, samples = append(writings, w), append(samples, s.sample(&x, w, 0))
		}
		if err := run.Forward(samples); err != nil {
			return nil, err
		}
		var gaps []float64
		for b, w := range writings {
			x.writing = w
			if gap, ok := s.readLayer(run, s.layer(), b, 0, &x).Gap.Value(); ok {
				gaps = append(gaps, gap)
			}
		}
		return gaps, nil
	})
	if err != nil {
		return 0, false, err
	}
	var spread, level Mean
	for _, x := range gaps {
		if len(x) > 1 {
			_, v := portable.Moments(x)
			spread.Add(v)
		}
		for _, gap := range x {
			level.Add(gap)
		}
	}
	v, there := spread.Value()
	mean, _ := level.Value()
	return v / max(float64(mean*mean), 1e-30), there && mean != 0, nil
}

// coherence is the largest cosine of two embeddings of vertices that occur.
func (s *Surveyor) coherence() (most float64) {
	used := map[int]bool{}
	for i := range s.items {
		for _, token := range s.items[i].writing.Label {
			used[token] = true
		}
	}
	tokens := slices.Sorted(maps.Keys(used))
	for i, a := range tokens {
		for _, b := range tokens[:i] {
			x, y := s.model.Embedding(a), s.model.Embedding(b)
			cosine := dot(x, y) / max(float64(norm(x)*norm(y)), 1e-30)
			most = max(most, cosine, -cosine)
		}
	}
	return most
}

// embeddingNorm is the mean length of the embeddings of vertices that occur,
// as often as they do.
func (s *Surveyor) embeddingNorm() float64 {
	var out Mean
	for i := range s.items {
		for _, token := range s.items[i].writing.Label {
			out.Add(norm(s.model.Embedding(token)))
		}
	}
	x, _ := out.Value()
	return x
}

// Condition says when it is crossed.
func (a *Assumption) Condition() string {
	switch a.Side {
	case "above":
		return fmt.Sprintf("> %g", a.Threshold)
	case "below":
		return fmt.Sprintf("< %g", a.Threshold)
	}
	return fmt.Sprintf("> %g or < 1/%g", a.Threshold, a.Threshold)
}

// FirstCrossed is the assumptions of the last of several checkpoints, with the
// first at which each is crossed.
func FirstCrossed(all []*Summary, names []string) []Assumption {
	out := slices.Clone(all[len(all)-1].Assumptions)
	for k := range out {
		for i, s := range all {
			if crossed := s.Assumptions[k].Crossed; crossed != nil && *crossed {
				out[k].First = names[i]
				break
			}
		}
	}
	return out
}
