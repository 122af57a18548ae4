package ode

import (
	"math"

	"muflow/ode/ball"
)

// A tangent follows f'(x) along the solution through one point in float64, as
// polynomials in the time of a step with bounds of what these leave out, and with them
// the derivative J of the flow, J' = f'(x)·J. Nothing is evaluated over a box: of a
// sum whose terms nearly cancel, derivatives over one are too wide already where it is a
// thousandth as long as a step could be.
type tangent struct {
	scout   *scout       // of the unknowns and, beyond the first outputs, of f', row by row
	defects *defects     // with the unknowns within some radius of their polynomials
	start   []float64    // where the step begins
	powers  []interval   // of the step over the scale
	length  *ball.Ball   // the step
	j       [][]float64  // coefficients of J in the time of the scout, row by row
	sizes   []nodeBound  // of these
	radii   []float64    // of the unknowns, but for the spread: off from the polynomials of the tube
	slopes  [][]interval // coefficients of f' in the time of the step
}

// newTangent compiles the right-hand side and its derivatives.
func newTangent(system *System) (*tangent, error) {
	n := system.Dimension
	outputs := append([]*Expr(nil), system.RightHandSide...)
	for _, f := range system.RightHandSide {
		for l := range n {
			outputs = append(outputs, f.Derivative(l))
		}
	}
	p, err := compile(outputs, n)
	if err != nil {
		return nil, err
	}
	constants, rough, err := constantsOf(p, 128)
	if err != nil {
		return nil, err
	}
	x := &tangent{scout: newScout(p, slopeOrder, rough), defects: newDefects(p, slopeOrder, 0)}
	x.start, x.radii = make([]float64, n), make([]float64, n)
	x.powers = make([]interval, slopeOrder+1)
	x.sizes = make([]nodeBound, n*n)
	for i := range x.sizes {
		x.j, x.slopes = append(x.j, make([]float64, slopeOrder+1)), append(x.slopes, make([]interval, slopeOrder))
		x.sizes[i].size = make([]float64, slopeOrder+1)
	}
	x.defects.scout, x.defects.radii = x.scout, make([]float64, len(p.nodes))
	for i, c := range constants {
		if c != nil {
			r, _ := reachOf(c, ball.New(64).SetFloat64(rough[i]).Mid()).Float64()
			x.defects.radii[i] = raised(up(r))
		}
	}
	return x, nil
}

// slope returns the node of an entry of f'.
func (x *tangent) slope(i int) int { return x.scout.program.outputs[len(x.start)+i] }

// along expands f' and J along a tube; false where it cannot.
func (x *tangent) along(v *validator, t *tube) bool {
	if !roundedTo(x.start, v.pipe.middle) || !x.scout.survey(x.start) || !x.expand(v.bounds, ball.New(firstBits).SetRat(t.length)) {
		return false
	}
	for i := range x.radii {
		x.radii[i] = v.apart(i, x.scout.states[i], x.powers)
	}
	return v.bounds.failure() == nil
}

// expand makes the polynomials of f' and J for a step of the scout.
//
//	(k+1)·J_{k+1} = scale·Σ_i A_i·J_{k−i},  A = f'
func (x *tangent) expand(f *intervals, length *ball.Ball) bool {
	n := len(x.start)
	x.length = length
	var ratio interval
	f.overBall(&ratio, ball.New(firstBits).Quo(x.length, ball.New(firstBits).SetFloat64(x.scout.scale)))
	x.powers[0] = interval{1, 1}
	for k := 1; k < len(x.powers); k++ {
		f.mul(&x.powers[k], &x.powers[k-1], &ratio)
	}
	for i := range x.j {
		x.j[i][0] = 0
		if i%(n+1) == 0 {
			x.j[i][0] = 1
		}
		row := x.scout.rough[x.slope(i)]
		for k := range x.slopes[i] {
			x.slopes[i][k] = interval{}
			if k < len(row) {
				f.mul(&x.slopes[i][k], &x.powers[k], &interval{row[k], row[k]})
			}
		}
	}
	for k := range slopeOrder {
		for i := range n {
			for l := range n {
				sum := 0.0
				for m := range n {
					a := x.scout.rough[x.slope(i*n+m)]
					for at := range min(k+1, len(a)) {
						sum += float64(a[at] * x.j[m*n+l][k-at])
					}
				}
				x.j[i*n+l][k+1] = float64(sum*x.scout.scale) / float64(k+1)
			}
		}
	}
	x.defects.foretell(x.scout, ratio.high)
	for i, c := range x.j {
		x.defects.take(&x.sizes[i], c, ratio.high)
		if !(x.sizes[i].norm < scoutLimit) {
			return false
		}
	}
	return f.failure() == nil
}

// within bounds f' where the unknowns differ from the tube's polynomials by no more
// than so much, and returns bounds of ∫λ over its slices.
func (x *tangent) within(v *validator, spread func(i int) float64) (growth []float64, ok bool) {
	f, n := v.bounds, len(x.start)
	for i := range n {
		x.defects.states[i].r = raised(spread(i) + x.radii[i])
	}
	if !x.defects.bound(nil) {
		return nil, false
	}
	a := make([][]*interval, n)
	for j := range slices {
		for i := range n {
			a[i] = a[i][:0]
			for l := range n {
				row := make([]*interval, slopeOrder)
				for k := range row {
					row[k] = &x.slopes[i*n+l][k]
				}
				z, left := f.polynomialRange(row, j), &x.defects.nodes[x.slope(i*n+l)]
				rest := left.r + left.t + x.defects.overflowing(left)
				f.outward(z, z.low-rest, z.high+rest)
				a[i] = append(a[i], z)
			}
		}
		growth = append(growth, v.growth(a, x.length))
	}
	return growth, f.failure() == nil
}

