package hunt

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"muflow/ode/ball"
)

// An Expression is a formula over named numbers: rational constants, + − * /,
// integer powers, exp, log, logp (log⁺), sqrt, abs, min and max.
type Expression struct {
	op    string // "number", "name", "^", or what unary or binary hold
	args  []*Expression
	name  string
	value *big.Rat
	power int
}

// A Relation compares two expressions.
type Relation struct {
	Left, Right *Expression
	Op          string // <, <=, >, >=, == or !=
	text        string
}

// String returns the text that was parsed.
func (r *Relation) String() string { return r.text }

// Truth is what is known of a relation. The zero value is Unknown.
type Truth int8

// The three truths; True and False are proved.
const (
	Unknown Truth = 0
	True    Truth = 1
	False   Truth = -1
)

// maxFormula bounds the length of a formula in bytes.
const maxFormula = 2000

// The operations with one and with two arguments; those with a word for a name
// are functions.
var (
	unary = map[string]func(z, x *ball.Ball) *ball.Ball{
		negation: (*ball.Ball).Neg, "exp": (*ball.Ball).Exp, "log": (*ball.Ball).Log, "sqrt": (*ball.Ball).Sqrt, "abs": (*ball.Ball).Abs,
		"logp": func(z, x *ball.Ball) *ball.Ball { return z.Max(z.Log(x), ball.New(z.Prec())) },
	}
	binary = map[string]func(z, x, y *ball.Ball) *ball.Ball{
		"+": (*ball.Ball).Add, "-": (*ball.Ball).Sub, "*": (*ball.Ball).Mul, "/": (*ball.Ball).Quo, "max": (*ball.Ball).Max,
		"min": func(z, x, y *ball.Ball) *ball.Ball {
			return z.Neg(z.Max(ball.New(z.Prec()).Neg(x), ball.New(z.Prec()).Neg(y)))
		},
	}
)

const negation = "−"

// ParseRelation reads a comparison such as "mustar <= 2*log(dstar)".
func ParseRelation(text string) (*Relation, error) {
	if len(text) > maxFormula {
		return nil, fmt.Errorf("a formula of %d bytes, expected at most %d", len(text), maxFormula)
	}
	for _, op := range []string{"<=", ">=", "==", "!=", "<", ">"} {
		left, right, found := strings.Cut(text, op)
		if !found {
			continue
		}
		l, err := parseExpression(left)
		if err != nil {
			return nil, err
		}
		r, err := parseExpression(right)
		if err != nil {
			return nil, err
		}
		return &Relation{l, r, op, strings.TrimSpace(text)}, nil
	}
	return nil, fmt.Errorf("%q, expected a comparison by <, <=, >, >=, == or !=", text)
}

type parser struct {
	text  string
	at    int
	depth int
}

func parseExpression(text string) (*Expression, error) {
	p := &parser{text: text}
	x, err := p.sum()
	if err != nil {
		return nil, err
	}
	if p.skip(); p.at < len(p.text) {
		return nil, fmt.Errorf("%q after an expression", p.text[p.at:])
	}
	return x, nil
}

func (p *parser) skip() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
}

// accept takes one of the given bytes if it comes next.
func (p *parser) accept(set string) (byte, bool) {
	if p.skip(); p.at < len(p.text) && strings.IndexByte(set, p.text[p.at]) >= 0 {
		p.at++
		return p.text[p.at-1], true
	}
	return 0, false
}

func (p *parser) chain(set string, next func() (*Expression, error)) (*Expression, error) {
	x, err := next()
	for err == nil {
		op, ok := p.accept(set)
		if !ok {
			return x, nil
		}
		var y *Expression
		if y, err = next(); err == nil {
			x = &Expression{op: string(op), args: []*Expression{x, y}}
		}
	}
	return nil, err
}

func (p *parser) sum() (*Expression, error)     { return p.chain("+-", p.product) }
func (p *parser) product() (*Expression, error) { return p.chain("*/", p.factor) }

func (p *parser) factor() (*Expression, error) {
	if p.depth++; p.depth > 200 {
		return nil, errors.New("a formula nested more than 200 deep")
	}
	defer func() { p.depth-- }()
	if _, minus := p.accept("-"); minus {
		x, err := p.factor()
		return &Expression{op: negation, args: []*Expression{x}}, err
	}
	x, err := p.atom()
	if err != nil {
		return nil, err
	}
	if _, raised := p.accept("^"); raised {
		p.skip()
		n := p.digits()
		if n == "" || len(n) > 3 {
			return nil, errors.New("a power that is not a whole number below 1000")
		}
		power := 0
		fmt.Sscan(n, &power)
		return &Expression{op: "^", args: []*Expression{x}, power: power}, nil
	}
	return x, nil
}

