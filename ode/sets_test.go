package ode

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/long"
	"muflow/ode/ball"
)

// box returns balls from middles and radii.
func box(pairs ...float64) []*ball.Ball {
	var out []*ball.Ball
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, ball.New(64).SetFloat64(pairs[i]).AddError(big.NewFloat(pairs[i+1])))
	}
	return out
}

func width(x *ball.Ball) float64 {
	w, _ := new(big.Float).Sub(x.Upper(), x.Lower()).Float64()
	return w
}

// TestNonNormalSystem: x' = 10y − x, y' = −y has x = e^{−t}(x₀ + 10t·y₀) and
// y = e^{−t}y₀. Its logarithmic norm is 4, so that norms alone lose e^{4t}.
func TestNonNormalSystem(t *testing.T) {
	x, y := State(0), State(1)
	system := &System{2, []*Expr{y.Scale(big.NewRat(10, 1)).Sub(x), y.Neg()}}
	until := big.NewRat(50, 1)
	decay := func(at *big.Rat) *ball.Ball {
		z := ball.New(200).SetRat(at)
		return z.Exp(z.Neg(z))
	}
	pipe, err := Propagate(context.Background(), system, mustConstants(t, Integer(1), Integer(1)), until, FlowSettings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []*big.Rat{big.NewRat(1, 7), big.NewRat(5, 3), big.NewRat(20, 1), big.NewRat(100, 3), until} {
		got, err := pipe.At(at)
		if err != nil {
			t.Fatal(err)
		}
		exact := []*ball.Ball{ball.New(200).SetRat(new(big.Rat).Add(big.NewRat(1, 1), new(big.Rat).Mul(at, big.NewRat(10, 1)))), ball.New(200).SetInt64(1)}
		for i, z := range exact {
			z.Mul(z, decay(at))
			if !got[i].ContainsBall(z) {
				t.Errorf("x%d = %v at %v, not in %v", i, z, at, got[i])
			}
			if bits := got[i].RelativeAccuracyBits(); bits < 50 {
				t.Errorf("x%d at %v: accurate to %d bits", i, at, bits)
			}
		}
	}
	// A box: its exact image is a parallelogram, with this hull.
	pipe, err = Propagate(context.Background(), system, box(1, 0.25, 1, 0.25), until, FlowSettings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []*big.Rat{new(big.Rat), big.NewRat(1, 7), big.NewRat(9, 2), until} {
		got, err := pipe.At(at)
		if err != nil {
			t.Fatal(err)
		}
		time, _ := at.Float64()
		for i, w := range []float64{0.5 * math.Exp(-time) * (1 + 10*time), 0.5 * math.Exp(-time)} {
			if factor := width(got[i]) / w; factor < 1-1e-9 || factor > 1+1e-6 {
				t.Errorf("x%d at %.4g: %.9g times the width of the hull", i, time, factor)
			}
		}
	}
}

// TestFlowpipesOfBoxes holds flowpipes of boxes against paths of many of their
// points: none escapes, and the boxes are little wider than the hull of these.
func TestFlowpipesOfBoxes(t *testing.T) {
	x, y, one := State(0), State(1), Integer(1)
	xxy := x.Mul(x).Mul(y)
	q := func(a, b int64) *big.Rat { return big.NewRat(a, b) }
	for _, c := range []struct {
		name   string
		system *System
		start  []*ball.Ball
		times  []*big.Rat
		factor float64
	}{
		{"Brusselator", &System{2, []*Expr{one.Sub(x.Scale(q(5, 2))).Add(xxy), x.Scale(q(3, 2)).Sub(xxy)}}, box(0.9, 0.1, 0.1, 0.1),
			[]*big.Rat{q(1, 3), q(1, 1), q(2, 1), q(7, 2), q(5, 1), q(8, 1), q(12, 1), q(25, 1)}, 2},
		{"rotation", &System{2, []*Expr{y, x.Neg()}}, box(1, 0.5, 0, 0.25), []*big.Rat{q(1, 2), q(10, 1), q(40, 1)}, 1.02},
		{"Lotka–Volterra in logarithms", &System{2, []*Expr{one.Sub(y.Exp()), x.Exp().Sub(one)}}, box(0.5, 0.05, 0, 0.05), []*big.Rat{q(1, 1), q(4, 1), q(8, 1)}, 1.5},
		{"quotient and root", &System{2, []*Expr{y.Quo(one.Add(x.Mul(x))), x.Mul(x).Add(one).Sqrt().Neg()}}, box(0.5, 0.1, 0.25, 0.1), []*big.Rat{q(1, 1), q(2, 1)}, 1.5},
		{"logarithm", &System{2, []*Expr{y.Neg(), x.Log()}}, box(1.5, 0.1, 0, 0.1), []*big.Rat{q(1, 1), q(5, 1)}, 1.6},
	} {
		until := c.times[len(c.times)-1]
		pipe, err := Propagate(context.Background(), c.system, c.start, until, FlowSettings{Settings: Settings{Digits: 8}})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		first, err := pipe.At(new(big.Rat))
		if err != nil || !c.start[0].ContainsBall(first[0]) || !c.start[1].ContainsBall(first[1]) {
			t.Errorf("%s: %v at the start, expected %v: %v", c.name, first, c.start, err)
		}
		rng := rand.New(rand.NewPCG(20, 25))
		low, high := make([][2]float64, len(c.times)), make([][2]float64, len(c.times))
		for sample := range 30 {
			start := make([]*Expr, 2)
			for i, b := range c.start {
				part := rng.Float64()*2 - 1
				if sample < 9 { // corners, sides, the middle
					part = float64([2]int{sample % 3, sample / 3}[i]) - 1
				}
				m, _ := b.Mid().Float64()
				r, _ := b.Radius().Float64()
				start[i] = Rational(new(big.Rat).SetFloat64(m + part*math.Nextafter(r, 0)*(1-1e-15)))
			}
			path, err := Integrate(context.Background(), c.system, start, until, Settings{Digits: 18})
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			for k, at := range c.times {
				point, err := path.At(at)
				if err != nil {
					t.Fatal(err)
				}
				boxes, err := pipe.At(at)
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range point {
					if exact, _ := v.Rat(nil); !boxes[i].Contains(exact) {
						t.Fatalf("%s: x%d = %.12g at %v escapes from %v", c.name, i, v, at, boxes[i])
					}
					f, _ := v.Float64()
					if sample == 0 {
						low[k][i], high[k][i] = f, f
					}
					low[k][i], high[k][i] = min(low[k][i], f), max(high[k][i], f)
				}
			}
		}
		worst := 0.0
		for k, at := range c.times {
			boxes, err := pipe.At(at)
			if err != nil {
				t.Fatal(err)
			}
			for i := range boxes {
				worst = max(worst, width(boxes[i])/(high[k][i]-low[k][i]))
			}
		}
		t.Logf("%s: up to %.3g times the width of the sampled hull, %d parts, %d steps", c.name, worst, pipe.Parts(), pipe.Steps())
		if worst > c.factor || worst < 0.8 {
			t.Errorf("%s: %.3g times the width of the sampled hull, expected 0.8 to %.3g", c.name, worst, c.factor)
		}
	}
}

// TestModels compares operations on models with balls at points of r and e.
func TestModels(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 20))
	const bits = 200
	checks := 0
	for range 400 {
		b := newBasis(2, 1+rng.IntN(4))
		m := newModels(b)
		unit := -rng.IntN(60)
		m.scale = math.Ldexp(1, unit)
		at := make([]float64, 4)
		for i := range at {
			at[i] = float64(rng.IntN(3) - 1)
			if rng.IntN(2) == 0 {
				at[i] = rng.Float64()*2 - 1
			}
		}
		// draw returns a model, the exact center and the exact value at the point.
		draw := func() (*model, *ball.Ball, *ball.Ball) {
			x := m.fresh(0)
			center := 0.5 + 2*rng.Float64()
			x.center = interval{down(center), up(center)}
			value := ball.New(bits).SetFloat64(center)
			for j := range x.c {
				x.c[j] = (rng.Float64() - 0.5) / float64(len(x.c)) * 0.4
				term := ball.New(bits).SetFloat64(x.c[j])
				for i, k := range b.exponents[j] {
					for range k {
						term.Mul(term, ball.New(bits).SetFloat64(at[i]))
					}
				}
				value.Add(value, term.MulPow2(term, unit))
			}
			x.rest = 0.01 * rng.Float64()
			off := ball.New(bits).SetFloat64(x.rest * float64(rng.IntN(3)-1))
			return x, ball.New(bits).SetFloat64(center), value.Add(value, off.MulPow2(off, unit))
		}
		x, cx, vx := draw()
		y, cy, vy := draw()
		for name, f := range map[string]func(z *model) (center, value *ball.Ball){
			"sum": func(z *model) (*ball.Ball, *ball.Ball) {
				m.add(z, x, y)
				return ball.New(bits).Add(cx, cy), ball.New(bits).Add(vx, vy)
			},
			"product": func(z *model) (*ball.Ball, *ball.Ball) {
				m.mul(z, x, y)
				return ball.New(bits).Mul(cx, cy), ball.New(bits).Mul(vx, vy)
			},
			"quotient": func(z *model) (*ball.Ball, *ball.Ball) {
				m.quo(z, x, y)
				return ball.New(bits).Quo(cx, cy), ball.New(bits).Quo(vx, vy)
			},
			"exponential": func(z *model) (*ball.Ball, *ball.Ball) {
				m.exp(z, x)
				return ball.New(bits).Exp(cx), ball.New(bits).Exp(vx)
			},
			"logarithm": func(z *model) (*ball.Ball, *ball.Ball) {
				m.log(z, x)
				return ball.New(bits).Log(cx), ball.New(bits).Log(vx)
			},
			"root": func(z *model) (*ball.Ball, *ball.Ball) {
				m.sqrt(z, x)
				return ball.New(bits).Sqrt(cx), ball.New(bits).Sqrt(vx)
			},
			"third": func(z *model) (*ball.Ball, *ball.Ball) {
				m.overInteger(z, x, 3)
				return ball.New(bits).QuoInt64(cx, 3), ball.New(bits).QuoInt64(vx, 3)
			},
		} {
			z := m.fresh(0)
			center, value := f(z)
			if m.failure() != nil {
				t.Fatalf("%s failed", name)
			}
			// (value − center)/2^unit − Σ c_j·monomial_j is at most the rest.
			gap := ball.New(bits).Sub(value, center)
			gap.MulPow2(gap, -unit)
			for j, c := range z.c {
				term := ball.New(bits).SetFloat64(c)
				for i, k := range b.exponents[j] {
					for range k {
						term.Mul(term, ball.New(bits).SetFloat64(at[i]))
					}
				}
				gap.Sub(gap, term)
			}
			least, _ := gap.Abs(gap).Lower().Float64()
			if least > z.rest {
				t.Fatalf("%s at degree %d, unit %d: off by %g, bound %g", name, b.degree, unit, least, z.rest)
			}
			if !z.center.ball().ContainsBall(center) {
				t.Fatalf("%s: center %v not in %v", name, center, z.center)
			}
			checks++
		}
	}
	if checks < 2000 {
		t.Fatalf("%d checks", checks)
	}
}

