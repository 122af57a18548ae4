package learned

import (
	"context"
	"math"
	"math/rand/v2"

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

// A reading is what is read off one held-out sample.
type reading struct {
	loss               float64
	hop, within, path  bool // where the largest logit is; path is the answer if that is asked
	mass, cumulative   float64
	logit, logitTarget [classes]mean // of attention, summed over heads
	first              [classes]mean // the same as logit, in layer 1
	gapHeads           [][classes]mean
	thought            [classes]mean
	least, most        float64
	spread             float64 // −1 without two edges to compare
	focus, added, gain float64
	uneven             float64
	copied             [2][]float64 // of each head
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

// heldOutChunk is how many held-out samples are computed at once.
const heldOutChunk = 25

// readings computes the held-out samples of a task. Their names and orders are
// the same at every step.
func (s *Session) readings(ctx context.Context, task Task) ([]reading, error) {
	var examples []*example
	for i := range s.held {
		if s.held[i].has(task) {
			examples = append(examples, &s.held[i])
		}
	}
	out := make([]reading, len(examples))
	parts := (len(examples) + heldOutChunk - 1) / heldOutChunk
	err := sim.InChunks(ctx, min(len(s.trainer.workers), parts), parts, func(worker, part int) {
		from := part * heldOutChunk
		some := examples[from:min(from+heldOutChunk, len(examples))]
		samples, labels := make([]Sample, len(some)), make([]names, len(some))
		for i, e := range some {
			rng := rand.New(sim.Stream(s.seed, task.Hop+1, from+i, heldOutStream))
			s.preset.Format.sample(&samples[i], e, task, s.symbols, s.preset.Hops, rng, &labels[i])
		}
		p := s.trainer.workers[worker]
		p.forward(samples)
		for i, e := range some {
			out[from+i] = s.read(p, i, e, task, &labels[i])
		}
	})
	return out, err
}

// read reads sample i of the chunk that the pass has just computed.
func (s *Session) read(p *pass[float32], i int, e *example, task Task, n *names) reading {
	m := s.model
	soft := p.logits[i*m.Readout:][:m.Readout]
	r := reading{least: math.Inf(1), most: math.Inf(-1)}
	right := 0.0
	for _, v := range p.samples[i].Targets {
		right += float64(soft[v])
	}
	r.loss = -math.Log(max(right, math.SmallestNonzeroFloat32))
	best := 0
	for v := range soft {
		if soft[v] > soft[best] {
			best = v
		}
	}
	if task.Hop < 0 {
		r.path = best == n.label[e.Target]
		return r
	}
	c := task.Hop
	r.path = best == n.label[e.Path[c+1]]
	segment := &p.segments[len(p.segments)-1]
	for v, d := range e.distance {
		x := float64(soft[n.label[v]])
		if d == c+1 {
			r.mass += x
			r.hop = r.hop || best == n.label[v]
		}
		if d >= 0 && d <= c+1 {
			r.cumulative += x
			r.within = r.within || best == n.label[v]
		}
		if c > 0 { // the thought that the last step started from
			thought := p.segments[c-1].hidden[i*m.Width:][:m.Width]
			inner := float64(dot(thought, m.tensor(m.Theta, m.embed)[n.label[v]*m.Width:][:m.Width]))
			class := classOf(d, c)
			r.thought[class].add(inner)
			if class == newest {
				r.least, r.most = min(r.least, inner), max(r.most, inner)
			}
		}
	}
	r.uneven = unevenness(soft, e.distance, n.label, c+1)
	// The query is at the last position, the keys are those of the edges.
	width := m.Width / m.Heads
	position := segment.start[i] + segment.from[i+1] - segment.from[i] - 1
	r.gapHeads = make([][classes]mean, m.Heads)
	rows := [2]int{segment.from[i+1] - 1, i}
	score := func(layer, h, at int) float64 {
		query := segment.blocks[layer].query[rows[layer]*m.Width:][:m.Width]
		key := p.cache[layer][(p.base[i]+at)*2*m.Width+h*width:][:width]
		x := float64(dot(query[h*width:][:width], key)) * m.scoreScale()
		if relative := m.tensor(m.Theta, m.layers[layer].relative); relative != nil {
			x += float64(relative[h*m.Length+position-at])
		}
		return x
	}
	var newestLogits []float64
	attention, tokens := p.attentionOf(1, segment, i), s.preset.Format.edgeTokens()
	for j, edge := range n.order {
		class := classOf(e.distance[e.Graph.Edges()[edge][0]], c)
		at, target := j, j
		if !s.preset.Format.Pair {
			at, target = 3*j+2, 3*j+1
		}
		sum, sumTarget, first := 0.0, 0.0, 0.0
		for h := range m.Heads {
			x := score(1, h, at)
			r.gapHeads[h][class].add(x)
			sum += x
			sumTarget += score(1, h, target)
			first += score(0, h, at)
		}
		r.first[class].add(first)
		r.logit[class].add(sum)
		r.logitTarget[class].add(sumTarget)
		if class == newest {
			newestLogits = append(newestLogits, sum)
			for _, weights := range attention {
				for _, x := range weights[tokens*j:][:tokens] {
					r.focus += float64(x) / float64(m.Heads)
				}
			}
		}
	}
	r.spread = deviation(newestLogits)
	r.added = s.addedLogit(p, segment, i, e, n, c)
	if r.focus > 0 {
		r.gain = r.added * float64(len(newestLogits)) / r.focus
	}
	if c == 0 && !s.preset.Format.Pair {
		s.readCopies(p, i, n, &r)
	}
	return r
}

// readCopies reads how much of the attention of <e> goes to the two tokens
// before it, in each head of layer 1.
func (s *Session) readCopies(p *pass[float32], i int, n *names, r *reading) {
	m := s.model
	for k := range r.copied {
		r.copied[k] = make([]float64, m.Heads)
	}
	p.eachBlock(0, &p.segments[0], func(a attentionBlock[float32]) {
		if a.sample != i {
			return
		}
		for q := range a.count {
			if at := a.position + q; at%3 == 2 && at < 3*len(n.order) {
				row := a.weights[q*a.keys:][:a.keys]
				r.copied[0][a.head] += float64(row[at-2]) / float64(len(n.order))
				r.copied[1][a.head] += float64(row[at-1]) / float64(len(n.order))
			}
		}
	})
}

// Point measures the model on the held-out graphs: the step after c thoughts
// for every c, trained or not yet, and the answer. The loss is that of the
// present stage.
func (s *Session) Point(ctx context.Context) (sim.Point, error) {
	point := sim.Point{Step: s.Done(), Stage: s.stage + 1, Learned: &sim.Learned{}}
	l := point.Learned
	trained := s.preset.Stages[s.stage].Hop
	for c := range s.preset.Hops {
		readings, err := s.readings(ctx, s.preset.task(c, s.search))
		if err != nil {
			return sim.Point{}, err
		}
		var loss, hop, within, path, mass, cumulative, gap, gapTarget, gapFirst, even mean
		var spread, focus, added, gain, uneven mean
		var logit, thought [classes]mean
		heads := make([]mean, s.model.Heads)
		var copies [2][]mean
		for k := range copies {
			copies[k] = make([]mean, s.model.Heads)
		}
		for i := range readings {
			r := &readings[i]
			loss.add(r.loss)
			hop.add(truth(r.hop))
			within.add(truth(r.within))
			path.add(truth(r.path))
			mass.add(r.mass)
			cumulative.add(r.cumulative)
			for k := range classes {
				if r.logit[k].count > 0 {
					logit[k].add(r.logit[k].value())
				}
				if r.thought[k].count > 0 {
					thought[k].add(r.thought[k].value())
				}
			}
			if r.logit[newest].count > 0 && r.logit[rest].count > 0 {
				gap.add(r.logit[newest].value() - r.logit[rest].value())
				gapFirst.add(r.first[newest].value() - r.first[rest].value())
				gapTarget.add(r.logitTarget[newest].value() - r.logitTarget[rest].value())
				for h := range heads {
					heads[h].add(r.gapHeads[h][newest].value() - r.gapHeads[h][rest].value())
				}
			}
			if r.spread >= 0 {
				spread.add(r.spread)
			}
			if r.logit[newest].count > 0 {
				focus.add(r.focus)
				gain.add(r.gain)
			}
			added.add(r.added)
			uneven.add(r.uneven)
			if r.most > 0 {
				even.add(r.least / r.most)
			}
			for k := range copies {
				for h, x := range r.copied[k] {
					copies[k][h].add(x)
				}
			}
		}
		if c == trained {
			point.Loss = loss.value()
			s.accuracy, s.measured = hop.value(), s.Done()
		}
		point.Gap, l.GapTarget = append(point.Gap, optional(gap)), append(l.GapTarget, optional(gapTarget))
		l.GapFirst = append(l.GapFirst, optional(gapFirst))
		point.Mass, point.Cumulative = append(point.Mass, mass.value()), append(point.Cumulative, cumulative.value())
		l.Hop, l.Within, l.Path = append(l.Hop, hop.value()), append(l.Within, within.value()), append(l.Path, path.value())
		l.Logits = append(l.Logits, [3]float64{logit[newest].value(), logit[older].value(), logit[rest].value()})
		l.Thought = append(l.Thought, [3]float64{thought[newest].value(), thought[older].value(), thought[rest].value()})
		l.Evenness = append(l.Evenness, even.value())
		l.Spread, l.Focus, l.Added = append(l.Spread, spread.value()), append(l.Focus, focus.value()), append(l.Added, added.value())
		l.Gain, l.Uneven = append(l.Gain, gain.value()), append(l.Uneven, uneven.value())
		var byHead []float64
		for h := range heads {
			byHead = append(byHead, heads[h].value())
			for k := range copies {
				l.Copy[k] = max(l.Copy[k], copies[k][h].value())
			}
		}
		l.GapHeads = append(l.GapHeads, byHead)
	}
	readings, err := s.readings(ctx, s.preset.task(-1, s.search))
	if err != nil {
		return sim.Point{}, err
	}
	var loss, right mean
	for i := range readings {
		loss.add(readings[i].loss)
		right.add(truth(readings[i].path))
	}
	answer := right.value()
	point.Answer = &answer
	if trained < 0 {
		point.Loss = loss.value()
		s.accuracy, s.measured = answer, s.Done()
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
