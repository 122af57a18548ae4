package ode

import (
	"math"
	"math/big"
	"muflow/internal/portable"
	"sort"

	"muflow/ode/ball"
)

// A shape is the set of the points
//
//	middle_i + 2^unit·(p_i(r) + Σ_l F_il·e_l ± rest_i),  r, e ∈ [−1, 1]^n
//
// The polynomials p in r are the image of the box at the start; the columns of F
// are about orthogonal, and their box takes up what is left: higher powers,
// remainders, roundings. With p of degree one this is the set of R. J. Lohner,
// Enclosing the solutions of ordinary initial and boundary value problems
// (1987), in two parts as in M. Mrozek and P. Zgliczyński, Set arithmetic and the
// enclosing problem in dynamics, Annales Polonici Mathematici 74 (2000).
type shape struct {
	unit  int
	basis *basis
	sides []*model // deviations, by unknown
}

// shapeDegree is that of the polynomials for a set; points have degree one.
const shapeDegree = 4

// matrix is a square matrix of intervals.
type matrix [][]interval

func newMatrix(n int) matrix {
	m := make(matrix, n)
	for i := range m {
		m[i] = make([]interval, n)
	}
	return m
}

func unitMatrix(n int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		m[i][i] = 1
	}
	return m
}

// times returns a·b for a matrix of numbers b.
func (f *intervals) times(a matrix, b [][]float64) matrix {
	out := newMatrix(len(a))
	var term interval
	for i := range a {
		for l := range b {
			for k := range b {
				if b[k][l] != 0 && a[i][k] != (interval{}) {
					f.mul(&term, &a[i][k], &interval{b[k][l], b[k][l]})
					f.add(&out[i][l], &out[i][l], &term)
				}
			}
		}
	}
	return out
}

// newShape is a box with these radii about the middle.
func newShape(radii []*big.Float, degree int) *shape {
	s := &shape{unit: unitOf(radii)}
	if s.unit < -500 {
		degree = 1
	}
	s.basis = newBasis(len(radii), degree)
	for i, r := range radii {
		side := newModels(s.basis).fresh(0)
		side.c[i] = scaledUp(r, s.unit)
		s.sides = append(s.sides, side)
	}
	return s
}

// unitOf returns the exponent of the largest of some numbers.
func unitOf(xs []*big.Float) int {
	unit, found := 0, false
	for _, x := range xs {
		if e := x.MantExp(nil); x.Sign() != 0 && (!found || e > unit) {
			unit, found = e, true
		}
	}
	return unit
}

// scaledUp returns an upper bound of x·2^−unit for x ≥ 0.
func scaledUp(x *big.Float, unit int) float64 {
	if x.Sign() == 0 {
		return 0
	}
	v, _ := new(big.Float).SetMantExp(x, -unit).Float64()
	return up(v)
}

// slopeOrder is the order in time of deviations. What it leaves out is a relative
// error of a radius.
const slopeOrder = 12

// variation returns the system of the unknowns and of J, J' = f'(x)·J, row by row.
func variation(system *System) *System {
	n := system.Dimension
	out := &System{n + n*n, append([]*Expr(nil), system.RightHandSide...)}
	for _, f := range system.RightHandSide {
		partials := make([]*Expr, n)
		for k := range partials {
			partials[k] = f.Derivative(k)
		}
		for l := range n {
			sum := Integer(0)
			for k, d := range partials {
				if !d.isZero() {
					sum = plus(sum, d.Mul(State(n+k*n+l)))
				}
			}
			out.RightHandSide = append(out.RightHandSide, sum)
		}
	}
	return out
}

