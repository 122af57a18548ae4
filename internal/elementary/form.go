package elementary

import "muflow/ode/ball"

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
