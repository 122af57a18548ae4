package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode/ball"
)

// A scalarField is the right-hand side of x' = f(x): Taylor coefficients c_0 …
// c_order of f in x, each enclosed at every point of a ball, with the ball's
// precision.
type scalarField func(x *ball.Ball, order int) []*ball.Ball

// turned returns the field of −x, sign·f(−x): with sign −1 the flow seen from
// the other side, with 1 the values on the way down.
func (f scalarField) turned(sign int) scalarField {
	return func(x *ball.Ball, order int) []*ball.Ball {
		c := f(ball.New(x.Prec()).Neg(x), order)
		for k := range c {
			if (k%2 != 0) != (sign < 0) {
				c[k].Neg(c[k])
			}
		}
		return c
	}
}

func (f scalarField) signAt(x *big.Float, precision uint) int {
	sign, _ := f(ball.New(precision).SetFloat(x), 0)[0].Sign()
	return sign
}

// positive returns a number > 0 that f is above on all of [low, high], nil if
// that is not proved.
//
//	f(m+s) ∈ c_0 + c_1 s + c_2 s² + C_3 s³,   C_3 over the whole interval
func (f scalarField) positive(low, high *big.Float, precision uint) *big.Float {
	const order = 3
	box := ball.New(precision).SetInterval(low, high)
	over := f(box, 0)[0]
	least := over.Lower()
	if third := over.Upper(); least.Sign() > 0 && least.Cmp(third.Quo(third, big.NewFloat(3))) > 0 {
		return least
	}
	middle := ball.New(precision).Midpoint(box)
	c := f(middle, order-1)
	if sign, ok := c[0].Sign(); !ok || sign <= 0 {
		return nil
	}
	c = append(c, f(box, order)[order])
	if better := ball.New(precision).EvalPolynomial(c, ball.New(precision).Sub(box, middle)).Lower(); better.Cmp(least) > 0 {
		least = better
	}
	if least.Sign() <= 0 {
		return nil
	}
	return least
}

// A bracket holds one zero of a field that falls on all of it: f(low) > 0 >
// f(high).
type bracket struct {
	low, high *big.Float
	time      *ball.Ball // ≥ the time that the flow takes to low, nil if unknown
	slope     *ball.Ball // f' on all of it
}

// end encloses where the flow is at a time, with the zero z known: from low on
// z − x falls at least as fast as e^{t·max f'}. nil if low may not be reached.
func (b *bracket) end(zero *ball.Ball, time *big.Rat) *ball.Ball {
	precision := zero.Prec()
	left := ball.New(precision).SetRat(time)
	if b.time == nil || !before(b.time, left) {
		return nil
	}
	left.Sub(left, b.time)
	gap := ball.New(precision).SetFloat(left.Lower())
	gap.Mul(gap, ball.New(precision).SetFloat(b.slope.Upper()))
	gap.Exp(gap)
	gap.Mul(gap, ball.New(precision).Sub(zero, ball.New(precision).SetFloat(b.low)))
	return gap.SetInterval(gap.Sub(zero, gap).Lower(), zero.Upper())
}

// errSign says that a sign was not proved with the pieces that are allowed.
var errSign = errors.New("the sign of the drift is not decided")

// Bounds of the pieces that firstZero takes: maxPieces of a cheap field, and of others as
// many as have the cost pieceWork together, but fewPieces of any.
const (
	maxPieces = 20_000
	fewPieces = 1000
	pieceWork = 500_000
)

// A search is a way up, on which f > 0 is to be proved.
type search struct {
	field scalarField
	least func(x *ball.Ball) *big.Float // bounds f from below, nil without a bound
	// One of end and beyond may be nil; beyond, asked at points far out, says that
	// f > 0 from there on.
	end    *big.Float
	beyond func(*big.Float) int
	cost   int // of a piece; 0 for a field that is cheap
}

// pieces returns how many pieces the search may take.
func (s *search) pieces() int { return min(maxPieces, max(fewPieces, pieceWork/max(1, s.cost))) }

