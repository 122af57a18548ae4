package hunt

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"muflow/internal/portable"
	"slices"
	"strconv"
	"strings"
	"sync"

	"muflow/graph"
	"muflow/theory"
)

// Options bound a hunt.
type Options struct {
	Seed       uint64
	Data       []Source            // searched first, in this order
	Parameters map[string]*big.Rat // that have one value
	Vertices   [2]int              // least and most of random graphs, 4 and 40 if 0
	Random     int                 // random starts of local search, 300 if 0
	First      int                 // of them, and from there
	Every      int                 // every so many-th, each if 0
	Moves      int                 // moves of each, 60 if 0
	// Cases bounds in how many cases of each stage the premise holds, 0: no
	// bound. Data are gone through at least once.
	Cases int
	// Progress, if not nil, is told how far the stage is.
	Progress func(done, total int)
}

// A Source is a set of instances with a name.
type Source struct {
	Name      string
	Instances []graph.Instance
}

// An Outcome is what a hunt found. A statement that was tried and not refuted
// is Consistent, as the search is no proof; one whose premise never held, or
// with cases that look like violations and are not decided, is Undecided.
type Outcome struct {
	Statement *Statement     `json:"-"`
	Verdict   theory.Verdict `json:"verdict"`
	Witness   *Case          `json:"-"`               // nil unless refuted
	Judgement Judgement      `json:"-"`               // of the witness, or of the first open case
	Tried     int            `json:"tried"`           // cases in which the premise held
	Searched  []Stage        `json:"searched"`        // in their order
	Open      int            `json:"open"`            // cases that look like violations and are not decided
	Stage     string         `json:"stage,omitempty"` // how it was found: the name of a source, small graphs, random graphs, local search
	Found     *Case          `json:"-"`               // before shrinking
	InData    bool           `json:"-"`               // found in the instance Found.Place of a source
	Shrinks   int            `json:"shrinks"`         // steps from there towards the witness
}

// A Stage is one part of a search.
type Stage struct {
	Name  string `json:"stage"`
	Cases int    `json:"cases"` // that were looked at
	Held  int    `json:"held"`  // of them, where the premise holds
}

// The names of the last two stages.
const (
	smallGraphs  = "small graphs"
	randomGraphs = "random graphs"
)

// Hunt searches for a violation of a statement: first the data, then all
// digraphs with up to four vertices and a sample with five and six, simplest
// parameters first, then random instances with local search on the margin.
// Parameters have the values that equations of the premise give them, and others
// that it allows. The result depends on the statement and the options only.
func Hunt(ctx context.Context, s *Statement, o Options) (*Outcome, error) {
	if o.Random == 0 {
		o.Random = 300
	}
	if o.Moves == 0 {
		o.Moves = 60
	}
	if o.Vertices == [2]int{} {
		o.Vertices = [2]int{4, 40}
	}
	h := &hunter{scheme: newScheme(ctx, s, o.Parameters), o: o, out: &Outcome{Statement: s}}
	err := h.search()
	switch {
	case err != nil:
	case h.out.Witness != nil:
		h.shrink()
		if h.out.InData {
			err = h.smallest()
		}
		h.out.Verdict = theory.Refuted
	case h.out.Tried > 0 && h.out.Open == 0:
		h.out.Verdict = theory.Consistent
	}
	return h.out, cmp.Or(err, ctx.Err())
}

func (h *hunter) search() error {
	for _, source := range h.o.Data {
		var cases []Case
		seen := map[string]bool{}
		for i, step := range graph.StepsOf(source.Instances, -1) {
			c := Case{Instances: []graph.Instance{*step.Instance}, Step: step.C, Place: i}
			key, err := caseKey(&c, h.s.view())
			if err != nil {
				return err
			}
			if !seen[key] {
				seen[key] = true
				cases = append(cases, c)
			}
		}
		if err := h.through(source.Name, [][]Case{cases}, true); err != nil || h.out.Witness != nil {
			return err
		}
	}
	if err := h.small(math.MaxInt); err != nil || h.out.Witness != nil {
		return err
	}
	return h.random()
}

// small goes through the catalogue below so many vertices.
func (h *hunter) small(below int) error {
	all, err := catalogue()
	if err != nil {
		return err
	}
	var sizes [][]Case // all settings on one size before the next
	for cases := all[h.s.view()]; len(cases) > 0 && cases[0].Order() < below; {
		end := slices.IndexFunc(cases, func(c Case) bool { return c.Order() != cases[0].Order() && !h.s.Pair })
		if end < 0 {
			end = len(cases)
		}
		sizes, cases = append(sizes, cases[:end]), cases[end:]
	}
	return h.through(smallGraphs, sizes, false)
}

