package elementary

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode/ball"
)

// A Value is the solution at one time.
type Value struct {
	Y           *ball.Ball // y(T)
	LogY        *ball.Ball // log y(T)
	Refinements int        // steps of Newton's method over intervals
	Precision   uint       // working precision in bits
}

// At encloses y(T) and log y(T) at a time T ≥ 0, the logarithm to a relative
// accuracy of so many bits.
//
//	x ∈ x_0 − (κt(x_0) − κT)/(κt)'(X) ⊂ X  ⇒  κt(x) = κT for one x in X
//
// and then by the Taylor polynomial of the inverse function of order 2, with
// its remainder over X. Here x is the distance of y from the start or from the limit of the
// solution, and X an interval around an approximation x_0. It fails with
// ErrPrecision where the working precision would exceed its bound, and with
// ErrEnd where no solution up to T is found.
// Encloses the exact value.
// Time is that of the equation, precision in bits.
func (s *Solver) At(ctx context.Context, t *big.Rat, bits uint) (*Value, error) {
	if t == nil || t.Sign() < 0 {
		return nil, errors.New("a time, expected a number ≥ 0")
	}
	if t.Sign() == 0 {
		return &Value{Y: ball.New(bits).SetInt64(1), LogY: ball.New(bits), Precision: bits}, nil
	}
	precision := bits + guardBits
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.work.Reset()
		value, err := s.attempt(ctx, t, precision)
		if err == nil {
			reached := value.LogY.RelativeAccuracyBits()
			if reached >= int(bits) {
				return value, nil
			}
			err = fmt.Errorf("%w: %d of %d bits reached with %d", ErrPrecision, reached, bits, precision)
			if reached > 0 {
				precision += bits - uint(reached) + 8
				if precision <= maxPrecision {
					continue
				}
			}
		} else if !errors.Is(err, ErrPrecision) {
			return nil, err
		}
		if precision >= maxPrecision {
			return nil, err
		}
		precision = min(2*precision, maxPrecision)
	}
}

const (
	guessBits = 30 // relative accuracy of a guess
	quickBits = 46 // of one in float64, which is checked
)

// attempt solves with a working precision.
func (s *Solver) attempt(ctx context.Context, t *big.Rat, precision uint) (*Value, error) {
	if precision > s.precision {
		if err := s.load(precision); err != nil {
			return nil, err
		}
	}
	if _, err := s.fractionsAt(precision); err != nil {
		return nil, err
	}
	value, err := s.polish(ctx, t, precision, true)
	if errors.Is(err, errGuess) {
		value, err = s.polish(ctx, t, precision, false)
	}
	return value, err
}

// errGuess says that the guess in float64 was not good enough.
var errGuess = errors.New("the first guess is not near the solution")

// polish narrows a first guess, from float64 if quick.
func (s *Solver) polish(ctx context.Context, t *big.Rat, precision uint, quick bool) (*Value, error) {
	x, saturated, err := s.guess(ctx, t, precision, quick)
	if err != nil {
		return nil, err
	}
	value := &Value{Precision: precision}
	if saturated {
		return s.settle(value, x, precision)
	}
	// Near the limit y is known better than the distance by its smallness.
	target := int(precision)
	if x.near && s.limit != nil {
		drop := exponent(s.limit.z) - x.distance.Mid().MantExp(nil)
		target = max(target-max(drop, 0), 48)
	}
	accuracy := guessBits
	if quick {
		accuracy = quickBits
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		level := target // each step triples the accuracy, but for a few bits
		for level > 3*accuracy-8 {
			level = level/3 + 4
		}
		work := levelBits(level, precision)
		next, err := s.newton(t, x, accuracy, work)
		// From a start far away the parts of κt cancel: more bits until it narrows.
		for work < precision && (!quick || value.Refinements > 0) && (errors.Is(err, ErrPrecision) || err == nil && next.distance.RelativeAccuracyBits() < accuracy+8) {
			work = min(2*work, precision)
			next, err = s.newton(t, x, accuracy, work)
		}
		if err != nil && quick && value.Refinements == 0 {
			return nil, errGuess
		}
		if err != nil {
			return nil, err
		}
		value.Refinements++
		reached := next.distance.RelativeAccuracyBits()
		if reached >= target-24 || level == target && reached < accuracy+8 {
			return s.settle(value, next, precision)
		}
		if reached < accuracy+8 {
			return nil, fmt.Errorf("%w: Newton's method does not narrow", ErrPrecision)
		}
		x = point{next.near, s.work.New(uint(reached) + 8).Midpoint(next.distance)}
		accuracy = reached - 4
	}
}

