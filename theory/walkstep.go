package theory

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
)

// A WalkStep is all that the reduced flow of one step depends on where the
// thought has walk weights (assumption A8 dropped). With the weights w_v ≥ 0 of
// WalkWeights and
//
//	s = 1/√q,  q = Σ w_v²,   d_v = Σ_{u→v} w_u,   W_d = Σ_{v: d_v = d} e^{αs w_v}
//
// the logits are ξ_v = αs(w_v + μ d_v) and the flow is that of a profile, with q
// in the place of K, w_v of a_v, and these d_v and W_d.
// theory.md section 3, walk weights.
type WalkStep struct {
	N      int         // n, number of vertices
	Square *big.Rat    // q > 0
	Target *big.Rat    // d*, the mean of d_v over the labels
	Groups []WalkGroup // by In, then Weight; no two alike

	start WalkStart
}

// A WalkGroup counts the vertices v that look alike to that flow.
type WalkGroup struct {
	In     *big.Rat // d_v
	Weight *big.Rat // w_v
	Count  int
}

// WalkStepOf returns a step whose thought was generated with positive logits,
// one for each of its C thoughts.
func WalkStepOf(s graph.Step, logits []*big.Rat) (*WalkStep, error) {
	if len(logits) != s.C {
		return nil, fmt.Errorf("%d logits for %d thoughts", len(logits), s.C)
	}
	for i, logit := range logits {
		if logit.Sign() <= 0 {
			return nil, fmt.Errorf("logit %d: %s, expected a positive number", i, logit.RatString())
		}
	}
	g := s.Instance.Graph
	if s.Instance.Root < 0 || s.Instance.Root >= g.Order() {
		return nil, fmt.Errorf("root %d, expected 0 to %d", s.Instance.Root, g.Order()-1)
	}
	// Whole numbers, the weights and d_v times the product of the denominators.
	unit, term := big.NewInt(1), new(big.Int)
	weights, in := OneWalk(g, s.Instance.Root), []*big.Int(nil)
	for _, logit := range logits {
		next := LongerWalks(g, weights)
		for v, w := range weights {
			next[v].Mul(next[v], logit.Num())
			next[v].Add(next[v], term.Mul(w, logit.Denom()))
		}
		weights = next
		unit.Mul(unit, logit.Denom())
	}
	in = LongerWalks(g, weights)
	square, target := new(big.Int), new(big.Int)
	for _, w := range weights {
		square.Add(square, term.Mul(w, w))
	}
	for _, p := range s.Labels() {
		target.Add(target, in[p])
	}
	order := make([]int, len(weights))
	for v := range order {
		order[v] = v
	}
	compare := func(u, v int) int { return cmp.Or(in[u].Cmp(in[v]), weights[u].Cmp(weights[v])) }
	slices.SortFunc(order, compare)
	fraction := func(n *big.Int) *big.Rat { return new(big.Rat).SetFrac(n, unit) }
	out := &WalkStep{N: len(weights), Square: new(big.Rat).SetFrac(square, new(big.Int).Mul(unit, unit)),
		Target: new(big.Rat).SetFrac(target, term.Mul(unit, big.NewInt(int64(len(s.Labels())))))}
	for i, v := range order {
		if i > 0 && compare(order[i-1], v) == 0 {
			out.Groups[len(out.Groups)-1].Count++
			continue
		}
		out.Groups = append(out.Groups, WalkGroup{fraction(in[v]), fraction(weights[v]), 1})
	}
	out.start = out.findStart()
	return out, nil
}

// Least returns d_min.
func (x *WalkStep) Least() *big.Rat { return x.Groups[0].In }

// Most returns d_max.
func (x *WalkStep) Most() *big.Rat { return x.Groups[len(x.Groups)-1].In }

// Outside returns n_out, the number of vertices outside N_{c+1}: those with w_v =
// d_v = 0, as the logits are positive.
func (x *WalkStep) Outside() int {
	if g := x.Groups[0]; g.In.Sign() == 0 && g.Weight.Sign() == 0 {
		return g.Count
	}
	return 0
}

// Room returns the signs of d* − d_min and d_max − d*.
func (x *WalkStep) Room() (below, above int) {
	return x.Target.Cmp(x.Least()), x.Most().Cmp(x.Target)
}

// Limit returns where μ(t) goes from any start. Both losses have a drift
//
//	Coconut       d* − F(μ),  F a mean of d under weights with the factor e^{αsμ d}
//	Coconut-BFS   n_out·P/(Q_in·Q)
//
// of which F increases strictly from d_min to d_max where these differ; the signs
// at its ends are those of rational numbers, whatever α is.
func (x *WalkStep) Limit(loss Loss) Limit {
	below, above := x.Room()
	switch {
	case loss == CoconutBFS && x.Outside() > 0 && x.Most().Sign() > 0:
		return PlusInfinity
	case loss == CoconutBFS || below == 0 && above == 0:
		return Stationary
	case above == 0:
		return PlusInfinity
	case below == 0:
		return MinusInfinity
	}
	return FiniteLimit
}

