package alltime

import (
	"fmt"
	"math/big"
	"slices"

	"muflow/ode"
)

// A domain knows where expressions are defined and smooth enough for the proofs
// of this package.
//
// Two things can make a chain of true inequalities prove what is false: a
// right-hand side that is not Lipschitz, from whose zeros more than one solution
// starts (x' = √x from 0), and an expression that has no value, or jumps,
// between the points that were looked at (atan(1/x), √x², exp(log x)). So a
// right-hand side is either a rational function, whose poles the proofs see, or
// defined and locally Lipschitz on the whole space; and a statement is about
// expressions of the same two kinds. What is neither stays undecided.
type domain struct {
	kinds []kind
	least []*big.Rat // of constants that start in an interval, nil for others
	most  []*big.Rat
	above []bool // unknowns that move and are taken to be positive, may be nil
}

func (p *Problem) domain() *domain {
	d := &domain{make([]kind, len(p.Start)), make([]*big.Rat, len(p.Start)), make([]*big.Rat, len(p.Start)), nil}
	for i, s := range p.Start {
		if d.kinds[i] = kindOf(p.System.RightHandSide[i], s); d.kinds[i] == constant {
			d.least[i], d.most[i] = s.Low, s.High
		}
	}
	return d
}

// admits says what is outside of the reach of the proofs, "" if nothing is.
func (p *Problem) admits(statement Statement, exprs []*ode.Expr) string {
	d := p.domain()
	for i, rate := range p.System.RightHandSide {
		if !d.total(rate) && !d.rational(rate) {
			return fmt.Sprintf("the right-hand side of %s is neither a rational function nor shown to be defined and Lipschitz everywhere", p.name(i))
		}
	}
	for _, x := range exprs {
		if !d.total(x) && (statement.Kind == KindInvariant || !d.rational(x)) {
			return "the statement is about an expression that is neither rational nor shown to be defined everywhere"
		}
	}
	switch statement.Kind {
	case KindLimit, KindConverges, KindInfinite, KindIncreases, KindDecreases:
		for _, x := range exprs {
			if slices.ContainsFunc(unknownsOf(x), func(i int) bool { return d.kinds[i] == clock }) {
				return "the expression contains t; statements with t are decided as relations, by always"
			}
		}
	}
	return ""
}

func (p *Problem) name(i int) string {
	if i < len(p.Names) {
		return p.Names[i]
	}
	return fmt.Sprintf("x%d", i)
}

// rational reports whether an expression is made of unknowns and of constants
// with a value by field operations.
func (d *domain) rational(x *ode.Expr) bool {
	switch x.Operation() {
	case ode.OpRational, ode.OpState:
		return true
	case ode.OpAdd, ode.OpSub, ode.OpMul, ode.OpQuo, ode.OpNeg, ode.OpPower:
		for _, y := range x.Operands() {
			if !d.rational(y) {
				return false
			}
		}
		return true
	}
	return d.free(x) && d.total(x)
}

// free reports whether no unknown moves in an expression.
func (d *domain) free(x *ode.Expr) bool {
	return !slices.ContainsFunc(unknownsOf(x), func(i int) bool { return d.kinds[i] != constant })
}

// total reports whether an expression is seen to be defined and locally
// Lipschitz for all values of the unknowns that move, t ≥ 0 and the constants in
// their intervals.
func (d *domain) total(x *ode.Expr) bool {
	for _, y := range x.Operands() {
		if !d.total(y) {
			return false
		}
	}
	switch operands := x.Operands(); x.Operation() {
	case ode.OpQuo:
		return d.apart(operands[1])
	case ode.OpPower:
		return x.Index() >= 0 || d.apart(operands[0])
	case ode.OpLog, ode.OpSqrt:
		return d.positive(operands[0])
	}
	return true
}

// numeric returns the sign of an expression without unknowns.
func numeric(x *ode.Expr) (sign int, ok bool) {
	if q := x.Value(); q != nil {
		return q.Sign(), true
	}
	if len(unknownsOf(x)) > 0 {
		return 0, false
	}
	value, err := ode.Evaluate(x, nil, 128)
	if err != nil {
		return 0, false
	}
	return value.Sign()
}

// apart reports whether a total expression is seen never to be 0.
func (d *domain) apart(x *ode.Expr) bool {
	if sign, ok := numeric(x); ok {
		return sign != 0
	}
	return d.positive(x) || d.positive(x.Neg())
}

