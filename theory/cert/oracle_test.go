package cert

import (
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strings"
)

// A seen graph is one looked at vertex by vertex and edge by edge, in other ways
// than the checker looks at it.
type seen struct {
	n       int
	edge    [][]bool
	hops    []int // by powers of the adjacency matrix
	in      []bool
	d, all  []int
	k       int
	aims    []int // the labels
	walks   []*big.Rat
	correct bool
}

func look(g *Graph, labels string, logit *big.Rat) *seen {
	s := &seen{n: g.Vertices}
	if g.Vertices < 1 || g.Vertices > 200 || g.Step < 0 || g.Root < 0 || g.Root >= s.n || g.Edges == nil {
		return s
	}
	if g.Label != "" {
		if labels[0] != 'x' || g.Label != "shortest" && g.Label != "frontier" {
			return s
		}
		labels = map[string]string{"shortest": ".x.", "frontier": "..."}[g.Label]
	}
	for i, label := range []*int{g.Vertex, g.Target, g.Other} {
		if (label != nil) != (labels[i] == 'x') || label != nil && (*label < 0 || *label >= s.n) {
			return s
		}
	}
	s.edge = make([][]bool, s.n)
	for u := range s.edge {
		s.edge[u] = make([]bool, s.n)
	}
	for _, e := range g.Edges {
		if min(e[0], e[1]) < 0 || max(e[0], e[1]) >= s.n || e[0] == e[1] || s.edge[e[0]][e[1]] {
			return s
		}
		s.edge[e[0]][e[1]] = true
	}
	s.correct = slices.IsSortedFunc(g.Edges, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	reach := make([]bool, s.n)
	reach[g.Root] = true
	s.hops = slices.Repeat([]int{-1}, s.n)
	for h := range s.n {
		next := slices.Clone(reach)
		for u := range s.n {
			if reach[u] && s.hops[u] < 0 {
				s.hops[u] = h
			}
			for v := range s.n {
				next[v] = next[v] || reach[u] && s.edge[u][v]
			}
		}
		reach = next
	}
	s.in, s.d, s.all = make([]bool, s.n), make([]int, s.n), make([]int, s.n)
	for v := range s.n {
		if s.in[v] = s.hops[v] >= 0 && s.hops[v] <= g.Step; s.in[v] {
			s.k++
		}
	}
	for u := range s.n {
		for v := range s.n {
			if s.edge[u][v] {
				s.all[v]++
				if s.in[u] {
					s.d[v]++
				}
			}
		}
	}
	for v := range s.n {
		if g.Vertex != nil && v == *g.Vertex || g.Label != "" && s.hops[v] == g.Step+1 && (g.Label == "frontier" || s.joins(v, *g.Target, s.hops[*g.Target]-g.Step-1)) {
			s.aims = append(s.aims, v)
		}
	}
	s.correct = s.correct && (len(s.aims) > 0 || g.Vertex == nil && g.Label == "")
	if logit != nil && g.Step < 50 {
		s.walks = make([]*big.Rat, s.n)
		for v := range s.n {
			s.walks[v] = s.walk(g.Root, v, g.Step, logit, map[[2]int]*big.Rat{})
		}
	}
	return s
}

// joins reports whether a walk of so many edges leads from u to v.
func (s *seen) joins(u, v, edges int) bool {
	if edges <= 0 {
		return edges == 0 && u == v
	}
	for w := range s.n {
		if s.edge[w][v] && s.joins(u, w, edges-1) {
			return true
		}
	}
	return false
}

// aim returns the sum of x over the labels, and how many there are.
func (s *seen) aim(x []int) (sum, count int) {
	for _, v := range s.aims {
		sum += x[v]
	}
	return sum, len(s.aims)
}

// walk returns the weight of v after so many thoughts, by what came last.
func (s *seen) walk(root, v, steps int, logit *big.Rat, known map[[2]int]*big.Rat) *big.Rat {
	if steps == 0 {
		if v == root {
			return big.NewRat(1, 1)
		}
		return new(big.Rat)
	}
	if x := known[[2]int{v, steps}]; x != nil {
		return x
	}
	sum := new(big.Rat).Set(s.walk(root, v, steps-1, logit, known))
	for u := range s.n {
		if s.edge[u][v] {
			sum.Add(sum, new(big.Rat).Mul(logit, s.walk(root, u, steps-1, logit, known)))
		}
	}
	known[[2]int{v, steps}] = sum
	return sum
}

// ratios returns λ*², M²·(sign 1) and (M−λ*)·|M−λ*| over the norm, and the norm
// times 1/λ*², for uniform and walk weights.
func (s *seen) weights(g *Graph) (out [2]struct{ target, most, square, sum *big.Rat }, ok bool) {
	if s.walks == nil || !s.in[*g.Target] || s.in[*g.Other] || s.k < 2 {
		return out, false
	}
	for kind := range out {
		x := &out[kind]
		x.target, x.most, x.square, x.sum = new(big.Rat), new(big.Rat), new(big.Rat), new(big.Rat)
		for v := range s.n {
			w := s.walks[v]
			if kind == 0 {
				w = big.NewRat(0, 1)
				if s.in[v] {
					w = big.NewRat(1, 1)
				}
			}
			x.square.Add(x.square, new(big.Rat).Mul(w, w))
			x.sum.Add(x.sum, w)
			if v == *g.Target {
				x.target = w
			} else if w.Cmp(x.most) > 0 {
				x.most = w
			}
		}
	}
	return out, true
}

// isTrue decides by other means than the checker whether a certificate of a
// claim beside Theorem 1 states something true in canonical form. Where floating
// point decides it is wrong for numbers that are wrong by a rounding error.
func isTrue(c Certificate) bool {
	if c.Claim == "T1b-stochastic" {
		return trueStochastic(c)
	}
	labels := map[string]string{"T1a-walk": "...", "T1a-walk-steps": "...", "T1a-walk-still": "...", "A6-bfs": "...", "T1a-window": "...", "A4-bfs": "...", "A4-bfs-winner": "...", "T2": "...", "T2-length": "...", "T3-direction": ".xx", "T3-answer": ".xx", "T3-answer-sharp": ".xx", "T3-population": ".xx"}[c.Claim]
	if labels == "" {
		labels = "x.."
	}
	graphs := c.Graphs
	if c.Graph != nil {
		graphs = []Graph{*c.Graph}
	}
	text := map[string]json.RawMessage{}
	raw, err := Encode(c)
	if err != nil || json.Unmarshal(raw, &text) != nil || len(graphs) == 0 || c.Graph != nil && c.Graphs != nil {
		return false
	}
	keys := map[string][]string{"T2": {"graph", "hops"}, "T2-length": {"graph", "hops"}, "T3-direction": {"logit", "graph", "exact"},
		"T3-answer": {"logit", "graph", "exact"}, "T3-answer-sharp": {"logit", "graph", "exact"}, "T3-population": {"logit", "graphs", "exact"},
		"overlap": {"loss", "graph", "graphs", "status", "direction", "multipliers"}, "population": {"loss", "graphs", "status", "alpha", "grid", "numbers"},
		"A4-signs": {"loss", "graph"}, "A4-separated": {"loss", "graph"}, "A4-growth": {"loss", "graph", "status", "direction", "multipliers"},
		"A4-names": {"loss", "graphs", "status", "direction", "multipliers"}, "A4-names-growth": {"loss", "graphs", "status", "direction", "multipliers"},
		"A6-softmax": {"loss", "graph", "status", "alpha", "gain"}, "A6-bfs": {"loss", "graph", "status", "alpha", "gain", "grid", "zeros"}}[c.Claim]
	if more := strings.Fields(map[string]string{"A6-pace": "graph status alpha gain grid numbers", "A6-tie": "graph status alpha gain grid numbers", "A6-rate": "graph status alpha gain grid numbers",
		"A6-price": "graph status alpha gain grid numbers", "A6-population": "graphs status alpha gain grid zeros", "A6-walk": "graph status alpha gain logit", "T1a-window": "graph profile exact status", "T1b-window": "graph profile alpha exact status",
		"A6-overshoot": "graph alpha gain path marks", "A5-regenerated": "graph alpha grid numbers", "A8-regenerated": "graph exact status", "A4-bfs": "graph profile", "A4-bfs-winner": "graph profile alpha exact direction"}[c.Claim]); len(more) > 0 {
		keys = append(more, "loss")
	}
	if isWalk(c) {
		if keys = []string{"loss", "logit", "graph"}; c.Claim == "T1b-walk-sign" {
			keys = append(keys, "alpha", "status")
		}
	}
	logits := c.Claim == "T1b-walk-logits"
	if logits {
		keys = []string{"loss", "graph", "status", "marks"}
	}
	for key := range text {
		if key != "format" && key != "claim" && !slices.Contains(keys, key) {
			return false
		}
	}
	loss := ""
	if slices.Contains(keys, "loss") {
		if loss = "coconut"; strings.HasPrefix(c.Claim, "T1a") || strings.HasSuffix(c.Claim, "-bfs") || c.Claim == "A4-bfs-winner" {
			loss = "bfs"
		}
	}
	if c.Loss != loss || (isWalk(c) && !logits || c.Claim == "A6-walk" || strings.HasPrefix(c.Claim, "T3")) && (c.Logit == nil || c.Logit.Sign() <= 0) {
		return false
	}
	var all []*seen
	for i := range graphs {
		s := look(&graphs[i], labels, c.Logit)
		if !s.correct {
			return false
		}
		all = append(all, s)
	}
	switch c.Claim {
	case "T2", "T2-length":
		return c.Graph != nil && slices.Equal(c.Hops, all[0].hops)
	case "T3-direction", "T3-answer", "T3-answer-sharp", "T3-population":
		return trueAnswer(c, graphs, all)
	case "overlap":
		return c.Status == separationOf(all) && c.Direction != nil
	case "population":
		return truePopulation(c, all)
	case "T1b-walk-logits":
		return c.Graph != nil && trueLogits(c, all[0])
	case "A4-signs", "A4-separated", "A4-growth", "A4-names", "A4-names-growth":
		return (c.Graph == nil) == strings.HasPrefix(c.Claim, "A4-names") && trueVertex(c, all)
	case "A4-bfs", "A4-bfs-winner":
		return c.Graph != nil && c.Profile != nil && sameProfile(c) && wellFormed(*c.Profile) && room(*c.Profile) && (c.Claim == "A4-bfs" || trueContest(c, all[0]))
	case "A6-population":
		return c.Graphs != nil && trueTogether(c, graphs, all)
	case "A6-walk":
		return c.Graph != nil && trueEnds(c, all[0])
	case "T1a-window", "T1b-window":
		return c.Graph != nil && c.Profile != nil && sameProfile(c) && wellFormed(*c.Profile) && trueWindow(c, all[0])
	case "A6-overshoot":
		return c.Graph != nil && trueTurn(c, all[0], len(graphs[0].Edges))
	case "A5-regenerated":
		return c.Graph != nil && trueAnew(c, all[0])
	case "A8-regenerated":
		return c.Graph != nil && trueFar(c, all[0])
	case "A6-price", "A6-softmax", "A6-pace", "A6-tie", "A6-rate", "A6-bfs":
		return c.Graph != nil && trueAttention(c, all[0], len(graphs[0].Edges))
	}
	return isWalk(c) && rules[c.Claim].prove != nil && c.Graph != nil && trueWalk(c, all[0])
}

func trueAnswer(c Certificate, graphs []Graph, all []*seen) bool {
	least, most := [2]*big.Rat{}, [2]*big.Rat{}
	names := map[string]int{"T3-direction": 2, "T3-answer": 4, "T3-answer-sharp": 2, "T3-population": 4}
	if len(c.Exact) != names[c.Claim] || (c.Graph != nil) == (c.Claim == "T3-population") {
		return false
	}
	for i := range graphs {
		weights, ok := all[i].weights(&graphs[i])
		if !ok {
			return false
		}
		for kind, w := range weights {
			is := func(name string, x *big.Rat) bool {
				have := c.Exact[kinds[kind]+name]
				return have != nil && have.Cmp(x) == 0
			}
			over := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Quo(new(big.Rat).Mul(a, b), w.square) }
			switch c.Claim {
			case "T3-direction":
				if !is("ratio", over(w.most, w.most)) {
					return false
				}
			case "T3-answer-sharp":
				head := new(big.Rat).Mul(big.NewRat(int64(all[i].n), 1), w.target)
				if head.Sub(head, w.sum); !is("head", over(head, new(big.Rat).Abs(head))) {
					return false
				}
			case "T3-answer":
				g, time := c.Exact[kinds[kind]+"gain"], c.Exact[kinds[kind]+"time"]
				if g == nil || time == nil || g.Sign() <= 0 || time.Sign() <= 0 {
					return false
				}
				gain, _ := g.Float64()
				till, _ := time.Float64()
				norm, _ := new(big.Rat).Quo(new(big.Rat).Add(w.square, new(big.Rat).Mul(w.most, w.most)), new(big.Rat).Mul(w.target, w.target)).Float64()
				if float64(all[i].n-1)*math.Exp(-gain)+gain*gain*norm/(2*till) >= math.Log(2) {
					return false
				}
			default:
				m, d := over(w.target, w.target), new(big.Rat).Sub(w.most, w.target)
				if least[kind] == nil || m.Cmp(least[kind]) < 0 {
					least[kind] = m
				}
				if x := over(d, new(big.Rat).Abs(d)); most[kind] == nil || x.Cmp(most[kind]) > 0 {
					most[kind] = x
				}
			}
		}
	}
	if c.Claim != "T3-population" {
		return true
	}
	for kind, prefix := range kinds {
		a, b := c.Exact[prefix+"least"], c.Exact[prefix+"excess"]
		if a == nil || b == nil || a.Cmp(least[kind]) != 0 || b.Cmp(most[kind]) != 0 {
			return false
		}
	}
	return true
}

