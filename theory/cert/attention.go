package cert

import (
	"maps"
	"math/big"
	"slices"
)

// Softmax attention over all M edges with value gain g: the q = M_c that leave N_c have the logit z,
// the r = M − M_c others 0. With w = q e^z/(q e^z + r) in (0, 1), which increases with z, h_v = M d_v −
// M_c D_v and u = αg/(qr)
//
//	z' = c e^z/(q e^z + r)²·R(w),  R = E_S[h] − E_w[h],  ξ_v = αs a_v + u(q(D_v − d_v) + w h_v),  c = αg/(nk)
//
// where E_w is the mean under the softmax of ξ, E_S the one over the labels under Coconut, and under
// the softmax of ξ over N_{c+1} under Coconut-BFS. z' = 0 if h is constant, as if M_c is 0 or M.

// A crowd counts vertices with a_v, q(D_v − d_v), h_v and 1{v ∈ N_{c+1}}, and has d_v and D_v.
type crowd struct{ inside, base, h, next, degree, total, count int }

// An attending is a step under softmax attention.
type attending struct {
	*statement
	g                    *digraph
	q, r, p, least, most int // p: Σ h over the labels; min and max h
	crowds               []crowd
}

func (s *statement) attending(g *digraph) *attending {
	a := &attending{statement: s, g: g, crowds: []crowd{}}
	for _, d := range a.g.degree {
		a.q += d
	}
	edges := len(a.g.Edges)
	a.r, a.p = edges-a.q, edges*a.g.d-a.q*a.g.t
	counts := map[crowd]int{}
	for v, d := range a.g.degree {
		h := edges*d - a.q*a.g.total[v]
		counts[crowd{a.g.inside[v], a.q * (a.g.total[v] - d), h, max(a.g.inside[v], min(d, 1)), d, a.g.total[v], 0}]++
		a.least, a.most = min(a.least, h), max(a.most, h) // Σ h = 0
	}
	for x, n := range counts {
		x.count = n
		a.crowds = append(a.crowds, x)
	}
	slices.SortFunc(a.crowds, func(x, y crowd) int {
		return slices.Compare([]int{x.inside, x.degree, x.total}, []int{y.inside, y.degree, y.total})
	})
	s.work += len(a.crowds)
	s.need(len(a.crowds) <= MaxPower/4, "%w: %d kinds of vertices", ErrLimit, len(a.crowds))
	return a
}

// sign returns the sign of a positive multiple of R, or for n = 1 of dR/dw where R = 0, at a w with ξ_v
// = αs a_v + αg part/of: Σ (h_p − h_v) e^ξ_v under Coconut, and Σ (h_v − h_u) e^(ξ_v + ξ_u) over v in, u
// outside of N_{c+1} under Coconut-BFS. It is 0 if all terms with the same exponents cancel.
func (a *attending) sign(n, of int, part func(crowd) int) int {
	terms := map[[2]int]*big.Int{}
	add := func(coefficient, count, slope int, at, in int) {
		c := big.NewInt(int64(coefficient))
		if c.Mul(c, big.NewInt(int64(count))); n == 1 {
			c.Mul(c, big.NewInt(int64(slope)))
		}
		if old := terms[[2]int{at, in}]; old != nil {
			c.Add(c, old)
		}
		terms[[2]int{at, in}] = c
	}
	for _, v := range a.crowds {
		if a.Loss == coconut {
			add(a.p-a.g.q*v.h, v.count, v.h, part(v), v.inside)
		}
		for _, u := range a.crowds {
			if a.Loss != coconut && v.next > u.next {
				add(v.h-u.h, v.count*u.count, v.h+u.h, part(v)+part(u), v.inside+u.inside)
			}
		}
	}
	return a.signOf(terms, func(i [2]int) interval {
		scale := new(big.Rat).Mul(a.Alpha, a.Gain)
		m := new(big.Int).Mul(new(big.Int).Lsh(big.NewInt(int64(i[0])), a.bits()), scale.Num())
		return point(m).over(new(big.Int).Mul(scale.Denom(), big.NewInt(int64(of)))).plus(a.exponent(a.g.k, new(big.Int).Lsh(big.NewInt(int64(i[1])), a.Grid)))
	})
}

