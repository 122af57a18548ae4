package ode

import (
	"math/big"

	"muflow/internal/fixed"
	"muflow/ode/ball"
)

// An expansion is a jet of the solution through one point in fixed point, with
// time in units of a step: coefficient k is that of the solution times step^k.
// What each operation leaves out is counted, see defects. It computes
// coefficients 0…order of the unknowns and 0…order−1 of the nodes.
type expansion struct {
	program *program
	order   int
	words   int
	cells   []cell
	states  []*fixed.Series
	motion  []uint64 // rounding of (k+1)·c_{k+1} − step·f_k over all k, in units of the unknown
	start   []uint64 // rounding of c_0
	step    fixed.Number
	unsure  int  // |step − its number| < 2^unsure
	exact   bool // unless exact
	sum     fixed.Sum
	other   fixed.Sum
}

// unseen is the exponent of what a scout takes for 0.
const unseen = -1 << 16

// newExpansion needs the values of the constants of a program, by node.
func newExpansion(p *program, order, words int, constants []*ball.Ball) *expansion {
	e := &expansion{program: p, order: order, words: words}
	e.motion, e.start = make([]uint64, p.dimension), make([]uint64, p.dimension)
	e.states = make([]*fixed.Series, p.dimension)
	for i := range e.states {
		e.states[i] = fixed.NewSeries(order, words)
	}
	e.cells = make([]cell, len(p.nodes))
	for n, x := range p.nodes {
		c := &e.cells[n]
		switch {
		case x.op == OpState:
			c.row = e.states[x.index]
			continue
		case x.constant:
			c.set(constants[n], words)
			continue
		}
		c.row = fixed.NewSeries(order, words)
		if x.op == OpExp || x.op == OpLog {
			c.weighted = fixed.NewSeries(order, words)
		}
		c.zero = e.vanishes(x)
		if x.op == OpQuo && p.nodes[x.b].constant {
			c.set(ball.New(uint(64*words)+32).Quo(ball.New(64).SetInt64(1), constants[x.b]), words)
		}
	}
	for n := range e.cells {
		if c := &e.cells[n]; c.row != nil && !c.zero {
			c.online = e.online(n)
		}
	}
	return e
}

// online prepares the sums of products of a node, if they are long.
func (e *expansion) online(n int) *fixed.Online {
	x, c := &e.program.nodes[n], &e.cells[n]
	a, b := c.row, c.row
	switch x.op {
	case OpMul:
		a, b = e.cells[x.a].row, e.cells[x.b].row
	case OpQuo:
		a = e.cells[x.b].row
	case OpExp:
		a = c.weighted
	case OpLog:
		a, b = c.weighted, e.cells[x.a].row
	case OpSqrt:
	default:
		return nil
	}
	if a == nil || b == nil {
		return nil
	}
	return fixed.NewOnline(a, b, e.order)
}

// expand makes the expansion about a point for a step, in the units that a
// scout foretells. It fails where an operation has no value or a number does
// not fit.
func (e *expansion) expand(at []*big.Float, step *big.Rat, s *scout) bool {
	long := new(big.Float).SetPrec(uint(64*e.words) + 64).SetRat(step)
	var cut bool
	e.step, e.unsure, cut = fixed.NumberOf(long, e.words)
	e.exact = cut && long.Acc() == big.Exact
	ratio, _ := step.Float64()
	ratio /= s.scale
	for n := range e.cells {
		c := &e.cells[n]
		c.errors, c.residue, c.heavy, c.lead = 0, 0, 0, 0
		c.online.Reset()
		if c.row == nil || e.program.nodes[n].op == OpState {
			continue
		}
		if c.zero {
			c.row.Reset(0)
			continue
		}
		exponent, weighted, known := exponentsOf(s.rough[n], ratio)
		if !known { // 0 by chance, or too small to be seen: then it will not fit
			exponent, weighted = unseen, unseen
		}
		c.row.Reset(exponent - 64*e.words)
		if c.weighted != nil {
			if e.program.nodes[n].op == OpExp {
				if _, weighted, known = exponentsOf(s.rough[e.program.nodes[n].a], ratio); !known {
					weighted = unseen
				}
			}
			c.weighted.Reset(weighted - 64*e.words)
		}
	}
	for i, x := range at {
		exponent := x.MantExp(nil)
		if from, _, known := exponentsOf(s.states[i], ratio); known && (x.Sign() == 0 || from > exponent) {
			exponent = from
		}
		row := e.states[i]
		row.Reset(exponent - 64*e.words)
		number, unit, exact := fixed.NumberOf(x, e.words)
		e.sum.Begin(row.Unit(), row.Unit()-64, exponent)
		e.sum.AddNumber(number, false)
		errors, ok := e.sum.Store(row, 0)
		if !exact {
			if unit > row.Unit() {
				return false
			}
			errors++
		}
		if !ok {
			return false
		}
		e.start[i], e.motion[i] = errors, 0
	}
	for k := range e.order {
		for n := range e.cells {
			if x := &e.program.nodes[n]; !x.constant && x.op != OpState && !e.cells[n].zero && !e.coefficient(n, k) {
				return false
			}
		}
		for i := range e.states {
			if !e.move(i, k) {
				return false
			}
		}
	}
	return true
}

