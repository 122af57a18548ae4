package elementary

import "muflow/ode/ball"

// A complexBall is the rectangle of the complex numbers with both parts in
// balls. As in package ball the receiver is the destination and may be any of
// the operands; its parts keep their own precision. A real number has the
// exact imaginary part 0, and products and sums of real numbers cost no more
// than those of balls.
type complexBall struct{ re, im *ball.Ball }

func newComplex(m *ball.Space, precision uint) *complexBall {
	return &complexBall{m.New(precision), m.New(precision)}
}

func (z *complexBall) isReal() bool { return z.im.IsZero() }

func (z *complexBall) isFinite() bool { return z.re.IsFinite() && z.im.IsFinite() }

func (z *complexBall) set(x *complexBall) *complexBall {
	z.re.Set(x.re)
	z.im.Set(x.im)
	return z
}

func (z *complexBall) setReal(x *ball.Ball) *complexBall {
	z.re.Set(x)
	z.im.SetInt64(0)
	return z
}

func (z *complexBall) setInt64(n int64) *complexBall {
	z.re.SetInt64(n)
	z.im.SetInt64(0)
	return z
}

// midpoint sets z to the middle of x, forgetting the radius.
func (z *complexBall) midpoint(x *complexBall) *complexBall {
	z.re.Midpoint(x.re)
	z.im.Midpoint(x.im)
	return z
}

func (z *complexBall) add(x, y *complexBall) *complexBall {
	z.re.Add(x.re, y.re)
	z.im.Add(x.im, y.im)
	return z
}

func (z *complexBall) addReal(x *complexBall, y *ball.Ball) *complexBall {
	z.re.Add(x.re, y)
	z.im.Set(x.im)
	return z
}

func (z *complexBall) sub(x, y *complexBall) *complexBall {
	z.re.Sub(x.re, y.re)
	z.im.Sub(x.im, y.im)
	return z
}

func (z *complexBall) mul(x, y *complexBall) *complexBall {
	if x.isReal() && y.isReal() {
		z.re.Mul(x.re, y.re)
		z.im.SetInt64(0)
		return z
	}
	if x.isReal() {
		return z.scale(y, x.re)
	}
	if y.isReal() {
		return z.scale(x, y.re)
	}
	ball.MulComplex(z.re, z.im, x.re, x.im, y.re, y.im)
	return z
}

// scale sets z to the product of x and a real number, which may be the real part
// of z.
func (z *complexBall) scale(x *complexBall, factor *ball.Ball) *complexBall {
	z.im.Mul(x.im, factor)
	z.re.Mul(x.re, factor)
	return z
}

// norm returns |x|² at a precision.
func (z *complexBall) norm(m *ball.Space, precision uint) *ball.Ball {
	sum := m.New(precision).Sqr(z.re)
	if z.isReal() {
		return sum
	}
	return sum.Add(sum, m.New(precision).Sqr(z.im))
}

// inv sets z to 1/x; an x that may be 0 gives an indeterminate z.
func (z *complexBall) inv(m *ball.Space, x *complexBall) *complexBall {
	if x.isReal() {
		z.re.Quo(one, x.re)
		z.im.SetInt64(0)
		return z
	}
	norm := x.norm(m, z.re.Prec()+8)
	z.re.Quo(x.re, norm)
	z.im.Quo(x.im, norm)
	z.im.Neg(z.im)
	return z
}

// one is to be read only.
var one = ball.New(64).SetInt64(1)

// power sets z to x^n, n ≥ 0.
func (z *complexBall) power(m *ball.Space, x *complexBall, n int) *complexBall {
	result, base := newComplex(m, z.re.Prec()).setInt64(1), newComplex(m, z.re.Prec()).set(x)
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			result.mul(result, base)
		}
		if n > 1 {
			base.mul(base, base)
		}
	}
	return z.set(result)
}

// taylor returns the first count coefficients of a real polynomial in powers
// of h at x + h, count ≥ 1, by Horner's rule.
func taylor(m *ball.Space, coefficients []*ball.Ball, x *complexBall, count int, precision uint) []*complexBall {
	out := make([]*complexBall, count)
	for i := range out {
		out[i] = newComplex(m, precision)
	}
	if x.isReal() {
		for i := len(coefficients) - 1; i >= 0; i-- {
			for k := count - 1; k > 0; k-- {
				out[k].re.Mul(out[k].re, x.re)
				out[k].re.Add(out[k].re, out[k-1].re)
			}
			out[0].re.Mul(out[0].re, x.re)
			out[0].re.Add(out[0].re, coefficients[i])
		}
		return out
	}
	for i := len(coefficients) - 1; i >= 0; i-- {
		for k := count - 1; k > 0; k-- {
			ball.MulComplex(out[k].re, out[k].im, out[k].re, out[k].im, x.re, x.im)
			out[k].add(out[k], out[k-1])
		}
		ball.MulComplex(out[0].re, out[0].im, out[0].re, out[0].im, x.re, x.im)
		out[0].re.Add(out[0].re, coefficients[i])
	}
	return out
}

// timesSeries sets a to a·b modulo h^len(a).
func timesSeries(m *ball.Space, a, b []*complexBall) {
	term := newComplex(m, a[0].re.Prec())
	for k := len(a) - 1; k >= 0; k-- {
		sum := newComplex(m, a[0].re.Prec())
		for i := 0; i <= k && i < len(b); i++ {
			sum.add(sum, term.mul(a[k-i], b[i]))
		}
		a[k] = sum
	}
}

// overSeries sets a to a/b modulo h^len(a); a b[0] that may be 0 gives
// indeterminate coefficients.
func overSeries(m *ball.Space, a, b []*complexBall) {
	precision := a[0].re.Prec()
	inverse, term := newComplex(m, precision).inv(m, b[0]), newComplex(m, precision)
	for k := range a {
		for i := 1; i <= k && i < len(b); i++ {
			a[k].sub(a[k], term.mul(a[k-i], b[i]))
		}
		a[k].mul(a[k], inverse)
	}
}
