package elementary

import (
	"fmt"
	"math/big"

	"muflow/ode/ball"
)

// fractions is D/(c z^j Π f_i^{m_i}) as a sum of partial fractions, at one
// precision, integrated from 1:
//
//	κt(y) = δ·Σ_k polynomial[k]·y^k + Σ_l origin[l]·∫_1^y z^{−l−1} dz + Σ_poles ∫_1^y Σ_l principal[l]·(z − z_i)^{−l−1} dz
//
// with δ = y − 1.
type fractions struct {
	precision  uint
	polynomial []*ball.Ball
	origin     []*ball.Ball
	poles      []pole
	limit      *ball.Ball // y*, the root that the solution tends to, 0 if it tends to 0, nil if to infinity
	length     *ball.Ball // |y* − 1|
	bottom     []*ball.Ball
	rest       []*ball.Ball // c·Π f_i^{m_i}/(y − y*)^q
	order      int          // q, 0 where the limit is no root
	power      int          // j
	direction  int
	quick      *sketch     // nil until asked for
	space      *ball.Space // of what is worked out at a point
}

// A pole is one root with the coefficients of its powers.
type pole struct {
	real      bool
	limit     bool
	gap       *complexBall   // 1 − z_i
	inverse   *complexBall   // 1/(1 − z_i)
	principal []*complexBall // principal[l] belongs to (z − z_i)^{−l−1}
}

// fractionsAt returns the partial fractions to work with at a precision, which
// must not be above that of the coefficients. Those of a higher precision serve.
func (s *Solver) fractionsAt(precision uint) (*fractions, error) {
	if f, ok := s.parts[precision]; ok {
		return f, nil
	}
	for _, f := range s.parts {
		if f.precision > precision {
			lower := *f
			lower.precision = precision
			s.parts[precision] = &lower
			return &lower, nil
		}
	}
	m := &s.kept
	f := &fractions{precision: precision, power: s.problem.Power, direction: s.direction, space: &s.work}
	bottom := round(m, s.bottom, precision)
	factors := make([][]*ball.Ball, len(s.factors))
	whole := []*ball.Ball{m.New(precision).Set(s.constant)}
	for i, c := range s.factors {
		factors[i] = round(m, c, precision)
		for range s.problem.Factors[i].Multiplicity {
			whole = multiply(m, whole, factors[i], precision)
		}
	}
	for _, r := range s.roots {
		if err := r.refine(m, s.factors[r.factor], precision); err != nil {
			return nil, err
		}
	}
	f.bottom, f.rest = bottom, whole
	one := m.New(precision).SetInt64(1)
	switch {
	case s.limit != nil:
		f.limit, f.order = m.New(precision).Set(s.limit.z.re), s.problem.Factors[s.limit.factor].Multiplicity
		for range f.order {
			f.rest = deflate(m, f.rest, f.limit, precision)
		}
		f.length = m.New(precision).Sub(f.limit, one)
		f.length.Abs(f.length)
	case s.direction < 0:
		f.limit, f.length = m.New(precision), one
	}
	f.polynomial = polynomialPart(m, bottom, whole, f.power, precision)
	f.origin = make([]*ball.Ball, f.power)
	series := quotientSeries(m, bottom, whole, f.power, precision)
	for l := range f.origin {
		f.origin[l] = series[f.power-1-l]
	}
	for _, r := range s.roots {
		p, err := s.pole(r, factors, bottom, precision)
		if err != nil {
			return nil, err
		}
		f.poles = append(f.poles, p)
	}
	s.parts[precision] = f
	return f, nil
}

// round returns coefficients at a precision.
func round(m *ball.Space, c []*ball.Ball, precision uint) []*ball.Ball {
	out := make([]*ball.Ball, len(c))
	for i, x := range c {
		out[i] = m.New(precision).Set(x)
	}
	return out
}

func multiply(m *ball.Space, a, b []*ball.Ball, precision uint) []*ball.Ball {
	out := make([]*ball.Ball, len(a)+len(b)-1)
	for i := range out {
		out[i] = m.New(precision)
	}
	term := m.New(precision)
	for i, x := range a {
		for j, y := range b {
			if !x.IsZero() && !y.IsZero() {
				out[i+j].Add(out[i+j], term.Mul(x, y))
			}
		}
	}
	return out
}

