package cert

import (
	"math/big"
	"slices"
)

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
	for _, z := range p {
		x := new(big.Rat).Mul(s.Start, big.NewRat(int64(z.d), 1))
		all = append(all, term{x.Add(x, s.Carry.Weight), new(big.Int).Mul(n, z.c)})
	}
	for _, z := range q {
		all = append(all, term{new(big.Rat).Mul(s.Start, big.NewRat(int64(z.d), 1)), new(big.Int).Mul(k, z.c)})
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

// above needs d_F > d_N ≥ 1 and r(d_F − d_N)d_N to be below 1, or not, and returns d_N and r(d_F − d_N).
func (s *statement) above(below bool) (inner int, product *big.Rat) {
	divergence(s)
	_, inner = s.part(1, one)
	_, outer := s.part(0, one)
	s.need(s.Carry != nil && inner >= 1 && outer > inner, "premise: no carry, no edge from N_c ends in N_c, or d_F ≤ d_N")
	if s.err == nil {
		product = new(big.Rat).Mul(s.Carry.Ratio, big.NewRat(int64(outer-inner), 1))
		s.need((new(big.Rat).Mul(product, big.NewRat(int64(inner), 1)).Cmp(big.NewRat(1, 1)) < 0) == below, "premise: r(d_F − d_N)d_N is on the other side of 1")
	}
	return inner, product
}

// always proves A18-always. With g = d_F − d_N, F = D_N/A and q = D_F/(x A), dω/dμ = 1/(r(F + q)). Where r g
// (F + B) > 1, B as in spread, the path stays in spread, as F does not fall and q ≥ B while ω − ω(0) ≤ g(μ
// − μ(0)). It gets there: F → d_N as μ → ∞. If r g d_N = 1 and never so, B ≤ d_N − F = O(y^(−1)) or 0, so x
// is at least of the order of y^(g+1); but dω/dμ ≤ 1/(r F) = g + O(y^(−1)) keeps x at that of y^g.
func always(s *statement) { s.above(false) }

// threshold proves A18-threshold: dω/dμ increases in ω, so that the path stays above a line from its start
// with a slope of at most dω/dμ, and below one of at least that. Between two points F, D_F and A rise with μ and x
// with ω. At its end there is collapse from all ω above it, r g(d_N + E) < 1, or spread from all below, r g(F +
// B) > 1. Where N_c has one d and new vertices have one, both are the same at r g(d_N + E) = 1, which the path
// does not leave. There is one such ω for every μ(0): both are open, and as μ → ∞ log(E/B) → 0 and F → d_N, so that
// two paths without either come near each other, but their distance grows.
func threshold(s *statement) {
	inner, product := s.above(true)
	fresh, outer := s.part(0, itself)
	edges, _ := s.part(1, itself)
	all, _ := s.part(1, one)
	top, _ := s.part(1, only(inner))
	topF, _ := s.part(0, func(d int) int { return only(outer)(d) * d })
	if s.Status == "balance" && s.err == nil {
		s.need(len(all) == 1 && len(s.Profile.Classes) == 3 && s.Marks == nil, "balance: expected one d in N_c and one of new vertices, and no marks")
		n, q := product.Num(), product.Denom()
		zero := []term{{new(big.Rat).Mul(s.Start, big.NewRat(int64(outer-inner), 1)), new(big.Int).Mul(n, fresh.at(outer, 0))},
			{s.Carry.Weight, new(big.Int).Mul(top.at(inner, 0), new(big.Int).Sub(new(big.Int).Mul(n, big.NewInt(int64(inner))), q))}}
		s.need(s.sign(big.NewInt(int64(s.Profile.K)), zero) == 0, "balance: r g(d_N + E) is not 1")
		return
	}
	last := len(s.Marks) - 1
	up := s.Status == "collapse"
	s.need((up || s.Status == "spread") && last >= 0 && !slices.ContainsFunc(s.Marks, func(m [2]*big.Rat) bool { return m[0] == nil || m[1] == nil }), "status, marks: expected collapse or spread, and points")
	s.need(last <= MaxPower && s.most <= MaxVariance && len(s.Profile.Classes) <= MaxClasses, "%w: %d points, d_max %d", ErrLimit, last+1, s.most)
	if s.need(s.err != nil || s.Marks[0][0].Cmp(s.Start) == 0 && s.Marks[0][1].Cmp(s.Carry.Weight) == 0, "marks: expected the start first"); s.err != nil || !s.depends(s.Alpha, "alpha") {
		return
	}
	unit := power(s.bits())
	// over encloses (p(y)/A(y) + q(y)/(x b(z)))·factor − 1.
	over := func(p, q, b poly, y, z, x interval, factor *big.Rat) interval {
		sum := s.quotient(s.enclose(p, y), s.enclose(all, y)).plus(s.quotient(s.enclose(q, y), s.enclose(b, z).times(x, s.bits())))
		return sum.times(point(factor.Num()), 0).over(factor.Denom()).plus(point(new(big.Int).Neg(unit)))
	}
	var y, x interval
	for i, m := range s.Marks {
		y1, x1 := s.first(m[0]), s.first(m[1])
		if i > 0 && s.err == nil {
			run, rise := new(big.Rat).Sub(m[0], s.Marks[i-1][0]), new(big.Rat).Sub(m[1], s.Marks[i-1][1])
			if s.need(run.Sign() > 0 && rise.Sign() > 0, "mark %d: expected it above the one before", i); s.err == nil {
				slope := rise.Mul(rise.Quo(rise, run), s.Carry.Ratio)
				s.need(up && over(edges, fresh, all, y1, y, x, slope).hi.Sign() <= 0 || !up && over(edges, fresh, all, y, y1, x1, slope).lo.Sign() >= 0, "mark %d: the path may cross the line", i)
			}
		}
		y, x = y1, x1
	}
	if s.err != nil {
		return
	}
	if up {
		s.need(over(all.scaled(big.NewInt(int64(inner))), fresh, top, y, y, x, product).hi.Sign() < 0, "marks: no collapse at the last")
	} else {
		s.need(over(edges, topF, all, y, y, x, product).lo.Sign() > 0, "marks: no spread at the last")
	}
}
