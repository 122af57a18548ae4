// Package elementary solves the scalar equation
//
//	y' = κ·c·y^j·Π_i f_i(y)^{m_i} / D(y),  y(0) = 1
//
// with real polynomials f_i and D in closed form, and encloses the solution.
// The time at which the solution reaches y is an elementary function,
//
//	κt = ∫_1^y D(z)/(c z^j Π_i f_i(z)^{m_i}) dz,
//
// by partial fractions: a polynomial, powers of 1/y and a logarithm at 0,
// logarithms and powers at the roots of the f_i. All roots are isolated by
// proof, the coefficients are balls, and t(y) = T is solved by Newton's method
// over intervals, so that what comes back is an enclosure.
//
// The coefficients are asked for at whatever precision the work needs; whether
// a root is multiple is decided by whoever writes the product down, exactly.
// Another start y_0 is the same equation for y/y_0.
package elementary

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"muflow/ode/ball"
)

// A Polynomial returns enclosures of the coefficients of a polynomial, from
// the constant one to the leading one, at a precision in bits. Their number is
// always the same; the first and the last are not 0.
type Polynomial func(precision uint) []*ball.Ball

// A Factor is a square-free polynomial with the multiplicity of its roots.
type Factor struct {
	Polynomial   Polynomial
	Multiplicity int
}

// A Problem is the equation y' = κ·c·y^j·Π_i f_i(y)^{m_i}/D(y), y(0) = 1. All
// coefficients of D must be ≥ 0, so that D > 0 for y > 0, and the factors must
// be square-free and pairwise coprime.
type Problem struct {
	Rate        *big.Rat                        // κ > 0
	Constant    func(precision uint) *ball.Ball // c ≠ 0
	Power       int                             // j ≥ 0
	Factors     []Factor                        // f_i with m_i
	Denominator Polynomial                      // D
	Bits        uint                            // accuracy that will be asked for, 0 if that is not known: for speed only
}

// MaxDegree bounds the sum of the degrees of the factors.
const MaxDegree = 1000

// firstBits is the precision at which roots are isolated, isolationBits bounds
// that where more is needed; guardBits are added to an accuracy.
const (
	firstBits     = 128
	isolationBits = 1 << 15
	guardBits     = 32
)

// maxPrecision bounds the working precision in bits.
const maxPrecision = 1 << 18

var (
	// ErrPrecision says that the precision allowed does not suffice.
	ErrPrecision = errors.New("the working precision does not suffice")
	// ErrEnd says that the solution is not known to exist up to the time.
	ErrEnd = errors.New("the solution was not followed to the time asked for")
)

// A Solver is a problem whose roots are isolated. It keeps what it computes and
// must not be used by two goroutines at once.
type Solver struct {
	problem   *Problem
	direction int     // sign of y'
	roots     []*root // one of each conjugate pair
	limit     *root   // the root that the solution tends to, if any
	precision uint    // of the coefficients below
	constant  *ball.Ball
	factors   [][]*ball.Ball
	bottom    []*ball.Ball // D
	parts     map[uint]*fractions
	time      big.Rat
	product   *big.Rat // κ times that, nil before the first
	*memory
}

// A memory holds the numbers of a solver.
type memory struct {
	kept ball.Space // of what stays
	work ball.Space // of what is forgotten with the next question
}

var memories = sync.Pool{New: func() any { return new(memory) }}

// mostKept bounds the numbers that are kept for the next solver.
const mostKept = 1 << 12

// Release gives the memory of a solver back, which must not be used any more, nor
// the forms that it returned.
func (s *Solver) Release() {
	if s.kept.Size()+s.work.Size() <= mostKept {
		s.kept.Reset()
		s.work.Reset()
		memories.Put(s.memory)
	}
	s.memory = nil
}

