package check

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/internal/alltime"
	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// HasIntervals reports whether a parameter or a start is an interval.
func HasIntervals(th *script.Theory) bool {
	for _, s := range th.Symbols {
		if s.Low != nil && s.Low.Cmp(s.High) != 0 {
			return true
		}
	}
	return false
}

// Along encloses an expression along the flow at increasing times ≥ 0, as far as
// a flowpipe of so many digits goes: there may be fewer values than times, and
// then the error says why. Parameters and starts that are intervals are taken at
// their lower ends, or over all their values.
//
// Encloses the exact value for every point of the inputs.
func Along(ctx context.Context, th *script.Theory, x *ode.Expr, times []*big.Rat, all bool, digits int) ([]prove.Number, error) {
	c := &checker{theory: th}
	at := c.corners()[0]
	if all {
		at = nil
	}
	f, err := c.flowOf([]*ode.Expr{x}, true, at)
	if err != nil {
		return nil, err
	}
	bits := ball.Bits(digits) + 32
	box := make([]*ball.Ball, len(f.symbols))
	for i, symbol := range f.symbols {
		box[i] = ball.New(bits)
		if s := th.Symbols[symbol]; s.Low != nil {
			box[i].Union(ball.New(bits).SetRat(s.Low), ball.New(bits).SetRat(s.High))
		}
	}
	start := append([]*ball.Ball(nil), box...)
	for i, symbol := range f.symbols {
		if th.Symbols[symbol].Kind == script.StateSymbol {
			if start[i], err = ode.Evaluate(f.exact[i], box, bits); err != nil {
				return nil, err
			}
		}
	}
	system, x, start := needed(f.system, x.Substitute(f.values), start)
	if system.Dimension > 0 {
		settings := ode.Settings{Digits: digits + 6, Work: flowWork(digits)}
		if all {
			settings.Budget = setSteps
		}
		return follow(ctx, system, start, x, times, digits, settings)
	}
	value, err := ode.Evaluate(x, nil, bits)
	if err != nil {
		return nil, err
	}
	out := make([]prove.Number, len(times))
	for i := range out {
		out[i] = prove.Enclose(value, digits)
	}
	return out, nil
}

// needed leaves the unknowns that an expression and their right-hand sides hold:
// constants that only starts depend on go, where starts are known.
func needed(system *ode.System, x *ode.Expr, start []*ball.Ball) (*ode.System, *ode.Expr, []*ball.Ball) {
	var kept []int
	queue := []*ode.Expr{x}
	for len(queue) > 0 {
		for _, i := range queue[0].Unknowns() {
			if !slices.Contains(kept, i) {
				kept, queue = append(kept, i), append(queue, system.RightHandSide[i])
			}
		}
		queue = queue[1:]
	}
	slices.Sort(kept)
	out, values, starts := &ode.System{Dimension: len(kept)}, make([]*ode.Expr, system.Dimension), []*ball.Ball(nil)
	for to, i := range kept {
		values[i] = ode.State(to)
	}
	for _, i := range kept {
		out.RightHandSide, starts = append(out.RightHandSide, system.RightHandSide[i].Substitute(values)), append(starts, start[i])
	}
	return out, x.Substitute(values), starts
}

// setSteps bounds the steps over a set of starts: a band is not worth more.
const setSteps = 1000

// follow encloses an expression over a flowpipe, which may end early.
func follow(ctx context.Context, system *ode.System, start []*ball.Ball, x *ode.Expr, times []*big.Rat, digits int, settings ode.Settings) ([]prove.Number, error) {
	pipe, trouble := ode.Propagate(ctx, system, start, times[len(times)-1], ode.FlowSettings{Settings: settings})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if pipe == nil {
		return nil, trouble
	}
	var out []prove.Number
	for _, t := range times {
		if t.Cmp(pipe.Until()) > 0 {
			break
		}
		state, err := pipe.At(t)
		if err != nil {
			return out, err
		}
		value, err := ode.Evaluate(x, state, pipe.Precision())
		if err != nil {
			return out, fmt.Errorf("at t = %s: %w", t.FloatString(4), err)
		}
		if !value.IsFinite() {
			return out, fmt.Errorf("at t = %s: no bound", t.FloatString(4))
		}
		out = append(out, prove.Enclose(value, digits))
	}
	if trouble == nil && len(out) < len(times) {
		trouble = errors.New("the flowpipe ends early")
	}
	return out, trouble
}

