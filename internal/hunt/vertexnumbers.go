package hunt

import (
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// vertexNumbers are those of a logit μ_u of its own for every vertex u, named by its
// number: one of them at a time, or how many there are of a kind.
var vertexNumbers = []number{
	{name: "vertex", meaning: "number of a vertex u", view: vertexView, value: given("vertex")},
	{name: "source", meaning: "1 if u is in N_c and has an edge", view: vertexView, behind: vertex, value: ofVertex(func(s *side, u int) int { return indicator(slices.Contains(theory.Sources(s.step), u)) })},
	{name: "feeds", meaning: "1 if u is in N_c and leads to the label", view: vertexView, behind: vertex, value: ofVertex(func(s *side, u int) int {
		return indicator(s.step.Set()[u] && s.step.Instance.Graph.HasEdge(u, s.step.Target()))
	})},
	{name: "outdegree", meaning: "edges that leave u", view: vertexView, behind: vertex, value: ofVertex(func(s *side, u int) int { return len(s.step.Instance.Graph.Out(u)) })},
	{name: "sources", meaning: "vertices of N_c with an edge", view: vertexView, value: counted(func(s *side) int { return len(theory.Sources(s.step)) })},
	{name: "twins", meaning: "vertices with the sources in N_c of the label", view: vertexView, value: counted((*side).twins)},
	{name: "pull", meaning: "−∂ℓ/∂W_uu at W = 0, which is μ_u' where each vertex has its own logit", view: vertexView, behind: gainAndVertex, value: func(s *side) (*ball.Ball, error) {
		u, err := s.vertex()
		if err != nil {
			return nil, err
		}
		return s.pull(u), nil
	}},
	{name: "pulls", meaning: "the sum of these over all vertices", view: vertexView, behind: gain, value: func(s *side) (*ball.Ball, error) {
		sum := ball.New(s.precision)
		for u := range s.profile.N {
			sum.Add(sum, s.pull(u))
		}
		return sum, nil
	}},

	{name: "terms", meaning: "terms log t, log log t, … of the logits of all vertices under Coconut", view: vertexView, value: grown(func(s *side, g *theory.Growth) (*ball.Ball, error) { return s.integer(len(g.Levels)), nil })},
	{name: "order", meaning: "which of them is the first of μ_u, counted from 1; 0 if it stays bounded", view: vertexView, behind: vertex, value: grownAt(func(term int, _, _ *big.Rat) *big.Rat { return big.NewRat(int64(term), 1) })},
	{name: "part", meaning: "its factor times αs; 0 if it stays bounded", view: vertexView, behind: vertex, value: grownAt(func(_ int, part, _ *big.Rat) *big.Rat { return part })},
	{name: "along", meaning: "αs times the factor of log t in μ_u", view: vertexView, behind: vertex, value: grownAt(func(_ int, _, first *big.Rat) *big.Rat { return first })},
	{name: "wins", meaning: "1 if μ_u diverges under Coconut-BFS from 0, 0 if it converges", view: vertexView, behind: gainAndVertex, value: contested(func(s *side, w *prove.Winner) (*ball.Ball, error) {
		u, err := s.vertex()
		return s.integer(indicator(slices.Contains(w.Sources, u))), err
	})},
	{name: "winners", meaning: "logits that diverge so", view: vertexView, behind: gain, value: contested(func(s *side, w *prove.Winner) (*ball.Ball, error) { return s.integer(len(w.Sources)), nil })},
	{name: "shared", meaning: "0 if the contrasts of all instances under fixed names overlap, 1 if they are quasi-separated, 2 if separated", view: vertexView, value: func(s *side) (*ball.Ball, error) {
		d, err := s.names()
		if err != nil {
			return nil, err
		}
		return s.integer(int(d.Kind)), nil
	}},
	{name: "apart", meaning: "of the different contrasts under fixed names, how many diverge", view: vertexView, value: func(s *side) (*ball.Ball, error) {
		d, err := s.names()
		if err != nil {
			return nil, err
		}
		return s.integer(len(d.Diverging)), nil
	}},
	{name: "sharedterms", meaning: "terms log t, log log t, … of the logits under fixed names", view: vertexView, value: func(s *side) (*ball.Ball, error) {
		g, err := s.namesGrowth()
		if err != nil {
			return nil, err
		}
		return s.integer(len(g.Levels)), nil
	}},
	{name: "sharedorder", meaning: "which of them is the first of μ_u, counted from 1; 0 if it stays bounded", view: vertexView, behind: vertex, value: namedAt(func(s *side, g *theory.SharedGrowth, u int) *ball.Ball {
		term, _ := g.Leading(u)
		return s.integer(term)
	})},
	{name: "sharedalong", meaning: "α times the factor of log t in μ_u there", view: vertexView, behind: vertex, value: namedAt(func(s *side, g *theory.SharedGrowth, u int) *ball.Ball {
		sum, term := ball.New(s.precision), ball.New(s.precision)
		if len(g.Levels) > 0 {
			for _, x := range g.Entry(g.Levels[0].Direction, u) {
				sum.Add(sum, term.MulInt64(term.Sqrt(term.SetRat(x.Square())), int64(x.Sign())))
			}
		}
		return sum
	})},
}

var (
	vertex        = []string{"vertex"}
	gainAndVertex = []string{"alpha", "vertex"}
)

// vertex is the vertex of the case, if there is one of that number.
func (s *side) vertex() (int, error) {
	q := s.parameter("vertex")
	if !allowed("vertex", q) || q.Cmp(big.NewRat(int64(s.profile.N), 1)) >= 0 {
		return 0, errUndefined
	}
	return int(q.Num().Int64()), nil
}

func ofVertex(count func(s *side, u int) int) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		u, err := s.vertex()
		return s.integer(count(s, u)), err
	}
}

