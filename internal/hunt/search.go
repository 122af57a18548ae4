package hunt

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"sync"

	"muflow/graph"
	"muflow/theory"
)

// Options bound a hunt.
type Options struct {
	Seed   uint64
	Random int // random starts of local search, 300 if 0
	Moves  int // moves of each, 60 if 0
	Cases  int // most cases in which the premise holds, 0: no bound
	// Progress, if not nil, is told how far the hunt is.
	Progress func(done, total int)
}

// An Outcome is what a hunt found. A statement that was tried and not refuted
// is Consistent, as the search is no proof; one whose premise never held is
// Undecided.
type Outcome struct {
	Statement *Statement
	Verdict   theory.Verdict
	Witness   *Case // nil unless refuted
	Judgement Judgement
	Tried     int    // cases in which the premise held
	Stage     string // how it was found: small graphs, random graphs, local search
	Shrinks   int    // steps from the case found to the witness
}

// Hunt searches for a violation of a statement: first all digraphs with up to
// four vertices and a sample with five and six, simplest parameters first, then
// random instances with local search on the margin. The result depends on the
// statement and the options only.
func Hunt(ctx context.Context, s *Statement, o Options) (*Outcome, error) {
	if o.Random == 0 {
		o.Random = 300
	}
	if o.Moves == 0 {
		o.Moves = 60
	}
	h := &hunter{ctx: ctx, s: s, o: o, out: &Outcome{Statement: s}, names: sortedNames(s.used)}
	if err := h.small(); err != nil || h.out.Witness != nil || h.spent {
		return h.finish(err)
	}
	return h.finish(h.random())
}

type hunter struct {
	ctx   context.Context
	s     *Statement
	o     Options
	out   *Outcome
	names []string // parameters of the statement
	spent bool     // as many cases as allowed were tried
}

func (h *hunter) finish(err error) (*Outcome, error) {
	if err != nil {
		return h.out, err
	}
	switch {
	case h.out.Witness != nil:
		h.shrink()
		h.out.Verdict = theory.Refuted
	case h.ctx.Err() == nil && h.out.Tried > 0:
		h.out.Verdict = theory.Consistent
	}
	return h.out, h.ctx.Err()
}

// try guesses, and proves what looks like a violation.
func (h *hunter) try(c *Case, stage string) (slack float64, applies bool) {
	if h.o.Cases > 0 && h.out.Tried >= h.o.Cases {
		h.spent = true
		return 0, false
	}
	applies, slack, fails := h.s.guess(h.ctx, c)
	if !applies {
		return 0, false
	}
	h.out.Tried++
	if fails {
		if j := h.s.Judge(h.ctx, c); j.Verdict == theory.Refuted {
			h.out.Witness, h.out.Judgement, h.out.Stage = c, j, stage
		}
	}
	return slack, true
}

// settings lists the combinations of parameter values, simple ones first.
func (h *hunter) settings() []map[string]*big.Rat {
	type indexed struct {
		values map[string]*big.Rat
		rank   int
	}
	all := []indexed{{map[string]*big.Rat{}, 0}}
	for _, name := range h.names {
		var next []indexed
		for _, x := range all {
			for i, q := range parameters[name] {
				values := maps.Clone(x.values)
				values[name] = q
				next = append(next, indexed{values, x.rank + i})
			}
		}
		all = next
	}
	slices.SortStableFunc(all, func(a, b indexed) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]map[string]*big.Rat, len(all))
	for i, x := range all {
		out[i] = x.values
	}
	return out
}

// small goes through the catalogue.
func (h *hunter) small() error {
	all, err := catalogue()
	if err != nil {
		return err
	}
	cases := all[h.s.view()]
	total := len(cases) + h.o.Random
	var groups [][]Case // all settings on one size before the next
	if h.s.Pair {
		groups, cases = [][]Case{pairsOf(cases)}, nil
	}
	for len(cases) > 0 {
		end := slices.IndexFunc(cases, func(c Case) bool { return c.order() != cases[0].order() })
		if end < 0 {
			end = len(cases)
		}
		groups, cases = append(groups, cases[:end]), cases[end:]
	}
	settings, done := h.settings(), 0
	for _, group := range groups {
		for _, setting := range settings {
			for _, c := range group {
				if err := h.ctx.Err(); err != nil {
					return err
				}
				h.try(&Case{c.Instances, c.Step, setting}, "small graphs")
				if h.out.Witness != nil || h.spent {
					return nil
				}
			}
		}
		if done += len(group); h.o.Progress != nil && !h.s.Pair {
			h.o.Progress(done, total)
		}
	}
	return nil
}

