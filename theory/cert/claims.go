package cert

import (
	"math/big"
	"slices"
)

// support proves T2 and T2-length. With one step of thought generation
//
//	β_v = λ_v + μ Σ_{u→v} λ_u
//
// each λ_u > 0 has the coefficients 0 and 1, of which none is negative, and v has one that is not
// 0 iff v ∈ N_c or an edge from N_c ends in v: iff v ∈ N_{c+1}. By induction c thoughts from the
// root hold exactly the vertices within c hops, whatever the positive logits. The certificate
// names all distances.
func support(s *statement) {
	s.need(slices.Equal(s.Hops, s.graphs[0].hops), "hops: not the distances from the root")
}

// A thought is a vector of weights w on N_c, up to the norm √square, with that of the target and
// the largest of another vertex, and the sum of all.
type thought struct{ target, most, square, sum *big.Int }

// walks returns (1 + μAᵀ)^c·e_root, times the denominator of μ^c.
func (s *statement) walks(g *digraph) []*big.Int {
	steps := min(g.Step, 1<<14)
	words := 1 + steps*(size(s.Logit)+17)/64 // of a weight
	s.work += ((g.Vertices+len(g.Edges))*steps + 8*words) * words
	s.need(g.Step == steps && s.work <= 1<<27, "%w: %d thoughts", ErrLimit, g.Step)
	if s.err != nil {
		return nil
	}
	weights := slices.Repeat([]*big.Int{new(big.Int)}, g.Vertices)
	weights[g.Root] = big.NewInt(1)
	for range g.Step {
		next := slices.Clone(weights)
		for v, w := range weights {
			next[v] = new(big.Int).Mul(w, s.Logit.Denom())
		}
		for _, e := range g.Edges {
			next[e[1]].Add(next[e[1]], new(big.Int).Mul(weights[e[0]], s.Logit.Num()))
		}
		weights = next
	}
	return weights
}

// thoughts returns the thought with uniform weights and that of walks with equal logits, (1 +
// μAᵀ)^c·e_root, times the denominator of μ^c. Premise of Theorem 3: the target is in N_c and not
// alone, and the other candidate is not. Every vertex of N_c has a walk, and a positive weight.
func (s *statement) thoughts(g *digraph) (both []thought) {
	s.need(g.inside[*g.Target] == 1 && g.inside[*g.Other] == 0 && g.k > 1, "premise: target in N_C and not alone, other not")
	weights := s.walks(g)
	if s.err != nil {
		return nil
	}
	both = []thought{{big.NewInt(1), big.NewInt(1), big.NewInt(int64(g.k)), big.NewInt(int64(g.k))}, {weights[*g.Target], new(big.Int), new(big.Int), new(big.Int)}}
	for v, w := range weights {
		both[1].sum.Add(both[1].sum, w)
		if both[1].square.Add(both[1].square, new(big.Int).Mul(w, w)); v != *g.Target && w.Cmp(both[1].most) > 0 {
			both[1].most = w
		}
	}
	return both
}

// kinds begin the names of numbers about the two thoughts.
var kinds = [2]string{"", "walk_"}

// ratio proves T3-direction. For one thought of unit norm with λ* on the target, M the largest
// weight of another vertex and ρ = M, the loss ℓ is convex with infimum 0, so that ℓ(t) → 0,
// e^(−λ*μ_A) ≤ e^ℓ − 1 → 0 and μ_A → ∞, bounded below throughout. D = μ_R − ρμ_A has
//
//	D' = e^(−ℓ)·[−ρλ* e^(−λ*μ_A) + e^(−D) Σ_v c_v e^(−(λ*−λ_v+ρ)μ_A)],  c_v = 1 − ρ(λ*−λ_v)
//
// summed over all v but the candidates. As ρλ* ≤ (ρ²+λ*²)/2 ≤ 1/2, all c_v > 0; no exponent
// λ*−λ_v+ρ is below λ*, and one equals it, with c_v = 1 − ρλ* + ρ² ≥ ρλ*. So D' ≥ 0 at D = 0, and
// D' < 0 where e^D is above some bound: D stays between 0 and a constant, and μ_R/μ_A = ρ + D/μ_A
// → ρ. The number is ρ² = M²/square.
func ratio(s *statement) {
	for i, t := range s.thoughts(s.graphs[0]) {
		square := new(big.Rat).SetFrac(new(big.Int).Mul(t.most, t.most), t.square)
		s.need(square.Cmp(s.Exact[kinds[i]+"ratio"]) == 0, "%sratio: its square is %v", kinds[i], square)
	}
}