// deviate encloses how the deviation of a tube's shape goes on during the step:
//
//	D(σ) ∈ Σ_{k<K} D_k σ^k + J_K(boxes)·D(0) σ^K
//
// The coefficients are those of the solution through the models at the start,
// less their centers; J is the derivative of the flow, of which
// ‖J(σ)·e_l‖ ≤ e^{∫λ}‖e_l‖ gives boxes.
func (v *validator) deviate(t *tube, middle []*big.Float) (*deviation, bool) {
	f, n := v.bounds, v.pipe.system.Dimension
	if v.variation == nil {
		program, err := variation(v.pipe.system).compile()
		if err != nil {
			return nil, false
		}
		v.variation = newJet(program, f, slopeOrder, uniform(firstBits))
		v.variation.scale = new(*interval)
	}
	s := t.shape
	v.pipe.work += v.toll.shape(len(s.basis.exponents), len(v.variation.program.nodes))
	if v.models == nil || v.models.basis != s.basis {
		v.models = newModels(s.basis)
		v.sides = newJet(v.program, v.models, slopeOrder-1, uniform(firstBits))
		v.sides.scale = new(*model)
	}
	m := v.models
	if f.failure() != nil || m.failure() != nil {
		return nil, false
	}
	m.scale = math.Ldexp(1, max(s.unit, -1000))
	var step interval
	f.overBall(&step, ball.New(firstBits).SetRat(t.length))
	*v.variation.scale = &step
	length := m.fresh(0)
	m.constant(length, step)
	*v.sides.scale = length
	for i, x := range middle {
		m.set(v.sides.states[i][0], s.sides[i])
		f.overBall(&v.sides.states[i][0].center, ball.New(firstBits).SetFloat(x))
	}
	v.sides.evaluate()
	v.sides.expand()
	if m.failure() != nil {
		return nil, false
	}
	rise, most := 0.0, 0.0
	for _, g := range t.growth {
		rise = up(rise + g)
		most = max(most, rise)
	}
	spread := ball.New(firstBits).SetFloat64(expUp(most))
	state := hullOf(t.boxes)
	for i := range n {
		for l := range n {
			bound := ball.New(firstBits).Quo(v.pipe.weights[i], v.pipe.weights[l])
			b, _ := bound.Mul(bound, spread).Upper().Float64()
			if b = up(b); !(b < math.Inf(1)) {
				return nil, false
			}
			state = append(state, &interval{-b, b})
		}
	}
	v.variation.start(state)
	v.variation.expand()
	d := &deviation{basis: s.basis, unit: s.unit, left: make([]float64, n)}
	for i := range n {
		for l := range n {
			d.left[i] = raised(d.left[i] + float64(v.variation.states[n+i*n+l][slopeOrder].magnitude()*s.sides[l].norm()))
		}
		row := make([]*model, slopeOrder)
		for k := range row {
			row[k] = m.fresh(0)
			m.set(row[k], v.sides.states[i][k])
			row[k].center = interval{}
		}
		d.rows = append(d.rows, row)
	}
	return d, f.failure() == nil
}

// moved returns the shape after a step about a new middle, from the deviations
// at its end; off bounds how far the image of the old middle is from the new
// one, by unknown.
//
//	p(r) + L·e ± left ∈ p(r) + F'·e',  F' = Q·diag(b),  b = |Q^{−1}L|·1 + |Q^{−1}|·left
func (s *shape) moved(f *intervals, ends []*model, off []*big.Float) (*shape, bool) {
	n := len(s.sides)
	z := &shape{unit: s.unit, basis: s.basis}
	frame, left := newMatrix(n), make([]float64, n)
	for i, x := range ends {
		left[i] = up(x.rest + scaledUp(off[i], s.unit))
		side := &model{c: make([]float64, len(x.c))}
		for j, c := range x.c {
			switch kind := s.basis.kind(j); {
			case kind == 0:
				side.c[j] = c
			case kind == 1:
				frame[i][j-n] = interval{c, c}
			default:
				left[i] = up(left[i] + math.Abs(c))
			}
		}
		z.sides = append(z.sides, side)
	}
	q, inverse, ok := orthogonal(f, frame)
	if !ok {
		return nil, false
	}
	most := 0.0
	var term, entry interval
	for l := range n {
		b := 0.0
		for j := range n {
			entry = interval{}
			for k := range n {
				f.mul(&term, &inverse[l][k], &frame[k][j])
				f.add(&entry, &entry, &term)
			}
			b = up(b + entry.magnitude())
			b = up(b + up(inverse[l][j].magnitude()*left[j]))
		}
		for i, side := range z.sides {
			side.c[n+l] = q[i][l] * b
			side.rest = raised(side.rest + float64(0x1p-52*math.Abs(side.c[n+l])))
		}
	}
	for _, side := range z.sides {
		most = max(most, side.norm())
	}
	if !(most < math.Inf(1)) || f.failure() != nil {
		return nil, false
	}
	if _, e := math.Frexp(most); most != 0 && (e > 100 || e < -100) { // another unit
		z.unit += e
		for _, side := range z.sides {
			for j := range side.c {
				side.c[j] = math.Ldexp(side.c[j], -e)
			}
			side.rest = raised(math.Ldexp(side.rest, -e))
		}
	}
	return z, true
}

