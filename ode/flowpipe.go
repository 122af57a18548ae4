package ode

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sort"

	"muflow/internal/fixed"
	"muflow/ode/ball"
)

// slices is the number of equal parts of a step over which boxes are kept.
const slices = 8

// A tube encloses all solutions of one step: for 0 ≤ τ ≤ length
//
//	x_i(τ) ∈ Σ_{k<N} rows[i][k] τ^k + remainder[i] (τ/length)^N ± weight_i·spread·e^{Λ(τ)}
//
// where Λ(τ) = ∫_0^τ λ, with the constant growth[j]/(length/slices) on slice j;
// or, with fractions p in place of rows and σ = τ/length,
//
//	x_i(τ) ∈ p_i(σ) ± weight_i·(spread·e^{Λ(τ)} + roundoff·σ + cutoff·σ^{N+1})
//
// With a shape, the spread is that of the image of the middle alone, start, and
// the deviation is added; the narrower of the two counts for each unknown.
type tube struct {
	from, length     *big.Rat
	rows             [][]*ball.Ball
	remainder        []*ball.Ball
	fractions        []*fixed.Polynomial
	roundoff, cutoff *big.Float
	spread           *big.Float    // of the start, in the norm
	growth           []float64     // upper bounds of ∫λ over each slice
	boxes            [][]*interval // boxes[j][i] contains x_i during slice j
	shape            *shape        // of the start, if not nil
	start            *big.Float    // of the middle, in the norm
	deviation        *deviation
}

// rise bounds how far ∫λ rises over all slices, 0 if it falls.
func (s *tube) rise() float64 {
	rise := 0.0
	for _, growth := range s.growth {
		rise = up(rise + max(0, growth))
	}
	return rise
}

// A Flowpipe encloses every solution that starts in a set, at every time up to
// its end. It is a proof that these solutions exist until then. It is
// immutable and may be shared. The set may be cut into parts, each with its
// own flowpipe.
type Flowpipe struct {
	system   *System
	program  *program
	settings FlowSettings
	work     int64
	weights  []*ball.Ball
	status   Status
	tubes    []tube
	made     int                                       // steps
	first    *big.Float                                // spread of the first one
	forgets  bool                                      // all tubes but the last
	visit    func(step *Flowpipe, from *big.Rat) error // each step, may be nil
	reached  *big.Rat
	start    []*ball.Ball
	middle   []*big.Float // the set at the end: middle ± spread in the norm
	spread   *big.Float
	shape    *shape      // or the shape about the middle, if not nil
	parts    []*Flowpipe // in place of tubes
}

// Until returns the time up to which the flowpipe is proved.
func (p *Flowpipe) Until() *big.Rat { return new(big.Rat).Set(p.reached) }

// Steps returns the number of steps, of all parts.
func (p *Flowpipe) Steps() int {
	steps := p.made
	for _, part := range p.parts {
		steps += part.Steps()
	}
	return steps
}

// Parts returns the number of parts into which the set of starts was cut.
func (p *Flowpipe) Parts() int { return max(1, len(p.parts)) }

// Work returns the units of work that the flowpipe took, of all parts and of those
// that were given up, 0 if there is none: about ten nanoseconds each, foretold from the numbers of
// operations of its steps and so the same on every machine.
func (p *Flowpipe) Work() int64 {
	if p == nil {
		return 0
	}
	return p.work
}

// Order returns the order of the remainders.
func (p *Flowpipe) Order() int { return p.settings.Order }

// Precision returns the working precision in bits.
func (p *Flowpipe) Precision() uint { return p.settings.Precision }

var errForgotten = errors.New("a time that the flowpipe has left behind")

// locate returns the tube that holds t, nil for the very end.
func (p *Flowpipe) locate(t *big.Rat) (*tube, error) {
	if t == nil || t.Sign() < 0 || t.Cmp(p.reached) > 0 {
		return nil, fmt.Errorf("a time outside the %v flowpipe", p.status)
	}
	i := sort.Search(len(p.tubes), func(i int) bool { return p.tubes[i].from.Cmp(t) > 0 })
	switch {
	case t.Sign() == 0 || t.Cmp(p.reached) == 0:
		return nil, nil
	case i == 0 && p.parts == nil:
		return nil, errForgotten
	case i == 0:
		return nil, nil
	}
	return &p.tubes[i-1], nil
}

// At encloses the unknowns at a time in [0, Until]; it fails outside.
//
// Encloses the exact value for every point of the inputs.
func (p *Flowpipe) At(t *big.Rat) ([]*ball.Ball, error) { return p.reader().at(t) }

// A reader reads a flowpipe, mostly at times of one step after the other.
type reader struct {
	*Flowpipe
	rates *jet[*interval] // of the right-hand side over boxes, once it is needed
	tube  *tube           // the last one
	rows  [][]*ball.Ball  // the coefficients of its fractions
}

