package ode

import (
	"context"
	"math/big"

	"muflow/ode/ball"
)

// Sweep makes the flowpipe of Propagate and leaves each step behind: memory does
// not grow with their number. Every step goes to visit, unless that is nil, as a
// flowpipe that knows the times from its beginning to its end and no others, and
// that is good until visit returns; an error ends the sweep and is returned. A set
// that is cut into parts is swept from 0 to the end part by part, and not before
// all are known to get there. The flowpipe that is returned knows start and end.
// Encloses the exact value for every point of the inputs.
// Time is the system's.
func Sweep(ctx context.Context, system *System, start []*ball.Ball, until *big.Rat, settings FlowSettings, visit func(step *Flowpipe, from *big.Rat) error) (*Flowpipe, error) {
	whole, s, err := prepare(system, start, until, settings, true)
	if err != nil {
		return nil, err
	}
	whole.forgets, s.visit = true, visit
	return s.cover(ctx, whole)
}