// TestSetsAtTheEdge: sets about 0, sets of which some solutions end, and a set
// that nothing moves.
func TestSetsAtTheEdge(t *testing.T) {
	x, y := State(0), State(1)
	rotation := &System{2, []*Expr{y, x.Neg()}}
	pipe, err := Propagate(context.Background(), rotation, box(0, 1e10, 0, 1e10), big.NewRat(5, 1), FlowSettings{})
	if err != nil {
		t.Fatal(err)
	}
	end, err := pipe.At(pipe.Until())
	if err != nil {
		t.Fatal(err)
	}
	if exact := 2e10 * (math.Abs(math.Cos(5)) + math.Abs(math.Sin(5))); width(end[0]) < exact || width(end[0]) > 1.001*exact {
		t.Errorf("a width of %g after a rotation, expected %g", width(end[0]), exact)
	}
	for name, c := range map[string]struct {
		system *System
		start  []*ball.Ball
		end    float64 // of the first solution
	}{
		"y^2":      {&System{1, []*Expr{x.Mul(x)}}, box(1, 0.5), 2.0 / 3},
		"-sqrt(x)": {&System{2, []*Expr{x.Sqrt().Neg(), y.Neg()}}, box(1, 0.25, 1, 0.25), 2 * math.Sqrt(0.75)},
	} {
		if name == "-sqrt(x)" && !*long.Tests {
			continue
		}
		pipe, err := Propagate(context.Background(), c.system, c.start, big.NewRat(3, 1), FlowSettings{Settings: Settings{Digits: 8}})
		if until, _ := pipe.Until().Float64(); err == nil || until > c.end || until < 0.8*c.end {
			t.Errorf("%s: up to %g in %d parts, expected a little less than %g: %v", name, until, pipe.Parts(), c.end, err)
		}
		if _, err := pipe.Over(new(big.Rat), pipe.Until()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	still := &System{2, []*Expr{Integer(0), Integer(0)}}
	if pipe, err = Propagate(context.Background(), still, box(1, 0.5, 1, 0), big.NewRat(3, 1), FlowSettings{}); err != nil {
		t.Fatal(err)
	}
	if end, err = pipe.At(big.NewRat(2, 1)); err != nil || width(end[0]) > 1+1e-6 || width(end[1]) > 1e-12 {
		t.Errorf("%v after no motion: %v", end, err)
	}
}
