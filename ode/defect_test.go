package ode

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/fixed"
	"muflow/internal/long"
	"muflow/ode/ball"
)

// defectCase is one expansion with its bounds.
type defectCase struct {
	name    string
	program *program
	stride  *stride
	bounds  *defects
	ok      bool
}

func defectCases(t *testing.T) []defectCase {
	var out []defectCase
	systems := strideSystems()
	for _, in := range []instance{instanceA, instanceB} {
		for _, breadthFirst := range []bool{false, true} {
			system, _, _ := in.rational(breadthFirst)
			systems = append(systems, jetProblem{"rational", system, []*big.Rat{big.NewRat(1, 1)}})
			system, _, _ = in.exponential(breadthFirst)
			systems = append(systems, jetProblem{"exponential", system, []*big.Rat{big.NewRat(1, 9)}})
		}
	}
	for _, p := range systems {
		program, err := p.system.compile()
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range []int{6, 25} {
			for _, part := range []float64{1e-4, 0.1, 0.6, 1} { // of the scale of the coefficients
				w, err := newStride(program, order, 100, -60, false)
				if err != nil {
					t.Fatal(err)
				}
				state := make([]*big.Float, len(p.start))
				for i, q := range p.start {
					state[i] = new(big.Float).SetPrec(100).SetRat(q)
				}
				if !w.survey(state) {
					continue
				}
				step := new(big.Rat).SetFloat64(part * w.scout.scale)
				if part == 0.1 { // not a multiple of any unit
					step.Mul(step, big.NewRat(1, 3))
				}
				if !w.expansion.expand(state, step, w.scout) {
					continue
				}
				d := newDefects(program, order, max(1, 80/order))
				d.measure(w.expansion)
				out = append(out, defectCase{p.name, program, w, d, d.bound(w.expansion)})
			}
		}
	}
	return out
}

// worst returns the largest of |node − polynomial|/bound over nodes, unknowns
// and times, where bound is of the form r·keepR + t·keepT·σ^N.
func (c *defectCase) worst(t *testing.T, keepR, keepT float64) (ratio float64, checks int) {
	const precision = 700
	field := newBalls()
	j := newJet(c.program, field, 0, uniform(precision))
	e, order := c.stride.expansion, c.bounds.order
	value := func(row interface{ Coefficient(int) fixed.Number }, last int, at *ball.Ball, derivative bool) *ball.Ball {
		z := ball.New(precision)
		for k := last; k >= 0; k-- {
			x := ball.New(precision).SetFloat(row.Coefficient(k).Float())
			if derivative {
				if k == 0 {
					break
				}
				x.MulInt64(x, int64(k))
			}
			z.Add(z.Mul(z, at), x)
		}
		return z
	}
	compare := func(x, y *ball.Ball, r, s float64, sigma *big.Rat) {
		d := ball.New(precision).Sub(x, y)
		d.Abs(d)
		f, _ := sigma.Float64()
		bound := r*keepR + s*keepT*math.Pow(f, float64(order))
		scaled := ball.New(64).MulPow2(d, c.bounds.tilt*order)
		got, _ := scaled.Lower().Float64()
		if got > 0 {
			ratio = max(ratio, got/bound)
		}
		checks++
	}
	step := e.step.Float()
	for _, sigma := range []*big.Rat{new(big.Rat), big.NewRat(1, 1024), big.NewRat(1, 3), big.NewRat(9, 10), big.NewRat(1, 1)} {
		at := ball.New(precision).SetRat(sigma)
		point := make([]*ball.Ball, len(e.states))
		for i, row := range e.states {
			point[i] = value(row, order, at, false)
		}
		j.start(point)
		if err := field.failure(); err != nil {
			t.Errorf("%s: %v on the polynomial", c.name, err)
			continue
		}
		for n := range c.program.nodes {
			x := &c.program.nodes[n]
			if x.op == OpState {
				continue
			}
			b := &c.bounds.nodes[n]
			if x.constant {
				compare(j.c[n][0], ball.New(precision).SetFloat(e.cells[n].number.Float()), b.r, b.t, sigma)
				continue
			}
			compare(j.c[n][0], value(e.cells[n].row, order-1, at, false), b.r, b.t, sigma)
		}
		for i := range e.states {
			h, _ := step.Float64()
			r, s := c.bounds.rate(e, i, h*(1+0x1p-50))
			f, _ := j.output(i, 0)
			want := ball.New(precision).Mul(f, ball.New(precision).SetFloat(step))
			compare(want, value(e.states[i], order, at, true), r, s, sigma)
		}
	}
	return ratio, checks
}