// levelBits returns a working precision for an accuracy, one of a few.
func levelBits(accuracy int, top uint) uint { return min(top, (uint(accuracy)+32+63)/64*64) }

// roundedUp makes the radius of an interval one of its rounded ends, too.
var roundedUp = big.NewFloat(1 + 0x1p-20)

// newton proves that the solution is within 2^−accuracy of x, relative to it,
// and returns it narrowed.
func (s *Solver) newton(t *big.Rat, x point, accuracy int, precision uint) (point, error) {
	f, err := s.fractionsAt(precision)
	if err != nil {
		return x, err
	}
	m := &s.work
	middle := x.distance.Mid()
	radius := new(big.Float).SetMantExp(middle, -accuracy)
	low := new(big.Float).SetPrec(uint(accuracy)+96).Sub(middle, radius)
	high := new(big.Float).SetPrec(uint(accuracy)+96).Add(middle, radius)
	radius.Mul(radius, roundedUp)
	box := point{x.near, m.New(uint(accuracy)+64).SetInterval(low, high)}
	short := min(uint(accuracy)+48, precision)
	at, around := f.place(x, precision), f.place(box, short)
	miss := f.timeAt(x, at)
	miss.Sub(miss, s.kappa(t, precision))
	speed := f.speed(at, min(2*short, precision))
	bend := f.bend(around, short)
	step := m.New(precision).Mul(miss, f.around(speed, bend, radius))
	if x.near { // κt falls with the distance from the limit
		step.Neg(step)
	}
	next := point{x.near, m.New(precision)}
	next.distance.Sub(x.distance, step)
	if !next.distance.IsFinite() || next.distance.Lower().Cmp(low) < 0 || next.distance.Upper().Cmp(high) > 0 {
		return x, fmt.Errorf("%w: no solution proved near the approximation", ErrPrecision)
	}
	if !x.near && f.limit != nil {
		if sign, ok := m.New(64).Sub(f.length, box.distance).Sign(); !ok || sign <= 0 {
			return x, fmt.Errorf("%w: the approximation may lie beyond the limit", ErrPrecision)
		}
	}
	// The solution exists in X: now the next order, with M = |d(κt)/dy|,
	//
	//	x = x_0 ∓ h/M(x_0) − (h²/2)·(M'/M³)(X)·M·dy/dx,  h = κt(x_0) − κT
	bend.Mul(bend, m.New(short).Sqr(step))
	bend.MulPow2(bend, -1)
	if x.near != (f.direction < 0) { // y falls as x grows
		bend.Neg(bend)
	}
	step.Mul(miss, speed)
	if x.near {
		step.Neg(step)
	}
	third := m.New(precision).Sub(x.distance, step)
	third.Sub(third, bend)
	if third.IsFinite() && third.RelativeAccuracyBits() > next.distance.RelativeAccuracyBits() {
		next.distance = third
	}
	return next, nil
}

// settle turns an enclosed distance into the value.
func (s *Solver) settle(value *Value, x point, precision uint) (*Value, error) {
	f, err := s.fractionsAt(precision)
	if err != nil {
		return nil, err
	}
	at := f.place(x, precision)
	value.Y, value.LogY = ball.New(precision).Set(at.y), ball.New(precision).Set(f.logarithm(x, at))
	return value, nil
}