// firstZero goes up from a start, with f > 0 on all of it, and returns a bracket
// of the first zero, all proved: nil if there is none up to the end, or none at
// all. Pieces are as long as the bounds of f allow, and where they do not, as
// far as Newton's step is, however near that may be.
func (s *search) firstZero(ctx context.Context, start *ball.Ball) (*bracket, error) {
	const precision = 64
	x := start.Lower()
	short := func() *big.Float { return new(big.Float).SetPrec(32) } // with 0 it makes an exact ball
	h, asked, time := short().SetFloat64(1./16), 1., ball.New(precision)
	if s.field.signAt(x, precision) <= 0 {
		return nil, fmt.Errorf("%w at the start %.6g", errSign, x)
	}
	for range s.pieces() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		at, _ := x.Float64()
		if s.beyond != nil && at > 1.1*asked {
			asked = at
			if s.beyond(x) > 0 {
				return nil, nil
			}
		}
		next := short().Add(x, h)
		if x.Sign() < 0 && next.Sign() > 0 {
			next = new(big.Float)
		}
		if s.end != nil && next.Cmp(s.end) > 0 {
			next = s.end
		}
		if next.Cmp(x) <= 0 || h.MantExp(nil) > 300 {
			break
		}
		if least := s.positive(x, next, precision); least != nil {
			time.Add(time, longest(x, next, least, precision))
			if s.end != nil && next.Cmp(s.end) >= 0 {
				return nil, nil
			}
			x = next
			h.Mul(h, big.NewFloat(1.5))
			continue
		}
		step := s.field.newton(x, precision)
		if step != nil && step.Cmp(short().SetMantExp(h, 4)) < 0 {
			if found := s.field.closing(x, step, precision); found != nil {
				if found.low.Cmp(start.Upper()) < 0 && (found.high.Cmp(start.Upper()) <= 0 || s.field.signAt(start.Upper(), precision) <= 0) {
					break
				}
				if s.end != nil && found.high.Cmp(s.end) > 0 {
					switch s.field.signAt(s.end, precision) {
					case 1:
						return nil, nil
					case 0:
						return nil, fmt.Errorf("%w at %.6g", errSign, s.end)
					}
					found.high = s.end
				}
				found.time = time
				return found, nil
			}
		}
		h.SetMantExp(h, -1)
		if step != nil && step.Cmp(short().SetMantExp(h, -2)) < 0 {
			h.SetMantExp(step, -1)
		}
	}
	return nil, fmt.Errorf("%w at %.6g with %d pieces", errSign, x, s.pieces())
}

// positive returns a number > 0 that f is above on all of [low, high], nil if
// that is not proved.
func (s *search) positive(low, high *big.Float, precision uint) *big.Float {
	if s.least != nil {
		if least := s.least(ball.New(precision).SetInterval(low, high)); least.Sign() > 0 && !least.IsInf() {
			return least
		}
	}
	return s.field.positive(low, high, precision)
}

// longest encloses the time (high − low)/least, at most which a field takes that
// is above a number > 0 from low to high.
func longest(low, high, least *big.Float, precision uint) *ball.Ball {
	number := func(x *big.Float) *ball.Ball { return ball.New(precision).SetFloat(x) }
	way := ball.New(precision).Sub(number(high), number(low))
	return way.Quo(way, number(least))
}

// newton returns twice the length of Newton's step from a point up, nil if f is
// not positive or does not fall there.
func (f scalarField) newton(x *big.Float, precision uint) *big.Float {
	c := f(ball.New(precision).SetFloat(x), 1)
	step := ball.New(precision).Quo(c[0], c[1].Neg(c[1]))
	if sign, ok := step.Sign(); !ok || sign <= 0 {
		return nil
	}
	twice := new(big.Float).SetPrec(32).SetMode(big.ToPositiveInf).SetMantExp(step.Mid(), 1)
	return twice.SetMode(big.ToNearestEven)
}

// closing proves that f falls through its one zero on an interval from x on, of
// a length.
func (f scalarField) closing(x, length *big.Float, precision uint) *bracket {
	high := new(big.Float).SetPrec(precision).Add(x, length)
	box := ball.New(precision).SetInterval(x, high)
	slope := f(box, 1)[1]
	if sign, ok := slope.Sign(); !ok || sign >= 0 || f.signAt(x, precision) <= 0 || f.signAt(high, precision) >= 0 {
		return nil
	}
	return &bracket{low: x, high: high, slope: slope}
}

