package hunt

import (
	"math/big"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// walkNumbers are those of the flow and of gradient descent with walk weights.
var walkNumbers = []number{
	{name: "wkappa", meaning: "κ with walk weights", view: thoughtView, behind: gainAndLogit, value: onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) {
		kappa := new(big.Rat).Mul(s.alpha(), s.alpha())
		kappa.Quo(kappa, new(big.Rat).Mul(x.Square, big.NewRat(int64(x.N), 1)))
		return ball.New(s.precision).SetRat(kappa), nil
	})},
	{name: "wrate", meaning: "κ Var_{μ*}(d) with walk weights", view: thoughtView, behind: gainAndLogit, value: walkRest(func(e *prove.Equilibrium) *ball.Ball { return e.Rate })},
	{name: "wmustar", meaning: "μ* with walk weights", view: thoughtView, behind: gainAndLogit, value: walkRest(func(e *prove.Equilibrium) *ball.Ball { return e.Mu })},
	{name: "wmu", meaning: "μ(t) with walk weights under Coconut, from 0", view: thoughtView, behind: []string{"alpha", "logit", "t"}, value: onWalk(func(s *side, _ *theory.WalkStep) (*ball.Ball, error) {
		flow, err := prove.WalkFlowOf(s.ctx, []graph.Instance{*s.step.Instance}, prove.WalkSharing{Step: s.c.Step, Logits: s.logits(s.c.Step), Alpha: s.alpha()}, new(big.Rat), []*big.Rat{s.parameter("t")}, flowDigits)
		if err != nil {
			return nil, err
		}
		return flow.Mu[0].Ball(s.precision)
	})},
	{name: "wmuk", meaning: "μ after k steps of gradient descent of size η with walk weights, from 0, as far as αs|μ| ≤ 10⁶", view: thoughtView, behind: []string{"alpha", "logit", "eta", "k"}, value: onWalk((*side).walkDescent)},
}

// walkRest is a number of the equilibrium with walk weights.
func walkRest(value func(*prove.Equilibrium) *ball.Ball) func(*side) (*ball.Ball, error) {
	return onWalk(func(s *side, _ *theory.WalkStep) (*ball.Ball, error) {
		e, err := prove.WalkEquilibrium(s.ctx, s.step, s.logits(s.c.Step), s.alpha(), walkDigits)
		if err == nil && e.Limit != theory.FiniteLimit {
			err = errUndefined
		}
		if err != nil {
			return nil, err
		}
		return value(e), nil
	})
}

// walkDescent encloses μ_k of μ_{k+1} = μ_k + η·(αs/n)(E_S[d] − F(μ_k)), μ_0 = 0, with the weights
// e^{αs(w_v + μ d_v)}, s² = 1/Σw²; S is N_{c+1} under Coconut-BFS.
func (s *side) walkDescent(x *theory.WalkStep) (*ball.Ball, error) {
	if !allowed("k", s.parameter("k")) {
		return nil, errUndefined
	}
	p := s.precision
	sigma := ball.New(p).SetRat(x.Square)
	sigma.Sqrt(sigma)
	sigma.Quo(ball.New(p).SetRat(s.alpha()), sigma)
	rate := ball.New(p).MulRat(sigma, new(big.Rat).Quo(s.parameter("eta"), big.NewRat(int64(x.N), 1)))
	mu := ball.New(p)
	for range s.parameter("k").Num().Int64() {
		total, sum, next, inner := ball.New(p), ball.New(p), ball.New(p), ball.New(p) // over V, and over N_{c+1}
		for _, g := range x.Groups {
			e := ball.New(p).MulRat(mu, g.In)
			e.Mul(e.Add(e, ball.New(p).SetRat(g.Weight)), sigma)
			e.Exp(e).MulInt64(e, int64(g.Count))
			degree := ball.New(p).MulRat(e, g.In)
			total.Add(total, e)
			sum.Add(sum, degree)
			if g.In.Sign() > 0 || g.Weight.Sign() > 0 {
				next.Add(next, e)
				inner.Add(inner, degree)
			}
		}
		target := ball.New(p).SetRat(x.Target)
		if s.loss == theory.CoconutBFS {
			target.Quo(inner, next)
		}
		target.Sub(target, sum.Quo(sum, total))
		mu.Add(mu, target.Mul(target, rate))
		if u := ball.New(p).Mul(mu, sigma); !u.IsFinite() || u.Abs(u).Upper().Cmp(big.NewFloat(descentReach)) > 0 {
			return nil, errUndefined
		}
	}
	return mu, nil
}