// deflate returns the quotient of a polynomial by y − root.
func deflate(m *ball.Space, c []*ball.Ball, root *ball.Ball, precision uint) []*ball.Ball {
	out := make([]*ball.Ball, len(c)-1)
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = m.New(precision).Set(c[i+1])
		if i+1 < len(out) {
			out[i].Add(out[i], m.New(precision).Mul(root, out[i+1]))
		}
	}
	return out
}

// polynomialPart returns the coefficients b_k of δ·Σ b_k y^k, the integral from
// 1 of the polynomial quotient Σ a_i z^i of D by z^j·N:
//
//	Σ_i a_i (y^{i+1} − 1)/(i+1) = (y − 1)·Σ_k y^k·Σ_{i≥k} a_i/(i+1)
func polynomialPart(m *ball.Space, top, divisor []*ball.Ball, power int, precision uint) []*ball.Ball {
	degree := len(top) - len(divisor) - power
	if degree < 0 {
		return nil
	}
	rest, term := round(m, top, precision), m.New(precision)
	out := make([]*ball.Ball, degree+1)
	for i := degree; i >= 0; i-- {
		at := i + power + len(divisor) - 1
		out[i] = m.New(precision).Quo(rest[at], divisor[len(divisor)-1])
		for k, d := range divisor {
			rest[i+power+k].Sub(rest[i+power+k], term.Mul(out[i], d))
		}
		out[i].QuoInt64(out[i], int64(i+1))
		if i < degree {
			out[i].Add(out[i], out[i+1])
		}
	}
	return out
}

// quotientSeries returns the first count coefficients of top/divisor at 0.
func quotientSeries(m *ball.Space, top, divisor []*ball.Ball, count int, precision uint) []*ball.Ball {
	out := make([]*ball.Ball, count)
	term := m.New(precision)
	for k := range out {
		out[k] = m.New(precision)
		if k < len(top) {
			out[k].Set(top[k])
		}
		for i := 1; i <= k && i < len(divisor); i++ {
			out[k].Sub(out[k], term.Mul(divisor[i], out[k-i]))
		}
		out[k].Quo(out[k], divisor[0])
	}
	return out
}

// pole returns the principal part at a root z of multiplicity q, from
//
//	D(z+h)/(c (z+h)^j Π f_i(z+h)^{m_i}) = G(h)/h^q
//
// by the first q coefficients of G.
func (s *Solver) pole(r *root, factors [][]*ball.Ball, bottom []*ball.Ball, precision uint) (pole, error) {
	m := &s.kept
	q := s.problem.Factors[r.factor].Multiplicity
	p := pole{real: r.real, limit: r == s.limit, gap: newComplex(m, precision), inverse: newComplex(m, precision)}
	z := newComplex(m, precision).set(r.z)
	g := taylor(m, bottom, z, q, precision)
	divisor := make([]*complexBall, q)
	for k := range divisor {
		divisor[k] = newComplex(m, precision)
	}
	divisor[0].re.Set(s.constant)
	for i, c := range factors {
		var f []*complexBall
		if i == r.factor {
			f = taylor(m, c, z, q+1, precision)[1:]
		} else {
			f = taylor(m, c, z, q, precision)
		}
		for range s.problem.Factors[i].Multiplicity {
			timesSeries(m, divisor, f)
		}
	}
	if s.problem.Power > 0 {
		shift := []*complexBall{z, newComplex(m, precision).setInt64(1)}
		if q == 1 {
			divisor[0].mul(divisor[0], newComplex(m, precision).power(m, z, s.problem.Power))
		} else {
			for range s.problem.Power {
				timesSeries(m, divisor, shift)
			}
		}
	}
	overSeries(m, g, divisor)
	p.principal = make([]*complexBall, q)
	for l := range p.principal {
		p.principal[l] = g[q-1-l]
		if !g[q-1-l].isFinite() {
			return p, fmt.Errorf("%w: a residue", ErrPrecision)
		}
	}
	p.gap.re.Sub(m.New(64).SetInt64(1), z.re)
	p.gap.im.Neg(z.im)
	if p.inverse.inv(m, p.gap); !p.inverse.isFinite() {
		return p, fmt.Errorf("%w: a root that may be the start", ErrPrecision)
	}
	return p, nil
}

