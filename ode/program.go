package ode

import (
	"errors"
	"fmt"
	"math/big"
)

// A node is one operation of a program; a and b are positions of operands.
// Powers are lowered to products.
type node struct {
	op       Operation
	a, b     int
	index    int      // of OpState
	value    *big.Rat // of OpRational
	constant bool     // no unknown occurs in it
}

// A program is a list of nodes in an order in which each comes after its
// operands, without two equal ones. A sine and a cosine of one operand that is no
// constant come as neighbours, each with the other as b.
type program struct {
	nodes     []node
	outputs   []int // positions of the expressions asked for
	dimension int
}

var (
	errMissing       = errors.New("an expression with a missing operand")
	errConstantZero  = errors.New("a division by the constant 0")
	errExponentRange = fmt.Errorf("an exponent outside ±%d", maxPower)
)

const (
	maxPower     = 1 << 20
	maxFoldedBit = 1 << 12 // constants beyond this size are not folded exactly
)

type nodeKey struct {
	op    Operation
	a, b  int
	index int
	value string
}

type compiler struct {
	program  *program
	known    map[nodeKey]int
	position map[*Expr]int
}

// compile lists the nodes of some expressions in the given number of unknowns.
func compile(outputs []*Expr, dimension int) (*program, error) {
	c := &compiler{&program{dimension: dimension}, map[nodeKey]int{}, map[*Expr]int{}}
	for _, x := range outputs {
		at, err := c.visit(x)
		if err != nil {
			return nil, err
		}
		c.program.outputs = append(c.program.outputs, at)
	}
	return c.program, nil
}

func (c *compiler) visit(x *Expr) (int, error) {
	if x == nil {
		return 0, errMissing
	}
	if at, ok := c.position[x]; ok {
		return at, nil
	}
	at, err := c.lower(x)
	if err != nil {
		return 0, err
	}
	c.position[x] = at
	return at, nil
}

func (c *compiler) lower(x *Expr) (int, error) {
	switch x.op {
	case OpRational:
		if x.value == nil {
			return 0, errMissing
		}
		return c.rational(x.value), nil
	case OpState:
		if x.index < 0 || x.index >= c.program.dimension {
			return 0, fmt.Errorf("unknown x%d in dimension %d", x.index, c.program.dimension)
		}
		return c.emit(node{op: OpState, index: x.index}), nil
	}
	a, err := c.visit(x.a)
	if err != nil {
		return 0, err
	}
	if x.op == OpPower {
		if x.index > maxPower || x.index < -maxPower {
			return 0, errExponentRange
		}
		if x.index >= 0 {
			return c.power(a, x.index)
		}
		down, err := c.power(a, -x.index)
		if err != nil {
			return 0, err
		}
		return c.binary(OpQuo, c.rational(big.NewRat(1, 1)), down)
	}
	switch x.op {
	case OpTanh:
		return c.tanh(a)
	case OpSin, OpCos:
		if !c.program.nodes[a].constant {
			return c.turn(x.op, a), nil
		}
	case OpAtan:
		square, err := c.binary(OpMul, a, a)
		if err != nil {
			return 0, err
		}
		divisor, err := c.binary(OpAdd, c.rational(big.NewRat(1, 1)), square)
		if err != nil {
			return 0, err
		}
		return c.emit(node{op: OpAtan, a: a, b: divisor, constant: c.program.nodes[a].constant}), nil
	}
	if x.op >= OpNeg {
		if v := c.program.nodes[a].value; x.op == OpNeg && v != nil {
			return c.rational(new(big.Rat).Neg(v)), nil
		}
		return c.emit(node{op: x.op, a: a, constant: c.program.nodes[a].constant}), nil
	}
	b, err := c.visit(x.b)
	if err != nil {
		return 0, err
	}
	return c.binary(x.op, a, b)
}

// power returns the position of a^n, n ≥ 0, by squaring, so that the powers of
// one a share their factors.
func (c *compiler) power(a, n int) (int, error) {
	switch n {
	case 0:
		return c.rational(big.NewRat(1, 1)), nil
	case 1:
		return a, nil
	}
	half, err := c.power(a, n/2)
	if err != nil {
		return 0, err
	}
	square, err := c.binary(OpMul, half, half)
	if err != nil || n%2 == 0 {
		return square, err
	}
	return c.binary(OpMul, square, a)
}

// tanh returns the position of
//
//	tanh a = 1 − 2/(e^{2a} + 1)
func (c *compiler) tanh(a int) (int, error) {
	two := c.rational(big.NewRat(2, 1))
	double, err := c.binary(OpMul, two, a)
	if err != nil {
		return 0, err
	}
	one := c.rational(big.NewRat(1, 1))
	exp := c.emit(node{op: OpExp, a: double, constant: c.program.nodes[a].constant})
	sum, err := c.binary(OpAdd, exp, one)
	if err != nil {
		return 0, err
	}
	part, err := c.binary(OpQuo, two, sum)
	if err != nil {
		return 0, err
	}
	return c.binary(OpSub, one, part)
}

// turn returns the position of the sine or the cosine of a.
func (c *compiler) turn(op Operation, a int) int {
	key := nodeKey{op: OpSin, a: a}
	at, ok := c.known[key]
	if !ok {
		at = len(c.program.nodes)
		c.program.nodes = append(c.program.nodes, node{op: OpSin, a: a, b: at + 1}, node{op: OpCos, a: a, b: at})
		c.known[key] = at
	}
	if op == OpCos {
		at++
	}
	return at
}

func (c *compiler) rational(q *big.Rat) int {
	return c.emit(node{op: OpRational, value: q, constant: true})
}

// binary emits a field operation, folding rational constants and neutral
// elements.
func (c *compiler) binary(op Operation, a, b int) (int, error) {
	x, y := c.program.nodes[a], c.program.nodes[b]
	if op == OpQuo && y.value != nil && y.value.Sign() == 0 {
		return 0, errConstantZero
	}
	if p, q := x.value, y.value; p != nil && q != nil && size(p)+size(q) <= maxFoldedBit {
		z := new(big.Rat)
		switch op {
		case OpAdd:
			z.Add(p, q)
		case OpSub:
			z.Sub(p, q)
		case OpMul:
			z.Mul(p, q)
		case OpQuo:
			z.Quo(p, q)
		}
		return c.rational(z), nil
	}
	one := big.NewRat(1, 1)
	switch {
	case y.value != nil && y.value.Sign() == 0 && (op == OpAdd || op == OpSub):
		return a, nil
	case x.value != nil && x.value.Sign() == 0 && op == OpAdd:
		return b, nil
	case y.value != nil && y.value.Cmp(one) == 0 && (op == OpMul || op == OpQuo):
		return a, nil
	case x.value != nil && x.value.Cmp(one) == 0 && op == OpMul:
		return b, nil
	}
	if (op == OpAdd || op == OpMul) && a > b {
		a, b = b, a
	}
	return c.emit(node{op: op, a: a, b: b, constant: x.constant && y.constant}), nil
}

func size(q *big.Rat) int { return q.Num().BitLen() + q.Denom().BitLen() }

// emit appends a node unless an equal one exists.
func (c *compiler) emit(n node) int {
	key := nodeKey{op: n.op, a: n.a, b: n.b, index: n.index}
	if n.value != nil {
		key.value = n.value.RatString()
	}
	if at, ok := c.known[key]; ok {
		return at
	}
	at := len(c.program.nodes)
	c.program.nodes = append(c.program.nodes, n)
	c.known[key] = at
	return at
}
