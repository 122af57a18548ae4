package check

import (
	"context"
	"math/big"
	"slices"

	"muflow/internal/alltime"
	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/prove"
)

// enclose returns the values of expressions in the symbols of a theory at times.
// Unknowns that are proved to stay or to move alike are one.
func (f *flow) enclose(ctx context.Context, exprs []*ode.Expr, times []*big.Rat, digits int) ([][]*ball.Ball, error) {
	merged := alltime.Merge(ctx, f.system, f.exact)
	request := ode.Request{Times: times, Observables: ode.SubstituteAll(ode.SubstituteAll(exprs, f.values), merged.Values), Digits: digits, Work: flowWork(digits)}
	e, err := ode.Enclose(ctx, merged.System, merged.Start, request, ode.FlowSettings{})
	if err != nil {
		return nil, err
	}
	return e.Values, nil
}

// flowWork bounds what is done for one flow to so many digits, in the units of
// package ode: a few seconds for the digits that are usual.
func flowWork(digits int) int64 {
	more := int64(max(1, (digits+14)/15))
	return 400_000_000 * more * more * more
}

// observe encloses the observables at several times, at the lower ends of
// intervals.
func (c *checker) observe(ctx context.Context) []Observation {
	return c.follow(ctx, c.theory.Observables, append([]*big.Rat{new(big.Rat)}, c.options.times()...))
}

// Flow encloses every state that has a flow and a start, and every observable,
// at times ≥ 0; parameters and starts that are intervals are taken at their lower
// ends.
func Flow(ctx context.Context, th *script.Theory, times []*big.Rat, digits int) ([]Observation, error) {
	c := &checker{theory: th, options: Options{Digits: digits}}
	var list []script.Observable
	for _, s := range th.States {
		if s.Rate != nil && s.Start != nil {
			list = append(list, script.Observable{Name: th.Symbols[s.Symbol].Name, X: ode.State(s.Symbol)})
		}
	}
	out := c.follow(ctx, append(list, th.Observables...), times)
	return out, ctx.Err()
}

// follow encloses observables along the flow. Those that depend on the same
// states are followed together and, where that fails, one by one.
func (c *checker) follow(ctx context.Context, list []script.Observable, times []*big.Rat) []Observation {
	found := make([][]Observation, len(list))
	for _, group := range c.groups(list) {
		xs := make([]*ode.Expr, len(group))
		for i, at := range group {
			xs[i] = list[at].X
		}
		values, err := c.enclose(ctx, xs, times)
		for i, at := range group {
			one, reason := values, err
			if k := i; err == nil {
				one = make([][]*ball.Ball, len(values))
				for t := range values {
					one[t] = values[t][k : k+1]
				}
			} else if len(group) > 1 {
				one, reason = c.enclose(ctx, xs[i:i+1], times)
			}
			found[at] = c.observations(list[at].Name, one, times, reason)
		}
	}
	return slices.Concat(found...)
}

func (c *checker) observations(name string, values [][]*ball.Ball, times []*big.Rat, err error) []Observation {
	if err != nil {
		return []Observation{{Name: name, Time: times[0].RatString(), Reason: err.Error()}}
	}
	var out []Observation
	for i, v := range values {
		number := prove.Enclose(v[0], c.options.digits())
		out = append(out, Observation{Name: name, Time: times[i].RatString(), Number: &number})
	}
	return out
}

// groups splits observables so that those of two groups depend on no state in
// common; constants are alone.
func (c *checker) groups(list []script.Observable) [][]int {
	var groups [][]int
	var states [][]int
	for at, o := range list {
		f, err := c.flowOf([]*ode.Expr{o.X}, true, c.corners()[0])
		if err != nil || len(f.symbols) == 0 {
			groups, states = append(groups, []int{at}), append(states, nil)
			continue
		}
		group, all := []int{at}, slices.Clone(f.states)
		for g := len(groups) - 1; g >= 0; g-- {
			if slices.ContainsFunc(states[g], func(s int) bool { return slices.Contains(f.states, s) }) {
				group, all = append(group, groups[g]...), append(all, states[g]...)
				groups, states = slices.Delete(groups, g, g+1), slices.Delete(states, g, g+1)
			}
		}
		slices.Sort(group)
		groups, states = append(groups, group), append(states, all)
	}
	return groups
}

// enclose returns the values of expressions at times, only one row if they are
// constant.
func (c *checker) enclose(ctx context.Context, xs []*ode.Expr, times []*big.Rat) ([][]*ball.Ball, error) {
	f, err := c.flowOf(xs, true, c.corners()[0])
	if err != nil {
		return nil, err
	}
	if len(f.symbols) > 0 {
		return f.enclose(ctx, xs, times, c.options.digits())
	}
	row := make([]*ball.Ball, len(xs))
	for i, x := range xs {
		if row[i], err = ode.Evaluate(x.Substitute(f.values), nil, ball.Bits(c.options.digits())+32); err != nil {
			return nil, err
		}
	}
	return [][]*ball.Ball{row}, nil
}
