package proptest

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/sim"
	"muflow/theory"

	"github.com/leanovate/gopter"
)

// An answerTheory is what the theory says of the prediction stage: the two
// derivatives at given logits, and the ratio that they tend to.
type answerTheory struct {
	name  string
	drift func(lambda []float64, target, other int, carry, lift float64) (a, r float64)
	ratio func(p *theory.Prediction) (theory.SurdSum, error)
}

// answerFeatures returns the drift for features of each vertex:
//
//	ξ_v = μ_A x_v + μ_R y_v,  μ_A' = x_* − E[x],  μ_R' = y_* − E[y]
func answerFeatures(features func(lambda []float64, v, target, other int) (x, y float64)) func([]float64, int, int, float64, float64) (float64, float64) {
	return func(lambda []float64, target, other int, carry, lift float64) (a, r float64) {
		z, meanX, meanY := 0.0, 0.0, 0.0
		for v := range lambda {
			x, y := features(lambda, v, target, other)
			e := math.Exp(carry*x + lift*y)
			z, meanX, meanY = z+e, meanX+e*x, meanY+e*y
		}
		x, y := features(lambda, target, target, other)
		return x - meanX/z, y - meanY/z
	}
}

func candidateFeature(v int, candidates ...int) float64 {
	for _, c := range candidates {
		if v == c {
			return 1
		}
	}
	return 0
}

func rightFeatures(lambda []float64, v, target, other int) (x, y float64) {
	return lambda[v], candidateFeature(v, target, other)
}

func closedRatio(p *theory.Prediction) (theory.SurdSum, error) {
	limit, err := theory.AnswerLimitOf([]*theory.Prediction{p})
	if err != nil {
		return nil, err
	}
	return limit.Ratio, nil
}

// changedRatio is the closed form of a changed prediction.
func changedRatio(change func(p *theory.Prediction)) func(p *theory.Prediction) (theory.SurdSum, error) {
	return func(p *theory.Prediction) (theory.SurdSum, error) {
		q := *p
		q.Others = append([]*big.Rat(nil), p.Others...)
		change(&q)
		return closedRatio(&q)
	}
}

// holds compares with the transformer's gradient at the given logits and with
// the slope of a long integration.
func (x answerTheory) holds(instances []graph.Instance, logit *big.Rat, carry, lift float64) error {
	in := &instances[0]
	problem := problemOf(instances, logit)
	task, err := sim.NewTask(in, in.Steps(), sim.Prediction)
	if err == nil {
		task, err = task.WithThought(problem.lambda[0])
	}
	if err != nil {
		return err
	}
	net, err := sim.NewModel(in.Graph.Order(), 1, sim.Dials{})
	if err != nil {
		return err
	}
	w, err := sim.NewWeights(sim.Diagonal, in.Graph.Order())
	if err != nil {
		return err
	}
	if err := w.SetAnswer(carry, lift); err != nil {
		return err
	}
	e, err := sim.Evaluate(net, task, nil, w)
	if err != nil {
		return err
	}
	a, r := x.drift(problem.lambda[0], in.Target, in.Other, carry, lift)
	if math.Hypot(a+e.Gradient.Carry(), r+e.Gradient.Lift()) > 1e-10*(1+math.Hypot(a, r)) {
		return fmt.Errorf("at (%g, %g): derivatives (%g, %g), the transformer has (%g, %g)", carry, lift, a, r, -e.Gradient.Carry(), -e.Gradient.Lift())
	}
	predictions, _, err := predictionsOf(instances, logit)
	if err != nil {
		return err
	}
	sum, err := x.ratio(predictions[0])
	if err != nil {
		return err
	}
	var middle, end [2]float64
	problem.follow(200, func(s, carry, lift float64) {
		if s <= 100 {
			middle = [2]float64{carry, lift}
		}
		end = [2]float64{carry, lift}
	})
	if slope := (end[1] - middle[1]) / (end[0] - middle[0]); math.Abs(slope-surdFloat(sum)) > 0.02 {
		return fmt.Errorf("slope %g, the theory says %g", slope, surdFloat(sum))
	}
	return nil
}

const heavyTarget = "largest weight of all vertices, the target included"

// The right theory of the prediction stage holds, and each mistake in it is
// found: a wrong sign of the carry-over, a lift of one candidate only, the
// largest weight of the wrong vertices, a forgotten normalisation.
func TestMistakesInThePredictionStageAreFound(t *testing.T) {
	right := answerTheory{"right", answerFeatures(rightFeatures), closedRatio}
	mistakes := []answerTheory{
		{"wrong sign of the carry-over", answerFeatures(func(lambda []float64, v, target, other int) (float64, float64) {
			return -lambda[v], candidateFeature(v, target, other)
		}), closedRatio},
		{"lift of the target only", answerFeatures(func(lambda []float64, v, target, _ int) (float64, float64) {
			return lambda[v], candidateFeature(v, target)
		}), closedRatio},
		{"lift of the other candidate only", answerFeatures(func(lambda []float64, v, _, other int) (float64, float64) {
			return lambda[v], candidateFeature(v, other)
		}), closedRatio},
		{"softmax over the two candidates", func(lambda []float64, target, other int, carry, lift float64) (float64, float64) {
			return answerFeatures(rightFeatures)([]float64{lambda[target], lambda[other]}, 0, 1, carry, lift)
		}, closedRatio},
		{heavyTarget, right.drift, changedRatio(func(p *theory.Prediction) {
			if p.Others[0].Cmp(p.Target) < 0 {
				p.Others[0] = p.Target
			}
		})},
		{"largest weight without the heaviest vertex", right.drift, changedRatio(func(p *theory.Prediction) { p.Others = p.Others[1:] })},
		{"normalisation forgotten", right.drift, changedRatio(func(p *theory.Prediction) { p.Square = big.NewRat(1, 1) })},
		{"norm for its square", right.drift, changedRatio(func(p *theory.Prediction) { p.Square = new(big.Rat).Mul(p.Square, p.Square) })},
	}
	// A target that outweighs the root, which random graphs seldom have.
	g, err := graph.New(4, [][2]int{{0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	heavy := []graph.Instance{{Graph: g, Root: 0, Target: 1, Other: 2, Path: []int{0, 1}}}
	if err := right.holds(heavy, big.NewRat(3, 1), 1, 1); err != nil {
		t.Error(err)
	}
	inputs := []gopter.Gen{answerCases(1), gains(4), logUniform(0.1, 4), logUniform(0.1, 4)}
	suite := newSuite(t, 25)
	suite.forAll("right", right.holds, inputs...)
	suite.run()
	for _, x := range mistakes {
		if x.name == heavyTarget && x.holds(heavy, big.NewRat(3, 1), 1, 1) != nil {
			continue
		}
		if falsified(t, suite.checks, x.holds, inputs...) == nil {
			t.Errorf("%s: expected a counterexample", x.name)
		}
	}
}
