package alltime

import (
	"math/big"
	"slices"

	"muflow/ode"
)

// A function is one or several expressions in the unknowns, evaluated over
// boxes that may be unbounded, each subexpression once.
type function struct {
	steps   []step
	outputs []int
	price   int64  // of one evaluation
	work    *meter // that it is charged to, may be nil
}

type step struct {
	op    ode.Operation
	a, b  int
	index int
	value interval // of a constant
	fixed bool     // whether it is one
	rest  []int    // of a/b where b is a sum with a as a term, the other terms
	share bool
}

// A key is what makes two operations the same.
type key struct {
	op          ode.Operation
	a, b, index int
	value       string // of a number
}

// price is the work for one operation on intervals.
func (s *step) price() int64 {
	switch s.op {
	case ode.OpRational, ode.OpState:
		return 1
	case ode.OpAdd, ode.OpSub, ode.OpMul, ode.OpQuo, ode.OpNeg:
		return boxWork
	}
	return functionWork
}

type lister struct {
	function *function
	byKey    map[key]int
	byExpr   map[*ode.Expr]int
}

func newLister() *lister {
	return &lister{&function{}, map[key]int{}, map[*ode.Expr]int{}}
}

// newFunction lists the operations of expressions. Equal ones are one, so that
// x·x is seen to be a square.
func newFunction(exprs ...*ode.Expr) *function {
	l := newLister()
	for _, x := range exprs {
		l.function.outputs = append(l.function.outputs, l.visit(x))
	}
	return l.function
}

// visit returns the number of an expression, the same for equal ones.
func (l *lister) visit(x *ode.Expr) int {
	if at, ok := l.byExpr[x]; ok {
		return at
	}
	s := step{op: x.Operation(), index: x.Index()}
	number := ""
	switch operands := x.Operands(); len(operands) {
	case 0:
		s.value, s.fixed = undefined, s.op == ode.OpRational
		if v := x.Value(); v != nil {
			s.value = between(v, v)
			number = v.RatString()
		}
	case 1:
		s.a = l.visit(operands[0])
	default:
		s.a, s.b = l.visit(operands[0]), l.visit(operands[1])
		if s.op == ode.OpMul && s.a == s.b {
			s.op, s.index, s.b = ode.OpPower, 2, 0
		}
		if s.op == ode.OpQuo {
			s.rest, s.share = l.without(s.b, s.a)
		}
	}
	k := key{s.op, s.a, s.b, s.index, number}
	at, ok := l.byKey[k]
	if !ok {
		at = len(l.function.steps)
		if f := l.function; s.op != ode.OpState && s.op != ode.OpRational && f.steps[s.a].fixed && (len(x.Operands()) == 1 || f.steps[s.b].fixed || s.op == ode.OpPower) {
			operands := make([]interval, at)
			for _, i := range append(s.rest, s.a, s.b) {
				operands[i] = f.steps[i].value
			}
			s.value, s.fixed = s.over(operands), true
		}
		l.function.steps = append(l.function.steps, s)
		l.function.price += s.price()
		l.byKey[k] = at
	}
	l.byExpr[x] = at
	return at
}

// without lists the terms of a sum but for one, and reports whether that is one
// of them.
func (l *lister) without(sum, term int) (rest []int, found bool) {
	open := []int{sum}
	for len(open) > 0 {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		switch s := &l.function.steps[at]; {
		case at == term && !found:
			found = true
		case s.op == ode.OpAdd:
			open = append(open, s.b, s.a)
		default:
			rest = append(rest, at)
		}
	}
	return rest, found
}

// shared is the part that a ≥ 0 has of a sum with terms ≥ 0: a/(a + b) ∈ [0, 1].
func shared(x interval, a interval, values []interval, rest []int) interval {
	if x.undefined || !a.nonNegative() || slices.ContainsFunc(rest, func(at int) bool { return !values[at].nonNegative() }) {
		return x
	}
	return x.intersect(interval{low: new(big.Float), high: new(big.Float).SetInt64(1)})
}

// over encloses the values at every point of a box.
func (f *function) over(box []interval) []interval {
	f.work.spend(f.price)
	values := make([]interval, len(f.steps))
	for n := range f.steps {
		switch s := &f.steps[n]; {
		case s.fixed:
			values[n] = s.value
		case s.op == ode.OpState:
			values[n] = box[s.index]
		default:
			values[n] = s.over(values)
		}
	}
	out := make([]interval, len(f.outputs))
	for i, at := range f.outputs {
		out[i] = values[at]
	}
	return out
}

