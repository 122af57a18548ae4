package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"muflow/internal/portable"

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

// maxPieces is how many pieces firstZero takes.
const maxPieces = 20_000

// A search is a way up, on which f > 0 is to be proved.
type search struct {
	field scalarField
	least func(x *ball.Ball) *big.Float // bounds f from below, nil without a bound
	// One of end and beyond may be nil; beyond, asked at points far out, says that
	// f > 0 from there on.
	end    *big.Float
	beyond func(*big.Float) int
}

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
	for range maxPieces {
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
			took := ball.New(precision).SetFloat(new(big.Float).Sub(next, x))
			time.Add(time, took.Quo(took, ball.New(precision).SetFloat(least)))
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
	return nil, fmt.Errorf("%w at %.6g with %d pieces", errSign, x, maxPieces)
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

// travel encloses where the flow x' = f(x), f > 0 at the start, is at a time,
// to so many digits or as far as the start and the field allow. limit holds the
// zero that the flow tends to, nil if there is none; f falls near it.
//
//	t = ∫ dx/f(x), cell by cell:  ∫_{−r}^{r} (Σ_{k<K} g_k s^k + G_K s^K) ds,  g = 1/f, G_K over the cell
//
// and from some point on all the way to the zero z, with s = x − z and s/f in
// the place of g. A trajectory that passes M at a time within w of t is within
// w·sup f of M at t.
// Encloses the exact value for every point of the inputs.
func (f scalarField) travel(ctx context.Context, start *ball.Ball, time *big.Rat, limit *ball.Ball, digits int) (*ball.Ball, error) {
	ends, err := f.travelTo(ctx, start, []*big.Rat{time}, limit, digits, 6)
	if err != nil {
		return nil, err
	}
	return ends[0], nil
}

// travelTo is travel for several times, in ascending order, and with an order to
// begin with, which is even.
func (f scalarField) travelTo(ctx context.Context, start *ball.Ball, times []*big.Rat, limit *ball.Ball, digits, order int) ([]*ball.Ball, error) {
	precision := ball.Bits(digits) + 64
	j := &journey{field: f, precision: precision, limit: limit, start: start}
	for _, t := range times {
		j.times = append(j.times, ball.New(precision).SetRat(t))
	}
	var best []*ball.Ball
	for j.order = order; j.order <= 192; {
		ends, err := j.run(ctx)
		if err != nil {
			return nil, err
		}
		if best == nil {
			best = make([]*ball.Ball, len(ends))
		}
		missing, reach := 0, math.MinInt // bits of those that another order may narrow, and more than 0; how wide they are
		for i, end := range ends {
			half := new(big.Float)
			if best[i] != nil {
				half.SetMantExp(best[i].Radius(), -1)
			}
			if best[i] != nil && end.Radius().Cmp(half) > 0 {
				continue // the inputs allow no more
			}
			best[i] = end
			goal := parseTenth(digits)
			if size := new(big.Float).Abs(end.Mid()); size.Cmp(big.NewFloat(1)) > 0 {
				goal.Mul(goal, size)
			}
			if end.Radius().Cmp(goal) >= 0 {
				missing, reach = max(missing, 1, end.Radius().MantExp(nil)-goal.MantExp(nil)), max(reach, end.Radius().MantExp(nil))
			}
		}
		if missing == 0 {
			break
		}
		// Errors of the method are about 2^{−3K/2} and less.
		more := max(4, missing/3*2+2)
		if wide := start.Radius(); wide.Sign() > 0 && reach < wide.MantExp(nil)+8 { // this one may be that of the start
			more = min(more, j.order)
		}
		j.order += more
	}
	return best, nil
}

// parseTenth returns about 10^−n.
func parseTenth(n int) *big.Float {
	z := new(big.Float).SetPrec(64).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil))
	return z.Quo(big.NewFloat(1), z)
}

// A journey is a run of travel at one order.
type journey struct {
	field        scalarField
	order        int // even
	precision    uint
	start, limit *ball.Ball
	times, ends  []*ball.Ball
	time         *ball.Ball // the next one
}

func (j *journey) number() *ball.Ball { return ball.New(j.precision) }

func (j *journey) at(x *big.Float) *ball.Ball { return j.number().SetFloat(x) }

