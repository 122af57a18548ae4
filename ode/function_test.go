package ode

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"testing"
)

// TestFlowsOfFurtherFunctions encloses flows with the functions that steps in
// fixed point do not know, and compares with closed forms, by mpmath 1.3.0 with
// 60 digits: 2·atan(tanh(t/2)), 2·atan(tan(1/2)·e^t), asinh(e^t·sinh(1)),
// 2e^t − 1, but for atan, which is by its odefun with 40 digits.
func TestFlowsOfFurtherFunctions(t *testing.T) {
	x := State(0)
	for _, c := range []struct {
		f     *Expr
		start int64
		value string
	}{
		{x.Cos(), 0, "1.3017603360460150998761562633657112885560779707189"},
		{x.Sin(), 1, "2.6559113476838988750414194207130423003982518193621"},
		{x.Tanh(), 1, "2.85788558759428435851613129991"},
		{x.Atan().Add(Integer(2)), 0, "6.1298618129903043237467311970037"},
		{Integer(-1).Sub(x).Abs(), 1, "13.77811219786130045446085492115001562636"},
	} {
		value, _ := new(big.Rat).SetString(c.value)
		request := Request{Times: []*big.Rat{big.NewRat(2, 1)}, Digits: 15}
		start := []*Expr{Integer(c.start)}
		solution, err := Solve(context.Background(), &System{1, []*Expr{c.f}}, start, request)
		if err != nil {
			t.Errorf("%v: %v", c.f, err)
			continue
		}
		got, _ := solution.Values[0][0].Value.Rat(nil)
		if d, _ := got.Sub(got, value).Float64(); d > 1e-14 || d < -1e-14 {
			t.Errorf("%v: off by %g", c.f, d)
		}
		enclosure, err := Enclose(context.Background(), &System{1, []*Expr{c.f}}, start, request, FlowSettings{})
		if err != nil {
			t.Errorf("%v: %v", c.f, err)
			continue
		}
		z := enclosure.Values[0][0]
		z.AddError(big.NewFloat(1e-19))
		if !z.Contains(value) {
			t.Errorf("%v: %v, want %s", c.f, z, c.value)
		}
	}
}

// TestAbsoluteValueStops: x' = |x − 1| + 1 from 0 is at 1 at log 2, where a flow
// stops and says why.
func TestAbsoluteValueStops(t *testing.T) {
	system := &System{1, []*Expr{State(0).Sub(Integer(1)).Abs().Add(Integer(1))}}
	request := Request{Times: []*big.Rat{big.NewRat(3, 1)}, Digits: 10}
	_, solved := Solve(context.Background(), system, []*Expr{Integer(0)}, request)
	_, enclosed := Enclose(context.Background(), system, []*Expr{Integer(0)}, request, FlowSettings{})
	for _, err := range []error{solved, enclosed} {
		if !errors.Is(err, errAbs) || !strings.Contains(err.Error(), "t = 0.693147") {
			t.Errorf("%v, want %v at 0.693147", err, errAbs)
		}
	}
}

// TestDerivativesAgreeWithJets: along x' = 1 the coefficient of t is the
// derivative.
func TestDerivativesAgreeWithJets(t *testing.T) {
	x, y := State(0), State(1)
	inner := x.Mul(x).Add(y).Add(Integer(1))
	at := []*big.Rat{big.NewRat(2, 3), big.NewRat(1, 5)}
	checks := 0
	for _, f := range []*Expr{
		inner.Exp(), inner.Log(), inner.Sqrt(), inner.Sin(), inner.Cos(), inner.Tanh(), inner.Atan(), inner.Neg().Abs(),
		inner.Power(-3), inner.Power(0), x.Quo(inner), inner.Quo(x), inner.Sub(x).Mul(x.Exp()), y.Exp(), Integer(3).Quo(x.Sub(y)),
	} {
		program, err := (&System{2, []*Expr{Integer(1), Integer(0)}}).compile(f, f.Derivative(0))
		if err != nil {
			t.Fatal(err)
		}
		field := newBalls()
		j := newJet(program, field, 1, uniform(200))
		for i, q := range at {
			j.states[i][0].SetRat(q)
		}
		j.evaluate()
		j.states[0][1].SetInt64(1)
		j.level(1)
		if err := field.failure(); err != nil {
			t.Fatal(err)
		}
		slope, ok := j.output(2, 1)
		derivative, _ := j.output(3, 0)
		if !ok {
			if !derivative.IsZero() {
				t.Errorf("%v is constant, its derivative %v", f, derivative)
			}
			continue
		}
		if !slope.Overlaps(derivative) || derivative.RelativeAccuracyBits() < 150 && !derivative.IsZero() {
			t.Errorf("%v: %v and %v", f, slope, derivative)
		}
		checks++
	}
	if checks < 13 {
		t.Fatalf("%d checks ran", checks)
	}
}

func TestSubstitute(t *testing.T) {
	x, y := State(0), State(1)
	shared := x.Add(y)
	f := shared.Mul(shared).Power(2)
	z := f.Substitute([]*Expr{Integer(2)})
	if got := z.String(); got != "((2 + x1)*(2 + x1))^2" {
		t.Fatal(got)
	}
	if product := z.Operands()[0]; product.Operands()[0] != product.Operands()[1] {
		t.Fatal("a shared subexpression is no longer shared")
	}
	if y.Substitute([]*Expr{Integer(2)}) != y {
		t.Fatal("an unknown without a value was replaced")
	}
}
