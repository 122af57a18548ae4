// A program of its own that uses muflow's public packages: Theorem 1 on a graph,
// a flow to 50 digits, and a differential equation that muflow does not know.
package main

import (
	"context"
	"fmt"
	"log"
	"math/big"

	"muflow/graph"
	"muflow/ode"
	"muflow/prove"
	"muflow/theory"
	"muflow/theory/cert"
)

func main() {
	if err := theorem(); err != nil {
		log.Fatal(err)
	}
	if err := regression(); err != nil {
		log.Fatal(err)
	}
}

func theorem() error {
	g, err := graph.New(6, [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {1, 4}})
	if err != nil {
		return err
	}
	in := graph.Instance{Graph: g, Root: 0, Target: 4, Other: 5, Path: []int{0, 1, 4}}
	step, err := in.Step(1)
	if err != nil {
		return err
	}
	ctx, p, one := context.Background(), theory.ProfileOf(step), big.NewRat(1, 1)
	results, err := prove.Theorem1(ctx, p, one, 20)
	if err != nil {
		return err
	}
	for _, r := range results {
		if r.Verdict == theory.NotApplicable {
			continue
		}
		text, err := cert.Encode(*r.Certificate)
		if err != nil {
			return err
		}
		if _, err := cert.Check(text); err != nil {
			return err
		}
		fmt.Println(r.Claim, r.Verdict, "and checked again")
	}
	flow, err := prove.FlowOf(ctx, p, prove.FlowRequest{Loss: theory.Coconut, Alpha: one, Times: []*big.Rat{big.NewRat(10, 1)}, Digits: 50})
	if err != nil {
		return err
	}
	fmt.Println("μ(10) in", flow.Mu[0].Lo, flow.Mu[0].Hi)
	return nil
}

// regression encloses softmax regression in two unknowns: θ' = φ_p − Σ_v φ_v e^⟨θ,φ_v⟩/Σ_v e^⟨θ,φ_v⟩
// from (0, 0) at t = 5, and its minimiser. φ_p = (1, 1) lies inside the hull of the others.
func regression() error {
	features := [][2]int64{{1, 1}, {0, 0}, {3, 1}, {0, 3}}
	sum, first, second := ode.Integer(0), ode.Integer(0), ode.Integer(0)
	for _, f := range features {
		weight := ode.State(0).Scale(big.NewRat(f[0], 1)).Add(ode.State(1).Scale(big.NewRat(f[1], 1))).Exp()
		sum = sum.Add(weight)
		first = first.Add(weight.Scale(big.NewRat(f[0], 1)))
		second = second.Add(weight.Scale(big.NewRat(f[1], 1)))
	}
	slope := []*ode.Expr{ode.Integer(features[0][0]).Sub(first.Quo(sum)), ode.Integer(features[0][1]).Sub(second.Quo(sum))}
	system := &ode.System{Dimension: 2, RightHandSide: slope}
	start := []*ode.Expr{ode.Integer(0), ode.Integer(0)}
	ctx := context.Background()

	enclosure, err := ode.Enclose(ctx, system, start, ode.Request{Times: []*big.Rat{big.NewRat(5, 1)}, Digits: 20}, ode.FlowSettings{})
	if err != nil {
		return err
	}
	for i, x := range enclosure.Values[0] {
		low, high := x.Decimal(20)
		fmt.Printf("θ_%d(5) in [%s, %s]\n", i, low, high)
	}
	zero, err := ode.EncloseZero(ctx, slope, []*big.Float{big.NewFloat(0), big.NewFloat(0)}, 20)
	if err != nil {
		return err
	}
	for i, x := range zero {
		low, high := x.Decimal(20)
		fmt.Printf("θ_%d* in [%s, %s]\n", i, low, high)
	}
	return nil
}