// monotoneZero brackets the one zero of a field that falls everywhere and has a
// zero, by signs.
func (f scalarField) monotoneZero() (*bracket, error) {
	for precision := uint(128); precision <= 1<<13; precision *= 2 {
		found := &bracket{low: big.NewFloat(-1), high: big.NewFloat(1)}
		settled := true
		for _, end := range []struct {
			x    *big.Float
			sign int
		}{{found.low, 1}, {found.high, -1}} {
			for n := 0; n < 64 && f.signAt(end.x, precision) == -end.sign; n++ {
				end.x.SetMantExp(end.x, 1)
			}
			settled = settled && f.signAt(end.x, precision) == end.sign
		}
		if settled {
			return found, nil
		}
	}
	return nil, fmt.Errorf("%w far out", errSign)
}

// refine encloses the zero in a bracket to so many digits (where it is not told
// from 0, of the bracket), or as far as an uncertain field allows: f > 0 > f at the ends of the result,
// whatever the field in its enclosure is.
//
// Encloses the exact value for every point of the inputs.
func (f scalarField) refine(ctx context.Context, in *bracket, digits int) (*ball.Ball, error) {
	in = f.magnified(in, ball.Bits(digits)+64)
	for precision := ball.Bits(digits) + 64; ; precision *= 2 {
		zero, err := f.refineAt(ctx, in, digits, precision)
		if err != nil || zero.RelativeAccuracyBits() >= int(ball.Bits(digits))-6 || precision > 4*(ball.Bits(digits)+64) {
			return zero, err
		}
	}
}

// magnified returns a bracket that is on one side of 0, and ends within twice
// the exponent of its zero, where signs show it.
func (f scalarField) magnified(in *bracket, precision uint) *bracket {
	low, high := in.low, in.high
	if low.Sign() < 0 && high.Sign() > 0 {
		switch zero := new(big.Float); f.signAt(zero, precision) {
		case 1:
			low = zero
		case -1:
			high = zero
		}
	}
	for n := 1; n <= 1<<24 && low.Sign()*high.Sign() == 0; n *= 2 {
		x := new(big.Float).SetMantExp(high, -n)
		if high.Sign() == 0 {
			x.SetMantExp(low, -n)
		}
		sign := f.signAt(x, precision)
		switch {
		case sign > 0:
			low = x
		case sign < 0:
			high = x
		default:
			return &bracket{low: low, high: high}
		}
	}
	return &bracket{low: low, high: high}
}

func (f scalarField) refineAt(ctx context.Context, in *bracket, digits int, precision uint) (*ball.Ball, error) {
	low, high := in.low, in.high
	x := halfway(low, high, precision)
	floor := x.MantExp(nil) - int(precision)/2 // below it is not told from 0
	for range 4 * int(precision) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := f(ball.New(precision).SetFloat(x), 1)
		value, slope := c[0].Mid(), c[1].Mid()
		if value.Sign() == 0 || !c[0].IsFinite() {
			break
		}
		if value.Sign() > 0 {
			low = x
		} else {
			high = x
		}
		next := halfway(low, high, precision)
		if slope.Sign() < 0 {
			step := new(big.Float).SetPrec(precision).Quo(value, slope)
			if newton := new(big.Float).SetPrec(precision).Sub(x, step); newton.Cmp(low) > 0 && newton.Cmp(high) < 0 {
				next = newton
			}
		}
		move := new(big.Float).Sub(next, x)
		x = next
		if move.Sign() == 0 || move.MantExp(nil) < max(x.MantExp(nil), floor)-int(precision)+32 {
			break
		}
	}
	size := floor
	if x.Sign() != 0 {
		size = max(size, x.MantExp(nil))
	}
	radius := new(big.Float).SetPrec(64).SetMantExp(big.NewFloat(1), size-int(ball.Bits(digits)))
	for range 2 * int(precision) {
		a, b := new(big.Float).SetPrec(precision).Sub(x, radius), new(big.Float).SetPrec(precision).Add(x, radius)
		if a.Cmp(in.low) < 0 {
			a = in.low
		}
		if b.Cmp(in.high) > 0 {
			b = in.high
		}
		if f.signAt(a, precision) > 0 && f.signAt(b, precision) < 0 {
			return ball.New(precision).SetInterval(a, b), nil
		}
		radius.SetMantExp(radius, 1)
	}
	return nil, fmt.Errorf("%w around %.6g", errSign, x)
}