// over encloses the value of an operation, from those of the steps before.
func (s *step) over(values []interval) interval {
	switch a := values[s.a]; s.op {
	case ode.OpAdd:
		return a.add(values[s.b])
	case ode.OpSub:
		return a.sub(values[s.b])
	case ode.OpMul:
		return a.mul(values[s.b])
	case ode.OpQuo:
		z := a.quo(values[s.b])
		if s.share {
			z = shared(z, a, values, s.rest)
		}
		return z
	default:
		return apply(s.op, s.index, a)
	}
}

// A graded expression is evaluated with its derivatives, for the mean value
// form
//
//	g(x) ∈ g(m) + Σ_i ∂_i g(box)·(x_i − m_i)
type graded struct {
	expr     *ode.Expr
	value    *function
	gradient *function
	unknowns []int // that occur
}

func newGraded(x *ode.Expr) *graded {
	g := &graded{expr: x, value: newFunction(x), unknowns: unknownsOf(x)}
	var slopes []*ode.Expr
	for _, i := range g.unknowns {
		slopes = append(slopes, x.Derivative(i))
	}
	g.gradient = newFunction(slopes...)
	return g
}

// over encloses the values over a box by both forms.
func (g *graded) over(box []interval) interval {
	value, _ := g.look(box)
	return value
}

// look encloses the values over a box, and the value in its middle where the
// first has both signs and the box is bounded.
func (g *graded) look(box []interval) (value, middle interval) {
	direct := g.value.over(box)[0]
	if direct.undefined || !direct.hasZero() {
		return direct, direct
	}
	at, bounded := append([]interval(nil), box...), true
	for _, i := range g.unknowns {
		bounded = bounded && box[i].bounded()
		at[i] = number(box[i].middle())
	}
	middle = g.value.over(at)[0]
	if !bounded || middle.undefined {
		return direct, middle
	}
	value = middle
	for k, slope := range g.gradient.over(box) {
		i := g.unknowns[k]
		value = value.add(slope.mul(box[i].sub(at[i])))
	}
	if value.undefined {
		return direct, middle
	}
	return direct.intersect(value), middle
}

// unknownsOf lists the unknowns that occur in expressions, in ascending order.
func unknownsOf(exprs ...*ode.Expr) (out []int) {
	for _, x := range exprs {
		out = append(out, x.Unknowns()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// A sign is what is claimed of an expression.
type sign uint8

const (
	isPositive sign = iota
	isNonNegative
)

// holds reports whether a claim is shown by an interval.
func (s sign) holds(x interval) bool {
	return x.positive() || s == isNonNegative && x.nonNegative()
}

// shown proves a sign of an expression over a box, cut into at most so many
// cells. Where it fails it returns the cell that is left.
func (g *graded) shown(s sign, box []interval, cells int) (ok bool, left []interval) {
	open := [][]interval{box}
	for len(open) > 0 {
		cell := open[len(open)-1]
		open = open[:len(open)-1]
		value, middle := g.look(cell)
		if s.holds(value) {
			continue
		}
		if cells--; cells <= 0 || middle.negative() || s == isPositive && middle.isZero() {
			return false, cell
		}
		at := g.widest(cell)
		if at < 0 {
			return false, cell
		}
		a, b := append([]interval(nil), cell...), append([]interval(nil), cell...)
		a[at], b[at] = cell[at].halves()
		open = append(open, b, a)
	}
	return true, nil
}

// widest returns the unknown whose width, times the slope, is largest.
func (g *graded) widest(box []interval) int {
	at, most := -1, new(big.Float)
	slopes := g.gradient.over(box)
	for k, i := range g.unknowns {
		w := box[i].width()
		if w.Sign() == 0 {
			continue
		}
		if w.IsInf() {
			return i
		}
		if slope := slopes[k].abs(); slope.high.IsInf() {
			w = new(big.Float).SetMantExp(w, 256)
		} else {
			w = times(upper(), w, slope.high)
		}
		if at < 0 || w.Cmp(most) > 0 {
			at, most = i, w
		}
	}
	return at
}