func (p *Flowpipe) reader() *reader { return &reader{Flowpipe: p} }

// coefficients are those of the fractions of a tube.
func (p *reader) coefficients(s *tube) [][]*ball.Ball {
	if p.tube == s {
		return p.rows
	}
	p.tube, p.rows = s, make([][]*ball.Ball, len(s.fractions))
	for i, polynomial := range s.fractions {
		p.rows[i] = make([]*ball.Ball, polynomial.Order()+1)
		for k := range p.rows[i] {
			p.rows[i][k] = ball.New(0).SetFloat(polynomial.Coefficient(k).Float())
		}
	}
	return p.rows
}

func (p *reader) at(t *big.Rat) ([]*ball.Ball, error) {
	s, err := p.locate(t)
	if err != nil {
		return nil, err
	}
	out := make([]*ball.Ball, p.system.Dimension)
	if t.Sign() == 0 {
		for i, x := range p.start {
			out[i] = ball.New(max(x.Prec(), p.settings.Precision)).Set(x)
		}
		return out, nil
	}
	if p.parts != nil {
		return p.union(func(part *Flowpipe) ([]*ball.Ball, error) { return part.At(t) })
	}
	if s == nil {
		var radii []*big.Float
		if p.shape != nil {
			radii, _ = radiiOf(p.shape.unit, p.shape.sides)
		}
		for i, m := range p.middle {
			out[i] = ball.New(p.settings.Precision).SetFloat(m).AddError(p.narrower(i, p.spread, radii))
		}
		return out, nil
	}
	field := newBalls()
	offset := new(big.Rat).Sub(t, s.from)
	part := new(big.Rat).Quo(offset, s.length)
	spread := s.spreadAt(s.spread, part)
	var radii []*big.Float
	if s.shape != nil {
		var fraction interval
		newIntervals().rational(&fraction, part)
		radii, _ = radiiOf(s.deviation.unit, s.deviation.at(&fraction))
		thin := s.spreadAt(s.start, part)
		for i := range radii {
			radii[i] = new(big.Float).SetPrec(firstBits).SetMode(big.ToPositiveInf).Add(radii[i], p.component(i, thin))
		}
	}
	at := ball.New(p.settings.Precision).SetRat(part)
	h := ball.New(p.settings.Precision).SetRat(offset)
	for i := range out {
		z := ball.New(p.settings.Precision)
		if s.fractions != nil {
			row := p.coefficients(s)[i]
			for k := len(row) - 1; k >= 0; k-- {
				z.Add(z.Mul(z, at), row[k])
			}
		} else {
			evaluate(field, z, h, s.rows[i])
			fraction := ball.New(firstBits).SetRat(part)
			fraction.PowInt(fraction, int64(p.settings.Order))
			z.Add(z, fraction.Mul(s.remainder[i], fraction))
		}
		out[i] = z.AddError(p.narrower(i, spread, radii))
	}
	return out, field.failure()
}

// narrower returns the smaller of two bounds of unknown i: by the norm, and by
// a shape if there are radii.
func (p *Flowpipe) narrower(i int, norm *big.Float, radii []*big.Float) *big.Float {
	bound := p.component(i, norm)
	if radii != nil && radii[i].Cmp(bound) < 0 {
		return radii[i]
	}
	return bound
}

// union joins what the parts give.
func (p *Flowpipe) union(of func(part *Flowpipe) ([]*ball.Ball, error)) ([]*ball.Ball, error) {
	var hull []*ball.Ball
	for _, part := range p.parts {
		box, err := of(part)
		if err != nil {
			return nil, err
		}
		hull = joined(hull, box)
	}
	return hull, nil
}

// joined returns a hull widened to contain a box too, the box for none.
func joined(hull, box []*ball.Ball) []*ball.Ball {
	if hull == nil {
		return box
	}
	for i := range hull {
		hull[i].Union(hull[i], box[i])
	}
	return hull
}

// component returns an upper bound of |x_i| where the norm of x is a bound.
func (p *Flowpipe) component(i int, norm *big.Float) *big.Float {
	return ball.New(firstBits).Mul(p.weights[i], ball.New(firstBits).SetFloat(norm)).Upper()
}

