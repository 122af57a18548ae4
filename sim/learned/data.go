package learned

import (
	"fmt"
	"math/rand/v2"

	"muflow/graph"
)

// A Format says how an instance becomes tokens.
type Format struct {
	Pair      bool // one position an edge, with an embedding for each end; else three tokens: source, target, <e>
	Early     bool // the candidates stand before the thoughts, else after them
	Published bool // the layout ProsQA; neither Pair nor Early
	Open      bool // of the published layout: no separator after the last edge
	// Names of the vertices. Fresh ones are drawn from all tokens, in the
	// published layout from as many as the graph has vertices.
	Names Names
}

// A Task says what a sample asks.
type Task struct {
	Hop        int  // thoughts before the step; −1 asks for the answer
	Thoughts   int  // before the answer
	Search     bool // the BFS loss: all vertices at distance c+1
	Cumulative bool // of the BFS loss: all vertices within c+1 hops
}

// layout returns the tokens. Unless they are published the special tokens
// follow those of the vertices: content and, for pairs, source and target of
// an edge.
func (f Format) layout(symbols int) Layout {
	if f.Published {
		l := ProsQA
		l.Open = f.Open
		return l
	}
	first := symbols
	if f.Pair {
		first = 3 * symbols
	}
	at := int32(first)
	return Layout{Vocabulary: first + 4, Vertices: symbols, Start: -1, Separator: at, Question: at + 1, Root: at + 2, Answer: at + 3, Late: !f.Early}
}

// edgeTokens returns how many positions an edge takes.
func (f Format) edgeTokens() int {
	if f.Pair {
		return 1
	}
	return 3
}

// edgeAt returns the position of the j-th edge and of its target. The separator,
// where its vertices are read, is the last of its positions; the last edge of an
// open layout has none.
func (f Format) edgeAt(j int) (first, target int) {
	if f.Pair {
		return j, j
	}
	first = f.layout(0).EdgeAt(j)
	return first, first + 1
}

// separated returns how many of so many edges have a separator.
func (f Format) separated(edges int) int {
	if f.Published && f.Open {
		return edges - 1
	}
	return edges
}

// Vocabulary returns V.
func (f Format) Vocabulary(symbols int) int { return f.layout(symbols).Vocabulary }

// Length returns the most positions of a sample: an instance with so many
// edges, so many thoughts and the answer.
func (f Format) Length(edges, thoughts int) int {
	length := f.layout(0).Length(edges, thoughts)
	if f.Pair {
		length -= 2 * edges
	}
	return length
}

// An example is an instance with what is needed again and again.
type example struct {
	*graph.Instance
	distance []int
	labels   [][]int // of each step
}

func examplesOf(instances []graph.Instance, law graph.Law) []example {
	out := make([]example, len(instances))
	for i := range instances {
		in := &instances[i]
		out[i] = example{Instance: in, distance: in.Graph.Distances(in.Root), labels: make([][]int, in.Steps())}
		for c := range out[i].labels {
			if step, err := law.Step(in, c); err == nil {
				out[i].labels[c] = step.Labels()
			}
		}
	}
	return out
}

// has reports whether the instance has a vertex to ask for.
func (e *example) has(hop int) bool { return hop < e.Steps() }

// draw draws names for the vertices of an instance, an order of its edges and
// one of its candidates.
func (f Format) draw(in *graph.Instance, symbols int, rng *rand.Rand, w *Writing) error {
	return w.Draw(in, f.Names, f.layout(symbols).Tokens(in), rng)
}

// sample writes an instance as draw has it.
func (f Format) sample(s *Sample, e *example, t Task, symbols int, rng *rand.Rand, w *Writing) {
	l := f.layout(symbols)
	if err := f.draw(e.Instance, symbols, rng, w); err != nil {
		panic(err) // NewPlan has drawn it once
	}
	label := w.Label
	s.Prompt, s.Suffix, s.Targets = s.Prompt[:0], s.Suffix[:0], s.Targets[:0]
	tokens := l.Prompt(nil, e.Instance, w)
	if f.Pair { // an edge is one position
		edges := e.Graph.Edges()
		for _, i := range w.Order {
			s.Prompt = append(s.Prompt, Position{int32(symbols + label[edges[i][0]]), int32(2*symbols + label[edges[i][1]])})
		}
		tokens = tokens[l.EdgeAt(len(edges)):]
	}
	s.Prompt = Positions(s.Prompt, tokens)
	if t.Hop < 0 {
		s.Thoughts = t.Thoughts
		s.Suffix = Positions(s.Suffix, l.Suffix(nil, e.Instance, w))
		s.Targets = append(s.Targets, int32(label[e.Target]))
		return
	}
	s.Thoughts = t.Hop
	if !t.Search {
		labels := e.labels[t.Hop]
		s.Targets = append(s.Targets, int32(label[labels[rng.IntN(len(labels))]]))
		return
	}
	for v, d := range e.distance {
		if d == t.Hop+1 || t.Cumulative && d >= 0 && d <= t.Hop {
			s.Targets = append(s.Targets, int32(label[v]))
		}
	}
}

// Positions appends tokens, each at a position of its own.
func Positions(to []Position, tokens []int32) []Position {
	for _, token := range tokens {
		to = append(to, Position{token, -1})
	}
	return to
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
	generate := graph.Generate
	if p.ProsQA {
		generate = graph.GenerateProsQA
	}
	all, err := graph.Suite(seed, p.Pool+p.HeldOut, p.Shape, generate)
	if err != nil {
		return nil, nil, fmt.Errorf("graphs of the preset %s: %w", p.Name, err)
	}
	return all[:p.Pool], all[p.Pool:], nil
}