// signOf returns the sign of Σ c·exp(x) for terms by the keys of x, which are different numbers.
func (s *statement) signOf(terms map[[2]int]*big.Int, at func([2]int) interval) int {
	maps.DeleteFunc(terms, func(_ [2]int, c *big.Int) bool { return c.Sign() == 0 })
	s.need(len(terms) <= MaxPower, "%w: %d exponents", ErrLimit, len(terms))
	total, all, top := point(new(big.Int)), map[[2]int]interval{}, new(big.Int)
	for i := range terms {
		all[i] = at(i)
		top = hull(top, all[i].hi).hi
	}
	for i, c := range terms {
		total = total.plus(decay(all[i].minus(point(top)), s.bits()).times(point(c), 0))
	}
	s.need(len(terms) == 0 || total.lo.Sign()*total.hi.Sign() > 0, "the sign of a sum of exponentials is not proved")
	return total.lo.Sign()
}

// decay encloses exp(x), for x not much above 0.
func decay(x interval, bits uint) interval {
	if x.hi.Sign() < 0 && x.hi.BitLen() >= int(bits)+9 { // exp(−256) < 2^−360
		return interval{new(big.Int), power(uint(max(int(bits)-360, 0)))}
	}
	if x.lo.BitLen() < int(bits)+9 {
		return exp(x, bits)
	}
	return interval{new(big.Int), exp(point(x.hi), bits).hi}
}

// ends returns the signs of R at w = 0 and 1 for Coconut. They are integers' if h_p − h_v has one sign.
func (a *attending) ends() (zero, one int) {
	switch below, above := a.p > a.g.q*a.least, a.p < a.g.q*a.most; {
	case !below && !above:
	case !above:
		zero, one = 1, 1
	case !below:
		zero, one = -1, -1
	case a.depends(a.Alpha, "alpha") && a.depends(a.Gain, "gain"):
		one = a.sign(0, a.q, func(v crowd) int { return v.degree })
		zero = a.sign(0, a.r, func(v crowd) int { return v.total - v.degree })
	}
	return zero, one
}

// softmax proves A6-softmax. dE_w[h]/dw = u Var_w(h): R falls strictly, z → +∞ iff R(1) ≥ 0, z → −∞
// iff R(0) ≤ 0, and z tends to one equilibrium if neither.
func softmax(s *statement) { s.goes() }

func (s *statement) goes() (a *attending, zero, one int) {
	a = s.attending(s.graphs[0])
	zero, one = a.ends()
	s.limit(zero > 0, one < 0)
	return a, zero, one
}

// at returns the sums over some vertices of e^ξ (h − h_x)^j, j from 0 to 2, over the largest e^ξ_x, with
// h_x and all weights, for w in an interval.
func (a *attending) at(w interval, bits uint, some func(crowd) bool) (sums [3]interval, h int, weights []interval, ok bool) {
	unit := power(bits)
	inside := inverseRoot(a.g.k, bits).times(point(a.Alpha.Num()), 0).over(a.Alpha.Denom())
	rise := func(x, y crowd, w interval) interval { // ξ_x − ξ_y
		u := w.times(point(big.NewInt(int64(x.h-y.h))), 0).plus(point(new(big.Int).Mul(unit, big.NewInt(int64(x.base-y.base)))))
		return a.steep(u).plus(inside.times(point(big.NewInt(int64(x.inside-y.inside))), 0))
	}
	crowds := slices.DeleteFunc(slices.Clone(a.crowds), func(x crowd) bool { return !some(x) })
	top, ok := crowds[0], true
	for _, x := range crowds {
		if rise(x, top, point(w.lo)).lo.Sign() > 0 {
			top = x
		}
	}
	sums = [3]interval{point(new(big.Int)), point(new(big.Int)), point(new(big.Int))}
	for _, x := range crowds {
		up := rise(x, top, w)
		if ok = ok && (up.hi.Sign() < 0 || up.hi.BitLen() < int(bits)+8); !ok { // above 2^7
			up = point(new(big.Int))
		}
		e, away := decay(up, bits).times(point(big.NewInt(int64(x.count))), 0), big.NewInt(int64(x.h-top.h))
		weights = append(weights, e)
		for j := range sums {
			sums[j] = sums[j].plus(e)
			e = e.times(point(away), 0)
		}
	}
	return sums, top.h, weights, ok
}

