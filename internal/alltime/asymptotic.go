package alltime

import (
	"math/big"

	"muflow/ode"
)

// An asymptote is what a function of y does as y → +∞, for each value of the
// constants: it is equivalent to
//
//	c·e^{b·y}·y^a·(log y)^d
//
// with numbers b, a, d and a c without y whose sign is known; or it is 0, or
// tends to 0 in a way that is not known. Sums and products of equivalents, and
// exponentials and logarithms of functions less what they are equivalent to, are
// as in G. H. Hardy, Orders of infinity (1910).
type asymptote struct {
	is    asymptoteKind
	c     *ode.Expr
	sign  int // of c
	order order
	exact bool // equal, not equivalent only
}

type asymptoteKind uint8

const (
	noAsymptote asymptoteKind = iota
	leads                     // c·e^{b·y}·y^a·(log y)^d
	tendsToZero
	identicallyZero
)

// An order is the exponents b, a and d.
type order [3]*big.Rat

func newOrder(b, a, d int64) order {
	return order{big.NewRat(b, 1), big.NewRat(a, 1), big.NewRat(d, 1)}
}

// cmp compares how fast functions grow.
func (o order) cmp(p order) int {
	for i := range o {
		if c := o[i].Cmp(p[i]); c != 0 {
			return c
		}
	}
	return 0
}

func (o order) sign() int { return o.cmp(newOrder(0, 0, 0)) }

// plus is the order of a product with the k-th power of another function.
func (o order) plus(p order, k *big.Rat) order {
	var out order
	for i := range o {
		out[i] = new(big.Rat).Mul(p[i], k)
		out[i].Add(out[i], o[i])
	}
	return out
}

// small reports whether a function is known to tend to 0.
func (a asymptote) small() bool {
	return a.is == tendsToZero || a.is == identicallyZero || a.is == leads && a.order.sign() < 0
}

// large reports whether it tends to ±∞.
func (a asymptote) large() bool { return a.is == leads && a.order.sign() > 0 }

// An infinity looks at functions of the unknown at, as it goes to +∞.
type infinity struct {
	at    int
	box   []interval // of the constants
	depth int        // of nested searches that are left
	work  int        // searches that are left
}

const (
	infinityDepth = 12
	infinityWork  = 300
)

// farther returns what an expression does as the unknown goes to +∞ (side 1) or
// to −∞; the other unknowns in it are constants in a box.
func farther(x *ode.Expr, at, side int, box []interval) asymptote {
	if side < 0 {
		values := make([]*ode.Expr, at+1)
		values[at] = ode.State(at).Neg()
		x = x.Substitute(values)
	}
	s := &infinity{at: at, box: box, depth: infinityDepth, work: infinityWork}
	return s.of(x.Rewrite(rooted, map[*ode.Expr]*ode.Expr{}))
}

// limit is the value that a function tends to, nil with a sign for ±∞.
func (a asymptote) limit() (value *ode.Expr, sign int, ok bool) {
	switch {
	case a.is == noAsymptote:
		return nil, 0, false
	case a.small():
		return ode.Integer(0), 0, true
	case a.large():
		return nil, a.sign, true
	}
	return a.c, 0, true
}

func (s *infinity) moves(x *ode.Expr) bool {
	for _, i := range unknownsOf(x) {
		if i == s.at {
			return true
		}
	}
	return false
}

// constant is an expression without y.
func (s *infinity) constant(c *ode.Expr) asymptote {
	v := newGraded(c).over(s.box)
	switch {
	case v.undefined:
		return asymptote{}
	case isZero(c):
		return asymptote{is: identicallyZero}
	case v.hasZero() || !v.bounded():
		return asymptote{}
	case v.negative():
		return asymptote{leads, c, -1, newOrder(0, 0, 0), true}
	}
	return asymptote{leads, c, 1, newOrder(0, 0, 0), true}
}

// of finds the asymptote of an expression as it is written, of its normal form,
// and of that with logarithms of powers and exponentials taken apart.
func (s *infinity) of(x *ode.Expr) asymptote {
	if !s.moves(x) {
		return s.constant(x)
	}
	if s.depth == 0 || s.work == 0 {
		return asymptote{}
	}
	s.work--
	s.depth--
	defer func() { s.depth++ }()
	if a := s.written(x); a.is != noAsymptote {
		return a
	}
	if a := s.normal(x); a.is != noAsymptote {
		return a
	}
	if y := x.Rewrite(s.apart, map[*ode.Expr]*ode.Expr{}); y != x {
		return s.normal(y)
	}
	return asymptote{}
}