// pull is αs·Σ_{u→v}(q_v − p_v) for u in N_c, with q = 1 at the label or the softmax over
// N_{c+1}, and p the softmax over all vertices, at W = 0: edge by edge.
func (s *side) pull(u int) *ball.Ball {
	set, next := s.step.Set(), s.step.Next()
	sum, all, inner := ball.New(s.precision), ball.New(s.precision), ball.New(s.precision)
	if !set[u] {
		return sum
	}
	weight := func(v int) *ball.Ball {
		w := s.integer(1)
		if set[v] {
			w.Exp(s.reduced().Sigma)
		}
		return w
	}
	for v := range next {
		all.Add(all, weight(v))
		if next[v] {
			inner.Add(inner, weight(v))
		}
	}
	for _, v := range s.step.Instance.Graph.Out(u) {
		sum.Sub(sum, s.quotient(weight(v), all))
		if s.loss == theory.CoconutBFS {
			sum.Add(sum, s.quotient(weight(v), inner))
		} else if v == s.step.Target() {
			sum.AddInt64(sum, 1)
		}
	}
	return sum.Mul(sum, s.reduced().Sigma)
}

// twins counts the vertices with the sources of the label.
func (s *side) twins() int {
	g, set := s.step.Instance.Graph, s.step.Set()
	of := func(v int) []int {
		return slices.DeleteFunc(slices.Clone(g.In(v)), func(u int) bool { return !set[u] })
	}
	same := 0
	for v := range s.profile.N {
		same += indicator(slices.Equal(of(v), of(s.step.Target())))
	}
	return same
}

// grown is a number of the growth of the logits of all sources.
func grown(value func(*side, *theory.Growth) (*ball.Ball, error)) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		if s.growth == nil {
			f, err := theory.VertexFamily(s.step, theory.Coconut, big.NewRat(1, 1), theory.Sources(s.step))
			if err != nil {
				return nil, err
			}
			if s.growth, err = f.Growth(); err != nil {
				return nil, err
			}
		}
		return value(s, s.growth)
	}
}

// grownAt is a number of the growth of one logit.
func grownAt(choose func(term int, part, first *big.Rat) *big.Rat) func(*side) (*ball.Ball, error) {
	return grown(func(s *side, g *theory.Growth) (*ball.Ball, error) {
		u, err := s.vertex()
		if err != nil {
			return nil, err
		}
		term, part, first := 0, new(big.Rat), new(big.Rat)
		if i := slices.Index(theory.Sources(s.step), u); i >= 0 && len(g.Levels) > 0 {
			first = g.Levels[0].Direction[i]
			if m, q := g.Leading(i); m > 0 {
				term, part = m, q
			}
		}
		return ball.New(s.precision).SetRat(choose(term, part, first)), nil
	})
}

// contested is a number of the competition under Coconut-BFS.
func contested(value func(*side, *prove.Winner) (*ball.Ball, error)) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		if !s.spreads() {
			return nil, errUndefined
		}
		if s.winner == nil {
			var err error
			if s.winner, err = prove.WinnerOf(s.ctx, s.step, s.alpha()); err != nil {
				return nil, err
			}
		}
		return value(s, s.winner)
	}
}

// names decomposes the contrasts of all instances of the case under fixed names. The
// logits of vertices that are no source in any of them are left out: nothing moves them.
func (w *world) names() (*theory.Decomposition, error) {
	var sides []*side
	var sources []int
	for i := range w.c.Instances {
		s, err := w.side(i)
		if err != nil {
			return nil, err
		}
		sides, sources = append(sides, s), append(sources, theory.Sources(s.step)...)
	}
	slices.Sort(sources)
	sources = slices.Compact(sources)
	var all [][]int
	for _, s := range sides {
		f, err := theory.VertexFamily(s.step, theory.Coconut, big.NewRat(1, 1), sources)
		if err != nil {
			return nil, err
		}
		contrasts, err := f.Contrasts()
		if err != nil {
			return nil, err
		}
		all = append(all, contrasts...)
	}
	slices.SortFunc(all, slices.Compare[[]int])
	return theory.Certificate(theory.Vectors(slices.CompactFunc(all, slices.Equal[[]int])))
}

// namesGrowth is how fast the logits of all instances of the case diverge under fixed names.
func (w *world) namesGrowth() (*theory.SharedGrowth, error) {
	if w.shared == nil {
		var steps []graph.Step
		for i := range w.c.Instances {
			s, err := w.side(i)
			if err != nil {
				return nil, err
			}
			steps = append(steps, s.step)
		}
		var err error
		if w.shared, err = prove.NamesGrowthOf(steps); err != nil {
			return nil, err
		}
	}
	return w.shared, nil
}

// namedAt is a number of one logit under fixed names.
func namedAt(number func(s *side, g *theory.SharedGrowth, u int) *ball.Ball) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		u, err := s.vertex()
		if err != nil {
			return nil, err
		}
		g, err := s.namesGrowth()
		if err != nil {
			return nil, err
		}
		return number(s, g, u), nil
	}
}
