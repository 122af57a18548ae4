package cert

import (
	"maps"
	"math/big"
)

// Notation: s = 1/√K, e = exp(αs), y = exp(αsμ), so that μ(0) = 0 is y = 1.
// W_d = m_{0,d} + e·m_{1,d} counts the vertices with d_v = d, those of N_c with
// weight e. Q = Σ W_d y^d, P = Σ d W_d y^d, κ = α²/(nK), D = d_max; n_out counts
// the vertices outside N_{c+1}, those of class (0,0), and Q_in = Q − n_out.
// The reduced flow in gradient-flow time is
//
//	bfs      y' = κ y n_out P/(Q_in Q)
//	coconut  y' = κ y R/Q,  R = d*Q − P = Σ (d*−d) W_d y^d
//
// Two facts are used: a solution of y' = f(y) is monotone, and converges to a
// zero of f or leaves every compact set of y > 0; and exp(q) is transcendental
// for algebraic q ≠ 0 (Lindemann), so that Σ c·exp(q r), with different rational
// r and integers c, is 0 only if all c are.

const coconut = "coconut"

// claims lists what a certificate can state, and the numbers that it names.
var claims = map[string]struct {
	loss, numbers, statement string
	prove                    func(*statement)
}{
	"T1a":          {"bfs", "", "μ(t) → +∞ from any start", divergence},
	"T1a-lower":    {"bfs", "b_lo", "μ(t) ≥ log(1 + b_lo t)/(αs d_max) from μ(0) = 0", lowerBound},
	"T1a-upper":    {"bfs", "b_hi", "μ(t) ≤ log(1 + b_hi t)/(αs d_max) from μ(0) = 0", upperBound},
	"T1b":          {coconut, "mu", "μ(t) → μ* from any start", func(s *statement) { equilibrium(s) }},
	"T1b-positive": {coconut, "mu", "0 < μ(t) < μ*, increasing, for t > 0 from μ(0) = 0", positive},
	"T1b-rate":     {coconut, "mu variance", "|μ(t) − μ*| ≤ |μ*| exp(−κvt) from μ(0) = 0", rate},
	"T1b-ceiling":  {coconut, "ceiling mu", "μ* is at most the closed-form ceiling", ceiling},
}

// bits is the working precision; the numbers need a little over grid of it.
func (s *statement) bits() uint { return 2*s.Grid + 64 }

// exponential encloses exp(αs·m/2^grid), with lo²·K ≤ 1 ≤ hi²·K around s.
func (s *statement) exponential(m *big.Int) interval {
	lo := new(big.Int).Lsh(big.NewInt(1), 2*s.bits())
	lo.Sqrt(lo.Div(lo, big.NewInt(int64(s.Profile.K)))) // rounded down
	root := interval{lo, new(big.Int).Add(lo, big.NewInt(1))}
	x := root.times(point(new(big.Int).Mul(m, s.Alpha.Num())), s.Grid).over(s.Alpha.Denom())
	if s.need(x.size() < int(s.bits())+9, "an exponent is above 2^9"); s.err != nil {
		return point(new(big.Int))
	}
	return exp(x, s.bits())
}

// enclose returns Σ c·e^a·y^d.
func (s *statement) enclose(p poly, y interval) interval {
	total := point(new(big.Int))
	for i, c := range p {
		term := point(new(big.Int).Lsh(c, s.bits()))
		for range i[0] {
			term = term.times(y, s.bits())
		}
		for range i[1] {
			term = term.times(s.e, s.bits())
		}
		total = total.plus(term)
	}
	return total
}

// sum returns Σ_d factor(d)·W_d·y^d.
func (s *statement) sum(factor func(d int) int) poly {
	p := poly{}
	for _, c := range s.Profile.Classes {
		p.add(c.Degree, c.InSet, big.NewInt(int64(c.Count)*int64(factor(c.Degree))))
	}
	return p
}

// weigh sets Q, Q_in, P and W_D.
func (s *statement) weigh() {
	s.q, s.p = s.sum(func(int) int { return 1 }), s.sum(func(d int) int { return d })
	s.in = s.q.minus(constant(big.NewInt(int64(s.out))))
	s.top = s.sum(func(d int) int { return max(d-s.most+1, 0) }).atOne()
}

// brackets needs the numbers lo and hi to enclose a number x, given the
// enclosure of a function with the sign of x − m/2^grid.
func (s *statement) brackets(name string, near func(m *big.Int) interval) {
	b := s.Numbers[name]
	lo, hi, gap := near(b[0]), near(b[1]), new(big.Int).Sub(b[1], b[0])
	exact := gap.Sign() == 0 && lo.lo.Sign() == 0 && lo.hi.Sign() == 0
	between := gap.Cmp(big.NewInt(1)) == 0 && lo.lo.Sign() > 0 && hi.hi.Sign() < 0
	s.need(exact || between, "%s: not proved to be the number or its neighbours", name)
}

