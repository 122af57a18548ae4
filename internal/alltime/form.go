package alltime

import (
	"fmt"
	"math/big"

	"muflow/internal/sym"
	"muflow/ode"
)

// A form is a quotient of polynomials in unknowns and atoms, where an atom is
// an exponential of a monomial, a root, a logarithm or another function of a
// form. A numerator that is the polynomial 0 proves that the expression is 0
// wherever it is defined; nothing follows from one that is not.
type form struct{ num, den sym.Multivariate }

// forms keeps the atoms of some forms.
type forms struct {
	atoms  map[string]*ode.Expr // what a name stands for
	square map[string]form      // the squares of atoms that are roots
	known  map[*ode.Expr]form
	failed map[*ode.Expr]error
	units  *units // of exponents, may be nil
	raw    bool   // nothing is cancelled, so that no pole is lost
	free   bool   // roots are variables of their own
	left   int64  // work, see formWork
	work   *meter // that it is charged to as well, may be nil
}

func newForms() *forms {
	return &forms{atoms: map[string]*ode.Expr{}, square: map[string]form{}, known: map[*ode.Expr]form{}, failed: map[*ode.Expr]error{}, left: formWork}
}

// spend takes work away, and fails where there is not enough.
func (s *forms) spend(units int64) error {
	if s.left -= units; s.left < 0 {
		return errLong
	}
	s.work.spend(units)
	return nil
}

func constantForm(q *big.Rat) form { return form{sym.Constant(q), sym.Integer(1)} }

// most bounds the number of terms, beyond which a form is given up.
const most = 400

var errLarge = fmt.Errorf("a normal form of more than %d terms", most)

// stateName is the variable of an unknown; it sorts by index.
func stateName(i int) string { return fmt.Sprintf("x%04d", i) }

// of returns the form of an expression.
func (s *forms) of(x *ode.Expr) (form, error) {
	if f, ok := s.known[x]; ok {
		return f, nil
	}
	if err, ok := s.failed[x]; ok {
		return form{}, err
	}
	f, err := s.build(x)
	if err == nil {
		err = s.spend(multiplied(f.num, f.den)/4 + int64((f.num.Len()+f.den.Len())*len(f.den.Variables()))*2*termWork)
	}
	if err == nil {
		if f = s.reduced(f); f.den.IsZero() {
			err = fmt.Errorf("a division by 0")
		} else if f.num.Len()+f.den.Len() > most {
			err = errLarge
		}
	}
	if err != nil {
		s.failed[x] = err
		return form{}, err
	}
	s.known[x] = f
	return f, nil
}

func (s *forms) build(x *ode.Expr) (form, error) {
	switch x.Operation() {
	case ode.OpRational:
		if x.Value() == nil {
			return form{}, fmt.Errorf("a missing number")
		}
		return constantForm(x.Value()), nil
	case ode.OpState:
		name := stateName(x.Index())
		s.atoms[name] = x
		return form{sym.Variable(name), sym.Integer(1)}, nil
	}
	a, err := s.of(x.Operands()[0])
	if err != nil {
		return form{}, err
	}
	switch x.Operation() {
	case ode.OpNeg:
		return form{a.num.Neg(), a.den}, nil
	case ode.OpPower:
		return s.power(a, x.Index())
	case ode.OpAdd, ode.OpSub, ode.OpMul, ode.OpQuo:
		b, err := s.of(x.Operands()[1])
		if err != nil {
			return form{}, err
		}
		if (a.num.Len()+a.den.Len())*(b.num.Len()+b.den.Len()) > 20*most {
			return form{}, errLarge
		}
		if err := s.spend(multiplied(a.num, b.num) + multiplied(a.num, b.den) + multiplied(a.den, b.num) + multiplied(a.den, b.den)); err != nil {
			return form{}, err
		}
		switch x.Operation() {
		case ode.OpMul:
			return form{a.num.Mul(b.num), a.den.Mul(b.den)}, nil
		case ode.OpQuo:
			if s.raw { // poles of b stay
				b = form{b.num.Mul(b.den), b.den.Mul(b.den)}
			}
			return form{a.num.Mul(b.den), a.den.Mul(b.num)}, nil
		case ode.OpSub:
			b.num = b.num.Neg()
		}
		if a.den.Equal(b.den) {
			return form{a.num.Add(b.num), a.den}, nil
		}
		return form{a.num.Mul(b.den).Add(b.num.Mul(a.den)), a.den.Mul(b.den)}, nil
	case ode.OpExp:
		return s.exponential(x.Operands()[0], a)
	case ode.OpLog:
		if y := x.Operands()[0]; y.Operation() == ode.OpExp {
			return s.of(y.Operands()[0])
		}
		if q, ok := rational(a); ok && q.Cmp(big.NewRat(1, 1)) == 0 {
			return constantForm(new(big.Rat)), nil
		}
	case ode.OpSqrt:
		if q, ok := rational(a); ok && q.Sign() >= 0 {
			return s.rootOf(q), nil
		}
	}
	if q, ok := rational(a); ok {
		switch op := x.Operation(); {
		case op == ode.OpAbs:
			return constantForm(q.Abs(q)), nil
		case q.Sign() == 0 && op == ode.OpCos:
			return constantForm(big.NewRat(1, 1)), nil
		case q.Sign() == 0 && (op == ode.OpSin || op == ode.OpTanh || op == ode.OpAtan):
			return constantForm(q), nil
		}
	}
	return s.function(x, a), nil
}

