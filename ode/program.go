package ode

import (
	"errors"
	"fmt"
	"math/big"
)

// A node is one operation of a program; a and b are positions of operands.
// Powers are lowered to products.
type node struct {
	op       operation
	a, b     int
	index    int      // of opState
	value    *big.Rat // of opRational
	constant bool     // no unknown occurs in it
}

// A program is a list of nodes in an order in which each comes after its
// operands, without two equal ones.
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
	op    operation
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
	case opRational:
		if x.value == nil {
			return 0, errMissing
		}
		return c.rational(x.value), nil
	case opState:
		if x.index < 0 || x.index >= c.program.dimension {
			return 0, fmt.Errorf("unknown x%d in dimension %d", x.index, c.program.dimension)
		}
		return c.emit(node{op: opState, index: x.index}), nil
	}
	a, err := c.visit(x.a)
	if err != nil {
		return 0, err
	}
	if x.op == opPower {
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
		return c.binary(opQuo, c.rational(big.NewRat(1, 1)), down)
	}
	if x.op >= opNeg {
		if v := c.program.nodes[a].value; x.op == opNeg && v != nil {
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
	square, err := c.binary(opMul, half, half)
	if err != nil || n%2 == 0 {
		return square, err
	}
	return c.binary(opMul, square, a)
}

func (c *compiler) rational(q *big.Rat) int {
	return c.emit(node{op: opRational, value: q, constant: true})
}

// binary emits a field operation, folding rational constants and neutral
// elements.
func (c *compiler) binary(op operation, a, b int) (int, error) {
	x, y := c.program.nodes[a], c.program.nodes[b]
	if op == opQuo && y.value != nil && y.value.Sign() == 0 {
		return 0, errConstantZero
	}
	if p, q := x.value, y.value; p != nil && q != nil && size(p)+size(q) <= maxFoldedBit {
		z := new(big.Rat)
		switch op {
		case opAdd:
			z.Add(p, q)
		case opSub:
			z.Sub(p, q)
		case opMul:
			z.Mul(p, q)
		case opQuo:
			z.Quo(p, q)
		}
		return c.rational(z), nil
	}
	one := big.NewRat(1, 1)
	switch {
	case y.value != nil && y.value.Sign() == 0 && (op == opAdd || op == opSub):
		return a, nil
	case x.value != nil && x.value.Sign() == 0 && op == opAdd:
		return b, nil
	case y.value != nil && y.value.Cmp(one) == 0 && (op == opMul || op == opQuo):
		return a, nil
	case x.value != nil && x.value.Cmp(one) == 0 && op == opMul:
		return b, nil
	}
	if (op == opAdd || op == opMul) && a > b {
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
