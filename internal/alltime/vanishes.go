package alltime

import (
	"math/big"

	"muflow/ode"
)

// Vanishes reports whether an expression is proved to be 0 at all values of its
// unknowns where it is defined, by its normal form; false proves nothing. The
// error says that the normal form is too large, or that a divisor is 0
// everywhere.
func Vanishes(x *ode.Expr) (bool, error) {
	x = x.Rewrite(rooted, map[*ode.Expr]*ode.Expr{})
	u := &units{of: map[string]*big.Int{}}
	for {
		u.grew = false
		f := newForms()
		f.units = u
		form, err := f.of(x)
		if err != nil || !u.grew {
			return err == nil && form.num.IsZero(), err
		}
	}
}

// units says, for a monomial in an exponent, of which part of it exponentials
// are powers: e^{m/2} and e^{m/3} are powers of e^{m/6}. They are learnt by going
// through an expression until none is new.
type units struct {
	of   map[string]*big.Int
	grew bool
}

// Bounds of units and of powers of one exponential.
const (
	maxUnit   = 10_000
	maxPowers = 4096
)

// split writes c·m as exponent·(unit·m). Without units, multiples of one exponent
// are powers of one atom if they are small.
func (u *units) split(monomial string, c *big.Rat) (exponent int, unit *big.Rat, err error) {
	if u == nil {
		exponent, unit = c.Sign(), new(big.Rat).Abs(c)
		if n := c.Num(); n.IsInt64() && n.Int64() <= 8 && n.Int64() >= -8 {
			exponent, unit = int(n.Int64()), new(big.Rat).SetFrac(big.NewInt(1), c.Denom())
		}
		return exponent, unit, nil
	}
	before, ok := u.of[monomial]
	if !ok {
		before = big.NewInt(1)
	}
	common := new(big.Int).GCD(nil, nil, before, c.Denom())
	least := new(big.Int).Mul(before, new(big.Int).Quo(c.Denom(), common))
	if least.Cmp(big.NewInt(maxUnit)) > 0 {
		return 0, nil, errLarge
	}
	if least.Cmp(before) != 0 {
		u.of[monomial], u.grew = least, true
	}
	n := new(big.Rat).Mul(c, new(big.Rat).SetInt(least)).Num()
	if !n.IsInt64() || n.Int64() > maxPowers || n.Int64() < -maxPowers {
		return 0, nil, errLarge
	}
	return int(n.Int64()), new(big.Rat).SetFrac(big.NewInt(1), least), nil
}

// rooted writes a/√b as a·√b/b, so that roots of numbers leave divisors, and
// tanh by exponentials; nil is anything else.
func rooted(x *ode.Expr) *ode.Expr {
	operands := x.Operands()
	switch {
	case x.Operation() == ode.OpQuo && operands[1].Operation() == ode.OpSqrt:
		return operands[0].Mul(operands[1]).Quo(operands[1].Operands()[0])
	case x.Operation() == ode.OpTanh:
		double := operands[0].Scale(big.NewRat(2, 1)).Exp()
		return double.Sub(ode.Integer(1)).Quo(double.Add(ode.Integer(1)))
	}
	return nil
}
