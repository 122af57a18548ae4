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
}

// A Task says what a sample asks.
type Task struct {
	Hop        int       // thoughts before the step; −1 asks for the answer
	Search     bool      // the BFS loss: all vertices at distance c+1
	Cumulative bool      // of the BFS loss: all vertices within c+1 hops
	Label      graph.Law // of the Coconut loss
}

// layout returns the tokens. Unless they are published the special tokens
// follow those of the vertices: content and, for pairs, source and target of
// an edge.
func (f Format) layout(symbols int) Layout {
	if f.Published {
		return ProsQA
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

// edgeAt returns the positions of the j-th edge: the one that the vertices of
// the edge are read at, and the target.
func (f Format) edgeAt(j int) (separator, target int) {
	if f.Pair {
		return j, j
	}
	at := f.layout(0).EdgeAt(j)
	return at + 2, at + 1
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
func (f Format) sample(s *Sample, e *example, t Task, symbols, thoughts int, rng *rand.Rand, w *Writing) {
	l := f.layout(symbols)
	if err := w.Draw(e.Instance, FreshNames, l.Vertices, rng); err != nil {
		panic(err) // NewSession has counted the symbols
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
	s.Prompt = appendPositions(s.Prompt, tokens)
	if t.Hop < 0 {
		s.Thoughts = thoughts
		s.Suffix = appendPositions(s.Suffix, l.Suffix(nil, e.Instance, w))
		s.Targets = append(s.Targets, int32(label[e.Target]))
		return
	}
	s.Thoughts = t.Hop
	if !t.Search && t.Label == graph.PathLaw {
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

// appendPositions appends tokens, each at a position of its own.
func appendPositions(to []Position, tokens []int32) []Position {
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
	all, err := graph.Suite(seed, p.Pool+p.HeldOut, graph.Shape{MinVertices: p.Vertices[0], MaxVertices: p.Vertices[1], MinHops: p.Hops, MaxHops: p.Hops}, graph.Generate)
	if err != nil {
		return nil, nil, fmt.Errorf("graphs of the preset %s: %w", p.Name, err)
	}
	return all[:p.Pool], all[p.Pool:], nil
}