// Ends writes d_min, d* and d_max for people.
func (x *WalkStep) Ends() string {
	return fmt.Sprintf("d_min = %s, d* = %s, d_max = %s", brief(x.Least()), brief(x.Target), brief(x.Most()))
}

// brief writes a number exactly, or about where that is long.
func brief(q *big.Rat) string {
	if text := q.RatString(); len(text) <= 24 {
		return text
	}
	return "≈" + new(big.Float).SetRat(q).Text('g', 8)
}

// SharedWalkLimit returns where the logit goes from any start that several steps
// share under the Coconut loss, each with its own weight > 0: the sum of the drifts
// does not increase, and tends to sums of d* − d_min ≥ 0 and d* − d_max ≤ 0.
func SharedWalkLimit(steps []*WalkStep) Limit {
	below, above := false, false
	for _, x := range steps {
		b, a := x.Room()
		below, above = below || b > 0, above || a > 0
	}
	return LimitBetween(below, above)
}

// Next returns the distance g > 0 from d* to the nearest other d_v; nil if there
// is none.
func (x *WalkStep) Next() *big.Rat {
	var least *big.Rat
	for _, g := range x.Groups {
		if away := x.Away(g); away.Sign() > 0 && (least == nil || away.Cmp(least) < 0) {
			least = away
		}
	}
	return least
}

// Away returns |d* − d_v| of a group.
func (x *WalkStep) Away(g WalkGroup) *big.Rat {
	away := new(big.Rat).Sub(x.Target, g.In)
	return away.Abs(away)
}

// A WalkStart is Σ_j c_j e^{αs w_j} with different w_j ≥ 0, ascending, and
// rational c_j ≠ 0. As the αs w_j are different algebraic numbers for rational α >
// 0, it is 0 only if it has no terms (Lindemann and Weierstrass).
type WalkStart []WalkTerm

// A WalkTerm is Coefficient·e^{αs·Weight}.
type WalkTerm struct{ Weight, Coefficient *big.Rat }

// Start returns Q(1)·(d* − F(0)) = Σ_v (d* − d_v) e^{αs w_v}: the sign of μ' at μ =
// 0 under the Coconut loss.
func (x *WalkStep) Start() WalkStart { return x.start }

func (x *WalkStep) findStart() WalkStart {
	var all WalkStart
	for _, g := range x.Groups {
		c := new(big.Rat).Sub(x.Target, g.In)
		all = append(all, WalkTerm{g.Weight, c.Mul(c, new(big.Rat).SetInt64(int64(g.Count)))})
	}
	return all.Collected()
}

// Collected merges terms of equal weight, sorts them, and drops those that cancel.
func (s WalkStart) Collected() WalkStart {
	all := slices.Clone(s)
	slices.SortStableFunc(all, func(a, b WalkTerm) int { return a.Weight.Cmp(b.Weight) })
	merged := all[:0]
	for _, t := range all {
		if last := len(merged) - 1; last >= 0 && merged[last].Weight.Cmp(t.Weight) == 0 {
			merged[last].Coefficient = new(big.Rat).Add(merged[last].Coefficient, t.Coefficient)
			continue
		}
		merged = append(merged, t)
	}
	return slices.DeleteFunc(merged, func(t WalkTerm) bool { return t.Coefficient.Sign() == 0 })
}

// IsZero reports whether the sum is 0.
func (s WalkStart) IsZero() bool { return len(s) == 0 }

// Sign returns the sign of the sum if it is the same for every α > 0 by Abel's
// summation: with E_1 > E_2 > … > 0 the exponentials from the largest down and S_j
// = c_1 + … + c_j,
//
//	Σ c_j E_j = Σ_j S_j (E_j − E_{j+1}),  E_{m+1} = 0
func (s WalkStart) Sign() (sign int, decided bool) {
	sum := new(big.Rat)
	for j := len(s) - 1; j >= 0; j-- {
		switch now := sum.Add(sum, s[j].Coefficient).Sign(); {
		case now == 0 || now == sign:
		case sign != 0:
			return 0, false
		default:
			sign = now
		}
	}
	return sign, true
}

// String writes the sum for people, with s for 1/√q, at most six terms.
func (s WalkStart) String() string {
	if s.IsZero() {
		return "0"
	}
	text := ""
	for j, t := range s {
		if j == 6 {
			return text + "…"
		}
		sign := "+"
		if t.Coefficient.Sign() < 0 {
			sign = "−"
		}
		text += fmt.Sprintf("%s%s·e^{%s·αs} ", sign, brief(new(big.Rat).Abs(t.Coefficient)), brief(t.Weight))
	}
	return text[:len(text)-1]
}
