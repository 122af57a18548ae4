package ode

import (
	"math/big"
	"sort"
)

// Operation returns what x is made of.
func (x *Expr) Operation() Operation { return x.op }

// Operands returns what the operation of x works on: nothing for a number and
// an unknown, one expression for a power and a function.
func (x *Expr) Operands() []*Expr {
	switch {
	case x.op <= OpState:
		return nil
	case x.op < OpNeg:
		return []*Expr{x.a, x.b}
	}
	return []*Expr{x.a}
}

// Value returns the number that x is, nil for anything else.
func (x *Expr) Value() *big.Rat {
	if x.op != OpRational || x.value == nil {
		return nil
	}
	return new(big.Rat).Set(x.value)
}

// Index returns which unknown x is, or the exponent of a power.
func (x *Expr) Index() int { return x.index }

// Visit calls a function once for x and for every expression that it is made of; a
// shared one is visited once.
func (x *Expr) Visit(visit func(*Expr)) {
	seen, stack := map[*Expr]bool{}, []*Expr{x}
	for len(stack) > 0 {
		y := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if y == nil || seen[y] {
			continue
		}
		seen[y] = true
		visit(y)
		stack = append(stack, y.Operands()...)
	}
}

// Unknowns lists the indices of the unknowns in x, ascending.
func (x *Expr) Unknowns() []int {
	var out []int
	found := map[int]bool{}
	x.Visit(func(y *Expr) {
		if y.op == OpState && !found[y.index] {
			found[y.index] = true
			out = append(out, y.index)
		}
	})
	sort.Ints(out)
	return out
}

// Apply returns the expression of an operation with operands, one or two, and
// the exponent for a power.
func Apply(op Operation, index int, operands ...*Expr) *Expr {
	x := &Expr{op: op, index: index}
	if len(operands) > 0 {
		x.a = operands[0]
	}
	if len(operands) > 1 {
		x.b = operands[1]
	}
	return x
}

// Substitute returns x with an expression in the place of every unknown i for
// which values[i] is not nil. Shared subexpressions stay shared.
func (x *Expr) Substitute(values []*Expr) *Expr { return x.substitute(values, map[*Expr]*Expr{}) }

// SubstituteAll is Substitute for several expressions, which go on to share
// their subexpressions.
func SubstituteAll(exprs, values []*Expr) []*Expr {
	known, out := map[*Expr]*Expr{}, make([]*Expr, len(exprs))
	for i, x := range exprs {
		out[i] = x.substitute(values, known)
	}
	return out
}

func (x *Expr) substitute(values []*Expr, known map[*Expr]*Expr) *Expr {
	return x.Rewrite(func(y *Expr) *Expr {
		if y.op != OpState || y.index < 0 || y.index >= len(values) {
			return nil
		}
		return values[y.index]
	}, known)
}

// Rewrite replaces every subexpression for which by returns one, from the operands
// up; what is known of others is kept, and shared subexpressions stay shared.
func (x *Expr) Rewrite(by func(*Expr) *Expr, known map[*Expr]*Expr) *Expr {
	if x == nil {
		return nil
	}
	if z, ok := known[x]; ok {
		return z
	}
	z := x
	if x.op > OpState {
		if a, b := x.a.Rewrite(by, known), x.b.Rewrite(by, known); a != x.a || b != x.b {
			z = &Expr{op: x.op, a: a, b: b, index: x.index}
		}
	}
	if w := by(z); w != nil {
		z = w
	}
	known[x] = z
	return z
}

// plus and product leave out what is written as 0 or 1.
func plus(x, y *Expr) *Expr {
	switch {
	case x.isZero():
		return y
	case y.isZero():
		return x
	}
	return x.Add(y)
}

func product(x, y *Expr) *Expr {
	switch {
	case x.isZero() || y.isZero():
		return Integer(0)
	case x.isOne():
		return y
	case y.isOne():
		return x
	}
	return x.Mul(y)
}

var ratOne = big.NewRat(1, 1)

func (x *Expr) isOne() bool {
	return x != nil && x.op == OpRational && x.value != nil && x.value.Cmp(ratOne) == 0
}

// Derivative returns the derivative with respect to an unknown.
func (x *Expr) Derivative(index int) *Expr { return x.partial(index, map[*Expr]*Expr{}) }

func (x *Expr) partial(i int, known map[*Expr]*Expr) *Expr {
	if x == nil {
		return nil
	}
	if d, ok := known[x]; ok {
		return d
	}
	d := Integer(0)
	switch x.op {
	case OpRational:
	case OpState:
		if x.index == i {
			d = Integer(1)
		}
	case OpAdd, OpSub, OpMul, OpQuo:
		d = x.partialOfTwo(x.a.partial(i, known), x.b.partial(i, known))
	default:
		if a := x.a.partial(i, known); !a.isZero() {
			d = x.partialOfOne(a)
		}
	}
	known[x] = d
	return d
}

// partialOfTwo returns the derivative from those of both operands.
func (x *Expr) partialOfTwo(a, b *Expr) *Expr {
	switch x.op {
	case OpAdd:
		return plus(a, b)
	case OpSub:
		if !b.isZero() {
			a = plus(a, b.Neg())
		}
		return a
	case OpMul:
		return plus(product(a, x.b), product(x.a, b))
	}
	if !b.isZero() { // (a/b)' = (a' − (a/b)·b')/b
		a = plus(a, product(x, b).Neg())
	}
	if !a.isZero() {
		a = a.Quo(x.b)
	}
	return a
}

// partialOfOne returns the derivative from that of the operand, which is not 0.
func (x *Expr) partialOfOne(a *Expr) *Expr {
	switch x.op {
	case OpNeg:
		return a.Neg()
	case OpPower:
		switch x.index {
		case 0:
			return Integer(0)
		case 1:
			return a
		case 2:
			return product(x.a.Scale(big.NewRat(2, 1)), a)
		}
		return product(x.a.Power(x.index-1).Scale(big.NewRat(int64(x.index), 1)), a)
	case OpExp:
		return product(x, a)
	case OpLog:
		return a.Quo(x.a)
	case OpSqrt:
		return a.Quo(x.Scale(big.NewRat(2, 1)))
	case OpSin:
		return product(x.a.Cos(), a)
	case OpCos:
		return product(x.a.Sin(), a).Neg()
	case OpTanh: // 1 − tanh²
		return product(Integer(1).Sub(x.Power(2)), a)
	case OpAtan:
		return a.Quo(Integer(1).Add(x.a.Power(2)))
	}
	return product(x.Quo(x.a), a) // the sign of what abs is taken of
}
