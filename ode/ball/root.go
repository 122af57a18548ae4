package ball

// RefineRoot narrows a ball X, known to contain one root of a polynomial with
// the given coefficients from the constant one on, until its relative accuracy
// is about the precision or does not get better.
//
//	x ∈ m − f(m)/f'(X),  m about the middle of X
//
// as f(m) = f(m) − f(x) is (m − x) times a value of f' between them.
// A result that is not narrower is a copy of X.
// Encloses the exact root. R. E. Moore, Interval Analysis (1966), section 7.2.
func RefineRoot(coefficients []*Ball, x *Ball, precision uint) *Ball {
	root := New(precision).Set(x)
	for {
		accuracy := root.RelativeAccuracyBits()
		if accuracy < 2 || accuracy >= int(precision)-4 {
			return root
		}
		level := int(precision) // each step doubles the accuracy, but for a few bits
		for level > max(2*accuracy-8, 64) {
			level = level/2 + 8
		}
		next := newtonStep(coefficients, root, uint(accuracy), uint(level)+24)
		if !next.IsFinite() || next.RelativeAccuracyBits() < accuracy+4 {
			return root
		}
		root = next
	}
}

// newtonStep returns m − f(m)/f'(X) with m of little more than the accuracy of X.
func newtonStep(coefficients []*Ball, x *Ball, accuracy, precision uint) *Ball {
	m := New(accuracy + 8).Midpoint(x)
	hull := New(accuracy+32).Union(x, m) // m is rounded
	slope, term := New(accuracy+32), New(accuracy+32)
	for i := len(coefficients) - 1; i > 0; i-- {
		slope.Mul(slope, hull)
		if !coefficients[i].IsZero() {
			slope.Add(slope, term.MulInt64(coefficients[i], int64(i)))
		}
	}
	next := New(precision).EvalPolynomial(coefficients, m)
	return next.Sub(m, next.Quo(next, slope))
}