// A point is a value of y between the start and the limit, by its distance
// from one of them, so that y − 1 and y* − y are known relative to their size.
type point struct {
	near     bool       // to the limit
	distance *ball.Ball // > 0: |y − 1|, or |y* − y| if near
}

// A place is all that is needed of a point.
type place struct {
	y, delta, gap *ball.Ball // y, y − 1 and |y* − y| (nil without a limit)
}

func (f *fractions) place(x point, precision uint) place {
	m := f.space
	p := place{y: m.New(precision), delta: m.New(precision)}
	one := m.New(64).SetInt64(1)
	if x.near {
		p.gap = x.distance
		p.delta.Sub(f.length, x.distance)
		if f.direction < 0 {
			p.delta.Neg(p.delta)
			p.y.Add(f.limit, x.distance)
		} else {
			p.y.Sub(f.limit, x.distance)
		}
		return p
	}
	p.delta.Set(x.distance)
	if f.direction < 0 {
		p.delta.Neg(p.delta)
	}
	p.y.Add(one, p.delta)
	if f.limit != nil {
		p.gap = m.New(precision).Sub(f.length, x.distance)
	}
	return p
}

// logarithm returns log y.
func (f *fractions) logarithm(x point, at place) *ball.Ball {
	m := f.space
	z := m.New(f.precision)
	if x.near && (f.order == 0 || at.delta.Mid().MantExp(nil) >= 0) {
		return z.Log(at.y)
	}
	return z.Log1p(at.delta)
}

// time encloses κt at every point of x.
func (f *fractions) time(x point) *ball.Ball { return f.timeAt(x, f.place(x, f.precision)) }

// timeAt encloses κt at every point of x, which is at a place.
func (f *fractions) timeAt(x point, at place) *ball.Ball {
	m := f.space
	p := f.precision
	sum, term := m.New(p), m.New(p)
	if len(f.polynomial) > 0 {
		sum.EvalPolynomial(f.polynomial, at.y)
		sum.Mul(sum, at.delta)
	}
	if f.power > 0 {
		sum.Add(sum, term.Mul(f.origin[0], f.logarithm(x, at)))
	}
	if f.power > 1 {
		// ∫_1^y z^{−l−1} dz = (1 − y^{−l})/l = (δ/y)·Σ_{k<l} y^{−k}/l
		inverse := m.New(p).Quo(m.New(64).SetInt64(1), at.y)
		powers, part, power := m.New(p), m.New(p), m.New(p).SetInt64(1)
		for l := 1; l < f.power; l++ {
			powers.Add(powers, power)
			power.Mul(power, inverse)
			part.Add(part, term.QuoInt64(term.Mul(f.origin[l], powers), int64(l)))
		}
		part.Mul(part, inverse)
		sum.Add(sum, part.Mul(part, at.delta))
	}
	for i := range f.poles {
		sum.Add(sum, f.poles[i].time(f, x, at))
	}
	return sum
}

// time returns the contribution of a pole, and of its conjugate.
func (q *pole) time(f *fractions, x point, at place) *ball.Ball {
	m := f.space
	p := f.precision
	sum, term := m.New(p), m.New(p)
	residue := q.principal[0]
	if q.limit {
		// (y − y*)/(1 − y*) = gap/length
		if x.near {
			term.Log(term.Quo(at.gap, f.length))
		} else {
			term.Quo(x.distance, f.length)
			term.Log1p(term.Neg(term))
		}
		sum.Mul(residue.re, term)
	} else {
		// log((y − z)/(1 − z)) = log(1 + δ/(1 − z)), principal: the argument
		// moves from 1 along a ray that does not pass 0.
		u := newComplex(m, p).scale(q.inverse, at.delta)
		if q.real {
			sum.Mul(residue.re, term.Log1p(u.re))
		} else {
			// Re 2ρ(log|1 + u| + i·arg(1 + u))
			square := u.norm(m, p)
			term.MulPow2(u.re, 1)
			term.Log1p(square.Add(square, term))
			sum.Mul(residue.re, term)
			u.re.AddInt64(u.re, 1)
			term.Arg(u.re, u.im)
			term.Mul(term, residue.im)
			sum.Sub(sum, term.MulPow2(term, 1))
		}
	}
	if len(q.principal) == 1 {
		return sum
	}
	// With a = 1/(1 − z) and b = 1/(y − z),
	//   ∫_1^y (z' − z)^{−l−1} dz' = (a^l − b^l)/l = δ·a·b·Σ_{k<l} a^{l−1−k} b^k/l
	b := newComplex(m, p)
	switch {
	case q.limit && f.direction > 0:
		b.re.Neg(at.gap)
	case q.limit:
		b.re.Set(at.gap)
	default:
		b.addReal(q.gap, at.delta)
	}
	b.inv(m, b)
	product := newComplex(m, p).mul(q.inverse, b)
	product.scale(product, at.delta)
	mixed, power := newComplex(m, p), newComplex(m, p).setInt64(1) // Σ_{k<l} a^{l−1−k} b^k, b^l
	part := newComplex(m, p)
	for l := 1; l < len(q.principal); l++ {
		mixed.mul(mixed, q.inverse)
		mixed.add(mixed, power)
		power.mul(power, b)
		part.mul(q.principal[l], mixed)
		part.mul(part, product)
		term.QuoInt64(part.re, int64(l))
		if !q.real {
			term.MulPow2(term, 1)
		}
		sum.Add(sum, term)
	}
	return sum
}