// arrive notes where the flow is at the next time, and reports whether that was the last.
func (j *journey) arrive(end *ball.Ball) bool {
	if j.ends = append(j.ends, end); len(j.ends) == len(j.times) {
		return true
	}
	j.time = j.times[len(j.ends)]
	return false
}

func (j *journey) run(ctx context.Context) ([]*ball.Ball, error) {
	j.ends, j.time = nil, j.times[0]
	low := j.start.Lower() // a point that is not reached after the next time
	x := new(big.Float).SetMode(big.ToNegativeInf).SetPrec(j.precision).Set(low)
	from := new(big.Float).SetMode(big.ToPositiveInf).SetPrec(j.precision).Set(j.start.Upper()) // no start is above
	elapsed := j.number()                                                                       // when x is passed, from the lowest start while x is not above all
	inside := x.Cmp(from) < 0
	r, tried, most := 1./16, math.Inf(1), math.Inf(1) // half of the next cell, at most after one that failed
	for range maxPieces {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if before(elapsed, j.time) {
			low = x
		}
		if inside && x.Cmp(from) >= 0 {
			inside = false
			elapsed.SetInterval(new(big.Float), elapsed.Upper())
		}
		for !inside && before(j.time, elapsed) {
			if j.arrive(j.number().SetInterval(low, x)) {
				return j.ends, nil
			}
			if before(elapsed, j.time) {
				low = x
			}
		}
		distance := math.Inf(1)
		if j.limit != nil {
			distance, _ = new(big.Float).Sub(j.limit.Lower(), x).Float64()
		}
		if !inside && distance < min(16*r, tried/2) && before(elapsed, j.time) {
			tried = distance
			if tail := j.tail(x); tail != nil {
				for !j.arrive(tail.stop(j, elapsed, j.limit.Upper())) {
				}
				return j.ends, nil
			}
		}
		r = min(r, most, distance/4)
		length, crossing := r, false // of half the cell, which ends where no start is above
		if inside {
			width, _ := new(big.Float).Sub(from, x).Float64()
			if least := float64(width/2) + 1e-300; least < r {
				length, crossing = least, true
			}
		}
		cell := j.cell(x, length)
		if cell == nil {
			if r, most = 0.6*length, 0.8*length; !(r > 1e-300 && r > 1e-4*min(distance, 1)) {
				break
			}
			continue
		}
		for !inside && before(elapsed, j.time) {
			end := cell.stop(j, elapsed, nil)
			if end == nil {
				break
			}
			if j.arrive(end) {
				return j.ends, nil
			}
		}
		x, elapsed = cell.high, j.number().Add(elapsed, cell.took(j, cell.high))
		if !crossing {
			r, most = r*cell.factor, 1.05*most
		}
	}
	if j.limit == nil {
		return nil, fmt.Errorf("%w at %.6g", errSign, x)
	}
	for !j.arrive(j.number().SetInterval(low, j.limit.Upper())) {
	}
	return j.ends, nil
}

// before reports whether x < y is proved.
func before(x, y *ball.Ball) bool { return x.Upper().Cmp(y.Lower()) < 0 }

// A stretch is a cell of a journey: 1/f about its middle, or s/f about the zero.
type stretch struct {
	low, high *big.Float
	origin    *ball.Ball // of s = x − origin
	pole      *ball.Ball // factor of log |s|, nil without
	primitive []*ball.Ball
	factor    float64 // of the next width
}

// took encloses ∫ dx/f from the low end to a point of the cell.
func (s *stretch) took(j *journey, to *big.Float) *ball.Ball {
	primitive := func(x *big.Float) *ball.Ball {
		h := j.at(x)
		h.Sub(h, s.origin)
		sum := j.number().EvalPolynomial(s.primitive, h)
		if s.pole != nil {
			h.Log(h.Neg(h))
			sum.Add(sum, h.Mul(h, s.pole))
		}
		return sum
	}
	return primitive(to).Sub(primitive(to), primitive(s.low))
}

