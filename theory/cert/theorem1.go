package cert

import (
	"cmp"
	"maps"
	"math/big"
)

// Notation: s = 1/√K, e = exp(αs), y = exp(αsμ), so that μ(0) = 0 is y = 1. W_d = m_{0,d} +
// e·m_{1,d} counts the vertices with d_v = d, those of N_c with weight e. Q = Σ W_d y^d, P = Σ d
// W_d y^d, κ = α²/(nK), D = d_max; n_out counts the vertices outside N_{c+1}, those of class
// (0,0), and Q_in = Q − n_out. The reduced flow in gradient-flow time is
//
//	bfs      y' = κ y n_out P/(Q_in Q)
//	coconut  y' = κ y R/Q,  R = d*Q − P = Σ (d*−d) W_d y^d, with d* the mean of d_v over the labels
//
// A solution of y' = f(y) is monotone, and converges to a zero of f or leaves every compact set
// of y > 0; exp(q) is transcendental for algebraic q ≠ 0 (Lindemann), so that Σ c·exp(q r), with
// different rational r and integers c, is 0 only if all c are. Every claim of Theorem 1 holds on
// every profile with its premise, as proved below: a certificate without numbers states that, for
// every α, or for one where the premise depends on it; one with numbers names the constants of
// the claim too.

const coconut = "coconut"

// onProfile are the keys of claims of Theorem 1, "?" for those that may be absent.
const onProfile = "graph? profile alpha? grid? numbers?"

// The keys of claims about any start, and of those with the carry-over trained: about any, and about
// one.
const (
	onStart   = onProfile + " start?"
	onCarry   = onProfile + " start? carry?"
	onCarried = onProfile + " start carry"
)

// onGains are those of claims about softmax attention.
const onGains = "alpha? gain? grid? numbers?"

