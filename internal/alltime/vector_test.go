package alltime

import (
	"math/big"
	"testing"

	"muflow/internal/long"
	"muflow/ode"
)

// softmaxRegression is the gradient flow of the mean of −log softmax(w·x_i)[y_i]
// with two classes and two features, so w in R² as the difference of the
// classes, with weight decay.
func softmaxRegression(decay *big.Rat) []*ode.Expr {
	w := []*ode.Expr{ode.State(0), ode.State(1)}
	data := []struct{ x, y, label int64 }{{1, 2, 1}, {2, -1, -1}, {-1, 1, 1}}
	rhs := []*ode.Expr{w[0].Scale(decay).Neg(), w[1].Scale(decay).Neg()}
	for _, d := range data {
		margin := w[0].Scale(q(d.x*d.label, 1)).Add(w[1].Scale(q(d.y*d.label, 1)))
		// −∂/∂w log(1 + e^{−margin}) = label·x/(1 + e^{margin})
		p := num(1, 3).Quo(ode.Integer(1).Add(margin.Exp()))
		rhs[0] = rhs[0].Add(p.Scale(q(d.x*d.label, 1)))
		rhs[1] = rhs[1].Add(p.Scale(q(d.y*d.label, 1)))
	}
	return rhs
}

func TestVectorFlows(t *testing.T) {
	x, y := ode.State(0), ode.State(1)
	one, zero := ode.Integer(1), ode.Integer(0)
	spiral := []*ode.Expr{y.Sub(x), x.Neg().Sub(y)}
	slow := []*ode.Expr{x.Neg(), x.Sub(y.Scale(q(3, 1)))}
	jordan := []*ode.Expr{y.Scale(q(10, 1)).Sub(x), y.Neg()}
	saddle := []*ode.Expr{x, y.Neg()}
	vanDerPol := []*ode.Expr{y, y.Mul(one.Sub(x.Mul(x))).Sub(x)}
	softmax := softmaxRegression(q(1, 10))
	p := ode.State(2)
	family := []*ode.Expr{p.Sub(x).Add(y.Mul(p.Sub(x))), x.Sub(y.Scale(q(2, 1))), zero}
	square := x.Mul(x).Add(y.Mul(y))
	time := ode.State(2)
	clocked := append(append([]*ode.Expr(nil), spiral...), one)
	rates := append(append([]*ode.Expr(nil), slow...), one)
	box := between4(-1, 1, 1, 1)
	check(t, []row{
		{"spiral converges", flowOf(spiral, point(1, 1), point(0, 1)), Converges(x), Proved},
		{"spiral limit", flowOf(spiral, box, box), Limit(x, zero), Proved},
		{"spiral wrong limit", flowOf(spiral, box, box), Limit(x, one), Refuted},
		{"spiral decreases", flowOf(spiral, point(1, 1), point(0, 1)), Decreases(x), Refuted},
		{"spiral square decreases", flowOf(spiral, point(1, 1), point(0, 1)), Decreases(square), Proved},
		{"spiral bounded", flowOf(spiral, box, box), Always(Relation{x, Less, num(2, 1)}), Proved},
		{"spiral positive", flowOf(spiral, point(1, 1), point(0, 1)), Always(Relation{x, Greater, zero}), Refuted},
		{"spiral rate", flowOf(clocked, point(1, 1), point(0, 1), point(0, 1)), Always(Relation{square, LessEqual, time.Scale(q(-2, 1)).Exp()}), Proved},
		{"spiral rate too fast", flowOf(clocked, point(1, 1), point(0, 1), point(0, 1)), Always(Relation{square, LessEqual, time.Scale(q(-3, 1)).Exp()}), Refuted},
		{"spiral rate from a box", flowOf(clocked, box, box, point(0, 1)), Always(Relation{square, LessEqual, time.Scale(q(-2, 1)).Exp().Scale(q(2, 1))}), Proved},
		{"slow direction", flowOf(slow, point(1, 1), point(0, 1)), Decreases(x), Proved},
		{"slow direction, positive", flowOf(slow, point(1, 1), point(1, 10)), Always(Relation{y, Greater, zero}), Proved},
		{"slow direction, y increases", flowOf(slow, point(1, 1), point(0, 1)), Increases(y), Refuted},
		{"slow direction, y decreases", flowOf(slow, point(1, 1), point(1, 1)), Decreases(y), Proved},
		{"slow direction, sharp rate", flowOf(rates, point(1, 1), point(0, 1), point(0, 1)), Always(Relation{y, LessEqual, time.Neg().Exp().Scale(q(1, 2))}), Undecided},
		{"Jordan block", flowOf(jordan, point(1, 1), point(1, 1)), Limit(x, zero), Proved},
		{"Jordan block from a box", flowOf(jordan, box, box), Limit(x, zero), Proved},
		{"Jordan block bounded", flowOf(jordan, point(1, 1), point(1, 1)), Always(Relation{x, Less, num(5, 1)}), Proved},
		{"Jordan block bound too low", flowOf(jordan, point(1, 1), point(1, 1)), Always(Relation{x, Less, num(4, 1)}), Refuted},
		{"saddle", flowOf(saddle, point(1, 1), point(1, 1)), Converges(x.Add(y)), Refuted},
		{"saddle, stable part", flowOf(saddle, point(1, 1), point(1, 1)), Limit(y, zero), Proved},
		{"Van der Pol", flowOf(vanDerPol, point(1, 1), point(0, 1)), Converges(x), Undecided},
		{"Van der Pol until", flowOf(vanDerPol, point(1, 1), point(0, 1)), AlwaysUntil(q(5, 1), Relation{x, Less, num(21, 10)}), Proved},
		{"Van der Pol until, low", flowOf(vanDerPol, point(1, 1), point(0, 1)), AlwaysUntil(q(10, 1), Relation{x, Less, num(19, 10)}), Refuted},
		{"softmax converges", flowOf(softmax, point(0, 1), point(0, 1)), Converges(x), Proved},
		{"softmax, before the limit", flowOf(softmax, point(0, 1), point(0, 1)), Always(Relation{y, Less, num(13635571, 10000000)}), Refuted},
	})
	if *long.Tests {
		check(t, []row{
			{"softmax, beyond the limit", flowOf(softmax, point(0, 1), point(0, 1)), Always(Relation{y, Less, num(13635573, 10000000)}), Proved},
			{"parameters, below", flowOf(family, point(0, 1), point(0, 1), between4(9, 10, 11, 10)), Always(Relation{x, Less, p}), Proved},
			{"softmax from a box", flowOf(softmax, box, box), Converges(y), Proved},
			{"softmax wrong limit", flowOf(softmax, box, box), Limit(y, one), Refuted},
			{"parameters", flowOf(family, point(0, 1), point(0, 1), between4(9, 10, 11, 10)), Limit(x, p), Proved},
			{"slow direction, rate", flowOf(rates, point(1, 1), point(0, 1), point(0, 1)), Always(Relation{y, LessEqual, time.Scale(q(-1, 2)).Exp().Scale(q(1, 2))}), Proved},
		})
	}
}

