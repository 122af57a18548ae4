package ode

import (
	"math/big"
	"testing"
)

// series is the oracle for jets: exact truncated power series in t, with the
// functions by their own power series, and the solution of x' = f(x) by Picard
// iteration. It knows no recurrence.
type series []*big.Rat

func constantSeries(q *big.Rat, n int) series {
	s := make(series, n)
	for k := range s {
		s[k] = new(big.Rat)
	}
	s[0].Set(q)
	return s
}

func (s series) plus(t series, factor int64) series {
	out := make(series, len(s))
	for k := range s {
		out[k] = new(big.Rat).Mul(t[k], big.NewRat(factor, 1))
		out[k].Add(out[k], s[k])
	}
	return out
}

func (s series) times(t series) series {
	out := constantSeries(new(big.Rat), len(s))
	for i := range s {
		for j := range len(s) - i {
			out[i+j].Add(out[i+j], new(big.Rat).Mul(s[i], t[j]))
		}
	}
	return out
}

// compose returns Σ_m c(m)·u^m for a series u without constant term.
func (u series) compose(c func(m int64) *big.Rat) series {
	out := constantSeries(new(big.Rat), len(u))
	power := constantSeries(big.NewRat(1, 1), len(u))
	for m := range len(u) {
		out = out.plus(power.times(constantSeries(c(int64(m)), len(u))), 1)
		power = power.times(u)
	}
	return out
}

// without returns s/s_0 − 1.
func (s series) without() series {
	out := s.times(constantSeries(new(big.Rat).Inv(s[0]), len(s)))
	out[0] = new(big.Rat)
	return out
}

func factorial(m int64) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).MulRange(1, m))
}

func (x *Expr) series(t *testing.T, states []series) series {
	n := len(states[0])
	switch x.op {
	case OpRational:
		return constantSeries(x.value, n)
	case OpState:
		return states[x.index]
	}
	a := x.a.series(t, states)
	switch x.op {
	case OpAdd:
		return a.plus(x.b.series(t, states), 1)
	case OpSub:
		return a.plus(x.b.series(t, states), -1)
	case OpMul:
		return a.times(x.b.series(t, states))
	case OpQuo:
		b := x.b.series(t, states)
		inverse := b.without().compose(func(m int64) *big.Rat { return big.NewRat(1-2*(m%2), 1) })
		return a.times(inverse).times(constantSeries(new(big.Rat).Inv(b[0]), n))
	case OpNeg:
		return constantSeries(new(big.Rat), n).plus(a, -1)
	case OpPower:
		if x.index < 0 {
			return Integer(1).Quo(x.a.Power(-x.index)).series(t, states)
		}
		out := constantSeries(big.NewRat(1, 1), n)
		for range x.index {
			out = out.times(a)
		}
		return out
	case OpExp:
		if a[0].Sign() != 0 {
			t.Fatalf("exp of a series that starts with %v is not rational", a[0])
		}
		return a.compose(func(m int64) *big.Rat { return new(big.Rat).Inv(factorial(m)) })
	case OpLog:
		if a[0].Cmp(big.NewRat(1, 1)) != 0 {
			t.Fatalf("log of a series that starts with %v is not rational", a[0])
		}
		return a.without().compose(func(m int64) *big.Rat {
			if m == 0 {
				return new(big.Rat)
			}
			return big.NewRat(2*(m%2)-1, m)
		})
	case OpSqrt: // Σ binomial(1/2, m) u^m
		root := exactRoot(t, a[0])
		out := a.without().compose(func(m int64) *big.Rat {
			c := big.NewRat(1, 1)
			for i := range m {
				c.Mul(c, big.NewRat(1-2*i, 2*(i+1)))
			}
			return c
		})
		return out.times(constantSeries(root, n))
	}
	switch x.op {
	case OpTanh: // (e^{2a} − 1)/(e^{2a} + 1)
		exp := x.a.Scale(big.NewRat(2, 1)).Exp()
		return exp.Sub(Integer(1)).Quo(exp.Add(Integer(1))).series(t, states)
	case OpAbs:
		if a[0].Sign() < 0 {
			return constantSeries(new(big.Rat), n).plus(a, -1)
		}
		return a
	}
	if a[0].Sign() != 0 {
		t.Fatalf("%v of a series that starts with %v is not rational", x.op, a[0])
	}
	return a.compose(func(m int64) *big.Rat { // of sin, cos and atan
		c, parity := new(big.Rat).Inv(factorial(m)), int64(1)
		switch x.op {
		case OpCos:
			parity = 0
		case OpAtan:
			c = big.NewRat(1, max(1, m))
		}
		switch {
		case m%2 != parity:
			return new(big.Rat)
		case m/2%2 == 1:
			return c.Neg(c)
		}
		return c
	})
}

// slowProblems use what steps in fixed point do not know.
func slowProblems() []jetProblem {
	x, y := State(0), State(1)
	list := []jetProblem{
		{"", &System{1, []*Expr{x.Cos()}}, []*big.Rat{new(big.Rat)}},
		{"", &System{1, []*Expr{x.Sin().Add(x.Power(2).Cos())}}, []*big.Rat{new(big.Rat)}},
		{"", &System{1, []*Expr{x.Atan().Add(Integer(2))}}, []*big.Rat{new(big.Rat)}},
		{"", &System{1, []*Expr{x.Sub(Integer(1)).Abs().Add(x)}}, []*big.Rat{big.NewRat(1, 2)}},
		{"", &System{2, []*Expr{y.Mul(x.Cos()).Abs(), x.Mul(y).Sin().Sub(x.Atan()).Sub(y)}}, []*big.Rat{new(big.Rat), big.NewRat(3, 2)}},
	}
	for i := range list {
		list[i].name = list[i].system.RightHandSide[0].String()
	}
	return list
}

func exactRoot(t *testing.T, q *big.Rat) *big.Rat {
	r := new(big.Rat).SetFrac(new(big.Int).Sqrt(q.Num()), new(big.Int).Sqrt(q.Denom()))
	if new(big.Rat).Mul(r, r).Cmp(q) != 0 {
		t.Fatalf("the root of %v is not rational", q)
	}
	return r
}

// picard returns the first coefficients of the solution of x' = f(x).
func picard(t *testing.T, system *System, start []*big.Rat, order int) []series {
	states := make([]series, len(start))
	for i, q := range start {
		states[i] = constantSeries(q, order+1)
	}
	for range order {
		next := make([]series, len(states))
		for i, f := range system.RightHandSide {
			value := f.series(t, states)
			next[i] = constantSeries(start[i], order+1)
			for k := range order {
				next[i][k+1] = new(big.Rat).Quo(value[k], big.NewRat(int64(k+1), 1))
			}
		}
		states = next
	}
	return states
}
