package learned

import (
	"context"
	"math"
	"math/rand/v2"
	"muflow/internal/portable"

	"muflow/sim"
)

// The classes of a vertex after c thoughts.
const (
	newest = iota // at distance c
	older         // nearer
	rest          // farther, or not reachable
	classes
)

func classOf(distance, c int) int {
	switch {
	case distance == c:
		return newest
	case distance >= 0 && distance < c:
		return older
	}
	return rest
}

// A reading is what is read off one held-out sample, each number once or not at
// all, or the means over several of them.
type reading struct {
	loss, hop, within, path mean // where the largest logit is; path is the answer if that is asked
	mass, cumulative        mean
	gap, gapAll             mean
	gapTarget, gapFirst     mean
	heads                   []mean // gap by head
	spread                  mean
	focus, added, gain      mean
	uneven, even            mean
	logit, thought          [classes]mean
	copied                  [2][]mean // by head
}

func newReading(heads int) *reading {
	return &reading{heads: make([]mean, heads), copied: [2][]mean{make([]mean, heads), make([]mean, heads)}}
}

// all lists the numbers.
func (r *reading) all() []*mean {
	out := []*mean{&r.loss, &r.hop, &r.within, &r.path, &r.mass, &r.cumulative, &r.gap, &r.gapAll, &r.gapTarget, &r.gapFirst,
		&r.spread, &r.focus, &r.added, &r.gain, &r.uneven, &r.even}
	for _, list := range [][]mean{r.heads, r.logit[:], r.thought[:], r.copied[0], r.copied[1]} {
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
		if from[i].count > 0 {
			to.add(from[i].value())
		}
	}
}

// A mean of some numbers, perhaps none.
type mean struct {
	sum   float64
	count int
}

func (m *mean) add(x float64) {
	m.sum += x
	m.count++
}

func (m mean) value() float64 {
	if m.count == 0 {
		return 0
	}
	return m.sum / float64(m.count)
}

// gapOf is the mean of the newest class minus that of the rest.
func gapOf(m [classes]mean) float64 { return m[newest].value() - m[rest].value() }

