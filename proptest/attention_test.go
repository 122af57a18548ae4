package proptest

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/internal/compare"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/sim"
	"muflow/theory"
)

// softmaxLoss is the loss of one step under softmax attention from the
// definition, token by token, at W = μI.
func softmaxLoss(s graph.Step, alpha, gain, mu float64) float64 {
	n := s.Instance.Graph.Order()
	set := s.Instance.Reached(s.C)
	members := 0.0
	for _, in := range set {
		if in {
			members++
		}
	}
	next := make([]float64, n)
	for v, in := range set {
		if in {
			next[v] = 1 / math.Sqrt(members)
		}
	}
	scores, total := make([]float64, s.Instance.Graph.Size()), 0.0
	for i, e := range s.Instance.Graph.Edges() {
		if set[e[0]] {
			scores[i] = mu / math.Sqrt(members)
		}
		scores[i] = math.Exp(scores[i])
		total += scores[i]
	}
	for i, e := range s.Instance.Graph.Edges() {
		next[e[1]] += gain * scores[i] / total
	}
	sum := 0.0
	for _, x := range next {
		sum += math.Exp(alpha * (x - next[s.Target()]))
	}
	return math.Log(sum)
}

var smallGains = gains(40)

// attentionSystem writes the flow of softmax attention at α = 1 and a trained
// value gain g, theory.md section 7a, in the unknown z, with
// A = w d/M_c + (1−w)(D − d)/(M−M_c):
//
//	z' = (s²g/n)·w(1−w)/(M_c(M−M_c))·(h_p − E[h]),  g' = A_p − E[A]
func attentionSystem(a *theory.Attention, g *ode.Expr) (logit, gain *ode.Expr) {
	leaving, others := ode.Integer(int64(a.Leaving)), ode.Integer(int64(a.Edges-a.Leaving))
	w := leaving.Quo(leaving.Add(others.Mul(ode.State(0).Neg().Exp())))
	rest := ode.Integer(1).Sub(w)
	x, y := w.Quo(leaving), rest.Quo(others)
	target := a.Groups[a.Target]
	sum, first, second := ode.Integer(0), ode.Integer(0), ode.Integer(0)
	for _, group := range a.Groups {
		d, o := group.Degree-target.Degree, group.Total-group.Degree-target.Total+target.Degree
		degree, other := ode.Integer(int64(d)), ode.Integer(int64(o))
		exponent := g.Mul(x.Mul(degree).Add(y.Mul(other)))
		if group.InSet {
			exponent = exponent.Add(ode.Integer(1).Quo(ode.Integer(int64(a.K)).Sqrt()))
		}
		weight := exponent.Exp().Mul(ode.Integer(int64(group.Count)))
		sum, first, second = sum.Add(weight), first.Sub(weight.Mul(degree)), second.Sub(weight.Mul(other))
	}
	first, second = first.Quo(sum), second.Quo(sum) // d_p − E[d], (D_p − d_p) − E[D − d]
	contrast := first.Quo(leaving).Sub(second.Quo(others))
	return contrast.Mul(w).Mul(rest).Mul(g).Scale(big.NewRat(1, int64(a.N)*int64(a.K))), x.Mul(first).Add(y.Mul(second))
}

// The reduced flow z' of softmax attention is the derivative of the loss,
// token by token, in all its forms: float64, expression, model.
func TestAttentionFlowIsTheGradient(t *testing.T) {
	compared := 0
	suite := newSuite(t, 150)
	suite.forAll("gradient", func(step graph.Step, gainRat *big.Rat, shifted float64) error {
		a := theory.AttentionOf(step)
		gain, _ := gainRat.Float64()
		mu := shifted - 5
		s := 1 / math.Sqrt(float64(a.K))
		const h = 1e-4
		slope := -(softmaxLoss(step, 1, gain, mu+h) - softmaxLoss(step, 1, gain, mu-h)) / (2 * h) / float64(a.N) * s
		compared++
		if !a.Moves() {
			if math.Abs(slope) > 1e-9 {
				return fmt.Errorf("a logit that should not move has slope %g", slope)
			}
			return nil
		}
		field, err := compare.NewAttentionField(a, 1)
		if err != nil {
			return err
		}
		drift, _ := field.Drift(s*mu, gain)
		if math.Abs(drift-slope) > 1e-6*(math.Abs(slope)+1e-3*gain) {
			return fmt.Errorf("z' = %g, difference of the loss %g", drift, slope)
		}
		fixed, _ := attentionSystem(a, ode.Rational(gainRat))
		value, err := ode.Evaluate(fixed, []*ball.Ball{ball.New(128).SetFloat64(s * mu)}, 128)
		if err != nil {
			return err
		}
		if exact, _ := value.Mid().Float64(); math.Abs(exact-drift) > 1e-10*(math.Abs(exact)+1e-4*gain) {
			return fmt.Errorf("z' = %g, as an expression %g", drift, exact)
		}
		logit, trained := attentionSystem(a, ode.State(1))
		dz, dg := field.Drift(s*mu, gain)
		dgain := -(softmaxLoss(step, 1, gain+h, mu) - softmaxLoss(step, 1, gain-h, mu)) / (2 * h)
		if math.Abs(dg-dgain) > 1e-6*(1+math.Abs(dgain)) {
			return fmt.Errorf("g' = %g, difference of the loss %g", dg, dgain)
		}
		for i, want := range []float64{dz, dg} {
			value, err := ode.Evaluate([]*ode.Expr{logit, trained}[i], []*ball.Ball{ball.New(128).SetFloat64(s * mu), ball.New(128).SetFloat64(gain)}, 128)
			if err != nil {
				return err
			}
			if exact, _ := value.Mid().Float64(); math.Abs(exact-want) > 1e-10*(math.Abs(exact)+1e-3) {
				return fmt.Errorf("unknown %d: %g, as an expression %g", i, want, exact)
			}
		}
		return nil
	}, steps(smallShape), smallGains, logUniform(0.05, 30))
	suite.run()
	if compared < suite.checks {
		t.Errorf("%d comparisons", compared)
	}
}