// cell returns the cell of half width r from x on, nil if f > 0 is not proved
// on it or the remainder is too large.
func (j *journey) cell(x *big.Float, r float64) *stretch {
	point := func(h float64) *big.Float {
		return new(big.Float).SetPrec(j.precision).Add(x, big.NewFloat(h))
	}
	s := &stretch{low: x, high: point(2 * r), origin: j.at(point(r))}
	over := j.field(j.number().SetInterval(s.low, s.high), j.order)
	about := func() []*ball.Ball { return append(j.field(s.origin, j.order-1), j.number()) }
	if sign, ok := over[0].Sign(); !ok || sign <= 0 || !s.expand(j, about, over, r, 1) {
		return nil
	}
	return s
}

// tail returns the stretch from x to the zero, nil if the expansion about the zero
// does not reach as far as x.
func (j *journey) tail(x *big.Float) *stretch {
	s := &stretch{low: x, high: j.limit.Lower(), origin: j.limit}
	r, _ := new(big.Float).Sub(j.limit.Upper(), x).Float64()
	over := j.field(j.number().SetInterval(x, j.limit.Upper()), j.order+1)
	about := func() []*ball.Ball { return append(j.field(j.number().Set(j.limit), j.order), j.number())[1:] }
	if sign, ok := over[1].Sign(); !ok || sign >= 0 || !s.expand(j, about, over[1:], r, 0) {
		return nil
	}
	return s
}

// expand divides: 1/f from f about the origin and over the cell, times
// s^{power−1}; false if the remainder is too large, for which f about the origin
// is not needed.
func (s *stretch) expand(j *journey, about func() []*ball.Ball, over []*ball.Ball, r float64, power int) bool {
	t := newTaylor(j.precision, j.order)
	one, wide, inverse := t.zero(), t.zero(), t.zero()
	one[0].SetInt64(1)
	t.quo(wide, one, over)
	if !wide[j.order].IsFinite() {
		return false
	}
	// The remainder is to be 2^{−2K} of the first term.
	remainder := j.number().Abs(wide[j.order]).Upper()
	accuracy := -over[0].Mid().MantExp(nil) - remainder.MantExp(nil) - int(float64(j.order)*portable.Log2(r))
	if remainder.Sign() == 0 {
		accuracy = 4 * j.order
	}
	if s.factor = min(2, portable.Exp2(float64(accuracy-2*j.order)/float64(j.order))); s.factor < 0.7 {
		return false
	}
	if t.quo(inverse, one, about()); !inverse[0].IsFinite() {
		return false
	}
	inverse[j.order] = wide[j.order]
	s.primitive = []*ball.Ball{j.number()}
	for k, c := range inverse {
		switch {
		case k+power == 0:
			s.pole = c
		default:
			s.primitive = append(s.primitive, j.number().QuoInt64(c, int64(k+power)))
		}
	}
	return true
}

// stop encloses where the flow that is at the low end at a time elapsed, before
// the end of the journey, is at its end: between two points that are passed
// before and after, at most beyond if that is never passed. nil if it leaves the
// cell before.
func (s *stretch) stop(j *journey, elapsed *ball.Ball, beyond *big.Float) *ball.Ball {
	left := j.number().Sub(j.time, elapsed)
	late := func(x *big.Float) *ball.Ball { return j.number().Sub(left, s.took(j, x)) } // time − when x is passed
	low, high := s.low, s.high
	for range j.precision {
		middle := halfway(low, high, j.precision)
		if off := late(middle); off.IsFinite() && off.Mid().Sign() > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	bound := func(x *big.Float, sign int, most *big.Float) *big.Float {
		for gap := new(big.Float).SetMantExp(big.NewFloat(float64(-sign)), -int(j.precision)); ; gap.SetMantExp(gap, 1) {
			to := new(big.Float).SetPrec(j.precision).Add(x, gap)
			if (to.Cmp(most) < 0) != (sign < 0) {
				return nil
			}
			if off := late(to); off.IsFinite() && (off.Lower().Sign() > 0 && sign > 0 || off.Upper().Sign() < 0 && sign < 0) {
				return to
			}
		}
	}
	first, last := bound(low, 1, s.low), bound(high, -1, s.high)
	if first == nil {
		first = s.low
	}
	if last == nil {
		last = beyond
	}
	if last == nil {
		return nil
	}
	return j.number().SetInterval(first, last)
}
