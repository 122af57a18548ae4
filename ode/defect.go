package ode

import (
	"math"
	"muflow/internal/fixed"
)

// defects bounds how far an expansion is from solving the equation.
//
// Let u be the polynomial of an expansion with exact coefficients, σ ∈ [0, 1]
// the time in units of the step h, and N the order. Each node of the program
// is followed as a function of σ along u,
//
//	node(u(σ)) = P(σ) + e(σ),  |e(σ)| ≤ r + t·σ^N,
//
// with P the polynomial of its expansion, of degree below N (N for an unknown,
// for which e = 0). With ‖P‖ = Σ_k |p_k| ≥ sup |P|, T(P, Q) = Σ_{i+j≥N} |p_i q_j|
// (a bound, times σ^N, of the part of a product of degree N and more), with R
// for the rounding counted in it and β for a lower bound of a divisor less its
// own e, the bounds of an operation follow from those of its operands:
//
//	a ± b   r_a + r_b + R,  t_a + t_b
//	a·b     ‖A‖ r_b + ‖B‖ r_a + r_a r_b + R,  T(A, B) + ‖A‖ t_b + ‖B‖ t_a + …
//	z = a/b   z − Z = (e_a − Z e_b + (A − B Z))/b:  (r_a + ‖Z‖ r_b + R)/β,  (T(B, Z) + t_a + ‖Z‖ t_b)/β
//	z = e^a   Z' − A' Z = ρ, so |Z − e^A| ≤ e^{V}|z_0 − e^{a_0}| + e^{2V} ∫|ρ|,  V = ‖A − a_0‖
//	z = log a  Z' − A'/A = ρ/A, so |Z − log A| ≤ |z_0 − log a_0| + ∫|ρ|/β
//	z = √a    |Z − √A| = |Z² − A|/(Z + √A) ≤ (R + T(Z, Z) σ^N)/√β
//
// The coefficients p_q, q < N, of A − B Z, ρ and Z² − A are what the recurrences
// of the expansion set to 0 up to rounding. So the defect of u is bounded
// without evaluating anything over a box:
//
//	|u_i' − h·f_i(u)| ≤ h·(r_{f_i} + t_{f_i} σ^N) + R
//
// This is the ring of Taylor models with absolute norms on [0, 1]; see
// K. Makino and M. Berz, Taylor models and other validated functional inclusion
// methods, International Journal of Pure and Applied Mathematics 4 (2003), and
// for defects A. Neumaier, Taylor forms – use and limits, Reliable Computing 9
// (2003). All numbers here are ≥ 0 and float64: each bound is raised by 2^−30 of
// itself, more than its roundings, and by 2^−1000, more than its underflows.
type defects struct {
	program *program
	order   int
	tilt    int         // coefficient k is kept times 2^{tilt·k}, r and t times 2^{tilt·order}
	nodes   []nodeBound // by node
	states  []nodeBound // r is by how much the unknown may differ from its polynomial
	tails   []float64
	unit    float64   // ≥ 2^{−tilt·order}
	scout   *scout    // that is bounded itself, nil if it is only to foretell
	radii   []float64 // of its constants, by node
}

// A nodeBound is what is known of one node.
type nodeBound struct {
	size  []float64 // size[k] ≥ |p_k|·2^{tilt·k}
	first float64   // ≤ |p_0|, as near
	rest  float64   // ≥ Σ_{k>0} |p_k|
	norm  float64   // ≥ Σ_k |p_k|
	r, t  float64
}

const (
	defectSlack = 1 + 0x1p-30
	defectFloor = 0x1p-1000
	defectLimit = 0x1p500 // all numbers stay below, or the bound fails
)

func raised(x float64) float64 { return float64(x*defectSlack) + defectFloor }

func newDefects(p *program, order, tilt int) *defects {
	d := &defects{program: p, order: order, tilt: tilt, tails: make([]float64, order+2)}
	d.unit = max(math.Ldexp(1, -tilt*order), defectFloor)
	d.states = make([]nodeBound, p.dimension)
	for i := range d.states {
		d.states[i].size = make([]float64, order+1)
	}
	d.nodes = make([]nodeBound, len(p.nodes))
	for n, x := range p.nodes {
		if !x.constant && x.op != OpState {
			d.nodes[n].size = make([]float64, order+1)
		}
	}
	return d
}

