package ode

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"sort"

	"muflow/internal/fixed"
	"muflow/ode/ball"
)

// A Status says how an integration ended.
type Status uint8

// The zero Status is Undecided: not finished.
const (
	Undecided       Status = iota
	Reached                // the end of the time interval
	Cancelled              // the context ended
	StepUnderflow          // steps became too short for the precision
	NonFinite              // the right-hand side has no finite value
	BudgetExhausted        // as many steps, or attempts, as allowed were spent
	NotValidated           // no step could be proved
)

func (s Status) String() string {
	return [...]string{"undecided", "reached", "cancelled", "step underflow", "non-finite", "budget exhausted", "not validated"}[s]
}

// A StopError says where and why an integration ended early. What was
// returned along with it is valid up to Time.
type StopError struct {
	Status Status
	Time   *big.Rat
	Err    error
}

func (e *StopError) Error() string {
	t, _ := e.Time.Float64()
	return fmt.Sprintf("stopped at t = %.6g (%v): %v", t, e.Status, e.Err)
}

// Unwrap returns the cause.
func (e *StopError) Unwrap() error { return e.Err }

// What a *StopError is, for errors.Is. One that was cancelled is the error of
// its context.
var (
	ErrStepUnderflow = errors.New("step underflow")
	ErrNonFinite     = errors.New("non-finite right-hand side")
	ErrBudget        = errors.New("budget exhausted")
	ErrNotValidated  = errors.New("no step validated")
)

// Is reports whether the target is the error of the status.
func (e *StopError) Is(target error) bool {
	of := map[Status]error{StepUnderflow: ErrStepUnderflow, NonFinite: ErrNonFinite, BudgetExhausted: ErrBudget, NotValidated: ErrNotValidated}
	return target == of[e.Status]
}

// Settings choose the effort of an integration; the zero value works.
type Settings struct {
	Digits    int   // significant decimal digits aimed at, 15 if 0
	Order     int   // of the Taylor polynomials, about 1.1·Digits + 10 if 0
	Precision uint  // in bits, about 3.33·Digits + 40 if 0, on a path + 24
	Budget    int   // of steps, 20,000 if 0
	Work      int64 // units of work after which no step begins, no bound if 0: see Flowpipe.Work
}

const (
	defaultDigits = 15
	defaultBudget = 20_000
	maxDigits     = 100_000
	bitsPerDigit  = math.Ln10 / math.Ln2
	leastOrder    = 4
	leastBits     = 32
	spareDigits   = 3  // local tolerance 10^−(Digits+spareDigits)
	spareBits     = 32 // working precision beyond Digits where errors are bounded
	pathBits      = 16 // and on a path, so that its roundings are 2^−14 of the local tolerance
)

// filled fills in what is left open; the precision has so many bits to spare.
func (s Settings) filled(spare uint) (Settings, error) {
	if s.Digits < 0 || s.Digits > maxDigits {
		return s, fmt.Errorf("%d digits, expected 1 to %d", s.Digits, maxDigits)
	}
	if s.Digits == 0 {
		s.Digits = defaultDigits
	}
	if s.Order == 0 {
		s.Order = s.Digits*11/10 + 10
	}
	if s.Order < leastOrder {
		return s, fmt.Errorf("order %d, expected at least %d", s.Order, leastOrder)
	}
	if s.Precision == 0 {
		s.Precision = max(leastBits, ball.Bits(s.Digits)+spare)
	}
	if s.Precision < leastBits {
		return s, fmt.Errorf("precision %d, expected at least %d bits", s.Precision, leastBits)
	}
	if s.Budget == 0 {
		s.Budget = defaultBudget
	}
	if s.Work < 0 {
		return s, fmt.Errorf("%d units of work, expected a positive number", s.Work)
	}
	if s.Budget < 0 {
		return s, fmt.Errorf("a budget of %d steps, expected a positive one", s.Budget)
	}
	return s, nil
}

// taper is the precision of Taylor coefficient k: the contribution of the last
// one is about 10^−Digits of the value, so it needs few bits.
func (s Settings) taper(k int) uint {
	const least = 48
	if s.Precision <= least {
		return s.Precision
	}
	return s.Precision - uint(float64(s.Precision-least)*float64(min(k, s.Order))/float64(s.Order))
}