// spreadAt bounds the norm of the deviation after a fraction of the step, of
// starts that deviate by no more than given.
func (s *tube) spreadAt(start *big.Float, fraction *big.Rat) *big.Float {
	total, term, share := ball.New(firstBits), ball.New(firstBits), ball.New(firstBits)
	one, position := big.NewRat(1, 1), new(big.Rat).Mul(fraction, big.NewRat(slices, 1))
	for _, g := range s.growth {
		if position.Sign() <= 0 {
			break
		}
		if term.SetFloat64(g); position.Cmp(one) < 0 {
			term.Mul(share.SetRat(position), term)
		}
		total.Add(total, term)
		position.Sub(position, one)
	}
	total.Exp(total)
	total.Mul(total, ball.New(firstBits).SetFloat(start))
	if s.fractions != nil {
		at := ball.New(firstBits).SetRat(fraction)
		rest := ball.New(firstBits).Mul(at, ball.New(firstBits).SetFloat(s.roundoff))
		total.Add(total, rest)
		at.PowInt(at, int64(s.fractions[0].Order()+1))
		total.Add(total, at.Mul(at, ball.New(firstBits).SetFloat(s.cutoff)))
	}
	return total.Upper()
}

// Over encloses the unknowns at all times between two times in [0, Until].
//
//	x(t) ∈ x(c) + f(box)·(t − c),  c the middle of the part of a slice
//
// Encloses the exact value for every point of the inputs.
func (p *Flowpipe) Over(from, to *big.Rat) ([]*ball.Ball, error) {
	if from == nil || to == nil || from.Cmp(to) > 0 {
		return nil, errors.New("a time interval, expected from ≤ to")
	}
	if _, err := p.locate(from); err != nil {
		return nil, err
	}
	if _, err := p.locate(to); err != nil {
		return nil, err
	}
	if from.Cmp(to) == 0 {
		return p.At(from)
	}
	if p.parts != nil {
		return p.union(func(part *Flowpipe) ([]*ball.Ball, error) { return part.Over(from, to) })
	}
	var hull []*ball.Ball
	r := p.reader()
	err := p.pieces(from, to, func(s *tube, slice int, a, b *big.Rat) (bool, error) {
		box, err := r.over(s, slice, a, b)
		if err != nil {
			return false, err
		}
		hull = joined(hull, box)
		return true, nil
	})
	return hull, err
}

// pieces visits the pieces of [from, to] that lie in one slice each, in order,
// until visit returns false.
func (p *Flowpipe) pieces(from, to *big.Rat, visit func(s *tube, slice int, a, b *big.Rat) (bool, error)) error {
	i := sort.Search(len(p.tubes), func(i int) bool { return p.tubes[i].from.Cmp(from) > 0 })
	if i == 0 && len(p.tubes) > 0 {
		return errForgotten
	}
	for i = max(i-1, 0); i < len(p.tubes) && p.tubes[i].from.Cmp(to) < 0; i++ {
		s := &p.tubes[i]
		width := new(big.Rat).Mul(s.length, big.NewRat(1, slices))
		for slice := range slices {
			a := new(big.Rat).Mul(width, big.NewRat(int64(slice), 1))
			a.Add(a, s.from)
			b := new(big.Rat).Add(a, width)
			if a.Cmp(from) < 0 {
				a = from
			}
			if b.Cmp(to) > 0 {
				b = to
			}
			if a.Cmp(b) >= 0 {
				continue
			}
			if more, err := visit(s, slice, a, b); err != nil || !more {
				return err
			}
		}
	}
	return nil
}

// over encloses the unknowns during a part of a slice.
func (p *reader) over(s *tube, slice int, a, b *big.Rat) ([]*ball.Ball, error) {
	middle := new(big.Rat).Add(a, b)
	middle.Mul(middle, big.NewRat(1, 2))
	out, err := p.at(middle)
	if err != nil {
		return nil, err
	}
	if p.rates == nil {
		p.rates = newJet(p.program, arithmetic[*interval](newIntervals()), 0, uniform(firstBits))
	}
	half := ball.New(firstBits).SetRat(new(big.Rat).Sub(b, middle))
	p.rates.start(s.boxes[slice])
	if err := p.rates.field.(*intervals).failure(); err != nil {
		return nil, err
	}
	for i, x := range out {
		slope, _ := p.rates.output(i, 0)
		reach := ball.New(firstBits).SetFloat64(slope.magnitude())
		x.AddError(reach.Mul(reach, half).Upper())
	}
	return out, nil
}

// Observe encloses the value of an expression in the unknowns at a time in
// [0, Until]; it fails outside, and outside the domain of the expression.
//
// Encloses the exact value for every point of the inputs.
func (p *Flowpipe) Observe(x *Expr, t *big.Rat) (*ball.Ball, error) {
	state, err := p.At(t)
	if err != nil {
		return nil, err
	}
	return Evaluate(x, state, p.settings.Precision)
}

func (p *reader) observe(x *Evaluator, t *big.Rat) (*ball.Ball, error) {
	state, err := p.at(t)
	if err != nil {
		return nil, err
	}
	return x.At(state)
}

// eventPieces bounds into how many pieces Event cuts a slice.
const eventPieces = 64

