package learned

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"muflow/internal/portable"

	"muflow/sim"
	"muflow/sim/kernel"
)

// A reading is what is read off one held-out sample, each number once or not at
// all, or the means over several of them.
type reading struct {
	loss, hop, within, path Mean // where the largest logit is; path is the answer if that is asked
	mass, cumulative        Mean
	gap, gapAll             Mean
	gapTarget, gapFirst     Mean
	heads                   []Mean // gap by head
	spread                  Mean
	focus, added, gain      Mean
	uneven, even            Mean
	logit, thought          [Classes]Mean
	copied                  [2][]Mean // by head
}

func newReading(heads int) *reading {
	return &reading{heads: make([]Mean, heads), copied: [2][]Mean{make([]Mean, heads), make([]Mean, heads)}}
}

// all lists the numbers.
func (r *reading) all() []*Mean {
	out := []*Mean{&r.loss, &r.hop, &r.within, &r.path, &r.mass, &r.cumulative, &r.gap, &r.gapAll, &r.gapTarget, &r.gapFirst,
		&r.spread, &r.focus, &r.added, &r.gain, &r.uneven, &r.even}
	for _, list := range [][]Mean{r.heads, r.logit[:], r.thought[:], r.copied[0], r.copied[1]} {
		for i := range list {
			out = append(out, &list[i])
		}
	}
	return out
}

// add adds what there is of another reading.
func (r *reading) add(other *reading) {
	from := other.all()
	for i, to := range r.all() {
		to.AddMean(*from[i])
	}
}

// gapOf is the mean of the frontier minus that of the rest.
func gapOf(m [Classes]Mean) Mean { return m[Frontier].Minus(m[Rest]) }

// heldOutChunk is how many held-out samples are computed at once.
const heldOutChunk = 25

// readAll computes the held-out samples after so many thoughts, −1 for the
// answer, and returns the means of what is read off them. Their names and orders
// are the same at every step.
func (s *Session) readAll(ctx context.Context, hop int) (*reading, error) {
	var chunks [][]int // places in examples, of the same number of thoughts
	var examples []*example
	last := map[int]int{}
	for i := range s.held {
		e := &s.held[i]
		if !e.has(hop) {
			continue
		}
		thoughts := s.task(e, hop).Thoughts
		at, there := last[thoughts]
		if !there || len(chunks[at]) == heldOutChunk {
			at, chunks = len(chunks), append(chunks, nil)
			last[thoughts] = at
		}
		chunks[at] = append(chunks[at], len(examples))
		examples = append(examples, e)
	}
	readings := make([]*reading, len(examples))
	err := sim.InChunks(ctx, min(len(s.trainer.workers), len(chunks)), len(chunks), func(worker, part int) {
		samples, labels := make([]Sample, len(chunks[part])), make([]Writing, len(chunks[part]))
		for i, at := range chunks[part] {
			rng := rand.New(sim.Stream(s.seed, hop+1, at, heldOutStream))
			s.preset.Format.sample(&samples[i], examples[at], s.task(examples[at], hop), s.symbols, rng, &labels[i])
		}
		p := s.trainer.workers[worker]
		p.work.Until(ctx)
		p.forward(samples)
		if ctx.Err() != nil {
			return
		}
		for i, at := range chunks[part] {
			readings[at] = s.read(p, i, examples[at], hop, &labels[i])
		}
	})
	if err != nil {
		return nil, err
	}
	total := newReading(s.model.Heads)
	for _, r := range readings {
		total.add(r)
	}
	return total, nil
}