// TestReductions: two-layer linear networks, whose equilibria are a curve.
func TestReductions(t *testing.T) {
	u, v := ode.State(0), ode.State(1)
	one := ode.Integer(1)
	gap := one.Sub(u.Mul(v))
	deep := []*ode.Expr{v.Mul(gap), u.Mul(gap)}
	with := func(p *Problem, conserved ...*ode.Expr) *Problem {
		p.Conserved = conserved
		return p
	}
	level := u.Mul(u).Sub(v.Mul(v))
	mass := []*ode.Expr{v.Sub(u), u.Sub(v)}
	check(t, []row{
		{"balanced", flowOf(deep, point(1, 10), point(1, 10)), Limit(u.Mul(v), one), Proved},
		{"balanced, increases", flowOf(deep, point(1, 10), point(1, 10)), Increases(u.Mul(v)), Proved},
		{"not balanced", with(flowOf(deep, point(1, 2), point(1, 10)), level), Limit(u.Mul(v), one), Proved},
		{"not balanced, of a box", with(flowOf(deep, between4(1, 2, 6, 10), between4(1, 10, 2, 10)), level), Limit(u.Mul(v), one), Proved},
		{"not balanced, wrong", with(flowOf(deep, point(1, 2), point(1, 10)), level), Limit(u.Mul(v), num(1, 2)), Refuted},
		{"wrong quantity", with(flowOf(deep, point(1, 2), point(1, 10)), u.Mul(u).Add(v.Mul(v))), Limit(u.Mul(v), one), Undecided},
		{"mass", with(flowOf(mass, point(1, 1), point(0, 1)), u.Add(v)), Limit(u, num(1, 2)), Proved},
		{"mass, wrong", with(flowOf(mass, point(1, 1), point(0, 1)), u.Add(v)), Limit(u, one), Refuted},
	})
}

// aboutZero returns what contracts about 0 in two unknowns.
func aboutZero(t *testing.T, p *Problem, x, y *ode.Expr) *contraction {
	t.Helper()
	f, _, err := p.restrict(x, y)
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.about([]*big.Float{new(big.Float), new(big.Float)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestPolesThatCancel: a ball contracts only where the flow is defined, which
// the normal form of its Jacobian, diag(−1, −1), does not tell.
func TestPolesThatCancel(t *testing.T) {
	x, y := ode.State(0), ode.State(1)
	gap := y.Sub(ode.Integer(1))
	p := flowOf([]*ode.Expr{x.Mul(gap.Quo(gap)).Neg(), y.Neg()}, point(1, 1), between4(0, 1, 3, 2))
	c := aboutZero(t, p, x, y)
	if !c.verify(big.NewFloat(0.5), contractionCells) {
		t.Error("the ball that the pole is outside of is not shown to contract")
	}
	if c.verify(big.NewFloat(2), contractionCells) {
		t.Error("the ball that the pole is in is shown to contract")
	}
}

// TestStructureOfLikeTexts: e^{(−x)²} and e^{−x²} are written the same, and are
// two nodes; at x = 1, y = 0 the Jacobian is diag(−1, −1 + e − 1/e).
func TestStructureOfLikeTexts(t *testing.T) {
	x, y := ode.State(0), ode.State(1)
	up, down := x.Neg().Power(2).Exp(), x.Power(2).Neg().Exp()
	p := flowOf([]*ode.Expr{x.Neg(), y.Mul(up).Sub(y.Mul(down)).Sub(y)}, point(1, 1), point(0, 1))
	c := aboutZero(t, p, x, y)
	for _, s := range c.parts {
		bound, _ := s.bound([]interval{fromInteger(1), fromInteger(0)}).Float64()
		if bound < 1.3504 {
			t.Errorf("the logarithmic norm is bounded by %v, and is −1 + e − 1/e", bound)
		}
	}
	if len(c.parts) == 0 {
		t.Error("no structure")
	}
}
