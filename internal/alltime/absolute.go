package alltime

import "muflow/ode"

// rewritten replaces every subexpression for which by returns one, from the
// operands up.
func rewritten(x *ode.Expr, by func(*ode.Expr) *ode.Expr, known map[*ode.Expr]*ode.Expr) *ode.Expr {
	if z, ok := known[x]; ok {
		return z
	}
	operands := x.Operands()
	z := x
	if len(operands) > 0 {
		changed := false
		for i, y := range operands {
			if w := rewritten(y, by, known); w != y {
				operands[i], changed = w, true
			}
		}
		if changed {
			z = ode.Apply(x.Operation(), x.Index(), operands...)
		}
	}
	if w := by(z); w != nil {
		z = w
	}
	known[x] = z
	return z
}

// withoutAbs writes |u| as ±u where the sign of u along the solutions of a
// piece is proved, and √(u²) likewise.
func (s *scalar) withoutAbs(p *piece, g *ode.Expr) *ode.Expr {
	var known []*ode.Expr
	defer func() { s.known = known }()
	return rewritten(g, func(x *ode.Expr) *ode.Expr {
		u := absolute(x)
		if u == nil {
			return nil
		}
		if shown, _, _ := s.relation(p, u, isNonNegative); shown {
			known = append(known, u)
			return u
		}
		if shown, _, _ := s.relation(p, u.Neg(), isNonNegative); shown {
			known = append(known, u.Neg())
			return u.Neg()
		}
		return nil
	}, map[*ode.Expr]*ode.Expr{})
}

// absolute returns u where x is |u| or √(u²), nil for anything else.
func absolute(x *ode.Expr) *ode.Expr {
	switch x.Operation() {
	case ode.OpAbs:
		return x.Operands()[0]
	case ode.OpSqrt:
		y := x.Operands()[0]
		if y.Operation() == ode.OpPower && y.Index() == 2 {
			return y.Operands()[0]
		}
		if y.Operation() == ode.OpMul && y.Operands()[0] == y.Operands()[1] {
			return y.Operands()[0]
		}
	}
	return nil
}