// TestDefectsAreBounded compares every node with its polynomial, in balls.
func TestDefectsAreBounded(t *testing.T) {
	checks, bounded := 0, 0
	withoutR, withoutT := 0, 0
	cases := defectCases(t)
	for _, c := range cases {
		if !c.ok {
			continue
		}
		bounded++
		ratio, n := c.worst(t, 1, 1)
		if ratio > 1 {
			t.Errorf("%s, order %d, step %v: %g times the bound", c.name, c.bounds.order, c.stride.expansion.step.Float(), ratio)
		}
		checks += n
		if ratio, _ = c.worst(t, 0, 1); ratio > 1 {
			withoutR++
		}
		if ratio, _ = c.worst(t, 1, 0); ratio > 1 {
			withoutT++
		}
	}
	t.Logf("%d cases, %d bounded, %d need r, %d need t, %d checks", len(cases), bounded, withoutR, withoutT, checks)
	if bounded < len(cases)/2 || withoutR < bounded/2 || withoutT < bounded/3 || checks < 10_000 {
		t.Fatalf("%d cases, %d bounded, %d need r, %d need t, %d checks", len(cases), bounded, withoutR, withoutT, checks)
	}
}

// TestPipesInFixedPoint compares flowpipes with those of the slow twin: they
// contain its values at more digits, and are not wider than it at the end.
func TestPipesInFixedPoint(t *testing.T) {
	checks := 0
	for _, p := range strideSystems() {
		if p.start[0].Cmp(big.NewRat(1000, 1)) > 0 {
			continue // its norm needs a metric
		}
		for _, digits := range []int{8, 30} {
			for _, spread := range []int{0, -12} { // a point, a set
				until := big.NewRat(1, 3)
				set := make([]*ball.Ball, len(p.start))
				point := make([]*ball.Ball, len(p.start))
				for i, q := range p.start {
					point[i] = ball.New(300).SetRat(q)
					set[i] = ball.New(300).SetRat(q)
					if spread != 0 {
						set[i].AddError(new(big.Float).SetMantExp(big.NewFloat(1), 3*spread))
					}
				}
				settings := FlowSettings{Settings: Settings{Digits: digits}}
				fast, err := Propagate(context.Background(), p.system, set, until, settings)
				if err != nil {
					t.Errorf("%s: %v", p.name, err)
					continue
				}
				twin, err := propagate(context.Background(), p.system, set, until, settings, false)
				if err != nil {
					t.Errorf("%s: the twin: %v", p.name, err)
					continue
				}
				settings.Digits += 30
				fine, err := propagate(context.Background(), p.system, point, until, settings, false)
				if err != nil {
					t.Errorf("%s: the fine twin: %v", p.name, err)
					continue
				}
				for n := range int64(9) {
					at := new(big.Rat).Mul(until, big.NewRat(n, 8))
					a, _ := fast.At(at)
					b, _ := twin.At(at)
					want, _ := fine.At(at)
					for i := range a {
						if !a[i].ContainsBall(want[i]) && !want[i].ContainsBall(a[i]) {
							t.Errorf("%s, %d digits: x%d at %v is %v, want %v", p.name, digits, i, at, a[i], want[i])
						}
						if !a[i].Overlaps(b[i]) {
							t.Errorf("%s: x%d at %v is %v, and %v by the twin", p.name, i, at, a[i], b[i])
						}
						// Where the twin is much narrower by the luck of its steps, both are
						// far below the tolerance.
						x, y := a[i].Radius(), b[i].Radius()
						least := new(big.Float).Mul(pow10(-digits-4), new(big.Float).Abs(b[i].Mid()))
						if n == 8 && spread == 0 && x.Cmp(least) > 0 && x.Cmp(new(big.Float).Mul(y, big.NewFloat(8))) > 0 {
							t.Errorf("%s, %d digits: x%d is ±%.3g, by the twin ±%.3g", p.name, digits, i, x, y)
						}
						checks++
					}
				}
				hull, err := fast.Over(new(big.Rat), until)
				if err != nil {
					t.Errorf("%s: %v", p.name, err)
					continue
				}
				for n := range int64(9) {
					a, _ := fine.At(new(big.Rat).Mul(until, big.NewRat(n, 8)))
					for i := range a {
						if !hull[i].Overlaps(a[i]) {
							t.Errorf("%s: x%d leaves %v", p.name, i, hull[i])
						}
					}
				}
			}
		}
	}
	if checks < 800 {
		t.Fatalf("%d checks", checks)
	}
}

