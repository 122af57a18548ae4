package ode

import (
	"math"
	"math/big"
	list "slices" // slices is a number here

	"muflow/ode/ball"
)

// A model encloses a function of r ∈ [−1, 1]^n and e ∈ [−1, 1]^n by
//
//	center + 2^unit·(Σ_j c_j·monomial_j(r, e) ± rest)
//
// without a constant monomial: the center is the value at r = e = 0 of the exact
// function, so that a deviation is known to a relative error, however small.
// Taylor models of the deviation; K. Makino and M. Berz, Taylor models and other
// validated functional inclusion methods, International Journal of Pure and
// Applied Mathematics 4 (2003).
type model struct {
	center interval
	c      []float64
	rest   float64
}

// norm bounds the deviation of a model, in its unit.
func (x *model) norm() float64 {
	sum := x.rest
	for _, v := range x.c {
		sum += math.Abs(v)
	}
	return raised(sum)
}

// models is rigorous arithmetic with models, an arithmetic for jets.
type models struct {
	intervals
	basis *basis
	scale float64 // ≥ 2^unit, as near
	sum   []float64
	terms [3]model
}

// A basis lists the monomials in r up to a degree, each also times one e_l
// where the degree allows it.
type basis struct {
	unknowns, degree int
	exponents        [][]int
	product          [][]int // of two monomials, −1 if it is none
}

// mostMonomials bounds the size of a basis beyond degree one.
const mostMonomials = 80

func newBasis(n, degree int) *basis {
	for ; degree > 1; degree-- {
		if b := (&basis{unknowns: n, degree: degree}).list(); b != nil {
			return b
		}
	}
	return (&basis{unknowns: n, degree: 1}).list()
}

// list fills in the monomials, the n of r first, then the n of e; nil if there
// are too many.
func (b *basis) list() *basis {
	n := b.unknowns
	for i := range 2 * n {
		e := make([]int, 2*n)
		e[i] = 1
		b.exponents = append(b.exponents, e)
	}
	for at := 0; at < len(b.exponents); at++ {
		if len(b.exponents) > mostMonomials && b.degree > 1 {
			return nil
		}
		for i := range n {
			e := list.Clone(b.exponents[at])
			e[i]++
			if b.find(e) < 0 && b.allowed(e) {
				b.exponents = append(b.exponents, e)
			}
		}
	}
	b.product = make([][]int, len(b.exponents))
	for i, x := range b.exponents {
		for _, y := range b.exponents {
			z := list.Clone(x)
			for k := range z {
				z[k] += y[k]
			}
			b.product[i] = append(b.product[i], b.find(z))
		}
	}
	return b
}

func (b *basis) find(e []int) int {
	return list.IndexFunc(b.exponents, func(x []int) bool { return list.Equal(x, e) })
}

func (b *basis) allowed(e []int) bool {
	total, extra := 0, 0
	for i, k := range e {
		total += k
		if i >= b.unknowns {
			extra += k
		}
	}
	return total <= b.degree && extra <= 1
}

func newModels(b *basis) *models {
	m := &models{basis: b, scale: 1, sum: make([]float64, len(b.exponents))}
	for i := range m.terms {
		m.terms[i].c = make([]float64, len(b.exponents))
	}
	return m
}

func (m *models) fresh(uint) *model { return &model{c: make([]float64, len(m.basis.exponents))} }

func (m *models) constant(z *model, x interval) {
	z.center, z.rest = x, 0
	clear(z.c)
}

func (m *models) set(z, x *model) {
	z.center, z.rest = x.center, x.rest
	copy(z.c, x.c)
}

func (m *models) rational(z *model, q *big.Rat) {
	var x interval
	m.intervals.rational(&x, q)
	m.constant(z, x)
}

// rounding bounds the relative error of a few operations on a coefficient.
const modelRounding = 0x1p-50