// smallest replaces a witness that was found in data by a smaller one among
// small graphs, if there is one in the same setting.
func (h *hunter) smallest() error {
	before := *h.out
	h.out.Witness, h.inside = nil, !before.Witness.Outside()
	err := h.small(before.Witness.Order())
	before.Searched = h.out.Searched
	if h.out.Witness != nil {
		before.Witness, before.Judgement = h.out.Witness, h.out.Judgement
	}
	*h.out = before
	return err
}

type hunter struct {
	*scheme
	o      Options
	out    *Outcome
	inside bool // only what satisfies A16 is a witness
}

// try guesses, and judges what looks like a violation.
func (h *hunter) try(c *Case, stage string) (slack float64, applies bool) {
	now := &h.out.Searched[len(h.out.Searched)-1]
	now.Cases++
	if c.constants != nil && c.constants.premise == theory.Refuted || !h.settle(c) {
		return 0, false
	}
	applies, slack, suspect := h.s.guess(h.ctx, c)
	if !applies {
		return 0, false
	}
	now.Held++
	h.out.Tried++
	if suspect && !(h.inside && c.Outside()) {
		switch j := h.s.Judge(h.ctx, c); j.Verdict {
		case theory.Refuted:
			h.out.Witness, h.out.Found, h.out.Judgement, h.out.Stage = c, c, j, stage
		case theory.Undecided, theory.Inconsistent:
			if h.out.Open++; h.out.Open == 1 {
				h.out.Judgement = j
			}
		}
	}
	return slack, true
}

// spent reports whether the premise held as often as allowed in this stage.
func (h *hunter) spent() bool {
	return h.o.Cases > 0 && h.out.Searched[len(h.out.Searched)-1].Held >= h.o.Cases
}

