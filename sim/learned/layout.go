package learned

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"muflow/graph"
	"muflow/sim/kernel"
)

// A Layout is how an instance stands in tokens. Vertices are the tokens below
// Vertices, c thoughts follow the prompt:
//
//	<eos> s t | s t | … s t | [Q] a b [R] r   thoughts   [A]
//
// Late puts [Q] a b after the thoughts, before [A].
type Layout struct {
	Vocabulary int   `json:"vocabulary"`
	Vertices   int   `json:"vertices"`
	Start      int32 `json:"start"`     // <eos>, first of all; −1: nothing stands there
	Separator  int32 `json:"separator"` // |, after every edge
	Question   int32 `json:"question"`  // [Q], before the candidates
	Root       int32 `json:"root"`      // [R], before the root
	Answer     int32 `json:"answer"`    // [A], asks for the answer
	Open       bool  `json:"open"`      // no separator after the last edge
	Late       bool  `json:"late"`
	Own        bool  `json:"own"` // fresh names of a graph are its own numbers 0 … n−1, permuted; else any vertices
}

// ProsQA is the published layout: arXiv 2509.23365, its code's stokenizer.py
// and dataset.py. The code joins edges by | and so has none after the last,
// which is Open; the theory needs one for every edge.
var ProsQA = Layout{Vocabulary: 40, Vertices: 31, Start: 38, Separator: 34, Question: 35, Root: 36, Answer: 37, Own: true}

// Check refuses tokens that are the same or outside the vocabulary.
func (l Layout) Check() error {
	if l.Vertices < 2 || l.Vocabulary > 1<<20 {
		return fmt.Errorf("a layout of %d vertices and %d tokens, expected at least 2 and at most %d", l.Vertices, l.Vocabulary, 1<<20)
	}
	special := []int32{l.Separator, l.Question, l.Root, l.Answer}
	if l.Start != -1 {
		special = append(special, l.Start)
	}
	for i, token := range special {
		if int(token) < l.Vertices || int(token) >= l.Vocabulary {
			return fmt.Errorf("a layout with the special token %d, expected %d to %d", token, l.Vertices, l.Vocabulary-1)
		}
		for _, before := range special[:i] {
			if token == before {
				return fmt.Errorf("a layout with the special token %d twice", token)
			}
		}
	}
	return nil
}

// EdgeAt returns the position of the source of the j-th edge; its target and
// its separator follow.
func (l Layout) EdgeAt(j int) int {
	if l.Start >= 0 {
		return 3*j + 1
	}
	return 3 * j
}

// Tokens returns from how many tokens the names of an instance are drawn.
func (l Layout) Tokens(in *graph.Instance) int {
	if l.Own {
		return min(l.Vertices, in.Graph.Order())
	}
	return l.Vertices
}

// Length returns the positions of an instance with so many edges, so many
// thoughts and the answer.
func (l Layout) Length(edges, thoughts int) int {
	length := l.EdgeAt(edges) + 5 + thoughts + 1
	if l.Open {
		length--
	}
	return length
}

// Prompt appends what stands before the thoughts to tokens, and Suffix what
// stands between them and the answer.
func (l Layout) Prompt(tokens []int32, in *graph.Instance, w *Writing) []int32 {
	if l.Start >= 0 {
		tokens = append(tokens, l.Start)
	}
	edges := in.Graph.Edges()
	for i, edge := range w.Order {
		tokens = append(tokens, int32(w.Label[edges[edge][0]]), int32(w.Label[edges[edge][1]]))
		if !l.Open || i < len(w.Order)-1 {
			tokens = append(tokens, l.Separator)
		}
	}
	if !l.Late {
		tokens = l.question(tokens, in, w)
	}
	return append(tokens, l.Root, int32(w.Label[in.Root]))
}

// Suffix: see Prompt.
func (l Layout) Suffix(tokens []int32, in *graph.Instance, w *Writing) []int32 {
	if l.Late {
		tokens = l.question(tokens, in, w)
	}
	return append(tokens, l.Answer)
}

func (l Layout) question(tokens []int32, in *graph.Instance, w *Writing) []int32 {
	first, second := w.Candidates(in)
	return append(tokens, l.Question, int32(w.Label[first]), int32(w.Label[second]))
}

// Read reads a prompt back: vertex v is token v. The target is the candidate
// that the root reaches, the first if it reaches both; the path is a shortest
// one.
func (l Layout) Read(tokens []int32) (*graph.Instance, *Writing, error) {
	if l.Late {
		return nil, nil, fmt.Errorf("a layout with the candidates after the thoughts, expected them in the prompt")
	}
	at, n := 0, 0
	var err error
	special := func(token int32) {
		if err == nil && (at >= len(tokens) || tokens[at] != token) {
			err = fmt.Errorf("tokens[%d], expected %d", at, token)
		}
		at++
	}
	vertex := func() int {
		if err == nil && (at >= len(tokens) || tokens[at] < 0 || int(tokens[at]) >= l.Vertices) {
			err = fmt.Errorf("tokens[%d], expected a vertex below %d", at, l.Vertices)
		}
		if at++; err != nil {
			return 0
		}
		v := int(tokens[at-1])
		n = max(n, v+1)
		return v
	}
	if l.Start >= 0 {
		special(l.Start)
	}
	var edges [][2]int
	w := &Writing{}
	for err == nil && at < len(tokens) && tokens[at] != l.Question {
		w.Order = append(w.Order, len(edges))
		edges = append(edges, [2]int{vertex(), vertex()})
		if !l.Open || at < len(tokens) && tokens[at] != l.Question {
			special(l.Separator)
		}
	}
	special(l.Question)
	first, second := vertex(), vertex()
	special(l.Root)
	in := &graph.Instance{Root: vertex(), Target: first, Other: second}
	if err == nil && at < len(tokens) {
		err = fmt.Errorf("tokens[%d], expected the prompt to end", at)
	}
	if err != nil {
		return nil, nil, err
	}
	if in.Graph, err = graph.New(n, edges); err != nil {
		return nil, nil, err
	}
	if in.Path = in.Graph.ShortestPath(in.Root, first); in.Path == nil {
		in.Target, in.Other, w.Swap = second, first, true
		in.Path = in.Graph.ShortestPath(in.Root, second)
	}
	for v := range n {
		w.Label = append(w.Label, v)
	}
	if in.Path == nil {
		return nil, nil, fmt.Errorf("the root reaches neither candidate")
	}
	return in, w, in.Validate()
}

