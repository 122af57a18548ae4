package ball

import "sync"

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
	m := spaces.Get().(*Space)
	defer spaces.Put(m)
	m.Reset()
	root := m.New(precision).Set(x)
	for {
		accuracy := root.RelativeAccuracyBits()
		if accuracy < 2 || accuracy >= int(precision)-4 {
			break
		}
		level := int(precision) // each step doubles the accuracy, but for a few bits
		for level > max(2*accuracy-8, 64) {
			level = level/2 + 8
		}
		next := newtonStep(m, coefficients, root, uint(accuracy), uint(level)+24)
		if !next.IsFinite() || next.RelativeAccuracyBits() < accuracy+4 {
			break
		}
		root = next
	}
	return New(root.Prec()).Set(root)
}

var spaces = sync.Pool{New: func() any { return new(Space) }}

// newtonStep returns m − f(m)/f'(X) with m of little more than the accuracy of X.
func newtonStep(m *Space, coefficients []*Ball, x *Ball, accuracy, precision uint) *Ball {
	middle := m.New(accuracy + 8).Midpoint(x)
	hull := m.New(accuracy+32).Union(x, middle) // which is rounded
	slope, term := m.New(accuracy+32), m.New(accuracy+32)
	for i := len(coefficients) - 1; i > 0; i-- {
		slope.Mul(slope, hull)
		if !coefficients[i].IsZero() {
			slope.Add(slope, term.MulInt64(coefficients[i], int64(i)))
		}
	}
	next := m.New(precision).EvalPolynomial(coefficients, middle)
	return next.Sub(middle, next.Quo(next, slope))
}

// Krawczyk returns the image of a box X around a point m under the operator of
// Krawczyk, and whether it lies in the interior of X: if so, f has one zero in
// X, and that lies in the image.
//
//	K = m − Y·f(m) + (I − Y·f'(X))·(X − m) ⊂ interior of X
//
// The values are f(m), slopes[i][k] encloses ∂f_i/∂x_k over X, and inverse is
// any matrix Y, best about the inverse of the slopes.
// R. Krawczyk, Newton-Algorithmen zur Bestimmung von Nullstellen mit
// Fehlerschranken, Computing 4 (1969); R. E. Moore, A test for existence of
// solutions to nonlinear systems, SIAM J. Numer. Anal. 14 (1977).
func Krawczyk(point, box, values []*Ball, slopes, inverse [][]*Ball) (image []*Ball, ok bool) {
	ok = true
	for i := range point {
		precision := point[i].Prec()
		z, term := New(precision).Set(point[i]), New(precision)
		for k := range point {
			z.Sub(z, term.Mul(inverse[i][k], values[k]))
		}
		for k := range point {
			entry := New(precision)
			if i == k {
				entry.SetInt64(1)
			}
			for l := range point {
				entry.Sub(entry, term.Mul(inverse[i][l], slopes[l][k]))
			}
			z.Add(z, entry.Mul(entry, term.Sub(box[k], point[k])))
		}
		ok = ok && z.IsFinite() && box[i].IsFinite() && compareEnds(box[i], -1, z, -1) < 0 && compareEnds(z, 1, box[i], 1) < 0
		image = append(image, z)
	}
	return image, ok
}
