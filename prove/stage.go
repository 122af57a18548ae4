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
func (s *CurriculumStage) decide(ctx context.Context, instances []graph.Instance, steps []graph.Step, c Curriculum, symbols int, before []*stageEnd) (*stageEnd, error) {
	end, err := s.prove(ctx, instances, steps, c, symbols, before)
	if errors.Is(err, errSign) && s.Step > 0 && c.Carry && before[s.Step-1] != nil && before[s.Step-1].tighten != nil {
		if err = before[s.Step-1].narrow(ctx); err == nil {
			end, err = s.prove(ctx, instances, steps, c, symbols, before)
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		s.Reason = err.Error()
		return nil, nil
	}
	if s.Limit != nil && !s.Limit.reaches(c.Digits) {
		s.Reason = fmt.Sprintf("%d digits not reached", c.Digits)
	}
	return end, nil
}

// A stageEnd is where a stage of generated thoughts ends.
type stageEnd struct {
	at      *ball.Ball
	sign    int                                       // of the end, if it is proved
	tighten func(context.Context) (*ball.Ball, error) // a narrower enclosure, nil if there is none
}

func (e *stageEnd) narrow(ctx context.Context) error {
	at, err := e.tighten(ctx)
	if err == nil {
		e.at, e.tighten = at, nil
	}
	return err
}

func (s *CurriculumStage) prove(ctx context.Context, instances []graph.Instance, steps []graph.Step, c Curriculum, symbols int, before []*stageEnd) (*stageEnd, error) {
	var limit *ball.Ball
	if c.Thoughts == UniformThoughts || s.Step == 0 {
		population, err := SharedPopulation(ctx, instances, Sharing{Steps: []int{s.Step}, Label: c.Label, Alpha: c.Alpha}, c.Digits)
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
	start, logits := ball.New(64), []heldLogit{}
	for k, end := range before {
		switch {
		case c.Thoughts != FrozenThoughts && (!c.Carry || k < s.Step-1):
		case end == nil:
			return nil, errors.New("the end of an earlier stage is not enclosed")
		case c.Thoughts == FrozenThoughts:
			logits = append(logits, held(end.at))
		default:
			start = end.at
		}
	}
	if c.Thoughts == CurrentThoughts {
		logits = nil
	}
	d, err := newWalkDrift(steps, c, symbols, logits)
	if err != nil {
		return nil, err
	}
	// With earlier logits in their thoughts later limits rest on the ends.
	digits := c.Digits
	if c.Thoughts == FrozenThoughts {
		digits += 1 + 3*(graph.MostSteps(instances)-s.Step)
	}
	precision := ball.Bits(digits) + 64
	field, from := scalarField(d.at), ball.New(precision).Set(start)
	side, moves := field(ball.New(precision).Midpoint(from), 0)[0].Sign()
	if side < 0 {
		field, from = field.turned(-1), from.Neg(from)
	}
	time := new(big.Rat)
	time.SetFloat64(c.StageTime)
	var near *ball.Ball // the end
	if s.Step > 0 {
		found, err := s.zero(ctx, d, field, from, side, c)
		if err != nil {
			return nil, err
		}
		if found != nil {
			if limit, err = field.refine(ctx, found, digits); err != nil {
				return nil, err
			}
			s.Limit = new(Enclose(ball.New(precision).MulInt64(limit, int64(side|1)), c.Digits))
			near = found.end(limit, time)
		}
	} else if limit != nil && side < 0 {
		limit = ball.New(precision).Neg(limit)
	}
	back := func(x *ball.Ball) *ball.Ball { return ball.New(precision).MulInt64(x, int64(side|1)) }
	if s.Status == theory.Stationary {
		return newStageEnd(start, start, 0), nil
	}
	travel := func(ctx context.Context) (*ball.Ball, error) {
		if carried := s.Step > 0 && c.Carry; carried && before[s.Step-1].tighten != nil {
			if err := before[s.Step-1].narrow(ctx); err != nil {
				return nil, err
			}
			from = back(before[s.Step-1].at)
		}
		end, err := field.travel(ctx, from, time, limit, digits)
		if err != nil {
			return nil, err
		}
		s.EndBounds = new(Enclose(back(end), c.Digits))
		return back(end), nil
	}
	if near != nil {
		s.EndBounds = new(Enclose(back(near), c.Digits))
		end := newStageEnd(start, back(near), side)
		if !s.EndBounds.reaches(c.Digits) {
			end.tighten = travel
		}
		return end, nil
	}
	if limit != nil && (c.Thoughts == CurrentThoughts || !moves) { // between the start and the limit
		end := newStageEnd(start, back(ball.New(precision).Union(from, limit)), side)
		end.tighten = travel
		return end, nil
	}
	end, err := travel(ctx)
	if err != nil {
		return nil, err
	}
	return newStageEnd(start, end, side), nil
}

// newStageEnd finds the sign of an end: the flow leaves its start to a side.
func newStageEnd(start, end *ball.Ball, side int) *stageEnd {
	out := &stageEnd{at: end}
	sign, ok := end.Sign()
	switch first, decided := start.Sign(); {
	case ok:
		out.sign = sign
	case decided && first*side >= 0:
		out.sign = side
	}
	return out
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
	way := search{field: field, cost: d.cost(), least: d.least(int64(side), int64(side)), beyond: func(x *big.Float) int { return d.outward(x, side, 96) }}
	found, err := way.firstZero(ctx, from)
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
			down := search{field: scalarField(d.at).turned(1), cost: d.cost(), least: d.least(-1, 1), end: new(big.Float)}
			below, err := down.firstZero(ctx, ball.New(96).SetFloat(new(big.Float).Neg(rising)))
			if err != nil {
				return nil, err
			}
			if below != nil {
				threshold, err := down.field.refine(ctx, below, c.Digits)
				if err != nil {
					return nil, err
				}
				s.Threshold = new(Enclose(threshold.Neg(threshold), c.Digits))
			}
			return found, nil
		}
	}
	if side < 0 && from.Upper().Sign() <= 0 { // from a start ≥ 0 to below 0
		s.Collapse = d.collapse(ctx, ball.New(from.Prec()).Neg(from))
	}
	return found, nil
}

// collapse proves μ' < 0 for all μ ≥ from, as it is below; nil if there is a zero.
func (d *walkDrift) collapse(ctx context.Context, from *ball.Ball) *Collapse {
	falling := scalarField(func(x *ball.Ball, order int) []*ball.Ball {
		c := d.at(x, order)
		for k := range c {
			c[k].Neg(c[k])
		}
		return c
	})
	way := search{field: falling, cost: d.cost(), least: d.least(1, -1), beyond: func(x *big.Float) int { return -d.outward(x, 1, 96) }}
	found, err := way.firstZero(ctx, from)
	switch {
	case err != nil:
		return &Collapse{theory.Consistent, err.Error()}
	case found != nil:
		return nil
	}
	return &Collapse{Verdict: theory.Proved, Reason: "Taylor enclosures of the drift on pieces of [0, X], and of its limit form on [X, ∞)"}
}
