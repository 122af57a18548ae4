package hunt

import (
	"cmp"
	"errors"
	"math/big"

	"muflow/ode/ball"
	"muflow/prove"
)

// descentNumbers are those of stochastic gradient descent on the diagonal of W from 0,
// one freshly relabelled sample a step: over all runs of k steps, where there are no
// more than 1000, and what T1b-stochastic says of them.
var descentNumbers = []number{
	{name: "fail", meaning: "probability 1 − the confidence", value: given("fail")},
	{name: "share", meaning: "share of the bounds of T1b-stochastic", value: given("share")},
	{name: "scatter", meaning: "E (αs)²‖W_k − μ_k I‖² over all runs of k steps of stochastic descent from 0", view: thoughtView, behind: descent, value: ran(func(r *prove.ShortRun) *ball.Ball { return r.Scatter })},
	{name: "offset", meaning: "E αs(μ_k − g_k), g_k descent on the reduced drift", view: thoughtView, behind: descent, value: ran(func(r *prove.ShortRun) *ball.Ball { return r.Offset })},
	{name: "lean", meaning: "sign of d²E F/dε² at W = 0, off the diagonal by ε in a random direction: by what the mean is pulled down", view: thoughtView, behind: gain, value: (*side).lean},
	{name: "spreadbound", meaning: "x of T1b-stochastic for k steps of size η, with the probability fail", view: thoughtView, behind: descentBounds, value: bounded(func(b *prove.StochasticBounds) *big.Rat { return b.Spread })},
	{name: "meanbound", meaning: "y of T1b-stochastic for them", view: thoughtView, behind: descentBounds, value: bounded(func(b *prove.StochasticBounds) *big.Rat { return b.Mean })},
	{name: "escape", meaning: "the probability that share·x or share·y is passed at one of the k steps", view: thoughtView, behind: append([]string{"share"}, descentBounds...), value: (*side).escape},
}

var (
	descent       = []string{"alpha", "eta", "k"}
	descentBounds = []string{"alpha", "eta", "k", "fail"}
)

// shortRun goes through all runs of k steps.
func (s *side) shortRun() (*prove.ShortRun, error) {
	k := s.parameter("k")
	if !allowed("k", k) {
		return nil, errUndefined
	}
	if s.short == nil {
		var err error
		s.short, err = prove.ShortRunOf(s.ctx, s.step, s.alpha(), s.parameter("eta"), int(k.Num().Int64()), s.precision)
		if errors.Is(err, prove.ErrManyRuns) {
			err = errUndefined
		}
		return s.short, err
	}
	return s.short, nil
}

func ran(choose func(*prove.ShortRun) *ball.Ball) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		r, err := s.shortRun()
		if err != nil {
			return nil, err
		}
		return ball.New(s.precision).Set(choose(r)), nil
	}
}

// stochasticBounds are those of the claim, where it proves any.
func (s *side) stochasticBounds() (*prove.StochasticBounds, error) {
	if !allowed("k", s.parameter("k")) {
		return nil, errUndefined
	}
	if s.bounds == nil {
		x, err := prove.NewStochastic(s.ctx, s.step, s.alpha())
		if err != nil {
			return nil, cmp.Or(s.ctx.Err(), errUndefined)
		}
		s.bounds, err = x.Bounds(&prove.StochasticRun{Rate: s.parameter("eta"), Batch: 1, Steps: int(s.parameter("k").Num().Int64()), Failure: s.parameter("fail")})
		if err != nil {
			return nil, errUndefined
		}
	}
	return s.bounds, nil
}

func bounded(choose func(*prove.StochasticBounds) *big.Rat) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		b, err := s.stochasticBounds()
		if err != nil {
			return nil, err
		}
		return ball.New(s.precision).SetRat(choose(b)), nil
	}
}

func (s *side) escape() (*ball.Ball, error) {
	r, err := s.shortRun()
	if err != nil {
		return nil, err
	}
	b, err := s.stochasticBounds()
	if err != nil {
		return nil, err
	}
	share := s.parameter("share")
	return r.Escape(new(big.Rat).Mul(b.Spread, share), new(big.Rat).Mul(b.Mean, share), s.precision), nil
}

func (s *side) lean() (*ball.Ball, error) {
	sign, err := prove.LeanOf(s.step, s.alpha(), s.precision)
	if err != nil {
		return nil, errUndefined
	}
	return s.integer(sign), nil
}