// sharp proves T3-answer-sharp with the number head = nλ* − Σ λ_v, as its square with its sign. θ' = Σ_u
// p_u x_u, with x = (λ*, 0) for the other candidate and (λ* − λ_v, 1) for all beside both: μ_R increases
// for ever. The margin ⟨θ, x_v⟩ of each of these rises wherever it is 0 at μ_R ≥ 0: ⟨x_u, x_v⟩ ≥ 3/4 at
// unit norm, and where h = λ_v − λ* > 0 the other candidate has p ≤ p_v there, so that its part is at
// least p(1 + h² − λ*h) > 0 with that of v. It is positive for t > 0. The margin over the other candidate
// is λ* μ_A, and at μ_A = 0 μ_A' is a positive multiple of exp(μ_R) λ* + Σ (λ* − λ_v), which increases
// from head. If head ≥ 0 μ_A leaves 0 upwards and does not come back (at a tie by its second derivative);
// else downwards, and as μ_A → ∞ it comes back at one T > 0, for ever.
func sharp(s *statement) {
	for i, t := range s.thoughts(s.graphs[0]) {
		head := new(big.Int).Mul(t.target, big.NewInt(int64(s.graphs[0].Vertices)))
		head.Sub(head, t.sum)
		square := new(big.Rat).SetFrac(new(big.Int).Mul(head, new(big.Int).Abs(head)), t.square)
		s.need(square.Cmp(s.Exact[kinds[i]+"head"]) == 0, "%shead: its square is %v", kinds[i], square)
	}
}

// lead proves T3-answer. At ŵ = (1/λ*, ρ/λ*), with ρ as before, the target has at least 1 more
// than every other vertex, so that ℓ(gŵ) ≤ (n−1) e^(−g). As ℓ is convex and falls along its
// gradient flow from 0, for t ≥ T
//
//	ℓ(t) ≤ ℓ(gŵ) + g²|ŵ|²/(2T),  |ŵ|² = (1+ρ²)/λ*² = (square + M²)/target²
//
// Below log 2 the target has more than half of the softmax: the largest logit. The numbers are g,
// a multiple of 1/8, and the least T of 64 bits before zeros for which this procedure proves
// that, with 0.693147 for log 2.
func lead(s *statement) {
	unit := power(s.bits())
	for i, t := range s.thoughts(s.graphs[0]) {
		g, time := s.Exact[kinds[i]+"gain"], s.Exact[kinds[i]+"time"]
		s.need(g.Sign() > 0 && g.Cmp(big.NewRat(400, 1)) < 0 && new(big.Rat).Mul(g, big.NewRat(8, 1)).IsInt(), "%sgain: expected a multiple of 1/8 up to 400", kinds[i])
		if s.need(time.IsInt(), "%stime: expected an integer", kinds[i]); s.err != nil {
			return
		}
		decay := exp(point(new(big.Int).Div(new(big.Int).Mul(new(big.Int).Neg(g.Num()), unit), g.Denom())), s.bits()).hi // g.Denom() is a power of 2
		room := new(big.Rat).SetFrac(decay.Mul(decay, big.NewInt(int64(s.graphs[0].Vertices-1))), unit)
		room.Sub(big.NewRat(693147, 1_000_000), room)
		norm := new(big.Rat).SetFrac(new(big.Int).Add(t.square, new(big.Int).Mul(t.most, t.most)), new(big.Int).Mul(t.target, t.target))
		norm.Mul(norm.Mul(norm, g), g).Quo(norm, big.NewRat(2, 1)) // g²|ŵ|²/2
		last := new(big.Rat).SetInt(power(uint(max(0, time.Num().BitLen()-64))))
		before := new(big.Rat).Mul(room, new(big.Rat).Sub(time, last))
		s.need(last.Quo(time, last).IsInt() && new(big.Rat).Mul(room, time).Cmp(norm) > 0 && before.Cmp(norm) <= 0, "%stime: not the least one that is proved", kinds[i])
	}
}

