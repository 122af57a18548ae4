package hunt

import (
	"math/big"
	"slices"

	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// stageNumbers are those of stages: when to stop one, and thoughts generated anew
// with the present logit.
var stageNumbers = []number{
	{name: "wlow", meaning: "μ_1, from which on the weights after a step are within 2 + 2d_max of each other", view: thoughtView, value: comparable(func(first, _ *big.Rat) *big.Rat { return first })},
	{name: "whigh", meaning: "μ_2, up to which they are, where it is finite", view: thoughtView, value: comparable(func(_, last *big.Rat) *big.Rat { return last })},
	{name: "opens", meaning: "T_1, when μ(t) passes μ_1, where it does", view: thoughtView, behind: gain, value: stopped(func(w *prove.Window) *ball.Ball { return w.From })},
	{name: "closes", meaning: "T_2, when μ(t) passes μ_2, where it does", view: thoughtView, behind: gain, value: stopped(func(w *prove.Window) *ball.Ball { return w.Until })},
	{name: "child", meaning: "1 if the label is a child of the root", view: thoughtView, value: counted(func(s *side) int {
		return indicator(slices.Contains(s.step.Instance.Graph.Out(s.step.Instance.Root), s.step.Target()))
	})},
	{name: "children", meaning: "children of the root", view: thoughtView, value: counted(func(s *side) int { return len(s.step.Instance.Graph.Out(s.step.Instance.Root)) })},
	{name: "walks", meaning: "walks of c+1 edges from the root to the label", view: thoughtView, value: walked(func(label, _ *big.Int, _ int) *big.Int { return label })},
	{name: "mostwalks", meaning: "the most to any vertex", view: thoughtView, value: walked(func(_, most *big.Int, _ int) *big.Int { return most })},
	{name: "alone", meaning: "vertices with that many", view: thoughtView, value: walked(func(_, _ *big.Int, attained int) *big.Int { return big.NewInt(int64(attained)) })},
	{name: "redrift", meaning: "μ' under Coconut at the logit, with thoughts generated anew with it, of unit norm", view: thoughtView, behind: gainAndLogit, value: (*side).regenerated},
}

// comparable is a logit between which one step leaves comparable weights.
func comparable(choose func(first, last *big.Rat) *big.Rat) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		if _, below := s.profile.Collapses(); !below { // nothing is newly reached
			return nil, errUndefined
		}
		x := choose(prove.ComparableLogits(s.profile, s.ratio()))
		if x == nil {
			return nil, errUndefined
		}
		return ball.New(s.precision).SetRat(x), nil
	}
}

// ratio is 2 + 2d_max.
func (s *side) ratio() *big.Rat { return big.NewRat(int64(2+2*s.profile.MaxDegree()), 1) }

// stopped is a time of the window of a logit that rises from 0.
func stopped(choose func(*prove.Window) *ball.Ball) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		if s.window == nil {
			if _, below := s.profile.Collapses(); !below {
				return nil, errUndefined
			}
			rises, err := 0, error(nil)
			if s.loss == theory.CoconutBFS {
				rises = indicator(s.profile.Certify(s.loss).Limit() == theory.PlusInfinity)
			} else if rises, err = prove.StartSign(s.profile, s.alpha()); err != nil {
				return nil, err
			}
			if rises <= 0 {
				return nil, errUndefined
			}
			if s.window, err = prove.WindowOf(s.ctx, s.profile, s.loss, s.alpha(), s.ratio(), flowDigits); err != nil {
				return nil, err
			}
		}
		t := choose(s.window)
		if t == nil {
			return nil, errUndefined
		}
		return t, nil
	}
}

// walked is a number of the walks of c+1 edges from the root.
func walked(choose func(label, most *big.Int, attained int) *big.Int) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		g := s.step.Instance.Graph
		walks := theory.OneWalk(g, s.step.Instance.Root)
		for range s.c.Step + 1 {
			walks = theory.LongerWalks(g, walks)
		}
		most, attained := slices.MaxFunc(walks, (*big.Int).Cmp), 0
		for _, w := range walks {
			attained += indicator(w.Cmp(most) == 0)
		}
		return ball.New(s.precision).SetInt(choose(walks[s.step.Target()], most, attained)), nil
	}
}

// regenerated is (α/n)(b_p − E[b]), b_v = Σ_{u→v} λ_u and ξ_v = α(λ_v + μ b_v), with the
// walk weights λ of c logits μ, of unit norm.
func (s *side) regenerated() (*ball.Ball, error) {
	in := s.step.Instance
	weights, err := theory.WalkWeights(in.Graph, in.Root, s.logits(s.c.Step))
	if err != nil {
		return nil, err
	}
	square := new(big.Rat)
	for _, w := range weights {
		square.Add(square, new(big.Rat).Mul(w, w))
	}
	if square.Sign() == 0 {
		return nil, errUndefined
	}
	p := s.precision
	norm := ball.New(p).SetRat(square)
	norm.Sqrt(norm)
	pulled := make([]*big.Rat, len(weights)) // b times the norm
	for v := range pulled {
		pulled[v] = new(big.Rat)
		for _, u := range in.Graph.In(v) {
			pulled[v].Add(pulled[v], weights[u])
		}
	}
	target := pulled[s.step.Target()]
	total, sum := ball.New(p), ball.New(p) // Σ e^{ξ_v − ξ_p} and Σ e^{ξ_v − ξ_p}(b_p − b_v)
	for v, b := range pulled {
		away := new(big.Rat).Sub(target, b)
		xi := new(big.Rat).Mul(s.parameter("logit"), away)
		xi.Add(xi, new(big.Rat).Sub(weights[s.step.Target()], weights[v]))
		e := ball.New(p).SetRat(xi.Mul(xi, s.alpha()))
		e.Neg(e.Quo(e, norm))
		e.Exp(e)
		total.Add(total, e)
		sum.Add(sum, e.MulRat(e, away))
	}
	sum.Quo(sum, total.Mul(total, norm))
	return sum.MulRat(sum, new(big.Rat).Quo(s.alpha(), big.NewRat(int64(len(weights)), 1))), nil
}
