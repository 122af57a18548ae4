package alltime

import (
	"testing"

	"muflow/ode"
)

func TestSets(t *testing.T) {
	x, y, p := ode.State(0), ode.State(1), ode.State(2)
	one, zero := ode.Integer(1), ode.Integer(0)
	logistic := []*ode.Expr{x.Mul(one.Sub(x))}
	competing := []*ode.Expr{
		x.Mul(num(3, 1).Sub(x).Sub(y)), // Lotka–Volterra: (0,0), (3,0), (0,2), (2,1) … for 3−x−y and 4−x−2y
		y.Mul(num(4, 1).Sub(x).Sub(y.Scale(q(2, 1)))),
	}
	brusselator := []*ode.Expr{
		one.Sub(x.Scale(q(5, 2))).Add(x.Mul(x).Mul(y)),
		x.Scale(q(3, 2)).Sub(x.Mul(x).Mul(y)),
	}
	family := []*ode.Expr{p.Sub(x), x.Sub(y.Scale(q(2, 1))), zero}
	root := []*ode.Expr{x.Sqrt().Neg()}
	spiral := []*ode.Expr{y.Sub(x), x.Neg().Sub(y)}
	outward := []*ode.Expr{x.Sub(y), x.Add(y)}
	some := point(1, 1)
	check(t, []row{
		{"logistic, both", flowOf(logistic, some), UniqueEquilibrium([]Start{between4(-1, 1, 2, 1)}), Refuted},
		{"logistic, on the border", flowOf(logistic, some), UniqueEquilibrium([]Start{between4(0, 1, 1, 2)}), Proved},
		{"logistic, one", flowOf(logistic, some), UniqueEquilibrium([]Start{between4(1, 2, 2, 1)}), Proved},
		{"logistic, none", flowOf(logistic, some), UniqueEquilibrium([]Start{between4(2, 1, 5, 1)}), Refuted},
		{"competing, one", flowOf(competing, some, some), UniqueEquilibrium([]Start{between4(1, 10, 10, 1), between4(1, 10, 10, 1)}), Proved},
		{"competing, four", flowOf(competing, some, some), UniqueEquilibrium([]Start{between4(0, 1, 10, 1), between4(0, 1, 10, 1)}), Refuted},
		{"Brusselator", flowOf(brusselator, some, some), UniqueEquilibrium([]Start{between4(-5, 1, 5, 1), between4(-5, 1, 5, 1)}), Proved},
		{"family", flowOf(family, some, some, between4(1, 2, 3, 2)), UniqueEquilibrium([]Start{between4(-5, 1, 5, 1), between4(-5, 1, 5, 1), {}}), Proved},
		{"double", flowOf([]*ode.Expr{x.Mul(x)}, some), UniqueEquilibrium([]Start{between4(-1, 1, 1, 1)}), Proved}, // by a certificate

		{"logistic interval", flowOf(logistic, some), Invariant(Relation{x, GreaterEqual, zero}, Relation{x, LessEqual, one}), Proved},
		{"logistic open interval", flowOf(logistic, some), Invariant(Relation{x, Greater, zero}, Relation{x, Less, one}), Proved},
		{"logistic half", flowOf(logistic, some), Invariant(Relation{x, GreaterEqual, zero}, Relation{x, LessEqual, num(1, 2)}), Refuted},
		{"competing quadrant", flowOf(competing, some, some), Invariant(Relation{x, Greater, zero}, Relation{y, Greater, zero}), Proved},
		{"competing box", flowOf(competing, some, some), Invariant(Relation{x, GreaterEqual, zero}, Relation{y, GreaterEqual, zero}, Relation{x, LessEqual, num(3, 1)}, Relation{y, LessEqual, num(2, 1)}), Proved},
		{"competing box too low", flowOf(competing, some, some), Invariant(Relation{x, GreaterEqual, zero}, Relation{y, GreaterEqual, zero}, Relation{x, LessEqual, num(2, 1)}, Relation{y, LessEqual, num(2, 1)}), Refuted},
		{"Brusselator quadrant", flowOf(brusselator, some, some), Invariant(Relation{x, GreaterEqual, zero}, Relation{y, GreaterEqual, zero}), Proved},
		{"disc", flowOf(spiral, some, some), Invariant(Relation{x.Mul(x).Add(y.Mul(y)), LessEqual, one}), Proved},
		{"disc, outward", flowOf(outward, some, some), Invariant(Relation{x.Mul(x).Add(y.Mul(y)), LessEqual, one}), Undecided},
		{"half-line reached in finite time", flowOf(root, some), Invariant(Relation{x, Greater, zero}), Undecided},
	})
}