// sharedRatio proves T3-population for instances of equal weight in the loss: μ_R/μ_A → m + Δ
// with m the least λ* and Δ the largest λ_v − λ* of another vertex. The direction of largest
// margin a, r for the contrasts (λ*_i, 0), (λ*_i − λ_iv, 1), (λ*_i, 1) has r/a = m + Δ, as m + Δ
// > 0 and 1 + Δ(m+Δ) ≥ 3/4 at unit norm, and the distance of the flow from that line stays
// bounded (theory.md section 5). The numbers are m² and Δ², with the sign of Δ.
func sharedRatio(s *statement) {
	var least, excess [2][]*big.Rat
	for _, g := range s.graphs {
		for i, t := range s.thoughts(g) {
			d := new(big.Int).Sub(t.most, t.target)
			least[i] = append(least[i], new(big.Rat).SetFrac(new(big.Int).Mul(t.target, t.target), t.square))
			excess[i] = append(excess[i], new(big.Rat).SetFrac(new(big.Int).Mul(d, new(big.Int).Abs(d)), t.square))
		}
	}
	for i := 0; i < len(kinds) && s.err == nil; i++ {
		kind, m, d := kinds[i], slices.MinFunc(least[i], (*big.Rat).Cmp), slices.MaxFunc(excess[i], (*big.Rat).Cmp)
		s.need(m.Cmp(s.Exact[kind+"least"]) == 0 && d.Cmp(s.Exact[kind+"excess"]) == 0, "%sleast, excess: the squares are %v and %v", kind, m, d)
	}
}

// overlap proves where the logits of the full score matrix μI + ν(11ᵀ−I) go under the Coconut
// loss, which is logistic regression with the contrasts, up to positive factors,
//
//	x_v = φ_p − φ_v, summed over the labels p,  φ_v = (d_v, K·D_v − d_v)
//
// of all v of all graphs. A finite limit exists iff no θ has ⟨θ,x⟩ ≥ 0 for all and > 0 for some
// of them (Albert & Anderson, Biometrika 71, 1984). The direction θ has ⟨θ,x⟩ ≥ 0; the
// multipliers u, one for each different x ≠ 0 in ascending order, are > 0 where that is 0, and 0
// elsewhere, and Σ u x = 0 (Farkas): no θ is > 0 on more. With θ = 0 that is overlap, and
// separated if ⟨θ,x⟩ > 0 for all.
func overlap(s *statement) {
	s.need((s.Graph == nil) != (s.Graphs == nil), "graph, graphs: expected one of them")
	s.separation(2, func(g *digraph, phi [][]int) {
		for v, x := range phi {
			x[0], x[1] = g.degree[v], g.k*g.total[v]-g.degree[v]
		}
	})
}

// contrasts returns the different x_v ≠ 0 of all graphs in ascending order, with features of so
// many entries, and for each the largest q√K of the graphs that have it, q labels.
func (s *statement) contrasts(width int, features func(g *digraph, phi [][]int)) (all [][]int, bounds []surd) {
	for _, g := range s.graphs {
		s.work += g.Vertices * width
	}
	if s.need(s.work <= 1<<24, "%w: %d graphs with %d logits", ErrLimit, len(s.graphs), width); s.err != nil {
		return nil, nil
	}
	for _, g := range s.graphs {
		phi, sum := make([][]int, g.Vertices), make([]int, width)
		for v := range phi {
			phi[v] = make([]int, width)
		}
		features(g, phi)
		for v, x := range phi {
			for i := range x {
				sum[i] += x[i] * g.weight[v]
			}
		}
		for _, x := range phi {
			for i := range x {
				x[i] = sum[i] - g.q*x[i]
			}
			all = append(all, append(x, -g.q*g.q*g.k)) // the largest comes first
		}
	}
	slices.SortFunc(all, slices.Compare[[]int])
	all = slices.CompactFunc(all, func(x, y []int) bool { return slices.Equal(x[:width], y[:width]) })
	all = slices.DeleteFunc(all, func(x []int) bool { return !slices.ContainsFunc(x[:width], func(n int) bool { return n != 0 }) })
	for i, x := range all {
		all[i], bounds = x[:width], append(bounds, rootOf(int64(-x[width])))
	}
	return all, bounds
}