// A segment is the Taylor polynomial of one step: in the time since its start,
// or in fractions of the step.
type segment struct {
	from      *big.Rat
	length    *big.Float
	rows      [][]*big.Float      // rows[i][k], coefficient k of unknown i
	fractions []*fixed.Polynomial // in place of the rows
	moves     bool                // some unknown may change
}

// A Path is an approximate solution with dense output: a polynomial for every
// step. It is immutable and may be shared.
type Path struct {
	system   *System
	start    []*Expr
	settings Settings
	status   Status
	segments []segment
	reached  *big.Rat
	last     []*big.Float
	work     int64
}

// Until returns the time up to which the path is valid.
func (p *Path) Until() *big.Rat { return new(big.Rat).Set(p.reached) }

// Steps returns the number of steps.
func (p *Path) Steps() int { return len(p.segments) }

// Work returns the units of work that the path took, 0 if there is none: see
// Flowpipe.Work.
func (p *Path) Work() int64 {
	if p == nil {
		return 0
	}
	return p.work
}

// Order returns the degree of the Taylor polynomials; that of the last may be less.
func (p *Path) Order() int { return p.settings.Order }

// Precision returns the working precision in bits.
func (p *Path) Precision() uint { return p.settings.Precision }

// Integrate follows the solution from constant expressions, at time 0, to a
// time ≥ 0 by Taylor polynomials of one order and precision:
//
//	x_i(t+h) = Σ_{k≤N} x_{i,k} h^k
//	h = e^{−0.7/(N−1)}·min_{i; k=N−1,N} max_{j≤2} (ε·|x_{i,j}|/|x_{i,k}|)^{1/(k−j)},  ε = 10^−(Digits+3)
//
// A step that the end cuts short has as little order as allows its length, but
// N/2. Whenever it stops early, the valid prefix is returned along with a
// *StopError; other errors come without a path. The local error is about
// 10^−(Digits+3) of each unknown; the global error accumulates as the equation
// makes it, so the digits of the result are unknown until it is compared with
// a second run: see Solve.
// Approximate: no error bound.
// Step sizes: À. Jorba and M. Zou, A software package for the numerical
// integration of ODEs by means of high-order Taylor methods, Experimental
// Mathematics 14 (2005), section 3, here with the change during the step in
// place of a value near 0. Time is the system's, precision in bits.
func Integrate(ctx context.Context, system *System, start []*Expr, until *big.Rat, settings Settings) (*Path, error) {
	return integrate(ctx, system, start, until, settings, true)
}

// integrate takes steps in fixed point where they are possible, or none.
func integrate(ctx context.Context, system *System, start []*Expr, until *big.Rat, settings Settings, quickly bool) (*Path, error) {
	settings, err := settings.filled(pathBits)
	if err != nil {
		return nil, err
	}
	program, err := system.compile()
	if err != nil {
		return nil, err
	}
	if until == nil || until.Sign() < 0 {
		return nil, errors.New("the end of the time interval, expected a number ≥ 0")
	}
	if len(start) != system.Dimension {
		return nil, fmt.Errorf("%d starting values for %d unknowns", len(start), system.Dimension)
	}
	state, err := constants(start, settings.Precision+16)
	if err != nil {
		return nil, err
	}
	p := &Path{system: system, start: start, settings: settings, reached: new(big.Rat)}
	for _, x := range state {
		p.last = append(p.last, new(big.Float).SetPrec(settings.Precision).Set(x.Mid()))
	}
	stop := func(status Status, err error) (*Path, error) {
		p.status = status
		return p, &StopError{status, p.Until(), err}
	}
	tolerance := -float64(settings.Digits+spareDigits) * bitsPerDigit
	quick, err := newStride(program, settings.Order, settings.Precision, tolerance, false)
	if err != nil {
		return stop(NonFinite, err)
	}
	if !quickly {
		quick = &stride{}
	}
	toll := newToll(program, settings)
	var slow *slowPath
	gate := newGate(program, settings, tolerance)
	for p.reached.Cmp(until) < 0 {
		if err := ctx.Err(); err != nil {
			return stop(Cancelled, err)
		}
		if len(p.segments) == settings.Budget {
			return stop(BudgetExhausted, fmt.Errorf("%d steps", settings.Budget))
		}
		if settings.Work > 0 && p.work >= settings.Work {
			return stop(BudgetExhausted, errWork(len(p.segments), p.work))
		}
		p.work += toll.series()
		s, next, end, passed := quick.step(p, until, gate, tolerance)
		if s == nil {
			if slow == nil {
				field := &dots{}
				slow = &slowPath{field, newJet(program, field, settings.Order, settings.taper)}
			}
			p.work += toll.remainders()
			var status Status
			if s, next, end, passed, status, err = slow.step(p, until, gate, tolerance); err != nil {
				return stop(status, err)
			}
		}
		if !passed {
			continue
		}
		p.segments = append(p.segments, *s)
		p.last, p.reached = end, next
	}
	p.reached = new(big.Rat).Set(p.reached)
	p.status = Reached
	return p, nil
}

