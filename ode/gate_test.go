package ode

import (
	"context"
	"errors"
	"math"
	"math/big"
	"muflow/internal/long"
	"muflow/ode/ball"
	"testing"
)

// TestNoValuePastTheEnd: solutions that end, in closed form, at a time before
// the one asked for. The path stops there, says why, and is right before.
func TestNoValuePastTheEnd(t *testing.T) {
	quick := map[string]bool{"-exp(log(y)/2)": true, "-1/y": true, "y^2": true} // the rest with -long
	y, one := State(0), Integer(1)
	half := Rational(big.NewRat(1, 2))
	for name, c := range map[string]struct {
		f, start *Expr
		until    int64
		end      float64
		value    func(t float64) float64
	}{
		"-sqrt(y)":        {y.Sqrt().Neg(), one, 3, 2, func(t float64) float64 { return (1 - t/2) * (1 - t/2) }},
		"-sqrt(y) from ⅔": {y.Sqrt().Neg(), Rational(big.NewRat(2, 3)), 3, 2 * math.Sqrt(2.0/3), func(t float64) float64 { return math.Pow(math.Sqrt(2.0/3)-t/2, 2) }},
		"-y/sqrt(y^2)":    {y.Neg().Quo(y.Mul(y).Sqrt()), one, 3, 1, func(t float64) float64 { return 1 - t }},
		"-y^(3/4)":        {y.Sqrt().Mul(y.Sqrt().Sqrt()).Neg(), one, 5, 4, func(t float64) float64 { return math.Pow(1-t/4, 4) }},
		"-exp(log(y)/2)":  {y.Log().Scale(big.NewRat(1, 2)).Exp().Neg(), one, 3, 2, func(t float64) float64 { return (1 - t/2) * (1 - t/2) }},
		"-1/sqrt(y)":      {y.Sqrt().Power(-1).Neg(), one, 3, 2.0 / 3, func(t float64) float64 { return math.Pow(1-1.5*t, 2.0/3) }},
		"-1/y":            {y.Power(-1).Neg(), one, 3, 0.5, func(t float64) float64 { return math.Sqrt(1 - 2*t) }},
		"1/log(y) from ½": {y.Log().Power(-1), half, 3, (1 + math.Ln2) / 2, nil},
		"y^2":             {y.Mul(y), one, 3, 1, func(t float64) float64 { return 1 / (1 - t) }},
	} {
		if !*long.Tests && !quick[name] {
			continue
		}
		system := &System{1, []*Expr{c.f}}
		for _, digits := range []int{30} {
			solution, err := Solve(context.Background(), system, []*Expr{c.start}, Request{Times: []*big.Rat{big.NewRat(c.until, 1)}, Digits: digits})
			var stop *StopError
			if !errors.As(err, &stop) || solution.Values != nil {
				t.Errorf("%s: %v at %d digits, expected to stop at %.4f", name, err, digits, c.end)
				continue
			}
			path := solution.Path
			if end, _ := path.Until().Float64(); math.Abs(end-c.end) > 1e-12 {
				t.Errorf("%s: stopped at %.15g, expected %.15g: %v", name, end, c.end, err)
			}
			if c.value == nil {
				continue
			}
			for _, part := range []int64{1, 50, 90, 99} {
				at := new(big.Rat).Mul(path.Until(), big.NewRat(part, 100))
				got, err := path.At(at)
				if err != nil {
					t.Fatal(err)
				}
				time, _ := at.Float64()
				if v, _ := got[0].Float64(); math.Abs(v-c.value(time)) > 1e-10*math.Abs(v) {
					t.Errorf("%s: %.15g at %.6f, expected %.15g", name, v, time, c.value(time))
				}
			}
		}
		for _, quickly := range []bool{false, true} {
			path, err := integrate(context.Background(), system, []*Expr{c.start}, big.NewRat(c.until, 1), Settings{}, quickly)
			if end, _ := path.Until().Float64(); err == nil || math.Abs(end-c.end) > 1e-12 {
				t.Errorf("%s: a path to %.15g, expected %.15g: %v", name, end, c.end, err)
			}
		}
		pipe, err := Propagate(context.Background(), system, mustConstants(t, c.start), big.NewRat(c.until, 1), FlowSettings{})
		if end, _ := pipe.Until().Float64(); err == nil || end > c.end*(1+1e-14) || end < 0.999*c.end {
			t.Errorf("%s: a flowpipe to %.15g, expected at most %.15g: %v", name, end, c.end, err)
		}
	}
}

// TestStepsThatFoolTheCoefficients: the first coefficients show nothing of what
// comes: a power of time beyond the order, and a root that dips to 0 within a
// step and comes back.
func TestStepsThatFoolTheCoefficients(t *testing.T) {
	x, one := State(0), Integer(1)
	for _, quickly := range []bool{false, true} {
		// x = t, y' = x^100: y = 1 + t^101/101
		system := &System{2, []*Expr{one, x.Power(100)}}
		path, err := integrate(context.Background(), system, []*Expr{Integer(0), one}, big.NewRat(1, 1), Settings{}, quickly)
		if err != nil {
			t.Fatal(err)
		}
		end, err := path.At(big.NewRat(1, 1))
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := end[1].Float64(); math.Abs(v-(1+1.0/101)) > 1e-15 {
			t.Errorf("∫x^100 is %.17g after %d steps, expected %.17g", v, path.Steps(), 1+1.0/101)
		}
		// y' = √((x−1/3)²·(x−2/5)²) = |(x − 1/3)(x − 2/5)|, whose polynomial does not
		// bend: it may stop at a bend, or pass it in a short step.
		a, b := x.Sub(Rational(big.NewRat(1, 3))), x.Sub(Rational(big.NewRat(2, 5)))
		system = &System{2, []*Expr{one, a.Mul(b).Power(2).Sqrt()}}
		path, err = integrate(context.Background(), system, []*Expr{Integer(0), one}, big.NewRat(1, 1), Settings{}, quickly)
		until, _ := path.Until().Float64()
		last, atErr := path.At(path.Until())
		if atErr != nil {
			t.Fatal(atErr)
		}
		integral := func(x float64) float64 { return x*x*x/3 - 11.0/30*x*x + 2.0/15*x }
		expected := 1 + integral(until)
		if until > 1.0/3 {
			expected -= 2 * (integral(min(until, 0.4)) - integral(1.0/3))
		}
		if v, _ := last[1].Float64(); math.Abs(v-expected) > 1e-14 {
			t.Errorf("%.17g at %.15g, expected %.17g: %v", v, until, expected, err)
		}
	}
}

// TestMissingReason: an end so far away that no step is tried has a reason.
func TestMissingReason(t *testing.T) {
	system := &System{1, []*Expr{Integer(1).Sub(State(0))}}
	far, _ := new(big.Rat).SetString("1e300")
	_, err := Propagate(context.Background(), system, mustConstants(t, Integer(0)), far, FlowSettings{})
	if !errors.Is(err, errShort) || !errors.Is(err, ErrStepUnderflow) {
		t.Errorf("flowpipe: %v", err)
	}
	_, err = Integrate(context.Background(), system, []*Expr{Integer(0)}, far, Settings{})
	if !errors.Is(err, errShort) || !errors.Is(err, ErrStepUnderflow) {
		t.Errorf("path: %v", err)
	}
}

func mustConstants(t *testing.T, exprs ...*Expr) []*ball.Ball {
	t.Helper()
	out, err := constants(exprs, 100)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
