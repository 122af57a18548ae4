package proptest

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"muflow/graph"
	"muflow/sim"
	"muflow/theory"
)

// Theorem 2 in the transformer: the thoughts that it generates from the root
// with any positive logit are the exact walk weights, on exactly the vertices
// within as many hops, beyond the demonstrated path too; a negative or a zero
// logit breaks that on some graphs.
func TestThoughtsOfTheTransformerAreWalks(t *testing.T) {
	compared, broken := 0, 0
	suite := newSuite(t, 80)
	suite.forAll("walks", func(step graph.Step, mu *big.Rat) error {
		in := step.Instance
		count := min(in.Steps()+2, in.Graph.Order())
		net, err := sim.NewModel(in.Graph.Order(), 1, sim.Dials{})
		if err != nil {
			return err
		}
		task, err := sim.NewTask(in, count-1, sim.Prediction)
		if err != nil {
			return err
		}
		think := func(mu *big.Rat) ([][]float64, error) {
			w, err := sim.NewWeights(sim.Diagonal, in.Graph.Order())
			if err != nil {
				return nil, err
			}
			logit, _ := mu.Float64()
			if err := w.SetScores(logit, 0); err != nil {
				return nil, err
			}
			return sim.Think(net, task, nil, w, false)
		}
		thoughts, err := think(mu)
		if err != nil {
			return err
		}
		for c, thought := range thoughts {
			exact, err := theory.WalkWeights(in.Graph, in.Root, slices.Repeat([]*big.Rat{mu}, c+1))
			if err != nil {
				return err
			}
			for v, inside := range in.Reached(c + 1) {
				want, _ := exact[v].Float64()
				if math.Abs(thought[v]-want) > 1e-12*(1+want) || (thought[v] > 0) != inside {
					return fmt.Errorf("after %d thoughts vertex %d has weight %g, walks give %g, within as many hops: %v", c+1, v, thought[v], want, inside)
				}
				compared++
			}
		}
		wrong, err := think(big.NewRat(-1, 2))
		if err != nil {
			return err
		}
		for c, thought := range wrong {
			for v, inside := range in.Reached(c + 1) {
				if (thought[v] > 0) != inside {
					broken++
				}
			}
		}
		return nil
	}, steps(smallShape), gains(5))
	suite.run()
	if compared < 20*suite.checks || broken < suite.checks {
		t.Errorf("%d comparisons, %d places where a negative logit breaks the support", compared, broken)
	}
}