// rules lists what a certificate can state, the keys and labels that it then has, the names of
// its numbers, and how it is checked.
var rules = map[string]struct {
	loss, keys, label, numbers, statement string
	prove                                 func(*statement)
}{
	"T1a":                {"bfs", "graph? profile", "", "", "μ(t) → +∞ from any start", divergence},
	"T1a-lower":          {"bfs", onProfile, "", "b_lo", "μ(t) ≥ log(1 + b_lo t)/(αs d_max) from μ(0) = 0", lowerBound},
	"T1a-upper":          {"bfs", onProfile, "", "b_hi", "μ(t) ≤ log(1 + b_hi t)/(αs d_max) from μ(0) = 0", upperBound},
	"T1b":                {coconut, onProfile, "vertex", "mu", "μ(t) → μ* from any start", equilibrium},
	"T1b-positive":       {coconut, onProfile, "vertex", "mu", "0 < μ(t) < μ*, increasing, for t > 0 from μ(0) = 0", positive},
	"T1b-rate":           {coconut, onProfile, "vertex", "mu variance", "|μ(t) − μ*| ≤ |μ*| exp(−κvt) from μ(0) = 0", rate},
	"T1b-ceiling":        {coconut, onProfile, "vertex", "ceiling mu", "μ* is at most the closed-form ceiling", ceiling},
	"T1b-ceiling-sharp":  {coconut, onProfile, "vertex", "ceiling mu", "μ* is at most the sharper closed-form ceiling", sharpCeiling},
	"T1a-still":          {"bfs", "graph? profile", "", "", "μ(t) = μ(0)", idle},
	"T1b-negative":       {coconut, onProfile, "vertex", "mu", "μ* < μ(t) < 0, decreasing, for t > 0 from μ(0) = 0", negative},
	"T1b-still":          {coconut, "graph? profile", "vertex", "", "μ(t) = 0 from μ(0) = 0", still},
	"T1b-diverges":       {coconut, "graph? profile", "vertex", "", "μ(t) → +∞ if d* = d_max, −∞ if d* = d_min, from any start", departure},
	"T1b-diverges-lower": {coconut, onProfile, "vertex", "b_lo", "|μ(t)| ≥ log(1 + b_lo t)/(αs g) from μ(0) = 0", slowest},
	"T1b-diverges-upper": {coconut, onProfile, "vertex", "b_hi", "|μ(t)| ≤ log(1 + b_hi t)/(αs g) from μ(0) = 0", fastest},
	"T1a-steps":          {"bfs", onProfile, "", "b_lo b_hi", "gradient descent from 0 with any step η: log(1 + b_lo ηk)/(αs d_max) ≤ μ_k ≤ log(1 + (e^(η b_hi) − 1)k)/(αs d_max)", spreadingSteps},
	"T1b-steps":          {coconut, onProfile, "vertex", "mu", "gradient descent with η < 8/(κ(d_max − d_min)²) → μ* from any start", equilibrium},
	"T1b-steps-unstable": {coconut, onProfile, "vertex", "mu", "gradient descent with η > 2/(κ·Var(d) at μ*) does not tend to μ*, if never there", equilibrium},
	"T1b-stochastic":     {coconut, "graph profile alpha exact", "vertex", "rate steps failure low high unlike lean gust slow fast variance spread tilt tail mean_tilt mean", "stochastic gradient descent on diag(W) from 0, one relabelled sample a step, has αs‖W − μI‖ ≤ spread and αs|μ − g| ≤ mean at all its steps with a probability of at least 1 − failure, g being descent on the reduced drift", stochastic},
	"T1b-diverges-steps": {coconut, onProfile, "vertex", "b_lo b_hi", "gradient descent from 0 with any step η: log(1 + b_lo ηk)/(αs g) ≤ |μ_k| ≤ log(1 + (e^(η b_hi) − 1)k)/(αs g)", leavingSteps},
	"T1a-walk":           {"bfs", "logit graph", "", "", "with walk weights μ(t) → +∞ from any start, between both bounds of T1a from μ(0) = 0", walkEscape},
	"T1a-walk-still":     {"bfs", "logit graph", "", "", "with walk weights μ(t) = μ(0)", walkIdle},
	"T1b-walk":           {coconut, "logit graph", "vertex", "", "with walk weights μ(t) → μ*, the same from any start", walkLimit},
	"T1b-walk-sign":      {coconut, "logit graph alpha? status", "vertex", "", "with walk weights μ* has the sign of the status, and μ(t) moves towards it from μ(0) = 0", walkSign},
	"T1b-walk-diverges":  {coconut, "logit graph", "vertex", "", "with walk weights μ(t) → +∞ if d* = d_max, −∞ if d* = d_min, from any start, between both bounds of T1b-diverges from μ(0) = 0", walkDeparture},
	"T1b-walk-still":     {coconut, "logit graph", "vertex", "", "with walk weights μ(t) = 0 from μ(0) = 0", walkStill},
	"T1b-walk-rate":      {coconut, "logit graph", "vertex", "", "with walk weights |μ(t) − μ*| ≤ |μ*| exp(−κvt) from μ(0) = 0, with v > 0 the least Var(d) on the way", walkLimit},
	"T1a-walk-steps":     {"bfs", "logit graph", "", "", "with walk weights gradient descent from 0 with any step keeps to the bounds of T1a-steps", walkEscape},
	"T1b-walk-steps":     {coconut, "logit graph", "vertex", "", "with walk weights gradient descent with η < 8/(κ(d_max − d_min)²) → μ* from any start", walkLimit},
	"T1b-walk-unstable":  {coconut, "logit graph", "vertex", "", "with walk weights gradient descent with η > 2/(κ·Var(d) at μ*) does not tend to μ*, if never there", walkLimit},
	"T1b-walk-end-steps": {coconut, "logit graph", "vertex", "", "with walk weights gradient descent from 0 with any step keeps to the bounds of T1b-diverges-steps", walkDeparture},
	"T1b-walk-logits":    {coconut, "graph status marks?", "vertex", "", "with walk weights of one logit L > 0 μ(t) goes where the status says, for L between, and at, the roots that the marks isolate", walkLogits},
	"T1a-start":          {"bfs", onStart, "", "b_lo b_hi", "log(1 + b_lo t)/(αs d_max) ≤ μ(t) − μ(0) ≤ log(1 + b_hi t)/(αs d_max) from any μ(0), with its constants", fromAny(spreadingSteps)},
	"T1b-rate-start":     {coconut, onStart, "vertex", "mu variance", "|μ(t) − μ*| ≤ |μ(0) − μ*| exp(−κvt) from any μ(0), with its v > 0", fromAny(rate)},
	"T1b-diverges-start": {coconut, onStart, "vertex", "b_lo b_hi", "log(1 + b_lo t)/(αs g) ≤ |μ(t) − μ(0)| ≤ log(1 + b_hi t)/(αs g) from any μ(0), with its constants", fromAny(leavingSteps)},
	"A18-conserved":      {"bfs", onCarry, "", "delta", "with the carry-over trained exp(−αμ) − r m exp(−αω) = δ", carried(conserved)},
	"A18-bounded":        {"bfs", onCarried, "", "delta mu", "with the carry-over trained δ > 0, and μ(t) → −log(δ)/α, bounded, ω(t) → +∞", bounded},
	"A18-diverges":       {"bfs", onCarried, "", "delta omega", "with the carry-over trained δ < 0, and μ(t) → +∞, ω(t) → −log(−δ/(r m))/α, bounded", unbounded},
	"A18-both":           {"bfs", "graph? profile start carry", "", "", "with the carry-over trained δ = 0, and μ(t) = ω(t) → +∞", tied},
	"A18-later":          {"bfs", onCarry, "", "slope", "with the carry-over trained μ(t) → +∞, and μ(t) − μ(0) ≥ slope·(ω(t) − ω(0))", carried(later)},
	"A18-lower":          {"bfs", onCarry, "", "power b_lo", "with the carry-over trained μ(t) ≥ μ(0) + log(1 + b_lo t)/(αs power)", carried(slowCarry)},
	"A18-upper":          {"bfs", onCarry, "", "b_hi", "with the carry-over trained μ(t) ≤ μ(0) + log(1 + b_hi t)/(αs d_max)", carried(upperBound)},
	"A18-collapse":       {"bfs", onCarried, "", "room", "with the carry-over trained ω(t) → +∞, and new vertices lose the softmax over N_{c+1}", collapse},
	"A18-spread":         {"bfs", onCarried, "", "room", "with the carry-over trained ω(t) stays bounded, μ(t) → +∞, and N_c loses the softmax", spread},
	"A18-always":         {"bfs", "graph? profile start carry", "", "", "with the carry-over trained ω(t) stays bounded, μ(t) → +∞, and N_c loses the softmax, whatever μ(0) and ω(0)", always},
	"A18-threshold":      {"bfs", "graph? profile alpha? start carry status marks?", "", "", "with the carry-over trained the path ends as in A18-collapse or A18-spread, as the status says, or between them if it is balance", threshold},
	"T2":                 {"", "graph hops", "", "", "for every μ > 0 and weights > 0 on N_c the next thought holds exactly N_{c+1}", support},
	"T2-length":          {"", "graph hops", "", "", "for every c and logits > 0, c thoughts hold exactly the vertices within c hops", support},
	"T3-direction":       {"", "logit graph exact", "target other", "ratio walk_ratio", "μ_R/μ_A → √ratio, and √walk_ratio for walk weights", ratio},
	"T3-answer":          {"", "logit graph exact", "target other", "gain time walk_gain walk_time", "the target leads for t ≥ time, and walk_time for walk weights", lead},
	"T3-answer-sharp":    {"", "logit graph exact", "target other", "head walk_head", "the target leads for every t > 0 if head ≥ 0, else exactly from some T > 0 on; by walk_head for walk weights", sharp},
	"T3-population":      {"", "logit graphs exact", "target other", "least excess walk_least walk_excess", "μ_R/μ_A → √least ± √|excess|, and the same for walk weights", sharedRatio},
	"overlap":            {coconut, "graph? graphs? status direction multipliers?", "vertex", "", "(μ, ν) has a finite limit iff the status is overlap", overlap},
	"A4-signs":           {coconut, "graph", "vertex", "", "with a logit for each vertex μ_u increases for ever from any start if u → p, and decreases if u leads to others only, u in N_c", ownSigns},
	"A4-separated":       {coconut, "graph", "vertex", "", "with a logit for each vertex the odds of p against every vertex with other sources in N_c tend to infinity from any start", ownSeparated},
	"A4-growth":          {coconut, "graph status direction? multipliers", "vertex", "", "with a logit for each vertex αs·μ(t) is the sum of the directions, each over its least product with E[φ_p] − φ_v, times log t, log log t, …, up to O(1), from any start", ownGrowth},
	"A4-bfs":             {"bfs", "graph profile", "", "", "with a logit for each vertex μ_u increases for ever from any start for each u in N_c with an edge, one tends to +∞, and the loss to 0", ownSpread},
	"A4-bfs-winner":      {"bfs", "graph profile alpha? exact? direction", "", "time", "with a logit for each vertex αs·μ(t) is the direction over its largest product with the sources of a vertex, times log t, up to O(1), from μ(0) = 0, and converges where that is 0", ownWinner},
	"A4-names-growth":    {coconut, "graphs status direction? multipliers", "vertex", "", "one μ for each vertex number, shared: α·μ(t) is the sum of the directions, each over its least product with (E[φ_p] − φ_v)/√K, times log t, log log t, …, up to O(1), from any start", ownGrowth},
	"A4-names":           {coconut, "graphs status direction multipliers?", "vertex", "", "one μ for each vertex number, shared, has a finite limit iff the status is overlap", ownNames},
	"population":         {coconut, "graphs status alpha? grid? numbers?", "vertex", "mu", "the shared μ(t) goes where the status says from any start", population},
	"A6-softmax":         {coconut, "graph status alpha? gain?", "vertex", "", "under softmax attention z(t) goes where the status says from any start", softmax},
	"A6-pace":            {coconut, "graph status " + onGains, "vertex", "b_lo b_hi", "under softmax attention z(t) → ±∞ as the status says, log(1 + b_lo t) ≤ |z(t)| ≤ log(1 + b_hi t) from z(0) = 0", growth},
	"A6-tie":             {coconut, "graph status " + onGains, "vertex", "b_lo b_hi", "under softmax attention z(t) → ±∞ as the status says, ½ log(1 + b_lo t) ≤ |z(t)| ≤ ½ log(1 + b_hi t) from z(0) = 0", tie},
	"A6-rate":            {coconut, "graph status " + onGains, "vertex", "z rate", "under softmax attention |z(t) − z*| ≤ |z*| exp(−rate·t) from z(0) = 0", approach},
	"A6-price":           {coconut, "graph status alpha gain grid numbers", "vertex", "z", "under softmax attention the equilibrium z* at a fixed value gain falls or rises with it, as the status says", price},
	"A6-overshoot":       {coconut, "graph alpha gain rate? path marks", "vertex", "", "under softmax attention with the value gain g trained too, at rate times the rate of μ or the same, from g(0) = gain, μ(t) rises from 0, turns once and falls for ever, and the attention w to N_c and g tend to an equilibrium between the marks", turn},
	"A6-bfs":             {"bfs", "graph status alpha gain zeros? grid", "", "", "under softmax attention the zeros are all equilibria of z, and z(t) goes where the status says from z(0) = 0: to the first of them on its way", search},
	"A6-population":      {coconut, "graphs status alpha gain zeros? grid", "vertex", "", "under softmax attention the zeros are all equilibria of the shared μ, and μ(t) goes where the status says from μ(0) = 0: to the first of them on its way", shares},
	"A6-walk":            {coconut, "graph status alpha gain logit", "vertex", "", "with walk weights under softmax attention μ(t) is attracted by the ends that the status names, by both, or by none if it is finite", walkEnds},
	"T1a-window":         {"bfs", "graph profile exact status", "", "ratio first last?", "from μ(0) = 0 and uniform weights max β/min β ≤ ratio over N_{c+1} exactly from μ(T_1) = first to μ(T_2) = last, where the status says that these are reached", window},
	"T1b-window":         {coconut, "graph profile alpha? exact status", "vertex", "ratio first last?", "from μ(0) = 0 and uniform weights max β/min β ≤ ratio over N_{c+1} exactly from μ(T_1) = first to μ(T_2) = last, where the status says that these are reached", window},
	"A5-regenerated":     {coconut, "graph alpha? grid? numbers?", "vertex", "fall", "with thoughts generated anew μ(t) < 0 for all t > 0 from μ(0) = 0, where μ' = −fall", anew},
	"A8-regenerated":     {coconut, "graph exact status", "vertex", "walks most_walks", "with thoughts generated anew μ' < 0 for all large μ if bounded, and μ' > 0 if unbounded", far},
}

