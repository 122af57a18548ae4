package alltime

import "muflow/ode"

// withoutAbs writes |u| as ±u where the sign of u along the solutions of a
// piece is proved, and √(u²) likewise.
func (s *scalar) withoutAbs(p *piece, g *ode.Expr) *ode.Expr {
	var known []*ode.Expr
	defer func() { s.known = known }()
	return g.Rewrite(func(x *ode.Expr) *ode.Expr {
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