// move computes coefficient k+1 of an unknown.
//
//	x_{k+1} = step·f_k/(k+1)
func (e *expansion) move(i, k int) bool {
	row, f := e.states[i], &e.cells[e.program.outputs[i]]
	switch {
	case f.row != nil:
		e.sum.Scale(row.Unit(), e.step, f.row, k)
	case k == 0:
		e.sum.Multiply(e.step, f.number, row.Unit())
	default:
		return row.Put(k+1, fixed.Number{})
	}
	x, ok := e.quotient(row.Unit(), uint64(k+1), &e.motion[i])
	return ok && row.Put(k+1, x)
}

// round rounds the sum to a multiple of 2^unit and counts the error; ok is
// false where there is no bound of it.
func (e *expansion) round(unit int, count *uint64) (x fixed.Number, ok bool) {
	x, errors := e.sum.Round(unit)
	*count += errors
	return x, errors < fixed.TooMany
}

// quotient rounds the sum over n, and counts the error times n.
func (e *expansion) quotient(unit int, n uint64, count *uint64) (x fixed.Number, ok bool) {
	x, ok = e.round(unit, count)
	x, exact := x.Over(n)
	if !exact {
		*count += n
	}
	return x, ok
}

// store rounds the sum into coefficient k of a cell.
func (e *expansion) store(c *cell, k int) bool {
	errors, ok := e.sum.Store(c.row, k)
	c.errors += errors
	return ok
}

// coefficient computes coefficient k of a node, as jet.coefficient.
func (e *expansion) coefficient(n, k int) bool {
	x, c := &e.program.nodes[n], &e.cells[n]
	a, b, sum := &e.cells[x.a], &e.cells[x.b], &e.sum
	unit := c.row.Unit()
	switch x.op {
	case OpAdd, OpSub:
		top := unit
		for _, operand := range []*cell{a, b} {
			if operand.row != nil {
				top = max(top, operand.row.Top())
			} else if k == 0 {
				top = max(top, operand.number.Unit+64*len(operand.number.Words))
			}
		}
		sum.Begin(unit, unit-64, top)
		for i, operand := range []*cell{a, b} {
			negative := i == 1 && x.op == OpSub
			if operand.row != nil {
				sum.Add(operand.row, k, negative)
			} else if k == 0 {
				sum.AddNumber(operand.number, negative)
			}
		}
		return e.store(c, k)
	case OpNeg:
		sum.Begin(unit, unit-64, max(unit, a.row.Top()))
		sum.Add(a.row, k, true)
		return e.store(c, k)
	case OpMul:
		switch {
		case a.row == nil:
			sum.Scale(unit, a.number, b.row, k)
		case b.row == nil:
			sum.Scale(unit, b.number, a.row, k)
		case x.a == x.b:
			sum.BeginProducts(unit, a.row, a.row, unit)
			c.online.Square(sum, a.row, 0, k)
		default:
			sum.BeginProducts(unit, a.row, b.row, unit)
			c.online.Products(sum, a.row, b.row, 0, k, k)
		}
		return e.store(c, k)
	case OpQuo:
		if b.row == nil {
			sum.Scale(unit, c.number, a.row, k)
			return e.store(c, k)
		}
		if k == 0 && !e.invert(c, b.row.Coefficient(0).Float()) {
			return false
		}
		top := unit
		if a.row != nil {
			top = a.row.Unit() + 64*e.words
		} else if k == 0 {
			top = a.number.Unit + 64*len(a.number.Words)
		}
		sum.BeginProducts(c.unit, b.row, c.row, top)
		c.online.Products(sum, b.row, c.row, 1, k, k)
		sum.Negate()
		if a.row != nil {
			sum.Add(a.row, k, false)
		} else if k == 0 {
			sum.AddNumber(a.number, false)
		}
		return e.divide(c) && e.store(c, k)
	case OpExp:
		if k == 0 {
			return e.first(c, a.row, (*ball.Ball).Exp) && c.weighted.Put(0, fixed.Number{})
		}
		if !e.weigh(c, a.row, k) {
			return false
		}
		sum.BeginProducts(unit, c.weighted, c.row, unit)
		c.online.Products(sum, c.weighted, c.row, 1, k, k)
		z, ok := e.quotient(unit, uint64(k), &c.errors)
		return ok && c.row.Put(k, z)
	case OpLog:
		if k == 0 {
			return e.first(c, a.row, (*ball.Ball).Log) && c.weighted.Put(0, fixed.Number{}) && e.invert(c, a.row.Coefficient(0).Float())
		}
		w := c.weighted
		sum.BeginProducts(c.unit, w, a.row, a.row.Top()+20)
		c.online.Products(sum, w, a.row, 1, k-1, k)
		sum.Negate()
		e.other.Scale(a.row.Unit(), integer(uint64(k)), a.row, k)
		multiple, _ := e.other.Round(a.row.Unit()) // exact
		sum.AddNumber(multiple, false)
		if !e.divide(c) {
			return false
		}
		z, ok := e.round(w.Unit(), &c.heavy)
		if !ok || !w.Put(k, z) {
			return false
		}
		z, ok = e.quotient(unit, uint64(k), &c.errors)
		return ok && c.row.Put(k, z)
	case OpSqrt:
		if k == 0 {
			if !e.first(c, a.row, (*ball.Ball).Sqrt) {
				return false
			}
			double := c.row.Coefficient(0).Float()
			return e.invert(c, double.SetMantExp(double, 1))
		}
		sum.BeginProducts(c.unit, c.row, c.row, a.row.Top())
		c.online.Square(sum, c.row, 1, k)
		sum.Negate()
		sum.Add(a.row, k, false)
		return e.divide(c) && e.store(c, k)
	}
	return false
}