// bits is the working precision; the numbers need a little over grid of it.
func (s *statement) bits() uint { return 2*cmp.Or(s.Grid, 192) + 64 }

// exponent encloses αm/(√k·2^grid).
func (s *statement) exponent(k int, m *big.Int) interval {
	return s.along(big.NewInt(int64(k)), new(big.Rat).SetFrac(m, power(s.Grid)), s.bits())
}

// exponential encloses the exponential of a number, which must not be so large that its power
// d_max is beyond reach.
func (s *statement) exponential(x interval) interval {
	whole := x.size() - int(s.bits()) // bits before the point
	s.need(whole < 9, "%w: an exponent is above 2^9", ErrLimit)
	if s.need(whole <= 0 || whole+big.NewInt(int64(s.most)).BitLen() <= 16, "%w: d_max times an exponent is above 2^15", ErrLimit); s.err != nil {
		return point(new(big.Int))
	}
	return s.exponentials.of(argument{bits: s.bits(), x: x}, func() interval { return exp(x, s.bits()) })
}

// enclose returns Σ c·e^a·y^d.
func (s *statement) enclose(p poly, y interval) interval {
	return s.sums.of(argument{s.bits(), y, s.e, p}, func() interval {
		total, step, last := point(new(big.Int)), point(power(s.bits())), 0
		for _, x := range p {
			if x.d > last {
				step, last = step.times(y.power(x.d-last, s.bits()), s.bits()), x.d
			}
			total = total.plus(s.inE(step.times(point(x.c), 0), x.a))
		}
		return total
	})
}