func (m *models) add(z, x, y *model) {
	m.intervals.add(&z.center, &x.center, &y.center)
	size := 0.0
	for i, v := range x.c {
		w := v + y.c[i]
		size += math.Abs(w)
		z.c[i] = w
	}
	z.rest = raised(x.rest + y.rest + float64(modelRounding*size))
}

func (m *models) neg(z, x *model) {
	m.intervals.neg(&z.center, &x.center)
	for i, v := range x.c {
		z.c[i] = -v
	}
	z.rest = x.rest
}

func (m *models) sub(z, x, y *model) {
	m.neg(&m.terms[0], y)
	m.add(z, x, &m.terms[0])
}

// mul multiplies: with a, b the centers and 2^unit·A, 2^unit·B the deviations,
//
//	a·B + b·A + 2^unit·A·B
func (m *models) mul(z, x, y *model) {
	a, b := x.center.low+float64((x.center.high-x.center.low)/2), y.center.low+float64((y.center.high-y.center.low)/2)
	gapA, gapB := up(max(x.center.high-a, a-x.center.low)), up(max(y.center.high-b, b-y.center.low))
	sizeX, sizeY := x.norm(), y.norm()
	dropped := 0.0
	sum := m.sum
	if m.basis.degree == 1 {
		dropped = sizeX * sizeY
		for i, v := range x.c {
			sum[i] = float64(a*y.c[i]) + float64(b*v)
		}
	} else {
		dropped = m.basis.multiply(sum, x.c, y.c)
		dropped += float64(sizeX*y.rest) + float64(sizeY*x.rest) + float64(float64(len(sum))*modelRounding*sizeX*sizeY)
		for i, v := range x.c {
			sum[i] = float64(m.scale*sum[i]) + float64(a*y.c[i]) + float64(b*v)
		}
	}
	absA, absB := math.Abs(a)+gapA, math.Abs(b)+gapB
	rest := float64(absA*y.rest) + float64(absB*x.rest) + float64(gapA*sizeY) + float64(gapB*sizeX) + float64(m.scale*dropped) +
		float64(4*modelRounding*(float64(absA*sizeY)+float64(absB*sizeX)+float64(m.scale*sizeX*sizeY)))
	m.intervals.mul(&z.center, &x.center, &y.center)
	copy(z.c, sum)
	if z.rest = raised(rest); !(z.rest < defectLimit) {
		m.fail(errOverflow)
	}
}

// multiply sets z to the product of two polynomials and returns the sum of what it
// has no place for, in absolute values. A function of its own keeps its loop in
// registers.
func (b *basis) multiply(z, x, y []float64) (dropped float64) {
	clear(z)
	for i, v := range x {
		if v == 0 {
			continue
		}
		row := b.product[i][:len(y)]
		for j, w := range y {
			if at := row[j]; at >= 0 {
				z[at] += float64(v * w)
			} else {
				dropped += math.Abs(v * w)
			}
		}
	}
	return dropped
}

func (m *models) timesInteger(z, x *model, n int64) {
	m.constant(&m.terms[0], interval{float64(n), float64(n)})
	m.mul(z, x, &m.terms[0])
}

func (m *models) overInteger(z, x *model, n int64) {
	var inverse interval
	m.intervals.quo(&inverse, &interval{1, 1}, &interval{float64(n), float64(n)})
	m.constant(&m.terms[0], inverse)
	m.mul(z, x, &m.terms[0])
}

func (m *models) convolve(z *model, xs, ys []*model) {
	total, term := &m.terms[1], &m.terms[2]
	m.constant(total, interval{})
	for i, x := range xs {
		m.mul(term, x, ys[len(ys)-1-i])
		m.add(total, total, term)
	}
	m.set(z, total)
}

// over returns the range of a model.
func (m *models) over(x *model) interval {
	var z interval
	reach := up(m.scale * x.norm())
	m.outward(&z, x.center.low-reach, x.center.high+reach)
	return z
}

