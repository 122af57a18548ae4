package hunt

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"muflow/ode/ball"
	"muflow/theory"

	"go.starlark.net/syntax"
)

// A Relation compares two formulas over named numbers: rational constants,
// + − * /, integer powers, exp, log, logp (log⁺), sqrt, abs, min and max, in
// the syntax of Starlark, but for powers, which are x^n.
type Relation struct {
	sides   [2]operand
	op      syntax.Token
	text    string
	meaning string // equal for relations that differ in spaces, parentheses and sides only
}

// An operand is one side of a relation.
type operand struct {
	value formula
	text  string   // without spaces and spare parentheses
	names []string // that occur
}

// String returns the text that was parsed.
func (r *Relation) String() string { return r.text }

// A formula gives its value in a world, or says why there is none.
type formula func(*world) (value, error)

// A value is a rational number, or an enclosure if exact is nil.
type value struct {
	exact *big.Rat
	ball  *ball.Ball
}

func (v value) enclosure(precision uint) *ball.Ball {
	if v.exact != nil {
		return ball.New(precision).SetRat(v.exact)
	}
	return v.ball
}

// enclosed is the value with an enclosure: the rational number that one without
// a radius is. Sums of numbers far apart would take as many bits as lie between
// them: numbers beyond 2^maxExponent have no value here, and less than
// 2^−maxExponent is nearly 0.
func enclosed(name string, z *ball.Ball) (value, error) {
	exponent := max(z.Mid().MantExp(nil), z.Radius().MantExp(nil))
	switch {
	case !z.IsFinite() || exponent > maxExponent:
		return value{}, fmt.Errorf("%s has no finite value", name)
	case z.IsExact() && exponent <= maxExact && exponent >= -maxExact:
		q, _ := z.Mid().Rat(nil)
		return value{exact: q}, nil
	case exponent < -maxExponent:
		z.SetInt64(0).AddError(new(big.Float).SetMantExp(big.NewFloat(2), -maxExponent))
	}
	return value{ball: z}, nil
}

const (
	maxFormula  = 2000 // bytes of a formula, which bound its depth, too
	maxExact    = 4096 // bits of a rational number that is kept as one
	maxExponent = 1 << 24
)

// An operation works on rational numbers as long as exact gives one, and on
// enclosures otherwise. A function of one argument gets it twice.
type operation struct {
	arguments int
	exact     func(z, x, y *big.Rat) *big.Rat
	ball      func(z, x, y *ball.Ball) *ball.Ball
}

func function(f func(z, x *ball.Ball) *ball.Ball) operation {
	return operation{1, func(_, _, _ *big.Rat) *big.Rat { return nil }, func(z, x, _ *ball.Ball) *ball.Ball { return f(z, x) }}
}

// operations lists them by their signs and names.
var operations = map[string]operation{
	"+": {2, (*big.Rat).Add, (*ball.Ball).Add}, "-": {2, (*big.Rat).Sub, (*ball.Ball).Sub}, "*": {2, (*big.Rat).Mul, (*ball.Ball).Mul},
	"/": {2, func(z, x, y *big.Rat) *big.Rat {
		if y.Sign() == 0 {
			return nil
		}
		return z.Quo(x, y)
	}, (*ball.Ball).Quo},
	"^": {2, func(z, x, n *big.Rat) *big.Rat {
		if int64(x.Num().BitLen()+x.Denom().BitLen())*n.Num().Int64() > maxExact {
			return nil
		}
		return z.SetFrac(new(big.Int).Exp(x.Num(), n.Num(), nil), new(big.Int).Exp(x.Denom(), n.Num(), nil))
	}, func(z, x, n *ball.Ball) *ball.Ball {
		power, _ := n.Mid().Int64()
		return z.PowInt(x, power)
	}},
	"max": {2, func(_, x, y *big.Rat) *big.Rat { return slices.MaxFunc([]*big.Rat{x, y}, (*big.Rat).Cmp) }, (*ball.Ball).Max},
	"min": {2, func(_, x, y *big.Rat) *big.Rat { return slices.MinFunc([]*big.Rat{x, y}, (*big.Rat).Cmp) }, func(z, x, y *ball.Ball) *ball.Ball {
		return z.Neg(z.Max(ball.New(z.Prec()).Neg(x), ball.New(z.Prec()).Neg(y)))
	}},
	"abs": {1, func(z, x, _ *big.Rat) *big.Rat { return z.Abs(x) }, func(z, x, _ *ball.Ball) *ball.Ball { return z.Abs(x) }},
	"exp": function((*ball.Ball).Exp), "log": function((*ball.Ball).Log), "sqrt": function((*ball.Ball).Sqrt),
	"logp": function(func(z, x *ball.Ball) *ball.Ball { return z.Max(z.Log(x), ball.New(z.Prec())) }),
}

