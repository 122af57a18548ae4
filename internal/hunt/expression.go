package hunt

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// A Relation compares two formulas over named numbers, in the grammar of theory
// files (script.Sentence), in which powers may be written x^n.
type Relation struct {
	sides   [2]*formula
	sign    string
	text    string
	meaning string // equal for relations that differ in spaces, parentheses and sides only
}

// String returns the text that was parsed.
func (r *Relation) String() string { return r.text }

// A formula is a list of steps, of which the last one is its value. None occurs
// twice.
type formula struct {
	steps []step
	names []string // that occur
	text  string   // equal for formulas with the same steps
}

// A step is a number, a name, or an operation on earlier steps.
type step struct {
	number *big.Rat
	name   string // of a number, or of the operation
	*operation
	operands [2]int
}

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
	maxExact    = 4096 // bits of a rational number that is kept as one
	maxExponent = 1 << 24
)

// An operation works on rational numbers as long as exact gives one, and on
// enclosures otherwise. A function of one argument gets it twice.
type operation struct {
	exact func(z, x, y *big.Rat) *big.Rat
	ball  func(z, x, y *ball.Ball) *ball.Ball
}

func function(f func(z, x *ball.Ball) *ball.Ball) *operation {
	return &operation{func(_, _, _ *big.Rat) *big.Rat { return nil }, func(z, x, _ *ball.Ball) *ball.Ball { return f(z, x) }}
}

// operations lists those of formulas but for powers; negation is 0 − x.
var operations = map[ode.Operation]*operation{
	ode.OpAdd: {(*big.Rat).Add, (*ball.Ball).Add}, ode.OpSub: {(*big.Rat).Sub, (*ball.Ball).Sub}, ode.OpMul: {(*big.Rat).Mul, (*ball.Ball).Mul},
	ode.OpQuo: {func(z, x, y *big.Rat) *big.Rat {
		if y.Sign() == 0 {
			return nil
		}
		return z.Quo(x, y)
	}, (*ball.Ball).Quo},
	ode.OpAbs: {func(z, x, _ *big.Rat) *big.Rat { return z.Abs(x) }, func(z, x, _ *ball.Ball) *ball.Ball { return z.Abs(x) }},
	ode.OpExp: function((*ball.Ball).Exp), ode.OpLog: function((*ball.Ball).Log), ode.OpSqrt: function((*ball.Ball).Sqrt),
	ode.OpSin: function((*ball.Ball).Sin), ode.OpCos: function((*ball.Ball).Cos), ode.OpAtan: function((*ball.Ball).Atan),
	ode.OpTanh: function(func(z, x *ball.Ball) *ball.Ball { // 1 − 2/(exp(2x) + 1)
		z.Exp(z.MulInt64(x, 2))
		z.Quo(ball.New(z.Prec()).SetInt64(2), z.AddInt64(z, 1))
		return z.Sub(ball.New(z.Prec()).SetInt64(1), z)
	}),
}

// extremes are min and max, by their signs.
var extremes = map[int]*operation{
	1: {func(_, x, y *big.Rat) *big.Rat { return slices.MaxFunc([]*big.Rat{x, y}, (*big.Rat).Cmp) }, (*ball.Ball).Max},
	-1: {func(_, x, y *big.Rat) *big.Rat { return slices.MinFunc([]*big.Rat{x, y}, (*big.Rat).Cmp) }, func(z, x, y *ball.Ball) *ball.Ball {
		return z.Neg(z.Max(ball.New(z.Prec()).Neg(x), ball.New(z.Prec()).Neg(y)))
	}},
}

// powerOf is x^n.
func powerOf(n int) *operation {
	return &operation{func(z, x, _ *big.Rat) *big.Rat {
		size := max(n, -n)
		if bits := x.Num().BitLen() + x.Denom().BitLen(); bits*size > maxExact || n < 0 && x.Sign() == 0 {
			return nil
		}
		exponent := big.NewInt(int64(size))
		z.SetFrac(new(big.Int).Exp(x.Num(), exponent, nil), new(big.Int).Exp(x.Denom(), exponent, nil))
		if n < 0 {
			z.Inv(z)
		}
		return z
	}, func(z, x, _ *ball.Ball) *ball.Ball { return z.PowInt(x, int64(n)) }}
}

// comparisons lists what relations say of the sign of left − right.
var comparisons = map[string]func(sign int) bool{
	"<": func(s int) bool { return s < 0 }, "<=": func(s int) bool { return s <= 0 }, "==": func(s int) bool { return s == 0 },
	">": func(s int) bool { return s > 0 }, ">=": func(s int) bool { return s >= 0 }, "!=": func(s int) bool { return s != 0 },
}

// ParseRelations reads a comparison such as "mustar <= 2*log(dstar)", or a chain
// of them such as "dmin < dstar < dmax", one relation after the other. Its errors
// name line and column.
func ParseRelations(text string) ([]*Relation, error) {
	var names []string
	for i := range numbers {
		names = append(names, numbers[i].name)
		if numbers[i].second != "" {
			names = append(names, numbers[i].name+"2")
		}
	}
	parts, err := script.Sentence(text, names)
	if err != nil {
		return nil, err
	}
	var out []*Relation
	for _, part := range parts {
		r := &Relation{sign: part.Sign, text: strings.TrimSpace(text)}
		for i, side := range []*ode.Expr{part.Left, part.Right} {
			r.sides[i] = compiled(side, names)
		}
		r.meaning = r.sides[0].text + r.sign + r.sides[1].text
		if r.sign[0] == '>' {
			r.meaning = r.sides[1].text + "<" + r.sign[1:] + r.sides[0].text
		}
		out = append(out, r)
	}
	return out, nil
}

