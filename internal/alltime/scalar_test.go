package alltime

import (
	"context"
	"math/big"
	"testing"
	"time"

	"muflow/internal/long"
	"muflow/ode"
)

func q(a, b int64) *big.Rat { return big.NewRat(a, b) }

func num(a, b int64) *ode.Expr { return ode.Rational(q(a, b)) }

// flowOf is a problem from right-hand sides and starts.
func flowOf(rhs []*ode.Expr, start ...Start) *Problem {
	return &Problem{System: &ode.System{Dimension: len(rhs), RightHandSide: rhs}, Start: start}
}

func point(a, b int64) Start { return Point(q(a, b)) }

func between4(a, b, c, d int64) Start { return Between(q(a, b), q(c, d)) }

type row struct {
	name      string
	problem   *Problem
	statement Statement
	want      Verdict
}

func check(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		began := time.Now()
		d, err := Decide(context.Background(), r.problem, r.statement)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		took := time.Since(began)
		if d.Verdict != r.want {
			t.Errorf("%s: %v (%s), expected %v", r.name, d.Verdict, d.Reason, r.want)
		}
		t.Logf("%s: %v in %v: %s %v", r.name, d.Verdict, took.Round(time.Millisecond/10), d.Reason, d.Values)
	}
}

func TestScalarFlows(t *testing.T) {
	x := ode.State(0)
	one, zero := ode.Integer(1), ode.Integer(0)
	logistic := []*ode.Expr{x.Mul(one.Sub(x))}
	bistable := []*ode.Expr{x.Sub(x.Power(3))}
	cubic := []*ode.Expr{x.Power(3).Neg()}
	square := []*ode.Expr{x.Power(2)}
	// x' = p − x, p between.
	p := ode.State(1)
	moving := []*ode.Expr{p.Sub(x), zero}
	exponential := []*ode.Expr{x.Exp().Sub(num(2, 1)).Neg()}
	logTwo := num(2, 1).Log()
	check(t, []row{
		{"logistic limit", flowOf(logistic, point(1, 10)), Limit(x, one), Proved},
		{"logistic wrong limit", flowOf(logistic, point(1, 10)), Limit(x, num(2, 1)), Refuted},
		{"logistic below", flowOf(logistic, point(1, 10)), Always(Relation{x, Less, one}), Proved},
		{"logistic below too low", flowOf(logistic, point(1, 10)), Always(Relation{x, Less, num(99, 100)}), Refuted},
		{"logistic increases", flowOf(logistic, point(1, 10)), Increases(x), Proved},
		{"logistic decreases", flowOf(logistic, point(1, 10)), Decreases(x), Refuted},
		{"logistic square of distance", flowOf(logistic, between4(1, 10, 3, 2)), Limit(x.Mul(x), one), Proved},
		{"logistic at rest", flowOf(logistic, point(1, 1)), Always(Relation{x, Equal, one}), Proved},
		{"logistic at rest increases", flowOf(logistic, point(1, 1)), Increases(x), Refuted},
		{"logistic from zero", flowOf(logistic, point(0, 1)), Limit(x, one), Refuted},
		{"logistic blow-up", flowOf(logistic, point(-1, 10)), Converges(x), Refuted},
		{"bistable converges", flowOf(bistable, between4(-1, 2, 1, 2)), Converges(x), Proved},
		{"bistable limit with 0 inside", flowOf(bistable, between4(-1, 2, 1, 2)), Limit(x, one), Refuted},
		{"bistable limit", flowOf(bistable, between4(1, 2, 3, 2)), Limit(x, one), Proved},
		{"cubic decay", flowOf(cubic, point(1, 1)), Limit(x, zero), Proved},
		{"cubic decay, either side", flowOf(cubic, between4(-1, 1, 1, 1)), Limit(x, zero), Proved},
		{"blow-up", flowOf(square, point(1, 1)), Infinite(x, 1), Refuted},
		{"blow-up from below", flowOf(square, point(-1, 1)), Limit(x, zero), Proved},
		{"growth", flowOf([]*ode.Expr{x}, point(1, 1)), Infinite(x, 1), Proved},
		{"growth, wrong sign", flowOf([]*ode.Expr{x}, point(1, 1)), Infinite(x, -1), Refuted},
		{"moving equilibrium", flowOf(moving, point(0, 1), between4(1, 2, 3, 2)), Limit(x, p), Proved},
		{"moving equilibrium below", flowOf(moving, point(0, 1), between4(1, 2, 3, 2)), Always(Relation{x, Less, p}), Proved},
		{"moving equilibrium, wrong", flowOf(moving, point(0, 1), between4(1, 2, 3, 2)), Limit(x, one), Refuted},
		{"moving equilibrium, far off", flowOf(moving, point(0, 1), between4(1, 2, 3, 2)), Limit(x, num(2, 1)), Refuted},
		{"exponential limit", flowOf(exponential, point(0, 1)), Limit(x, logTwo), Proved},
		{"exponential below", flowOf(exponential, point(0, 1)), Always(Relation{x, Less, logTwo}), Proved},
		{"exponential, just beyond", flowOf(exponential, point(0, 1)), Always(Relation{x, Less, num(69314719, 100000000)}), Proved},
		{"exponential, just before", flowOf(exponential, point(0, 1)), Always(Relation{x, Less, num(69314718, 100000000)}), Refuted},
		{"logarithmic growth", flowOf([]*ode.Expr{x.Neg().Exp()}, point(0, 1)), Infinite(x, 1), Proved},
		{"finite blow-up of exp", flowOf([]*ode.Expr{x.Exp()}, point(0, 1)), Infinite(x, 1), Refuted},
	})
}