// all is at for all vertices and w in a narrow interval.
func (a *attending) all(w interval) (sums [3]interval, h int, weights []interval) {
	sums, h, weights, ok := a.at(w, a.bits(), func(crowd) bool { return true })
	a.need(ok, "%w: an exponent is above 2^7", ErrLimit)
	return sums, h, weights
}

// steep encloses u·x.
func (a *attending) steep(x interval) interval {
	u := new(big.Rat).Mul(a.Alpha, a.Gain)
	u.Quo(u, big.NewRat(int64(a.q), 1)).Quo(u, big.NewRat(int64(a.r), 1))
	return x.times(point(u.Num()), 0).over(u.Denom())
}

// drop encloses labels·R under Coconut.
func (a *attending) drop(w interval) interval {
	sums, h, _ := a.all(w)
	return a.aim(sums, h, a.bits())
}

// aim encloses labels·R by the sums of at.
func (a *attending) aim(sums [3]interval, h int, bits uint) interval {
	mean := sums[1].quotient(sums[0], bits).times(point(big.NewInt(int64(-a.g.q))), 0)
	return mean.plus(point(new(big.Int).Lsh(big.NewInt(int64(a.p-a.g.q*h)), bits)))
}

// spread encloses Var_w(h) by what at returns: Σ p(h − m)² − (E[h] − m)² with an integer m next to E[h].
func (a *attending) spread(sums [3]interval, h int, weights []interval, bits uint) interval {
	mean, sum := sums[1].quotient(sums[0], bits), point(new(big.Int))
	m := new(big.Int).Add(mean.lo, mean.hi)
	m.Rsh(m, bits+1)
	for i, x := range a.crowds {
		away := big.NewInt(int64(x.h - h))
		sum = sum.plus(weights[i].times(point(away.Mul(away.Sub(away, m), away)), 0))
	}
	mean = mean.minus(point(m.Lsh(m, bits)))
	square := mean.times(mean, bits)
	square.lo = hull(square.lo, new(big.Int)).hi // it is not negative
	return sum.quotient(sums[0], bits).minus(square)
}

// inverseRoot encloses 1/√k.
func inverseRoot(k int, bits uint) interval {
	lo := power(2 * bits)
	lo.Sqrt(lo.Div(lo, big.NewInt(int64(k)))) // rounded down
	return interval{lo, new(big.Int).Add(lo, big.NewInt(1))}
}

// quotient encloses x/y for y > 0.
func (x interval) quotient(y interval, bits uint) interval {
	if y.lo.Sign() <= 0 { // never: the largest weight is 1
		return interval{power(1 << 14), new(big.Int).Neg(power(1 << 14))}
	}
	z := interval{new(big.Int).Lsh(x.lo, bits), new(big.Int).Lsh(x.hi, bits)}
	a, b := z.over(y.lo), z.over(y.hi)
	return hull(a.lo, a.hi, b.lo, b.hi)
}

// share encloses m/of.
func (s *statement) share(m, of int) interval {
	return point(new(big.Int).Lsh(big.NewInt(int64(m)), s.bits())).over(big.NewInt(int64(of)))
}

// isMultiple needs a number, in units of 2^−grid, to be scale·x.
func (s *statement) isMultiple(name string, grid uint, scale *big.Rat, x interval) {
	s.brackets(name, func(m *big.Int) interval {
		s.need(m.Sign() >= 0 && s.Numbers[name][1].Sign() > 0, "%s: not positive", name)
		of := new(big.Int).Mul(new(big.Int).Lsh(scale.Denom(), s.bits()), m)
		return x.times(point(new(big.Int).Lsh(scale.Num(), grid)), 0).plus(point(of.Neg(of)))
	})
}

// pace returns factor·(αg)^gains/(nk) over some integers.
func (a *attending) pace(factor int64, gains int, over ...int) *big.Rat {
	out := big.NewRat(factor, int64(a.g.Vertices)*int64(a.g.k))
	for range gains {
		out.Mul(out, a.Alpha).Mul(out, a.Gain)
	}
	for _, n := range over {
		out.Quo(out, big.NewRat(int64(n), 1))
	}
	return out
}

