package script

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"muflow/ode"
)

// maxText bounds a printed formula, in bytes: shared parts are written out at
// every place.
const maxText = 2000

// Text writes an expression in the symbols of a theory as the language would.
// A long one is cut and ends in "…".
func Text(x *ode.Expr, symbols []Symbol) string {
	p := &printer{symbols: symbols}
	p.print(x, 0)
	if p.b.Len() > maxText {
		return strings.ToValidUTF8(p.b.String()[:maxText], "") + "…"
	}
	return p.b.String()
}

type printer struct {
	b       strings.Builder
	symbols []Symbol
}

// How tightly operations bind.
const (
	bindSum = iota + 1
	bindProduct
	bindSign
	bindPower
	bindAll
)

func (p *printer) print(x *ode.Expr, outer int) {
	if p.b.Len() > maxText {
		return
	}
	own := bindAll
	switch x.Operation() {
	case ode.OpAdd, ode.OpSub:
		own = bindSum
	case ode.OpMul, ode.OpQuo:
		own = bindProduct
	case ode.OpNeg:
		own = bindSign
	case ode.OpPower:
		own = bindPower
	case ode.OpRational:
		if q := x.Value(); q != nil && !q.IsInt() {
			own = bindProduct
		} else if q != nil && q.Sign() < 0 {
			own = bindSign
		}
	}
	if own < outer {
		p.b.WriteByte('(')
		defer p.b.WriteByte(')')
	}
	operands := x.Operands()
	switch op := x.Operation(); op {
	case ode.OpRational:
		p.b.WriteString(numberText(x.Value()))
	case ode.OpState:
		if i := x.Index(); i >= 0 && i < len(p.symbols) {
			p.b.WriteString(p.symbols[i].Name)
		} else {
			fmt.Fprintf(&p.b, "x%d", i)
		}
	case ode.OpAdd, ode.OpSub, ode.OpMul, ode.OpQuo:
		p.print(operands[0], own)
		sign := op.String()
		if own == bindSum {
			sign = " " + sign + " "
		}
		p.b.WriteString(sign)
		if op == ode.OpSub || op == ode.OpQuo {
			own++
		}
		p.print(operands[1], own)
	case ode.OpNeg:
		p.b.WriteByte('-')
		p.print(operands[0], bindProduct)
	case ode.OpPower:
		p.print(operands[0], bindAll)
		p.b.WriteString("**" + strconv.Itoa(x.Index()))
	default:
		p.b.WriteString(op.String() + "(")
		p.print(operands[0], 0)
		p.b.WriteByte(')')
	}
}

func numberText(q *big.Rat) string {
	if q == nil {
		return "missing"
	}
	return q.RatString()
}
