package ode

import (
	"math"
	"math/big"
	"muflow/internal/portable"

	"muflow/internal/fixed"
	"muflow/ode/ball"
)

// A stride makes steps by expansions in fixed point.
type stride struct {
	scout     *scout
	expansion *expansion
	start     []float64
	rough     []float64 // coefficients of one node
}

// newStride prepares steps with so many bits below the largest coefficient. For
// roundings, order²/2 products that are off by as many units as there are words at
// most, there is room above the tolerance of a path, or to spare where they are
// counted. Constants that cannot be computed are an error.
func newStride(p *program, order int, precision uint, tolerance float64, counted bool) (*stride, error) {
	w := &stride{start: make([]float64, p.dimension), rough: make([]float64, order)}
	rounding := float64(2*portable.Log2(float64(order))) + portable.Log2(float64(float64(precision)/64)+1)
	bits := max(float64(precision), -tolerance+rounding)
	if counted {
		bits = float64(precision) + rounding - 1
	}
	words := int(bits+2+63) / 64 // 2 bits for the sizes foretold
	constants, rough, err := constantsOf(p, uint(64*words)+64)
	if err != nil {
		return nil, err
	}
	w.scout = newScout(p, order, rough)
	w.expansion = newExpansion(p, order, words, constants)
	return w, nil
}

// constantsOf computes the constants of a program with so many bits, by node, and
// rounds them.
func constantsOf(p *program, precision uint) (constants []*ball.Ball, rough []float64, err error) {
	constants, rough = make([]*ball.Ball, len(p.nodes)), make([]float64, len(p.nodes))
	field := newBalls()
	j := newJet(p, field, 0, uniform(precision))
	if err := field.failure(); err != nil {
		return nil, nil, err
	}
	for n, x := range p.nodes {
		if x.constant {
			constants[n] = j.c[n][0]
			rough[n], _ = constants[n].Mid().Float64()
		}
	}
	return constants, rough, nil
}

// survey looks ahead from a point; false if expansions are not possible there.
func (w *stride) survey(at []*big.Float) bool {
	if w.scout == nil { // none are prepared
		return false
	}
	return roundedTo(w.start, at) && w.scout.survey(w.start)
}

// roundedTo rounds numbers; false where one is too large or too small.
func roundedTo(out []float64, xs []*big.Float) bool {
	for i, x := range xs {
		out[i], _ = x.Float64()
		if math.Abs(out[i]) > 0x1p400 || x.Sign() != 0 && math.Abs(out[i]) < 0x1p-400 {
			return false
		}
	}
	return true
}

// step makes a step of a path, nil if it fails; passed is what the gate says.
func (w *stride) step(p *Path, until *big.Rat, g *gate, tolerance float64) (s *segment, next *big.Rat, end []*big.Float, passed bool) {
	if !w.survey(p.last) {
		return nil, nil, nil, false
	}
	size, bounded := w.scout.stepSize(p.settings.Order, tolerance)
	next, err := g.next(p, size, bounded, until)
	if err != nil {
		return nil, nil, nil, false
	}
	length := new(big.Rat).Sub(next, p.reached)
	if w.expansion.order = p.settings.Order; bounded && next.Cmp(until) == 0 {
		w.expansion.order = w.scout.orderFor(tolerance, length)
	}
	if !w.expansion.expand(p.last, length, w.scout) {
		return nil, nil, nil, false
	}
	s = &segment{from: p.reached, length: new(big.Float).SetPrec(p.settings.Precision).SetRat(length), moves: w.moves()}
	if passed = g.judge(s.length, w.passes(g, s.length)); !passed {
		return s, nil, nil, false
	}
	s.fractions = w.expansion.polynomials()
	end = w.expansion.end()
	for _, x := range end {
		x.SetPrec(p.settings.Precision)
	}
	return s, next, end, true
}

// passes asks the gate about the expansion.
func (w *stride) passes(g *gate, length *big.Float) bool {
	e := w.expansion
	step, _ := length.Float64()
	ratio := step / w.scout.scale
	for n := range e.program.nodes {
		operand, ok := e.program.nodes[n].guarded()
		if !ok || e.cells[operand].row == nil {
			continue
		}
		rough := w.rough[:e.order]
		for k := range rough {
			rough[k] = e.cells[operand].row.Float64(k, 0)
		}
		if passesZero(rough) {
			return false
		}
	}
	sizes := make([]float64, len(e.states))
	for i, c := range w.scout.states {
		largest, power := 0.0, 1.0
		for _, v := range c {
			largest = max(largest, math.Abs(v)*power)
			power *= ratio
		}
		sizes[i] = portable.Log2(largest)
	}
	for halvings := range 2 {
		at, rates := make([]*big.Float, len(e.states)), make([]*big.Float, len(e.states))
		for i, row := range e.states {
			e.sum.Value(row, e.order, halvings, false)
			x, _ := e.sum.Round(row.Unit() - 8)
			at[i] = x.Float()
			e.sum.Value(row, e.order, halvings, true)
			x, _ = e.sum.Round(row.Unit() - 8)
			rates[i] = x.Float()
			rates[i].SetMantExp(rates[i], halvings)
		}
		if !g.solves(at, rates, length, sizes) {
			return false
		}
	}
	return true
}

// moves reports whether some coefficient after the first is not 0, or too
// small to be seen.
func (w *stride) moves() bool {
	for i, row := range w.expansion.states {
		if w.expansion.motion[i] != 0 {
			return true
		}
		for k := 1; k <= w.expansion.order; k++ {
			if w.scout.states[i][k] != 0 || len(row.Coefficient(k).Words) > 0 {
				return true
			}
		}
	}
	return false
}

// polynomials copies the coefficients of the unknowns.
func (e *expansion) polynomials() []*fixed.Polynomial {
	out := make([]*fixed.Polynomial, len(e.states))
	for i, row := range e.states {
		out[i] = row.Polynomial(e.order)
	}
	return out
}

// end returns the values of the polynomials at the end of the step, exactly.
func (e *expansion) end() []*big.Float {
	out := make([]*big.Float, len(e.states))
	for i, row := range e.states {
		e.sum.All(row, e.order)
		x, _ := e.sum.Round(row.Unit())
		out[i] = x.Float()
	}
	return out
}
