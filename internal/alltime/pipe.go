package alltime

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
)

// A pipe is a proof that encloses all solutions of a flow up to a time. A long
// one is made again whenever it is gone through, one step in memory at a time.
type pipe struct {
	flow  *flow
	until *big.Rat
	end   []*ball.Ball  // where the solutions are then
	short *ode.Flowpipe // all of it, nil if it is long
}

// shortPipe bounds the steps of a flowpipe that is kept.
const shortPipe = 256

// follow encloses all solutions up to a time.
func (f *flow) follow(ctx context.Context, until *big.Rat) (*pipe, error) {
	type made struct {
		pipe *pipe
		err  error
	}
	found := recall(ctx, f.memory, f, "pipe to "+until.RatString(), func() made {
		p := &pipe{flow: f, until: until}
		var err error
		p.short, err = ode.Propagate(ctx, f.system(), f.balls(128), until, f.flowSettings(shortPipe))
		f.effort.work.spend(p.short.Work())
		if err == nil {
			p.end, err = p.short.At(until)
			return made{p, err}
		}
		var stopped *ode.StopError
		if errors.As(err, &stopped) && stopped.Status == ode.BudgetExhausted && f.steps() > shortPipe {
			var end *ode.Flowpipe
			p.short = nil
			if end, err = p.sweep(ctx, nil); err == nil {
				p.end, err = end.At(until)
				return made{p, err}
			}
		}
		if errors.As(err, &stopped) {
			err = fmt.Errorf("the flowpipe ends at t = %s of %s: %w", stopped.Time.FloatString(3), until.FloatString(3), stopped.Err)
		}
		return made{nil, err}
	})
	return found.pipe, found.err
}

// flowSettings bound the work for a flowpipe of at most so many steps.
func (f *flow) flowSettings(steps int) ode.FlowSettings {
	digits := 16
	if !f.isPoint() {
		digits = 8
	}
	return ode.FlowSettings{Settings: ode.Settings{Digits: digits, Budget: min(steps, f.steps()), Work: pipeWork}}
}

// sweep makes the flowpipe step by step.
func (p *pipe) sweep(ctx context.Context, visit func(step *ode.Flowpipe, from *big.Rat) error) (*ode.Flowpipe, error) {
	end, err := ode.Sweep(ctx, p.flow.system(), p.flow.balls(128), p.until, p.flow.flowSettings(p.flow.steps()), visit)
	p.flow.effort.work.spend(end.Work())
	return end, err
}

// each goes through the flowpipe in pieces: where the set of starts is cut, from
// 0 on for each part of it.
func (p *pipe) each(ctx context.Context, visit func(piece *ode.Flowpipe, from, to *big.Rat) error) error {
	if p.short != nil {
		return visit(p.short, new(big.Rat), p.until)
	}
	_, err := p.sweep(ctx, func(step *ode.Flowpipe, from *big.Rat) error { return visit(step, from, step.Until()) })
	return err
}

// over is a box that holds the solutions at all times of the pipe.
func (p *pipe) over(ctx context.Context) (hull []interval, err error) {
	if p.until.Sign() == 0 {
		return p.flow.start, nil
	}
	err = p.each(ctx, func(piece *ode.Flowpipe, from, to *big.Rat) error {
		box, err := p.flow.over(piece, from, to)
		if err != nil || hull == nil {
			hull = box
			return err
		}
		for i := range hull {
			hull[i] = hull[i].hull(box[i])
		}
		return nil
	})
	return hull, err
}

// over returns the box of a flowpipe over a time interval.
func (f *flow) over(pipe *ode.Flowpipe, a, b *big.Rat) ([]interval, error) {
	f.effort.work.spend(pipe.OverWork(a, b))
	balls, err := pipe.Over(a, b)
	if err != nil {
		return nil, err
	}
	return f.enclosed(balls, a, b), nil
}

// enclosed is the box of the unknowns that move, enclosed from time a to time b.
func (f *flow) enclosed(state []*ball.Ball, a, b *big.Rat) []interval {
	box := f.box()
	for i, k := range f.kinds {
		switch k {
		case clock:
			box[i] = between(a, b)
		case dynamic:
			box[i] = fromBall(state[i])
		}
	}
	return box
}

// errOpen says that a claim is not shown on a piece of a flowpipe.
var errOpen = errors.New("not shown")

// shows proves a claim from t = 0 to the end of a flowpipe; where it fails, it
// returns the time of the piece that is left. An equality at t = 0 is left behind
// where g' ≥ 0 from there on.
func (p *pipe) shows(ctx context.Context, g *ode.Expr, want sign) (ok bool, left *big.Rat) {
	f := p.flow
	starts := func() bool { return f.barrier(f.box()).startHolds(g, want) }
	if p.until.Sign() == 0 {
		return starts(), p.until
	}
	f.effort.work.begins("showing a relation along the flowpipe")
	value := f.graded(g)
	atStart := !value.over(f.start).positive() && starts()
	var slope *graded
	if atStart {
		slope = f.graded(f.derivative(g))
	}
	rises := false // from 0 to the beginning of a piece
	left, looks := p.until, mostLooks
	err := p.each(ctx, func(piece *ode.Flowpipe, from, to *big.Rat) error {
		if from.Sign() == 0 {
			rises = atStart
		}
		for k := 0; rises && k < 30; k++ {
			h := new(big.Rat).Sub(to, from)
			h.Quo(h, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(k))))
			h.Add(h, from)
			box, err := f.over(piece, from, h)
			if err != nil || !isNonNegative.holds(slope.over(box)) {
				continue
			}
			if k == 0 {
				return nil
			}
			from, rises = h, false
		}
		rises = false
		ok, at := f.along(ctx, piece, value, want, from, to, alongDepth, &looks)
		if !ok {
			left = at
			return errOpen
		}
		return nil
	})
	return err == nil, left
}

const (
	alongDepth = 14                    // how often a piece of a flowpipe is cut in two
	mostLooks  = 1 << (alongDepth + 1) // at all pieces, for one claim
)

// along proves a claim between two times of a flowpipe; where it fails, it
// returns the time of the piece that is left.
func (f *flow) along(ctx context.Context, pipe *ode.Flowpipe, g *graded, want sign, a, b *big.Rat, depth int, looks *int) (bool, *big.Rat) {
	if *looks--; *looks < 0 || ctx.Err() != nil {
		return false, a
	}
	if box, err := f.over(pipe, a, b); err == nil && want.holds(g.over(box)) {
		return true, nil
	}
	if depth == 0 {
		return false, a
	}
	m := new(big.Rat).Add(a, b)
	m.Quo(m, big.NewRat(2, 1))
	if ok, left := f.along(ctx, pipe, g, want, a, m, depth-1, looks); !ok {
		return false, left
	}
	return f.along(ctx, pipe, g, want, m, b, depth-1, looks)
}
