package cert

import "math/big"

// With the weight ω of the carry-over trained (A18 dropped), ξ_v = αs(ω a_v + μ d_v), and r the rate
// of μ over that of ω, Coconut-BFS has, with S = N_{c+1} and Z the sum of all exp(ξ_v),
//
//	μ' = (αs/n)(n_out/Z) E_S[d],  ω' = μ' E_S[a]/(r E_S[d]),  dμ/dω = r E_S[d]/E_S[a]
//
// as all beyond S has a_v = d_v = 0. Under the premise of T1a both drifts are positive everywhere, so
// that both increase, and not both stay bounded. Write y = exp(αsμ), x = exp(αsω), A = Σ y^d and
// D_N = Σ d y^d over N_c, D_F = Σ d y^d over new vertices, d_N and d_F for the largest d in N_c and
// outside, F_N = D_N/A and F_F for both means of d at the start.

// carried makes a rule about every start and training of ω, or with numbers about one.
func carried(prove func(*statement)) func(*statement) {
	return fromAny(func(s *statement) {
		if s.need((s.Carry != nil) == (s.Grid > 0), "carry: expected it with numbers, and only then"); s.err == nil {
			prove(s)
		}
	})
}

// part returns Σ factor(d)·m y^d over the classes of N_c (in = 1) or outside, and their largest d, −1 if
// there are none.
func (s *statement) part(in int, factor func(d int) int) (p poly, most int) {
	p, most = poly{}, -1
	for _, c := range s.Profile.Classes {
		if c.InSet == in {
			p.add(c.Degree, 0, new(big.Int).Mul(big.NewInt(int64(c.Count)), big.NewInt(int64(factor(c.Degree)))))
			most = c.Degree
		}
	}
	return p, most
}

func one(int) int      { return 1 }
func itself(d int) int { return d }
func only(most int) func(d int) int {
	return func(d int) int { return max(d-most+1, 0) }
}

// rated encloses r·n·x.
func (s *statement) rated(x interval, n int) interval {
	p, q := s.rate()
	return x.times(p, 0).times(point(big.NewInt(int64(n))), 0).over(q.lo)
}

// rate returns r, numerator and denominator.
func (s *statement) rate() (p, q interval) {
	return point(s.Carry.Ratio.Num()), point(s.Carry.Ratio.Denom())
}

// whole is n in units of 2^−bits.
func (s *statement) whole(n int) interval {
	return point(new(big.Int).Mul(big.NewInt(int64(n)), power(s.bits())))
}

func (x interval) negative() interval { return x.times(point(big.NewInt(-1)), 0) }

// children needs N_c to be the root alone, and returns the number m of its children. Then E_S[d]/E_S[a]
// = m exp(α(μ − ω)).
func (s *statement) children() (m int) {
	divergence(s)
	_, inner := s.part(1, one)
	s.need(s.Profile.K == 1 && inner == 0 && s.most == 1, "premise: N_c is more than the root")
	return s.Profile.N - 1 - s.out
}

// conserved proves A18-conserved: the derivative −α exp(−αμ) μ' + r m α exp(−αω) ω' is 0.
func conserved(s *statement) {
	if m := s.children(); s.Grid > 0 && s.err == nil {
		s.isValue("delta", s.delta(m))
	}
}

// delta encloses δ = exp(−αμ(0)) − r m exp(−αω(0)).
func (s *statement) delta(m int) interval {
	return s.first(new(big.Rat).Neg(s.Start)).plus(s.rated(s.first(new(big.Rat).Neg(s.Carry.Weight)), m).negative())
}

// hasSign needs the premise of A18-conserved and δ to have a sign, and returns m.
func (s *statement) hasSign(sign int) (m int) {
	if m = s.children(); s.err == nil {
		found := s.sign(big.NewInt(1), []term{{new(big.Rat).Neg(s.Start), s.Carry.Ratio.Denom()},
			{new(big.Rat).Neg(s.Carry.Weight), new(big.Int).Mul(s.Carry.Ratio.Num(), big.NewInt(int64(-m)))}})
		s.need(found == sign, "premise: δ has another sign")
	}
	return m
}

// bounded proves A18-bounded. exp(−αμ) ≥ δ > 0 bounds μ, so that ω → ∞ and exp(−αμ) → δ.
func bounded(s *statement) {
	if m := s.hasSign(1); s.Grid > 0 && s.err == nil {
		s.isValue("delta", s.delta(m))
		s.brackets("mu", func(at *big.Int) interval {
			return s.exponential(s.exponent(1, new(big.Int).Neg(at))).plus(s.delta(m).negative())
		})
	}
}

// unbounded proves A18-diverges. exp(−αω) ≥ −δ/(r m) > 0 bounds ω, so that μ → ∞ and exp(−αω) →
// −δ/(r m).
func unbounded(s *statement) {
	if m := s.hasSign(-1); s.Grid > 0 && s.err == nil {
		s.isValue("delta", s.delta(m))
		s.brackets("omega", func(at *big.Int) interval {
			return s.rated(s.exponential(s.exponent(1, new(big.Int).Neg(at))), m).plus(s.delta(m))
		})
	}
}

// tied proves A18-both. δ = 0 only if both terms cancel, for r m = 1 and μ(0) = ω(0). Then exp(−αμ) =
// exp(−αω), and one of both has no bound.
func tied(s *statement) { s.hasSign(0) }

// inner needs an edge from N_c to end in N_c, and encloses D_N and A at the start where there are numbers.
func (s *statement) inner() (edges, all interval) {
	divergence(s)
	d, most := s.part(1, itself)
	if s.need(most > 0, "premise: no edge from N_c ends in N_c"); s.Grid > 0 && s.err == nil {
		a, _ := s.part(1, one)
		edges, all = s.enclose(d, s.y), s.enclose(a, s.y)
	}
	return edges, all
}