// at evaluates the polynomials of a segment.
func (s *segment) at(field *floats, offset *big.Float) []*big.Float {
	if s.fractions != nil {
		part := new(big.Float).SetPrec(s.length.Prec()).Quo(offset, s.length)
		out := make([]*big.Float, len(s.fractions))
		for i, p := range s.fractions {
			z := field.fresh(s.length.Prec())
			for k := p.Order(); k >= 0; k-- {
				field.mul(z, z, part)
				field.add(z, z, p.Coefficient(k).Float())
			}
			out[i] = z
		}
		return out
	}
	out := make([]*big.Float, len(s.rows))
	for i, row := range s.rows {
		out[i] = field.fresh(row[0].Prec())
		evaluate(field, out[i], offset, row)
	}
	return out
}

// constants evaluates starting values, expressions without unknowns.
func constants(exprs []*Expr, precision uint) ([]*ball.Ball, error) {
	out := make([]*ball.Ball, len(exprs))
	for i, x := range exprs {
		var err error
		if out[i], err = Evaluate(x, nil, precision); err != nil {
			return nil, fmt.Errorf("starting value %d: %w", i, err)
		}
	}
	return out, nil
}

// locate returns the segment that holds t and the offset of t in it.
func (p *Path) locate(t *big.Rat) (*segment, *big.Float, error) {
	if t == nil || t.Sign() < 0 || t.Cmp(p.reached) > 0 {
		return nil, nil, fmt.Errorf("a time outside the %v path", p.status)
	}
	i := sort.Search(len(p.segments), func(i int) bool { return p.segments[i].from.Cmp(t) > 0 })
	if i == 0 {
		return nil, new(big.Float), nil
	}
	s := &p.segments[i-1]
	offset := new(big.Float).SetPrec(p.settings.Precision).SetRat(new(big.Rat).Sub(t, s.from))
	return s, offset, nil
}

// At returns the unknowns at a time of the path; it fails outside [0, Until].
//
// Approximate: no error bound.
func (p *Path) At(t *big.Rat) ([]*big.Float, error) {
	s, offset, err := p.locate(t)
	if err != nil {
		return nil, err
	}
	if s == nil || t.Cmp(p.reached) == 0 {
		out := make([]*big.Float, len(p.last))
		for i, x := range p.last {
			out[i] = new(big.Float).Copy(x)
		}
		return out, nil
	}
	field := newFloats()
	out := s.at(field, offset)
	return out, field.failure()
}

// Observe returns the value of an expression in the unknowns at a time of the
// path; it fails outside [0, Until] and outside the domain of the expression.
//
// Approximate: no error bound.
func (p *Path) Observe(x *Expr, t *big.Rat) (*big.Float, error) {
	values, err := p.observe([]*Expr{x}, t)
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

func (p *Path) observe(exprs []*Expr, t *big.Rat) ([]*big.Float, error) {
	program, err := compile(exprs, p.system.Dimension)
	if err != nil {
		return nil, err
	}
	state, err := p.At(t)
	if err != nil {
		return nil, err
	}
	field := newFloats()
	j := newJet(program, field, 0, uniform(p.settings.Precision))
	j.start(state)
	values := make([]*big.Float, len(exprs))
	for i := range exprs {
		values[i], _ = j.output(i, 0)
	}
	return values, field.failure()
}

// isZero reports whether an expression is exactly 0 at a time up to which no
// unknown has moved.
func (p *Path) isZero(x *Expr, t *big.Rat) bool {
	for _, s := range p.segments {
		if s.from.Cmp(t) >= 0 {
			break
		}
		if s.moves {
			return false
		}
	}
	state, err := constants(p.start, p.settings.Precision)
	if err != nil {
		return false
	}
	value, err := Evaluate(x, state, p.settings.Precision)
	return err == nil && value.IsZero()
}