// through tries groups of cases one after the other, each with all settings.
// With once set the first setting meets every case.
func (h *hunter) through(stage string, groups [][]Case, once bool) error {
	h.out.Searched = append(h.out.Searched, Stage{Name: stage})
	settings := h.settings()
	for _, group := range groups {
		if h.s.Pair {
			group = pairsOf(group)
		}
		same := make([]constants, len(group))
		for i, setting := range settings {
			for k, c := range group {
				if err := h.ctx.Err(); err != nil {
					return err
				}
				if h.spent() && !(once && i == 0) {
					return nil
				}
				h.try(&Case{c.Instances, c.Step, setting, c.Place, &same[k]}, stage)
				if h.out.Witness != nil {
					h.out.InData = once
					return nil
				}
				if h.o.Progress != nil {
					h.o.Progress(i*len(group)+k+1, len(settings)*len(group))
				}
			}
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
	h.out.Searched = append(h.out.Searched, Stage{Name: fmt.Sprintf("%s of %d to %d vertices", randomGraphs, h.o.Vertices[0], h.o.Vertices[1])})
	settings := h.settings()
	for start := h.o.First; start < h.o.Random; start += max(1, h.o.Every) {
		if err := h.ctx.Err(); err != nil || h.spent() || len(settings) == 0 {
			return err
		}
		rng := rand.New(rand.NewPCG(h.o.Seed, uint64(start)))
		c := &Case{Parameters: settings[rng.IntN(len(settings))]}
		count, steps := 1, math.MaxInt
		if h.s.Pair {
			count = 2
		}
		for range count {
			if in, ok := draw(rng, h.o.Vertices); ok {
				c.Instances = append(c.Instances, in)
				steps = min(steps, in.Steps())
			}
		}
		if len(c.Instances) < count || steps < 1 {
			continue
		}
		c.Step = rng.IntN(steps)
		slack, applies := h.try(c, randomGraphs)
		for move := 0; move < h.o.Moves && h.out.Witness == nil && applies && !h.spent(); move++ {
			next := h.moved(rng, c)
			if next == nil {
				continue
			}
			if s, ok := h.try(next, "local search"); ok && s <= slack {
				c, slack = next, s
			}
		}
		if h.out.Witness != nil {
			return nil
		}
		if h.o.Progress != nil {
			h.o.Progress(start+1, h.o.Random)
		}
	}
	return nil
}

// draw draws an instance, as many small ones as ones of twice the size.
func draw(rng *rand.Rand, vertices [2]int) (graph.Instance, bool) {
	low, high := float64(vertices[0]), float64(vertices[1])
	n := int(math.Round(low * portable.Pow(high/low, rng.Float64())))
	if rng.IntN(2) == 0 {
		in := graph.DrawInstance(rng, 100, graph.Shape{MinVertices: n, MaxVertices: n, MinHops: 1, MaxHops: 4})
		return in, in.Graph != nil
	}
	return demonstrate(rng, graph.DrawDigraph(rng, 100, n, n))
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
	out := &Case{slices.Clone(c.Instances), c.Step, c.Parameters, c.Place, nil}
	if len(h.free) > 0 && rng.IntN(4) == 0 {
		name := h.free[rng.IntN(len(h.free))]
		values := maps.Clone(c.Parameters)
		factor := []*big.Rat{big.NewRat(2, 1), big.NewRat(1, 2), big.NewRat(8, 1), big.NewRat(1, 8)}[rng.IntN(4)]
		if values[name] = new(big.Rat).Mul(values[name], factor); !allowed(name, values[name]) || values[name].Num().BitLen()+values[name].Denom().BitLen() > 40 {
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
		if n >= h.o.Vertices[1] {
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
				keys, err := caseKeys(&c, views-1)
				if err != nil {
					return err
				}
				for view, key := range keys {
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
	for n := 2; n <= 4; n++ {
		for mask := range 1 << (n * (n - 1)) {
			var edges [][2]int
			for i := range n * (n - 1) {
				if u, v := i/(n-1), i%(n-1); mask>>i&1 == 1 {
					edges = append(edges, [2]int{u, v + indicator(v >= u)})
				}
			}
			g, err := graph.New(n, edges)
			if err == nil {
				err = walk(g, []int{0})
			}
			if err != nil {
				return out, err
			}
		}
	}
	for n := 5; n <= 6; n++ {
		for i := range 1500 {
			if err := walk(graph.DrawDigraph(rand.New(rand.NewPCG(uint64(n), uint64(i))), 100, n, n), []int{0}); err != nil {
				return out, err
			}
		}
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b Case) int {
			return cmp.Or(cmp.Compare(a.Order(), b.Order()), cmp.Compare(a.Instances[0].Graph.Size(), b.Instances[0].Graph.Size()), cmp.Compare(a.Step, b.Step))
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
	vertexView                // which vertex is which, too
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
	keys, err := caseKeys(c, v)
	return keys[v], err
}

// caseKeys lists these texts up to a view. Each begins with the one before.
func caseKeys(c *Case, last view) (keys [views]string, err error) {
	in := &c.Instances[0]
	s, err := in.Step(c.Step)
	if err != nil {
		return keys, err
	}
	distances := in.Graph.Distances(in.Root)
	key := strconv.AppendInt(nil, int64(c.Step), 10)
	key = append(append(key, ' '), theory.ProfileOf(s).Key()...)
	key = strconv.AppendBool(append(key, ' '), distances[in.Other] >= 0)
	ends := [views]int{profileView: len(key)}
	if last >= attentionView {
		key = append(key, theory.AttentionOf(s).Key()...)
		ends[attentionView] = len(key)
	}
	if last >= thoughtView {
		walks, err := theory.SuperpositionOf(in.Graph, in.Root, c.Step+1)
		if err != nil {
			return keys, err
		}
		var counts []string
		var one []byte
		for v, row := range walks.Walks {
			one = one[:0]
			for _, x := range row {
				one = append(x.Append(one, 10), ' ')
			}
			for _, is := range []bool{v == in.Target, v == in.Other, distances[v] < 0} {
				one = strconv.AppendBool(one, is)
			}
			counts = append(counts, string(one))
		}
		slices.Sort(counts)
		key = append(key, strings.Join(counts, ";")...)
		ends[thoughtView] = len(key)
	}
	if last >= vertexView {
		set := s.Set()
		for _, e := range in.Graph.Edges() {
			if set[e[0]] {
				key = strconv.AppendInt(append(key, ' '), int64(e[0]), 10)
				key = strconv.AppendInt(append(key, ' '), int64(e[1]), 10)
			}
		}
		key = strconv.AppendInt(append(key, ' '), int64(s.Target()), 10)
		ends[vertexView] = len(key)
	}
	whole := string(key)
	for i, end := range ends {
		keys[i] = whole[:end]
	}
	return keys, nil
}
