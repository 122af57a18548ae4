package elementary

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"testing"

	"muflow/ode"
	"muflow/ode/ball"
)

// integers returns a polynomial with integer coefficients.
func integers(c ...int64) Polynomial {
	return func(precision uint) []*ball.Ball {
		out := make([]*ball.Ball, len(c))
		for i, v := range c {
			out[i] = ball.New(precision).SetInt64(v)
		}
		return out
	}
}

func constant(n int64) func(uint) *ball.Ball {
	return func(precision uint) *ball.Ball { return ball.New(precision).SetInt64(n) }
}

// A list is a problem with integer coefficients.
type list struct {
	name     string
	constant int64
	power    int
	factors  [][]int64
	multiple []int
	bottom   []int64
}

func (l list) problem() *Problem {
	p := &Problem{Rate: big.NewRat(1, 3), Constant: constant(l.constant), Power: l.power, Denominator: integers(l.bottom...)}
	for i, f := range l.factors {
		p.Factors = append(p.Factors, Factor{integers(f...), l.multiple[i]})
	}
	return p
}

// system is the same equation as data for package ode.
func (l list) system() *ode.System {
	y := ode.State(0)
	polynomial := func(c []int64) *ode.Expr {
		x := make([]*ode.Expr, len(c))
		for i, v := range c {
			x[i] = ode.Integer(v)
		}
		return ode.Horner(x, y)
	}
	f := ode.Rational(big.NewRat(l.constant, 3)).Mul(y.Power(l.power))
	for i, c := range l.factors {
		f = f.Mul(polynomial(c).Power(l.multiple[i]))
	}
	return &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{f.Quo(polynomial(l.bottom))}}
}

var lists = []list{
	{"logistic", 1, 1, [][]int64{{2, -1}}, []int{1}, []int64{1}},
	{"multiple root of the paper's kind", -1, 1, [][]int64{{1, 1}, {-2, 1}}, []int{2, 1}, []int64{1, 7, 2}},
	{"triple limit above", -1, 1, [][]int64{{-3, 1}}, []int{3}, []int64{5, 1, 2}},
	{"double limit below", -1, 1, [][]int64{{-1, 3}}, []int{2}, []int64{3, 0, 1}},
	{"triple pair", 1, 1, [][]int64{{2, 1, 3}}, []int{3}, []int64{1900, 500, 0, 100, 0, 0, 0, 30}},
	{"double pair and a root on each side", -1, 2, [][]int64{{5, 2, 1}, {-4, 1}, {-1, 4}}, []int{2, 1, 1}, []int64{700, 0, 0, 0, 0, 200}},
	{"no factor, growth as a power", 2, 1, nil, nil, []int64{1, 1, 0, 4}},
	{"no factor, descent by powers of 1/y", -2, 4, nil, nil, []int64{3, 2, 1, 1}},
	{"exponential growth", 1, 1, nil, nil, []int64{1}},
	{"no power of y", -1, 0, [][]int64{{-7, 0, 0, 1}, {3, 1}}, []int{1, 2}, []int64{0, 1, 6}},
	{"a close pair", 1, 1, [][]int64{{1211, -2201, 1000}, {-3, 1}}, []int{1, 1}, []int64{3, 1}},
	{"negative roots and a pair, up", 1, 1, [][]int64{{1, 3, 0, 1}, {6, 5, 1}}, []int{1, 1}, []int64{1, 2, 3, 4, 5, 6, 7}},
}

