package learned

import (
	"fmt"
	"math/rand/v2"

	"muflow/graph"
	"muflow/sim"
	"muflow/sim/kernel"
)

// A Format says how an instance becomes tokens.
type Format struct {
	Pair  bool // one position an edge, with an embedding for each end; else three tokens: source, target, <e>
	Early bool // the candidates stand before the thoughts, else after them
}

// A Task says what a sample asks.
type Task struct {
	Hop        int       // thoughts before the step; −1 asks for the answer
	Search     bool      // the BFS loss: all vertices at distance c+1
	Cumulative bool      // of the BFS loss: all vertices within c+1 hops
	Label      sim.Label // of the Coconut loss
}

// The special tokens follow those of the vertices in this order.
const (
	edgeToken = iota
	questionToken
	rootToken
	answerToken
	specialTokens
)

// vertexTokens returns how many tokens stand for vertices: content and, for
// pairs, source and target of an edge.
func (f Format) vertexTokens(symbols int) int {
	if f.Pair {
		return 3 * symbols
	}
	return symbols
}

// edgeTokens returns how many positions an edge takes.
func (f Format) edgeTokens() int {
	if f.Pair {
		return 1
	}
	return 3
}

// Vocabulary returns V.
func (f Format) Vocabulary(symbols int) int { return f.vertexTokens(symbols) + specialTokens }

// Length returns the most positions of a sample: an instance with so many
// edges, so many thoughts and the answer.
func (f Format) Length(edges, thoughts int) int {
	return edges*f.edgeTokens() + 2 + thoughts + 4
}

// An example is an instance with what is needed again and again.
type example struct {
	*graph.Instance
	distance []int
}

func examplesOf(instances []graph.Instance) []example {
	out := make([]example, len(instances))
	for i := range instances {
		in := &instances[i]
		out[i] = example{in, in.Graph.Distances(in.Root)}
	}
	return out
}

// has reports whether the instance has a vertex to ask for.
func (e *example) has(t Task) bool {
	if t.Hop < 0 {
		return true
	}
	return t.Hop < e.Steps()
}

// sample writes an instance with fresh names of its vertices, a fresh order of
// its edges and of the candidates. thoughts are those before an answer.
func (f Format) sample(s *Sample, e *example, t Task, symbols, thoughts int, rng *rand.Rand, memory *names) {
	memory.draw(rng, e.Graph.Order(), e.Graph.Size(), symbols)
	label := memory.label
	special := func(kind int) Position { return Position{int32(f.vertexTokens(symbols) + kind), -1} }
	vertex := func(v int) Position { return Position{int32(label[v]), -1} }
	s.Prompt, s.Suffix, s.Targets = s.Prompt[:0], s.Suffix[:0], s.Targets[:0]
	edges := e.Graph.Edges()
	for _, i := range memory.order {
		from, to := edges[i][0], edges[i][1]
		if f.Pair {
			s.Prompt = append(s.Prompt, Position{int32(symbols + label[from]), int32(2*symbols + label[to])})
		} else {
			s.Prompt = append(s.Prompt, vertex(from), vertex(to), special(edgeToken))
		}
	}
	first, second := e.Target, e.Other
	if rng.IntN(2) > 0 {
		first, second = second, first
	}
	if f.Early {
		s.Prompt = append(s.Prompt, special(questionToken), vertex(first), vertex(second))
	}
	s.Prompt = append(s.Prompt, special(rootToken), vertex(e.Root))
	if t.Hop < 0 {
		s.Thoughts = thoughts
		if !f.Early {
			s.Suffix = append(s.Suffix, special(questionToken), vertex(first), vertex(second))
		}
		s.Suffix = append(s.Suffix, special(answerToken))
		s.Targets = append(s.Targets, int32(label[e.Target]))
		return
	}
	s.Thoughts = t.Hop
	if !t.Search && t.Label == sim.PathLabel {
		s.Targets = append(s.Targets, int32(label[e.Path[t.Hop+1]]))
		return
	}
	for v, d := range e.distance {
		if d == t.Hop+1 || t.Search && t.Cumulative && d >= 0 && d <= t.Hop {
			s.Targets = append(s.Targets, int32(label[v]))
		}
	}
	if !t.Search {
		s.Targets[0] = s.Targets[rng.IntN(len(s.Targets))]
		s.Targets = s.Targets[:1]
	}
}

// names are a relabelling of vertices by symbols and an order of edges.
type names struct {
	pool, label, order []int
}

func (n *names) draw(rng *rand.Rand, order, size, symbols int) {
	n.pool, n.order = kernel.Resize(n.pool, symbols), kernel.Resize(n.order, size)
	for i := range n.pool {
		n.pool[i] = i
	}
	for i := range order {
		j := i + rng.IntN(symbols-i)
		n.pool[i], n.pool[j] = n.pool[j], n.pool[i]
	}
	n.label = n.pool[:order]
	for i := range n.order {
		n.order[i] = i
	}
	rng.Shuffle(size, func(i, j int) { n.order[i], n.order[j] = n.order[j], n.order[i] })
}

// graphs returns the training graphs and the held-out ones.
func (p *Preset) graphs(seed uint64, given []graph.Instance) (pool, held []graph.Instance, err error) {
	if len(given) > 0 { // every tenth is held out, all if there are few
		if len(given) < 20 {
			return given, given, nil
		}
		for i := range given {
			if i%10 == 9 {
				held = append(held, given[i])
			} else {
				pool = append(pool, given[i])
			}
		}
		return pool, held, nil
	}
	all, err := graph.Suite(seed, p.Pool+p.HeldOut, graph.Shape{MinVertices: p.Vertices[0], MaxVertices: p.Vertices[1], MinHops: p.Hops, MaxHops: p.Hops}, graph.Generate)
	if err != nil {
		return nil, nil, fmt.Errorf("graphs of the preset %s: %w", p.Name, err)
	}
	return all[:p.Pool], all[p.Pool:], nil
}