// The criterion's verdict is what the drift does on the whole line: one sign
// everywhere, or one change at the enclosed equilibrium.
func TestAttentionCriterionAgreesWithTheFlow(t *testing.T) {
	kinds := map[theory.Limit]int{}
	suite := newSuite(t, 300)
	suite.forAll("criterion", func(a *theory.Attention, gainRat *big.Rat) error {
		limit, err := prove.DecideAttention(t.Context(), a, theory.Coconut, big.NewRat(1, 1), gainRat)
		if err != nil {
			return err
		}
		kinds[limit.Limit]++
		if limit.Limit == theory.Stationary {
			return nil
		}
		field, err := compare.NewAttentionField(a, 1)
		if err != nil {
			return err
		}
		gain, _ := gainRat.Float64()
		before := math.Inf(1)
		for z := -40.0; z <= 40; z += 0.5 {
			c, m := float64(a.Leaving), float64(a.Edges)
			speed := gain / float64(a.N*a.K) * field.Weight(z) / (1 + c/(m-c)*math.Exp(z)) / (c * (m - c)) // z' for h_p − E[h] = 1
			drift, _ := field.Drift(z, gain)
			surplus := drift / speed
			if surplus > before+1e-9 {
				return fmt.Errorf("h_p − E[h] rises from %g to %g at z = %g", before, surplus, z)
			}
			before = surplus
			sign := 0
			switch limit.Limit {
			case theory.PlusInfinity:
				sign = 1
			case theory.MinusInfinity:
				sign = -1
			case theory.FiniteLimit:
				if limit.Logit == nil {
					return fmt.Errorf("equilibrium not enclosed")
				}
				if goal, _ := limit.Logit.Mid().Float64(); z < goal-0.5 {
					sign = 1
				} else if z > goal+0.5 {
					sign = -1
				}
			}
			if float64(sign)*surplus < -1e-9 {
				return fmt.Errorf("%v, but h_p − E[h] = %g at z = %g", limit.Limit, surplus, z)
			}
		}
		return nil
	}, attentions(), smallGains)
	suite.run()
	for _, l := range []theory.Limit{theory.FiniteLimit, theory.PlusInfinity, theory.MinusInfinity} {
		if kinds[l] < suite.checks/40 {
			t.Errorf("%d steps with limit %v: %v", kinds[l], l, kinds)
		}
	}
}

// Training the softmax model by averaged gradient descent is descent on the
// reduced drift, and where it goes is where the criterion says.
func TestTrainedSoftmaxModelFollowsTheReducedFlow(t *testing.T) {
	compared := 0
	suite := newSuite(t, 60)
	suite.forAll("trained", func(step graph.Step, gainRat *big.Rat) error {
		a := theory.AttentionOf(step)
		if !a.Moves() {
			return nil
		}
		gain, _ := gainRat.Float64()
		net, err := sim.NewModel(a.N, 1, sim.Dials{Softmax: 1, ValueGain: gain})
		if err != nil {
			return err
		}
		task, err := sim.NewTask(step.Instance, step.C, sim.Coconut)
		if err != nil {
			return err
		}
		w, err := sim.NewWeights(sim.Diagonal, a.N)
		if err != nil {
			return err
		}
		const steps = 200
		eta := 0.5 * float64(a.N*a.K) / (1 + gain*gain)
		trainer, err := sim.NewTrainer(net, []*sim.Task{task}, w, sim.Settings{LearningRate: eta})
		if err != nil {
			return err
		}
		field, err := compare.NewAttentionField(a, 1)
		if err != nil {
			return err
		}
		z, s := 0.0, 1/math.Sqrt(float64(a.K))
		for range steps {
			if _, err := trainer.Step(t.Context()); err != nil {
				return err
			}
			slope, _ := field.Drift(z, gain)
			z += eta * slope
		}
		if mu := trainer.Weights().Probe().Diagonal.Mean; math.Abs(s*mu-z) > 1e-8*(1+math.Abs(z)) {
			return fmt.Errorf("the model has z = %g, the reduced descent %g", s*mu, z)
		}
		limit, err := prove.DecideAttention(t.Context(), a, theory.Coconut, big.NewRat(1, 1), gainRat)
		if err != nil {
			return err
		}
		switch {
		case limit.Limit == theory.PlusInfinity && z <= 0, limit.Limit == theory.MinusInfinity && z >= 0:
			return fmt.Errorf("%v, but training has led to z = %g", limit.Limit, z)
		case limit.Limit == theory.FiniteLimit:
			if goal, _ := limit.Logit.Mid().Float64(); z*goal < -1e-12 || math.Abs(z) > math.Abs(goal)+1e-6 {
				return fmt.Errorf("equilibrium %g, but training has led to z = %g", goal, z)
			}
		}
		compared++
		return nil
	}, steps(smallShape), smallGains)
	suite.run()
	if compared < suite.checks*2/3 {
		t.Errorf("%d comparisons", compared)
	}
}
