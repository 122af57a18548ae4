package alltime

import (
	"math/big"
	"slices"

	"muflow/internal/sym"
	"muflow/ode"
)

// A structure writes the Jacobian as a sum of constant matrices with scalar
// functions as factors,
//
//	f'(x) = J_0 + Σ_k n_k(x)·J_k,
//
// which keeps what entries over boxes forget: in the gradient flow of a convex
// loss every n_k·J_k is negative semidefinite, however large a box is. With
// S_k the symmetric part of W·J_k·W^{−1} and n_k in [l_k, u_k], for any a_k there,
//
//	Σ_k n_k·S_k ≤ Σ_k a_k·S_k + Σ_k max((u_k − a_k)·λ⁺(S_k), (a_k − l_k)·λ⁺(−S_k)),
//
// λ⁺ an upper bound of the largest eigenvalue, at least 0.
type structure struct {
	nodes    *function
	parts    []matrix     // S_0, then S_k
	up, down []*big.Float // λ⁺(S_k) and λ⁺(−S_k)
}

// structured finds the structure in the norm of a contraction, nil if it is too
// large: of terms as they are written, or of their normal forms, in which
// p·(1 − p) of a softmax is one positive term.
func (c *contraction) structured(normal bool) *structure {
	n := len(c.moving)
	forms := c.flow.forms()
	list := newLister() // which nodes are the same
	index := map[int]int{}
	nodes := []*ode.Expr{ode.Integer(1)}
	parts := [][]*big.Rat{make([]*big.Rat, n*n)}
	for i, row := range c.moving {
		for k, column := range c.moving {
			for _, term := range terms(c.flow.rhs[row].Derivative(column), big.NewRat(1, 1)) {
				for _, m := range forms.nodes(term.of, normal) {
					at := 0
					if m.of != nil {
						key, ok := list.visit(m.of), false
						if at, ok = index[key]; !ok {
							if at = len(nodes); at > 64 {
								return nil
							}
							index[key] = at
							nodes = append(nodes, m.of)
							parts = append(parts, make([]*big.Rat, n*n))
						}
					}
					entry := &parts[at][i*n+k]
					if *entry == nil {
						*entry = new(big.Rat)
					}
					(*entry).Add(*entry, new(big.Rat).Mul(m.times, term.times))
				}
			}
		}
	}
	s := &structure{nodes: c.flow.function(nodes[1:]...)}
	for _, part := range parts {
		j := make(matrix, n)
		for i := range j {
			j[i] = make([]interval, n)
			for k := range j[i] {
				if j[i][k] = fromInteger(0); part[i*n+k] != nil {
					j[i][k] = between(part[i*n+k], part[i*n+k])
				}
			}
		}
		symmetric := c.w.mul(j).mul(c.v).symmetric()
		if symmetric == nil {
			return nil
		}
		s.parts = append(s.parts, symmetric)
		s.up = append(s.up, positivePart(symmetric.logarithmicNorm()))
		s.down = append(s.down, positivePart(symmetric.negated().logarithmicNorm()))
	}
	return s
}

func positivePart(x *big.Float) *big.Float {
	if x.Sign() < 0 {
		return new(big.Float)
	}
	return x
}

// bound bounds the logarithmic norm over a box.
func (s *structure) bound(cell []interval) *big.Float {
	sum := slices.Clone(s.parts[0])
	for i := range sum {
		sum[i] = slices.Clone(sum[i])
	}
	penalty := new(big.Float)
	for k, v := range s.nodes.over(cell) {
		if v.undefined {
			return infinite(1)
		}
		anchor := v.middle()
		switch up, down := s.up[k+1], s.down[k+1]; {
		case !v.low.IsInf() && (v.high.IsInf() || up.Cmp(new(big.Float).SetMantExp(down, -40)) <= 0):
			anchor = v.low
		case !v.high.IsInf() && (v.low.IsInf() || down.Cmp(new(big.Float).SetMantExp(up, -40)) <= 0):
			anchor = v.high
		}
		a := number(anchor)
		left := times(upper(), v.sub(a).high, s.up[k+1])
		if right := times(upper(), a.sub(v).high, s.down[k+1]); right.Cmp(left) > 0 {
			left = right
		}
		penalty = upper().Add(penalty, left)
		if penalty.IsInf() {
			return penalty
		}
		for i := range sum {
			for j := range sum[i] {
				if s.parts[k+1][i][j].isZero() {
					continue
				}
				sum[i][j] = sum[i][j].add(a.mul(s.parts[k+1][i][j]))
			}
		}
	}
	return upper().Add(sum.logarithmicNorm(), penalty)
}

// A scaled term is one of a sum, with a rational factor.
type scaled struct {
	times *big.Rat
	of    *ode.Expr
}

// terms writes an expression as a sum, factors that are numbers taken out.
func terms(x *ode.Expr, factor *big.Rat) []scaled {
	operands := x.Operands()
	switch x.Operation() {
	case ode.OpAdd:
		return append(terms(operands[0], factor), terms(operands[1], factor)...)
	case ode.OpSub:
		return append(terms(operands[0], factor), terms(operands[1], new(big.Rat).Neg(factor))...)
	case ode.OpNeg:
		return terms(operands[0], new(big.Rat).Neg(factor))
	case ode.OpMul:
		for i := range 2 {
			if v := operands[i].Value(); v != nil {
				return terms(operands[1-i], v.Mul(v, factor))
			}
		}
	case ode.OpQuo:
		if v := operands[1].Value(); v != nil && v.Sign() != 0 {
			return terms(operands[0], v.Quo(factor, v))
		}
	}
	return []scaled{{factor, x}}
}

// nodes writes a term as a sum of numbers times nodes, of which nil is 1.
func (s *forms) nodes(x *ode.Expr, normal bool) []scaled {
	if !normal {
		factor, node := big.NewRat(1, 1), (*ode.Expr)(nil)
		for _, y := range factors(x, factor) {
			if node == nil {
				node = y
			} else {
				node = node.Mul(y)
			}
		}
		return []scaled{{factor, node}}
	}
	f, err := s.of(x)
	if err != nil {
		return []scaled{{big.NewRat(1, 1), x}}
	}
	var out []scaled
	f.num.Terms(func(c *big.Rat, powers []sym.Power) {
		part := form{sym.Integer(1), f.den}
		for _, p := range powers {
			part.num = part.num.Mul(sym.Variable(p.Variable).Pow(p.Exponent))
		}
		if q, ok := rational(part); ok {
			out = append(out, scaled{c.Mul(c, q), nil})
		} else {
			out = append(out, scaled{c, s.expr(part)})
		}
	})
	return out
}

// factors lists the factors of a product, numbers multiplied to factor.
func factors(x *ode.Expr, factor *big.Rat) []*ode.Expr {
	operands := x.Operands()
	switch x.Operation() {
	case ode.OpRational:
		factor.Mul(factor, x.Value())
		return nil
	case ode.OpNeg:
		factor.Neg(factor)
		return factors(operands[0], factor)
	case ode.OpMul:
		return append(factors(operands[0], factor), factors(operands[1], factor)...)
	}
	return []*ode.Expr{x}
}