// inE encloses x·e^a.
func (s *statement) inE(x interval, a int) interval {
	for range a {
		x = x.times(s.e, s.bits())
	}
	return x
}

// lower returns p with each c·e^a replaced by the lower end of its enclosure.
func (s *statement) lower(p poly) (low poly) {
	unit := power(s.bits())
	for _, x := range p {
		low.add(x.d, 0, s.inE(point(new(big.Int).Mul(x.c, unit)), x.a).lo)
	}
	return low
}

// sum returns Σ_d factor(d)·W_d·y^d.
func (s *statement) sum(factor func(d int) int) poly {
	p := poly{}
	for _, c := range s.Profile.Classes {
		p.add(c.Degree, c.InSet, new(big.Int).Mul(big.NewInt(int64(c.Count)), big.NewInt(int64(factor(c.Degree)))))
	}
	return p
}

// weigh sets e, Q, P and W_D, where numbers are to be proved.
func (s *statement) weigh() {
	if s.Grid == 0 || s.Profile == nil {
		return
	}
	s.need(s.most <= MaxPower && len(s.Profile.Classes) <= MaxClasses, "%w: d_max %d in %d classes, expected %d in %d", ErrLimit, s.most, len(s.Profile.Classes), MaxPower, MaxClasses)
	f := s.resume()
	if !f.weighed && s.err == nil {
		weight := big.NewRat(1, 1)
		if s.Carry != nil {
			weight = s.Carry.Weight
		}
		f.e, f.y = s.first(weight), s.first(s.origin())
		f.q, f.p = s.sum(func(int) int { return 1 }), s.sum(func(d int) int { return d })
		f.top = s.here(s.sum(func(d int) int { return max(d-s.most+1, 0) }))
		f.weighed = s.err == nil
	}
	s.e, s.y, s.q, s.p, s.top = f.e, f.y, f.q, f.p, f.top
}