// separationOf tries all directions between the perpendiculars of contrasts.
func separationOf(all []*seen) string {
	var xs [][2]int
	for _, s := range all {
		for v := range s.n { // of each label: the same directions separate them and their sums
			sum := [2]int{}
			for _, p := range s.aims {
				sum[0] += s.d[p] - s.d[v]
				sum[1] += s.k*(s.all[p]-s.all[v]) - (s.d[p] - s.d[v])
			}
			if sum != [2]int{} {
				xs = append(xs, sum)
			}
		}
	}
	var fine [][2]int
	best := 0
	try := func(t [2]int) {
		positive := 0
		for _, x := range xs {
			switch p := t[0]*x[0] + t[1]*x[1]; {
			case p < 0:
				return
			case p > 0:
				positive++
			}
		}
		fine, best = append(fine, t), max(best, positive)
	}
	for _, x := range xs {
		for _, t := range [][2]int{{-x[1], x[0]}, {x[1], -x[0]}, x} {
			try(t)
		}
	}
	for _, s := range slices.Clone(fine) {
		for _, t := range slices.Clone(fine[:min(len(fine), 40)]) {
			try([2]int{s[0] + t[0], s[1] + t[1]})
		}
	}
	switch {
	case best == 0:
		return "overlap"
	case best == len(xs):
		return "separated"
	}
	return "quasi-separated"
}

