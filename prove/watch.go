package prove

import (
	"errors"
	"fmt"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
)

// A watch follows the sign of z' along a flowpipe, step by step. At every time it
// is proved that z' ≠ 0, or that z” has a sign where z' = 0,
//
//	z'' = f_g g'  where  z' = f = 0,
//
// so that while this sign is one, z' changes its own at most once, and never where both
// are equal. If z' is 0 at the start, z” has the sign of side where z' = 0 until some time:
// z' has that sign from 0 on.
type watch struct {
	search  *overshootSearch
	side    int           // sign of z', before the change that is open if there is one
	flat    bool          // z' = 0 at the start
	open    *big.Rat      // since when it may have changed, nil if it has not
	low     *big.Rat      // a time before the change, nil as long as this one is in the step where it opens
	box     [2]*ball.Ball // (z, g) from there on, in the steps before
	changes []signChange
	work    int64 // so far
	allowed int64
}

// A signChange is one of z'.
type signChange struct {
	low, high *big.Rat      // times between which it lies
	box       [2]*ball.Ball // (z, g) between them
}

func (c signChange) time() *ball.Ball {
	return ball.New(128).Union(ball.New(128).SetRat(c.low), ball.New(128).SetRat(c.high))
}

const (
	watchParts = 8  // of a step to begin with
	watchDepth = 12 // bounds how often one of them is cut in two
)

func (w *watch) visit(step *ode.Flowpipe, from *big.Rat) error {
	to := step.Until()
	if w.work > w.allowed {
		return &ode.StopError{Status: ode.BudgetExhausted, Time: from, Err: fmt.Errorf("the signs of z' took %d million units of work", w.work/1_000_000)}
	}
	if w.open == nil { // most steps
		if v, known, err := w.over(step, from, to); err != nil || known && int(sign(v.f)) == w.side {
			return err
		}
	}
	for i, at := int64(1), from; i <= watchParts; i++ {
		next := new(big.Rat).Sub(to, from)
		next.Add(from, next.Mul(next, big.NewRat(i, watchParts)))
		if err := w.crosses(step, at, next, from, watchDepth); err != nil {
			return err
		}
		at = next
	}
	if w.open == nil {
		return nil
	}
	last, err := w.sign(step, to)
	if err != nil || last != 0 {
		return errors.Join(err, w.settle(step, from, to, last))
	}
	return w.extend(step, from, to)
}

// settle says that z' has a sign at a time of a step, where a change is open or not.
func (w *watch) settle(step *ode.Flowpipe, from, at *big.Rat, sign int) error {
	if sign == w.side {
		w.open, w.low, w.box = nil, nil, [2]*ball.Ball{}
		return nil
	}
	if w.open == nil {
		return fmt.Errorf("the sign of z' at t = %s", at.FloatString(3))
	}
	begin := from
	if w.low == nil {
		begin = w.open
	}
	high, err := w.narrow(step, at, begin, sign)
	if err != nil {
		return err
	}
	if err := w.extend(step, from, high); err != nil {
		return err
	}
	w.changes = append(w.changes, signChange{w.low, high, w.box})
	w.side, w.open, w.low, w.box = sign, nil, nil, [2]*ball.Ball{}
	return nil
}

// extend takes what lies between an open change and a time of a step into its box.
func (w *watch) extend(step *ode.Flowpipe, from, to *big.Rat) (err error) {
	if w.low == nil {
		if w.low, err = w.narrow(step, w.open, to, w.side); err != nil {
			return err
		}
		from = w.low
	}
	over, err := step.Over(from, to)
	if err != nil {
		return err
	}
	for i, x := range over {
		if w.box[i] != nil {
			x = ball.New(x.Prec()).Union(x, w.box[i])
		}
		w.box[i] = x
	}
	return nil
}

// sign returns the sign of z' at a time, 0 if it is not known.
func (w *watch) sign(step *ode.Flowpipe, t *big.Rat) (int, error) {
	v, err := step.Observe(w.search.flow.f, t)
	if err != nil {
		return 0, err
	}
	s, _ := v.Sign()
	return s, nil
}

// narrow moves a time, at which z' has a sign if it is to have it anywhere,
// towards another as long as it keeps that sign.
func (w *watch) narrow(step *ode.Flowpipe, at, towards *big.Rat, sign int) (*big.Rat, error) {
	for range 40 {
		middle := new(big.Rat).Add(at, towards)
		middle.Mul(middle, big.NewRat(1, 2))
		s, err := w.sign(step, middle)
		if err != nil {
			return nil, err
		}
		if s == sign {
			at = middle
		} else {
			towards = middle
		}
	}
	return at, nil
}

// overWork is the work of a part over that of its enclosure as ode foretells it: measured.
const overWork = 2

// over encloses f and its derivatives on a part of a step, if they are known there.
func (w *watch) over(step *ode.Flowpipe, at, to *big.Rat) (v planarRange, known bool, err error) {
	w.work += overWork * step.OverWork(at, to)
	state, err := step.Over(at, to)
	if err != nil {
		return v, false, err
	}
	box := planarBox{outward(state[0]), outward(state[1])}
	if v, err = rangeOver(w.search.function, box); err == nil {
		err = v.refine(w.search.function, box)
	}
	return v, err == nil, nil
}

// crosses proves what a watch says of all times between two of a step that begins at from.
func (w *watch) crosses(step *ode.Flowpipe, at, to, from *big.Rat, depth int) error {
	v, known, err := w.over(step, at, to)
	if err != nil {
		return err
	}
	if known {
		if now := int(sign(v.f)); now != 0 {
			return w.settle(step, from, at, now)
		}
		if bend := int(sign(v.fg) * sign(v.h)); bend != 0 {
			if known, err := w.bends(step, at, from, bend); known || err != nil {
				return err
			}
		}
	}
	if depth == 0 {
		return fmt.Errorf("z' and its derivative may both be 0 near t = %s", at.FloatString(3))
	}
	middle := new(big.Rat).Add(at, to)
	middle.Mul(middle, big.NewRat(1, 2))
	if err := w.crosses(step, at, middle, from, depth-1); err != nil {
		return err
	}
	return w.crosses(step, middle, to, from, depth-1)
}

// bends says that z” has a sign where z' = 0, in a part of a step from a time on. It reports
// whether that decides how often z' changes its sign there.
func (w *watch) bends(step *ode.Flowpipe, at, from *big.Rat, bend int) (known bool, err error) {
	if bend == w.side && w.open != nil { // towards the sign before the change: has it come?
		now, err := w.sign(step, at)
		if err != nil || now == 0 {
			return false, err
		}
		if err := w.settle(step, from, at, now); err != nil {
			return false, err
		}
	}
	if bend == -w.side && w.open == nil {
		if w.flat && at.Sign() == 0 {
			return false, nil
		}
		w.open = at
	}
	return true, nil
}