// apart writes log g as b·y + a·log y + log(g·e^{−b·y}·y^{−a}).
func (s *infinity) apart(x *ode.Expr) *ode.Expr {
	if x.Operation() != ode.OpLog {
		return nil
	}
	y, g := ode.State(s.at), x.Operands()[0]
	if g.Operation() == ode.OpState {
		return nil
	}
	a := s.of(g)
	if a.is != leads || a.sign < 0 || a.order[2].Sign() != 0 || !a.order[1].IsInt() || a.order.sign() == 0 {
		return nil
	}
	exponent := y.Scale(a.order[0])
	out := exponent
	rest := g.Mul(exponent.Neg().Exp())
	if n := a.order[1].Num(); n.Sign() != 0 {
		if !n.IsInt64() || n.Int64() > 64 || n.Int64() < -64 {
			return nil
		}
		out = out.Add(y.Log().Scale(a.order[1]))
		rest = rest.Mul(y.Power(int(-n.Int64())))
	}
	return out.Add(rest.Log())
}

// normal is that of numerator and denominator of the normal form.
func (s *infinity) normal(x *ode.Expr) asymptote {
	forms := newForms()
	form, err := forms.of(x)
	if err != nil {
		return asymptote{}
	}
	num, den := forms.polynomial(form.num), forms.polynomial(form.den)
	return s.product(s.sum(num), s.sum(den), -1)
}

// sum keeps the terms that grow fastest.
func (s *infinity) sum(x *ode.Expr) asymptote {
	var list []asymptote
	constants := ode.Integer(0)
	for _, y := range terms(x, big.NewRat(1, 1)) {
		if !s.moves(y.of) {
			constants = constants.Add(y.of.Scale(y.times))
			continue
		}
		a := s.product(s.constant(ode.Rational(y.times)), s.written(y.of), 1)
		if a.is == noAsymptote {
			return a
		}
		list = append(list, a)
	}
	if c := s.constant(constants); c.is != identicallyZero {
		if c.is == noAsymptote { // without a sign, but bounded
			if v := newGraded(constants).over(s.box); v.undefined || !v.bounded() {
				return c
			}
			c = asymptote{leads, constants, 0, newOrder(0, 0, 0), true}
		}
		list = append(list, c)
	}
	vague := false // some term tends to 0 in a way that is not known
	for {
		var most order
		for _, a := range list {
			vague = vague || a.is == tendsToZero
			if a.is == leads && (most[0] == nil || a.order.cmp(most) > 0) {
				most = a.order
			}
		}
		switch {
		case most[0] == nil && vague, vague && most[0] != nil && most.sign() < 0:
			return asymptote{is: tendsToZero}
		case most[0] == nil:
			return asymptote{is: identicallyZero}
		}
		var rest []asymptote
		c, exact := ode.Integer(0), true
		for _, a := range list {
			if a.is == leads && a.order.cmp(most) == 0 {
				c, exact = c.Add(a.c), exact && a.exact
			} else {
				rest = append(rest, a)
			}
		}
		all := s.constant(c)
		if all.is == leads {
			all.order = most
			all.exact = exact && !vague && len(rest) == 0
			return all
		}
		switch {
		case all.is != identicallyZero:
			return asymptote{}
		case exact:
			list = rest
		case most.sign() <= 0: // the difference of what is equivalent is smaller
			return asymptote{is: tendsToZero}
		default:
			return asymptote{}
		}
	}
}

func (s *infinity) one(sign int) asymptote {
	return asymptote{leads, ode.Integer(int64(sign)), sign, newOrder(0, 0, 0), true}
}

// product is a·b^k, k = ±1.
func (s *infinity) product(a, b asymptote, k int) asymptote {
	switch {
	case a.is == noAsymptote || b.is == noAsymptote || k < 0 && b.is != leads:
		return asymptote{}
	case a.is == identicallyZero || b.is == identicallyZero:
		return asymptote{is: identicallyZero}
	case a.is == tendsToZero && b.is == tendsToZero:
		return asymptote{is: tendsToZero}
	case a.is == tendsToZero || b.is == tendsToZero:
		other := b.order
		if b.is == tendsToZero {
			other = a.order
		}
		if k*other.sign() <= 0 || b.is == tendsToZero && other.sign() <= 0 {
			return asymptote{is: tendsToZero}
		}
		return asymptote{}
	}
	out := asymptote{is: leads, sign: a.sign * b.sign, order: a.order.plus(b.order, big.NewRat(int64(k), 1)), exact: a.exact && b.exact}
	if out.c = a.c.Mul(b.c); k < 0 {
		out.c = a.c.Quo(b.c)
	}
	return out
}