func rational(a form) (*big.Rat, bool) {
	p, ok := a.num.Rational()
	q, also := a.den.Rational()
	if !ok || !also || q.Sign() == 0 {
		return nil, false
	}
	return p.Quo(p, q), true
}

func (s *forms) power(a form, n int) (form, error) {
	if n < 0 {
		if s.raw {
			a = form{a.num.Mul(a.den), a.den.Mul(a.den)}
		}
		a, n = form{a.den, a.num}, -n
	}
	if n == 0 && s.raw { // where a has no value
		return form{a.den, a.den}, nil
	}
	if n > 64 {
		return form{}, errLarge
	}
	z := constantForm(big.NewRat(1, 1))
	for range n {
		if z.num.Len()+z.den.Len() > most {
			return form{}, errLarge
		}
		if err := s.spend(multiplied(z.num, a.num) + multiplied(z.den, a.den)); err != nil {
			return form{}, err
		}
		z = form{z.num.Mul(a.num), z.den.Mul(a.den)}
	}
	return z, nil
}

// expr writes a form as an expression.
func (s *forms) expr(f form) *ode.Expr {
	if q, ok := f.den.Rational(); ok {
		return s.polynomial(f.num.Mul(sym.Constant(q.Inv(q))))
	}
	return s.polynomial(f.num).Quo(s.polynomial(f.den))
}

func (s *forms) polynomial(p sym.Multivariate) *ode.Expr {
	var sum *ode.Expr
	p.Terms(func(c *big.Rat, monomial []sym.Power) {
		var term *ode.Expr
		if c.Cmp(big.NewRat(1, 1)) != 0 || len(monomial) == 0 {
			term = ode.Rational(c)
		}
		for _, m := range monomial {
			factor := s.atoms[m.Variable]
			if m.Exponent > 1 {
				factor = factor.Power(m.Exponent)
			}
			if term == nil {
				term = factor
			} else {
				term = term.Mul(factor)
			}
		}
		if sum == nil {
			sum = term
		} else {
			sum = sum.Add(term)
		}
	})
	if sum == nil {
		return ode.Integer(0)
	}
	return sum
}

// text is a canonical name of a form, its sign taken out.
func text(a form) (sign int, name string) {
	sign = 1
	first := true
	a.num.Terms(func(c *big.Rat, _ []sym.Power) {
		if first && c.Sign() < 0 {
			sign = -1
		}
		first = false
	})
	if sign < 0 {
		a.num = a.num.Neg()
	}
	return sign, "(" + a.num.String() + ")/(" + a.den.String() + ")"
}

// reduced replaces squares of roots and cancels what divides.
func (s *forms) reduced(f form) form {
	for _, part := range []sym.Multivariate{f.num, f.den} {
		for _, name := range part.Variables() {
			if square, ok := s.square[name]; ok && !s.free {
				f = lowered(f, name, square)
			}
		}
	}
	if f.num.IsZero() && !s.raw {
		return form{f.num, sym.Integer(1)}
	}
	if f.den.IsZero() {
		return f
	}
	if _, constant := f.den.Rational(); !constant && !s.raw {
		for _, name := range f.den.Variables() {
			v := sym.Variable(name)
			for {
				num, ok := f.num.QuoMonomial(v)
				den, also := f.den.QuoMonomial(v)
				if !ok || !also {
					break
				}
				f = form{num, den}
			}
		}
		if quotient, ok := f.num.QuoExact(f.den); ok {
			f = form{quotient, sym.Integer(1)}
		} else if quotient, ok := f.den.QuoExact(f.num); ok {
			f = form{sym.Integer(1), quotient}
		}
	}
	if q, ok := f.den.Rational(); ok {
		f = form{f.num.Mul(sym.Constant(q.Inv(q))), sym.Integer(1)}
	}
	return f
}

// lowered replaces r^{2k+j} by square^k·r^j in numerator and denominator.
func lowered(f form, name string, square form) form {
	apply := func(p sym.Multivariate) form {
		out := form{sym.Multivariate{}, sym.Integer(1)}
		coefficients := p.Coefficients(name)
		most := len(coefficients) / 2
		for k, c := range coefficients {
			term := c.Mul(square.num.Pow(k / 2)).Mul(square.den.Pow(most - k/2))
			if k%2 == 1 {
				term = term.Mul(sym.Variable(name))
			}
			out.num = out.num.Add(term)
		}
		out.den = square.den.Pow(most)
		return out
	}
	num, den := apply(f.num), apply(f.den)
	return form{num.num.Mul(den.den), num.den.Mul(den.num)}
}

// isZero proves that an expression is 0 wherever it is defined.
func isZero(x *ode.Expr) bool {
	f, err := newForms().of(x)
	return err == nil && f.num.IsZero()
}