// drift of the shared logit, by floating point.
func drift(all []*seen, alpha, mu float64) float64 {
	total := 0.0
	for _, s := range all {
		scale := alpha / math.Sqrt(float64(s.k))
		sum, mean := 0.0, 0.0
		for v := range s.n {
			w := scale * mu * float64(s.d[v])
			if s.in[v] {
				w += scale
			}
			sum += math.Exp(w)
			mean += math.Exp(w) * float64(s.d[v])
		}
		goal, count := s.aim(s.d)
		total += scale * (float64(goal)/float64(count) - mean/sum)
	}
	return total
}

func truePopulation(c Certificate, all []*seen) bool {
	room := [2]bool{}
	for _, s := range all {
		goal, count := s.aim(s.d)
		room[0] = room[0] || count*slices.Min(s.d) < goal
		room[1] = room[1] || count*slices.Max(s.d) > goal
	}
	status := map[[2]bool]string{{true, true}: "finite", {true, false}: "plus-infinity", {false, true}: "minus-infinity", {}: "stationary"}[room]
	if c.Status != status || c.Graphs == nil {
		return false
	}
	if c.Numbers == nil {
		return c.Alpha == nil && c.Grid == 0
	}
	b := c.Numbers["mu"]
	if c.Alpha == nil || c.Alpha.Sign() <= 0 || status != "finite" || len(c.Numbers) != 1 || b[0] == nil || b[1] == nil ||
		new(big.Int).Sub(b[1], b[0]).Cmp(big.NewInt(1)) != 0 || c.Grid < MinGrid || c.Grid > MaxGrid || c.Grid%2 != 0 {
		return false
	}
	alpha, _ := c.Alpha.Float64()
	mu, _ := new(big.Rat).SetFrac(b[0], new(big.Int).Lsh(big.NewInt(1), c.Grid)).Float64()
	return math.Abs(mu) < 500/alpha && drift(all, alpha, mu-1e-6) > 0 && drift(all, alpha, mu+1e-6) < 0
}