// foretell takes the sizes from a scout for a step relative to its scale.
// Approximate: no error bound, unless it is the scout that is bounded.
func (d *defects) foretell(s *scout, step float64) {
	take := func(b *nodeBound, c []float64) { d.take(b, c, step) }
	for i := range d.states {
		take(&d.states[i], s.states[i])
	}
	for n, x := range d.program.nodes {
		switch {
		case x.op == OpState:
			d.nodes[n] = d.states[x.index]
		case x.constant:
			v := math.Abs(s.constants[n])
			d.nodes[n].first, d.nodes[n].norm = v, v
			if d.scout != nil {
				d.nodes[n].first, d.nodes[n].norm = leastOf(v), raised(v)
			}
		default:
			take(&d.nodes[n], s.rough[n])
		}
	}
}

// take takes the sizes of a polynomial from coefficients of a scout.
func (d *defects) take(b *nodeBound, c []float64, step float64) {
	factor, power := step*math.Ldexp(1, d.tilt), 1.0
	for k, v := range c {
		b.size[k] = math.Abs(v) * power
		if power *= factor; d.scout != nil {
			b.size[k] = sizeOf(b.size[k], v)
		}
	}
	b.sum(d.tilt)
	if d.scout != nil {
		b.first = leastOf(c[0])
	}
}

// measure takes the sizes from an expansion.
func (d *defects) measure(e *expansion) {
	take := func(b *nodeBound, row *fixed.Series, order int) {
		for k := range order + 1 {
			v := math.Abs(row.Float64(k, d.tilt*k))
			b.size[k] = sizeOf(v, v)
		}
		b.sum(d.tilt)
		b.first = leastOf(row.Float64(0, 0))
	}
	for i, row := range e.states {
		take(&d.states[i], row, d.order)
	}
	for n, x := range d.program.nodes {
		c := &e.cells[n]
		switch {
		case x.op == OpState:
			d.nodes[n] = d.states[x.index]
		case x.constant:
			d.nodes[n].norm = c.around
		default:
			take(&d.nodes[n], c.row, d.order-1)
		}
	}
}

// sizeOf raises a number ≥ 0 that was computed from v, so that it is a bound.
func sizeOf(x, v float64) float64 {
	if v == 0 {
		return 0
	}
	return max(x, 0x1p-900) * defectSlack
}

// leastOf returns a lower bound of |v|.
func leastOf(v float64) float64 {
	if v = math.Abs(v) / defectSlack; v < 2*defectFloor {
		return 0
	}
	return v
}

// sum fills in the norms.
func (b *nodeBound) sum(tilt int) {
	back, rest := math.Ldexp(1, -tilt), 0.0
	for k := len(b.size) - 1; k > 0; k-- {
		rest = (rest + b.size[k]) * back
	}
	b.first, b.rest = b.size[0], raised(rest)
	b.norm = raised(b.first + b.rest)
}

// tail bounds Σ_{i+j≥order} |p_i q_j|, in the unit of r and t; with weight, of
// i·p_i in place of p_i.
func (d *defects) tail(p, q *nodeBound, weight bool) float64 {
	back, n := math.Ldexp(1, -d.tilt), d.order
	rest := 0.0
	for k := n; k >= 0; k-- {
		rest = float64(rest*back) + q.size[k]
		d.tails[k] = rest
	}
	total := 0.0
	for i, v := range p.size {
		if weight {
			v *= float64(i)
		}
		total += float64(v * d.tails[n-i])
	}
	return raised(total)
}

// rounding returns count units of 2^unit in the unit of r and t.
func (d *defects) rounding(count uint64, unit int) float64 {
	return math.Ldexp(float64(count), max(unit+d.tilt*d.order, -900))
}

// expUp returns an upper bound of e^x: e^x ≤ (1 − x/n)^{−n} for 0 ≤ x < n.
func expUp(x float64) float64 {
	const halvings = 10
	if x <= 0 {
		return 1
	}
	base := 1 - float64(x*(1.0/(1<<halvings)))
	if !(base > 0.5) {
		return math.Inf(1)
	}
	z := (1 + 0x1p-50) / base
	for range halvings {
		z *= z
	}
	return z * (1 + 0x1p-30)
}

