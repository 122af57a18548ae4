package prove

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/theory"
)

// oneStepSupport is Theorem 2. arXiv 2509.23365; theory.md section 4.
var oneStepSupport = &Claim{
	ID: "T2", Theorem: "Theorem 2",
	Statement:   "For every μ > 0 and all weights λ_v > 0 on N_c, the next thought has positive weight exactly on N_{c+1}.",
	LaTeX:       `\mu > 0,\ \lambda_v > 0 \text{ on } \mathcal{N}_c \;\Longrightarrow\; \operatorname{supp} \beta = \mathcal{N}_{c+1},\quad \beta_v = \lambda_v + \mu \sum_{u \to v} \lambda_u`,
	Assumptions: []string{"A1", "A2", "A3", "A6", "A15"},
	Formal:      []string{"T2"},
	Proof:       "the coefficients of β_v in μ and λ, 0 or 1 each, none of which is negative",
	Command:     "verify theorem 2",
	Number:      2, Unit: OnStep, Certificate: supportForm,
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		s, err := e.Input.Step(e.Step)
		if err != nil {
			return Result{}, err
		}
		if v, differ := difference(theory.ExpansionSupport(s.Instance.Graph, s.Set()), s.Next()); differ {
			return Result{Verdict: theory.Refuted, Reason: fmt.Sprintf("vertex %d is in the support or in N_{c+1}, and not in both", v)}, nil
		}
		p := theory.ProfileOf(s)
		above, below := p.Collapses()
		return Result{Verdict: theory.Proved, Values: map[string]Number{"spread": Exact(p.Spread(e.Logit), e.Digits), "spread_bound": Exact(p.SpreadBound(e.Logit), e.Digits)},
			Reason: fmt.Sprintf("coefficients of β_v in μ and λ: %d of %d vertices have one, those of N_{c+1}; max β/min β at μ = %s in values, it %s as μ → ∞ and %s as μ → 0",
				p.N-p.Outside(), p.N, e.Logit.RatString(), fate(above), fate(below))}, nil
	},
}

// lengthSupport says the same of every number of thoughts.
// theory.md section 4, claim T2-length.
var lengthSupport = &Claim{
	ID: "T2-length", Theorem: "Theorem 2",
	Statement:   "c thoughts from the root with any positive logits have positive weight exactly on the vertices within c hops, also for c beyond those trained.",
	LaTeX:       `\mu_1, \dots, \mu_c > 0 \;\Longrightarrow\; \operatorname{supp} \prod_{i=1}^{c} (I + \mu_i A^{\top})\, e_r = \mathcal{N}_c`,
	Assumptions: []string{"A1", "A2", "A3", "A6", "A15"},
	Formal:      []string{"T2_length"},
	Proof:       "the product is Σ_j e_j(μ)·(Aᵀ)^j e_r with elementary symmetric polynomials: integer numbers of walks, none negative",
	Command:     "verify theorem 2",
	Number:      2, Unit: OnStep, Certificate: supportForm,
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		if e.hops == nil {
			e.hops = &lengths{}
		}
		at, err := e.hops.upTo(e.Input, e.Step+1)
		switch {
		case err != nil:
			return Result{}, err
		case at.witness != "":
			return Result{Verdict: theory.Refuted, Reason: at.witness}, nil
		}
		return Result{Verdict: theory.Proved, Reason: fmt.Sprintf("the weight Σ_j e_j(μ_1…μ_c)·#walks_j has a positive coefficient exactly within c hops, for 0 to %d thoughts; up to %v walks with %d edges",
			e.Step+1, at.most, e.Step+1)}, nil
	},
}

// lengths compares, for every number of thoughts in turn, the vertices that
// hold a walk of at most so many edges with those within so many hops.
type lengths struct {
	hops         []int
	walks        []*big.Int // with as many edges as there are thoughts in done
	held, within []bool
	done         []length // from no thought on

	counts [][]*big.Int // of walks with 0, 1, … edges from the root to each vertex
	last   []*big.Int   // those with the most edges in counts
}

// A length is what is known up to some number of thoughts.
type length struct {
	witness string   // a difference, "" if there is none
	most    *big.Int // walks to one vertex
}

func (l *lengths) upTo(in *graph.Instance, thoughts int) (length, error) {
	if in.Root < 0 || in.Root >= in.Graph.Order() {
		return length{}, fmt.Errorf("root %d does not exist", in.Root)
	}
	for c := len(l.done); c <= thoughts; c++ {
		next := length{}
		if c == 0 {
			l.hops, l.walks = in.Graph.Distances(in.Root), theory.OneWalk(in.Graph, in.Root)
			l.held, l.within = make([]bool, len(l.hops)), make([]bool, len(l.hops))
		} else {
			l.walks, next.witness = theory.LongerWalks(in.Graph, l.walks), l.done[c-1].witness
		}
		for v, n := range l.walks {
			l.held[v] = l.held[v] || n.Sign() > 0
			l.within[v] = l.within[v] || l.hops[v] == c
		}
		if v, differ := difference(l.held, l.within); differ && next.witness == "" {
			next.witness = fmt.Sprintf("vertex %d holds weight after %d thoughts, or lies within as many hops, and not both", v, c)
		}
		next.most = slices.MaxFunc(l.walks, (*big.Int).Cmp)
		l.done = append(l.done, next)
	}
	return l.done[thoughts], nil
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