// meaningOf is that of a chain.
func meaningOf(list []*Relation) string {
	var out []string
	for _, r := range list {
		out = append(out, r.meaning)
	}
	return strings.Join(out, " and ")
}

// names lists the names that occur.
func (r *Relation) names() []string { return slices.Concat(r.sides[0].names, r.sides[1].names) }

// against returns what a relation compares a name with that is one of its sides
// and does not occur in the other; nil if there is none.
func (r *Relation) against(name string) *formula {
	for i, side := range r.sides {
		if other := r.sides[1-i]; len(side.steps) == 1 && side.steps[0].name == name && !slices.Contains(other.names, name) {
			return other
		}
	}
	return nil
}

// A compiler turns an expression into steps.
type compiler struct {
	formula
	names  []string          // of the unknowns
	places map[string]int    // of the steps
	known  map[*ode.Expr]int // expressions that have a step
}

func compiled(x *ode.Expr, names []string) *formula {
	c := &compiler{names: names, places: map[string]int{}, known: map[*ode.Expr]int{}}
	c.expression(x)
	return &c.formula
}

// expression returns the place of the step that has the value of an expression.
// Operands come first, from left to right.
func (c *compiler) expression(x *ode.Expr) int {
	if at, ok := c.known[x]; ok {
		return at
	}
	var at int
	switch op, operands := x.Operation(), x.Operands(); op {
	case ode.OpRational:
		at = c.step(step{number: x.Value()}, x.Value().RatString())
	case ode.OpState:
		name := c.names[x.Index()]
		at = c.step(step{name: name}, name)
		if !slices.Contains(c.formula.names, name) {
			c.formula.names = append(c.formula.names, name)
		}
	case ode.OpNeg:
		at = c.apply("-", operations[ode.OpSub], ode.Integer(0), operands[0])
	case ode.OpPower:
		at = c.apply(fmt.Sprintf("^%d", x.Index()), powerOf(x.Index()), operands...)
	default:
		a, b, sign := script.Extreme(x)
		switch sign {
		case 1:
			at = c.apply("max", extremes[1], a, b)
		case -1:
			at = c.apply("min", extremes[-1], a, b)
		default:
			at = c.apply(op.String(), operations[op], operands...)
		}
	}
	c.known[x] = at
	return at
}

func (c *compiler) apply(name string, o *operation, operands ...*ode.Expr) int {
	s := step{name: name, operation: o}
	for i := range s.operands { // the only one twice
		s.operands[i] = c.expression(operands[min(i, len(operands)-1)])
	}
	return c.step(s, fmt.Sprint(name, s.operands))
}

// step returns the place of a step, which may be there already.
func (c *compiler) step(s step, key string) int {
	if at, ok := c.places[key]; ok {
		return at
	}
	c.steps = append(c.steps, s)
	c.text += key + ";"
	c.places[key] = len(c.steps) - 1
	return len(c.steps) - 1
}

// value evaluates a formula in a world, or says why it has no value there.
func (f *formula) value(w *world) (value, error) {
	values := make([]value, len(f.steps))
	for i := range f.steps {
		s := &f.steps[i]
		var err error
		switch {
		case s.number != nil:
			values[i] = value{exact: s.number}
		case s.operation == nil:
			values[i], err = w.lookup(s.name)
		default:
			values[i], err = s.apply(values[s.operands[0]], values[s.operands[1]], w.precision)
		}
		if err != nil {
			return value{}, err
		}
	}
	return values[len(values)-1], nil
}

func (s *step) apply(a, b value, precision uint) (value, error) {
	if a.exact != nil && b.exact != nil {
		if q := s.exact(new(big.Rat), a.exact, b.exact); q != nil && q.Num().BitLen()+q.Denom().BitLen() <= maxExact {
			return value{exact: q}, nil
		}
	}
	return enclosed(s.name, s.ball(ball.New(precision), a.enclosure(precision), b.enclosure(precision)))
}

// decideAll decides a chain: Refuted if a part is, and Proved if all are. The
// slack is the least.
func decideAll(list []*Relation, w *world) (v theory.Verdict, slack *ball.Ball, err error) {
	v = theory.Proved
	for _, r := range list {
		part, room, err := r.decide(w)
		switch {
		case err != nil:
			return theory.Undecided, nil, err
		case part == theory.Refuted:
			return part, room, nil
		case part == theory.Undecided:
			v = part
		}
		if slack == nil || room.Mid().Cmp(slack.Mid()) < 0 {
			slack = room
		}
	}
	return v, slack, nil
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
	if r.sign == "==" { // how far from equal, never positive
		slack.Abs(slack)
	}
	if r.sign[0] != '>' {
		slack.Neg(slack)
	}
	switch {
	case !known:
	case comparisons[r.sign](sign):
		v = theory.Proved
	default:
		v = theory.Refuted
	}
	return v, slack, nil
}