// TestPipesOfReducedFlowsAreNarrow: not wider at the end than by the slow twin.
func TestPipesOfReducedFlowsAreNarrow(t *testing.T) {
	checks := 0
	for _, problem := range benchmarkProblems {
		for _, digits := range []int{13, 26, 57} {
			if !*long.Tests && digits > 13 {
				continue
			}
			forms := []func(bool) (*System, []*Expr, *Expr){problem.in.rational}
			if !problem.breadthFirst && digits < 30 {
				forms = append(forms, problem.in.exponential)
			}
			for _, form := range forms {
				system, start, _ := form(problem.breadthFirst)
				x, err := Evaluate(start[0], nil, 400)
				if err != nil {
					t.Fatal(err)
				}
				for _, until := range []int64{1, 20, 100, min(problem.until, 5000)} {
					settings := FlowSettings{Settings: Settings{Digits: digits}}
					fast, err := Propagate(context.Background(), system, []*ball.Ball{x}, big.NewRat(until, 1), settings)
					if err != nil {
						t.Fatal(err)
					}
					twin, err := propagate(context.Background(), system, []*ball.Ball{x}, big.NewRat(until, 1), settings, false)
					if err != nil {
						t.Fatal(err)
					}
					a, _ := fast.At(fast.Until())
					b, _ := twin.At(twin.Until())
					if a[0].Radius().Cmp(b[0].Radius()) > 0 || !a[0].Overlaps(b[0]) {
						t.Errorf("%s to %d, %d digits: %.20g ± %.3g, by the twin %.20g ± %.3g", problem.name, until, digits, a[0].Mid(), a[0].Radius(), b[0].Mid(), b[0].Radius())
					}
					for _, s := range fast.tubes {
						if s.fractions == nil {
							t.Errorf("%s to %d, %d digits: a slow step", problem.name, until, digits)
						}
					}
					checks++
				}
			}
		}
	}
	if checks < 4*4 {
		t.Fatalf("%d checks", checks)
	}
}

// randomExpr draws an expression in two unknowns.
func randomExpr(rng *rand.Rand, depth int) *Expr {
	if depth == 0 {
		switch rng.IntN(5) {
		case 0, 1:
			return State(0)
		case 2:
			return State(1)
		case 3:
			return Integer(rng.Int64N(7) - 2)
		}
		return Rational(big.NewRat(rng.Int64N(2000)-700, 1+rng.Int64N(999))).Exp()
	}
	a, b := randomExpr(rng, depth-1), randomExpr(rng, rng.IntN(depth))
	switch rng.IntN(12) {
	case 0, 1:
		return a.Add(b)
	case 2:
		return b.Sub(a)
	case 3, 4:
		return a.Mul(b)
	case 5, 6:
		return a.Quo(b)
	case 7:
		return b.Quo(a)
	case 8:
		return a.Exp()
	case 9:
		return a.Log()
	case 10:
		return a.Sqrt()
	}
	return a.Power(rng.IntN(7) - 3)
}

