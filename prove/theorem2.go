package prove

import (
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/theory"
)

// Theorem2 decides the claims of Theorem 2 on one instance at ascending steps:
// T2 and T2-length, with the spread of the weights at the given logit.
// arXiv 2509.23365, Theorem 2; theory.md section 4.
func Theorem2(in *graph.Instance, steps []int, logit *big.Rat, digits int) ([]Result, error) {
	var out []Result
	lengths, err := lengthClaims(in, steps)
	if err != nil {
		return nil, err
	}
	for i, step := range steps {
		s, err := in.Step(step)
		if err != nil {
			return nil, err
		}
		profile := theory.ProfileOf(s)
		r := Result{Claim: "T2", Where: Where{Step: step}, Verdict: theory.Proved, Values: map[string]Number{
			"spread": Exact(profile.Spread(logit), digits), "spread_bound": Exact(profile.SpreadBound(logit), digits)}}
		above, below := profile.Collapses()
		r.Reason = fmt.Sprintf("coefficients of β_v in μ and λ: %d of %d vertices have one, those of N_{c+1}; max β/min β at μ = %s in values, it %s as μ → ∞ and %s as μ → 0",
			profile.N-profile.Outside(), profile.N, logit.RatString(), fate(above), fate(below))
		if v, differ := difference(theory.ExpansionSupport(in.Graph, s.Set()), s.Next()); differ {
			r.Verdict, r.Values = theory.Refuted, nil
			r.Reason = fmt.Sprintf("vertex %d is in the support or in N_{c+1}, and not in both", v)
		}
		out = append(out, r, lengths[i])
	}
	return out, nil
}

// lengthClaims decides T2-length at ascending steps c: for every number of
// thoughts up to c+1, the vertices that hold a walk of at most so many edges
// are those within so many hops.
func lengthClaims(in *graph.Instance, steps []int) ([]Result, error) {
	if in.Root < 0 || in.Root >= in.Graph.Order() {
		return nil, fmt.Errorf("root %d does not exist", in.Root)
	}
	hops := in.Graph.Distances(in.Root)
	walks := theory.OneWalk(in.Graph, in.Root)
	held, within := make([]bool, len(hops)), make([]bool, len(hops))
	witness := ""
	var out []Result
	for c := 0; len(out) < len(steps); c++ {
		for v, n := range walks {
			held[v] = held[v] || n.Sign() > 0
			within[v] = within[v] || hops[v] == c
		}
		if v, differ := difference(held, within); differ && witness == "" {
			witness = fmt.Sprintf("vertex %d holds weight after %d thoughts, or lies within as many hops, and not both", v, c)
		}
		if c == steps[len(out)]+1 {
			r := Result{Claim: "T2-length", Where: Where{Step: c - 1}, Verdict: theory.Proved}
			r.Reason = fmt.Sprintf("the weight Σ_j e_j(μ_1…μ_c)·#walks_j has a positive coefficient exactly within c hops, for 0 to %d thoughts; up to %v walks with %d edges",
				c, slices.MaxFunc(walks, (*big.Int).Cmp), c)
			if witness != "" {
				r.Verdict, r.Reason = theory.Refuted, witness
			}
			out = append(out, r)
		}
		walks = theory.LongerWalks(in.Graph, walks)
	}
	return out, nil
}

func fate(collapses bool) string {
	if collapses {
		return "grows without bound"
	}
	return "stays bounded"
}

// difference returns the first place where two membership vectors differ.
func difference(a, b []bool) (int, bool) {
	for v := range a {
		if a[v] != b[v] {
			return v, true
		}
	}
	return 0, false
}
