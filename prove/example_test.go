package prove_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/ode"
	"muflow/prove"
	"muflow/theory"
)

var one = big.NewRat(1, 1)

// twoSources is the profile of a step with d_min = 0 < d* = 1 < d_max = 2,
// for which R = (1+e) − y² and so μ* = log(1+e)/(2s).
func twoSources() *theory.Profile {
	g, err := graph.New(6, [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {1, 4}})
	if err != nil {
		panic(err)
	}
	in := graph.Instance{Graph: g, Root: 0, Target: 4, Other: 5, Path: []int{0, 1, 4}}
	step, err := in.Step(1)
	if err != nil {
		panic(err)
	}
	return theory.ProfileOf(step)
}

// Every claim of Theorem 1 on one graph, each with a certificate that a separate
// checker has accepted.
func ExampleTheorem1() {
	results, err := prove.Theorem1(context.Background(), twoSources(), one, 6)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range results {
		fmt.Println(r.Claim, r.Verdict, r.Certificate != nil)
	}
	// Output:
	// T1a proved true
	// T1a-lower proved true
	// T1a-upper proved true
	// T1a-still not-applicable false
	// T1b proved true
	// T1b-positive proved true
	// T1b-negative not-applicable false
	// T1b-rate proved true
	// T1b-ceiling proved true
	// T1b-ceiling-sharp proved true
	// T1b-still not-applicable false
	// T1b-diverges not-applicable false
	// T1b-diverges-lower not-applicable false
	// T1b-diverges-upper not-applicable false
	// T1a-steps proved true
	// T1b-steps proved true
	// T1b-steps-unstable proved true
	// T1b-diverges-steps not-applicable false
}

// The logit at two times, to 50 digits, both ends proved.
func ExampleFlowOf() {
	flow, err := prove.FlowOf(context.Background(), twoSources(), prove.FlowRequest{
		Loss: theory.Coconut, Alpha: one, Times: []*big.Rat{one, big.NewRat(10, 1)}, Digits: 50})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, mu := range flow.Mu {
		fmt.Println(mu.Lo, mu.Evidence)
	}
	// Output:
	// 0.020311711741664135282048198803276667506756432508535808 enclosure
	// 0.18373040822335493007258447547063725933479516060273918 enclosure
}

// Where it ends, and how fast it gets there.
func ExampleEquilibriumOf() {
	equilibrium, err := prove.EquilibriumOf(context.Background(), twoSources(), one, 30)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(equilibrium.Limit)
	fmt.Println("μ* in", prove.Enclose(equilibrium.Mu, 30).Lo, prove.Enclose(equilibrium.Mu, 30).Hi)
	// Output:
	// finite
	// μ* in 0.885877149459722447590553276671297 0.885877149459722447590553276671298
}

// The same equation by the general integrator of package ode, which knows no
// closed form, and a failure that one can test for.
func ExampleRationalSystem() {
	family, err := twoSources().Family(theory.Coconut, one)
	if err != nil {
		fmt.Println(err)
		return
	}
	flow, err := family.Rational()
	if err != nil {
		fmt.Println(err)
		return
	}
	system, start, mu := prove.RationalSystem(flow)
	request := ode.Request{Times: []*big.Rat{big.NewRat(10, 1)}, Observables: []*ode.Expr{mu}, Digits: 30}
	enclosure, err := ode.Enclose(context.Background(), system, start, request, ode.FlowSettings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(prove.Enclose(enclosure.Values[0][0], 30).Lo)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = ode.Enclose(ctx, system, start, request, ode.FlowSettings{})
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// 0.183730408223354930072584475470637
	// true
}