// Names says which tokens the vertices of an instance get.
type Names int

// The ways to name vertices.
const (
	FreshNames   Names = iota // drawn for every sample
	FileNames                 // vertex v is token v
	OrderedNames              // those of the file if every edge leads to a higher one, as in the published files; else new ones, of an acyclic graph, for which that holds
)

var namesOf = []string{"fresh", "file", "ordered"}

func (n Names) String() string { return namesOf[n] }

// ParseNames reads fresh, file or ordered.
func ParseNames(text string) (Names, error) {
	for i, name := range namesOf {
		if text == name {
			return Names(i), nil
		}
	}
	return 0, fmt.Errorf("names %q, expected file, fresh or ordered", text)
}

// A Writing is what an instance leaves open of its text.
type Writing struct {
	Label []int // token of each vertex
	Order []int // of the edges, places in Graph.Edges
	Swap  bool  // the other candidate stands before the target

	pool []int
}

// Candidates returns both candidates in their order.
func (w *Writing) Candidates(in *graph.Instance) (first, second int) {
	if w.Swap {
		return in.Other, in.Target
	}
	return in.Target, in.Other
}

// Draw draws a writing: names among so many tokens, unless they are given, the
// order of the edges and that of the candidates.
func (w *Writing) Draw(in *graph.Instance, names Names, tokens int, rng *rand.Rand) error {
	order, size := in.Graph.Order(), in.Graph.Size()
	if order > tokens {
		return fmt.Errorf("%d vertices, expected at most %d, one for each token", order, tokens)
	}
	w.pool, w.Order = kernel.Resize(w.pool, tokens), kernel.Resize(w.Order, size)
	for i := range w.pool {
		w.pool[i] = i
	}
	w.Label = w.pool[:order]
	switch names {
	case FreshNames:
		for i := range order {
			j := i + rng.IntN(tokens-i)
			w.pool[i], w.pool[j] = w.pool[j], w.pool[i]
		}
	case OrderedNames:
		if err := w.number(in); err != nil {
			return err
		}
	}
	for i := range w.Order {
		w.Order[i] = i
	}
	rng.Shuffle(size, func(i, j int) { w.Order[i], w.Order[j] = w.Order[j], w.Order[i] })
	w.Swap = rng.IntN(2) > 0
	return nil
}

// Keep is the writing without a draw: names of the file or ordered ones, edges
// as in the file, the target before the other candidate.
func (w *Writing) Keep(in *graph.Instance, names Names, tokens int) error {
	if names == FreshNames {
		return fmt.Errorf("fresh names without a draw")
	}
	if err := w.Draw(in, names, tokens, rand.New(rand.NewPCG(0, 0))); err != nil {
		return err
	}
	for i := range w.Order {
		w.Order[i] = i
	}
	w.Swap = false
	return nil
}

// number numbers the vertices such that every edge leads upwards, unless they
// are so already. Published files are made so: the root and the other start are 0 and 1, and then a
// vertex enters when an edge needs it. So the vertices that edges lead to are
// numbered in the order in which the file has these edges, where that order
// allows it, and each other vertex just before the first that it leads to.
func (w *Writing) number(in *graph.Instance) error {
	if !slices.ContainsFunc(in.Graph.Edges(), func(e [2]int) bool { return e[0] > e[1] }) {
		return nil
	}
	n := in.Graph.Order()
	place := make([]int, n) // of the first edge into a vertex
	for v := range place {
		place[v] = -1
	}
	for i, e := range in.Graph.Edges() {
		if place[e[1]] < 0 {
			place[e[1]] = i
		}
	}
	done, next := make([]int, n), 0 // 0 new, 1 entered, 2 numbered
	var enter func(v int) error
	enter = func(v int) error {
		switch done[v] {
		case 1:
			return fmt.Errorf("a cycle through vertex %d, expected none for ordered names", v)
		case 2:
			return nil
		}
		done[v] = 1
		for _, u := range in.Graph.In(v) {
			if err := enter(u); err != nil {
				return err
			}
		}
		done[v] = 2
		w.Label[v] = next
		next++
		return nil
	}
	// Starts first: the root, and the one that reaches most of what it does not.
	heads := make([]int, 0, n)
	reached := in.Graph.Distances(in.Root)
	second, most := -1, 0
	for v := range n {
		if place[v] >= 0 {
			heads = append(heads, v)
			continue
		}
		count := 0
		for u, d := range in.Graph.Distances(v) {
			if d >= 0 && reached[u] < 0 {
				count++
			}
		}
		if v != in.Root && count > most {
			second, most = v, count
		}
	}
	slices.SortFunc(heads, func(u, v int) int { return place[u] - place[v] })
	starts := []int{in.Root}
	if second >= 0 {
		starts = []int{min(second, in.Root), max(second, in.Root)}
	}
	heads = append(starts, heads...)
	for _, v := range heads {
		if err := enter(v); err != nil {
			return err
		}
	}
	for v := range n { // without any edge
		if err := enter(v); err != nil {
			return err
		}
	}
	return nil
}
