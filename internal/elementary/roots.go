package elementary

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/cmplx"
	"muflow/internal/portable"

	"muflow/ode/ball"
)

// A root is a rectangle that contains one root of a factor and no other.
type root struct {
	factor int
	real   bool         // a real root; if not, z stands for itself and its conjugate
	z      *complexBall // the imaginary part is the exact 0 if real, and positive if not
}

// isolate finds all roots of all factors, with a working precision, and proves
// that each is alone in its rectangle.
func (s *Solver) isolate(ctx context.Context, precision uint) error {
	m := &s.kept
	s.roots = nil
	for i, c := range s.factors {
		if len(c) == 1 {
			continue
		}
		if len(c) > 2 && precision < s.precision {
			c = round(m, c, precision)
		}
		found, err := isolate(ctx, m, c, precision)
		if err != nil {
			return err
		}
		for _, r := range found {
			r.factor = i
			s.roots = append(s.roots, r)
		}
	}
	return nil
}

// isolate isolates the roots of a polynomial without multiple roots. Around
// approximations z_i of all n roots, the discs
//
//	|z − z_i| ≤ n·|f(z_i)/(a_n·Π_{j≠i}(z_i − z_j))|
//
// contain all roots, and as many in each connected component as it has discs:
// if they are disjoint, each holds one root. A root whose disc meets its own
// mirror image only is real. B. T. Smith, Error bounds for zeros of a
// polynomial based upon Gerschgorin's theorems, J. ACM 17 (1970).
func isolate(ctx context.Context, m *ball.Space, c []*ball.Ball, precision uint) ([]*root, error) {
	n := len(c) - 1
	if n == 1 {
		z := newComplex(m, precision+24)
		z.re.Quo(c[0], c[1])
		z.re.Neg(z.re)
		return []*root{{real: true, z: z}}, nil
	}
	points := approximateRoots(m, c, precision)
	if points == nil {
		points = polygonRoots(m, c, precision)
	}
	found, err := discs(m, c, points, precision)
	for round := 0; err != nil && round < 60; round++ { // better approximations
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		settled := weierstrass(m, c, points, precision)
		if settled || round%8 == 7 {
			if found, err = discs(m, c, points, precision); err != nil && settled {
				return nil, err
			}
		}
	}
	return found, err
}

// corrections returns f(z_i)/(a_n·Π_{j≠i}(z_i − z_j)).
func corrections(m *ball.Space, c []*ball.Ball, points []*complexBall, precision uint) []*complexBall {
	out := make([]*complexBall, len(points))
	gap := newComplex(m, precision)
	for i, z := range points {
		product := newComplex(m, precision).setReal(c[len(c)-1])
		for j, w := range points {
			if j != i {
				product.mul(product, gap.sub(z, w))
			}
		}
		value := taylor(m, c, z, 1, precision)[0]
		out[i] = value.mul(value, product.inv(m, product))
	}
	return out
}

// weierstrass improves all approximations at once, by the iteration of K.
// Weierstrass, and reports whether they have settled.
func weierstrass(m *ball.Space, c []*ball.Ball, points []*complexBall, precision uint) bool {
	settled := true
	for i, w := range corrections(m, c, points, precision) {
		if !w.isFinite() { // two approximations fell together
			points[i].re.Mul(points[i].re, m.New(64).SetRat(big.NewRat(1+int64(i)%7+1<<20, 1<<20)))
			points[i].midpoint(points[i])
			settled = false
			continue
		}
		if size, scale := exponent(w), exponent(points[i]); size > scale-int(precision)/2 {
			settled = false
		}
		points[i].sub(points[i], w)
		points[i].midpoint(points[i])
	}
	return settled
}

// exponent returns the exponent of the larger part of the middle of z.
func exponent(z *complexBall) int {
	best := math.MinInt32
	for _, part := range []*ball.Ball{z.re, z.im} {
		if m := part.Mid(); m.Sign() != 0 {
			best = max(best, m.MantExp(nil))
		}
	}
	return best
}