// written is the asymptote by how an expression is written.
func (s *infinity) written(x *ode.Expr) asymptote {
	if !s.moves(x) {
		return s.constant(x)
	}
	operands := x.Operands()
	switch x.Operation() {
	case ode.OpState:
		return asymptote{leads, ode.Integer(1), 1, newOrder(0, 1, 0), true}
	case ode.OpAdd, ode.OpSub:
		return s.sum(x)
	case ode.OpNeg:
		return s.product(s.one(-1), s.of(operands[0]), 1)
	case ode.OpMul:
		return s.product(s.of(operands[0]), s.of(operands[1]), 1)
	case ode.OpQuo:
		return s.product(s.of(operands[0]), s.of(operands[1]), -1)
	case ode.OpPower:
		return s.power(s.of(operands[0]), x.Index())
	}
	return s.function(x.Operation(), operands[0])
}

func (s *infinity) power(a asymptote, n int) asymptote {
	switch {
	case a.is == leads:
		sign := a.sign
		if n%2 == 0 {
			sign = 1
		}
		return asymptote{leads, a.c.Power(n), sign, newOrder(0, 0, 0).plus(a.order, big.NewRat(int64(n), 1)), a.exact}
	case n > 0:
		return a
	}
	return asymptote{}
}

func (s *infinity) function(op ode.Operation, g *ode.Expr) asymptote {
	a := s.of(g)
	if a.is == noAsymptote {
		return a
	}
	switch op {
	case ode.OpExp:
		return s.exponential(g, a)
	case ode.OpLog:
		return s.logarithm(a)
	}
	value, direction, _ := a.limit()
	still := a.is == identicallyZero || a.exact && direction == 0 && !a.small()
	out := asymptote{}
	switch op {
	case ode.OpSqrt:
		if a.is != leads {
			return a
		}
		if a.sign < 0 {
			return asymptote{}
		}
		return asymptote{leads, a.c.Sqrt(), 1, newOrder(0, 0, 0).plus(a.order, big.NewRat(1, 2)), a.exact}
	case ode.OpAbs:
		if a.is == leads && a.sign < 0 {
			return s.product(s.one(-1), a, 1)
		}
		return a
	case ode.OpTanh, ode.OpAtan:
		if direction != 0 {
			value = ode.Integer(int64(direction))
			if op == ode.OpAtan { // ±π/2
				value = value.Atan().Scale(big.NewRat(2, 1))
			}
			out = s.constant(value)
			break
		}
		out = s.constant(ode.Apply(op, 0, value))
	case ode.OpSin, ode.OpCos:
		if direction != 0 {
			return asymptote{}
		}
		out = s.constant(ode.Apply(op, 0, value))
	}
	if out.exact = still; out.is == identicallyZero && !still {
		out.is = tendsToZero
	}
	return out
}

// exponential is e^g: where g is equivalent to b·y or to a·log y, that is a
// factor, and the rest is the exponential of the difference.
func (s *infinity) exponential(g *ode.Expr, a asymptote) asymptote {
	value, direction, _ := a.limit()
	if direction == 0 {
		out := s.constant(value.Exp())
		out.exact = a.is == identicallyZero || a.exact && !a.small()
		return out
	}
	form, err := newForms().of(a.c)
	if err != nil {
		return asymptote{}
	}
	c, ok := rational(form)
	y := ode.State(s.at)
	factor, lead := s.one(1), y
	switch {
	case !ok:
		return asymptote{}
	case a.order.cmp(newOrder(0, 1, 0)) == 0:
		factor.order[0] = c
	case a.order.cmp(newOrder(0, 0, 1)) == 0:
		factor.order[1], lead = c, y.Log()
	default:
		return asymptote{}
	}
	if a.exact {
		return factor
	}
	rest := g.Sub(lead.Scale(c))
	left := s.of(rest)
	if left.is == noAsymptote || left.large() && left.order.cmp(a.order) >= 0 {
		return asymptote{}
	}
	return s.product(factor, s.exponential(rest, left), 1)
}

func (s *infinity) logarithm(a asymptote) asymptote {
	if a.is != leads || a.sign < 0 {
		return asymptote{}
	}
	b, power := ode.Rational(a.order[0]), ode.Rational(a.order[1])
	one := isZero(a.c.Sub(ode.Integer(1)))
	var out asymptote
	switch {
	case a.order[0].Sign() != 0:
		out = s.constant(b)
		out.order, out.exact = newOrder(0, 1, 0), a.exact && one && a.order[1].Sign() == 0 && a.order[2].Sign() == 0
	case a.order[1].Sign() != 0:
		out = s.constant(power)
		out.order, out.exact = newOrder(0, 0, 1), a.exact && one && a.order[2].Sign() == 0
	case a.order[2].Sign() != 0:
		return asymptote{}
	case one:
		out.is = tendsToZero
		if a.exact {
			out.is = identicallyZero
		}
	default:
		out = s.constant(a.c.Log())
		out.exact = a.exact
	}
	return out
}