// A Bound is what a proved claim says of a state at each time.
type Bound struct {
	Claim string
	Upper bool
	X     *ode.Expr // of t, parameters and starts
}

// Bounds lists the bounds of a state, from both sides, that claims of relations
// at all times state and that are proved:
//
//	x ≤ b(t)  out of  ±x + r(t) ≤ 0
func Bounds(ctx context.Context, th *script.Theory, state int, o Options) ([]Bound, error) {
	c := &checker{theory: th}
	var out []Bound
	for _, claim := range th.Claims {
		s := claim.Statement
		for s.Kind == script.When {
			s = s.Then
		}
		if s.Kind != script.Always || s.Until != nil {
			continue
		}
		var stated []Bound
		for _, rel := range s.Relations {
			if b := c.boundOf(rel, th.States[state].Symbol); b != nil {
				b.Claim = claim.ID
				stated = append(stated, *b)
			}
		}
		if len(stated) == 0 {
			continue
		}
		r, err := one(ctx, th, claim, o)
		if err != nil {
			return nil, err
		}
		if r.Verdict == theory.Proved {
			out = append(out, stated...)
		}
	}
	return out, nil
}

// one decides one claim.
func one(ctx context.Context, th *script.Theory, claim script.Claim, o Options) (Result, error) {
	only := *th
	only.Claims, only.Oracles, only.Observables = []script.Claim{claim}, nil, nil
	report, err := Theory(ctx, &only, o)
	if err != nil {
		return Result{}, err
	}
	return report.Claims[0], nil
}

// boundOf solves a relation for a state that occurs in it once, with the factor
// 1 or −1; nil where it does not.
func (c *checker) boundOf(rel alltime.Relation, symbol int) *Bound {
	gap := c.settled(rel.Left.Sub(rel.Right))
	if !slices.Contains(gap.Unknowns(), symbol) {
		return nil
	}
	slope := gap.Derivative(symbol)
	rises := Same(slope, ode.Integer(1))
	if !rises && !Same(slope, ode.Integer(-1)) {
		return nil
	}
	values := make([]*ode.Expr, len(c.theory.Symbols))
	values[symbol] = ode.Integer(0)
	rest := gap.Substitute(values)
	for _, i := range rest.Unknowns() {
		if c.theory.Symbols[i].Kind == script.StateSymbol {
			return nil
		}
	}
	upper := rises
	switch rel.Comparison {
	case alltime.Less, alltime.LessEqual:
	case alltime.Greater, alltime.GreaterEqual:
		upper = !upper
	default:
		return nil
	}
	if rises {
		rest = rest.Neg()
	}
	return &Bound{Upper: upper, X: rest}
}

// Level encloses where an expression is proved to tend to, by a claim on its limit
// or its convergence; the claim is "" if none says so.
func Level(ctx context.Context, th *script.Theory, x *ode.Expr, o Options) (claim string, level prove.Number, err error) {
	for _, claim := range th.Claims {
		s := claim.Statement
		for s.Kind == script.When {
			s = s.Then
		}
		if s.Kind != script.Limit && s.Kind != script.Converges || s.Sign != 0 || !Same(s.X[0], x) {
			continue
		}
		r, err := one(ctx, th, claim, o)
		if err != nil {
			return "", level, err
		}
		for _, v := range r.Values {
			if r.Verdict == theory.Proved && v.Name == "limit" {
				return claim.ID, v.Number, nil
			}
		}
	}
	return "", level, nil
}

// Same reports whether two expressions are the same symbol or the same formula.
func Same(x, y *ode.Expr) bool {
	if x == y || x.Operation() == ode.OpState && y.Operation() == ode.OpState && x.Index() == y.Index() {
		return true
	}
	zero, err := alltime.Vanishes(x.Sub(y))
	return zero && err == nil
}
