package hunt

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode/ball"
	"muflow/theory"
)

// A world evaluates names in a case. Values are kept.
type world struct {
	ctx       context.Context
	c         *Case
	loss      theory.Loss
	precision uint
	rigorous  bool
	profiles  [2]*theory.Profile
	attention *theory.Attention
	values    map[string]*ball.Ball
}

func newWorld(ctx context.Context, c *Case, loss theory.Loss, precision uint, rigorous bool) *world {
	return &world{ctx: ctx, c: c, loss: loss, precision: precision, rigorous: rigorous, values: map[string]*ball.Ball{}}
}

func (w *world) lookup(name string) (*ball.Ball, error) {
	if v, ok := w.values[name]; ok {
		if v == nil {
			return nil, errUndefined
		}
		return v, nil
	}
	v, err := w.compute(name)
	switch {
	case errors.Is(err, errUndefined):
		w.values[name] = nil
		return nil, err
	case err != nil:
		return nil, err
	case !v.IsFinite():
		return nil, fmt.Errorf("%s: no finite value", name)
	}
	w.values[name] = v
	return v, nil
}

func (w *world) integer(n int) *ball.Ball { return ball.New(w.precision).SetInt64(int64(n)) }

func (w *world) truth(yes bool) *ball.Ball {
	if yes {
		return w.integer(1)
	}
	return w.integer(0)
}

func (w *world) parameter(name string) *big.Rat {
	if q, ok := w.c.Parameters[name]; ok {
		return q
	}
	return parameters[name][0]
}

func (w *world) alpha() *big.Rat { return w.parameter("alpha") }

func (w *world) profile(i int) (*theory.Profile, error) {
	if i >= len(w.c.Instances) {
		return nil, fmt.Errorf("a statement about two instances with %d", len(w.c.Instances))
	}
	if w.profiles[i] == nil {
		s, err := w.c.Instances[i].Step(w.c.Step)
		if err != nil {
			return nil, err
		}
		w.profiles[i] = theory.ProfileOf(s)
	}
	return w.profiles[i], nil
}

// limits are the numbers that stand for limits.
func limitNumber(l theory.Limit) (int, error) {
	switch l {
	case theory.FiniteLimit:
		return 0, nil
	case theory.PlusInfinity:
		return 1, nil
	case theory.MinusInfinity:
		return -1, nil
	case theory.Stationary:
		return 2, nil
	}
	return 0, fmt.Errorf("limit %v", l)
}

func (w *world) limit(l theory.Limit) (*ball.Ball, error) {
	n, err := limitNumber(l)
	return w.integer(n), err
}

func (w *world) compute(name string) (*ball.Ball, error) {
	switch name {
	case "finite", "plus", "minus", "stationary":
		return w.integer(map[string]int{"finite": 0, "plus": 1, "minus": -1, "stationary": 2}[name]), nil
	case "alpha", "t", "gain", "logit":
		return ball.New(w.precision).SetRat(w.parameter(name)), nil
	case "step":
		return w.integer(w.c.Step), nil
	case "other":
		in := &w.c.Instances[0]
		return w.truth(in.Graph.Distances(in.Root)[in.Other] >= 0), nil
	case "M", "Mc", "Dstar", "moves", "hp", "hone", "hzero", "zlimit":
		return w.softmax(name)
	case "support", "inside", "covers", "walk", "spread", "bare", "fresh":
		return w.thought(name)
	case "answer", "ratio", "lead", "lead2", "weight", "weight2":
		return w.prediction(name)
	case "pool", "poolmu":
		return w.pooled(name)
	case "mu":
		return w.logit()
	}
	if base := name[:len(name)-1]; name[len(name)-1] == '2' {
		p, err := w.profile(1)
		if err != nil {
			return nil, err
		}
		return w.ofProfile(base, p)
	}
	p, err := w.profile(0)
	if err != nil {
		return nil, err
	}
	return w.ofProfile(name, p)
}