// TestLinearAttention: the example of the contract, s' = 2√D·s·(1 − a·s) with
// a = 1 + (1 + D)/N.
func TestLinearAttention(t *testing.T) {
	s, start, d, n, time := ode.State(0), ode.State(1), ode.State(2), ode.State(3), ode.State(4)
	one, zero := ode.Integer(1), ode.Integer(0)
	a := one.Add(one.Add(d).Quo(n))
	root := d.Sqrt()
	rhs := []*ode.Expr{num(2, 1).Mul(root).Mul(s).Mul(one.Sub(a.Mul(s))), zero, zero, zero, one}
	limit := one.Quo(a)
	distance, first := s.Sub(limit).Abs(), start.Sub(limit).Abs()
	rate := func(factor *ode.Expr) *ode.Expr {
		return first.Mul(factor.Mul(root).Mul(start).Mul(a).Mul(time).Neg().Exp())
	}
	for _, c := range []struct {
		name    string
		s, d, n Start
	}{
		{"point", point(1, 100), point(4, 1), point(31, 1)},
		{"irrational rate", point(1, 100), point(3, 1), point(31, 1)},
		{"intervals", between4(1, 100, 1, 50), between4(3, 1, 5, 1), between4(20, 1, 40, 1)},
	} {
		problem := flowOf(rhs, At(start), c.s, c.d, c.n, point(0, 1))
		problem.Names = []string{"s", "s.start", "D", "N", "t"}
		check(t, []row{
			{c.name + " below", problem, Always(Relation{s, Less, limit}), Proved},
			{c.name + " limit", problem, Limit(s, limit), Proved},
			{c.name + " increases", problem, Increases(s), Proved},
			{c.name + " above the start", problem, Always(Relation{s, GreaterEqual, start}), Proved},
			{c.name + " rate", problem, Always(Relation{distance, LessEqual, rate(num(2, 1))}), Proved},
		})
	}
}

// TestFunctionSharesWhatIsEqual: an expression over points is its value, in
// whatever order the same operands occur in it.
func TestFunctionSharesWhatIsEqual(t *testing.T) {
	x, one := ode.State(0), ode.Integer(1)
	for _, c := range []struct {
		x    *ode.Expr
		want int64
	}{
		{one.Add(x.Sub(one)).Add(x.Neg()), 0},
		{x.Neg().Mul(x.Sub(x.Neg())), -18},
		{x.Add(x.Sub(x)).Mul(x.Neg()), -9},
		{x.Power(2).Add(x.Power(3)).Sub(x.Mul(x)), 27},
	} {
		v := newFunction(c.x).over([]interval{fromInteger(3)})[0]
		if !v.sub(fromInteger(c.want)).isZero() {
			t.Errorf("%v at 3 is %v, expected %d", c.x, v, c.want)
		}
	}
}

// TestLimitsOfParts: x' = p·x − x³ from 1/2 tends to √p for p ≥ 0 and to 0 below,
// which is decided in parts.
func TestLimitsOfParts(t *testing.T) {
	if !*long.Tests {
		t.Skip("64 parts: -long")
	}
	x, p := ode.State(0), ode.State(1)
	d, err := Decide(context.Background(), flowOf([]*ode.Expr{p.Mul(x).Sub(x.Power(3)), ode.Integer(0)}, point(1, 2), between4(-1, 1, 1, 1)), Converges(x))
	if err != nil || d.Verdict != Proved {
		t.Fatal(d, err)
	}
	for _, want := range []*big.Rat{new(big.Rat), q(1, 2), q(1, 1)} {
		if len(d.Values) != 1 || d.Values[0].Name != "limit" || fromBall(d.Values[0].Ball).disjoint(between(want, want)) {
			t.Errorf("%v: the limits are %v, without %v", d.Reason, d.Values, want)
		}
	}
}