// series composes x with a function, by its Taylor coefficients at the center
// and a bound of the next one on the range:
//
//	F(a + s) = F_0 + s·(F_1 + s·(F_2 + …)),  |remainder| ≤ |F_{m+1}|·|s|^{m+1}
func (m *models) series(z, x *model, taylor []interval, next float64) {
	size := x.norm()
	deviation := &m.terms[1]
	m.set(deviation, x)
	deviation.center = interval{}
	w := &m.terms[2]
	m.constant(w, taylor[len(taylor)-1])
	for j := len(taylor) - 2; j >= 0; j-- {
		m.mul(w, w, deviation)
		m.intervals.add(&w.center, &w.center, &taylor[j])
	}
	m.set(z, w)
	bound, reach := raised(next), raised(m.scale*size)
	for range len(taylor) - 1 {
		bound = raised(bound * reach) // step by step: what underflows on the way is raised too
	}
	z.rest = raised(z.rest + float64(bound*size))
	if !(z.rest < defectLimit) {
		m.fail(errOverflow)
	}
}

// taylorOf makes coefficients F_0 … F_m from the first and the ratio of each to
// the one before, (alpha − j)/((j + 1)·a) or 1/(j + 1) for the exponential.
func (m *models) taylorOf(first interval, center *interval, alpha float64) []interval {
	out := []interval{first}
	for j := range m.basis.degree + 2 {
		var z interval
		ratio := alpha - float64(j)
		if center == nil {
			ratio = 1
		}
		m.intervals.mul(&z, &out[j], &interval{ratio, ratio})
		m.intervals.overInteger(&z, &z, int64(j+1))
		if center != nil {
			m.intervals.quo(&z, &z, center)
		}
		out = append(out, z)
	}
	return out
}

func (m *models) exp(z, x *model) {
	var first, most interval
	m.intervals.exp(&first, &x.center)
	span := m.over(x)
	m.intervals.exp(&most, &span)
	taylor, factorial := m.taylorOf(first, nil, 0), 1.0
	for j := range len(taylor) {
		factorial *= float64(j + 1) // exact
	}
	m.series(z, x, taylor, most.high/factorial)
}

// away returns the least of |x|, and whether x does not contain 0.
func (m *models) away(x *model) (least float64, ok bool) {
	span := m.over(x)
	least = max(span.low, -span.high)
	return least, least > 0
}

func (m *models) log(z, x *model) {
	least, ok := m.away(x)
	if !ok || x.center.low <= 0 {
		m.fail(errLog)
		m.constant(z, interval{})
		return
	}
	var value, slope interval
	m.intervals.log(&value, &x.center)
	m.intervals.quo(&slope, &interval{1, 1}, &x.center)
	taylor := []interval{value} // F_{j+1} = (coefficient j of 1/x)/(j + 1)
	for j, c := range m.taylorOf(slope, &x.center, -1) {
		m.intervals.overInteger(&c, &c, int64(j+1))
		taylor = append(taylor, c)
	}
	m.series(z, x, taylor, powerUp(1/least, len(taylor)))
}

func (m *models) sqrt(z, x *model) {
	least, ok := m.away(x)
	if !ok || x.center.low <= 0 {
		m.fail(errSqrt)
		m.constant(z, interval{})
		return
	}
	var first interval
	m.intervals.sqrt(&first, &x.center)
	taylor := m.taylorOf(first, &x.center, 0.5)
	m.series(z, x, taylor, powerUp(1/least, len(taylor))*math.Sqrt(m.over(x).high))
}

// turn composes x with the sine or, a quarter further, the cosine; its Taylor
// coefficients go round in four steps.
func (m *models) turn(z, x *model, quarter int) {
	var s, c interval
	m.intervals.sin(&s, &x.center)
	m.intervals.cos(&c, &x.center)
	round := [4]interval{s, c}
	m.intervals.neg(&round[2], &s)
	m.intervals.neg(&round[3], &c)
	var taylor []interval
	factorial := int64(1)
	for j := range m.basis.degree + 3 {
		factorial *= int64(max(1, j)) // far below 2^63: the degree is at most 4
		var t interval
		m.intervals.overInteger(&t, &round[(j+quarter)%4], factorial)
		taylor = append(taylor, t)
	}
	m.series(z, x, taylor, 1/float64(factorial))
}