// New isolates the roots of a problem. It fails where the start is not proved
// to be off an equilibrium (a caller that knows it to be one has the solution
// y = 1), and where the roots are not isolated within bounds.
func New(ctx context.Context, problem *Problem) (*Solver, error) {
	if problem.Rate == nil || problem.Rate.Sign() <= 0 {
		return nil, errors.New("a rate κ, expected a positive number")
	}
	if problem.Power < 0 {
		return nil, fmt.Errorf("a power y^%d, expected a non-negative one", problem.Power)
	}
	s := &Solver{problem: problem, memory: memories.Get().(*memory)}
	first := max(firstBits, problem.Bits+guardBits)
	if first > maxPrecision { // At will refuse
		first = firstBits
	}
	for _, f := range problem.Factors {
		if f.Multiplicity < 1 {
			return nil, fmt.Errorf("a factor of multiplicity %d, expected a positive one", f.Multiplicity)
		}
	}
	var err error
	for precision := uint(firstBits); precision <= isolationBits; precision *= 2 {
		if err = s.load(max(precision, first)); err != nil {
			continue
		}
		total := 0
		for i, f := range problem.Factors {
			total += (len(s.factors[i]) - 1) * f.Multiplicity
		}
		if total > MaxDegree {
			return nil, fmt.Errorf("a numerator of degree %d, expected at most %d", total, MaxDegree)
		}
		if err = s.isolate(ctx, precision); err == nil {
			err = s.orient()
		}
		if err == nil {
			return s, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, err
}

// load evaluates the coefficients at a precision.
func (s *Solver) load(precision uint) error {
	if precision > maxPrecision {
		return ErrPrecision
	}
	s.precision, s.factors, s.parts = precision, nil, map[uint]*fractions{}
	s.constant = s.problem.Constant(precision)
	if sign, ok := s.constant.Sign(); !ok || sign == 0 {
		return fmt.Errorf("%w: the constant factor may be 0", ErrPrecision)
	}
	for _, f := range s.problem.Factors {
		c := f.Polynomial(precision)
		for _, end := range []*ball.Ball{c[0], c[len(c)-1]} {
			if end.ContainsZero() {
				return fmt.Errorf("%w: an outer coefficient of a factor may be 0", ErrPrecision)
			}
		}
		s.factors = append(s.factors, c)
	}
	s.bottom = s.problem.Denominator(precision)
	positive := false
	for _, c := range s.bottom {
		sign, ok := c.Sign()
		if !ok || sign < 0 {
			return fmt.Errorf("%w: a coefficient of the denominator, expected to be ≥ 0", ErrPrecision)
		}
		positive = positive || sign > 0
	}
	if !positive {
		return errors.New("a denominator without positive coefficients")
	}
	return nil
}

// orient finds the direction of the solution and the root that it tends to.
func (s *Solver) orient() error {
	m := &s.kept
	at, one := m.New(s.precision).Set(s.constant), m.New(s.precision).SetInt64(1)
	for i, c := range s.factors {
		value := m.New(s.precision).EvalPolynomial(c, one)
		at.Mul(at, value.PowInt(value, int64(s.problem.Factors[i].Multiplicity)))
	}
	sign, ok := at.Sign()
	if !ok || sign == 0 {
		return fmt.Errorf("%w: the start may be an equilibrium", ErrPrecision)
	}
	s.direction, s.limit = sign, nil
	for _, r := range s.roots {
		if !r.real {
			continue
		}
		// On the way: beyond 1 in the direction of the solution, and positive.
		gap := m.New(s.precision).Sub(r.z.re, one)
		side, known := gap.Sign()
		if !known { // a root next to the start, isolated from the others only
			if err := r.refine(m, s.factors[r.factor], s.precision); err != nil {
				return err
			}
			side, known = gap.Sub(r.z.re, one).Sign()
		}
		if !known || side == 0 {
			return fmt.Errorf("%w: a root that may be the start", ErrPrecision)
		}
		if positive, known := r.z.re.Sign(); !known {
			return fmt.Errorf("%w: a root that may be 0", ErrPrecision)
		} else if side != sign || positive < 0 {
			continue
		}
		if s.limit == nil {
			s.limit = r
			continue
		}
		between := gap.Sub(r.z.re, s.limit.z.re)
		if order, known := between.Sign(); !known {
			return fmt.Errorf("%w: two roots that may coincide", ErrPrecision)
		} else if order == -sign {
			s.limit = r
		}
	}
	return nil
}
