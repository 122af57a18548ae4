package script

import (
	"fmt"
	"math/big"
	"strings"

	"muflow/ode"
)

// maxText bounds a printed formula, in bytes: shared parts are written out at
// every place.
const maxText = 2000

// Text writes an expression in the symbols of a theory as the language would.
// A long one is cut and ends in "…".
func Text(x *ode.Expr, symbols []Symbol) string {
	text := plainStyle.write(x, symbols)
	if len(text) > maxText {
		return strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}

// How tightly operations bind.
const (
	bindSum = iota + 1
	bindProduct
	bindSign
	bindPower
	bindAll
)

// A form is how an operation is written: how tightly it binds, what stands around
// its operands, and how tightly these must bind to go without brackets.
type form struct {
	own     int
	before  string
	first   int
	between string
	second  int
	after   string // %d for the exponent of a power
}

// A style is a way to write expressions.
type style struct {
	open, close string // brackets
	forms       map[ode.Operation]form
	function    func(name string) (before, after string) // of operations without a form
	name        func(string) string
	number      func(*big.Rat) string
	fraction    int // how tightly a number that is no integer binds
}

var plainStyle = style{
	open: "(", close: ")",
	forms: map[ode.Operation]form{
		ode.OpAdd:   {bindSum, "", bindSum, " + ", bindSum, ""},
		ode.OpSub:   {bindSum, "", bindSum, " - ", bindProduct, ""},
		ode.OpMul:   {bindProduct, "", bindProduct, "*", bindProduct, ""},
		ode.OpQuo:   {bindProduct, "", bindProduct, "/", bindSign, ""},
		ode.OpNeg:   {own: bindSign, before: "-", first: bindProduct},
		ode.OpPower: {own: bindPower, first: bindAll, after: "**%d"},
	},
	function: func(name string) (string, string) { return name + "(", ")" },
	name:     func(name string) string { return name },
	number:   (*big.Rat).RatString,
	fraction: bindProduct,
}

// write writes an expression, and stops soon after maxText.
func (s *style) write(x *ode.Expr, symbols []Symbol) string {
	p := &printer{style: s, symbols: symbols}
	p.print(x, 0)
	return p.b.String()
}

type printer struct {
	*style
	b       strings.Builder
	symbols []Symbol
}

func (p *printer) print(x *ode.Expr, outer int) {
	if p.b.Len() > maxText {
		return
	}
	f := p.form(x)
	if f.own < outer {
		p.b.WriteString(p.open)
		defer p.b.WriteString(p.close)
	}
	p.b.WriteString(f.before)
	for i, y := range x.Operands() {
		if i == 0 {
			p.print(y, f.first)
			continue
		}
		if x.Operation() == ode.OpAdd && y.Operation() == ode.OpNeg { // a + −b
			sub := p.forms[ode.OpSub]
			p.b.WriteString(sub.between)
			p.print(y.Operands()[0], sub.second)
			continue
		}
		p.b.WriteString(f.between)
		p.print(y, f.second)
	}
	p.b.WriteString(f.after)
}

// form returns how an expression is written but for its operands.
func (p *printer) form(x *ode.Expr) form {
	switch op := x.Operation(); op {
	case ode.OpRational:
		q, own := x.Value(), bindAll
		if q == nil {
			return form{own: own, before: "missing"}
		}
		if q.Sign() < 0 {
			own = bindSign
		}
		if !q.IsInt() {
			own = min(own, p.fraction)
		}
		return form{own: own, before: p.number(q)}
	case ode.OpState:
		if i := x.Index(); i < 0 || i >= len(p.symbols) {
			return form{own: bindAll, before: fmt.Sprintf("x%d", i)}
		}
		return form{own: bindAll, before: p.name(p.symbols[x.Index()].Name)}
	default:
		f, ok := p.forms[op]
		if !ok {
			f.own = bindAll
			f.before, f.after = p.function(op.String())
		} else if op == ode.OpPower {
			f.after = fmt.Sprintf(f.after, x.Index())
		}
		return f
	}
}