func (m *models) sin(z, x *model) { m.turn(z, x, 0) }
func (m *models) cos(z, x *model) { m.turn(z, x, 1) }

// atan composes x with the arctangent, whose Taylor coefficients are integrals of
// those of 1/(1 + x²), at most 1/n in absolute value for s^n.
func (m *models) atan(z, x *model) {
	var first, square, least, t interval
	m.intervals.atan(&first, &x.center)
	m.intervals.mul(&square, &x.center, &x.center)
	m.intervals.add(&least, &square, &interval{1, 1})
	slopes := []interval{{}, {}} // g_{-2}, g_{-1}
	taylor := []interval{first}
	for j := range m.basis.degree + 2 {
		g := interval{1, 1}
		if j > 0 { // (1 + a²)·g_j + 2a·g_{j−1} + g_{j−2} = 0
			m.intervals.mul(&t, &x.center, &slopes[j+1])
			m.intervals.timesInteger(&t, &t, 2)
			m.intervals.add(&t, &t, &slopes[j])
			m.intervals.neg(&g, &t)
		}
		m.intervals.quo(&g, &g, &least)
		slopes = append(slopes, g)
		m.intervals.overInteger(&g, &g, int64(j+1))
		taylor = append(taylor, g)
	}
	m.series(z, x, taylor, 1/float64(len(taylor)))
}

func (m *models) abs(z, x *model) { m.signed(z, x, x) }

func (m *models) signed(z, x, s *model) {
	span := m.over(s)
	switch {
	case span.low > 0:
		m.set(z, x)
	case span.high < 0:
		m.neg(z, x)
	default:
		m.fail(errAbs)
		m.constant(z, interval{})
	}
}

func (m *models) quo(z, x, y *model) {
	least, ok := m.away(y)
	if !ok {
		m.fail(errDivision)
		m.constant(z, interval{})
		return
	}
	var first interval
	m.intervals.quo(&first, &interval{1, 1}, &y.center)
	taylor := m.taylorOf(first, &y.center, -1)
	inverse := m.fresh(0)
	m.series(inverse, y, taylor, powerUp(1/least, len(taylor)+1))
	m.mul(z, x, inverse)
}

// powerUp bounds x^n from above.
func powerUp(x float64, n int) float64 {
	z := 1.0
	for range n {
		z = raised(z * up(x))
	}
	return z
}

// A deviation holds the models during a step:
//
//	D_i(σ) ∈ Σ_{k<K} D_{i,k} σ^k ± left_i·σ^K,  in 2^unit
type deviation struct {
	basis *basis
	unit  int
	rows  [][]*model
	left  []float64
}

// at sums up the deviations of the unknowns at a fraction of the step.
func (d *deviation) at(fraction *interval) []*model {
	m := newModels(d.basis)
	m.scale = 0 // nothing but sums and products with numbers
	part := m.fresh(0)
	m.constant(part, *fraction)
	power := 1.0
	for range len(d.rows[0]) {
		power = min(1, up(power*fraction.high))
	}
	out := make([]*model, len(d.rows))
	for i, row := range d.rows {
		z := m.fresh(0)
		for k := len(row) - 1; k >= 0; k-- {
			m.mul(z, z, part)
			m.add(z, z, row[k])
			z.center = interval{}
		}
		z.rest = raised(z.rest + up(d.left[i]*power))
		out[i] = z
	}
	return out
}

// radiiOf bounds deviations, as numbers.
func radiiOf(unit int, deviations []*model) ([]*big.Float, bool) {
	out := make([]*big.Float, len(deviations))
	for i, x := range deviations {
		z := ball.New(firstBits).SetFloat64(x.norm())
		if !z.IsFinite() {
			return nil, false
		}
		out[i] = z.MulPow2(z, unit).Upper()
	}
	return out, true
}