// positive reports whether a total expression is seen to be more than 0.
func (d *domain) positive(x *ode.Expr) bool {
	if sign, ok := numeric(x); ok {
		return sign > 0
	}
	operands := x.Operands()
	switch x.Operation() {
	case ode.OpState:
		low := d.least[x.Index()]
		return d.kinds[x.Index()] == constant && low != nil && low.Sign() > 0 || d.above != nil && d.above[x.Index()]
	case ode.OpAdd:
		a, b := operands[0], operands[1]
		if d.positive(a) && d.atLeastZero(b) || d.atLeastZero(a) && d.positive(b) {
			return true
		}
	case ode.OpMul, ode.OpQuo:
		if d.positive(operands[0]) && d.positive(operands[1]) {
			return true
		}
	case ode.OpPower:
		return d.positive(operands[0])
	case ode.OpSqrt:
		return d.positive(operands[0])
	case ode.OpExp:
		return true
	}
	v := d.over(x)
	return v.positive()
}

// over encloses an expression in constants that start in intervals, and is
// undefined for others.
func (d *domain) over(x *ode.Expr) interval {
	box := make([]interval, len(d.kinds))
	for _, i := range unknownsOf(x) {
		if d.kinds[i] != constant || d.least[i] == nil || d.most[i] == nil {
			return undefined
		}
		box[i] = between(d.least[i], d.most[i])
	}
	return newGraded(x).over(box)
}

// atLeastZero reports whether a total expression is seen to be at least 0.
func (d *domain) atLeastZero(x *ode.Expr) bool {
	if sign, ok := numeric(x); ok {
		return sign >= 0
	}
	operands := x.Operands()
	switch x.Operation() {
	case ode.OpState:
		low := d.least[x.Index()]
		return d.kinds[x.Index()] == clock || d.kinds[x.Index()] == constant && low != nil && low.Sign() >= 0 || d.above != nil && d.above[x.Index()]
	case ode.OpAdd, ode.OpMul:
		if x.Operation() == ode.OpMul && operands[0] == operands[1] {
			return true
		}
		return d.atLeastZero(operands[0]) && d.atLeastZero(operands[1])
	case ode.OpQuo:
		return d.atLeastZero(operands[0]) && d.positive(operands[1])
	case ode.OpPower:
		return x.Index() >= 0 && x.Index()%2 == 0 || d.atLeastZero(operands[0])
	case ode.OpAbs:
		return true
	}
	return d.positive(x)
}

// KeepsValue reports whether an expression whose derivative along an analytic
// flow vanishes wherever it is defined has one value along every solution: it is
// meromorphic, or a sum of logarithms of such and of such, so that it cannot jump
// where it is not defined, as |x|/x or atan(1/x) do. constant names the unknowns
// that stand still.
func KeepsValue(x *ode.Expr, constant func(index int) bool) bool {
	a := analytic{constant}
	return a.sum(x)
}

type analytic struct{ constant func(index int) bool }

func (a analytic) still(x *ode.Expr) bool {
	if x.Operation() == ode.OpState {
		return a.constant(x.Index())
	}
	return a.all(x, a.still)
}

func (a analytic) all(x *ode.Expr, holds func(*ode.Expr) bool) bool {
	for _, y := range x.Operands() {
		if !holds(y) {
			return false
		}
	}
	return true
}

// sum admits logarithms as terms, times what stands still.
func (a analytic) sum(x *ode.Expr) bool {
	switch operands := x.Operands(); x.Operation() {
	case ode.OpAdd, ode.OpSub, ode.OpNeg:
		return a.all(x, a.sum)
	case ode.OpMul:
		if a.still(operands[0]) && a.sum(operands[1]) || a.still(operands[1]) && a.sum(operands[0]) {
			return true
		}
	case ode.OpLog:
		return a.meromorphic(operands[0])
	}
	return a.meromorphic(x)
}

func (a analytic) meromorphic(x *ode.Expr) bool {
	switch x.Operation() {
	case ode.OpRational, ode.OpState:
		return true
	case ode.OpAdd, ode.OpSub, ode.OpMul, ode.OpQuo, ode.OpNeg, ode.OpPower:
		return a.all(x, a.meromorphic)
	case ode.OpExp, ode.OpSin, ode.OpCos, ode.OpTanh, ode.OpAtan:
		return a.all(x, a.entire)
	}
	return a.still(x)
}

// entire is analytic for all real values.
func (a analytic) entire(x *ode.Expr) bool {
	switch operands := x.Operands(); x.Operation() {
	case ode.OpAdd, ode.OpSub, ode.OpMul, ode.OpNeg, ode.OpExp, ode.OpSin, ode.OpCos, ode.OpTanh, ode.OpAtan, ode.OpRational, ode.OpState:
		return a.all(x, a.entire)
	case ode.OpQuo:
		return a.entire(operands[0]) && a.still(operands[1])
	case ode.OpPower:
		return x.Index() >= 0 && a.entire(operands[0])
	}
	return a.still(x)
}