// kind tells monomials in r alone, 0, and the e_l, 1, from others.
func (b *basis) kind(j int) int {
	extra, total := 0, 0
	for i, k := range b.exponents[j] {
		total += k
		if i >= b.unknowns {
			extra += k
		}
	}
	if extra > 0 && total > 1 {
		return 2
	}
	return extra
}

// orthogonal returns the orthogonal factor of the columns of a matrix, the
// longest first, about, and encloses its inverse:
//
//	‖I − QᵀQ‖ ≤ ε ⇒ Q^{−1} ∈ Qᵀ ± ε/(1−ε)·max row sum of |Qᵀ|
func orthogonal(f *intervals, m matrix) (factor [][]float64, inverse matrix, ok bool) {
	n := len(m)
	columns := make([][]float64, n)
	sizes := make([]float64, n)
	order := make([]int, n)
	for l := range n {
		order[l] = l
		columns[l] = make([]float64, n)
		for i := range n {
			columns[l][i] = (m[i][l].low + m[i][l].high) / 2
			sizes[l] = portable.Hypot(sizes[l], columns[l][i])
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return sizes[order[a]] > sizes[order[b]] })
	var basis [][]float64
	add := func(x []float64) {
		x = append([]float64(nil), x...)
		before := norm(x)
		for range 2 { // once more for what rounding left
			for _, q := range basis {
				dot := 0.0
				for i := range x {
					dot += float64(x[i] * q[i])
				}
				for i := range x {
					x[i] -= float64(dot * q[i])
				}
			}
		}
		if after := norm(x); len(basis) < n && after > 1e-9*before && after < math.Inf(1) {
			for i := range x {
				x[i] /= after
			}
			basis = append(basis, x)
		}
	}
	for _, l := range order {
		if sizes[l] > 0 {
			add(columns[l])
		}
	}
	for i := range n { // what is missing
		x := make([]float64, n)
		x[i] = 1
		add(x)
	}
	if len(basis) < n {
		return nil, nil, false
	}
	factor = unitMatrix(n)
	transposed := newMatrix(n)
	for l, q := range basis {
		for i := range q {
			factor[i][l] = q[i]
			transposed[l][i] = interval{q[i], q[i]}
		}
	}
	product := f.times(transposed, factor)
	gap, width := 0.0, 0.0
	for i := range product {
		row, size := 0.0, 0.0
		for l := range product {
			x := product[i][l]
			if i == l {
				f.sub(&x, &x, &interval{1, 1})
			}
			row, size = up(row+x.magnitude()), up(size+transposed[i][l].magnitude())
		}
		gap, width = max(gap, row), max(width, size)
	}
	if !(gap < 0.5) {
		return nil, nil, false
	}
	slack := up(up(2*gap) * width)
	for i := range transposed {
		for l := range transposed {
			f.outward(&transposed[i][l], transposed[i][l].low-slack, transposed[i][l].high+slack)
		}
	}
	return factor, transposed, true
}

func norm(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum = portable.Hypot(sum, v)
	}
	return sum
}
