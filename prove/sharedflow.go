package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/ode/ball"
)

// A SharedFlow is the flow of the logit that a data set shares.
type SharedFlow struct {
	Vertices int      // n_voc, the most vertices of an instance: the rate is 1/n_voc
	Mu       []Number // at the times asked for
}

// SharedFlowOf follows the logit μ that the losses of a Sharing have in common
// from a start (0 if nil), at times ≥ 0 in ascending order, to so many digits.
// With the weights w_i of the sharing, divided by their sum, and n_voc the most
// vertices of an instance,
//
//	μ' = (α/n_voc)·Σ_i w_i s_i ( (1−q)(d*_i − E_{V_i}[d]) + q(E_{N_i}[d] − E_{V_i}[d]) )
//
// A flow that does not move, which integers decide, gives its start. Digits that
// are not reached are ErrDigits, other times an error.
// Encloses the exact value for every point of the inputs.
// theory.md section 3 (Population). Units: t = learning rate × steps.
func SharedFlowOf(ctx context.Context, instances []graph.Instance, s Sharing, start *big.Rat, times []*big.Rat, digits int) (*SharedFlow, error) {
	c, err := crowdOf(instances, s)
	if err != nil {
		return nil, err
	}
	return c.Flow(ctx, start, times, digits)
}

// Flow is SharedFlowOf of the instances added so far.
// Encloses the exact value for every point of the inputs.
func (c *Crowd) Flow(ctx context.Context, start *big.Rat, times []*big.Rat, digits int) (*SharedFlow, error) {
	if c.sharing.Full {
		return nil, errors.New("the flow of one shared logit, expected no full score matrix")
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	mixture, err := c.pool.mixture()
	if err != nil {
		return nil, err
	}
	d := newMixtureDrift(mixture, c.vertices)
	still, err := d.still(startOf(start))
	if err != nil {
		return nil, err
	}
	return d.follow(ctx, c.vertices, startOf(start), still, times, digits)
}

// mostVertices is n_voc.
func mostVertices(instances []graph.Instance) (most int) {
	for i := range instances {
		most = max(most, instances[i].Graph.Order())
	}
	return most
}

// follow encloses the flow from a start, at which it may be still, at times.
func (d *mixtureDrift) follow(ctx context.Context, vertices int, start *big.Rat, still bool, times []*big.Rat, digits int) (*SharedFlow, error) {
	last := new(big.Rat)
	for _, t := range times {
		if t == nil || t.Cmp(last) < 0 {
			return nil, errors.New("a time, expected numbers ≥ 0 in ascending order")
		}
		last = t
	}
	if digits < 1 {
		return nil, fmt.Errorf("%d digits, expected at least 1", digits)
	}
	out := &SharedFlow{Vertices: vertices}
	if still {
		for range times {
			out.Mu = append(out.Mu, Enclose(ball.New(ball.Bits(digits)+64).SetRat(start), digits))
		}
		return out, nil
	}
	// The enclosures are absolutely narrow at first, and then as the smallest needs.
	for more, attempt := digits+3, 0; ; attempt++ {
		ends, err := d.travel(ctx, start, times, more)
		if err != nil {
			return nil, sharedError(err)
		}
		missing := 0
		var short error
		out.Mu = nil
		for i, end := range ends {
			text := Enclose(end, digits)
			out.Mu = append(out.Mu, text)
			if !text.reaches(digits) {
				short = fmt.Errorf("%w: %s to %s at t = %s is wider than %d digits", ErrDigits, text.Lo, text.Hi, times[i].RatString(), digits)
				lack := digits // of a value that may be 0
				if !end.ContainsZero() {
					lack = max(1, digits+2-int(float64(end.RelativeAccuracyBits())/3.3219))
				}
				missing = max(missing, lack)
			}
		}
		if missing == 0 {
			return out, nil
		}
		if more += missing + 2; attempt > 12 || more > maxDriftDigits {
			return nil, short
		}
	}
}

// maxDriftDigits bounds the digits that a shared flow works with.
const maxDriftDigits = 2000

// sharedError marks errors that more effort might avoid.
func sharedError(err error) error {
	if errors.Is(err, errSign) {
		return fmt.Errorf("%w: %w", ErrDigits, err)
	}
	return err
}

// travel encloses the flow from a start at times.
func (d *mixtureDrift) travel(ctx context.Context, start *big.Rat, times []*big.Rat, digits int) ([]*ball.Ball, error) {
	precision := ball.Bits(digits) + 64
	from, field := ball.New(precision).SetRat(start), scalarField(d.at)
	side, known := 0, false
	for bits := uint(64); !known && bits <= 1<<13; bits *= 2 {
		side, known = field(ball.New(bits).SetRat(start), 0)[0].Sign()
	}
	if !known || side == 0 {
		return nil, fmt.Errorf("%w at the start", errSign)
	}
	if side < 0 {
		field, from = field.turned(-1), from.Neg(from)
	}
	var limit *ball.Ball
	if !d.keeps(side) {
		find := func() (*bracket, error) { return (&search{field: field}).firstZero(ctx, from) }
		if d.convex() {
			find = field.monotoneZero
		}
		found, err := find()
		if err != nil {
			return nil, err
		}
		if limit, err = field.refine(ctx, found, digits); err != nil {
			return nil, err
		}
	}
	later := slices.IndexFunc(times, func(t *big.Rat) bool { return t.Sign() > 0 })
	out := make([]*ball.Ball, len(times))
	for i := range out {
		out[i] = ball.New(precision).SetRat(start)
	}
	if later < 0 {
		return out, nil
	}
	order := 6
	for order < 96 && order < int(ball.Bits(digits))/2 { // a cell gives twice as many bits
		order += 6
	}
	ends, err := field.travelTo(ctx, from, times[later:], limit, digits, order)
	if err != nil {
		return nil, err
	}
	for i, end := range ends {
		out[later+i] = end.MulInt64(end, int64(side))
	}
	return out, nil
}
