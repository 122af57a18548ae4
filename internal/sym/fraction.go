package sym

// A Ring is a commutative ring without zero divisors, whose elements know
// their operations: Scalar, Poly and Multivariate.
type Ring[R any] interface {
	Add(R) R
	Sub(R) R
	Mul(R) R
	Equal(R) bool
	IsZero() bool
}

// A Fraction is an element of the field of fractions of a ring. The
// denominator must not be 0; nothing is cancelled.
type Fraction[R Ring[R]] struct{ Numerator, Denominator R }

// Add returns f + g.
func (f Fraction[R]) Add(g Fraction[R]) Fraction[R] {
	if f.Denominator.Equal(g.Denominator) {
		return Fraction[R]{f.Numerator.Add(g.Numerator), f.Denominator}
	}
	return Fraction[R]{f.Numerator.Mul(g.Denominator).Add(g.Numerator.Mul(f.Denominator)), f.Denominator.Mul(g.Denominator)}
}

// Sub returns f − g.
func (f Fraction[R]) Sub(g Fraction[R]) Fraction[R] {
	if f.Denominator.Equal(g.Denominator) {
		return Fraction[R]{f.Numerator.Sub(g.Numerator), f.Denominator}
	}
	return Fraction[R]{f.Numerator.Mul(g.Denominator).Sub(g.Numerator.Mul(f.Denominator)), f.Denominator.Mul(g.Denominator)}
}

// Mul returns f·g.
func (f Fraction[R]) Mul(g Fraction[R]) Fraction[R] {
	return Fraction[R]{f.Numerator.Mul(g.Numerator), f.Denominator.Mul(g.Denominator)}
}

// IsZero reports whether f is 0.
func (f Fraction[R]) IsZero() bool { return f.Numerator.IsZero() }