// isWalk reports whether a certificate is one of Theorem 1 with walk weights.
func isWalk(c Certificate) bool {
	return strings.HasPrefix(c.Claim, "T1") && strings.Contains(c.Claim, "-walk")
}

// trueWalk decides one of them by fractions, and the sign of d* − F(0) by floating
// point.
func trueWalk(c Certificate, s *seen) bool {
	if s.walks == nil {
		return false
	}
	goal, square, moves := new(big.Rat), new(big.Rat), [2]bool{}
	d := make([]*big.Rat, s.n)
	for v := range d {
		d[v] = new(big.Rat)
		for u := range s.n {
			if s.edge[u][v] {
				d[v].Add(d[v], s.walks[u])
			}
		}
		square.Add(square, new(big.Rat).Mul(s.walks[v], s.walks[v]))
		moves[0] = moves[0] || s.hops[v] < 0 || s.hops[v] > c.Graph.Step+1
		moves[1] = moves[1] || s.d[v] > 0
	}
	if strings.HasPrefix(c.Claim, "T1a") {
		return (moves[0] && moves[1]) == (c.Claim != "T1a-walk-still")
	}
	for _, p := range s.aims {
		goal.Add(goal, new(big.Rat).Quo(d[p], big.NewRat(int64(len(s.aims)), 1)))
	}
	below, above, still, total := false, false, true, 0.
	norm, _ := square.Float64()
	alpha := 1.
	if c.Alpha != nil {
		alpha, _ = c.Alpha.Float64()
	}
	for v := range d {
		below, above = below || d[v].Cmp(goal) < 0, above || d[v].Cmp(goal) > 0
		sum, w := new(big.Rat), s.walks[v]
		for u := range d {
			if s.walks[u].Cmp(w) == 0 {
				sum.Add(sum, new(big.Rat).Sub(goal, d[u]))
			}
		}
		still = still && sum.Sign() == 0
		weight, _ := w.Float64()
		more, _ := new(big.Rat).Sub(goal, d[v]).Float64()
		total += more * math.Exp(alpha*weight/math.Sqrt(norm))
	}
	switch c.Claim {
	case "T1b-walk-diverges", "T1b-walk-end-steps":
		return below != above
	case "T1b-walk-still":
		return still
	case "T1b-walk", "T1b-walk-rate", "T1b-walk-steps", "T1b-walk-unstable":
		return below && above
	}
	return below && above && !still && (c.Alpha != nil) == s.depends(d, goal) && (c.Alpha == nil || c.Alpha.Sign() > 0) && c.Status == map[bool]string{true: "positive", false: "negative"}[total > 0]
}

// depends reports whether Σ (d* − d_v) over the heaviest vertices has both signs.
func (s *seen) depends(d []*big.Rat, goal *big.Rat) bool {
	signs := map[int]bool{}
	for _, w := range s.walks {
		sum := new(big.Rat)
		for u := range d {
			if s.walks[u].Cmp(w) >= 0 {
				sum.Add(sum, new(big.Rat).Sub(goal, d[u]))
			}
		}
		signs[sum.Sign()] = true
	}
	return signs[1] && signs[-1]
}