// TestDefectsOfRandomSystemsAreBounded compares the bounds with balls at random
// orders, precisions and steps.
func TestDefectsOfRandomSystemsAreBounded(t *testing.T) {
	draws := 1_500
	if *long.Tests {
		draws = 6_000
	}
	rng := rand.New(rand.NewPCG(77, 3))
	bounded, checks, tight := 0, 0, 0
	for range draws {
		system := &System{2, []*Expr{randomExpr(rng, 1+rng.IntN(4)), randomExpr(rng, 1+rng.IntN(3))}}
		program, err := system.compile()
		if err != nil {
			continue
		}
		order := 4 + rng.IntN(14)
		w, err := newStride(program, order, uint(40+rng.IntN(200)), -30, rng.IntN(2) == 0)
		if err != nil {
			continue
		}
		state := make([]*big.Float, 2)
		for i := range state {
			state[i] = new(big.Float).SetPrec(120).SetRat(big.NewRat(rng.Int64N(4000)-1000, 1+rng.Int64N(999)))
		}
		if !w.survey(state) {
			continue
		}
		step := new(big.Rat).SetFloat64(w.scout.scale * math.Exp2(-8*rng.Float64()))
		if rng.IntN(2) == 0 {
			step.Quo(step, big.NewRat(7, 3))
		}
		if !w.expansion.expand(state, step, w.scout) {
			continue
		}
		d := newDefects(program, order, 1+rng.IntN(20))
		d.measure(w.expansion)
		if !d.bound(w.expansion) {
			continue
		}
		c := defectCase{system.RightHandSide[0].String(), program, w, d, true}
		ratio, n := c.worst(t, 1, 1)
		if ratio > 1 {
			t.Errorf("%v, %v at %v: %g times the bound", system.RightHandSide[0], system.RightHandSide[1], state, ratio)
		}
		if ratio > 1e-3 {
			tight++
		}
		bounded, checks = bounded+1, checks+n
	}
	t.Logf("%d bounded, %d of them with a node within a thousandth, %d checks", bounded, tight, checks)
	if bounded < draws/8 || tight < bounded/4 {
		t.Fatalf("%d bounded of %d, %d tight", bounded, draws, tight)
	}
}

// TestPipesOfRandomSystems compares flowpipes of either kind with a finer one,
// also where solutions move apart by more than any exponent holds.
func TestPipesOfRandomSystems(t *testing.T) {
	draws := 25
	if *long.Tests {
		draws = 300
	}
	x, y := State(0), State(1)
	apart := &System{2, []*Expr{y.Power(-2).Exp(), Integer(2)}} // ∂f_0/∂y is near 10^20
	rng := rand.New(rand.NewPCG(123, 3))
	checks, fixedSteps := 0, 0
	for n := range draws {
		system := &System{2, []*Expr{randomExpr(rng, 1+rng.IntN(3)), randomExpr(rng, 1+rng.IntN(3))}}
		start := []*big.Rat{big.NewRat(rng.Int64N(4000)-500, 1+rng.Int64N(999)), big.NewRat(rng.Int64N(4000)-500, 1+rng.Int64N(999))}
		until, digits := big.NewRat(1+rng.Int64N(9), 100), 6+rng.IntN(20)
		switch n {
		case 0:
			system, start, until, digits = apart, []*big.Rat{big.NewRat(3, 1), big.NewRat(152, 1000)}, big.NewRat(1, 50), 24
		case 1:
			system = &System{2, []*Expr{x.Mul(x), x.Mul(x).Exp()}}
			start, until = []*big.Rat{big.NewRat(19, 1), big.NewRat(1, 3)}, big.NewRat(1, 100)
		}
		if system.Validate() != nil {
			continue
		}
		set := []*ball.Ball{ball.New(200).SetRat(start[0]), ball.New(200).SetRat(start[1])}
		settings := FlowSettings{Settings: Settings{Digits: digits + 20, Budget: 150}}
		fine, _ := propagate(context.Background(), system, set, until, settings, false)
		if fine == nil || fine.Until().Sign() == 0 {
			continue
		}
		for _, quickly := range []bool{true, false} {
			settings.Settings = Settings{Digits: digits, Budget: 150}
			pipe, _ := propagate(context.Background(), system, set, fine.Until(), settings, quickly)
			if pipe == nil {
				continue
			}
			for _, s := range pipe.tubes {
				if s.fractions != nil {
					fixedSteps++
				}
			}
			for part := range int64(5) {
				at := new(big.Rat).Mul(pipe.Until(), big.NewRat(part, 4))
				a, err := pipe.At(at)
				if err != nil {
					t.Fatal(err)
				}
				b, err := fine.At(at)
				if err != nil {
					t.Fatal(err)
				}
				for i := range a {
					if !a[i].Overlaps(b[i]) {
						t.Errorf("%v, %v, %d digits: x%d at %v is %.20g ± %.3g and %.20g ± %.3g", system.RightHandSide[0], system.RightHandSide[1], digits, i, at, a[i].Mid(), a[i].Radius(), b[i].Mid(), b[i].Radius())
					}
					checks++
				}
			}
		}
	}
	t.Logf("%d checks, %d steps in fixed point", checks, fixedSteps)
	if checks < 5*draws || fixedSteps < draws/2 {
		t.Fatalf("%d checks, %d steps in fixed point", checks, fixedSteps)
	}
}
