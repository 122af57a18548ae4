package alltime

import (
	"context"
	"math/big"
	"strings"
	"testing"

	"muflow/ode"
)

// Unknowns that move alike are one, those that stay are numbers; what more than
// one solution may do, or what a pole may end, is left as it is.
func TestMerge(t *testing.T) {
	x, y, z := ode.State(0), ode.State(1), ode.State(2)
	n := ode.Integer
	for _, c := range []struct {
		rhs, start []*ode.Expr
		want       string
	}{
		{[]*ode.Expr{x.Sin(), y.Sin(), x.Sub(y)}, []*ode.Expr{n(1), n(1), n(0)}, "x0 x0 0"},
		{[]*ode.Expr{x.Sin(), y.Sin(), x.Add(y)}, []*ode.Expr{n(1), n(-1), n(3)}, "x0 -x0 3"},
		{[]*ode.Expr{x.Mul(y), y.Neg(), z.Mul(x)}, []*ode.Expr{n(0), n(1), n(2)}, "0 x0 2"},
		{[]*ode.Expr{y, x, z.Neg()}, []*ode.Expr{n(1), n(1), n(1)}, "x0 x0 x1"},
		{[]*ode.Expr{n(1), n(1).Add(x.Power(9)), z}, []*ode.Expr{n(0), n(0), n(0)}, "x0 x1 0"},                               // alike at first
		{[]*ode.Expr{x.Abs().Sqrt(), y.Neg(), z.Neg()}, []*ode.Expr{n(0), n(1), n(1)}, "x0 x1 x2"},                           // more than one solution
		{[]*ode.Expr{x.Quo(y), n(-1), z}, []*ode.Expr{n(0), n(1), n(1)}, "x0 x1 x2"},                                         // ends at t = 1
		{[]*ode.Expr{x.Scale(big.NewRat(1, 1e15)), y.Neg(), z.Neg()}, []*ode.Expr{n(1), n(1), n(2)}, "x0 x1 x2"},             // slow
		{[]*ode.Expr{x.Neg(), y.Neg(), z.Neg()}, []*ode.Expr{n(1), ode.Rational(big.NewRat(1e12+1, 1e12)), n(0)}, "x0 x1 0"}, // near
		{[]*ode.Expr{y.Sub(z).Exp().Sub(n(1)), y.Tanh(), z.Tanh()}, []*ode.Expr{n(5), n(1), n(1)}, "5 x0 x0"},
		{[]*ode.Expr{x.Sub(n(2)), y.Sub(x), z.Sub(y)}, []*ode.Expr{n(2), n(2), n(2)}, "2 2 2"},
	} {
		m := Merge(context.Background(), &ode.System{Dimension: 3, RightHandSide: c.rhs}, c.start)
		var got []string
		for _, v := range m.Values {
			got = append(got, v.String())
		}
		if text := strings.Join(got, " "); text != c.want || m.System.Validate() != nil || len(m.Start) != m.System.Dimension {
			t.Errorf("%v from %v: %s, want %s", c.rhs, c.start, text, c.want)
		}
	}
}