// others are the edges that do not leave the newest frontier.
func others(m [classes]mean) mean {
	return mean{m[older].sum + m[rest].sum, m[older].count + m[rest].count}
}

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
		p.forward(samples)
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
		r.loss.add(-portable.Log(max(right, math.SmallestNonzeroFloat32)))
	}
	best := 0
	for v := range soft {
		if soft[v] > soft[best] {
			best = v
		}
	}
	if c < 0 {
		r.path.add(truth(best == n.Label[e.Target]))
		return r
	}
	r.path.add(truth(best == n.Label[e.Path[c+1]]))
	segment := &p.segments[len(p.segments)-1]
	hop, within, mass, cumulative := false, false, 0.0, 0.0
	least, most := math.Inf(1), math.Inf(-1)
	for v, d := range e.distance {
		x := float64(soft[n.Label[v]])
		if d == c+1 {
			mass += x
			hop = hop || best == n.Label[v]
		}
		if d >= 0 && d <= c+1 {
			cumulative += x
			within = within || best == n.Label[v]
		}
		if c > 0 { // the thought that the last step started from
			thought := p.segments[c-1].hidden[i*m.Width:][:m.Width]
			inner := float64(dot(thought, m.tensor(m.Theta, m.embed)[n.Label[v]*m.Width:][:m.Width]))
			class := classOf(d, c)
			r.thought[class].add(inner)
			if class == newest {
				least, most = min(least, inner), max(most, inner)
			}
		}
	}
	r.hop.add(truth(hop))
	r.within.add(truth(within))
	r.mass.add(mass)
	r.cumulative.add(cumulative)
	if most > 0 {
		r.even.add(least / most)
	}
	r.uneven.add(unevenness(soft, e.distance, n.Label, c+1))
	// The query is at the last position, the keys are those of the edges.
	score := func(layer, h, at int) float64 { return p.score(layer, h, segment, i, at) }
	var newestLogits []float64
	var logitTarget, first [classes]mean // as r.logit, which is summed over heads, and in layer 1
	byHead, focus := make([][classes]mean, m.Heads), 0.0
	attention, tokens, leaving := p.attentionOf(1, segment, i), s.preset.Format.edgeTokens(), 0
	separated := s.preset.Format.separated(len(n.Order))
	for j, edge := range n.Order {
		class := classOf(e.distance[e.Graph.Edges()[edge][0]], c)
		from, target := s.preset.Format.edgeAt(j)
		at := from + tokens - 1
		if class == newest {
			leaving++
			for _, weights := range attention {
				for _, x := range weights[from : at+int(truth(j < separated))] {
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
			byHead[h][class].add(x)
			sum += x
			sumTarget += score(1, h, target)
			sumFirst += score(0, h, at)
		}
		first[class].add(sumFirst)
		r.logit[class].add(sum)
		logitTarget[class].add(sumTarget)
		if class == newest {
			newestLogits = append(newestLogits, sum)
		}
	}
	if spread := deviation(newestLogits); spread >= 0 {
		r.spread.add(spread)
	}
	added, gain := s.addedLogit(p, segment, i, e, n, c), 0.0
	if focus > 0 {
		gain = added * float64(leaving) / focus
	}
	r.added.add(added)
	if leaving > 0 {
		r.focus.add(focus)
		r.gain.add(gain)
	}
	if all := others(r.logit); len(newestLogits) > 0 && all.count > 0 {
		r.gapAll.add(r.logit[newest].value() - all.value())
	}
	if len(newestLogits) > 0 && r.logit[rest].count > 0 {
		r.gap.add(gapOf(r.logit))
		r.gapFirst.add(gapOf(first))
		r.gapTarget.add(gapOf(logitTarget))
		for h := range byHead {
			r.heads[h].add(gapOf(byHead[h]))
		}
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
				row := a.weights[q*a.keys:][:a.keys]
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
	trained, loss := s.preset.Stages[s.stage].Hop, mean{}
	for c := range s.hops {
		r, err := s.readAll(ctx, c)
		if err != nil {
			return sim.Point{}, err
		}
		loss.sum, loss.count = loss.sum+r.loss.sum, loss.count+r.loss.count
		if c == trained {
			s.note(r.hop.value())
		}
		for list, m := range map[*[]*float64]mean{&point.Gap: r.gap, &point.GapAll: r.gapAll, &l.GapTarget: r.gapTarget, &l.GapFirst: r.gapFirst} {
			*list = append(*list, optional(m))
		}
		for list, m := range map[*[]float64]mean{&point.Mass: r.mass, &point.Cumulative: r.cumulative, &l.Hop: r.hop, &l.Within: r.within, &l.Path: r.path,
			&l.Evenness: r.even, &l.Spread: r.spread, &l.Focus: r.focus, &l.Added: r.added, &l.Gain: r.gain, &l.Uneven: r.uneven} {
			*list = append(*list, m.value())
		}
		for list, m := range map[*[][3]float64][classes]mean{&l.Logits: r.logit, &l.Thought: r.thought} {
			*list = append(*list, [3]float64{m[newest].value(), m[older].value(), m[rest].value()})
		}
		var byHead []float64
		for h, m := range r.heads {
			byHead = append(byHead, m.value())
			for k := range r.copied {
				l.Copy[k] = max(l.Copy[k], r.copied[k][h].value())
			}
		}
		l.GapHeads = append(l.GapHeads, byHead)
	}
	r, err := s.readAll(ctx, -1)
	if err != nil {
		return sim.Point{}, err
	}
	point.Answer = optional(r.path)
	loss.sum, loss.count = loss.sum+r.loss.sum, loss.count+r.loss.count
	point.Loss = loss.value()
	if trained < 0 {
		s.note(*point.Answer)
	}
	if !finite(point.Loss) {
		return sim.Point{}, &sim.NonFiniteError{Step: s.Done(), Tensor: "loss on held-out graphs"}
	}
	return point, nil
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// optional returns a mean, nil of no numbers.
func optional(m mean) *float64 {
	if m.count == 0 {
		return nil
	}
	x := m.value()
	return &x
}
