package alltime

import (
	"math/big"
	"muflow/internal/sym"
	"muflow/ode"
	"strings"
)

// function is an atom; odd and even functions lose the sign of the operand.
func (s *forms) function(x *ode.Expr, a form) form {
	op := x.Operation()
	sign, name := text(a)
	operand := a
	odd := op == ode.OpSin || op == ode.OpTanh || op == ode.OpAtan
	if odd || op == ode.OpCos || op == ode.OpAbs {
		if sign < 0 {
			operand.num = a.num.Neg()
		}
		if !odd {
			sign = 1
		}
	} else if sign < 0 {
		name, sign = "−"+name, 1
	}
	name = op.String() + name
	s.atoms[name] = ode.Apply(op, 0, s.expr(operand))
	switch op {
	case ode.OpSin: // sin² = 1 − cos²
		cosine := s.function(x.Operands()[0].Cos(), a).num
		s.square[name] = form{sym.Integer(1).Sub(cosine.Mul(cosine)), sym.Integer(1)}
	case ode.OpSqrt:
		s.square[name] = a
	case ode.OpAbs:
		s.square[name] = form{a.num.Mul(a.num), a.den.Mul(a.den)}
	}
	return form{sym.Variable(name).Mul(sym.Integer(sign)), sym.Integer(1)}
}

// rootOf is √q = s·√p_1⋯√p_k/denominator for an integer s and primes p_i, but
// for a large rest.
func (s *forms) rootOf(q *big.Rat) form {
	n := new(big.Int).Mul(q.Num(), q.Denom())
	outside := big.NewInt(1)
	for d := int64(2); d < 1000 && n.Sign() > 0; d++ {
		square := big.NewInt(d * d)
		for n.Cmp(square) >= 0 && new(big.Int).Mod(n, square).Sign() == 0 {
			n.Quo(n, square)
			outside.Mul(outside, big.NewInt(d))
		}
	}
	if root := new(big.Int).Sqrt(n); new(big.Int).Mul(root, root).Cmp(n) == 0 {
		outside.Mul(outside, root)
		n.SetInt64(1)
	}
	factor := sym.Constant(new(big.Rat).SetFrac(outside, q.Denom()))
	if n.IsInt64() && n.Int64() == 1 {
		return form{factor, sym.Integer(1)}
	}
	product := factor
	atom := func(p *big.Int) {
		name := "sqrt(" + p.String() + ")"
		inside := new(big.Rat).SetInt(p)
		s.atoms[name] = ode.Rational(inside).Sqrt()
		s.square[name] = constantForm(inside)
		product = product.Mul(sym.Variable(name))
	}
	for d := int64(2); d < 1000; d++ {
		if p := big.NewInt(d); new(big.Int).Mod(n, p).Sign() == 0 {
			n.Quo(n, p)
			atom(p)
		}
	}
	if n.Cmp(big.NewInt(1)) != 0 {
		atom(n)
	}
	return form{product, sym.Integer(1)}
}

// exponential is e^a as a product of atoms e^{m/b} for the monomials m of a.
func (s *forms) exponential(x *ode.Expr, a form) (form, error) {
	out := form{sym.Integer(1), sym.Integer(1)}
	scale, ok := a.den.Rational()
	if !ok {
		sign, name := text(a)
		if sign < 0 {
			x = x.Neg()
		}
		name = "exp" + name
		s.atoms[name] = x.Exp()
		out.num = sym.Variable(name)
		if sign < 0 {
			out.num, out.den = out.den, out.num
		}
		return out, nil
	}
	var err error
	a.num.Terms(func(c *big.Rat, monomial []sym.Power) {
		c.Quo(c, scale)
		m := sym.Integer(1)
		for _, p := range monomial {
			m = m.Mul(sym.Variable(p.Variable).Pow(p.Exponent))
		}
		base, exponent := form{sym.Integer(1), sym.Integer(1)}, 0
		if at := single(monomial); strings.HasPrefix(at, "log") && c.IsInt() { // e^{n·log v} = v^n
			inner, err2 := s.of(s.atoms[at].Operands()[0])
			if n := c.Num(); err2 == nil && (!n.IsInt64() || max(n.Int64(), -n.Int64()) > 64) {
				err2 = errLarge
			}
			if err2 != nil {
				err = err2
				return
			}
			base, exponent = inner, int(c.Num().Int64())
		} else {
			var unit *big.Rat
			var err2 error
			if exponent, unit, err2 = s.units.split(m.String(), c); err2 != nil {
				err = err2
				return
			}
			name := "exp(" + m.Mul(sym.Constant(unit)).String() + ")"
			s.atoms[name] = s.polynomial(m.Mul(sym.Constant(unit))).Exp()
			base.num = sym.Variable(name)
		}
		if exponent < 0 {
			base, exponent = form{base.den, base.num}, -exponent
		}
		out.num = out.num.Mul(base.num.Pow(exponent))
		out.den = out.den.Mul(base.den.Pow(exponent))
	})
	return out, err
}

func single(monomial []sym.Power) string {
	if len(monomial) == 1 && monomial[0].Exponent == 1 {
		return monomial[0].Variable
	}
	return ""
}