// TestAgainstFlowpipes compares with proved Taylor flowpipes, which share
// nothing with partial fractions but ball arithmetic.
func TestAgainstFlowpipes(t *testing.T) {
	checks := 0
	ctx := context.Background()
	for _, l := range lists {
		solver, err := New(ctx, l.problem())
		if err != nil {
			t.Errorf("%s: %v", l.name, err)
			continue
		}
		times := []*big.Rat{big.NewRat(1, 1<<40), big.NewRat(1, 7), big.NewRat(1, 2), big.NewRat(1, 1)}
		for _, digits := range []int{15, 60} {
			y := ode.State(0)
			e, err := ode.Enclose(ctx, l.system(), []*ode.Expr{ode.Integer(1)}, ode.Request{Times: times, Digits: digits, Observables: []*ode.Expr{y.Log()}}, ode.FlowSettings{})
			if err != nil {
				t.Errorf("%s: flowpipe: %v", l.name, err)
				continue
			}
			for i, at := range times {
				bits := ball.Bits(digits)
				value, err := solver.At(ctx, at, bits)
				if err != nil {
					t.Errorf("%s at %v, %d digits: %v", l.name, at, digits, err)
					continue
				}
				if pipe := e.Values[i][0]; !value.LogY.Overlaps(pipe) || value.LogY.RelativeAccuracyBits() < int(bits) {
					t.Errorf("%s at %v, %d digits: %.30g ± %.2g, flowpipe %.30g ± %.2g", l.name, at, digits, value.LogY.Mid(), value.LogY.Radius(), pipe.Mid(), pipe.Radius())
				}
				checks++
			}
		}
	}
	if checks != 12*2*4 {
		t.Fatalf("%d checks", checks)
	}
}

// TestLogistic: y' = y(2 − y)/3 has the solution 2/(1 + e^{−2t/3}).
func TestLogistic(t *testing.T) {
	ctx := context.Background()
	solver, err := New(ctx, lists[0].problem())
	if err != nil {
		t.Fatal(err)
	}
	checks := 0
	for _, text := range []string{"1e-300", "1e-9", "0.4", "3", "77", "1e3", "1e5", "1e80"} {
		at, _ := new(big.Rat).SetString(text)
		for _, bits := range []uint{20, 53, 200, 1100} {
			if text == "1e80" && bits != 200 {
				continue // the comparison with a number near 0 takes a second
			}
			value, err := solver.At(ctx, at, bits)
			if err != nil {
				t.Errorf("at %s: %v", text, err)
				continue
			}
			precision := bits + 1100
			rate := ball.New(precision).SetRat(new(big.Rat).Mul(at, big.NewRat(-2, 3)))
			decay := ball.New(precision)
			if decay.Exp(rate); !decay.IsFinite() { // below every number in range
				decay.SetInterval(new(big.Float), big.NewFloat(1e-300))
			}
			exact := ball.New(precision).SetInt64(2)
			exact.Quo(exact, decay.AddInt64(decay, 1))
			if !value.Y.Overlaps(exact) || !value.LogY.Overlaps(ball.New(precision).Log(exact)) || value.LogY.RelativeAccuracyBits() < int(bits) {
				t.Errorf("at %s, %d bits: %.40g, want %.40g", text, bits, value.Y.Mid(), exact.Mid())
			}
			checks++
		}
	}
	if checks != 29 {
		t.Fatalf("%d checks", checks)
	}
}

// TestTimeInvertsAt: the time at which log y passes the enclosed value is T.
func TestTimeInvertsAt(t *testing.T) {
	ctx := context.Background()
	for _, l := range lists[:4] {
		solver, err := New(ctx, l.problem())
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []*big.Rat{big.NewRat(1, 1000), big.NewRat(3, 7), big.NewRat(4, 1)} {
			value, err := solver.At(ctx, at, 200)
			if err != nil {
				t.Fatal(err)
			}
			passed, err := solver.timeOf(func(uint) *ball.Ball { return value.LogY }, 150)
			if err != nil || !passed.Contains(at) {
				t.Errorf("%s: %v passed at %v (%v)", l.name, at, passed.Mid(), err)
			}
			behind := func(uint) *ball.Ball { return ball.New(64).Neg(value.LogY) }
			if _, err := solver.timeOf(behind, 50); !errors.Is(err, ErrEnd) {
				t.Errorf("%s: a level behind the start: %v", l.name, err)
			}
		}
	}
	solver, err := New(ctx, lists[0].problem())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := solver.timeOf(constant(1), 50); !errors.Is(err, ErrEnd) { // log y < log 2
		t.Errorf("a level beyond the limit: %v", err)
	}
}