// pairsOf lists pairs, with the same step, of some of the smallest cases.
func pairsOf(cases []Case) []Case {
	const most = 60
	cases = cases[:min(len(cases), 400)]
	some := make([]Case, min(len(cases), most)) // at even distances
	for i := range some {
		some[i] = cases[i*len(cases)/len(some)]
	}
	var out []Case
	for _, a := range some {
		for _, b := range some {
			if a.Step == b.Step {
				out = append(out, Case{Instances: []graph.Instance{a.Instances[0], b.Instances[0]}, Step: a.Step})
			}
		}
	}
	return out
}

// random climbs from random instances towards a violation.
func (h *hunter) random() error {
	shape := graph.Shape{MinVertices: 4, MaxVertices: 10, MinHops: 1, MaxHops: 3}
	settings := h.settings()
	for start := range h.o.Random {
		if err := h.ctx.Err(); err != nil {
			return err
		}
		rng := rand.New(rand.NewPCG(h.o.Seed, uint64(start)))
		draw := func() (graph.Instance, bool) {
			if rng.IntN(2) == 0 {
				return graph.DrawInstance(rng, 100, shape), true
			}
			return demonstrate(rng, graph.DrawDigraph(rng, 100, 3, 8))
		}
		c := &Case{Parameters: settings[rng.IntN(len(settings))]}
		count := 1
		if h.s.Pair {
			count = 2
		}
		steps := 1 << 30
		for range count {
			in, ok := draw()
			if !ok || in.Graph == nil {
				break
			}
			c.Instances = append(c.Instances, in)
			steps = min(steps, in.Steps())
		}
		if len(c.Instances) < count || steps < 1 {
			continue
		}
		c.Step = rng.IntN(steps)
		slack, applies := h.try(c, "random graphs")
		for move := 0; move < h.o.Moves && h.out.Witness == nil && applies; move++ {
			next := h.moved(rng, c)
			if next == nil {
				continue
			}
			if s, ok := h.try(next, "local search"); ok && s <= slack {
				c, slack = next, s
			}
		}
		if h.out.Witness != nil || h.spent {
			return nil
		}
		if h.o.Progress != nil {
			h.o.Progress(start+1, h.o.Random)
		}
	}
	return nil
}

// demonstrate turns a digraph into an instance with a random simple path.
func demonstrate(rng *rand.Rand, g *graph.Digraph) (graph.Instance, bool) {
	if g == nil || g.Order() < 3 {
		return graph.Instance{}, false
	}
	path := []int{rng.IntN(g.Order())}
	for len(path) < 5 {
		var next []int
		for _, v := range g.Out(path[len(path)-1]) {
			if !slices.Contains(path, v) {
				next = append(next, v)
			}
		}
		if len(next) == 0 || len(path) > 1 && rng.IntN(3) == 0 {
			break
		}
		path = append(path, next[rng.IntN(len(next))])
	}
	if len(path) < 2 {
		return graph.Instance{}, false
	}
	return withOther(g, path)
}

// withOther completes an instance by a candidate that is unreachable if there
// is one.
func withOther(g *graph.Digraph, path []int) (graph.Instance, bool) {
	in := graph.Instance{Graph: g, Root: path[0], Target: path[len(path)-1], Other: -1, Path: path}
	for v, d := range g.Distances(path[0]) {
		if d < 0 {
			in.Other = v
			break
		}
	}
	for v := 0; in.Other < 0 && v < g.Order(); v++ {
		if v != in.Target {
			in.Other = v
		}
	}
	return in, in.Other >= 0 && in.Validate() == nil
}