// isConstant needs a number to be κ·factor·a/b > 0, where a, b have no y.
func (s *statement) isConstant(name string, factor int, a, b poly) {
	u, v, m := s.Alpha.Num(), s.Alpha.Denom(), big.NewInt(int64(factor))
	nk := new(big.Int).Mul(big.NewInt(int64(s.Profile.N)), big.NewInt(int64(s.Profile.K)))
	a = a.scaled(u, 0).scaled(u, 0).scaled(m.Lsh(m, s.Grid), 0)
	b = b.scaled(v, 0).scaled(v, 0).scaled(nk, 0)
	s.need(s.Numbers[name][0].Sign() > 0, "%s: the grid is too coarse", name)
	s.brackets(name, func(m *big.Int) interval { return s.enclose(a.minus(b.scaled(m, 0)), interval{}) })
}

// isLogRoot needs a number to be log(y)/(αs) at the one sign change, from + to
// −, of p at some y > 0. At y = exp(αs·m/2^grid), p is Σ c·exp(αs(a + d·m/2^grid)).
func (s *statement) isLogRoot(name string, p poly) {
	s.brackets(name, func(m *big.Int) interval {
		sums := map[string]int64{} // Σ c by exponent; |c| < 2^48
		for i, c := range p {
			r := new(big.Int).Lsh(big.NewInt(int64(i[1])), s.Grid)
			sums[r.Add(r, new(big.Int).Mul(m, big.NewInt(int64(i[0])))).String()] += c.Int64()
		}
		maps.DeleteFunc(sums, func(_ string, c int64) bool { return c == 0 })
		if len(sums) == 0 {
			return point(new(big.Int))
		}
		return s.enclose(p, s.exponential(m))
	})
}

// divergence proves T1a. Premise: n_out ≥ 1 and an edge leaves N_c, so that some
// d_v ≥ 1. Then P has coefficients ≥ 0 in Z[e], not all 0, so that y' > 0 for
// all y > 0: y increases and has no zero of y' to converge to.
func divergence(s *statement) {
	s.need(s.out >= 1, "premise: no vertex outside N_{c+1}")
	s.need(s.most >= 1, "premise: no edge leaves N_c")
}

// lowerBound proves T1a-lower. With z = y^D,
//
//	z' = D κ n_out · P/Q_in · y^D/Q
//
// and for y ≥ 1, where y stays as y' > 0,
//
//	P(y) Q_in(1) − P(1) Q_in(y) ≥ 0   so that P/Q_in ≥ P(1)/Q_in(1)
//	y^D Q(1) − Q(y) ≥ 0               so that y^D/Q ≥ 1/Q(1)
//
// by the signs of their coefficients in x = y − 1. Hence z' ≥ b_lo, z ≥ 1 +
// b_lo t, b_lo = D κ n_out P(1)/(Q_in(1) Q(1)), which is the b_lo of the claim:
// κ = α²s²/n, F_in(0) = P(1)/Q_in(1), Z(0) = Q(1).
func lowerBound(s *statement) {
	divergence(s)
	mean := s.p.times(s.in.atOne()).minus(s.p.atOne().times(s.in))
	share := s.q.atOne().scaled(big.NewInt(1), s.most).minus(s.q)
	s.need(mean.aboveOne().nonNegative(), "P/Q_in ≥ P(1)/Q_in(1) is not proved")
	s.need(share.aboveOne().nonNegative(), "y^D/Q ≥ 1/Q(1) is not proved")
	s.isConstant("b_lo", s.most*s.out, s.p.atOne(), s.in.times(s.q).atOne())
}

// upperBound proves T1a-upper. With z' as before and for y > 0,
//
//	D Q_in − P ≥ 0      so that P/Q_in ≤ D
//	Q − W_D y^D ≥ 0     so that y^D/Q ≤ 1/W_D
//
// by the signs of their coefficients. Hence z' ≤ b_hi = D² κ n_out/W_D.
func upperBound(s *statement) {
	divergence(s)
	s.need(s.in.scaled(big.NewInt(int64(s.most)), 0).minus(s.p).nonNegative(), "P ≤ D·Q_in is not proved")
	s.need(s.q.minus(s.top.scaled(big.NewInt(1), s.most)).nonNegative(), "Q ≥ W_D y^D is not proved")
	s.isConstant("b_hi", s.most*s.most*s.out, constant(big.NewInt(1)), s.top)
}