// brackets needs the numbers lo and hi to enclose a number x, given the enclosure of a function
// with the sign of x − m/2^grid.
func (s *statement) brackets(name string, near func(m *big.Int) interval) {
	if s.Grid == 0 || s.err != nil {
		return
	}
	b := s.Numbers[name]
	lo, hi, gap := near(b[0]), near(b[1]), new(big.Int).Sub(b[1], b[0])
	exact := gap.Sign() == 0 && lo.lo.Sign() == 0 && lo.hi.Sign() == 0
	s.need(exact || gap.Cmp(big.NewInt(1)) == 0 && lo.lo.Sign() > 0 && hi.hi.Sign() < 0, "%s: not proved to be the number or its neighbours", name)
}

// isConstant needs a number to be κ·factor·a/b > 0 at the start.
func (s *statement) isConstant(name string, factor int, a, b poly) {
	s.brackets(name, func(m *big.Int) interval {
		s.need(m.Sign() > 0, "%s: the grid is too coarse", name)
		left, right := big.NewInt(int64(factor)), new(big.Int).Mul(big.NewInt(int64(s.Profile.N)), big.NewInt(int64(s.Profile.K)))
		for range 2 {
			left.Mul(left, s.Alpha.Num())
			right.Mul(right, s.Alpha.Denom())
		}
		return s.enclose(a.scaled(left.Lsh(left, s.Grid)).minus(b.scaled(right.Mul(right, m))), s.y)
	})
}