// read reads sample i of the chunk that the pass has just computed.
func (s *Session) read(p *pass[float32], i int, e *example, c int, n *Writing) *reading {
	m := s.model
	soft := p.logits[i*m.Readout:][:m.Readout]
	r := newReading(m.Heads)
	right := 0.0
	for _, v := range p.samples[i].Targets {
		right += float64(soft[v])
	}
	if s.counts(e, c) {
		r.loss.Add(-portable.Log(max(right, math.SmallestNonzeroFloat32)))
	}
	best := Largest(soft)
	if c < 0 {
		r.path.Add(Indicator(best == n.Label[e.Target]))
		return r
	}
	r.path.Add(Indicator(best == n.Label[e.Path[c+1]]))
	segment := &p.segments[len(p.segments)-1]
	hop, within, mass, cumulative := false, false, 0.0, 0.0
	least, most := math.Inf(1), math.Inf(-1)
	var next []float64 // of the vertices at distance c+1
	for v, d := range e.distance {
		x := float64(soft[n.Label[v]])
		if d == c+1 {
			mass += x
			next = append(next, max(x, math.SmallestNonzeroFloat32))
			hop = hop || best == n.Label[v]
		}
		if d >= 0 && d <= c+1 {
			cumulative += x
			within = within || best == n.Label[v]
		}
		if c > 0 { // the thought that the last step started from
			thought := p.segments[c-1].hidden[i*m.Width:][:m.Width]
			inner := float64(kernel.Dot(thought, m.tensor(m.Theta, m.embed)[n.Label[v]*m.Width:][:m.Width]))
			class := ClassOf(d, c)
			r.thought[class].Add(inner)
			if class == Frontier {
				least, most = min(least, inner), max(most, inner)
			}
		}
	}
	r.hop.Add(Indicator(hop))
	r.within.Add(Indicator(within))
	r.mass.Add(mass)
	r.cumulative.Add(cumulative)
	if most > 0 {
		r.even.Add(least / most)
	}
	if x, ok := Unevenness(next); ok {
		r.uneven.Add(x)
	}
	// The query is at the last position, the keys are those of the edges.
	score := func(layer, h, at int) float64 { return p.score(layer, h, segment, i, at) }
	var frontierLogits []float64
	var logitTarget, first [Classes]Mean // as r.logit, which is summed over heads, and in layer 1
	byHead, focus := make([][Classes]Mean, m.Heads), 0.0
	attention, tokens, leaving := p.attentionOf(1, segment, i), s.preset.Format.edgeTokens(), 0
	separated := s.preset.Format.separated(len(n.Order))
	for j, edge := range n.Order {
		class := ClassOf(e.distance[e.Graph.Edges()[edge][0]], c)
		from, target := s.preset.Format.edgeAt(j)
		at := from + tokens - 1
		if class == Frontier {
			leaving++
			for _, weights := range attention {
				for _, x := range weights[from : at+int(Indicator(j < separated))] {
					focus += float64(x) / float64(m.Heads)
				}
			}
		}
		if j >= separated {
			continue
		}
		sum, sumTarget, sumFirst := 0.0, 0.0, 0.0
		for h := range m.Heads {
			x := score(1, h, at)
			byHead[h][class].Add(x)
			sum += x
			sumTarget += score(1, h, target)
			sumFirst += score(0, h, at)
		}
		first[class].Add(sumFirst)
		r.logit[class].Add(sum)
		logitTarget[class].Add(sumTarget)
		if class == Frontier {
			frontierLogits = append(frontierLogits, sum)
		}
	}
	if spread, ok := Deviation(frontierLogits); ok {
		r.spread.Add(spread)
	}
	added := s.addedLogit(p, segment, i, e, n, c)
	r.added.AddMean(added)
	if leaving > 0 {
		r.focus.Add(focus)
	}
	if x, ok := added.Value(); ok && focus > 0 {
		r.gain.Add(x * float64(leaving) / focus)
	}
	r.gapAll.AddMean(r.logit[Frontier].Minus(r.logit[Older].With(r.logit[Rest])))
	r.gap.AddMean(gapOf(r.logit))
	r.gapFirst.AddMean(gapOf(first))
	r.gapTarget.AddMean(gapOf(logitTarget))
	for h := range byHead {
		r.heads[h].AddMean(gapOf(byHead[h]))
	}
	if c == 0 && !s.preset.Format.Pair {
		s.readCopies(p, i, n, r)
	}
	return r
}

