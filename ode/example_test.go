package ode_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
)

// logistic is y' = y(1 − y) from 1/10, with y = 1/(1 + 9e^{−t}).
func logistic() (*ode.System, []*ode.Expr) {
	y := ode.State(0)
	system := &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{y.Mul(ode.Integer(1).Sub(y))}}
	return system, []*ode.Expr{ode.Rational(big.NewRat(1, 10))}
}

// The logistic equation to 50 digits, proved.
func ExampleEnclose() {
	system, start := logistic()
	request := ode.Request{Times: []*big.Rat{big.NewRat(2, 1)}, Digits: 50}
	e, err := ode.Enclose(context.Background(), system, start, request, ode.FlowSettings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	low, high := e.Values[0][0].Decimal(50)
	fmt.Println(low)
	fmt.Println(high)
	// Output:
	// 0.45085306037928382250759889608776261027826694018716
	// 0.45085306037928382250759889608776261027826694018717
}

// An equation of one's own in two unknowns: softmax regression, the gradient
// flow of log(1 + e^{−x} + e^{y−x}), with a value of both at t = 1 and t = 10.
func ExampleEnclose_softmax() {
	x, y := ode.State(0), ode.State(1)
	a, b := x.Neg().Exp(), y.Sub(x).Exp()
	all := ode.Integer(1).Add(a).Add(b)
	system := &ode.System{Dimension: 2, RightHandSide: []*ode.Expr{a.Add(b).Quo(all), b.Quo(all).Neg()}}
	start := []*ode.Expr{ode.Integer(0), ode.Integer(0)}
	request := ode.Request{Times: []*big.Rat{big.NewRat(1, 1), big.NewRat(10, 1)}, Digits: 12}
	e, err := ode.Enclose(context.Background(), system, start, request, ode.FlowSettings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, values := range e.Values {
		fmt.Println(values[0].Decimal(12))
		fmt.Println(values[1].Decimal(12))
	}
	// Output:
	// 0.578690751603 0.578690751604
	// -0.269448520391 -0.26944852039
	// 2.50778807317 2.50778807318
	// -0.942191164489 -0.942191164488
}

// Without a proof, but with two runs that have to agree.
func ExampleSolve() {
	system, start := logistic()
	s, err := ode.Solve(context.Background(), system, start, ode.Request{Times: []*big.Rat{big.NewRat(2, 1)}, Digits: 15})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Values[0][0].Decimal(15))
	// Output:
	// 0.450853060379283 0.450853060379284
}

// pipe is the flow of logistic up to t = 5.
func pipe() *ode.Flowpipe {
	system, start := logistic()
	first, err := ode.Evaluate(start[0], nil, 128)
	if err != nil {
		panic(err)
	}
	p, err := ode.Propagate(context.Background(), system, []*ball.Ball{first}, big.NewRat(5, 1), ode.FlowSettings{Settings: ode.Settings{Digits: 20}})
	if err != nil {
		panic(err)
	}
	return p
}

// The time at which the solution passes one half, log 9.
func ExampleFlowpipe_Event() {
	t, err := pipe().Event(context.Background(), ode.State(0), big.NewRat(1, 2), 12)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.Decimal(12))
	_, err = pipe().Event(context.Background(), ode.State(0), big.NewRat(2, 1), 12)
	fmt.Println(errors.Is(err, ode.ErrNoEvent))
	// Output:
	// 2.19722457733 2.19722457734
	// true
}

// Bounds that hold at all times between two.
func ExampleFlowpipe_Over() {
	box, err := pipe().Over(big.NewRat(1, 1), big.NewRat(2, 1))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(box[0].Decimal(2))
	// Output:
	// 0.23 0.46
}

// A number computed from the solution, here its speed at t = 1.
func ExampleFlowpipe_Observe() {
	y := ode.State(0)
	speed, err := pipe().Observe(y.Mul(ode.Integer(1).Sub(y)), big.NewRat(1, 1))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(speed.Decimal(15))
	// Output:
	// 0.178159552801197 0.178159552801198
}

// The same event on an approximate path.
func ExamplePath_Event() {
	system, start := logistic()
	path, err := ode.Integrate(context.Background(), system, start, big.NewRat(5, 1), ode.Settings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := path.Event(context.Background(), ode.State(0), big.NewRat(1, 2))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.Text('g', 14))
	// Output:
	// 2.1972245773362
}

// Two equations in two unknowns: x² + y² = 4 and e^x = y.
func ExampleEncloseZero() {
	x, y := ode.State(0), ode.State(1)
	circle := x.Power(2).Add(y.Power(2)).Sub(ode.Integer(4))
	zero, err := ode.EncloseZero(context.Background(), []*ode.Expr{circle, x.Exp().Sub(y)}, []*big.Float{big.NewFloat(0.5), big.NewFloat(2)}, 30)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(circle)
	fmt.Println(zero[0].Decimal(30))
	fmt.Println(zero[1].Decimal(30))
	// Output:
	// ((x0^2 + x1^2) - 4)
	// 0.639263074808418896003896803302 0.639263074808418896003896803303
	// 1.89508382959342614571907402552 1.89508382959342614571907402553
}

// A solution that leaves the real line at t = 1 is followed as far as it goes.
func ExampleStopError() {
	y := ode.State(0)
	system := &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{y.Power(2)}}
	path, err := ode.Integrate(context.Background(), system, []*ode.Expr{ode.Integer(1)}, big.NewRat(2, 1), ode.Settings{})
	end, _ := path.Until().Float64()
	fmt.Printf("%v, up to %.6f\n", errors.Is(err, ode.ErrStepUnderflow), end)
	_, err = ode.Evaluate(ode.Integer(-1).Log(), nil, 64)
	fmt.Println(errors.Is(err, ode.ErrDomain))
	// Output:
	// true, up to 1.000000
	// true
}