// discs proves that the discs around approximations are disjoint and returns
// them as rectangles, one of each conjugate pair.
func discs(m *ball.Space, c []*ball.Ball, points []*complexBall, precision uint) ([]*root, error) {
	n := len(points)
	radius := make([]*ball.Ball, n)
	for i, w := range corrections(m, c, points, precision) {
		if !w.isFinite() {
			return nil, fmt.Errorf("%w: coinciding approximations of roots", ErrPrecision)
		}
		radius[i] = w.norm(m, 64)
		radius[i].Sqrt(radius[i].SetFloat(radius[i].Upper()))
		radius[i].MulInt64(radius[i], int64(n))
		radius[i].SetFloat(radius[i].Upper())
	}
	gap := newComplex(m, precision)
	apart := func(i, j int, mirrored bool) bool {
		gap.re.Sub(points[i].re, points[j].re)
		if mirrored {
			gap.im.Add(points[i].im, points[j].im)
		} else {
			gap.im.Sub(points[i].im, points[j].im)
		}
		reach := m.New(64).Add(radius[i], radius[j])
		reach.Sqr(reach)
		sign, ok := reach.Sub(gap.norm(m, 64), reach).Sign()
		return ok && sign > 0
	}
	var out []*root
	for i := range points {
		var mirror []int
		for j := range points {
			if j < i && !apart(i, j, false) {
				return nil, fmt.Errorf("%w: roots that are not told apart", ErrPrecision)
			}
			if !apart(i, j, true) {
				mirror = append(mirror, j)
			}
		}
		if len(mirror) != 1 {
			return nil, fmt.Errorf("%w: roots that may be real", ErrPrecision)
		}
		z := newComplex(m, precision).set(points[i])
		z.re.AddError(radius[i].Upper())
		if mirror[0] == i {
			z.im.SetInt64(0)
			out = append(out, &root{real: true, z: z})
			continue
		}
		z.im.AddError(radius[i].Upper())
		if sign, ok := z.im.Sign(); !ok {
			return nil, fmt.Errorf("%w: roots that may be real", ErrPrecision)
		} else if sign > 0 {
			out = append(out, &root{z: z})
		}
	}
	return out, nil
}

// accuracy returns to how many bits a root is known relative to its size.
func (r *root) accuracy() int {
	radius := math.MinInt32
	for _, part := range []*ball.Ball{r.z.re, r.z.im} {
		if w := part.Radius(); w.Sign() != 0 {
			radius = max(radius, w.MantExp(nil))
		}
	}
	if radius == math.MinInt32 {
		return math.MaxInt32
	}
	return exponent(r.z) - radius
}

// refine narrows the rectangle Z of a root, by Newton's method from its middle
// m over all of Z,
//
//	z ∈ m − f(m)/f'(Z),
//
// as f(m) = f(m) − f(z) is (m − z) times a mean of f' over Z, until the
// accuracy is about the precision or does not get better.
func (r *root) refine(m *ball.Space, c []*ball.Ball, precision uint) error {
	if len(c) == 2 {
		r.z.re = m.New(precision+24).Quo(c[0], c[1])
		r.z.re.Neg(r.z.re)
		return nil
	}
	if r.real {
		if accuracy := r.accuracy(); accuracy < 2 {
			return fmt.Errorf("%w: a root is not narrowed", ErrPrecision)
		}
		if len(c) == 3 && r.quadratic(m, c, precision+24) {
			return nil
		}
		r.z.re = ball.RefineRoot(c, r.z.re, precision+24)
		return nil
	}
	for {
		accuracy := r.accuracy()
		if accuracy >= int(precision)-4 {
			return nil
		}
		if accuracy < 2 {
			return fmt.Errorf("%w: a root is not narrowed", ErrPrecision)
		}
		short, work := uint(accuracy)+32, min(precision, 2*uint(accuracy)+16)+24
		middle := newComplex(m, uint(accuracy)+8).midpoint(r.z)
		hull := newComplex(m, short)
		hull.re.Union(r.z.re, middle.re) // rounded
		hull.im.Union(r.z.im, middle.im)
		slope := taylor(m, derivative(m, c, short), hull, 1, short)[0]
		next := newComplex(m, work).inv(m, slope)
		next.mul(next, taylor(m, c, middle, 1, work)[0])
		next.sub(middle, next)
		if !next.isFinite() {
			return fmt.Errorf("%w: a root is not narrowed", ErrPrecision)
		}
		old := r.z
		r.z = next
		if r.accuracy() < accuracy+4 {
			if r.accuracy() < accuracy {
				r.z = old
			}
			return nil
		}
	}
}

// derivative returns the coefficients of the derivative of a polynomial.
func derivative(m *ball.Space, c []*ball.Ball, precision uint) []*ball.Ball {
	out := make([]*ball.Ball, len(c)-1)
	for i := range out {
		out[i] = m.New(precision).MulInt64(c[i+1], int64(i+1))
	}
	return out
}

// quadratic narrows a real root of a polynomial of degree 2 by its formula,
//
//	q = −(c_1 ± √(c_1² − 4c_0c_2))/2,  z = q/c_2 or c_0/q,
//
// with the sign of c_1, and reports whether that tells the roots apart to about
// the precision.
func (r *root) quadratic(m *ball.Space, c []*ball.Ball, precision uint) bool {
	q, product := m.New(precision+16).Sqr(c[1]), m.New(precision+16).Mul(c[0], c[2])
	q.Sub(q, product.MulPow2(product, 2))
	if sign, ok := q.Sign(); !ok || sign <= 0 {
		return false
	}
	q.Sqrt(q)
	if c[1].Mid().Sign() < 0 {
		q.Neg(q)
	}
	q.Add(q, c[1])
	q.Neg(q.MulPow2(q, -1))
	first, second := m.New(precision).Quo(q, c[2]), m.New(precision).Quo(c[0], q)
	if !first.IsFinite() || !second.IsFinite() || first.Overlaps(r.z.re) == second.Overlaps(r.z.re) {
		return false
	}
	if second.Overlaps(r.z.re) {
		first = second
	}
	narrowed := first.RelativeAccuracyBits() >= int(precision)-32
	if narrowed {
		r.z.re = first
	}
	return narrowed
}

