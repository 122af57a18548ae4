package prove

import (
	"fmt"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
)

// A watch follows the sign of z' along a flowpipe, step by step. At every time it
// is proved that z' ≠ 0, or that z” has the sign of −side where z' = 0,
//
//	z'' = f_g g'  where  z' = f = 0,
//
// so that z', which begins with the sign of side, changes it at most once. If z' is 0 at the
// start, z” has the sign of side where z' = 0 until some time: z' has that sign from 0 on.
type watch struct {
	search    *overshootSearch
	side      int
	flat      bool          // z' = 0 at the start
	low, high *big.Rat      // between which the sign changes, nil where that was not met
	box       [2]*ball.Ball // (z, g) between them
}

const (
	watchParts = 8  // of a step to begin with
	watchDepth = 12 // bounds how often one of them is cut in two
)

func (w *watch) visit(step *ode.Flowpipe, from *big.Rat) error {
	to := step.Until()
	for i, at := int64(1), from; i <= watchParts; i++ {
		next := new(big.Rat).Sub(to, from)
		next.Add(from, next.Mul(next, big.NewRat(i, watchParts)))
		if err := w.crosses(step, at, next, watchDepth); err != nil {
			return err
		}
		at = next
	}
	if w.high != nil {
		return nil
	}
	last, err := w.sign(step, to)
	if err != nil || last == w.side && w.low == nil {
		return err
	}
	begin, high := from, to
	if w.low == nil {
		if w.low, err = w.narrow(step, from, to, w.side); err != nil {
			return err
		}
		begin = w.low
	}
	if last == -w.side {
		if high, err = w.narrow(step, to, begin, -w.side); err != nil {
			return err
		}
		w.high = high
	}
	over, err := step.Over(begin, high)
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

// crosses proves what a watch says of all times between two.
func (w *watch) crosses(step *ode.Flowpipe, from, to *big.Rat, depth int) error {
	state, err := step.Over(from, to)
	if err != nil {
		return err
	}
	box := planarBox{outward(state[0]), outward(state[1])}
	v, err := rangeOver(w.search.function, box)
	if err == nil {
		err = v.refine(w.search.function, box)
	}
	if err == nil {
		bend := sign(v.fg) * sign(v.h)
		if sign(v.f) != 0 || bend == -float64(w.side) || w.flat && from.Sign() == 0 && bend == float64(w.side) {
			return nil
		}
	}
	if depth == 0 {
		return fmt.Errorf("z' may change its sign more than once, near t = %s", from.FloatString(3))
	}
	middle := new(big.Rat).Add(from, to)
	middle.Mul(middle, big.NewRat(1, 2))
	if err := w.crosses(step, from, middle, depth-1); err != nil {
		return err
	}
	return w.crosses(step, middle, to, depth-1)
}
