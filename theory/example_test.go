package theory_test

import (
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/theory"
)

// twoSources is a graph whose step 1 has one vertex that both children of the
// root point to, and the demonstrated one, that one of them does.
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

// What the reduced flow sees of a graph.
func ExampleProfileOf() {
	p := twoSources()
	fmt.Println("n =", p.N, "K =", p.K, "d* =", p.TargetDegree, "d_min =", p.MinDegree(), "d_max =", p.MaxDegree(), "n_out =", p.Outside())
	for _, w := range p.Weights() {
		fmt.Printf("W_%d = %d + %de\n", w.Degree, w.Out, w.In)
	}
	// Output:
	// n = 6 K = 3 d* = 1 d_min = 0 d_max = 2 n_out = 1
	// W_0 = 1 + 1e
	// W_1 = 1 + 2e
	// W_2 = 1 + 0e
}

// Theorem 1(b) by integers, for every readout gain at once.
func ExampleProfile_Certify() {
	p := twoSources()
	fmt.Println(p.Certify(theory.Coconut).Limit(), p.Certify(theory.CoconutBFS).Limit())
	fmt.Println("R(1) =", p.Start())
	// Output:
	// finite plus-infinity
	// R(1) = 0+1e
}

// The flow without an exponential in it: y' = κ y R(y)/Q(y).
func ExampleFamily_Rational() {
	family, err := twoSources().Family(theory.Coconut, big.NewRat(1, 1))
	if err != nil {
		fmt.Println(err)
		return
	}
	flow, err := family.Rational()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("κ =", flow.Kappa.RatString())
	fmt.Println("R =", flow.Numerator)
	fmt.Println("Q =", flow.Denominator)
	// Output:
	// κ = 1/18
	// R = −y^2 + (e + 1)
	// Q = y^2 + (2e + 1)y + (e + 1)
}

// A bounded, positive logit keeps the weights of a superposition comparable.
func ExampleProfile_Spread() {
	p := twoSources()
	for _, mu := range []int64{1, 10} {
		fmt.Println(p.Spread(big.NewRat(mu, 1)).RatString(), "at most", p.SpreadBound(big.NewRat(mu, 1)).RatString())
	}
	// Output:
	// 2 at most 3
	// 20 at most 21
}
