package elementary

import (
	"context"
	"fmt"

	"muflow/ode/ball"
)

// A Form is the time at which the solution is at y, written out:
//
//	κt = (y−1)·Σ_k Polynomial[k]·y^k + Origin[0]·log y + Σ_{l≥1} Origin[l]·(1 − y^{−l})/l
//	     + Σ_poles ( Principal[0]·Log((y−z)/(1−z)) + Σ_{l≥1} Principal[l]·((1−z)^{−l} − (y−z)^{−l})/l )
//
// with principal logarithms. A pole that is not real stands for its conjugate,
// too: the sum is twice its real part.
type Form struct {
	Polynomial []*ball.Ball
	Origin     []*ball.Ball
	Poles      []Pole
}

// A Pole is a root with its coefficients, as real and imaginary parts.
type Pole struct {
	Real      bool
	Root      [2]*ball.Ball
	Principal [][2]*ball.Ball
}

// Form returns the closed form with a working precision in bits.
//
// Encloses the exact values.
func (s *Solver) Form(precision uint) (*Form, error) {
	if precision > s.precision {
		if err := s.load(precision); err != nil {
			return nil, err
		}
	}
	f, err := s.fractionsAt(precision)
	if err != nil {
		return nil, err
	}
	out := &Form{Polynomial: f.polynomial, Origin: f.origin}
	for i, p := range f.poles {
		pole := Pole{Real: p.real, Root: [2]*ball.Ball{s.roots[i].z.re, s.roots[i].z.im}}
		for _, c := range p.principal {
			pole.Principal = append(pole.Principal, [2]*ball.Ball{c.re, c.im})
		}
		out.Poles = append(out.Poles, pole)
	}
	return out, nil
}

// Time encloses the time at which the solution is at a point on its way, given
// at whatever precision is asked for, to a relative accuracy of so many bits. It
// fails with ErrPrecision where the working precision would exceed its bound, as
// it does where the point is the start or the limit, or beyond.
// Encloses the exact value.
// Time is that of the equation, precision in bits.
func (s *Solver) Time(ctx context.Context, y func(precision uint) *ball.Ball, bits uint) (*ball.Ball, error) {
	for precision := bits + guardBits; precision <= maxPrecision; precision *= 2 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if precision > s.precision {
			if err := s.load(precision); err != nil {
				return nil, err
			}
		}
		f, err := s.fractionsAt(precision)
		if err != nil {
			return nil, err
		}
		at := y(precision)
		s.work.Reset()
		x := point{distance: ball.New(precision).MulInt64(ball.New(precision).AddInt64(at, -1), int64(f.direction))}
		inside := x.distance.Lower().Sign() > 0
		if f.limit != nil {
			gap := ball.New(precision).MulInt64(ball.New(precision).Sub(f.limit, at), int64(f.direction))
			inside = inside && gap.Lower().Sign() > 0
			if gap.Mid().Cmp(x.distance.Mid()) < 0 {
				x = point{true, gap}
			}
		}
		if !inside {
			continue
		}
		t := ball.New(precision).Quo(f.time(x), ball.New(precision).SetRat(s.problem.Rate))
		if t.IsFinite() && t.RelativeAccuracyBits() >= int(bits) {
			return t, nil
		}
	}
	return nil, fmt.Errorf("%w: the time at which a point is passed", ErrPrecision)
}
