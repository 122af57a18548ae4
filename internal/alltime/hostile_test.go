package alltime

import (
	"context"
	"math/big"
	"testing"
	"time"

	"muflow/ode"
)

// TestHostile: flows and statements at the edges of what is defined, none of
// which may be proved.
func TestHostile(t *testing.T) {
	x, y, s := ode.State(0), ode.State(1), ode.State(2)
	one, zero := ode.Integer(1), ode.Integer(0)
	flow1 := func(f *ode.Expr, start Start) *Problem { return flowOf([]*ode.Expr{f}, start) }
	logistic := x.Mul(one.Sub(x))
	vanDerPol := []*ode.Expr{y, y.Mul(one.Sub(x.Mul(x))).Sub(x)}
	saddle := []*ode.Expr{x, y.Neg().Add(x.Mul(x))}
	centre := []*ode.Expr{y, x.Neg()}
	weak := []*ode.Expr{y.Sub(x.Power(3)), x.Neg().Sub(y.Power(3))} // decays like 1/√t
	grow := []*ode.Expr{y.Add(x.Power(3)), x.Neg().Add(y.Power(3))}
	clocked := []*ode.Expr{s.Sub(x), x.Sub(y), one}
	for _, r := range []row{
		{"start above", flow1(logistic, point(3, 2)), Always(Relation{x, LessEqual, one}), Refuted},
		{"start on the bound", flow1(logistic, point(1, 1)), Always(Relation{x, Less, one}), Refuted},
		{"one of a box at rest", flow1(logistic, between4(0, 1, 1, 2)), Increases(x), Refuted},
		{"one of a box at rest, limit", flow1(logistic, between4(0, 1, 1, 2)), Limit(x, one), Refuted},
		{"root reaches 0", flow1(x.Sqrt().Neg(), point(1, 1)), Limit(x, zero), Undecided},
		{"root reaches 0, positive", flow1(x.Sqrt().Neg(), point(1, 1)), Always(Relation{x, Greater, zero}), Undecided},
		{"pole", flow1(one.Quo(x), point(-1, 1)), Converges(x), Refuted},
		{"pole under a sum", flow1(one.Quo(x).Add(x.Exp()), point(-1, 1)), Converges(x), Undecided},
		{"removable pole", flow1(one.Sub(x).Power(2).Quo(one.Sub(x)), point(0, 1)), Limit(x, one), Undecided},
		{"reciprocal of a reciprocal", flow1(one.Quo(one.Quo(x)).Neg().Sub(one), point(1, 1)), Limit(x, one.Neg()), Undecided},
		{"logarithm", flow1(x.Log(), point(1, 2)), Converges(x), Undecided},
		{"undefined on the way", flow1(one.Neg(), point(1, 1)), Always(Relation{one.Quo(x), LessEqual, num(10, 1)}), Refuted},
		{"x/x on the way", flow1(one.Neg(), point(1, 1)), Always(Relation{x.Quo(x), Equal, one}), Refuted},
		{"equal to the limit only", flow1(x.Neg(), point(1, 1)), Always(Relation{x, LessEqual, zero}), Refuted},
		{"far away", flow1(one, point(0, 1)), Always(Relation{x, Less, num(1000000, 1)}), Refuted},
		{"bounded far away", flow1(x.Neg().Exp(), point(0, 1)), Always(Relation{x, Less, num(20, 1)}), Refuted},
		{"Van der Pol", flowOf(vanDerPol, point(1, 1), point(0, 1)), Limit(x, zero), Undecided},
		{"Van der Pol from a box", flowOf(vanDerPol, between4(-1, 10, 1, 10), point(0, 1)), Converges(x), Undecided},
		{"centre", flowOf(centre, point(1, 1), point(0, 1)), Converges(x), Undecided},
		{"centre, square", flowOf(centre, point(1, 1), point(0, 1)), Decreases(x.Mul(x).Add(y.Mul(y))), Undecided},
		{"weak focus", flowOf(weak, point(1, 1), point(0, 1)), Limit(x, zero), Undecided},
		{"weak growth", flowOf(grow, point(1, 10), point(0, 1)), Converges(x), Undecided},
		{"saddle of a box", flowOf(saddle, between4(-1, 100, 1, 100), point(1, 1)), Converges(y), Undecided},
		{"t on the right", flowOf(clocked, point(0, 1), point(0, 1), point(0, 1)), Converges(x), Undecided},
		{"t on the right, bound", flowOf(clocked, point(0, 1), point(0, 1), point(0, 1)), Always(Relation{y, Less, num(20, 1)}), Refuted},
	} {
		began := time.Now()
		d, err := Decide(context.Background(), r.problem, r.statement)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		t.Logf("%s: %v in %v", r.name, d.Verdict, time.Since(began))
		if d.Verdict == Proved || r.want == Refuted && d.Verdict != Refuted {
			t.Errorf("%s: %v (%s), expected %v", r.name, d.Verdict, d.Reason, r.want)
		} else if d.Verdict != r.want {
			t.Logf("%s: %v (%s), expected %v", r.name, d.Verdict, d.Reason, r.want)
		}
	}
	check(t, []row{
		{"t on the right, sign", flowOf(clocked, point(0, 1), point(0, 1), point(0, 1)), Always(Relation{x, GreaterEqual, zero}, Relation{x, LessEqual, s}), Proved},
		{"bistable, up", flow1(x.Sub(x.Power(3)), between4(1, 100, 2, 1)), Limit(x, one), Proved},
		{"sine", flow1(x.Sin(), point(1, 1)), Converges(x), Proved},
		{"tanh", flow1(x.Scale(q(2, 1)).Tanh().Sub(x), point(1, 10)), Converges(x), Proved},
		{"until 0", flow1(logistic, point(1, 2)), AlwaysUntil(new(big.Rat), Relation{x, Less, one}), Proved},
	})
}