// comparisons lists what relations say of the sign of left − right.
var comparisons = map[syntax.Token]func(sign int) bool{
	syntax.LT: func(s int) bool { return s < 0 }, syntax.LE: func(s int) bool { return s <= 0 }, syntax.EQL: func(s int) bool { return s == 0 },
	syntax.GT: func(s int) bool { return s > 0 }, syntax.GE: func(s int) bool { return s >= 0 }, syntax.NEQ: func(s int) bool { return s != 0 },
}

var (
	power   = regexp.MustCompile(`\^([ \t]*[0-9]+)`)
	decimal = regexp.MustCompile(`^[0-9]*\.?[0-9]*([eE][+-]?[0-9]{1,4})?$`)
)

// ParseRelation reads a comparison such as "mustar <= 2*log(dstar)". Its errors
// name line and column.
func ParseRelation(text string) (*Relation, error) {
	if len(text) > maxFormula || strings.ContainsAny(text, "[]\r\n") {
		return nil, fmt.Errorf("%.40q, expected a line of at most %d bytes without brackets", text, maxFormula)
	}
	// What binds as tightly as a power is Starlark's x[n]; spaces before mean something there.
	trimmed := strings.TrimLeft(text, " \t")
	c := &compiler{text: power.ReplaceAllString(trimmed, "[$1]"), cut: len(text) - len(trimmed)}
	e, err := new(syntax.FileOptions).ParseExpr("", c.text, 0)
	if wrong := (syntax.Error{}); errors.As(err, &wrong) {
		err = c.fail(wrong.Pos, "%s", wrong.Msg)
	}
	if err != nil {
		return nil, err
	}
	b, ok := e.(*syntax.BinaryExpr)
	if !ok || comparisons[b.Op] == nil {
		start, _ := e.Span()
		return nil, c.fail(start, "expected a comparison by <, <=, >, >=, == or !=")
	}
	r := &Relation{op: b.Op, text: strings.TrimSpace(text)}
	for i, e := range []syntax.Expr{b.X, b.Y} {
		c.names = nil
		value, text, err := c.compile(e)
		if err != nil {
			return nil, err
		}
		r.sides[i] = operand{value, text, c.names}
	}
	r.meaning = r.sides[0].text + b.Op.String() + r.sides[1].text
	if sign := b.Op.String(); sign[0] == '>' {
		r.meaning = r.sides[1].text + "<" + sign[1:] + r.sides[0].text
	}
	return r, nil
}

// names lists the names that occur.
func (r *Relation) names() []string { return slices.Concat(r.sides[0].names, r.sides[1].names) }

// against returns what a relation compares a name with that is one of its sides
// and does not occur in the other; nil if there is none.
func (r *Relation) against(name string) formula {
	for i, side := range r.sides {
		if other := r.sides[1-i]; side.text == name && !slices.Contains(other.names, name) {
			return other.value
		}
	}
	return nil
}

const onePower = "expected one power, a whole number below 1000"

// A compiler turns syntax into formulas.
type compiler struct {
	text  string // in which powers are x[n]
	cut   int    // spaces that were before it
	names []string
}

// fail is an error at a place of the text as it was given.
func (c *compiler) fail(p syntax.Position, format string, args ...any) error {
	before := []rune(c.text)[:int(p.Col)-1]
	return fmt.Errorf("line %d, column %d: %s", p.Line, len(before)+1-strings.Count(string(before), "]")+c.cut, fmt.Sprintf(format, args...))
}

