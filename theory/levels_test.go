package theory

import (
	"math/big"
	"testing"

	"muflow/graph"
)

// In a tree the ratio of the weights of the two outermost levels of a thought
// is moved by one step with logit μ through r → r + 1/μ, exactly.
func TestLevelRatioIsParabolic(t *testing.T) {
	// The complete binary tree of depth 6: vertex v has the children 2v+1, 2v+2.
	const depth = 6
	n := 1<<(depth+1) - 1
	var edges [][2]int
	for v := range n {
		for _, child := range []int{2*v + 1, 2*v + 2} {
			if child < n {
				edges = append(edges, [2]int{v, child})
			}
		}
	}
	g, err := graph.New(n, edges)
	if err != nil {
		t.Fatal(err)
	}
	level := func(d int) int { return 1<<d - 1 } // first vertex of a level
	checks := 0
	for _, mu := range []*big.Rat{big.NewRat(1, 1), big.NewRat(2, 3), big.NewRat(7, 2)} {
		var before *big.Rat
		for steps := 1; steps <= depth; steps++ {
			logits := make([]*big.Rat, steps)
			for i := range logits {
				logits[i] = mu
			}
			weights, err := WalkWeights(g, 0, logits)
			if err != nil {
				t.Fatal(err)
			}
			ratio := new(big.Rat).Quo(weights[level(steps-1)], weights[level(steps)])
			for _, d := range []int{steps - 1, steps} { // a level has one weight
				for v := level(d); v < level(d+1); v++ {
					if weights[v].Cmp(weights[level(d)]) != 0 {
						t.Fatalf("level %d has the weights %v and %v", d, weights[level(d)], weights[v])
					}
				}
			}
			if before != nil {
				if want := new(big.Rat).Add(before, new(big.Rat).Inv(mu)); ratio.Cmp(want) != 0 {
					t.Errorf("μ = %v, step %d: ratio %v, want %v", mu, steps, ratio, want)
				}
				checks++
			}
			before = ratio
		}
	}
	if checks != 15 {
		t.Fatalf("%d checks", checks)
	}
}