// guess approximates the solution to about guessBits. If it is nearer to its
// limit than the precision shows, and that is proved, saturated is true and x
// encloses the distance.
func (s *Solver) guess(ctx context.Context, t *big.Rat, precision uint, quick bool) (x point, saturated bool, err error) {
	work := min(precision, 128)
	if quick {
		f, err := s.fractionsAt(work)
		if err != nil {
			return x, false, err
		}
		x, u, ok := f.quickGuess(s.kappa(t, work))
		if ok && (s.limit == nil || u < float64(precision)) {
			return x, false, nil
		}
	}
	for ; ; work = min(2*work, precision) {
		x, saturated, err = s.search(ctx, t, work, precision)
		if err == nil || work == precision || !errors.Is(err, ErrPrecision) {
			return x, saturated, err
		}
	}
}

// At ratio r = |y − 1|/|y* − y|, or r = |y − 1| without a limit, the solution is
// at
//
//	|y − 1| = L·r/(1 + r),  |y* − y| = L/(1 + r),  L = |y* − 1|
func (f *fractions) atRatio(r *ball.Ball) point {
	p, m := f.precision, f.space
	if f.limit == nil {
		return point{false, m.New(p).Set(r)}
	}
	sum, d := m.New(p).AddInt64(r, 1), m.New(p)
	if r.Mid().MantExp(nil) <= 0 { // r < 1
		return point{false, d.Mul(f.length, d.Quo(r, sum))}
	}
	return point{true, d.Quo(f.length, sum)}
}

// search brackets the solution between two powers of 2 of the ratio, then
// bisects. Nothing is proved of x unless saturated.
func (s *Solver) search(ctx context.Context, t *big.Rat, work, precision uint) (x point, saturated bool, err error) {
	f, err := s.fractionsAt(work)
	if err != nil {
		return x, false, err
	}
	m, target := &s.work, s.kappa(t, work)
	// reached returns the sign of κt − κT at ratio r, by midpoints.
	reached := func(r *ball.Ball) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		time := f.time(f.atRatio(r))
		if !time.IsFinite() || time.RelativeAccuracyBits() < guessBits+10 {
			return 0, fmt.Errorf("%w: the time at a point", ErrPrecision)
		}
		return time.Mid().Cmp(target.Mid()), nil
	}
	power := func(e int) *ball.Ball { return m.New(64).MulPow2(m.New(64).SetInt64(1), e) }
	if s.limit != nil { // as near to the limit as the precision shows?
		nearest := f.atRatio(power(int(precision) + 8))
		time := f.time(nearest)
		if sign, ok := time.Sub(time, target).Sign(); ok && sign < 0 {
			return point{true, m.New(precision).SetInterval(new(big.Float), nearest.distance.Upper())}, true, nil
		}
	}
	low, high := 0, 0 // the solution is between 2^low and 2^high
	side, err := reached(power(0))
	if err != nil {
		return x, false, err
	}
	ahead, behind, sign := &high, &low, 1
	if side > 0 {
		ahead, behind, sign = &low, &high, -1
	}
	for step := 1; ; step *= 2 {
		e := sign * step
		if s.limit != nil && e > int(precision)+16 {
			high = int(precision) + 16
			break
		}
		if step > 1<<28 {
			return x, false, fmt.Errorf("%w: the logarithm of y is too large, or the solution ends before", ErrEnd)
		}
		now, err := reached(power(e))
		if err != nil {
			return x, false, err
		}
		*ahead = e
		if now != side {
			break
		}
		*behind = e
	}
	for high-low > 1 {
		middle := (low + high) / 2
		now, err := reached(power(middle))
		if err != nil {
			return x, false, err
		}
		if now > 0 {
			high = middle
		} else {
			low = middle
		}
	}
	return f.bisect(power(low), power(high), reached)
}

// bisect narrows a bracket of ratios.
func (f *fractions) bisect(low, high *ball.Ball, reached func(*ball.Ball) (int, error)) (point, bool, error) {
	for range guessBits + 3 {
		middle := f.space.New(64).Add(low, high)
		middle.MulPow2(middle, -1)
		now, err := reached(middle)
		if err != nil {
			return point{}, false, err
		}
		if now > 0 {
			high = middle
		} else {
			low = middle
		}
	}
	x := f.atRatio(low)
	x.distance.Midpoint(x.distance)
	return x, false, nil
}
