package cert

import "math/big"

// stochastic proves T1b-stochastic (theory.md section 7b, with the proof) for one sample a step. Let h = ησ²,
// σ = αs, φ_v the indicator of the sources of v in N_c, D_vw = n‖φ_v − φ_w‖² − (d_v − d_w)², and, as sums over
// labels and vertices, over pairs, and over pairs with d_v + d_w,
//
//	A = Σ D_pv y^d_v,  S = Σ D_vw y^(d_v+d_w),  U = Σ (d_v + d_w) D_vw y^(d_v+d_w),  V = Q² Var(d),
//	c_u = Q Σ_{u→v} d_v y^d_v − P Σ_{u→v} y^d_v
//
// Polynomials bound C/T = AQ/(qS) − 1, |β|/T = |UQ − 2PS|/(2QS), A/T = (n Σ c_u² − (Σ c_u)²)/(Q²S), T/v =
// S/(n(n−1)V) and v = V/Q² for low ≤ y ≤ high, which holds all y within a factor e^(1/10) < 1.1052 of those
// from 1 to y*, by the signs of R. Then x and the other part z of y pass, for their λ, what the lemma needs.
func stochastic(s *statement) {
	equilibrium(s)
	g, n := s.graphs[0], s.Profile.N
	x := func(name string) *big.Rat { return s.Exact[name] }
	for _, q := range s.Exact {
		s.need(q.Sign() > 0 && size(q) < 1<<10, "exact: expected short positive fractions")
	}
	if s.need(n >= 2 && n <= MaxClasses && s.most <= MaxVariance/4, "%w: n %d, d_max %d", ErrLimit, n, s.most); s.err != nil || !s.depends(s.Alpha, "alpha") {
		return
	}
	s.need(x("steps").IsInt() && x("failure").Cmp(big.NewRat(1, 1)) < 0 && x("mean").Cmp(big.NewRat(1, 10)) <= 0, "steps, failure, mean: expected an integer, below 1, up to 1/10")
	s.e = s.first(big.NewRat(1, 1))
	sources, leads := make([]map[int]bool, n), make([][2]poly, n)
	for v := range n {
		sources[v], leads[v] = map[int]bool{}, [2]poly{{}, {}}
	}
	for _, e := range g.Edges {
		if u, v := e[0], e[1]; g.inside[u] == 1 {
			sources[v][u] = true
			leads[u][0].add(g.degree[v], g.inside[v], big.NewInt(1))
			leads[u][1].add(g.degree[v], g.inside[v], big.NewInt(int64(g.degree[v])))
		}
	}
	a, within, both, between, apart, far, count, squares, low, high := poly{}, poly{}, poly{}, poly{}, 0, 0, 0, 0, n, 0
	for v := range n {
		if g.weight[v] == 1 {
			count, squares, low, high = count+g.degree[v], squares+g.degree[v]*g.degree[v], min(low, g.degree[v]), max(high, g.degree[v])
		}
		for w := range n {
			common, gap := 0, g.degree[v]-g.degree[w]
			for u := range sources[v] {
				if sources[w][u] {
					common++
				}
			}
			apart = max(apart, g.degree[v]+g.degree[w]-2*common)
			distance := n*(g.degree[v]+g.degree[w]-2*common) - gap*gap
			if g.weight[w] == 1 {
				a.add(g.degree[v], g.inside[v], big.NewInt(int64(distance)))
				far = max(far, distance)
			}
			if d, in := g.degree[v]+g.degree[w], g.inside[v]+g.inside[w]; w < v {
				within.add(d, in, big.NewInt(int64(distance)))
				both.add(d, in, big.NewInt(int64(d*distance)))
				between.add(d, in, big.NewInt(int64(gap*gap)))
			}
		}
	}
	q, p, sum, total := s.sum(func(int) int { return 1 }), s.sum(func(d int) int { return d }), poly{}, poly{}
	for u := range n {
		c := leads[u][1].times(q).minus(leads[u][0].times(p))
		sum, total = sum.plus(constant(big.NewInt(int64(n))), c.times(c)), total.plus(constant(big.NewInt(1)), c)
	}
	budget, edge := 1<<12, big.NewRat(11052, 10000)
	inside := func(y *big.Rat) int { return s.enclose(s.sum(s.Profile.over), s.fraction(y)).side() }
	first, last := new(big.Rat).Mul(x("low"), edge), new(big.Rat).Quo(x("high"), edge)
	s.need(first.Cmp(big.NewRat(1, 1)) <= 0 && last.Cmp(big.NewRat(1, 1)) >= 0 && inside(first) > 0 && inside(last) < 0, "low, high: they do not hold the way")
	// above needs c·f ≥ k·g on the way, of degree n.
	above := func(name string, c *big.Rat, f poly, k int, g poly, degree int) {
		at := s.lower(f.scaled(c.Num()).minus(g.scaled(new(big.Int).Mul(c.Denom(), big.NewInt(int64(k))))))
		if s.err == nil && at.at(degree, 0) == nil {
			at.add(degree, 0, new(big.Int))
		}
		low, high := s.fraction(x("low")).over(power(s.bits()-64)), s.fraction(x("high")).over(power(s.bits()-64))
		s.need(s.err != nil || least(at, degree, low.lo, high.hi, 64, &budget) == 1, "%s: not proved on the way", name)
	}
	d, labels, pairs := s.most, big.NewRat(int64(g.q), 1), big.NewInt(int64(n*(n-1)))
	above("unlike", new(big.Rat).Mul(labels, new(big.Rat).Add(x("unlike"), big.NewRat(1, 1))), within, 1, a.times(q), 2*d)
	for _, sign := range []int{1, -1} {
		above("lean", new(big.Rat).Mul(x("lean"), big.NewRat(2, 1)), q.times(within), sign, both.times(q).minus(p.times(within).scaled(big.NewInt(2))), 3*d)
	}
	above("gust", new(big.Rat).Mul(x("gust"), x("gust")), q.times(q).times(within), 1, sum.minus(total.times(total)), 4*d)
	above("slow", new(big.Rat).Quo(big.NewRat(1, int64(n*(n-1))), x("slow")), within, 1, between, 2*d)
	above("fast", x("fast"), between.scaled(pairs), 1, within, 2*d)
	above("variance", new(big.Rat).Inv(x("variance")), between, 1, q.times(q), 2*d)
	if s.err != nil {
		return
	}
	h := new(big.Rat).Mul(x("rate"), new(big.Rat).Mul(s.Alpha, s.Alpha))
	h.Quo(h, big.NewRat(int64(s.Profile.K), 1))
	wide := int64(s.most - s.least)
	slack, pull := new(big.Rat).Mul(h, big.NewRat(int64(apart), 4)), new(big.Rat).Mul(h, big.NewRat(wide*wide, int64(4*n)))
	s.need(slack.Cmp(big.NewRat(1, 1)) <= 0, "rate: above 1/L")
	slack.Sub(big.NewRat(2, 1), slack)
	pull.Sub(big.NewRat(2, 1), pull)
	f, times := s.fraction, s.product
	one, spread, delta := s.fraction(big.NewRat(1, 1)), f(x("spread")), s.root(f(big.NewRat(int64(apart), 1)))
	rho := times(delta, spread)
	grown := s.exponential(rho)
	ease := s.quotient(grown.minus(one), rho)
	fall := times(f(slack), s.quotient(ease, grown))
	noise := s.root(f(x("unlike"))).plus(times(rho, s.root(ease)).over(big.NewInt(2)))
	jump := s.root(f(big.NewRat(int64(far), int64(n)))).plus(times(delta, rho).over(big.NewInt(4)))
	s.passes("spread", "tilt", n-1, s.quotient(times(noise, noise, f(h)), fall), times(fall, f(new(big.Rat).Mul(h, big.NewRat(int64(apart), int64(2*n-2))))), times(jump, f(h)))
	less := func(x, y interval) interval {
		if y.hi.Cmp(x.hi) < 0 {
			return y
		}
		return x
	}
	degrees := f(big.NewRat(wide, 1))
	half := rho.over(big.NewInt(2))
	gust := less(f(x("gust")).plus(times(degrees, half, s.exponential(half)).over(big.NewInt(2))), times(degrees, s.root(ease)).over(big.NewInt(2)))
	lean := less(f(x("lean")).plus(times(degrees, rho, grown, f(big.NewRat(7, 24)))), times(degrees, grown).over(big.NewInt(2)))
	reach := times(spread, spread, f(x("fast")), s.exponential(times(degrees, f(x("mean")))))
	label := big.NewRat(int64(squares*g.q-count*count), int64(g.q*g.q))
	each := new(big.Rat).Quo(h, big.NewRat(int64(n), 1))
	s.passes("tail", "mean_tilt", 1, times(times(gust, gust, reach).plus(f(new(big.Rat).Quo(label, x("variance")))), f(new(big.Rat).Quo(each, pull))),
		f(new(big.Rat).Mul(new(big.Rat).Mul(each, pull), big.NewRat(wide*wide, 4))), times(times(degrees, half).plus(f(big.NewRat(int64(high-low), 1))), f(each)))
	s.need(times(lean, reach).plus(f(x("tail"))).hi.Cmp(f(x("mean")).lo) <= 0, "mean: below the bias and the tail")
}