// Event encloses the first time at which an expression in the unknowns reaches
// a level, for every solution in the flowpipe. It looks down to parts of
// relative size 10^−digits; the width of the result is what the flowpipe
// allows. It fails with ErrNoEvent where the level is proved not to be
// reached, and with ErrNotVerified where neither that nor a passage is proved,
// as at a start on the level or a touch without a passage.
//
// Encloses the exact value for every point of the inputs.
func (p *Flowpipe) Event(ctx context.Context, x *Expr, level *big.Rat, digits int) (*ball.Ball, error) {
	if level == nil || digits < 1 {
		return nil, errors.New("an event needs a level and at least one digit")
	}
	if p.parts != nil {
		return p.eventOfParts(ctx, x, level, digits)
	}
	g, err := NewEvaluator(x.Sub(Rational(level)), p.system.Dimension, p.settings.Precision)
	if err != nil {
		return nil, err
	}
	r := p.reader()
	start, err := r.observe(g, new(big.Rat))
	if err != nil {
		return nil, err
	}
	sign, ok := start.Sign()
	if !ok || sign == 0 {
		return nil, fmt.Errorf("%w: the start is not proved to be off the level", ErrNotVerified)
	}
	// clear reports whether the level is proved not to be reached in a part.
	clear := func(s *tube, slice int, a, b *big.Rat) (bool, error) {
		box, err := r.over(s, slice, a, b)
		if err != nil {
			return false, err
		}
		value, err := g.At(box)
		if err != nil {
			return false, nil // outside the domain on so large a part
		}
		found, ok := value.Sign()
		return ok && found == sign, nil
	}
	var found *ball.Ball
	err = p.pieces(new(big.Rat), p.reached, func(s *tube, slice int, a, b *big.Rat) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		for pieces := 0; ; pieces++ {
			if pieces > eventPieces { // the solution creeps up to the level
				return false, fmt.Errorf("%w: a slice in more than %d pieces", ErrNotVerified, eventPieces)
			}
			free, err := clear(s, slice, a, b)
			if err != nil {
				return false, err
			}
			if free {
				return true, nil
			}
			// The first half that is not clear, down to the least size.
			low, high := a, b
			for {
				width := new(big.Rat).Sub(high, low)
				if log2Rat(width) < log2Rat(high)-float64(float64(digits)*bitsPerDigit) {
					break
				}
				middle := new(big.Rat).Add(low, high)
				middle.Mul(middle, big.NewRat(1, 2))
				if free, err = clear(s, slice, low, middle); err != nil {
					return false, err
				}
				if free {
					low = middle
					if free, err = clear(s, slice, low, high); err != nil {
						return false, err
					}
					if free {
						break
					}
				} else {
					high = middle
				}
			}
			if free { // all of [a, high] is clear: go on behind it
				if high.Cmp(b) >= 0 {
					return true, nil
				}
				a = high
				continue
			}
			found, err = r.passage(g, sign, low, high)
			return false, err
		}
	})
	if err == nil && found == nil {
		err = ErrNoEvent
	}
	return found, err
}

// eventOfParts joins the times of all parts; where only some reach the level,
// nothing is proved of the set.
func (p *Flowpipe) eventOfParts(ctx context.Context, x *Expr, level *big.Rat, digits int) (*ball.Ball, error) {
	var hull *ball.Ball
	missed := 0
	for _, part := range p.parts {
		at, err := part.Event(ctx, x, level, digits)
		switch {
		case errors.Is(err, ErrNoEvent):
			missed++
		case err != nil:
			return nil, err
		case hull == nil:
			hull = at
		default:
			hull.Union(hull, at)
		}
	}
	switch {
	case hull == nil:
		return nil, ErrNoEvent
	case missed > 0:
		return nil, fmt.Errorf("%w: %d of %d parts do not reach the level", ErrNotVerified, missed, len(p.parts))
	}
	return hull, nil
}

// passage finds a time after a part at which the other side is proved.
func (p *reader) passage(g *Evaluator, sign int, low, high *big.Rat) (*ball.Ball, error) {
	width := new(big.Rat).Sub(high, low)
	for range p.settings.Precision {
		if high.Cmp(p.reached) > 0 {
			high = p.reached
		}
		value, err := p.observe(g, high)
		if err != nil {
			return nil, err
		}
		if found, ok := value.Sign(); ok && found == -sign {
			precision := p.settings.Precision
			return ball.New(precision).Union(ball.New(precision).SetRat(low), ball.New(precision).SetRat(high)), nil
		}
		if high.Cmp(p.reached) == 0 {
			break
		}
		width.Add(width, width)
		high = new(big.Rat).Add(high, width)
	}
	return nil, fmt.Errorf("%w: no passage through the level", ErrNotVerified)
}