// polygonRadii returns log2 of the sizes of the roots, about, from the slopes
// of the upper convex hull of log2|c_i| over i (D. A. Bini 1996).
func polygonRadii(c []*ball.Ball) []float64 {
	n := len(c) - 1
	height := make([]float64, n+1)
	for i, x := range c {
		height[i] = math.Inf(-1)
		if m := x.Mid(); m.Sign() != 0 {
			mantissa := new(big.Float)
			e := m.MantExp(mantissa)
			f, _ := mantissa.Float64()
			height[i] = float64(e) + portable.Log2(math.Abs(f))
		}
	}
	var out []float64
	for i := 0; i < n; {
		best, slope := i+1, math.Inf(-1)
		for j := i + 1; j <= n; j++ {
			if s := (height[j] - height[i]) / float64(j-i); s >= slope {
				best, slope = j, s
			}
		}
		for ; i < best; i++ {
			out = append(out, -slope)
		}
	}
	return out
}

// polygonRoots returns points of about the right sizes.
func polygonRoots(m *ball.Space, c []*ball.Ball, precision uint) []*complexBall {
	radii := polygonRadii(c)
	out := make([]*complexBall, len(radii))
	for i, size := range radii {
		direction := cmplx.Rect(1, 2*math.Pi*float64(i)/float64(len(radii))+0.7)
		whole := math.Floor(size)
		direction *= complex(portable.Exp2(size-whole), 0)
		out[i] = newComplex(m, precision)
		out[i].re.SetFloat64(real(direction)).MulPow2(out[i].re, int(whole))
		out[i].im.SetFloat64(imag(direction)).MulPow2(out[i].im, int(whole))
	}
	return out
}

// approximateRoots returns approximations of all roots in float64, nil where
// that has not the range or does not settle.
func approximateRoots(m *ball.Space, c []*ball.Ball, precision uint) []*complexBall {
	n := len(c) - 1
	radii := polygonRadii(c)
	f := make([]float64, n+1)
	top := exponent(&complexBall{c[n], c[n]})
	for i, x := range c {
		m := x.Mid()
		if m.Sign() == 0 {
			continue
		}
		e := m.MantExp(m) - top
		if e > 900 || e < -900 {
			return nil
		}
		f[i], _ = m.SetMantExp(m, e).Float64()
	}
	z := make([]complex128, n)
	for i, size := range radii {
		if size > 900 || size < -900 {
			return nil
		}
		z[i] = cmplx.Rect(portable.Exp2(size), 2*math.Pi*float64(i)/float64(n)+0.7)
	}
	if !aberth(f, z) {
		return nil
	}
	out := make([]*complexBall, n)
	for i, x := range z {
		out[i] = newComplex(m, precision)
		out[i].re.SetFloat64(real(x))
		out[i].im.SetFloat64(imag(x))
	}
	return out
}

// aberth improves approximations of all roots and reports whether they
// settled. O. Aberth, Iteration methods for finding all zeros of a polynomial
// simultaneously, Math. Comp. 27 (1973).
func aberth(f []float64, z []complex128) bool {
	n := len(z)
	for range 100 {
		moved := false
		for i, x := range z {
			ratio, ok := newtonStep(f, x)
			if !ok {
				return false
			}
			var sum complex128
			for j, w := range z {
				if j != i {
					if w == x {
						return false
					}
					sum += 1 / (x - w)
				}
			}
			step := ratio / (1 - ratio*sum)
			if cmplx.IsNaN(step) || cmplx.IsInf(step) {
				return false
			}
			z[i] = x - step
			moved = moved || cmplx.Abs(step) > 1e-14*cmplx.Abs(x)
		}
		if !moved {
			break
		}
	}
	for i := range n {
		if cmplx.IsNaN(z[i]) || cmplx.IsInf(z[i]) {
			return false
		}
	}
	return true // settled or not: the discs decide
}

// newtonStep returns f/f' at x, by powers of 1/x where |x| > 1.
func newtonStep(f []float64, x complex128) (complex128, bool) {
	n := len(f) - 1
	var value, slope complex128
	if cmplx.Abs(x) <= 1 {
		for i := n; i >= 0; i-- {
			slope = slope*x + value
			value = value*x + complex(f[i], 0)
		}
		if value == 0 {
			return 0, true
		}
		return value / slope, slope != 0
	}
	w := 1 / x
	for _, c := range f {
		slope = slope*w + value
		value = value*w + complex(c, 0)
	}
	if value == 0 {
		return 0, true
	}
	bottom := complex(float64(n), 0) - w*slope/value
	return x / bottom, bottom != 0
}