// passes needs a bound x and its λ to satisfy (1 + Nβ)·2 ≤ δ·exp(λx²), β = qS e^(K−1) (e^(qSK) − 1)/(qSK), for a
// process in m dimensions with a ratio R, a contraction of at most q, and jumps j; see theory.md section 7b.
func (s *statement) passes(bound, tilt string, m int, ratio, most, jump interval) {
	times, one, two, x, lambda := s.product, s.fraction(big.NewRat(1, 1)), big.NewInt(2), s.fraction(s.Exact[bound]), s.fraction(s.Exact[tilt])
	u := times(lambda, jump, x.plus(x).plus(jump))
	rest := one.minus(u.over(big.NewInt(3)))
	if s.need(rest.lo.Sign() > 0, "%s: λ is too large", tilt); s.err != nil {
		return
	}
	omega, split := s.quotient(one, rest), s.quotient(times(jump, s.root(s.fraction(big.NewRat(int64(m), 4)))), x)
	pull := one.minus(times(omega, one.plus(split), lambda, ratio).times(point(two), 0))
	if s.need(pull.lo.Sign() > 0 && split.lo.Sign() > 0, "%s: λ is too large", tilt); s.err != nil {
		return
	}
	supply := one.plus(times(omega, lambda, jump, jump, one.plus(s.quotient(one, split))).over(two))
	k := s.quotient(times(supply, lambda, ratio).times(point(big.NewInt(int64(m))), 0), pull)
	w := times(most, pull, k)
	beta := times(most, pull, s.exponential(k.minus(one)), s.quotient(s.exponential(w).minus(one), w), s.fraction(s.Exact["steps"]))
	right := times(s.exponential(times(lambda, x, x)), s.fraction(s.Exact["failure"]).over(two))
	s.need(one.plus(beta).hi.Cmp(right.lo) <= 0, "%s: not proved for its λ", bound)
}

func (s *statement) product(x interval, more ...interval) interval {
	for _, y := range more {
		x = x.times(y, s.bits())
	}
	return x
}

// fraction encloses a fraction, root the square root of what is ≥ 0.
func (s *statement) fraction(x *big.Rat) interval {
	return point(new(big.Int).Lsh(x.Num(), s.bits())).over(x.Denom())
}

func (s *statement) root(x interval) interval {
	of := func(z *big.Int) *big.Int { return new(big.Int).Sqrt(new(big.Int).Lsh(z, s.bits())) }
	return interval{of(x.lo), new(big.Int).Add(of(x.hi), big.NewInt(1))}
}
