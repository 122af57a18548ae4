package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
)

// decide proves where the flow of a stage goes, and encloses its end if its
// thoughts are generated, as later stages rest on it. What is not proved is
// undecided, with a reason; an error is that of the context.
//
//	uniform thoughts (and all after no step): as SharedPopulation
//	of earlier logits: by separation and the signs of a drift that falls, the logits as balls
//	of the present one: by the sign of the drift on all of the way to its first zero
func (s *CurriculumStage) decide(ctx context.Context, instances []graph.Instance, steps []graph.Step, c Curriculum, symbols int, ends []*ball.Ball) (*ball.Ball, error) {
	end, err := s.prove(ctx, instances, steps, c, symbols, ends)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		s.Reason = err.Error()
		return nil, nil
	}
	if end != nil {
		s.EndBounds = new(Enclose(end, c.Digits))
	}
	for _, x := range []*Number{s.Limit, s.Threshold} {
		if x != nil && !x.reaches(c.Digits) {
			s.Reason = fmt.Sprintf("%d digits not reached", c.Digits)
		}
	}
	return end, nil
}

func (s *CurriculumStage) prove(ctx context.Context, instances []graph.Instance, steps []graph.Step, c Curriculum, symbols int, ends []*ball.Ball) (*ball.Ball, error) {
	var limit *ball.Ball
	if c.Thoughts == UniformThoughts || s.Step == 0 {
		population, err := PopulationOf(ctx, instances, s.Step, false, c.Alpha, c.Digits)
		if err != nil {
			return nil, err
		}
		if s.Status = population.Limit; s.Status == theory.FiniteLimit {
			limit = population.Theta[0]
			s.Limit = new(Enclose(limit, c.Digits))
		}
		if c.Thoughts == UniformThoughts {
			return nil, nil
		}
	}
	start, held := ball.New(64), []*ball.Ball{}
	if s.Step > 0 && c.Carry {
		start = ends[s.Step-1]
	}
	if c.Thoughts == FrozenThoughts {
		held = append(held, ends...)
	}
	for _, x := range append(held, start) {
		if x == nil {
			return nil, errors.New("the end of an earlier stage is not enclosed")
		}
	}
	if c.Thoughts == CurrentThoughts {
		held = nil
	}
	d, err := newWalkDrift(steps, c, symbols, held)
	if err != nil {
		return nil, err
	}
	upward := scalarField(d.at)
	precision := ball.Bits(c.Digits) + 64
	side, decided := upward(ball.New(precision).Set(start), 0)[0].Sign()
	field, from := upward, start
	if side < 0 {
		field, from = upward.turned(-1), ball.New(precision).Neg(start)
	}
	if s.Step > 0 {
		found, err := s.zero(ctx, d, field, from, side, c)
		if err != nil {
			return nil, err
		}
		if found != nil {
			oriented, err := field.refine(ctx, found, c.Digits)
			if err != nil {
				return nil, err
			}
			limit = ball.New(precision).Set(oriented)
			if side < 0 {
				limit.Neg(limit)
			}
			s.Limit = new(Enclose(limit, c.Digits))
		}
	}
	switch {
	case s.Status == theory.Stationary:
		return start, nil
	case limit != nil && !(decided && side != 0): // a monotone drift, too near its zero
		return ball.New(precision).Union(start, limit), nil
	}
	time := new(big.Rat)
	time.SetFloat64(c.StageTime)
	if limit != nil && side < 0 {
		limit = ball.New(precision).Neg(limit)
	}
	// Later limits rest on the ends with the earlier logits in their thoughts; of
	// a start only the side of a zero matters.
	digits := 6
	if c.Thoughts == FrozenThoughts {
		digits = c.Digits + 1 + 3*(graph.MostSteps(instances)-s.Step)
	}
	end, err := field.travel(ctx, from, time, limit, digits)
	if err == nil && side < 0 {
		end.Neg(end)
	}
	return end, err
}

// zero decides the status with generated thoughts, and brackets the zero of the
// field that the flow tends to, if there is one. The field is the drift, seen
// from the side on which it is positive at the start.
func (s *CurriculumStage) zero(ctx context.Context, d *walkDrift, field scalarField, from *ball.Ball, side int, c Curriculum) (*bracket, error) {
	if c.Thoughts == FrozenThoughts {
		s.Status = d.separate(from.Prec())
		switch s.Status {
		case theory.UnknownLimit:
			return nil, fmt.Errorf("%w: whether some b_v is that of the target", errSign)
		case theory.FiniteLimit:
			return field.monotoneZero()
		}
		return nil, nil
	}
	if d.still() {
		s.Status = theory.Stationary
		return nil, nil
	}
	found, err := field.firstZero(ctx, from, nil, func(x *big.Float) int { return d.outward(x, side, 96) })
	if err != nil {
		return nil, err
	}
	if found == nil {
		s.Status = theory.PlusInfinity
		if side < 0 {
			s.Status = theory.MinusInfinity
		}
	} else {
		s.Status = theory.FiniteLimit
		rising := found.low
		if side < 0 {
			rising = new(big.Float).Neg(found.high)
		}
		if rising.Sign() > 0 {
			below, err := scalarField(d.at).turned(1).firstZero(ctx, ball.New(96).SetFloat(new(big.Float).Neg(rising)), new(big.Float), nil)
			if err != nil {
				return nil, err
			}
			if below != nil {
				threshold, err := scalarField(d.at).turned(1).refine(ctx, below, c.Digits)
				if err != nil {
					return nil, err
				}
				s.Threshold = new(Enclose(threshold.Neg(threshold), c.Digits))
			}
			return found, nil
		}
	}
	if side < 0 && from.Upper().Sign() <= 0 { // from a start ≥ 0 to below 0
		s.Collapse = d.collapse(ctx)
	}
	return found, nil
}

// collapse proves μ' < 0 for all μ ≥ 0; nil if there is a zero.
func (d *walkDrift) collapse(ctx context.Context) *Collapse {
	falling := scalarField(func(x *ball.Ball, order int) []*ball.Ball {
		c := d.at(x, order)
		for k := range c {
			c[k].Neg(c[k])
		}
		return c
	})
	found, err := falling.firstZero(ctx, ball.New(64), nil, func(x *big.Float) int { return -d.outward(x, 1, 96) })
	switch {
	case err != nil:
		return &Collapse{theory.Consistent, err.Error()}
	case found != nil:
		return nil
	}
	return &Collapse{Verdict: theory.Proved, Reason: "Taylor enclosures of the drift on pieces of [0, X], and of its limit form on [X, ∞)"}
}