func integer(n uint64) fixed.Number { return fixed.Number{Words: []uint64{n}} }

// invert prepares divisions by x, and the unit of what is divided.
func (e *expansion) invert(c *cell, x *big.Float) bool {
	if x.Sign() == 0 {
		return false
	}
	inverse := new(big.Float).SetPrec(uint(64*e.words) + 64)
	inverse.Quo(big.NewFloat(1), x)
	c.inverse, c.inexact, _ = fixed.NumberOf(inverse, e.words)
	c.inexact++ // for the quotient, too
	c.unit = c.row.Unit() + x.MantExp(nil) - 2
	if c.weighted != nil { // the logarithm divides its weighted row
		c.unit = min(c.weighted.Unit(), c.row.Unit()) + x.MantExp(nil) - 2
	}
	return true
}

// divide replaces the sum by its product with the inverse.
func (e *expansion) divide(c *cell) bool {
	x, ok := e.round(c.unit, &c.residue)
	unit := c.row.Unit()
	if c.weighted != nil {
		unit = min(unit, c.weighted.Unit())
	}
	e.sum.Multiply(x, c.inverse, unit)
	return ok
}

// weigh sets coefficient k of a weighted row, k·a_k.
func (e *expansion) weigh(c *cell, a *fixed.Series, k int) bool {
	w := c.weighted
	e.sum.Scale(w.Unit(), integer(uint64(k)), a, k)
	errors, ok := e.sum.Store(w, k)
	c.heavy += errors
	return ok
}

// first sets coefficient 0 by ball arithmetic.
func (e *expansion) first(c *cell, a *fixed.Series, function func(z, x *ball.Ball) *ball.Ball) bool {
	x := a.Coefficient(0).Float()
	precision := uint(64*e.words) + 64
	y := function(ball.New(precision), ball.New(x.Prec()).SetFloat(x))
	if !y.IsFinite() {
		return false
	}
	unit := c.row.Unit()
	number, cut, exact := fixed.NumberOf(y.Mid(), e.words+1)
	e.sum.Begin(unit, unit-64, max(unit, y.Mid().MantExp(nil)))
	e.sum.AddNumber(number, false)
	errors, ok := e.sum.Store(c.row, 0)
	if r := y.Radius(); r.Sign() != 0 {
		if ok = ok && r.MantExp(nil) <= unit; ok {
			errors++
		}
	}
	if !exact {
		ok = ok && cut <= unit
		errors++
	}
	c.lead = errors
	return ok
}