// drift bounds J' − step·f'·J for the polynomials of column l, entry i.
func (x *tangent) drift(i, l int) (r, t float64) {
	n := len(x.start)
	step, _ := x.length.Upper().Float64()
	for m := range n {
		a, b := &x.defects.nodes[x.slope(i*n+m)], &x.sizes[m*n+l]
		p, q := x.defects.product(a, b)
		r += raised(p + float64(float64(slopeOrder+n+8)*0x1p-53*a.norm*b.norm))
		t += raised(q)
	}
	return raised(up(step) * r), raised(up(step) * t)
}

// tighten replaces what a tube says of growth by what tangents along it do; it reports
// whether they are known.
func (v *validator) tighten(t *tube) bool {
	p := v.pipe
	if v.tangent == nil {
		var err error
		if v.tangent, err = newTangent(p.system); err != nil {
			v.tangent = &tangent{}
		}
	}
	x := v.tangent
	if t.fractions == nil || p.isSet() || x.scout == nil {
		return false
	}
	p.work += v.toll.tangent(len(x.scout.program.nodes))
	if !x.along(v, t) {
		return false
	}
	for range 2 { // the second time in a tube that is tighter
		spread := ball.New(firstBits).SetFloat64(expUp(t.rise()))
		spread.Mul(spread, ball.New(firstBits).SetFloat(t.spread))
		spread.Add(spread, ball.New(firstBits).SetFloat(t.roundoff))
		spread.Add(spread, ball.New(firstBits).SetFloat(t.cutoff))
		growth, ok := x.within(v, func(i int) float64 {
			r, _ := p.component(i, spread.Upper()).Float64()
			return up(r)
		})
		if !ok {
			return false
		}
		for j, g := range growth {
			t.growth[j] = min(t.growth[j], g)
		}
		v.grow(t)
	}
	return true
}

// carry encloses how the deviation of a tube's shape goes on during the step, for a set
// so small that J at its points differs little. With P the polynomials of J, P(0) the
// unit matrix, for every y in the set
//
//	D(σ) = (P(σ) + E(σ))·D(0),  ‖E(σ)·e_l‖ ≤ e^{∫λ⁺} ∫ ‖P'·e_l − h·f'(φ_τ(y))·P·e_l‖
//
// by the logarithmic norm over the tube, in σ = τ/h.
func (v *validator) carry(t *tube) (*deviation, bool) {
	p, f, n, x, s := v.pipe, v.bounds, v.pipe.system.Dimension, v.tangent, t.shape
	growth := ball.New(firstBits).SetFloat64(expUp(t.rise()))
	d := &deviation{basis: s.basis, unit: s.unit, left: make([]float64, n)}
	m := newModels(s.basis)
	for i := range n {
		row := make([]*model, slopeOrder+1)
		for k := range row {
			row[k] = m.fresh(0)
			for l, side := range s.sides {
				var c interval
				at := x.j[i*n+l][k]
				f.mul(&c, &x.powers[k], &interval{at, at})
				m.accumulate(row[k], c, side)
			}
		}
		d.rows = append(d.rows, row)
	}
	for l, side := range s.sides {
		sums := [2]*ball.Ball{ball.New(firstBits), ball.New(firstBits)}
		for i := range n {
			r, c := x.drift(i, l)
			v.square(sums[0], r, 0, i)
			v.square(sums[1], raised(c/(slopeOrder+1)), 0, i)
		}
		for _, sum := range sums {
			sum.Mul(sum.Sqrt(sum), growth)
		}
		for i := range n {
			for j, rest := range [2]*float64{&d.rows[i][1].rest, &d.left[i]} {
				b, _ := p.component(i, sums[j].Upper()).Float64()
				*rest = raised(*rest + float64(up(b)*side.norm()))
			}
		}
	}
	return d, f.failure() == nil
}

// apart bounds on the step how far the polynomial of an unknown is from another one, with
// coefficients c_k times powers of a ratio.
func (v *validator) apart(i int, c []float64, powers []interval) float64 {
	row, total := v.stride.expansion.states[i], 0.0
	for k := range v.pipe.settings.Order + 1 {
		a, b := row.Float64(k, 0), interval{}
		if k < len(c) {
			v.bounds.mul(&b, &powers[k], &interval{c[k], c[k]})
		}
		total += max(b.high-a, a-b.low) + float64(0x1p-50*(math.Abs(a)+b.magnitude()))
	}
	return raised(total)
}

// accumulate adds a number times the deviation of a model.
func (m *models) accumulate(z *model, by interval, x *model) {
	a := by.low + float64((by.high-by.low)/2)
	size := 0.0
	for j, c := range x.c {
		term := float64(a * c)
		z.c[j] += term
		size += math.Abs(term) + math.Abs(z.c[j])
	}
	gap := up(max(by.high-a, a-by.low))
	z.rest = raised(z.rest + float64(gap*x.norm()) + float64(math.Abs(a)*x.rest) + float64(modelRounding*size))
}
