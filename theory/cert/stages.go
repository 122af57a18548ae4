package cert

import (
	"math/big"
	"slices"
)

// window proves T1a-window and T1b-window. One step of thought generation takes uniform weights to β_v =
// s(a_v + μ d_v). With ρ = 2 + 2D, D = d_max, β_v ≤ ρβ_w is μ(ρd_w − d_v) ≥ a_v − ρa_w, for all v, w in N_{c+1}
// exactly if first ≤ μ ≤ last: ρd_w − d_v is 0 only if both d are, where both a are 1. From μ(0) = 0 μ(t)
// increases, without bound or to μ*; T_1 and T_2 are when it is first and last.
func window(s *statement) {
	grows := s.Loss != coconut || s.Profile.over(s.most) == 0
	if s.Loss != coconut {
		divergence(s)
	} else if s.need(s.start() > 0, "premise: d* > F(0) is not proved"); s.err != nil {
		return
	}
	ratio, first, fresh := big.NewRat(int64(2+2*s.most), 1), new(big.Rat), false
	var last *big.Rat
	for _, v := range s.Profile.Classes {
		fresh = fresh || v.InSet == 0 && v.Degree > 0
		for _, w := range s.Profile.Classes {
			slope := (2+2*s.most)*w.Degree - v.Degree
			if v.InSet+v.Degree == 0 || w.InSet+w.Degree == 0 || slope == 0 {
				continue
			}
			end := big.NewRat(int64(v.InSet-(2+2*s.most)*w.InSet), int64(slope))
			if slope > 0 && end.Cmp(first) > 0 {
				first = end
			} else if slope < 0 && (last == nil || end.Cmp(last) < 0) {
				last = end
			}
		}
	}
	s.need(fresh, "premise: N_{c+1} = N_c")
	same := func(x, y *big.Rat) bool { return (x == nil) == (y == nil) && (x == nil || x.Cmp(y) == 0) }
	if s.need(same(s.Exact["ratio"], ratio) && same(s.Exact["first"], first) && same(s.Exact["last"], last), "ratio, first, last: they are %v, %v, %v", ratio, first, last); s.err != nil {
		return
	}
	status := "between"
	if !grows && !s.below(first) {
		status = "never"
	} else if last == nil || !grows && !s.below(last) {
		status = "from"
	}
	s.need(s.Status == status, "status: it is %s", status)
}

// below reports whether μ < μ*: whether R > 0 at y = exp(αsμ), which is 0 only if integers cancel.
func (s *statement) below(mu *big.Rat) bool {
	if !s.depends(s.Alpha, "alpha") {
		return false
	}
	terms := map[[2]int]*big.Int{}
	s.need(size(mu) < 40, "%w: first or last %v", ErrLimit, mu)
	for _, c := range s.Profile.Classes {
		key := [2]int{c.InSet*int(mu.Denom().Int64()) + c.Degree*int(mu.Num().Int64())}
		if terms[key] == nil {
			terms[key] = new(big.Int)
		}
		terms[key].Add(terms[key], big.NewInt(int64(c.Count)*int64(s.Profile.over(c.Degree))))
	}
	return s.err == nil && s.signOf(terms, func(key [2]int) interval {
		return s.exponent(s.Profile.K, big.NewInt(int64(key[0]))).over(mu.Denom())
	}) > 0
}

// anew proves A5-regenerated. Thoughts generated with the present logit are the root at μ = 0, so that
// b_v = 1 at its m children, 0 elsewhere, and, as no label is one of them, μ'(0) = −(α/n)·m/(n − 1 + e^α),
// whether thoughts have unit norm or not. A first return to 0 would need μ' ≥ 0 there.
func anew(s *statement) {
	g, children := s.graphs[0], 0
	for _, e := range g.Edges {
		if e[0] == g.Root {
			children++
			s.need(g.weight[e[1]] == 0, "premise: label %d is a child of the root", e[1])
		}
	}
	s.need(g.Step > 0 && children > 0, "premise: c = 0, or the root has no child")
	if s.Grid == 0 || s.err != nil {
		return
	}
	e := s.exponential(point(new(big.Int).Lsh(s.Alpha.Num(), s.bits())).over(s.Alpha.Denom()))
	e = e.plus(point(new(big.Int).Lsh(big.NewInt(int64(g.Vertices-1)), s.bits())))
	scale := new(big.Rat).Mul(s.Alpha, big.NewRat(int64(children), int64(g.Vertices)))
	s.isMultiple("fall", s.Grid, scale, point(power(s.bits())).quotient(e, s.bits()))
}

// far proves A8-regenerated. With w_j(v) the walks of j edges from the root, thoughts generated with the
// present logit have b_v = Σ_j C(c,j) μ^j w_{j+1}(v) over a norm of the degree of b in μ, or of none; for
// large μ the softmax of α(λ + μb) is at the v with the most walks of c+1 edges, of which b has the highest
// power. So μ' < 0 if the mean of w_{c+1} over the labels is below the most, and > 0 if one vertex alone
// has most and is the label.
func far(s *statement) {
	g, walks := s.graphs[0], slices.Repeat([]*big.Int{new(big.Int)}, s.graphs[0].Vertices)
	walks[g.Root] = big.NewInt(1)
	s.need(g.Step < 1<<12 && (g.Step+1)*(g.Vertices+len(g.Edges))*(1+g.Step/8) <= 1<<27, "%w: %d thoughts", ErrLimit, g.Step)
	for i := 0; i <= g.Step && s.err == nil; i++ {
		next := slices.Repeat([]*big.Int{nil}, len(walks))
		for v := range next {
			next[v] = new(big.Int)
		}
		for _, e := range g.Edges {
			next[e[1]].Add(next[e[1]], walks[e[0]])
		}
		walks = next
	}
	most, sum, many := slices.MaxFunc(walks, (*big.Int).Cmp), new(big.Int), 0
	for v, w := range walks {
		sum.Add(sum, new(big.Int).Mul(w, big.NewInt(int64(g.weight[v]))))
		if w.Cmp(most) == 0 {
			many++
		}
	}
	mean := new(big.Rat).SetFrac(sum, big.NewInt(int64(g.q)))
	less := mean.Cmp(new(big.Rat).SetInt(most)) < 0
	s.need(less || many == 1, "premise: a tie of walks")
	s.need(s.err != nil || s.Exact["walks"].Cmp(mean) == 0 && s.Exact["most_walks"].Cmp(new(big.Rat).SetInt(most)) == 0, "walks: %v and %v", mean, most)
	s.need(s.Status == map[bool]string{true: "bounded", false: "unbounded"}[less], "status: it is the other")
}