// equilibrium proves T1b and returns R. Premise: d_min < d* < d_max. Then the
// coefficients of R are ≥ 0 below d* and not all 0, ≤ 0 above d* and not all 0:
// R/y^d* decreases strictly from +∞ to −∞ on y > 0, and R has one zero
// y* = exp(αsμ*), is > 0 below and < 0 above it. So does y' = κ y R/Q.
func equilibrium(s *statement) poly {
	r, below, above := s.sum(func(d int) int { return s.Profile.TargetDegree - d }), false, false
	for i, c := range r {
		side := s.Profile.TargetDegree - i[0]
		below, above = below || side > 0 && c.Sign() > 0, above || side < 0 && c.Sign() < 0
		s.need(c.Sign()*side >= 0, "the coefficients of R change sign twice")
	}
	s.need(below && above, "premise: not d_min < d* < d_max")
	s.isLogRoot("mu", r)
	return r
}

// positive proves T1b-positive. Premise: that of T1b and d* > F(0), which is
// R(1) > 0. Then 1 < y*, and y increases from 1 towards y* without reaching it.
func positive(s *statement) {
	r := equilibrium(s).atOne()
	s.need(s.enclose(r, interval{}).lo.Sign() > 0, "premise: d* > F(0) is not proved")
}

// rate proves T1b-rate, v being the least Var(d) for y between 1 and y*. With
// F = P/Q the mean degree, dF/dμ = αs·Var(d), so that by the mean value theorem
//
//	(μ − μ*)' = −(α/(n√K)) (F(μ) − F(μ*)) = −κ·Var_ξ(d)·(μ − μ*)
//
// for some ξ between μ and μ*. As μ(t) stays between 0 and μ*, Var_ξ(d) ≥ v.
// (If μ* = 0 then μ(t) = 0.) The variance is
//
//	Var(d) = V/Q²,  V = Σ d² W_d y^d · Q − P²
//
// In units of 2^(−grid/2) the number variance is the largest integer lo, and
// hi = lo + 1 the next, such that this procedure proves V − lo·Q² ≥ 0 on an
// interval that contains 1 and y*: each e^a in a coefficient is replaced by the
// end of its enclosure that makes the polynomial smaller.
func rate(s *statement) {
	equilibrium(s)
	v := s.sum(func(d int) int { return d * d }).times(s.q).minus(s.p.times(s.p))
	b, mu, budget := s.Numbers["variance"], s.Numbers["mu"], 2*int(s.Grid)
	half, unit := new(big.Int).Lsh(big.NewInt(1), s.Grid/2), new(big.Int).Lsh(big.NewInt(1), s.bits())
	path := interval{unit, s.exponential(mu[1]).hi}
	if mu[0].Sign() < 0 {
		path = interval{s.exponential(mu[0]).lo, unit}
	}
	path = path.over(new(big.Int).Lsh(big.NewInt(1), s.bits()-s.Grid))
	s.need(b[0].Sign() > 0 && new(big.Int).Sub(b[1], b[0]).Cmp(big.NewInt(1)) == 0, "variance: not positive neighbours")
	for i, want := range []int{1, -1} {
		low := poly{}
		for k, c := range v.scaled(half, 0).minus(s.q.times(s.q).scaled(b[i], 0)) {
			low.add(k[0], 0, s.enclose(poly{{0, k[1]}: c}, interval{}).lo)
		}
		s.need(least(low, 2*s.most, path.lo, path.hi, s.Grid, &budget) == want, "variance: not the best bound")
	}
}

// ceiling proves T1b-ceiling. Premise: that of T1b and d* ≥ F(0), which is
// R(1) ≥ 0, so that y* ≥ 1. With
//
//	G(y) = d* Σ_{d<d*} W_d − (D−d*) W_D y^(D−d*+1)
//
// y^(d*−1) G(y) − R(y) ≥ 0 for y ≥ 1, by the signs of its coefficients in
// x = y − 1. At y* this gives G(y*) ≥ 0. As G decreases strictly, y* is at most
// its zero, the exponential of αs times the ceiling; and G(1) ≥ G(y*) ≥ 0, so
// that the log⁺ in the ceiling is log.
func ceiling(s *statement) {
	r, target := equilibrium(s), s.Profile.TargetDegree
	below := s.sum(func(d int) int { return target * min(max(target-d, 0), 1) }).atOne()
	g := below.minus(s.top.scaled(big.NewInt(int64(s.most-target)), s.most-target+1))
	s.need(s.enclose(r.atOne(), interval{}).lo.Sign() >= 0, "premise: d* ≥ F(0) is not proved")
	s.need(g.scaled(big.NewInt(1), target-1).minus(r).aboveOne().nonNegative(), "y^(d*−1)·G ≥ R is not proved")
	s.isLogRoot("ceiling", g)
}