// isLogRoot needs a number to be log(y)/(αs) at the one sign change, from + to −, of p at some y
// > 0. At y = exp(αs·m/2^grid), p is Σ c·exp(αs(a + d·m/2^grid)).
func (s *statement) isLogRoot(name string, p poly) {
	s.brackets(name, func(m *big.Int) interval {
		x := s.enclose(p, s.exponential(s.exponent(s.Profile.K, m)))
		if x.side() != 0 {
			return x
		}
		sums := map[string]int64{} // Σ c by exponent; |c| < 2^62
		for _, z := range p {
			r := new(big.Int).Lsh(big.NewInt(int64(z.a)), s.Grid)
			sums[r.Add(r, new(big.Int).Mul(m, big.NewInt(int64(z.d)))).String()] += z.c.Int64()
		}
		maps.DeleteFunc(sums, func(_ string, c int64) bool { return c == 0 })
		if len(sums) == 0 {
			return point(new(big.Int))
		}
		return x
	})
}

// divergence proves T1a. Premise: n_out ≥ 1 and an edge leaves N_c, so that some d_v ≥ 1. Then P
// has coefficients ≥ 0 in Z[e], not all 0, so that y' > 0 for all y > 0: y increases and has no
// zero of y' to converge to.
func divergence(s *statement) {
	s.need(s.out >= 1, "premise: no vertex outside N_{c+1}")
	s.need(s.most >= 1, "premise: no edge leaves N_c")
}

// lowerBound proves T1a-lower. With z = y^D,
//
//	z' = D κ n_out · P/Q_in · y^D/Q
//
// and for y ≥ 1, where y stays as y' > 0, with W'_d the weights in Q_in,
//
//	P(y) Q_in(1) − P(1) Q_in(y) = ½ Σ_{d,b} W'_d W'_b (d−b)(y^d − y^b) ≥ 0   so that P/Q_in ≥ P(1)/Q_in(1)
//	y^D Q(1) − Q(y) = Σ_d W_d (y^D − y^d) ≥ 0                                so that y^D/Q ≥ 1/Q(1)
//
// Hence z' ≥ b_lo, z ≥ 1 + b_lo t, b_lo = D κ n_out P(1)/(Q_in(1) Q(1)), which is the b_lo of the
// claim: κ = α²s²/n, F_in(0) = P(1)/Q_in(1), Z(0) = Q(1).
func lowerBound(s *statement) {
	divergence(s)
	q := s.here(s.q)
	s.isConstant("b_lo", s.most*s.out, s.here(s.p), q.minus(constant(big.NewInt(int64(s.out)))).times(q))
}

// upperBound proves T1a-upper. With z' as before and for y > 0, D Q_in − P and Q − W_D y^D have
// no negative coefficient, so that P/Q_in ≤ D and y^D/Q ≤ 1/W_D. Hence z' ≤ b_hi = D² κ
// n_out/W_D.
func upperBound(s *statement) {
	divergence(s)
	s.isConstant("b_hi", s.most*s.most*s.out, constant(big.NewInt(1)), s.top)
}

// idle proves T1a-still: n_out = 0, or all d_v are 0 and P = 0. Then y' = 0.
func idle(s *statement) {
	s.need(s.out == 0 || s.most == 0, "premise: a vertex lies outside N_{c+1} and an edge leaves N_c")
}

// departure proves T1b-diverges. Premise: d_min < d* = d_max, or d_min = d* < d_max. Then the
// coefficients of R are ≥ 0, or all ≤ 0, and not all 0, so that y' has one sign at all y > 0: y
// moves one way and has no zero of y' to converge to.
func departure(s *statement) {
	s.need(s.least < s.most && (s.Profile.over(s.least) == 0 || s.Profile.over(s.most) == 0), "premise: not d_min < d* = d_max or d_min = d* < d_max")
}

// gap returns the distance g from d* to the nearest other degree d', W_{d'} and W_{d*}.
func (s *statement) gap() (g int, next, own poly) {
	away := func(d int) int { return max(s.Profile.over(d), -s.Profile.over(d)) }
	g = MaxDegree
	for _, c := range s.Profile.Classes {
		if away(c.Degree) > 0 {
			g = min(g, away(c.Degree))
		}
	}
	at := func(distance int) poly {
		return s.here(s.sum(func(d int) int { return max(1-max(away(d)-distance, distance-away(d)), 0) }))
	}
	return g, at(g), at(0)
}

// slowest proves T1b-diverges-lower. Let x = y if d* = d_max, and x = 1/y if d* = d_min. Then x ≥
// 1 from x = 1 on, as y moves one way, and z = x^g has
//
//	z' = g κ z |R|/Q,  |R| = Σ |d*−d| W_d y^d ≥ g W_{d'} y^{d'},  y^{d'} = y^{d*}/z,  Q ≤ Q(1) y^{d*}
//
// the last as y^d = y^{d*} x^{−|d*−d|} ≤ y^{d*}. Hence z' ≥ κ g² W_{d'}/Q(1) = b_lo.
func slowest(s *statement) {
	departure(s)
	g, next, _ := s.gap()
	s.isConstant("b_lo", g*g, next, s.here(s.q))
}