// later proves A18-later. All of N_c have the same carry-over, so that E_S[d] ≥ E_S[a] D_N/A, and D_N/A
// does not fall as y rises: dμ/dω ≥ r F_N > 0. One of both has no bound, so μ has none.
func later(s *statement) {
	if edges, all := s.inner(); s.Grid > 0 && s.err == nil {
		p, q := s.rate()
		s.isValue("slope", s.quotient(edges.times(p, 0), all.times(q, 0)))
	}
}

// slowCarry proves A18-lower, power = D = max(d_F, d_N + 1/(r F_N)), b_lo = D κ n_out min(F_N, F_F)/Z(0).
// As αs(ω − ω(0)) ≤ αs(μ − μ(0))/(r F_N), with z = (y/y(0))^D no vertex weighs more than z times what it
// did: Z ≤ Z(0) z. E_S[d] is a mean of D_N/A and of that of new vertices, which do not fall. So
// z' = D κ n_out E_S[d] z/Z ≥ b_lo.
func slowCarry(s *statement) {
	edges, sum := s.inner()
	if s.Grid == 0 || s.err != nil {
		return
	}
	_, inner := s.part(1, one)
	fresh, outer := s.part(0, itself)
	p, q := s.rate()
	d, mean := s.whole(inner).plus(s.quotient(sum.times(q, 0), edges.times(p, 0))), s.quotient(edges, sum)
	if outer > 0 {
		all, _ := s.part(0, func(d int) int { return min(d, 1) })
		other, least := s.quotient(s.enclose(fresh, s.y), s.enclose(all, s.y)), s.whole(outer)
		mean = interval{hull(mean.lo, other.lo).lo, hull(mean.hi, other.hi).lo}
		d = interval{hull(d.lo, least.lo).hi, hull(d.hi, least.hi).hi}
	}
	s.isValue("power", d)
	alpha, nk := new(big.Rat).Mul(s.Alpha, s.Alpha), big.NewInt(int64(s.Profile.N)*int64(s.Profile.K))
	b := s.quotient(d.times(mean, s.bits()), s.enclose(s.q, s.y)) // over κ n_out
	s.isValue("b_lo", b.times(point(alpha.Num().Mul(alpha.Num(), big.NewInt(int64(s.out)))), 0).over(nk.Mul(nk, alpha.Denom())))
}

// isPositive needs n·x·p + k·q to be positive at the start.
func (s *statement) isPositive(p poly, n *big.Int, q poly, k *big.Int) {
	var all []term
	for i, c := range p {
		x := new(big.Rat).Mul(s.Start, big.NewRat(int64(i[0]), 1))
		all = append(all, term{x.Add(x, s.Carry.Weight), new(big.Int).Mul(n, c)})
	}
	for i, c := range q {
		all = append(all, term{new(big.Rat).Mul(s.Start, big.NewRat(int64(i[0]), 1)), new(big.Int).Mul(k, c)})
	}
	s.need(s.sign(big.NewInt(int64(s.Profile.K)), all) > 0, "premise: there is no room")
}

// collapse proves A18-collapse, room = 1 − r g (d_N + E) with g = max(0, d_F − d_N) and E the quotient
// of D_F and the term with d_N of x A at the start. Where ω − ω(0) ≥ g(μ − μ(0)), with η = y/y(0) ≥ 1,
// D_N ≤ d_N A and D_F/x ≤ η^(d_F−g) E (term with d_N of A at the start) ≤ E·A, so that dω/dμ ≥ 1/(r(d_N
// + E)) > g: the path stays there, with a slope above g. So ω → ∞, and new vertices weigh at most a
// constant times η^(d_F−d_N) against x: their part tends to 0.
func collapse(s *statement) {
	divergence(s)
	_, inner := s.part(1, one)
	fresh, outer := s.part(0, itself)
	gap := max(outer-inner, 0)
	top, _ := s.part(1, only(inner))
	p := new(big.Int).Mul(s.Carry.Ratio.Num(), big.NewInt(int64(-gap)))
	s.isPositive(top, new(big.Int).Add(s.Carry.Ratio.Denom(), new(big.Int).Mul(p, big.NewInt(int64(inner)))), fresh, p)
	if s.Grid > 0 && s.err == nil {
		e := s.quotient(s.enclose(fresh, s.y), s.enclose(top, s.y).times(s.e, s.bits()))
		s.isValue("room", s.whole(1).plus(s.rated(s.whole(inner).plus(e), gap).negative()))
	}
}

// spread proves A18-spread, room = r g B − 1 with g = d_F − d_N > 0 and B the quotient of the term with
// d_F of D_F and x A at the start. Where ω − ω(0) ≤ g(μ − μ(0)), dω/dμ ≤ x A/(r D_F) ≤ 1/(r B) < g: the
// path stays there, with a slope below g; then x η^(−g) falls exponentially in μ, and dω/dμ with it.
func spread(s *statement) {
	divergence(s)
	all, inner := s.part(1, one)
	_, outer := s.part(0, one)
	gap := max(outer-inner, 0)
	top, _ := s.part(0, func(d int) int { return only(outer)(d) * d })
	s.isPositive(all, new(big.Int).Neg(s.Carry.Ratio.Denom()), top, new(big.Int).Mul(s.Carry.Ratio.Num(), big.NewInt(int64(gap))))
	if s.Grid > 0 && s.err == nil {
		s.isValue("room", s.rated(s.quotient(s.enclose(top, s.y), s.enclose(all, s.y).times(s.e, s.bits())), gap).plus(s.whole(1).negative()))
	}
}