// readCopies reads how much of the attention of <e> goes to the two tokens
// before it, in each head of layer 1.
func (s *Session) readCopies(p *pass[float32], i int, n *Writing, r *reading) {
	m := s.model
	first, edges := s.preset.Format.layout(0).EdgeAt(0), s.preset.Format.separated(len(n.Order))
	for h := range m.Heads {
		r.copied[0][h].count, r.copied[1][h].count = 1, 1
	}
	p.eachBlock(0, &p.segments[0], func(a attentionBlock[float32]) {
		if a.sample != i {
			return
		}
		for q := range a.count {
			if at := a.position + q - first; at >= 0 && at%3 == 2 && at < 3*edges {
				row := a.weights[q*a.stride:][:a.keys]
				r.copied[0][a.head].sum += float64(row[first+at-2]) / float64(edges)
				r.copied[1][a.head].sum += float64(row[first+at-1]) / float64(edges)
			}
		}
	})
}

// Point measures the model on the held-out graphs: the step after c thoughts
// for every c, trained or not yet, and the answer. The loss is that of the
// present stage: of what it asks each graph for, without earlier stages.
func (s *Session) Point(ctx context.Context) (sim.Point, error) {
	point := sim.Point{Step: s.Done(), Stage: s.stage + 1, Learned: &sim.Learned{}}
	l := point.Learned
	trained, loss, accuracy := s.preset.Stages[s.stage].Hop, Mean{}, 0.0
	for c := range s.hops {
		r, err := s.readAll(ctx, c)
		if err != nil {
			return sim.Point{}, err
		}
		loss = loss.With(r.loss)
		if c == trained {
			accuracy = r.hop.value()
		}
		for list, m := range map[*[]*float64]Mean{&point.Gap: r.gap, &point.GapAll: r.gapAll, &l.GapTarget: r.gapTarget, &l.GapFirst: r.gapFirst,
			&point.Mass: r.mass, &point.Cumulative: r.cumulative, &l.Hop: r.hop, &l.Within: r.within, &l.Path: r.path,
			&l.Evenness: r.even, &l.Spread: r.spread, &l.Focus: r.focus, &l.Added: r.added, &l.Gain: r.gain, &l.Uneven: r.uneven} {
			*list = append(*list, optional(m))
		}
		for list, m := range map[*[][3]*float64][Classes]Mean{&l.Logits: r.logit, &l.Thought: r.thought} {
			*list = append(*list, [3]*float64{optional(m[Frontier]), optional(m[Older]), optional(m[Rest])})
		}
		var byHead []*float64
		for h, m := range r.heads {
			byHead = append(byHead, optional(m))
			for k := range r.copied {
				if x, ok := r.copied[k][h].Value(); ok {
					l.Copy = cmp.Or(l.Copy, new([2]float64))
					l.Copy[k] = max(l.Copy[k], x)
				}
			}
		}
		l.GapHeads = append(l.GapHeads, byHead)
	}
	r, err := s.readAll(ctx, -1)
	if err != nil {
		return sim.Point{}, err
	}
	point.Answer = optional(r.path)
	loss = loss.With(r.loss)
	point.Loss = optional(loss)
	if trained < 0 {
		accuracy = *point.Answer
	}
	if !finite(loss.value()) {
		return sim.Point{}, &sim.NonFiniteError{Step: s.Done(), Tensor: "loss on held-out graphs"}
	}
	if trained < s.hops {
		s.note(accuracy)
	}
	return point, nil
}

// optional returns a mean, nil of no numbers.
func optional(m Mean) *float64 {
	if m.count == 0 {
		return nil
	}
	x := m.value()
	return &x
}