// fastest proves T1b-diverges-upper. With x and z as before, all |d*−d| of R are at least g but
// that of d*, so that |R| ≤ Σ |d*−d| W_d y^{d*}/z, and Q ≥ W_{d*} y^{d*}. Hence z' ≤ κ g Σ |d*−d|
// W_d/W_{d*} = b_hi.
func fastest(s *statement) {
	departure(s)
	g, _, own := s.gap()
	s.isConstant("b_hi", g, s.here(s.sum(func(d int) int { return max(s.Profile.over(d), -s.Profile.over(d)) })), own)
}

// spreadingSteps proves T1a-steps. Gradient descent with step η has z_{k+1} = z_k·exp(η z'/z) with z
// = y^D and z' at z_k. As b_lo ≤ z' ≤ b_hi at y ≥ 1, where y stays as z' > 0,
//
//	z exp(η b_lo/z) ≥ z + η b_lo,  z exp(η b_hi/z) ≤ z + exp(η b_hi) − 1  at z = z_k ≥ 1
//
// since exp(u) ≥ 1 + u, and z(exp(u/z) − 1) = Σ u^i/(i! z^(i−1)) does not increase in z.
func spreadingSteps(s *statement) {
	lowerBound(s)
	upperBound(s)
}

// leavingSteps proves T1b-diverges-steps in the same way, with z = x^g.
func leavingSteps(s *statement) {
	slowest(s)
	fastest(s)
}

// equilibrium proves T1b, and with it T1b-steps and T1b-steps-unstable. Premise: d_min < d* < d_max. Then the coefficients of R are ≥ 0 below
// d* and not all 0, ≤ 0 above d* and not all 0: R/y^d* decreases strictly from +∞ to −∞ on y > 0,
// and R has one zero y* = exp(αsμ*), is > 0 below and < 0 above it. So does y' = κ y R/Q.
//
// A step of gradient descent G(μ) = μ + η μ' has G(μ*) = μ* and G' = 1 − ηκ·Var(d), as dF/dμ =
// αs·Var(d). On all of μ 0 < Var(d) ≤ (d_max − d_min)²/4 (Popoviciu): for η < 8/(κ(d_max − d_min)²) it
// is G' in (−1, 1), so that |G(μ) − μ*| < |μ − μ*| for μ ≠ μ*, and the distances tend to 0, as at a
// limit point they would still decrease. If G'(μ*) < −1 distances grow near μ*.
func equilibrium(s *statement) {
	s.need(s.Profile.over(s.least) > 0 && s.Profile.over(s.most) < 0, "premise: not d_min < d* < d_max")
	if s.Grid == 0 || s.err != nil {
		return
	}
	f, mu := s.resume(), s.Numbers["mu"]
	if f.mu[0] != nil && same(f.mu[0], mu[0]) && same(f.mu[1], mu[1]) {
		return
	}
	if s.isLogRoot("mu", s.sum(s.Profile.over)); s.err == nil {
		f.mu = [2]*big.Int{new(big.Int).Set(mu[0]), new(big.Int).Set(mu[1])}
	}
}

// start returns the sign of d* − F(0), which is that of R(1).
func (s *statement) start() int {
	f := s.resume()
	if !f.signed {
		var r []term
		for _, c := range s.Profile.Classes {
			r = append(r, term{big.NewRat(int64(c.InSet), 1), big.NewInt(int64(s.Profile.over(c.Degree)) * int64(c.Count))})
		}
		used := s.used
		s.used = false
		f.sign = s.sign(big.NewInt(int64(s.Profile.K)), r)
		f.signed, f.usesAlpha, s.used = s.err == nil, s.used, used
	}
	s.used = s.used || f.usesAlpha
	return f.sign
}

// positive proves T1b-positive. Premise: that of T1b and d* > F(0), which is R(1) > 0. Then 1 <
// y*, and y increases from 1 towards y* without reaching it.
func positive(s *statement) {
	equilibrium(s)
	s.need(s.start() > 0, "premise: d* > F(0) is not proved")
}

// negative proves T1b-negative. Premise: that of T1b and d* < F(0), which is R(1) < 0. Then y* < 1,
// and y decreases from 1 towards y* without reaching it.
func negative(s *statement) {
	equilibrium(s)
	s.need(s.start() < 0, "premise: d* < F(0) is not proved")
}

