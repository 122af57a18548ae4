package hunt

import (
	"errors"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// walkNumbers are those of the flow, and of gradient descent, with walk weights of the
// logit, beside the ends and the equilibrium of thoughtNumbers.
var walkNumbers = []number{
	{name: "ws", meaning: "1/√Σw², s with walk weights", view: thoughtView, behind: logit, value: onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) { return s.walkSigma(x, big.NewRat(1, 1)), nil })},
	{name: "wkappa", meaning: "κ with walk weights", view: thoughtView, behind: gainAndLogit, value: onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) {
		return ball.New(s.precision).SetRat(s.walkKappa(x)), nil
	})},
	{name: "wnext", meaning: "the distance from d* to the nearest other d_v with walk weights", view: thoughtView, behind: logit, value: onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) {
		if x.Next() == nil {
			return nil, errUndefined
		}
		return ball.New(s.precision).SetRat(x.Next()), nil
	})},
	{name: "wpacelow", meaning: "b_lo with walk weights, where μ has no finite limit", view: thoughtView, behind: gainAndLogit, value: walkPace(func(low, _ *ball.Ball) *ball.Ball { return low })},
	{name: "wpacehigh", meaning: "b_hi there", view: thoughtView, behind: gainAndLogit, value: walkPace(func(_, high *ball.Ball) *ball.Ball { return high })},
	{name: "wrate", meaning: "κ Var_{μ*}(d) with walk weights", view: thoughtView, behind: gainAndLogit, value: atWalkRest(func(_ *side, _ *theory.WalkStep, e *prove.Equilibrium) (*ball.Ball, error) { return e.Rate, nil })},
	{name: "wvleast", meaning: "the least Var(d) between 0 and μ* with walk weights", view: thoughtView, behind: gainAndLogit, value: atWalkRest(func(s *side, x *theory.WalkStep, e *prove.Equilibrium) (*ball.Ball, error) {
		return prove.LeastWalkVariance(s.ctx, x, s.alpha(), e.Mu)
	})},
	{name: "wmu", meaning: "μ(t) under the loss of the statement with walk weights, from 0", view: thoughtView, behind: []string{"alpha", "logit", "t"}, guessed: true, value: onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) {
		sigma := s.walkSigma(x, s.alpha())
		end, err := s.followScaled(s.walkSystem(x), sigma, new(big.Rat))
		if err != nil {
			return nil, err
		}
		return s.quotient(end[0], sigma), nil
	})},
	{name: "wmuk", meaning: "μ after k steps of gradient descent of size η under the loss of the statement with walk weights, from 0, as far as αs|μ| ≤ 10⁶", view: thoughtView, behind: []string{"alpha", "logit", "eta", "k"}, value: onWalk((*side).walkDescent)},
}

// walkSigma is α/√q for a gain α.
func (s *side) walkSigma(x *theory.WalkStep, alpha *big.Rat) *ball.Ball {
	root := ball.New(s.precision).SetRat(x.Square)
	root.Sqrt(root)
	return root.Quo(ball.New(s.precision).SetRat(alpha), root)
}

// walkKappa is α²/(nq).
func (s *side) walkKappa(x *theory.WalkStep) *big.Rat {
	kappa := new(big.Rat).Mul(s.alpha(), s.alpha())
	kappa.Quo(kappa, x.Square)
	return kappa.Quo(kappa, big.NewRat(int64(x.N), 1))
}

func walkPace(choose func(low, high *ball.Ball) *ball.Ball) func(*side) (*ball.Ball, error) {
	return onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) {
		if l := x.Limit(s.loss); l != theory.PlusInfinity && l != theory.MinusInfinity {
			return nil, errUndefined
		}
		return choose(prove.WalkPace(x, s.loss, s.alpha(), s.precision)), nil
	})
}

// atWalkRest is a number at the equilibrium with walk weights.
func atWalkRest(value func(*side, *theory.WalkStep, *prove.Equilibrium) (*ball.Ball, error)) func(*side) (*ball.Ball, error) {
	return onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) {
		e, err := s.walkRest()
		if err != nil {
			return nil, err
		}
		return value(s, x, e)
	})
}

func (s *side) walkRest() (*prove.Equilibrium, error) {
	e, err := prove.WalkEquilibrium(s.ctx, s.step, s.logits(s.c.Step), s.alpha(), walkDigits)
	if err == nil && e.Limit != theory.FiniteLimit {
		return nil, errUndefined
	}
	return e, err
}

// walkSystem is u' = κ(E_S[d] − F), u = αsμ.
func (s *side) walkSystem(x *theory.WalkStep) *ode.System {
	sigma := ode.Rational(s.alpha()).Quo(ode.Rational(x.Square).Sqrt())
	total, sum := ode.Integer(0), ode.Integer(0)
	for _, g := range x.Groups {
		w := ode.State(0).Scale(g.In).Exp().Mul(sigma.Scale(g.Weight).Exp()).Scale(big.NewRat(int64(g.Count), 1))
		total, sum = total.Add(w), sum.Add(w.Scale(g.In))
	}
	target := ode.Rational(x.Target)
	if s.loss == theory.CoconutBFS {
		target = sum.Quo(total.Sub(ode.Integer(int64(x.Outside()))))
	}
	return &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{target.Sub(sum.Quo(total)).Scale(s.walkKappa(x))}}
}

// walkDescent encloses μ_k of μ_{k+1} = μ_k + η·(αs/n)(E_S[d] − F(μ_k)), μ_0 = 0.
func (s *side) walkDescent(x *theory.WalkStep) (*ball.Ball, error) {
	if !allowed("k", s.parameter("k")) {
		return nil, errUndefined
	}
	drift, err := ode.NewEvaluator(s.walkSystem(x).RightHandSide[0].Scale(s.parameter("eta")), 1, s.precision)
	if err != nil {
		return nil, errors.Join(errUndefined, err)
	}
	u := ball.New(s.precision) // αsμ_k
	for range s.parameter("k").Num().Int64() {
		step, err := drift.At([]*ball.Ball{u})
		if err != nil {
			return nil, errors.Join(errUndefined, err)
		}
		u.Add(u, step)
		if v := ball.New(s.precision).Abs(u); !v.IsFinite() || v.Upper().Cmp(big.NewFloat(descentReach)) > 0 {
			return nil, errUndefined
		}
	}
	return u.Quo(u, s.walkSigma(x, s.alpha())), nil
}