// bound computes r and t of every node; with an expansion the rounding counts,
// without one only what is cut off. ok is false where a divisor may be 0 or a
// number is too large.
func (d *defects) bound(e *expansion) (ok bool) {
	for n := range d.program.nodes {
		x, z := &d.program.nodes[n], &d.nodes[n]
		if x.op == OpState {
			z.r, z.t = d.states[x.index].r, 0
			continue
		}
		if x.constant {
			z.r, z.t = 0, 0
			switch {
			case e != nil:
				radius := e.cells[n].radius
				z.r = math.Ldexp(radius.factor, max(radius.exponent+d.tilt*d.order, -900))
			case d.scout != nil:
				z.r = d.radii[n]
			}
			continue
		}
		if !d.operation(n, x, z, e) {
			return false
		}
		z.r, z.t = raised(z.r), raised(z.t)
		limit := defectLimit
		if d.scout != nil {
			z.r, limit = z.r+0x1p-900, scoutLimit
		}
		if !(z.r < limit && z.t < limit && z.norm < limit) {
			return false
		}
	}
	return true
}

// scoutLimit bounds sizes and inverses of divisors where a scout is bounded, so that
// its underflows are far below 2^−900.
const scoutLimit = 0x1p64

// A loss bounds what rounding leaves of an operation.
type loss struct {
	sum     float64 // of the coefficients of a sum, a product, or a quotient by a number
	lead    float64 // of the first coefficient of a function
	residue float64 // of what a recurrence sets to 0
}

// loss returns what an expansion has counted, or bounds what a scout may lose: every
// coefficient is a sum of at most N products, each term with two roundings.
func (d *defects) loss(n int, x *node, z *nodeBound, e *expansion) (l loss) {
	a, b := &d.nodes[x.a], &d.nodes[x.b]
	switch {
	case e != nil:
		own := &e.cells[n]
		l.sum = d.rounding(own.errors, own.row.Unit())
		l.lead = d.rounding(own.lead, own.row.Unit())
		switch x.op {
		case OpQuo:
			if b.size != nil {
				l.residue = d.division(own, b.norm, l.sum)
			}
		case OpExp:
			l.residue = l.sum + float64(d.rounding(own.heavy, own.weighted.Unit())*z.norm)
		case OpLog: // the multiples i·z_i are off from the weighted row by both roundings
			l.residue = d.division(own, a.norm, l.sum) + float64(a.norm*(l.sum+d.rounding(own.heavy, own.weighted.Unit())))
		case OpSqrt:
			double := 2 * z.norm
			l.residue = d.division(own, double, l.sum) + float64(l.lead*(double+float64(d.unit*l.lead)))
		}
	case d.scout != nil:
		unit := float64(d.order+8) * 0x1p-53
		switch x.op {
		case OpAdd, OpSub:
			l.sum = unit * (a.norm + b.norm)
		case OpMul:
			l.sum = unit * a.norm * b.norm
		case OpQuo:
			l.residue = unit * (a.norm + float64(b.norm*z.norm))
		case OpExp:
			l.lead = d.scout.lead(n, (*intervals).exp)
			l.residue = unit * float64(d.order) * a.rest * z.norm
		case OpLog:
			l.lead = d.scout.lead(n, (*intervals).log)
			l.residue = unit * float64(d.order) * (a.rest + float64(z.rest*a.norm))
		case OpSqrt:
			l.residue = unit * (a.norm + float64(z.norm*z.norm))
		}
	}
	return l
}

// least returns a lower bound of |node| on [0, 1], 0 if there is none.
func (d *defects) least(b *nodeBound) float64 {
	return max(0, b.first-float64(b.rest*defectSlack)-float64((b.r+b.t)*d.unit*defectSlack)) / defectSlack
}

// overflowing returns the coefficient that only an unknown has, of degree N.
func (d *defects) overflowing(b *nodeBound) float64 {
	if b.size == nil {
		return 0
	}
	return b.size[d.order]
}

// product bounds what is left of a product, but for rounding.
func (d *defects) product(a, b *nodeBound) (r, t float64) {
	r = float64(a.norm*b.r) + float64(b.norm*a.r) + float64(d.unit*a.r*b.r)
	t = float64(a.norm*b.t) + float64(b.norm*a.t) + float64(d.unit*(float64(a.r*b.t)+float64(a.t*b.r)+float64(a.t*b.t)))
	switch {
	case a.size == nil:
		t += float64(a.norm * d.overflowing(b))
	case b.size == nil:
		t += float64(b.norm * d.overflowing(a))
	default:
		t += d.tail(a, b, false)
	}
	return r, t
}