// growth proves A6-pace for z → +∞; for z → −∞ exchange z, R, w, q, r with −z, −R, 1−w, r, q. G(z) = q²e^z
// + 2qrz − r²e^(−z) has G' = (q e^z + r)²e^(−z), so that G(z(t))' = cR. As z ≤ e^z − 1 and 1 − e^(−z) ≤
// e^z − 1 for z ≥ 0, q²(e^z − 1) ≤ G(z) − G(0) ≤ M²(e^z − 1). R falls from R(q/M) to R(1) > 0: b_lo =
// cR(1)/M², b_hi = cR(q/M)/q².
func growth(s *statement) {
	a, zero, one := s.goes()
	s.need(one > 0 || zero < 0, "premise: R is 0 at the end, or z* is finite")
	if s.Grid == 0 || !s.depends(s.Gain, "gain") {
		return
	}
	sign, end, near := big.NewInt(1), power(s.bits()), a.q
	if zero < 0 {
		sign, end, near = big.NewInt(-1), new(big.Int), a.r
	}
	low, high := a.pace(1, 1, a.q+a.r, a.q+a.r, a.g.q), a.pace(1, 1, near, near, a.g.q)
	s.isMultiple("b_lo", s.Grid, low, a.drop(point(end)).times(point(sign), 0))
	s.isMultiple("b_hi", s.Grid, high, a.drop(s.share(a.q, a.q+a.r)).times(point(sign), 0))
}

// spreads encloses the least and the largest Var_w(h) at points that divide the way from w = q/M to an
// end into N ≥ 4u(max h − min h) parts. As the logarithm of Var_w(h) has the slope u κ_3/Var, of at most
// u(max h − min h), on all of the way it is at least e^(−1/8) > 7/8 of the least and at most 8/7 of the
// largest.
func (a *attending) spreads(end interval) (least, largest interval) {
	n := new(big.Rat).Mul(a.Alpha, a.Gain)
	n.Mul(n, big.NewRat(4*int64(a.most-a.least), int64(a.q)*int64(a.r)))
	parts := new(big.Int).Add(new(big.Int).Div(n.Num(), n.Denom()), big.NewInt(1))
	if a.need(parts.Cmp(big.NewInt(MaxPower)) < 0, "%w: %v points of a variance", ErrLimit, parts); a.err != nil {
		return least, largest
	}
	start, last := a.share(a.q, a.q+a.r), parts.Int64()
	for i := int64(0); i <= last && a.err == nil; i++ {
		sums, h, weights := a.all(start.times(point(big.NewInt(last-i)), 0).plus(end.times(point(big.NewInt(i)), 0)).over(parts))
		v := a.spread(sums, h, weights, a.bits())
		if i == 0 {
			least, largest = v, v
		}
		least = interval{hull(least.lo, v.lo).lo, hull(least.hi, v.hi).lo}
		largest = interval{hull(largest.lo, v.lo).hi, hull(largest.hi, v.hi).hi}
	}
	return least, largest
}

// tie proves A6-tie for z → +∞, with exchanges as before. R(w) = (1 − w)u Var at some point between w and
// 1, and 1 − w = r/(q e^z + r): the integral of (q e^z + r)³e^(−z), which is between q³(e^(2z) − 1)/2 and
// M³(e^(2z) − 1)/2, grows by c r u Var.
func tie(s *statement) {
	a, zero, one := s.goes()
	s.need(a.most > a.least && (one == 0 || zero == 0), "premise: R is not 0 at an end")
	if s.Grid == 0 || !s.depends(s.Gain, "gain") {
		return
	}
	end, near := power(s.bits()), a.q
	if one != 0 {
		end, near = new(big.Int), a.r
	}
	if least, largest := a.spreads(point(end)); s.err == nil {
		s.isMultiple("b_lo", s.Grid, a.pace(2*7, 2, near, a.q+a.r, a.q+a.r, a.q+a.r, 8), least)
		s.isMultiple("b_hi", s.Grid, a.pace(2*8, 2, near, near, near, near, 7), largest)
	}
}

