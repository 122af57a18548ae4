package prove

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"muflow/internal/portable"
	"muflow/ode/ball"
)

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