// compile returns a formula, and its text without spaces and spare parentheses.
func (c *compiler) compile(e syntax.Expr) (formula, string, error) {
	start, _ := e.Span()
	switch e := e.(type) {
	case *syntax.ParenExpr:
		return c.compile(e.X)
	case *syntax.Literal:
		q, ok := new(big.Rat), e.Token == syntax.INT || e.Token == syntax.FLOAT && decimal.MatchString(e.Raw)
		if ok {
			q, ok = q.SetString(e.Raw)
		}
		if !ok {
			return nil, "", c.fail(start, "%s, expected a number", e.Raw)
		}
		return func(*world) (value, error) { return value{exact: q}, nil }, q.RatString(), nil
	case *syntax.Ident:
		if _, _, known := numberCalled(e.Name); !known {
			return nil, "", c.fail(start, "%q is not a known number", e.Name)
		}
		c.names = append(c.names, e.Name)
		return func(w *world) (value, error) { return w.lookup(e.Name) }, e.Name, nil
	case *syntax.UnaryExpr:
		if e.Op == syntax.MINUS {
			return c.apply(start, "-", &syntax.Literal{Token: syntax.INT, Raw: "0"}, e.X)
		}
	case *syntax.BinaryExpr:
		if e.Op == syntax.CIRCUMFLEX {
			return nil, "", c.fail(e.OpPos, onePower)
		}
		return c.apply(start, e.Op.String(), e.X, e.Y)
	case *syntax.CallExpr:
		if name, ok := e.Fn.(*syntax.Ident); ok {
			return c.apply(start, name.Name, e.Args...)
		}
	case *syntax.IndexExpr:
		n, ok := e.Y.(*syntax.Literal)
		if _, twice := e.X.(*syntax.IndexExpr); ok && !twice && len(n.Raw) <= 3 {
			return c.apply(start, "^", e.X, e.Y)
		}
		return nil, "", c.fail(e.Lbrack, onePower)
	}
	return nil, "", c.fail(start, "expected numbers, names, + - * / ^, functions and parentheses only")
}

// apply compiles an operation and its arguments.
func (c *compiler) apply(at syntax.Position, name string, args ...syntax.Expr) (formula, string, error) {
	o := operations[name]
	if o.arguments == 0 || o.arguments != len(args) {
		return nil, "", c.fail(at, "%s with %d arguments is not a known operation", name, len(args))
	}
	var formulas [2]formula
	text := name
	for i, arg := range args {
		var err error
		var part string
		if formulas[i], part, err = c.compile(arg); err != nil {
			return nil, "", err
		}
		text += "(" + part
	}
	return func(w *world) (value, error) {
		var values [2]value
		for i := range args {
			var err error
			if values[i], err = formulas[i](w); err != nil {
				return value{}, err
			}
		}
		a, b := values[0], values[o.arguments-1]
		if a.exact != nil && b.exact != nil {
			if q := o.exact(new(big.Rat), a.exact, b.exact); q != nil && q.Num().BitLen()+q.Denom().BitLen() <= maxExact {
				return value{exact: q}, nil
			}
		}
		return enclosed(name, o.ball(ball.New(w.precision), a.enclosure(w.precision), b.enclosure(w.precision)))
	}, text + strings.Repeat(")", len(args)), nil
}

// decide compares both sides: Proved, Refuted or Undecided. The slack is
// positive where the relation holds with room to spare (right − left for < and
// <=), and negative where it fails.
func (r *Relation) decide(w *world) (v theory.Verdict, slack *ball.Ball, err error) {
	var sides [2]value
	for i := range sides {
		if sides[i], err = r.sides[i].value(w); err != nil {
			return theory.Undecided, nil, err
		}
	}
	left, right := sides[0], sides[1]
	slack = ball.New(w.precision).Sub(left.enclosure(w.precision), right.enclosure(w.precision))
	sign, known := slack.Sign()
	if left.exact != nil && right.exact != nil {
		sign, known = left.exact.Cmp(right.exact), true
	}
	if r.op == syntax.EQL { // how far from equal, never positive
		slack.Abs(slack)
	}
	if r.op != syntax.GT && r.op != syntax.GE {
		slack.Neg(slack)
	}
	switch {
	case !known:
	case comparisons[r.op](sign):
		v = theory.Proved
	default:
		v = theory.Refuted
	}
	return v, slack, nil
}