// product returns ⟨x, θ⟩.
func product(x []int, theta []*big.Int) *big.Int {
	sum := new(big.Int)
	for i, n := range x {
		if n != 0 {
			sum.Add(sum, new(big.Int).Mul(big.NewInt(int64(n)), theta[i]))
		}
	}
	return sum
}

// combine needs Σ u x to be θ.
func (s *statement) combine(all [][]int, u, theta []*big.Int) {
	for j := range theta {
		sum := new(big.Int)
		for i, x := range all {
			if x[j] != 0 {
				sum.Add(sum, new(big.Int).Mul(big.NewInt(int64(x[j])), u[i]))
			}
		}
		s.need(sum.Cmp(theta[j]) == 0, "multipliers: the combination is %v in place %d, expected %v", sum, j, theta[j])
	}
}

// separation needs the direction and the multipliers to prove the status.
func (s *statement) separation(width int, features func(*digraph, [][]int)) {
	theta, u := s.Direction, s.Multipliers
	all, _ := s.contrasts(width, features)
	s.need(len(theta) == width && len(u) == len(all), "direction or multipliers: expected %d and %d", width, len(all))
	if s.need(!slices.Contains(theta, nil) && !slices.Contains(u, nil), "direction, multipliers: expected integers"); s.err != nil {
		return
	}
	along := 0
	for i, x := range all {
		sign := product(x, theta).Sign()
		along += sign
		s.need(min(sign, u[i].Sign()) == 0 && max(sign, u[i].Sign()) == 1, "contrast %v: expected it along the direction, or with a multiplier", x)
	}
	s.combine(all, u, slices.Repeat([]*big.Int{new(big.Int)}, width))
	s.need(along > 0 || !slices.ContainsFunc(theta, func(n *big.Int) bool { return n.Sign() != 0 }), "direction: it says nothing")
	s.is(along, len(all))
}

// is needs the status to be that of so many diverging contrasts of all.
func (s *statement) is(diverging, all int) {
	status := map[bool]string{diverging == all: "separated", diverging < all: "quasi-separated", diverging == 0: "overlap"}[true]
	s.need(s.Status == status, "status: it is %s", status)
}

// limit needs the status to be that of a drift that is positive at −∞ and negative at +∞, or one
// of both, and then has one sign.
func (s *statement) limit(below, above bool) {
	s.need(s.Status == limitOf(below, above), "status: it is %s", limitOf(below, above))
}

func limitOf(below, above bool) string {
	return map[[2]bool]string{{true, true}: "finite", {true, false}: "plus-infinity", {false, true}: "minus-infinity", {}: "stationary"}[[2]bool{below, above}]
}

// population proves where the μ goes that instances share under Coconut, each with its own
// softmax:
//
//	n μ' = (1/I) Σ_i α s_i (d*_i − F_i(μ))
//
// F_i increases from d_min to d_max, strictly unless they are equal. So the drift tends to Σ α
// s_i (d* − d_max) ≤ 0 at +∞ and to Σ α s_i (d* − d_min) ≥ 0 at −∞, and is 0 there iff all terms
// are; then no term has the other sign anywhere. In the finite case the drift decreases strictly,
// and has its zero between lo and hi.
func population(s *statement) {
	below, above := false, false
	for _, g := range s.graphs {
		least, most := slices.Min(g.degree), slices.Max(g.degree)
		below, above, s.most = below || g.q*least < g.d, above || g.q*most > g.d, max(s.most, most)
	}
	s.limit(below, above)
	s.need(s.Grid == 0 || s.Status == "finite" && s.most <= MaxVariance && len(s.graphs)*int(s.Grid) <= 1<<19, "%w: too many graphs, or no limit", ErrLimit)
	unit := power(s.Grid)
	s.brackets("mu", func(m *big.Int) interval {
		total := point(new(big.Int))
		for _, g := range s.graphs {
			q, r := poly{}, poly{}
			for v, d := range g.degree {
				q.add(d, g.inside[v], big.NewInt(int64(g.q)))
				r.add(d, g.inside[v], big.NewInt(int64(g.d-g.q*d)))
			}
			s.e = s.exponential(s.exponent(g.k, unit))
			y := s.exponential(s.exponent(g.k, m))
			if total = total.plus(s.quotient(s.exponent(g.k, unit).times(s.enclose(r, y), s.bits()), s.enclose(q, y))); s.err != nil {
				break
			}
		}
		return total
	})
}