// TestMistakesAreCaught: each formula damaged on purpose makes t(y) miss the
// time at which the exact solution is at y.
func TestMistakesAreCaught(t *testing.T) {
	ctx := context.Background()
	l := list{"all kinds of terms", -1, 2, [][]int64{{5, 2, 1}, {-4, 1}, {3, 1}}, []int{2, 1, 2}, []int64{7, 1, 0, 2, 0, 0, 0, 0, 0, 0, 1}}
	at := big.NewRat(5, 2)
	e, err := ode.Enclose(ctx, l.system(), []*ode.Expr{ode.Integer(1)}, ode.Request{Times: []*big.Rat{at}, Digits: 30}, ode.FlowSettings{})
	if err != nil {
		t.Fatal(err)
	}
	one := ball.New(64).SetInt64(1)
	x := point{distance: ball.New(200).Sub(e.Values[0][0], one)}
	passes := func(damage func(f *fractions)) bool {
		solver, err := New(ctx, l.problem())
		if err != nil {
			t.Fatal(err)
		}
		if err := solver.load(200); err != nil {
			t.Fatal(err)
		}
		f, err := solver.fractionsAt(200)
		if err != nil {
			t.Fatal(err)
		}
		damage(f)
		return f.time(x).Overlaps(solver.kappa(at, 200))
	}
	if !passes(func(*fractions) {}) {
		t.Fatal("the undamaged formula fails")
	}
	zero := func() *complexBall { return newComplex(nil, 64) }
	damages := map[string]func(f *fractions){
		"polynomial part dropped":  func(f *fractions) { f.polynomial = nil },
		"a coefficient shifted":    func(f *fractions) { f.polynomial = f.polynomial[1:] },
		"logarithm at 0 dropped":   func(f *fractions) { f.origin[0].SetInt64(0) },
		"power of 1/y dropped":     func(f *fractions) { f.origin[1].SetInt64(0) },
		"power of 1/y turned over": func(f *fractions) { f.origin[1].Neg(f.origin[1]) },
	}
	for i, name := range []string{"pair", "limit", "negative root"} {
		damages[name+": residue dropped"] = func(f *fractions) { f.poles[i].principal[0] = zero() }
		damages[name+": wrong sign of the logarithm"] = func(f *fractions) {
			f.poles[i].principal[0].re.Neg(f.poles[i].principal[0].re)
			f.poles[i].principal[0].im.Neg(f.poles[i].principal[0].im)
		}
		damages[name+": pole left out"] = func(f *fractions) { f.poles = append(f.poles[:i:i], f.poles[i+1:]...) }
	}
	for _, i := range []int{0, 2} {
		damages[[]string{"pair", "", "negative root"}[i]+": second power dropped"] = func(f *fractions) { f.poles[i].principal[1] = zero() }
	}
	damages["pair: conjugate forgotten"] = func(f *fractions) { f.poles[0].real = true }
	damages["pair: the wrong half plane"] = func(f *fractions) { f.poles[0].principal[0].im.Neg(f.poles[0].principal[0].im) }
	for name, damage := range damages {
		if passes(damage) {
			t.Errorf("%s: not caught", name)
		}
	}
	if len(damages) != 18 {
		t.Fatalf("%d mistakes", len(damages))
	}
}

