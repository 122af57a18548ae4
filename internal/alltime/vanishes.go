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
	x = rooted(x, map[*ode.Expr]*ode.Expr{})
	// An exponential of x/3 is an atom of its own beside one of x/2: unknowns in
	// units of 1/6 make both powers of one.
	unit := exponentUnit(x)
	if unit.Cmp(big.NewInt(1)) != 0 {
		scaled := make([]*ode.Expr, highest(x)+1)
		for i := range scaled {
			scaled[i] = ode.State(i).Scale(new(big.Rat).SetInt(unit))
		}
		x = x.Substitute(scaled)
	}
	f, err := newForms().of(x)
	if err != nil {
		return false, err
	}
	return f.num.IsZero(), nil
}

// rooted writes a/√b as a·√b/b, so that roots of numbers leave divisors, and
// tanh by exponentials.
func rooted(x *ode.Expr, known map[*ode.Expr]*ode.Expr) *ode.Expr {
	if z, ok := known[x]; ok {
		return z
	}
	operands, changed := x.Operands(), false
	for i, y := range operands {
		operands[i] = rooted(y, known)
		changed = changed || operands[i] != y
	}
	z := x
	switch {
	case x.Operation() == ode.OpQuo && operands[1].Operation() == ode.OpSqrt:
		z = operands[0].Mul(operands[1]).Quo(operands[1].Operands()[0])
	case x.Operation() == ode.OpTanh:
		double := operands[0].Scale(big.NewRat(2, 1)).Exp()
		z = double.Sub(ode.Integer(1)).Quo(double.Add(ode.Integer(1)))
	case changed:
		z = ode.Apply(x.Operation(), x.Index(), operands...)
	}
	known[x] = z
	return z
}

// maxUnit bounds the unit of exponents.
const maxUnit = 64

// exponentUnit returns the least common multiple of the denominators in
// exponents, 1 if that is large.
func exponentUnit(x *ode.Expr) *big.Int {
	unit := big.NewInt(1)
	visit(x, map[*ode.Expr]bool{}, func(y *ode.Expr) {
		if y.Operation() != ode.OpExp && y.Operation() != ode.OpTanh {
			return
		}
		visit(y, map[*ode.Expr]bool{}, func(z *ode.Expr) {
			var d *big.Int
			switch q := z.Value(); {
			case q != nil && q.Sign() != 0:
				d = new(big.Int).Set(q.Denom())
			case z.Operation() == ode.OpQuo && z.Operands()[1].Value() != nil && z.Operands()[1].Value().Sign() != 0:
				d = new(big.Int).Abs(z.Operands()[1].Value().Num())
			default:
				return
			}
			common := new(big.Int).GCD(nil, nil, unit, d)
			unit.Mul(unit, d.Quo(d, common))
		})
	})
	if unit.Cmp(big.NewInt(maxUnit)) > 0 {
		return big.NewInt(1)
	}
	return unit
}

func highest(x *ode.Expr) int {
	most := -1
	visit(x, map[*ode.Expr]bool{}, func(y *ode.Expr) {
		if y.Operation() == ode.OpState {
			most = max(most, y.Index())
		}
	})
	return most
}

func visit(x *ode.Expr, seen map[*ode.Expr]bool, f func(*ode.Expr)) {
	if seen[x] {
		return
	}
	seen[x] = true
	f(x)
	for _, y := range x.Operands() {
		visit(y, seen, f)
	}
}