func (p *parser) digits() string {
	from := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	return p.text[from:p.at]
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func (p *parser) atom() (*Expression, error) {
	if _, open := p.accept("("); open {
		x, err := p.sum()
		if err != nil {
			return nil, err
		}
		if _, closed := p.accept(")"); !closed {
			return nil, errors.New("a parenthesis that is not closed")
		}
		return x, nil
	}
	if p.at >= len(p.text) {
		return nil, errors.New("a formula that ends too early")
	}
	if n := p.digits(); n != "" {
		if p.at < len(p.text) && p.text[p.at] == '.' {
			p.at++
			n += "." + p.digits()
		}
		q, ok := new(big.Rat).SetString(strings.TrimSuffix(n, "."))
		if !ok {
			return nil, fmt.Errorf("%q, expected a number", n)
		}
		return &Expression{op: "number", value: q}, nil
	}
	from := p.at
	for p.at < len(p.text) && (letter(p.text[p.at]) || p.at > from && p.text[p.at] >= '0' && p.text[p.at] <= '9') {
		p.at++
	}
	name := p.text[from:p.at]
	if name == "" {
		return nil, fmt.Errorf("%q, expected a number, a name or a parenthesis", p.text[p.at:])
	}
	count := 0
	switch {
	case unary[name] != nil:
		count = 1
	case binary[name] != nil:
		count = 2
	default:
		if _, _, known := numberCalled(name); !known {
			return nil, fmt.Errorf("%q is not a known number", name)
		}
		return &Expression{op: "name", name: name}, nil
	}
	if _, open := p.accept("("); !open {
		return nil, fmt.Errorf("%s without arguments", name)
	}
	x := &Expression{op: name}
	for i := range count {
		if i > 0 {
			if _, comma := p.accept(","); !comma {
				return nil, fmt.Errorf("%s, expected %d arguments", name, count)
			}
		}
		y, err := p.sum()
		if err != nil {
			return nil, err
		}
		x.args = append(x.args, y)
	}
	if _, closed := p.accept(")"); !closed {
		return nil, fmt.Errorf("%s, expected %d arguments", name, count)
	}
	return x, nil
}

// uses adds the names that occur to a set.
func (x *Expression) uses(set map[string]bool) {
	if x.op == "name" {
		set[x.name] = true
	}
	for _, a := range x.args {
		a.uses(set)
	}
}

// A scope gives the values of names.
type scope interface {
	lookup(name string) (*ball.Ball, error)
}

// enclose evaluates an expression.
// Encloses the exact value for every point of the inputs.
func (x *Expression) enclose(s scope, precision uint) (*ball.Ball, error) {
	args := make([]*ball.Ball, len(x.args))
	for i, a := range x.args {
		var err error
		if args[i], err = a.enclose(s, precision); err != nil {
			return nil, err
		}
	}
	z := ball.New(precision)
	switch x.op {
	case "number":
		return z.SetRat(x.value), nil
	case "name":
		return s.lookup(x.name)
	case "^":
		z.PowInt(args[0], int64(x.power))
	default:
		if len(args) == 1 {
			unary[x.op](z, args[0])
		} else {
			binary[x.op](z, args[0], args[1])
		}
	}
	if !z.IsFinite() {
		return nil, fmt.Errorf("%s has no finite value", x.op)
	}
	return z, nil
}

// decide compares both sides. The slack is positive where the relation holds
// with room to spare (right − left for < and <=), and negative where it fails.
func (r *Relation) decide(s scope, precision uint) (truth Truth, slack *ball.Ball, err error) {
	left, err := r.Left.enclose(s, precision)
	if err != nil {
		return Unknown, nil, err
	}
	right, err := r.Right.enclose(s, precision)
	if err != nil {
		return Unknown, nil, err
	}
	slack = ball.New(precision)
	if r.Op == ">" || r.Op == ">=" {
		slack.Sub(left, right)
	} else {
		slack.Sub(right, left)
	}
	sign, known := slack.Sign()
	holds := map[string]bool{"<": sign > 0, ">": sign > 0, "<=": sign >= 0, ">=": sign >= 0, "==": sign == 0, "!=": sign != 0}[r.Op]
	if r.Op == "==" { // how far from equal, never positive
		slack.Abs(slack)
		slack.Neg(slack)
	}
	switch {
	case !known:
		return Unknown, slack, nil
	case holds:
		return True, slack, nil
	}
	return False, slack, nil
}
