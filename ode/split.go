package ode

import (
	"context"
	"errors"
	"math"
	"math/big"

	"muflow/ode/ball"
)

const (
	mostParts = 2048 // into which a set is cut
	setBits   = 30   // a start known to fewer bits is a set that may be cut
)

var errBent = errors.New("the set is bent too much for one part")

// A splitter covers a set of starts by flowpipes of parts.
type splitter struct {
	program *program
	until   *big.Rat
	quickly bool
	visit   func(step *Flowpipe, from *big.Rat) error // each step, may be nil
}

// A part is a box of starts.
type part struct {
	pipe  *Flowpipe
	err   error
	limit *big.Float // at which it stops, may be nil
	idle  int        // cuts since one led further
}

// isSet reports whether some start is known to few bits.
func (p *Flowpipe) isSet() bool {
	for _, x := range p.start {
		if r := x.Radius(); r.Sign() != 0 && (x.Mid().Sign() == 0 || r.MantExp(nil) > x.Mid().MantExp(nil)-setBits) {
			return true
		}
	}
	return false
}

// bent reports whether most of a set that has grown beyond a limit is not the
// image of the start by polynomials.
func (p *Flowpipe) bent(limit *big.Float) bool {
	if p.shape == nil || limit == nil || p.spread.Cmp(limit) <= 0 || p.made == 0 || p.spread.Cmp(p.first) <= 0 {
		return false
	}
	n := len(p.start)
	image, left := make([]float64, n), make([]float64, n)
	for i, side := range p.shape.sides {
		for j, c := range side.c {
			if p.shape.basis.kind(j) == 0 {
				image[i] += math.Abs(c)
			} else {
				left[i] += math.Abs(c)
			}
		}
	}
	return norm(left) > norm(image)
}

// cover makes a flowpipe of the whole set. A part that stops is cut in two, the
// one that stopped first comes first.
func (s *splitter) cover(ctx context.Context, whole Flowpipe) (*Flowpipe, error) {
	var limit *big.Float
	if whole.isSet() {
		radii := make([]*big.Float, len(whole.start))
		for i, x := range whole.start {
			radii[i] = x.Radius()
		}
		limit = whole.norm(radii)
		limit.SetMantExp(limit, -1)
	}
	if limit == nil { // it stays in one part
		whole.visit = s.visit
	}
	run := func(start []*ball.Ball, limit *big.Float) part {
		p := whole // and the work so far
		p.start = start
		err := p.run(ctx, s.program, s.until, s.quickly, limit)
		whole.work = p.work
		return part{pipe: &p, err: err, limit: limit}
	}
	parts := []part{run(whole.start, limit)}
	for {
		at := first(parts)
		last := parts[at]
		if last.err == nil || limit == nil || last.pipe.status == Cancelled || last.pipe.status == BudgetExhausted {
			break
		}
		if len(parts) == mostParts || last.idle > 2*len(whole.start) {
			if errors.Is(last.err, errBent) { // as far as it goes
				parts[at] = run(last.pipe.start, nil)
				parts[at].idle = last.idle
				continue
			}
			break
		}
		starts := last.pipe.halves()
		low, high := run(starts[0], limit), run(starts[1], limit)
		if err := ctx.Err(); err != nil { // the whole part went further
			last.pipe.status = Cancelled
			parts[at].err = &StopError{Cancelled, last.pipe.Until(), err}
			break
		}
		parts[at] = low
		parts = append(parts, high)
		further := new(big.Rat).Mul(last.pipe.reached, big.NewRat(9, 8))
		for _, i := range []int{at, len(parts) - 1} {
			if parts[i].idle = last.idle + 1; parts[i].err == nil || parts[i].pipe.reached.Cmp(further) > 0 {
				parts[i].idle = 0
			}
		}
	}
	last := parts[first(parts)]
	if last.err == nil && whole.visit == nil && s.visit != nil {
		whole.visit = s.visit
		for i := range parts { // each part as it was made
			if parts[i] = run(parts[i].pipe.start, parts[i].limit); parts[i].err != nil {
				return nil, parts[i].err
			}
		}
	}
	if len(parts) == 1 {
		return last.pipe, last.err
	}
	whole.reached, whole.status = last.pipe.reached, last.pipe.status
	for _, part := range parts {
		whole.parts = append(whole.parts, part.pipe)
	}
	return &whole, last.err
}

// first returns the part that stopped first, any if all went to the end.
func first(parts []part) int {
	at := 0
	for i, p := range parts {
		if p.err != nil && (parts[at].err == nil || p.pipe.reached.Cmp(parts[at].pipe.reached) < 0) {
			at = i
		}
	}
	return at
}

// halves cuts the starts across the side whose image is the longest where the
// flowpipe stopped.
func (p *Flowpipe) halves() [2][]*ball.Ball {
	at, longest := 0, new(big.Float)
	for l, x := range p.start {
		size := p.component(l, big.NewFloat(1))
		size.Quo(x.Radius(), size)
		if p.shape != nil {
			image := make([]*big.Float, len(p.start))
			for i := range image { // its linear part
				image[i] = new(big.Float).SetMantExp(big.NewFloat(p.shape.sides[i].c[l]), p.shape.unit)
			}
			size = p.norm(image)
		}
		if size.Cmp(longest) > 0 {
			at, longest = l, size
		}
	}
	low, high := append([]*ball.Ball(nil), p.start...), append([]*ball.Ball(nil), p.start...)
	x := p.start[at]
	precision := max(x.Prec(), p.settings.Precision)
	low[at] = ball.New(precision).SetInterval(x.Lower(), x.Mid())
	high[at] = ball.New(precision).SetInterval(x.Mid(), x.Upper())
	return [2][]*ball.Ball{low, high}
}