// still proves T1b-still. Premise: d* = F(0), which is R(1) = A + eB = 0, so that A = B = 0. Then y'
// = 0 at y = 1, where y starts.
func still(s *statement) {
	r := s.sum(s.Profile.over).atOne()
	for _, x := range r {
		s.need(x.c.Sign() == 0, "premise: d* = F(0) is not proved")
	}
}

// rate proves T1b-rate, v being the least Var(d) for y between 1 and y*. With F = P/Q the mean
// degree, dF/dμ = αs·Var(d), so that by the mean value theorem
//
//	(μ − μ*)' = −κ·Var_ξ(d)·(μ − μ*),  Var(d) = V/Q²,  V = Σ d² W_d y^d · Q − P²
//
// for some ξ between μ and μ*. As μ(t) stays between 0 and μ*, Var_ξ(d) ≥ v. In units of
// 2^(−grid/2) the number variance is the largest integer lo, and hi = lo + 1 the next, such that
// this procedure proves V − lo·Q² ≥ 0 on an interval that contains y(0) and y*: each e^a in a
// coefficient is replaced by the end of its enclosure that makes the polynomial smaller.
func rate(s *statement) {
	equilibrium(s)
	if s.need(s.Grid == 0 || s.most <= MaxVariance, "%w: d_max %d, for a variance expected %d", ErrLimit, s.most, MaxVariance); s.Grid == 0 || s.err != nil {
		return
	}
	v, square := s.sum(func(d int) int { return d * d }).times(s.q).minus(s.p.times(s.p)), s.q.times(s.q)
	b, mu, budget := s.Numbers["variance"], s.Numbers["mu"], 2*int(s.Grid)
	v, path := v.scaled(power(s.Grid/2)), s.y
	beside := func(m *big.Int) int { return new(big.Rat).SetFrac(m, power(s.Grid)).Cmp(s.origin()) }
	below := beside(mu[0]) < 0
	if below {
		path.lo = s.exponential(s.exponent(s.Profile.K, mu[0])).lo
	}
	if !below || beside(mu[1]) > 0 {
		path.hi = hull(path.hi, s.exponential(s.exponent(s.Profile.K, mu[1])).hi).hi
	}
	path = path.over(power(s.bits() - s.Grid))
	s.need(b[0].Sign() > 0 && new(big.Int).Sub(b[1], b[0]).Cmp(big.NewInt(1)) == 0, "variance: not positive neighbours")
	for i, want := range []int{1, -1} {
		low := s.lower(v.minus(square.scaled(b[i])))
		s.need(least(low, 2*s.most, path.lo, path.hi, s.Grid, &budget) == want, "variance: not the best bound")
	}
}

// ceiling proves T1b-ceiling. Premise: that of T1b and d* ≥ F(0), which is R(1) ≥ 0, so that y* ≥
// 1. With
//
//	G(y) = d* Σ_{d<d*} W_d − (D−d*) W_D y^(D−⌈d*⌉+1)
//
// R(y) ≤ y^(⌈d*⌉−1) G(y) for y ≥ 1: there (d*−d) y^d ≤ d* y^(⌈d*⌉−1) for d < d*, and of the terms
// of R above d*, none positive, G keeps that of D. At y* this gives G(y*) ≥ 0. As G decreases
// strictly, y* is at most its zero, exp(αs·ceiling); as G(1) ≥ G(y*) ≥ 0, the log⁺ is a log.
func ceiling(s *statement) { s.ceiling(func(int) int { return s.Profile.TargetDegree }) }

// sharpCeiling proves T1b-ceiling-sharp in the same way, as G may keep the factors d*−d.
func sharpCeiling(s *statement) { s.ceiling(func(over int) int { return over }) }

func (s *statement) ceiling(factor func(over int) int) {
	equilibrium(s)
	s.need(s.start() >= 0, "premise: d* ≥ F(0) is not proved")
	p := s.Profile
	below := s.sum(func(d int) int { return factor(p.over(d)) * min(max(p.over(d), 0), 1) }).atOne() // of qG
	for _, x := range s.top {                                                                        // (0, a)
		below.add(s.most+1-(p.TargetDegree+p.labels()-1)/p.labels(), x.a, new(big.Int).Mul(x.c, big.NewInt(int64(p.over(s.most)))))
	}
	s.isLogRoot("ceiling", below)
}
