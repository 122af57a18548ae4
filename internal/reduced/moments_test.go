package reduced

import (
	"math"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/theory"
)

// Moments has the drift of Drift, and as its Jacobian the central differences
// of that, under every loss, law of labels and form of the score matrix.
func TestMomentsAgainstDifferences(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	checks := 0
	for _, law := range graph.Laws {
		for i, s := range law.StepsOf(instances[:12], -1) {
			for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
				diagonal, err := theory.ProfileOf(s).Family(loss, big.NewRat(3, 2))
				if err != nil {
					t.Fatal(err)
				}
				full, err := theory.FullFamily(s, loss, big.NewRat(3, 2))
				if err != nil {
					t.Fatal(err)
				}
				for _, family := range []*theory.Family{diagonal, full} {
					x, err := NewField(family)
					if err != nil {
						t.Fatal(err)
					}
					theta := []float64{0.7, -0.2}[:x.Dimension()]
					drift, jacobian := x.Moments(theta)
					for j := range theta {
						const h = 1e-5
						moved := append([]float64(nil), theta...)
						moved[j] += h
						up := x.Drift(moved)
						moved[j] -= 2 * h
						down := x.Drift(moved)
						plain := x.Drift(theta)
						for k := range theta {
							want := (up[k] - down[k]) / (2 * h)
							if math.Abs(drift[k]-plain[k]) > 1e-13 || math.Abs(jacobian[k][j]-want) > 1e-8*(1+math.Abs(want)) {
								t.Fatalf("instance %d, step %d, %v, %v: drift %v, Jacobian %v, expected %v and %v", i, s.C, law, loss, drift[k], jacobian[k][j], plain[k], want)
							}
							checks++
						}
					}
				}
			}
		}
	}
	if checks < 500 {
		t.Fatalf("only %d checks", checks)
	}
}