// TestNoFalseProof: an interval that misses the solution is refused by
// Newton's method, however little it misses.
func TestNoFalseProof(t *testing.T) {
	ctx := context.Background()
	solver, err := New(ctx, lists[1].problem())
	if err != nil {
		t.Fatal(err)
	}
	at := big.NewRat(1, 2)
	value, err := solver.At(ctx, at, 400)
	if err != nil {
		t.Fatal(err)
	}
	distance := ball.New(400).Sub(value.Y, ball.New(64).SetInt64(1))
	if _, err := solver.newton(at, point{distance: ball.New(400).Midpoint(distance)}, 100, 300); err != nil {
		t.Errorf("the solution itself: %v", err)
	}
	for _, off := range []int{-40, -90, -98} {
		shifted := ball.New(400).MulPow2(distance, off)
		shifted.Add(distance, shifted)
		if x, err := solver.newton(at, point{distance: ball.New(400).Midpoint(shifted)}, 100, 300); err == nil {
			t.Errorf("2^%d beside the solution: %v is proved", off, x.distance.Mid())
		}
	}
}

func TestProblemsThatFail(t *testing.T) {
	ctx := context.Background()
	for name, l := range map[string]list{
		"start at a root":         {"", 1, 1, [][]int64{{1, -1}}, []int{1}, []int64{1}},
		"a root that is double":   {"", 1, 1, [][]int64{{9, -6, 1}}, []int{1}, []int64{1}},
		"a negative denominator":  {"", 1, 1, nil, nil, []int64{1, -1}},
		"a zero denominator":      {"", 1, 1, nil, nil, []int64{0}},
		"a zero constant":         {"", 0, 1, nil, nil, []int64{1}},
		"a negative power":        {"", 1, -1, nil, nil, []int64{1}},
		"a multiplicity of 0":     {"", 1, 1, [][]int64{{2, 1}}, []int{0}, []int64{1}},
		"a leading coefficient 0": {"", 1, 1, [][]int64{{2, 1, 0}}, []int{1}, []int64{1}},
	} {
		if _, err := New(ctx, l.problem()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// y' = y²/3 ends at t = 3.
	solver, err := New(ctx, list{"", 1, 2, nil, nil, []int64{1}}.problem())
	if err != nil {
		t.Fatal(err)
	}
	value, err := solver.At(ctx, big.NewRat(3, 2), 100)
	if err != nil || !value.Y.Contains(big.NewRat(2, 1)) {
		t.Errorf("y(3/2): %v", err)
	}
	for _, at := range []*big.Rat{big.NewRat(3, 1), big.NewRat(4, 1)} {
		if _, err := solver.At(ctx, at, 100); err == nil {
			t.Errorf("y(%v) of a solution that ends before", at)
		}
	}
}

// timeOf encloses the time at which the solution reaches y, given as the ball of
// log y ≠ 0 that lies between 0 and the limit; it fails where that is not
// proved.
//
//	T = t(y)
//
// Encloses the exact value for every point of the input.
func (s *Solver) timeOf(logY func(precision uint) *ball.Ball, bits uint) (*ball.Ball, error) {
	for precision := bits + 64; precision <= maxPrecision; precision *= 2 {
		if precision > s.precision {
			if err := s.load(precision); err != nil {
				return nil, err
			}
		}
		f, err := s.fractionsAt(precision)
		if err != nil {
			return nil, err
		}
		level := logY(precision)
		if sign, ok := level.Sign(); ok && sign != s.direction {
			return nil, fmt.Errorf("%w: the level lies behind the start", ErrEnd)
		}
		// y − 1 relative to its size
		d := ball.New(precision).Expm1(level)
		d.Abs(d)
		x := point{distance: d}
		if f.limit != nil {
			gap := ball.New(precision).Sub(f.length, d)
			if sign, ok := gap.Sign(); ok && sign < 0 {
				return nil, fmt.Errorf("%w: the level lies beyond the limit", ErrEnd)
			}
		}
		time := f.time(x)
		time.Quo(time, ball.New(precision).SetRat(s.problem.Rate))
		if time.IsFinite() && time.RelativeAccuracyBits() >= int(bits) {
			return time, nil
		}
	}
	return nil, ErrPrecision
}