// TestProblemsThatAreNone: what is no problem is an error.
func TestProblemsThatAreNone(t *testing.T) {
	x := ode.State(0)
	good := flowOf([]*ode.Expr{x.Neg()}, point(1, 1))
	for name, c := range map[string]struct {
		problem   *Problem
		statement Statement
	}{
		"nothing":             {nil, Converges(x)},
		"no system":           {&Problem{}, Converges(x)},
		"no start":            {flowOf([]*ode.Expr{x.Neg()}), Converges(x)},
		"start upside down":   {flowOf([]*ode.Expr{x.Neg()}, between4(1, 1, 0, 1)), Converges(x)},
		"start of a mover":    {flowOf([]*ode.Expr{x.Neg(), x}, point(1, 1), At(x)), Converges(x)},
		"start is missing":    {flowOf([]*ode.Expr{x.Neg()}, At(ode.Integer(1).Add(nil))), Converges(x)},
		"missing operand":     {good, Converges(x.Add(nil))},
		"no expression":       {good, Converges(nil)},
		"unknown unknown":     {good, Converges(ode.State(3))},
		"negative unknown":    {good, Converges(ode.State(-1))},
		"moving limit":        {good, Limit(x, x)},
		"no relation":         {good, Always()},
		"no sign":             {good, Infinite(x, 0)},
		"negative time":       {good, AlwaysUntil(q(-1, 1), Relation{x, Less, x})},
		"box of another size": {good, UniqueEquilibrium(nil)},
		"box upside down":     {good, UniqueEquilibrium([]Start{between4(1, 1, 0, 1)})},
		"division by 0":       {flowOf([]*ode.Expr{x.Quo(ode.Integer(0))}, point(1, 1)), Converges(x)},
		"kind":                {good, Statement{Kind: 99, X: x}},
		"comparison":          {good, Always(Relation{x, 99, x})},
		"start undefined":     {flowOf([]*ode.Expr{x.Neg()}, At(ode.Integer(-1).Log())), Converges(x)},
	} {
		if d, err := Decide(context.Background(), c.problem, c.statement); err == nil {
			t.Errorf("%s: %v", name, d)
		}
	}
}