// speed encloses |dy/d(κt)| at every point of a place, at a precision.
func (f *fractions) speed(at place, precision uint) *ball.Ball {
	m := f.space
	top := m.New(precision).EvalPolynomial(f.rest, at.y)
	for range f.power {
		top.Mul(top, at.y)
	}
	for range f.order {
		top.Mul(top, at.gap)
	}
	return top.Abs(top.Quo(top, m.New(precision).EvalPolynomial(f.bottom, at.y)))
}

// around encloses the speed within a radius of a point, from that at the point
// and the bend b there: |log M(y) − log M(x)| ≤ |b|·|y − x| =: s, and e^s − 1 ≤ 2s
// for s ≤ 1.
func (f *fractions) around(speed, bend *ball.Ball, radius *big.Float) *ball.Ball {
	m := f.space
	spread := m.New(64).Mul(m.New(64).Abs(bend), m.New(64).SetFloat(radius))
	z := m.New(speed.Prec())
	if !spread.IsFinite() || spread.Upper().Cmp(oneFloat) > 0 {
		return z.Indeterminate()
	}
	spread.Mul(spread.MulPow2(spread, 1), speed)
	return z.Set(speed).AddError(spread.Upper())
}

var oneFloat = big.NewFloat(1)

// bend encloses d(log M)/dy, M = |d(κt)/dy|, at every point of a place.
//
//	D'/D − N'/N − j/y ± q/|y* − y|,  N = c·Π f_i^{m_i}/(y − y*)^q
func (f *fractions) bend(at place, precision uint) *ball.Ball {
	m := f.space
	horner := func(c []*ball.Ball) (value, slope *ball.Ball) {
		value, slope = m.New(precision), m.New(precision)
		for i := len(c) - 1; i >= 0; i-- {
			slope.Add(slope.Mul(slope, at.y), value)
			value.Add(value.Mul(value, at.y), c[i])
		}
		return value, slope
	}
	d, slopeD := horner(f.bottom)
	n, slopeN := horner(f.rest)
	sum := m.New(precision).Sub(slopeD.Mul(slopeD, n), slopeN.Mul(slopeN, d))
	sum.Quo(sum, d.Mul(d, n))
	// (±q·y − j·|y* − y|)/(y·|y* − y|)
	term, divisor := m.New(precision).MulInt64(one, int64(-f.power)), at.y
	if f.order > 0 {
		term.Mul(term, at.gap)
		term.Add(term, m.New(precision).MulInt64(at.y, int64(f.order*f.direction)))
		divisor = m.New(precision).Mul(at.y, at.gap)
	}
	return sum.Add(sum, term.Quo(term, divisor))
}

// kappa returns κT.
func (s *Solver) kappa(t *big.Rat, precision uint) *ball.Ball {
	if s.product == nil || s.time.Cmp(t) != 0 {
		s.time.Set(t)
		s.product = new(big.Rat).Mul(t, s.problem.Rate)
	}
	return s.work.New(precision).SetRat(s.product)
}
