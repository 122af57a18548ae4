package cert

import (
	"math/big"
	"slices"
)

// With walk weights w = (1 + LAᵀ)^c·e_root, s = 1/√Σw² and d_v = Σ_{u→v} w_u the flow is the reduced
// flow of theorem1.go with W_d = Σ exp(αs w_v) over the v with d_v = d: again all W_d > 0, and
// R·y^(−d*) = Σ (d*−d) W_d y^(d−d*) decreases strictly in y > 0 where two d differ. w_v > 0 holds
// on N_c, and d_v > 0 where an edge of N_c ends, as L > 0. So each claim about that flow holds where
// its premise does, with the proof of the claim about the profile (those of bounds use no integers).

// inward returns w, and q(d* − d_v) and d_v times the denominator of L^c, of every vertex.
func (s *statement) inward() (w, over, d []*big.Int) {
	g, target := s.graphs[0], new(big.Int)
	w, d = s.walks(g), slices.Repeat([]*big.Int{nil}, g.Vertices)
	for v := range d {
		d[v] = new(big.Int)
	}
	if s.err != nil {
		return w, d, d
	}
	for _, e := range g.Edges {
		d[e[1]].Add(d[e[1]], w[e[0]])
	}
	for v, weight := range g.weight {
		target.Add(target, new(big.Int).Mul(d[v], big.NewInt(int64(weight))))
	}
	for v := range d {
		x := new(big.Int).Mul(d[v], big.NewInt(int64(g.q)))
		over = append(over, x.Sub(target, x))
	}
	return w, over, d
}

// between returns whether d_min < d*, and whether d* < d_max.
func between(over []*big.Int) (below, above bool) {
	return slices.MaxFunc(over, (*big.Int).Cmp).Sign() > 0, slices.MinFunc(over, (*big.Int).Cmp).Sign() < 0
}

// moves reports whether a vertex lies outside N_{c+1} and an edge leaves N_c.
func (s *statement) moves() bool {
	w, _, d := s.inward()
	outside, leaves := false, false
	for v := range d {
		outside, leaves = outside || w[v].Sign() == 0 && d[v].Sign() == 0, leaves || d[v].Sign() > 0
	}
	return outside && leaves
}

func walkEscape(s *statement) {
	s.need(s.moves(), "premise: no vertex outside N_{c+1}, or no edge leaves N_c")
}

func walkIdle(s *statement) {
	s.need(!s.moves(), "premise: a vertex lies outside N_{c+1} and an edge leaves N_c")
}

func walkLimit(s *statement) {
	_, over, _ := s.inward()
	below, above := between(over)
	s.need(below && above, "premise: not d_min < d* < d_max")
}

func walkDeparture(s *statement) {
	_, over, _ := s.inward()
	below, above := between(over)
	s.need(below != above, "premise: not d_min < d* = d_max or d_min = d* < d_max")
}

// walkStart returns the sign of R(1) = Σ (d* − d_v) exp(αs w_v).
func (s *statement) walkStart(w, over []*big.Int) int {
	var r []term
	square := new(big.Int)
	for v, x := range w {
		r = append(r, term{new(big.Rat).SetInt(x), over[v]})
		square.Add(square, new(big.Int).Mul(x, x))
	}
	return s.sign(square, r)
}

func walkStill(s *statement) {
	if w, over, _ := s.inward(); s.err == nil {
		s.need(s.walkStart(w, over) == 0, "premise: d* = F(0) is not proved")
	}
}

// walkSign proves T1b-walk-sign. y* > 1 iff R(1) > 0, and y moves from 1 towards y* without
// reaching it.
func walkSign(s *statement) {
	w, over, _ := s.inward()
	below, above := between(over)
	if s.need(below && above, "premise: not d_min < d* < d_max"); s.err == nil {
		sign := s.walkStart(w, over)
		s.need(sign != 0, "premise: d* = F(0)")
		s.need(s.Status == map[int]string{1: "positive", -1: "negative"}[sign], "status: it is another one")
	}
}

// walkEnds proves A6-walk. Edges are in levels of one weight of their source, m of them, t_v into v. As μ
// → +∞ all attention goes to the heaviest level: with that and the next one for which C_v = t_v m' − t'_v
// m is not 0 for all v, μ' is a positive multiple of e^(−δμ)(E_S[C] − E[C] + o(1)) with ξ_v = α(λ_v + g
// t_v/m), δ the difference of both weights. As μ → −∞ the same with the lightest level, and the heavier
// of both first in C. The sign is that of a sum as before.
func walkEnds(s *statement) {
	g := s.graphs[0]
	w, place, into, edges := s.walks(g), map[string]int{}, [][]int{}, []int{}
	if s.err != nil || !s.depends(s.Alpha, "alpha") || !s.depends(s.Gain, "gain") {
		return
	}
	order := slices.SortedFunc(slices.Values(w), func(x, y *big.Int) int { return y.Cmp(x) })
	order = slices.CompactFunc(order, func(x, y *big.Int) bool { return x.Cmp(y) == 0 })
	s.work += len(order) * g.Vertices
	if s.need(s.work <= 1<<27 && len(order) <= 1<<10, "%w: %d weights", ErrLimit, len(order)); s.err != nil {
		return
	}
	for i, x := range order {
		place[x.String()] = i
		into, edges = append(into, make([]int, g.Vertices)), append(edges, 0)
	}
	for _, e := range g.Edges {
		i := place[w[e[0]].String()]
		into[i][e[1]], edges[i] = into[i][e[1]]+1, edges[i]+1
	}
	for i := len(order) - 1; i >= 0; i-- { // levels with an edge
		if edges[i] == 0 {
			into, edges = slices.Delete(into, i, i+1), slices.Delete(edges, i, i+1)
		}
	}
	square, signs := new(big.Int), [2]int{}
	for _, x := range w {
		square.Add(square, new(big.Int).Mul(x, x))
	}
	s.need(len(edges) > 0, "premise: no edge")
	for i := 0; i < 2 && s.err == nil; i++ {
		top := (1 - i) * (len(edges) - 1) // −∞ first
		c := make([]int, g.Vertices)
		for step := range edges {
			first, second := top, step
			if i == 0 {
				first, second = top-step, top
			}
			for v := range c {
				c[v] = into[first][v]*edges[second] - into[second][v]*edges[first]
			}
			if slices.ContainsFunc(c, func(n int) bool { return n != 0 }) {
				break
			}
		}
		sum, terms := 0, map[[2]int]*big.Int{}
		for v, n := range g.weight {
			sum += n * c[v]
		}
		for v, x := range w {
			key := [2]int{into[top][v], place[x.String()]}
			if terms[key] == nil {
				terms[key] = new(big.Int)
			}
			terms[key].Add(terms[key], big.NewInt(int64(sum-g.q*c[v])))
		}
		scale := new(big.Rat).Mul(s.Alpha, s.Gain)
		scale.Quo(scale, big.NewRat(int64(edges[top]), 1))
		signs[i] = s.signOf(terms, func(key [2]int) interval {
			t := new(big.Int).Mul(new(big.Int).Lsh(big.NewInt(int64(key[0])), s.bits()), scale.Num())
			return point(t).over(scale.Denom()).plus(s.along(square, new(big.Rat).SetInt(order[key[1]]), s.bits()))
		})
		s.need(signs[i] != 0, "premise: C is 0 for all vertices, or the sign is 0")
	}
	if signs == [2]int{-1, 1} {
		s.need(s.Status == "both", "status: it is both")
		return
	}
	s.limit(signs[0] > 0, signs[1] < 0)
}
