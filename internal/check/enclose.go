package check

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
)

// An Enclosed is what is known of an expression along the flow of a theory: its
// values at the first of some times, and why there are no more, if so.
type Enclosed struct {
	Values []*ball.Ball
	Err    error
}

// Enclose follows expressions along the flow that a theory states, at ascending
// times ≥ 0, in flowpipes of about so many digits; parameters and starts that are
// intervals are taken at their lower ends. Expressions of the same states share a
// flowpipe.
//
// Encloses the exact value.
func Enclose(ctx context.Context, th *script.Theory, exprs []*ode.Expr, times []*big.Rat, digits int) []Enclosed {
	c := &checker{theory: th}
	out := make([]Enclosed, len(exprs))
	flows := map[string]*Pipe{}
	for i, x := range exprs {
		f, err := c.flowOf([]*ode.Expr{x}, true, c.corners()[0])
		if err != nil {
			out[i].Err = err
			continue
		}
		x = x.Substitute(f.values)
		if len(f.symbols) == 0 {
			var value *ball.Ball
			value, out[i].Err = ode.Evaluate(x, nil, ball.Bits(digits)+32)
			for range times {
				out[i].Values = append(out[i].Values, value)
			}
			continue
		}
		key := fmt.Sprint(f.symbols)
		if flows[key] == nil {
			flows[key] = Follow(ctx, f.system, f.exact, times[len(times)-1], digits)
		}
		out[i] = flows[key].Along(x, times)
	}
	return out
}

// A Pipe is a flowpipe, nil if there is none, and why it is not complete.
type Pipe struct {
	*ode.Flowpipe
	Err error
}

// Follow encloses the solution from constant expressions up to a time, to about
// so many digits.
//
// Encloses the exact value.
func Follow(ctx context.Context, system *ode.System, start []*ode.Expr, until *big.Rat, digits int) *Pipe {
	settings := ode.FlowSettings{Settings: ode.Settings{Digits: digits + 6, Work: flowWork(digits)}}
	at := make([]*ball.Ball, len(start))
	for i, x := range start {
		var err error
		if at[i], err = ode.Evaluate(x, nil, ball.Bits(digits)+64); err != nil {
			return &Pipe{Err: fmt.Errorf("the start: %w", err)}
		}
	}
	pipe, err := ode.Propagate(ctx, system, at, until, settings)
	return &Pipe{pipe, err}
}

// Along encloses an expression at the times that the pipe reaches.
func (p *Pipe) Along(x *ode.Expr, times []*big.Rat) Enclosed {
	out := Enclosed{Err: p.Err}
	if p.Flowpipe == nil {
		return out
	}
	for _, t := range times {
		if t.Cmp(p.Until()) > 0 {
			break
		}
		value, err := p.Observe(x, t)
		if err != nil {
			out.Err = err
			break
		}
		out.Values = append(out.Values, value)
	}
	return out
}
