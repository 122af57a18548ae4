package cert

import (
	"maps"
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

// walkStart returns the terms of R(1) = Σ c·exp(αs w) with q times the denominator, weights descending:
// the αs w are different algebraic numbers, so that it is 0 only if all c are (Lindemann and
// Weierstrass).
func walkStart(w, over []*big.Int) (weights, c []*big.Int) {
	sums := map[string][2]*big.Int{}
	for v := range w {
		key := string(w[v].Bytes())
		if sums[key][0] == nil {
			sums[key] = [2]*big.Int{w[v], new(big.Int)}
		}
		sums[key][1].Add(sums[key][1], over[v])
	}
	for _, x := range slices.SortedFunc(maps.Values(sums), func(a, b [2]*big.Int) int { return b[0].Cmp(a[0]) }) {
		if x[1].Sign() != 0 {
			weights, c = append(weights, x[0]), append(c, x[1])
		}
	}
	return weights, c
}

func walkStill(s *statement) {
	w, over, _ := s.inward()
	_, c := walkStart(w, over)
	s.need(len(c) == 0, "premise: d* = F(0) is not proved")
}

// walkSign proves T1b-walk-sign. With E_1 > E_2 > … > 0 the exponentials, Σ c_j E_j = Σ_j (c_1 + … +
// c_j)(E_j − E_{j+1}): partial sums of one sign decide for every α. Else α does, by enclosures over
// the largest exponential. y* > 1 iff R(1) > 0, and y moves from 1 towards y* without reaching it.
func walkSign(s *statement) {
	w, over, _ := s.inward()
	below, above := between(over)
	s.need(below && above, "premise: not d_min < d* < d_max")
	weights, c := walkStart(w, over)
	sum, signs, square := new(big.Int), map[int]bool{}, new(big.Int)
	for _, x := range c {
		signs[sum.Add(sum, x).Sign()] = true
	}
	s.need(len(c) > 0, "premise: d* = F(0)")
	if s.err == nil && signs[1] && signs[-1] && s.depends(s.Alpha, "alpha") {
		for _, x := range w {
			square.Add(square, new(big.Int).Mul(x, x))
		}
		extra := uint(square.BitLen())
		root := power(2 * (s.bits() + extra)) // lo²·square ≤ 2^(2(bits+extra)) ≤ hi²·square
		root.Sqrt(root.Div(root, square))
		total := point(new(big.Int))
		for j, x := range weights {
			away := new(big.Int).Sub(x, weights[0])
			at := interval{root, new(big.Int).Add(root, big.NewInt(1))}.times(point(away.Mul(away, s.Alpha.Num())), extra).over(s.Alpha.Denom())
			e := interval{new(big.Int), power(s.bits() - 360)} // exp(−256) < 2^−360
			if at.size() < int(s.bits())+9 {
				e = exp(at, s.bits())
			}
			total = total.plus(e.times(point(c[j]), 0))
		}
		s.need(total.lo.Sign()*total.hi.Sign() > 0, "the sign of d* − F(0) is not proved")
		signs = map[int]bool{total.lo.Sign(): true}
	}
	s.need(s.Status == map[bool]string{true: "positive", false: "negative"}[signs[1]], "status: it is another one")
}