func (d *defects) operation(n int, x *node, z *nodeBound, e *expansion) bool {
	a, b := &d.nodes[x.a], &d.nodes[x.b]
	lost := d.loss(n, x, z, e)
	switch x.op {
	case OpAdd, OpSub:
		z.r = a.r + b.r + lost.sum
		z.t = a.t + b.t + d.overflowing(a) + d.overflowing(b)
	case OpNeg:
		z.r, z.t = a.r+lost.sum, a.t+d.overflowing(a)
	case OpMul:
		z.r, z.t = d.product(a, b)
		z.r += lost.sum
	case OpQuo:
		if b.size == nil && d.scout == nil { // a product with a number near 1/b
			inverse, radius := 0.0, 0.0
			if e != nil {
				own := &e.cells[n]
				inverse = own.around
				radius = math.Ldexp(own.radius.factor, max(own.radius.exponent+d.tilt*d.order, -900))
			} else {
				inverse = 1 / b.norm
			}
			z.r = float64(inverse*a.r) + float64(a.norm*radius) + float64(d.unit*a.r*radius) + lost.sum
			z.t = float64(inverse*(a.t+d.overflowing(a))) + float64(d.unit*a.t*radius)
			break
		}
		least := d.least(b)
		if !(least > 0) {
			return false
		}
		z.r = a.r + float64(z.norm*b.r) + lost.residue
		z.r /= least
		z.t = (a.t + d.overflowing(a) + float64(z.norm*b.t) + d.tail(b, z, false)) / least
	case OpExp:
		variation := expUp(a.rest)
		most := z.norm + float64(lost.lead*d.unit)
		spread := expUp((a.r + a.t) * d.unit * defectSlack) // e^{e_a} − 1 ≤ e_a·e^{e_a}
		z.r = float64(variation * lost.lead)
		z.r += float64(variation*variation*lost.residue) + float64(most*variation*spread*a.r)
		z.t = float64(variation*variation*d.tail(a, z, true)/float64(d.order)*defectSlack) + float64(most*variation*spread*a.t)
	case OpLog:
		least := d.least(a)
		if !(least > 0) {
			return false
		}
		z.r = a.r + lost.residue
		z.r += float64(least * lost.lead)
		z.r /= least
		z.t = (a.t + d.overflowing(a) + float64(d.tail(z, a, true)/float64(d.order)*defectSlack)) / least
	case OpSqrt:
		least := d.least(a)
		if !(least > 0) || z.rest >= z.first {
			return false
		}
		root := math.Sqrt(least) / defectSlack
		z.r = a.r + lost.residue
		z.r /= root
		z.t = (a.t + d.overflowing(a) + d.tail(z, z, false)) / root
	default:
		return d.scout == nil // only foretold
	}
	return true
}

// division bounds Σ_k |divisor·z_k − t_k|, the rounding: of t_k, of the
// inverse (|t_k| < 2·|divisor|·2^{bits of the row}), and of z_k.
func (d *defects) division(c *cell, divisor, errors float64) float64 {
	if c.zero { // nothing was divided
		return 0
	}
	top := c.row.Unit() + 64*c.row.Words()
	if c.weighted != nil {
		top = max(top, c.weighted.Unit()+64*c.weighted.Words())
	}
	inverse := math.Ldexp(8*float64(d.order)*divisor*divisor, max(c.inexact+top+d.tilt*d.order, -900))
	return d.rounding(c.residue, c.unit) + float64(divisor*errors) + inverse
}

// rate bounds the defect of unknown i, u_i' − step·f_i(u), in the same units.
func (d *defects) rate(e *expansion, i int, step float64) (r, t float64) {
	f := &d.nodes[d.program.outputs[i]]
	r = float64(step*f.r) + d.rounding(e.motion[i], e.states[i].Unit())
	t = step * (f.t + d.overflowing(f))
	if !e.exact {
		r += math.Ldexp(f.norm, max(e.unsure+d.tilt*d.order, -900))
	}
	return raised(r), raised(t)
}