// attention encloses w and 1 − w at z = m/2^grid.
func (a *attending) attention(m *big.Int) (w, rest interval) {
	y := a.exponential(point(new(big.Int).Lsh(m, a.bits()-a.Grid))).times(point(big.NewInt(int64(a.q))), 0) // q e^z
	r := new(big.Int).Lsh(big.NewInt(int64(a.r)), a.bits())
	part := func(x, y *big.Int) interval { // x/(x + y)
		return point(x).quotient(point(new(big.Int).Add(x, y)), a.bits())
	}
	if y.lo.Sign() <= 0 { // e^z below a unit
		a.need(false, "%w: z = %v in units of the grid", ErrLimit, m)
		return y, y
	}
	return interval{part(y.lo, r).lo, part(y.hi, r).hi}, interval{part(r, y.hi).lo, part(r, y.lo).hi}
}

// approach proves A6-rate. |R(w)| ≥ u min Var·|w* − w|, and |w* − w| ≥ min w(1−w)·|z* − z| as dw/dz =
// w(1−w), which is concave in w. So z moves towards z* at a rate of at least c/(qr)·(min w(1−w))² u min
// Var between q/M and w*; the number rate is that with spreads. R falls through 0 at z*.
func approach(s *statement) {
	a, zero, one := s.goes()
	s.need(zero > 0 && one < 0, "premise: z* is not finite")
	if s.Grid == 0 || !s.depends(s.Gain, "gain") {
		return
	}
	w, rest := a.resting()
	if s.err != nil {
		return
	}
	least, _ := a.spreads(w)
	if s.err != nil {
		return
	}
	x, y := w.times(rest, s.bits()), s.share(a.q, a.q+a.r).times(s.share(a.r, a.q+a.r), s.bits())
	x = interval{hull(x.lo, y.lo).lo, hull(x.hi, y.hi).lo}
	s.need(s.Numbers["rate"][0].Sign() > 0, "rate: the grid is too coarse")
	s.isMultiple("rate", s.Grid/2, a.pace(7, 2, a.q, a.q, a.r, a.r, 8), x.times(x, s.bits()).times(least, s.bits()))
}

// resting needs z to be z*, and encloses w and 1 − w there.
func (a *attending) resting() (w, rest interval) {
	a.brackets("z", func(m *big.Int) interval {
		w, _ := a.attention(m)
		return a.drop(w)
	})
	if a.err != nil {
		return w, rest
	}
	w, rest = a.attention(a.Numbers["z"][0])
	to, left := a.attention(a.Numbers["z"][1])
	return interval{w.lo, to.hi}, interval{left.lo, rest.hi}
}

// price proves A6-price. With even logits qrM·A_v = qr D_v + (Mw − q)h_v, and ∂A/∂z is a positive multiple of
// h, so that dz*/dg has the sign of −Cov_p(A, h) at z*, where R falls.
func price(s *statement) {
	a := s.attending(s.graphs[0])
	zero, one := a.ends()
	s.need(zero > 0 && one < 0, "premise: z* is not finite")
	if s.err != nil {
		return
	}
	w, _ := a.resting()
	if s.err != nil {
		return
	}
	sums, h, weights := a.all(w)
	into, both, bits := point(new(big.Int)), point(new(big.Int)), s.bits() // Σ D, Σ D(h − h_x)
	for i, x := range a.crowds {
		d := big.NewInt(int64(x.total))
		into = into.plus(weights[i].times(point(d), 0))
		both = both.plus(weights[i].times(point(new(big.Int).Mul(d, big.NewInt(int64(x.h-h)))), 0))
	}
	covariance := both.times(sums[0], bits).minus(into.times(sums[1], bits)).times(point(new(big.Int).Mul(big.NewInt(int64(a.q)), big.NewInt(int64(a.r)))), 0)
	share := w.times(point(big.NewInt(int64(a.q+a.r))), 0).minus(point(new(big.Int).Lsh(big.NewInt(int64(a.q)), bits)))
	sign := covariance.plus(share.times(sums[2].times(sums[0], bits).minus(sums[1].times(sums[1], bits)), bits)).side()
	s.need(sign != 0, "the sign of Cov(A, h) is not proved")
	s.need(s.Status == map[bool]string{true: "falls", false: "rises"}[sign > 0], "status: it is the other")
}