// moved changes a case a little: an edge, an isolated vertex, or a parameter.
func (h *hunter) moved(rng *rand.Rand, c *Case) *Case {
	out := &Case{slices.Clone(c.Instances), c.Step, c.Parameters}
	if len(h.names) > 0 && rng.IntN(4) == 0 {
		name := h.names[rng.IntN(len(h.names))]
		values := maps.Clone(c.Parameters)
		factor := []*big.Rat{big.NewRat(2, 1), big.NewRat(1, 2), big.NewRat(8, 1), big.NewRat(1, 8)}[rng.IntN(4)]
		values[name] = new(big.Rat).Mul(values[name], factor)
		if values[name].Num().BitLen()+values[name].Denom().BitLen() > 40 {
			return nil
		}
		out.Parameters = values
		return out
	}
	i := rng.IntN(len(out.Instances))
	in := out.Instances[i]
	n, edges := in.Graph.Order(), slices.Clone(in.Graph.Edges())
	switch rng.IntN(4) {
	case 0:
		if n >= 14 {
			return nil
		}
		n++
	case 1:
		k := rng.IntN(len(edges))
		edges = slices.Delete(edges, k, k+1)
	default:
		u, v := rng.IntN(n), rng.IntN(n)
		if u == v || in.Graph.HasEdge(u, v) {
			return nil
		}
		edges = append(edges, [2]int{u, v})
	}
	g, err := graph.New(n, edges)
	if err != nil {
		return nil
	}
	in.Graph = g
	if in.Validate() != nil {
		return nil
	}
	out.Instances[i] = in
	return out
}

// catalogue lists small cases, fewest vertices and edges first: every digraph
// with two to four vertices, a sample with five and six, root 0, every simple
// path from it. There is one list for each view of a statement, in which cases
// that look alike in that view are kept once.
var catalogue = sync.OnceValues(func() ([views][]Case, error) {
	var out [views][]Case
	seen := [views]map[string]bool{}
	for i := range seen {
		seen[i] = map[string]bool{}
	}
	var walk func(g *graph.Digraph, path []int) error
	walk = func(g *graph.Digraph, path []int) error {
		if len(path) > 1 {
			if in, ok := withOther(g, slices.Clone(path)); ok {
				c := Case{Instances: []graph.Instance{in}, Step: len(path) - 2}
				for view := range views {
					key, err := caseKey(&c, view)
					if err != nil {
						return err
					}
					if !seen[view][key] {
						seen[view][key] = true
						out[view] = append(out[view], c)
					}
				}
			}
		}
		if len(path) == 4 {
			return nil
		}
		for _, v := range g.Out(path[len(path)-1]) {
			if !slices.Contains(path, v) {
				if err := walk(g, append(path, v)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	draw := func(n int, chosen func(i int) bool) error {
		var edges [][2]int
		for i := range n * (n - 1) {
			u, v := i/(n-1), i%(n-1)
			if v >= u {
				v++
			}
			if chosen(i) {
				edges = append(edges, [2]int{u, v})
			}
		}
		g, err := graph.New(n, edges)
		if err != nil {
			return err
		}
		return walk(g, []int{0})
	}
	for n := 2; n <= 4; n++ {
		for mask := range 1 << (n * (n - 1)) {
			if err := draw(n, func(i int) bool { return mask>>i&1 == 1 }); err != nil {
				return out, err
			}
		}
	}
	for n := 5; n <= 6; n++ {
		for i := range 1500 {
			rng := rand.New(rand.NewPCG(uint64(n), uint64(i)))
			density := 0.15 + float64(0.5*rng.Float64())
			if err := draw(n, func(int) bool { return rng.Float64() < density }); err != nil {
				return out, err
			}
		}
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b Case) int {
			return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(a.Instances[0].Graph.Size(), b.Instances[0].Graph.Size()), cmp.Compare(a.Step, b.Step))
		})
	}
	return out, nil
})

// A view is how much of a case a statement sees.
type view uint8

const (
	profileView   view = iota // the profile, and whether the other candidate is reachable
	attentionView             // what softmax attention sees, too
	thoughtView               // the thoughts, too
	views
)

// view returns the coarsest view that holds all numbers of the statement.
func (s *Statement) view() view {
	out := profileView
	for _, x := range s.numbers() {
		out = max(out, x.view)
	}
	return out
}

// caseKey is a text that cases share if they look alike in a view.
func caseKey(c *Case, v view) (string, error) {
	in := &c.Instances[0]
	s, err := in.Step(c.Step)
	if err != nil {
		return "", err
	}
	key := fmt.Sprint(c.Step, theory.ProfileOf(s).Key(), in.Graph.Distances(in.Root)[in.Other] >= 0)
	if v >= attentionView {
		key += theory.AttentionOf(s).Key()
	}
	if v < thoughtView {
		return key, nil
	}
	walks, err := theory.SuperpositionOf(in.Graph, in.Root, c.Step+1)
	if err != nil {
		return "", err
	}
	var counts []string
	for v, x := range walks.Walks {
		counts = append(counts, fmt.Sprint(x, v == in.Target, v == in.Other))
	}
	slices.Sort(counts)
	return fmt.Sprint(key, counts), nil
}
